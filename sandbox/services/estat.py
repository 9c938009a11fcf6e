"""e-Stat API 3.0: tables and values, paged by NEXT_KEY; status 200 for errors too."""

from __future__ import annotations

from typing import Any

from sandbox.services import Ask, Reply, as_json
from sandbox.services.japan_customs import lines
from sandbox.world import World

TABLES = {"0003425294": ("2", 2021, 2025), "0004049326": ("2", 2026, 2030),
          "0003425293": ("1", 2021, 2025), "0004049306": ("1", 2026, 2030)}  # fmt: skip
PAGE = 100
CLASSES = [
    {"@code": str(150 + 30 * month + 10 * n), "@name": f"{month + 1}月_{name}", "@level": "1"}
    for month in range(12)
    for n, name in enumerate(("数量1", "数量2", "金額"))
]


def answer(world: World, ask: Ask) -> Reply | None:
    if not ask.path.startswith("/rest/3.0/app/json/"):
        return None
    verb = ask.path.rsplit("/", 1)[-1]
    root = {"getStatsList": "GET_STATS_LIST", "getStatsData": "GET_STATS_DATA"}[verb]
    if not ask.query.get("appId"):
        return as_json({root: {"RESULT": {"STATUS": 100, "ERROR_MSG": "認証に失敗しました。"}}})
    body = _list(world) if verb == "getStatsList" else _values(world, ask)
    return as_json({root: body})


def _name(flow: str) -> str:
    return f"貿易統計_全国分 品別国別表 {'輸入' if flow == '2' else '輸出'}"


def _list(world: World) -> dict[str, Any]:
    tables = [
        {
            "@id": code, "STAT_NAME": {"@code": "00350300", "$": "普通貿易統計"},
            "STATISTICS_NAME": _name(flow),
            "TITLE": f"品別国別表 {first}-{last}", "CYCLE": "年次",
            "UPDATED_DATE": f"{world.today.year}-0{1 + world.revision % 9}-27",
        }
        for code, (flow, first, last) in TABLES.items()
    ]  # fmt: skip
    return {"RESULT": {"STATUS": 0, "ERROR_MSG": "正常に終了しました。"},
            "DATALIST_INF": {"NUMBER": len(tables), "TABLE_INF": tables}}  # fmt: skip


def _values(world: World, ask: Ask) -> dict[str, Any]:
    flow, first, last = TABLES[ask.query["statsDataId"]]
    year = int(ask.query["cdTime"][:4])
    found = []
    if first <= year <= last:
        for code, values in lines(world, year, flow, 360).items():
            for month, value in enumerate(values):
                if value is not None:
                    found.append({"@cat01": code, "@cat02": str(170 + 30 * month),
                                  "@area": ask.query["cdArea"], "@time": f"{year}000000",
                                  "@unit": "千円", "$": str(value)})  # fmt: skip
    if not found:
        return {"RESULT": {"STATUS": 1, "ERROR_MSG": "該当データはありませんでした。"}}
    start = int(ask.query.get("startPosition", "1"))
    page = found[start - 1 : start - 1 + PAGE]
    inf: dict[str, Any] = {"TOTAL_NUMBER": len(found), "FROM_NUMBER": start,
                           "TO_NUMBER": start + len(page) - 1}  # fmt: skip
    if start - 1 + PAGE < len(found):
        inf["NEXT_KEY"] = start + PAGE
    return {
        "RESULT": {"STATUS": 0, "ERROR_MSG": "正常に終了しました。"},
        "STATISTICAL_DATA": {
            "RESULT_INF": inf,
            "TABLE_INF": {"@id": ask.query["statsDataId"], "STATISTICS_NAME": _name(flow)},
            "CLASS_INF": {"CLASS_OBJ": [{"@id": "cat02", "@name": "数量・金額", "CLASS": CLASSES}]},
            "DATA_INF": {"NOTE": {"@char": "-", "$": "データが得られないもの"},
                         "VALUE": page[0] if len(page) == 1 else page},
        },
    }  # fmt: skip
