-- id: Kunjungan, pengunjung, tamu, dan hunian berdampingan
-- en: Visits, visitors, guests and occupancy side by side
-- key: source, area, region_code, year_start, measure
-- behind: core_tourism__arrivals: c.source = m.source AND c.destination_area = m.area AND c.region_code = m.region_code AND c.origin_area = 'WLD' AND c.concept = m.measure AND c.breakdown_type = 'TOTAL' AND c.frequency = m.frequency AND c.period_start BETWEEN m.year_start AND m.year_end
-- behind: core_tourism__accommodation: m.area = 'region' AND c.source = m.source AND c.region_code = m.region_code AND c.frequency = m.frequency AND c.period_start BETWEEN m.year_start AND m.year_end
-- One row a measure, so that nobody adds them: a visitor who enters twice makes two visits, sleeps
-- in two hotels as two guests, and is one tourist. Occupancy and length of stay are plain means of
-- the periods known, all classes of accommodation apart from TOTAL weighing the same.
WITH arrivals AS (
  SELECT source, destination_area AS area, region_code, concept AS measure, frequency,
    CAST(date_trunc('year', period_start) AS DATE) AS year_start,
    CAST(sum(visitors) AS DECIMAL(24, 4)) AS value, count(visitors) AS periods,
    min(CASE release_stage WHEN 'preliminary' THEN 0 WHEN 'unknown' THEN 1
      WHEN 'provisional' THEN 2 ELSE 3 END) AS stage,
    max(recorded_at) AS recorded_at, max(load_seq) AS load_seq
  FROM core_tourism__arrivals
  WHERE origin_area = 'WLD' AND breakdown_type = 'TOTAL' AND frequency IN ('A', 'M')
    AND visitors IS NOT NULL
  GROUP BY source, destination_area, region_code, concept, frequency,
    date_trunc('year', period_start)
),
rooms AS (
  SELECT source, 'region' AS area, region_code, frequency,
    CAST(date_trunc('year', period_start) AS DATE) AS year_start,
    sum(guests_foreign) AS guests_foreign, sum(guests_domestic) AS guests_domestic,
    avg(room_occupancy_percent) AS room_occupancy_percent,
    avg(average_stay_nights) AS average_stay_nights,
    count(DISTINCT period_start) AS periods,
    min(CASE release_stage WHEN 'preliminary' THEN 0 WHEN 'unknown' THEN 1
      WHEN 'provisional' THEN 2 ELSE 3 END) AS stage,
    max(recorded_at) AS recorded_at, max(load_seq) AS load_seq
  FROM core_tourism__accommodation
  WHERE frequency IN ('A', 'M')
  GROUP BY source, region_code, frequency, date_trunc('year', period_start)
),
measures AS (
  SELECT source, area, region_code, measure, frequency, year_start, value, 'persons' AS unit,
    periods, 'sum of the periods' AS method, stage, recorded_at, load_seq FROM arrivals
  UNION ALL
  SELECT source, area, region_code, 'guests_foreign', frequency, year_start,
    CAST(guests_foreign AS DECIMAL(24, 4)), 'guests', periods, 'sum of the periods', stage,
    recorded_at, load_seq FROM rooms WHERE guests_foreign IS NOT NULL
  UNION ALL
  SELECT source, area, region_code, 'guests_domestic', frequency, year_start,
    CAST(guests_domestic AS DECIMAL(24, 4)), 'guests', periods, 'sum of the periods', stage,
    recorded_at, load_seq FROM rooms WHERE guests_domestic IS NOT NULL
  UNION ALL
  SELECT source, area, region_code, 'room_occupancy', frequency, year_start,
    CAST(room_occupancy_percent AS DECIMAL(24, 4)), 'percent', periods, 'mean of the periods', stage,
    recorded_at, load_seq FROM rooms WHERE room_occupancy_percent IS NOT NULL
  UNION ALL
  SELECT source, area, region_code, 'average_stay', frequency, year_start,
    CAST(average_stay_nights AS DECIMAL(24, 4)), 'nights', periods, 'mean of the periods', stage,
    recorded_at, load_seq FROM rooms WHERE average_stay_nights IS NOT NULL
)
SELECT
  m.source, m.area, m.region_code, m.year_start,
  CAST(m.year_start + INTERVAL '1 year' - INTERVAL '1 day' AS DATE) AS year_end,
  m.measure, m.frequency, m.value, m.unit, m.periods,
  m.periods = CASE m.frequency WHEN 'M' THEN 12 ELSE 1 END AS is_complete,
  m.method,
  CASE m.stage WHEN 0 THEN 'preliminary' WHEN 1 THEN 'unknown' WHEN 2 THEN 'provisional'
    ELSE 'final' END AS release_stage,
  m.recorded_at, m.load_seq
FROM measures AS m
WHERE m.frequency = 'M' OR NOT EXISTS (
  SELECT 1 FROM measures AS o WHERE o.source = m.source AND o.area = m.area
    AND o.region_code = m.region_code AND o.measure = m.measure AND o.year_start = m.year_start
    AND o.frequency = 'M'
)
