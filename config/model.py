"""What all declarations share: strict models, and texts that YAML would read as numbers."""

from __future__ import annotations

from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, WithJsonSchema

Item = TypeVar("Item")


class Model(BaseModel):
    """Unknown keys are refused; the text below a field describes it, here and to editors."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, populate_by_name=True, use_attribute_docstrings=True
    )


class Same(Generic[Item]):
    """A declaration as a key: equal to itself alone, since one that holds mappings has no hash."""

    def __init__(self, model: Item) -> None:
        self.model = model

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and other.model is self.model

    def __hash__(self) -> int:
        return id(self.model)


def texts(value: Any) -> Any:
    """YAML reads 0 and 360 as numbers; codes are text. What it reads as a truth value (`NO` for
    Norway) cannot be told from one that is meant, so it must be quoted."""
    if isinstance(value, dict):
        wrong = [k for k in value if k is None or isinstance(k, bool)]
        if wrong:
            raise ValueError(
                f"YAML reads a key here as {str(wrong[0]).lower()}: write it in quotes"
            )
        return {str(k): texts(v) for k, v in value.items()}
    if isinstance(value, list):
        return [texts(v) for v in value]
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


WRITTEN: dict[str, Any] = {"type": ["string", "number"]}
"""A text as YAML may write it, for editors."""
LIST: dict[str, Any] = {"type": "array", "items": WRITTEN}
Text = Annotated[str, BeforeValidator(texts), WithJsonSchema(WRITTEN)]
TextList = Annotated[tuple[str, ...], BeforeValidator(texts), WithJsonSchema(LIST)]
TextMap = Annotated[
    dict[str, str],
    BeforeValidator(texts),
    WithJsonSchema({"type": "object", "additionalProperties": WRITTEN}),
]
