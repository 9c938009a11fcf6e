-- id: Cermin perdagangan: satu arus dilihat kedua pihak
-- en: Mirror of trade: one flow as both sides see it
-- key: export_source, import_source, frequency, period_start, exporter_area, importer_area, product_classification, import_classification, product_code, export_valuation, import_valuation
-- part: core_trade__flows: c.frequency = m.frequency AND c.period_start = m.period_start AND least(c.reporter_area, c.partner_area) = least(m.exporter_area, m.importer_area) AND greatest(c.reporter_area, c.partner_area) = greatest(m.exporter_area, m.importer_area)
-- behind: core_trade__flows: c.source = m.export_source AND c.flow = 'export' AND c.frequency = m.frequency AND c.period_start = m.period_start AND c.reporter_area = m.exporter_area AND c.partner_area = m.importer_area AND c.product_classification = m.product_classification AND c.valuation = m.export_valuation AND c.region_code = 'TOTAL' AND c.breakdown_type = coalesce(m.export_summed_over, 'TOTAL') AND (c.product_code = m.product_code OR (length(c.product_code) > 6 AND left(c.product_code, length(m.product_code)) = m.product_code))
-- behind: core_trade__flows: c.source = m.import_source AND c.flow = 'import' AND c.frequency = m.frequency AND c.period_start = m.period_start AND c.reporter_area = m.importer_area AND c.partner_area = m.exporter_area AND c.product_classification = m.import_classification AND c.valuation = m.import_valuation AND c.region_code = 'TOTAL' AND c.breakdown_type = coalesce(m.import_summed_over, 'TOTAL') AND (c.product_code = m.product_code OR (length(c.product_code) > 6 AND left(c.product_code, length(m.product_code)) = m.product_code))
-- What the exporter says it sold and what the importer says it bought, in USD. Every difference
-- is explained by what is known of it: imports valued CIF are divided by 1.06 (factor of the IMF's
-- Direction of Trade Statistics; Australia's own imports are at customs value, factor 1); another
-- currency of either side is converted at the average rate of the period, and its method stands in
-- the row; a stage that is less settled on one side; another revision or classification of
-- products, or national lines added up. What remains has none of these reasons: time of transport,
-- re-exports, undervaluation. A side is what mart_trade_by_partner_product has of it: the source's
-- own total, or its ports. Lines of more than six digits are added up to the headings that their
-- source does not publish, each level once; a line that lies within another line is left out, and
-- with an unknown line, or lines of several currencies, the heading is unknown. SITC compares with HS in the total alone. Sources
-- stand side by side and are never added.
-- `involves_entrepot`: one side is a place through which others' goods pass (re-exports), so that the
-- importer names the origin where the exporter names the place: Hong Kong, Singapore, the United Arab
-- Emirates (Dubai), the Netherlands and Belgium (Rotterdam and Antwerp), Panama (Colon). After Feenstra
-- & Hanson 2004 and Fisman, Moustakerski & Wei 2008 on entrepots, and Eurostat on quasi-transit. Their
-- gaps are no sign of wrong figures.
WITH entrepots AS (
  SELECT area FROM (VALUES ('HKG'), ('SGP'), ('ARE'), ('NLD'), ('BEL'), ('PAN')) AS e(area)
),
areas AS (  -- pairs that both sides report: most exports have no mirror here
  SELECT frequency, period_start, exporter_area, importer_area
  FROM (
    SELECT DISTINCT frequency, period_start, flow,
      CASE flow WHEN 'export' THEN reporter_area ELSE partner_area END AS exporter_area,
      CASE flow WHEN 'export' THEN partner_area ELSE reporter_area END AS importer_area
    FROM core_trade__flows WHERE flow IN ('export', 'import') AND region_code = 'TOTAL'
  ) AS reported
  GROUP BY frequency, period_start, exporter_area, importer_area HAVING count(*) = 2
),
flows AS (
  SELECT f.source, f.flow, f.frequency, f.period_start, a.exporter_area, a.importer_area,
    f.product_classification, f.product_code, f.valuation, f.currency, f.currency_per_usd,
    f.rate_method, f.summed_over, f.value,
    CASE f.release_stage WHEN 'preliminary' THEN 0 WHEN 'unknown' THEN 1
      WHEN 'provisional' THEN 2 ELSE 3 END AS stage,
    f.recorded_at, f.load_seq
  FROM mart_trade_by_partner_product AS f
  JOIN areas AS a ON a.frequency = f.frequency AND a.period_start = f.period_start
    AND a.exporter_area = CASE f.flow WHEN 'export' THEN f.reporter_area ELSE f.partner_area END
    AND a.importer_area = CASE f.flow WHEN 'export' THEN f.partner_area ELSE f.reporter_area END
  WHERE f.flow IN ('export', 'import')
),
lines AS (
  SELECT f.* FROM flows AS f WHERE length(f.product_code) > 6 AND NOT EXISTS (
    SELECT 1 FROM flows AS o WHERE o.source = f.source AND o.flow = f.flow
      AND o.frequency = f.frequency AND o.period_start = f.period_start
      AND o.exporter_area = f.exporter_area AND o.importer_area = f.importer_area
      AND o.product_classification = f.product_classification AND o.valuation = f.valuation
      AND length(o.product_code) > 6 AND length(o.product_code) < length(f.product_code)
      AND o.product_code = left(f.product_code, length(o.product_code))
  )
),
headings AS (
  SELECT f.source, f.flow, f.frequency, f.period_start, f.exporter_area, f.importer_area,
    f.product_classification, left(f.product_code, n.digits) AS product_code, f.valuation,
    max(f.currency) AS currency, max(f.currency_per_usd) AS currency_per_usd,
    max(f.rate_method) AS rate_method, max(f.summed_over) AS summed_over,
    CASE WHEN count(f.value) = count(*) AND min(f.currency) = max(f.currency)
      THEN sum(f.value) END AS value, min(f.stage) AS stage,
    max(f.recorded_at) AS recorded_at, max(f.load_seq) AS load_seq
  FROM lines AS f CROSS JOIN (VALUES (2), (4), (6)) AS n(digits)
  GROUP BY f.source, f.flow, f.frequency, f.period_start, f.exporter_area, f.importer_area,
    f.product_classification, left(f.product_code, n.digits), f.valuation
),
sides AS (
  SELECT *, false AS is_summed FROM flows WHERE length(product_code) <= 6 AND value IS NOT NULL
  UNION ALL
  SELECT h.*, true FROM headings AS h WHERE h.value IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM flows AS o WHERE o.source = h.source AND o.flow = h.flow
      AND o.frequency = h.frequency AND o.period_start = h.period_start
      AND o.exporter_area = h.exporter_area AND o.importer_area = h.importer_area
      AND o.product_classification = h.product_classification AND o.valuation = h.valuation
      AND o.product_code = h.product_code
  )
),
near AS (
  SELECT *, CASE WHEN currency = 'USD' THEN value
    ELSE CAST(value / currency_per_usd AS DECIMAL(24, 4)) END AS near_usd
  FROM sides
),
dollars AS (  -- DuckDB divides in binary: the remainder says whether the last digit is one off
  SELECT *, CASE WHEN currency = 'USD' THEN value ELSE near_usd + CASE
      WHEN (value - near_usd * currency_per_usd) * 2 >= currency_per_usd * 0.0001 THEN 0.0001
      WHEN (value - near_usd * currency_per_usd) * 2 < -currency_per_usd * 0.0001 THEN -0.0001
      ELSE 0 END END AS value_usd
  FROM near
),
pairs AS (
  SELECT x.source AS export_source, i.source AS import_source, x.frequency, x.period_start,
    x.exporter_area, x.importer_area, x.product_classification,
    i.product_classification AS import_classification, x.product_code,
    x.value AS export_value, x.currency AS export_currency, x.valuation AS export_valuation,
    x.currency_per_usd AS export_currency_per_usd, x.value_usd AS export_value_usd,
    x.rate_method AS export_rate_method, x.summed_over AS export_summed_over,
    i.value AS import_value, i.currency AS import_currency, i.valuation AS import_valuation,
    i.currency_per_usd AS import_currency_per_usd, i.value_usd AS import_value_usd,
    i.rate_method, i.summed_over AS import_summed_over,
    CASE WHEN i.valuation = 'CIF' THEN 1.06 ELSE 1.00 END AS valuation_factor,
    x.is_summed OR i.is_summed AS is_summed, x.stage AS export_stage, i.stage AS import_stage,
    CASE WHEN i.recorded_at > x.recorded_at THEN i.recorded_at ELSE x.recorded_at END
      AS recorded_at,
    CASE WHEN i.load_seq > x.load_seq THEN i.load_seq ELSE x.load_seq END AS load_seq
  FROM dollars AS x
  JOIN dollars AS i ON i.exporter_area = x.exporter_area AND i.importer_area = x.importer_area
    AND i.frequency = x.frequency AND i.period_start = x.period_start
    AND i.product_code = x.product_code
    AND (x.product_code = 'TOTAL'
      OR left(i.product_classification, 2) = left(x.product_classification, 2))
  WHERE x.flow = 'export' AND i.flow = 'import'
),
valued AS (  -- imports as if they were valued as exports are
  SELECT *, CAST(import_value_usd / valuation_factor AS DECIMAL(24, 4)) AS import_at_export_usd
  FROM pairs
)
SELECT
  export_source, import_source, frequency, period_start, exporter_area, importer_area,
  product_classification, import_classification, product_code,
  CAST(export_value AS DECIMAL(24, 4)) AS export_value, export_currency,
  CAST(export_value_usd AS DECIMAL(24, 4)) AS export_value_usd, export_valuation,
  export_currency_per_usd, export_rate_method, export_summed_over,
  CAST(import_value AS DECIMAL(24, 4)) AS import_value, import_currency, import_valuation,
  import_currency_per_usd, CAST(import_value_usd AS DECIMAL(24, 4)) AS import_value_usd,
  rate_method, import_summed_over,
  CAST(valuation_factor AS DECIMAL(24, 4)) AS valuation_factor,
  CAST(import_value_usd - export_value_usd AS DECIMAL(24, 4)) AS difference_usd,
  CAST(import_value_usd - import_at_export_usd AS DECIMAL(24, 4)) AS valuation_difference_usd,
  CAST(import_at_export_usd - export_value_usd AS DECIMAL(24, 4)) AS remaining_difference_usd,
  CASE WHEN import_at_export_usd + export_value_usd > 0 THEN
    CAST((import_at_export_usd - export_value_usd) * 2
      / (import_at_export_usd + export_value_usd) AS DECIMAL(24, 10)) END AS mirror_gap,
  import_valuation <> export_valuation AS differs_in_valuation,
  import_currency <> export_currency AS differs_in_currency,
  export_stage <> import_stage AS differs_in_stage,
  is_summed OR (product_code <> 'TOTAL' AND import_classification <> product_classification)
    AS differs_in_classification,
  exporter_area IN (SELECT area FROM entrepots) OR importer_area IN (SELECT area FROM entrepots)
    AS involves_entrepot,
  CASE export_stage WHEN 0 THEN 'preliminary' WHEN 1 THEN 'unknown' WHEN 2 THEN 'provisional'
    ELSE 'final' END AS export_release_stage,
  CASE import_stage WHEN 0 THEN 'preliminary' WHEN 1 THEN 'unknown' WHEN 2 THEN 'provisional'
    ELSE 'final' END AS import_release_stage,
  recorded_at,
  load_seq
FROM valued
