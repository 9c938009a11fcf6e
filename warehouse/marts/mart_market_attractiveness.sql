-- id: Daya tarik pasar menurut produk: ukuran, pertumbuhan, pemasok, dan pangsa Indonesia
-- en: Attractiveness of markets by product: size, growth, suppliers and Indonesia's share
-- key: source, period_start, market_area, product_classification, product_code, valuation
-- part: core_trade__flows: c.source = m.source AND c.reporter_area = m.market_area
-- reads: core_trade__flows: c.frequency = 'A' AND c.region_code = 'TOTAL' AND c.breakdown_type = 'TOTAL' AND c.flow = 'import' AND c.reporter_area <> 'IDN'
-- behind: ref_capital: c.area = m.market_area OR c.area = m.exporter_area
-- behind: core_trade__flows: c.source = m.source AND c.flow = 'import' AND c.frequency = 'A' AND c.period_start = m.period_start AND c.reporter_area = m.market_area AND c.product_classification = m.product_classification AND c.product_code = m.product_code AND c.valuation = m.valuation AND c.region_code = 'TOTAL' AND c.breakdown_type = 'TOTAL'
-- among: core_trade__flows: c.source = m.source AND c.flow = 'import' AND c.frequency = 'A' AND c.reporter_area = m.market_area AND c.partner_area = 'WLD' AND c.product_classification = m.product_classification AND c.product_code = m.product_code AND c.valuation = m.valuation AND c.region_code = 'TOTAL' AND c.breakdown_type = 'TOTAL' AND c.period_start BETWEEN m.period_start - INTERVAL '4 years' AND m.period_start
-- One row for each product that a market imports, of those sources that name the suppliers too. Size
-- is what the market imports from the world, and its mean over the last three years
-- (`import_years` says of how many). Growth is the compound annual rate over at most four years back,
-- within one revision. Concentration is that of the suppliers (mart_trade_concentration), which is
-- null where less than nine tenths of the imports have a supplier's name. Our share is what the market
-- itself says it imports from the exporter's country, over all it imports. A market that does not
-- name that country has no known share, which is not 0. The exporter is the country of the regions
-- of ref_region. Imports are as the market values them (mostly CIF), in the source's currency.
-- Distance is the great circle between the capitals, in whole kilometres: near, not by ship. Tariffs
-- and prices are not in it.
WITH home AS (
  SELECT 'IDN' AS area
),
distances AS (
  SELECT b.area AS market_area, a.area AS exporter_area, CAST(round(CAST(2 * 6371.0088 * asin(sqrt(
    power(sin(radians(b.latitude_deg - a.latitude_deg) / 2), 2)
    + cos(radians(a.latitude_deg)) * cos(radians(b.latitude_deg))
    * power(sin(radians(b.longitude_deg - a.longitude_deg) / 2), 2))) AS DECIMAL(24, 4))) AS BIGINT)
    AS distance_km
  FROM ref_capital AS a CROSS JOIN ref_capital AS b
  WHERE a.area IN (SELECT area FROM home)
),
countries AS (
  SELECT area FROM ref_area WHERE scheme = 'iso3' AND is_country AND area <> 'WLD' GROUP BY area
),
imports AS (
  SELECT source, period_start, reporter_area, partner_area, product_classification, product_code,
    valuation, currency, value, release_stage, recorded_at, load_seq,
    CASE WHEN product_code = 'TOTAL' THEN 0 ELSE length(product_code) END AS product_level,
    CAST(extract(YEAR FROM period_start) AS BIGINT) AS year
  FROM core_trade__flows
  WHERE flow = 'import' AND frequency = 'A' AND region_code = 'TOTAL' AND breakdown_type = 'TOTAL'
),
with_suppliers AS (
  SELECT i.source, i.period_start, i.reporter_area FROM imports AS i
  JOIN countries AS k ON k.area = i.partner_area
  GROUP BY i.source, i.period_start, i.reporter_area
),
sizes AS (
  SELECT w.*, sum(w.value) OVER y AS three_years, count(w.value) OVER y AS import_years,
    min(CASE WHEN w.value IS NOT NULL THEN w.year END) OVER (PARTITION BY w.source,
      w.reporter_area, w.product_classification, w.product_code, w.valuation, w.currency
      ORDER BY w.year RANGE BETWEEN 4 PRECEDING AND CURRENT ROW) AS first_year
  FROM imports AS w
  WHERE w.partner_area = 'WLD'
  WINDOW y AS (PARTITION BY w.source, w.reporter_area, w.product_classification, w.product_code,
    w.valuation, w.currency ORDER BY w.year RANGE BETWEEN 2 PRECEDING AND CURRENT ROW)
),
compared AS (
  SELECT s.*, f.value AS first_value_known, h.value AS own_value, h.source IS NOT NULL AS is_named,
    CAST(s.three_years / s.import_years AS DECIMAL(38, 4)) AS mean_near, m.area AS exporter_area
  FROM sizes AS s
  JOIN with_suppliers AS p ON p.source = s.source AND p.period_start = s.period_start
    AND p.reporter_area = s.reporter_area
  JOIN home AS m ON m.area <> s.reporter_area
  LEFT JOIN sizes AS f ON f.source = s.source AND f.reporter_area = s.reporter_area
    AND f.product_classification = s.product_classification AND f.product_code = s.product_code
    AND f.valuation = s.valuation AND f.currency = s.currency
    AND f.period_start = CAST(s.period_start - (s.year - s.first_year) * INTERVAL '1 year' AS DATE)
  LEFT JOIN imports AS h ON h.source = s.source AND h.period_start = s.period_start
    AND h.reporter_area = s.reporter_area AND h.partner_area = m.area
    AND h.product_classification = s.product_classification AND h.product_code = s.product_code
    AND h.valuation = s.valuation AND h.currency = s.currency
),
reasoned AS (
  SELECT *,
    CAST(mean_near + CASE  -- DuckDB divides in binary: the remainder says whether it is one off
      WHEN (three_years - mean_near * import_years) * 2 >= import_years * 0.0001 THEN 0.0001
      WHEN (three_years - mean_near * import_years) * 2 < -import_years * 0.0001 THEN -0.0001
      ELSE 0 END AS DECIMAL(38, 4)) AS mean_three_years,
    CASE WHEN value IS NULL THEN 'value_missing' WHEN first_value_known IS NULL
      OR year = first_year THEN 'no_years' WHEN first_value_known = 0 THEN 'base_zero'
      WHEN first_value_known < 0 THEN 'base_negative' WHEN value < 0 THEN 'negative' END
      AS cagr_reason,
    CASE WHEN value IS NULL THEN 'value_missing' WHEN NOT is_named OR own_value IS NULL
      THEN 'partner_missing' WHEN value = 0 THEN 'total_zero' WHEN value < 0 OR own_value < 0
      THEN 'negative' END AS share_reason
  FROM compared
)
SELECT
  s.source,
  s.period_start,
  s.reporter_area AS market_area,
  s.exporter_area,
  s.product_classification,
  s.product_code,
  s.product_level,
  s.valuation,
  s.currency,
  s.value AS import_value,
  s.mean_three_years AS import_mean_value,
  s.import_years,
  CASE WHEN s.cagr_reason IS NULL THEN CAST(power(
    CAST(s.value / s.first_value_known AS DOUBLE PRECISION),
    1 / CAST(s.year - s.first_year AS DOUBLE PRECISION)) - 1 AS DECIMAL(38, 10)) END AS import_cagr,
  s.year - s.first_year AS cagr_years,
  s.cagr_reason,
  c.members AS suppliers,
  c.known_share AS suppliers_known_share,
  c.hhi AS suppliers_hhi,
  c.top_share AS suppliers_top_share,
  CASE WHEN c.source IS NULL THEN 'no_values' ELSE c.reason END AS suppliers_reason,
  s.own_value AS import_value_from_exporter,
  CASE WHEN s.share_reason IS NULL THEN CAST(s.own_value / s.value AS DECIMAL(38, 10)) END
    AS exporter_share,
  s.share_reason,
  d.distance_km,
  s.release_stage,
  CASE WHEN c.recorded_at > s.recorded_at THEN c.recorded_at ELSE s.recorded_at END AS recorded_at,
  CASE WHEN c.load_seq > s.load_seq THEN c.load_seq ELSE s.load_seq END AS load_seq
FROM reasoned AS s
LEFT JOIN mart_trade_concentration AS c ON c.source = s.source AND c.over = 'market'
  AND c.period_start = s.period_start AND c.reporter_area = s.reporter_area AND c.flow = 'import'
  AND c.product_classification = s.product_classification AND c.product_code = s.product_code
  AND c.valuation = s.valuation
LEFT JOIN distances AS d ON d.market_area = s.reporter_area AND d.exporter_area = s.exporter_area
