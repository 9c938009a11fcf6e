-- id: Perdagangan menurut mitra dan produk, dalam mata uang asli dan USD
-- en: Trade by partner and product, as published and in USD
-- as: view
-- key: source, frequency, period_start, reporter_area, partner_area, flow, product_classification, product_code, valuation
-- behind: core_trade__flows: c.source = m.source AND c.frequency = m.frequency AND c.period_start = m.period_start AND c.reporter_area = m.reporter_area AND c.partner_area = m.partner_area AND c.flow = m.flow AND c.product_classification = m.product_classification AND c.product_code = m.product_code AND c.valuation = m.valuation AND c.region_code = 'TOTAL' AND c.breakdown_type = coalesce(m.summed_over, 'TOTAL')
-- Sources stand side by side and are never added. A row is the source's own total; where it gives
-- none, its ports are added up, since they are all of the trade, and `summed_over` says so. A sum
-- with an unknown port is unknown. No other breakdown (transport, state) is added up: it may be a part.
-- World, groups and countries stand side by side: `partner_is_country` tells them apart. So do TOTAL,
-- headings and their parts: a sum takes one `product_level` (0 for TOTAL).
-- USD come from the average rate of the period, by the first source in rank that has it; of a year
-- only where all twelve months are known. Without a rate there are no USD.
-- Names are those of the product's own revision of HS. The region's list is of HS 2022: it names
-- chapters of any revision, and other codes of an earlier one only where both revisions have the
-- same text. A unit value needs six digits and a weight above zero that is not estimated.
WITH months AS (
  SELECT *, row_number() OVER (PARTITION BY month_start, quote_currency
    ORDER BY preference, source) AS nth
  FROM mart_rates_paired WHERE base_currency = 'USD'
),
rates AS (
  SELECT 'M' AS frequency, month_start AS period_start, quote_currency AS currency,
    CAST(rate AS DECIMAL(24, 10)) AS rate, method, source
  FROM months WHERE nth = 1
  UNION ALL
  SELECT 'A', year_start, quote_currency, CAST(rate AS DECIMAL(24, 10)), method, source
  FROM mart_rates_annual WHERE base_currency = 'USD' AND is_first AND is_complete
),
totals AS (
  SELECT source, frequency, period_start, period_end, reporter_area, partner_area, flow,
    product_classification, product_code, valuation, currency, value, net_weight_kg,
    net_weight_estimated, CAST(NULL AS VARCHAR) AS summed_over, 1 AS parts, release_stage, value_status, recorded_at,
    load_seq
  FROM core_trade__flows WHERE region_code = 'TOTAL' AND breakdown_type = 'TOTAL'
),
ports AS (
  SELECT source, frequency, period_start, max(period_end) AS period_end, reporter_area,
    partner_area, flow, product_classification, product_code, valuation,
    max(currency) AS currency,
    CASE WHEN count(value) = count(*) AND min(currency) = max(currency)
      THEN CAST(sum(value) AS DECIMAL(24, 4)) END AS value,
    CASE WHEN count(net_weight_kg) = count(*) AND min(net_weight_kg) > 0
      THEN CAST(sum(net_weight_kg) AS DECIMAL(24, 4)) END AS net_weight_kg,
    bool_or(net_weight_estimated) AS net_weight_estimated, 'port' AS summed_over, count(*) AS parts,
    CASE min(CASE release_stage WHEN 'preliminary' THEN 0 WHEN 'unknown' THEN 1
      WHEN 'provisional' THEN 2 ELSE 3 END)
      WHEN 0 THEN 'preliminary' WHEN 1 THEN 'unknown' WHEN 2 THEN 'provisional' ELSE 'final'
    END AS release_stage,
    CASE WHEN count(value) < count(*) THEN CASE
        WHEN sum(CASE WHEN value_status = 'suppressed' THEN 1 ELSE 0 END) > 0 THEN 'suppressed'
        ELSE 'missing' END
      WHEN sum(CASE WHEN value_status = 'estimated' THEN 1 ELSE 0 END) > 0 THEN 'estimated'
      ELSE min(value_status) END AS value_status,
    max(recorded_at) AS recorded_at, max(load_seq) AS load_seq
  FROM core_trade__flows WHERE region_code = 'TOTAL' AND breakdown_type = 'port'
  GROUP BY source, frequency, period_start, reporter_area, partner_area, flow,
    product_classification, product_code, valuation
),
flows AS (
  SELECT * FROM totals
  UNION ALL
  SELECT p.* FROM ports AS p WHERE NOT EXISTS (
    SELECT 1 FROM core_trade__flows AS t WHERE t.source = p.source
      AND t.frequency = p.frequency AND t.period_start = p.period_start
      AND t.reporter_area = p.reporter_area AND t.partner_area = p.partner_area
      AND t.flow = p.flow AND t.product_classification = p.product_classification
      AND t.product_code = p.product_code AND t.valuation = p.valuation
      AND t.region_code = 'TOTAL' AND t.breakdown_type = 'TOTAL'
  )
),
names AS (
  SELECT classification, product_code, min(name_id) AS name_id, min(name_en) AS name_en
  FROM ref_product GROUP BY classification, product_code
),
listed AS (  -- the region's own list and the chapters, which have Indonesian names
  SELECT product_code, min(name_id) AS name_id, min(name_en) AS name_en
  FROM names WHERE left(classification, 3) = 'HS-' AND name_id IS NOT NULL GROUP BY product_code
),
converted AS (
  SELECT f.*,
    CASE WHEN f.currency = 'USD' THEN 1 ELSE r.rate END AS currency_per_usd,
    CASE WHEN f.currency = 'USD' THEN f.value
      ELSE CAST(f.value / r.rate AS DECIMAL(24, 4)) END AS near_usd,
    r.method || ', ' || r.source AS rate_origin
  FROM flows AS f
  LEFT JOIN rates AS r ON r.frequency = f.frequency AND r.period_start = f.period_start
    AND r.currency = f.currency
),
dollars AS (  -- DuckDB divides in binary: the remainder says whether the last digit is one off
  SELECT *, CASE WHEN currency = 'USD' THEN value ELSE CAST(near_usd + CASE
      WHEN (value - near_usd * currency_per_usd) * 2 >= currency_per_usd * 0.0001 THEN 0.0001
      WHEN (value - near_usd * currency_per_usd) * 2 < -currency_per_usd * 0.0001 THEN -0.0001
      ELSE 0 END AS DECIMAL(24, 4)) END AS value_usd
  FROM converted
)
SELECT
  f.source,
  f.frequency,
  f.period_start,
  f.period_end,
  f.reporter_area,
  f.partner_area,
  coalesce(a.name_id, f.partner_area) AS partner_name_id,
  coalesce(a.name_en, f.partner_area) AS partner_name_en,
  coalesce(a.is_country AND f.partner_area <> 'WLD', false) AS partner_is_country,
  f.flow,
  f.product_classification,
  f.product_code,
  CASE WHEN f.product_code = 'TOTAL' THEN 0 ELSE length(f.product_code) END AS product_level,
  coalesce(l.name_id, own.name_id, own.name_en, f.product_code) AS product_name_id,
  coalesce(l.name_en, own.name_en, f.product_code) AS product_name_en,
  f.valuation,
  f.value,
  f.currency,
  CAST(f.currency_per_usd AS DECIMAL(24, 10)) AS currency_per_usd,
  f.value_usd,
  CASE WHEN f.currency = 'USD' THEN 'as published'
    WHEN f.currency_per_usd IS NULL THEN 'no rate for this period'
    ELSE 'average of the period, ' || f.rate_origin END AS rate_method,
  f.summed_over,
  f.parts,
  f.net_weight_kg,
  f.net_weight_estimated,
  CASE WHEN f.product_code <> 'TOTAL' AND length(f.product_code) >= 6 AND f.net_weight_kg > 0
    AND f.value_status <> 'estimated' AND NOT coalesce(f.net_weight_estimated, false)
    THEN CAST(f.value_usd / f.net_weight_kg AS DECIMAL(24, 10)) END AS unit_value_usd_per_kg,
  f.release_stage,
  f.value_status,
  f.recorded_at,
  f.load_seq
FROM dollars AS f
LEFT JOIN (
  SELECT area, min(name_id) AS name_id, min(name_en) AS name_en,
    bool_or(is_country) AS is_country
  FROM ref_area WHERE scheme = 'iso3' GROUP BY area
) AS a ON a.area = f.partner_area
LEFT JOIN names AS own ON own.classification = f.product_classification
  AND own.product_code = f.product_code
LEFT JOIN names AS newest ON newest.classification = 'HS2022'
  AND newest.product_code = f.product_code
LEFT JOIN listed AS l ON l.product_code = f.product_code
  AND (f.product_code = 'TOTAL' OR (left(f.product_classification, 2) = 'HS' AND (
    length(f.product_code) <= 2 OR f.product_classification = 'HS2022'
    OR own.name_en = newest.name_en)))
