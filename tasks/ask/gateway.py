"""The gateway: the only way out to a partner, and the only place that knows `requests`.

It adds what `requests` does not do: a deadline for the whole exchange (the timeout of `requests`
limits each read only), limits on bytes and compression ratio, detection of cut gzip and short
bodies, an allow-list for every redirect, keys that are sent to no other host, and waits that
follow `Retry-After`. A name is looked up once, and its checked address is connected to. What a
partner says passes a mask before it is stored or shown.
"""

from __future__ import annotations

import hashlib
import logging
import os
import random
import socket
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from config.asking import EMPTY_BODY_BYTES, Limits
from config.settings import Settings, is_this_computer
from config.source import Source
from schemas.errors import (
    Deferred,
    NotPublished,
    PenataranError,
    SourceError,
    TransientSourceError,
)
from tasks.ask.addresses import AddressRule, redirected
from tasks.ask.masking import URL_CHARS, Mask
from tasks.ask.plan import Ask
from tasks.ask.transport import Gunzip, Pace, retry_after

# Its debug log contains whole addresses with their keys.
logging.getLogger("urllib3").setLevel(logging.WARNING)

USER_AGENT = f"penataran/{version('penataran')} (regional statistics pipeline)"
CHUNK = 1 << 20
EXCERPT_BYTES = 64 << 10
MAX_REDIRECTS = 5
CONNECT_SECONDS = 10.0
READ_SECONDS = 30.0
RETRIED = frozenset({408, 425, 429, 500, 502, 503, 504})
BAD_URL = (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema, UnicodeError)
NOT_PUBLISHED = frozenset({404, 410})
KEPT_HEADERS = (
    "content-type",
    "content-length",
    "content-encoding",
    "date",
    "etag",
    "last-modified",
    "retry-after",
)
MASKED_HEADER = "penataran-masked"  # a header of ours: the body had a key, which is stars now


@dataclass(frozen=True)
class Answer:
    """A whole answer, spooled to a file. `path` is None for 304 and declared-empty answers."""

    url: str  # without the key
    status: int
    headers: Mapping[str, str]
    fetched_at: datetime
    path: Path | None
    sha256: str = ""
    size: int = 0


@dataclass(frozen=True)
class Conditions:
    """Validators of the last answer to the same request."""

    etag: str | None = None
    last_modified: str | None = None

    def headers(self) -> dict[str, str]:
        headers = {}
        if self.etag:
            headers["If-None-Match"] = self.etag
        if self.last_modified:
            headers["If-Modified-Since"] = self.last_modified
        return headers


# --- connections to checked addresses, that a watchdog can close --------------------------

_exchange = threading.local()


class _Watched:
    """Connects to addresses that were checked, and remembers the connection in use, so that the
    deadline can cut it during a read."""

    def _new_conn(self) -> socket.socket:
        if self.proxy is not None:  # type: ignore[attr-defined]
            return super()._new_conn()  # type: ignore[misc,no-any-return]  # it resolves names
        failure: OSError | None = None
        for found in _exchange.door.find(self._dns_host, self.port):  # type: ignore[attr-defined]
            sock = socket.socket(found.family, found.kind, found.protocol)
            try:
                for option in self.socket_options or ():  # type: ignore[attr-defined]
                    sock.setsockopt(*option)
                sock.settimeout(self.timeout)  # type: ignore[attr-defined]
                sock.connect(found.place)
                return sock
            except OSError as error:
                failure = error
                sock.close()
        kind = ConnectTimeoutError if isinstance(failure, TimeoutError) else NewConnectionError
        raise kind(self, "no address could be reached") from failure  # type: ignore[arg-type]

    def putrequest(self, *args: Any, **kwargs: Any) -> Any:
        _exchange.connection = self
        return super().putrequest(*args, **kwargs)  # type: ignore[misc]


class _WatchedHTTP(_Watched, HTTPConnection):
    pass


class _WatchedHTTPS(_Watched, HTTPSConnection):
    pass


class _HTTPPool(HTTPConnectionPool):
    ConnectionCls = _WatchedHTTP


class _HTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _WatchedHTTPS


POOLS = {"http": _HTTPPool, "https": _HTTPSPool}


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = POOLS

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = POOLS
        return manager


def _session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # no .netrc; proxies and CA bundle are passed with each request
    session.mount("http://", _Adapter(pool_maxsize=16, max_retries=0))
    session.mount("https://", _Adapter(pool_maxsize=16, max_retries=0))
    return session


class _Deadline:
    """One point in time for connect, headers and body together (S05, S06)."""

    def __init__(self, seconds: float) -> None:
        self.at = time.monotonic() + seconds
        self.seconds = seconds
        self.fired = False
        self._state = _exchange.__dict__
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True

    def remaining(self) -> float:
        return self.at - time.monotonic()

    def _cut(self) -> None:
        self.fired = True
        sock = getattr(self._state.get("connection"), "sock", None)
        if sock is not None:
            with suppress(OSError):  # the peer may have closed it first
                sock.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> _Deadline:
        _exchange.connection = None
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        _exchange.connection = None


# --- the gateway --------------------------------------------------------------------------


@dataclass
class Gateway:
    """One per run: holds the session, the pace of each host and nothing else.

    `clock` and `sleep` are injected so that tests of waiting do not wait.
    """

    settings: Settings
    spool: Path
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    rng: random.Random = field(default_factory=random.Random)
    _paces: dict[str, Pace] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    # By whether the installation chose the host: connections that are kept open were checked by
    # the same rule as the request that uses them.
    _sessions: dict[bool, requests.Session] = field(
        default_factory=lambda: {chosen: _session() for chosen in (False, True)}, repr=False
    )

    def close(self) -> None:
        for session in self._sessions.values():
            session.close()

    def base_url(self, source: Source, host: str) -> str:
        """Where a source's host really is: its own address or the installation's override."""
        override = self.settings.hosts.get(source.provider.code)
        return override or source.hosts[host].rstrip("/")

    def mask(self, source: Source) -> Mask:
        secret = self.settings.secret(source.key.variable) if source.key else None
        return Mask((secret,) if secret else ())

    def fetch(self, source: Source, ask: Ask, conditions: Conditions | None = None) -> Answer:
        """The whole answer to one request. Raises SourceError with a hint what to do.

        Retries what may succeed later, with jitter, following `Retry-After` up to the
        source's patience (S01–S03); refuses at once what will not (S04).
        """
        limits = source.limits
        last: TransientSourceError | None = None
        for attempt in range(1, limits.tries + 1):
            try:
                return self._once(source, ask, conditions)
            except TransientSourceError as error:
                last = error
                if attempt == limits.tries:
                    break
                self.sleep(self._wait(error, attempt, limits))
        assert last is not None
        raise type(last)(
            last.code,
            f"{last.message}; gave up after {limits.tries} tries",
            where=last.where,
            hint=last.hint or "the next run tries again",
        ) from None

    def _wait(self, error: TransientSourceError, attempt: int, limits: Limits) -> float:
        asked = getattr(error, "retry_after", None)
        if asked is not None:
            if asked > limits.max_wait_seconds:
                raise Deferred(
                    "deferred",
                    f"the partner asks to wait {asked:.0f} s; the limit is "
                    f"{limits.max_wait_seconds:.0f} s",
                    where=error.where,
                    hint="a later run tries again",
                ) from None
            return float(asked) + self.rng.uniform(0, 0.5)
        ceiling = min(limits.max_wait_seconds, 0.5 * 2**attempt)
        return self.rng.uniform(ceiling / 2, ceiling)

    def _pace(self, source: Source, url: str) -> Pace:
        """One for each host of a provider: two providers may have one address."""
        host = f"{source.provider.code} {urlsplit(url).netloc}"
        with self._lock:
            if host not in self._paces:
                limits = source.limits
                if self.settings.profile == "sandbox":  # a simulated partner needs no pauses
                    limits = limits.model_copy(update={"requests_per_second": 0.0})
                self._paces[host] = Pace(limits, self.clock, self.sleep)
            return self._paces[host]

    def _once(self, source: Source, ask: Ask, conditions: Conditions | None) -> Answer:
        base = self.base_url(source, ask.host)
        try:
            query = urlencode(ask.params, safe=",;:+*")
        except UnicodeError as error:  # a value that the partner listed: half of a character
            raise _bad_url(ask.label, error) from None
        plain = f"{base}{ask.path}" + (f"?{query}" if query else "")
        public = self.mask(source).said(plain, URL_CHARS)
        headers = {
            "User-Agent": USER_AGENT,
            "Accept-Encoding": "gzip",
            "Accept": "*/*",
            **ask.headers,
            **(conditions.headers() if conditions else {}),
        }
        url = plain
        key = self.settings.secret(source.key.variable) if source.key else None
        if source.key and key:
            if source.key.parameter:
                extra = urlencode({source.key.parameter: key.reveal()})
                url = f"{plain}{'&' if query else '?'}{extra}"
            elif source.key.header:
                headers[source.key.header] = key.reveal()
        with (
            self._pace(source, base).turn(),
            _Deadline(source.limits.deadline_seconds) as deadline,
        ):
            try:
                return self._exchange(source, ask, url, public, headers, deadline)
            except (
                requests.RequestException,
                urllib3.exceptions.HTTPError,
                OSError,
                ValueError,
            ) as error:
                raise self._network_error(error, public, deadline, source) from None

    def _network_error(
        self, error: Exception, where: str, deadline: _Deadline, source: Source
    ) -> PenataranError:
        if deadline.fired or deadline.remaining() <= 0:
            return TransientSourceError(
                "deadline",
                f"no whole answer within {deadline.seconds:.0f} s",
                where=where,
                hint="the partner is slow or hangs; other sources are not affected",
            )
        kind = type(error).__name__
        if isinstance(error, requests.exceptions.SSLError):
            return SourceError(
                "tls",
                "the partner's certificate could not be verified",
                where=where,
                hint="check the host and the clock; verification is never turned off",
            )
        if isinstance(error, BAD_URL):
            return _bad_url(where, error)
        return TransientSourceError(
            "network",
            f"the connection failed or broke off ({kind})",
            where=where,
            hint="check the network; the next run tries again",
        )

    def _exchange(
        self,
        source: Source,
        ask: Ask,
        url: str,
        public: str,
        headers: dict[str, str],
        deadline: _Deadline,
    ) -> Answer:
        first = urlsplit(url)
        for _ in range(MAX_REDIRECTS + 1):
            chosen_here = self._allow(source, url, public)
            response = self._send(url, headers, deadline, chosen_here=chosen_here)
            try:
                if response.status_code in (301, 302, 303, 307, 308):
                    url = redirected(url, response.headers.get("Location", ""), public)
                    if urlsplit(url)[:2] != first[:2]:
                        headers = self._without_key(source, headers)
                    public = self.mask(source).said(url, URL_CHARS)
                    continue
                return self._answer(source, ask, response, public, deadline)
            finally:
                response.close()
        raise SourceError("redirects", f"more than {MAX_REDIRECTS} redirects", where=public)

    def _send(
        self, url: str, headers: Mapping[str, str], deadline: _Deadline, *, chosen_here: bool
    ) -> requests.Response:
        left = max(0.01, deadline.remaining())
        return self._sessions[chosen_here].get(
            url,
            headers=dict(headers),
            stream=True,
            allow_redirects=False,
            timeout=(min(CONNECT_SECONDS, left), min(READ_SECONDS, left)),
            verify=os.environ.get("REQUESTS_CA_BUNDLE") or True,
            proxies=requests.utils.get_environ_proxies(url),
        )

    def _without_key(self, source: Source, headers: Mapping[str, str]) -> dict[str, str]:
        drop = {"authorization", "cookie", (source.key.header or "").lower() if source.key else ""}
        return {k: v for k, v in headers.items() if k.lower() not in drop}

    def _allow(self, source: Source, url: str, public: str) -> bool:
        """Scheme, host and port must be those of the source, on every hop (X01). True for a host
        that the installation chose. The host's addresses are checked when they are connected to."""
        target = urlsplit(url)
        allowed = [urlsplit(self.base_url(source, host)) for host in source.hosts]
        if (target.scheme, target.netloc) not in {(a.scheme, a.netloc) for a in allowed}:
            asked = self.mask(source).said(f"{target.scheme}://{target.hostname}")
            raise SourceError(
                "host_refused",
                f"{asked} is not a host of this source",
                where=public,
                hint="redirects elsewhere are refused; declare the host if it is the partner's",
            )
        if target.scheme != "https" and not is_this_computer(target.hostname or ""):
            raise SourceError(
                "host_refused",
                f"{self.mask(source).said(target.netloc)} is asked by plain http",
                where=public,
                hint="use https: anybody on the way could read and change plain http",
            )
        chosen_here = source.provider.code in self.settings.hosts
        _exchange.door = AddressRule(chosen_here, target.scheme == "https", public)
        return chosen_here

    def _answer(
        self,
        source: Source,
        ask: Ask,
        response: requests.Response,
        public: str,
        deadline: _Deadline,
    ) -> Answer:
        status, mask = response.status_code, self.mask(source)
        headers = {
            name: mask.said(response.headers[name])
            for name in KEPT_HEADERS
            if name in response.headers
        }
        now = datetime.now(UTC)
        if status == 304 or status == 204 or status in ask.request.empty_status:
            return Answer(public, status, headers, now, None)
        if status != 200:
            raise self._refusal(source, response, status, public, deadline)
        path = self.spool / f"{threading.get_ident()}-{time.monotonic_ns()}.part"
        whole = False
        try:
            digest, size = self._save(response, path, source.limits, mask, public, deadline)
            if mask.file(path):
                digest = hashlib.sha256(path.read_bytes()).hexdigest()
                headers[MASKED_HEADER] = "key"
            whole = True
        finally:
            if not whole:
                path.unlink(missing_ok=True)
        if size <= EMPTY_BODY_BYTES and ask.request.is_empty_body(path.read_bytes()):
            path.unlink()
            return Answer(public, status, headers, now, None)
        return Answer(public, status, headers, now, path, digest, size)

    def _refusal(
        self,
        source: Source,
        response: requests.Response,
        status: int,
        where: str,
        deadline: _Deadline,
    ) -> PenataranError:
        body = self._excerpt(response, self.mask(source), deadline)
        message = f"HTTP {status}" + (f": {body}" if body else "")
        if status in NOT_PUBLISHED:
            return NotPublished("not_published", message, where=where)
        if status in RETRIED:
            error = TransientSourceError(f"http_{status}", message, where=where)
            error.retry_after = retry_after(  # type: ignore[attr-defined]
                response.headers.get("Retry-After"), datetime.now(UTC)
            )
            return error
        hint = {
            401: f"check the key in {source.key.variable}" if source.key else "",
            403: "the key may not read this, or its quota is used up",
        }.get(status, "the partner rejects the request: compare it with its documentation")
        return SourceError(f"http_{status}", message, where=where, hint=hint)

    def _excerpt(self, response: requests.Response, mask: Mask, deadline: _Deadline) -> str:
        """The start of an error body, as it may be shown; empty if it cannot be read."""
        try:
            if deadline.remaining() <= 0:
                return ""
            raw = response.raw.read(EXCERPT_BYTES, decode_content=True)
        except (urllib3.exceptions.HTTPError, OSError):
            return ""
        text = raw.decode("utf-8", "replace")
        return mask.said(text) if len(raw) < EXCERPT_BYTES else mask.begun(text)

    def _save(
        self,
        response: requests.Response,
        path: Path,
        limits: Limits,
        mask: Mask,
        where: str,
        deadline: _Deadline,
    ) -> tuple[str, int]:
        """Spool the body. Its decoded SHA-256 and size; raises on cut, bomb or deadline."""
        declared = response.headers.get("Content-Length")
        unpack = _unpacker(response.headers.get("Content-Encoding") or "identity", mask, where)
        digest, size, wire = hashlib.sha256(), 0, 0
        with path.open("wb") as out:
            while True:
                if deadline.remaining() <= 0:
                    deadline.fired = True
                    raise TimeoutError
                chunk = response.raw.read1(CHUNK, decode_content=False)
                if not chunk:
                    break
                wire += len(chunk)
                plain = unpack.feed(chunk) if unpack else (chunk,)
                for part in plain:
                    size += len(part)
                    _check_size(size, wire if unpack else None, limits, where)
                    digest.update(part)
                    out.write(part)
        if deadline.fired:
            raise TimeoutError
        if declared is not None and declared.isdecimal() and wire != int(declared):
            raise TransientSourceError(
                "short_body", f"{wire} of {declared} bytes were received", where=where
            )
        if unpack and not unpack.ended:
            raise TransientSourceError("gzip_cut", "the gzip stream has no end", where=where)
        return digest.hexdigest(), size


def _bad_url(where: str, error: Exception) -> SourceError:
    return SourceError(
        "bad_url",
        f"the address cannot be used ({type(error).__name__})",
        where=where,
        hint="check the declaration, and what the partner lists or links to",
    )


def _unpacker(encoding: str, mask: Mask, where: str) -> Gunzip | None:
    if encoding.lower() not in ("identity", "gzip", "x-gzip"):
        raise SourceError(
            "encoding",
            f"content encoding {mask.said(encoding)} was not requested",
            where=where,
        )
    return Gunzip() if "gzip" in encoding.lower() else None


def _check_size(size: int, packed: int | None, limits: Limits, where: str) -> None:
    """Raise SourceError for a body over the limit, or one that unpacks to too many times the
    bytes received."""
    if size > limits.max_bytes:
        raise SourceError("too_large", f"more than {limits.max_bytes} bytes", where=where)
    if packed is not None and size > 1 << 20 and size > packed * limits.max_ratio:
        raise SourceError(
            "compression_bomb",
            f"unpacks to more than {limits.max_ratio:.0f} times its size",
            where=where,
        )
