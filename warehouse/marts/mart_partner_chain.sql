-- id: Rantai mitra: dari naskah kerja sama sampai hasil, menurut negara, kota, dan tahun
-- en: The partner chain: from agreement to outcome, by country, city and year
-- key: region_code, partner_area, partner_city, year_start
-- reads: core_trade__flows: c.reporter_area = 'IDN' AND c.flow = 'export' AND c.frequency = 'A' AND c.product_code = 'TOTAL'
-- behind: core_cooperation__agreements: c.region_code = m.region_code AND strpos(', ' || m.agreement_keys || ', ', ', ' || c.source || ' ' || c.agreement_id || ', ') > 0
-- behind: core_cooperation__activities: c.region_code = m.region_code AND strpos(', ' || m.activity_keys || ', ', ', ' || c.source || ' ' || c.activity_id || ', ') > 0
-- behind: core_exchange__programmes: c.region_code = m.region_code AND strpos(', ' || m.exchange_keys || ', ', ', ' || c.source || ' ' || c.source_org || '/' || c.programme_id || '/' || c.cohort_id || ', ') > 0
-- behind: core_promotion__exhibitions: c.region_code = m.region_code AND strpos(', ' || m.exhibition_keys || ', ', ', ' || c.source || ' ' || c.event_id || ', ') > 0
-- behind: core_promotion__forums: c.region_code = m.region_code AND strpos(', ' || m.forum_keys || ', ', ', ' || c.source || ' ' || c.forum_id || ', ') > 0
-- behind: core_promotion__deals: c.region_code = m.region_code AND strpos(', ' || m.deal_keys || ', ', ', ' || c.source || ' ' || c.event_id || '/' || c.deal_id || ', ') > 0
-- behind: core_investment__leads: c.region_code = m.region_code AND strpos(', ' || m.lead_keys || ', ', ', ' || c.source || ' ' || c.lead_id || ', ') > 0
-- behind: core_trade__flows: c.source = m.national_exports_source AND c.reporter_area = 'IDN' AND c.partner_area = m.partner_area AND c.flow = 'export' AND c.frequency = 'A' AND c.product_code = 'TOTAL' AND c.product_classification = m.national_exports_classification AND c.period_start = m.year_start
-- behind: core_tourism__arrivals: c.source = m.visitors_national_source AND c.destination_area = 'IDN' AND c.region_code = 'TOTAL' AND c.origin_area = m.partner_area AND c.concept = m.visitors_national_concept AND c.breakdown_type = 'TOTAL' AND c.period_start BETWEEN m.year_start AND m.year_end
-- behind: core_tourism__arrivals: c.source = m.visitors_region_source AND c.region_code = m.region_code AND c.origin_area = m.partner_area AND c.concept = m.visitors_region_concept AND c.breakdown_type = 'TOTAL' AND c.period_start BETWEEN m.year_start AND m.year_end
-- A row of `partner_city` TOTAL is all of the country; rows of cities hold what names a city, are
-- parts of it and are never added to it. Years run from the partner's first entry to the newest load.
-- A count is 0 only where the region's register has entries of that year, else it is null: what a
-- register does not reach is unknown, not absent. `unknown_note` names the stages and why. Money is
-- null where there is none, or where a part has no rate; a cost or value that nobody wrote is left out.
-- Stages belong to partners by mart_partner_stages. Exhibitions count in the country of their
-- agreement and in those of their buyers; their cost only in the first. Small cohorts are hidden
-- before they are stored: `exchange_participants` is of those shown.
-- Trade is all of Indonesia's (BPS codes are Indonesian), each year by the first source in rank that
-- has it, and so are visitors; the region's own visitors stand beside. Outcomes are the region's, not
-- the partner's: they stand beside the chain, and nothing says that the chain moved them.
-- A year whose visitors are of another source or concept than those of the year before that is known says
-- so (`..._source_changed`). Exhibitions and forums have no city of their own: without one whose agreement
-- names the city, a row of a city says nothing of them.
-- Keys are `source entry`, the first 50 of each stage; what was cancelled or lost is not among them.
WITH clock AS (
  SELECT as_of, CAST(date_trunc('year', as_of) AS DATE) AS year_start
  FROM (
    SELECT CAST(max(recorded_at) + INTERVAL '7 hours' AS DATE) AS as_of FROM ops_load
  ) AS l
),
placed AS (  -- each entry in its country, and in its city where one is known
  SELECT s.*, 'TOTAL' AS place FROM mart_partner_stages AS s WHERE s.partner_area IS NOT NULL
  UNION ALL
  SELECT s.*, s.partner_city FROM mart_partner_stages AS s
  WHERE s.partner_area IS NOT NULL AND s.partner_city IS NOT NULL
),
spans AS (
  SELECT p.region_code, p.partner_area, p.place,
    coalesce(min(p.year_start), max(c.year_start)) AS first_year,
    CASE WHEN max(p.year_start) > max(c.year_start) THEN max(p.year_start)
      ELSE coalesce(max(c.year_start), max(p.year_start)) END AS last_year
  FROM placed AS p CROSS JOIN clock AS c
  GROUP BY p.region_code, p.partner_area, p.place
),
years AS (
  SELECT s.region_code, s.partner_area, s.place, y.year_start,
    CAST(y.year_start + INTERVAL '1 year' - INTERVAL '1 day' AS DATE) AS year_end
  FROM spans AS s
  JOIN (
    SELECT CAST(CAST(year AS VARCHAR) || '-01-01' AS DATE) AS year_start
    FROM generate_series(1950, 2150) AS g(year)
  ) AS y ON y.year_start BETWEEN s.first_year AND s.last_year
),
reached AS (  -- the years of which a register has entries; agreements last, so of them it has all
  SELECT region_code, year_start,
    max(CASE WHEN stage = 'activity' THEN 1 ELSE 0 END) AS activity,
    max(CASE WHEN stage = 'exchange' THEN 1 ELSE 0 END) AS exchange,
    max(CASE WHEN stage = 'exhibition' THEN 1 ELSE 0 END) AS exhibition,
    max(CASE WHEN stage = 'forum' THEN 1 ELSE 0 END) AS forum,
    max(CASE WHEN stage = 'deal' THEN 1 ELSE 0 END) AS deal,
    max(CASE WHEN stage = 'lead' THEN 1 ELSE 0 END) AS lead
  FROM mart_partner_stages WHERE year_start IS NOT NULL GROUP BY region_code, year_start
),
in_force AS (  -- an agreement is of every year in which it is in force
  SELECT y.region_code, y.partner_area, y.place, y.year_start, 'agreement' AS stage,
    p.source || ' ' || p.entry_key AS key, CASE WHEN p.year_start = y.year_start THEN 1 ELSE 0
    END AS is_signed, p.recorded_at, p.load_seq
  FROM years AS y
  JOIN placed AS p ON p.stage = 'agreement' AND p.region_code = y.region_code
    AND p.partner_area = y.partner_area AND p.place = y.place
  JOIN mart_cooperation_status AS s ON s.source = p.source AND s.region_code = p.region_code
    AND s.agreement_id = p.entry_key
  WHERE p.year_start <= y.year_start
    AND (s.auto_renew OR p.until_on IS NULL OR p.until_on >= y.year_start)
    AND (s.stage <> 'berakhir' OR s.stage_date >= y.year_start)
),
flags AS (  -- what counts of each entry
  SELECT *, stage = 'exchange' AND coalesce(status, '') <> 'cancelled' AS is_cohort,
    stage = 'deal' AND status IN ('contract', 'shipped', 'paid') AS is_contract,
    stage = 'deal' AND coalesce(status, '') <> 'cancelled' AS is_deal,
    stage = 'lead' AND coalesce(status, '') <> 'lost' AS is_lead,
    stage IN ('activity', 'exhibition', 'forum')
      OR (stage = 'exchange' AND coalesce(status, '') <> 'cancelled') AS costs
  FROM placed WHERE stage <> 'agreement' AND year_start IS NOT NULL
),
keyed AS (
  SELECT region_code, partner_area, place, year_start, stage, key,
    row_number() OVER (PARTITION BY region_code, partner_area, place, year_start, stage
      ORDER BY key) AS nth,
    count(*) OVER (PARTITION BY region_code, partner_area, place, year_start, stage) AS n
  FROM (
    SELECT region_code, partner_area, place, year_start, stage, key FROM in_force
    UNION ALL
    SELECT region_code, partner_area, place, year_start, stage, source || ' ' || entry_key
    FROM flags WHERE costs OR is_deal OR is_lead
  ) AS k
),
keys AS (
  SELECT region_code, partner_area, place, year_start, stage,
    string_agg(key, ', ' ORDER BY nth) || CASE WHEN max(n) > 50
      THEN ', … ' || CAST(max(n) - 50 AS VARCHAR) || ' more' ELSE '' END AS list
  FROM keyed WHERE nth <= 50
  GROUP BY region_code, partner_area, place, year_start, stage
),
listed AS (
  SELECT region_code, partner_area, place, year_start,
    max(CASE WHEN stage = 'agreement' THEN list END) AS agreement_keys,
    max(CASE WHEN stage = 'activity' THEN list END) AS activity_keys,
    max(CASE WHEN stage = 'exchange' THEN list END) AS exchange_keys,
    max(CASE WHEN stage = 'exhibition' THEN list END) AS exhibition_keys,
    max(CASE WHEN stage = 'forum' THEN list END) AS forum_keys,
    max(CASE WHEN stage = 'deal' THEN list END) AS deal_keys,
    max(CASE WHEN stage = 'lead' THEN list END) AS lead_keys
  FROM keys GROUP BY region_code, partner_area, place, year_start
),
signed AS (
  SELECT region_code, partner_area, place, year_start, count(*) AS agreements_active,
    sum(is_signed) AS agreements_signed, max(recorded_at) AS recorded_at,
    max(load_seq) AS load_seq
  FROM in_force GROUP BY region_code, partner_area, place, year_start
),
undated AS (  -- signed, to judge by their stage, and without a date of signing
  SELECT region_code, partner_area, place, count(*) AS agreements
  FROM placed
  WHERE stage = 'agreement' AND entry_on IS NULL
    AND coalesce(status, 'monev') IN ('pelaksanaan', 'monev', 'perpanjangan', 'berakhir')
  GROUP BY region_code, partner_area, place
),
registered AS (
  SELECT DISTINCT region_code FROM mart_partner_stages WHERE stage = 'agreement'
),
summed AS (
  SELECT region_code, partner_area, place, year_start,
    sum(CASE WHEN stage = 'activity' THEN 1 ELSE 0 END) AS activities_planned,
    sum(CASE WHEN stage = 'activity' AND status = 'done' THEN 1 ELSE 0 END) AS activities_done,
    sum(CASE WHEN stage = 'activity' THEN value_idr END) AS activity_budget,
    sum(CASE WHEN stage = 'activity' THEN cost_idr END) AS activity_spent,
    sum(CASE WHEN stage = 'activity' AND lacks_rate THEN 1 ELSE 0 END) AS activity_lacking,
    sum(CASE WHEN is_cohort THEN 1 ELSE 0 END) AS cohorts,
    sum(CASE WHEN is_cohort AND is_hidden THEN 1 ELSE 0 END) AS cohorts_hidden,
    sum(CASE WHEN is_cohort THEN participants END) AS participants,
    sum(CASE WHEN is_cohort THEN cost_idr END) AS exchange_cost,
    sum(CASE WHEN is_cohort AND lacks_rate THEN 1 ELSE 0 END) AS exchange_lacking,
    sum(CASE WHEN stage = 'exhibition' THEN 1 ELSE 0 END) AS exhibitions,
    sum(CASE WHEN stage = 'exhibition' AND agreement_id IS NOT NULL THEN 1 ELSE 0 END)
      AS exhibitions_by_agreement,
    sum(CASE WHEN stage = 'exhibition' THEN cost_idr END) AS exhibition_cost,
    sum(CASE WHEN stage = 'exhibition' AND lacks_rate THEN 1 ELSE 0 END) AS exhibition_lacking,
    sum(CASE WHEN stage = 'forum' THEN 1 ELSE 0 END) AS forums,
    sum(CASE WHEN stage = 'forum' THEN cost_idr END) AS forum_cost,
    sum(CASE WHEN stage = 'forum' AND lacks_rate THEN 1 ELSE 0 END) AS forum_lacking,
    sum(CASE WHEN is_deal THEN 1 ELSE 0 END) AS deals,
    sum(CASE WHEN is_contract THEN 1 ELSE 0 END) AS contracts,
    sum(CASE WHEN is_contract THEN value_idr END) AS committed,
    sum(CASE WHEN is_contract AND value_idr IS NULL THEN 1 ELSE 0 END) AS committed_lacking,
    sum(CASE WHEN is_deal THEN realised_idr END) AS realised,
    sum(CASE WHEN is_contract AND realised_idr IS NULL THEN 1 ELSE 0 END) AS realised_lacking,
    sum(CASE WHEN is_deal AND lacks_rate THEN 1 ELSE 0 END) AS deal_lacking,
    sum(CASE WHEN is_lead THEN 1 ELSE 0 END) AS leads,
    sum(CASE WHEN is_lead THEN value_idr END) AS lead_value,
    sum(CASE WHEN is_lead AND lacks_rate THEN 1 ELSE 0 END) AS lead_lacking,
    sum(CASE WHEN costs THEN cost_idr END) AS cost,
    sum(CASE WHEN costs AND lacks_rate THEN 1 ELSE 0 END) AS cost_lacking,
    max(recorded_at) AS recorded_at, max(load_seq) AS load_seq
  FROM flags GROUP BY region_code, partner_area, place, year_start
),
guests AS (  -- one source and concept for each year: first in rank, whole years first within it
  SELECT *, lag(source || ' ' || concept) OVER (PARTITION BY region_code, origin_area
    ORDER BY year_start) <> source || ' ' || concept AS source_changed
  FROM (
    SELECT t.*, CASE WHEN t.region_code = 'TOTAL' THEN 'national' ELSE 'region' END AS level,
      row_number() OVER (PARTITION BY t.region_code, t.origin_area, t.year_start
        ORDER BY coalesce(r.preference, 1000), CASE WHEN t.is_complete THEN 0 ELSE 1 END,
          t.source, t.concept) AS place
    FROM mart_tourism_source_markets AS t
    LEFT JOIN ref_source AS r ON r.source_code = t.source
    WHERE t.destination_area = 'IDN'
  ) AS ranked WHERE place = 1
),
trade AS (
  SELECT * FROM (
    SELECT t.source, t.partner_area, t.period_start, t.value_usd, t.product_classification,
      t.release_stage, t.recorded_at, t.load_seq,
      row_number() OVER (PARTITION BY t.partner_area, t.period_start
        ORDER BY coalesce(r.preference, 1000), t.source, t.product_classification DESC,
          t.valuation) AS place
    FROM mart_trade_by_partner_product AS t
    LEFT JOIN ref_source AS r ON r.source_code = t.source
    WHERE t.reporter_area = 'IDN' AND t.flow = 'export' AND t.frequency = 'A'
      AND t.product_code = 'TOTAL' AND t.value_usd IS NOT NULL
  ) AS ranked WHERE place = 1
),
countries AS (
  SELECT area, bool_or(is_country) AS is_country FROM ref_area WHERE scheme = 'iso3' GROUP BY area
)
SELECT
  y.region_code,
  y.partner_area,
  coalesce(k.is_country AND y.partner_area <> 'WLD', false) AS partner_is_country,
  y.place AS partner_city,
  y.year_start,
  y.year_end,
  CASE WHEN a.region_code IS NOT NULL AND u.agreements IS NULL
    THEN coalesce(g.agreements_active, 0) END AS agreements_active,
  CASE WHEN a.region_code IS NOT NULL AND u.agreements IS NULL
    THEN CAST(coalesce(g.agreements_signed, 0) AS BIGINT) END AS agreements_signed,
  l.agreement_keys,
  CASE WHEN c.activity = 1 THEN CAST(coalesce(s.activities_planned, 0) AS BIGINT) END
    AS activities_planned,
  CASE WHEN c.activity = 1 THEN CAST(coalesce(s.activities_done, 0) AS BIGINT) END
    AS activities_done,
  CASE WHEN s.activity_lacking = 0 THEN CAST(s.activity_budget AS DECIMAL(24, 4)) END
    AS activity_budget_idr,
  CASE WHEN s.activity_lacking = 0 THEN CAST(s.activity_spent AS DECIMAL(24, 4)) END
    AS activity_spent_idr,
  l.activity_keys,
  CASE WHEN c.exchange = 1 THEN CAST(coalesce(s.cohorts, 0) AS BIGINT) END AS exchange_cohorts,
  CASE WHEN c.exchange = 1 THEN CAST(coalesce(s.cohorts_hidden, 0) AS BIGINT) END
    AS exchange_cohorts_hidden,
  CAST(s.participants AS BIGINT) AS exchange_participants,
  CASE WHEN s.exchange_lacking = 0 THEN CAST(s.exchange_cost AS DECIMAL(24, 4)) END
    AS exchange_cost_idr,
  l.exchange_keys,
  CASE WHEN c.exhibition = 1 AND (y.place = 'TOTAL' OR s.exhibitions > 0)
    THEN CAST(coalesce(s.exhibitions, 0) AS BIGINT) END AS exhibitions,
  CASE WHEN c.exhibition = 1 AND (y.place = 'TOTAL' OR s.exhibitions > 0)
    THEN CAST(coalesce(s.exhibitions_by_agreement, 0) AS BIGINT) END AS exhibitions_by_agreement,
  CASE WHEN s.exhibition_lacking = 0 THEN CAST(s.exhibition_cost AS DECIMAL(24, 4)) END
    AS exhibition_cost_idr,
  l.exhibition_keys,
  CASE WHEN c.forum = 1 AND (y.place = 'TOTAL' OR s.forums > 0)
    THEN CAST(coalesce(s.forums, 0) AS BIGINT) END AS forums,
  CASE WHEN s.forum_lacking = 0 THEN CAST(s.forum_cost AS DECIMAL(24, 4)) END AS forum_cost_idr,
  l.forum_keys,
  CASE WHEN c.deal = 1 AND y.place = 'TOTAL' THEN CAST(coalesce(s.deals, 0) AS BIGINT) END AS deals,
  CASE WHEN c.deal = 1 AND y.place = 'TOTAL' THEN CAST(coalesce(s.contracts, 0) AS BIGINT) END
    AS contracts,
  CASE WHEN c.deal = 1 AND y.place = 'TOTAL' THEN CAST(coalesce(s.realised_lacking, 0) AS BIGINT)
    END AS contracts_without_realised,
  CASE WHEN s.committed_lacking = 0 THEN CAST(s.committed AS DECIMAL(24, 4)) END AS committed_idr,
  CASE WHEN s.deal_lacking = 0 THEN CAST(s.realised AS DECIMAL(24, 4)) END AS realised_idr,
  CASE WHEN s.deal_lacking > 0 THEN 'rate_missing_in_part'
    WHEN s.realised_lacking > 0 AND s.realised_lacking = s.contracts THEN 'realised_missing'
    WHEN s.realised_lacking > 0 THEN 'realised_in_part'
    WHEN s.committed_lacking > 0 THEN 'contract_without_value' END AS realised_note,
  l.deal_keys,
  CASE WHEN c.lead = 1 AND y.place = 'TOTAL' THEN CAST(coalesce(s.leads, 0) AS BIGINT) END AS leads,
  CASE WHEN s.lead_lacking = 0 THEN CAST(s.lead_value AS DECIMAL(24, 4)) END AS lead_value_idr,
  l.lead_keys,
  CASE WHEN s.cost_lacking = 0 THEN CAST(s.cost AS DECIMAL(24, 4)) END AS cost_idr,
  CASE WHEN s.cost_lacking > 0 THEN 'rate_missing_in_part' END AS rupiah_note,
  n.visitors AS visitors_national,
  n.months AS visitors_national_months,
  n.concept AS visitors_national_concept,
  n.source AS visitors_national_source,
  n.source_changed AS visitors_national_source_changed,
  v.visitors AS visitors_region,
  v.months AS visitors_region_months,
  v.concept AS visitors_region_concept,
  v.source AS visitors_region_source,
  v.source_changed AS visitors_region_source_changed,
  t.value_usd AS national_exports_usd,
  t.product_classification AS national_exports_classification,
  t.source AS national_exports_source,
  t.release_stage AS national_exports_release_stage,
  o.exports_usd,
  o.exports_source,
  o.guests_foreign,
  o.guests_source,
  o.spending_per_head_idr,
  o.poverty_rate_percent,
  'association' AS relation,
  nullif(concat_ws('; ',
    CASE WHEN a.region_code IS NULL THEN 'agreements:no_register' END,
    CASE WHEN u.agreements > 0 THEN 'agreements:signing_undated' END,
    CASE WHEN c.activity = 1 THEN NULL ELSE 'activities:year_not_registered' END,
    CASE WHEN c.exchange = 1 THEN NULL ELSE 'exchanges:year_not_registered' END,
    CASE WHEN c.exhibition IS DISTINCT FROM 1 THEN 'exhibitions:year_not_registered'
      WHEN y.place <> 'TOTAL' AND coalesce(s.exhibitions, 0) = 0 THEN 'exhibitions:not_by_city' END,
    CASE WHEN c.forum IS DISTINCT FROM 1 THEN 'forums:year_not_registered'
      WHEN y.place <> 'TOTAL' AND coalesce(s.forums, 0) = 0 THEN 'forums:not_by_city' END,
    CASE WHEN y.place <> 'TOTAL' THEN
      'deals:not_by_city; leads:not_by_city; visitors:not_by_city; trade:not_by_city' END,
    CASE WHEN y.place = 'TOTAL' AND c.deal IS DISTINCT FROM 1
      THEN 'deals:year_not_registered' END,
    CASE WHEN y.place = 'TOTAL' AND c.lead IS DISTINCT FROM 1
      THEN 'leads:year_not_registered' END,
    CASE WHEN y.place = 'TOTAL' AND n.visitors IS NULL AND v.visitors IS NULL
      THEN 'visitors:no_source' END,
    CASE WHEN y.place = 'TOTAL' AND t.value_usd IS NULL
      THEN 'trade:no_source' END), '') AS unknown_note,
  w.as_of,
  CASE WHEN s.load_seq > g.load_seq OR g.load_seq IS NULL THEN s.recorded_at
    ELSE g.recorded_at END AS recorded_at,
  CASE WHEN s.load_seq > g.load_seq OR g.load_seq IS NULL THEN s.load_seq ELSE g.load_seq
    END AS load_seq
FROM years AS y
CROSS JOIN clock AS w
LEFT JOIN reached AS c ON c.region_code = y.region_code AND c.year_start = y.year_start
LEFT JOIN summed AS s ON s.region_code = y.region_code AND s.partner_area = y.partner_area
  AND s.place = y.place AND s.year_start = y.year_start
LEFT JOIN signed AS g ON g.region_code = y.region_code AND g.partner_area = y.partner_area
  AND g.place = y.place AND g.year_start = y.year_start
LEFT JOIN undated AS u ON u.region_code = y.region_code AND u.partner_area = y.partner_area
  AND u.place = y.place
LEFT JOIN registered AS a ON a.region_code = y.region_code
LEFT JOIN listed AS l ON l.region_code = y.region_code AND l.partner_area = y.partner_area
  AND l.place = y.place AND l.year_start = y.year_start
LEFT JOIN guests AS n ON n.level = 'national' AND n.origin_area = y.partner_area
  AND n.year_start = y.year_start AND y.place = 'TOTAL'
LEFT JOIN guests AS v ON v.level = 'region' AND v.region_code = y.region_code
  AND v.origin_area = y.partner_area AND v.year_start = y.year_start AND y.place = 'TOTAL'
LEFT JOIN trade AS t ON t.partner_area = y.partner_area AND t.period_start = y.year_start
  AND y.place = 'TOTAL'
LEFT JOIN mart_outcomes AS o ON o.region_code = y.region_code AND o.year_start = y.year_start
LEFT JOIN countries AS k ON k.area = y.partner_area
