"""Words that announce a person in a text: forms of address, lists of names, birth, handles.

Officials are named by their office (Bapak Bupati), and firms, streets and hospitals may be named
after people (UD Bu Tini, RSUD dr. Iskak): those are no persons here.
"""

from __future__ import annotations

import re
from itertools import dropwhile

from tasks.read.workbook.regex import regex
from tasks.read.workbook.regions import region_words


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Given names that are common in Indonesia: proof beside a label, an age or a number in a list.
GIVEN = _words("""
    abdul achmad ade adi aditya agung agus ahmad ajeng akbar ali alif amelia amin amir ana andi
    andri anggi anggraeni ani anik anis anisa anton anwar ari arief arif aris asep astuti aulia
    ayu bagas bagus bambang bayu bella bima budi cahya candra citra damar dani darmawan deni dedi
    desi dewi dian diana didik dimas dina dini dodi dwi edi edy eka eko elly endah endang erna
    erni evi fadli fahmi fajar faisal farhan farida fatimah fauzan febri fitri galih galuh gatot
    gilang gita guntur guruh hadi hafidz halimah hana handoko hani hardi hari haryono hasan hendra
    hendri heni heri heru husen ida ika ilham imam indah indra intan irfan irma irwan iwan jamal
    joko jono kartika kartini khoirul khusnul kiki krisna kurnia laila laras lasmini lastri
    lestari lia lilik lina linda lukman lusi lutfi made mahmud maimunah marfuah marsudi maya mega
    miftah mira mohamad mohammad muhamad muhammad mukhlis mulyadi mulyani mulyono munir murni
    mustofa nabila nadia nanda nanik naufal ngatemi ngatiman nia nina nisa nita novi nunung nur
    nurhayati nuri nurul paijo pandu paijan ponimin ponirah prasetyo pratama pratiwi priyo purnomo
    puspita puteri putra putri putu rahayu rahmat rahmawati raka rangga rani ratih ratna rebo reni
    resti retno reza rian ridwan rifki rina rini rio riski rizal rizki rizky rohmah rosa rudi
    rusdi rusmini sabar saiful salma samsul santi santoso sari sartini satria septi setiawan setyo
    sigit sinta siti slamet soleh sri subur sudarmi sugeng sugiarto suharto sukarni sulastri sulis
    sulistyo sumarni sunarto supardi supri suprapto supriyadi surati suryani susanti susi susilo
    sutini sutrisno suwarno suyanto suyatno syaiful tarjo taufik tegar teguh tiara tini titik toni
    tono tri tukiyem tuti udin umar umi untung utami vera vina wagiman wahyu wahyuni wati wawan
    wibowo widodo widya wijaya winarti wiryo wisnu wulan yanti yanto yanuar yayuk yogi yuli
    yuliana yuni yusuf zahra zainal zulaikha taro hanako kenji yuki haruka sakura takashi hiroshi
    keiko yoko akira naoko john james michael suparman sukirman sukirno sunardi suparno suparti
    sudarmo sumiati wagini wulandari ponidi poniman tukimin jumadi tutik nugroho hidayat utomo
    saputra saputri rohman zaenal yudi maria david sarah emily peter mary susan robert jane anna
    thomas daniel emma olivia liam noah adinda aditia afif agnes agustin agustina ahmadi aisyah
    alfian alfiyah alya ambar amalia aminah aminuddin ananda anas andika andre andreas angga
    angger anggita anggun anisah annisa apriliana aprilia ardi ardian ardiansyah arifin arini
    arman arum aryani asih asmaul asri astrid atik azizah bahrul basuki bejo binti boimin budiono
    burhan chandra choirul cici cindy darmi darno darsini darso daryono dedy denny desy dewa dhani
    diah dimyati dinda djoko doni donny duwi dyah efendi effendi ekawati elok elsa endro eny erfan
    erika erlina erwin eva evita faiz fandi farid fatchur fatkhur febriana ferdi ferry fika firda
    firdaus firman fitria fitriana fitriani fuad gunawan habib hafid hamid hamzah hanafi hanif
    hanum harianto haris harjono hariono hartini hartono heny herawati herlina herman hermawan
    hesti hidayah husein ibnu ibrahim idris ifa iis ilyas imron indri inayah irawan irawati ismail
    istiqomah iswahyudi ita jaenal jainuri jamilah jarwo juliana jumiati junaedi junaidi kadek
    karsono kasiani kasmi katini katmi khairul khoiriyah kholifah komang komari krisdianto
    kristina kusuma kusumawati latifah lela leni lidya lilis lisa luki luluk maftuh mahendra
    mahfud maisaroh mansur mariam marlina marsono marwah maryam masrukhin masudi mashuri mifta
    minarti misbah misdi misni miswan mudji mujiono mujiati mukti mulyati munawar muntiah musa
    muslimah mustain mustika nadya naning narti nasrul niken nining nisrina novita nurdin nuriyah
    nurjanah nurma nursalim okta oktavia pardi parmin partini parto paulus pranoto puji purwanti
    purwanto purwati rachmad rachmat rafi rahma ratri rendi riani ridho rifai rifqi riris riska
    rita riyadi riyanto robi rofiq rohani rohim rohmad romlah rosidah rosidi roro rukmini rumiyati
    rusli rusmiati ruswanto sabrina sadewa saeful safitri safira sakti salim samiran samsudin
    samsuri sanusi saputro sarjono sarmi sartono sholeh sholihah siswanto siswoyo sofyan solikin
    solikah srini suci sucipto sudarso sudibyo sudirman sugianto sugiarti sugiono sugito suhadi
    suhartini suharti suherman sujarwo sujatmiko sujono sukamto sukarno sukini sukiyem sulaiman
    sulton suminah suminto sumarno sumarsono sumiyati sunarko sunarsih sunyoto supangat suparlan
    supeni supinah supiyah supono suprapti supriadi suroso suroto suryadi suryanto suryono sutanto
    sutarmi sutarno sutejo sutomo sutopo sutrisni suwaji suwandi suwanti suwarni suwarti suwito
    suyanti syahrul syamsul syarif tarmuji tasmini tatik taufiq tentrem theresia titin titis totok
    tugiman tukijan tukini tulus tumini tumiran ulfa umiyati usman vicky vivi waluyo warsito
    warsono warti wasis watini widi widiastuti widiyanto winarno winarsih winda wiwik wiwin wuri
    yahya yasin yasmin yeni yohanes yoga yudha yudistira yulia yulianto yunita yusni yusron zaini
    zakaria zaki zubaidah zulfa zulfikar ahmed fatima nurhaliza hassan hussein rosmah akiko aoi
    ayaka ayumi chika daichi daiki daisuke emi eri fumiko hideki hideo hina hiroki hiromi hiroko
    itsuki kaori kazuki kazuko kazuo kei kenichi kenta kohei koji kumiko makoto mami mana mariko
    masako masao masaru mayumi megumi michiko mika miki misaki miyuki momoko nanami naoki naomi
    natsuki noriko osamu rei ren rie riku ryo ryota satoshi sayaka sayuri shigeru shin shinji
    shizuka shota sota takahiro takako takeshi tatsuya tetsuya tomoko tomomi toru toshio tsuyoshi
    yasuko yoichi yoshiko yosuke yuichi yuka yukari yuko yumi yusuke yuta yuto tanaka suzuki
    yamamoto watanabe nakamura kobayashi yoshida yamada sasaki yamaguchi matsumoto adam alice
    alison amanda amy andrea andrew angela anthony ashley barbara benjamin bethany brian caroline
    catherine charlotte chloe christine christopher claire craig daisy deborah diane edward
    eleanor elizabeth ella ellen ethan fiona gareth geoffrey georgina gordon grace graeme graham
    hannah harriet heather helen henry hugh isabella jacqueline jason jeffrey jennifer jeremy
    jessica joanne jonathan joseph joshua julia julie justin karen kate katherine kathryn keith
    kelly kevin kimberley laura lauren leanne lewis lucy luke margaret mark matthew megan melissa
    mia michelle natalie nathan neil nicholas nicole nigel oscar patricia patrick paul paula
    pauline philip phoebe rachel raymond rebecca richard roger ronald rosemary russell ruth ryan
    samantha samuel scott sean sharon simon sophie stephanie stephen steven stuart susanna suzanne
    thompson tiffany timothy toby tracey trevor vanessa veronica victor vincent walter wendy zoe
    ang lim iqbal rizqi hakim bayu maulana ramadhan ramadhani alamsyah syahputra nugraha kusnadi
    kuswanto sutardi mulyanto mardiono pamungkas bramantyo wicaksono wicaksana baskoro pradana
    pradipta prakoso hermanto sujito hadisucipto tukiran wagino paiman painem kasiman sinem
    musthofa zainuddin zainudin abdillah abdurrahman ghozali habibi hidayati kholil khotimah
    masruroh muslih mustaqim qomariyah rofiah romadhon sodikin syafii ulum wafiq yaqin zulkifli
    nyoman wayan ketut ngurah gede luh oktaviani oktavian aprianto septian septiana febrianto
    juliansyah alvin kevin bryan felix steven vincent yosef yosua markus stefanus fransiska
    agatha bernadetta margaretha veronika kristiani natalia angelina jessica cynthia melani
    marcel gabriel rafael samuel tanoto wijoyo sastro wiryawan haryanto sudjatmiko larasati
    kirana anindya anindita nareswari pramesti pramudya pradnya saraswati sekar arimbi
    tomoya sho ryosuke naoya haruto sota hayato kaito yuma asuka risa saki miho emiko kyoko
    akihiro masahiro nobuhiro yasuhiro kazuhiro mitsuhiro hirofumi yukihiro tomohiro
    ito sato takahashi kato yamashita inoue kimura shimizu hayashi saito mori ikeda
    hashimoto abe ogawa okada hasegawa goto kondo sakamoto endo fujii nishimura fukuda ota
    miura fujiwara matsuda okamoto nakagawa nakano harada ono tamura takeuchi kaneko wada
    william oliver jack charlie jacob lucas alexander ethan mason logan dylan connor tyler
    chloe grace lily isla ava mia ruby ella freya evie poppy nguyen tran pham hoang wei ming
    jun xin hui mei ling siew kumar singh rajesh priya
    """)  # fmt: skip
NAME_ENDS = regex(
    r"su(?!bsidi|matra|matera|dah|ngai|mber|ko|ruh)[a-z]{2,6}(?:mi|ni|ti|si|ji|di|no|jo|to|ro|so|man|min|mun|rih)|[a-z]+(?:wati|ningsih|ningtyas|ningrum|[ijy]anto|wanto|rtanto|uddin|[fgms]udin|[iy]ono"
    r"|arsono|artono|arjono|yanti|arto|i[iy]?ati|yati|rsini|astuti|niawan|tiawan|rmawan|unawan"
    r"|[st]rini|[rt]tini|[su]mini|[kmg]iman|[kmg]imin|[kn]iran|kijan|[iu]snan"
    r"|armin|wiji|kardi|nardi|wardi|giyo|giyem|jiyem|miyem|tijan|nengsih|iyah|[ai]yem|inem|ijem|irah"
    r"|inah|ngatin|umun|aimun|yatmi|armi|armo|angin|mariyem|usno|uprih|argono|asiyem"
    r"|riadi|ryadi|lyadi|snadi|iyem|inem|[kdl]idi|[nr]irin|kinah|aikah|ifah|iatun|ratman|ul(?:loh|lah)|urrahman|urrohman)"
)
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
    saudi arab arabia hong kong lanka papua united states kingdom city town village agency
    company corporation limited ltd inc co association chamber commerce trade tourism promotion
    pusat pemuda karang taruna gapoktan poktan pokdarwis osis pramuka regu kontingen
    internasional nasional lokal daerah kesehatan pendidikan pertanian perikanan peternakan
    kebudayaan budaya seni kendang jimbe kopi gula kelapa tekstil makanan minuman kerajinan
    furnitur mebel produk barang jasa kerja sama luar dalam seluas sebanyak sekitar kurang lebih
    juta ribu persen total jumlah rata berdasarkan menurut sesuai lihat data tidak belum sudah
    akan telah telepon email alamat nama januari februari maret april mei juni juli agustus
    september oktober november desember senin selasa rabu kamis jumat sabtu minggu yang untuk
    dengan dari pada oleh serta atau haji nias pulau penuh waktu takasago fremantle tokyo osaka
    kyoto perth sydney melbourne humas swasta perorangan perhutani diskominfo bappeda bappenas
    bapperida resepsionis reception receptionist front sales admin hotline publik service customer
    center call information informasi marketing penjualan produksi keuangan sosial
    website online via langsung melalui terlampir sda idem nihil fuji
    kobe nagoya google instagram facebook whatsapp government state private municipal municipality
    local family cooperative rp idr usd masyarakat pribadi keluarga individual
    personal joint foreign bumn bumd federal national central regional kosong
    """)  # fmt: skip
# Offices that stand between a form of address and a name: Pak RT Wagino.
OFFICES = _words("rt rw kades lurah camat bupati kadus guru haji dosen dokter")
# Words of names of firms, villages and hamlets, beside what is also a given name: Sri Rejeki.
FIRMS = _words("sumber permai makmur sejahtera rejeki barokah berkah abadi sentosa husada offset")
# Words after a name that make it the name of a place or a firm.
BUILT = _words("""
    hospital street road avenue university airport stadium museum mall corporation co ltd inc
    company school college bakery restaurant cafe hall arena convention center centre farm
    homestay store prefektur shop brand catering foundation gallery studio
    """)  # fmt: skip
# What stands before a name that is the name of a place or a firm.
NAMED_AFTER = regex(
    r"\b(?:Jl|Jln|JL|Jalan|Gg|Gang|RS|RSU|RSUD|RSUP|RSD|RSIA|RSAD|Rumah Sakit|Klinik|Stadion"
    r"|Bandara"
    r"|Pelabuhan|Universitas|UIN|IAIN|STAIN|Gedung|Museum|Taman|Lapangan|Masjid|Ponpes|Pondok"
    r"|Pesantren|Makam|Monumen|SMA|SMK|SMP|MTs|MI|MA|Toko|UD|CV|PT|PD|Fa|Warung|Depot|Batik|RM"
    r"|Resto|Restoran|Rumah Makan|Yayasan|Pasar|Kampung|Kampoeng|Omah|Bakso|Sate|Soto|Pecel|Rawon"
    r"|Keripik|Sambal|Hotel|Kopi|Kafe|Cafe|Ayam Goreng|Bandar Udara|Gunung|Tahura|Tahu|Tempe"
    r"|Toko Roti|Bakery|Roti|Dapur|Pawon|Waroeng|Kedai|Lesehan|Angkringan|Griya|Sentra|Sanggar"
    r"|Kerupuk|Krupuk|Kripik|Rambak|Rempeyek|Peyek|Rengginang|Emping|Dodol|Tape|Abon|Kacang|Sosis"
    r"|Brownies|Bakpia|Susu|Telur|Madu|Jahe|Coklat|Cokelat|Nanas|Dawet|Sambel|Kecap|Tiwul|Bubur|Mi"
    r"|Pangsit|Lontong|Sego|Ayam|Ikan|Lele|Konveksi|Penjahit|Mebel|Meubel|Percetakan|Apotek|Optik"
    r"|Laundry|Studio|Ukir|Bubut|Anyaman|Gerabah|Tenun|Bordir|Frozen Food|Camilan|Jajanan|Snack"
    r"|Toko Roti|Homestay|Villa|Guest ?[Hh]ouse|(?<![Kk]epala )Desa|(?<![Kk]epala )Dusun"
    r"|Kelurahan|Kecamatan|Kec|Kab|Teh|Es|Nasi"
    r"|Mie|Bebek|Martabak|Wedang|Jenang|Wajik|Kue|Katering|Catering|Salon|Butik|Galeri|Bengkel"
    r"|Kendang|Jamu"
    r"|Gula|Geti|Opak|Wayang)"
    r"\b\.?(?: (?:dr\.|[a-z]+(?= [\"']?(?:Bu|Pak|Mbak|Mak|Mbok)\b)|[\"'A-Z][\w'’.-]*)){1,6}"
)
WORD = r"[A-Z][a-z'’]+\.?"
FORM = regex(
    r"(?<![\w-])(?:(?:[Aa]\. ?[Nn]\.?|[Aa]/[Nn]|[Aa]n\.|[Aa]tas [Nn]ama|SDRI\.?|SDR\."
    r"|[Ss]dri?\.?|[Ss]audar[ai]|[Aa]nanda|ANANDA|[Aa]dinda|ADINDA"
    r"|SAUDAR[AI]|Ny\.|NY\.|[Nn]yonya|NYONYA|Nn\.?|NN\.|[Nn]ona|Tn\.?|TN\.|[Tt]uan|[Bb]pk\.?|BPK\.?"
    r"|[Bb]apak|BAPAK|[Pp]ak|PAK|[Ii]bu|IBU|[Bb]u|BU|Hj\.?|H\.|KH\.?|K\.H\.|Ust\.|Ustadz|Ustadzah"
    r"|Bp\.|[Ss]dr\.?/(?:i|[Ss]dri)\.?|Ny|[Nn]yai|[Mm]bah|[Mm]bak|drg\.|Dr|[Pp]akde|[Bb]ude"
    r"|[Kk]yai(?: Haji)?|[Uu]\. ?[Pp]\."
    r"|[Uu]p\.|[Ee]ncik|[Pp]uan|Cik|Dato'|Datuk(?: Seri)?(?= \w+ [A-Z])|Datin|Tan Sri|[Ii]bu-ibu"
    r"|[Bb]apak-bapak|[Aa]lm(?:h?\.|arhum(?:ah)?)|R\.(?:M|A|r|Ng)\.|Raden (?:Mas|Ajeng|Ayu|Roro)"
    r"|K\.?R\.?T\.|Gus|Cak|Ning|Kang|Ki|Nyi"
    r"|Mas(?= [A-Z][a-z]+ ?[(,])|R\.?M\.(?= ?[A-Z]\w+o\b)"
    r"|[Mm]bok|Mme|Mlle|Herr|Frau|Professor|Capt|Kapten|Letkol|Letjen"
    r"|Brigjen|Mayjen|Kolonel|Kol\.|Lettu|Letda|Serma|Serka|Sertu|AKBP|Kombes(?: Pol)?|Kompol|AKP"
    r"|Iptu|Ipda|Aipda|Aiptu|Bripka|Romo|Pdt|Pendeta|Pastor|Suster|Bhante|[Aa]pt\.|Ns\."
    r"|Drs\.|Dra\.|Ir\.|dr\.|Dr\.|Prof\.?|Mr|Mrs|Ms|Miss|Master|MR\.|MRS\.|MS\.|Mdm|Madam|Sir)\.?"
    r"(?: (?:Inf|Cpl|Kav|Arh|Czi|Mar|Sus|Pol)\.?)?[ :]{1,2}"
    r"|(?:Ny|Nn|Tn|Hj|H|Bpk|Sdr|Sdri|Mr|Mrs|Ms|Dr"
    r"|Ir)\.(?=[A-Z]))+(?P<name>[A-Z][\w'’]++|[A-Z]\.|[A-Z](?= [A-Z][a-z]))"
    r"(?: (?P<next>[A-Z][\w'’]*+))?+(?! ?\((?:RS|merk|merek|brand)\b)"
)
# A title in brackets, or a trade, after a name: Suzuki Ichiro (Mr.); Julia Roberts, buyer.
TITLED_AFTER = regex(
    r"(?P<name>[A-Z][a-z'’]+(?: [A-Z][a-z'’]+){1,3})"
    r" ?\((?:Mr|Mrs|Ms|Miss|Mdm|Dr|Bapak|Ibu|Bpk)\.?\)"
)
SAID_AFTER = regex(
    r"(?:^|[,;.] ?|\d[.)] ?)(?P<name>[A-Z][a-z'’]+(?: [A-Z][a-z'’]+){1,3}), (?:buyer|owner|founder"
    r"|manager|director|teacher|student|importer|exporter|artist|ceo|president|mayor|pemilik|ketua"
    r"|pengrajin|perajin|petani|guru|siswa|siswi|mahasiswa|direktur|manajer|pengusaha|warga|istri"
    r"|suami|anak|peserta|pengelola|sekretaris|bendahara|seniman|dalang)\b(?! ?\()"
)
# Tanaka-san; what stands before is a name, whatever it is.
ADDRESSED_AFTER = regex(r"\b(?P<name>[A-Z][a-z]+)[- ](?:san|sama|sensei|kun|chan)\b(?!-)")
FORM_LOW = regex(
    r"\b(?:pak|bu|bpk|bapak|ibu|sdr|sdri|saudara|saudari|bp|ananda|adinda|pemilik|mas|mbak|kang|abah|bunda"
    r"|gus|an|ir|drs|dra|cp/wa|pic/wa|oma|opa|eyang|budhe|om|tante|nenek|kakek"
    r"|cak|ning|mr|mrs|ms|mbah|pic|cp|narahubung|ketua|contact|hubungi|dear|attn|attention|c/o"
    r"|di(?:tandatangani|terima|serahkan|wakili|buat|isi|susun|verifikasi|periksa|pimpin|ketuai"
    r"|dampingi|hadiri|sampaikan|ajukan|usulkan|bawakan|saksikan|setujui|ketahui|jemput|pandu|tulis"
    r"|moderatori|ajar|latih)(?: langsung)? oleh"
    r"|(?:prepared|submitted|signed|received) by)"
    r"\b[.: ]{1,2}(?P<name>[a-z]++)\b(?: (?P<next>[a-z]++))?+(?! ?\((?:RS|merk|merek|brand)\b)",
    re.IGNORECASE,
)
DEGREE = regex(
    r"[A-Z][a-z'’]+,? [SM]\. ?(?:Tr\. ?[A-Z]\w*|Pd|Si|Sos|E|H|T|Kom|M|IP|Ag|Hum|STP|AP|Ak|Par|Sn|P"
    r"|Kes|Ked|Farm|Psi|Keb|Kep|Gz|Th|Fil|Ars|Ds|Sy|TP|Ikom|I\.Kom|Stat|Mat|Ling|Pt|P\.T|Ab|Tr"
    r")\b"
    r"(?:\.|,|$)|[A-Z][a-z'’]+, (?:SE|SH|ST|MM|MT|MSi|MPd|SPd|SSos|MBA|Ph\.?D|Ak|Amd|A\.Md)\b\.?"
    r"|[A-Z][a-z'’]+ (?:SPd|MPd|SSos|SKom|SSi|MSi|AMd|SHum|SKM|MKes)\b"
)
# Somebody's son or daughter.
CHILD_OF = regex(
    r"(?P<name>[A-Z][\w'’]+) (?P<of>bin|binti|Bin|Binti|BIN|BINTI|bte?\.?) "
    r"(?:(?:H|Hj|Alm)\.? )?(?P<parent>[A-Z][\w'’]+)"
)
# Doers (pengrajin, pelukis), and offices that stand before a name.
DOERS = (
    r"pe(?!merintah|mda\b|mkab\b|mkot\b)[a-z]{4,}(?<!an)|kepala|kades|lurah|camat|bupati|wali ?kota"
    r"|rektor|dekan|manajer|manager|staf|staff|sales|ceo|founder|komisaris|asisten|desainer|designer"
    r"|seniman|dalang|dokter|bidan|istri|suami|ayah|anak|adik|kakak|responden|surveyor|enumerator"
    r"|kabid|kasi|kabag|kadis|kadin|kasubb?ag|sekda|sekdes|kaur|kasun|kadus|dubes|konjen|gubernur"
)
PEOPLE = (
    r"pengrajin|perajin|pelukis|pemilik|penari|pemahat|pengusaha|pedagang|peternak|pekerja|pelatih"
    r"|pengurus|pendamping|pembina|pemandu|penyuluh|peneliti|penulis|pematung|pembatik|penjahit"
    r"|pengelola|peserta|pemain|penyanyi|pemusik|pesinden|pelajar|pegawai|penerima|kepala|kades"
    r"|lurah|camat|bupati|wali ?kota|rektor|dekan|manajer|staf|staff|sales|ceo|founder|komisaris"
    r"|asisten|desainer|designer|seniman|dalang|dokter|bidan|istri|suami|ayah|adik|kakak|responden"
    r"|surveyor|enumerator|moderator|koordinator|ahli waris|kabid|kasi|kabag"
    r"|kadis|kasubb?ag|sekda|sekdes|kasun|kadus"
    r"|dubes|konjen|gubernur|menteri|wakil (?:bupati|wali ?kota|gubernur|presiden|direktur)"
)
# Before two words that are in no name of a region.
GOVERNING = regex(
    r"\b(?:wakil )?(?:bupati|wali ?kota|gubernur|sekda|mayor|governor|deputy mayor|lord mayor)"
    r"(?: of)?,? (?P<name>(?-i:[A-Z][\w'’]+(?: [A-Z][\w'’]+){1,4}))",
    re.IGNORECASE,
)
CALLED_BY_NAME = regex(
    rf"\b(?:{PEOPLE}|warga|siswa|siswi|mahasiswa|anak|seorang|ibu|bapak|pemuda|gadis)"
    r"(?: [a-z]+){0,2} bernama (?-i:[A-Z][a-z])",
    re.IGNORECASE,
)
# Any other doer, before a full name alone.
DOING = (
    r"pe(?!merintah|ndopo|rtamina|rumda|rhutani|rsero|nyelenggara|nerbit|nyalur|nyedia|langgan)"
    r"[lmnr][a-z]{4,}(?<!an)(?<!ma)|oleh|by|di[a-z]+(?<!an)"
    r"|interviewed|met|accompanied|invited|thanked|visited by"
)
# Words that also begin names of places: `Guru Agung` is a village.
HEADS = _words("kepala kabid kasi kabag kadis kasubag kasubbag sekretaris plt ketua")
LOOSE = _words("""
    guru siswa siswi mahasiswa mahasiswi alumni duta warga anggota member artist president guide
    leader coach presiden
    """)
LABEL = regex(
    r"(?:\b(?P<own>(?:pic|cp|contact|kontak|ketua|koordinator|narahubung|penghubung|pemilik|owner"
    r"|penanggung ?jawab|direktur|director|disusun oleh|dibuat oleh|diisi oleh"
    r"|penandatangan)(?: [\w#]+){0,2}|wali(?: murid)?|pimpinan"
    r"|nama (?:lengkap|siswa|peserta|pemilik|orang tua)|pendamping|nara ?sumber|pemateri|pelapor"
    r"|pemandu|guru|full name|(?:student|guest|owner) name|mengetahui|tertanda|ttd|hubungi"
    r"|prepared by|submitted by|signed by|host family|orang tua|teacher|guardian|supervisor"
    r"|fb|facebook|penerima|pengirim|petugas|operator|sekretaris|bendahara|moderator|speakers?"
    r"|instruktur|instructor|trainer|fasilitator|facilitator|notulis|translator|interpreter"
    r"|penerjemah|pengajar|pembicara|pelatih|mentor|juru ?bicara|pembawa acara|sopir|driver"
    r"|tour leader|juri|saksi|witness|disetujui(?: oleh)?|menyetujui|approved by|checked by)"
    rf"|\b(?:{DOERS})(?: \w+){{0,2}}"
    r"|\b(?P<list>peserta|siswa|siswi|pelajar|mahasiswa|anggota|delegasi|participants?|students?"
    r"|members?|delegates?|murid|daftar nama|nama-nama|pemenang|juara|penari|atlet|names"
    r"|list of names)(?: \d{1,2})?|\b(?:nama|name))"
    r" ?(?:[:=]|(?<=[a-z]) -|(?<=ttd)\.? ?\() ?(?=(?P<rest>.{2,200}))",
    re.IGNORECASE,
)
# Any other label with a given name behind it; but for labels of things, places and texts.
OTHER_LABEL = regex(
    r"(?:^|[;.,(|] ?)(?P<label>[A-Za-z][A-Za-z /.#]{1,30}?) ?[:=] ?"
    r"(?P<name>(?:[A-Z]\. ?)?[A-Z][a-z'’]+(?: [A-Z][\w'’]*){1,3}) ?(?=[,;.(/|]|$)"
)
OF_THINGS = regex(
    r"\b(?:pro[dj]u[kc]\w*|barang|mere?k|brand|judul|title|lokasi|location|tempat|place|venue|alamat"
    r"|address|desa|dusun|kelurahan|kecamatan|kota|city|negara|country|motif|jenis|type|varietas"
    r"|kapal|ship|vessel|hotel|toko|usaha|firma?|perusahaan|company|kategori|category|sumber|source"
    r"|kegiatan|acara|event|tema|theme|lagu|song|tari|tarian|dance|film|lakon|program|bahan|rasa"
    r"|menu|kelas|grup|group|tim|team|sanggar|mitra|partner|instansi|lembaga|organisasi|destinasi"
    r"|wisata|pantai|candi|museum|pasar|mall|stan|stand|booth|jalan|nama|name|universitas|kampus"
    r"|sekolah|school|bank|catatan|note|series|seri|model|karya|komoditas|pelabuhan|port|motto"
    r"|asal|origin|tujuan|bandara|kampung|gedung|stadion|taman|makam|monumen|pendopo|masjid|rumah|balai"
    r"|pondok|terminal|stasiun|airport|stadium|hall|road|street|park|gunung|sungai|pulau|kawasan"
    r"|pabrik|gudang|unit|outlet|galeri|festival|pameran|lomba|piala|cup|award|daerah|wilayah|region|provinsi|kabupaten)\b",
    re.IGNORECASE,
)
# A name behind words that need no colon.
NAMED = regex(
    r"(?:(?<!desa )(?<!dusun )(?<!kapal )(?<!kafe )(?<!toko )(?<!produk )(?<!merek )(?<!merk )"
    r"(?<!aplikasi )(?<!program )(?<!batik )(?<!tari )(?<!lagu )(?<!pantai )(?<!gunung )"
    r"(?<!warung )(?<!hotel )(?<!sanggar )(?<!motif )(?<!usaha )(?<!sistem )(?<!situs )"
    r"\b(?:bernama|named)|\b(?:tertanda|mengetahui|ttd\.?)[,.]?(?: \w+(?: \w+){0,4},)?"
    r"|\bnama (?:siswa|siswi|peserta|anak|guru|pemilik|ketua|lengkap)"
    rf"|\b(?:{PEOPLE}|ketua|wakil ketua|direktur(?: utama)?|presiden|rais|pj|sekretaris|bendahara"
    r"|petani|nelayan|manager|president|chairman|tour leader|tour guide|guide|leader|coach|artist"
    r"|curator|guru|siswa|siswi|mahasiswa|mahasiswi|alumni|juru \w+|kurator|instruktur|ustadz"
    r"|student|pupil|intern|trainee|lecturer|researcher|duta|finalis|founder|member|anggota|sopir|kernet|warga|almarhum)"
    r"(?:(?: [\w#.]+){1,5},|(?-i: [a-z]+){0,3}(?-i: [A-Z]{2,6})?)"
    r"|juara (?:\d|i+)|\bdi[a-z]+ oleh|\bdi(?:hadiri|pimpin|ketuai|dampingi|wakili|temani|jemput"
    r"|sambut|temui|pandu|latih|ajar|asuh|bina)|(?:best |kind |warm )?regards,|hormat kami,|salam,"
    r"|\bbertanda ?tangan(?: di bawah ini)?,|(?:many )?thanks,|sincerely,"
    rf"|\bsigned,|\bsr\.|\b(?P<doing>{DOING}))"
    r" (?P<name>(?-i:(?:[A-Z]\. ?)?[A-Z][a-z'’]+(?: [A-Z][a-z'’]+){0,3}))",
    re.IGNORECASE,
)
OFFICE = regex(r"^(?:Kepala (?:Desa|Dusun|Sekolah)|Kades|Camat|Lurah|Bupati|Ketua|Direktur) ")
OF_TOWN = regex(r"(?:wali ?kota|bupati|gubernur|mayor|camat|lurah|kades) \w+,", re.IGNORECASE)
INITIAL = regex(r"[A-Z]\. ?[A-Z][a-z]+")
# Given names that are common words: siswa putri, direktur utama.
WORDS_TOO = _words("putra putri puteri utama indah mulya ana asri sari mega bela citra suci satria")
# One word behind the label of one person, which is no office, no group and no acronym.
ALONE = regex(
    r"\b(?i:pic|cp|pemilik (?:usaha|toko|akun)|contact(?: person)?|kontak(?: person)?|narahubung"
    r"|penanggung ?jawab|ketua(?: \w+){0,2}"
    r"|nama (?:lengkap|siswa|siswi|peserta|ketua|pemilik|responden|kk)"
    r"|(?:full|student) name|direktur|director|pemilik|owner|sekretaris|bendahara|mengetahui"
    r"|tertanda|responden)(?: ?[:=]| -|(?<=[Cc][Pp])\.) ?"
    rf"(?!(?i:(?:{'|'.join(sorted(NOT_NAMES))}|(?:di[sn]|bap|bak|set[dw]|prok|dekran|kesb|kesr"
    rf"|kemen|pem[kd]"
    rf"|pol|kor[ed]|kej|perum|per[hs])[a-z]+)\b))"
    r"[A-Z][a-z'’]{3,} ?(?:[/,;&(]|$)"
)
ITEM = regex(
    r"(?:^|[,;&/]| dan | and |(?<!\d)\d{1,2}[.)] ?"
    r"|[-*] )\s*((?:[A-Z][\w'’.]*)(?: [A-Z][\w'’.]*){0,4})"
)
# A list of names alone: 1. Sutini 2. Suparti; with commas, of full names.
NUMBERED = regex(
    r"(?:^|[ ,;])(?:(?:\d{1,2}|[a-h])[.)]|[-•*]) ?([A-Z][a-z'’]+(?: [A-Z][a-z'’]+){0,2})(?=[ ,;.]"
    r"|$)"
)
FULL = r"[A-Z][a-z'’]+(?: [A-Z][a-z'’.]+){1,3}"
WITH_COMMAS = regex(rf"{FULL}(?:(?:, ?|; ?| dan | and |, dan |, and | & ){FULL}){{2,}}\.?")
AGED = regex(
    r"(?P<name>[A-Z][a-z'’]+(?: [A-Z][a-z'’]+){0,3})"
    r"(?:[,;/]? ?\(?(?:[LPMF]|laki-laki|perempuan|male|female)\b[,;/]?)?"
    r",? ?\(?(?:usia|umur|berusia|berumur"
    r"|aged?)? ?\d{1,2} "
    r"?(?:th|thn|tahun|y\.?o\.?|yrs?(?: old)?|years? old)\b\.?\)?(?! ?(?:ke atas|lebih|atau"
    r"|dan lebih|ke-))"
)
AGED_BEFORE = regex(
    r"\b(?:umur|usia|berumur|berusia) \d{1,2} ?(?:th|thn|tahun)\b[,:]? "
    r"(?P<name>[A-Z][a-z'’]+(?: [A-Z][a-z'’]+){0,3})"
)
AGED_COMMA = regex(
    r"(?P<name>[A-Z][a-z'’]+(?: [A-Z][a-z'’]+){0,3}) ?[,(] ?(?:aged? )?(?P<age>[1-9]\d)\)"
)
AGED_END = regex(rf"(?P<name>{FULL}), [1-9]\d")
AGED_WORD = regex(
    r"\b(?:aged \d{1,2}(?: years old)?|is \d{1,2} years old)\b(?! ?(?:-|to\b|and (?:over|above"
    r"|under|older|up)|or|\+|years?\b|%|[.,]\d))"
    r"|(?<!penduduk )\b(?:berusia|berumur|usianya|umurnya) \d{1,2} (?:tahun|thn?)\b"
    r"(?! ?(?:ke atas|ke bawah|lebih|atau|dan|-|sampai|s\.?d))"
    r"|\b(?:umur|usia)[ :]{1,2}\d{1,2} (?:tahun|thn?),? (?:kelas|janda|duda|menikah|kawin"
    r"|belum|warga"
    r"|asal|alamat|tinggal|pekerjaan|bekerja|tertua|termuda|pemilik|petani|peserta|p[eo]ng?rajin"
    r"|seorang|ibu|ayah|anak|istri|suami|laki|perempuan)\b"
    r"|\b(?:siswa|siswi|pelajar|anak|peserta|murid|santri|student|pupil)\b[^.;]{0,25}?(?:\("
    r"|\b(?:usia|umur) )"
    r"\d{1,2} ?(?:th|thn|tahun)\b(?! ?(?:ke atas|ke bawah|lebih|atau|dan|-|sampai|s\.?d))"
    r"|\b\d{1,2}[ -]years?[ -]olds? (?:student|boy|girl|pupil|participant|man|woman|lady|artisan"
    r"|farmer|owner|craftsman|potter|weaver|teacher|entrepreneur|baker|tailor|fisherman)\b(?!s)",
    re.IGNORECASE,
)
# Sex and age in brackets, as in lists of people: (L/17), (P, 16 th).
SEX_AND_AGE = regex(
    r"\((?:[LPMF]|laki-laki|perempuan|male|female) ?[/,;] ?[1-9]\d?"
    r"(?: ?(?:th|thn|tahun|yo|years?))?\.?\)"
    r"|\((?:男|女)(?:性|子)?[、・,/ ] ?\d{1,2} ?[歳才]?\)|\(\d{1,2} ?[歳才][、・,/ ] ?(?:男|女)"
    r"|\b(?:age|usia|umur) ?[:=] ?[1-9]\d\b"
    r"(?! ?(?:-|~|to\b|s\.?d|sampai|and\b|ke\b|tahun ke|\+|%|[.,]\d))"
    r"|\b(?:siswa|siswi|pelajar|santri) kelas \w+, 1\d ?(?:th|thn|tahun)\b",
    re.IGNORECASE,
)
AGED_LIST = regex(
    r"[A-Z]\w+ ?\(\d{1,2} ?(?:th|thn|tahun|yo|歳)\b\.?\).{0,60}?\(\d{1,2} ?(?:th|thn|tahun|yo|歳)\b"
)
MONTH = r"(?:jan|feb|mar|apr|mei|may|jun|jul|agu|aug|ags|agt|sep|okt|oct|nov|nop|des|dec|peb)[a-z]*"
BIRTH = regex(
    r"\b(?:tanggal|tgl\.?|tempat)[ /,]+(?:(?:dan )?(?:tanggal|tgl\.?) ?)?(?:lahir|lhr)\b"
    r"|\bbirth ?date[ :]*\d"
    r"|(?<!hari )(?<!bayi )(?<!berat )\blahir\b[ :,]*(?:di |tanggal |tgl\.? |pada |th\.? "
    r"|tahun |thn |\d(?!\d* ?(?:bayi|anak|orang|jiwa|ekor)\b))"
    rf"|\bt\.?t\.?l\b\.?[ :]|\b(?:date|place|year) of birth\b|\bborn\b[ :]*(?:on|in"
    rf"|at)?[ :]*(?:\d|{MONTH} \d)"
    r"|\bborn (?:on|in)\b(?! \d{1,3} [a-z]+s\b)|\bd\.?o\.?b\b\.?|\bbirth ?(?:day|date)\b ?:"
    r"|(?<!angka )(?<!jumlah )(?<!tingkat )(?<!data )\bkelahiran(?: tahun)? (?:19|20)\d\d\b(?!-an)"
    rf"|\bb\. ?\d{{1,2}} {MONTH} (?:19|20)\d\d"
    rf"|\bkelahiran \d{{1,2}}[ /.-](?:{MONTH}|\d{{1,2}})[ /.-]"
    r"(?:19|20)\d\d"
    r"|生年月日|誕生日(?!ケーキ|会|プレゼント|祭|パーティ|カード)"
    r"|[\d一二三四五六七八九十]日 ?(?:生(?!産|活|徒|物|鮮)|うまれ)"
    rf"|\b(?:kelahiran|lahir)[ :,]+\w+,? \d{{1,2}}[ /.-](?:{MONTH}|\d{{1,2}})[ /.-]\d{{2,4}}"
    r"|(?<!\d)(?:(?:[shtr]|昭和?|平成?|大正?|令和?) ?\d{1,2}|(?:19"
    r"|20)\d\d)[./-]\d{1,2}[./-]\d{1,2} ?生(?!産|活|徒|物|鮮)"
    r"|[\d一二三四五六七八九十元]年 ?生まれ|[一二三四五六七八九十]月 ?生まれ|生まれ(?:の|です|。"
    r"|$)|(?:19|20)\d\d年生(?!産)",
    re.IGNORECASE,
)
AGE_JA = regex(r"(?<!\d)\d{1,2} ?[歳才](?! ?(?:以上|以下|未満|代|~|-|から|人口|まで|児|階級))")
PERSON_JA = regex(
    r"さん|様|氏|君|ちゃん|男性|女性|男子|女子|\((?:男|女|\d{1,2} ?[歳才])[),、]|生徒|児童|学生"
    r"|高校生|中学生|小学生|本人|農家|漁師|職人|主婦|会社員|店主|経営者|社長|男|女"
)
BESIDE_JA = regex(r"[一-龥]{2,4} ?[一-龥ぁ-ん]{0,4} ?\( ?\d{1,2} ?[歳才] ?\)")
NOT_AGE_JA = regex(r"平均|人口|総数|階級|別|対象|年齢層|以上|以下|未満|合計")
NAME_JA = regex(
    r"(?P<name>(?:[一-龥々]{1,5}|[ァ-ヶー]{2,8}(?:・[ァ-ヶー]{2,8})?|[A-Z][a-z]+)) ?"
    r"(?P<form>様|さん|さま|氏|先生|君|くん|ちゃん|殿|女史)(?!(?!方)[一-龥々])"
)
ROLES_JA = regex(
    r"(?:知事|者|長|員|社|店|市|町|県|国|課|局|省|校|館|会|所|署|官|使|人|業|関係|企業|団体|政府"
    r"|大学|銀行|農協|担当"
    r"|客|皆|各位|御中|学生|生徒|旦那|息子|ホスト|仕|模|(?<!土)屋|(?<![阿服渡磯岡])部|..村|農家"
    r"|幼稚園)$"
    r"|^(?:同|多|王子|子|姫|女王|王女|王|神|異|奥|母|父|兄|姉|娘|嫁|華|摂|両|各|諸|某|源|平|姓|宮"
    r"|御|沈|拝|本|正|貴|主|暴|上|何"
    r"|今|左|一|逆|図|柄|孫|隣|有|家|事|村)$"
)
FIRM_JA = regex(r"(?:会社|\(株\)|\(有\)|法人|組合) ?$")
LABEL_JA = regex(
    r"(?:担当者?名?|氏名|お名前|名前|代表者?名?|取締役|社長|校長|会長|責任者|引率者?|保護者"
    r"|参加者|連絡先|署名|記入者|作成者|講師|生徒名?|窓口|講演者|通訳)"
    r" ?[::] ?(?P<name>[一-龥々ぁ-んァ-ヶー]{2,5}(?: [一-龥々ぁ-んァ-ヶー]{1,5})?"
    r"|[A-Z][a-z]+ [A-Z][a-z]+)"
    r"(?P<after>.?)"
)
# Common surnames: proof where no colon and no form of address stands beside a name.
SURNAMES_JA = (
    r"佐藤|鈴木|高橋|田中|渡辺|渡邊|渡邉|伊藤|山本|中村|小林|加藤|吉田|山田"
    r"|佐々木|山口|松本|井上|木村|斎藤|斉藤|齋藤|清水|山崎|池田|橋本|阿部|石川"
    r"|山下|中島|前田|藤田|小川|後藤|岡田|長谷川|村上|近藤|石井|坂本|遠藤|青木"
    r"|藤井|西村|福田|太田|三浦|藤原|松田|岡本|中川|中野|原田|小野|竹内|金子|和田"
    r"|田村|中山|石田|上田|森田|柴田|酒井|工藤|横山|宮崎|宮本|内田|高木|安藤|谷口"
    r"|大野|丸山|今井|河野|藤本|村田|武田|上野|杉山|増田|菅原|平野|大塚|小島|千葉"
    r"|久保|松井|岩崎|桜井|野口|松尾|野村|木下|菊地|菊池|佐野|大西|杉本|新井|浜田"
    r"|古川|市川|水野|小松|島田|山内|高田|西田|菅野|北村|五十嵐|福島|安田|中田"
    r"|川口|平田|川崎|飯田|本田|久保田|吉川|沢田|吉村|渋谷|荒木|川村|西川|川上"
    r"|永井|松岡|星野|黒田|荒井|大久保|小池|田口|片山|三宅|岡崎|吉岡|矢野|望月"
    r"|浅野|松浦|服部"
)
PLACE_JA = (
    r"(?! ?(?:会社|製作所|工業|商店|商会|酒造|建設|自動車|銀行|大学|高校|[県市町村区駅港店校]))"
)
SURNAME_JA = regex(
    r"(?:担当者?|代表者?|責任者|引率者?|保護者|氏名|お?名前|連絡先|署名|講師|通訳|取締役|社長|市長|町長|村長|知事|校長"
    r"|学長"
    r"|教授|教員|教諭|理事長?|会長|会頭|部長|課長|係長|主任|所長|館長|議長|議員|団長|監督|選手"
    r"|コーチ|[一-龥]{1,3}者|インストラクター|コーディネーター|マネージャー|スタッフ|ガイド"
    r"|アーティスト|デザイナー|リーダー|オーナー)名?"
    rf"[ :]{{1,2}}(?:{SURNAMES_JA}){PLACE_JA}"
    rf"|(?:^|[ 、,:・])(?:{SURNAMES_JA})(?:[一-龥ぁ-ん]{{1,3}})?(?:部長|課長|係長|次長|社長|会長"
    r"|専務|常務|主任|主査|教授|講師|教諭|監督|選手|議員|さま)"
    r"|(?:担当者?|代表者?|責任者|引率者?|氏名|名前|連絡先|署名|講師|通訳|参加者|留学生"
    r"|研修生)[ :]{1,2}[ァ-ヶー]{2,8}・[ァ-ヶー]{2,8}"
)
# A full name with a sex or an age in brackets, as in lists of people.
BRACKETED_JA = regex(
    rf"(?:^|[、,:・ ])(?:{SURNAMES_JA}){PLACE_JA}"
    r" ?[一-龥々ぁ-んァ-ヶー]{1,4}(?<![県市町村区駅港店校])"
    r" ?\((?:男|女|[1-9]\d)\)"
)
ORG_JA = regex(
    r"課|局|係|室|役所|役場|本部|会社|協会|学校|大学|センター|組合|なし|空席|未定|同上|以下|全員"
    r"|あり"
    r"|インドネシア|日本"
    r"|オーストラリア|複数|別紙|(?:[市県町村校省庁国社団会生者名館長員官]|(?<![阿服渡磯岡])部)$"
)
CHAT = regex(
    r"(?:wa\.me|t\.me|line\.me|m\.me|api\.whatsapp\.com|instagram\.com|facebook\.com|fb\.com"
    r"|tiktok\.com"
    r"|twitter\.com|linkedin\.com/in|x\.com)/[\w.@?+~-]{2,}",
    re.IGNORECASE,
)
HANDLE = regex(
    r"(?<![\w.@/])@(?!(?:rp|idr|usd|us|jpy|aud)\b"
    r"|rp\d)(?=[\w.]*[a-z])[a-z_][\w.]{2,}(?! ?(?:orang|kg)\b)",
    re.IGNORECASE,
)
HANDLE_JA = regex(
    r"(?:インスタ(?:グラム)?|ツイッター|フェイスブック|ライン|LINE)の? ?(?:ID)?"
    r" ?[::] ?@?[a-zA-Z][\w.]{2,}"
)
HANDLE_WORD = regex(
    r"\b(?:(?:ig|insta|instagram|fb|facebook|twitter|tiktok|tik tok|telegram|line ?id|id ?line"
    r"|wechat"
    r"(?: ?id)?|weixin|skype(?: ?id)?|kakao(?:talk)?|akun)\b(?: ?(?:id|akun|account"
    r"|name))? ?[:;=] ?@?|(?:line ?id|id ?line|wechat ?id|skype ?id|ig|instagram|tiktok"
    r"|facebook) @)"
    r"(?P<handle>[a-z][\w.]{2,})(?P<after> ?[a-z]?)|\bline ?id [:=]? ?~?[a-z][\w.]{2,}"
    r"|LINE ?ID? ?[:=] ?[\w.@~-]{3,}|\blive:[a-z.][\w.]{2,}"
    r"|(?-i:LINE) ?[:=] ?[a-z@~][\w.-]{3,}|\b(?:follow|dm|ig|instagram|tiktok"
    r"|telegram) @?[a-z]+[\d_.][\w.]*",
    re.IGNORECASE,
)
E_MAIL = regex(
    r"(?![\w./-]+@\w+\.(?:png|jpe?g|gif|svg|webp|css|js)\b)[\w.+-]+ ?(?:@|[\[({<] ?(?:at|a|et"
    r"|@) ?[\])}>]) ?[\w-]+(?: ?(?:\.|[\[({] ?(?:dot|titik) ?[\])}]) ?[\w-]+)*"
    r" ?(?:\.|[\[({] ?(?:dot|titik) ?[\])}]| dot ) ?[a-z]{2,}"
    r"|[\w.+-]+ at [\w-]+ dot [a-z]{2,}\b|[\w.+-]+ ?@ ?[\w-]+,(?:com|co|net|org|id|ac|go|sch)\b"
    r"|[\w.+-]+ ?[\[({<]? ?(?:アット(?:マーク)?|あっと|at ?mark|★"
    r"|☆) ?[\])}>]? ?[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}\b"
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
    pengirim petugas operator sekretaris bendahara moderator speaker speakers peserta siswa siswi
    pelajar mahasiswa anggota delegasi participant participants student students member members
    delegate delegates murid daftar names list pemenang juara penari atlet usia umur berusia
    berumur usianya umurnya aged age th thn tahun yo y year years yr yrs old lahir ttl t born dob
    d birth birthday birthdate kelahiran ig insta instagram fb facebook twitter tiktok tik
    telegram line wechat weixin skype kakao kakaotalk akun follow dm wa linkedin whatsapp id bp.
    nyai mbah pakde bude kyai up u p encik puan cik dato datuk datin tan dear attn attention c o
    oleh kelas san sama sensei kun chan penanggungjawab bsb atmark mark x drg received skom ssi
    shum skm mkes tgl lhr mbok bunda abah mme mlle herr frau senor senora professor capt kapten
    letkol letjen brigjen mayjen kolonel kol lettu letda serma serka sertu akbp kombes kompol akp
    iptu ipda aipda aiptu bripka romo pdt pendeta pastor suster sr bhante ceo founder kades kepala
    lurah camat surveyor petani pengrajin perajin pelukis dalang nelayan manajer manager regards
    hormat salam santri diinput bernama named apt ns koordinator penandatangan instruktur
    instructor trainer fasilitator facilitator notulis translator interpreter penerjemah dipimpin
    diketuai didampingi dihadiri disampaikan diajukan diusulkan dibawakan disaksikan disetujui
    diketahui dijemput dipandu dimoderatori diajar dilatih ditulis diterima diserahkan diwakili
    ditandatangani diverifikasi diperiksa me at nis nisn nip sms hp telp bp ananda adinda bin
    binti bt bte asisten sales staf dokter bidan istri suami responden enumerator mentor juri
    sopir driver saksi witness desainer designer seniman komisaris rektor dekan menyetujui
    approved checked governor deputy lord thanks sincerely bertanda tangan bertandatangan waris
    interviewed met accompanied invited thanked
    photographer b oma opa eyang budhe om tante nenek kakek alm almh almarhum almarhumah r raden
    krt presiden president chairman tour guide leader coach artist curator kurator rais pj bupati
    walikota alumni mahasiswi juru duta finalis kernet warga dosen wakil ditemani disambut ditemui
    diasuh dibina live janda duda menikah dimoderatori npm nrp nim splp nitku ayah anak adik kakak
    pelaku pekerja penyuluh peneliti penulis peternak pematung pengusaha kabid kasi kabag kadis
    kasubag kasubbag sekda sekdes kasun kadus dubes konjen gubernur mayor menteri pupil intern
    trainee lecturer researcher buyer importer exporter by diperiksa diketahui dilatih ki nyi
    artisan
    farmer craftsman potter weaver entrepreneur tertua termuda
    """).union(re.findall(r"[a-z]{3,}", PEOPLE))  # fmt: skip


def name_is_there(text: str) -> bool:
    """Whether a tidied text names a person."""
    text = NAMED_AFTER.sub("#", text)
    if any(_is_named(m) for m in FORM.finditer(text)):
        return True
    if any(_is_called(m) for m in FORM_LOW.finditer(text)):
        return True
    if (
        DEGREE.search(text)
        or _is_list_of_names(text)
        or any(map(_is_child, CHILD_OF.finditer(text)))
    ):
        return True
    if any(_label_names(m) for m in LABEL.finditer(text)) or ALONE.search(text):
        return True
    if any(map(_is_person_behind, NAMED.finditer(text))):
        return True
    if any(map(_is_labelled, OTHER_LABEL.finditer(text))) or CALLED_BY_NAME.search(text):
        return True
    if any(map(_is_governing, GOVERNING.finditer(text))):
        return True
    if any(looks_like_name(m["name"].split()) for m in TITLED_AFTER.finditer(text)):
        return True
    if any(has_given_name(m["name"].split()) for m in SAID_AFTER.finditer(text)):
        return True
    return any(map(_is_addressed, ADDRESSED_AFTER.finditer(text))) or _name_in_japanese(text)


def _is_person_behind(match: re.Match[str]) -> bool:
    """Whether words behind `bernama`, an office or a trade are a name."""
    words = match["name"].split()
    if match.group().lower().startswith(("ttd", "tertanda")) and looks_like_name(words):
        return True
    if match.group().lower().startswith("signed") and INITIAL.match(match["name"]):
        return True
    if match["doing"] and (len(words) < 2 or words[0].lower() in WORDS_TOO):
        return False
    role = match.group().split()[0]
    if len(words) == 1 and role[0].isupper() and role.lower() in LOOSE:
        return False
    if "," in match.group() and OF_TOWN.match(match.group()) and looks_like_name(words):
        return True
    words = OFFICE.sub("", match["name"]).split() or words
    if role.lower() in HEADS:  # Kepala Dinas Perdagangan Suyanto
        words = list(dropwhile(lambda w: w.lower() in NOT_NAMES, words)) or words
    return words[0].lower() not in WORDS_TOO and has_given_name(words)


def _is_governing(match: re.Match[str]) -> bool:
    """Whether more than the region's name stands behind the office of its head."""
    words = [w.lower() for w in match["name"].split()]
    others = [w for w in words if w not in NOT_NAMES and w not in region_words()]
    return len(others) > 1 and len(others[0]) > 2


def _is_labelled(match: re.Match[str]) -> bool:
    """Whether a label that is not of a thing stands before a full name with a given name."""
    words = match["name"].split()
    return (
        not OF_THINGS.search(match["label"])
        and has_given_name(words)
        and (looks_like_name(words) or bool(INITIAL.match(match["name"])))
    )


def _is_addressed(match: re.Match[str]) -> bool:
    return match["name"].lower() not in NOT_NAMES


def _is_list_of_names(text: str) -> bool:
    names = [match.split() for match in NUMBERED.findall(text)]
    if len(names) > 1 and sum(map(has_given_name, names)) >= len(names) * 2 / 3:
        return True
    if not WITH_COMMAS.fullmatch(text):
        return False
    names = [match.split() for match in re.findall(FULL, text)]
    return all(map(looks_like_name, names)) and all(map(has_given_name, names))


def _is_child(match: re.Match[str]) -> bool:
    """Whether two names stand around `binti`, or a given name beside `bin`, which is also a box."""
    return match["of"].lower() == "binti" or has_given_name([match["name"], match["parent"]])


def _is_called(match: re.Match[str]) -> bool:
    """Whether a name follows a form of address; not where both are parts of a longer name."""
    before = match.string[: match.start()].rstrip(" ").rpartition(" ")[2]
    inside = before[:1].isupper() and before[-1:].isalpha() and match.group()[0].isupper()
    return (
        not inside
        and match["name"].lower() not in NOT_NAMES
        and has_given_name([match["name"]])
        and (match["next"] or "").lower() not in BUILT
    )


def _is_named(match: re.Match[str]) -> bool:
    """Whether what follows a form of address is a name, not an office, a firm or a code."""
    first = match["name"].strip(".'’")
    low = first.lower()
    after = match["next"] or ""
    if low in OFFICES and after and has_given_name([after]):
        return True
    if low in NOT_NAMES or low in BUILT or any(c.isdigit() for c in first):
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
    if plain[0] in NOT_NAMES or plain[1:2] == ["lanka"] or not FIRMS.isdisjoint(plain):
        return False
    return has_given(plain)


def has_given(plain: list[str]) -> bool:
    """Whether one of some words in small letters is a given name."""
    return any(w in GIVEN or NAME_ENDS.fullmatch(w) for w in map(_as_today, plain))


def _as_today(name: str) -> str:
    """A name in the spelling since 1947 and 1972: Soekardjo, Tjipto."""
    return name.replace("oe", "u").replace("dj", "j").replace("tj", "c") if len(name) > 4 else name


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
    if (
        SURNAME_JA.search(text)
        or BRACKETED_JA.search(text)
        or any(map(_is_addressed_ja, NAME_JA.finditer(text)))
    ):
        return True
    return any(map(_is_person_ja, LABEL_JA.finditer(text)))


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
    if any(pattern.search(text) for pattern in (BIRTH, AGED_WORD, AGED_LIST, SEX_AND_AGE)):
        return True
    for pattern in (AGED, AGED_BEFORE, AGED_COMMA):
        if any(has_given_name(match["name"].split()) for match in pattern.finditer(text)):
            return True
    if (end := AGED_END.fullmatch(text)) and has_given_name(end["name"].split()):
        return looks_like_name(end["name"].split())
    if not AGE_JA.search(text) or NOT_AGE_JA.search(text):
        return False
    return bool(PERSON_JA.search(text) or BESIDE_JA.search(text))


def handle_is_there(text: str) -> bool:
    """Whether a tidied text has an account of a person in a messenger or a network."""
    if CHAT.search(text) or HANDLE.search(text) or HANDLE_JA.search(text):
        return True
    return any(
        not (m["handle"] and (m["after"] or "").strip() and not re.search(r"[\d_.]", m["handle"]))
        for m in HANDLE_WORD.finditer(text)
    )
