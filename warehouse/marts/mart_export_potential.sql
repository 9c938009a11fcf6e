-- id: Potensi ekspor Indonesia menurut pasar dan produk: nyata, potensi, belum terwujud
-- en: Indonesia's export potential by market and product: actual, potential, unrealised
-- key: source, supply_source, period_start, market_area, exporter_area, product_classification, product_code, valuation, supply_valuation
-- behind: core_trade__flows: c.source = m.source AND c.flow = 'import' AND c.frequency = 'A' AND c.period_start = m.period_start AND c.reporter_area = m.market_area AND c.partner_area IN ('WLD', m.exporter_area) AND c.product_classification = m.product_classification AND c.product_code = m.product_code AND c.valuation = m.valuation AND c.region_code = 'TOTAL' AND c.breakdown_type = 'TOTAL'
-- behind: core_trade__flows: c.source = m.supply_source AND c.flow = 'export' AND c.frequency = 'A' AND c.period_start = m.period_start AND c.reporter_area = m.exporter_area AND c.partner_area = 'WLD' AND c.product_classification = m.product_classification AND c.product_code = m.product_code AND c.valuation = m.supply_valuation AND c.region_code = 'TOTAL' AND c.breakdown_type = 'TOTAL'
-- among: core_trade__flows: c.source = m.source AND c.flow = 'import' AND c.frequency = 'A' AND c.period_start = m.period_start AND c.reporter_area = m.market_area AND c.partner_area IN ('WLD', m.exporter_area) AND c.product_classification = m.product_classification AND length(c.product_code) = m.product_level AND c.valuation = m.valuation AND c.region_code = 'TOTAL' AND c.breakdown_type = 'TOTAL'
-- among: core_trade__flows: c.source = m.supply_source AND c.flow = 'export' AND c.frequency = 'A' AND c.period_start = m.period_start AND c.partner_area = 'WLD' AND c.product_classification = m.product_classification AND c.product_code IN (m.product_code, 'TOTAL') AND c.valuation = m.supply_valuation AND c.region_code = 'TOTAL' AND c.breakdown_type = 'TOTAL'
-- After the ITC's export potential indicator (Decreux & Spies 2016), in short: potential = supply ×
-- ease × demand. Supply is the exporter's share in the exports of all reporters of the supply source
-- in that product, revision and year (mart_trade_advantage); demand is what the market imports from
-- the world (mart_market_attractiveness); ease is what the market imports from the exporter over what
-- supply × demand would lead to, both added up over the products of one level whose three figures
-- are known (`ease_products`). Without projections of growth, tariffs, margins of preference and
-- distance, which the original has. `potential_neutral_value` has an ease of 1. Ease from few
-- products says little. Supply and demand are of one revision: another has no row of supply
-- (`revision_differs`). Values are as the market values imports, in its source's currency.
WITH supply AS (
  SELECT a.source, a.valuation, a.period_start, a.reporter_area, a.product_classification,
    a.product_code, a.reporters, a.export_value, a.product_total_value, a.recorded_at, a.load_seq,
    CASE WHEN a.export_value >= 0 AND a.product_total_value > 0 AND a.reporters > 1 THEN
      CAST(a.export_value / a.product_total_value AS DECIMAL(24, 14)) END AS near
  FROM mart_trade_advantage AS a
  JOIN (SELECT exporter_area FROM mart_market_attractiveness GROUP BY exporter_area) AS h
    ON h.exporter_area = a.reporter_area
  WHERE a.total_is_summed OR a.country_total_value IS NOT NULL
),
shares AS (  -- DuckDB divides in binary: the remainder says whether the last digit is one off
  SELECT *, CAST(near + CASE
    WHEN (export_value - near * product_total_value) * 2 >= product_total_value * 0.00000000000001
      THEN 0.00000000000001
    WHEN (export_value - near * product_total_value) * 2 < product_total_value * -0.00000000000001
      THEN -0.00000000000001
    ELSE 0 END AS DECIMAL(24, 14)) AS supply_share
  FROM supply
),
sets AS (
  SELECT source, valuation, period_start, reporter_area, product_classification,
    max(reporters) AS reporters FROM supply
  GROUP BY source, valuation, period_start, reporter_area, product_classification
),
suppliers AS (
  SELECT source, valuation, reporter_area FROM sets GROUP BY source, valuation, reporter_area
  HAVING max(reporters) > 1 OR (SELECT max(reporters) FROM sets) = 1
),
years AS (
  SELECT source, valuation, period_start, reporter_area FROM sets
  GROUP BY source, valuation, period_start, reporter_area
),
joined AS (
  SELECT d.source, q.source AS supply_source, d.period_start, d.market_area, d.exporter_area,
    d.product_classification, d.product_code, d.product_level, d.valuation,
    q.valuation AS supply_valuation, d.currency, d.import_value, d.import_value_from_exporter,
    s.supply_share, s.reporters, s.source IS NOT NULL AS has_supply,
    c.source IS NULL AND y.source IS NOT NULL AS other_revision,
    CASE WHEN s.recorded_at > d.recorded_at THEN s.recorded_at ELSE d.recorded_at END
      AS recorded_at,
    CASE WHEN s.load_seq > d.load_seq THEN s.load_seq ELSE d.load_seq END AS load_seq
  FROM mart_market_attractiveness AS d
  JOIN suppliers AS q ON q.reporter_area = d.exporter_area
  LEFT JOIN shares AS s ON s.source = q.source AND s.valuation = q.valuation
    AND s.period_start = d.period_start AND s.reporter_area = d.exporter_area
    AND s.product_classification = d.product_classification AND s.product_code = d.product_code
  LEFT JOIN sets AS c ON c.source = q.source AND c.valuation = q.valuation
    AND c.period_start = d.period_start AND c.reporter_area = d.exporter_area
    AND c.product_classification = d.product_classification
  LEFT JOIN years AS y ON y.source = q.source AND y.valuation = q.valuation
    AND y.period_start = d.period_start AND y.reporter_area = d.exporter_area
  WHERE d.product_level > 0
    AND NOT (left(d.product_classification, 2) = 'HS' AND left(d.product_code, 2) = '99')
),
neutral AS (
  SELECT *,
    CASE WHEN import_value >= 0 THEN CAST(supply_share * import_value AS DECIMAL(38, 4)) END
      AS potential_neutral,
    CASE WHEN import_value_from_exporter >= 0 THEN import_value_from_exporter END AS actual
  FROM joined
),
eased AS (
  SELECT *,
    sum(CASE WHEN potential_neutral IS NOT NULL AND actual IS NOT NULL THEN actual END) OVER m
      AS actual_sum,
    sum(CASE WHEN actual IS NOT NULL THEN potential_neutral END) OVER m AS neutral_sum,
    sum(CASE WHEN potential_neutral IS NOT NULL AND actual IS NOT NULL THEN 1 ELSE 0 END) OVER m
      AS ease_products
  FROM neutral
  WINDOW m AS (PARTITION BY source, supply_source, valuation, supply_valuation, period_start,
    market_area, exporter_area, product_classification, product_level, currency)
),
indexed AS (
  SELECT *, CASE WHEN neutral_sum > 0 THEN CAST(actual_sum / neutral_sum AS DECIMAL(24, 10)) END
    AS ease_index
  FROM eased
),
possible AS (
  SELECT *, CAST(potential_neutral * ease_index AS DECIMAL(38, 4)) AS potential FROM indexed
)
SELECT
  source,
  supply_source,
  period_start,
  market_area,
  exporter_area,
  product_classification,
  product_code,
  product_level,
  valuation,
  supply_valuation,
  currency,
  supply_share,
  reporters AS supply_reporters,
  import_value AS demand_value,
  ease_index,
  CAST(ease_products AS BIGINT) AS ease_products,
  actual AS actual_value,
  potential_neutral AS potential_neutral_value,
  potential AS potential_value,
  CASE WHEN actual IS NULL THEN NULL WHEN potential > actual THEN potential - actual
    WHEN potential IS NOT NULL THEN 0 END AS unrealised_value,
  CASE WHEN import_value IS NULL THEN 'value_missing' WHEN import_value < 0 THEN 'negative'
    WHEN other_revision THEN 'revision_differs' WHEN NOT has_supply THEN 'supply_missing'
    WHEN supply_share IS NULL THEN 'supply_undefined'
    WHEN ease_products = 0 THEN 'partner_missing' WHEN neutral_sum = 0 THEN 'total_zero'
    WHEN actual IS NULL THEN 'partner_missing' END AS reason,
  recorded_at,
  load_seq
FROM possible
