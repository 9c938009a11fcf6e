"""Files of `deploy/`: their commands exist, and what they copy is there."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from flows.cli.main import parser
from tests.conftest import ROOT

DEPLOY = ROOT / "deploy"
PROGRAM = "/opt/penataran/.venv/bin/penataran"
UNITS = sorted(DEPLOY.glob("*.service"))


@pytest.mark.parametrize("unit", UNITS, ids=lambda p: p.name)
def test_commands_of_a_unit_are_commands_of_the_program(unit: Path) -> None:
    lines = re.findall(r"^ExecStart=(.*)$", unit.read_text(encoding="utf-8"), re.M)
    assert lines
    for line in lines:
        program, *words = line.split()
        assert program == PROGRAM
        parser().parse_args(words)


def test_the_image_has_every_package_of_the_program() -> None:
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    copied = {w for line in re.findall(r"^COPY (.*)$", text, re.M) for w in line.split()[:-1]}
    assert {w for w in copied if not (ROOT / w).exists()} == set()
    packages = re.search(r"compileall -q (.*)$", (ROOT / "Makefile").read_text(), re.M)
    assert packages is not None
    assert set(packages[1].split()) <= copied
    assert re.search(r'^CMD \["serve"\]$', text, re.M)
    assert f'"{PROGRAM}"' in text
    assert not re.search(r"^USER root", text, re.M)


@pytest.mark.slow
def test_systemd_takes_the_units() -> None:
    checker = shutil.which("systemd-analyze")
    if checker is None:
        pytest.skip("systemd-analyze is not installed (package systemd)")
    files = [str(p) for p in (*UNITS, DEPLOY / "penataran-backup.timer")]
    found = subprocess.run([checker, "verify", *files], capture_output=True, text=True, check=False)
    lines = [x for x in found.stderr.splitlines() if "penataran" in x and PROGRAM not in x]
    assert lines == [], lines
