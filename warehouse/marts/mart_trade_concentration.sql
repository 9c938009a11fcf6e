-- id: Konsentrasi ekspor dan impor menurut produk dan menurut pasar (HHI, Theil)
-- en: Concentration of exports and imports by product and by market (HHI, Theil)
-- key: source, period_start, reporter_area, flow, product_classification, valuation, over, product_code, product_level
-- part: core_trade__flows: c.source = m.source AND c.period_start = m.period_start AND c.reporter_area = m.reporter_area
-- reads: core_trade__flows: c.frequency = 'A' AND c.region_code = 'TOTAL' AND c.breakdown_type = 'TOTAL'
-- behind: core_trade__flows: c.source = m.source AND c.flow = m.flow AND c.frequency = 'A' AND c.period_start = m.period_start AND c.reporter_area = m.reporter_area AND c.product_classification = m.product_classification AND c.valuation = m.valuation AND c.region_code = 'TOTAL' AND c.breakdown_type = 'TOTAL' AND ((m.over = 'market' AND c.product_code = m.product_code) OR (m.over = 'product' AND c.partner_area = 'WLD' AND (c.product_code = 'TOTAL' OR length(c.product_code) = m.product_level)))
-- `over` says what the total is shared out by. 'product': trade with the world by the codes of one
-- level (`product_code` is TOTAL); 'market': trade in one product by countries, never the world or
-- groups. Goods not specified by kind (HS chapter 99) are no product and stand apart.
-- HHI is the sum of squared shares, from 1/n to 1; normalised (H - 1/n)/(1 - 1/n); Theil's T is the
-- sum of s·ln(n·s). Shares are of the members that are known; zeros are members. Where the source
-- has the whole (the world, TOTAL), `known_share` is what is known of it, goods not specified too,
-- and below 0.9 the members are a selection that has no concentration of its own: null. Without the whole nobody
-- knows, and `known_share` is empty. The largest member's share is of the whole where it is known.
WITH countries AS (
  SELECT area FROM ref_area WHERE scheme = 'iso3' AND is_country AND area <> 'WLD' GROUP BY area
),
annual AS (
  SELECT source, period_start, reporter_area, partner_area, flow, product_classification,
    product_code, valuation, currency, value, recorded_at, load_seq,
    CASE WHEN product_code = 'TOTAL' THEN 0 ELSE length(product_code) END AS product_level,
    left(product_classification, 2) = 'HS' AND left(product_code, 2) = '99' AS is_unspecified
  FROM core_trade__flows
  WHERE frequency = 'A' AND flow IN ('export', 'import') AND region_code = 'TOTAL'
    AND breakdown_type = 'TOTAL'
),
members AS (
  SELECT source, period_start, reporter_area, flow, product_classification, valuation, currency,
    'product' AS over, 'TOTAL' AS product_code, product_level,
    CASE WHEN NOT is_unspecified THEN value END AS value,
    CASE WHEN is_unspecified THEN value END AS unspecified, is_unspecified, recorded_at, load_seq
  FROM annual WHERE partner_area = 'WLD' AND product_level > 0
  UNION ALL
  SELECT a.source, a.period_start, a.reporter_area, a.flow, a.product_classification,
    a.valuation, a.currency, 'market', a.product_code, a.product_level, a.value, NULL, false,
    a.recorded_at, a.load_seq
  FROM annual AS a JOIN countries AS k ON k.area = a.partner_area
),
sums AS (
  SELECT source, period_start, reporter_area, flow, product_classification, valuation, over,
    product_code, product_level, min(currency) AS currency,
    min(currency) = max(currency) AS has_one_currency,
    count(value) AS members, sum(CASE WHEN NOT is_unspecified AND value IS NULL THEN 1 ELSE 0 END)
      AS members_unknown,
    min(value) AS least, max(value) AS largest, sum(value) AS total,
    sum(unspecified) AS unspecified,
    sum(CAST(value AS DOUBLE PRECISION) * CAST(value AS DOUBLE PRECISION)) AS squares,
    sum(CASE WHEN value > 0 THEN CAST(value AS DOUBLE PRECISION)
      * ln(CAST(value AS DOUBLE PRECISION)) ELSE 0 END) AS logs,
    max(recorded_at) AS recorded_at, max(load_seq) AS load_seq
  FROM members
  GROUP BY source, period_start, reporter_area, flow, product_classification, valuation, over,
    product_code, product_level
),
whole AS (
  SELECT s.*, w.value AS whole_value,
    CASE WHEN w.value > 0 AND s.least >= 0
      THEN CAST((s.total + coalesce(s.unspecified, 0)) / w.value AS DECIMAL(38, 10)) END
      AS known_share,
    s.over = 'market' AND s.members = 1 AND w.value IS NULL AS is_alone
  FROM sums AS s
  LEFT JOIN annual AS w ON w.source = s.source AND w.period_start = s.period_start
    AND w.reporter_area = s.reporter_area AND w.partner_area = 'WLD' AND w.flow = s.flow
    AND w.product_classification = s.product_classification AND w.product_code = s.product_code
    AND w.valuation = s.valuation AND w.currency = s.currency
),
reasoned AS (
  SELECT *, CASE WHEN NOT has_one_currency THEN 'currency_differs' WHEN members = 0 THEN 'no_values'
      WHEN least < 0 THEN 'negative' WHEN total = 0 THEN 'total_zero'
      WHEN known_share < 0.9 OR is_alone THEN 'members_missing' END AS reason,
    CAST(total AS DOUBLE PRECISION) AS sum_of_values, CAST(members AS DOUBLE PRECISION) AS n
  FROM whole
),
measured AS (
  SELECT *, CASE WHEN reason IS NULL THEN squares / (sum_of_values * sum_of_values) END AS h,
    CASE WHEN reason IS NULL THEN logs / sum_of_values - ln(sum_of_values) + ln(n) END AS t
  FROM reasoned
)
SELECT
  source,
  period_start,
  reporter_area,
  flow,
  product_classification,
  valuation,
  over,
  product_code,
  product_level,
  currency,
  members,
  CAST(members_unknown AS BIGINT) AS members_unknown,
  CAST(total AS DECIMAL(38, 4)) AS members_total_value,
  whole_value,
  CAST(unspecified AS DECIMAL(38, 4)) AS unspecified_value,
  known_share,
  CAST(h AS DECIMAL(24, 10)) AS hhi,
  CASE WHEN members > 1 THEN CAST((h - 1 / n) / (1 - 1 / n) AS DECIMAL(24, 10)) END
    AS hhi_normalised,
  CAST(t AS DECIMAL(24, 10)) AS theil,
  CASE WHEN has_one_currency AND least >= 0 AND NOT is_alone
    AND coalesce(whole_value, total) > 0 THEN
    CAST(largest / coalesce(whole_value, total) AS DECIMAL(38, 10)) END AS top_share,
  reason,
  recorded_at,
  load_seq
FROM measured
