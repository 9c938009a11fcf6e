-- id: Timbal balik pertukaran menurut mitra dan tahun
-- en: Reciprocity of exchanges by partner and year
-- key: region_code, partner_area, year_start
-- behind: core_exchange__programmes: c.region_code = m.region_code AND c.partner_area = m.partner_area AND c.start_date BETWEEN m.year_start AND m.year_end
-- Participant-days of the cohorts whose counts are shown. Small cohorts are hidden before they
-- are stored, so no sum can reveal them: `cohorts_hidden` is how many are left out. With a hidden
-- cohort, or one without days, in either direction the reciprocity is unknown, and the note says why.
-- A cost becomes rupiah at the rate of the first day (mart_rates_on_dates); `cohorts_costed` says of how
-- many cohorts the cost is, and `cohorts_without_rate` how many have one in a currency without a rate.
WITH cohorts AS (
  SELECT p.region_code, p.partner_area, p.direction, p.days, p.value_status, p.cost, p.recorded_at,
    p.load_seq, CAST(date_trunc('year', p.start_date) AS DATE) AS year_start,
    p.participants_female + p.participants_male AS participants,
    CASE WHEN p.currency = 'IDR' THEN p.cost
      ELSE CAST(p.cost * r.rate AS DECIMAL(24, 4)) END AS cost_idr
  FROM core_exchange__programmes AS p
  LEFT JOIN mart_rates_on_dates AS r ON r.day = p.start_date AND r.base_currency = p.currency
  WHERE NOT coalesce(p.cancelled, false) AND p.start_date IS NOT NULL
    AND p.partner_area IS NOT NULL
),
summed AS (
  SELECT
    region_code,
    partner_area,
    year_start,
    count(*) AS cohorts,
    sum(CASE WHEN value_status = 'suppressed' AND participants IS NULL THEN 1 ELSE 0 END)
      AS cohorts_hidden,
    sum(CASE WHEN direction = 'virtual' THEN 1 ELSE 0 END) AS cohorts_virtual,
    sum(CASE WHEN direction IN ('in', 'out') AND value_status = 'suppressed'
      AND participants IS NULL THEN 1 ELSE 0 END) AS hidden_both_ways,
    sum(CASE WHEN direction IN ('in', 'out') AND participants * days IS NULL THEN 1 ELSE 0 END)
      AS unknown_both_ways,
    sum(CASE WHEN direction = 'out' THEN participants END) AS participants_out,
    sum(CASE WHEN direction = 'in' THEN participants END) AS participants_in,
    sum(CASE WHEN direction = 'out' THEN participants * days END) AS days_out,
    sum(CASE WHEN direction = 'in' THEN participants * days END) AS days_in,
    sum(CASE WHEN direction IN ('in', 'out') THEN participants * days END) AS days_both_ways,
    sum(CASE WHEN participants > 0 AND cost_idr IS NOT NULL THEN 1 ELSE 0 END) AS cohorts_costed,
    sum(CASE WHEN cost IS NOT NULL AND cost_idr IS NULL THEN 1 ELSE 0 END)
      AS cohorts_without_rate,
    sum(CASE WHEN participants > 0 THEN cost_idr END) AS cost_idr,
    sum(CASE WHEN cost_idr IS NOT NULL THEN participants END) AS participants_costed,
    max(recorded_at) AS recorded_at,
    max(load_seq) AS load_seq
  FROM cohorts
  GROUP BY region_code, partner_area, year_start
)
SELECT
  s.region_code,
  s.partner_area,
  coalesce(a.is_country, false) AS partner_is_country,
  s.year_start,
  CAST(s.year_start + INTERVAL '1 year' - INTERVAL '1 day' AS DATE) AS year_end,
  s.cohorts,
  CAST(s.cohorts_hidden AS BIGINT) AS cohorts_hidden,
  CAST(s.cohorts_virtual AS BIGINT) AS cohorts_virtual,
  CAST(s.participants_out AS BIGINT) AS participants_out,
  CAST(s.participants_in AS BIGINT) AS participants_in,
  CAST(s.days_out AS BIGINT) AS participant_days_out,
  CAST(s.days_in AS BIGINT) AS participant_days_in,
  CASE WHEN s.days_both_ways > 0 AND s.unknown_both_ways = 0 THEN
    CAST(1 - abs(CAST(coalesce(s.days_out, 0) - coalesce(s.days_in, 0) AS DECIMAL(24, 4)))
      / s.days_both_ways AS DECIMAL(24, 10)) END AS reciprocity,
  CASE WHEN s.hidden_both_ways > 0 THEN 'cohort_hidden'
    WHEN s.days_both_ways > 0 AND s.unknown_both_ways > 0 THEN 'cohort_incomplete'
    WHEN coalesce(s.days_both_ways, 0) = 0 THEN 'no_participant_days'
  END AS reciprocity_note,
  s.cost_idr,
  CAST(s.cohorts_costed AS BIGINT) AS cohorts_costed,
  CAST(s.cohorts_without_rate AS BIGINT) AS cohorts_without_rate,
  CASE WHEN s.participants_costed > 0 THEN
    CAST(s.cost_idr / s.participants_costed AS DECIMAL(24, 4)) END AS cost_idr_per_participant,
  s.recorded_at,
  s.load_seq
FROM summed AS s
LEFT JOIN (
  SELECT area, bool_or(is_country) AS is_country FROM ref_area WHERE scheme = 'iso3' GROUP BY area
) AS a ON a.area = s.partner_area
