-- id: Arus mahasiswa dua arah dan timbal baliknya
-- en: Student flows both ways and their reciprocity
-- key: source, area, partner_area, level, year_start
-- behind: core_exchange__students: c.source = m.source AND c.level = m.level AND c.period_start = m.year_start AND ((c.origin_area = m.area AND c.destination_area = m.partner_area) OR (c.origin_area = m.partner_area AND c.destination_area = m.area))
-- Each pair stands twice, once from either side. Both directions are of one source; a source that
-- reports one direction alone, or hides one, has no reciprocity, and the note says so. Levels lie within
-- one another (tertiary holds all that follow it), so they are rows of their own and never added.
-- Partner WLD is all the world as the source counts it, not the sum of partners; it and groups are not
-- countries (`partner_is_country`).
WITH flows AS (
  SELECT source, origin_area AS area, destination_area AS partner_area, level,
    period_start AS year_start, students AS students_out, CAST(NULL AS BIGINT) AS students_in,
    1 AS rows_out, 0 AS rows_in, CASE WHEN students IS NULL THEN value_status END AS status_out,
    CAST(NULL AS VARCHAR) AS status_in, release_stage, recorded_at, load_seq
  FROM core_exchange__students
  WHERE origin_area <> destination_area
  UNION ALL
  SELECT source, destination_area, origin_area, level, period_start, CAST(NULL AS BIGINT),
    students, 0, 1, NULL, CASE WHEN students IS NULL THEN value_status END, release_stage,
    recorded_at, load_seq
  FROM core_exchange__students
  WHERE origin_area <> destination_area
),
pairs AS (
  SELECT source, area, partner_area, level, year_start, max(students_out) AS students_out,
    max(students_in) AS students_in, max(rows_out) AS rows_out, max(rows_in) AS rows_in,
    max(status_out) AS status_out, max(status_in) AS status_in,
    min(CASE release_stage WHEN 'preliminary' THEN 0 WHEN 'unknown' THEN 1
      WHEN 'provisional' THEN 2 ELSE 3 END) AS stage,
    max(recorded_at) AS recorded_at, max(load_seq) AS load_seq
  FROM flows
  WHERE area <> 'WLD'
  GROUP BY source, area, partner_area, level, year_start
),
areas AS (
  SELECT area, bool_or(is_country) AS is_country FROM ref_area WHERE scheme = 'iso3' GROUP BY area
)
SELECT
  p.source,
  p.area,
  coalesce(a.is_country, false) AS area_is_country,
  p.partner_area,
  coalesce(b.is_country, false) AS partner_is_country,
  p.level,
  p.year_start,
  p.students_out,
  p.students_in,
  CASE WHEN p.students_out + p.students_in > 0 THEN CAST(1 - abs(
    CAST(p.students_out - p.students_in AS DECIMAL(24, 4))
    / (p.students_out + p.students_in)) AS DECIMAL(24, 10)) END AS reciprocity,
  CASE WHEN p.rows_out = 0 OR p.rows_in = 0 THEN 'one_direction'
    WHEN 'suppressed' IN (p.status_out, p.status_in) THEN 'direction_suppressed'
    WHEN p.students_out IS NULL OR p.students_in IS NULL THEN 'direction_missing'
    WHEN p.students_out + p.students_in = 0 THEN 'no_students' END AS reciprocity_note,
  CASE p.stage WHEN 0 THEN 'preliminary' WHEN 1 THEN 'unknown' WHEN 2 THEN 'provisional'
    ELSE 'final' END AS release_stage,
  p.recorded_at,
  p.load_seq
FROM pairs AS p
LEFT JOIN areas AS a ON a.area = p.area
LEFT JOIN areas AS b ON b.area = p.partner_area
WHERE p.students_out IS NOT NULL OR p.students_in IS NOT NULL
