"""Organisations without their names: the agency's own reference, or an HMAC under its key.

An organisation has the same reference in every file, whatever legal form and punctuation are
written. The key has an id, the HMAC of a fixed text. It shows that a key is new, and nothing else.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata

VARIABLE = "PENATARAN_HASH_KEY"
MIN_KEY_LENGTH = 16
OWN = re.compile(r"[A-Z]{1,10}[-/]\d{1,12}")
MADE = re.compile(r"hmac-[0-9a-f]{8}-[0-9a-f]{32}")
LEGAL_FORMS = frozenset(
    {
        "pt",
        "cv",
        "ud",
        "tbk",
        "persero",
        "co",
        "ltd",
        "inc",
        "corp",
        "llc",
        "plc",
        "pty",
        "sdn",
        "bhd",
        "pte",
        "gmbh",
        "bv",
        "company",
        "limited",
        "corporation",
        "kk",
    }
)
PARTS = re.compile(r"[^\W_]+")
JAPANESE_FORMS = re.compile(r"株式会社|有限会社|合同会社|\(株\)|\(有\)")


class Pseudonyms:
    """References made with one key. Without a key only the agency's own references are accepted."""

    def __init__(self, key: str | None) -> None:
        self._key = (key or "").encode()
        self.key_id = self._mac("penataran key id")[:8] if key else ""

    @property
    def can_hash(self) -> bool:
        return len(self._key) >= MIN_KEY_LENGTH

    def _mac(self, text: str) -> str:
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()

    def needs_key(self, text: str) -> bool:
        return not (OWN.fullmatch(text) or MADE.fullmatch(text))

    def of(self, text: str) -> str:
        """The reference for an organisation's name. A text that is a reference already stays."""
        if not self.needs_key(text):
            return text
        return f"hmac-{self.key_id}-{self._mac(canonical(text))[:32]}"


def canonical(name: str) -> str:
    """A name without case, width, punctuation and legal form."""
    text = JAPANESE_FORMS.sub(" ", unicodedata.normalize("NFKC", name).casefold())
    parts = PARTS.findall(text)
    kept = [p for p in parts if p not in LEGAL_FORMS]
    return " ".join(kept or parts)
