"""Environment to typed settings. Reading them opens nothing and makes no folder.

Secrets are `Secret`: their text shows only through `.reveal()`, so they reach no log,
exception or artifact by accident.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from urllib.parse import urlsplit

from schemas.errors import ConfigurationError
from schemas.model import LANGUAGES, Words
from schemas.server_url import connection_of, places_and_mode

PROFILES = ("live", "sandbox")
ENVIRONMENTS = ("", "production", "development")
LOGS = ("", "text", "json")
READERS = ("all", "group", "owner")
HOST_PREFIX = "PENATARAN_HOST_"
DEFAULT_REGION = "3505"
YES = frozenset({"1", "true", "t", "yes", "y", "on"})  # as Prefect reads them
NO = frozenset({"0", "false", "f", "no", "n", "off"})
CORS = ("PREFECT_SERVER_CORS_ALLOWED_ORIGINS", "PREFECT_SERVER_API_CORS_ALLOWED_ORIGINS")
CSRF = ("PREFECT_SERVER_CSRF_PROTECTION_ENABLED", "PREFECT_SERVER_API_CSRF_PROTECTION_ENABLED")
OPEN_ORIGINS = frozenset({"*", "null"})  # null is what any page in a sandboxed frame says
DATABASES = ("PENATARAN_WAREHOUSE_URL", "PENATARAN_READER_URL")
VERIFIED = ("verify-full", "verify-ca")
SAFE_KEY_LENGTH = 32  # 128 bits where the characters are hexadecimal
SAFE_KEY_SIGNS = 8  # different ones
UNDER_TEST = "1"  # of PENATARAN_UNDER_TEST
PATTERN_SIGNS = "%*?[]{}\\"
QUERY_SECONDS = 10.0
MOST_SECONDS = 86_400
SANDBOX_PARTNERS = Path(__file__).parent.parent / "sandbox" / "partners"


class Secret:
    """A text that does not print."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __bool__(self) -> bool:
        return bool(self._text)


@dataclass(frozen=True)
class Settings:
    """All that the environment says. See docs/configuration.md."""

    home: Path
    warehouse_url: str | None
    sources_paths: tuple[Path, ...]
    more_partners_paths: tuple[Path, ...]
    hosts: Mapping[str, str]
    region: str
    language: str
    production: bool
    profile: str
    environment: Mapping[str, str] = field(repr=False, default_factory=dict)

    def secret(self, variable: str | None) -> Secret | None:
        """The secret in that variable, or None where it is unset or empty."""
        value = self.environment.get(variable or "", "").strip()
        return Secret(value) if value else None

    @property
    def partners_paths(self) -> tuple[Path, ...]:
        """Folders of further senders; the sandbox has simulated ones."""
        simulated = (SANDBOX_PARTNERS,) if self.profile == "sandbox" else ()
        return (*self.more_partners_paths, *simulated)

    @property
    def postgres(self) -> bool:
        return self.warehouse_url is not None and self.warehouse_url.startswith("postgresql")

    @property
    def reader_url(self) -> str | None:
        """Login of readers on PostgreSQL where the administrator made one; it holds a password."""
        found = self.secret("PENATARAN_READER_URL")
        return found.reveal() if found else None

    @property
    def query_seconds(self) -> float:
        """How long `query` and `trace` may work."""
        return _seconds(self.environment, "PENATARAN_QUERY_SECONDS", QUERY_SECONDS)

    @property
    def readers(self) -> str:
        """Whose accounts may open what is published: all, those of the home's group, its owner."""
        return self.environment.get("PENATARAN_READERS") or READERS[0]

    @property
    def logs_json(self) -> bool:
        """Whether a run says how far it is as JSON objects."""
        return self.environment.get("PENATARAN_LOG") == "json"

    @property
    def backup(self) -> Path | None:
        """The folder of `penataran backup`, from which damaged files are healed."""
        text = self.environment.get("PENATARAN_BACKUP", "").strip()
        return Path(text).resolve() if text else None

    @property
    def landing(self) -> Path:
        return self.home / "landing"

    @property
    def lake(self) -> Path:
        return self.home / "lake"

    @property
    def warehouse(self) -> Path:
        return self.home / "warehouse"

    @property
    def reports(self) -> Path:
        return self.home / "reports"

    @property
    def exports(self) -> Path:
        return self.home / "exports"

    @property
    def state(self) -> Path:
        return self.home / "state"

    @property
    def published_duckdb(self) -> Path:
        return self.warehouse / "penataran.duckdb"

    @property
    def folders(self) -> tuple[Path, ...]:
        names = ("landing", "lake", "warehouse", "reports", "exports", "inbox", "outbox", "state")
        return tuple(self.home / name for name in names)


def load(environment: Mapping[str, str] | None = None, *, profile: str | None = None) -> Settings:
    """Settings from the environment; raises ConfigurationError on what cannot be right."""
    env = dict(os.environ if environment is None else environment)
    chosen = profile or env.get("PENATARAN_PROFILE") or "live"
    if chosen not in PROFILES:
        raise ConfigurationError(
            "unknown_profile", f"profile {chosen!r} is not one of {', '.join(PROFILES)}"
        )
    language = env.get("PENATARAN_LANGUAGE") or "id"
    if language not in LANGUAGES:
        raise ConfigurationError(
            "unknown_language",
            f"PENATARAN_LANGUAGE={language!r} is not one of {', '.join(LANGUAGES)}",
        )
    url = _warehouse_url(env)
    if env.get("FAILPOINT") and not failpoints_allowed(env):
        raise ConfigurationError(
            "failpoint",
            "FAILPOINT is set: it ends runs in the middle, and is for tests alone",
            hint="unset it",
        )
    if env.get("PENATARAN_ENV", "") not in ENVIRONMENTS:  # a slip would switch nothing on
        raise ConfigurationError(
            "unknown_environment",
            f"PENATARAN_ENV={env['PENATARAN_ENV']!r} is not one of "
            f"{', '.join(name for name in ENVIRONMENTS if name)}",
            hint="write it so, or leave it unset",
        )
    if env.get("PENATARAN_READERS", "") not in ("", *READERS):
        raise ConfigurationError(
            "unknown_readers",
            f"PENATARAN_READERS={env['PENATARAN_READERS']!r} is not one of {', '.join(READERS)}",
            hint="write it so, or leave it unset for all",
        )
    if env.get("PENATARAN_LOG", "") not in LOGS:
        raise ConfigurationError(
            "unknown_log",
            f"PENATARAN_LOG={env['PENATARAN_LOG']!r} is not one of "
            f"{', '.join(name for name in LOGS if name)}",
            hint="leave it unset for lines that people read",
        )
    _seconds(env, "PENATARAN_QUERY_SECONDS", QUERY_SECONDS)
    hosts = {
        name.removeprefix(HOST_PREFIX).lower(): _base_url(name, value)
        for name, value in env.items()
        if name.startswith(HOST_PREFIX) and value
    }
    settings = Settings(
        home=_home(env),
        warehouse_url=None if url and url.startswith("duckdb") else url,
        sources_paths=_paths(env, "PENATARAN_SOURCES_PATH"),
        more_partners_paths=_paths(env, "PENATARAN_PARTNERS_PATH"),
        hosts=hosts,
        region=env.get("PENATARAN_REGION") or DEFAULT_REGION,
        language=language,
        production=env.get("PENATARAN_ENV") == "production",
        profile=chosen,
        environment=env,
    )
    if settings.production:
        refuse_insecure(settings)
    return settings


def _home(env: Mapping[str, str]) -> Path:
    """The home folder. Its files are read by libraries for which some signs of a path have a
    meaning: patterns, escapes, the end of a line."""
    home = Path(env.get("PENATARAN_HOME") or "data").resolve()
    strange = sorted({c for c in str(home) if c in PATTERN_SIGNS or not (c.isprintable())})
    if strange:
        raise ConfigurationError(
            "home_path",
            f"the path of the home has the sign {strange[0]!r}",
            where=str(home),
            hint=f"choose a path without {' '.join(PATTERN_SIGNS)} and control characters",
        )
    return home


def _warehouse_url(env: Mapping[str, str]) -> str | None:
    """The URL of the warehouse, after it and that of its readers were looked at."""
    url = env.get("PENATARAN_WAREHOUSE_URL") or None
    if url and not url.startswith(("postgresql+psycopg://", "postgresql://", "duckdb://")):
        raise ConfigurationError(
            "warehouse_url",
            f"PENATARAN_WAREHOUSE_URL names an unknown database ({url.split(':', 1)[0]})",
            hint="use postgresql+psycopg://… or leave it unset for DuckDB under the home folder",
        )
    reader = env.get("PENATARAN_READER_URL", "").strip()
    if reader and not reader.startswith(("postgresql+psycopg://", "postgresql://")):
        raise ConfigurationError(
            "reader_url",
            "PENATARAN_READER_URL is not a PostgreSQL URL",
            hint="postgresql+psycopg://READER:PASSWORD@HOST/DATABASE, or leave it unset",
        )
    for name, given in zip(DATABASES, (url or "", reader), strict=True):
        if given.startswith("postgresql"):
            connection_of(name, given)
    return url


def failpoints_allowed(env: Mapping[str, str]) -> bool:
    """True in a process of the tests (pytest names its test), and never in production."""
    is_test = env.get("PENATARAN_UNDER_TEST") == UNDER_TEST or "PYTEST_CURRENT_TEST" in env
    return is_test and env.get("PENATARAN_ENV") != "production"


def _base_url(name: str, value: str) -> str:
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigurationError(
            "host_override",
            f"{name} is not a base URL",
            hint="give scheme, host and, if need be, port and path prefix",
        )
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ConfigurationError(
            "host_override", f"{name} carries credentials, a query or a fragment"
        )
    if parts.scheme == "http" and not is_this_computer(parts.hostname):
        raise ConfigurationError(
            "host_override",
            f"{name} is plain http, and its host is not this computer",
            hint="use https; plain http is for localhost and 127.0.0.1 only",
        )
    return value.rstrip("/")


def is_this_computer(host: str) -> bool:
    """True for a host that can be nothing but this computer: plain http is for it alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def insecure_settings(settings: Settings) -> list[Words]:
    """What a production installation must not have, each with its fix."""
    env = settings.environment
    found = []
    if env.get("FAILPOINT"):
        found.append(Words("FAILPOINT terpasang: hapus", "FAILPOINT is set: unset it"))
    if env.get("PENATARAN_UNDER_TEST"):
        found.append(
            Words(
                "PENATARAN_UNDER_TEST terpasang: hapus",
                "PENATARAN_UNDER_TEST is set: unset it",
            )
        )
    if settings.profile == "sandbox":
        found.append(
            Words(
                "profil sandbox: produksi hanya memakai data sungguhan",
                "profile sandbox: production works on live data only",
            )
        )
    for provider, url in settings.hosts.items():
        if url.startswith("http://"):
            name = f"{HOST_PREFIX}{provider.upper()}"
            found.append(Words(f"{name} memakai http: pakai https", f"{name} is http: use https"))
    if env.get("PREFECT_API_URL") and not env.get("PREFECT_API_AUTH_STRING"):
        found.append(
            Words(
                "PREFECT_API_URL tanpa PREFECT_API_AUTH_STRING: isi keduanya",
                "PREFECT_API_URL without PREFECT_API_AUTH_STRING: set both",
            )
        )
    parts = (_open_server, _unverified, _open_databases, _short_keys)
    return [*found, *chain.from_iterable(part(env) for part in parts)]


def _open_server(env: Mapping[str, str]) -> list[Words]:
    """Prefect knows each of these settings by two names."""
    found = [
        Words(f"{name} terbuka untuk semua: sebut asalnya", f"{name} is open: name the origins")
        for name, value in _values(env, CORS)
        if any(_is_open(origin.strip()) for origin in value.split(","))
    ]
    return found + [
        Words(f"{name} dimatikan: hapus", f"{name} is off: unset it")
        for name, value in _values(env, CSRF)
        if value in NO
    ]


def _is_open(origin: str) -> bool:
    return origin in OPEN_ORIGINS or "*" in origin


def _values(env: Mapping[str, str], names: Sequence[str]) -> list[tuple[str, str]]:
    """Prefect's settings of these names that are set; it reads names in capitals or not."""
    return [(k, v.strip().lower()) for k, v in env.items() if k.upper() in names]


def _unverified(env: Mapping[str, str]) -> list[Words]:
    """Ways to switch the check of certificates off, or the warnings about it."""
    found = [
        Words(f"{name} mematikan pemeriksaan TLS: hapus", f"{name} skips TLS checks: unset it")
        for setting, words in (
            ("PREFECT_API_TLS_INSECURE_SKIP_VERIFY", YES),
            ("PYTHONHTTPSVERIFY", NO),
        )
        for name, value in _values(env, [setting])
        if value in words
    ]
    found += [
        Words(f"{name} memakai http: pakai https", f"{name} is http: use https")
        for name, value in _values(env, ["PREFECT_API_URL"])
        if value.startswith("http:") and not is_this_computer(urlsplit(value).hostname or "")
    ]
    warnings = env.get("PYTHONWARNINGS", "").lower()
    if "unverified" in warnings or "insecurerequest" in warnings:
        found.append(
            Words(
                "peringatan TLS dimatikan: sertifikat harus diperiksa",
                "TLS warnings are silenced: certificates must be verified",
            )
        )
    return found


def _open_databases(env: Mapping[str, str]) -> list[Words]:
    """URLs of PostgreSQL on another computer whose certificate is not verified."""
    found = []
    for name in DATABASES:
        url = env.get(name, "").strip()
        if url.startswith("postgresql") and not _is_near_or_verified(name, url, env):
            found.append(
                Words(
                    f"{name} tanpa TLS yang diperiksa: tambahkan sslmode=verify-full",
                    f"{name} is without verified TLS: add sslmode=verify-full",
                )
            )
    return found


def _is_near_or_verified(name: str, url: str, env: Mapping[str, str]) -> bool:
    found = places_and_mode(connection_of(name, url), env)
    if found is None:
        return False
    places, mode = found
    return mode in VERIFIED or all(
        not place or place.startswith(("/", "@")) or is_this_computer(place) for place in places
    )


def _short_keys(env: Mapping[str, str]) -> list[Words]:
    key = env.get("PENATARAN_HASH_KEY", "").strip()  # as it is used
    if not key or (len(key) >= SAFE_KEY_LENGTH and len(set(key)) >= SAFE_KEY_SIGNS):
        return []
    return [
        Words(
            f"PENATARAN_HASH_KEY mudah ditebak: pakai {SAFE_KEY_LENGTH} tanda acak atau lebih",
            f"PENATARAN_HASH_KEY is easy to guess: use {SAFE_KEY_LENGTH} random characters or more",
        )
    ]


def refuse_insecure(settings: Settings) -> None:
    found = insecure_settings(settings)
    if found:
        raise ConfigurationError(
            "insecure",
            "refused in production: " + "; ".join(f.en for f in found),
            hint="see penataran doctor",
        )


def _seconds(env: Mapping[str, str], name: str, default: float) -> float:
    text = env.get(name, "").strip()
    try:
        seconds = float(text) if text else default
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= MOST_SECONDS:
        raise ConfigurationError(
            "query_seconds",
            f"{name} is not a number of seconds from 1 to {MOST_SECONDS}",
            hint=f"leave it unset for {default:g}",
        )
    return seconds


def _paths(env: Mapping[str, str], name: str) -> tuple[Path, ...]:
    return tuple(Path(p) for p in env.get(name, "").split(os.pathsep) if p)
