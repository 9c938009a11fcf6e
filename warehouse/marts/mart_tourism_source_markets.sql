-- id: Negara asal pengunjung menurut tahun
-- en: Source markets of visitors by year
-- key: source, destination_area, region_code, origin_area, concept, year_start
-- behind: core_tourism__arrivals: c.source = m.source AND c.destination_area = m.destination_area AND c.region_code = m.region_code AND c.origin_area = m.origin_area AND c.concept = m.concept AND c.breakdown_type = 'TOTAL' AND c.frequency = m.frequency AND c.period_start BETWEEN m.year_start AND m.year_end
-- Months make a year, and `periods` says how many there are; a source's own figure of the year
-- stands only where it has no months, so that neither enters the other. Rows of one source and one
-- concept stand together: visits, visitors, tourists and guests are not the same people and are
-- never added. The world and groups are not countries: `WLD` has an area code as a country has, groups
-- have none. The stage is that of the least settled month. A share is of the same source's world over the same periods; aggregates have none.
WITH years AS (
  SELECT source, destination_area, region_code, origin_area, concept, frequency,
    CAST(date_trunc('year', period_start) AS DATE) AS year_start,
    sum(visitors) AS visitors, count(visitors) AS periods,
    min(CASE release_stage WHEN 'preliminary' THEN 0 WHEN 'unknown' THEN 1
      WHEN 'provisional' THEN 2 ELSE 3 END) AS stage,
    max(recorded_at) AS recorded_at, max(load_seq) AS load_seq
  FROM core_tourism__arrivals
  WHERE breakdown_type = 'TOTAL' AND frequency IN ('A', 'M') AND visitors IS NOT NULL
  GROUP BY source, destination_area, region_code, origin_area, concept, frequency,
    date_trunc('year', period_start)
),
chosen AS (
  SELECT y.* FROM years AS y
  LEFT JOIN years AS m ON m.source = y.source AND m.destination_area = y.destination_area
    AND m.region_code = y.region_code AND m.origin_area = y.origin_area AND m.concept = y.concept
    AND m.year_start = y.year_start AND m.frequency = 'M'
  WHERE y.frequency = 'M' OR m.source IS NULL
)
SELECT
  c.source,
  c.destination_area,
  c.region_code,
  c.origin_area,
  c.concept,
  c.year_start,
  CAST(c.year_start + INTERVAL '1 year' - INTERVAL '1 day' AS DATE) AS year_end,
  c.frequency,
  CAST(c.visitors AS BIGINT) AS visitors,
  c.periods,
  c.periods = CASE c.frequency WHEN 'M' THEN 12 ELSE 1 END AS is_complete,
  k.area IS NOT NULL AND c.origin_area <> 'WLD' AS is_country,
  CASE WHEN k.area IS NOT NULL AND c.origin_area <> 'WLD' AND w.visitors > 0
    AND w.periods = c.periods
    THEN CAST(CAST(c.visitors AS DECIMAL(24, 4)) / w.visitors AS DECIMAL(24, 4)) END AS share,
  CAST(CASE WHEN p.periods = c.periods THEN p.visitors END AS BIGINT) AS visitors_year_before,
  CASE WHEN p.visitors > 0 AND p.periods = c.periods THEN CAST(CAST(c.visitors AS DECIMAL(24, 4))
    / p.visitors - 1 AS DECIMAL(24, 4)) END AS change_on_year,
  CASE c.stage WHEN 0 THEN 'preliminary' WHEN 1 THEN 'unknown' WHEN 2 THEN 'provisional'
    ELSE 'final' END AS release_stage,
  c.recorded_at,
  c.load_seq
FROM chosen AS c
LEFT JOIN chosen AS w ON w.source = c.source AND w.destination_area = c.destination_area
  AND w.region_code = c.region_code AND w.concept = c.concept AND w.year_start = c.year_start
  AND w.frequency = c.frequency AND w.origin_area = 'WLD'
LEFT JOIN chosen AS p ON p.source = c.source AND p.destination_area = c.destination_area
  AND p.region_code = c.region_code AND p.origin_area = c.origin_area AND p.concept = c.concept
  AND p.frequency = c.frequency
  AND p.year_start = CAST(c.year_start - INTERVAL '1 year' AS DATE)
LEFT JOIN (SELECT DISTINCT area FROM ref_area WHERE scheme = 'iso3') AS k ON k.area = c.origin_area
