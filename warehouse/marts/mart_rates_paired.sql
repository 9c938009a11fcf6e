-- id: Kurs bulanan antara dua mata uang, menurut sumber
-- en: Monthly rates between two currencies, by source
-- key: source, month_start, base_currency, quote_currency
-- behind: core_exchange__rates: c.source = m.source AND c.rate_date BETWEEN m.month_start AND m.month_end AND ((c.base_currency = m.through_currency AND c.quote_currency IN (m.base_currency, m.quote_currency)) OR (c.quote_currency = m.through_currency AND c.base_currency IN (m.base_currency, m.quote_currency)))
-- Units of each currency for one US dollar, and rupiah for one unit of each: as the source quotes
-- them, or crossed through a third currency of the same source and month. Sources stand side by
-- side and are never mixed: a reader takes the lowest `preference` (the rank in the source's
-- declaration; 1000 for a source without one), then the first code.
WITH monthly AS (
  SELECT source, month_start, month_end, rate_type, base_currency, quote_currency,
    average_rate AS rate, days, release_stage, recorded_at, load_seq
  FROM mart_rates_monthly
  WHERE rate_type IN ('reference', 'middle')
),
quoted AS (
  SELECT * FROM monthly
  UNION ALL
  -- A base is worth one of itself, so that a rate that is quoted directly is a pair too.
  SELECT source, month_start, month_end, rate_type, base_currency, base_currency,
    CAST(1 AS DECIMAL(38, 14)), max(days), 'final', min(recorded_at), min(load_seq)
  FROM monthly GROUP BY source, month_start, month_end, rate_type, base_currency
),
pairs AS (
  SELECT q.source, q.month_start, q.month_end, q.rate_type, b.quote_currency AS base_currency,
    q.quote_currency, q.base_currency AS through_currency, q.rate AS dividend, b.rate AS divisor,
    q.days AS quote_days, b.days AS base_days, q.release_stage AS quote_stage,
    b.release_stage AS base_stage, q.recorded_at AS quote_recorded_at,
    b.recorded_at AS base_recorded_at, q.load_seq AS quote_load_seq, b.load_seq AS base_load_seq,
    CASE WHEN q.base_currency IN (q.quote_currency, b.quote_currency) THEN 0 ELSE 1 END AS steps
  FROM quoted AS q
  JOIN quoted AS b ON b.source = q.source AND b.month_start = q.month_start
    AND b.rate_type = q.rate_type AND b.base_currency = q.base_currency
  UNION ALL
  -- Both are quoted in the third currency: rupiah for one dollar and rupiah for one yen.
  SELECT q.source, q.month_start, q.month_end, q.rate_type, b.base_currency, q.base_currency,
    q.quote_currency, b.rate, q.rate, q.days, b.days, q.release_stage, b.release_stage,
    q.recorded_at, b.recorded_at, q.load_seq, b.load_seq, 2
  FROM monthly AS q
  JOIN monthly AS b ON b.source = q.source AND b.month_start = q.month_start
    AND b.rate_type = q.rate_type AND b.quote_currency = q.quote_currency
),
divided AS (  -- in two steps: DuckDB divides in binary, and the rest makes it exact
  SELECT *, CAST(dividend / divisor AS DECIMAL(38, 14)) AS near FROM pairs
  WHERE base_currency <> quote_currency AND (base_currency = 'USD' OR quote_currency = 'IDR')
),
ranked AS (
  SELECT *, row_number() OVER (PARTITION BY source, month_start, base_currency, quote_currency
    ORDER BY steps, rate_type DESC, through_currency) AS nth
  FROM divided
)
SELECT
  r.source,
  coalesce(s.preference, 1000) AS preference,
  r.month_start,
  r.month_end,
  r.base_currency,
  r.quote_currency,
  r.rate_type,
  r.through_currency,
  CASE WHEN dividend < 1000000000
    THEN CAST(near + CAST((dividend - near * divisor) / divisor AS DECIMAL(38, 18))
      AS DECIMAL(38, 14))
    ELSE near END AS rate,
  CASE WHEN r.steps = 0 THEN 'as quoted' ELSE 'through ' || r.through_currency END AS method,
  CASE WHEN r.base_days < r.quote_days THEN r.base_days ELSE r.quote_days END AS days,
  -- The less settled stage of the two rates is the pair's.
  CASE
    WHEN 'preliminary' IN (r.quote_stage, r.base_stage) THEN 'preliminary'
    WHEN 'unknown' IN (r.quote_stage, r.base_stage) THEN 'unknown'
    WHEN 'provisional' IN (r.quote_stage, r.base_stage) THEN 'provisional'
    ELSE 'final'
  END AS release_stage,
  CASE WHEN r.base_recorded_at > r.quote_recorded_at THEN r.base_recorded_at
    ELSE r.quote_recorded_at END AS recorded_at,
  CASE WHEN r.base_load_seq > r.quote_load_seq THEN r.base_load_seq
    ELSE r.quote_load_seq END AS load_seq
FROM ranked AS r
LEFT JOIN ref_source AS s ON s.source_code = r.source
WHERE r.nth = 1
