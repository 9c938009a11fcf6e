"""Names of countries as files write them: every one is known, and none is known wrongly."""

from __future__ import annotations

import csv
import io
import unicodedata
from functools import cache

import pytest

from tasks.ask.builtin import CODES, areas
from tasks.read.workbook.text import without_marks

pytestmark = pytest.mark.fast

# By area: as offices in Indonesia, Japan, Australia, Singapore, Malaysia and Korea, the United
# Nations and the World Bank write them, with marks and in capitals.
WRITTEN = """
AFG Afganistan | Afghanistan | アフガニスタン
ARE Uni Emirat Arab | UEA | U.A.E. | United Arab Emirates | Persatuan Emirat Arab | アラブ首長国連邦
ARG Argentina | アルゼンチン
AUS Australia | AUSTRALIA | オーストラリア | 豪州 | オーストラリア（豪州）
AUT Austria | オーストリア
BEL Belgia | Belgium | ベルギー
BGD Bangladesh | バングラデシュ | バングラデッシュ
BIH Bosnia Herzegovina | Bosnia and Herzegovina | Bosnia & Herzegovina | Bosnia dan Herzegovina
BOL Bolivia (Plurinational State of) | Bolivia, Plurinational State of | Bolivia
BRA Brasil | Brazil | BRAZILIA | ブラジル
BRN Brunei | Brunei Darussalam | BRUNEI DARUSSALAM | ブルネイ・ダルサラーム国 | ブルネイ
CAN Kanada | Canada | カナダ
CHE Swiss | Switzerland | Swis | スイス | スイス連邦
CHL Cile | Chili | Chile | チリ
CHN Tiongkok | RRT | RRC | Cina | China | P.R. China | People's Republic of China | 中国
CHN China (excludes SARs and Taiwan) | Republik Rakyat Tiongkok | 中華人民共和国 | Mainland China
CIV Pantai Gading | Côte d'Ivoire | Cote d’Ivoire | Ivory Coast | コートジボワール
COD Congo, Dem. Rep. | Democratic Republic of the Congo | Republik Demokratik Kongo | DRC
COG Congo, Rep. | Republic of the Congo | Republik Kongo | Congo-Brazzaville | コンゴ共和国
COL Kolombia | Colombia | コロンビア
CZE Ceko | Republik Ceko | Czechia | Czech Republic | Czech Rep. | チェコ | チェコ共和国
DEU Jerman | Germany | ドイツ | 独国 | ドイツ連邦共和国
DMA Dominika | Dominica | ドミニカ国
DNK Denmark | デンマーク
DOM Republik Dominika | Dominican Republic | Dominican Rep. | ドミニカ共和国
EGY Mesir | Egypt | Egypt, Arab Rep. | エジプト
ESP Spanyol | Spain | スペイン
ETH Etiopia | Ethiopia | エチオピア
FIN Finlandia | Finland | フィンランド
FJI Fiji | Fiji Islands | フィジー
FRA Prancis | Perancis | France | PERANCIS | フランス | 仏国
FSM Micronesia, Fed. Sts. | Micronesia (Federated States of) | Mikronesia | ミクロネシア連邦
GBR Inggris | Inggris Raya | Britania Raya | UK | U.K. | United Kingdom | UK, CIs & IOM | 英国
GBR United Kingdom of Great Britain and Northern Ireland | Great Britain | イギリス | イギリス(英国)
GMB Gambia | Gambia, The | The Gambia
GRC Yunani | Greece | ギリシャ | ギリシア
HKG Hongkong | Hong Kong | Hong Kong SAR | Hong Kong (SAR of China) | Hong Kong SAR, China | 香港
HKG Hong Kong, China | China, Hong Kong SAR | 中国香港 | 香港特別行政区
HRV Kroasia | Kroatia | Croatia | クロアチア
HUN Hungaria | Hongaria | Hungary | ハンガリー
IDN Indonesia | Republik Indonesia | RI | インドネシア | インドネシア共和国
IND India | インド | 印度
IRL Irlandia | Ireland | Republic of Ireland | アイルランド
IRN Iran | Iran (Islamic Republic of) | Iran, Islamic Rep. | イラン | イラン・イスラム共和国
IRQ Irak | Iraq | イラク
ISL Islandia | Iceland | アイスランド
ISR Israel | イスラエル
ITA Italia | Italy | イタリア | イタリー
JOR Yordania | Jordan | ヨルダン
JPN Jepang | JEPANG | Japan | 日本 | 日本国 | Jepang * | Jepang 1) | Jepang¹⁾ | Ｊａｐａｎ
KAZ Kazakhstan | カザフスタン
KGZ Kirgizstan | Kyrgyz Republic | Kyrgyzstan | キルギス共和国
KHM Kamboja | Cambodia | Kampuchea | カンボジア | KAMBOJA
KNA Saint Kitts dan Nevis | St. Kitts & Nevis | Saint Kitts and Nevis | St Kitts and Nevis
KOR Korea Selatan | Korsel | Republik Korea | Korea, Republik | Republic of Korea | Korea, Rep.
KOR KOREA, REPUBLIC OF | Rep. of Korea | South Korea | S. Korea | 韓国 | 大韓民国 | Korea (ROK)
KWT Kuwait | クウェート
LAO Laos | Lao PDR | Lao People's Democratic Republic | ラオス | Lao People's Dem. Rep.
LBN Lebanon | Libanon | レバノン
LCA St. Lucia | Saint Lucia | セントルシア
LKA Sri Lanka | Srilanka | スリランカ
LUX Luksemburg | Luxembourg | ルクセンブルグ
MAC Makau | Macau | Macao | Macao SAR | Macao SAR, China | China, Macao SAR | マカオ | 澳門
MAR Maroko | Morocco | モロッコ
MDA Moldova | Republic of Moldova | Moldova, Republic of | モルドバ
MDV Maladewa | Maldives | モルディブ
MEX Meksiko | Mexico | メキシコ
MKD Makedonia Utara | North Macedonia | マケドニア
MMR Myanmar | Burma | Birma | Burma (Myanmar) | Myanmar (Burma) | ミャンマー | ビルマ | MYANMAR
MNG Mongolia | モンゴル
MYS Malaysia | マレーシア
NAM Namibia | ナミビア
NCL Kaledonia Baru | New Caledonia | ニューカレドニア
NGA Nigeria | ナイジェリア
NLD Belanda | Netherlands | The Netherlands | Netherlands (Kingdom of the) | Holland | オランダ
NOR Norwegia | Norway | ノルウェー
NPL Nepal | ネパール
NZL Selandia Baru | New Zealand | SELANDIA BARU | ニュージーランド
OMN Oman | オマーン
PAK Pakistan | パキスタン
PER Peru | ペルー
PHL Filipina | Philipina | Philippines | The Philippines | フィリピン | Pilipina
PNG Papua Nugini | PNG | Papua New Guinea | パプアニューギニア
POL Polandia | Poland | ポーランド
PRK Korea Utara | Korut | DPRK | North Korea | Dem. People's Rep. of Korea | 北朝鮮
PRT Portugal | ポルトガル
PSE Palestina | State of Palestine | Palestine | West Bank and Gaza | パレスチナ
QAT Qatar | Katar | カタール
ROU Rumania | Romania | ルーマニア
RUS Rusia | Federasi Rusia | Russia | Russian Federation | ロシア | ロシア連邦
SAU Arab Saudi | Saudi Arabia | SAUDI ARABIA | KSA | サウジアラビア
SGP Singapura | Singapore | SINGAPURA | シンガポール
SLB Kepulauan Solomon | Kep. Solomon | Solomon Islands | Solomon Is. | ソロモン諸島
SRB Serbia | セルビア
STP Sao Tome and Principe | São Tomé & Príncipe | Sao Tome dan Principe
SVK Slovakia | Slowakia | Slovak Republic | スロバキア
SVN Slovenia | スロベニア
SWE Swedia | Sweden | スウェーデン
SWZ Eswatini | Swaziland
SYR Suriah | Syrian Arab Republic | Syria | シリア
THA Thailand | タイ | タイ王国 | THAILAND
TLS Timor Leste | Timor-Leste | TIMOR LESTE | East Timor | 東ティモール
TTO Trinidad dan Tobago | Trinidad & Tobago | Trinidad and Tobago
TUN Tunisia | チュニジア
TUR Turki | Turkiye | Türkiye | Turkey | トルコ
TWN Taiwan | Taiwan, ROC | Taiwan (ROC) | Taiwan (Provinsi Tiongkok) | Chinese Taipei | 台湾 | 臺灣
TZA Tanzania | United Rep. of Tanzania | Tanzania, United Republic of | タンザニア
UKR Ukraina | Ukraine | ウクライナ
USA Amerika Serikat | USA | U.S.A. | U.S. | United States | United States of America | 米国
USA アメリカ | アメリカ合衆国 | AMERIKA SERIKAT | アメリカ（米国） | Amerika Serikat (AS)
UZB Uzbekistan | ウズベキスタン
VAT Vatikan | Holy See | Tahta Suci | バチカン
VEN Venezuela | Venezuela, RB | Venezuela (Bolivarian Republic of) | ベネズエラ
VNM Vietnam | Viet Nam | VIETNAM | Republik Sosialis Vietnam | ベトナム | ヴェトナム
YEM Yaman | Yemen | Yemen, Rep. | イエメン
ZAF Afrika Selatan | South Africa | 南アフリカ | 南アフリカ共和国
WLD Dunia | World | 世界 | Total | Semua negara | 総数
XEU Eropa Lainnya | Eropa lainnya *
XAS Asia Lainnya | その他アジア
XOT Lainnya | Negara Lainnya | Others | その他
ASEAN ASEAN
USA Amerika | Amrik | U.S.A
ARE Uni Emirat | Emirat
AUS Aussie
CZE Ceska | Republik Ceska
THA Thai | Muangthai
TLS Timtim | Timor Timur
TUR Turki (Türkiye)
DOM Rep. Dominika
COD Kongo (RDK) | Congo DR | コンゴ（民）
COG Kongo-Brazzaville | コンゴ（共）
VIR US Virgin Islands | 米領バージン諸島
CXR Pulau Christmas
CCK Kepulauan Cocos
NFK Pulau Norfolk
ARE Uni Emirates Arab
GBR Great Britain and Northern Ireland | 英国（イギリス） | イギリス（英国）
USA アメリカ（USA）
CHN China Daratan | 中国（本土）
KOR Korea (Selatan) | Korea Republik | Korea, Rep
KOR South Korea (Republic of Korea) | Republic of Korea (South) | 韓国（南朝鮮）
VNM Socialist Republic of Vietnam
SGP Singapur
NZL N. Zealand
TLS Republik Demokratik Timor Leste
MAC Macau (China) | マカオ（澳門）
TWN Taiwan R.O.C. | 中華台北 | 台湾（中国） | Taiwan (Prov. of China)
IRN Rep. Islam Iran
VEN Venezuela (Rep. Bolivarian) | ベネズエラ・ボリバル共和国
BIH Bosnia & Herz.
PYF フランス領ポリネシア
CAF 中央アフリカ
MKD TFYR Macedonia
XKX コソボ
GRL Grinlandia
JPN Jepang/Japan | Jepang / Japan | Jepang (Japan) | JAPAN/JEPANG
KOR Korea Selatan/South Korea
PHL Filipina/Philippines | Filipina (Philippines) *
NLD Belanda/Netherlands
CHN Tiongkok/China
ZAF Afsel
"""
FORMS = [
    (form.strip(), line.split(" ", 1)[0])
    for line in WRITTEN.strip().splitlines()
    for form in line.split(" ", 1)[1].split(" | ")
]


@cache
def names() -> dict[str, str]:
    rows = csv.DictReader(io.StringIO(areas().decode()))
    return {r["code"]: r["area"] for r in rows if r["scheme"] == "name"}


def area_of(written: str) -> str | None:
    return names().get(unicodedata.normalize("NFKC", without_marks(written)).casefold())


def test_the_table_is_long_enough() -> None:
    assert len({form for form, _ in FORMS}) == len(FORMS) > 350


@pytest.mark.parametrize(("written", "area"), FORMS)
def test_names_as_files_write_them(written: str, area: str) -> None:
    assert area_of(written) == area


@pytest.mark.parametrize(
    "written",
    [
        "AS",  # Amerika Serikat, and American Samoa's code
        "Korea",
        "Arab",
        "Kongo",
        "Virgin Islands",
        "Eropa",
        "Asia",
        "Afrika",
        "Bintang 1",
        "Blitar",
        "Georgia Selatan",
        "ヘトナム",
        "",
    ],
)
def test_names_of_several_areas_or_of_none_are_not_guessed(written: str) -> None:
    assert area_of(written) is None


def test_every_alias_leads_to_its_area() -> None:
    """But for those that stand there for two areas, so that neither is taken."""
    with (CODES / "area_alias.csv").open(encoding="utf-8", newline="") as handle:
        lines = [(row["area"], row["name"]) for row in csv.DictReader(handle)]
    assert len(set(lines)) == len(lines)
    lost = {name for area, name in lines if area_of(name) != area}
    assert lost == {"AS", "Korea"}


@pytest.mark.parametrize(
    ("written", "area"),
    [
        ("St. Vincent and the Grenadines", "VCT"), ("Saint Vincent & the Grenadines", "VCT"),
        ("Antigua dan Barbuda", "ATG"), ("Antigua & Barbuda", "ATG"),
        ("Turks and Caicos Islands", "TCA"),
        ("Georgia Selatan dan Kep. Sandwich Selatan", "SGS"),
        ("Aland Islands", "ALA"), ("Curacao", "CUW"), ("Reunion", "REU"),
        ("ボスニアヘルツェゴビナ", "BIH"), ("Marshall Is.", "MHL"), ("ギニアビサウ", "GNB"),
    ],
)  # fmt: skip
def test_spellings_that_differ_by_a_sign(written: str, area: str) -> None:
    assert area_of(written) == area
