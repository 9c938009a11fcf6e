"""Texts of the command line in Indonesian and English. `PENATARAN_LANGUAGE` chooses.

Machine output (`--json`, CSV, column names of a query) is not translated. Errors are in
`flows.cli.problems`, answers to a file's sender in `tasks.answers.words`.
"""

from __future__ import annotations

import os

from schemas.model import Words


def language() -> str:
    """The language of what people read: Indonesian unless the environment asks for English."""
    return "en" if os.environ.get("PENATARAN_LANGUAGE") == "en" else "id"


def text(words: Words) -> str:
    return words.in_language(language())


# --- help -------------------------------------------------------------------------------------

DESCRIPTION = Words(
    "Data perdagangan, wisata, dan pertukaran mitra daerah, terlacak sampai ke byte asalnya.",
    "Trade, tourism and exchange data of a region's partners, traceable to the original bytes.",
)
USAGE = Words("pemakaian: ", "usage: ")
ARGUMENTS = Words("argumen", "arguments")
OPTIONS = Words("pilihan", "options")

VERBS: dict[str, Words] = {
    "run": Words(
        "ambil, periksa, dan muat data terbaru, lalu terbitkan",
        "fetch, validate and load what is due, then publish",
    ),
    "backfill": Words(
        "seperti run untuk banyak periode; dapat dilanjutkan",
        "the same over many periods; resumable",
    ),
    "sources": Words("daftar sumber dan lisensinya", "list of sources and their licences"),
    "status": Words(
        "kemutakhiran, jumlah baris, baris ditahan, jadwal berikut",
        "freshness, rows, quarantine, next run",
    ),
    "query": Words(
        "SQL baca-saja pada gudang data terbitan", "read-only SQL on the published warehouse"
    ),
    "trace": Words("asal suatu angka sampai ke byte mentahnya", "a figure's origin, down to bytes"),
    "explain": Words(
        "mengapa suatu angka berubah: kapan, dari berapa, dan alasannya",
        "why a figure changed: when, from what, and the reason",
    ),
    "describe": Words(
        "arti setiap tabel dan kolom, satuan, kunci, dan sumbernya",
        "what tables and columns mean: units, keys, sources",
    ),
    "indicator": Words(
        "hitung indikator dari berkas CSV sendiri", "an indicator of a CSV file of your own"
    ),
    "quarantine": Words("baris yang ditolak dan alasannya", "refused rows and their reasons"),
    "quarantine list": Words(
        "baris yang ditolak pada muatan terbaru", "refused rows of the newest load of each slice"
    ),
    "quarantine export": Words(
        "daftar yang sama sebagai berkas CSV", "the same list as a CSV file"
    ),
    "quarantine retry": Words(
        "baca ulang byte mentah menurut aturan sekarang", "read the landed bytes again by new rules"
    ),
    "rebuild": Words(
        "buat ulang gudang data dari lake, atau lake dari landing",
        "the warehouse from the lake again, or the lake from landing",
    ),
    "maintain": Words(
        "gabungkan berkas kecil, hapus yang tidak diperlukan",
        "join small files, remove what is not needed",
    ),
    "erase": Words(
        "hapus suatu byte mentah dan semua yang dibaca darinya",
        "remove some bytes and everything read from them",
    ),
    "verify": Words(
        "periksa setiap byte yang disimpan terhadap namanya",
        "check every stored byte against its name",
    ),
    "backup": Words(
        "salin landing, lake, dan catatan proses ke folder lain",
        "copy landing, lake and ledger to another folder",
    ),
    "restore": Words("kembalikan home dari cadangan", "make the home what a backup has"),
    "publish": Words(
        "buat ulang terbitan, atau data terbuka, dari gudang data",
        "publish the current warehouse again, or its open data",
    ),
    "digest": Words(
        "ringkasan harian: yang berubah, terlambat, segera berakhir, ditahan",
        "daily digest: what changed, is late, lapses soon, was held back",
    ),
    "schema": Words(
        "JSON Schema deklarasi, untuk editor", "JSON Schema of declarations, for editors"
    ),
    "new-source": Words("buat deklarasi sumber baru", "create a declaration of a new source"),
    "check-source": Words(
        "uji deklarasi sumber pada berkas contohnya", "try a declaration on its specimen"
    ),
    "intake": Words(
        "terima berkas dari mitra, dan jawab berkas itu",
        "take in a partner's file and answer it",
    ),
    "inbox": Words(
        "proses semua berkas di folder para pengirim", "take in all files in the senders' folders"
    ),
    "template": Words("buku kerja yang diisi oleh mitra", "the workbook that a partner fills in"),
    "serve": Words(
        "jalankan server Prefect dan semua jadwal", "start the Prefect server and all schedules"
    ),
    "doctor": Words(
        "yang kurang atau tidak aman, dan cara memperbaikinya",
        "what is missing or unsafe, and how to fix it",
    ),
}

BROKEN = Words("deklarasi rusak", "broken declaration")

INDICATORS = (
    "rca, complexity, fitness, density, hhi, gini, theil, growth, cagr, mad, kendall, composite"
)
PERIOD = Words("YYYY, YYYY-MM, atau YYYY-MM-DD", "YYYY, YYYY-MM or YYYY-MM-DD")
HELP: dict[str, Words] = {
    "help": Words("tampilkan bantuan ini", "show this help"),
    "version": Words("tampilkan versi", "show the version"),
    "json": Words("hasil sebagai JSON", "result as JSON"),
    "since": Words(f"awal periode: {PERIOD.id}", f"first period: {PERIOD.en}"),
    "until": Words(f"akhir periode: {PERIOD.id}", f"last period: {PERIOD.en}"),
    "profile": Words("data sungguhan atau simulasi", "real or simulated data"),
    "direct": Words("tanpa Prefect", "without Prefect"),
    "accept_deletions": Words(
        "mitra memang menarik baris sebanyak itu (sebut nama sumbernya)",
        "the partner really withdrew that many rows (name the sources)",
    ),
    "as_known_on": Words(
        "seperti diketahui pada tanggal ini, atau waktu dengan zonanya",
        "as known on this date, or time with its zone",
    ),
    "limit": Words("paling banyak sekian baris", "at most so many rows"),
    "offset": Words("lewati sekian baris pertama", "leave out so many rows first"),
    "format": Words("bentuk hasil", "form of the result"),
    "table": Words("tabel atau mart; tanpa itu, daftarnya", "a table or mart; without it, all"),
    "language_of_words": Words("bahasa penjelasan", "language of what is said"),
    "indicator": Words(f"salah satu dari {INDICATORS}", f"one of {INDICATORS}"),
    "input": Words(
        "berkas CSV dengan judul kolom; - untuk masukan standar",
        "CSV file with headings; - for the standard input",
    ),
    "by": Words(
        "hitung sendiri-sendiri menurut kolom ini", "a calculation for each value of these"
    ),
    "set": Words(
        "nama kolom (value=nilai_ekspor) atau pilihan; lihat docs/indicators.md",
        "name of a column (value=export_value) or an option; see docs/indicators.md",
    ),
    "output": Words("berkas hasil", "file for the result"),
    "of_source": Words("hanya dari sumber ini", "of this source only"),
    "from": Words("bahan pembuatan ulang", "what to rebuild from"),
    "reinterpret": Words(
        "menurut deklarasi sekarang (dengan --from landing)",
        "by today's declarations (with --from landing)",
    ),
    "reason": Words("alasan, dicatat bersama SHA-256", "reason, kept on record with the SHA-256"),
    "verify_erasure": Words(
        "periksa bahwa tidak ada yang tersisa", "check that nothing of it is left"
    ),
    "backup": Words("salinan home untuk dibandingkan", "a copy of the home to compare with"),
    "what": Words(
        "laporan (bawaan), atau data terbuka di exports/open-data",
        "the report (default), or the open data in exports/open-data",
    ),
    "since_day": Words("sejak hari ini (bawaan: kemarin)", "since this day (default: yesterday)"),
    "heal": Words(
        "ganti yang rusak dari cadangan, bila byte-nya benar",
        "replace what is damaged from the backup, if its bytes are right",
    ),
    "older": Words(
        "lepaskan muatan yang belum ada di cadangan", "give up loads that the backup lacks"
    ),
    "accept": Words("tulis expected.csv", "write expected.csv"),
    "contract": Words("templat berkas ini", "the file's template"),
    "sender": Words("pengirim yang terdaftar", "a registered sender"),
    "language": Words("bahasa jawaban atau templat", "language of the answer or template"),
    "late": Words(
        "hanya sumber yang terlambat, gagal atau tidak terbit lagi; keluar dengan 3 jika ada",
        "only sources that are late, fail or have ended; exit code 3 if there are any",
    ),
    "metrics": Words("angka untuk Prometheus", "figures for Prometheus"),
    "lineage": Words(
        "proses terakhir sebagai peristiwa OpenLineage, satu per baris",
        "the last run as events of OpenLineage, one a line",
    ),
    "dry_run": Words("jawab saja; tidak ada yang disimpan", "answer only; nothing is kept"),
    "confirm_deletions": Words(
        "baris yang tidak ada di berkas ditarik", "rows that the file lacks are withdrawn"
    ),
}

# --- a run ------------------------------------------------------------------------------------

STATUSES: dict[str, Words] = {
    "loaded": Words("dimuat", "loaded"),
    "unchanged": Words("tidak berubah", "unchanged"),
    "not_published": Words("belum terbit", "not published"),
    "deferred": Words("ditunda", "deferred"),
    "busy": Words("sedang dipakai", "busy"),
    "skipped": Words("dilewati", "skipped"),
    "failed": Words("gagal", "failed"),
}
COUNTS: dict[str, Words] = {
    "new": Words("baru", "new"),
    "revised": Words("direvisi", "revised"),
    "unchanged": Words("tidak berubah", "unchanged"),
    "deleted": Words("ditarik", "deleted"),
    "quarantined": Words("ditahan", "held back"),
}
LEGEND = Words(
    "+ baru  ~ direvisi  = tidak berubah  - ditarik  ! ditahan (baris)",
    "+ new  ~ revised  = unchanged  - withdrawn  ! held back (rows)",
)
RUN = Words("Proses", "Run")
SLICES = Words("bagian", "slices")
ROWS = Words("baris", "rows")
PUBLISHED: dict[str, Words] = {
    "warehouse": Words("gudang data", "warehouse"),
    "report_id": Words("laporan bahasa Indonesia", "report in Indonesian"),
    "report_en": Words("laporan bahasa Inggris", "report in English"),
    "report_failed": Words("laporan yang belum dibuat", "report not written"),
    "report_without_before": Words("tabel tanpa nilai semula", "figures without earlier values"),
    "open_data": Words("data terbuka", "open data"),
    "version": Words("versi", "version"),
    "is_new": Words("versi baru", "new version"),
}
NOTHING_PUBLISHED = Words("tidak ada yang diterbitkan", "nothing published")
STOPPED = Words("dihentikan", "stopped")
AT = Words("di", "at")
DETAILS = Words("rincian", "details")

# --- looking ----------------------------------------------------------------------------------

COLUMNS: dict[str, Words] = {
    "column": Words("kolom", "column"),
    "coded": Words("kode", "code"),
    "type": Words("tipe", "type"),
    "unit": Words("satuan", "unit"),
    "key": Words("kunci", "key"),
    "kind": Words("jenis", "kind"),
    "meaning": Words("arti", "meaning"),
    "sources": Words("sumber", "sources"),
    "reads": Words("dibuat dari", "made from"),
    "code": Words("sumber", "source"),
    "source": Words("sumber", "source"),
    "provider": Words("penerbit", "provider"),
    "table": Words("tabel", "table"),
    "frequency": Words("frekuensi", "frequency"),
    "licence": Words("lisensi", "licence"),
    "next_release": Words("terbit berikut", "next release"),
    "last_checked_at": Words("terakhir diperiksa", "last checked"),
    "last_loaded_at": Words("terakhir dimuat", "last loaded"),
    "rows": Words("baris", "rows"),
    "rows_quarantined": Words("ditahan", "held back"),
    "state": Words("keadaan", "state"),
    "newest_period_start": Words("periode terakhir", "newest period"),
    "next_due_on": Words("ditunggu", "next due"),
    "next_run": Words("jadwal berikut", "next run"),
}
FINDINGS: dict[str, Words] = {
    "ok": Words("baik", "ok"),
    "missing": Words("kurang", "missing"),
    "unsafe": Words("bahaya", "unsafe"),
    "late": Words("terlambat", "late"),
    "gone": Words("hilang", "gone"),
    "no_rows": Words("kosong", "empty"),
}

# --- trace and explain ------------------------------------------------------------------------

REASONS: dict[str, Words] = {
    "first": Words("pertama kali diterima", "received for the first time"),
    "revised_by_source": Words("direvisi oleh sumbernya", "revised by the source"),
    "withdrawn_by_source": Words("ditarik oleh sumbernya", "withdrawn by the source"),
    "declaration_changed": Words("deklarasi sumber diubah", "the source's declaration changed"),
    "reference_changed": Words("daftar kode berubah", "a code list changed"),
    "correction": Words("dikoreksi", "corrected"),
}
MORE_ROWS = Words(
    "... masih ada baris lain: sebut lebih banyak kunci", "... there are more rows: name more keys"
)
ROWS_FOUND = Words("{n} baris cocok; sebut lebih banyak kunci", "{n} rows fit; name more keys")
BEHIND = Words("dari {n} baris {table}", "from {n} rows of {table}")
LOADED = Words("  muatan {n}, bagian {slice}, proses {run}", "  load {n}, slice {slice}, run {run}")
RECEIVED = Words(
    "  diterima {at}{status}, {bytes} byte",
    "  received {at}{status}, {bytes} bytes",
)
RECORD = Words("rekaman asli", "raw record")
SINCE_BEFORE = Words("yang berubah pada {at}:", "what changed on {at}:")
CHANGES_LEFT = Words("... dan {n} perubahan lagi: --json", "... and {n} more changes: --json")
TAKEN_OVER = Words(
    "dihitung bersama {n} baris {table} dalam himpunannya; yang berubah: penataran explain",
    "taken over a set of {n} rows of {table}; what changed in it: penataran explain",
)
IN_ITS_SET = Words(
    "anggota lain dari himpunan yang dihitung bersamanya:",
    "other members of the set that it is taken over:",
)
UNCHANGED = Words("tidak ada perubahan", "nothing changed")
LIMITED = Words(
    "{n} baris pertama; lanjutkan dengan --offset {next}",
    "the first {n} rows; go on with --offset {next}",
)
VERSIONS_BETWEEN = Words("... dan {n} versi di antaranya", "... and {n} versions between")

# --- keeping ----------------------------------------------------------------------------------

FACTS: dict[str, Words] = {
    "loads": Words("muatan", "loads"),
    "differences": Words("perbedaan", "differences"),
    "lake_before": Words("lake sebelumnya", "lake before"),
    "warehouse": Words("gudang data", "warehouse"),
    "files_joined": Words("berkas digabung", "files joined"),
    "files_removed": Words("berkas dihapus", "files removed"),
    "leavings": Words("sisa muatan yang terputus", "remains of interrupted loads"),
    "raw_removed": Words("berkas mentah dihapus", "raw files removed"),
    "closed_to_others": Words(
        "berkas dan folder ditutup bagi akun lain", "files and folders closed to other accounts"
    ),
    "originals_replaced": Words("berkas mitra diganti selnya", "partners' files replaced by cells"),
    "original_bytes_removed": Words("byte berkas mitra dihapus", "bytes of these files removed"),
    "original_parts_removed": Words("bagian yang ikut dihapus", "parts removed with them"),
    "answers_removed": Words("jawaban lama dihapus", "old answers removed"),
    "originals_personal": Words(
        "memuat data pribadi, jalankan penataran erase", "with personal data: run penataran erase"
    ),
    "originals_kept": Words("berkas yang belum terganti", "files not replaced"),
    "sha256": Words("SHA-256", "SHA-256"),
    "versions": Words("versi angka dihapus", "versions of figures removed"),
    "refused_rows": Words("baris ditolak yang dihapus", "refused rows removed"),
    "raw": Words("byte mentah dihapus", "raw bytes removed"),
    "prefect_rows": Words(
        "baris di database Prefect dihapus", "rows of Prefect's database removed"
    ),
    "remains": Words("masih tersisa di", "still in"),
    "verified_files": Words("berkas diperiksa", "files checked"),
    "verified_bytes": Words("byte diperiksa", "bytes checked"),
    "damaged": Words("rusak", "damaged"),
    "healed": Words("dipulihkan", "healed"),
    "backup": Words("cadangan", "backup"),
    "backup_files": Words("berkas di cadangan", "files in the backup"),
    "files_copied": Words("berkas disalin", "files copied"),
    "bytes_copied": Words("byte disalin", "bytes copied"),
    "files_pruned": Words("berkas lama dihapus dari cadangan", "old files removed from the backup"),
    "made_at": Words("cadangan dibuat pada", "backup made at"),
    "files_restored": Words("berkas dikembalikan", "files restored"),
    "lost": Words("muatan yang dilepaskan", "loads given up"),
    "erased": Words("tetap terhapus", "stay erased"),
    "aside": Words("folder sebelumnya", "folders before"),
    "only_here": Words("belum ada di cadangan", "not in the backup"),
    "only_in_backup": Words("hanya ada di cadangan", "only in the backup"),
    "different_in_backup": Words("lain di cadangan", "different in the backup"),
}
YES, NO = Words("ya", "yes"), Words("tidak", "no")
ERASE_COPIES = Words(
    "Hapus sendiri salinannya di cadangan dan di berkas yang sudah dikirim.",
    "Erase the copies in backups and in files that were sent out yourself.",
)
