"""People-facing words, in Indonesian and English, and numbers as each language writes them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from babel.dates import format_date
from babel.numbers import format_decimal, format_percent

from schemas.marks import SIMULATED
from schemas.model import Words

NOTHING = "–"
MINUS = "\N{MINUS SIGN}"

WORDS: dict[str, Words] = {
    "title": Words("Hubungan luar negeri daerah", "Regional foreign relations"),
    "simulated": Words(
        "Data simulasi: tidak satu pun angka di sini nyata.",
        "Simulated data: no figure here is real.",
    ),
    "mark": Words(SIMULATED, SIMULATED),
    "made": Words("Diterbitkan", "Published"),
    "dictionary": Words("Kamus data", "Data dictionary"),
    "dictionary_note": Words(
        "Arti setiap tabel dan kolom, dengan satuannya. Cari dengan Ctrl+F. Kunci ditandai *.",
        "What every table and column means, with its unit. Search with Ctrl+F. Keys have a *.",
    ),
    "column": Words("Kolom", "Column"),
    "meaning": Words("Arti", "Meaning"),
    "made_from": Words("Dibuat dari", "Made from"),
    "kind_mart": Words("Mart: untuk laporan dan analisis", "Marts: for reports and analysis"),
    "kind_core": Words(
        "Angka terkini dan semua versinya", "Current figures and all their versions"
    ),
    "kind_ref": Words("Acuan", "Reference"),
    "kind_ops": Words("Catatan kerja", "Operations"),
    "other": Words("English", "Bahasa Indonesia"),
    "product": Words("Produk", "Product"),
    "value": Words("Nilai (ribu USD, FOB)", "Value (thousand USD, FOB)"),
    "change": Words("Perubahan", "Change"),
    "share": Words("Bagian", "Share"),
    "month": Words("Bulan", "Month"),
    "days": Words("Hari", "Days"),
    "freshness": Words("Kesegaran sumber", "Freshness of the sources"),
    "source": Words("Sumber", "Source"),
    "provider": Words("Penerbit", "Publisher"),
    "checked": Words("Diperiksa", "Checked"),
    "loaded": Words("Dimuat", "Loaded"),
    "refused": Words("Baris ditahan", "Rows held back"),
    "licence": Words("Lisensi", "Licence"),
    "state": Words("Keadaan", "State"),
    "due": Words("Jatuh tempo", "Due"),
    "last_good": Words("Terakhir berhasil", "Last good answer"),
    "reason": Words("Sebab", "Reason"),
    "withheld_none": Words(
        "Tidak ditampilkan: lisensi sumbernya melarang penyebaran ({sources}).",
        "Not shown: the licence of its sources forbids redistribution ({sources}).",
    ),
    "withheld_derived": Words(
        "Tidak ditampilkan: dari sumber ini hanya indikator yang boleh keluar, bukan angkanya "
        "sendiri ({sources}).",
        "Not shown: of these sources only indicators may leave, not their own figures ({sources}).",
    ),
    "withheld_open": Words(
        "Tidak ditampilkan: memuat catatan internal.", "Not shown: it has internal records."
    ),
    "withheld_rows": Words(
        "Baris yang menurut lisensi sumbernya tidak boleh keluar tidak ditampilkan.",
        "Rows that may not leave by the licence of their source are not shown.",
    ),
    "withheld_internal": Words(
        "Tidak ditampilkan: hanya untuk pemakaian di dalam pemerintah daerah.",
        "Not shown: for use inside the administration only.",
    ),
    "withheld_unclear": Words(
        "Tidak ditampilkan: asal angkanya tidak dapat dipastikan.",
        "Not shown: the origin of its figures cannot be ascertained.",
    ),
    "open_version": Words("Versi", "Version"),
    "open_table": Words("Tabel", "Table"),
    "open_rows": Words("Baris", "Rows"),
    "open_changes": Words("Perubahan", "Changes"),
    "open_first": Words("Versi pertama.", "The first version."),
    "open_other": Words(
        "Tidak ada angka sumber yang berubah; yang berubah ialah hasil hitungan, keterangan, atau "
        "lisensi.",
        "No figure of a source changed; calculations, descriptions or licences did.",
    ),
    "open_largest": Words(
        "{n} perubahan terbesar dari {all} revisi; semuanya ada di tabel changes.",
        "The {n} largest of {all} revisions; the table changes has all of them.",
    ),
    "open_more": Words("dan {n} kelompok lagi", "and {n} more groups"),
    "open_files": Words(
        "Setiap tabel ada sebagai CSV (UTF-8) dan Parquet; kolom dan satuannya ada di "
        "datapackage.json, deret SDMX beserta strukturnya di folder sdmx. SHA256SUMS memuat nilai "
        "hash setiap berkas. Sel kosong: tidak diketahui, dirahasiakan, atau tidak boleh keluar; "
        "value_status dan redistribution_of_row menyebut yang mana.",
        "Each table is there as CSV (UTF-8) and Parquet; datapackage.json has columns and units, "
        "the folder sdmx series with their structure. SHA256SUMS has the hash of each file. An "
        "empty cell is unknown, suppressed or may not leave; value_status and "
        "redistribution_of_row say which.",
    ),
    "digest": Words("Ringkasan {region}, {day}", "Digest of {region}, {day}"),
    "digest_nothing": Words(
        "tidak ada yang berubah sejak {day}, terlambat, segera berakhir, atau ditahan.",
        "nothing changed since {day}, is late, lapses soon or was held back.",
    ),
    "digest_changed": Words("Berubah sejak {day}", "Changed since {day}"),
    "digest_late": Words("Terlambat atau gagal", "Late or failing"),
    "digest_lapsing": Words("Segera berakhir", "Lapses soon"),
    "digest_refused": Words("Ditahan sejak {day}", "Held back since {day}"),
    "digest_new": Words("{n} baru", "{n} new"),
    "digest_revised": Words("{n} direvisi", "{n} revised"),
    "digest_withdrawn": Words("{n} ditarik", "{n} withdrawn"),
    "digest_rows": Words("{n} baris", "{n} rows"),
    "digest_more": Words("dan {n} lagi", "and {n} more"),
    "digest_until": Words("berlaku sampai {day} ({n} hari lagi)", "valid until {day} ({n} days)"),
    "digest_lapsed": Words("berakhir {day} ({n} hari lalu)", "lapsed {day} ({n} days ago)"),
    "digest_decide": Words("putuskan paling lambat {day}", "decide by {day}"),
    "digest_decide_late": Words(
        "keputusan ditunggu sejak {day}", "a decision has been due since {day}"
    ),
    "all_current": Words("Semua sumber mutakhir.", "All sources are current."),
    "newest": Words("Periode terbaru (awal)", "Newest period (start)"),
    "fine": Words("baik", "fine"),
    "failing": Words("gagal", "failing"),
    "late": Words("terlambat sejak {day}", "late since {day}"),
    "gone": Words("hilang di penyedia: dulu menjawab", "gone at the provider: it used to answer"),
    "no_rows": Words("belum pernah ada baris", "never had rows"),
    "never": Words("belum pernah", "never"),
    "unasked": Words("belum pernah diperiksa", "never checked"),
    "unit": Words("Satuan", "Unit"),
    "period": Words("Periode", "Period"),
    "stage": Words("Status data", "Data status"),
    "retrieved": Words("Tanggal pengambilan data", "Retrieved"),
    "no_data": Words("Data belum tersedia.", "No data yet."),
    "unknown": Words("tidak dinyatakan", "not stated"),
    "preliminary": Words("sementara", "preliminary"),
    "provisional": Words("diperbarui", "provisional"),
    "partner": Words("Mitra", "Partner"),
    "start": Words("Mulai", "Start"),
    "currency": Words("Mata uang", "Currency"),
    "year": Words("Tahun", "Year"),
    "markets": Words("Pariwisata: asal kunjungan", "Tourism: where visits come from"),
    "origin": Words("Asal", "Origin"),
    "gini": Words("Gini", "Gini"),
    "measure": Words("Ukuran", "Measure"),
    "trace": Words(
        "Setiap angka dapat ditelusuri hingga berkas asli (perintah: penataran trace).",
        "Every figure can be traced to the original file (command: penataran trace).",
    ),
    "trace_row": Words("Cara menelusuri baris pertama", "How to trace the first row"),
    "on_year_before": Words("dari tahun sebelumnya", "on the year before"),
    "was": Words("semula {value}", "was {value}"),
    "page": Words("Halaman", "Page"),
    "pages": Words("Halaman laporan", "Pages of the report"),
    "index": Words("Daftar isi", "Contents"),
    "index_intro": Words(
        "Pilih halaman menurut keperluan. Setiap angka memuat satuan, periode, sumber, status "
        "data, dan tanggal pengambilan data.",
        "Choose a page by what it is for. Every figure has its unit, period, source, data status "
        "and date of retrieval.",
    ),
    "table": Words("Tampilkan tabel", "Show the table"),
    "rows_shown": Words(
        "Ditampilkan {shown} dari {total} baris.", "{shown} of {total} rows are shown."
    ),
    "italics": Words("Cetak miring", "In italics"),
    "tables": Words("Tabel", "Tables"),
    "annex": Words("Lampiran data", "Data annex"),
    "table_number": Words("Tabel", "Table"),
    "figure": Words("Judul", "Title"),
    "rows": Words("Baris", "Rows"),
    "name": Words("Nama", "Name"),
    "codes": Words("Kode", "Codes"),
    "code": Words("Kode", "Code"),
    "metadata": Words("Metadata", "Metadata"),
    "says": Words("Ringkasan", "Summary"),
    "note": Words("Catatan", "Note"),
    "public": Words("Boleh disebarkan", "May be shared"),
    "yes": Words("ya", "yes"),
    "no": Words("tidak", "no"),
    "annexed": Words(
        "Tabelnya ada pada akhir berkas ini.", "Its table is at the end of this file."
    ),
    "by_number": Words(
        "Huruf yang tidak ada pada fon berkas ini ditulis dengan nomornya (\\u6771); halaman web "
        "menampilkannya.",
        "Letters that the fonts of this file lack are written by their number (\\u6771); the web "
        "page shows them.",
    ),
    "says_missing": Words("{subject}: data belum tersedia.", "{subject}: no data yet."),
    "says_value": Words("{subject} {when}: {value}.", "{subject} in {when}: {value}."),
    "says_up": Words(
        "{subject} {when}: {value}, naik {share} dibanding {before}.",
        "{subject} in {when}: {value}, up {share} on {before}.",
    ),
    "says_down": Words(
        "{subject} {when}: {value}, turun {share} dibanding {before}.",
        "{subject} in {when}: {value}, down {share} on {before}.",
    ),
    "says_steady": Words(
        "{subject} {when}: {value}, relatif tetap dibanding {before} (perubahan {share} masih "
        "dalam kisaran yang biasa).",
        "{subject} in {when}: {value}, steady on {before} (a change of {share} is within its usual "
        "range).",
    ),
    "says_only_value": Words(
        "{subject}: {value}; perubahannya belum dapat dihitung.",
        "{subject}: {value}; its change cannot be calculated yet.",
    ),
    "says_up_on_year": Words(
        "{subject}: {value}, naik {share} dibanding tahun sebelumnya.",
        "{subject}: {value}, up {share} on the year before.",
    ),
    "says_down_on_year": Words(
        "{subject}: {value}, turun {share} dibanding tahun sebelumnya.",
        "{subject}: {value}, down {share} on the year before.",
    ),
    "says_steady_on_year": Words(
        "{subject}: {value}, relatif tetap dibanding tahun sebelumnya (perubahan {share}).",
        "{subject}: {value}, steady on the year before (a change of {share}).",
    ),
    "says_first": Words("{subject}: {label}, {value}.", "{subject}: {label}, {value}."),
    "says_first_of_whole": Words(
        "{subject}: {label}, {value} ({share} dari seluruhnya).",
        "{subject}: {label}, {value} ({share} of the whole).",
    ),
    "says_first_of_shown": Words(
        "{subject}: {label}, {value} ({share} dari yang ditampilkan).",
        "{subject}: {label}, {value} ({share} of what is shown).",
    ),
    "says_counted_in_states": Words(
        "{subject}: {total}, di antaranya {parts}.", "{subject}: {total}, of which {parts}."
    ),
    "says_counted_by_state": Words(
        "{subject}: {total}, terdiri atas {parts}.", "{subject}: {total}, namely {parts}."
    ),
    "says_all_in_state": Words(
        "{subject}: {total}, semuanya {state}.", "{subject}: {total}, all {state}."
    ),
    "says_counted": Words("{subject}: {total}.", "{subject}: {total}."),
    "says_due_next": Words(
        "{subject}: {label}, {day} ({days} hari lagi).",
        "{subject}: {label}, {day} (in {days} days).",
    ),
    "says_nothing_due": Words(
        "{subject}: tidak ada setelah hari ini.", "{subject}: nothing after today."
    ),
    "says_points": Words("{points} poin persentase", "{points} percentage points"),
    "at_least": Words("sedikitnya", "at least"),
    "says_ratio": Words(
        "{subject}: {part} dari {whole}, atau {share}.", "{subject}: {part} of {whole}, or {share}."
    ),
    "says_ratio_at_least": Words(
        "{subject}: {part} dari {whole}, atau sedikitnya {share}; sebagian belum diketahui.",
        "{subject}: {part} of {whole}, or at least {share}; a part is not known.",
    ),
    "says_rate": Words(
        "{subject}: {part} terhadap {whole}, atau Rp{share} untuk setiap Rp1.",
        "{subject}: {part} against {whole}, or IDR {share} for each IDR 1.",
    ),
    "says_rate_at_least": Words(
        "{subject}: {part} terhadap {whole}, atau sedikitnya Rp{share} untuk setiap Rp1; sebagian "
        "belum diketahui.",
        "{subject}: {part} against {whole}, or at least IDR {share} for each IDR 1; a part is not "
        "known.",
    ),
    "says_balance": Words(
        "{subject}: {left} {left_value} dan {right} {right_value}, atau {left_share} {left} : "
        "{right_share} {right}.",
        "{subject}: {left} {left_value} and {right} {right_value}, or {left_share} {left} : "
        "{right_share} {right}.",
    ),
    "says_balance_at_least": Words(
        "{subject}: {left} sedikitnya {left_value} dan {right} sedikitnya {right_value}; sebagian "
        "dirahasiakan, jadi perbandingannya tidak diketahui.",
        "{subject}: {left} at least {left_value} and {right} at least {right_value}; a part is "
        "suppressed, so their ratio is not known.",
    ),
    "trillion": Words("triliun", "trillion"),
    "billion": Words("miliar", "billion"),
    "million": Words("juta", "million"),
    "unit_per_rupiah": Words("rupiah per rupiah", "rupiah for each rupiah"),
    "unit_percent": Words("persen", "percent"),
    "unit_share": Words("pangsa", "share"),
    "unit_persons": Words("orang", "people"),
    "unit_guests": Words("tamu", "guests"),
    "unit_visits": Words("kunjungan", "visits"),
    "unit_nights": Words("malam", "nights"),
    "unit_agreements": Words("naskah", "agreements"),
    "unit_producers": Words("pelaku usaha", "producers"),
    "unit_rows": Words("baris", "rows"),
    "unit_count": Words("", ""),
    "unit_IDR per head and year": Words("rupiah per orang per tahun", "IDR per head and year"),
    "unit_IDR per head": Words("rupiah per orang", "IDR per head"),
    "unit_juta rupiah": Words("juta rupiah", "million IDR"),
    "unit_percent gross": Words("persen bruto", "percent, gross"),
    "unit_percent of GDP": Words("persen PDB", "percent of GDP"),
    "unit_LCU per USD": Words("mata uang setempat per USD", "local currency per USD"),
    "unit_students": Words("mahasiswa", "students"),
}


HALF = 0.5
FIRST_DIGITS = "@#"  # what is not zero is never shown as zero


def at_least(text: str, *, is_part: bool) -> str:
    """`≥ 12` where a part of a sum is unknown."""
    return f"≥ {text}" if is_part and text != NOTHING else text


def word(name: str, language: str, **values: object) -> str:
    return WORDS[name].in_language(language).format(**values)


def number(value: Decimal | float | int | None, language: str, digits: int = 0) -> str:
    """`1.234,5` in Indonesian, `1,234.5` in English; an en dash where there is no value."""
    if value is None:
        return NOTHING
    pattern = f"#,##0.{'0' * digits}" if digits else "#,##0"
    if 0 < abs(float(value)) * 10.0**digits < HALF:
        pattern = FIRST_DIGITS
    return _signed(format_decimal(value, format=pattern, locale=language))


def _signed(text: str) -> str:
    """With the sign for minus, not a hyphen."""
    return text.replace("-", MINUS, 1) if text.startswith("-") else text


def percent(share: Decimal | float | None, language: str) -> str:
    """A share of one: `2,6%` in Indonesian, `2.6%` in English."""
    if share is None:
        return NOTHING
    pattern = f"{FIRST_DIGITS}%" if 0 < abs(float(share)) * 1000 < HALF else "#,##0.0%"
    return _signed(format_percent(share, format=pattern, locale=language))


def change(share: Decimal | float | None, language: str) -> str:
    """A change as a share of what was before, always with its sign: `+2,6%`, `−2,6%`."""
    return f"{'+' if share and share > 0 else ''}{percent(share, language)}"


def long_month(value: date, language: str) -> str:
    """`Agustus 2025` in Indonesian, `August 2025` in English."""
    return str(format_date(value, "MMMM y", locale=language))


def month(value: date, language: str) -> str:
    """`Agu 2025` in Indonesian, `Aug 2025` in English."""
    return str(format_date(value, "MMM y", locale=language))


def day(value: datetime | date | None, language: str) -> str:
    """`9 Agu 2025` in Indonesian, `9 Aug 2025` in English."""
    if value is None:
        return word("never", language)
    return str(format_date(value, "d MMM y", locale=language))
