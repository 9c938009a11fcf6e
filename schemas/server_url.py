"""Where the URL of a PostgreSQL server leads to, as the driver reads it.

A URL says it in several ways (host, hosts, hostaddr, a service), and programs read it in different
ways; so the driver's own reading is what is looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from schemas.errors import ConfigurationError


def connection_of(variable: str, url: str) -> dict[str, Any]:
    """What the driver takes of the URL, by libpq's names. Raises ConfigurationError for a URL that
    it cannot read; the URL may hold a password, and is not shown."""
    import sqlalchemy as sa

    try:
        address = sa.make_url(url).set(drivername="postgresql+psycopg")
        places, names = address.get_dialect()().create_connect_args(address)
    except (ValueError, sa.exc.ArgumentError):
        raise ConfigurationError(
            "server_url",
            f"{variable} cannot be read as a URL",
            hint="postgresql+psycopg://LOGIN:PASSWORD@HOST:PORT/DATABASE; write signs like @ / # "
            "in a password as %40 %2F %23",
        ) from None
    return {} if places else dict(names)


def places_and_mode(
    asked: Mapping[str, Any], environment: Mapping[str, str]
) -> tuple[list[str], str] | None:
    """All hosts and addresses that libpq may connect to, and its sslmode; an empty host or a
    folder is a socket of this computer. None where a service file decides."""
    mode = str(asked.get("sslmode", ""))
    if asked.get("service") or environment.get("PGSERVICE"):
        return None if not mode else (["a service's"], mode)
    host = asked.get("host") or environment.get("PGHOST", "")
    address = asked.get("hostaddr") or environment.get("PGHOSTADDR", "")
    places = [*str(host).split(","), *str(address).split(",")]
    return places, mode or environment.get("PGSSLMODE", "")
