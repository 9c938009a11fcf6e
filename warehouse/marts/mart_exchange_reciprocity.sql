-- id: Timbal balik pertukaran menurut mitra dan tahun
-- en: Reciprocity of exchanges by partner and year
-- key: region_code, partner_area, year_start
-- behind: core_exchange__programmes: c.region_code = m.region_code AND c.partner_area = m.partner_area AND c.start_date >= m.year_start AND c.start_date < m.year_start + 366 AND date_trunc('year', c.start_date) = m.year_start
-- Participant-days of the cohorts whose counts are shown. Small cohorts are hidden before they
-- are stored, so no sum can reveal them: `cohorts_hidden` is how many are left out.
SELECT
  region_code,
  partner_area,
  year_start,
  count(*) AS cohorts,
  sum(CASE WHEN value_status = 'suppressed' AND participants IS NULL THEN 1 ELSE 0 END) AS cohorts_hidden,
  sum(CASE WHEN direction = 'virtual' THEN 1 ELSE 0 END) AS cohorts_virtual,
  sum(CASE WHEN direction = 'out' THEN participants END) AS participants_out,
  sum(CASE WHEN direction = 'in' THEN participants END) AS participants_in,
  sum(CASE WHEN direction = 'out' THEN participants * days END) AS participant_days_out,
  sum(CASE WHEN direction = 'in' THEN participants * days END) AS participant_days_in,
  CASE WHEN sum(CASE WHEN direction IN ('in', 'out') THEN participants * days END) > 0 THEN
    CAST(1 - abs(
      coalesce(sum(CASE WHEN direction = 'out' THEN participants * days END), 0)
      - coalesce(sum(CASE WHEN direction = 'in' THEN participants * days END), 0)
    ) / CAST(sum(CASE WHEN direction IN ('in', 'out') THEN participants * days END)
      AS DECIMAL(24, 4)) AS DECIMAL(24, 4)) END AS reciprocity,
  CASE WHEN coalesce(sum(CASE WHEN direction IN ('in', 'out') THEN participants * days END), 0) = 0
    THEN 'no participant-days are shown' END AS reciprocity_note,
  sum(CASE WHEN currency = 'IDR' AND participants > 0 THEN cost END) AS cost_idr,
  CASE WHEN sum(CASE WHEN currency = 'IDR' AND cost IS NOT NULL THEN participants END) > 0 THEN
    CAST(sum(CASE WHEN currency = 'IDR' AND participants > 0 THEN cost END)
      / sum(CASE WHEN currency = 'IDR' AND cost IS NOT NULL THEN participants END)
      AS DECIMAL(24, 4)) END AS cost_idr_per_participant,
  max(recorded_at) AS recorded_at,
  max(load_seq) AS load_seq
FROM (
  SELECT region_code, partner_area, direction, days, cost, currency, value_status, recorded_at,
    load_seq, CAST(date_trunc('year', start_date) AS DATE) AS year_start,
    participants_female + participants_male AS participants
  FROM core_exchange__programmes
  WHERE NOT coalesce(cancelled, false) AND start_date IS NOT NULL AND partner_area IS NOT NULL
) AS cohorts
GROUP BY region_code, partner_area, year_start
