-- id: Kesegaran indikator: periode terakhir yang bernilai
-- en: Freshness of indicators: the newest period with a value
-- key: source, indicator, frequency
-- behind: core_context__indicators: c.source = m.source AND c.indicator = m.indicator AND c.frequency = m.frequency AND c.period_start = m.newest_period_start
-- A source can be checked today and still end years ago: the World Bank's series of tourism (ST.INT.*)
-- stop in 2020. `years_behind` compares with the newest period that the same source has for any
-- indicator of that frequency, so that it does not change with the day of reading. `places` counts
-- countries and regions; the world and other groups stand in `places_grouped`.
WITH newest AS (
  SELECT i.source, indicator, frequency,
    max(CASE WHEN value IS NOT NULL THEN period_start END) AS newest_period_start,
    count(DISTINCT CASE WHEN value IS NOT NULL AND g.area IS NULL
      THEN i.area || ' ' || region_code END) AS places,
    count(DISTINCT CASE WHEN value IS NOT NULL THEN g.area END) AS places_grouped,
    max(i.recorded_at) AS recorded_at, max(i.load_seq) AS load_seq
  FROM core_context__indicators AS i
  LEFT JOIN (
    SELECT 'WLD' AS area UNION
    SELECT area FROM ref_area WHERE scheme = 'iso3' GROUP BY area HAVING NOT bool_or(is_country)
  ) AS g ON g.area = i.area
  GROUP BY i.source, indicator, frequency
),
whole AS (
  SELECT source, frequency, max(newest_period_start) AS newest_period_start
  FROM newest GROUP BY source, frequency
)
SELECT
  n.source,
  n.indicator,
  n.frequency,
  n.newest_period_start,
  n.places,
  n.places_grouped,
  CAST(extract(YEAR FROM w.newest_period_start) - extract(YEAR FROM n.newest_period_start) AS BIGINT)
    AS years_behind,
  n.recorded_at,
  n.load_seq
FROM newest AS n
JOIN whole AS w ON w.source = n.source AND w.frequency = n.frequency
