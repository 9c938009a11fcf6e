-- id: Minat investasi: tahap, umur, peristiwa asal, dan nilai dalam rupiah
-- en: Investment leads: stage, age, event of origin and value in rupiah
-- key: source, region_code, lead_id
-- behind: core_investment__leads: c.source = m.source AND c.region_code = m.region_code AND c.lead_id = m.lead_id
-- behind: core_promotion__exhibitions: m.event_kind = 'exhibition' AND c.source = m.event_source AND c.region_code = m.region_code AND c.event_id = m.source_event_id
-- behind: core_promotion__forums: m.event_kind = 'forum' AND c.source = m.event_source AND c.region_code = m.region_code AND c.forum_id = m.source_event_id
-- One row a lead; sums by stage, year, event or country are the reader's. The event is the sender's own
-- of that code, else the only one, an exhibition before a forum; `event_note` says why there is none.
-- Dates of stages are those that the versions of the lead had (the newest for each stage). A stage
-- took the days until the next one that is known, in the order of their dates; a lead that was sent
-- once has none. A lead ages from its first known stage. Rates are of the day of the stage
-- (mart_rates_on_dates). What is realised is the value of leads in stage LKPM realised alone.
-- `conversion_share` is realised leads by all leads of the same event of the region, open ones too.
WITH clock AS (SELECT CAST(max(recorded_at) + INTERVAL '7 hours' AS DATE) AS as_of FROM ops_load),
seen AS (
  SELECT source, region_code, lead_id, stage, stage_date, load_seq
  FROM core_investment__leads__vintages
  WHERE NOT is_deleted AND (superseded_at IS NULL OR superseded_at > recorded_at)
  UNION ALL
  SELECT source, region_code, lead_id, stage, stage_date, load_seq FROM core_investment__leads
),
dated AS (
  SELECT source, region_code, lead_id, stage, stage_date,
    lead(stage_date) OVER (PARTITION BY source, region_code, lead_id
      ORDER BY stage_date, stage) AS next_date
  FROM (
    SELECT *, row_number() OVER (PARTITION BY source, region_code, lead_id, stage
      ORDER BY load_seq DESC, stage_date DESC) AS nth
    FROM seen WHERE stage IS NOT NULL AND stage_date IS NOT NULL
  ) AS newest WHERE nth = 1
),
history AS (
  SELECT source, region_code, lead_id, min(stage_date) AS first_on, count(*) AS stages_known,
    max(CASE WHEN stage = 'enquiry' THEN stage_date END) AS enquiry_on,
    max(CASE WHEN stage = 'visit' THEN stage_date END) AS visit_on,
    max(CASE WHEN stage = 'LoI' THEN stage_date END) AS loi_on,
    max(CASE WHEN stage = 'NIB' THEN stage_date END) AS nib_on,
    max(CASE WHEN stage = 'LKPM realised' THEN stage_date END) AS realised_on,
    max(CASE WHEN stage = 'lost' THEN stage_date END) AS lost_on,
    max(CASE WHEN stage = 'enquiry' THEN next_date - stage_date END) AS enquiry_days,
    max(CASE WHEN stage = 'visit' THEN next_date - stage_date END) AS visit_days,
    max(CASE WHEN stage = 'LoI' THEN next_date - stage_date END) AS loi_days,
    max(CASE WHEN stage = 'NIB' THEN next_date - stage_date END) AS nib_days
  FROM dated GROUP BY source, region_code, lead_id
),
events AS (
  SELECT *, count(*) OVER (PARTITION BY region_code, event_id, kind) AS same_code FROM (
    SELECT 'exhibition' AS kind, source, split_part(source, 'exhibitions', 1) AS sender,
      region_code, event_id, title, start_date
    FROM core_promotion__exhibitions
    UNION ALL
    SELECT 'forum', source, split_part(source, 'forums', 1), region_code, forum_id, title,
      start_date
    FROM core_promotion__forums
  ) AS both_kinds
),
origins AS (
  SELECT * FROM (
    SELECT l.source, l.region_code, l.lead_id, e.kind, e.source AS event_source, e.title,
      e.start_date,
      row_number() OVER (PARTITION BY l.source, l.region_code, l.lead_id
        ORDER BY CASE WHEN e.sender = split_part(l.source, 'investment_leads', 1) THEN 0 ELSE 1
          END, e.kind, e.source) AS nth
    FROM core_investment__leads AS l
    JOIN events AS e ON e.region_code = l.region_code AND e.event_id = l.source_event_id
    WHERE e.sender = split_part(l.source, 'investment_leads', 1) OR e.same_code = 1
  ) AS ranked WHERE nth = 1
),
leads AS (
  SELECT l.source, l.region_code, l.lead_id, l.investor_area, l.kbli_code, l.stage,
    l.stage_date, l.value, l.currency, l.source_event_id, o.kind AS event_kind, o.event_source,
    o.title AS event_title, o.start_date AS event_start_date,
    CASE WHEN l.currency = 'IDR' THEN l.value
      ELSE CAST(l.value * r.rate AS DECIMAL(24, 4)) END AS value_idr,
    CASE WHEN l.currency <> 'IDR' THEN r.method END AS rate_method,
    coalesce(l.stage, '') NOT IN ('LKPM realised', 'lost') AS is_open,
    concat_ws('|', l.region_code, coalesce(o.event_source, ''), coalesce(l.source_event_id, ''))
      AS origin,
    l.release_stage, l.recorded_at, l.load_seq
  FROM core_investment__leads AS l
  LEFT JOIN origins AS o ON o.source = l.source AND o.region_code = l.region_code
    AND o.lead_id = l.lead_id
  LEFT JOIN mart_rates_on_dates AS r ON r.day = l.stage_date AND r.base_currency = l.currency
),
countries AS (
  SELECT area, bool_or(is_country) AS is_country FROM ref_area WHERE scheme = 'iso3' GROUP BY area
),
grouped AS (
  SELECT origin, count(*) AS leads,
    sum(CASE WHEN stage = 'LKPM realised' THEN 1 ELSE 0 END) AS realised
  FROM leads GROUP BY origin
)
SELECT
  l.source,
  l.region_code,
  l.lead_id,
  l.investor_area,
  coalesce(k.is_country AND l.investor_area <> 'WLD', false) AS partner_is_country,
  l.kbli_code,
  l.source_event_id,
  l.event_kind,
  l.event_source,
  l.event_title,
  l.event_start_date,
  CASE WHEN l.source_event_id IS NULL THEN 'event_not_named'
    WHEN l.event_kind IS NULL THEN 'event_not_single' END AS event_note,
  l.stage,
  CASE l.stage WHEN 'enquiry' THEN 1 WHEN 'visit' THEN 2 WHEN 'LoI' THEN 3 WHEN 'NIB' THEN 4
    WHEN 'LKPM realised' THEN 5 END AS stage_level,
  l.stage_date,
  CAST(date_trunc('year', l.stage_date) AS DATE) AS year_start,
  l.is_open,
  CASE l.stage WHEN 'LKPM realised' THEN true WHEN 'lost' THEN false END AS is_converted,
  CASE WHEN l.is_open THEN c.as_of - l.stage_date END AS stage_days,
  CASE WHEN l.is_open THEN c.as_of ELSE l.stage_date END - h.first_on AS lead_days,
  h.enquiry_on,
  h.visit_on,
  h.loi_on,
  h.nib_on,
  h.realised_on,
  h.lost_on,
  h.enquiry_days,
  h.visit_days,
  h.loi_days,
  h.nib_days,
  CASE WHEN l.stage_date IS NULL THEN 'stage_undated'
    WHEN h.stages_known = 1 THEN 'one_stage' END AS duration_note,
  l.value,
  l.currency,
  l.value_idr,
  CASE WHEN l.stage = 'LKPM realised' THEN l.value_idr END AS realised_idr,
  l.rate_method,
  CASE WHEN l.value IS NULL THEN 'value_missing'
    WHEN l.value_idr IS NULL THEN 'rate_missing' END AS rupiah_note,
  g.leads AS origin_leads,
  CAST(g.realised AS BIGINT) AS origin_realised,
  CAST(CAST(g.realised AS DECIMAL(24, 4)) / g.leads AS DECIMAL(24, 10)) AS conversion_share,
  c.as_of,
  l.release_stage,
  l.recorded_at,
  l.load_seq
FROM leads AS l
CROSS JOIN clock AS c
JOIN grouped AS g ON g.origin = l.origin
LEFT JOIN history AS h ON h.source = l.source AND h.region_code = l.region_code
  AND h.lead_id = l.lead_id
LEFT JOIN countries AS k ON k.area = l.investor_area
