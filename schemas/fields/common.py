"""Fields that tables of several domains share."""

from schemas.model import Between, Field, InList, Matches, OneOf, RowRule, Severity, Type, Words

EARLIEST_PERIOD = "1900-01-01"
LATEST_PERIOD = "2100-01-01"

FREQUENCY = Field(
    "frequency",
    Type.TEXT,
    Words("frekuensi periode", "period frequency"),
    checks=(OneOf(("A", "S", "Q", "M", "W", "D")),),
)
PERIOD_START = Field(
    "period_start",
    Type.DATE,
    Words("awal periode", "first day of the period"),
    checks=(Between(EARLIEST_PERIOD, LATEST_PERIOD),),
)
PERIOD_END = Field("period_end", Type.DATE, Words("akhir periode", "last day of the period"))
REGION_CODE = Field(
    "region_code",
    Type.TEXT,
    Words("kode wilayah BPS, atau TOTAL", "BPS region code, or TOTAL"),
    checks=(Matches(r"^(TOTAL|\d{2}|\d{4})$"),),
)
SOURCE_ORG = Field("source_org", Type.TEXT, Words("instansi pengirim", "sending organisation"))
BREAKDOWN_TYPE = Field(
    "breakdown_type",
    Type.TEXT,
    Words("jenis rincian (pelabuhan, moda), atau TOTAL", "kind of breakdown, or TOTAL"),
)
BREAKDOWN_CODE = Field(
    "breakdown_code", Type.TEXT, Words("kode rincian, atau TOTAL", "breakdown code, or TOTAL")
)
CURRENCY = Field(
    "currency",
    Type.TEXT,
    Words("mata uang ISO 4217", "ISO 4217 currency"),
    checks=(InList("currency"),),
)
NOTE = Field("note", Type.TEXT, Words("catatan", "note"))


def area(name: str, id_: str, en: str) -> Field:
    """An area as ISO 3166-1 alpha-3, `WLD`, or a non-country of `ref_area`."""
    return Field(name, Type.TEXT, Words(id_, en), checks=(InList("area"),))


def text(name: str, id_: str, en: str) -> Field:
    return Field(name, Type.TEXT, Words(id_, en))


def code(name: str, id_: str, en: str, values: tuple[str, ...]) -> Field:
    return Field(name, Type.TEXT, Words(id_, en), checks=(OneOf(values),))


def day(name: str, id_: str, en: str) -> Field:
    return Field(name, Type.DATE, Words(id_, en), checks=(Between(EARLIEST_PERIOD, LATEST_PERIOD),))


def count(name: str, id_: str, en: str, unit: str = "persons") -> Field:
    return Field(name, Type.INTEGER, Words(id_, en), unit=unit, checks=(Between(low=0),))


def money(name: str, id_: str, en: str) -> Field:
    return Field(
        name, Type.DECIMAL, Words(id_, en), unit="currency units", checks=(Between(low=0),)
    )


def amount(name: str, id_: str, en: str, unit: str, high: float | None = None) -> Field:
    return Field(name, Type.DECIMAL, Words(id_, en), unit=unit, checks=(Between(0, high),))


def share(name: str, id_: str, en: str, unit: str, high: float | None = None) -> Field:
    """A share or a mean, with all decimals that were published."""
    return Field(name, Type.FIGURE, Words(id_, en), unit=unit, checks=(Between(0, high),))


def flag(name: str, id_: str, en: str) -> Field:
    return Field(name, Type.BOOLEAN, Words(id_, en))


def ends_after(start: str, end: str) -> RowRule:
    """An end is not before its start."""
    return RowRule(
        "period_order",
        f"{end} >= {start}",
        (end, start),
        Words(
            "Akhir lebih awal daripada mulai.",
            "The end comes before the start.",
            "終了が開始より前です。",
        ),
    )


def starts_its_period() -> RowRule:
    """A period begins where one of its frequency can: quarters by quarters of the calendar, as do
    half years and years, also the fiscal ones of Japan (April), Australia (July) and Thailand
    (October). A month of its own under a quarter would be counted three times."""
    first = "extract(day FROM period_start) = 1"
    return RowRule(
        "wrong_period_start",
        f"CASE WHEN frequency IN ('A', 'S', 'Q') "
        f"THEN {first} AND extract(month FROM period_start) IN (1, 4, 7, 10) "
        f"WHEN frequency = 'M' THEN {first} "
        f"WHEN frequency = 'W' THEN extract(isodow FROM period_start) = 1 END",
        ("period_start", "frequency"),
        Words(
            "Periode tidak cocok dengan frekuensi: triwulan, semester dan tahun mulai pada bulan "
            "1, 4, 7 atau 10, bulan mulai pada tanggal 1.",
            "The period does not fit the frequency: a quarter, a half year and a year begin in "
            "month 1, 4, 7 or 10, a month on its first day.",
            "期間と頻度が合いません。四半期・半期・年は1・4・7・10月、月は1日に始まります。",
        ),
    )


def money_needs_currency(name: str) -> RowRule:
    """A value has its currency beside it."""
    return RowRule(
        "currency_missing",
        f"{name} IS NULL OR currency IS NOT NULL",
        ("currency", name),
        Words(
            "Nilai membutuhkan mata uang, misalnya IDR.",
            "A value needs its currency, for example IDR.",
            "金額には通貨（例: IDR）が必要です。",
        ),
    )


def part_of_all(part: str, whole: str) -> RowRule:
    """A part is not larger than the whole."""
    return RowRule(
        "part_of_all",
        f"{part} <= {whole}",
        (part, whole),
        Words(
            "Jumlah bagian lebih besar daripada seluruhnya.",
            "A part is larger than the whole.",
            "内訳が全体を超えています。",
        ),
    )


LOST_ZERO = Words(
    "kode HS berdigit genap; mungkin nol di depan hilang (0901, bukan 901)",
    "HS codes have an even number of digits; a leading zero may be lost (0901, not 901)",
)
HS_CODE = r"TOTAL|\d{2}|\d{4}|\d{6}|\d{8}|\d{9}|\d{10}"


def product_code(severity: Severity = Severity.QUARANTINE) -> Field:
    """A code of HS: text with leading zeros, or TOTAL."""
    return _product_code(f"^({HS_CODE})$", LOST_ZERO, severity)


def classified_product_code() -> Field:
    """A code of the classification that stands beside it: SITC and BEC have one digit and more."""
    return _product_code(r"^(TOTAL|[0-9A-Z]{1,10})$", None, Severity.QUARANTINE)


def hs_code_rule() -> RowRule:
    """For tables with several classifications: what is HS has an even number of digits, or the
    nine of Japan's statistical lines."""
    return RowRule(
        "malformed",
        "left(product_classification, 2) <> 'HS' OR product_code = 'TOTAL' "
        "OR length(product_code) IN (2, 4, 6, 8, 9, 10)",
        ("product_code", "product_classification"),
        Words("kode menurut klasifikasinya", f"^({HS_CODE})$"),
        hint=LOST_ZERO,
    )


def _product_code(pattern: str, hint: Words | None, severity: Severity) -> Field:
    return Field(
        "product_code",
        Type.TEXT,
        Words("kode produk", "product code"),
        checks=(Matches(pattern, hint=hint), InList("product", severity)),
    )
