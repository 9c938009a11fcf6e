"""JSON Schema of a declaration, as people write it in YAML: what editors complete and underline.

It comes from the models. What they cannot say is put in here: the short forms of columns, the
fields that a column of a kind can fill, `extends`, under which everything may be left out.
"""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

from config.columns import COLUMNS, KIND, KINDS, STATES
from config.model import LIST
from config.source import Source
from schemas.catalogue import TABLES

PATH = Path(__file__).parent / "sources.schema.json"
Schema = dict[str, Any]
IN_LANGUAGE = {"id": "in Indonesian", "en": "in English", "ja": "in Japanese, where it is shown"}
EXTENDS = (
    "another declaration, beside this one or built in, of which this one says only what differs; a "
    "key with nothing takes the other's away"
)
ANCHORS = "a place for YAML anchors (`&name`) that several datasets share; it is not read"
MADE = ("code",)  # by the program, not by people


def text() -> str:
    """The schema as it is shipped, in `config/sources.schema.json`."""
    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"


def write() -> Path:
    PATH.write_text(text(), encoding="utf-8")
    return PATH


def schema() -> Schema:
    """The schema of one file."""
    whole = Source.model_json_schema(by_alias=True)
    parts: dict[str, Schema] = whole.pop("$defs")
    del parts["WorkbookReader"], parts["Workbook"], parts["Unpivot"]
    for name in MADE:
        del whole["properties"][name]
        whole["required"].remove(name)
    whole["properties"]["anchors"] = {"type": "object", "description": ANCHORS}
    parts["Source"] = whole
    parts = {name: _as_written(part) for name, part in parts.items()}
    parts |= _columns()
    for kind, model in COLUMNS.items():
        properties = parts[model.__name__]["properties"]
        properties["to"] = {"description": properties["to"]["description"], **_fields(kind)}
    for name, words in IN_LANGUAGE.items():
        parts["Words"]["properties"][name]["description"] = words
    extending = {f"{name}Part": _loosened(part) for name, part in parts.items()}
    extending["SourcePart"]["properties"]["extends"] = {"type": "string", "description": EXTENDS}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Declaration of a partner source",
        "description": "config/sources/<code>.yml of Penataran; see docs/new-source.md",
        "type": "object",
        "if": {"required": ["extends"]},
        "then": {"$ref": "#/$defs/SourcePart"},
        "else": {"$ref": "#/$defs/Source"},
        "$defs": parts | extending | {f"{k}Fields": {"enum": _targets(k)} for k in COLUMNS},
    }


def _fields(kind: str) -> Schema:
    return {"$ref": f"#/$defs/{kind}Fields"}


def _targets(kind: str) -> list[str]:
    """Fields that a column of a kind can fill, in any table."""
    if kind == "period":
        return ["period"]
    if kind == "state":
        return list(STATES)
    of_type = "text" if kind == "code" else kind
    fields = {
        f.name
        for table in TABLES.values()
        if table.kind != "ops"
        for f in table.body()
        if KINDS[f.type] == of_type
    }
    return sorted(fields)


def _as_written(node: Any) -> Any:
    """A part of the schema without what only the program sees, and with the short forms."""
    if isinstance(node, list):
        return [_as_written(n) for n in node if n != {"$ref": "#/$defs/WorkbookReader"}]
    if not isinstance(node, dict):
        return node
    found = {
        ("anyOf" if key == "oneOf" else key): _as_written(value)
        for key, value in node.items()
        if key not in ("discriminator", KIND) and not (key == "title" and isinstance(value, str))
    }
    columns = found.get("properties", {}).get("columns", {})
    # Neither the pattern of `wide` nor the texts of `expects`.
    if columns.get("additionalProperties", LIST) != LIST:
        found["properties"]["columns"] = {
            **({"description": columns["description"]} if "description" in columns else {}),
            "$ref": "#/$defs/Columns",
        }
    return found


def _columns() -> dict[str, Schema]:
    """`field`, `{to: field, …}` and a list of those."""
    every = [_fields(kind) for kind in COLUMNS]
    each = [{"$ref": f"#/$defs/{model.__name__}"} for model in COLUMNS.values()]
    one = {"$ref": "#/$defs/Column"}
    either = {"anyOf": [one, {"type": "array", "items": one}]}
    return {
        "Column": {"anyOf": [*every, *each]},
        "Columns": {"type": "object", "additionalProperties": either},
    }


def _loosened(node: Any) -> Any:
    """A part of which a declaration that extends another may leave out, or take away, anything."""
    if isinstance(node, list):
        return [_loosened(n) for n in node]
    if not isinstance(node, dict):
        return node
    found = deepcopy({k: v for k, v in node.items() if k not in ("required", "minProperties")})
    if "$ref" in found and not found["$ref"].endswith("Fields"):
        found["$ref"] += "Part"
    for key in ("anyOf", "items"):
        if key in found:
            found[key] = _loosened(found[key])
    if "properties" in found:
        found["properties"] = {n: _or_nothing(p) for n, p in found["properties"].items()}
    if isinstance(found.get("additionalProperties"), dict):
        found["additionalProperties"] = _or_nothing(node["additionalProperties"])
    return found


def _or_nothing(node: Any) -> Schema:
    described = {"description": node["description"]} if "description" in node else {}
    return {**described, "anyOf": [_loosened(node), {"type": "null"}]}
