"""What all declarations share: strict models, and texts that YAML would read as numbers."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


def texts(value: Any) -> Any:
    """YAML reads 0 and 360 as numbers; codes are text."""
    if isinstance(value, dict):
        return {str(k): texts(v) for k, v in value.items()}
    if isinstance(value, list):
        return [texts(v) for v in value]
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


Text = Annotated[str, BeforeValidator(texts)]
TextList = Annotated[tuple[str, ...], BeforeValidator(texts)]
TextMap = Annotated[dict[str, str], BeforeValidator(texts)]


class Bilingual(Model):
    id: str
    en: str

    def in_language(self, language: str) -> str:
        return self.en if language == "en" else self.id
