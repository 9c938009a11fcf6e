"""What the opportunity scores read, in SQL; `{country}` is the region's country.

Every number is cast, so that both databases hand over the same type.
"""

from __future__ import annotations

MARKETS = """\
WITH imports AS (
  SELECT f.source, f.product_classification, f.product_code, f.reporter_area, f.partner_area,
    f.period_start AS year_start, f.value, f.recorded_at, f.load_seq
  FROM core_trade__flows AS f
  JOIN (SELECT area FROM ref_area WHERE scheme = 'iso3' AND is_country AND area <> 'WLD'
    GROUP BY area) AS a ON a.area = f.reporter_area
  WHERE f.frequency = 'A' AND f.flow = 'import' AND f.region_code = 'TOTAL'
    AND f.breakdown_type = 'TOTAL' AND f.valuation = 'CIF' AND f.currency = 'USD'
    AND length(f.product_code) IN (4, 6) AND f.product_code <> 'TOTAL'
    AND length(f.product_classification) = 6 AND left(f.product_classification, 2) = 'HS'
    AND f.reporter_area <> {country} AND f.partner_area <> f.reporter_area
    AND (f.partner_area = 'WLD' OR f.partner_area IN (SELECT area FROM ref_area
      WHERE scheme = 'iso3' AND is_country))
),
supplied AS (  -- what is known of the world alone says nothing of who supplies
  SELECT source, product_classification, product_code, reporter_area FROM imports
  WHERE partner_area <> 'WLD'
  GROUP BY source, product_classification, product_code, reporter_area
)
SELECT i.* FROM imports AS i
JOIN supplied AS s ON s.source = i.source AND s.product_classification = i.product_classification
  AND s.product_code = i.product_code AND s.reporter_area = i.reporter_area
"""
READS = (
    "core_trade__flows",
    "c.frequency = 'A' AND c.flow = 'import' AND c.region_code = 'TOTAL' "
    "AND c.breakdown_type = 'TOTAL' AND c.valuation = 'CIF' AND c.reporter_area <> {country}",
)
SPACE = """\
SELECT s.source, CAST(coalesce(r.preference, 1000) AS BIGINT) AS preference, s.year_start,
  s.product_classification, s.product_code, s.reporters, s.rsca, s.density, s.pci
FROM mart_product_space AS s
LEFT JOIN (SELECT source_code, min(preference) AS preference FROM ref_source GROUP BY source_code)
  AS r ON r.source_code = s.source
WHERE s.reporter_area = {country}
"""
DISTANCES = """\
SELECT b.area, CAST(round(CAST(2 * 6371.0088 * asin(sqrt(
  power(sin(radians(b.latitude_deg - a.latitude_deg) / 2), 2)
  + cos(radians(a.latitude_deg)) * cos(radians(b.latitude_deg))
  * power(sin(radians(b.longitude_deg - a.longitude_deg) / 2), 2))) AS DECIMAL(24, 4))) AS BIGINT)
  AS distance_km
FROM ref_capital AS a CROSS JOIN ref_capital AS b WHERE a.area = {country}
"""
VISITORS = """\
SELECT source, region_code, concept, origin_area, year_start, visitors,
  CAST(change_on_year AS DECIMAL(24, 10)) AS change_on_year, recorded_at, load_seq
FROM mart_tourism_source_markets
WHERE destination_area = {country} AND origin_area <> {country} AND is_country AND is_complete
"""
SEASONS = """\
SELECT source, region_code, concept, origin_area, year_start,
  CAST(min(gini) AS DECIMAL(24, 10)) AS gini
FROM mart_tourism_seasonality
WHERE destination_area = {country} AND breakdown_type = 'TOTAL'
GROUP BY source, region_code, concept, origin_area, year_start
"""
STUDENTS = """\
SELECT source, level, partner_area, year_start,
  CAST(students_out AS BIGINT) AS students_out, CAST(students_in AS BIGINT) AS students_in,
  CAST(reciprocity AS DECIMAL(24, 10)) AS reciprocity, recorded_at, load_seq
FROM mart_student_flows
WHERE area = {country} AND partner_is_country AND partner_area <> {country}
"""
AGREEMENTS = """\
SELECT partner_area, CAST(sum(CASE WHEN expiry IN ('ended', 'expired') THEN 0 ELSE 1 END) AS BIGINT)
  AS agreements
FROM mart_cooperation_status WHERE partner_area IS NOT NULL GROUP BY partner_area
"""
PROGRAMMES = """\
SELECT partner_area, year_start,
  CAST(sum(participants_out) AS BIGINT) AS participants_out,
  CAST(sum(participants_in) AS BIGINT) AS participants_in,
  CAST(sum(cohorts_hidden) AS BIGINT) AS hidden
FROM mart_exchange_reciprocity GROUP BY partner_area, year_start
"""
INPUTS = {
    "markets": MARKETS, "space": SPACE, "distances": DISTANCES, "visitors": VISITORS,
    "seasons": SEASONS,
    "students": STUDENTS, "agreements": AGREEMENTS, "programmes": PROGRAMMES,
}  # fmt: skip
