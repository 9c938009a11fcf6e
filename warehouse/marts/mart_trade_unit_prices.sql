-- id: Nilai satuan ekspor dan impor: nilai dibagi berat bersih
-- en: Unit values of exports and imports: value over net weight
-- as: view
-- key: source, frequency, period_start, reporter_area, partner_area, flow, product_classification, product_code, valuation
-- behind: core_trade__flows: c.source = m.source AND c.frequency = m.frequency AND c.period_start = m.period_start AND c.reporter_area = m.reporter_area AND c.partner_area = m.partner_area AND c.flow = m.flow AND c.product_classification = m.product_classification AND c.product_code = m.product_code AND c.valuation = m.valuation AND c.region_code = 'TOTAL' AND c.breakdown_type = 'TOTAL'
-- Value over net weight, where the source reports both: codes of six digits or more (a heading mixes
-- goods), trade with countries, a weight above zero that is not estimated, a value that is not
-- estimated. Whatever else has no row. What is usual is in mart_trade_unit_limits; mart_trade_unit_values
-- has both side by side.
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
)
SELECT
  source,
  frequency,
  period_start,
  year_start,
  reporter_area,
  partner_area,
  flow,
  product_classification,
  product_code,
  valuation,
  currency,
  value,
  net_weight_kg,
  unit_value AS unit_value_per_kg,
  release_stage,
  recorded_at,
  load_seq
FROM priced
