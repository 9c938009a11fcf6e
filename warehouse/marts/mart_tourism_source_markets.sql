-- id: Negara asal pengunjung menurut tahun
-- en: Source markets of visitors by year
-- key: source, destination_area, region_code, origin_area, concept, year_start
-- behind: core_tourism__arrivals: c.source = m.source AND c.destination_area = m.destination_area AND c.region_code = m.region_code AND c.origin_area = m.origin_area AND c.concept = m.concept AND c.breakdown_type = 'TOTAL' AND c.frequency = m.frequency AND c.period_start BETWEEN m.year_start AND m.year_end
-- among: core_tourism__arrivals: c.source = m.source AND c.destination_area = m.destination_area AND c.region_code = m.region_code AND c.origin_area IN ('WLD', m.origin_area) AND c.concept = m.concept AND c.breakdown_type = 'TOTAL' AND c.frequency = m.frequency AND c.period_start BETWEEN m.year_start - INTERVAL '1 year' AND m.year_end
-- Months make a year, and `months` says which are known: a suppressed or missing one is not. A
-- source's own figure of the year stands only where it has no months, so that neither enters the
-- other; `months` is then its first and last. Years are compared only where the same months are
-- known of both, and so is a part with its world. Rows of one source and one concept stand together:
-- visits, visitors, tourists and guests are not the same people and are never added. The world and
-- groups (`is_country` in ref_area) are not countries and have no share; `share_reason` says why. The stage is that of the
-- least settled month.
WITH known AS (
  SELECT *, CAST(extract(MONTH FROM period_start) AS INTEGER) AS month_number,
    CAST(date_trunc('year', period_start) AS DATE) AS year_start
  FROM core_tourism__arrivals
  WHERE breakdown_type = 'TOTAL' AND frequency IN ('A', 'M') AND visitors IS NOT NULL
    AND value_status NOT IN ('missing', 'suppressed', 'not_applicable', 'below_unit')
),
years AS (
  SELECT source, destination_area, region_code, origin_area, concept, frequency, year_start,
    sum(visitors) AS visitors, count(*) AS periods,
    CASE frequency WHEN 'M'
      THEN string_agg(CAST(month_number AS VARCHAR), ',' ORDER BY month_number)
      ELSE min(month_number) || '-' || CAST(extract(MONTH FROM coalesce(max(period_end),
        min(period_start) + INTERVAL '1 year' - INTERVAL '1 day')) AS INTEGER) END AS months,
    CASE frequency WHEN 'M' THEN count(*) = 12 ELSE coalesce(max(period_end)
      >= min(period_start) + INTERVAL '1 year' - INTERVAL '1 day', true) END AS is_complete,
    min(CASE release_stage WHEN 'preliminary' THEN 0 WHEN 'unknown' THEN 1
      WHEN 'provisional' THEN 2 ELSE 3 END) AS stage,
    max(recorded_at) AS recorded_at, max(load_seq) AS load_seq
  FROM known
  GROUP BY source, destination_area, region_code, origin_area, concept, frequency, year_start
  HAVING frequency = 'M' OR count(*) = 1  -- two years that begin in one are not one
),
chosen AS (
  SELECT y.* FROM years AS y
  LEFT JOIN years AS m ON m.source = y.source AND m.destination_area = y.destination_area
    AND m.region_code = y.region_code AND m.origin_area = y.origin_area AND m.concept = y.concept
    AND m.year_start = y.year_start AND m.frequency = 'M'
  WHERE y.frequency = 'M' OR m.source IS NULL
),
countries AS (
  SELECT area FROM ref_area WHERE scheme = 'iso3' AND is_country AND area <> 'WLD' GROUP BY area
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
  c.months,
  c.is_complete,
  k.area IS NOT NULL AS is_country,
  CASE WHEN k.area IS NOT NULL AND w.visitors > 0 THEN CAST(
    CAST(c.visitors AS DECIMAL(24, 4)) / w.visitors AS DECIMAL(24, 10)) END AS share,
  CASE WHEN k.area IS NULL THEN 'not_a_country' WHEN w.source IS NOT NULL AND w.visitors = 0
      THEN 'total_zero' WHEN w.source IS NULL AND a.source IS NOT NULL THEN 'coverage_differs'
    WHEN w.source IS NULL THEN 'total_missing' END AS share_reason,
  CAST(p.visitors AS BIGINT) AS visitors_year_before,
  CASE WHEN p.visitors > 0 THEN CAST(CAST(c.visitors - p.visitors AS DECIMAL(24, 4))
    / p.visitors AS DECIMAL(24, 10)) END AS change_on_year,
  CASE c.stage WHEN 0 THEN 'preliminary' WHEN 1 THEN 'unknown' WHEN 2 THEN 'provisional'
    ELSE 'final' END AS release_stage,
  c.recorded_at,
  c.load_seq
FROM chosen AS c
LEFT JOIN chosen AS w ON w.source = c.source AND w.destination_area = c.destination_area
  AND w.region_code = c.region_code AND w.concept = c.concept AND w.year_start = c.year_start
  AND w.frequency = c.frequency AND w.months = c.months AND w.origin_area = 'WLD'
LEFT JOIN (
  SELECT source, destination_area, region_code, concept, year_start FROM chosen
  WHERE origin_area = 'WLD'
  GROUP BY source, destination_area, region_code, concept, year_start
) AS a ON a.source = c.source AND a.destination_area = c.destination_area
  AND a.region_code = c.region_code AND a.concept = c.concept AND a.year_start = c.year_start
LEFT JOIN chosen AS p ON p.source = c.source AND p.destination_area = c.destination_area
  AND p.region_code = c.region_code AND p.origin_area = c.origin_area AND p.concept = c.concept
  AND p.frequency = c.frequency AND p.months = c.months
  AND p.year_start = CAST(c.year_start - INTERVAL '1 year' AS DATE)
LEFT JOIN countries AS k ON k.area = c.origin_area
