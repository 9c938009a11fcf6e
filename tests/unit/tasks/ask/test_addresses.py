"""Names are looked up once; only checked addresses are connected to."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from config.declarations import read
from config.settings import load as load_settings
from schemas.errors import ConfigurationError, SourceError, TransientSourceError
from tasks.ask.addresses import AddressRule, redirected
from tasks.ask.gateway import Gateway
from tasks.ask.plan import Ask
from tests.conftest import settings_for
from tests.faultserver import FaultServer, answer

PUBLIC = "93.184.216.34"


def names(*answers: tuple[str, ...]) -> Callable[..., list[Any]]:
    """A resolver that returns other addresses each time; the last ones again and again."""
    left = list(answers)

    def find(host: str, port: Any, *_: Any, **__: Any) -> list[Any]:
        found = left.pop(0) if len(left) > 1 else left[0]
        return [
            (
                socket.AF_INET6 if ":" in ip else socket.AF_INET,
                socket.SOCK_STREAM,
                6,
                "",
                (ip, port),
            )
            for ip in found
        ]

    return find


@pytest.mark.fast
@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.0.0.7", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1",
     "224.0.0.1",
     "255.255.255.255", "::1", "::", "fe80::1%eth0", "fc00::1", "fec0::1", "ff02::1",
     "::ffff:127.0.0.1", "::ffff:10.0.0.7", "2002:7f00:1::", "64:ff9b::7f00:1", "64:ff9b::a00:7",
     "::7f00:1", "2001:db8::1"],
)  # fmt: skip
def test_no_address_of_a_closed_network(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", names((PUBLIC, address)))
    with pytest.raises(SourceError) as caught:
        AddressRule(False, True).find("toy.example", 443)
    assert caught.value.code == "host_refused"


@pytest.mark.fast
@pytest.mark.parametrize("address", [PUBLIC, "2606:4700::1111", "64:ff9b::5db8:d822"])
def test_public_addresses(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", names((address,)))
    assert [f.place[0] for f in AddressRule(False, True).find("toy.example", 443)] == [address]


@pytest.mark.fast
def test_plain_http_goes_to_this_computer_only(monkeypatch: pytest.MonkeyPatch) -> None:
    for address in (PUBLIC, "10.0.0.7"):
        monkeypatch.setattr(socket, "getaddrinfo", names((address,)))
        with pytest.raises(SourceError) as caught:
            AddressRule(True, False).find("toy.example", 80)
        assert caught.value.code == "host_refused"
        assert AddressRule(True, True).find("toy.example", 443)  # the installation's own choice
    monkeypatch.setattr(socket, "getaddrinfo", names(("127.0.0.1", "::1", "::ffff:127.0.0.1")))
    assert len(AddressRule(True, False).find("localhost", 80)) == 3


@pytest.mark.fast
def test_a_declared_host_by_plain_http_is_not_asked_through_a_proxy_either(
    tmp_path: Path, toy: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    source = read(Path(toy(hosts={"main": "http://toy.example"})) / "toy.yml")
    assert source.request is not None
    with pytest.raises(SourceError) as caught:
        Gateway(settings_for(tmp_path), tmp_path).fetch(
            source, Ask("main", "/rates", {}, {}, source.request)
        )
    assert caught.value.code == "host_refused"


@pytest.mark.fast
def test_a_name_that_nobody_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(TransientSourceError):
        AddressRule(False, True).find("toy.example", 443)
    with pytest.raises(TransientSourceError):
        AddressRule(False, True).find("x" * 300, 443)


def connected(
    tmp_path: Path, toy: Callable[..., str], monkeypatch: pytest.MonkeyPatch, **hosts: str
) -> list[Any]:
    """Where a fetch of the toy source connected to."""
    reached: list[Any] = []

    def connect(_self: socket.socket, place: Any) -> None:
        reached.append(place)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket.socket, "connect", connect)
    source = read(Path(toy()) / "toy.yml")
    assert source.request is not None
    with pytest.raises(SourceError):
        Gateway(settings_for(tmp_path, hosts), tmp_path, sleep=lambda _: None).fetch(
            source, Ask("main", "/rates", {}, {}, source.request)
        )
    return reached


def test_a_name_with_another_address_the_next_time(
    tmp_path: Path, toy: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second look-up would lead inside: there is none, whatever it is asked for."""
    monkeypatch.setattr(socket, "getaddrinfo", names((PUBLIC,), ("127.0.0.1",)))
    assert connected(tmp_path, toy, monkeypatch) == [(PUBLIC, 443)]


def test_all_addresses_of_a_name_are_tried(
    tmp_path: Path, toy: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", names((PUBLIC, "1.1.1.1"), ("10.0.0.1",)))
    assert connected(tmp_path, toy, monkeypatch) == [(PUBLIC, 443), ("1.1.1.1", 443)]


def test_a_redirect_within_the_host_is_looked_up_by_the_same_rule(
    tmp_path: Path, toy: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`localhost` of an override, whose name leads elsewhere after the redirect."""
    real = socket.getaddrinfo
    with FaultServer([answer("", 302, {"Location": "/moved"})]) as server:
        port = int(server.url.rpartition(":")[2])
        asked: list[str] = []

        def turn(host: str, *args: Any, **more: Any) -> Any:
            asked.append(host)
            return real("127.0.0.1" if len(asked) == 1 else "8.8.8.8", *args, **more)

        monkeypatch.setattr(socket, "getaddrinfo", turn)
        source = read(Path(toy()) / "toy.yml")
        assert source.request is not None
        settings = settings_for(tmp_path, {"toy": f"http://localhost:{port}"})
        with pytest.raises(SourceError) as caught:
            Gateway(settings, tmp_path).fetch(source, Ask("main", "/rates", {}, {}, source.request))
    assert caught.value.code == "host_refused"
    assert "plain http" in caught.value.message


@pytest.mark.fast
@pytest.mark.parametrize(
    "url", ["http://10.0.0.7", "http://partner.example:8080", "http://127.0.0.1.example", "http://[::1",
            "http://127.0.0.1:99999"]
)  # fmt: skip
def test_an_override_by_plain_http_elsewhere_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_settings({"PENATARAN_HOST_ECB": url})
    assert caught.value.code == "host_override"
    for good in (
        "http://127.0.0.1:9",
        "http://localhost:9/p",
        "http://[::1]:9",
        "https://10.0.0.7",
    ):
        load_settings({"PENATARAN_HOST_ECB": good})


@pytest.mark.fast
@pytest.mark.parametrize(
    "location",
    ["", "http://[::1", "http://h:99999999/x", "http:\\\\evil", "http://a b/", "http://h/\r\nX: 1",
     "\x00", "http://h/\u202e", "/a\\b"],
)  # fmt: skip
def test_a_redirect_to_what_programs_read_in_two_ways(location: str) -> None:
    with pytest.raises(SourceError) as caught:
        redirected("https://toy.example/rates", location, "here")
    assert caught.value.code == "bad_url"


@pytest.mark.fast
def test_an_ordinary_redirect() -> None:
    here = "https://toy.example/a/rates?x=1"
    assert redirected(here, "/moved#top", "") == "https://toy.example/moved"
    assert redirected(here, "next?y=2", "") == "https://toy.example/a/next?y=2"
