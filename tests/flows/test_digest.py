"""The deployment that makes the digest: an artifact, and a message by the operators' block."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from reports.digest import DigestRows
from schemas.marks import SIMULATED
from schemas.model import Words

ROWS = DigestRows(
    since=date(2026, 11, 29), today=date(2026, 11, 30), region=Words("Kabupaten X", "X Regency"),
    is_simulated=True, titles={}, refused=[{"source": "bank", "n": 7}],
)  # fmt: skip


class Sent:
    """A notification block that keeps what it is to send, or fails."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error, self.messages = error, list[tuple[str, str]]()

    def notify(self, body: str, subject: str) -> None:
        if self.error:
            raise self.error
        self.messages.append((subject, body))


@pytest.mark.parametrize("error", [None, RuntimeError("refused")])
def test_the_digest_is_an_artifact_and_a_message(
    monkeypatch: pytest.MonkeyPatch, error: Exception | None
) -> None:
    from flows.orchestration import deployments  # Prefect takes seconds to import

    block, artifacts, warnings = Sent(error), list[dict[str, Any]](), list[tuple[Any, ...]]()

    class Log:
        def warning(self, *texts: Any) -> None:
            warnings.append(texts)

    monkeypatch.setenv("PENATARAN_NOTIFY", "slack/office")
    monkeypatch.setattr(deployments, "digest_rows", lambda *_: ROWS)
    monkeypatch.setattr(deployments, "open_warehouse", lambda _: None)
    monkeypatch.setattr(deployments, "get_run_logger", Log)
    monkeypatch.setattr(deployments, "create_markdown_artifact", lambda **a: artifacts.append(a))
    monkeypatch.setattr(deployments.Block, "load", lambda name: block)
    text = deployments.digest.fn()
    assert text.startswith(SIMULATED)
    assert "- bank: 7 baris" in text
    assert artifacts[0]["key"] == "digest"
    assert "<li>bank: 7 baris</li>" in artifacts[0]["markdown"]
    subject = "Ringkasan Kabupaten X, 30 Nov 2026"
    assert block.messages == ([] if error else [(subject, text)])
    assert bool(warnings) is bool(error)


def test_without_a_block_there_is_the_artifact_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    from flows.orchestration import deployments

    artifacts = list[dict[str, Any]]()
    monkeypatch.delenv("PENATARAN_NOTIFY", raising=False)
    monkeypatch.setattr(deployments, "digest_rows", lambda *_: ROWS)
    monkeypatch.setattr(deployments, "open_warehouse", lambda _: None)
    monkeypatch.setattr(deployments, "create_markdown_artifact", lambda **a: artifacts.append(a))
    deployments.digest.fn()
    assert len(artifacts) == 1
