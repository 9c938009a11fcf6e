-- id: Kurs bulanan: rata-rata dan akhir bulan
-- en: Monthly rates: average and end of month
-- key: source, month_start, base_currency, quote_currency, rate_type
-- behind: core_exchange__rates: c.source = m.source AND c.base_currency = m.base_currency AND c.quote_currency = m.quote_currency AND (c.rate_type = m.rate_type OR (m.rate_type = 'middle' AND c.rate_type IN ('buy', 'sell'))) AND c.rate_date BETWEEN m.month_start AND m.month_end
-- Days without a rate are not filled: `days` says how many rates the average is made of. Where
-- a bank publishes buying and selling alone, the middle is their mean, and the method says so.
WITH rates AS (
  SELECT source, rate_date, base_currency, quote_currency, rate_type, rate, release_stage,
    recorded_at, load_seq, 'arithmetic mean of daily rates' AS method
  FROM core_exchange__rates
  UNION ALL
  SELECT b.source, b.rate_date, b.base_currency, b.quote_currency, 'middle',
    CAST((b.rate + s.rate) / 2 AS DECIMAL(24, 10)), b.release_stage,
    CASE WHEN s.recorded_at > b.recorded_at THEN s.recorded_at ELSE b.recorded_at END,
    CASE WHEN s.load_seq > b.load_seq THEN s.load_seq ELSE b.load_seq END,
    'arithmetic mean of daily means of buying and selling'
  FROM core_exchange__rates AS b
  JOIN core_exchange__rates AS s ON s.source = b.source AND s.rate_date = b.rate_date
    AND s.base_currency = b.base_currency AND s.quote_currency = b.quote_currency
    AND s.rate_type = 'sell'
  WHERE b.rate_type = 'buy' AND NOT EXISTS (
    SELECT 1 FROM core_exchange__rates AS m WHERE m.source = b.source
      AND m.base_currency = b.base_currency AND m.quote_currency = b.quote_currency
      AND m.rate_date = b.rate_date AND m.rate_type = 'middle'
  )
),
monthly AS (
  SELECT source, CAST(date_trunc('month', rate_date) AS DATE) AS month_start, base_currency,
    quote_currency, rate_type, sum(rate) AS total, count(rate) AS days,
    CAST(count(rate) AS DECIMAL(4, 0)) AS parts,
    max(CASE WHEN rate_date = last_date THEN rate END) AS end_rate,
    max(last_date) AS end_rate_date,
    -- The least settled stage of the days is the month's.
    min(CASE release_stage WHEN 'preliminary' THEN 0 WHEN 'unknown' THEN 1
      WHEN 'provisional' THEN 2 ELSE 3 END) AS stage,
    max(method) AS method, max(recorded_at) AS recorded_at, max(load_seq) AS load_seq
  FROM (
    SELECT *,
      max(CASE WHEN rate IS NOT NULL THEN rate_date END) OVER (PARTITION BY source, base_currency,
        quote_currency, rate_type, date_trunc('month', rate_date)) AS last_date
    FROM rates
  ) AS daily
  GROUP BY source, date_trunc('month', rate_date), base_currency, quote_currency, rate_type
  HAVING count(rate) > 0
),
divided AS (  -- in two steps: DuckDB divides in binary, and the rest makes it exact
  SELECT *, CAST(total / parts AS DECIMAL(38, 14)) AS near FROM monthly
)
SELECT
  source,
  month_start,
  CAST(month_start + INTERVAL '1 month' - INTERVAL '1 day' AS DATE) AS month_end,
  base_currency,
  quote_currency,
  rate_type,
  CAST(near + CAST((total - near * parts) / parts AS DECIMAL(38, 18)) AS DECIMAL(38, 14))
    AS average_rate,
  CAST(end_rate AS DECIMAL(24, 10)) AS end_rate,
  end_rate_date,
  days,
  CASE stage WHEN 0 THEN 'preliminary' WHEN 1 THEN 'unknown' WHEN 2 THEN 'provisional'
    ELSE 'final' END AS release_stage,
  method,
  recorded_at,
  load_seq
FROM divided
