-- id: Kesegaran sumber data
-- en: Freshness of the sources
-- key: source
-- behind: ops_attempt: c.source = m.source
-- `next_due_on` is the day on which the figures after the newest period are due (config/due.py has the
-- same rules), `late_since` that day once the grace has passed too, as of the last check of any source:
-- it does not change with the day of reading. A source with several frequencies is as late as the
-- one that is late first. Times are UTC here; a day is one of Jakarta.
WITH newest AS (
  SELECT source, frequency, max(period_start) AS newest FROM core_trade__flows
  WHERE value_status <> 'missing' GROUP BY source, frequency
  UNION ALL
  SELECT source, frequency, max(period_start) FROM core_tourism__arrivals
  WHERE value_status <> 'missing' GROUP BY source, frequency
  UNION ALL
  SELECT source, frequency, max(period_start) FROM core_tourism__accommodation
  WHERE value_status <> 'missing' GROUP BY source, frequency
  UNION ALL
  SELECT source, frequency, max(period_start) FROM core_context__indicators
  WHERE value_status <> 'missing' GROUP BY source, frequency
  UNION ALL
  SELECT source, NULL, max(rate_date) FROM core_exchange__rates
  WHERE value_status <> 'missing' GROUP BY source
  UNION ALL
  SELECT source, NULL, max(period_start) FROM core_exchange__students
  WHERE value_status <> 'missing' GROUP BY source
),
ends AS (
  SELECT n.source, n.newest, coalesce(n.frequency, s.frequency) AS frequency, s.lag_days,
    CASE coalesce(n.frequency, s.frequency)
      WHEN 'D' THEN n.newest + CASE extract(ISODOW FROM n.newest) WHEN 5 THEN 3 WHEN 6 THEN 2 ELSE 1 END
      WHEN 'W' THEN n.newest + 13
      WHEN 'M' THEN CAST(n.newest + INTERVAL '2 months' AS DATE) - 1
      WHEN 'Q' THEN CAST(n.newest + INTERVAL '6 months' AS DATE) - 1
      WHEN 'S' THEN CAST(n.newest + INTERVAL '12 months' AS DATE) - 1
      ELSE CAST(n.newest + INTERVAL '24 months' AS DATE) - 1
    END AS next_end,
    CASE coalesce(n.frequency, s.frequency)
      WHEN 'D' THEN 3 WHEN 'W' THEN 3 WHEN 'M' THEN 7 WHEN 'Q' THEN 14 WHEN 'S' THEN 14 ELSE 30
    END AS grace
  FROM newest AS n
  JOIN ref_source AS s ON s.source_code = n.source
),
due AS (
  SELECT source, newest, frequency, next_end + CAST(lag_days AS INTEGER) AS next_due_on,
    next_end + CAST(lag_days AS INTEGER) + grace AS last_day,
    row_number() OVER (
      PARTITION BY source ORDER BY next_end + CAST(lag_days AS INTEGER) + grace, frequency
    ) AS nth
  FROM ends
),
checked AS (
  SELECT CAST(max(checked_at) + INTERVAL '7 hours' AS DATE) AS today FROM ops_attempt
),
known AS (
  SELECT d.source, d.newest, d.frequency, d.next_due_on,
    CASE WHEN c.today > d.last_day THEN d.next_due_on END AS late_since
  FROM due AS d CROSS JOIN checked AS c WHERE d.nth = 1
)
SELECT
  s.source_code AS source,
  s.title_id,
  s.title_en,
  s.provider,
  s.table_name,
  s.cadence,
  s.licence,
  s.redistribution,
  s.attribution_id,
  s.attribution_en,
  a.last_checked_at,
  a.last_success_at,
  l.last_loaded_at,
  l.load_seq AS last_load_seq,
  CAST(coalesce(q.rows_quarantined, 0) AS BIGINT) AS rows_quarantined,
  CAST(a.failures_last_run AS BIGINT) AS failures_last_run,
  k.newest AS newest_period_start,
  k.frequency AS newest_frequency,
  k.next_due_on,
  k.late_since,
  CASE
    WHEN a.gone_last_run > 0 THEN 'gone'
    WHEN a.failures_last_run > 0 THEN 'failing'
    WHEN a.last_success_at IS NULL THEN 'unasked'
    WHEN coalesce(l.rows_ever, 0) = 0 THEN 'no_rows'
    WHEN k.late_since IS NOT NULL THEN 'late'
    ELSE 'fine'
  END AS state
FROM ref_source AS s
LEFT JOIN (
  SELECT source,
    max(checked_at) AS last_checked_at,
    max(CASE WHEN status IN ('loaded', 'unchanged', 'not_published') THEN checked_at END)
      AS last_success_at,
    sum(CASE WHEN status = 'failed' AND load_seq = last_run THEN 1 ELSE 0 END)
      AS failures_last_run,
    sum(CASE WHEN error_code = 'gone' AND load_seq = last_run THEN 1 ELSE 0 END)
      AS gone_last_run
  FROM (SELECT *, max(load_seq) OVER (PARTITION BY source) AS last_run FROM ops_attempt) AS t
  GROUP BY source
) AS a ON a.source = s.source_code
LEFT JOIN (
  SELECT source, max(recorded_at) AS last_loaded_at, max(load_seq) AS load_seq,
    sum(coalesce(new, 0) + coalesce(revised, 0) + coalesce(unchanged, 0)) AS rows_ever
  FROM ops_load WHERE status = 'loaded' GROUP BY source
) AS l ON l.source = s.source_code
LEFT JOIN (
  SELECT source, sum(quarantined) AS rows_quarantined
  FROM (
    SELECT source, quarantined,
      row_number() OVER (PARTITION BY source, slice ORDER BY load_seq DESC) AS nth
    FROM ops_load WHERE status IN ('loaded', 'refused')
  ) AS newest_load
  WHERE nth = 1
  GROUP BY source
) AS q ON q.source = s.source_code
LEFT JOIN known AS k ON k.source = s.source_code
