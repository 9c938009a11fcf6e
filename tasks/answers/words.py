"""Texts for senders, in Indonesian, English and Japanese: what is wrong and how to fix it.

The texts of row rules are with the rules (`schemas.model.RowRule.message`), not here.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from schemas.catalogue import TABLES
from schemas.model import Words

# By reason code. `{expected}` is the right value or the possible readings, `{want}` what the
# column holds.
CELLS: dict[str, Words] = {
    "ambiguous_date": Words(
        "Tanggal ini dapat berarti {expected}. Tulis tahun-bulan-tanggal, misalnya 2025-08-17.",
        "This date can mean {expected}. Write year-month-day, for example 2025-08-17.",
        "この日付は {expected} のどちらにも読めます。2025-08-17 のように年-月-日で書いてください。",
    ),
    "short_year": Words(
        "Tulis tahun dengan empat angka, misalnya 2025.",
        "Write the year with four digits, for example 2025.",
        "年は2025のように4桁で書いてください。",
    ),
    "not_a_date": Words(
        "Ini bukan tanggal. Tulis tahun-bulan-tanggal, misalnya 2025-08-17.",
        "This is not a date. Write year-month-day, for example 2025-08-17.",
        "日付として読めません。2025-08-17 のように書いてください。",
    ),
    "ambiguous_number": Words(
        "Angka ini dapat berarti {expected}. Tulis tanpa pemisah ribuan, misalnya 1234 atau 1,5.",
        "This number can mean {expected}. Write it without separators, for example 1234 or 1.5.",
        "この数値は {expected} のどちらにも読めます。1234 のように桁区切りなしで書いてください。",
    ),
    "not_a_number": Words(
        "Ini bukan angka. Isi angka saja, tanpa keterangan.",
        "This is not a number. Write only the number, without words.",
        "数値として読めません。数字だけを書いてください。",
    ),
    "rounded": Words(
        "Desimal terlalu banyak: nilai dimuat setelah dibulatkan.",
        "Too many decimals: the value is loaded, rounded.",
        "小数点以下の桁が多すぎるため、四捨五入して取り込みました。",
    ),
    "not_a_count": Words(
        "Isi bilangan bulat.",
        "Write a whole number.",
        "整数を書いてください。",
    ),
    "not_a_flag": Words(
        "Isi ya atau tidak.",
        "Write yes or no.",
        "「はい」か「いいえ」を書いてください。",
    ),
    "formula_error": Words(
        "Rumus di sel ini rusak. Perbaiki, atau ganti dengan nilainya.",
        "The formula in this cell is broken. Fix it, or write its value.",
        "数式が壊れています。直すか、値を書いてください。",
    ),
    "rounded_number": Words(
        "Kode panjang disimpan sebagai angka dan sudah dibulatkan. Tulis ulang sebagai teks.",
        "A long code was stored as a number and has been rounded. Write it again as text.",
        "長いコードが数値として丸められています。文字列として書き直してください。",
    ),
    "too_long": Words(
        "Teks terlalu panjang; paling banyak 2.000 huruf.",
        "The text is too long; 2,000 letters at most.",
        "文字数が多すぎます（2,000字まで）。",
    ),
    "key_missing": Words(
        "Sel ini harus diisi.",
        "This cell must not be empty.",
        "このセルは必須です。",
    ),
    "out_of_range": Words(
        "Nilai di luar batas. Isi {want}.",
        "The value is outside the limits. Write {want}.",
        "値が範囲外です。{want}。",
    ),
    "not_allowed": Words(
        "Isi {want}.",
        "Write {want}.",
        "{want}。",
    ),
    "malformed": Words(
        "Bentuk kode salah. Isi {want}.",
        "The code has the wrong form. Write {want}.",
        "コードの形式が正しくありません。{want}。",
    ),
    "unknown_code": Words(
        "Kode atau nama ini tidak dikenal. Isi {want}.",
        "This code or name is not known. Write {want}.",
        "このコードまたは名称は登録されていません。{want}。",
    ),
    "unknown_code_near": Words(
        "Kode atau nama ini tidak dikenal. Yang mirip: {nearest}.",
        "This code or name is not known. Similar ones: {nearest}.",
        "このコードまたは名称は登録されていません。近いもの: {nearest}。",
    ),
    "ambiguous_region": Words(
        "Nama ini dapat berarti {expected}. Tulis Kabupaten atau Kota, atau kodenya.",
        "This name can mean {expected}. Write Kabupaten or Kota before it, or the code.",
        "この名称は {expected} のどれにも読めます。Kabupaten か Kota を付けるか、"
        "コードを書いてください。",
    ),
    "unknown_region": Words(
        "Nama wilayah ini tidak dikenal. Isi {want}.",
        "This name of a region is not known. Write {want}.",
        "この地域名は登録されていません。{want}。",
    ),
    "unknown_region_near": Words(
        "Nama wilayah ini tidak dikenal. Yang mirip: {nearest}.",
        "This name of a region is not known. Similar ones: {nearest}.",
        "この地域名は登録されていません。近いもの: {nearest}。",
    ),
    "title_missing": Words(
        "Bagian {expected} tidak ditemukan dalam judul atau nama lembar. Tulis di atas tabel.",
        "No title and no name of the sheet has the part {expected}. Write it above the table.",
        "表題にもシート名にも {expected} がありません。表の上に書いてください。",
    ),
    "wrong_constant": Words(
        "Nilai ini dari pemetaan kami, bukan dari berkas; kami akan memperbaikinya.",
        "This value is of our mapping, not of the file. We will correct it.",
        "この値はファイルではなく当方の対応表のものです。当方で直します。",
    ),
    "marked_number": Words(
        "Angka ini bertanda ({expected} tanpa tanda). Hapus tandanya, atau jelaskan artinya.",
        "This number has a mark ({expected} without it). Remove the mark, or explain it to us.",
        "数値に注記の印があります（印なしでは {expected}）。印を消すか、意味をお知らせください。",
    ),
    "a_range": Words(
        "Ini rentang ({expected}). Tulis satu nilai saja.",
        "This is a range ({expected}). Write one value only.",
        "範囲（{expected}）です。値を1つだけ書いてください。",
    ),
    "below_limit": Words(
        "Ini batas (di bawah {expected}), bukan angka. Tulis angkanya, atau kosongkan.",
        "This is a limit (below {expected}), not a number. Write the number, or leave it empty.",
        "これは上限（{expected}未満）です。数値を書くか、空欄にしてください。",
    ),
    "about": Words(
        "Ini perkiraan atau batas ({expected}). Tulis angka pastinya.",
        "This is an estimate or a limit ({expected}). Write the exact number.",
        "概数または限度（{expected}）です。正確な数値を書いてください。",
    ),
    "weekday_differs": Words(
        "Nama hari tidak cocok dengan tanggal {expected}. Periksa keduanya.",
        "The weekday does not fit the date {expected}. Check both.",
        "曜日が日付 {expected} と合いません。両方を確認してください。",
    ),
    "frequency_differs": Words(
        "Periode ini tidak cocok dengan frekuensinya ({expected}). Tulis periode yang lengkap.",
        "This period does not fit its frequency ({expected}). Write the whole period.",
        "この期間は頻度（{expected}）と合いません。期間を省略せずに書いてください。",
    ),
    "not_a_period": Words(
        "Ini bukan periode. Tulis 2025, 2025-08, Triwulan I 2025 atau Agustus 2025.",
        "This is not a period. Write 2025, 2025-08, 2025 Q1 or August 2025.",
        "期間として読めません。2025、2025-08、2025年8月 のように書いてください。",
    ),
    "ambiguous_period": Words(
        "Periode ini dapat berarti mulai {expected}. Tulis bulan awalnya, misalnya 2025-04.",
        "This period can begin on {expected}. Write its first month, for example 2025-04.",
        "この期間は {expected} のどちらから始まるとも読めます。2025-04 のように書いてください。",
    ),
    "percent_in_number": Words(
        "Sel ini berupa persen, padahal kolomnya bukan persen. Tulis angkanya.",
        "This cell is a percentage, but its column is not. Write the number itself.",
        "このセルはパーセント表示ですが、列はパーセントではありません。数値を書いてください。",
    ),
    "share_or_percent": Words(
        "Angka ini dapat berarti {expected} persen. Pakai format persen, atau tulis persennya.",
        "This number can mean {expected} percent. Use the percent format, or write the percent.",
        "この数値は {expected} ％のどちらにも読めます。パーセント表示にするか、"
        "％の値を書いてください。",
    ),
    "formula_pending": Words(
        "Rumus di sel ini belum dihitung. Buka berkas di Excel atau LibreOffice, lalu simpan.",
        "The formula in this cell has no value yet. Open the file in Excel or LibreOffice and "
        "save it.",
        "数式が計算されていません。ExcelかLibreOfficeで開いて保存してください。",
    ),
    "retired_code": Words(
        "Kode ini tidak berlaku pada tanggal itu.",
        "This code was not valid on that date.",
        "このコードはその日付では有効ではありません。",
    ),
    "in_the_future": Words(
        "Periode ini belum tiba.",
        "This period has not begun yet.",
        "まだ始まっていない期間です。",
    ),
    "conflicting_key": Words(
        "Baris {rows} memakai kunci yang sama tetapi isinya berbeda. Sisakan satu.",
        "Rows {rows} have the same key but differ. Keep one.",
        "{rows}行目は同じキーですが内容が異なります。1行だけ残してください。",
    ),
    "wrong_total": Words(
        "Jumlah ini tidak sama dengan isi kolom ({expected}). Periksa apakah ada baris yang "
        "kurang; baris lain tetap diterima.",
        "This total is not the sum of the column ({expected}). Check whether a row is missing. The "
        "other rows are accepted.",
        "この合計は列の和（{expected}）と一致しません。抜けた行がないか確認してください。"
        "他の行は受け付けました。",
    ),
}

# By problem code: why a whole file is not accepted. `{where}` is a column or a cell, `{facts}` the
# headings, kinds or limits that the problem is about.
FILES: dict[str, Words] = {
    "personal_data": Words(
        "Berkas memuat data pribadi ({facts}) di kolom {where} dan tidak disimpan. "
        "Hapus kolom itu; kami hanya menerima jumlah dan lembaga.",
        "The file contains personal data ({facts}) in column {where} and was not stored. "
        "Remove that column. We accept only totals and organisations.",
        "列{where}に個人情報（{facts}）が含まれるため、保存していません。"
        "その列を削除してください。集計値と団体名だけを受け付けます。",
    ),
    "unknown_column": Words(
        "Kolom {where} tidak ada dalam templat. Hapus, atau pakai judul kolom dari templat.",
        "Column {where} is not in the template. Remove it, or use a heading of the template.",
        "列{where}は様式にありません。削除するか、様式の見出しを使ってください。",
    ),
    "unknown_column_own": Words(
        "Kolom {where} tidak dikenal. Judul yang dicari tetapi tidak ada: {facts}.",
        "Column {where} is not known. Headings that are looked for and missing: {facts}.",
        "列{where}は登録されていません。探した見出しで見つからないもの: {facts}。",
    ),
    "unknown_column_more": Words(
        "Kolom {where} tidak dikenal; semua kolom yang terdaftar sudah ada. Hapus, atau minta "
        "kami mendaftarkannya.",
        "Column {where} is not known; all registered columns are there. Remove it, or ask us to "
        "register it.",
        "列{where}は登録されていません。登録済みの列はすべてあります。削除するか、登録を"
        "ご依頼ください。",
    ),
    "pattern_missing": Words(
        "Tidak ada kolom yang judulnya cocok dengan pola {facts} (unpivot).",
        "No column has a heading that fits the pattern {facts} (unpivot).",
        "パターン {facts}（unpivot）に合う見出しの列がありません。",
    ),
    "column_missing": Words(
        "Kolom yang wajib tidak ada: {facts}.",
        "A required column is missing: {facts}.",
        "必須の列がありません: {facts}。",
    ),
    "year_misplaced": Words(
        "Tahun di kolom {where} tidak berada di atas bulan pertamanya. Tulis di atas setiap bulan.",
        "The year in column {where} does not stand over its first month. Write it over each month.",
        "列{where}の年が最初の月の上にありません。各月の上に年を書いてください。",
    ),
    "column_twice": Words(
        "Kolom {facts} ada dua kali; sisakan satu (kolom {where}).",
        "Column {facts} appears twice. Keep one (column {where}).",
        "列「{facts}」が2つあります（列{where}）。1つにしてください。",
    ),
    "no_header": Words(
        "Judul kolom tidak ditemukan di lembar {sheet}. Pakai judul kolom dari templat.",
        "No column headings were found in sheet {sheet}. Use the headings of the template.",
        "シート{sheet}に見出しが見つかりません。様式の見出しを使ってください。",
    ),
    "no_header_own": Words(
        "Judul kolom tidak ditemukan di lembar {sheet}. Yang dicari: {facts}.",
        "No column headings were found in sheet {sheet}. Looked for: {facts}.",
        "シート{sheet}に見出しが見つかりません。探した見出し: {facts}。",
    ),
    "hidden_sheet": Words(
        "Lembar {sheet} tersembunyi tetapi berisi data. Tampilkan atau hapus.",
        "Sheet {sheet} is hidden but contains data. Show it or remove it.",
        "シート{sheet}は非表示ですがデータがあります。表示するか削除してください。",
    ),
    "empty_file": Words(
        "Berkas tidak berisi baris data.",
        "The file contains no rows of data.",
        "データ行がありません。",
    ),
    "undecodable": Words(
        "Huruf dalam berkas tidak terbaca (posisi {facts}). Simpan sebagai XLSX atau CSV UTF-8.",
        "The text of the file cannot be read (position {facts}). Save it as XLSX or CSV UTF-8.",
        "文字コードを読み取れません（位置 {facts}）。XLSXかUTF-8のCSVで保存してください。",
    ),
    "open_quotation": Words(
        "Tanda kutip di baris {facts} tidak ditutup, sehingga baris di bawahnya tidak terbaca.",
        "A quotation mark in line {facts} is not closed, so the lines below cannot be read.",
        "{facts}行目の引用符が閉じられていないため、以降の行を読めません。",
    ),
    "not_a_workbook": Words(
        "Berkas rusak atau bukan lembar kerja. Simpan ulang sebagai XLSX.",
        "The file is broken or is not a workbook. Save it again as XLSX.",
        "ファイルが壊れています。XLSXで保存し直してください。",
    ),
    "encrypted": Words(
        "Berkas berkata sandi. Kirim tanpa kata sandi.",
        "The file has a password. Send it without a password.",
        "パスワードを外して送ってください。",
    ),
    "macros": Words(
        "Berkas memuat makro. Simpan sebagai XLSX biasa.",
        "The file contains macros. Save it as a plain XLSX.",
        "マクロを含んでいます。通常のXLSXで保存してください。",
    ),
    "links": Words(
        "Berkas mengambil nilai dari berkas lain. Ganti tautan dengan nilainya.",
        "The file takes values from another file. Replace the links with their values.",
        "他のファイルへの参照があります。値に置き換えてください。",
    ),
    "doctype": Words(
        "Berkas memuat bagian yang tidak diizinkan. Simpan ulang sebagai XLSX.",
        "The file contains a part that is not allowed. Save it again as XLSX.",
        "許可されていない部分があります。XLSXで保存し直してください。",
    ),
    "bomb": Words(
        "Isi berkas terlalu besar setelah dibuka.",
        "The file is too large when opened.",
        "展開後のサイズが大きすぎます。",
    ),
    "too_large": Words(
        "Berkas lebih besar dari {facts} MB.",
        "The file is larger than {facts} MB.",
        "ファイルが{facts} MBを超えています。",
    ),
    "other_table": Words(
        "Baris {where} di lembar {sheet} adalah judul tabel lain. Kirim tabel itu di lembar lain.",
        "Row {where} of sheet {sheet} has the headings of another table. Send that table in a "
        "sheet of its own.",
        "シート{sheet}の{where}行目は別の表の見出しです。その表は別のシートで送ってください。",
    ),
    "scale_undeclared": Words(
        "Angka di kolom {where} ditulis dalam “{facts}”. Tulis angka utuh tanpa kata itu, atau "
        "minta pengalinya didaftarkan (factors).",
        "The numbers in column {where} are written in “{facts}”. Write them in full without these "
        "words, or have the factor declared (factors).",
        "列{where}の数値は「{facts}」で書かれています。この語なしで全桁を書くか、倍率（factors）の登録を"
        "依頼してください。",
    ),
    "personal_title": Words(
        "Judul atau nama lembar memuat data pribadi; berkas tidak disimpan. Hapus dari judul.",
        "A title or a sheet's name contains personal data. The file was not stored. Remove it.",
        "表題またはシート名に個人情報があるため、保存していません。削除してください。",
    ),
    "no_sheet": Words(
        "Tidak ada lembar yang namanya sesuai dengan yang dinyatakan untuk pengirim ini.",
        "No sheet has a name that is declared for this sender.",
        "この送付者について登録された名前のシートがありません。",
    ),
    "other_file": Words(
        "Berkas {facts} tidak dibaca. Kirim tabelnya sebagai XLSX atau CSV.",
        "{facts} files are not read. Send the table as XLSX or CSV.",
        "{facts}ファイルは読みません。表をXLSXかCSVで送ってください。",
    ),
    "span": Words(
        "Ada sel jauh di luar tabel. Salin tabel saja ke berkas baru.",
        "A cell is far outside the table. Copy only the table into a new file.",
        "表から離れた位置にセルがあります。表だけを新しいファイルに写してください。",
    ),
    "reader_died": Words(
        "Berkas tidak dapat dibuka. Simpan ulang sebagai XLSX tanpa gambar dan lembar kosong.",
        "The file could not be opened. Save it again as XLSX without pictures and empty sheets.",
        "ファイルを開けません。画像や空のシートを除き、XLSXで保存し直してください。",
    ),
    "hash_key_missing": Words(
        "Nama pembeli atau investor hanya diterima bila kunci {facts} terpasang. "
        "Pakai nomor rujukan instansi, misalnya DIS-0012.",
        "Names of buyers or investors are accepted only when the key {facts} is set. "
        "Use your agency's own reference, for example DIS-0012.",
        "購入者・投資家名は鍵 {facts} が設定されている場合のみ受け付けます。"
        "機関の参照番号（例: DIS-0012）を使ってください。",
    ),
    "no_contract": Words(
        "Berkas tidak cocok dengan templat mana pun. Pakai: penataran template NAMA.",
        "The file does not fit any template. Use: penataran template NAME.",
        "どの様式にも合いません。penataran template で様式を作ってください。",
    ),
    "no_contract_own": Words(
        "Judul kolom tidak ditemukan. Yang dicari: {facts}.",
        "No column headings were found. Looked for: {facts}.",
        "見出しが見つかりません。探した見出し: {facts}。",
    ),
    "large_deletion": Words(
        "Berkas tidak memuat baris yang pernah diterima ({facts}). Jika memang dihapus: kirim lagi "
        "dengan --confirm-deletions, atau pindahkan berkas ke folder konfirmasi.",
        "Rows that were accepted before are missing ({facts}). If they were really removed: send "
        "the file again with --confirm-deletions, or move it into the folder konfirmasi.",
        "以前受け付けた行がありません（{facts}）。本当に削除した場合は "
        "--confirm-deletions を付けて送るか、ファイルを konfirmasi フォルダに移してください。",
    ),
}

# What of an accepted file was not read as data, by the kind of its rows. `{facts}` are row numbers,
# sheets or a count.
LEFT_OUT: dict[str, Words] = {
    "sheet": Words("Lembar {facts}:", "Sheet {facts}:", "シート{facts}:"),
    "total": Words(
        "Dibaca sebagai jumlah, tidak dimuat: baris {facts}.",
        "Read as totals, not loaded: row {facts}.",
        "合計として読み、取り込んでいません: {facts}行目。",
    ),
    "average": Words(
        "Dibaca sebagai rata-rata, tidak dimuat: baris {facts}.",
        "Read as averages, not loaded: row {facts}.",
        "平均として読み、取り込んでいません: {facts}行目。",
    ),
    "note": Words(
        "Dibaca sebagai catatan, tidak disimpan: baris {facts}.",
        "Read as notes, not stored: row {facts}.",
        "注記として読み、保存していません: {facts}行目。",
    ),
    "title": Words(
        "Dibaca sebagai judul: baris {facts}.",
        "Read as titles: row {facts}.",
        "表題として読みました: {facts}行目。",
    ),
    "heading": Words(
        "Judul kolom yang berulang: baris {facts}.",
        "Repeated headings: row {facts}.",
        "繰り返しの見出し: {facts}行目。",
    ),
    "numbering": Words(
        "Nomor kolom: baris {facts}.",
        "Numbers of columns: row {facts}.",
        "列番号: {facts}行目。",
    ),
    "units": Words(
        "Satuan di bawah judul kolom, tidak dibaca: baris {facts}.",
        "Units under the headings, not read: row {facts}.",
        "見出しの下の単位は読んでいません: {facts}行目。",
    ),
    "dropped": Words(
        "Ditahan menurut pemetaan pengirim: baris {facts}.",
        "Left out by the sender's mapping: row {facts}.",
        "対応表により除外: {facts}行目。",
    ),
    "no_values": Words(
        "Tanpa nilai, tidak dimuat: baris {facts}.",
        "Without values, not loaded: row {facts}.",
        "値がないため取り込んでいません: {facts}行目。",
    ),
    "hidden_rows": Words(
        "Baris tersembunyi ikut dibaca: baris {facts}.",
        "Hidden rows were read too: row {facts}.",
        "非表示の行も読みました: {facts}行目。",
    ),
    "columns": Words(
        "Kolom yang tidak dibaca dan tidak disimpan: {facts}.",
        "Columns not read and not stored: {facts}.",
        "読まず、保存していない列の数: {facts}。",
    ),
    "unread_sheets": Words(
        "Lembar tanpa tabel yang dikenal, tidak dibaca: {facts}.",
        "Sheets without a known table, not read: {facts}.",
        "既知の表がなく読んでいないシート: {facts}。",
    ),
    "misfit": Words(
        "Pemetaan yang menyebut lembar ini tetapi tidak cocok dengannya: {facts}.",
        "Mappings that name this sheet and do not fit it: {facts}.",
        "このシートを指定しているが合わない対応表: {facts}。",
    ),
    "hidden_sheets": Words(
        "Lembar tersembunyi, tidak dibaca dan tidak disimpan: {facts}.",
        "Hidden sheets, not read and not stored: {facts}.",
        "非表示のため読まず、保存していないシート: {facts}。",
    ),
}

STATUSES: dict[str, Words] = {
    "loaded": Words("diterima", "accepted", "受け付けました"),
    "unchanged": Words("sama seperti sebelumnya", "the same as before", "前回と同じです"),
    "checked": Words("diperiksa saja", "checked only", "確認のみ"),
    "refused": Words("tidak diterima", "not accepted", "受け付けていません"),
    "stopped": Words(
        "dihentikan, tidak disimpan", "stopped, not stored", "停止し、保存していません"
    ),
    "asks": Words("menunggu konfirmasi", "waiting for a confirmation", "確認待ち"),
    "failed": Words(
        "gagal di sini, akan dicoba lagi",
        "failed on our side, we will try again",
        "こちら側の障害、再試行します",
    ),
}

KINDS: dict[str, Words] = {
    "name": Words("nama orang", "names of people", "氏名"),
    "nik": Words(
        "NIK atau nomor identitas lain", "number of an identity document", "身分証明書の番号"
    ),
    "nisn": Words("NISN", "pupil's number", "学籍番号"),
    "passport": Words("nomor paspor", "passport number", "旅券番号"),
    "birth_date": Words("tanggal lahir atau umur", "birth date or age", "生年月日・年齢"),
    "phone": Words("nomor telepon", "phone number", "電話番号"),
    "e_mail": Words("alamat surel", "e-mail address", "メールアドレス"),
    "address": Words("alamat", "address", "住所"),
    "photo": Words("foto", "photo", "写真"),
    "sex": Words("jenis kelamin per orang", "sex of a person", "性別"),
    "religion": Words("agama", "religion", "宗教"),
    "bank_account": Words("nomor rekening", "bank account", "銀行口座番号"),
    "tax_number": Words("NPWP", "tax number", "納税者番号"),
    "handle": Words("akun media sosial", "account of a social medium", "SNSアカウント"),
}

LABELS: dict[str, Words] = {
    "file": Words("Berkas", "File", "ファイル"),
    "data": Words("Data", "Data", "データ"),
    "reasons": Words("Alasan", "Reasons", "理由"),
    "summary": Words("Ringkasan", "Summary", "概要"),
    "row": Words("Baris", "Row", "行"),
    "mapping": Words("pemetaan", "mapping", "対応表"),
    "title": Words("judul", "title", "表題"),
    "whole_row": Words("seluruh baris", "whole row", "行全体"),
    "one_of_key": Words("satu baris untuk setiap kunci", "one row for each key", "キーごとに1行"),
    "column": Words("Kolom", "Column", "列"),
    "one_of": Words("salah satu", "one of", "次のいずれか"),
    "expected": Words("Yang diharapkan", "What was expected", "期待される内容"),
    "received": Words("Yang tertulis", "What was written", "記入内容"),
    "fix": Words("Cara memperbaiki", "How to fix it", "修正方法"),
    "loaded": Words("Baris diterima", "Rows accepted", "受け付けた行"),
    "refused": Words("Baris ditahan", "Rows refused", "保留した行"),
    "guide": Words("Petunjuk", "Guide", "説明"),
    "codes": Words("Kode", "Codes", "コード"),
    "example": Words("contoh", "example", "例"),
    "required": Words("wajib", "required", "必須"),
    "optional": Words("boleh kosong", "may be empty", "任意"),
    "kind": Words("Isi", "Content", "内容"),
    "next": Words(
        "Perbaiki sel bertanda di lembar Data, lalu kirim lagi seluruh berkas.",
        "Fix the marked cells in the data sheet, then send the whole file again.",
        "「データ」シートの印のあるセルを直し、ファイル全体を送り直してください。",
    ),
    "all_well": Words(
        "Semua baris diterima.",
        "All rows were accepted.",
        "すべての行を受け付けました。",
    ),
}

CONTENT: dict[str, Words] = {
    "number": Words("angka", "number", "数値"),
    "date": Words("tanggal", "date", "日付"),
    "percent": Words(
        "persen, misalnya 47,5", "percent, for example 47.5", "パーセント（例: 47.5）"
    ),
    "period": Words(
        "periode: 2025 atau 2025-08",
        "period: 2025 or 2025-08",
        "期間: 2025 または 2025-08",
    ),
    "flag": Words("ya atau tidak", "yes or no", "はい／いいえ"),
    "area": Words("nama negara", "name of a country", "国名"),
    "text": Words("teks", "text", "文字列"),
    "currency": Words(
        "kode mata uang, misalnya IDR", "currency code, for example IDR", "通貨コード（例: IDR）"
    ),
    "product": Words(
        "kode HS, misalnya 920600", "HS code, for example 920600", "HSコード（例: 920600）"
    ),
    "region": Words(
        "nama kabupaten atau kota, atau kode BPS: Kabupaten Blitar atau 3505",
        "name of a regency or city, or its BPS code: Kabupaten Blitar or 3505",
        "県・市の名称またはBPS地域コード（例: Kabupaten Blitar、3505）",
    ),
    "reference": Words(
        "nomor rujukan instansi, misalnya DIS-0012; nama hanya bila kunci terpasang",
        "your agency's reference, for example DIS-0012; a name only when a key is set",
        "機関の参照番号（例: DIS-0012）。名称は鍵がある場合のみ",
    ),
}


UNITS: dict[str, Words] = {
    "persons": Words("orang", "persons", "人"),
    "firms": Words("perusahaan", "firms", "社"),
    "days": Words("hari", "days", "日"),
    "nights": Words("malam", "nights", "泊"),
    "hours": Words("jam", "hours", "時間"),
    "percent": Words("persen", "percent", "％"),
    "kg": Words("kg", "kg", "kg"),
    "items": Words("butir", "items", "件"),
    "currency units": Words("satuan mata uang", "currency units", "通貨単位"),
}


def phrase(texts: Mapping[str, Words], code: str, language: str, **parts: str) -> str:
    """The text of a code in a language; for a code without a text, the code itself."""
    text = texts.get(code)
    if text is None:
        return " ".join([code, *(p for p in parts.values() if p)]).strip()
    return text.in_language(language).format_map(_Parts(parts)).strip()


def cell_reason(code: str, language: str, **parts: str) -> str:
    """Why a cell or a row was refused: a text of this module, or the message of its row rule.
    `parts` are those of the text: expected, want, nearest, rows."""
    rule = rule_messages().get(code)
    if rule is not None and code not in CELLS:
        return rule.in_language(language)
    if code == "unknown_region":
        parts = {**parts, "nearest": parts.get("expected", "")}
    near = f"{code}_near"
    chosen = near if parts.get("nearest") and near in CELLS else code
    return phrase(CELLS, chosen, language, **parts)


@cache
def rule_messages() -> Mapping[str, Words]:
    """Messages of the tables' own row rules by code."""
    return {rule.code: rule.message for table in TABLES.values() for rule in table.rules}


class _Parts(dict[str, str]):
    """Parts of a text; one that is not given is empty."""

    def __missing__(self, key: str) -> str:
        return ""
