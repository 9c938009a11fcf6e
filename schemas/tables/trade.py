"""Trade: flows between areas, what the region's own firms sell, and who makes it."""

from schemas.fields import common as c
from schemas.model import Field, Matches, OneOf, RowRule, Severity, Table, Type, Words

VALUATION = Field(
    "valuation",
    Type.TEXT,
    Words("dasar penilaian", "valuation basis"),
    checks=(OneOf(("FOB", "CIF", "customs")),),
)
FLOW = Field(
    "flow",
    Type.TEXT,
    Words("arus perdagangan", "trade flow"),
    checks=(OneOf(("export", "import", "re-export", "re-import")),),
)
PRODUCT_CLASSIFICATION = Field(
    "product_classification",
    Type.TEXT,
    Words("klasifikasi produk", "product classification"),
    checks=(Matches(r"^(HS|HS(1988|1992|1996|2002|2007|2012|2017|2022|2028)|SITC\d?|BEC\d?)$"),),
)

FLOWS = Table(
    name="core_trade__flows",
    kind="core",
    domain="trade",
    title=Words("Arus perdagangan barang", "Merchandise trade flows"),
    key=(
        c.FREQUENCY,
        c.PERIOD_START,
        c.area("reporter_area", "negara pelapor", "reporting area"),
        c.REGION_CODE,
        c.area("partner_area", "negara mitra", "partner area"),
        FLOW,
        PRODUCT_CLASSIFICATION,
        c.classified_product_code(),
        VALUATION,
        c.BREAKDOWN_TYPE,
        c.BREAKDOWN_CODE,
    ),
    measures=(
        c.PERIOD_END,
        c.money("value", "nilai menurut sumber", "value as published"),
        c.CURRENCY,
        c.amount("net_weight_kg", "berat bersih", "net weight", "kg"),
        c.amount("quantity", "jumlah", "quantity", "quantity_unit"),
        c.text("quantity_unit", "satuan jumlah", "unit of the quantity"),
        c.flag(
            "net_weight_estimated",
            "berat bersih ditaksir oleh sumber",
            "net weight estimated by the source",
        ),
        c.flag(
            "quantity_estimated",
            "jumlah ditaksir oleh sumber",
            "quantity estimated by the source",
        ),
    ),
    value_field="value",
    rules=(
        c.hs_code_rule(),
        c.starts_its_period(),
        c.ends_after("period_start", "period_end"),
        c.money_needs_currency("value"),
        RowRule(
            "not_own_partner",
            "flow IN ('re-import', 'import') OR reporter_area <> partner_area",
            ("reporter_area", "partner_area"),
            Words("Ekspor ke negara pelapor sendiri.", "An export to the reporting area itself."),
            Severity.WARN,
        ),
    ),
)

LOCAL_EXPORTS = Table(
    name="core_trade__local_exports",
    kind="core",
    domain="trade",
    title=Words("Ekspor pelaku usaha daerah", "Exports of the region's firms"),
    key=(
        c.SOURCE_ORG,
        c.REGION_CODE,
        c.FREQUENCY,
        c.PERIOD_START,
        c.area("partner_area", "negara tujuan", "destination"),
        c.product_code(),
    ),
    measures=(
        c.money("value", "nilai ekspor", "export value"),
        c.CURRENCY,
        c.amount("net_weight_kg", "berat bersih", "net weight", "kg"),
        c.count("exporters", "eksportir", "exporters", "firms"),
    ),
    value_field="value",
    rules=(c.starts_its_period(),),
)

PRODUCERS = Table(
    name="core_trade__producers",
    kind="core",
    domain="trade",
    title=Words("Produsen menurut produk", "Producers by product"),
    key=(c.SOURCE_ORG, c.REGION_CODE, c.PERIOD_START, c.product_code()),
    measures=(
        c.count("producers", "produsen", "producers", "firms"),
        c.count("certified_producers", "produsen bersertifikat", "certified producers", "firms"),
        c.amount("capacity", "kapasitas", "capacity", "capacity_unit"),
        c.text("capacity_unit", "satuan kapasitas", "unit of the capacity"),
    ),
    value_field="producers",
)

TABLES = (FLOWS, LOCAL_EXPORTS, PRODUCERS)
