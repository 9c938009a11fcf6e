-- id: Keadaan kerja sama: tahap, masa berlaku, kegiatan
-- en: State of the cooperation: stage, validity, activities
-- key: source, region_code, agreement_id
-- behind: core_cooperation__agreements: c.source = m.source AND c.region_code = m.region_code AND c.agreement_id = m.agreement_id
-- behind: core_cooperation__stage_events: c.region_code = m.region_code AND c.agreement_id = m.agreement_id AND strpos(', ' || m.stage_sources || ', ', ', ' || c.source || ', ') > 0
-- behind: core_cooperation__activities: c.region_code = m.region_code AND c.agreement_id = m.agreement_id AND strpos(', ' || m.activity_sources || ', ', ', ' || c.source || ', ') > 0
-- The stage is the newest event's; the events stay, skipped and reversed ones too. Days are
-- counted from the newest load, not from today, so that an old report comes out again. Renewal
-- is taken to need 90 days beside the notice (`renewal_lead_days`): red within that, amber within
-- twice of it. `renewal_decision_on` is the last day on which renewal can still be decided in time.
-- Governments are never summed: each row is one agreement of one region. Its events and activities
-- are its own sender's. Where that sender has none, they are another's, if no second agreement has
-- this code. Budgets become rupiah at the rate of the planned day (mart_rates_on_dates); without a rate
-- for a part the sum is null, and `activities_without_rate_12m` says for how many.
WITH agreements AS (
  SELECT *, split_part(source, 'agreements', 1) AS sender,
    count(*) OVER (PARTITION BY region_code, agreement_id) = 1 AS is_only
  FROM core_cooperation__agreements
),
own_events AS (
  SELECT e.*, split_part(e.source, 'stage_events', 1) AS sender
  FROM core_cooperation__stage_events AS e
),
events AS (
  SELECT g.source AS agreement_source, e.*
  FROM agreements AS g
  JOIN own_events AS e ON e.region_code = g.region_code AND e.agreement_id = g.agreement_id
  WHERE e.sender = g.sender OR (g.is_only AND NOT EXISTS (
    SELECT 1 FROM own_events AS o WHERE o.sender = g.sender AND o.region_code = g.region_code
      AND o.agreement_id = g.agreement_id
  ))
),
own_activities AS (
  SELECT a.*, split_part(a.source, 'activities', 1) AS sender,
    CASE WHEN a.currency = 'IDR' THEN a.budget
      ELSE CAST(a.budget * r.rate AS DECIMAL(24, 4)) END AS budget_idr,
    CASE WHEN a.currency = 'IDR' THEN a.spent
      ELSE CAST(a.spent * r.rate AS DECIMAL(24, 4)) END AS spent_idr
  FROM core_cooperation__activities AS a
  LEFT JOIN mart_rates_on_dates AS r ON r.day = a.planned_date AND r.base_currency = a.currency
),
ranked AS (
  SELECT e.agreement_source, e.source, e.region_code, e.agreement_id, e.stage, e.event_date,
    e.valid_to, o.position,
    max(o.position) OVER (
      PARTITION BY e.agreement_source, e.region_code, e.agreement_id
      ORDER BY e.event_date, o.position
      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS highest_before,
    row_number() OVER (
      PARTITION BY e.agreement_source, e.region_code, e.agreement_id
      ORDER BY e.event_date DESC, o.position DESC
    ) AS nth
  FROM events AS e
  JOIN (
    VALUES ('prakarsa', 1), ('penjajakan', 2), ('pernyataan_kehendak', 3),
      ('rencana_kerja_sama', 4), ('persetujuan_dprd', 5), ('verifikasi', 6),
      ('rancangan_naskah', 7), ('pembahasan', 8), ('persetujuan_pemerintah', 9),
      ('penandatanganan', 10), ('pelaksanaan', 11), ('monev', 12), ('perpanjangan', 13),
      ('berakhir', 14)
  ) AS o(stage, position) ON o.stage = e.stage
  WHERE e.event_date IS NOT NULL
),
stages AS (
  SELECT agreement_source, region_code, agreement_id,
    string_agg(DISTINCT source, ', ' ORDER BY source) AS sources,
    max(CASE WHEN nth = 1 THEN stage END) AS stage,
    max(CASE WHEN nth = 1 THEN event_date END) AS stage_date,
    max(CASE WHEN nth = 1 THEN position END) AS position,
    max(CASE WHEN stage = 'penandatanganan' THEN event_date END) AS signed_date,
    min(CASE WHEN stage = 'penandatanganan' THEN event_date END) AS first_signed_date,
    max(CASE WHEN stage IN ('penandatanganan', 'perpanjangan') THEN valid_to END) AS valid_to,
    count(DISTINCT position) AS stages_passed,
    sum(CASE WHEN position < highest_before THEN 1 ELSE 0 END) AS stages_reversed
  FROM ranked GROUP BY agreement_source, region_code, agreement_id
),
clock AS (SELECT CAST(max(recorded_at) + INTERVAL '7 hours' AS DATE) AS as_of FROM ops_load),
renewal AS (SELECT 90 AS days),
activities AS (
  SELECT g.source AS agreement_source, a.region_code, a.agreement_id,
    string_agg(DISTINCT a.source, ', ' ORDER BY a.source) AS sources,
    count(a.planned_date) AS activities_planned_12m,
    sum(CASE WHEN a.status = 'done' THEN 1 ELSE 0 END) AS activities_done_12m,
    sum(CASE WHEN (a.budget IS NOT NULL AND a.budget_idr IS NULL)
      OR (a.spent IS NOT NULL AND a.spent_idr IS NULL) THEN 1 ELSE 0 END) AS without_rate,
    sum(a.budget_idr) AS budget_idr_12m,
    sum(a.spent_idr) AS spent_idr_12m
  FROM agreements AS g
  JOIN own_activities AS a ON a.region_code = g.region_code AND a.agreement_id = g.agreement_id
  CROSS JOIN clock AS c
  WHERE a.planned_date > c.as_of - 365 AND a.planned_date <= c.as_of
    AND (a.sender = g.sender OR (g.is_only AND NOT EXISTS (
      SELECT 1 FROM own_activities AS o WHERE o.sender = g.sender
        AND o.region_code = g.region_code AND o.agreement_id = g.agreement_id
    )))
  GROUP BY g.source, a.region_code, a.agreement_id
)
SELECT
  g.source,
  g.region_code,
  g.agreement_id,
  g.type,
  g.title_id,
  g.title_en,
  g.partner_area,
  g.partner_city,
  g.partner_org,
  -- CLAIR counts a sister city only with all three (Council of Local Authorities, Japan).
  g.signed_by_heads AND NOT g.single_field AND g.assembly_approved AS counts_for_clair,
  s.stage,
  s.stage_date,
  coalesce(s.stages_passed, 0) AS stages_passed,
  CASE WHEN s.position IS NOT NULL THEN s.position - s.stages_passed END AS stages_skipped,
  CAST(coalesce(s.stages_reversed, 0) AS BIGINT) AS stages_reversed,
  s.signed_date,
  s.first_signed_date,
  s.valid_to,
  g.notice_days,
  g.auto_renew,
  n.days AS renewal_lead_days,
  s.valid_to - CAST(coalesce(g.notice_days, 0) + n.days AS INTEGER) AS renewal_decision_on,
  s.valid_to - c.as_of AS days_left,
  CASE
    WHEN s.stage = 'berakhir' THEN 'ended'
    WHEN s.valid_to IS NULL THEN 'unknown'
    WHEN s.valid_to < c.as_of THEN 'expired'
    WHEN s.valid_to - c.as_of <= coalesce(g.notice_days, 0) + n.days THEN 'red'
    WHEN s.valid_to - c.as_of <= 2 * (coalesce(g.notice_days, 0) + n.days) THEN 'amber'
    ELSE 'valid'
  END AS expiry,
  coalesce(a.activities_planned_12m, 0) AS activities_planned_12m,
  CAST(coalesce(a.activities_done_12m, 0) AS BIGINT) AS activities_done_12m,
  CASE WHEN a.activities_planned_12m > 0 THEN
    CAST(CAST(a.activities_done_12m AS DECIMAL(24, 4)) / a.activities_planned_12m
      AS DECIMAL(24, 10)) END AS activity_index,
  CASE WHEN a.without_rate = 0 THEN a.budget_idr_12m END AS budget_idr_12m,
  CASE WHEN a.without_rate = 0 THEN a.spent_idr_12m END AS spent_idr_12m,
  CAST(coalesce(a.without_rate, 0) AS BIGINT) AS activities_without_rate_12m,
  s.sources AS stage_sources,
  a.sources AS activity_sources,
  c.as_of,
  g.release_stage,
  g.recorded_at,
  g.load_seq
FROM agreements AS g
CROSS JOIN clock AS c
CROSS JOIN renewal AS n
LEFT JOIN stages AS s ON s.agreement_source = g.source AND s.region_code = g.region_code
  AND s.agreement_id = g.agreement_id
LEFT JOIN activities AS a ON a.agreement_source = g.source AND a.region_code = g.region_code
  AND a.agreement_id = g.agreement_id
