-- id: Batas wajar nilai satuan menurut produk dan tahun (MAD)
-- en: Limits of usual unit values by product and year (MAD)
-- key: source, frequency, flow, product_classification, product_code, valuation, currency, year_start
-- part: core_trade__flows: c.source = m.source AND CAST(date_trunc('year', c.period_start) AS DATE) = m.year_start
-- behind: core_trade__flows: c.source = m.source AND c.frequency = m.frequency AND c.flow = m.flow AND c.product_classification = m.product_classification AND c.product_code = m.product_code AND c.valuation = m.valuation AND c.currency = m.currency AND c.period_start BETWEEN m.year_start AND m.year_end AND c.partner_area <> 'WLD' AND c.net_weight_kg > 0 AND c.region_code = 'TOTAL' AND c.breakdown_type = 'TOTAL'
-- Median -+ 3 MAD of the unit values (mart_trade_unit_prices) of one source, frequency, flow, product and
-- revision, valuation, currency and calendar year, of all reporters and partner countries, where MAD is
-- 1.4826 times the median absolute deviation (Leys et al. 2013). For the limits it is at least 1 percent
-- of the median: whole kilograms and units of currency round a hundred of each by as much. With fewer
-- than five values, or where at least half of them are equal, there are no limits.
WITH priced AS (
  SELECT * FROM mart_trade_unit_prices
),
ranked AS (
  SELECT *, count(*) OVER (PARTITION BY source, frequency, flow, product_classification,
      product_code, valuation, currency, year_start) AS unit_values,
    row_number() OVER (PARTITION BY source, frequency, flow, product_classification,
      product_code, valuation, currency, year_start ORDER BY unit_value_per_kg) AS nth
  FROM priced
),
medians AS (  -- the mean of the two in the middle, which are one where the number is odd
  SELECT source, frequency, flow, product_classification, product_code, valuation, currency,
    year_start,
    CAST((min(unit_value_per_kg) + max(unit_value_per_kg)) * 0.5 AS DECIMAL(38, 10)) AS median
  FROM ranked WHERE nth * 2 BETWEEN unit_values AND unit_values + 2
  GROUP BY source, frequency, flow, product_classification, product_code, valuation, currency,
    year_start
),
apart AS (
  SELECT p.source, p.frequency, p.flow, p.product_classification, p.product_code, p.valuation,
    p.currency, p.year_start, m.median, abs(p.unit_value_per_kg - m.median) AS deviation,
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
  SELECT *, greatest(mad, CAST(abs(median) * 0.01 AS DECIMAL(38, 10))) AS spread,
    CASE WHEN unit_values < 5 THEN 'few_values' WHEN mad = 0 THEN 'mad_zero' END AS reason
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
  CASE WHEN reason IS NULL THEN median - 3 * spread END AS lower_limit_per_kg,
  CASE WHEN reason IS NULL THEN median + 3 * spread END AS upper_limit_per_kg,
  reason,
  recorded_at,
  load_seq
FROM limited
