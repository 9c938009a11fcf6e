-- id: Putusnya rantai mitra: apa yang tidak berlanjut, dan sejak kapan
-- en: Breaks in the partner chain: what went no further, and since when
-- key: region_code, kind, source, subject_key
-- behind: core_cooperation__agreements: m.subject_stage = 'agreement' AND c.source = m.source AND c.region_code = m.region_code AND c.agreement_id = m.subject_key
-- behind: core_cooperation__activities: m.subject_stage = 'activity' AND c.source = m.source AND c.region_code = m.region_code AND c.activity_id = m.subject_key
-- behind: core_promotion__exhibitions: m.subject_stage = 'exhibition' AND c.source = m.source AND c.region_code = m.region_code AND c.event_id = m.subject_key
-- behind: core_promotion__deals: m.subject_stage = 'deal' AND c.source = m.source AND c.region_code = m.region_code AND c.event_id || '/' || c.deal_id = m.subject_key
-- behind: core_promotion__forums: m.subject_stage = 'forum' AND c.source = m.source AND c.region_code = m.region_code AND c.forum_id = m.subject_key
-- behind: core_investment__leads: m.subject_stage = 'lead' AND c.source = m.source AND c.region_code = m.region_code AND c.lead_id = m.subject_key
-- behind: core_exchange__programmes: m.subject_stage = 'exchange' AND c.region_code = m.region_code AND c.partner_area = m.subject_key
-- One row for each break. Today is the day of the newest load, so that an old list comes out again.
-- `kind` is one of: agreement_without_activity (in force, nothing done for 12 months);
-- agreement_expired; agreement_renewal_due (the last day to decide on renewal in time is past; both
-- only where it is not renewed by itself); activity_overdue (its planned day is past, and it is not
-- done); exhibition_without_deal (6 months after its last day); deal_without_payment (a contract, or
-- shipped, whose status is 12 months old); lead_without_change (12 months in one stage);
-- forum_followups_open (after its last day); exchange_one_way (2 years in one direction).
-- What is ended, lost, cancelled or without the date that counts makes no row. `is_certain` is false
-- where a register may lack what is missed: the sender of an exhibition reports no deals at all, a
-- forum has no count of follow-ups done.
WITH clock AS (
  SELECT as_of, CAST(as_of - INTERVAL '6 months' AS DATE) AS half_year,
    CAST(as_of - INTERVAL '12 months' AS DATE) AS year_ago,
    CAST(as_of - INTERVAL '24 months' AS DATE) AS two_years
  FROM (SELECT CAST(max(recorded_at) + INTERVAL '7 hours' AS DATE) AS as_of FROM ops_load) AS l
),
done AS (
  SELECT agreement_source, region_code, agreement_id, max(coalesce(until_on, entry_on)) AS last_done
  FROM mart_partner_stages
  WHERE stage = 'activity' AND status = 'done' AND agreement_source IS NOT NULL
  GROUP BY agreement_source, region_code, agreement_id
),
agreements AS (
  SELECT s.*, d.last_done, c.year_ago
  FROM mart_cooperation_status AS s
  CROSS JOIN clock AS c
  LEFT JOIN done AS d ON d.agreement_source = s.source AND d.region_code = s.region_code
    AND d.agreement_id = s.agreement_id
  WHERE s.first_signed_date IS NOT NULL AND s.stage <> 'berakhir'
),
senders AS (  -- who reports any deal
  SELECT DISTINCT split_part(source, 'deals', 1) AS sender, region_code FROM core_promotion__deals
),
dealt AS (
  SELECT DISTINCT split_part(source, 'deals', 1) AS sender, region_code, event_id
  FROM core_promotion__deals WHERE coalesce(status, '') <> 'cancelled'
),
ways AS (
  SELECT region_code, partner_area, string_agg(DISTINCT source, ', ' ORDER BY source) AS source,
    min(entry_on) AS first_on, max(CASE WHEN direction = 'out' THEN entry_on END) AS last_out,
    max(CASE WHEN direction = 'in' THEN entry_on END) AS last_in,
    max(recorded_at) AS recorded_at, max(load_seq) AS load_seq
  FROM mart_partner_stages
  WHERE stage = 'exchange' AND status = 'held' AND direction IN ('in', 'out')
    AND partner_area IS NOT NULL AND entry_on <= (SELECT as_of FROM clock)
  GROUP BY region_code, partner_area
),
one_way AS (
  SELECT *, CASE WHEN is_out THEN 'out' ELSE 'in' END AS only_way,
    coalesce(CASE WHEN is_out THEN last_in ELSE last_out END, first_on) AS since
  FROM (
    SELECT w.*, coalesce(w.last_out > c.two_years, false) AS is_out,
      coalesce(w.last_in > c.two_years, false) AS is_in
    FROM ways AS w CROSS JOIN clock AS c
  ) AS lately
  WHERE is_out <> is_in
),
breaks AS (
  SELECT 'agreement_without_activity' AS kind, 'agreement' AS subject_stage, source, region_code,
    agreement_id AS subject_key, partner_area, partner_city, agreement_id,
    coalesce(title_id, agreement_id) AS name_id, coalesce(title_en, title_id, agreement_id)
      AS name_en, coalesce(last_done, first_signed_date) AS since,
    CAST(NULL AS DECIMAL(24, 4)) AS value_idr, true AS is_certain, recorded_at, load_seq
  FROM agreements
  WHERE (expiry <> 'expired' OR auto_renew) AND coalesce(last_done, first_signed_date) <= year_ago
  UNION ALL
  SELECT CASE WHEN expiry = 'expired' THEN 'agreement_expired' ELSE 'agreement_renewal_due' END,
    'agreement', source, region_code, agreement_id, partner_area, partner_city, agreement_id,
    coalesce(title_id, agreement_id), coalesce(title_en, title_id, agreement_id),
    CASE WHEN expiry = 'expired' THEN valid_to ELSE renewal_decision_on END, NULL, true,
    recorded_at, load_seq
  FROM agreements
  WHERE NOT coalesce(auto_renew, false) AND valid_to IS NOT NULL
    AND (expiry = 'expired' OR renewal_decision_on < as_of)
  UNION ALL
  SELECT 'activity_overdue', 'activity', p.source, p.region_code, p.entry_key, p.partner_area,
    p.partner_city, p.agreement_id, p.entry_key, p.entry_key, a.planned_date, p.value_idr, true,
    p.recorded_at, p.load_seq
  FROM mart_partner_stages AS p
  JOIN core_cooperation__activities AS a ON a.source = p.source
    AND a.region_code = p.region_code AND a.activity_id = p.entry_key
  JOIN clock AS c ON a.planned_date < c.as_of
  WHERE p.stage = 'activity' AND a.status IN ('planned', 'postponed')
  UNION ALL
  SELECT 'exhibition_without_deal', 'exhibition', p.source, p.region_code, p.entry_key,
    p.partner_area, p.partner_city, p.agreement_id, coalesce(e.title, p.entry_key),
    coalesce(e.title, p.entry_key), coalesce(e.end_date, e.start_date), p.cost_idr,
    s.sender IS NOT NULL, p.recorded_at, p.load_seq
  FROM mart_partner_stages AS p
  JOIN core_promotion__exhibitions AS e ON e.source = p.source
    AND e.region_code = p.region_code AND e.event_id = p.entry_key
  JOIN clock AS c ON coalesce(e.end_date, e.start_date) <= c.half_year
  LEFT JOIN dealt AS d ON d.sender = split_part(e.source, 'exhibitions', 1)
    AND d.region_code = e.region_code AND d.event_id = e.event_id
  LEFT JOIN senders AS s ON s.sender = split_part(e.source, 'exhibitions', 1)
    AND s.region_code = e.region_code
  WHERE p.stage = 'exhibition' AND d.event_id IS NULL
  UNION ALL
  SELECT 'deal_without_payment', 'deal', p.source, p.region_code, p.entry_key, p.partner_area,
    NULL, p.agreement_id, p.entry_key, p.entry_key, p.entry_on, p.value_idr, true, p.recorded_at,
    p.load_seq
  FROM mart_partner_stages AS p
  JOIN clock AS c ON p.entry_on <= c.year_ago
  WHERE p.stage = 'deal' AND p.status IN ('contract', 'shipped')
  UNION ALL
  SELECT 'lead_without_change', 'lead', p.source, p.region_code, p.entry_key, p.partner_area, NULL,
    NULL, p.entry_key, p.entry_key, p.entry_on, p.value_idr, true, p.recorded_at, p.load_seq
  FROM mart_partner_stages AS p
  JOIN clock AS c ON p.entry_on <= c.year_ago
  WHERE p.stage = 'lead' AND p.status NOT IN ('LKPM realised', 'lost')
  UNION ALL
  SELECT 'forum_followups_open', 'forum', p.source, p.region_code, p.entry_key, p.partner_area,
    p.partner_city, p.agreement_id, coalesce(f.title, p.entry_key), coalesce(f.title, p.entry_key),
    coalesce(f.end_date, f.start_date), p.cost_idr, f.followups_done IS NOT NULL, p.recorded_at,
    p.load_seq
  FROM mart_partner_stages AS p
  JOIN core_promotion__forums AS f ON f.source = p.source
    AND f.region_code = p.region_code AND f.forum_id = p.entry_key
  JOIN clock AS c ON coalesce(f.end_date, f.start_date) < c.as_of
  WHERE p.stage = 'forum' AND f.followups_due > coalesce(f.followups_done, 0)
  UNION ALL
  SELECT 'exchange_one_way', 'exchange', o.source, o.region_code, o.partner_area,
    o.partner_area, NULL, NULL, o.only_way, o.only_way, o.since, NULL, true, o.recorded_at,
    o.load_seq
  FROM one_way AS o
  JOIN clock AS c ON o.since <= c.two_years
),
areas AS (
  SELECT area, min(name_id) AS name_id, min(name_en) AS name_en
  FROM ref_area WHERE scheme = 'iso3' GROUP BY area
),
worded AS (
  SELECT b.*, c.as_of, CAST(EXTRACT(day FROM b.since) AS VARCHAR) || ' '
      || split_part('Jan Feb Mar Apr Mei Jun Jul Agu Sep Okt Nov Des', ' ',
        CAST(EXTRACT(month FROM b.since) AS INTEGER))
      || ' ' || CAST(EXTRACT(year FROM b.since) AS VARCHAR) AS day_id,
    CAST(EXTRACT(day FROM b.since) AS VARCHAR) || ' '
      || split_part('Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec', ' ',
        CAST(EXTRACT(month FROM b.since) AS INTEGER))
      || ' ' || CAST(EXTRACT(year FROM b.since) AS VARCHAR) AS day_en,
    coalesce(' (' || coalesce(a.name_id, b.partner_area) || ')', '') AS place_id,
    coalesce(' (' || coalesce(a.name_en, b.partner_area) || ')', '') AS place_en
  FROM breaks AS b
  CROSS JOIN clock AS c
  LEFT JOIN areas AS a ON a.area = b.partner_area
)
SELECT
  region_code,
  kind,
  source,
  subject_stage,
  subject_key,
  partner_area,
  partner_city,
  agreement_id,
  since,
  as_of - since AS open_days,
  value_idr,
  is_certain,
  CASE kind
    WHEN 'agreement_without_activity' THEN 'Naskah ' || name_id || place_id
      || ': tidak ada kegiatan terlaksana sejak ' || day_id || '.'
    WHEN 'agreement_expired' THEN 'Naskah ' || name_id || place_id || ': berakhir pada ' || day_id
      || ' tanpa perpanjangan.'
    WHEN 'agreement_renewal_due' THEN 'Naskah ' || name_id || place_id
      || ': keputusan perpanjangan seharusnya diambil paling lambat ' || day_id || '.'
    WHEN 'activity_overdue' THEN 'Kegiatan ' || name_id || place_id || ': direncanakan ' || day_id
      || ', belum terlaksana.'
    WHEN 'exhibition_without_deal' THEN 'Pameran ' || name_id || place_id || ': selesai ' || day_id
      || CASE WHEN is_certain THEN ', belum ada transaksi.'
        ELSE ', transaksi tidak tercatat; pengirimnya tidak melaporkan transaksi apa pun.' END
    WHEN 'deal_without_payment' THEN 'Kontrak ' || name_id || place_id
      || ': belum dibayar, statusnya sejak ' || day_id || '.'
    WHEN 'lead_without_change' THEN 'Minat investasi ' || name_id || place_id
      || ': tahapnya tidak berubah sejak ' || day_id || '.'
    WHEN 'forum_followups_open' THEN 'Forum ' || name_id || place_id || ': selesai ' || day_id
      || CASE WHEN is_certain THEN ', tindak lanjut belum selesai.'
        ELSE ', tindak lanjut yang selesai tidak dilaporkan.' END
    ELSE 'Pertukaran' || place_id || ': hanya '
      || CASE name_id WHEN 'out' THEN 'berangkat' ELSE 'datang' END || ' sejak ' || day_id || '.'
  END AS note_id,
  CASE kind
    WHEN 'agreement_without_activity' THEN 'Agreement ' || name_en || place_en
      || ': no activity was done since ' || day_en || '.'
    WHEN 'agreement_expired' THEN 'Agreement ' || name_en || place_en || ': it lapsed on ' || day_en
      || ' and was not renewed.'
    WHEN 'agreement_renewal_due' THEN 'Agreement ' || name_en || place_en
      || ': its renewal had to be decided by ' || day_en || '.'
    WHEN 'activity_overdue' THEN 'Activity ' || name_en || place_en || ': planned for ' || day_en
      || ', not done yet.'
    WHEN 'exhibition_without_deal' THEN 'Exhibition ' || name_en || place_en || ': it ended on '
      || day_en || CASE WHEN is_certain THEN ', without a deal so far.'
        ELSE ', and no deal is recorded; its sender reports no deals at all.' END
    WHEN 'deal_without_payment' THEN 'Contract ' || name_en || place_en
      || ': not paid, its status is of ' || day_en || '.'
    WHEN 'lead_without_change' THEN 'Lead ' || name_en || place_en
      || ': its stage has not changed since ' || day_en || '.'
    WHEN 'forum_followups_open' THEN 'Forum ' || name_en || place_en || ': it ended on ' || day_en
      || CASE WHEN is_certain THEN ', and follow-ups are open.'
        ELSE ', and follow-ups done are not reported.' END
    ELSE 'Exchange' || place_en || ': only '
      || CASE name_en WHEN 'out' THEN 'outward' ELSE 'inward' END || ' since ' || day_en || '.'
  END AS note_en,
  as_of,
  recorded_at,
  load_seq
FROM worded
