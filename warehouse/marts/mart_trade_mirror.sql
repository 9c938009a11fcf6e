-- id: Cermin perdagangan: satu arus dilihat kedua pihak
-- en: Mirror of trade: one flow as both sides see it
-- key: export_source, import_source, frequency, period_start, exporter_area, importer_area, product_classification, product_code
-- behind: core_trade__flows: c.source = m.export_source AND c.flow = 'export' AND c.frequency = m.frequency AND c.period_start = m.period_start AND c.reporter_area = m.exporter_area AND c.partner_area = m.importer_area AND c.product_classification = m.product_classification AND c.product_code = m.product_code
-- behind: core_trade__flows: c.source = m.import_source AND c.flow = 'import' AND c.frequency = m.frequency AND c.period_start = m.period_start AND c.reporter_area = m.importer_area AND c.partner_area = m.exporter_area AND c.product_classification = m.import_classification AND (c.product_code = m.product_code OR (length(c.product_code) > 6 AND left(c.product_code, length(m.product_code)) = m.product_code))
-- What the exporter says it sold and what the importer says it bought, in USD. Every difference
-- is explained by what is known of it: imports valued CIF are divided by 1.06 (factor of the IMF's
-- Direction of Trade Statistics; Australia's own imports are at customs value, factor 1); another
-- currency is converted at the average rate of the period, by the first source in rank that has
-- it; a stage that is less settled on one side; another revision or classification of products, or
-- national lines added up. What remains has none of these reasons: time of transport, re-exports,
-- undervaluation. Ports add up to the exporter's total; SITC compares with HS in the total alone.
WITH rates AS (
  SELECT source, preference, 'M' AS frequency, month_start AS period_start,
    quote_currency AS currency, rate, method
  FROM mart_rates_paired WHERE base_currency = 'USD'
  UNION ALL
  SELECT source, preference, 'A', CAST(date_trunc('year', month_start) AS DATE), quote_currency,
    CAST(sum(rate) / count(rate) AS DECIMAL(24, 10)), max(method)
  FROM mart_rates_paired WHERE base_currency = 'USD'
  GROUP BY source, preference, date_trunc('year', month_start), quote_currency
  HAVING count(rate) = 12
),
all_rates AS (
  SELECT * FROM (
    SELECT *, row_number() OVER (PARTITION BY frequency, period_start, currency
      ORDER BY preference, source) AS nth
    FROM rates
  ) AS ranked WHERE nth = 1
),
seen AS (  -- what somebody imports: most exports have no mirror here and need no adding up
  SELECT DISTINCT frequency, period_start, reporter_area, partner_area FROM core_trade__flows
  WHERE flow = 'import' AND region_code = 'TOTAL' AND breakdown_type = 'TOTAL'
),
exports AS (
  SELECT e.source, e.frequency, e.period_start, e.reporter_area, e.partner_area,
    e.product_classification, e.product_code, e.valuation, e.currency, sum(e.value) AS value,
    min(CASE e.release_stage WHEN 'preliminary' THEN 0 WHEN 'unknown' THEN 1
      WHEN 'provisional' THEN 2 ELSE 3 END) AS stage,
    max(e.recorded_at) AS recorded_at, max(e.load_seq) AS load_seq
  FROM core_trade__flows AS e
  JOIN seen AS s ON s.reporter_area = e.partner_area AND s.partner_area = e.reporter_area
    AND s.frequency = e.frequency AND s.period_start = e.period_start
  WHERE e.flow = 'export' AND e.region_code = 'TOTAL' AND e.breakdown_type IN ('TOTAL', 'port')
    AND e.currency = 'USD' AND length(e.product_code) <= 6 AND e.value IS NOT NULL
  GROUP BY e.source, e.frequency, e.period_start, e.reporter_area, e.partner_area,
    e.product_classification, e.product_code, e.valuation, e.currency
),
imports AS (
  SELECT f.source, f.frequency, f.period_start, f.reporter_area, f.partner_area,
    f.product_classification,
    CASE WHEN n.digits = 0 THEN f.product_code ELSE left(f.product_code, n.digits) END
      AS product_code,
    n.digits > 0 AS is_summed, f.valuation, f.currency, sum(f.value) AS value,
    min(CASE f.release_stage WHEN 'preliminary' THEN 0 WHEN 'unknown' THEN 1
      WHEN 'provisional' THEN 2 ELSE 3 END) AS stage,
    max(f.recorded_at) AS recorded_at, max(f.load_seq) AS load_seq
  FROM core_trade__flows AS f
  JOIN (VALUES (0), (2), (4), (6)) AS n(digits)
    ON (n.digits = 0 AND length(f.product_code) <= 6)
    OR (n.digits > 0 AND length(f.product_code) > 6)
  WHERE f.flow = 'import' AND f.region_code = 'TOTAL' AND f.breakdown_type = 'TOTAL'
    AND f.value IS NOT NULL
  GROUP BY f.source, f.frequency, f.period_start, f.reporter_area, f.partner_area,
    f.product_classification, CASE WHEN n.digits = 0 THEN f.product_code
      ELSE left(f.product_code, n.digits) END, n.digits > 0, f.valuation, f.currency
),
pairs AS (
  SELECT x.source AS export_source, i.source AS import_source, x.frequency, x.period_start,
    x.reporter_area AS exporter_area, x.partner_area AS importer_area,
    x.product_classification, i.product_classification AS import_classification, x.product_code,
    x.value AS export_value_usd, x.valuation AS export_valuation,
    i.value AS import_value, i.currency AS import_currency, i.valuation AS import_valuation,
    CASE WHEN i.currency = 'USD' THEN 1 ELSE r.rate END AS import_currency_per_usd,
    CASE WHEN i.currency = 'USD' THEN i.value
      ELSE CAST(i.value / r.rate AS DECIMAL(24, 4)) END AS import_value_usd,
    r.method || ', ' || r.source AS rate_origin,
    CASE WHEN i.valuation = 'CIF' THEN 1.06 ELSE 1.00 END AS valuation_factor,
    i.is_summed, x.stage AS export_stage, i.stage AS import_stage,
    CASE WHEN i.recorded_at > x.recorded_at THEN i.recorded_at ELSE x.recorded_at END
      AS recorded_at,
    CASE WHEN i.load_seq > x.load_seq THEN i.load_seq ELSE x.load_seq END AS load_seq
  FROM exports AS x
  JOIN imports AS i ON i.reporter_area = x.partner_area AND i.partner_area = x.reporter_area
    AND i.frequency = x.frequency AND i.period_start = x.period_start
    AND i.product_code = x.product_code
    AND (x.product_code = 'TOTAL'
      OR left(i.product_classification, 2) = left(x.product_classification, 2))
  LEFT JOIN all_rates AS r ON r.frequency = i.frequency AND r.period_start = i.period_start
    AND r.currency = i.currency
)
SELECT
  export_source, import_source, frequency, period_start, exporter_area, importer_area,
  product_classification, import_classification, product_code,
  export_value_usd, export_valuation,
  import_value, import_currency, import_valuation, import_currency_per_usd, import_value_usd,
  CASE WHEN import_currency = 'USD' THEN 'as published'
    WHEN import_currency_per_usd IS NULL THEN 'no rate for this period'
    ELSE 'average of the period, ' || rate_origin END AS rate_method,
  CAST(valuation_factor AS DECIMAL(24, 4)) AS valuation_factor,
  CAST(import_value_usd - export_value_usd AS DECIMAL(24, 4)) AS difference_usd,
  CAST(import_value_usd - import_value_usd / valuation_factor AS DECIMAL(24, 4))
    AS valuation_difference_usd,
  CAST(import_value_usd / valuation_factor - export_value_usd AS DECIMAL(24, 4))
    AS remaining_difference_usd,
  CASE WHEN import_value_usd / valuation_factor + export_value_usd > 0 THEN
    CAST((import_value_usd / valuation_factor - export_value_usd)
      / ((import_value_usd / valuation_factor + export_value_usd) / 2) AS DECIMAL(24, 4))
  END AS mirror_gap,
  import_valuation <> export_valuation AS differs_in_valuation,
  import_currency <> 'USD' AS differs_in_currency,
  export_stage <> import_stage AS differs_in_stage,
  is_summed OR (product_code <> 'TOTAL' AND import_classification <> product_classification)
    AS differs_in_classification,
  CASE export_stage WHEN 0 THEN 'preliminary' WHEN 1 THEN 'unknown' WHEN 2 THEN 'provisional'
    ELSE 'final' END AS export_release_stage,
  CASE import_stage WHEN 0 THEN 'preliminary' WHEN 1 THEN 'unknown' WHEN 2 THEN 'provisional'
    ELSE 'final' END AS import_release_stage,
  recorded_at,
  load_seq
FROM pairs
