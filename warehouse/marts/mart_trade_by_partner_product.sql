-- id: Perdagangan menurut mitra dan produk, USD
-- en: Trade by partner and product, USD
-- as: view
-- key: source, frequency, period_start, reporter_area, partner_area, flow, product_code
-- behind: core_trade__flows: c.source = m.source AND c.frequency = m.frequency AND c.period_start = m.period_start AND c.reporter_area = m.reporter_area AND c.partner_area = m.partner_area AND c.flow = m.flow AND c.product_code = m.product_code AND c.region_code = 'TOTAL' AND c.breakdown_type = 'TOTAL' AND c.currency = 'USD'
-- Totals only: a broken-down row (port, transport, province) never enters. World and the
-- countries stand side by side; partner_is_country tells them apart in sums. TOTAL and its
-- headings do too; product_level is 0 for TOTAL.
SELECT
  f.source,
  f.frequency,
  f.period_start,
  f.period_end,
  f.reporter_area,
  f.partner_area,
  coalesce(a.name_id, f.partner_area) AS partner_name_id,
  coalesce(a.name_en, f.partner_area) AS partner_name_en,
  coalesce(a.is_country, false) AS partner_is_country,
  f.flow,
  f.product_classification,
  f.product_code,
  CASE WHEN f.product_code = 'TOTAL' THEN 0 ELSE length(f.product_code) END AS product_level,
  coalesce(p.name_id, p.name_en, f.product_code) AS product_name_id,
  coalesce(p.name_en, f.product_code) AS product_name_en,
  f.valuation,
  f.value AS value_usd,
  f.net_weight_kg,
  CASE WHEN f.net_weight_kg > 0
    THEN CAST(f.value / f.net_weight_kg AS DECIMAL(24, 4)) END AS unit_value_usd_per_kg,
  f.release_stage,
  f.value_status,
  f.recorded_at,
  f.load_seq
FROM core_trade__flows AS f
LEFT JOIN (
  SELECT area, min(name_id) AS name_id, min(name_en) AS name_en,
    bool_or(is_country) AS is_country
  FROM ref_area WHERE scheme = 'iso3' GROUP BY area
) AS a ON a.area = f.partner_area
LEFT JOIN (
  SELECT product_code, min(name_id) AS name_id,
    coalesce(min(CASE WHEN name_id IS NOT NULL THEN name_en END), min(name_en)) AS name_en
  FROM ref_product WHERE left(classification, 2) = 'HS' GROUP BY product_code
) AS p ON p.product_code = f.product_code AND left(f.product_classification, 2) = 'HS'
WHERE f.region_code = 'TOTAL'
  AND f.breakdown_type = 'TOTAL'
  AND f.currency = 'USD'
