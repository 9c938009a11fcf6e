-- id: Pertumbuhan perdagangan menurut pasar dan produk, dan sumbangan masing-masing
-- en: Growth of trade by market and product, and what each contributes
-- key: source, period_start, reporter_area, flow, product_classification, valuation, over, partner_area, product_code
-- part: core_trade__flows: c.source = m.source AND c.reporter_area = m.reporter_area AND c.period_start <= m.period_start
-- reads: core_trade__flows: c.frequency = 'A' AND c.region_code = 'TOTAL' AND c.breakdown_type = 'TOTAL'
-- behind: core_trade__flows: c.source = m.source AND c.flow = m.flow AND c.frequency = 'A' AND c.period_start IN (m.period_start, m.base_start) AND c.reporter_area = m.reporter_area AND c.partner_area = m.partner_area AND c.product_code = m.product_code AND (c.product_code = 'TOTAL' OR c.product_classification = m.product_classification) AND c.valuation = m.valuation AND c.region_code = 'TOTAL' AND c.breakdown_type = 'TOTAL'
-- among: core_trade__flows: c.source = m.source AND c.flow = m.flow AND c.frequency = 'A' AND c.period_start IN (m.period_start, m.base_start) AND c.reporter_area = m.reporter_area AND c.valuation = m.valuation AND c.region_code = 'TOTAL' AND c.breakdown_type = 'TOTAL' AND ((m.over = 'market' AND c.partner_area <> 'WLD' AND c.product_code = m.product_code AND (c.product_code = 'TOTAL' OR c.product_classification = m.product_classification)) OR (m.over = 'product' AND c.partner_area = 'WLD' AND c.product_classification = m.product_classification AND c.product_code <> 'TOTAL' AND length(c.product_code) = m.product_level))
-- among: core_trade__flows: c.source = m.source AND c.flow = m.flow AND c.frequency = 'A' AND c.period_start = CAST(m.period_start - m.cagr_years * INTERVAL '1 year' AS DATE) AND c.reporter_area = m.reporter_area AND c.partner_area = m.partner_area AND c.product_code = m.product_code AND (c.product_code = 'TOTAL' OR c.product_classification = m.product_classification) AND c.valuation = m.valuation AND c.region_code = 'TOTAL' AND c.breakdown_type = 'TOTAL'
-- One row a member and year. `over` = 'market': countries that buy or sell one product (its members
-- are never the world or groups); 'product': the products of one level in trade with the world.
-- `growth` is the member's own on the year before. `set_growth` is that of the total over the members
-- that are known in both years, and the contributions of these members add up to it: a partner that
-- has not reported yet is not a fall. A year is compared with the year before alone, over the same
-- months, in the same currency and valuation, and never across revisions of the classification
-- (`revision_changed`), but for TOTAL, which is the same in each. The compound annual growth rate
-- is from the first known year of the same series to this one.
WITH countries AS (
  SELECT area FROM ref_area WHERE scheme = 'iso3' AND is_country AND area <> 'WLD' GROUP BY area
),
annual AS NOT MATERIALIZED (
  SELECT f.source, f.period_start, CAST(f.period_start - INTERVAL '1 year' AS DATE) AS base_start,
    f.reporter_area, f.partner_area, f.flow, f.product_classification, f.product_code,
    f.valuation, f.currency, f.value, f.release_stage, f.recorded_at, f.load_seq,
    CASE WHEN f.product_code = 'TOTAL' THEN 0 ELSE length(f.product_code) END AS product_level,
    CASE WHEN f.product_code = 'TOTAL' THEN left(f.product_classification, 2)
      ELSE f.product_classification END AS series,
    CAST(extract(YEAR FROM f.period_start) AS BIGINT) AS year,
    CAST(extract(MONTH FROM f.period_start) AS BIGINT) * 100 + coalesce(
      CAST(extract(MONTH FROM f.period_end) AS BIGINT),
      mod(CAST(extract(MONTH FROM f.period_start) AS BIGINT) + 10, 12) + 1) AS coverage,
    f.partner_area = 'WLD' AS is_world
  FROM core_trade__flows AS f
  LEFT JOIN countries AS k ON k.area = f.partner_area
  WHERE f.frequency = 'A' AND f.flow IN ('export', 'import') AND f.region_code = 'TOTAL'
    AND f.breakdown_type = 'TOTAL' AND (k.area IS NOT NULL OR f.partner_area = 'WLD')
),
members AS NOT MATERIALIZED (
  SELECT * FROM annual WHERE NOT is_world OR product_level > 0
),
bases AS NOT MATERIALIZED (  -- of TOTAL in two revisions one is the base
  SELECT source, period_start, year, reporter_area, partner_area, flow, series, product_code,
    valuation, currency, value, coverage
  FROM members WHERE product_level > 0
  UNION ALL
  SELECT source, period_start, year, reporter_area, partner_area, flow, series, product_code,
    valuation, currency, value, coverage
  FROM (
    SELECT *, row_number() OVER (PARTITION BY source, period_start, reporter_area, partner_area,
      flow, series, valuation ORDER BY product_classification DESC) AS nth
    FROM members WHERE product_level = 0
  ) AS totals WHERE nth = 1
),
firsts AS (  -- the first known year of each series
  SELECT source, reporter_area, partner_area, flow, series, product_code, valuation, year, value,
    currency, coverage
  FROM (
    SELECT *, row_number() OVER (PARTITION BY source, reporter_area, partner_area, flow, series,
      product_code, valuation ORDER BY period_start) AS nth
    FROM bases WHERE value IS NOT NULL
  ) AS known WHERE nth = 1
),
revisions AS (  -- what each reporter used in each year
  SELECT source, period_start, reporter_area, flow, product_classification
  FROM annual WHERE product_level > 0
  GROUP BY source, period_start, reporter_area, flow, product_classification
),
reported AS (
  SELECT source, period_start, reporter_area, flow FROM revisions
  GROUP BY source, period_start, reporter_area, flow
),
paired AS (
  SELECT m.*, b.value AS base_value, f.value AS first_known, f.year AS first_year,
    f.coverage AS first_coverage, f.currency AS first_currency,
    CASE WHEN m.is_world THEN '' ELSE m.product_code END AS set_code,
    CASE WHEN m.value IS NULL THEN 'value_missing'
      WHEN b.source IS NULL AND m.product_level > 0 AND p.source IS NOT NULL AND r.source IS NULL
        THEN 'revision_changed'
      WHEN b.value IS NULL THEN 'base_missing'
      WHEN b.currency <> m.currency THEN 'currency_differs'
      WHEN b.coverage <> m.coverage THEN 'coverage_differs' END AS not_compared
  FROM members AS m
  LEFT JOIN bases AS b ON b.source = m.source AND b.period_start = m.base_start
    AND b.reporter_area = m.reporter_area AND b.partner_area = m.partner_area AND b.flow = m.flow
    AND b.series = m.series AND b.product_code = m.product_code AND b.valuation = m.valuation
  LEFT JOIN firsts AS f ON f.source = m.source AND f.reporter_area = m.reporter_area
    AND f.partner_area = m.partner_area AND f.flow = m.flow AND f.series = m.series
    AND f.product_code = m.product_code AND f.valuation = m.valuation
  LEFT JOIN revisions AS r ON r.source = m.source AND r.period_start = m.base_start
    AND r.reporter_area = m.reporter_area AND r.flow = m.flow
    AND r.product_classification = m.product_classification
  LEFT JOIN reported AS p ON p.source = m.source AND p.period_start = m.base_start
    AND p.reporter_area = m.reporter_area AND p.flow = m.flow
),
sets AS (
  SELECT source, period_start, reporter_area, flow, product_classification, valuation,
    is_world, product_level, set_code,
    min(CASE WHEN not_compared IS NULL THEN currency END)
      <> max(CASE WHEN not_compared IS NULL THEN currency END) AS has_currencies,
    sum(CASE WHEN not_compared IS NULL THEN value END) AS set_value,
    sum(CASE WHEN not_compared IS NULL THEN base_value END) AS set_base,
    sum(CASE WHEN not_compared IS NULL THEN 1 ELSE 0 END) AS set_members,
    max(CASE WHEN not_compared = 'revision_changed' THEN 1 ELSE 0 END) AS is_revised
  FROM paired
  GROUP BY source, period_start, reporter_area, flow, product_classification, valuation,
    is_world, product_level, set_code
),
reasoned AS (
  SELECT p.*, s.set_value, s.set_base, s.set_members,
    coalesce(p.not_compared, CASE WHEN p.base_value = 0 THEN 'base_zero'
      WHEN p.base_value < 0 THEN 'base_negative' END) AS reason,
    CASE WHEN s.set_members = 0 AND s.is_revised = 1 THEN 'revision_changed'
      WHEN s.set_members = 0 THEN 'nothing_in_both'
      WHEN s.has_currencies THEN 'currency_differs' WHEN s.set_base = 0 THEN 'base_zero'
      WHEN s.set_base < 0 THEN 'base_negative' END AS set_reason,
    CASE WHEN p.value IS NULL THEN 'value_missing' WHEN p.year = p.first_year THEN 'no_years'
      WHEN p.first_currency <> p.currency THEN 'currency_differs'
      WHEN p.first_coverage <> p.coverage THEN 'coverage_differs'
      WHEN p.first_known = 0 THEN 'base_zero' WHEN p.first_known < 0 THEN 'base_negative'
      WHEN p.value < 0 THEN 'negative' END AS cagr_reason
  FROM paired AS p
  LEFT JOIN sets AS s ON s.source = p.source AND s.period_start = p.period_start
    AND s.reporter_area = p.reporter_area AND s.flow = p.flow AND s.valuation = p.valuation
    AND s.product_classification = p.product_classification
    AND s.is_world = p.is_world AND s.product_level = p.product_level AND s.set_code = p.set_code
)
SELECT
  source,
  period_start,
  base_start,
  reporter_area,
  flow,
  product_classification,
  valuation,
  CASE WHEN is_world THEN 'product' ELSE 'market' END AS over,
  partner_area,
  product_code,
  product_level,
  currency,
  value,
  base_value AS value_year_before,
  CASE WHEN reason IS NULL THEN CAST(value / base_value - 1 AS DECIMAL(38, 10)) END AS growth,
  reason,
  CAST(set_members AS BIGINT) AS set_members,
  CASE WHEN set_reason IS DISTINCT FROM 'currency_differs' THEN CAST(set_value AS DECIMAL(38, 4))
    END AS set_value,
  CASE WHEN set_reason IS DISTINCT FROM 'currency_differs' THEN CAST(set_base AS DECIMAL(38, 4))
    END AS set_value_year_before,
  CASE WHEN set_reason IS NULL THEN CAST(set_value / set_base - 1 AS DECIMAL(38, 10)) END
    AS set_growth,
  set_reason,
  CASE WHEN set_reason IS NULL AND not_compared IS NULL THEN
    CAST((value - base_value) / set_base AS DECIMAL(38, 10)) END AS growth_contribution,
  CASE WHEN cagr_reason IS NULL THEN CAST(power(CAST(value / first_known AS DOUBLE PRECISION),
    1 / CAST(year - first_year AS DOUBLE PRECISION)) - 1 AS DECIMAL(38, 10)) END AS cagr,
  CASE WHEN value IS NOT NULL THEN year - first_year END AS cagr_years,
  cagr_reason,
  release_stage,
  recorded_at,
  load_seq
FROM reasoned
