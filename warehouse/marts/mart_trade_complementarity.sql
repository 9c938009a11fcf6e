-- id: Kesesuaian ekspor Indonesia dengan impor tiap negara
-- en: How well Indonesia's exports fit what each country imports
-- key: source, period_start, exporter_area, market_area, product_classification, product_level, import_valuation
-- reads: core_trade__flows: c.frequency = 'A' AND c.region_code = 'TOTAL' AND c.breakdown_type = 'TOTAL' AND c.partner_area = 'WLD'
-- behind: core_trade__flows: c.source = m.source AND c.frequency = 'A' AND c.period_start = m.period_start AND c.partner_area = 'WLD' AND c.product_classification = m.product_classification AND (c.product_code = 'TOTAL' OR length(c.product_code) = m.product_level) AND c.region_code = 'TOTAL' AND c.breakdown_type = 'TOTAL' AND ((c.flow = 'export' AND c.reporter_area = m.exporter_area AND c.valuation = m.export_valuation) OR (c.flow = 'import' AND c.reporter_area = m.market_area AND c.valuation = m.import_valuation))
-- Michaely's index (1996): 100·(1 - ½·Σ|m - x|) over products' shares, 100 where the exporter sells to
-- the world in the same proportions in which the market buys from the world, 0 where nothing is in
-- common. Of one source, year, revision and level; a country whose imports are of another revision
-- has a row with a reason. Goods not specified by kind (HS chapter 99) have no share. Where a side's
-- TOTAL is known and all its codes are less than nine tenths of it, they are a selection: null. A source
-- without exports of the exporter has no row. The exporter is the country of the regions of ref_region.
WITH home AS (
  SELECT 'IDN' AS area
),
annual AS (
  SELECT source, period_start, reporter_area, flow, product_classification, product_code,
    valuation, currency, value, recorded_at, load_seq,
    CASE WHEN product_code = 'TOTAL' THEN 0 ELSE length(product_code) END AS product_level,
    left(product_classification, 2) = 'HS' AND left(product_code, 2) = '99' AS is_unspecified
  FROM core_trade__flows
  WHERE frequency = 'A' AND flow IN ('export', 'import') AND partner_area = 'WLD'
    AND region_code = 'TOTAL' AND breakdown_type = 'TOTAL'
),
goods AS (
  SELECT a.* FROM annual AS a
  LEFT JOIN home AS h ON h.area = a.reporter_area
  WHERE a.product_level > 0 AND (h.area IS NULL) = (a.flow = 'import')
),
sides AS (
  SELECT g.source, g.period_start, g.reporter_area, g.flow, g.product_classification,
    g.product_level, g.valuation, min(g.currency) = max(g.currency) AS has_one_currency,
    sum(CASE WHEN g.value >= 0 AND NOT g.is_unspecified THEN g.value END) AS total,
    sum(CASE WHEN g.value >= 0 THEN g.value END) AS known,
    count(CASE WHEN NOT g.is_unspecified THEN g.value END) AS products,
    max(g.recorded_at) AS recorded_at, max(g.load_seq) AS load_seq
  FROM goods AS g
  GROUP BY g.source, g.period_start, g.reporter_area, g.flow, g.product_classification,
    g.product_level, g.valuation
),
whole AS (
  SELECT s.*, CASE WHEN t.value > 0 THEN CAST(s.known / t.value AS DECIMAL(38, 10)) END
    AS known_share
  FROM sides AS s
  LEFT JOIN annual AS t ON t.source = s.source AND t.period_start = s.period_start
    AND t.reporter_area = s.reporter_area AND t.flow = s.flow AND t.valuation = s.valuation
    AND t.product_classification = s.product_classification AND t.product_level = 0
),
exporters AS (  -- of exports in two valuations the first
  SELECT * FROM (
    SELECT *, row_number() OVER (PARTITION BY source, period_start, reporter_area,
      product_classification, product_level ORDER BY valuation) AS nth
    FROM whole WHERE flow = 'export'
  ) AS ranked WHERE nth = 1
),
pairs AS (
  SELECT i.source, i.period_start, h.area AS exporter_area, i.reporter_area AS market_area,
    i.product_classification, i.product_level, x.valuation AS export_valuation,
    i.valuation AS import_valuation, x.total AS export_total, i.total AS import_total,
    x.products AS export_products, i.products AS import_products,
    x.known_share AS export_known_share, i.known_share AS import_known_share,
    CASE WHEN x.source IS NULL AND y.source IS NOT NULL THEN 'revision_differs'
      WHEN x.total IS NULL OR i.total IS NULL THEN 'no_values'
      WHEN NOT x.has_one_currency OR NOT i.has_one_currency THEN 'currency_differs'
      WHEN x.total = 0 OR i.total = 0 THEN 'total_zero'
      WHEN x.known_share < 0.9 OR i.known_share < 0.9 THEN 'members_missing' END AS reason,
    CASE WHEN x.recorded_at > i.recorded_at THEN x.recorded_at ELSE i.recorded_at END
      AS recorded_at,
    CASE WHEN x.load_seq > i.load_seq THEN x.load_seq ELSE i.load_seq END AS load_seq
  FROM whole AS i
  CROSS JOIN home AS h
  LEFT JOIN exporters AS x ON x.source = i.source AND x.period_start = i.period_start
    AND x.reporter_area = h.area AND x.product_classification = i.product_classification
    AND x.product_level = i.product_level
  JOIN (SELECT source, reporter_area FROM exporters GROUP BY source, reporter_area) AS k
    ON k.source = i.source AND k.reporter_area = h.area
  LEFT JOIN (SELECT source, period_start, reporter_area FROM exporters
    GROUP BY source, period_start, reporter_area) AS y ON y.source = i.source
    AND y.period_start = i.period_start AND y.reporter_area = h.area
  WHERE i.flow = 'import'
),
common AS (  -- 1 - ½·Σ|m - x| is the sum of the lesser shares
  SELECT p.source, p.period_start, p.exporter_area, p.market_area, p.product_classification,
    p.product_level, p.import_valuation,
    sum(least(CAST(x.value AS DOUBLE PRECISION) / CAST(p.export_total AS DOUBLE PRECISION),
      CAST(i.value AS DOUBLE PRECISION) / CAST(p.import_total AS DOUBLE PRECISION))) AS shared
  FROM pairs AS p
  JOIN goods AS x ON x.source = p.source AND x.period_start = p.period_start
    AND x.flow = 'export' AND x.reporter_area = p.exporter_area
    AND x.product_classification = p.product_classification AND x.product_level = p.product_level
    AND x.valuation = p.export_valuation AND x.value > 0
    AND NOT x.is_unspecified
  JOIN goods AS i ON i.source = p.source AND i.period_start = p.period_start
    AND i.flow = 'import' AND i.reporter_area = p.market_area
    AND i.product_classification = p.product_classification AND i.product_code = x.product_code
    AND i.valuation = p.import_valuation AND i.value > 0
  WHERE p.reason IS NULL
  GROUP BY p.source, p.period_start, p.exporter_area, p.market_area, p.product_classification,
    p.product_level, p.import_valuation
)
SELECT
  p.source,
  p.period_start,
  p.exporter_area,
  p.market_area,
  p.product_classification,
  p.product_level,
  p.export_valuation,
  p.import_valuation,
  p.export_products,
  p.import_products,
  p.export_known_share,
  p.import_known_share,
  CASE WHEN p.reason IS NULL THEN CAST(100 * coalesce(c.shared, 0) AS DECIMAL(24, 10)) END
    AS complementarity_index,
  p.reason,
  p.recorded_at,
  p.load_seq
FROM pairs AS p
LEFT JOIN common AS c ON c.source = p.source AND c.period_start = p.period_start
  AND c.exporter_area = p.exporter_area AND c.market_area = p.market_area
  AND c.product_classification = p.product_classification AND c.product_level = p.product_level
  AND c.import_valuation = p.import_valuation
