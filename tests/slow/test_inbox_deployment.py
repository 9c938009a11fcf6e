"""`penataran serve` answers a file that is put into a folder, within a minute or so."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import yaml

from tests.conftest import ROOT
from tests.workbooks import everything_under, workbook

pytestmark = pytest.mark.slow
PLANTED = "Siti Rahmawati Contoh"
WAIT_SECONDS = 400.0  # a minute on a quiet machine; a test never fails for being slow


class _Hook(BaseHTTPRequestHandler):
    told: list[dict[str, Any]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        type(self).told.append(json.loads(body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """The test's output is its own."""


@pytest.fixture
def hook() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    _Hook.told = []
    server = HTTPServer(("127.0.0.1", 0), _Hook)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/", _Hook.told
    server.shutdown()


def environment(home: Path, partners: Path) -> dict[str, str]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PENATARAN_", "PREFECT_"))}
    return {
        **kept, "PENATARAN_HOME": str(home), "PENATARAN_PARTNERS_PATH": str(partners),
        "PREFECT_HOME": str(home.parent / "prefect"), "PREFECT_SERVER_API_PORT": str(port),
        "NO_COLOR": "1",
    }  # fmt: skip


def until(condition: Any, process: subprocess.Popen[str]) -> None:
    end = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert process.poll() is None, "the server ended"
        assert time.monotonic() < end, "no answer in time"
        time.sleep(0.5)


BLOCK = """\
from prefect.blocks.notifications import CustomWebhookNotificationBlock as Hook
Hook(name="files", url={url!r}, json_data={{"subject": "{{{{subject}}}}", "body": "{{{{body}}}}"}}
     ).save("files", overwrite=True)
"""


def test_a_file_in_a_folder_is_answered_and_told(
    tmp_path: Path, hook: tuple[str, list[dict[str, Any]]]
) -> None:
    url, told = hook
    home, partners = tmp_path / "home", tmp_path / "partners"
    partners.mkdir()
    sender = {
        "name": dict.fromkeys(("id", "en", "ja"), "Dinas"), "files": ["exhibitions"],
        "notify": "custom-webhook/files",
    }  # fmt: skip
    (partners / "dinas.yml").write_text(yaml.safe_dump(sender), encoding="utf-8")
    settings = environment(home, partners)
    process = subprocess.Popen(
        [sys.executable, "-m", "flows.cli", "serve"], env=settings, cwd=ROOT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        inbox, outbox = home / "inbox" / "dinas", home / "outbox" / "dinas"
        until(inbox.is_dir, process)
        api = f"http://127.0.0.1:{settings['PREFECT_SERVER_API_PORT']}/api"
        subprocess.run(
            [sys.executable, "-c", BLOCK.format(url=url)],
            env={**settings, "PREFECT_API_URL": api}, check=True,
        )  # fmt: skip
        made = workbook(
            tmp_path / "a.xlsx", [["event_id", "title"], ["P-1", "Pameran"], ["", "tanpa kode"]]
        )
        begun = time.monotonic()
        made.rename(inbox / "a.xlsx")
        until(lambda: list(outbox.glob("*.xlsx")), process)
        print(f"answered after {time.monotonic() - begun:.0f} s")
        until(lambda: told, process)
        until(lambda: not (inbox / "a.xlsx").exists(), process)
        workbook(
            tmp_path / "b.xlsx", [["event_id", "title", "nama siswa"], ["P-1", "x", PLANTED]]
        ).rename(inbox / f"{PLANTED}.xlsx")
        until(lambda: len(told) > 1, process)
    finally:
        os.killpg(process.pid, 15)
        process.wait(60)
    assert "nama orang" in told[1]["body"]
    for folder in (home, tmp_path / "prefect"):  # logs and parameters are in Prefect's database
        for path, raw in everything_under(folder).items():
            assert PLANTED.encode() not in raw, path
            assert PLANTED not in path.name
    assert PLANTED not in json.dumps(told)
    answer = min(outbox.glob("*.xlsx"), key=lambda p: p.stat().st_mtime)
    assert openpyxl.load_workbook(answer)["Alasan"]["A2"].value == "3"
    assert "dinas" in told[0]["subject"]
    assert "diterima (+1, !1)" in told[0]["body"]
    assert "Pameran" not in json.dumps(told)
