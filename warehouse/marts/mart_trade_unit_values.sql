-- id: Nilai satuan ekspor dan impor dengan batas wajar (MAD)
-- en: Unit values of exports and imports with limits of what is usual (MAD)
-- as: view
-- key: source, frequency, period_start, reporter_area, partner_area, flow, product_classification, product_code, valuation
-- behind: core_trade__flows: c.source = m.source AND c.frequency = m.frequency AND c.period_start = m.period_start AND c.reporter_area = m.reporter_area AND c.partner_area = m.partner_area AND c.flow = m.flow AND c.product_classification = m.product_classification AND c.product_code = m.product_code AND c.valuation = m.valuation AND c.region_code = 'TOTAL' AND c.breakdown_type = 'TOTAL'
-- among: core_trade__flows: c.source = m.source AND c.frequency = m.frequency AND c.flow = m.flow AND c.product_classification = m.product_classification AND c.product_code = m.product_code AND c.valuation = m.valuation AND c.currency = m.currency AND c.period_start BETWEEN CAST(date_trunc('year', m.period_start) AS DATE) AND CAST(date_trunc('year', m.period_start) + INTERVAL '1 year' - INTERVAL '1 day' AS DATE) AND c.partner_area <> 'WLD' AND c.net_weight_kg > 0 AND c.region_code = 'TOTAL' AND c.breakdown_type = 'TOTAL'
-- Each row of mart_trade_unit_prices with the limits of its product and year (mart_trade_unit_limits).
-- Outside of them it is an outlier; without limits nothing is flagged. A flag is a question to the
-- source, not an error.
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
  p.unit_value_per_kg,
  l.unit_values,
  l.median_per_kg,
  l.mad_per_kg,
  l.lower_limit_per_kg,
  l.upper_limit_per_kg,
  p.unit_value_per_kg < l.lower_limit_per_kg OR p.unit_value_per_kg > l.upper_limit_per_kg AS is_outlier,
  l.reason,
  p.release_stage,
  p.recorded_at,
  p.load_seq
FROM mart_trade_unit_prices AS p
JOIN mart_trade_unit_limits AS l ON l.source = p.source AND l.frequency = p.frequency
  AND l.flow = p.flow
  AND l.product_classification = p.product_classification AND l.product_code = p.product_code
  AND l.valuation = p.valuation AND l.currency = p.currency AND l.year_start = p.year_start
