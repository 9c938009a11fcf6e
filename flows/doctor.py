"""What is missing or unsafe in an installation, each with its fix."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal, cast

from config import region as regions
from config import settings as environment
from config.settings import Settings
from config.source import Source
from reports.freshness import ADVICE, fresh_rows, in_words, late_since, standing, today_of
from schemas.errors import ConfigurationError, ErrorFacts, PenataranError
from schemas.model import Words
from tasks.home import declared_sources, open_warehouse
from warehouse.modes import too_open

if TYPE_CHECKING:
    from warehouse.postgres import PostgresWarehouse
    from warehouse.reader_role import Power

ROOM_MIB = 2048
SHOWN = 5
NOTHING = Words("", "")
STALE_STATES = ("late", "gone", "no_rows")
"""States of a source's figures that are findings."""
POWERS: dict[str, Words] = {
    "superuser": Words("superuser", "superuser"),
    "create_roles": Words("membuat peran", "create roles"),
    "create_databases": Words("membuat basis data", "create databases"),
    "replication": Words("replikasi", "replication"),
    "bypass_rls": Words("melewati aturan baris", "bypass row security"),
    "member": Words("anggota", "member of"),
    "write_tables": Words("menulis tabel", "write tables, as"),
    "temporary_tables": Words("membuat tabel sementara", "make temporary tables"),
    "create_schemas": Words("membuat skema", "create schemas"),
    "create_objects": Words("membuat objek di skema", "create objects in schema"),
    "other_schema": Words("memakai skema", "use schema"),
}
"""What a role can do besides reading, in words."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at, and how to correct it where it is not well."""

    state: Literal["ok", "missing", "unsafe", "late", "gone", "no_rows"]
    what: Words
    fix: Words = NOTHING
    error: ErrorFacts | None = None  # of settings that cannot be read

    def as_dict(self) -> dict[str, str]:
        return {"state": self.state, "what": self.what.en, "fix": self.fix.en}


def doctor() -> list[Finding]:
    """Every finding, good and bad. Settings that cannot be read are the only one."""
    try:
        env = dict(os.environ)
        if env.get("PENATARAN_ENV") in environment.ENVIRONMENTS:
            env["PENATARAN_ENV"] = ""  # what production refuses is listed, not raised
        settings = environment.load(env)
        region = regions.load(settings.region)
        found_sources = declared_sources(settings)
        declared = found_sources.sources
    except PenataranError as error:
        what, fix = (Words(text, text) for text in (error.message, error.hint))
        return [Finding("unsafe", what, fix, error.as_dict())]
    python = f"Python {sys.version_info.major}.{sys.version_info.minor}"
    place = f"{region.code} {region.name_id}"
    return [
        Finding("ok", Words(python, python)),
        Finding(
            "ok",
            Words(
                f"wilayah {place}, {len(declared)} sumber",
                f"region {place}, {len(declared)} sources",
            ),
        ),
        *_broken(found_sources.broken),
        _home(settings),
        *_modes(settings),
        *_keys(settings, declared),
        *_postgres(settings),
        *_stale(settings, declared),
        *_insecure(settings),
    ]


def _broken(found: Mapping[str, ConfigurationError]) -> Iterator[Finding]:
    for code, error in found.items():
        what = Words(f"deklarasi {code} rusak", f"the declaration of {code} is broken")
        text = f"{error.where}: {error.message}"
        yield Finding("unsafe", what, Words(text, text))


def _home(settings: Settings) -> Finding:
    home = settings.home
    parent = next(p for p in (home, *home.parents) if p.exists())
    if not os.access(parent, os.W_OK):
        return Finding(
            "unsafe",
            Words(f"folder data {home} tidak dapat ditulis", f"home {home} is not writable"),
            Words("isi PENATARAN_HOME dengan folder lain", "set PENATARAN_HOME to another folder"),
        )
    free = shutil.disk_usage(parent).free // 2**20
    what = Words(f"folder data {home}: sisa {free} MiB", f"home {home}: {free} MiB free")
    if free > ROOM_MIB:
        return Finding("ok", what)
    fix = Words("sediakan ruang disk minimal 2 GiB", "free at least 2 GiB of disk space")
    return Finding("missing", what, fix)


def _modes(settings: Settings) -> Iterator[Finding]:
    """Folders and files of the home that other accounts of this computer may use."""
    found = [path for path, _ in too_open(settings.home, settings.readers)]
    if not found:
        return
    shown = ", ".join(str(path.relative_to(settings.home.parent)) for path in found[:SHOWN])
    more = f" (+{len(found) - SHOWN})" if len(found) > SHOWN else ""
    yield Finding(
        "unsafe" if os.environ.get("PENATARAN_ENV") == "production" else "missing",
        Words(f"terbuka bagi akun lain: {shown}{more}", f"open to other accounts: {shown}{more}"),
        Words("jalankan: penataran maintain", "run: penataran maintain"),
    )


def _keys(settings: Settings, declared: Mapping[str, Source]) -> Iterator[Finding]:
    for variable in sorted({s.key.variable for s in declared.values() if s.key}):
        what = Words(f"kunci {variable}", f"key {variable}")
        if settings.secret(variable) is not None:
            yield Finding("ok", what)
        else:
            fix = Words(
                "tanpa kunci ini sumbernya dibatasi atau dilewati",
                "without it the source is limited or skipped",
            )
            yield Finding("missing", what, fix)
    if settings.secret("PENATARAN_HASH_KEY") is None:
        name = Words("PENATARAN_HASH_KEY", "PENATARAN_HASH_KEY")
        fix = Words(
            "diperlukan untuk berkas yang memuat pembeli atau investor",
            "needed for files with buyers or investors",
        )
        yield Finding("missing", name, fix)


def _postgres(settings: Settings) -> Iterator[Finding]:
    if not settings.postgres:
        return
    from warehouse.postgres import PostgresWarehouse

    warehouse = open_warehouse(settings)
    assert isinstance(warehouse, PostgresWarehouse)
    try:
        is_published = warehouse.is_published()
        yield Finding("ok", Words("PostgreSQL menjawab", "PostgreSQL answers"))
        yield from _own_login(warehouse)
        if is_published:
            yield _reader(warehouse)
    except Exception as error:  # noqa: BLE001  any fault is the finding
        kind = type(error).__name__
        yield Finding(
            "unsafe",
            Words(f"PostgreSQL tidak menjawab ({kind})", f"PostgreSQL does not answer ({kind})"),
            Words("periksa PENATARAN_WAREHOUSE_URL", "check PENATARAN_WAREHOUSE_URL"),
        )
    finally:
        warehouse.close()


def _own_login(warehouse: PostgresWarehouse) -> Iterator[Finding]:
    """The pipeline's own login: in production it may not be a superuser."""
    found = ", ".join(warehouse.own_powers())
    if not found:
        return
    yield Finding(
        "unsafe" if os.environ.get("PENATARAN_ENV") == "production" else "missing",
        Words(
            f"login PENATARAN_WAREHOUSE_URL terlalu kuat ({found})",
            f"the login of PENATARAN_WAREHOUSE_URL is too strong ({found})",
        ),
        Words(
            "buat pemilik basis data yang bukan superuser: docs/configuration.md",
            "make an owner of the database that is not a superuser: docs/configuration.md",
        ),
    )


def _reader(warehouse: PostgresWarehouse) -> Finding:
    """What the role of readers can do: nothing but read, or each thing more by its name."""
    try:
        role, powers = warehouse.reader_powers()
    except PenataranError as error:
        text = f"{error.code}: {error.message}"
        words = Words(f"peran pembaca: {text}", f"the reader role: {text}")
        return Finding("unsafe", words, Words(error.hint, error.hint))
    if not powers:
        return Finding(
            "ok",
            Words(
                f"peran pembaca {role} hanya dapat membaca skema penataran",
                f"the reader role {role} can only read the schema penataran",
            ),
        )
    more = {n: ", ".join(_power(p, n) for p in powers) for n in ("id", "en")}
    return Finding(
        "unsafe",
        Words(
            f"peran pembaca {role} dapat lebih dari membaca: {more['id']}",
            f"the reader role {role} can do more than read: {more['en']}",
        ),
        Words(
            "cabut kewenangan itu sebagai pemilik basis data: docs/configuration.md",
            "revoke that as the owner of the database: docs/configuration.md",
        ),
    )


def _power(power: Power, language: str) -> str:
    name = POWERS[power.what].in_language(language)
    return f"{name} {power.of}".strip()


def _stale(settings: Settings, declared: Mapping[str, Source]) -> Iterator[Finding]:
    """Sources whose figures are not what their calendar promises."""
    warehouse = open_warehouse(settings)
    try:
        rows = fresh_rows(warehouse)
    except Exception:  # noqa: BLE001  a warehouse that does not answer is a finding of its own
        return
    finally:
        warehouse.close()
    today = today_of(settings)
    for code, row in rows.items():
        state = standing(row, today)
        if code in declared and state in STALE_STATES:
            yield _stale_finding(code, state, late_since(row, today))


def _stale_finding(code: str, state: str, since: date | None) -> Finding:
    words = {n: in_words(state, since, n) for n in ("id", "en")}
    what = Words(f"sumber {code}: {words['id']}", f"source {code}: {words['en']}")
    return Finding(cast(Literal["late", "gone", "no_rows"], state), what, ADVICE[state])


def _insecure(settings: Settings) -> Iterator[Finding]:
    in_production = os.environ.get("PENATARAN_ENV") == "production"
    for problem in environment.insecure_settings(settings):
        yield Finding("unsafe" if in_production else "missing", problem)
