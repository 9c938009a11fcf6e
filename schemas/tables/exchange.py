"""Exchange in both senses: currency rates, and students and exchange programmes."""

from schemas.fields import common as c
from schemas.model import Between, Field, InList, RowRule, SmallCells, Table, Type, Words

RATES = Table(
    name="core_exchange__rates",
    kind="core",
    domain="exchange",
    title=Words("Kurs mata uang", "Exchange rates"),
    key=(
        c.day("rate_date", "tanggal kurs", "date of the rate"),
        Field(
            "base_currency",
            Type.TEXT,
            Words("mata uang dasar (1 satuan)", "base currency (1 unit)"),
            checks=(InList("currency"),),
        ),
        Field(
            "quote_currency",
            Type.TEXT,
            Words("mata uang kuotasi", "quote currency"),
            checks=(InList("currency"),),
        ),
        c.code(
            "rate_type",
            "jenis kurs",
            "kind of rate",
            ("reference", "middle", "buy", "sell", "transaction"),
        ),
    ),
    measures=(
        Field(
            "rate",
            Type.RATE,
            Words("satuan kuotasi untuk 1 satuan dasar", "units of quote for 1 of base"),
            unit="quote per base",
            checks=(Between(low=0.0000000001),),
        ),
    ),
    value_field="rate",
    rules=(
        RowRule(
            "two_currencies",
            "base_currency <> quote_currency",
            ("base_currency", "quote_currency"),
            Words(
                "Mata uang dasar dan kuotasi harus berbeda.",
                "The base and the quote must be different currencies.",
            ),
        ),
    ),
)

STUDENTS = Table(
    name="core_exchange__students",
    kind="core",
    domain="exchange",
    title=Words("Mahasiswa internasional", "Internationally mobile students"),
    key=(
        c.PERIOD_START,
        c.area("origin_area", "negara asal", "origin"),
        c.area("destination_area", "negara tujuan", "destination"),
        c.text("level", "jenjang", "level of education"),
    ),
    measures=(c.PERIOD_END, c.count("students", "mahasiswa", "students")),
    value_field="students",
)

PROGRAMMES = Table(
    name="core_exchange__programmes",
    kind="core",
    domain="exchange",
    title=Words("Angkatan program pertukaran", "Cohorts of exchange programmes"),
    key=(
        c.SOURCE_ORG,
        c.REGION_CODE,
        c.text("programme_id", "kode program", "programme"),
        c.text("cohort_id", "kode angkatan", "cohort"),
    ),
    measures=(
        c.text("title", "judul", "title"),
        c.area("partner_area", "negara mitra", "partner area"),
        c.text("partner_city", "kota mitra", "partner city"),
        c.text("partner_org", "lembaga mitra", "partner organisation"),
        c.code("direction", "arah", "direction", ("in", "out", "virtual")),
        c.text("level", "jenjang", "level"),
        c.day("start_date", "mulai", "start"),
        c.day("end_date", "selesai", "end"),
        c.count("participants_female", "peserta perempuan", "female participants"),
        c.count("participants_male", "peserta laki-laki", "male participants"),
        c.count("chaperones", "pendamping", "chaperones"),
        c.count("days", "hari", "days", "days"),
        c.money("cost", "biaya", "cost"),
        c.CURRENCY,
        c.text("funder", "pemberi dana", "funder"),
        c.flag("cancelled", "dibatalkan", "cancelled"),
        c.text("agreement_id", "kode perjanjian", "agreement"),
    ),
    value_field="participants_female",
    rules=(c.ends_after("start_date", "end_date"),),
    # Of two sexes one is the complement of the other, wherever a total is shown.
    small_cells=(
        SmallCells(
            ("participants_female", "participants_male"),
            ("participants_female", "participants_male"),
        ),
        SmallCells(("chaperones",), ("chaperones",)),
    ),
)

TABLES = (RATES, STUDENTS, PROGRAMMES)
