-- id: Nilai satuan ekspor dan impor dengan batas wajar (MAD)
-- en: Unit values of exports and imports with limits of what is usual (MAD)
-- as: view
-- key: source, frequency, period_start, reporter_area, partner_area, flow, product_classification, product_code, valuation
-- behind: core_trade__flows: c.source = m.source AND c.frequency = m.frequency AND c.period_start = m.period_start AND c.reporter_area = m.reporter_area AND c.partner_area = m.partner_area AND c.flow = m.flow AND c.product_classification = m.product_classification AND c.product_code = m.product_code AND c.valuation = m.valuation AND c.region_code = 'TOTAL' AND c.breakdown_type = 'TOTAL'
-- Value over net weight, where the source reports both: codes of six digits or more (a heading mixes
-- goods), trade with countries, a weight above zero that is not estimated, a value that is not
-- estimated. Whatever else has no row. Outside of the limits of its product and year
-- (mart_trade_unit_limits) it is an outlier; without limits nothing is flagged. A flag is a question
-- to the source, not an error.
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
  p.source,
  p.frequency,
  p.period_start,
  p.reporter_area,
  p.partner_area,
  p.flow,
  p.product_classification,
  p.product_code,
  p.valuation,
  p.currency,
  p.value,
  p.net_weight_kg,
  p.unit_value AS unit_value_per_kg,
  l.unit_values,
  l.median_per_kg,
  l.mad_per_kg,
  l.lower_limit_per_kg,
  l.upper_limit_per_kg,
  p.unit_value < l.lower_limit_per_kg OR p.unit_value > l.upper_limit_per_kg AS is_outlier,
  l.reason,
  p.release_stage,
  p.recorded_at,
  p.load_seq
FROM priced AS p
JOIN mart_trade_unit_limits AS l ON l.source = p.source AND l.frequency = p.frequency
  AND l.flow = p.flow
  AND l.product_classification = p.product_classification AND l.product_code = p.product_code
  AND l.valuation = p.valuation AND l.currency = p.currency AND l.year_start = p.year_start
