-- id: Batas wajar nilai satuan menurut produk dan tahun (MAD)
-- en: Limits of usual unit values by product and year (MAD)
-- key: source, frequency, flow, product_classification, product_code, valuation, currency, year_start
-- behind: core_trade__flows: c.source = m.source AND c.frequency = m.frequency AND c.flow = m.flow AND c.product_classification = m.product_classification AND c.product_code = m.product_code AND c.valuation = m.valuation AND c.currency = m.currency AND c.period_start BETWEEN m.year_start AND m.year_end AND c.partner_area <> 'WLD' AND c.net_weight_kg > 0 AND c.region_code = 'TOTAL' AND c.breakdown_type = 'TOTAL'
-- Median -+ 3 MAD of the unit values of one source, frequency, flow, product and revision, valuation,
-- currency and calendar year, of all reporters and partner countries, where MAD is 1.4826 times the
-- median absolute deviation (Leys et al. 2013). A unit value is value over net weight, of codes of
-- six digits or more (a heading mixes goods), with a weight above zero; estimates are left out.
-- With fewer than five values, or where at least half of them are equal, there are no limits.
WITH countries AS (
  SELECT area FROM ref_area WHERE scheme = 'iso3' AND is_country AND area <> 'WLD' GROUP BY area
),
weighed AS (
  SELECT f.source, f.frequency, f.period_start, f.reporter_area, f.partner_area, f.flow,
    f.product_classification, f.product_code, f.valuation, f.currency, f.value, f.net_weight_kg,
    f.release_stage, f.recorded_at, f.load_seq,
    CAST(date_trunc('year', f.period_start) AS DATE) AS year_start,
    CAST(f.value / f.net_weight_kg AS DECIMAL(38, 10)) AS near
  FROM core_trade__flows AS f
  JOIN countries AS k ON k.area = f.partner_area
  WHERE f.flow IN ('export', 'import') AND f.region_code = 'TOTAL' AND f.breakdown_type = 'TOTAL'
    AND f.product_code <> 'TOTAL' AND length(f.product_code) >= 6 AND f.net_weight_kg > 0
    AND f.value IS NOT NULL AND f.value_status <> 'estimated'
    AND NOT coalesce(f.net_weight_estimated, false)
),
priced AS (  -- in two steps: DuckDB divides in binary, and the rest makes it exact
  SELECT *, CAST(near + CAST((value - near * net_weight_kg) / net_weight_kg AS DECIMAL(38, 14))
    AS DECIMAL(38, 10)) AS unit_value
  FROM weighed
),
ranked AS (
  SELECT *, count(*) OVER (PARTITION BY source, frequency, flow, product_classification,
      product_code, valuation, currency, year_start) AS unit_values,
    row_number() OVER (PARTITION BY source, frequency, flow, product_classification,
      product_code, valuation, currency, year_start ORDER BY unit_value) AS nth
  FROM priced
),
medians AS (  -- the mean of the two in the middle, which are one where the number is odd
  SELECT source, frequency, flow, product_classification, product_code, valuation, currency,
    year_start, CAST((min(unit_value) + max(unit_value)) * 0.5 AS DECIMAL(38, 10)) AS median
  FROM ranked WHERE nth * 2 BETWEEN unit_values AND unit_values + 2
  GROUP BY source, frequency, flow, product_classification, product_code, valuation, currency,
    year_start
),
apart AS (
  SELECT p.source, p.frequency, p.flow, p.product_classification, p.product_code, p.valuation,
    p.currency, p.year_start, m.median, abs(p.unit_value - m.median) AS deviation,
    p.recorded_at, p.load_seq
  FROM priced AS p
  JOIN medians AS m ON m.source = p.source AND m.frequency = p.frequency AND m.flow = p.flow
    AND m.product_classification = p.product_classification AND m.product_code = p.product_code
    AND m.valuation = p.valuation AND m.currency = p.currency AND m.year_start = p.year_start
),
placed AS (
  SELECT *, count(*) OVER (PARTITION BY source, frequency, flow, product_classification,
      product_code, valuation, currency, year_start) AS unit_values,
    row_number() OVER (PARTITION BY source, frequency, flow, product_classification,
      product_code, valuation, currency, year_start ORDER BY deviation) AS nth
  FROM apart
),
deviations AS (
  SELECT source, frequency, flow, product_classification, product_code, valuation, currency,
    year_start, median, unit_values,
    CAST((min(CASE WHEN nth * 2 BETWEEN unit_values AND unit_values + 2 THEN deviation END)
      + max(CASE WHEN nth * 2 BETWEEN unit_values AND unit_values + 2 THEN deviation END)) * 0.7413
      AS DECIMAL(38, 10)) AS mad,
    max(recorded_at) AS recorded_at, max(load_seq) AS load_seq
  FROM placed
  GROUP BY source, frequency, flow, product_classification, product_code, valuation, currency,
    year_start, median, unit_values
),
limited AS (
  SELECT *, CASE WHEN unit_values < 5 THEN 'few_values' WHEN mad = 0 THEN 'mad_zero' END AS reason
  FROM deviations
)
SELECT
  source,
  frequency,
  flow,
  product_classification,
  product_code,
  valuation,
  currency,
  year_start,
  CAST(year_start + INTERVAL '1 year' - INTERVAL '1 day' AS DATE) AS year_end,
  unit_values,
  median AS median_per_kg,
  mad AS mad_per_kg,
  CASE WHEN reason IS NULL THEN median - 3 * mad END AS lower_limit_per_kg,
  CASE WHEN reason IS NULL THEN median + 3 * mad END AS upper_limit_per_kg,
  reason,
  recorded_at,
  load_seq
FROM limited
