"""Cooperation register, promotion, investment, capacity and context indicators."""

from schemas.fields import common as c
from schemas.model import Field, Follows, RowRule, Severity, SmallCells, Table, Type, Words

STAGES = (
    "prakarsa",
    "penjajakan",
    "pernyataan_kehendak",
    "rencana_kerja_sama",
    "persetujuan_dprd",
    "verifikasi",
    "rancangan_naskah",
    "pembahasan",
    "persetujuan_pemerintah",
    "penandatanganan",
    "pelaksanaan",
    "monev",
    "perpanjangan",
    "berakhir",
)
# Incoterms 2020 (ICC).
INCOTERMS = ("EXW", "FCA", "CPT", "CIP", "DAP", "DPU", "DDP", "FAS", "FOB", "CFR", "CIF")
AGREEMENT_ID = c.text("agreement_id", "kode perjanjian", "agreement")
EVENT_ID = c.text("event_id", "kode peristiwa", "event")


def _pseudonym(name: str, id_: str, en: str) -> Field:
    return Field(name, Type.TEXT, Words(id_, en), pseudonym=True)


AGREEMENTS = Table(
    name="core_cooperation__agreements",
    kind="core",
    domain="cooperation",
    title=Words("Naskah kerja sama", "Cooperation agreements"),
    key=(c.REGION_CODE, AGREEMENT_ID),
    measures=(
        c.code("type", "jenis", "type", ("KSDPL", "KSDLL", "sister_school")),
        c.text("title_id", "judul bahasa Indonesia", "title in Indonesian"),
        c.text("title_en", "judul bahasa Inggris", "title in English"),
        c.area("partner_area", "negara mitra", "partner area"),
        c.text("partner_city", "kota mitra", "partner city"),
        c.text("partner_org", "lembaga mitra", "partner organisation"),
        c.text("fields", "bidang", "fields of cooperation"),
        c.flag("signed_by_heads", "ditandatangani kepala daerah", "signed by the heads"),
        c.flag("single_field", "satu bidang saja", "limited to one field"),
        c.flag("assembly_approved", "disetujui DPRD", "approved by the assembly"),
        c.count("notice_days", "masa pemberitahuan", "notice period", "days"),
        c.flag("auto_renew", "diperpanjang otomatis", "renewed automatically"),
        c.text("document_ref", "rujukan dokumen", "document reference"),
    ),
)
STAGE_EVENTS = Table(
    name="core_cooperation__stage_events",
    kind="core",
    domain="cooperation",
    title=Words("Tahap kerja sama menurut tanggal", "Stages of cooperation by date"),
    key=(c.REGION_CODE, EVENT_ID),
    measures=(
        AGREEMENT_ID,
        c.code("stage", "tahap", "stage", STAGES),
        c.day("event_date", "tanggal", "date"),
        c.day("valid_to", "berlaku sampai", "valid until"),
        c.NOTE,
    ),
    rules=(c.ends_after("event_date", "valid_to"),),
)
ACTIVITIES = Table(
    name="core_cooperation__activities",
    kind="core",
    domain="cooperation",
    title=Words("Kegiatan kerja sama", "Activities under agreements"),
    key=(c.REGION_CODE, c.text("activity_id", "kode kegiatan", "activity")),
    measures=(
        AGREEMENT_ID,
        c.text("field", "bidang", "field"),
        c.day("planned_date", "rencana", "planned"),
        c.day("actual_date", "pelaksanaan", "actual"),
        c.code("status", "status", "status", ("planned", "done", "postponed", "cancelled")),
        c.money("budget", "anggaran", "budget"),
        c.money("spent", "realisasi", "spent"),
        c.CURRENCY,
        c.text("outcome", "hasil", "outcome"),
    ),
)
EXHIBITIONS = Table(
    name="core_promotion__exhibitions",
    kind="core",
    domain="promotion",
    title=Words("Pameran", "Exhibitions"),
    key=(c.REGION_CODE, EVENT_ID),
    measures=(
        c.text("title", "judul", "title"),
        c.text("venue", "tempat", "venue"),
        c.day("start_date", "mulai", "start"),
        c.day("end_date", "selesai", "end"),
        c.code("mode", "cara", "mode", ("onsite", "online", "hybrid")),
        c.code("role", "peran", "role", ("host", "participant")),
        c.count("exhibitors", "peserta pameran", "exhibitors", "firms"),
        c.count("visitors", "pengunjung", "visitors"),
        c.count("visitors_foreign", "pengunjung asing", "foreign visitors"),
        c.money("cost", "biaya", "cost"),
        c.CURRENCY,
        AGREEMENT_ID,
    ),
    rules=(
        c.ends_after("start_date", "end_date"),
        c.part_of_all("visitors_foreign", "visitors"),
    ),
    small_cells=(
        SmallCells(
            ("visitors_foreign",),
            ("visitors_foreign", "visitors - visitors_foreign"),
            whole="visitors",
        ),
    ),
)
DEALS = Table(
    name="core_promotion__deals",
    kind="core",
    domain="promotion",
    title=Words("Transaksi pameran", "Deals at exhibitions"),
    key=(c.REGION_CODE, EVENT_ID, c.text("deal_id", "kode transaksi", "deal")),
    measures=(
        _pseudonym("buyer_ref", "rujukan pembeli", "buyer reference"),
        c.area("buyer_area", "negara pembeli", "buyer's area"),
        c.product_code(),
        c.code(
            "status",
            "status",
            "status",
            ("inquiry", "sample", "LoI", "contract", "shipped", "paid", "cancelled"),
        ),
        c.day("status_date", "tanggal status", "date of the status"),
        c.money("value", "nilai komitmen", "committed value"),
        c.money("realised_value", "nilai realisasi", "realised value"),
        c.CURRENCY,
        c.code("incoterm", "Incoterm", "Incoterm", INCOTERMS),
    ),
    value_field="value",
    rules=(
        c.money_needs_currency("value"),
        RowRule(
            "realised_beyond_committed",
            "realised_value <= value * 1.1",
            ("realised_value", "value"),
            Words(
                "Realisasi melebihi komitmen lebih dari 10%.",
                "The realised value is over 10% more than the committed one.",
            ),
            Severity.WARN,
        ),
    ),
    follows=Follows(
        "status_date", "event_id", "core_promotion__exhibitions", "event_id", "start_date"
    ),
)
FORUMS = Table(
    name="core_promotion__forums",
    kind="core",
    domain="promotion",
    title=Words("Forum internasional", "International forums"),
    key=(c.REGION_CODE, c.text("forum_id", "kode forum", "forum")),
    measures=(
        c.text("title", "judul", "title"),
        c.area("place_area", "negara tempat", "area where it was held"),
        c.day("start_date", "mulai", "start"),
        c.day("end_date", "selesai", "end"),
        c.code("role", "peran", "role", ("speaker", "exhibitor", "delegate")),
        c.count("delegation", "delegasi", "delegation"),
        c.count("followups_due", "tindak lanjut", "follow-ups due", "items"),
        c.count("followups_done", "tindak lanjut selesai", "follow-ups done", "items"),
        c.money("cost", "biaya", "cost"),
        c.CURRENCY,
        AGREEMENT_ID,
    ),
    rules=(
        c.ends_after("start_date", "end_date"),
        c.part_of_all("followups_done", "followups_due"),
    ),
)
LEADS = Table(
    name="core_investment__leads",
    kind="core",
    domain="investment",
    title=Words("Minat investasi", "Investment leads"),
    key=(c.REGION_CODE, c.text("lead_id", "kode minat", "lead")),
    measures=(
        _pseudonym("investor_ref", "rujukan investor", "investor reference"),
        c.area("investor_area", "negara investor", "investor's area"),
        c.text("kbli_code", "kode KBLI", "KBLI code"),
        c.code(
            "stage",
            "tahap",
            "stage",
            ("enquiry", "visit", "LoI", "NIB", "LKPM realised", "lost"),
        ),
        c.day("stage_date", "tanggal tahap", "date of the stage"),
        c.money("value", "nilai", "value"),
        c.CURRENCY,
        c.text("source_event_id", "peristiwa asal", "source event"),
    ),
    value_field="value",
    rules=(c.money_needs_currency("value"),),
    follows=Follows(
        "stage_date", "source_event_id", "core_promotion__exhibitions", "event_id", "start_date"
    ),
)
TRAINING = Table(
    name="core_capacity__training",
    kind="core",
    domain="capacity",
    title=Words("Pelatihan", "Training"),
    key=(c.REGION_CODE, c.text("course_id", "kode kursus", "course"), c.PERIOD_START),
    measures=(
        c.text("topic", "topik", "topic"),
        c.text("language", "bahasa", "language"),
        c.text("provider", "penyelenggara", "provider"),
        c.amount("hours", "jam", "hours", "hours"),
        c.count("participants", "peserta", "participants"),
        c.count("passed", "lulus", "passed"),
        c.text("level_before", "tingkat sebelum", "level before"),
        c.text("level_after", "tingkat sesudah", "level after"),
    ),
    value_field="participants",
    rules=(c.part_of_all("passed", "participants"),),
    small_cells=(
        SmallCells(("participants", "passed"), ("participants",)),
        SmallCells(("passed",), ("passed", "participants - passed"), whole="participants"),
    ),
)
INDICATORS = Table(
    name="core_context__indicators",
    kind="core",
    domain="context",
    title=Words("Indikator konteks", "Context indicators"),
    key=(
        c.text("indicator", "indikator", "indicator"),
        c.area("area", "negara", "area"),
        c.REGION_CODE,
        c.FREQUENCY,
        c.PERIOD_START,
    ),
    measures=(
        c.PERIOD_END,
        Field("value", Type.FIGURE, Words("nilai", "value"), unit="unit"),
        c.text("unit", "satuan", "unit"),
        c.text("series_name", "nama deret", "name of the series"),
        c.text(
            "series_type",
            "jenis deret (asli, disesuaikan musiman, tren)",
            "type of the series (original, seasonally adjusted, trend)",
        ),
    ),
    value_field="value",
    rules=(c.starts_its_period(),),
)

TABLES = (
    AGREEMENTS,
    STAGE_EVENTS,
    ACTIVITIES,
    EXHIBITIONS,
    DEALS,
    FORUMS,
    LEADS,
    TRAINING,
    INDICATORS,
)
