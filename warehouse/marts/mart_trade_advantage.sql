-- id: Keunggulan komparatif ekspor (RCA Balassa) menurut negara dan produk
-- en: Comparative advantage of exports (Balassa's RCA) by country and product
-- key: source, period_start, reporter_area, product_classification, product_code, valuation
-- reads: core_trade__flows: c.frequency = 'A' AND c.region_code = 'TOTAL' AND c.breakdown_type = 'TOTAL' AND c.flow = 'export' AND c.partner_area = 'WLD'
-- behind: core_trade__flows: c.source = m.source AND c.flow = 'export' AND c.frequency = 'A' AND c.period_start = m.period_start AND c.reporter_area = m.reporter_area AND c.partner_area = 'WLD' AND c.product_classification = m.product_classification AND c.product_code IN (m.product_code, 'TOTAL') AND c.valuation = m.valuation AND c.region_code = 'TOTAL' AND c.breakdown_type = 'TOTAL'
-- among: core_trade__flows: c.source = m.source AND c.flow = 'export' AND c.frequency = 'A' AND c.partner_area = 'WLD' AND c.product_classification = m.product_classification AND c.valuation = m.valuation AND c.region_code = 'TOTAL' AND c.breakdown_type = 'TOTAL' AND ((c.period_start = m.period_start AND (c.product_code IN (m.product_code, 'TOTAL') OR (m.total_is_summed AND length(c.product_code) = m.product_level))) OR (c.product_code IN (m.product_code, 'TOTAL') AND c.period_start BETWEEN m.period_start - INTERVAL '2 years' AND m.period_start))
-- RCA is a product's share in a country's exports to the world over its share in the exports of all
-- reporters of the same source, year, revision of products, valuation and currency: the reference
-- set, whose size is `reporters`. It says nothing of countries outside that set, and fewer than ten
-- are no set (`few_reporters`), as in mart_product_space. That mart is of countries alone and divides by
-- sums of four digits above a minimum; here every reporting area is in the set, such as S19 (Other Asia),
-- and denominators are TOTALs as reported, so that RCA of the two differ. Re-exports and
-- goods not specified by kind (HS chapter 99) have no row; they are part of a TOTAL.
-- The totals of countries are their TOTAL, so that a part of the products is enough; a country
-- without one is in no sum. Only where no country of the set has a TOTAL, the products of that level
-- are added up (`total_is_summed`). RCA is not comparable in level between countries: use RSCA, the
-- mean of the last three years (`rca_years` says of how many), and no row below a minimum: exports
-- of the country of 1,000 million and of the product in the set of 10 million USD, as in atlases of
-- complexity; small exporters lead otherwise. A pair without a row has reported nothing.
WITH exports AS (
  SELECT source, period_start, reporter_area, product_classification, product_code, valuation,
    currency, value, release_stage, recorded_at, load_seq,
    CASE WHEN product_code = 'TOTAL' THEN 0 ELSE length(product_code) END AS product_level
  FROM core_trade__flows
  WHERE flow = 'export' AND frequency = 'A' AND partner_area = 'WLD' AND region_code = 'TOTAL'
    AND breakdown_type = 'TOTAL'
),
stated AS (
  SELECT source, period_start, reporter_area, product_classification, valuation, currency, value
  FROM exports WHERE product_level = 0 AND value >= 0
),
stated_world AS (
  SELECT source, period_start, product_classification, valuation, currency, sum(value) AS value,
    count(*) AS reporters
  FROM stated GROUP BY source, period_start, product_classification, valuation, currency
),
summed AS (
  SELECT source, period_start, reporter_area, product_classification, valuation, currency,
    product_level, sum(value) AS value
  FROM exports WHERE product_level > 0 AND value >= 0
  GROUP BY source, period_start, reporter_area, product_classification, valuation, currency,
    product_level
),
summed_world AS (
  SELECT source, period_start, product_classification, valuation, currency, product_level,
    sum(value) AS value, count(*) AS reporters
  FROM summed
  GROUP BY source, period_start, product_classification, valuation, currency, product_level
),
placed AS (
  SELECT e.*, w.source IS NULL AS total_is_summed,
    CASE WHEN w.source IS NULL THEN s.value ELSE t.value END AS country_total,
    coalesce(w.value, sw.value) AS world_total, coalesce(w.reporters, sw.reporters) AS reporters
  FROM exports AS e
  LEFT JOIN stated_world AS w ON w.source = e.source AND w.period_start = e.period_start
    AND w.product_classification = e.product_classification AND w.valuation = e.valuation
    AND w.currency = e.currency
  LEFT JOIN stated AS t ON t.source = e.source AND t.period_start = e.period_start
    AND t.reporter_area = e.reporter_area AND t.valuation = e.valuation
    AND t.product_classification = e.product_classification AND t.currency = e.currency
  LEFT JOIN summed_world AS sw ON w.source IS NULL AND sw.source = e.source
    AND sw.period_start = e.period_start AND sw.valuation = e.valuation
    AND sw.product_classification = e.product_classification AND sw.currency = e.currency
    AND sw.product_level = e.product_level
  LEFT JOIN summed AS s ON w.source IS NULL AND s.source = e.source
    AND s.period_start = e.period_start AND s.reporter_area = e.reporter_area
    AND s.product_classification = e.product_classification AND s.valuation = e.valuation
    AND s.currency = e.currency AND s.product_level = e.product_level
  WHERE e.product_level > 0
    AND NOT (left(e.product_classification, 2) = 'HS' AND left(e.product_code, 2) = '99')
),
counted AS (
  SELECT *, sum(CASE WHEN country_total IS NOT NULL AND value >= 0 THEN value END) OVER (
    PARTITION BY source, period_start, product_classification, product_code, valuation, currency)
    AS product_total
  FROM placed
),
indexed AS (
  SELECT *, CAST(extract(YEAR FROM period_start) AS BIGINT) AS year,
    CASE WHEN value IS NULL THEN 'value_missing' WHEN value < 0 THEN 'negative'
      WHEN country_total IS NULL THEN 'total_missing' WHEN country_total = 0 THEN 'total_zero'
      WHEN product_total = 0 THEN 'world_zero' WHEN reporters < 10 THEN 'few_reporters'
    END AS reason
  FROM counted
),
rated AS (
  SELECT *, CASE WHEN reason IS NULL THEN CAST((value / country_total)
    / (product_total / world_total) AS DECIMAL(38, 10)) END AS rca,
    CASE WHEN reason IS NULL THEN CAST((value / country_total - product_total / world_total)
    / (value / country_total + product_total / world_total) AS DECIMAL(24, 10)) END AS rsca
  FROM indexed
),
averaged AS (
  SELECT *, sum(rca) OVER y AS rca_sum, count(rca) OVER y AS rca_years,
    CAST(sum(rca) OVER y / count(rca) OVER y AS DECIMAL(38, 10)) AS rca_near
  FROM rated
  WINDOW y AS (PARTITION BY source, reporter_area, product_classification, product_code,
    valuation, currency ORDER BY year RANGE BETWEEN 2 PRECEDING AND CURRENT ROW)
),
rounded AS (  -- DuckDB divides in binary: the remainder says whether the last digit is one off
  SELECT *, CAST(rca_near + CASE
    WHEN (rca_sum - rca_near * rca_years) * 2 >= rca_years * 0.0000000001 THEN 0.0000000001
    WHEN (rca_sum - rca_near * rca_years) * 2 < -rca_years * 0.0000000001 THEN -0.0000000001
    ELSE 0 END AS DECIMAL(38, 10)) AS rca_mean_three_years
  FROM averaged
)
SELECT
  source,
  period_start,
  reporter_area,
  product_classification,
  product_code,
  product_level,
  valuation,
  currency,
  value AS export_value,
  CAST(country_total AS DECIMAL(38, 4)) AS country_total_value,
  CAST(product_total AS DECIMAL(38, 4)) AS product_total_value,
  CAST(world_total AS DECIMAL(38, 4)) AS world_total_value,
  total_is_summed,
  reporters,
  rca,
  rsca,
  rca >= 1 AS has_advantage,
  reason,
  rca_mean_three_years,
  CAST((rca_mean_three_years - 1) / (rca_mean_three_years + 1) AS DECIMAL(24, 10))
    AS rsca_mean_three_years,
  rca_years,
  CASE WHEN currency = 'USD' THEN country_total >= 1000000000 END AS country_meets_minimum,
  CASE WHEN currency = 'USD' THEN product_total >= 10000000 END AS product_meets_minimum,
  release_stage,
  recorded_at,
  load_seq
FROM rounded
