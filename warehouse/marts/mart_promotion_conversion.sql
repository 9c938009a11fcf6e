-- id: Hasil pameran dalam rupiah: biaya, komitmen, dan realisasi
-- en: What exhibitions led to, in rupiah: cost, committed and realised
-- key: source, region_code, event_id
-- behind: core_promotion__exhibitions: c.source = m.source AND c.region_code = m.region_code AND c.event_id = m.event_id
-- behind: core_promotion__deals: split_part(c.source, 'deals', 1) = m.sender AND c.region_code = m.region_code AND c.event_id = m.event_id
-- behind: core_exchange__rates: strpos(', ' || m.rate_sources || ', ', ', ' || c.source || ', ') > 0 AND c.rate_date BETWEEN m.first_rate_date AND m.last_rate_date AND (c.base_currency = 'IDR' OR c.quote_currency = 'IDR' OR strpos(', ' || m.currencies || ', ', ', ' || c.base_currency || ', ') > 0 OR strpos(', ' || m.currencies || ', ', ', ' || c.quote_currency || ', ') > 0)
-- One row for each event. Deals belong to the sender that reports the event: two senders may both
-- use P-001. A sender is what stands before the contract in its sources' codes. Deals of an event that
-- their sender does not list have a row without a title, and `event_note` says so.
-- The cost becomes rupiah at the rate of the first day, a deal at that of the date of its status
-- (mart_rates_on_dates); what was written stands beside, by currency: committed, realised. A sum in
-- rupiah is null where a part of it has no rate or no currency, and `rupiah_note` says so.
-- Deals announced are intentions: committed and realised stand apart. Realised is what is known: where
-- contracts have no realised value, the shares are null and `..._at_least` say what is certain.
-- A joint event of two governments has a row in each; `counts_once` is true in one of them, so that
-- sums over regions count it once.
WITH deals AS (
  SELECT split_part(d.source, 'deals', 1) AS sender, d.source, d.region_code, d.event_id,
    d.buyer_ref, d.status, d.status_date, d.release_stage, d.recorded_at, d.load_seq,
    coalesce(d.currency, 'XXX') AS currency, d.currency = 'IDR' AS is_rupiah,
    d.status IN ('contract', 'shipped', 'paid') AS is_contract,
    d.status <> 'cancelled' AS is_alive,
    d.value, d.realised_value, r.source AS rate_source, r.first_rate_date, r.last_rate_date,
    CASE WHEN d.currency = 'IDR' THEN d.value
      ELSE CAST(d.value * r.rate AS DECIMAL(24, 4)) END AS value_idr,
    CASE WHEN d.currency = 'IDR' THEN d.realised_value
      ELSE CAST(d.realised_value * r.rate AS DECIMAL(24, 4)) END AS realised_idr
  FROM core_promotion__deals AS d
  LEFT JOIN mart_rates_on_dates AS r ON r.day = d.status_date AND r.base_currency = d.currency
),
written AS (  -- as the sender wrote it
  SELECT sender, region_code, event_id, count(*) AS currencies,
    string_agg(currency, ', ' ORDER BY currency) AS deal_currencies,
    string_agg(currency || ' ' || CAST(CAST(committed AS DECIMAL(24, 4)) AS VARCHAR), '; '
      ORDER BY currency) AS committed_written,
    string_agg(currency || ' ' || CAST(CAST(realised AS DECIMAL(24, 4)) AS VARCHAR), '; '
      ORDER BY currency) AS realised_written
  FROM (
    SELECT sender, region_code, event_id, currency,
      sum(CASE WHEN is_contract THEN value END) AS committed,
      sum(CASE WHEN is_alive THEN realised_value END) AS realised
    FROM deals WHERE value IS NOT NULL OR realised_value IS NOT NULL
    GROUP BY sender, region_code, event_id, currency
  ) AS by_currency
  GROUP BY sender, region_code, event_id
),
summed AS (
  SELECT sender, region_code, event_id, min(source) AS source,
    count(*) AS deals,
    count(DISTINCT buyer_ref) AS buyers,
    count(DISTINCT CASE WHEN is_contract THEN buyer_ref END) AS buyers_with_contract,
    sum(CASE WHEN status = 'cancelled' THEN 1 ELSE 0 END) AS deals_cancelled,
    sum(CASE WHEN is_contract THEN 1 ELSE 0 END) AS contracts,
    sum(CASE WHEN is_contract AND value IS NULL THEN 1 ELSE 0 END) AS contracts_without_value,
    sum(CASE WHEN is_contract AND realised_value IS NULL THEN 1 ELSE 0 END)
      AS contracts_without_realised,
    sum(CASE WHEN is_contract AND value IS NOT NULL AND value_idr IS NULL THEN 1 ELSE 0 END)
      AS committed_without_rate,
    sum(CASE WHEN is_alive AND realised_value IS NOT NULL AND realised_idr IS NULL THEN 1 ELSE 0 END)
      AS realised_without_rate,
    sum(CASE WHEN is_contract THEN value_idr END) AS committed_idr,
    sum(CASE WHEN is_alive THEN realised_idr END) AS realised_idr,
    string_agg(DISTINCT rate_source, ', ' ORDER BY rate_source) AS rate_sources,
    min(first_rate_date) AS first_rate_date, max(last_rate_date) AS last_rate_date,
    min(CASE release_stage WHEN 'preliminary' THEN 0 WHEN 'unknown' THEN 1
      WHEN 'provisional' THEN 2 ELSE 3 END) AS stage,
    max(recorded_at) AS recorded_at, max(load_seq) AS load_seq
  FROM deals GROUP BY sender, region_code, event_id
),
events AS (
  SELECT e.*, split_part(e.source, 'exhibitions', 1) AS sender, true AS is_listed,
    min(e.region_code) OVER (PARTITION BY lower(e.title), e.start_date, lower(e.venue))
      AS first_region,
    max(e.region_code) OVER (PARTITION BY lower(e.title), e.start_date, lower(e.venue))
      AS last_region,
    row_number() OVER (PARTITION BY lower(e.title), e.start_date, lower(e.venue)
      ORDER BY e.region_code, e.source, e.event_id) AS nth,
    r.source AS rate_source, r.first_rate_date, r.last_rate_date, r.method AS rate_method,
    CASE WHEN e.currency = 'IDR' THEN e.cost
      ELSE CAST(e.cost * r.rate AS DECIMAL(24, 4)) END AS cost_idr
  FROM core_promotion__exhibitions AS e
  LEFT JOIN mart_rates_on_dates AS r ON r.day = e.start_date AND r.base_currency = e.currency
),
joined AS (
  SELECT
    coalesce(e.source, d.source) AS source,
    coalesce(e.sender, d.sender) AS sender,
    coalesce(e.region_code, d.region_code) AS region_code,
    coalesce(e.event_id, d.event_id) AS event_id,
    e.title, e.venue, e.start_date, e.end_date, e.mode, e.role, e.exhibitors, e.visitors,
    e.visitors_foreign, e.cost, e.currency, e.cost_idr, e.rate_source, e.rate_method,
    coalesce(e.first_region <> e.last_region AND e.title IS NOT NULL, false) AS is_joint,
    coalesce(e.nth = 1 OR e.title IS NULL, true) AS counts_once,
    e.is_listed IS NULL AS is_orphan,
    d.deals, d.buyers, d.buyers_with_contract, d.deals_cancelled, d.contracts,
    d.contracts_without_value, d.contracts_without_realised,
    w.deal_currencies, w.committed_written, w.realised_written,
    coalesce(d.committed_without_rate, 0) + coalesce(d.realised_without_rate, 0)
      + CASE WHEN e.cost IS NOT NULL AND e.cost_idr IS NULL THEN 1 ELSE 0 END AS without_rate,
    CASE WHEN d.committed_without_rate = 0 AND d.contracts_without_value = 0
      THEN d.committed_idr END AS committed_idr,
    CASE WHEN d.realised_without_rate = 0 THEN d.realised_idr END AS realised_idr,
    d.rate_sources AS deal_rate_sources,
    CASE WHEN e.first_rate_date < d.first_rate_date OR d.first_rate_date IS NULL
      THEN e.first_rate_date ELSE d.first_rate_date END AS first_rate_date,
    CASE WHEN e.last_rate_date > d.last_rate_date OR d.last_rate_date IS NULL
      THEN e.last_rate_date ELSE d.last_rate_date END AS last_rate_date,
    CASE WHEN d.load_seq > e.load_seq OR e.load_seq IS NULL THEN d.recorded_at ELSE e.recorded_at
      END AS recorded_at,
    CASE WHEN d.load_seq > e.load_seq OR e.load_seq IS NULL THEN d.load_seq ELSE e.load_seq
      END AS load_seq,
    coalesce(e.release_stage, CASE d.stage WHEN 0 THEN 'preliminary' WHEN 1 THEN 'unknown'
      WHEN 2 THEN 'provisional' ELSE 'final' END) AS release_stage
  FROM events AS e
  FULL JOIN summed AS d ON d.sender = e.sender AND d.region_code = e.region_code
    AND d.event_id = e.event_id
  LEFT JOIN written AS w ON w.sender = d.sender AND w.region_code = d.region_code
    AND w.event_id = d.event_id
)
SELECT
  source,
  sender,
  region_code,
  event_id,
  title,
  venue,
  start_date,
  end_date,
  mode,
  role,
  exhibitors,
  visitors,
  visitors_foreign,
  is_joint,
  counts_once,
  CASE WHEN is_orphan THEN 'event_not_listed' END AS event_note,
  cost,
  currency,
  cost_idr,
  coalesce(deals, 0) AS deals,
  coalesce(buyers, 0) AS buyers,
  CAST(coalesce(contracts, 0) AS BIGINT) AS contracts,
  CAST(coalesce(contracts_without_realised, 0) AS BIGINT) AS contracts_without_realised,
  CAST(coalesce(deals_cancelled, 0) AS BIGINT) AS deals_cancelled,
  deal_currencies,
  committed_written,
  realised_written,
  CAST(committed_idr AS DECIMAL(24, 4)) AS committed_idr,
  CAST(realised_idr AS DECIMAL(24, 4)) AS realised_idr,
  CASE WHEN buyers > 0 THEN CAST(CAST(buyers_with_contract AS DECIMAL(24, 4)) / buyers
    AS DECIMAL(24, 10)) END AS contract_share,
  CASE WHEN committed_idr > 0 AND contracts_without_realised = 0 THEN
    CAST(realised_idr / committed_idr AS DECIMAL(24, 10)) END AS realised_share,
  CASE WHEN committed_idr > 0 THEN
    CAST(realised_idr / committed_idr AS DECIMAL(24, 10)) END AS realised_share_at_least,
  CASE WHEN cost_idr > 0 THEN
    CAST(committed_idr / cost_idr AS DECIMAL(24, 10)) END AS committed_per_cost,
  CASE WHEN cost_idr > 0 AND contracts_without_realised = 0 THEN
    CAST(realised_idr / cost_idr AS DECIMAL(24, 10)) END AS realised_per_cost,
  CASE WHEN cost_idr > 0 THEN
    CAST(realised_idr / cost_idr AS DECIMAL(24, 10)) END AS realised_per_cost_at_least,
  CASE WHEN coalesce(deals, 0) = 0 THEN 'no_deals'
    WHEN contracts = 0 THEN 'no_contracts'
    WHEN contracts_without_realised = contracts THEN 'realised_missing'
    WHEN contracts_without_realised > 0 THEN 'realised_in_part'
    WHEN contracts_without_value > 0 THEN 'contract_without_value' END AS realised_note,
  CASE WHEN without_rate > 0 THEN 'rate_missing_in_part' END AS rupiah_note,
  CASE WHEN currency <> 'IDR' THEN rate_method END AS cost_rate_method,
  nullif(concat_ws(', ', deal_rate_sources, CASE WHEN strpos(', '
    || coalesce(deal_rate_sources, '') || ', ', ', ' || rate_source || ', ') = 0
    THEN rate_source END), '') AS rate_sources,
  concat_ws(', ', currency, deal_currencies) AS currencies,
  first_rate_date,
  last_rate_date,
  release_stage,
  recorded_at,
  load_seq
FROM joined
