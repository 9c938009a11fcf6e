-- id: Biaya per hari-peserta pertukaran, nominal dan riil
-- en: Cost of a participant-day of exchange, nominal and real
-- key: region_code, partner_area, direction, year_start
-- behind: core_exchange__programmes: c.region_code = m.region_code AND c.partner_area = m.partner_area AND c.direction = m.direction AND c.start_date BETWEEN m.year_start AND m.year_end
-- behind: core_context__indicators: c.source = m.price_source AND c.indicator = m.price_indicator AND c.region_code = m.price_region_code AND c.area = 'IDN' AND c.frequency = 'A' AND c.period_start IN (m.year_start, m.price_base_year)
-- Cohorts that were not cancelled, whose count of participants, days and cost in rupiah are all known;
-- small cohorts are hidden before they are stored and have no cost here (`cohorts_hidden`). The median
-- is that of the cohorts' own costs per participant-day, each once; the other figure is all costs by all
-- participant-days. Rates are of the first day (mart_rates_on_dates).
-- Real costs are in prices of the newest year of a consumer price index: indicator
-- consumer_price_index, or FP.CPI.TOTL of the World Bank. A region has one series in all years: its
-- own before the national one, then the first source in rank. Without one `real_note` says why.
WITH cohorts AS (
  SELECT p.region_code, p.partner_area, p.direction,
    CAST(date_trunc('year', p.start_date) AS DATE) AS year_start,
    p.value_status = 'suppressed' AND p.participants_female + p.participants_male IS NULL
      AS is_hidden,
    (p.participants_female + p.participants_male) * p.days AS person_days,
    p.cost IS NOT NULL AS has_cost,
    CASE WHEN p.currency = 'IDR' THEN p.cost
      ELSE CAST(p.cost * r.rate AS DECIMAL(24, 4)) END AS cost_idr,
    p.recorded_at, p.load_seq
  FROM core_exchange__programmes AS p
  LEFT JOIN mart_rates_on_dates AS r ON r.day = p.start_date AND r.base_currency = p.currency
  WHERE NOT coalesce(p.cancelled, false) AND p.start_date IS NOT NULL
    AND p.partner_area IS NOT NULL AND p.direction IS NOT NULL
),
costed AS (
  SELECT *, CASE WHEN person_days > 0 AND cost_idr IS NOT NULL THEN
    CAST(cost_idr / person_days AS DECIMAL(24, 10)) END AS per_day
  FROM cohorts
),
ordered AS (
  SELECT *,
    row_number() OVER (PARTITION BY region_code, partner_area, direction, year_start,
      per_day IS NULL ORDER BY per_day) AS nth,
    count(per_day) OVER (PARTITION BY region_code, partner_area, direction, year_start) AS n
  FROM costed
),
summed AS (
  SELECT region_code, partner_area, direction, year_start, count(*) AS cohorts,
    sum(CASE WHEN is_hidden THEN 1 ELSE 0 END) AS cohorts_hidden,
    sum(CASE WHEN has_cost AND cost_idr IS NULL THEN 1 ELSE 0 END) AS cohorts_without_rate,
    count(per_day) AS cohorts_costed,
    sum(CASE WHEN per_day IS NOT NULL THEN person_days END) AS person_days,
    sum(CASE WHEN per_day IS NOT NULL THEN cost_idr END) AS cost_idr,
    -- the middle one, or the two in the middle
    sum(CASE WHEN per_day IS NOT NULL AND 2 * nth >= n AND 2 * nth <= n + 2 THEN per_day END)
      / nullif(sum(CASE WHEN per_day IS NOT NULL AND 2 * nth >= n AND 2 * nth <= n + 2 THEN 1
      ELSE 0 END), 0) AS median,
    max(recorded_at) AS recorded_at, max(load_seq) AS load_seq
  FROM ordered GROUP BY region_code, partner_area, direction, year_start
),
regions AS (SELECT DISTINCT region_code FROM cohorts),
series AS (
  SELECT * FROM (
    SELECT g.region_code, i.source, i.indicator, i.region_code AS price_region_code,
      max(i.period_start) AS base_year,
      row_number() OVER (PARTITION BY g.region_code
        ORDER BY CASE WHEN i.region_code = g.region_code THEN 0 ELSE 1 END,
          min(coalesce(s.preference, 1000)), i.source, i.indicator) AS nth
    FROM regions AS g
    JOIN core_context__indicators AS i ON i.region_code IN (g.region_code, 'TOTAL')
    LEFT JOIN ref_source AS s ON s.source_code = i.source
    WHERE i.area = 'IDN' AND i.frequency = 'A' AND i.value > 0
      AND i.indicator IN ('consumer_price_index', 'FP.CPI.TOTL')
    GROUP BY g.region_code, i.source, i.indicator, i.region_code
  ) AS ranked WHERE nth = 1
),
prices AS (
  SELECT s.region_code, s.source, s.indicator, s.price_region_code, s.base_year,
    i.period_start AS year_start, b.value / i.value AS factor
  FROM series AS s
  JOIN core_context__indicators AS i ON i.source = s.source AND i.indicator = s.indicator
    AND i.region_code = s.price_region_code AND i.area = 'IDN' AND i.frequency = 'A'
    AND i.value > 0
  JOIN core_context__indicators AS b ON b.source = s.source AND b.indicator = s.indicator
    AND b.region_code = s.price_region_code AND b.area = 'IDN' AND b.frequency = 'A'
    AND b.period_start = s.base_year
),
rounded AS (
  SELECT *, CAST(median AS DECIMAL(24, 4)) AS median_cost,
    CASE WHEN person_days > 0 THEN CAST(cost_idr / person_days AS DECIMAL(24, 4)) END AS mean_cost
  FROM summed
)
SELECT
  s.region_code,
  s.partner_area,
  s.direction,
  s.year_start,
  CAST(s.year_start + INTERVAL '1 year' - INTERVAL '1 day' AS DATE) AS year_end,
  s.cohorts,
  CAST(s.cohorts_hidden AS BIGINT) AS cohorts_hidden,
  CAST(s.cohorts_without_rate AS BIGINT) AS cohorts_without_rate,
  s.cohorts_costed,
  CAST(s.person_days AS BIGINT) AS participant_days,
  CAST(s.cost_idr AS DECIMAL(24, 4)) AS cost_idr,
  s.mean_cost AS cost_idr_per_participant_day,
  s.median_cost AS median_cost_idr_per_participant_day,
  CAST(p.factor AS DECIMAL(24, 10)) AS price_factor,
  CAST(s.mean_cost * CAST(p.factor AS DECIMAL(24, 10)) AS DECIMAL(24, 4))
    AS real_cost_idr_per_participant_day,
  CAST(s.median_cost * CAST(p.factor AS DECIMAL(24, 10)) AS DECIMAL(24, 4))
    AS median_real_cost_idr_per_participant_day,
  CASE WHEN s.cohorts_costed > 0 THEN NULL
    WHEN s.cohorts_hidden > 0 THEN 'cohort_hidden'
    WHEN s.cohorts_without_rate > 0 THEN 'rate_missing'
    ELSE 'cost_incomplete' END AS cost_note,
  CASE WHEN s.cohorts_costed = 0 THEN NULL
    WHEN x.region_code IS NULL THEN 'price_index_missing'
    WHEN p.factor IS NULL THEN 'price_year_missing' END AS real_note,
  x.base_year AS price_base_year,
  x.source AS price_source,
  x.indicator AS price_indicator,
  x.price_region_code,
  s.recorded_at,
  s.load_seq
FROM rounded AS s
LEFT JOIN series AS x ON x.region_code = s.region_code
LEFT JOIN prices AS p ON p.region_code = s.region_code AND p.year_start = s.year_start
