-- id: Hasil: kesejahteraan daerah di samping ekspor, pengunjung, dan pertukaran
-- en: Outcomes: a region's welfare beside its exports, visitors and exchanges
-- key: region_code, year_start
-- behind: core_context__indicators: c.region_code = m.region_code AND c.frequency = 'A' AND c.period_start = m.year_start AND strpos(', ' || m.welfare_sources || ', ', ', ' || c.source || ', ') > 0
-- behind: core_trade__local_exports: c.region_code = m.region_code AND c.period_start BETWEEN m.year_start AND m.year_end
-- behind: core_exchange__rates: c.source = m.exports_rate_source AND c.base_currency = m.exports_rate_base AND c.quote_currency IN ('IDR', 'USD') AND c.rate_date BETWEEN m.year_start AND m.year_end
-- behind: core_tourism__accommodation: c.region_code = m.region_code AND c.period_start BETWEEN m.year_start AND m.year_end
-- behind: core_exchange__programmes: c.region_code = m.region_code AND c.start_date BETWEEN m.year_start AND m.year_end
-- behind: core_promotion__deals: c.region_code = m.region_code AND c.status_date BETWEEN m.year_start AND m.year_end
-- Association, not effect: nothing here says that one column moved another. The notes say in both
-- languages what cannot be concluded. A province's row holds its regencies and is never added to
-- them. Exports are one statement of the region's own: a whole year before a part, months before a
-- year, the newest first, and `exports_statements` says how many there are, since two offices may
-- report the same goods.
-- A figure of welfare is of the first source in rank that has it (`preference` in the declarations),
-- and its change is within that source. Rupiah become USD by the year's mean of daily rates of the
-- first source in rank that has them, crossed where the source quotes both in a third currency; what
-- has no rate is left out and counted. Guests are one sender's too. `exports_periods` and `guests_months`
-- say how many periods of the year there are: fewer than all are not a year.
WITH indicators AS (
  SELECT * FROM (
    SELECT i.source, i.region_code, i.period_start, i.indicator, i.value, i.release_stage,
      i.recorded_at, i.load_seq, b.value AS value_before,
      row_number() OVER (PARTITION BY i.region_code, i.period_start, i.indicator
        ORDER BY CASE WHEN i.value IS NULL THEN 1 ELSE 0 END, coalesce(s.preference, 1000),
          i.source, i.area) AS nth
    FROM core_context__indicators AS i
    LEFT JOIN core_context__indicators AS b ON b.source = i.source AND b.indicator = i.indicator
      AND b.area = i.area AND b.region_code = i.region_code AND b.frequency = i.frequency
      AND b.period_start = CAST(i.period_start - INTERVAL '1 year' AS DATE)
    LEFT JOIN ref_source AS s ON s.source_code = i.source
    WHERE i.frequency = 'A' AND i.region_code <> 'TOTAL'
      AND i.indicator IN ('grdp_constant_prices', 'spending_per_head', 'poverty_rate',
        'employed_agriculture', 'employed_industry', 'employed_services')
  ) AS ranked WHERE nth = 1
),
welfare AS (
  SELECT region_code, period_start AS year_start,
    max(CASE WHEN indicator = 'grdp_constant_prices' THEN value END) AS grdp_constant_prices_idr,
    max(CASE WHEN indicator = 'grdp_constant_prices' THEN value_before END) AS grdp_before,
    max(CASE WHEN indicator = 'spending_per_head' THEN value END) AS spending_per_head_idr,
    max(CASE WHEN indicator = 'spending_per_head' THEN value_before END) AS spending_before,
    max(CASE WHEN indicator = 'poverty_rate' THEN value END) AS poverty_rate_percent,
    max(CASE WHEN indicator = 'poverty_rate' THEN value_before END) AS poverty_before,
    max(CASE WHEN indicator = 'employed_agriculture' THEN value END) AS employed_agriculture,
    max(CASE WHEN indicator = 'employed_industry' THEN value END) AS employed_industry,
    max(CASE WHEN indicator = 'employed_services' THEN value END) AS employed_services,
    min(CASE release_stage WHEN 'preliminary' THEN 0 WHEN 'unknown' THEN 1
      WHEN 'provisional' THEN 2 ELSE 3 END) AS stage,
    string_agg(DISTINCT source, ', ' ORDER BY source) AS sources,
    max(recorded_at) AS recorded_at, max(load_seq) AS load_seq
  FROM indicators
  GROUP BY region_code, period_start
),
yearly AS (
  SELECT source, CAST(date_trunc('year', rate_date) AS DATE) AS year_start, rate_type,
    base_currency, quote_currency, CAST(avg(rate) AS DECIMAL(24, 10)) AS rate
  FROM core_exchange__rates
  WHERE quote_currency IN ('IDR', 'USD') AND rate_type IN ('reference', 'middle')
    AND rate IS NOT NULL
  GROUP BY source, date_trunc('year', rate_date), rate_type, base_currency, quote_currency
),
rates AS (
  SELECT * FROM (
    SELECT i.source, i.base_currency, i.year_start,
      CAST(i.rate / coalesce(u.rate, 1) AS DECIMAL(24, 10)) AS idr_per_usd,
      row_number() OVER (PARTITION BY i.year_start ORDER BY coalesce(s.preference, 1000), i.source,
        CASE WHEN i.base_currency = 'USD' THEN 0 ELSE 1 END, i.rate_type DESC, i.base_currency)
        AS nth
    FROM yearly AS i
    LEFT JOIN yearly AS u ON u.source = i.source AND u.year_start = i.year_start
      AND u.rate_type = i.rate_type AND u.base_currency = i.base_currency
      AND u.quote_currency = 'USD'
    LEFT JOIN ref_source AS s ON s.source_code = i.source
    WHERE i.quote_currency = 'IDR' AND (i.base_currency = 'USD' OR u.rate IS NOT NULL)
  ) AS ranked WHERE nth = 1
),
sold AS (
  SELECT e.source, e.region_code, CAST(date_trunc('year', e.period_start) AS DATE) AS year_start,
    e.frequency,
    sum(CASE e.currency WHEN 'USD' THEN e.value WHEN 'IDR' THEN e.value / r.idr_per_usd END)
      AS value_usd,
    sum(CASE WHEN e.currency = 'USD' OR (e.currency = 'IDR' AND r.idr_per_usd IS NOT NULL)
      THEN 0 ELSE 1 END) AS rows_left_out,
    max(CASE WHEN e.currency = 'IDR' THEN r.idr_per_usd END) AS idr_per_usd,
    max(CASE WHEN e.currency = 'IDR' THEN r.source END) AS rate_source,
    max(CASE WHEN e.currency = 'IDR' THEN r.base_currency END) AS rate_base,
    count(DISTINCT e.period_start) AS periods,
    max(e.recorded_at) AS recorded_at, max(e.load_seq) AS load_seq
  FROM core_trade__local_exports AS e
  LEFT JOIN rates AS r
    ON r.year_start = CAST(date_trunc('year', e.period_start) AS DATE)
  WHERE e.product_code <> 'TOTAL' AND e.partner_area <> 'WLD' AND e.frequency IN ('A', 'M')
    AND e.value IS NOT NULL
  GROUP BY e.source, e.region_code, date_trunc('year', e.period_start), e.frequency
),
exports AS (
  SELECT * FROM (
    SELECT *,
      row_number() OVER (PARTITION BY region_code, year_start
        ORDER BY CASE WHEN frequency = 'A' OR periods = 12 THEN 0 ELSE 1 END,
          CASE frequency WHEN 'M' THEN 0 ELSE 1 END, load_seq DESC, source) AS nth,
      count(*) OVER (PARTITION BY region_code, year_start) AS statements
    FROM sold
  ) AS ranked WHERE nth = 1
),
hosted AS (
  SELECT source, region_code, CAST(date_trunc('year', period_start) AS DATE) AS year_start,
    sum(guests_foreign) AS guests_foreign, sum(guests_domestic) AS guests_domestic,
    count(DISTINCT period_start) AS months, max(recorded_at) AS recorded_at, max(load_seq) AS load_seq
  FROM core_tourism__accommodation
  WHERE frequency = 'M' AND (guests_foreign IS NOT NULL OR guests_domestic IS NOT NULL)
  GROUP BY source, region_code, date_trunc('year', period_start)
),
guests AS (
  SELECT * FROM (
    SELECT *, row_number() OVER (PARTITION BY region_code, year_start
      ORDER BY load_seq DESC, source) AS nth
    FROM hosted
  ) AS ranked WHERE nth = 1
),
exchanges AS (
  SELECT region_code, year_start, sum(participants_out) AS exchange_participants_out,
    sum(participants_in) AS exchange_participants_in, max(recorded_at) AS recorded_at,
    max(load_seq) AS load_seq
  FROM mart_exchange_reciprocity GROUP BY region_code, year_start
),
deals AS (
  SELECT region_code, CAST(date_trunc('year', status_date) AS DATE) AS year_start,
    sum(realised_value) AS deals_realised_usd, max(recorded_at) AS recorded_at,
    max(load_seq) AS load_seq
  FROM core_promotion__deals
  WHERE currency = 'USD' AND status <> 'cancelled' AND status_date IS NOT NULL
  GROUP BY region_code, date_trunc('year', status_date)
),
years AS (
  SELECT region_code, year_start, recorded_at, load_seq FROM welfare
  UNION ALL SELECT region_code, year_start, recorded_at, load_seq FROM exports
  UNION ALL SELECT region_code, year_start, recorded_at, load_seq FROM guests
  UNION ALL SELECT region_code, year_start, recorded_at, load_seq FROM exchanges
  UNION ALL SELECT region_code, year_start, recorded_at, load_seq FROM deals
),
rows_of AS (
  SELECT region_code, year_start, max(recorded_at) AS recorded_at, max(load_seq) AS load_seq
  FROM years GROUP BY region_code, year_start
)
SELECT
  r.region_code,
  r.year_start,
  CAST(r.year_start + INTERVAL '1 year' - INTERVAL '1 day' AS DATE) AS year_end,
  length(r.region_code) = 2 AS is_province,
  CAST(x.value_usd AS DECIMAL(24, 4)) AS exports_usd,
  x.source AS exports_source,
  x.frequency AS exports_frequency,
  x.periods AS exports_periods,
  x.statements AS exports_statements,
  x.rows_left_out AS exports_rows_left_out,
  x.idr_per_usd AS exports_idr_per_usd,
  x.rate_source AS exports_rate_source,
  x.rate_base AS exports_rate_base,
  d.deals_realised_usd,
  g.guests_foreign,
  g.guests_domestic,
  g.months AS guests_months,
  e.exchange_participants_out,
  e.exchange_participants_in,
  w.grdp_constant_prices_idr,
  CASE WHEN w.grdp_before > 0 THEN CAST(w.grdp_constant_prices_idr / w.grdp_before - 1
    AS DECIMAL(24, 4)) END AS grdp_growth,
  w.spending_per_head_idr,
  CASE WHEN w.spending_before > 0 THEN CAST(w.spending_per_head_idr / w.spending_before - 1
    AS DECIMAL(24, 4)) END AS spending_growth,
  w.poverty_rate_percent,
  w.poverty_rate_percent - w.poverty_before AS poverty_change_points,
  w.employed_agriculture,
  w.employed_industry,
  w.employed_services,
  CASE w.stage WHEN 0 THEN 'preliminary' WHEN 1 THEN 'unknown' WHEN 2 THEN 'provisional'
    WHEN 3 THEN 'final' END AS welfare_release_stage,
  w.sources AS welfare_sources,
  'association' AS relation,
  'Asosiasi, bukan sebab: daerah ini berubah juga karena hal lain (harga, panen, kebijakan '
    || 'nasional), tanpa daerah pembanding dan dengan sedikit tahun.' AS cannot_conclude_id,
  'Association, not cause: other things move a region too (prices, harvests, national policy), '
    || 'there is no comparison region and there are few years.' AS cannot_conclude_en,
  r.recorded_at,
  r.load_seq
FROM rows_of AS r
LEFT JOIN welfare AS w ON w.region_code = r.region_code AND w.year_start = r.year_start
LEFT JOIN exports AS x ON x.region_code = r.region_code AND x.year_start = r.year_start
LEFT JOIN guests AS g ON g.region_code = r.region_code AND g.year_start = r.year_start
LEFT JOIN exchanges AS e ON e.region_code = r.region_code AND e.year_start = r.year_start
LEFT JOIN deals AS d ON d.region_code = r.region_code AND d.year_start = r.year_start
