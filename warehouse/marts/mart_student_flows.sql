-- id: Arus mahasiswa dua arah dan timbal baliknya
-- en: Student flows both ways and their reciprocity
-- key: source, area, partner_area, level, year_start
-- behind: core_exchange__students: c.source = m.source AND c.level = m.level AND c.period_start = m.year_start AND ((c.origin_area = m.area AND c.destination_area = m.partner_area) OR (c.origin_area = m.partner_area AND c.destination_area = m.area))
-- Each pair stands twice, once from either side. Both directions are of one source; a source that
-- reports one direction alone has no reciprocity, and the note says so. Levels lie within one
-- another (tertiary holds all that follow it), so they are rows of their own and never added.
-- Partner WLD is all the world as the source counts it, not the sum of partners.
WITH flows AS (
  SELECT source, origin_area AS area, destination_area AS partner_area, level,
    period_start AS year_start, students AS students_out, CAST(NULL AS BIGINT) AS students_in,
    release_stage, recorded_at, load_seq
  FROM core_exchange__students
  WHERE origin_area <> destination_area AND students IS NOT NULL
  UNION ALL
  SELECT source, destination_area, origin_area, level, period_start, CAST(NULL AS BIGINT),
    students, release_stage, recorded_at, load_seq
  FROM core_exchange__students
  WHERE origin_area <> destination_area AND students IS NOT NULL
)
SELECT
  source,
  area,
  partner_area,
  level,
  year_start,
  max(students_out) AS students_out,
  max(students_in) AS students_in,
  CASE WHEN max(students_out) + max(students_in) > 0 THEN CAST(1 - abs(
    CAST(max(students_out) - max(students_in) AS DECIMAL(24, 4))
    / (max(students_out) + max(students_in))) AS DECIMAL(24, 4)) END AS reciprocity,
  CASE WHEN max(students_out) IS NULL OR max(students_in) IS NULL
    THEN 'one direction only'
    WHEN max(students_out) + max(students_in) = 0 THEN 'no students' END AS reciprocity_note,
  CASE min(CASE release_stage WHEN 'preliminary' THEN 0 WHEN 'unknown' THEN 1
      WHEN 'provisional' THEN 2 ELSE 3 END) WHEN 0 THEN 'preliminary' WHEN 1 THEN 'unknown' WHEN 2 THEN 'provisional'
    ELSE 'final' END AS release_stage,
  max(recorded_at) AS recorded_at,
  max(load_seq) AS load_seq
FROM flows
WHERE area <> 'WLD'
GROUP BY source, area, partner_area, level, year_start
