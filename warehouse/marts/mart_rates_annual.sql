-- id: Kurs tahunan antara dua mata uang, menurut sumber: satu cara untuk semua konversi
-- en: Annual rates between two currencies, by source: one method for everything that converts
-- key: source, year, base_currency, quote_currency
-- behind: core_exchange__rates: c.source = m.source AND c.rate_date BETWEEN m.year_start AND m.year_end AND (c.rate_type = m.rate_type OR (m.rate_type = 'middle' AND c.rate_type IN ('buy', 'sell'))) AND ((c.base_currency = m.base_currency AND c.quote_currency = m.quote_currency) OR (c.base_currency = m.through_currency AND c.quote_currency IN (m.base_currency, m.quote_currency)) OR (c.quote_currency = m.through_currency AND c.base_currency IN (m.base_currency, m.quote_currency)))
-- The year's rate is the mean of its monthly rates, and each monthly rate is the mean of its days
-- (mart_rates_monthly, mart_rates_paired): a month with many days of trade weighs no more than
-- another. `months` says how many there are. `is_complete` needs twelve, and a load of the source
-- after the year. What converts takes the row with `is_first`: complete before incomplete, then the
-- lowest `preference`, then the first code.
WITH yearly AS (
  SELECT source, preference, CAST(extract(YEAR FROM month_start) AS BIGINT) AS year,
    CAST(date_trunc('year', month_start) AS DATE) AS year_start, base_currency, quote_currency,
    max(rate_type) AS rate_type, max(through_currency) AS through_currency,
    sum(rate) AS total, count(rate) AS months, sum(days) AS days,
    min(method) AS first_method, max(method) AS last_method,
    min(CASE release_stage WHEN 'preliminary' THEN 0 WHEN 'unknown' THEN 1
      WHEN 'provisional' THEN 2 ELSE 3 END) AS stage,
    max(recorded_at) AS recorded_at, max(load_seq) AS load_seq
  FROM mart_rates_paired
  GROUP BY source, preference, extract(YEAR FROM month_start), date_trunc('year', month_start),
    base_currency, quote_currency
),
divided AS (  -- in two steps: DuckDB divides in binary, and the rest makes it exact
  SELECT *, CAST(total / months AS DECIMAL(38, 14)) AS near,
    CAST(months AS DECIMAL(4, 0)) AS parts,
    max(recorded_at) OVER (PARTITION BY source) AS loaded_at
  FROM yearly
),
complete AS (
  SELECT *,
    CAST(near + CAST((total - near * parts) / parts AS DECIMAL(38, 18)) AS DECIMAL(38, 14))
    AS rate,
    months = 12 AND loaded_at >= CAST(year_start + INTERVAL '1 year' - INTERVAL '1 day'
      AS TIMESTAMP WITH TIME ZONE) AS is_complete
  FROM divided
)
SELECT
  source,
  preference,
  year,
  year_start,
  CAST(year_start + INTERVAL '1 year' - INTERVAL '1 day' AS DATE) AS year_end,
  base_currency,
  quote_currency,
  rate,
  months,
  CAST(days AS BIGINT) AS days,
  is_complete,
  row_number() OVER (PARTITION BY year, base_currency, quote_currency
    ORDER BY CASE WHEN is_complete THEN 0 ELSE 1 END, preference, source) = 1 AS is_first,
  'mean of the monthly means of daily rates, ' || CASE WHEN first_method = last_method
    THEN first_method ELSE first_method || ' or ' || last_method END AS method,
  rate_type,
  through_currency,
  CASE stage WHEN 0 THEN 'preliminary' WHEN 1 THEN 'unknown' WHEN 2 THEN 'provisional'
    ELSE 'final' END AS release_stage,
  recorded_at,
  load_seq
FROM complete
