"""What people read: one language at a time, a sentence for every error."""

from __future__ import annotations

import ast
import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest

from flows.backup import KeptBackup
from flows.cli import words
from flows.cli.main import main
from flows.cli.messages import problem
from flows.cli.problems import PREFIXES, PROBLEMS, UNKNOWN, explanation
from flows.doctor import doctor
from flows.maintain import Erased, Kept
from flows.restore import RestoredHome
from flows.verify import InspectedFiles
from schemas import errors
from schemas.errors import ConfigurationError
from schemas.model import Words
from tasks.outcome import Counts, Outcome, Report, Status
from tests.conftest import ROOT, settings_for

pytestmark = pytest.mark.fast
PACKAGES = ("tasks", "flows", "config", "warehouse", "schemas", "reports", "sandbox")
MODULES = [p for package in PACKAGES for p in sorted((ROOT / package).rglob("*.py"))]
# The child that opens a published workbook answers with codes of these (`xlsx_rows`).
WORKBOOK = ("preflight.py", "opening.py", "markup.py", "sheet.py")
OF_THE_WORKBOOK = {"Problem", "Unclear"}


def error_classes() -> set[str]:
    """Names of every class under PenataranError, wherever it is declared."""
    known = {n for n, c in vars(errors).items() if isinstance(c, type)} - {"ErrorFacts"}
    bases = {
        node.name: {ast.unparse(b) for b in node.bases}
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
    }
    return known | {name for name, parents in bases.items() if parents & known}


def texts_of(node: ast.expr) -> Iterator[str]:
    """The codes that an expression can be; one with a part of its own as `prefix_*`."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp(body=one, orelse=other):
            yield from texts_of(one)
            yield from texts_of(other)
        case ast.JoinedStr(values=[ast.Constant(value=str(prefix)), *_]):
            yield f"{prefix}*"


@cache
def codes() -> set[str]:
    """Every code that the source text gives to an error."""
    raised = error_classes()
    return {
        code
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for code in (*raised_here(node, raised), *handed_on(node, path))
    }


def raised_here(node: ast.AST, raised: set[str]) -> Iterator[str]:
    """Codes of an error that is made here, by its class or by a function for declarations."""
    match node:
        case ast.Call(func=ast.Name(id=name), args=[code, *_]) if name in raised:
            yield from texts_of(code)
        case ast.Call(
            func=ast.Attribute(value=ast.Call(func=ast.Name(id="super")), attr="__init__"),
            args=[ast.Constant() as code, _, *_],
        ):
            yield from texts_of(code)
        case ast.Call(func=ast.Name(id="refuse" | "read_yaml"), args=[*_, code]):
            yield from texts_of(code)


def handed_on(node: ast.AST, path: Path) -> Iterator[str]:
    """Codes of an error that is raised elsewhere: a fault's, where the code comes first, and what
    the child that opens a published workbook answers."""
    match node:
        case ast.Call(func=ast.Name(id="RawRelation"), args=[_, _, fault, *_]):
            yield from _first(fault)
        case ast.Assign(targets=[ast.Name(id="fault")], value=fault):
            yield from _first(fault)
        case ast.Call(func=ast.Name(id=name), args=[code, *_]) if (
            name in OF_THE_WORKBOOK and path.name in WORKBOOK
        ):
            yield from texts_of(code)
        case ast.Dict(keys=[ast.Constant(value="refused"), *_], values=[code, *_]):
            yield from texts_of(code)
        case ast.FunctionDef(name="published_text" | "checked"):
            for call in ast.walk(node):
                if isinstance(call, ast.Call) and ast.unparse(call.func) == "Unclear":
                    yield from texts_of(call.args[0])


def _first(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Tuple):
        yield from texts_of(node.elts[0])


def test_every_code_has_an_indonesian_sentence() -> None:
    found = codes()
    assert len(found) > 100
    assert {c for c in found if explanation(c.rstrip("*")) == UNKNOWN} == set()
    assert {c for c in found if "*" not in c} - set(PROBLEMS) == set()
    assert {c.rstrip("*") for c in found if "*" in c} <= set(PREFIXES)


def test_no_sentence_is_without_its_code() -> None:
    found = codes()
    open_ended = tuple(c.rstrip("*") for c in found if "*" in c)
    assert {c for c in PROBLEMS if c not in found and not c.startswith(open_ended)} == set()
    assert {p for p in PREFIXES if not p.startswith(open_ended)} == set()


def test_sentences_are_short() -> None:
    for code, text in {**PROBLEMS, **PREFIXES}.items():
        assert len(text) <= 150, code
        assert text.endswith("."), code


def test_codes_with_a_part_of_their_own() -> None:
    assert explanation("http_503") == PREFIXES["http_5"]
    assert explanation("http_404") == PROBLEMS["http_404"]
    assert explanation("http_418") == PREFIXES["http_"]
    assert explanation("not_xml") == PREFIXES["not_"]


def all_words() -> Iterator[tuple[str, Words]]:
    for name, value in vars(words).items():
        if isinstance(value, Words):
            yield name, value
        elif isinstance(value, dict) and name.isupper():
            yield from ((f"{name}.{key}", text) for key, text in value.items())


def test_every_text_exists_in_both_languages() -> None:
    assert all(text.id and text.en for _, text in all_words())


def test_labels_are_those_of_the_facts() -> None:
    assert set(words.STATUSES) == set(get_args(Status))
    assert set(words.COUNTS) < set(Counts().as_dict())
    shown = set(Kept().as_dict()) | set(Erased("").as_dict())
    shown |= (
        set(InspectedFiles().as_dict())
        | set(KeptBackup().as_dict())
        | set(RestoredHome().as_dict())
    )
    assert set(words.FACTS) == shown | {
        "loads",
        "remains",
        "differences",
        "lake_before",
        "warehouse",
    }


FACTS = errors.DataError(
    "empty_body", "the answer is empty", where="https://partner", hint="look"
).as_dict()


def test_an_error_in_each_language(monkeypatch: pytest.MonkeyPatch) -> None:
    assert problem(FACTS).splitlines() == [
        f"[empty_body] {PROBLEMS['empty_body']}",
        "    di: https://partner",
        "    rincian: the answer is empty",
    ]
    monkeypatch.setenv("PENATARAN_LANGUAGE", "en")
    assert problem(FACTS).splitlines() == [
        "[empty_body] the answer is empty",
        "    at: https://partner",
        "    -> look",
    ]


def report() -> Report:
    found = (
        Outcome("ecb", "2026", "loaded", Counts(fetched=3, new=2, revised=1)),
        Outcome("bps", "2026", "failed", error=FACTS),
    )
    published = {"warehouse": "w.duckdb", "report_id": "a.html", "report_en": "b.html"}
    return Report("r-1", "sandbox", "", "", 3, found, published)


ENGLISH = r"\b(loaded|failed|new|revised|unchanged|rows|warehouse|report|published|stopped|run)\b"
INDONESIAN = r"\b(dimuat|gagal|baru|direvisi|tetap|baris|gudang|laporan|terbit|Proses)\b"


@pytest.mark.parametrize(("language", "other"), [("id", ENGLISH), ("en", INDONESIAN)])
def test_a_summary_is_in_one_language(
    language: str,
    other: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from flows.cli.progress import following
    from flows.cli.verbs import running

    monkeypatch.setenv("PENATARAN_LANGUAGE", language)
    with following(settings_for(Path("home"))) as progress:
        progress.begin(2)
        for outcome in report().sources[:1]:
            progress.one(outcome)
    running._summary(report())
    found = capsys.readouterr()
    assert not re.search(other, found.out.replace("report_", "") + found.err), found
    assert "data simulasi / simulated data" in found.out


def terminal(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    screen = io.StringIO()
    monkeypatch.setattr(screen, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setenv("TERM", "xterm-256color")
    return screen


def test_a_terminal_has_a_bar_below_whole_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    from flows.cli.progress import following

    screen = terminal(monkeypatch)
    first = replace(report().sources[0], slice="[bold]a slice with a long name[/bold]" * 4)
    with following(settings_for(Path("home"))) as progress:
        progress.begin(3)
        progress.one(first)
    shown = screen.getvalue()
    assert first.slice in shown  # neither cut nor taken for markup
    assert "1/3" in re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown).split(first.slice)[1]
    assert shown.endswith("\x1b[?25h\r\x1b[1A\x1b[2K")  # the bar is gone, the cursor is back


@pytest.mark.parametrize("term", ["dumb", None])
def test_what_is_no_terminal_has_lines_alone(
    term: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows.cli.progress import following

    screen = terminal(monkeypatch)
    if term is None:
        monkeypatch.setattr(screen, "isatty", lambda: False)
    else:
        monkeypatch.setenv("TERM", term)
    with following(settings_for(Path("home"))) as progress:
        progress.begin(1)
        progress.one(report().sources[0])
    assert "\x1b" not in screen.getvalue()
    assert "[1/1] " in screen.getvalue()


def test_a_collector_of_logs_has_an_object_for_each_slice(
    capsys: pytest.CaptureFixture[str],
) -> None:
    from flows.cli.progress import following

    loaded, failed = report().sources
    with following(settings_for(Path("home"), PENATARAN_LOG="json")) as progress:
        progress.begin(2)
        progress.one(loaded)
        progress.one(failed)
    found = capsys.readouterr()
    lines = [json.loads(line) for line in found.err.splitlines()]
    assert [line["event"] for line in lines] == ["begin", "slice", "slice"]
    assert lines[0]["slices"] == 2
    assert (lines[1]["source"], lines[1]["slice"]) == (loaded.source, loaded.slice)
    assert lines[1]["new"] == loaded.counts.new
    assert lines[2]["error"]["code"] == failed.error_code
    assert all(datetime.fromisoformat(line["time"]).tzinfo for line in lines)
    assert found.out == ""


def test_a_log_of_another_kind_is_refused() -> None:
    with pytest.raises(ConfigurationError) as caught:
        settings_for(Path("home"), PENATARAN_LOG="xml")
    assert caught.value.code == "unknown_log"


def test_numbers_of_the_summary(capsys: pytest.CaptureFixture[str]) -> None:
    from flows.cli.verbs import running

    running._summary(report())
    lines = capsys.readouterr().out.splitlines()
    assert lines[:3] == [
        "Proses r-1 (sandbox)",
        "  bagian: 1 dimuat, 1 gagal",
        "  baris: 2 baru, 1 direvisi, 0 tidak berubah, 0 ditarik, 0 ditahan",
    ]


@pytest.mark.parametrize("language", ["id", "en"])
def test_help_is_in_one_language(
    language: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PENATARAN_LANGUAGE", language)
    for arguments in (["--help"], ["run", "--help"], ["quarantine", "retry", "--help"]):
        with pytest.raises(SystemExit):
            main(arguments)
        shown = capsys.readouterr().out
        other = {"id": r"usage|options|show|source of|fetch", "en": r"pemakaian|pilihan|tampilkan"}
        assert not re.search(other[language], shown), shown


def test_a_wrong_option_ends_with_two(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["run", "--bogus"])
    assert ended.value.code == 2
    shown = capsys.readouterr().err
    assert PROBLEMS["usage"] in shown
    assert "--bogus" in shown


@pytest.mark.parametrize("language", ["id", "en"])
def test_findings_of_doctor(
    language: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("PENATARAN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PENATARAN_LANGUAGE", language)
    assert main(["doctor"]) == 0
    shown = capsys.readouterr().out
    assert ("kunci COMTRADE_API_KEY" in shown) == (language == "id")
    assert main(["doctor", "--json"]) == 0
    findings: list[dict[str, Any]] = json.loads(capsys.readouterr().out)["findings"]
    assert all(set(f) == {"state", "what", "fix"} for f in findings)
    assert "key COMTRADE_API_KEY" in {f["what"] for f in findings}


def test_doctor_explains_settings_that_cannot_be_read(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PENATARAN_REGION", "9999")
    assert [f.state for f in doctor()] == ["unsafe"]
    assert main(["doctor"]) == 2
    assert PROBLEMS["unknown_region"] in capsys.readouterr().out


def test_the_version_is_written_once() -> None:
    import tomllib
    from importlib.metadata import version

    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    declared = tomllib.loads(text)["project"]["version"]
    assert version("penataran") == declared
    literal = re.compile(rf"[\"'/ ]{re.escape(declared)}[\"' ]|penataran/\d")
    assert [p for p in MODULES if literal.search(p.read_text(encoding="utf-8"))] == []
