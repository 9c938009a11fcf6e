-- id: Kurs riil rupiah terhadap tiap mitra di samping ekspor Indonesia ke mitra itu
-- en: Real exchange rate of the rupiah by partner beside Indonesia's exports to it
-- key: source, rate_source, period_start, partner_area, product_classification, valuation
-- behind: core_context__indicators: c.source = m.rate_source AND c.indicator IN ('PA.NUS.FCRF', 'FP.CPI.TOTL') AND c.area IN (m.exporter_area, m.partner_area) AND c.region_code = 'TOTAL' AND c.frequency = 'A' AND c.period_start IN (m.period_start, m.base_start)
-- behind: core_trade__flows: c.source = m.source AND c.flow = 'export' AND c.frequency = 'A' AND c.period_start IN (m.period_start, m.base_start) AND c.reporter_area = m.exporter_area AND c.partner_area = m.partner_area AND c.product_code = 'TOTAL' AND c.valuation = m.valuation AND c.region_code = 'TOTAL' AND c.breakdown_type = 'TOTAL'
-- Real rate = rupiah for one unit of the partner's currency × consumer prices of the partner over
-- those of Indonesia. It rises where Indonesian goods become cheaper for the partner. Rates are
-- annual averages of a currency for one US dollar (PA.NUS.FCRF), of both countries; prices are
-- consumer price indices (FP.CPI.TOTL), both of one source. Index 100 is the partner's first year
-- with all four figures, from 2015 on where there is one (`index_base_start`).
-- Beside it stand the exports of the year before and of this year (mart_trade_growth), in the trade
-- source's currency. That two columns move together is association, not effect: a year's exports
-- follow harvests, prices and contracts too.
WITH home AS (
  SELECT 'IDN' AS area
),
figures AS (
  SELECT source, area, period_start,
    max(CASE WHEN indicator = 'PA.NUS.FCRF' THEN value END) AS per_usd,
    max(CASE WHEN indicator = 'FP.CPI.TOTL' THEN value END) AS prices,
    max(recorded_at) AS recorded_at, max(load_seq) AS load_seq
  FROM core_context__indicators
  WHERE indicator IN ('PA.NUS.FCRF', 'FP.CPI.TOTL') AND region_code = 'TOTAL' AND frequency = 'A'
  GROUP BY source, area, period_start
),
rates AS (
  SELECT p.source, p.area, h.area AS home_area, p.period_start,
    CASE WHEN o.per_usd > 0 AND p.per_usd > 0 THEN CAST(o.per_usd / p.per_usd AS DECIMAL(24, 10))
      END AS nominal,
    CASE WHEN o.per_usd > 0 AND p.per_usd > 0 AND o.prices > 0 AND p.prices > 0 THEN
      CAST((o.per_usd / p.per_usd) * (p.prices / o.prices) AS DECIMAL(24, 10)) END AS real_rate,
    CASE WHEN p.per_usd IS NULL OR o.per_usd IS NULL THEN 'rate_missing'
      WHEN p.prices IS NULL OR o.prices IS NULL THEN 'prices_missing'
      WHEN p.per_usd <= 0 OR o.per_usd <= 0 OR p.prices <= 0 OR o.prices <= 0 THEN 'negative'
    END AS reason,
    CASE WHEN o.recorded_at > p.recorded_at THEN o.recorded_at ELSE p.recorded_at END
      AS recorded_at,
    CASE WHEN o.load_seq > p.load_seq THEN o.load_seq ELSE p.load_seq END AS load_seq
  FROM figures AS p
  CROSS JOIN home AS h
  LEFT JOIN figures AS o ON o.source = p.source AND o.area = h.area
    AND o.period_start = p.period_start
),
starts AS (
  SELECT source, area, coalesce(min(CASE WHEN period_start >= DATE '2015-01-01' THEN period_start
    END), min(period_start)) AS index_base_start
  FROM rates WHERE real_rate > 0 GROUP BY source, area
),
indexed AS (
  SELECT r.*, CASE WHEN r.real_rate IS NOT NULL THEN s.index_base_start END AS index_base_start,
    CASE WHEN b.real_rate > 0 THEN CAST(r.real_rate / b.real_rate * 100 AS DECIMAL(38, 10)) END
      AS real_index,
    CASE WHEN y.real_rate > 0 THEN CAST(r.real_rate / y.real_rate - 1 AS DECIMAL(38, 10)) END
      AS change
  FROM rates AS r
  LEFT JOIN starts AS s ON s.source = r.source AND s.area = r.area
  LEFT JOIN rates AS b ON b.source = r.source AND b.area = r.area
    AND b.period_start = s.index_base_start
  LEFT JOIN rates AS y ON y.source = r.source AND y.area = r.area
    AND y.period_start = CAST(r.period_start - INTERVAL '1 year' AS DATE)
),
sources AS (
  SELECT source FROM figures GROUP BY source
)
SELECT
  g.source,
  q.source AS rate_source,
  g.period_start,
  g.base_start,
  g.reporter_area AS exporter_area,
  g.partner_area,
  g.product_classification,
  g.valuation,
  r.nominal AS nominal_rate,
  r.real_rate,
  r.index_base_start,
  r.real_index AS real_rate_index,
  r.change AS real_rate_change,
  CASE WHEN r.source IS NULL THEN 'rate_missing' ELSE r.reason END AS reason,
  g.currency,
  g.value AS export_value,
  g.value_year_before AS export_value_year_before,
  g.growth AS export_growth,
  g.reason AS export_reason,
  CASE WHEN r.recorded_at > g.recorded_at THEN r.recorded_at ELSE g.recorded_at END AS recorded_at,
  CASE WHEN r.load_seq > g.load_seq THEN r.load_seq ELSE g.load_seq END AS load_seq
FROM mart_trade_growth AS g
JOIN home AS h ON h.area = g.reporter_area
CROSS JOIN sources AS q
LEFT JOIN indexed AS r ON r.source = q.source AND r.area = g.partner_area
  AND r.period_start = g.period_start
WHERE g.over = 'market' AND g.flow = 'export' AND g.product_code = 'TOTAL'
