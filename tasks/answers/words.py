"""Texts for senders, in Indonesian, English and Japanese: what is wrong, how to correct it."""

from __future__ import annotations

from collections.abc import Mapping

LANGUAGES = ("id", "en", "ja")

# By reason code. `{received}` is the cell, `{expected}` what is right or the possible readings.
CELLS: dict[str, tuple[str, str, str]] = {
    "ambiguous_date": (
        "Tanggal ini dapat berarti {expected}. Tulis tahun-bulan-tanggal, misalnya 2025-08-17.",
        "This date can mean {expected}. Write year-month-day, for example 2025-08-17.",
        "この日付は {expected} のどちらにも読めます。2025-08-17 のように年-月-日で書いてください。",
    ),
    "short_year": (
        "Tulis tahun dengan empat angka, misalnya 2025.",
        "Write the year with four digits, for example 2025.",
        "年は2025のように4桁で書いてください。",
    ),
    "not_a_date": (
        "Ini bukan tanggal. Tulis tahun-bulan-tanggal, misalnya 2025-08-17.",
        "This is no date. Write year-month-day, for example 2025-08-17.",
        "日付として読めません。2025-08-17 のように書いてください。",
    ),
    "ambiguous_number": (
        "Angka ini dapat berarti {expected}. Tulis tanpa pemisah ribuan, misalnya 1234 atau 1,5.",
        "This number can mean {expected}. Write it without thousands separators, as 1234 or 1.5.",
        "この数値は {expected} のどちらにも読めます。1234 のように桁区切りなしで書いてください。",
    ),
    "not_a_number": (
        "Ini bukan angka. Isi angka saja, tanpa keterangan.",
        "This is no number. Write the number alone, without words.",
        "数値として読めません。数字だけを書いてください。",
    ),
    "not_a_count": (
        "Isi bilangan bulat.", "Write a whole number.", "整数を書いてください。",
    ),
    "not_a_flag": (
        "Isi ya atau tidak.", "Write yes or no.", "「はい」か「いいえ」を書いてください。",
    ),
    "formula_error": (
        "Rumus di sel ini rusak. Perbaiki, atau ganti dengan nilainya.",
        "The formula in this cell is broken. Mend it, or write its value.",
        "数式が壊れています。直すか、値を書いてください。",
    ),
    "rounded_number": (
        "Kode panjang disimpan sebagai angka dan sudah dibulatkan. Tulis ulang sebagai teks.",
        "A long code was stored as a number and is rounded already. Write it again as text.",
        "長いコードが数値として丸められています。文字列として書き直してください。",
    ),
    "too_long": (
        "Teks terlalu panjang; paling banyak 2.000 huruf.",
        "The text is too long; 2,000 letters at most.",
        "文字数が多すぎます（2,000字まで）。",
    ),
    "key_missing": (
        "Sel ini harus diisi.", "This cell must not be empty.", "このセルは必須です。",
    ),
    "out_of_range": (
        "Nilai di luar batas. Isi {want}.",
        "The value is out of bounds. Write {want}.",
        "値が範囲外です。{want}。",
    ),
    "not_allowed": (
        "Isi {want}.", "Write {want}.", "{want}。",
    ),
    "malformed": (
        "Bentuk kode salah. Isi {want}.", "The code has a wrong form. Write {want}.",
        "コードの形式が正しくありません。{want}。",
    ),
    "unknown_code": (
        "Kode atau nama ini tidak dikenal. Pakai nama dari lembar Kode.",
        "This code or name is not known. Use one from the sheet of codes.",
        "このコードまたは名称は登録されていません。「コード」シートのものを使ってください。",
    ),
    "retired_code": (
        "Kode ini tidak berlaku pada tanggal itu.",
        "This code was not valid on that date.",
        "このコードはその日付では有効ではありません。",
    ),
    "in_the_future": (
        "Periode ini belum tiba.", "This period has not begun yet.", "まだ始まっていない期間です。",
    ),
    "conflicting_key": (
        "Dua baris berbeda memakai kode yang sama. Sisakan satu.",
        "Two different rows use the same code. Leave one.",
        "異なる2行が同じコードを使っています。1行だけ残してください。",
    ),
    "wrong_total": (
        "Jumlah ini tidak sama dengan isi kolom ({expected}). Periksa apakah ada baris yang "
        "kurang; baris lain tetap diterima.",
        "This total is not the sum of the column ({expected}). See whether a row is missing; the "
        "other rows are taken in.",
        "この合計は列の和（{expected}）と一致しません。抜けた行がないか確認してください。"
        "他の行は受け付けました。",
    ),
    "part_of_all": (
        "Jumlah bagian lebih besar daripada seluruhnya ({expected}).",
        "A part is larger than the whole ({expected}).",
        "内訳が全体を超えています（{expected}）。",
    ),
    "currency_missing": (
        "Nilai membutuhkan mata uang, misalnya IDR.",
        "A value needs its currency, for example IDR.",
        "金額には通貨（例: IDR）が必要です。",
    ),
    "period_order": (
        "Akhir lebih awal daripada mulai.", "The end comes before the start.",
        "終了が開始より前です。",
    ),
}  # fmt: skip

# By problem code: why a whole file is not taken. `{where}` is a column, `{facts}` what is missing.
FILES: dict[str, tuple[str, str, str]] = {
    "personal_data": (
        "Berkas memuat data pribadi ({facts}) di kolom {where} dan tidak disimpan. "
        "Hapus kolom itu; kami hanya menerima jumlah dan lembaga.",
        "The file holds personal data ({facts}) in column {where} and was not kept. "
        "Remove that column; only totals and organisations are taken in.",
        "列{where}に個人情報（{facts}）が含まれるため、保存していません。"
        "その列を削除してください。集計値と団体名だけを受け付けます。",
    ),
    "unknown_column": (
        "Kolom {where} tidak ada dalam templat. Hapus, atau pakai judul kolom dari templat.",
        "Column {where} is not in the template. Remove it, or use the template's heading.",
        "列{where}は様式にありません。削除するか、様式の見出しを使ってください。",
    ),
    "column_missing": (
        "Kolom yang wajib tidak ada: {facts}.", "A required column is missing: {facts}.",
        "必須の列がありません: {facts}。",
    ),
    "column_twice": (
        "Kolom {facts} ada dua kali; sisakan satu (kolom {where}).",
        "Column {facts} is there twice; leave one (column {where}).",
        "列「{facts}」が2つあります（列{where}）。1つにしてください。",
    ),
    "no_header": (
        "Judul kolom tidak ditemukan di lembar {sheet}. Pakai judul kolom dari templat.",
        "No column headings were found in sheet {sheet}. Use those of the template.",
        "シート{sheet}に見出しが見つかりません。様式の見出しを使ってください。",
    ),
    "hidden_sheet": (
        "Lembar {sheet} tersembunyi tetapi berisi data. Tampilkan atau hapus.",
        "Sheet {sheet} is hidden but holds data. Show it or remove it.",
        "シート{sheet}は非表示ですがデータがあります。表示するか削除してください。",
    ),
    "empty_file": (
        "Berkas tidak berisi baris data.", "The file holds no rows of data.",
        "データ行がありません。",
    ),
    "undecodable": (
        "Huruf dalam berkas tidak terbaca (posisi {facts}). Simpan sebagai XLSX atau CSV UTF-8.",
        "The letters of the file cannot be read (position {facts}). Save it as XLSX or CSV UTF-8.",
        "文字コードを読み取れません（位置 {facts}）。XLSXかUTF-8のCSVで保存してください。",
    ),
    "not_a_workbook": (
        "Berkas rusak atau bukan lembar kerja. Simpan ulang sebagai XLSX.",
        "The file is broken or no workbook. Save it again as XLSX.",
        "ファイルが壊れています。XLSXで保存し直してください。",
    ),
    "encrypted": (
        "Berkas berkata sandi. Kirim tanpa kata sandi.",
        "The file has a password. Send it without one.",
        "パスワードを外して送ってください。",
    ),
    "macros": (
        "Berkas memuat makro. Simpan sebagai XLSX biasa.",
        "The file holds macros. Save it as a plain XLSX.",
        "マクロを含んでいます。通常のXLSXで保存してください。",
    ),
    "links": (
        "Berkas mengambil nilai dari berkas lain. Ganti tautan dengan nilainya.",
        "The file takes values from another file. Replace the links by their values.",
        "他のファイルへの参照があります。値に置き換えてください。",
    ),
    "doctype": (
        "Berkas memuat bagian yang tidak diizinkan. Simpan ulang sebagai XLSX.",
        "The file holds a part that is not allowed. Save it again as XLSX.",
        "許可されていない部分があります。XLSXで保存し直してください。",
    ),
    "bomb": (
        "Isi berkas terlalu besar setelah dibuka.", "The file is too large when opened.",
        "展開後のサイズが大きすぎます。",
    ),
    "too_large": (
        "Berkas lebih besar dari {facts} MB.", "The file is larger than {facts} MB.",
        "ファイルが{facts} MBを超えています。",
    ),
    "broken_formula": (
        "Rumus di sel {where} rusak (misalnya #REF!). Perbaiki, atau ganti dengan nilainya.",
        "The formula in cell {where} is broken (as #REF!). Mend it, or write its value.",
        "セル{where}の数式が壊れています（#REF!など）。直すか、値を書いてください。",
    ),
    "uncomputed": (
        "Rumus di sel {where} belum dihitung. Buka di Excel atau LibreOffice, simpan, kirim lagi.",
        "The formula in cell {where} was never computed. Open the file in Excel or LibreOffice, "
        "save it and send it again.",
        "セル{where}の数式が計算されていません。ExcelかLibreOfficeで開いて保存し、送り直してください。",
    ),
    "span": (
        "Ada sel jauh di luar tabel. Salin tabel saja ke berkas baru.",
        "There is a cell far outside the table. Copy only the table into a new file.",
        "表から離れた位置にセルがあります。表だけを新しいファイルに写してください。",
    ),
    "reader_died": (
        "Berkas tidak dapat dibuka. Simpan ulang sebagai XLSX tanpa gambar dan lembar kosong.",
        "The file could not be opened. Save it again as XLSX without pictures and empty sheets.",
        "ファイルを開けません。画像や空のシートを除き、XLSXで保存し直してください。",
    ),
    "hash_key_missing": (
        "Nama pembeli atau investor hanya diterima bila kunci {facts} terpasang. "
        "Pakai nomor rujukan instansi, misalnya DIS-0012.",
        "Names of buyers or investors are taken in only where the key {facts} is set. "
        "Use your agency's own reference, for example DIS-0012.",
        "購入者・投資家名は鍵 {facts} が設定されている場合のみ受け付けます。"
        "機関の参照番号（例: DIS-0012）を使ってください。",
    ),
    "unknown_sender": (
        "Pengirim ini belum terdaftar.", "This sender is not registered.",
        "この提出者は登録されていません。",
    ),
    "no_contract": (
        "Berkas tidak cocok dengan templat mana pun. Pakai: penataran template NAMA.",
        "The file fits no template. Use: penataran template NAME.",
        "どの様式にも合いません。penataran template で様式を作ってください。",
    ),
    "large_deletion": (
        "{facts}. Jika memang dihapus: kirim lagi dengan --confirm-deletions, "
        "atau pindahkan berkas ke folder konfirmasi.",
        "{facts}. If they were really removed: send it again with --confirm-deletions, "
        "or move the file into the folder konfirmasi.",
        "{facts}。本当に削除した場合は --confirm-deletions を付けて送るか、"
        "ファイルを konfirmasi フォルダに移してください。",
    ),
}  # fmt: skip

STATUSES: dict[str, tuple[str, str, str]] = {
    "loaded": ("diterima", "taken in", "受け付けました"),
    "unchanged": ("sama seperti sebelumnya", "the same as before", "前回と同じです"),
    "checked": ("diperiksa saja", "checked only", "確認のみ"),
    "refused": ("tidak diterima", "not taken in", "受け付けていません"),
    "stopped": ("dihentikan, tidak disimpan", "stopped, not kept", "停止し、保存していません"),
    "asks": ("menunggu konfirmasi", "waits for a confirmation", "確認待ち"),
    "failed": ("gagal di sini, akan dicoba lagi", "failed here, will be tried again",
               "こちら側の障害、再試行します"),
}  # fmt: skip

KINDS: dict[str, tuple[str, str, str]] = {
    "name": ("nama orang", "names of people", "氏名"),
    "nik": ("NIK", "national identity number", "国民識別番号"),
    "nisn": ("NISN", "pupil's number", "学籍番号"),
    "passport": ("nomor paspor", "passport number", "旅券番号"),
    "birth_date": ("tanggal lahir atau umur", "birth date or age", "生年月日・年齢"),
    "phone": ("nomor telepon", "phone number", "電話番号"),
    "e_mail": ("alamat surel", "e-mail address", "メールアドレス"),
    "address": ("alamat", "address", "住所"),
    "photo": ("foto", "photo", "写真"),
    "sex": ("jenis kelamin per orang", "sex of a person", "性別"),
    "religion": ("agama", "religion", "宗教"),
}

LABELS: dict[str, tuple[str, str, str]] = {
    "data": ("Data", "Data", "データ"),
    "reasons": ("Alasan", "Reasons", "理由"),
    "summary": ("Ringkasan", "Summary", "概要"),
    "row": ("Baris", "Row", "行"),
    "column": ("Kolom", "Column", "列"),
    "one_of": ("salah satu", "one of", "次のいずれか"),
    "expected": ("Yang diharapkan", "What was expected", "期待される内容"),
    "received": ("Yang tertulis", "What was written", "記入内容"),
    "fix": ("Cara memperbaiki", "How to correct it", "修正方法"),
    "loaded": ("Baris diterima", "Rows taken in", "受け付けた行"),
    "refused": ("Baris disisihkan", "Rows set aside", "保留した行"),
    "guide": ("Petunjuk", "Guide", "説明"),
    "codes": ("Kode", "Codes", "コード"),
    "example": ("contoh", "example", "例"),
    "required": ("wajib", "required", "必須"),
    "optional": ("boleh kosong", "may be empty", "任意"),
    "kind": ("Isi", "Content", "内容"),
    "next": (
        "Perbaiki sel bertanda di lembar Data, lalu kirim lagi seluruh berkas.",
        "Mend the marked cells in the sheet of data and send the whole file again.",
        "「データ」シートの印のあるセルを直し、ファイル全体を送り直してください。",
    ),
    "all_well": (
        "Semua baris diterima.",
        "All rows were taken in.",
        "すべての行を受け付けました。",
    ),
}

CONTENT: dict[str, tuple[str, str, str]] = {
    "number": ("angka", "number", "数値"),
    "date": ("tanggal", "date", "日付"),
    "period": (
        "periode: 2025 atau 2025-08",
        "period: 2025 or 2025-08",
        "期間: 2025 または 2025-08",
    ),
    "flag": ("ya atau tidak", "yes or no", "はい／いいえ"),
    "area": ("nama negara", "name of a country", "国名"),
    "text": ("teks", "text", "文字列"),
    "currency": ("kode mata uang, misalnya IDR", "currency code, as IDR", "通貨コード（例: IDR）"),
    "product": ("kode HS, misalnya 920600", "HS code, as 920600", "HSコード（例: 920600）"),
    "region": (
        "kode wilayah BPS, misalnya 3505",
        "BPS region code, as 3505",
        "BPS地域コード（例: 3505）",
    ),
    "reference": (
        "nomor rujukan instansi, misalnya DIS-0012; nama hanya bila kunci terpasang",
        "your agency's reference, for example DIS-0012; a name only where a key is set",
        "機関の参照番号（例: DIS-0012）。名称は鍵がある場合のみ",
    ),
}


UNITS: dict[str, tuple[str, str, str]] = {
    "persons": ("orang", "persons", "人"),
    "firms": ("perusahaan", "firms", "社"),
    "days": ("hari", "days", "日"),
    "nights": ("malam", "nights", "泊"),
    "hours": ("jam", "hours", "時間"),
    "percent": ("persen", "percent", "％"),
    "kg": ("kg", "kg", "kg"),
    "items": ("butir", "items", "件"),
    "currency units": ("satuan mata uang", "currency units", "通貨単位"),
}


def phrase(
    words: Mapping[str, tuple[str, str, str]], code: str, language: str, **parts: str
) -> str:
    """The words of a code in a language; for a code without words, the code itself."""
    texts = words.get(code)
    if texts is None:
        return " ".join([code, *(p for p in parts.values() if p)]).strip()
    return texts[LANGUAGES.index(language)].format_map(_Parts(parts)).strip()


class _Parts(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return ""
