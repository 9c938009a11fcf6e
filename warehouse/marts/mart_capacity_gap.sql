-- id: Kesenjangan kemampuan: bahasa yang diperlukan mitra dibanding orang yang terlatih
-- en: Capacity gap: languages that partners need against people who were trained
-- key: region_code, year_start, skill_kind, skill
-- behind: core_capacity__training: c.region_code = m.region_code AND c.period_start BETWEEN m.window_start AND m.year_end AND ((m.skill_kind = 'topic' AND lower(trim(c.topic)) = m.skill) OR (m.skill_kind = 'language' AND strpos('; ' || m.written || '; ', '; ' || c.language || '; ') > 0))
-- A convention, not a measurement: each agreement in force, cohort, exhibition and forum of a year
-- (mart_partner_chain, countries) needs one person who knows the working language of its country.
-- An event that concerns several countries of one language needs one. Those there are who passed a course
-- in that language in the year or the two before; who passed two counts twice. In years before the
-- region's first course nothing is known of them. `gap` is the people who are missing, never below 0; `coverage_share` those there by
-- those needed, at most 1. Courses in a topic have people and no need, since none follows from the
-- registers. Where a small count is hidden, or a course has no number of those who passed, the gap is
-- null unless those who are known suffice. Working languages are those that CLDR lists as official; of
-- a country with several, the one of its trade; of a country that is not listed, `und`.
WITH languages AS (
  SELECT * FROM (VALUES
    ('ja', 'jepang', 'japanese'), ('zh', 'mandarin', 'chinese'), ('ko', 'korea', 'korean'),
    ('en', 'inggris', 'english'), ('nl', 'belanda', 'dutch'), ('de', 'jerman', 'german'),
    ('fr', 'prancis', 'french'), ('es', 'spanyol', 'spanish'), ('it', 'italia', 'italian'),
    ('pt', 'portugis', 'portuguese'), ('ru', 'rusia', 'russian'), ('ar', 'arab', 'arabic'),
    ('tr', 'turki', 'turkish'), ('th', 'thai', 'thai'), ('vi', 'vietnam', 'vietnamese'),
    ('ms', 'melayu', 'malay'), ('km', 'khmer', 'khmer'), ('lo', 'laos', 'lao'),
    ('my', 'myanmar', 'burmese'), ('id', 'indonesia', 'indonesian')
  ) AS l(code, name_id, name_en)
),
spoken AS (
  SELECT * FROM (VALUES
    ('JPN', 'ja'), ('CHN', 'zh'), ('TWN', 'zh'), ('HKG', 'zh'), ('MAC', 'zh'), ('KOR', 'ko'),
    ('AUS', 'en'), ('NZL', 'en'), ('USA', 'en'), ('GBR', 'en'), ('IRL', 'en'), ('CAN', 'en'),
    ('SGP', 'en'), ('PHL', 'en'), ('IND', 'en'), ('ZAF', 'en'), ('NLD', 'nl'), ('SUR', 'nl'),
    ('DEU', 'de'), ('AUT', 'de'), ('CHE', 'de'), ('FRA', 'fr'), ('BEL', 'fr'), ('ESP', 'es'),
    ('MEX', 'es'), ('ARG', 'es'), ('CHL', 'es'), ('PER', 'es'), ('ITA', 'it'), ('PRT', 'pt'),
    ('BRA', 'pt'), ('TLS', 'pt'), ('RUS', 'ru'), ('SAU', 'ar'), ('ARE', 'ar'), ('EGY', 'ar'),
    ('QAT', 'ar'), ('TUR', 'tr'), ('THA', 'th'), ('VNM', 'vi'), ('MYS', 'ms'), ('BRN', 'ms'),
    ('KHM', 'km'), ('LAO', 'lo'), ('MMR', 'my'), ('IDN', 'id')
  ) AS s(area, code)
),
events AS (  -- each once, of however many countries
  SELECT p.region_code, p.year_start, coalesce(s.code, 'und') AS skill,
    count(DISTINCT p.stage || ' ' || p.source || ' ' || p.entry_key) AS events
  FROM mart_partner_stages AS p
  LEFT JOIN spoken AS s ON s.area = p.partner_area
  WHERE p.stage IN ('exhibition', 'forum') AND p.partner_area IS NOT NULL
  GROUP BY p.region_code, p.year_start, coalesce(s.code, 'und')
),
partners AS (
  SELECT c.region_code, c.year_start, coalesce(s.code, 'und') AS skill,
    sum(coalesce(c.agreements_active, 0) + coalesce(c.exchange_cohorts, 0)) AS needed,
    max(CASE WHEN c.agreements_active IS NULL OR c.exchange_cohorts IS NULL
      OR c.exhibitions IS NULL OR c.forums IS NULL THEN 1 ELSE 0 END) AS some_unknown,
    string_agg(DISTINCT c.partner_area, ', ' ORDER BY c.partner_area) AS partners,
    max(c.recorded_at) AS recorded_at, max(c.load_seq) AS load_seq
  FROM mart_partner_chain AS c
  LEFT JOIN spoken AS s ON s.area = c.partner_area
  WHERE c.partner_city = 'TOTAL'
  GROUP BY c.region_code, c.year_start, coalesce(s.code, 'und')
),
needs AS (
  SELECT p.region_code, p.year_start, p.skill, p.needed + coalesce(e.events, 0) AS needed,
    p.some_unknown, p.partners, p.recorded_at, p.load_seq
  FROM partners AS p
  LEFT JOIN events AS e ON e.region_code = p.region_code AND e.year_start = p.year_start
    AND e.skill = p.skill
),
courses AS (
  SELECT t.region_code, CAST(date_trunc('year', t.period_start) AS DATE) AS year_start,
    'language' AS skill_kind, coalesce(l.code, lower(trim(t.language))) AS skill,
    t.language AS written, t.participants, t.passed, t.level_after,
    t.value_status = 'suppressed' AND t.passed IS NULL AS is_hidden, t.recorded_at, t.load_seq
  FROM core_capacity__training AS t
  LEFT JOIN languages AS l ON lower(trim(t.language)) IN (l.code, l.name_id, l.name_en,
      'bahasa ' || l.name_id)
    OR split_part(lower(trim(t.language)), '-', 1) = l.code
  WHERE trim(coalesce(t.language, '')) <> ''
  UNION ALL
  SELECT region_code, CAST(date_trunc('year', period_start) AS DATE), 'topic',
    lower(trim(topic)), topic, participants, passed, level_after,
    value_status = 'suppressed' AND passed IS NULL, recorded_at, load_seq
  FROM core_capacity__training WHERE trim(coalesce(topic, '')) <> ''
),
registered AS (
  SELECT region_code, min(year_start) AS first_year FROM courses GROUP BY region_code
),
skills AS (
  SELECT region_code, year_start, 'language' AS skill_kind, skill FROM needs WHERE needed > 0
  UNION
  SELECT region_code, year_start, skill_kind, skill FROM courses
),
trained AS (
  SELECT s.region_code, s.year_start, s.skill_kind, s.skill,
    sum(CASE WHEN c.year_start = s.year_start THEN 1 ELSE 0 END) AS courses,
    sum(CASE WHEN c.year_start = s.year_start AND c.is_hidden THEN 1 ELSE 0 END)
      AS courses_hidden,
    sum(CASE WHEN c.year_start = s.year_start THEN c.participants END) AS participants,
    sum(CASE WHEN c.year_start = s.year_start THEN c.passed END) AS passed,
    sum(c.passed) AS passed_recent,
    sum(CASE WHEN c.is_hidden THEN 1 ELSE 0 END) AS hidden_recent,
    sum(CASE WHEN c.passed IS NULL THEN 1 ELSE 0 END) AS unknown_recent,
    string_agg(DISTINCT c.level_after, ', ' ORDER BY c.level_after) AS levels,
    string_agg(DISTINCT c.written, '; ' ORDER BY c.written) AS written,
    max(c.recorded_at) AS recorded_at, max(c.load_seq) AS load_seq
  FROM skills AS s
  JOIN courses AS c ON c.region_code = s.region_code AND c.skill_kind = s.skill_kind
    AND c.skill = s.skill AND c.year_start <= s.year_start
    AND c.year_start >= CAST(s.year_start - INTERVAL '2 years' AS DATE)
  GROUP BY s.region_code, s.year_start, s.skill_kind, s.skill
),
known AS (
  SELECT s.region_code, s.year_start, s.skill_kind, s.skill, t.courses, t.courses_hidden,
    t.participants, t.passed, t.passed_recent, t.levels, t.written, n.needed, n.some_unknown,
    n.partners, coalesce(t.hidden_recent, 0) AS hidden_recent,
    coalesce(t.unknown_recent, 0) AS unknown_recent,
    r.region_code IS NOT NULL AS has_register,
    coalesce(r.first_year <= s.year_start, false) AS has_courses,
    CASE WHEN t.load_seq > n.load_seq OR n.load_seq IS NULL THEN t.recorded_at
      ELSE n.recorded_at END AS recorded_at,
    CASE WHEN t.load_seq > n.load_seq OR n.load_seq IS NULL THEN t.load_seq ELSE n.load_seq
      END AS load_seq
  FROM skills AS s
  LEFT JOIN trained AS t ON t.region_code = s.region_code AND t.year_start = s.year_start
    AND t.skill_kind = s.skill_kind AND t.skill = s.skill
  LEFT JOIN needs AS n ON s.skill_kind = 'language' AND n.region_code = s.region_code
    AND n.year_start = s.year_start AND n.skill = s.skill
  LEFT JOIN registered AS r ON r.region_code = s.region_code
)
SELECT
  k.region_code,
  k.year_start,
  CAST(k.year_start + INTERVAL '1 year' - INTERVAL '1 day' AS DATE) AS year_end,
  CAST(k.year_start - INTERVAL '2 years' AS DATE) AS window_start,
  k.skill_kind,
  k.skill,
  k.written,
  k.partners,
  CAST(k.needed AS BIGINT) AS people_needed,
  CASE WHEN k.has_courses THEN CAST(coalesce(k.courses, 0) AS BIGINT) END AS courses,
  CASE WHEN k.has_courses THEN CAST(coalesce(k.courses_hidden, 0) AS BIGINT) END AS courses_hidden,
  CAST(k.participants AS BIGINT) AS participants,
  CAST(k.passed AS BIGINT) AS passed,
  CAST(k.passed_recent AS BIGINT) AS passed_three_years,
  k.levels,
  CASE WHEN k.needed IS NULL OR k.skill = 'und' THEN NULL
    WHEN k.passed_recent >= k.needed THEN 0
    WHEN k.unknown_recent = 0 AND k.has_courses
      THEN CAST(k.needed - coalesce(k.passed_recent, 0) AS BIGINT) END AS gap,
  CASE WHEN k.needed IS NULL OR k.needed = 0 OR k.skill = 'und' THEN NULL
    WHEN k.passed_recent >= k.needed THEN CAST(1 AS DECIMAL(24, 10))
    WHEN k.unknown_recent = 0 AND k.has_courses
      THEN CAST(CAST(coalesce(k.passed_recent, 0) AS DECIMAL(24, 4)) / k.needed
        AS DECIMAL(24, 10)) END AS coverage_share,
  nullif(concat_ws('; ',
    CASE WHEN k.skill_kind = 'topic' THEN 'topic_without_need'
      WHEN k.needed IS NULL THEN 'not_needed'
      WHEN k.skill = 'und' THEN 'language_unlisted'
      WHEN NOT k.has_register THEN 'training_not_registered'
      WHEN NOT k.has_courses THEN 'training_begins_later' END,
    CASE WHEN k.hidden_recent > 0 THEN 'count_hidden'
      WHEN k.unknown_recent > 0 THEN 'passed_missing' END,
    CASE WHEN k.some_unknown = 1 THEN 'need_at_least' END), '')
    AS gap_note,
  k.recorded_at,
  k.load_seq
FROM known AS k
