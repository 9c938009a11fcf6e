-- id: Kurs rupiah pada tanggal setiap nilai uang di daftar kerja sama
-- en: Rupiah rates on the dates of the money in the registers
-- key: day, base_currency
-- behind: core_exchange__rates: c.source = m.source AND c.rate_date BETWEEN m.first_rate_date AND m.last_rate_date AND c.rate_type IN (m.rate_type, 'buy', 'sell') AND ((c.base_currency = m.through_currency AND c.quote_currency IN (m.base_currency, 'IDR')) OR (c.quote_currency = m.through_currency AND c.base_currency IN (m.base_currency, 'IDR')))
-- Rupiah for one unit of the currency on each date on which an exhibition, a deal, a programme, an
-- activity, a forum or a lead has money in it, and for one US dollar on the dates of deals. It is the
-- rate of the day, or the last one of the ten days before (holidays), by the first source in rank
-- that has one; without any, the mean of the month (mart_rates_paired). `method` says which.
WITH wanted AS (
  SELECT DISTINCT day, base_currency FROM (
    SELECT start_date AS day, currency AS base_currency FROM core_promotion__exhibitions
    UNION ALL SELECT status_date, currency FROM core_promotion__deals
    UNION ALL SELECT status_date, 'USD' FROM core_promotion__deals
    UNION ALL SELECT start_date, currency FROM core_exchange__programmes
    UNION ALL SELECT planned_date, currency FROM core_cooperation__activities
    UNION ALL SELECT start_date, currency FROM core_promotion__forums
    UNION ALL SELECT stage_date, currency FROM core_investment__leads
  ) AS money
  WHERE day IS NOT NULL AND base_currency <> 'IDR'
),
quotes AS (  -- where a bank publishes buying and selling alone, the middle is their mean
  SELECT day, source, rate_date, base_currency, quote_currency, kind AS rate_type,
    coalesce(stated, CAST((buy + sell) * 0.5 AS DECIMAL(24, 10))) AS rate, recorded_at, load_seq
  FROM (
    SELECT d.day, r.source, r.rate_date, r.base_currency, r.quote_currency,
      CASE WHEN r.rate_type = 'reference' THEN 'reference' ELSE 'middle' END AS kind,
      max(CASE WHEN r.rate_type IN ('reference', 'middle') THEN r.rate END) AS stated,
      max(CASE WHEN r.rate_type = 'buy' THEN r.rate END) AS buy,
      max(CASE WHEN r.rate_type = 'sell' THEN r.rate END) AS sell,
      max(r.recorded_at) AS recorded_at, max(r.load_seq) AS load_seq
    FROM (SELECT DISTINCT day FROM wanted) AS d
    JOIN core_exchange__rates AS r ON r.rate_date <= d.day AND r.rate_date >= d.day - 10
    WHERE r.rate_type IN ('reference', 'middle', 'buy', 'sell')
      AND (r.base_currency IN (SELECT base_currency FROM wanted UNION SELECT 'IDR')
        OR r.quote_currency IN (SELECT base_currency FROM wanted UNION SELECT 'IDR'))
    GROUP BY d.day, r.source, r.rate_date, r.base_currency, r.quote_currency,
      CASE WHEN r.rate_type = 'reference' THEN 'reference' ELSE 'middle' END
  ) AS daily
),
legs AS (  -- what one unit of a currency is worth in another: `up` divided by `down`
  SELECT day, source, rate_date, rate_type, base_currency AS currency, quote_currency AS hub,
    rate AS up, CAST(1 AS DECIMAL(24, 10)) AS down, recorded_at, load_seq
  FROM quotes WHERE rate > 0
  UNION ALL
  SELECT day, source, rate_date, rate_type, quote_currency, base_currency,
    CAST(1 AS DECIMAL(24, 10)), rate, recorded_at, load_seq
  FROM quotes WHERE rate > 0
),
pairs AS (
  SELECT day, source, rate_date, rate_type, currency, hub, CAST(up AS DECIMAL(38, 10)) AS dividend,
    CAST(down AS DECIMAL(38, 10)) AS divisor, recorded_at, load_seq
  FROM legs WHERE hub = 'IDR'
  UNION ALL
  SELECT c.day, c.source, c.rate_date, c.rate_type, c.currency, c.hub,
    CAST(c.up * i.down AS DECIMAL(38, 10)), CAST(c.down * i.up AS DECIMAL(38, 10)),
    CASE WHEN i.recorded_at > c.recorded_at THEN i.recorded_at ELSE c.recorded_at END,
    CASE WHEN i.load_seq > c.load_seq THEN i.load_seq ELSE c.load_seq END
  FROM legs AS c
  JOIN legs AS i ON i.currency = 'IDR' AND i.day = c.day AND i.source = c.source
    AND i.rate_date = c.rate_date AND i.rate_type = c.rate_type AND i.hub = c.hub
  WHERE c.hub <> 'IDR' AND c.currency <> 'IDR'
),
ranked AS (
  SELECT p.*, coalesce(s.preference, 1000) AS preference,
    CAST(p.dividend / p.divisor AS DECIMAL(38, 14)) AS near,
    row_number() OVER (PARTITION BY p.day, p.currency
      ORDER BY coalesce(s.preference, 1000), p.source, p.rate_date DESC,
        CASE WHEN p.hub = 'IDR' THEN 0 ELSE 1 END, p.rate_type DESC, p.hub) AS nth
  FROM pairs AS p
  LEFT JOIN ref_source AS s ON s.source_code = p.source
  WHERE p.divisor > 0
),
monthly AS (
  SELECT w.day, w.base_currency, p.source, p.preference, p.rate_type, p.through_currency, p.rate,
    p.month_start, p.month_end, p.recorded_at, p.load_seq,
    row_number() OVER (PARTITION BY w.day, w.base_currency
      ORDER BY p.preference, p.source) AS nth
  FROM wanted AS w
  JOIN mart_rates_paired AS p ON p.base_currency = w.base_currency AND p.quote_currency = 'IDR'
    AND p.month_start = CAST(date_trunc('month', w.day) AS DATE)
)
SELECT
  w.day,
  w.base_currency,
  'IDR' AS quote_currency,
  CASE WHEN d.day IS NULL THEN CAST(m.rate AS DECIMAL(24, 10))
    -- in two steps: DuckDB divides in binary, and the rest makes it exact
    ELSE CAST(d.near + CAST((d.dividend - d.near * d.divisor) / d.divisor AS DECIMAL(38, 18))
      AS DECIMAL(24, 10)) END AS rate,
  coalesce(d.rate_date, m.month_start) AS first_rate_date,
  coalesce(d.rate_date, m.month_end) AS last_rate_date,
  CASE WHEN d.rate_date = w.day THEN 'rate of the day'
    WHEN d.day IS NOT NULL THEN 'last rate before the day'
    ELSE 'mean of the month' END AS method,
  coalesce(d.source, m.source) AS source,
  coalesce(d.preference, m.preference) AS preference,
  coalesce(d.rate_type, m.rate_type) AS rate_type,
  coalesce(d.hub, m.through_currency) AS through_currency,
  coalesce(d.recorded_at, m.recorded_at) AS recorded_at,
  coalesce(d.load_seq, m.load_seq) AS load_seq
FROM wanted AS w
LEFT JOIN ranked AS d ON d.day = w.day AND d.currency = w.base_currency AND d.nth = 1
LEFT JOIN monthly AS m ON m.day = w.day AND m.base_currency = w.base_currency AND m.nth = 1
WHERE d.day IS NOT NULL OR m.day IS NOT NULL
