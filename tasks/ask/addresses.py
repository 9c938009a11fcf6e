"""Addresses of partners: a name is looked up once, and what was checked is what is connected to.

A name that is checked and then looked up again by the library that connects could have another
address by then (DNS rebinding).
"""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit, urlunsplit

from schemas.errors import SourceError, TransientSourceError

IP = ipaddress.IPv4Address | ipaddress.IPv6Address
NAT64 = ipaddress.ip_network("64:ff9b::/96")


@dataclass(frozen=True)
class Found:
    """One address of a host, as `socket` wants it."""

    family: int
    kind: int
    protocol: int
    place: Any


@dataclass(frozen=True)
class AddressRule:
    """Which addresses may be connected to. An address that the installation chose itself
    (PENATARAN_HOST_*) may be of its own network; plain http goes to this computer only."""

    chosen_here: bool
    secure: bool
    where: str = ""

    def find(self, host: str, port: int) -> list[Found]:
        """All addresses of a host, or SourceError if one of them is not allowed."""
        try:
            rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise TransientSourceError(
                "network",
                f"the name {host} could not be resolved",
                where=self.where,
                hint="check the network; the next run tries again",
            ) from error
        for row in rows:
            self._check(host, _inner(str(row[4][0])))
        return [Found(int(r[0]), int(r[1]), r[2], r[4]) for r in rows]

    def _check(self, host: str, address: IP) -> None:
        if not self.secure and not address.is_loopback:
            raise SourceError(
                "host_refused",
                f"{host} is asked by plain http, but is not this computer",
                where=self.where,
                hint="use https: anybody on the way could read and change plain http",
            )
        if not self.chosen_here and not _is_public(address):
            raise SourceError(
                "host_refused", f"{host} resolves to a private address", where=self.where
            )


def _inner(text: str) -> IP:
    """The address; of an IPv4 address that is written as IPv6, the IPv4 address."""
    address = ipaddress.ip_address(text.split("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        return inner or address
    return address


def _is_public(address: IP) -> bool:
    odd = address.is_multicast or address.is_reserved or address.is_unspecified
    local = isinstance(address, ipaddress.IPv6Address) and address.is_site_local
    return address.is_global and not odd and not local


def redirected(url: str, location: str, where: str) -> str:
    """The address that a redirect leads to, in the one form that is checked and asked. Raises
    SourceError for one that programs could read in two ways."""
    try:
        parts: SplitResult = urlsplit(urljoin(url, location))
        _ = parts.port
    except ValueError:
        parts = SplitResult("", "", "", "", "")
    if not location or not parts.scheme or not _is_plain(location):
        raise SourceError(
            "bad_url",
            "the partner redirects to an address that cannot be used",
            where=where,
            hint="check the address in the declaration; the partner may have moved",
        )
    return urlunsplit(parts._replace(fragment=""))


def _is_plain(location: str) -> bool:
    return location.isprintable() and "\\" not in location and " " not in location
