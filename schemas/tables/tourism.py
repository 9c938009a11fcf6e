"""Tourism: arrivals by origin, and rooms and guests of the region's accommodation."""

from schemas.fields import common as c
from schemas.model import SmallCells, Table, Words

ARRIVALS = Table(
    name="core_tourism__arrivals",
    kind="core",
    domain="tourism",
    title=Words("Kedatangan menurut asal", "Arrivals by origin"),
    key=(
        c.FREQUENCY,
        c.PERIOD_START,
        c.area("destination_area", "negara tujuan", "destination"),
        c.REGION_CODE,
        c.area("origin_area", "negara asal", "origin"),
        c.code(
            "concept",
            "konsep: pengunjung, wisatawan, tamu, kunjungan",
            "what is counted",
            ("visitor", "tourist", "guest", "visit"),
        ),
        c.BREAKDOWN_TYPE,
        c.BREAKDOWN_CODE,
    ),
    measures=(c.PERIOD_END, c.count("visitors", "kedatangan", "arrivals")),
    value_field="visitors",
    rules=(c.starts_its_period(),),
)

ACCOMMODATION = Table(
    name="core_tourism__accommodation",
    kind="core",
    domain="tourism",
    title=Words("Penginapan", "Accommodation"),
    key=(
        c.SOURCE_ORG,
        c.REGION_CODE,
        c.FREQUENCY,
        c.PERIOD_START,
        c.text("class_code", "kelas penginapan", "class of accommodation"),
    ),
    measures=(
        c.share(
            "room_occupancy_percent", "tingkat penghunian kamar", "room occupancy", "percent", 100
        ),
        c.share("average_stay_nights", "rata-rata lama menginap", "average stay", "nights"),
        c.count("guests_foreign", "tamu asing", "foreign guests"),
        c.count("guests_domestic", "tamu domestik", "domestic guests"),
    ),
    value_field="room_occupancy_percent",
    rules=(c.starts_its_period(),),
    small_cells=(
        SmallCells(("guests_foreign",), ("guests_foreign",)),
        SmallCells(("guests_domestic",), ("guests_domestic",)),
    ),
    total_of="class_code",
)

TABLES = (ARRIVALS, ACCOMMODATION)
