"""Headings that announce personal data, in three languages, and what refutes them."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _entries(text: str) -> frozenset[str]:
    """Entries of one or more words, divided by a bar."""
    return frozenset(" ".join(entry.split()) for entry in text.split("|"))


HEADINGS: dict[str, str] = {
    "name": """
    nama|nama lengkap|nama siswa|nama siswi|nama peserta|nama anak|nama guru|nama wali
    |nama orang tua|nama ayah|nama ibu|nama pendamping|nama pemilik|nama depan|nama belakang
    |nama tengah|nama panggilan|nama pimpinan|nama ketua|nama direktur|nama penanggung jawab
    |nama kontak|nama pic|nama pelajar|nama mahasiswa|nama santri|nama pelaku|nama pengusaha
    |nama pengrajin|nama perajin|nama petani|nama pegawai|nama karyawan|nama tamu
    |nama anggota|nama kepala sekolah|nama pemohon|nama pembina|nama narasumber
    |nama wali murid|nama kk|nama kepala keluarga|nama penerima|nama pemandu|nama penandatangan
    |nama wajib pajak|nama wisatawan|nama turis|nama pengunjung
    |nama contact person|nama cp|nama narahubung|nama pendaftar|nama pengelola|pemilik
    |kontak person|contact person|contact name|contact|kontak|cp|pic|narahubung|penanggung jawab
    |penanggungjawab|pimpinan|ketua|direktur|ketua kelompok|pendamping|wali murid|wali|peserta
    |orang tua|narasumber|nama dan alamat|nama dan gelar|nama peserta didik|nama responden|name
    |full name|first name|last name|middle name|surname|family name|given name|given names
    |nickname|student name|participant name|owner|owner name|name of owner|contact person name
    |person in charge|director|director name|name of student|name of participant|guest name
    |parent name|guardian|guardian name|teacher name|student|siswa|name of contact
    |representative name|representative|attendee|attendee name|applicant name|employee name
    |responsible person|host family|氏名|お名前|名前|姓名|姓|名|児童名|生徒名|参加者名|保護者名
    |保護者|担当者|担当者名|担当|御担当者|ご担当者|ご担当者名|代表者名|代表者|代表者氏名|責任者
    |責任者名|引率者|引率者名|学生氏名|参加者氏名|児童氏名|生徒氏名|ふりがな|フリガナ
    |氏名フリガナ|氏名ふりがな|氏名カナ|カナ氏名|カナ|ローマ字氏名|氏名ローマ字|連絡担当者
    |窓口担当者|緊急連絡先氏名|世帯主|所有者名|担当者氏名|ホストファミリー|講師名|通訳者名
    |お客様名|宿泊者名|宿泊者氏名|ご担当者様|担当者様|代表取締役|申込者名|申請者名|出席者名|来場者名
    |ご芳名|芳名|通訳者|苗字|名字|署名者|c p|p i c|kontak narahubung|key contact|primary contact
    |main contact|main contact person|proprietor|attn|attention|signatory|signatories|signed by
    |name and surname|nama penanggungjawab|nama perwakilan|nama delegasi|nama pelaku usaha|nama wni
    |nama tki|nama pmi|nama pekerja migran|nama dan nip|penandatangan|ditandatangani oleh|petugas
    |nama petugas|nama terang|nama delegate|delegate|participant|teacher in charge|your name
    |学生名|受講者名|host family name
    |pemilik usaha|nama direktur utama|diserahkan oleh|tanda tangan|ttd|signature|署名|フルネーム
    |申込者|申請者|出席者|受講者|来場者|寄贈者|応募者|受賞者|講演者|発表者|執筆者|著者|作者|記入者
    |atas nama|head of delegation|氏名ローマ字表記|サイン|paraf|nama orangtua|ホストファミリー名
    """,
    "nik": """
    nik|no nik|nomor nik|no ktp|nomor ktp|ktp|nomor induk kependudukan|no induk kependudukan
    |nik ktp|no identitas|nomor identitas|no kk|nomor kk|nomor kartu keluarga|no kartu keluarga
    |nip|no sim|nik pemilik|nik siswa|nik penanggung jawab|identity number|id card number
    |id card no|national id|national id number|national identity number|id number ktp
    |マイナンバー|個人番号|身分証番号
    |kitas|no kitas|kitap|nric|ic number|ic no|在留カード番号
    """,
    "nisn": """
    nisn|nis|nomor induk siswa|nomor induk siswa nasional|no induk siswa|no induk|nim
    |nomor induk mahasiswa|no nisn|nomor nisn|student id|student number|student no|学籍番号
    |生徒番号|学生番号
    """,
    "passport": """
    paspor|no paspor|nomor paspor|passport|passport number|passport no|no passport|nomor passport
    |旅券番号|旅券|パスポート|パスポート番号
    |パスポートno|旅券no
    """,
    "birth_date": """
    tanggal lahir|tgl lahir|ttl|tempat tanggal lahir|tempat tgl lahir|tempat dan tanggal lahir
    |tempat lahir|tahun lahir|bulan lahir|date of birth|birth date|birthdate|birthday|dob|d o b
    |place of birth|birth place|birthplace|year of birth|birth year|umur|usia|age|umur peserta
    |usia peserta|umur siswa|usia siswa|生年月日|誕生日|年齢|生年|生まれ年|出生地|出生年月日
    |満年齢|年令
    """,
    "phone": """
    telepon|telpon|no telepon|nomor telepon|no telpon|nomor telpon|no tlp|tlp|telp|no telp
    |nomor telp|tel|tel no|no tel|no hp|nomor hp|hp|handphone|no handphone|nomor handphone|hp wa
    |wa hp|ponsel|no ponsel|nomor ponsel|whatsapp|no whatsapp|nomor whatsapp|wa|no wa|nomor wa
    |no hp wa|kontak hp|nomor kontak|no kontak|kontak wa|telp hp|no telp hp|no telepon hp|phone
    |phone number|phone no|telephone|telephone number|telephone no|contact number|contact no
    |mobile|cellphone|mobile number|mobile phone|mobile no|cell phone|cell|fax|no fax
    |whatsapp number
    |emergency contact|kontak darurat|kontak yang dapat dihubungi|nomor yang dapat dihubungi
    |電話|電話番号|携帯|携帯電話|携帯番号|携帯電話番号|連絡先|連絡先電話番号|緊急連絡先|ご連絡先
    |自宅電話|ファックス|fax番号|mobile phone no|mobile phone number|tel番号|telno|携帯tel
    |no telpon kantor|no telepon kantor
    """,
    "e_mail": """
    email|e mail|surel|alamat email|alamat e mail|alamat surel|email address|e mail address|mail
    |email pribadi|メール|メールアドレス|電子メール|eメール|mailアドレス|emailアドレス
    """,
    "address": """
    alamat|alamat rumah|alamat lengkap|alamat tinggal|alamat domisili|domisili|alamat ktp
    |alamat siswa|alamat rumah siswa|alamat rumah pemilik|alamat pemilik|alamat orang tua
    |alamat peserta|alamat tempat tinggal|address
    |home address|residential address|住所|自宅住所|現住所|ご住所|本籍|居住地住所
    """,
    "photo": """
    foto|pas foto|foto diri|foto siswa|foto peserta|foto ktp|photo|picture|photograph|写真|顔写真
    """,
    "sex": "jenis kelamin|jk|l p|kelamin|gender|sex|性別",
    "religion": "agama|religion|宗教",
    "bank_account": """
    no rekening|nomor rekening|rekening|no rek|norek|rekening bank|no rekening bank
    |nomor rekening bank|nama rekening|rek bank|bank account|account number|account no
    |no rek a n|bank account number|bank account no|iban|nama pemilik rekening|atas nama rekening
    |口座番号
    |銀行口座|口座|振込先|口座名義|振込口座|銀行口座番号
    """,
    "tax_number": """
    npwp|no pokok wajib pajak|no npwp|nomor npwp|nomor pokok wajib pajak|npwp pemilik|npwp pribadi
    |tax id
    |tax id number|tax number|taxpayer id|taxpayer identification number|納税者番号
    """,
    "handle": """
    instagram|ig|sosmed|akun instagram|akun ig|akun|akun medsos|media sosial|medsos
    |akun media sosial
    |facebook|fb
    |tiktok|line id|id line|telegram|wechat|wechat id|skype|skype id|social media|twitter
    |ラインid|lineid|インスタグラム|sns|snsアカウント
    """,
}  # fmt: skip
BY_HEADING = {name: kind for kind, names in HEADINGS.items() for name in _entries(names)}
# A heading of more words announces the kind of one of these, unless it counts something.
TELLING = {
    "nik": "nik", "ktp": "nik", "nisn": "nisn", "npwp": "tax_number", "paspor": "passport",
    "telp": "phone",
    "passport": "passport", "telepon": "phone", "handphone": "phone", "whatsapp": "phone",
    "hp": "phone", "wa": "phone", "email": "e_mail", "surel": "e_mail",
    "rekening": "bank_account", "rek": "bank_account",
    "phone": "phone", "cellphone": "phone", "instagram": "handle", "facebook": "handle",
    "lahir": "birth_date", "birth": "birth_date", "dob": "birth_date", "pic": "name",
}  # fmt: skip
COUNTING = _words("""
    jumlah total banyak banyaknya rata persen persentase number average count share percent
    rasio jml kode uraian pengguna pelanggan users subscribers lines kunjungan wisatawan angka
    tingkat rate bayi harapan hidup tahun biaya nilai value pembuatan penerbitan terbit masa
    jenis layanan pemegang belanja permohonan tujuan country negara area place_of expectancy
    diterbitkan dpk seluler weight certificate certificates births live holders status ponsel
    impor ekspor subscriptions subscription per
    followers pengikut likes spend marketing
    """)  # fmt: skip
# Headings that are also codes, labels or common words: the cells must confirm them.
UNSURE = _entries("""
    wa|hp|cp|pic|ig|fb|sns|tel|cell|mail|mobile|fax|student|siswa|peserta|contact|kontak|owner
    |pemilik|wali|ketua|direktur|director|representative|guardian|pendamping|name|nama|カナ|名
    |姓|担当|代表者|line|telegram|rekening|口座|akun|nis|nim|domisili|iban|picture|photo|foto
    |写真|連絡先|保護者|no induk|orang tua|l p|jk|attendee|pimpinan|narasumber|facebook
    |participant|petugas|attention|proprietor|signatory|delegate|nama delegasi|nama perwakilan
    |nama pelaku usaha
    |申込者|申請者|出席者|受講者|来場者|寄贈者|応募者|受賞者|講演者|発表者|執筆者|著者|作者|記入者
    |c p|p i c|代表取締役|key contact|primary contact|main contact|通訳者
    |instagram|twitter|tiktok|wechat|skype|ktp|nip|host family|ホストファミリー|social media
    """)  # fmt: skip
TOTALS = _entries("""
    total|jumlah|all|semua|both sexes|both|persons|all ages|jumlah total|l+p
    |laki-laki + perempuan|total persons|keduanya|laki-laki dan perempuan|total penduduk
    |grand total|sub total|subtotal|不詳|総数|計|合計|男女計|全体|総計|全年齢|jumlah/total
    """)  # fmt: skip

# Words that go with HP, WA and the like in a heading.
WITH = _words("""
    no nomor kontak contact number num pemilik siswa peserta orang tua wali pribadi aktif dan
    atau or yang bisa dapat dihubungi penanggung jawab pengurus ketua bank ig person sekolah
    perusahaan instansi kelompok kantor pengelola koordinator panitia pimpinan
    guru pendamping name nama kegiatan acara program usaha
    """)
# Cells of a person's sex or religion.
GROUPS = _entries("""
    l|p|m|f|lk|pr|laki-laki|laki - laki|laki laki|laki|perempuan|pria|wanita|male|female|man
    |woman|boy|girl|lelaki|putra|putri|cowok|cewek|男|女|男性|女性|男子|女子|islam|kristen
    |katolik|hindu|buddha|budha|konghucu|khonghucu|protestan|muslim|christian|catholic|buddhist
    |shinto|仏教|神道|キリスト教|イスラム教|イスラーム|lainnya
    """)
# `Nama` or `name of` before one of these names a person.
ROLES = _words("""
    ketua kepala direktur pimpinan pemilik siswa siswi peserta guru wali orang ayah ibu pendamping
    penanggung kontak pic cp pelajar mahasiswa santri pengusaha pengrajin perajin petani pegawai
    karyawan tamu anggota pemohon pembina narasumber pemandu penandatangan narahubung pendaftar
    pengelola responden sekretaris bendahara koordinator manajer pembeli penjual penerima pelatih
    tenaga pembicara instruktur penari calon mhs wisatawan turis dosen penulis seniman
    delegate delegates penanggungjawab perwakilan petugas
    owner student participant contact guest teacher director chairman representative manager parent
    guardian applicant employee attendee speaker visitor signatory chair head person buyer
    trainer instructor
    """)  # fmt: skip
# Words that begin as those for a doer do (penyuluh, pengirim) and name none.
NO_DOERS = _words("""
    penyelenggara pemerintah pemda pemkab pemkot pemasok penerbit penyalur pengimpor pengekspor
    pesawat penyedia penyakit pertunjukkan pelaksana pemrakarsa penjamin pengembang peternak
    perseroan persero pertanyaan peta pekan pesta pentas petak penanda permata perum pembeli
    pembangkit pemutus penampung penambang
    """)
# Words beside an account of a budget.
BUDGETS = _words("kegiatan kas daerah program anggaran pendapatan subkegiatan")
# Ends of Japanese headings that announce a kind.
ENDS = {
    "氏名": "name",
    "フリガナ": "name",
    "ふりがな": "name",
    "担当者名": "name",
    "者氏名": "name",
    "パスポートno": "passport",
    "代表者名": "name",
    "担当者": "name",
    "お名前": "name",
    "教員名": "name",
    "教師名": "name",
    "電話番号": "phone",
    "携帯番号": "phone",
    "連絡先": "phone",
    "電話": "phone",
    "生年月日": "birth_date",
    "メールアドレス": "e_mail",
    "連絡先メール": "e_mail",
    "口座番号": "bank_account",
    "振込先口座": "bank_account",
    "住所": "address",
    "旅券番号": "passport",
    "学籍番号": "nisn",
}
