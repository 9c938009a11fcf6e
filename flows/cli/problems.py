"""What each error code means, in Indonesian: what happened, what to do.

The errors themselves carry an English message and hint. A test holds that every code of the
project has an entry here and that no entry is without a code.
"""

from __future__ import annotations

UNKNOWN = "Terjadi kesalahan. Baca rinciannya, lalu coba lagi."

# Codes that end with a part of their own, such as http_503. Longer prefixes first.
PREFIXES: dict[str, str] = {
    "http_5": "Server mitra sedang bermasalah. Proses berikutnya mencoba lagi.",
    "http_": "Mitra menolak permintaan. Bandingkan permintaan dengan dokumentasi mitra.",
    "not_": "Jawaban mitra bukan dalam format yang diharapkan. Tidak ada data yang disimpan.",
}

PROBLEMS: dict[str, str] = {
    # The command.
    "usage": "Perintah belum lengkap atau salah tulis. Tambahkan --help untuk melihat caranya.",
    "needs_sources": "--accept-deletions harus disertai nama sumber.",
    "needs_landing": "--reinterpret hanya dapat dipakai bersama --from landing.",
    "needs_output": "Format ini ditulis ke berkas. Tambahkan -o BERKAS.",
    "same_columns": "Dua kolom bernama sama. Beri nama dengan AS, atau pakai csv.",
    "unfit_result": "Hasil tidak muat dalam format ini. Persempit, ubah tipenya, atau pakai csv.",
    "bad_condition": "Tulis kunci dan nilainya sebagai KUNCI=NILAI, tanpa spasi.",
    "bad_period": "Periode salah. Tulis YYYY, YYYY-MM, atau YYYY-MM-DD; --since tidak boleh "
    "setelah --until.",
    "bad_time": "Tanggal atau waktu salah. Contoh: 2026-01-31 atau 2026-01-31T10:00+07:00.",
    "naive_time": "Waktu tanpa zona. Tambahkan zonanya, misalnya +07:00.",
    "bad_sql": "SQL tidak dapat dijalankan. Periksa nama tabel, nama kolom, dan tanda bacanya.",
    "read_only": "Hanya satu perintah SELECT yang diterima; gudang data tidak dapat diubah.",
    "unknown_source": "Sumber ini tidak dikenal. Lihat daftarnya: penataran sources.",
    "arrives_as_files": "Sumber ini datang sebagai berkas. Pakai: penataran intake BERKAS.",
    "key_missing": "Kunci akses sumber ini belum dipasang. Isi variabel yang disebut di rincian.",
    "unknown_table": "Tabel ini tidak ada. Periksa namanya.",
    "unknown_column": "Kolom ini tidak ada di tabel. Periksa namanya.",
    "no_row": "Tidak ada baris dengan kunci itu. Periksa nilai yang disebut.",
    "no_file": "Berkas tidak ditemukan. Periksa nama dan foldernya.",
    # A table of the user's own.
    "unknown_indicator": "Indikator ini tidak ada. Pilih salah satu nama di rincian.",
    "bad_setting": "Isi --set salah. Periksa kunci dan nilainya; lihat docs/indicators.md.",
    "no_column": "Kolom yang diperlukan tidak ada di berkas. Sebutkan namanya: --set KUNCI=KOLOM.",
    "bad_table": "Berkas tidak terbaca sebagai tabel. Simpan sebagai CSV UTF-8 dengan judul kolom "
    "di baris pertama.",
    "bad_number": "Ada isi kolom yang bukan angka. Perbaiki baris yang disebut; yang tidak "
    "diketahui dikosongkan.",
    "doubled_rows": "Ada dua baris untuk hal yang sama. Gabungkan atau pisahkan dengan --by.",
    "unclear_period": "Ada periode yang tidak dikenal, atau frekuensinya tidak sama.",
    "score": "Berkas skor peluang salah. Perbaiki kunci yang disebut; contohnya ada di "
    "config/scores/default.yml.",
    "bad_weights": "Bobot salah. Isi angka nol atau lebih, tidak semuanya nol.",
    "bad_goalposts": "Batas skala salah. Batas bawah dan atas harus berbeda, dan di atas nol untuk "
    "logaritma.",
    "geometric_negative": "Rata-rata geometrik tidak menerima nilai di bawah nol. Pakai cara lain, "
    "misalnya minmax.",
    "unknown_contract": "Templat ini tidak ada. Pilih salah satu nama di rincian.",
    "unknown_sender": "Pengirim ini belum terdaftar. Pilih salah satu nama di rincian.",
    "contract_not_sent": "Pengirim ini tidak mengirim berkas menurut templat itu.",
    "bad_code": "Kode sumber salah. Pakai huruf kecil: penerbit_pokok, misalnya bps_ekspor.",
    "source_exists": "Sumber dengan kode ini sudah ada. Pilih kode lain.",
    "no_specimen": "Belum ada berkas contoh untuk sumber ini. Simpan satu jawaban mitra yang "
    "sudah dipotong di folder yang disebut.",
    "no_such_bytes": "Tidak ada berkas mentah dengan SHA-256 itu. Cari raw_sha256 dengan: "
    "penataran trace.",
    # Settings.
    "unknown_profile": "Profil tidak dikenal. Pakai live atau sandbox.",
    "unknown_language": "PENATARAN_LANGUAGE salah. Pakai id atau en.",
    "unknown_region": "PENATARAN_REGION salah. Isi kode BPS: dua angka untuk provinsi, empat "
    "untuk kabupaten atau kota.",
    "warehouse_url": "PENATARAN_WAREHOUSE_URL salah. Pakai postgresql+psycopg://…, atau kosongkan "
    "untuk DuckDB.",
    "host_override": "Alamat pengganti mitra salah. Tulis https dan host saja, tanpa kata sandi; "
    "http hanya untuk komputer ini.",
    "home_path": "Alamat folder induk memuat tanda yang tidak dapat dipakai. Pindahkan foldernya.",
    "server_url": "URL PostgreSQL tidak terbaca. Tulis @ / # di kata sandi sebagai %40 %2F %23.",
    "reader_url": "PENATARAN_READER_URL salah. Pakai postgresql+psycopg://…, atau kosongkan.",
    "failpoint": "FAILPOINT hanya untuk pengujian: proses akan terputus di tengah. Hapus variabel "
    "itu.",
    "unknown_readers": "PENATARAN_READERS salah. Pakai all, group, atau owner.",
    "query_seconds": "PENATARAN_QUERY_SECONDS salah. Isi jumlah detik, misalnya 60.",
    "sources_path": "Folder deklarasi tidak ada. Periksa PENATARAN_SOURCES_PATH.",
    "partners_path": "Folder pengirim tidak ada. Periksa PENATARAN_PARTNERS_PATH.",
    "no_backup": "Folder itu bukan cadangan. Sebutkan folder yang ditulis oleh penataran backup.",
    "backup_unfinished": "Cadangan di folder itu belum selesai. Jalankan penataran backup lagi.",
    "backup_damaged": "Berkas cadangan rusak atau hilang. Home tidak diubah. Pakai cadangan lain.",
    "backup_place": "Cadangan dan home tidak boleh berada di dalam satu sama lain. Pilih folder "
    "lain.",
    "newer_backup": "Cadangan ini ditulis oleh versi yang lebih baru. Pakai versi itu.",
    "other_backup": "Folder itu berisi cadangan home lain. Pilih folder lain.",
    "not_empty": "Folder itu berisi berkas lain. Pilih folder baru atau kosong.",
    "home_newer": "Home punya muatan yang belum ada di cadangan. Buat cadangan dulu, atau "
    "tambahkan --older.",
    "unknown_log": "PENATARAN_LOG salah. Pakai text atau json, atau kosongkan.",
    "unknown_environment": "PENATARAN_ENV salah. Tulis production, atau kosongkan.",
    "insecure": "Pengaturan tidak aman, jadi ditolak. Lihat caranya: penataran doctor.",
    "server": "Server Prefect tidak berjalan. Periksa portnya, atau pakai: penataran run --direct.",
    "orchestration": "Server Prefect tidak menjawab. Data yang sudah dimuat aman. Pakai: "
    "penataran run --direct.",
    "other_profile": "Folder ini milik profil lain. Pakai PENATARAN_HOME yang lain.",
    "newer_home": "Folder ini ditulis oleh versi yang lebih baru. Pakai versi itu lagi.",
    # Declarations.
    "declaration": "Deklarasi sumber salah. Perbaiki bagian yang disebut; lihat "
    "docs/new-source.md.",
    "contract": "Deklarasi templat salah. Perbaiki bagian yang disebut.",
    "partner": "Deklarasi pengirim salah. Perbaiki bagian yang disebut.",
    "region": "Deklarasi wilayah salah. Perbaiki bagian yang disebut.",
    "no_partner_code": "Sumber ini tidak mempunyai kode untuk suatu negara mitra. Perbaiki daftar "
    "mitra di config/regions.",
    # Reaching a partner.
    "network": "Sambungan ke mitra gagal. Periksa jaringan; proses berikutnya mencoba lagi.",
    "deadline": "Mitra terlalu lambat menjawab. Proses berikutnya mencoba lagi.",
    "tls": "Sertifikat mitra tidak dapat diperiksa. Periksa alamat mitra dan jam komputer.",
    "bad_url": "Alamat permintaan tidak dapat dipakai. Periksa deklarasi sumber.",
    "host_refused": "Alamat ini bukan milik mitra, jadi ditolak. Jika benar milik mitra, tambahkan "
    "di deklarasi.",
    "redirects": "Mitra mengalihkan permintaan terlalu sering. Periksa alamat di deklarasi.",
    "http_401": "Mitra menolak kunci akses. Periksa kunci sumber ini.",
    "http_403": "Kunci tidak berhak, atau kuotanya habis. Periksa hak dan kuota kunci.",
    "http_404": "Mitra tidak mempunyai alamat ini. Periksa deklarasi sumber.",
    "http_429": "Mitra meminta kita menunggu. Proses berikutnya mencoba lagi.",
    "deferred": "Mitra meminta kita menunggu lama. Sumber ini dicoba lagi pada proses berikutnya.",
    "not_published": "Mitra belum menerbitkan data untuk periode ini.",
    "gone": "Mitra tidak lagi mempunyai data yang dulu ada, dan angka baru sudah terlambat. "
    "Periksa alamat dan kunci seri di deklarasi.",
    "too_large": "Jawaban lebih besar dari batas. Perkecil permintaan di deklarasi.",
    "compression_bomb": "Jawaban menjadi terlalu besar setelah dibuka, jadi ditolak.",
    "encoding": "Mitra mengirim dengan pemampatan yang tidak diminta. Tidak ada data yang "
    "disimpan.",
    "gzip_corrupt": "Jawaban mitra rusak di jalan. Proses berikutnya mencoba lagi.",
    "gzip_cut": "Jawaban mitra terputus. Proses berikutnya mencoba lagi.",
    "short_body": "Jawaban mitra terputus. Proses berikutnya mencoba lagi.",
    "signal_malformed": "Tanda perubahan dari mitra tidak terbaca. Periksa deklarasi sumber.",
    "paging": "Jumlah halaman tidak terbaca. Mitra mungkin mengubah jawabannya.",
    "count_unreadable": "Jumlah baris dalam jawaban tidak terbaca. Mitra mungkin mengubah "
    "jawabannya.",
    "page_empty": "Mitra mengirim halaman kosong sebelum semua baris datang. Bagi permintaan di "
    "deklarasi.",
    "too_many_pages": "Halaman jawaban lebih banyak dari batas. Perkecil permintaan di deklarasi.",
    "other_answer": "Jawaban mitra bukan yang diminta (tahun, arus, tabel atau kode lain). "
    "Bandingkan jawaban dengan permintaan, lalu perbaiki expects di deklarasi.",
    "none_fits": "Daftar dari mitra tidak memuat yang dicari. Mungkin namanya berubah: perbaiki "
    "found.where di deklarasi.",
    "not_one": "Daftar dari mitra memuat lebih dari satu yang cocok. Persempit found.where atau "
    "found.pattern di deklarasi.",
    "page_repeated": "Mitra mengirim halaman yang sama dua kali. Proses berikutnya mencoba lagi.",
    "pages_incomplete": "Data mitra berubah selama diambil. Proses berikutnya mencoba lagi.",
    "total_changed": "Data mitra berubah selama diambil. Proses berikutnya mencoba lagi.",
    "truncated": "Mitra memotong jawaban. Perkecil permintaan di deklarasi, atau pakai kunci "
    "dengan batas lebih tinggi.",
    "provider_error": "Mitra menjawab dengan pesan kesalahan. Baca rinciannya.",
    # Reading an answer.
    "empty_body": "Jawaban mitra kosong. Tidak ada data yang disimpan.",
    "not_csv": "Jawaban mitra bukan CSV. Mitra mungkin sedang terganggu; tidak ada data yang "
    "disimpan.",
    "not_json": "Jawaban mitra bukan JSON. Mitra mungkin sedang terganggu; tidak ada data yang "
    "disimpan.",
    "csv_malformed": "CSV dari mitra rusak. Proses berikutnya mencoba lagi.",
    "json_malformed": "JSON dari mitra rusak. Proses berikutnya mencoba lagi.",
    "json_truncated": "JSON dari mitra terputus. Proses berikutnya mencoba lagi.",
    "json_depth": "JSON dari mitra bertingkat terlalu dalam, jadi ditolak.",
    "json_too_large": "JSON dari mitra terlalu besar. Bagi permintaan di deklarasi.",
    "xml_malformed": "XML dari mitra rusak. Proses berikutnya mencoba lagi.",
    "xml_depth": "XML dari mitra bertingkat terlalu dalam, jadi ditolak.",
    "doctype": "Dokumen memuat DOCTYPE yang tidak diizinkan, jadi ditolak.",
    "html_cut": "Halaman mitra terputus. Proses berikutnya mencoba lagi.",
    "rows_malformed": "Baris jawaban tidak terbaca. Mitra mungkin mengubah formatnya.",
    "no_rows": "Jawaban tidak memuat baris. Mitra mungkin mengubah formatnya.",
    "cells_malformed": "Baris hasil pembacaan berkas rusak. Kirim ulang berkasnya.",
    "records_malformed": "Isi daftar dari mitra tidak terbaca. Mitra mungkin mengubah formatnya.",
    "records_missing": "Daftar data tidak ditemukan dalam jawaban. Mitra mungkin mengubah "
    "formatnya.",
    "record_too_large": "Satu catatan terlalu besar, jadi ditolak.",
    "records_nested": "Catatan berada di dalam catatan dengan nama yang sama. Tulis jalurnya di "
    "reader.records.",
    "key_doubled": "Satu nama muncul dua kali dalam satu objek JSON. Laporkan kepada mitra.",
    "delete_action": "Pesan SDMX menarik angka (Delete), jadi tidak dimuat. Minta semua angka dari "
    "mitra.",
    "unknown_action": "Tindakan (ACTION) dalam pesan SDMX tidak dikenal. Tanyakan kepada mitra.",
    "unknown_level": "Pesan SDMX memuat tingkat atau bagian yang tidak dikenal, jadi ditolak.",
    "unknown_message": "Jenis atau versi pesan SDMX ini tidak dikenal. Minta SDMX-ML 2.1 dari "
    "mitra.",
    "levels_contradict": "Dua tingkat dalam pesan SDMX memberi nilai yang berbeda untuk satu "
    "atribut. Laporkan kepada mitra.",
    "group_unattached": "Satu grup dalam pesan SDMX tidak cocok dengan deret mana pun. Minta pesan "
    "generik dari mitra.",
    "attributes_alone": "Baris SDMX memuat atribut tanpa angka. Minta pengamatan yang utuh dari "
    "mitra.",
    "reporting_year": "Tahun pelaporan tidak mulai 1 Januari, jadi periodenya lain. Minta periode "
    "kalender.",
    "unit_unresolved": "Pengali satuan disebut dalam pesan, tetapi tidak ada pada angkanya. Angka "
    "tidak dimuat.",
    "key_malformed": "Kunci data SDMX tidak cocok dengan strukturnya. Laporkan kepada mitra.",
    "size_mismatch": "Ukuran data JSON-stat tidak cocok. Laporkan kepada mitra.",
    "bad_zip": "Arsip ZIP rusak. Proses berikutnya mencoba lagi.",
    "zip_bomb": "Isi arsip ZIP terlalu besar, jadi ditolak.",
    "member_missing": "Berkas yang dicari tidak ada dalam arsip. Periksa deklarasi sumber.",
    "undecodable": "Huruf tidak terbaca. Tulis pengodean yang benar di deklarasi, atau simpan "
    "sebagai UTF-8.",
    "nul_byte": "Teks memuat karakter NUL. Periksa pengodean di deklarasi.",
    "column_added": "Mitra menambah kolom. Petakan kolom itu di deklarasi, atau tulis di ignore.",
    "column_missing": "Kolom yang diperlukan tidak ada. Jika mitra mengganti namanya, petakan nama "
    "baru di deklarasi.",
    "column_doubled": "Ada kolom dengan nama yang sama. Periksa jawaban mitra.",
    "too_many_columns": "Kolom jawaban terlalu banyak. Bagi permintaan di deklarasi.",
    "too_many_cells": "Sel jawaban terlalu banyak. Bagi permintaan di deklarasi.",
    "count_mismatch": "Jumlah baris tidak sama dengan yang disebut mitra. Proses berikutnya "
    "mencoba lagi.",
    "reader_failed": "Jawaban tidak dapat dibaca. Mitra mungkin mengubah formatnya.",
    "reader_died": "Berkas tidak dapat dibuka dalam batas memori dan waktu. Simpan ulang sebagai "
    "XLSX tanpa gambar.",
    "out_of_memory": "Jawaban memerlukan terlalu banyak memori. Bagi permintaan di deklarasi.",
    "file_refused": "Berkas tidak diterima. Baca jawaban yang dibuat untuk pengirim.",
    "nothing_fetched": "Tidak ada jawaban yang dapat dibaca.",
    "nothing_to_reread": "Berkas mentah bagian ini tidak tercatat. Proses berikutnya mengambilnya "
    "lagi.",
    # Opening a workbook of a partner.
    "empty_file": "Berkas kosong.",
    "encrypted": "Berkas memakai kata sandi. Minta berkas tanpa kata sandi.",
    "macros": "Berkas memuat makro. Minta berkas XLSX biasa.",
    "links": "Berkas mengambil nilai dari berkas lain. Minta berkas tanpa tautan.",
    "bomb": "Isi berkas terlalu besar setelah dibuka, jadi ditolak.",
    "span": "Berkas memuat sel jauh di luar tabel. Minta berkas yang berisi tabel saja.",
    "formula_error": "Berkas memuat rumus yang rusak. Minta berkas yang sudah diperbaiki.",
    "share_or_percent": "Angka dapat berarti dua persen yang berbeda. Pakai format persen.",
    "formula_pending": "Berkas memuat rumus yang belum dihitung. Minta berkas yang disimpan ulang.",
    "other_file": "Ini bukan lembar kerja, melainkan berkas jenis lain. Minta XLSX atau CSV.",
    "rounded_number": "Berkas memuat angka yang sudah dibulatkan. Minta angka itu sebagai teks.",
    "open_quotation": "Sebuah tanda kutip tidak ditutup, jadi baris di bawahnya tidak terbaca.",
    "not_a_workbook": "Berkas rusak atau bukan lembar kerja. Minta berkas XLSX.",
    "no_sheet": "Lembar yang dicari tidak ada. Mitra mungkin mengubah berkasnya.",
    "no_heading": "Judul kolom yang dicari tidak ada. Mitra mungkin mengubah berkasnya.",
    # Checking and loading.
    "gate": "Data tidak lulus pemeriksaan, jadi tidak dimuat. Lihat tabel ops_check.",
    "gate_failed": "Pemeriksaan data berhenti. Coba lagi; jika terulang, laporkan.",
    "too_many_refused": "Terlalu banyak baris ditolak. Angka lama tetap dipakai. Lihat alasannya: "
    "penataran quarantine list.",
    "unit_changed": "Angka berubah terlalu besar; mitra mungkin mengganti satuan. Periksa scale "
    "dan mata uang di deklarasi.",
    "series_jump": "Ada deret yang melompat jauh dari angka sebelumnya; mitra mungkin "
    "memakai satuan lain (per 100, ribuan). Periksa divide_by dan scale di deklarasi.",
    "large_deletion": "Banyak baris hilang dari jawaban, jadi angka lama tetap dipakai. Jika "
    "memang ditarik mitra: penataran run SUMBER --accept-deletions.",
    "erased_bytes": "Data ini pernah dihapus atas permintaan dan tidak diterima lagi.",
    "overlap": "Sumber ini sedang dimuat oleh bagian lain. Proses berikutnya melanjutkan.",
    "busy": "Proses lain sedang memakai bagian ini. Tunggu sampai selesai.",
    "overtaken": "Proses lain mengambil alih bagian ini. Angkanya berlaku.",
    # Storage.
    "storage": "Berkas tidak dapat dibaca atau ditulis. Periksa ruang disk dan izin.",
    "home": "Folder data tidak dapat dipakai. Periksa ruang disk, izin, dan PENATARAN_HOME.",
    "file_write": "Berkas tidak dapat ditulis. Periksa ruang disk dan izin.",
    "inbox": "Folder kiriman tidak dapat diproses. Lihat sebabnya: penataran inbox.",
    "ledger_damaged": "Berkas catatan proses rusak. Pindahkan berkas itu; catatannya dibuat lagi "
    "dan mitra ditanya ulang.",
    "ledger": "Catatan proses tidak dapat dipakai. Periksa ruang disk, izin, atau server basis "
    "data.",
    "raw_missing": "Berkas mentah sudah tidak ada: dihapus, atau habis waktu simpannya.",
    "raw_damaged": "Berkas mentah rusak. Kembalikan dari cadangan; gudang data tidak berubah.",
    "lake_missing": "Lake tidak ditemukan. Kembalikan dari cadangan, atau: penataran rebuild "
    "--from landing.",
    "lake_table_missing": "Lake kekurangan tabel. Kembalikan dari cadangan, atau: penataran "
    "rebuild --from landing.",
    "lake_older": "Lake lebih tua daripada yang sudah dilihat pembaca. Pasang lake yang lebih "
    "baru, atau: penataran rebuild.",
    "lake_rows": "Baris sebuah pemuatan hilang dari lake. Kembalikan dari cadangan, atau: "
    "penataran rebuild --from landing.",
    "other_record": "Lake, landing, dan state bukan dari satu home. Pasang ketiganya dari satu "
    "cadangan.",
    "damaged_file": "Sebuah berkas rusak. Kembalikan dari cadangan; tidak ada yang diubah.",
    "lake_conflict": "Lake sedang ditulis oleh proses lain. Proses berikutnya mencoba lagi.",
    "lake_damaged": "Berkas lake rusak. Kembalikan dari cadangan, atau: penataran rebuild --from "
    "landing.",
    "lake_unreadable": "Berkas lake tidak terbaca. Kembalikan dari cadangan, atau: penataran "
    "rebuild --from landing.",
    "lake_write": "Lake tidak dapat ditulis. Periksa ruang disk dan izin.",
    "number_used": "Nomor muatan sudah terpakai. Proses berikutnya memakai nomor lain.",
    "warehouse_damaged": "Gudang data kerja rusak dan dibuat ulang dari lake.",
    "warehouse_read": "Gudang data tidak dapat dibuka. Buat ulang dengan: penataran rebuild.",
    "warehouse_write": "Gudang data tidak dapat ditulis. Periksa ruang disk, memori, dan izin.",
    "publish_write": "Berkas terbitan tidak dapat diganti. Yang lama tetap berlaku. Periksa ruang "
    "disk dan izin.",
    "nothing_published": "Gudang data belum ada. Jalankan dulu: penataran run.",
    "query_time": "Query terlalu lama, jadi dihentikan. Persempit, atau isi "
    "PENATARAN_QUERY_SECONDS dengan detik yang lebih banyak.",
    "query_memory": "Query memerlukan terlalu banyak memori atau ruang disk. Pilih lebih sedikit "
    "baris atau kolom.",
    "query_refused": "Query memakai fungsi, tabel, atau bagian yang tidak diizinkan. Pakai satu "
    "SELECT pada tabel penataran.",
    "reader_role": "Peran pembaca PostgreSQL tidak dapat dibuat. Beri CREATEROLE, atau isi "
    "PENATARAN_READER_URL.",
    "reader_login": "Peran pembaca tidak dapat masuk ke PostgreSQL. Periksa pg_hba.conf, atau isi "
    "PENATARAN_READER_URL.",
    "reader_strong": "Peran pembaca dapat melakukan lebih dari membaca. Pakai peran lain di "
    "PENATARAN_READER_URL.",
    "warehouse_superuser": "Login PENATARAN_WAREHOUSE_URL terlalu kuat untuk produksi. Pakai "
    "pemilik basis data yang bukan superuser.",
    "raw_unread": "Catatan mentah tidak dapat dibaca lagi. Diperlukan izin menulis di folder "
    "state.",
    "copy_missing": "Di landing tidak ada salinan suatu muatan yang sudah dilihat pembaca. "
    "Kembalikan landing/loads dari cadangan.",
    "nothing_landed": "Belum ada muatan yang tercatat. Jalankan dulu: penataran run.",
    "no_manifest": "Muatan ini ditulis oleh versi lama, jadi lake tidak dapat dibuat dari landing. "
    "Cadangkan lake.",
    "no_declaration": "Deklarasi muatan ini hilang dari landing. Kembalikan dari cadangan.",
    "figure": "Deklarasi sebuah angka atau halaman laporan salah. Perbaiki kunci yang disebut.",
    "page_pdf": "PDF sebuah halaman tidak dapat dibuat. Halaman HTML tetap lengkap. Laporkan "
    "dengan pesannya.",
    "internal": "Terjadi kesalahan pada program ini. Sumber lain tidak terganggu. Laporkan.",
}


def explanation(code: str) -> str:
    """The Indonesian sentence of a code: its own, that of its prefix, or a general one."""
    if code in PROBLEMS:
        return PROBLEMS[code]
    return next((text for prefix, text in PREFIXES.items() if code.startswith(prefix)), UNKNOWN)
