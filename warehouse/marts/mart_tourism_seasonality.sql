-- id: Musiman kunjungan: indeks bulanan dan Gini
-- en: Seasonality of visits: monthly index and Gini
-- key: source, destination_area, region_code, origin_area, concept, breakdown_type, breakdown_code, month_start
-- behind: core_tourism__arrivals: c.source = m.source AND c.destination_area = m.destination_area AND c.region_code = m.region_code AND c.origin_area = m.origin_area AND c.concept = m.concept AND c.breakdown_type = m.breakdown_type AND c.breakdown_code = m.breakdown_code AND c.frequency = 'M' AND c.period_start BETWEEN m.year_start AND m.year_end
-- Only years of which all twelve months are known: a suppressed or missing one is not. The index
-- is a month against the mean month (100); the Gini coefficient is of the twelve months: 0 where all
-- are equal, 11/12 where one has all. Moving feasts (Lebaran, Chinese New Year) shift months between
-- years.
WITH months AS (
  SELECT *, CAST(date_trunc('year', period_start) AS DATE) AS year_start,
    CAST(visitors AS DECIMAL(24, 4)) AS amount
  FROM core_tourism__arrivals WHERE frequency = 'M' AND visitors IS NOT NULL
    AND value_status NOT IN ('missing', 'suppressed', 'not_applicable', 'below_unit')
),
placed AS (
  SELECT *,
    count(*) OVER (PARTITION BY source, destination_area, region_code, origin_area, concept,
      breakdown_type, breakdown_code, year_start) AS months,
    sum(amount) OVER (PARTITION BY source, destination_area, region_code, origin_area, concept,
      breakdown_type, breakdown_code, year_start) AS total,
    row_number() OVER (PARTITION BY source, destination_area, region_code, origin_area, concept,
      breakdown_type, breakdown_code, year_start ORDER BY amount, period_start) AS place
  FROM months
)
SELECT
  source,
  destination_area,
  region_code,
  origin_area,
  concept,
  breakdown_type,
  breakdown_code,
  period_start AS month_start,
  year_start,
  CAST(year_start + INTERVAL '1 year' - INTERVAL '1 day' AS DATE) AS year_end,
  visitors,
  CAST(amount * 1200 / total AS DECIMAL(24, 10)) AS seasonal_index,
  CAST(2 * sum(place * amount) OVER (PARTITION BY source, destination_area, region_code,
    origin_area, concept, breakdown_type, breakdown_code, year_start) / (12 * total)
    - CAST(13 AS DECIMAL(24, 4)) / 12 AS DECIMAL(24, 10)) AS gini,
  release_stage,
  recorded_at,
  load_seq
FROM placed
WHERE months = 12 AND total > 0
