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
    "subtitle": Words(
        "Ekspor, kurs, pariwisata, pertukaran, hasil, kerja sama, dan kesegaran data",
        "Exports, rates, tourism, exchanges, outcomes, cooperation and freshness of data",
    ),
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
    "exports": Words("Ekspor Indonesia menurut produk", "Indonesia's exports by product"),
    "exports_note": Words(
        "Angka nasional untuk produk yang dijual daerah; bukan ekspor daerah sendiri. "
        "Batang: {year}. Garis tegak: {previous}. Perubahan hanya membandingkan negara yang ada "
        "pada kedua tahun; ≥: paling sedikit, karena satu negara dari {previous} belum ada.",
        "National figures for products that the region sells; not the region's own exports. "
        "Bars: {year}. Upright marks: {previous}. A change compares only countries that are in "
        "both years; ≥: at least, since a country of {previous} is missing.",
    ),
    "to": Words("ke {partner}", "to {partner}"),
    "product": Words("Produk", "Product"),
    "value": Words("Nilai (ribu USD, FOB)", "Value (thousand USD, FOB)"),
    "value_unit": Words("ribu USD, FOB", "thousand USD, FOB"),
    "change": Words("Perubahan", "Change"),
    "share": Words("Bagian", "Share"),
    "not_compared": Words("Tidak dibandingkan karena tidak ada", "Missing, so not compared"),
    "all_products": Words("Semua produk", "All products"),
    "rates": Words("Kurs rupiah", "Rupiah rates"),
    "rates_note": Words(
        "Rupiah untuk satu satuan mata uang, rata-rata bulanan satu sumber; kurs silang bila "
        "sumber itu mencatat keduanya terhadap mata uang lain.",
        "Rupiah for one unit of the currency, monthly average of one source; crossed where that "
        "source quotes both against a third currency.",
    ),
    "month": Words("Bulan", "Month"),
    "days": Words("Hari", "Days"),
    "rate_unit": Words("Rp per {currency}", "IDR per {currency}"),
    "index_title": Words("Indeks (bulan pertama = 100)", "Index (first month = 100)"),
    "freshness": Words("Kesegaran sumber", "Freshness of the sources"),
    "source": Words("Sumber", "Source"),
    "provider": Words("Penerbit", "Publisher"),
    "checked": Words("Diperiksa", "Checked"),
    "loaded": Words("Dimuat", "Loaded"),
    "refused": Words("Baris disisihkan", "Rows set aside"),
    "licence": Words("Lisensi", "Licence"),
    "state": Words("Keadaan", "State"),
    "due": Words("Jatuh tempo", "Due"),
    "last_good": Words("Terakhir berhasil", "Last good answer"),
    "reason": Words("Sebab", "Reason"),
    "all_current": Words("Semua sumber mutakhir.", "All sources are current."),
    "newest": Words("Periode terbaru (awal)", "Newest period (start)"),
    "freshness_note": Words(
        "Terlambat: angka periode berikut belum datang pada hari yang dijanjikan kalender sumber, "
        "ditambah kelonggaran.",
        "Late: the figures of the next period are not here on the day that the source's calendar "
        "promises, with a grace.",
    ),
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
    "final": Words("tetap", "final"),
    "agreements": Words("Kerja sama luar negeri", "Cooperation agreements"),
    "agreements_note": Words(
        "Tahap terakhir menurut tanggal. Kegiatan: terlaksana / direncanakan, 12 bulan terakhir. "
        "Kabupaten dan kota tidak pernah dijumlahkan.",
        "The newest stage by date. Activities: done / planned, trailing 12 months. Regency and "
        "city are never summed.",
    ),
    "agreement": Words("Naskah", "Agreement"),
    "partner": Words("Mitra", "Partner"),
    "stage_now": Words("Tahap", "Stage"),
    "valid_to": Words("Berlaku sampai", "Valid until"),
    "done_of_planned": Words("Kegiatan", "Activities"),
    "exhibitions": Words("Pameran: komitmen dan realisasi", "Exhibitions: committed and realised"),
    "exhibitions_note": Words(
        "Komitmen di pameran adalah niat; realisasi dilaporkan terpisah. Juta rupiah menurut kurs "
        "hari pertama (biaya) dan tanggal status (transaksi); nilai asli di kolom terakhir. "
        "≥: sebagian realisasi belum diketahui. * acara bersama, dihitung sekali.",
        "What is committed at an exhibition is an intention; what was realised stands apart. "
        "Million rupiah at the rate of the first day (cost) and of the date of the status (deals); "
        "what was written is in the last column. ≥: a part of what was realised is unknown. "
        "* joint event, counted once.",
    ),
    "exhibition": Words("Pameran", "Exhibition"),
    "start": Words("Mulai", "Start"),
    "currency": Words("Mata uang", "Currency"),
    "cost_million": Words("Biaya (juta Rp)", "Cost (million IDR)"),
    "contracts": Words("Kontrak", "Contracts"),
    "committed_million": Words("Komitmen (juta Rp)", "Committed (million IDR)"),
    "realised_million": Words("Realisasi (juta Rp)", "Realised (million IDR)"),
    "realised_share": Words("Terealisasi", "Realised share"),
    "realised_per_cost": Words("Realisasi per rupiah biaya", "Realised per rupiah of cost"),
    "as_written": Words("Nilai asli", "As written"),
    "written_cost": Words("biaya {money}", "cost {money}"),
    "written_committed": Words("komitmen {money}", "committed {money}"),
    "written_realised": Words("realisasi {money}", "realised {money}"),
    "no_rate": Words("tanpa kurs", "no rate"),
    "exchanges": Words("Pertukaran pelajar: timbal balik", "Student exchange: reciprocity"),
    "exchanges_note": Words(
        "Hari-peserta keluar dan masuk; 1 = seimbang. Angkatan dengan kurang dari lima orang "
        "disamarkan dan tidak ikut dihitung (jumlahnya dalam kurung); timbal baliknya lalu tidak "
        "diketahui.",
        "Participant-days out and in; 1 = balanced. Cohorts with fewer than five people are "
        "suppressed and left out (how many, in brackets); reciprocity is then unknown.",
    ),
    "year": Words("Tahun", "Year"),
    "days_out": Words("Hari-peserta keluar", "Participant-days out"),
    "days_in": Words("Hari-peserta masuk", "Participant-days in"),
    "reciprocity": Words("Timbal balik", "Reciprocity"),
    "cohorts_hidden": Words("Angkatan (disamarkan)", "Cohorts (suppressed)"),
    "markets": Words("Pariwisata: asal kunjungan", "Tourism: where visits come from"),
    "markets_note": Words(
        "Kunjungan ke Indonesia menurut kebangsaan pada tahun lengkap terakhir; yang masuk dua "
        "kali dihitung dua kali. Garis tegak: tahun sebelumnya. Gini 0 = merata sepanjang tahun. "
        "≥ … (11/12): paling sedikit, satu bulan belum diketahui atau disamarkan.",
        "Visits to Indonesia by nationality in the newest complete year; who enters twice counts "
        "twice. Upright marks: the year before. Gini 0 = even over the year. ≥ … (11/12): at "
        "least, since one month is not known or suppressed.",
    ),
    "origin": Words("Asal", "Origin"),
    "visits": Words("Kunjungan", "Visits"),
    "peak": Words("Puncak", "Peak"),
    "gini": Words("Gini", "Gini"),
    "compared": Words(
        "Pariwisata: kunjungan, tamu, dan hunian", "Tourism: visits, guests and occupancy"
    ),
    "compared_note": Words(
        "Setiap baris menghitung hal lain dan tidak boleh dijumlahkan: satu orang bisa menjadi dua "
        "kunjungan dan tiga tamu hotel. Setelah tahun lengkap terakhir berdiri tahun yang belum "
        "lengkap: ≥ paling sedikit, (11/12) sebelas bulan diketahui.",
        "Each row counts something else and must not be added: one person can make two visits and "
        "be three hotel guests. Beside the newest complete year stands a later one that is not "
        "complete: ≥ at least, (11/12) eleven months are known.",
    ),
    "place": Words("Wilayah", "Place"),
    "measure": Words("Ukuran", "Measure"),
    "value_plain": Words("Nilai", "Value"),
    "students": Words("Mahasiswa: dua arah", "Students: both ways"),
    "students_note": Words(
        "Mahasiswa pendidikan tinggi dari dan ke Indonesia. Kedua arah hanya dibandingkan dalam "
        "satu sumber; 1 = seimbang. Baris dunia adalah hitungan sumber, bukan jumlah baris lain.",
        "Tertiary students from and to Indonesia. Both ways are compared within one source only; "
        "1 = balanced. The row of the world is the source's own count, not the sum of others.",
    ),
    "students_out": Words("Keluar", "Out"),
    "students_in": Words("Masuk", "In"),
    "world": Words("Dunia", "World"),
    "outcomes": Words("Hasil: apakah penghidupan membaik?", "Outcomes: do people live better?"),
    "outcomes_note": Words(
        "Asosiasi, bukan sebab. Angka-angka ini berdampingan untuk wilayah dan tahun yang sama; "
        "dari tabel ini tidak dapat disimpulkan bahwa kerja sama menaikkan pendapatan: tidak ada "
        "daerah pembanding, tahunnya sedikit, dan banyak hal lain ikut berubah. Baris provinsi "
        "memuat kabupaten dan kotanya. (6/12): enam bulan yang lengkap. ≥: sebagian nilai "
        "disamarkan atau belum ada. Ekspor dan tamu berasal dari satu laporan saja: pengirim yang "
        "didahulukan daerah, atau, bila belum ditetapkan, kode pertama dengan tahun lengkap.",
        "Association, not cause. These figures stand side by side for the same region and year; "
        "the table cannot show that cooperation raised incomes: there is no comparison region, the "
        "years are few, and much else changed too. A province's row holds its regencies and "
        "cities. (6/12): six months are complete. ≥: some values are hidden or missing. Exports "
        "and guests are of one statement: of the sender that the region puts first or, where it "
        "declares none, of the first code with a whole year.",
    ),
    "exports_thousand": Words("Ekspor daerah (ribu USD)", "Own exports (thousand USD)"),
    "guests_foreign": Words("Tamu asing", "Foreign guests"),
    "deals_million": Words("Realisasi transaksi (juta Rp)", "Realised deals (million IDR)"),
    "statements": Words("Laporan ekspor; tamu", "Statements of exports; guests"),
    "statements_of": Words("{count} laporan", "{count} statements"),
    "statements_one": Words("1 laporan", "1 statement"),
    "statements_differ": Words("berbeda {share}", "differ by {share}"),
    "statements_unordered": Words("urutan belum ditetapkan", "no order declared"),
    "only_total": Words("hanya TOTAL", "TOTAL only"),
    "only_world": Words("hanya dunia", "the world only"),
    "participants_both": Words("Peserta keluar / masuk", "Participants out / in"),
    "grdp_growth": Words("PDRB riil", "Real regional GDP"),
    "spending_million": Words("Pengeluaran per orang (juta Rp)", "Spending per head (million IDR)"),
    "poverty": Words("Miskin (%)", "Poor (%)"),
    "employed": Words(
        "Bekerja: tani / industri / jasa (%)", "Employed: farming / industry / services (%)"
    ),
    "visits_unit": Words("kunjungan", "visits"),
    "students_unit": Words("mahasiswa", "students"),
    "own_records": Words("catatan daerah sendiri", "the region's own records"),
    "trace": Words(
        "Setiap angka dapat ditelusuri hingga berkas asli (perintah: penataran trace).",
        "Every figure can be traced to the original file (command: penataran trace).",
    ),
    "on_year_before": Words("dari tahun sebelumnya", "on the year before"),
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
    "says_counted": Words("{subject}: {total}.", "{subject}: {total}."),
    "says_due_next": Words(
        "{subject}: {label}, {day} ({days} hari lagi).",
        "{subject}: {label}, {day} (in {days} days).",
    ),
    "says_nothing_due": Words(
        "{subject}: tidak ada setelah hari ini.", "{subject}: nothing after today."
    ),
    "says_points": Words("{points} poin persentase", "{points} percentage points"),
    "says_ratio": Words(
        "{subject}: {part_words} {part} dari {whole_words} {whole}, atau {share}.",
        "{subject}: {part_words} {part} of {whole_words} {whole}, or {share}.",
    ),
    "says_ratio_at_least": Words(
        "{subject}: {part_words} sedikitnya {part} dari {whole_words} {whole}, atau sedikitnya "
        "{share}; sebagian belum diketahui.",
        "{subject}: {part_words} at least {part} of {whole_words} {whole}, or at least {share}; a "
        "part is not known.",
    ),
    "says_rate": Words(
        "{subject}: {part_words} {part} terhadap {whole_words} {whole}, atau Rp{share} untuk "
        "setiap Rp1.",
        "{subject}: {part_words} {part} against {whole_words} {whole}, or IDR {share} for each "
        "IDR 1.",
    ),
    "says_rate_at_least": Words(
        "{subject}: {part_words} sedikitnya {part} terhadap {whole_words} {whole}, atau sedikitnya "
        "Rp{share} untuk setiap Rp1; sebagian belum diketahui.",
        "{subject}: {part_words} at least {part} against {whole_words} {whole}, or at least IDR "
        "{share} for each IDR 1; a part is not known.",
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
    "unit_persons": Words("orang", "people"),
    "unit_guests": Words("tamu", "guests"),
    "unit_visits": Words("kunjungan", "visits"),
    "unit_nights": Words("malam", "nights"),
    "unit_agreements": Words("naskah", "agreements"),
    "unit_producers": Words("pelaku usaha", "producers"),
    "unit_rows": Words("baris", "rows"),
    "unit_count": Words("", ""),
    "unit_students": Words("mahasiswa", "students"),
    "chart_alt": Words(
        "Diagram batang; angkanya ada pada tabel di bawah.",
        "Bar chart; its figures are in the table below.",
    ),
    "line_alt": Words(
        "Diagram garis; angkanya ada pada tabel di bawah.",
        "Line chart; its figures are in the table below.",
    ),
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
