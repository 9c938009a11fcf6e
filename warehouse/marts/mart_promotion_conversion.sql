-- id: Hasil pameran: komitmen dan realisasi
-- en: What exhibitions led to: committed and realised
-- key: source, region_code, event_id, currency
-- behind: core_promotion__exhibitions: c.source = m.source AND c.region_code = m.region_code AND c.event_id = m.event_id
-- behind: core_promotion__deals: c.region_code = m.region_code AND c.event_id = m.event_id AND coalesce(c.currency, 'XXX') = m.currency
-- Deals announced are intentions: committed and realised stand apart, and currencies are never
-- added. A joint event of two governments has a row in each; `counts_once` is true in one of
-- them, so that sums over regions count it once. A ratio without a denominator is null, and its
-- note says why. Deals without a currency stand under XXX, which is ISO 4217's code for "no
-- currency involved".
WITH deals AS (
  SELECT region_code, event_id, coalesce(currency, 'XXX') AS currency,
    count(*) AS deals,
    count(DISTINCT buyer_ref) AS buyers,
    sum(CASE WHEN status = 'cancelled' THEN 1 ELSE 0 END) AS deals_cancelled,
    count(DISTINCT CASE WHEN status IN ('contract', 'shipped', 'paid') THEN buyer_ref END)
      AS buyers_with_contract,
    sum(CASE WHEN status IN ('contract', 'shipped', 'paid') THEN 1 ELSE 0 END) AS contracts,
    sum(CASE WHEN status IN ('contract', 'shipped', 'paid') THEN value END) AS committed_value,
    sum(CASE WHEN status <> 'cancelled' THEN realised_value END) AS realised_value
  FROM core_promotion__deals GROUP BY region_code, event_id, coalesce(currency, 'XXX')
),
events AS (
  SELECT e.*,
    min(region_code) OVER (PARTITION BY lower(title), start_date, lower(venue)) AS first_region,
    max(region_code) OVER (PARTITION BY lower(title), start_date, lower(venue)) AS last_region,
    row_number() OVER (
      PARTITION BY lower(title), start_date, lower(venue) ORDER BY region_code, source, event_id
    ) AS nth
  FROM core_promotion__exhibitions AS e
)
SELECT
  e.source,
  e.region_code,
  e.event_id,
  coalesce(d.currency, e.currency, 'XXX') AS currency,
  e.title,
  e.venue,
  e.start_date,
  e.end_date,
  e.mode,
  e.role,
  e.exhibitors,
  e.visitors,
  e.visitors_foreign,
  e.first_region <> e.last_region AND e.title IS NOT NULL AS is_joint,
  e.nth = 1 OR e.title IS NULL AS counts_once,
  CASE WHEN e.currency = coalesce(d.currency, e.currency) THEN e.cost END AS cost,
  coalesce(d.deals, 0) AS deals,
  coalesce(d.buyers, 0) AS buyers,
  coalesce(d.contracts, 0) AS contracts,
  coalesce(d.deals_cancelled, 0) AS deals_cancelled,
  d.committed_value,
  d.realised_value,
  CASE WHEN d.buyers > 0 THEN CAST(CAST(d.buyers_with_contract AS DECIMAL(24, 4)) / d.buyers
    AS DECIMAL(24, 4)) END AS contract_share,
  CASE WHEN d.committed_value > 0 THEN
    CAST(coalesce(d.realised_value, 0) / d.committed_value AS DECIMAL(24, 4)) END AS realised_share,
  CASE WHEN coalesce(d.deals, 0) = 0 THEN 'no deals'
    WHEN coalesce(d.committed_value, 0) = 0 THEN 'nothing committed' END AS realised_share_note,
  CASE WHEN e.currency = d.currency AND e.cost > 0 THEN
    CAST(coalesce(d.realised_value, 0) / e.cost AS DECIMAL(24, 4)) END AS realised_per_cost,
  e.release_stage,
  e.recorded_at,
  e.load_seq
FROM events AS e
LEFT JOIN deals AS d ON d.region_code = e.region_code AND d.event_id = e.event_id
