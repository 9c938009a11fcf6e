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
WITH priced AS MATERIALIZED (
  SELECT source, frequency, flow, product_classification, product_code, valuation, currency,
    year_start, unit_value_per_kg, recorded_at, load_seq
  FROM mart_trade_unit_prices
),
counted AS (
  SELECT source, frequency, flow, product_classification, product_code, valuation, currency,
    year_start, count(*) AS unit_values, max(recorded_at) AS recorded_at, max(load_seq) AS load_seq
  FROM priced
  GROUP BY source, frequency, flow, product_classification, product_code, valuation, currency,
    year_start
),
sets AS MATERIALIZED (  -- to sort by a number costs half of what it costs to sort by eight texts
  SELECT *, row_number() OVER () AS set_number FROM counted
),
numbered AS MATERIALIZED (
  SELECT g.set_number, g.unit_values, p.unit_value_per_kg
  FROM priced AS p
  JOIN sets AS g ON g.source = p.source AND g.frequency = p.frequency AND g.flow = p.flow
    AND g.product_classification = p.product_classification AND g.product_code = p.product_code
    AND g.valuation = p.valuation AND g.currency = p.currency AND g.year_start = p.year_start
),
ranked AS (
  SELECT *, row_number() OVER (PARTITION BY set_number ORDER BY unit_value_per_kg) AS nth
  FROM numbered
),
medians AS (  -- the mean of the two in the middle, which are one where the number is odd
  SELECT set_number,
    CAST((min(unit_value_per_kg) + max(unit_value_per_kg)) * 0.5 AS DECIMAL(38, 10)) AS median
  FROM ranked WHERE nth * 2 BETWEEN unit_values AND unit_values + 2
  GROUP BY set_number
),
apart AS (
  SELECT n.set_number, n.unit_values, abs(n.unit_value_per_kg - m.median) AS deviation
  FROM numbered AS n
  JOIN medians AS m ON m.set_number = n.set_number
),
placed AS (
  SELECT *, row_number() OVER (PARTITION BY set_number ORDER BY deviation) AS nth FROM apart
),
deviations AS (
  SELECT set_number,
    CAST((min(deviation) + max(deviation)) * 0.7413 AS DECIMAL(38, 10)) AS mad
  FROM placed WHERE nth * 2 BETWEEN unit_values AND unit_values + 2
  GROUP BY set_number
),
limited AS (
  SELECT g.*, m.median, d.mad,
    greatest(d.mad, CAST(abs(m.median) * 0.01 AS DECIMAL(38, 10))) AS spread,
    CASE WHEN g.unit_values < 5 THEN 'few_values' WHEN d.mad = 0 THEN 'mad_zero' END AS reason
  FROM sets AS g
  JOIN medians AS m ON m.set_number = g.set_number
  JOIN deviations AS d ON d.set_number = g.set_number
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
