-- id: Kurs bulanan: rata-rata dan akhir bulan
-- en: Monthly rates: average and end of month
-- key: source, month_start, base_currency, quote_currency, rate_type
-- behind: core_exchange__rates: source = m.source AND base_currency = m.base_currency AND quote_currency = m.quote_currency AND rate_type = m.rate_type AND rate_date BETWEEN m.month_start AND m.month_end
-- Days without a rate are not filled: `days` says how many rates the average is made of.
SELECT
  source,
  CAST(date_trunc('month', rate_date) AS DATE) AS month_start,
  CAST(date_trunc('month', rate_date) + INTERVAL '1 month' - INTERVAL '1 day' AS DATE) AS month_end,
  base_currency,
  quote_currency,
  rate_type,
  CAST(sum(rate) / count(rate) AS DECIMAL(24, 10)) AS average_rate,
  CAST(max(CASE WHEN rate_date = last_date THEN rate END) AS DECIMAL(24, 10)) AS end_rate,
  max(last_date) AS end_rate_date,
  count(rate) AS days,
  -- The least settled stage of the days is the month's.
  CASE min(CASE release_stage WHEN 'preliminary' THEN 0 WHEN 'unknown' THEN 1
    WHEN 'provisional' THEN 2 ELSE 3 END)
    WHEN 0 THEN 'preliminary' WHEN 1 THEN 'unknown' WHEN 2 THEN 'provisional' ELSE 'final'
  END AS release_stage,
  'arithmetic mean of daily rates' AS method,
  max(recorded_at) AS recorded_at,
  max(load_seq) AS load_seq
FROM (
  SELECT *,
    max(CASE WHEN rate IS NOT NULL THEN rate_date END) OVER (
      PARTITION BY source, base_currency, quote_currency, rate_type, date_trunc('month', rate_date)
    ) AS last_date
  FROM core_exchange__rates
) AS daily
GROUP BY source, date_trunc('month', rate_date), base_currency, quote_currency, rate_type
HAVING count(rate) > 0
