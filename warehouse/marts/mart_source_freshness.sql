-- id: Kesegaran sumber data
-- en: Freshness of the sources
-- key: source
-- behind: ops_attempt: c.source = m.source
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
  coalesce(q.rows_quarantined, 0) AS rows_quarantined,
  a.failures_last_run
FROM ref_source AS s
LEFT JOIN (
  SELECT source,
    max(checked_at) AS last_checked_at,
    max(CASE WHEN status IN ('loaded', 'unchanged', 'not_published') THEN checked_at END)
      AS last_success_at,
    sum(CASE WHEN status = 'failed' AND load_seq = last_run THEN 1 ELSE 0 END)
      AS failures_last_run
  FROM (SELECT *, max(load_seq) OVER (PARTITION BY source) AS last_run FROM ops_attempt) AS t
  GROUP BY source
) AS a ON a.source = s.source_code
LEFT JOIN (
  SELECT source, max(recorded_at) AS last_loaded_at, max(load_seq) AS load_seq
  FROM ops_load WHERE status = 'loaded' GROUP BY source
) AS l ON l.source = s.source_code
LEFT JOIN (
  SELECT source, sum(quarantined) AS rows_quarantined
  FROM (
    SELECT source, quarantined,
      row_number() OVER (PARTITION BY source, slice ORDER BY load_seq DESC) AS nth
    FROM ops_load WHERE status IN ('loaded', 'refused')
  ) AS newest
  WHERE nth = 1
  GROUP BY source
) AS q ON q.source = s.source_code
