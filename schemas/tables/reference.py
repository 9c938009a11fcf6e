"""Reference lists: areas, regions, products, concordances, currencies, sources."""

from schemas.fields import common as c
from schemas.model import Between, Field, Table, Type, Words

VALID_FROM = Field("valid_from", Type.DATE, Words("berlaku sejak", "valid from"))
VALID_UNTIL = Field("valid_until", Type.DATE, Words("berlaku sampai", "valid until"))
NAME_ID = c.text("name_id", "nama (Indonesia)", "name in Indonesian")
NAME_EN = c.text("name_en", "nama (Inggris)", "name in English")

AREA = Table(
    name="ref_area",
    kind="ref",
    domain="reference",
    title=Words("Negara dan kelompok", "Areas: countries, groups and rest areas"),
    key=(
        c.text(
            "scheme",
            "skema kode (iso3, comtrade)",
            "code scheme (iso3, m49, comtrade …)",
        ),
        c.text("code", "kode", "code in that scheme"),
    ),
    measures=(
        c.text("area", "ISO 3166-1 alpha-3 atau kode kelompok", "ISO alpha-3 or group code"),
        c.text("iso2", "ISO 3166-1 alpha-2", "ISO 3166-1 alpha-2"),
        NAME_ID,
        NAME_EN,
        c.text("name_ja", "nama (Jepang)", "name in Japanese"),
        c.flag("is_country", "negara", "is a country"),
        VALID_FROM,
        VALID_UNTIL,
    ),
)
MEMBER = Table(
    name="ref_area_member",
    kind="ref",
    domain="reference",
    title=Words("Anggota kelompok negara", "Members of groups of areas"),
    key=(
        c.text("group_area", "kelompok", "group"),
        c.text("area", "anggota", "member"),
        Field("valid_from", Type.DATE, Words("anggota sejak", "member from")),
    ),
    measures=(VALID_UNTIL,),
)
CAPITAL = Table(
    name="ref_capital",
    kind="ref",
    domain="reference",
    title=Words("Ibu kota negara dan koordinatnya", "Capitals and where they are"),
    key=(c.text("area", "negara, ISO 3166-1 alpha-3", "country, ISO 3166-1 alpha-3"),),
    measures=(
        c.text("capital", "ibu kota", "capital"),
        Field(
            "latitude_deg",
            Type.RATE,
            Words("lintang, utara positif", "latitude, north is positive"),
            unit="degrees",
            checks=(Between(-90, 90),),
        ),
        Field(
            "longitude_deg",
            Type.RATE,
            Words("bujur, timur positif", "longitude, east is positive"),
            unit="degrees",
            checks=(Between(-180, 180),),
        ),
    ),
)
REGION = Table(
    name="ref_region",
    kind="ref",
    domain="reference",
    title=Words("Wilayah Indonesia", "Regions of Indonesia"),
    key=(c.text("region_code", "kode BPS", "BPS code"),),
    measures=(
        c.text("parent_code", "kode induk", "parent code"),
        c.text("kemendagri_code", "kode Kemendagri", "home ministry code"),
        NAME_ID,
        NAME_EN,
        c.text("timezone", "zona waktu", "time zone"),
        c.text("iso_code", "ISO 3166-2", "ISO 3166-2"),
        VALID_FROM,
        VALID_UNTIL,
    ),
)
PRODUCT = Table(
    name="ref_product",
    kind="ref",
    domain="reference",
    title=Words("Produk", "Products"),
    key=(
        c.text("classification", "klasifikasi", "classification"),
        c.text("product_code", "kode produk", "product code"),
    ),
    measures=(
        c.text("parent_code", "kode induk", "parent code"),
        Field("level", Type.INTEGER, Words("tingkat (digit)", "level (digits)")),
        c.flag("is_leaf", "tingkat terbawah", "is a leaf"),
        NAME_ID,
        NAME_EN,
        c.text("unit", "satuan baku", "standard unit"),
        VALID_FROM,
        VALID_UNTIL,
    ),
)
CONCORDANCE = Table(
    name="ref_product_concordance",
    kind="ref",
    domain="reference",
    title=Words("Padanan kode produk", "Product concordance"),
    key=(
        c.text("from_classification", "klasifikasi asal", "from classification"),
        c.text("from_code", "kode asal", "from code"),
        c.text("to_classification", "klasifikasi tujuan", "to classification"),
        c.text("to_code", "kode tujuan", "to code"),
    ),
    measures=(
        Field("weight", Type.RATE, Words("bobot", "weight")),
        c.text("method", "metode", "method"),
    ),
)
CURRENCY = Table(
    name="ref_currency",
    kind="ref",
    domain="reference",
    title=Words("Mata uang", "Currencies"),
    key=(c.text("currency", "kode ISO 4217", "ISO 4217 code"),),
    measures=(NAME_ID, NAME_EN, VALID_FROM, VALID_UNTIL),
)
SOURCE_TABLE = Table(
    name="ref_source",
    kind="ref",
    domain="reference",
    title=Words("Sumber data dan lisensi", "Data sources and licences"),
    key=(c.text("source_code", "kode sumber", "source code"),),
    measures=(
        c.text("title_id", "judul (Indonesia)", "title in Indonesian"),
        c.text("title_en", "judul (Inggris)", "title in English"),
        c.text("provider", "penerbit", "provider"),
        c.text("url", "alamat", "address"),
        c.text("table_name", "tabel", "table"),
        Field(
            "preference",
            Type.INTEGER,
            Words("urutan di antara sumber setabel", "rank among the sources of its table"),
        ),
        c.text("cadence", "irama rilis", "cadence"),
        c.text("frequency", "frekuensi terpendek", "shortest periods of its datasets"),
        Field(
            "lag_days",
            Type.INTEGER,
            Words(
                "hari dari akhir periode sampai angkanya terbit",
                "days from the end of a period until its figures appear",
            ),
            unit="days",
        ),
        c.text("licence", "lisensi", "licence"),
        c.text("redistribution", "boleh disebarkan", "redistribution"),
        c.text("attribution_id", "cara menyebut (Indonesia)", "attribution in Indonesian"),
        c.text("attribution_en", "cara menyebut (Inggris)", "attribution in English"),
        c.text("profile", "profil data (live, sandbox)", "profile of the data (live, sandbox)"),
    ),
)

TABLES = (AREA, MEMBER, CAPITAL, REGION, PRODUCT, CONCORDANCE, CURRENCY, SOURCE_TABLE)
