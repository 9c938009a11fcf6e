-- id: Daerah ini di samping daerah lain menurut indikator dan tahun
-- en: The region beside other regions by indicator and year
-- key: indicator, year_start, region_code
-- behind: core_context__indicators: c.source = m.source AND c.indicator = m.indicator AND c.region_code = m.region_code AND c.frequency = 'A' AND c.period_start = m.year_start
-- behind: core_tourism__accommodation: m.indicator IN ('guests_foreign', 'guests_domestic', 'room_occupancy', 'average_stay') AND c.source = m.source AND c.source_org = m.source_org AND c.region_code = m.region_code AND c.period_start BETWEEN m.year_start AND m.year_end
-- behind: core_trade__local_exports: m.indicator = 'exports_usd' AND c.source = m.source AND c.source_org = m.source_org AND c.region_code = m.region_code AND c.period_start BETWEEN m.year_start AND m.year_end
-- Regencies and cities are compared with each other and provinces with each other, never across. All
-- regions of an indicator and year are of one source, the first in rank that has it; exports and
-- guests are each region's own statement (mart_outcomes, mart_tourism_compared), of whole years alone,
-- so there sources differ and `comparison_note` says so. Only equal units are ranked; `rank` 1 is the
-- largest value, which need not be the best, and equal values share it.
-- The home region is the one with the most entries in the registers of cooperation here; a ratio to it
-- needs a value above zero of the same level and unit.
WITH context AS (
  SELECT * FROM (
    SELECT i.indicator, i.period_start AS year_start, i.region_code, i.value, i.unit, i.source,
      CAST(NULL AS VARCHAR) AS source_org, i.release_stage, i.recorded_at, i.load_seq,
      length(i.region_code) AS digits,
      dense_rank() OVER (PARTITION BY i.indicator, i.period_start, length(i.region_code)
        ORDER BY coalesce(s.preference, 1000), i.source) AS choice,
      row_number() OVER (PARTITION BY i.indicator, i.period_start, i.region_code, i.source
        ORDER BY i.area) AS nth
    FROM core_context__indicators AS i
    LEFT JOIN ref_source AS s ON s.source_code = i.source
    WHERE i.frequency = 'A' AND i.region_code <> 'TOTAL' AND i.value IS NOT NULL
      AND i.indicator NOT IN ('exports_usd', 'guests_foreign', 'guests_domestic',
        'room_occupancy', 'average_stay')  -- these have statements of their own
  ) AS ranked WHERE choice = 1 AND nth = 1
),
stays AS (
  SELECT * FROM (
    SELECT t.measure AS indicator, t.year_start, t.region_code, t.value, t.unit, t.source,
      t.source_org, t.release_stage, t.recorded_at, t.load_seq,
      row_number() OVER (PARTITION BY t.measure, t.year_start, t.region_code
        ORDER BY coalesce(s.preference, 1000), t.source, t.source_org, t.frequency DESC) AS nth
    FROM mart_tourism_compared AS t
    LEFT JOIN ref_source AS s ON s.source_code = t.source
    WHERE t.area = 'region' AND t.is_complete AND t.value IS NOT NULL
  ) AS ranked WHERE nth = 1
),
figures AS (
  SELECT indicator, year_start, region_code, CAST(value AS DECIMAL(38, 15)) AS value, unit, source,
    source_org, release_stage, recorded_at, load_seq, true AS one_source
  FROM context
  UNION ALL
  SELECT indicator, year_start, region_code, CAST(value AS DECIMAL(38, 15)), unit, source,
    source_org, release_stage, recorded_at, load_seq, false
  FROM stays
  UNION ALL
  SELECT 'exports_usd', year_start, region_code, CAST(exports_usd AS DECIMAL(38, 15)), 'USD',
    exports_source, exports_source_org, 'unknown', recorded_at, load_seq, false
  FROM mart_outcomes
  WHERE exports_usd IS NOT NULL AND exports_is_complete AND exports_unknown = 0
),
home AS (
  SELECT region_code FROM (
    SELECT region_code, row_number() OVER (ORDER BY count(*) DESC, region_code) AS nth
    FROM mart_partner_stages GROUP BY region_code
  ) AS ranked WHERE nth = 1
),
names AS (
  SELECT region_code, min(name_id) AS name_id, min(name_en) AS name_en
  FROM ref_region GROUP BY region_code
)
SELECT
  f.indicator,
  f.year_start,
  CAST(f.year_start + INTERVAL '1 year' - INTERVAL '1 day' AS DATE) AS year_end,
  f.region_code,
  coalesce(n.name_id, f.region_code) AS region_name_id,
  coalesce(n.name_en, f.region_code) AS region_name_en,
  length(f.region_code) = 2 AS is_province,
  f.region_code = h.region_code AS is_home,
  f.value,
  f.unit,
  f.source,
  f.source_org,
  rank() OVER peers AS rank,
  count(*) OVER (PARTITION BY f.indicator, f.year_start, length(f.region_code),
    coalesce(f.unit, '')) AS regions,
  h.region_code AS home_region_code,
  o.value AS home_value,
  CASE WHEN o.value > 0 THEN CAST(f.value / o.value AS DECIMAL(24, 10)) END AS ratio_to_home,
  CASE WHEN h.region_code IS NULL THEN 'no_home_region'
    WHEN length(f.region_code) <> length(h.region_code) THEN 'level_differs'
    WHEN o.value IS NULL THEN 'home_missing'
    WHEN o.value <= 0 THEN 'home_not_positive' END AS ratio_note,
  CASE WHEN NOT f.one_source THEN 'own_statements' END AS comparison_note,
  f.release_stage,
  f.recorded_at,
  f.load_seq
FROM figures AS f
LEFT JOIN home AS h ON true
LEFT JOIN figures AS o ON o.indicator = f.indicator AND o.year_start = f.year_start
  AND o.region_code = h.region_code AND length(o.region_code) = length(f.region_code)
  AND o.unit IS NOT DISTINCT FROM f.unit
LEFT JOIN names AS n ON n.region_code = f.region_code
WINDOW peers AS (PARTITION BY f.indicator, f.year_start, length(f.region_code),
  coalesce(f.unit, '') ORDER BY f.value DESC)
