"""Words that announce a person in a text: forms of address, lists of names, birth, handles.

Officials are named by their office (Bapak Bupati), and firms, streets and hospitals may be named
after people (UD Bu Tini, RSUD dr. Iskak): those are no persons here.
"""

from __future__ import annotations

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Given names that are common in Indonesia: proof beside a label, an age or a number in a list.
GIVEN = _words("""
    abdul achmad ade adi aditya agung agus ahmad ajeng akbar ali alif amelia amin amir ana andi
    andri anggi anggraeni ani anik anis anisa anton anwar ari arief arif aris asep astuti aulia ayu
    bagas bagus bambang bayu bella bima budi cahya candra citra damar dani darmawan deni dedi desi
    dewi dian diana didik dimas dina dini dodi dwi edi eka eko elly endah endang erna erni evi
    fadli fahmi fajar faisal farhan farida fatimah fauzan febri fitri galih galuh gatot gilang gita
    guntur guruh hadi hafidz halimah hana handoko hani hardi hari haryono hasan hendra hendri heni
    heri heru husen ida ika ilham imam indah indra intan irfan irma irwan iwan jamal joko jono
    kartika kartini khoirul khusnul kiki krisna kurnia laila laras lasmini lastri lestari lia lilik
    lina linda lukman lusi lutfi made mahmud maimunah marfuah marsudi maya mega miftah mira mohamad
    mohammad muhamad muhammad mukhlis mulyadi mulyani mulyono munir murni mustofa nabila nadia nanda
    nanik naufal ngatemi ngatiman nia nina nisa nita novi nunung nur nurhayati nuri nurul paijo
    pandu paijan ponimin ponirah prasetyo pratama pratiwi priyo purnomo puspita puteri putra putri
    putu rahayu rahmat rahmawati raka rangga rani ratih ratna rebo reni resti retno reza rian
    ridwan rifki rina rini rio riski rizal rizki rizky rohmah rosa rudi rusdi rusmini sabar saiful
    salma samsul santi santoso sari sartini satria septi setiawan setyo sigit sinta siti slamet
    soleh sri subur sudarmi sugeng sugiarto suharto sukarni sulastri sulis sulistyo sumarni sunarto
    supardi supri suprapto supriyadi surati suryani susanti susi susilo sutini sutrisno suwarno
    suyanto suyatno syaiful tarjo taufik teguh tiara tini titik toni tono tri tukiyem tuti udin umar
    umi untung utami vera vina wagiman wahyu wahyuni wati wawan wibowo widodo widya wijaya winarti
    wiryo wisnu wulan yanti yanto yanuar yayuk yogi yuli yuliana yuni yusuf zahra zainal zulaikha
    taro hanako kenji yuki haruka sakura takashi hiroshi keiko yoko akira naoko john james michael
    david sarah emily peter mary susan robert jane anna thomas daniel emma olivia liam noah
    """)  # fmt: skip
NAME_ENDS = re.compile(r"[a-z]{2,}(?:wati|ningsih|yanto|ianto|uddin|yono|ayanti|yanti|arto)")
# Words after a form of address or a label that name an office, a firm, a place or a group.
NOT_NAMES = _words("""
    aparat asisten asosiasi atase badan bagian bali bandung bank batik bendahara besar bidang
    biro blitar bpd bumdes bupati cabang camat consul consulate council cv deputi dekan delegasi
    departemen desa dewan diaspora dinas direktorat direktur director duta embassy eksportir
    forum gabungan general governor gubernur guru hamil hotel industri ikm ukm umkm indonesia
    institute institut isi jakarta jalan jawa jepang japan jendral jenderal kabag kabid
    kabupaten kadin kadis kampus kantor kasi kasubag kasubbag kantin kebun kecamatan kecil
    kedutaan kejaksaan kelas kelompok kelurahan kementerian kepala ketua kios kota komisi
    komunitas konjen konsul konsulat koordinator koperasi kepolisian kreatif kuasa lembaga lurah
    lppm mahasiswa malang mayor menteri minister ministry mitra museum negara negeri nusantara
    office organisasi pabrik pameran panitia para pariwisata pedagang pegawai pejabat pekerja
    pelajar pelaku pelatih pemandu pembina pemda pemerintah pemilik pemkab pemkot pemprov
    pendamping penerima pengawas pengelola pengrajin pengurus pengusaha penjabat perajin
    perangkat perdagangan perindustrian perpustakaan persatuan perusahaan perwakilan perhimpunan
    peserta petani petugas pihak pimpinan pj pkk plh plt politeknik polres prefecture presiden
    president produsen program provinsi pt rakyat rapat rektor relawan republik rombongan rumah
    sanggar sekda sekretaris sekretariat sekolah seluruh sma sman smk smkn smp smpn sd sdn siswa
    sister staf staff student students subbag surabaya tamu tangga tani tempat tim tokoh tuan
    tour travel ud umum unit university universitas urusan usaha wakil wali walikota wanita
    warga wilayah wisatawan yayasan yth bapak ibu dan kang teman rekan guru-guru semua anak bumi
    pertiwi martens pepper dr drs ir prof hj potato pizza coffee bakery mall diy donut bean
    market mart supermarket excel word windows teams powerpoint access world universe grand
    marine malaysia thailand vietnam singapore singapura china cina tiongkok korea australia
    austria india italia italy jerman germany prancis perancis france belanda netherlands
    inggris amerika america selatan utara barat timur tengah new zealand south north east west
    saudi arab arabia hong kong sri lanka papua united states kingdom city town village agency
    company corporation limited ltd inc co association chamber commerce trade tourism promotion
    pusat pemuda karang taruna gapoktan poktan pokdarwis osis pramuka regu kontingen
    internasional nasional lokal daerah kesehatan pendidikan pertanian perikanan peternakan
    kebudayaan budaya seni kendang jimbe kopi gula kelapa tekstil makanan minuman kerajinan
    furnitur mebel produk barang jasa kerja sama luar dalam seluas sebanyak sekitar kurang lebih
    juta ribu persen total jumlah rata berdasarkan menurut sesuai lihat data tidak belum sudah
    akan telah telepon email alamat nama januari februari maret april mei juni juli agustus
    september oktober november desember senin selasa rabu kamis jumat sabtu minggu yang untuk
    dengan dari pada oleh serta atau haji nias pulau penuh waktu takasago fremantle tokyo osaka
    kyoto perth sydney melbourne
    """)  # fmt: skip
# Words after a name that make it the name of a place or a firm.
BUILT = _words("""
    hospital street road avenue university airport stadium museum mall corporation co ltd inc
    company school college bakery restaurant cafe
    """)  # fmt: skip
# What stands before a name that is the name of a place or a firm.
NAMED_AFTER = re.compile(
    r"\b(?:Jl|Jln|JL|Jalan|Gg|Gang|RS|RSU|RSUD|RSUP|RSD|RSIA|RSAD|Rumah Sakit|Klinik|Stadion"
    r"|Bandara"
    r"|Pelabuhan|Universitas|UIN|IAIN|STAIN|Gedung|Museum|Taman|Lapangan|Masjid|Ponpes|Pondok"
    r"|Pesantren|Makam|Monumen|SMA|SMK|SMP|MTs|MI|MA|Toko|UD|CV|PT|PD|Fa|Warung|Depot|Batik|RM"
    r"|Resto|Restoran|Rumah Makan|Yayasan|Pasar|Kampung|Kampoeng|Omah|Bakso|Sate|Soto|Pecel|Rawon"
    r"|Keripik|Sambal|Hotel|Kopi|Kafe|Cafe|Ayam Goreng|Bandar Udara|Gunung|Tahura|Tahu|Tempe"
    r"|Toko Roti)"
    r"\b\.?(?: (?:dr\.|[\"'A-Z][\w'’.-]*)){1,6}"
)
WORD = r"[A-Z][a-z'’]+\.?"
FORM = re.compile(
    r"(?<![\w-])(?:(?:[Aa]\. ?[Nn]\.?|[Aa]/[Nn]|[Aa]n\.|[Aa]tas [Nn]ama|SDRI\.?|SDR\."
    r"|[Ss]dri?\.?|[Ss]audar[ai]"
    r"|SAUDAR[AI]|Ny\.|NY\.|[Nn]yonya|NYONYA|Nn\.?|NN\.|[Nn]ona|Tn\.?|TN\.|[Tt]uan|[Bb]pk\.?|BPK\.?"
    r"|[Bb]apak|BAPAK|[Pp]ak|PAK|[Ii]bu|IBU|[Bb]u|BU|Hj\.?|H\.|KH\.?|K\.H\.|Ust\.|Ustadz|Ustadzah"
    r"|Drs\.|Dra\.|Ir\.|dr\.|Dr\.|Prof\.|Mr|Mrs|Ms|Miss|Master|MR\.|MRS\.|MS\.|Mdm|Madam|Sir)\.?"
    r"[ :]{1,2}|(?:Ny|Nn|Tn|Hj|H|Bpk|Sdr|Sdri|Mr|Mrs|Ms|Dr"
    r"|Ir)\.(?=[A-Z]))+(?P<name>[A-Z][\w'’]+|[A-Z]\.)"
    r"(?: (?P<next>[A-Z][\w'’]*))?"
)
FORM_LOW = re.compile(
    r"\b(?:pak|bu|bpk|bapak|ibu|sdr|sdri|saudara|saudari|mas|mbak|kang|gus|an|cak|ning|mr|mrs|ms)"
    r"\b[. ]{1,2}(?P<name>[a-z]+)\b",
    re.IGNORECASE,
)
DEGREE = re.compile(
    r"[A-Z][a-z'’]+,? [SM]\. ?(?:Pd|Si|Sos|E|H|T|Kom|M|IP|Ag|Hum|STP|AP|Ak|Par|Sn|P|Kes|Ked"
    r"|I\.Kom)\b"
    r"(?:\.|,|$)|[A-Z][a-z'’]+, (?:SE|SH|ST|MM|MT|MSi|MPd|SPd|SSos|MBA|Ph\.?D|Ak|Amd|A\.Md)\b\.?"
)
LABEL = re.compile(
    r"(?:\b(?P<own>(?:pic|cp|contact|kontak|ketua|koordinator|narahubung|penghubung"
    r"|penanggung ?jawab)(?: \w+){0,2}|direktur|director|pemilik|owner|wali(?: murid)?|pimpinan"
    r"|nama (?:lengkap|siswa|peserta|pemilik|orang tua)|pendamping|nara ?sumber|pemateri|pelapor"
    r"|pemandu|guru|full name|disusun oleh|dibuat oleh|diisi oleh|mengetahui|tertanda|ttd|hubungi"
    r"|prepared by|submitted by|signed by|host family|orang tua|teacher|guardian|supervisor"
    r"|penerima|pengirim|petugas|operator|sekretaris|bendahara|moderator|speakers?)"
    r"|\b(?P<list>peserta|siswa|siswi|pelajar|mahasiswa|anggota|delegasi|participants?|students?"
    r"|members?|delegates?|murid|daftar nama|nama-nama|pemenang|juara|penari|atlet|names"
    r"|list of names)(?: \d{1,2})?|\b(?:nama|name))"
    r" ?(?:[:=]|(?<=[a-z]) -) ?(?=(?P<rest>.{2,200}))",
    re.IGNORECASE,
)
ITEM = re.compile(
    r"(?:^|[,;&/]| dan | and |(?<!\d)\d{1,2}[.)] ?"
    r"|[-*] )\s*((?:[A-Z][\w'’.]*)(?: [A-Z][\w'’.]*){0,4})"
)
AGED = re.compile(
    r"(?P<name>[A-Z][a-z'’]+(?: [A-Z][a-z'’]+){0,3}),? ?\(?(?:usia|umur|berusia|berumur"
    r"|aged?)? ?\d{1,2} "
    r"?(?:th|thn|tahun|y\.?o\.?|yrs?(?: old)?|years? old)\b\.?\)?(?! ?(?:ke atas|lebih|atau"
    r"|dan lebih|ke-))"
)
AGED_COMMA = re.compile(
    r"(?P<name>[A-Z][a-z'’]+(?: [A-Z][a-z'’]+){0,3}) ?[,(] ?(?:aged? )?(?P<age>[1-9]\d)\)"
)
AGED_WORD = re.compile(
    r"\b(?:aged \d{1,2}(?: years old)?|is \d{1,2} years old)\b(?! ?(?:-|to\b|and (?:over|above"
    r"|under|older|up)|or|\+|years?\b|%|[.,]\d))"
    r"|(?<!penduduk )\b(?:berusia|berumur|usianya|umurnya) \d{1,2} (?:tahun|thn?)\b"
    r"(?! ?(?:ke atas|ke bawah|lebih|atau|dan|-|sampai|s\.?d))"
    r"|\b(?:siswa|siswi|pelajar|anak|peserta|murid|santri|student|pupil)\b[^.;]{0,25}?(?:\("
    r"|\b(?:usia|umur) )"
    r"\d{1,2} ?(?:th|thn|tahun)\b(?! ?(?:ke atas|ke bawah|lebih|atau|dan|-|sampai|s\.?d))"
    r"|\b\d{1,2}[ -]years?[ -]olds? (?:student|boy|girl|pupil|participant)\b(?!s)",
    re.IGNORECASE,
)
AGED_LIST = re.compile(
    r"[A-Z]\w+ ?\(\d{1,2} ?(?:th|thn|tahun|yo|歳)\b\.?\).{0,60}?\(\d{1,2} ?(?:th|thn|tahun|yo|歳)\b"
)
MONTH = r"(?:jan|feb|mar|apr|mei|may|jun|jul|agu|aug|ags|agt|sep|okt|oct|nov|nop|des|dec|peb)[a-z]*"
BIRTH = re.compile(
    r"\b(?:tanggal|tgl\.?|tempat)[ /,]+(?:(?:dan )?(?:tanggal|tgl\.?) ?)?lahir\b"
    r"|(?<!hari )(?<!bayi )(?<!berat )\blahir\b[ :,]*(?:di |tanggal |tgl\.? |pada |th\.? "
    r"|tahun |thn |\d)"
    rf"|\bt\.?t\.?l\b\.?[ :]|\b(?:date|place|year) of birth\b|\bborn\b[ :]*(?:on|in"
    rf"|at)?[ :]*(?:\d|{MONTH} \d)"
    r"|\bborn (?:on|in)\b|\bd\.?o\.?b\b\.?|\bbirth ?(?:day|date)\b ?:"
    r"|(?<!angka )(?<!jumlah )(?<!tingkat )(?<!data )\bkelahiran(?: tahun)? (?:19|20)\d\d\b"
    r"|生年月日|誕生日|[\d一二三四五六七八九十]日 ?(?:生(?!産|活|徒|物|鮮)|うまれ)"
    r"|[\d一二三四五六七八九十元]年 ?生まれ|生まれ(?:の|です|。|$)|(?:19|20)\d\d年生(?!産)",
    re.IGNORECASE,
)
AGE_JA = re.compile(r"(?<!\d)\d{1,2} ?[歳才](?! ?(?:以上|以下|未満|代|~|-|から|人口|まで|児|階級))")
PERSON_JA = re.compile(
    r"さん|様|氏|君|ちゃん|男性|女性|男子|女子|\((?:男|女|\d{1,2} ?[歳才])[),、]|生徒|児童|学生"
    r"|高校生|中学生|小学生|本人"
)
BESIDE_JA = re.compile(r"[一-龥]{2,4} ?[一-龥ぁ-ん]{0,4} ?\( ?\d{1,2} ?[歳才] ?\)")
NOT_AGE_JA = re.compile(r"平均|人口|総数|階級|別|対象|年齢層|以上|以下|未満|合計")
NAME_JA = re.compile(
    r"(?P<name>(?:[一-龥々]{1,5}|[ァ-ヶー]{2,8}(?:・[ァ-ヶー]{2,8})?|[A-Z][a-z]+)) ?"
    r"(?P<form>様|さん|さま|氏|先生|君|くん|ちゃん|殿|女史)(?!(?!方)[一-龥々])"
)
ROLES_JA = re.compile(
    r"(?:知事|者|長|員|社|店|市|町|県|国|課|局|省|校|館|会|所|署|官|使|人|業|関係|企業|団体|政府|大学|銀行|農協|担当"
    r"|客|皆|各位|御中|学生|生徒|旦那|息子|ホスト|仕|模|(?<!土)屋|(?<![阿服渡磯岡])部|..村|農家|幼稚園)$"
    r"|^(?:同|多|王|神|異|奥|母|父|兄|姉|娘|嫁|華|摂|両|各|諸|某|源|平|姓|宮|御|沈|拝|本|正|貴|主|暴|上|何"
    r"|今|左|一|逆|図|柄|孫|隣|有|家|事|村)$"
)
FIRM_JA = re.compile(r"(?:会社|\(株\)|\(有\)|法人|組合) ?$")
LABEL_JA = re.compile(
    r"(?:担当者?名?|氏名|お名前|名前|代表者?名?|責任者|引率者?|保護者"
    r"|参加者|連絡先|記入者|作成者|講師|生徒名?|窓口|講演者|通訳)"
    r" ?[::] ?(?P<name>[一-龥々ぁ-んァ-ヶー]{2,5}(?: [一-龥々ぁ-んァ-ヶー]{1,5})?"
    r"|[A-Z][a-z]+ [A-Z][a-z]+)"
    r"(?P<after>.?)"
)
ORG_JA = re.compile(
    r"課|局|係|室|会社|協会|学校|大学|センター|組合|なし|未定|同上|以下|全員|あり|インドネシア|日本"
    r"|オーストラリア|複数|別紙|(?:[市県町村校省庁国社団会生者名館]|(?<![阿服渡磯岡])部)$"
)
CHAT = re.compile(
    r"(?:wa\.me|t\.me|line\.me|m\.me|api\.whatsapp\.com|instagram\.com|facebook\.com|fb\.com"
    r"|tiktok\.com"
    r"|twitter\.com|linkedin\.com/in|x\.com)/[\w.@?+~-]{2,}",
    re.IGNORECASE,
)
HANDLE = re.compile(
    r"(?<![\w.@/])@(?!(?:rp|idr|usd|us|jpy|aud)\b"
    r"|rp\d)(?=[\w.]*[a-z])[a-z_][\w.]{2,}(?! ?(?:orang|kg)\b)",
    re.IGNORECASE,
)
HANDLE_WORD = re.compile(
    r"\b(?:(?:ig|insta|instagram|fb|facebook|twitter|tiktok|tik tok|telegram|line ?id|id ?line"
    r"|wechat"
    r"(?: ?id)?|weixin|skype(?: ?id)?|kakao(?:talk)?|akun)\b(?: ?(?:id|akun|account"
    r"|name))? ?[:=] ?@?|(?:line ?id|id ?line|wechat ?id|skype ?id|ig|instagram|tiktok"
    r"|facebook) @)"
    r"(?P<handle>[a-z][\w.]{2,})(?P<after> ?[a-z]?)|\bline ?id [:=]? ?~?[a-z][\w.]{2,}"
    r"|LINE ?ID? ?[:=] ?[\w.@~-]{3,}"
    r"|(?-i:LINE) ?[:=] ?[a-z@~][\w.-]{3,}|\b(?:follow|dm) @?[a-z]+[\d_.][\w.]*",
    re.IGNORECASE,
)
E_MAIL = re.compile(
    r"(?![\w./-]+@\w+\.(?:png|jpe?g|gif|svg|webp|css|js)\b)[\w.+-]+ ?(?:@|[\[({<] ?(?:at|a|et"
    r"|@) ?[\])}>]) ?[\w-]+(?: ?(?:\.|[\[({] ?(?:dot|titik) ?[\])}]) ?[\w-]+)*"
    r" ?(?:\.|[\[({] ?(?:dot|titik) ?[\])}]| dot ) ?[a-z]{2,}"
    r"|[\w.+-]+ at (?:gmail|yahoo|ymail|outlook|hotmail|icloud|protonmail)(?: ?\. ?"
    r"| dot )(?:com|co)\b",
    re.IGNORECASE,
)
# Ascii words of which a text must have one before anything above is tried.
WORDS = _words("""
    a an atas sdr sdri saudara saudari ny nyonya nn nona tn tuan bpk bapak pak ibu bu hj h kh k
    ust ustadz ustadzah drs dra ir dr prof mr mrs ms miss master mdm madam sir mas mbak kang gus
    cak ning s m se sh st mm mt msi mpd spd ssos mba ph phd ak amd pic cp contact kontak
    narahubung penanggung ketua direktur director pemilik owner wali pimpinan nama pendamping
    narasumber nara pemateri pelapor pemandu guru full disusun dibuat diisi mengetahui tertanda
    ttd hubungi prepared submitted signed name host orang teacher guardian supervisor penerima
    pengirim petugas operator sekretaris bendahara moderator speaker speakers peserta siswa
    siswi pelajar mahasiswa anggota delegasi participant participants student students member
    members delegate delegates murid daftar names list pemenang juara penari atlet usia umur
    berusia berumur usianya umurnya aged age th thn tahun yo y year years yr yrs old lahir ttl t
    born dob d birth birthday birthdate kelahiran ig insta instagram fb facebook twitter tiktok
    tik telegram line wechat weixin skype kakao kakaotalk akun follow dm wa linkedin whatsapp id
    me at nis nisn nip sms hp telp
    """)  # fmt: skip


def name_is_there(text: str) -> bool:
    """Whether a tidied text names a person."""
    text = NAMED_AFTER.sub("#", text)
    if any(_is_named(m) for m in FORM.finditer(text)):
        return True
    if any(_is_called(m) for m in FORM_LOW.finditer(text)):
        return True
    if DEGREE.search(text):
        return True
    return any(_label_names(m) for m in LABEL.finditer(text)) or _name_in_japanese(text)


def _is_called(match: re.Match[str]) -> bool:
    """Whether a name follows a form of address; not where both are parts of a longer name."""
    before = match.string[: match.start()].rstrip(" ").rpartition(" ")[2]
    inside = before[:1].isupper() and before[-1:].isalpha() and match.group()[0].isupper()
    return not inside and match["name"].lower() in GIVEN - NOT_NAMES


def _is_named(match: re.Match[str]) -> bool:
    """Whether what follows a form of address is a name, not an office, a firm or a code."""
    first = match["name"].strip(".'’")
    if first.lower() in NOT_NAMES or any(c.isdigit() for c in first):
        return False
    code = first.isupper() and not match.group().isupper() and 1 < len(first) < 5
    return not code and (match["next"] or "").lower() not in BUILT


def looks_like_name(words: list[str]) -> bool:
    """Two to four words in title case that name no office, place, firm or product."""
    plain = [w.strip(".,'’").lower() for w in words]
    if not 2 <= len(plain) <= 4 or any(w in NOT_NAMES or re.search(r"\d", w) for w in plain):
        return False
    return all(w[:1].isupper() for w in words) and any(len(w) > 2 for w in plain)


def has_given_name(words: list[str]) -> bool:
    plain = [w.strip(".,'’()").lower() for w in words]
    return any((w in GIVEN or NAME_ENDS.fullmatch(w)) for w in plain) and plain[0] not in NOT_NAMES


def _label_names(match: re.Match[str]) -> bool:
    rest = match["rest"].strip()
    items = [m.group(1).split() for m in ITEM.finditer(rest)]
    if any(has_given_name(item) for item in items if len(item) <= 4):
        return True
    if match["own"]:
        return (
            bool(items)
            and looks_like_name(items[0])
            and items[0][0].lower() == rest.split()[0].strip(",.").lower()
        )
    return bool(match["list"]) and len(items) > 1 and all(map(looks_like_name, items))


def _name_in_japanese(text: str) -> bool:
    if text.isascii():
        return False
    return any(map(_is_addressed_ja, NAME_JA.finditer(text))) or any(
        map(_is_person_ja, LABEL_JA.finditer(text))
    )


def _is_addressed_ja(match: re.Match[str]) -> bool:
    if FIRM_JA.search(match.string[: match.start()]) or ROLES_JA.search(match["name"]):
        return False
    return len(match["name"]) > 1 or match["form"] not in ("殿", "君")


def _is_person_ja(match: re.Match[str]) -> bool:
    if match["after"] and ORG_JA.search(match["name"] + match["after"]):
        return False
    return not ORG_JA.search(match["name"])


def birth_is_there(text: str) -> bool:
    """Whether a tidied text says when or where a person was born, or how old the person is."""
    if any(pattern.search(text) for pattern in (BIRTH, AGED_WORD, AGED_LIST)):
        return True
    for pattern in (AGED, AGED_COMMA):
        if any(has_given_name(match["name"].split()) for match in pattern.finditer(text)):
            return True
    if not AGE_JA.search(text) or NOT_AGE_JA.search(text):
        return False
    return bool(PERSON_JA.search(text) or BESIDE_JA.search(text))


def handle_is_there(text: str) -> bool:
    """Whether a tidied text has an account of a person in a messenger or a network."""
    if CHAT.search(text) or HANDLE.search(text):
        return True
    return any(
        not (m["handle"] and (m["after"] or "").strip() and not re.search(r"[\d_.]", m["handle"]))
        for m in HANDLE_WORD.finditer(text)
    )
