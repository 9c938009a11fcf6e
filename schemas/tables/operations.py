"""Operations: runs, loads, raw bytes, checks, quarantine. Append-only, no vintages."""

from schemas.fields import common as c
from schemas.model import Field, Table, Type, Words


def _number(name: str, id_: str, en: str, unit: str | None = None) -> Field:
    return Field(name, Type.INTEGER, Words(id_, en), unit=unit)


def _moment(name: str, id_: str, en: str) -> Field:
    return Field(name, Type.TIMESTAMP, Words(id_, en))


RUN_ID = c.text("run_id", "kode jalan", "run")
LOAD_SEQ = _number("load_seq", "nomor pemuatan", "load number")
SOURCE = c.text("source", "sumber", "source")
SLICE = c.text("slice", "irisan sumber", "slice of the source")
COUNTS = (
    _number("fetched", "baris datang", "rows received", "rows"),
    _number("new", "baru", "new", "rows"),
    _number("revised", "direvisi", "revised", "rows"),
    _number("unchanged", "tetap", "unchanged", "rows"),
    _number("deleted", "ditarik", "withdrawn", "rows"),
    _number("quarantined", "ditahan", "held back", "rows"),
    _number("duplicates", "kembar", "duplicates", "rows"),
    _number("ignored", "di luar cakupan", "out of scope", "rows"),
)

RUN = Table(
    name="ops_run",
    kind="ops",
    title=Words("Jalannya pipa data", "Runs"),
    key=(RUN_ID,),
    measures=(
        LOAD_SEQ,
        c.text("profile", "profil", "profile"),
        _moment("started_at", "mulai", "started"),
        _moment("finished_at", "selesai", "finished"),
        _number("exit_code", "kode keluar", "exit code"),
        _number("slices", "irisan", "slices"),
        _number("failed", "gagal", "failed"),
        c.text("version", "versi perangkat", "software version"),
    ),
)
ATTEMPT = Table(
    name="ops_attempt",
    kind="ops",
    title=Words("Hasil tiap irisan dalam tiap jalan", "Result of each slice in each run"),
    key=(RUN_ID, SOURCE, SLICE),
    measures=(
        LOAD_SEQ,
        c.text("status", "status", "status"),
        *COUNTS,
        c.text("error_code", "kode galat", "error code"),
        c.text("error_message", "galat", "error"),
        _moment("checked_at", "diperiksa", "checked"),
    ),
)
LOAD = Table(
    name="ops_load",
    kind="ops",
    title=Words("Pemuatan: satu nomor, satu keputusan", "Loads: one number, one decision"),
    key=(LOAD_SEQ,),
    measures=(
        RUN_ID,
        SOURCE,
        SLICE,
        c.text("table_name", "tabel", "table"),
        c.text("status", "dimuat atau ditolak", "loaded or refused"),
        *COUNTS,
        _moment("recorded_at", "saat diketahui", "when it became known here"),
        c.text("declaration_sha256", "sidik deklarasi", "declaration hash"),
        c.text("codes_sha256", "sidik daftar kode", "code list hash"),
        c.text("signal", "tanda dari sumber", "the source's own signal"),
        c.text("raw_sha256s", "byte asal (JSON)", "raw bytes (JSON)"),
        c.text("reader_sha256", "sidik pembaca", "reader hash"),
        c.text("change_reason", "alasan perubahan", "reason of its revisions"),
        c.text(
            "manifest",
            "apa yang ditanya dan datang (JSON)",
            "what was requested and received (JSON)",
        ),
        c.text("contents", "baris dan sidik per tabel (JSON)", "rows and hash by table (JSON)"),
    ),
)
RAW = Table(
    name="ops_raw",
    kind="ops",
    title=Words("Byte asal dan tanda terimanya", "Raw bytes and their receipts"),
    key=(c.text("raw_sha256", "SHA-256", "SHA-256"), LOAD_SEQ),
    measures=(
        RUN_ID,
        SOURCE,
        SLICE,
        c.text("method", "metode", "method"),
        c.text("url", "alamat tanpa kunci", "address without the key"),
        _number("status", "status HTTP", "HTTP status"),
        c.text("headers", "kepala jawaban (JSON)", "response headers (JSON)"),
        _number("bytes", "byte", "bytes", "bytes"),
        _moment("fetched_at", "diambil", "fetched"),
        c.text("declaration_sha256", "sidik deklarasi", "declaration hash"),
    ),
)
CHECK = Table(
    name="ops_check",
    kind="ops",
    title=Words("Hasil pemeriksaan batch", "Results of batch checks"),
    key=(LOAD_SEQ, c.text("check_id", "pemeriksaan", "check")),
    measures=(
        RUN_ID,
        SOURCE,
        SLICE,
        c.text("engine", "mesin", "engine (rules, great_expectations)"),
        c.text("column_name", "kolom", "column"),
        c.text("severity", "tingkat", "severity"),
        c.flag("success", "lulus", "passed"),
        _number("rows_checked", "baris diperiksa", "rows checked", "rows"),
        _number("rows_failed", "baris gagal", "rows failed", "rows"),
        c.text("detail", "rincian (JSON)", "detail (JSON)"),
    ),
)
QUARANTINE = Table(
    name="ops_quarantine",
    kind="ops",
    title=Words("Baris yang ditahan", "Rows held back"),
    key=(
        LOAD_SEQ,
        c.text("raw_sha256", "SHA-256 byte asal", "SHA-256 of the raw bytes"),
        _number("row_number", "nomor baris dalam byte itu", "row number in those bytes"),
    ),
    measures=(
        RUN_ID,
        SOURCE,
        SLICE,
        c.text("table_name", "tabel", "table"),
        c.text("reasons", "semua alasan (JSON)", "all reasons (JSON)"),
        c.text("record", "rekaman asal (JSON)", "raw record (JSON)"),
        c.text("row_key", "kunci baris, bila terbaca (JSON)", "key of the row, if readable (JSON)"),
        _moment("recorded_at", "saat diketahui", "when it became known here"),
    ),
)
ERASURE = Table(
    name="ops_erasure",
    kind="ops",
    title=Words("Byte asal yang dihapus atas permintaan", "Raw bytes erased on request"),
    key=(c.text("erased_sha256", "SHA-256", "SHA-256"),),
    measures=(
        LOAD_SEQ,
        RUN_ID,
        c.text("reason", "alasan", "reason"),
        _number(
            "versions", "versi angka yang ikut hilang", "versions of figures that went", "rows"
        ),
        _number(
            "refused_rows", "baris tersisih yang ikut hilang", "refused rows that went", "rows"
        ),
        _moment("recorded_at", "saat dihapus", "when it was erased"),
    ),
)

TABLES = (RUN, ATTEMPT, LOAD, RAW, CHECK, QUARANTINE, ERASURE)
