-- id: Hasil: kesejahteraan daerah di samping ekspor, pengunjung, dan pertukaran
-- en: Outcomes: a region's welfare beside its exports, visitors and exchanges
-- key: region_code, year_start
-- behind: core_context__indicators: c.region_code = m.region_code AND c.frequency = 'A' AND c.period_start = m.year_start AND strpos(', ' || m.welfare_sources || ', ', ', ' || c.source || ', ') > 0
-- behind: core_trade__local_exports: c.source = m.exports_source AND c.source_org = m.exports_source_org AND c.frequency = m.exports_frequency AND c.region_code = m.region_code AND c.period_start BETWEEN m.year_start AND m.year_end
-- behind: core_exchange__rates: c.source = m.exports_rate_source AND c.base_currency = m.exports_rate_base AND c.quote_currency IN ('IDR', 'USD') AND c.rate_date BETWEEN m.year_start AND m.year_end
-- behind: core_tourism__accommodation: c.source = m.guests_source AND c.source_org = m.guests_source_org AND c.frequency = m.guests_frequency AND c.region_code = m.region_code AND c.period_start BETWEEN m.year_start AND m.year_end
-- behind: core_exchange__programmes: c.region_code = m.region_code AND c.start_date BETWEEN m.year_start AND m.year_end
-- behind: core_promotion__deals: c.region_code = m.region_code AND c.status_date BETWEEN m.year_start AND m.year_end
-- behind: core_exchange__rates: strpos(', ' || m.deals_rate_sources || ', ', ', ' || c.source || ', ') > 0 AND 'IDR' IN (c.base_currency, c.quote_currency) AND c.rate_date BETWEEN m.year_start AND m.year_end
-- Association, not effect: nothing here says that one column moved another. The notes say in both
-- languages what cannot be concluded. A province's row holds its regencies and is never added to
-- them.
-- Exports and guests are one statement of the region's own: that of the sender which is first in rank
-- (`preference` in config/partners), never that of the newest load. Where no rank is declared, a whole
-- year comes before a part, then the order of the codes decides; `..._choice` says which, how many
-- statements there are, and by what share those of as many months differ. `..._periods` counts the
-- periods whose values are all known. A sum with an unknown value is what is certain (`..._unknown`).
-- Within a statement nothing counts twice: destinations, or the world where the statement has no more;
-- codes of products, or TOTAL where it has no more; of a heading and what refines it, one of them;
-- TOTAL of accommodation, or its classes. `exports_detail` says what was added, and
-- `exports_own_total_usd` what the statement itself calls its total.
-- A figure of welfare is of the first source in rank that has it, and its change is within that source.
-- Other currencies become USD by the year's rate (mart_rates_annual), deals by that of their date
-- (mart_rates_on_dates); what has no rate is left out and counted.
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
area_groups AS (
  SELECT area FROM ref_area WHERE scheme = 'iso3' GROUP BY area HAVING NOT bool_or(is_country)
),
goods AS (
  SELECT e.source, e.source_org, e.region_code, e.frequency, e.partner_area, e.product_code,
    CAST(date_trunc('year', e.period_start) AS DATE) AS year_start, e.period_start,
    concat_ws('|', e.source, e.source_org, e.region_code, e.frequency, e.period_start) AS period_key,
    CASE WHEN e.partner_area = 'WLD' THEN 1 WHEN g.area IS NOT NULL THEN 2 ELSE 0 END AS kind,
    CASE WHEN e.value IS NULL AND e.value_status IN ('not_applicable', 'below_unit') THEN 0
      WHEN e.currency = 'USD' THEN e.value
      ELSE CAST(e.value / r.rate AS DECIMAL(24, 4)) END AS value_usd,
    CASE WHEN e.value IS NOT NULL AND e.currency IS DISTINCT FROM 'USD' AND r.rate IS NULL
      THEN 1 ELSE 0 END AS left_out,
    CASE WHEN e.currency = 'IDR' THEN r.rate END AS idr_per_usd,
    CASE WHEN e.currency = 'IDR' THEN r.months END AS rate_months,
    CASE WHEN e.currency = 'IDR' THEN r.source END AS rate_source,
    CASE WHEN e.currency = 'IDR' THEN r.through_currency END AS rate_base,
    e.recorded_at, e.load_seq
  FROM core_trade__local_exports AS e
  LEFT JOIN area_groups AS g ON g.area = e.partner_area
  LEFT JOIN mart_rates_annual AS r ON r.is_first AND r.base_currency = 'USD'
    AND r.quote_currency = e.currency AND r.year_start = CAST(date_trunc('year', e.period_start) AS DATE)
  WHERE e.frequency IN ('A', 'M')
),
headings AS (  -- each code with the shortest code of its cell that holds it, and whether it is split
  SELECT x.period_key, x.kind, x.partner_area, x.product_code, x.value_usd,
    min(CASE WHEN left(x.product_code, length(o.product_code)) = o.product_code
      THEN o.product_code END) AS top_code,
    bool_or(o.product_code <> x.product_code
      AND left(o.product_code, length(x.product_code)) = x.product_code) AS is_split
  FROM goods AS x
  JOIN goods AS o ON o.period_key = x.period_key AND o.partner_area = x.partner_area
    AND o.product_code <> 'TOTAL'
  WHERE x.product_code <> 'TOTAL'
  GROUP BY x.period_key, x.kind, x.partner_area, x.product_code, x.value_usd
),
families AS (
  SELECT period_key, kind, partner_area, top_code,
    max(CASE WHEN product_code = top_code THEN value_usd END) AS top_usd,
    sum(CASE WHEN NOT is_split THEN value_usd END) AS parts_usd,
    sum(CASE WHEN NOT is_split AND value_usd IS NULL THEN 1 ELSE 0 END) AS unknown
  FROM headings GROUP BY period_key, kind, partner_area, top_code
),
cells AS (
  SELECT period_key, kind, partner_area, sum(code_usd) AS code_usd, sum(unknown) AS code_unknown,
    sum(codes) AS codes, max(total_usd) AS total_usd
  FROM (
    SELECT period_key, kind, partner_area,
      -- A heading that is split holds its parts: whichever is larger is both, once.
      CASE WHEN top_usd > coalesce(parts_usd, 0) THEN top_usd ELSE parts_usd END AS code_usd,
      CASE WHEN top_usd IS NULL THEN unknown ELSE 0 END AS unknown, 1 AS codes,
      CAST(NULL AS DECIMAL(24, 4)) AS total_usd
    FROM families
    UNION ALL
    SELECT period_key, kind, partner_area, NULL, 0, 0, value_usd
    FROM goods WHERE product_code = 'TOTAL'
  ) AS given
  GROUP BY period_key, kind, partner_area
),
levels AS (
  SELECT period_key, kind,
    sum(CASE WHEN codes > 0 AND (code_unknown = 0 OR total_usd IS NULL) THEN code_usd
      ELSE total_usd END) AS value_usd,
    sum(CASE WHEN codes > 0 AND code_unknown = 0 THEN 0 WHEN total_usd IS NOT NULL THEN 0
      WHEN codes > 0 THEN code_unknown ELSE 1 END) AS unknown,
    bool_or(codes = 0 OR (code_unknown > 0 AND total_usd IS NOT NULL)) AS some_total,
    bool_and(codes = 0 OR (code_unknown > 0 AND total_usd IS NOT NULL)) AS all_total,
    sum(coalesce(total_usd, code_usd)) AS own_total_usd, bool_or(total_usd IS NOT NULL) AS has_total
  FROM cells GROUP BY period_key, kind
),
periods AS (
  SELECT *,
    coalesce(max(CASE WHEN kind = 1 THEN own_total_usd END) OVER (PARTITION BY period_key),
      CASE WHEN has_total THEN own_total_usd END) AS stated_usd,
    row_number() OVER (PARTITION BY period_key
      ORDER BY CASE WHEN unknown = 0 THEN 0 ELSE 1 END, kind) AS nth
  FROM levels
),
sent AS (  -- facts of the rows, whatever of them is added
  SELECT period_key, source, source_org, region_code, year_start, frequency,
    sum(left_out) AS left_out, max(idr_per_usd) AS idr_per_usd, max(rate_months) AS rate_months,
    max(rate_source) AS rate_source, max(rate_base) AS rate_base, max(recorded_at) AS recorded_at,
    max(load_seq) AS load_seq
  FROM goods
  GROUP BY period_key, source, source_org, region_code, year_start, frequency
),
sold AS (
  SELECT s.source, s.source_org, s.region_code, s.year_start, s.frequency,
    sum(p.value_usd) AS value_usd, sum(p.unknown) AS unknown,
    CASE WHEN count(p.stated_usd) = count(*) THEN sum(p.stated_usd) END AS stated_usd,
    sum(CASE WHEN p.unknown = 0 AND p.value_usd IS NOT NULL THEN 1 ELSE 0 END) AS periods,
    min(CASE p.kind WHEN 0 THEN 'destinations' WHEN 1 THEN 'the world' ELSE 'groups' END)
      AS first_kind,
    max(CASE p.kind WHEN 0 THEN 'destinations' WHEN 1 THEN 'the world' ELSE 'groups' END)
      AS last_kind,
    bool_or(p.some_total) AS some_total, bool_and(p.all_total) AS all_total,
    sum(s.left_out) AS left_out, max(s.idr_per_usd) AS idr_per_usd,
    max(s.rate_months) AS rate_months, max(s.rate_source) AS rate_source,
    max(s.rate_base) AS rate_base, max(s.recorded_at) AS recorded_at, max(s.load_seq) AS load_seq
  FROM sent AS s
  JOIN periods AS p ON p.period_key = s.period_key AND p.nth = 1
  GROUP BY s.source, s.source_org, s.region_code, s.year_start, s.frequency
),
rooms AS (
  SELECT *, max(classes) OVER (PARTITION BY source, source_org, region_code, year_start, frequency)
    AS classes_of_year
  FROM (
    SELECT source, source_org, region_code, frequency, period_start,
      CAST(date_trunc('year', period_start) AS DATE) AS year_start,
      sum(CASE WHEN class_code <> 'TOTAL' THEN 1 ELSE 0 END) AS classes,
      max(CASE WHEN class_code = 'TOTAL' THEN guests_foreign END) AS total_foreign,
      max(CASE WHEN class_code = 'TOTAL' THEN guests_domestic END) AS total_domestic,
      sum(CASE WHEN class_code <> 'TOTAL' THEN guests_foreign END) AS classes_foreign,
      sum(CASE WHEN class_code <> 'TOTAL' THEN guests_domestic END) AS classes_domestic,
      sum(CASE WHEN class_code <> 'TOTAL' AND guests_foreign IS NULL
        AND value_status <> 'not_applicable' THEN 1 ELSE 0 END) AS unknown_foreign,
      sum(CASE WHEN class_code <> 'TOTAL' AND guests_domestic IS NULL
        AND value_status <> 'not_applicable' THEN 1 ELSE 0 END) AS unknown_domestic,
      max(recorded_at) AS recorded_at, max(load_seq) AS load_seq
    FROM core_tourism__accommodation
    WHERE frequency IN ('A', 'M')
    GROUP BY source, source_org, region_code, frequency, period_start,
      date_trunc('year', period_start)
  ) AS monthly
),
hosted AS (
  SELECT source, source_org, region_code, year_start, frequency,
    sum(coalesce(total_foreign, classes_foreign)) AS guests_foreign,
    sum(coalesce(total_domestic, classes_domestic)) AS guests_domestic,
    sum(CASE WHEN total_foreign IS NOT NULL OR (classes > 0 AND classes = classes_of_year
      AND unknown_foreign = 0) THEN 1 ELSE 0 END) AS foreign_periods,
    sum(CASE WHEN total_domestic IS NOT NULL OR (classes > 0 AND classes = classes_of_year
      AND unknown_domestic = 0) THEN 1 ELSE 0 END) AS domestic_periods,
    count(*) AS periods_sent, max(recorded_at) AS recorded_at, max(load_seq) AS load_seq
  FROM rooms
  GROUP BY source, source_org, region_code, year_start, frequency
  HAVING sum(coalesce(total_foreign, classes_foreign)) IS NOT NULL
    OR sum(coalesce(total_domestic, classes_domestic)) IS NOT NULL
),
statements AS (  -- exports and guests alike: what is compared and chosen
  SELECT 'exports' AS subject, source, source_org, region_code, year_start, frequency,
    value_usd AS value, periods
  FROM sold WHERE value_usd IS NOT NULL
  UNION ALL
  SELECT 'guests', source, source_org, region_code, year_start, frequency,
    coalesce(guests_foreign, guests_domestic),
    CASE WHEN guests_foreign IS NULL THEN domestic_periods
      WHEN guests_domestic IS NULL OR foreign_periods < domestic_periods THEN foreign_periods
      ELSE domestic_periods END
  FROM hosted
),
best AS (  -- of each sender's organisation, one statement a year: whole, then by month
  SELECT * FROM (
    SELECT t.*, coalesce(s.preference, 1000) AS preference,
      CASE WHEN t.periods = CASE t.frequency WHEN 'M' THEN 12 ELSE 1 END THEN 0 ELSE 1 END AS part,
      row_number() OVER (
        PARTITION BY t.subject, t.source, t.source_org, t.region_code, t.year_start
        ORDER BY CASE WHEN t.periods = CASE t.frequency WHEN 'M' THEN 12 ELSE 1 END THEN 0
          ELSE 1 END, CASE t.frequency WHEN 'M' THEN 0 ELSE 1 END) AS nth
    FROM statements AS t
    LEFT JOIN ref_source AS s ON s.source_code = t.source
  ) AS ranked WHERE nth = 1
),
chosen AS (
  SELECT * FROM (
    SELECT *, count(*) OVER (PARTITION BY subject, region_code, year_start) AS statements,
      row_number() OVER (PARTITION BY subject, region_code, year_start
        ORDER BY preference, part, source, source_org) AS place
    FROM (SELECT subject, source, source_org, region_code, year_start, frequency, value, periods,
      preference, part FROM best) AS b
  ) AS ranked WHERE place = 1
),
compared AS (
  SELECT c.subject, c.region_code, c.year_start, c.source, c.source_org, c.frequency, c.periods,
    c.part, c.statements,
    CASE WHEN c.statements = 1 THEN 'the only statement'
      WHEN c.preference < 1000 THEN 'declared order'
      ELSE 'no order is declared: a whole year, then the first code' END AS choice,
    CASE WHEN count(*) > 1 AND min(b.value) > 0 THEN
      CAST(CAST(max(b.value) AS DECIMAL(24, 4)) / min(b.value) - 1 AS DECIMAL(24, 10))
    END AS difference
  FROM chosen AS c
  JOIN best AS b ON b.subject = c.subject AND b.region_code = c.region_code
    AND b.year_start = c.year_start AND b.part = c.part
    AND (b.part = 0 OR (b.periods = c.periods AND b.frequency = c.frequency))
  GROUP BY c.subject, c.region_code, c.year_start, c.source, c.source_org, c.frequency,
    c.periods, c.part, c.statements, c.preference
),
exports AS (
  SELECT c.region_code, c.year_start, c.source, c.source_org, c.frequency, c.part, c.statements,
    c.choice, c.difference, s.value_usd, s.unknown, s.stated_usd, s.periods, s.left_out,
    s.idr_per_usd, s.rate_months, s.rate_source, s.rate_base, s.recorded_at, s.load_seq,
    CASE WHEN s.all_total THEN 'TOTAL' WHEN s.some_total THEN 'products, in part TOTAL'
      ELSE 'products' END || ' to ' || CASE WHEN s.first_kind = s.last_kind THEN s.first_kind
      ELSE s.first_kind || ', in part ' || s.last_kind END AS detail
  FROM compared AS c
  JOIN sold AS s ON c.subject = 'exports' AND s.source = c.source AND s.source_org = c.source_org
    AND s.region_code = c.region_code AND s.year_start = c.year_start
    AND s.frequency = c.frequency
),
guests AS (
  SELECT c.region_code, c.year_start, c.source, c.source_org, c.frequency, c.periods,
    c.statements, c.choice, c.difference, h.guests_foreign, h.guests_domestic,
    h.foreign_periods, h.domestic_periods, h.periods_sent, h.recorded_at, h.load_seq
  FROM compared AS c
  JOIN hosted AS h ON c.subject = 'guests' AND h.source = c.source AND h.source_org = c.source_org
    AND h.region_code = c.region_code AND h.year_start = c.year_start
    AND h.frequency = c.frequency
),
exchanges AS (
  SELECT region_code, year_start, sum(participants_out) AS exchange_participants_out,
    sum(participants_in) AS exchange_participants_in, sum(cohorts_hidden) AS cohorts_hidden,
    max(recorded_at) AS recorded_at, max(load_seq) AS load_seq
  FROM mart_exchange_reciprocity GROUP BY region_code, year_start
),
deals AS (
  SELECT region_code, year_start,
    CASE WHEN sum(without_idr) = 0 THEN sum(idr) END AS realised_idr,
    CASE WHEN sum(without_usd) = 0 THEN sum(usd) END AS realised_usd,
    sum(without_idr + without_usd) AS without_rate, sum(unknown) AS unknown,
    string_agg(DISTINCT rate_source, ', ' ORDER BY rate_source) AS rate_sources,
    max(recorded_at) AS recorded_at, max(load_seq) AS load_seq
  FROM (
    SELECT region_code, year_start, idr, usd, rate_source, recorded_at, load_seq, unknown,
      CASE WHEN realised_value IS NOT NULL AND idr IS NULL THEN 1 ELSE 0 END AS without_idr,
      CASE WHEN realised_value IS NOT NULL AND usd IS NULL THEN 1 ELSE 0 END AS without_usd
    FROM (
      SELECT d.region_code, CAST(date_trunc('year', d.status_date) AS DATE) AS year_start,
        d.realised_value, coalesce(r.source, u.source) AS rate_source, d.recorded_at, d.load_seq,
        CASE WHEN d.currency = 'IDR' THEN d.realised_value
          ELSE CAST(d.realised_value * r.rate AS DECIMAL(24, 4)) END AS idr,
        CASE WHEN d.currency = 'USD' THEN d.realised_value
          WHEN d.currency = 'IDR' THEN CAST(d.realised_value / u.rate AS DECIMAL(24, 4))
          ELSE CAST(d.realised_value * r.rate / u.rate AS DECIMAL(24, 4)) END AS usd,
        CASE WHEN d.status IN ('contract', 'shipped', 'paid') AND d.realised_value IS NULL
          THEN 1 ELSE 0 END AS unknown
      FROM core_promotion__deals AS d
      LEFT JOIN mart_rates_on_dates AS r ON r.day = d.status_date AND r.base_currency = d.currency
      LEFT JOIN mart_rates_on_dates AS u ON u.day = d.status_date AND u.base_currency = 'USD'
      WHERE d.status <> 'cancelled' AND d.status_date IS NOT NULL
    ) AS converted
  ) AS counted
  GROUP BY region_code, year_start
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
  x.source_org AS exports_source_org,
  x.frequency AS exports_frequency,
  CAST(x.periods AS BIGINT) AS exports_periods,
  x.part = 0 AS exports_is_complete,
  CAST(x.unknown AS BIGINT) AS exports_unknown,
  x.detail AS exports_detail,
  CAST(x.stated_usd AS DECIMAL(24, 4)) AS exports_own_total_usd,
  x.statements AS exports_statements,
  x.choice AS exports_choice,
  x.difference AS exports_difference_share,
  CAST(x.left_out AS BIGINT) AS exports_rows_left_out,
  x.idr_per_usd AS exports_idr_per_usd,
  x.rate_source AS exports_rate_source,
  x.rate_base AS exports_rate_base,
  x.rate_months AS exports_rate_months,
  CAST(d.realised_idr AS DECIMAL(24, 4)) AS deals_realised_idr,
  CAST(d.realised_usd AS DECIMAL(24, 4)) AS deals_realised_usd,
  CAST(d.unknown AS BIGINT) AS deals_realised_unknown,
  CAST(d.without_rate AS BIGINT) AS deals_without_rate,
  d.rate_sources AS deals_rate_sources,
  CAST(g.guests_foreign AS BIGINT) AS guests_foreign,
  CAST(g.guests_domestic AS BIGINT) AS guests_domestic,
  g.source AS guests_source,
  g.source_org AS guests_source_org,
  g.frequency AS guests_frequency,
  CAST(g.periods AS BIGINT) AS guests_months,
  CAST(g.foreign_periods AS BIGINT) AS guests_foreign_periods,
  CAST(g.domestic_periods AS BIGINT) AS guests_domestic_periods,
  CAST(g.periods_sent AS BIGINT) AS guests_periods_sent,
  g.statements AS guests_statements,
  g.choice AS guests_choice,
  g.difference AS guests_difference_share,
  CAST(e.exchange_participants_out AS BIGINT) AS exchange_participants_out,
  CAST(e.exchange_participants_in AS BIGINT) AS exchange_participants_in,
  CAST(e.cohorts_hidden AS BIGINT) AS exchange_cohorts_hidden,
  w.grdp_constant_prices_idr,
  CASE WHEN w.grdp_before > 0 THEN CAST(w.grdp_constant_prices_idr / w.grdp_before - 1
    AS DECIMAL(24, 10)) END AS grdp_growth,
  w.spending_per_head_idr,
  CASE WHEN w.spending_before > 0 THEN CAST(w.spending_per_head_idr / w.spending_before - 1
    AS DECIMAL(24, 10)) END AS spending_growth,
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
