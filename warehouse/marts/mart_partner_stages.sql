-- id: Catatan kerja sama menurut mitra dan tahap rantai: dari naskah sampai minat investasi
-- en: Entries of the registers by partner and stage of the chain: from agreement to lead
-- key: region_code, stage, source, entry_key, partner_area
-- behind: core_cooperation__agreements: m.stage = 'agreement' AND c.source = m.source AND c.region_code = m.region_code AND c.agreement_id = m.entry_key
-- behind: core_cooperation__activities: m.stage = 'activity' AND c.source = m.source AND c.region_code = m.region_code AND c.activity_id = m.entry_key
-- behind: core_exchange__programmes: m.stage = 'exchange' AND c.source = m.source AND c.region_code = m.region_code AND c.source_org || '/' || c.programme_id || '/' || c.cohort_id = m.entry_key
-- behind: core_promotion__exhibitions: m.stage = 'exhibition' AND c.source = m.source AND c.region_code = m.region_code AND c.event_id = m.entry_key
-- behind: core_promotion__forums: m.stage = 'forum' AND c.source = m.source AND c.region_code = m.region_code AND c.forum_id = m.entry_key
-- behind: core_promotion__deals: m.stage = 'deal' AND c.source = m.source AND c.region_code = m.region_code AND c.event_id || '/' || c.deal_id = m.entry_key
-- behind: core_investment__leads: m.stage = 'lead' AND c.source = m.source AND c.region_code = m.region_code AND c.lead_id = m.entry_key
-- One row for each entry and partner, each with the agreement that it names: that of its own sender,
-- else the only one with this code. The partner is the entry's own country, else the agreement's; of a
-- forum the agreement's, else the country where it was held. `link` says which.
-- An exhibition has a row that holds its cost, with the partner of its agreement or none, and one more
-- without a cost for each other country of its buyers, so that costs are added once.
-- `cost_idr` is what was spent; `value_idr` the budget of an activity, the committed value of a deal,
-- the value of a lead. Rates are those of the planned, first or status day (mart_rates_on_dates).
-- Small cohorts are hidden before they are stored: no count stands here that their table lacks.
WITH agreements AS (
  SELECT *, count(*) OVER (PARTITION BY region_code, agreement_id) = 1 AS is_only,
    row_number() OVER (PARTITION BY sender, region_code, agreement_id ORDER BY source) AS nth
  FROM (SELECT *, split_part(source, 'agreements', 1) AS sender FROM mart_cooperation_status) AS s
),
events AS (  -- the agreement of an exhibition is that of its deals too
  SELECT split_part(source, 'exhibitions', 1) AS sender, region_code, event_id,
    min(agreement_id) AS agreement_id
  FROM core_promotion__exhibitions
  GROUP BY split_part(source, 'exhibitions', 1), region_code, event_id
),
entries AS (
  SELECT 'activity' AS stage, source, split_part(source, 'activities', 1) AS sender, region_code,
    activity_id AS entry_key, agreement_id, CAST(NULL AS VARCHAR) AS own_area,
    CAST(NULL AS VARCHAR) AS place_area, CAST(NULL AS VARCHAR) AS city,
    CAST(NULL AS VARCHAR) AS direction, coalesce(planned_date, actual_date) AS entry_on,
    actual_date AS until_on, planned_date AS rate_day, status, currency, spent AS cost,
    budget AS value, CAST(NULL AS DECIMAL(24, 4)) AS realised,
    CAST(NULL AS BIGINT) AS participants, false AS is_hidden, release_stage, recorded_at, load_seq
  FROM core_cooperation__activities
  UNION ALL
  SELECT 'exchange', source, split_part(source, 'exchange_programmes', 1), region_code,
    source_org || '/' || programme_id || '/' || cohort_id, agreement_id, partner_area, NULL,
    partner_city, direction, start_date, end_date, start_date,
    CASE WHEN coalesce(cancelled, false) THEN 'cancelled' ELSE 'held' END, currency, cost, NULL,
    NULL, participants_female + participants_male,
    value_status = 'suppressed' AND participants_female + participants_male IS NULL,
    release_stage, recorded_at, load_seq
  FROM core_exchange__programmes
  UNION ALL
  SELECT 'exhibition', source, split_part(source, 'exhibitions', 1), region_code, event_id,
    agreement_id, NULL, NULL, NULL, NULL, start_date, end_date, start_date, mode, currency, cost,
    NULL, NULL, NULL, false, release_stage, recorded_at, load_seq
  FROM core_promotion__exhibitions
  UNION ALL
  SELECT 'forum', source, split_part(source, 'forums', 1), region_code, forum_id, agreement_id,
    NULL, place_area, NULL, NULL, start_date, end_date, start_date, role, currency, cost, NULL,
    NULL, NULL, false, release_stage, recorded_at, load_seq
  FROM core_promotion__forums
  UNION ALL
  SELECT 'deal', d.source, split_part(d.source, 'deals', 1), d.region_code,
    d.event_id || '/' || d.deal_id, e.agreement_id, d.buyer_area, NULL, NULL, NULL, d.status_date,
    NULL, d.status_date, d.status, d.currency, NULL, d.value, d.realised_value, NULL, false,
    d.release_stage, d.recorded_at, d.load_seq
  FROM core_promotion__deals AS d
  LEFT JOIN events AS e ON e.sender = split_part(d.source, 'deals', 1)
    AND e.region_code = d.region_code AND e.event_id = d.event_id
  UNION ALL
  SELECT 'lead', source, split_part(source, 'investment_leads', 1), region_code, lead_id, NULL,
    investor_area, NULL, NULL, NULL, stage_date, NULL, stage_date, stage, currency, NULL, value,
    NULL, NULL, false, release_stage, recorded_at, load_seq
  FROM core_investment__leads
),
linked AS (
  SELECT e.*, coalesce(o.source, y.source) AS agreement_source,
    coalesce(o.partner_area, y.partner_area) AS agreement_area,
    coalesce(o.partner_city, y.partner_city) AS agreement_city,
    CASE WHEN e.currency = 'IDR' THEN CAST(1 AS DECIMAL(24, 10)) ELSE r.rate END AS rate
  FROM entries AS e
  LEFT JOIN agreements AS o ON o.nth = 1 AND o.sender = e.sender
    AND o.region_code = e.region_code AND o.agreement_id = e.agreement_id
  LEFT JOIN agreements AS y ON o.source IS NULL AND y.is_only
    AND y.region_code = e.region_code AND y.agreement_id = e.agreement_id
  LEFT JOIN mart_rates_on_dates AS r ON r.day = e.rate_day AND r.base_currency = e.currency
),
placed AS (
  SELECT *, coalesce(own_area, agreement_area, place_area) AS partner_area,
    CASE WHEN own_area IS NOT NULL THEN CASE stage WHEN 'deal' THEN 'country_of_buyer'
        WHEN 'lead' THEN 'country_of_investor' ELSE 'own_country' END
      WHEN agreement_area IS NOT NULL THEN 'country_of_agreement'
      WHEN place_area IS NOT NULL THEN 'country_of_venue'
      WHEN agreement_source IS NOT NULL THEN 'agreement_without_country'
      WHEN agreement_id IS NOT NULL THEN 'agreement_not_listed'
      ELSE 'agreement_not_named' END AS link
  FROM linked
),
buyers AS (  -- the countries of an exhibition's buyers
  SELECT DISTINCT p.source, p.region_code, p.entry_key, d.buyer_area
  FROM placed AS p
  JOIN core_promotion__deals AS d ON split_part(d.source, 'deals', 1) = p.sender
    AND d.region_code = p.region_code AND d.event_id = p.entry_key
  WHERE p.stage = 'exhibition' AND d.buyer_area IS NOT NULL AND d.status <> 'cancelled'
    AND d.buyer_area IS DISTINCT FROM p.partner_area
),
gathered AS (
  SELECT region_code, stage, source, entry_key, partner_area,
    CASE WHEN city IS NOT NULL THEN city
      WHEN stage <> 'deal' AND partner_area = agreement_area THEN agreement_city END AS city,
    entry_on, until_on, status, direction, agreement_source,
    CASE WHEN agreement_source IS NOT NULL THEN agreement_id END AS agreement_id, link,
    participants, is_hidden, cost, value, realised, rate, release_stage, recorded_at, load_seq
  FROM placed
  UNION ALL
  SELECT p.region_code, p.stage, p.source, p.entry_key, b.buyer_area, NULL, p.entry_on,
    p.until_on, p.status, NULL, NULL, NULL, 'also_country_of_buyer',
    NULL, false, NULL, NULL, NULL, NULL, p.release_stage, p.recorded_at, p.load_seq
  FROM buyers AS b
  JOIN placed AS p ON p.stage = 'exhibition' AND p.source = b.source
    AND p.region_code = b.region_code AND p.entry_key = b.entry_key
  UNION ALL
  SELECT region_code, 'agreement', source, agreement_id, partner_area, partner_city,
    first_signed_date, valid_to, stage, NULL, source, agreement_id, 'own_country', NULL, false,
    NULL, NULL, NULL, NULL, release_stage, recorded_at, load_seq
  FROM agreements
)
SELECT
  region_code,
  stage,
  source,
  entry_key,
  partner_area,
  min(nullif(trim(city), '')) OVER (PARTITION BY region_code, partner_area, lower(trim(city)))
    AS partner_city,
  entry_on,
  until_on,
  CAST(date_trunc('year', entry_on) AS DATE) AS year_start,
  status,
  direction,
  agreement_source,
  agreement_id,
  link,
  participants,
  is_hidden,
  CAST(cost * rate AS DECIMAL(24, 4)) AS cost_idr,
  CAST(value * rate AS DECIMAL(24, 4)) AS value_idr,
  CAST(realised * rate AS DECIMAL(24, 4)) AS realised_idr,
  rate IS NULL AND (cost IS NOT NULL OR value IS NOT NULL OR realised IS NOT NULL) AS lacks_rate,
  release_stage,
  recorded_at,
  load_seq
FROM gathered
