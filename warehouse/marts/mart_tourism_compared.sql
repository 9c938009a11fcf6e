-- id: Kunjungan, pengunjung, tamu, dan hunian berdampingan
-- en: Visits, visitors, guests and occupancy side by side
-- key: source, source_org, area, region_code, year_start, measure
-- behind: core_tourism__arrivals: c.source = m.source AND c.destination_area = m.area AND c.region_code = m.region_code AND c.origin_area = 'WLD' AND c.concept = m.measure AND c.breakdown_type = 'TOTAL' AND c.frequency = m.frequency AND c.period_start BETWEEN m.year_start AND m.year_end
-- behind: core_tourism__accommodation: m.area = 'region' AND c.source = m.source AND c.source_org = m.source_org AND c.region_code = m.region_code AND c.frequency = m.frequency AND c.period_start BETWEEN m.year_start AND m.year_end
-- One row a measure, so that nobody adds them: a visitor who enters twice makes two visits, sleeps
-- in two hotels as two guests, and is one tourist. In each period accommodation is its TOTAL where
-- that is given, else its classes: guests added up, occupancy and length of stay as their plain
-- mean. A period counts as known where TOTAL is, or where every class of that year is and the
-- classes add up to the TOTAL of periods that have both: `periods` counts those alone. A sum holds
-- what is there, so with fewer periods than the year has it is a least value; a mean is of the known
-- periods. What two organisations report is never added.
WITH arrivals AS (
  SELECT source, 'TOTAL' AS source_org, destination_area AS area, region_code,
    concept AS measure, frequency, CAST(date_trunc('year', period_start) AS DATE) AS year_start,
    CAST(sum(visitors) AS DECIMAL(24, 10)) AS value, 'persons' AS unit, count(*) AS periods,
    frequency = 'M' OR coalesce(max(period_end)
      >= min(period_start) + INTERVAL '1 year' - INTERVAL '1 day', true) AS is_whole,
    'sum of the periods' AS method,
    min(CASE release_stage WHEN 'preliminary' THEN 0 WHEN 'unknown' THEN 1
      WHEN 'provisional' THEN 2 ELSE 3 END) AS stage,
    max(recorded_at) AS recorded_at, max(load_seq) AS load_seq
  FROM core_tourism__arrivals
  WHERE origin_area = 'WLD' AND breakdown_type = 'TOTAL' AND frequency IN ('A', 'M')
    AND visitors IS NOT NULL
    AND value_status NOT IN ('missing', 'suppressed', 'not_applicable', 'below_unit')
  GROUP BY source, destination_area, region_code, concept, frequency,
    date_trunc('year', period_start)
  HAVING frequency = 'M' OR count(*) = 1  -- two years that begin in one are not one
),
rooms AS (  -- one row a class, period and measure
  SELECT r.source, r.source_org, r.region_code, r.frequency, r.period_start,
    CAST(date_trunc('year', r.period_start) AS DATE) AS year_start, r.class_code, n.measure,
    n.unit, CASE n.measure
      WHEN 'guests_foreign' THEN CAST(r.guests_foreign AS DECIMAL(24, 4))
      WHEN 'guests_domestic' THEN CAST(r.guests_domestic AS DECIMAL(24, 4))
      WHEN 'room_occupancy' THEN r.room_occupancy_percent
      ELSE r.average_stay_nights END AS amount,
    CASE r.release_stage WHEN 'preliminary' THEN 0 WHEN 'unknown' THEN 1
      WHEN 'provisional' THEN 2 ELSE 3 END AS stage,
    r.recorded_at, r.load_seq
  FROM core_tourism__accommodation AS r
  CROSS JOIN (VALUES ('guests_foreign', 'guests'), ('guests_domestic', 'guests'),
    ('room_occupancy', 'percent'), ('average_stay', 'nights')) AS n(measure, unit)
  WHERE r.frequency IN ('A', 'M')
),
classes AS (
  SELECT source, source_org, region_code, frequency, year_start, measure,
    count(DISTINCT class_code) AS classes
  FROM rooms WHERE class_code <> 'TOTAL'
  GROUP BY source, source_org, region_code, frequency, year_start, measure
),
by_period AS (
  SELECT source, source_org, region_code, frequency, year_start, period_start, measure, unit,
    max(CASE WHEN class_code = 'TOTAL' THEN amount END) AS total,
    sum(CASE WHEN class_code <> 'TOTAL' THEN amount END) AS added,
    count(CASE WHEN class_code <> 'TOTAL' THEN amount END) AS known,
    min(stage) AS stage, max(recorded_at) AS recorded_at, max(load_seq) AS load_seq
  FROM rooms
  GROUP BY source, source_org, region_code, frequency, year_start, period_start, measure, unit
),
counted AS (  -- whether the classes are all of it, as far as the year's totals show
  SELECT p.*, p.known = coalesce(c.classes, 0) AND p.known > 0 AS has_classes,
    sum(CASE WHEN p.total IS NOT NULL THEN 1 ELSE 0 END) OVER y AS totals,
    sum(CASE WHEN p.unit = 'guests' AND p.known = c.classes AND p.added = p.total THEN 1 ELSE 0
      END) OVER y AS totals_met,
    sum(CASE WHEN p.unit = 'guests' AND p.known = c.classes AND p.added <> p.total THEN 1 ELSE 0
      END) OVER y AS totals_missed
  FROM by_period AS p
  LEFT JOIN classes AS c ON c.source = p.source AND c.source_org = p.source_org
    AND c.region_code = p.region_code AND c.frequency = p.frequency
    AND c.year_start = p.year_start AND c.measure = p.measure
  WINDOW y AS (PARTITION BY p.source, p.source_org, p.region_code, p.frequency, p.year_start,
    p.measure)
),
whole AS (
  SELECT *, has_classes AND (totals = 0 OR (totals_met > 0 AND totals_missed = 0)) AS is_whole
  FROM counted
),
hosted AS (
  SELECT *, total IS NOT NULL OR is_whole AS is_known,
    coalesce(total, CASE WHEN unit = 'guests' THEN added
      WHEN is_whole THEN CAST(added / known AS DECIMAL(24, 10)) END) AS amount
  FROM whole
),
stays AS (
  SELECT source, source_org, 'region' AS area, region_code, measure, frequency, year_start,
    CASE unit WHEN 'guests' THEN CAST(sum(amount) AS DECIMAL(24, 10))
      ELSE CAST(sum(amount) / count(amount) AS DECIMAL(24, 10)) END AS value,
    unit, sum(CASE WHEN is_known THEN 1 ELSE 0 END) AS periods, true AS is_whole,
    CASE unit WHEN 'guests' THEN 'sum of the periods' ELSE 'mean of the periods' END
      || CASE WHEN count(total) = count(amount) THEN ''
        WHEN max(known) <= 1 THEN ''
        WHEN unit = 'guests' THEN ', classes added up'
        ELSE ', plain mean of the classes' END AS method,
    min(CASE WHEN amount IS NOT NULL THEN stage END) AS stage, max(recorded_at) AS recorded_at,
    max(load_seq) AS load_seq
  FROM hosted
  GROUP BY source, source_org, region_code, measure, frequency, year_start, unit
  HAVING count(amount) > 0 AND (frequency = 'M' OR count(*) = 1)
),
measures AS (
  SELECT * FROM arrivals
  UNION ALL
  SELECT * FROM stays
)
SELECT
  m.source, m.source_org, m.area, m.region_code, m.year_start,
  CAST(m.year_start + INTERVAL '1 year' - INTERVAL '1 day' AS DATE) AS year_end,
  m.measure, m.frequency, m.value, m.unit, CAST(m.periods AS BIGINT) AS periods,
  m.is_whole AND m.periods = CASE m.frequency WHEN 'M' THEN 12 ELSE 1 END AS is_complete,
  m.method,
  CASE m.stage WHEN 0 THEN 'preliminary' WHEN 1 THEN 'unknown' WHEN 2 THEN 'provisional'
    ELSE 'final' END AS release_stage,
  m.recorded_at, m.load_seq
FROM measures AS m
WHERE m.frequency = 'M' OR NOT EXISTS (
  SELECT 1 FROM measures AS o WHERE o.source = m.source AND o.source_org = m.source_org
    AND o.area = m.area AND o.region_code = m.region_code AND o.measure = m.measure
    AND o.year_start = m.year_start AND o.frequency = 'M'
)
