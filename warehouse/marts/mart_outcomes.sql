-- id: Hasil: kesejahteraan daerah di samping ekspor, pengunjung, dan pertukaran
-- en: Outcomes: a region's welfare beside its exports, visitors and exchanges
-- key: region_code, year_start
-- behind: core_context__indicators: c.region_code = m.region_code AND c.frequency = 'A' AND c.period_start = m.year_start
-- behind: core_trade__local_exports: c.region_code = m.region_code AND c.period_start BETWEEN m.year_start AND m.year_end
-- behind: core_tourism__accommodation: c.region_code = m.region_code AND c.period_start BETWEEN m.year_start AND m.year_end
-- behind: core_exchange__programmes: c.region_code = m.region_code AND c.start_date BETWEEN m.year_start AND m.year_end
-- behind: core_promotion__deals: c.region_code = m.region_code AND c.status_date BETWEEN m.year_start AND m.year_end
-- Association, not effect: nothing here says that one column moved another. The notes say in both
-- languages what cannot be concluded. A province's row holds its regencies and is never added to
-- them. Exports are what the region's own office recorded, months before years, in USD alone;
-- guests of suppressed small counts are left out by the tables below.
WITH welfare AS (
  SELECT region_code, period_start AS year_start,
    max(CASE WHEN indicator = 'grdp_constant_prices' THEN value END) AS grdp_constant_prices_idr,
    max(CASE WHEN indicator = 'spending_per_head' THEN value END) AS spending_per_head_idr,
    max(CASE WHEN indicator = 'poverty_rate' THEN value END) AS poverty_rate_percent,
    max(CASE WHEN indicator = 'employed_agriculture' THEN value END) AS employed_agriculture,
    max(CASE WHEN indicator = 'employed_industry' THEN value END) AS employed_industry,
    max(CASE WHEN indicator = 'employed_services' THEN value END) AS employed_services,
    max(recorded_at) AS recorded_at, max(load_seq) AS load_seq
  FROM core_context__indicators
  WHERE source = 'bps_context' AND frequency = 'A' AND region_code <> 'TOTAL'
  GROUP BY region_code, period_start
),
sold AS (
  SELECT region_code, CAST(date_trunc('year', period_start) AS DATE) AS year_start, frequency,
    sum(value) AS value_usd, max(recorded_at) AS recorded_at, max(load_seq) AS load_seq
  FROM core_trade__local_exports
  WHERE currency = 'USD' AND product_code <> 'TOTAL' AND partner_area <> 'WLD'
    AND frequency IN ('A', 'M')
  GROUP BY region_code, date_trunc('year', period_start), frequency
),
exports AS (
  SELECT region_code, year_start,
    coalesce(max(CASE WHEN frequency = 'M' THEN value_usd END), max(value_usd)) AS exports_usd,
    max(recorded_at) AS recorded_at, max(load_seq) AS load_seq
  FROM sold GROUP BY region_code, year_start
),
guests AS (
  SELECT region_code, CAST(date_trunc('year', period_start) AS DATE) AS year_start,
    sum(guests_foreign) AS guests_foreign, sum(guests_domestic) AS guests_domestic,
    max(recorded_at) AS recorded_at, max(load_seq) AS load_seq
  FROM core_tourism__accommodation
  WHERE frequency = 'M' AND (guests_foreign IS NOT NULL OR guests_domestic IS NOT NULL)
  GROUP BY region_code, date_trunc('year', period_start)
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
  x.exports_usd,
  d.deals_realised_usd,
  g.guests_foreign,
  g.guests_domestic,
  e.exchange_participants_out,
  e.exchange_participants_in,
  w.grdp_constant_prices_idr,
  CASE WHEN b.grdp_constant_prices_idr > 0 THEN CAST(w.grdp_constant_prices_idr
    / b.grdp_constant_prices_idr - 1 AS DECIMAL(24, 4)) END AS grdp_growth,
  w.spending_per_head_idr,
  CASE WHEN b.spending_per_head_idr > 0 THEN CAST(w.spending_per_head_idr
    / b.spending_per_head_idr - 1 AS DECIMAL(24, 4)) END AS spending_growth,
  w.poverty_rate_percent,
  w.poverty_rate_percent - b.poverty_rate_percent AS poverty_change_points,
  w.employed_agriculture,
  w.employed_industry,
  w.employed_services,
  'association' AS relation,
  'Asosiasi, bukan sebab: daerah ini berubah juga karena hal lain (harga, panen, kebijakan '
    || 'nasional), tanpa daerah pembanding dan dengan sedikit tahun.' AS cannot_conclude_id,
  'Association, not cause: other things move a region too (prices, harvests, national policy), '
    || 'there is no comparison region and there are few years.' AS cannot_conclude_en,
  r.recorded_at,
  r.load_seq
FROM rows_of AS r
LEFT JOIN welfare AS w ON w.region_code = r.region_code AND w.year_start = r.year_start
LEFT JOIN welfare AS b ON b.region_code = r.region_code
  AND b.year_start = CAST(r.year_start - INTERVAL '1 year' AS DATE)
LEFT JOIN exports AS x ON x.region_code = r.region_code AND x.year_start = r.year_start
LEFT JOIN guests AS g ON g.region_code = r.region_code AND g.year_start = r.year_start
LEFT JOIN exchanges AS e ON e.region_code = r.region_code AND e.year_start = r.year_start
LEFT JOIN deals AS d ON d.region_code = r.region_code AND d.year_start = r.year_start
