"""What the opportunity scores of an installation are made of: `config/scores/<region>.yml`, or
`default.yml` for a region without a file of its own."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from config import region as regions
from config.files import read_yaml
from config.mistakes import Mistake, of_model, one_of, refuse
from config.model import Model
from schemas.errors import ConfigurationError
from schemas.model import Words
from schemas.score import COMPONENTS, Component, Score

FOLDER = Path(__file__).parent / "scores"
Number = Annotated[float, Field(allow_inf_nan=False)]


class Posts(Model):
    """Fixed ends of a scale."""

    goalposts: tuple[Number, Number]
    """what scores 0, and what scores 1"""


class Part(Model):
    """A component of a score."""

    weight: Annotated[Number, Field(ge=0)]
    """only the proportions of weights count"""
    scale: Literal["percentile", "minmax"] | Posts
    """how figures become 0 to 1"""
    direction: Literal["higher", "lower"] = "higher"
    """whether the higher or the lower figure is better; goalposts say it by their order"""
    title: Words
    """what it is, for people"""
    favourable: Words
    """what is said of it where it speaks for a market"""
    unfavourable: Words
    """what is said of it where it speaks against one"""


class Scores(Model):
    """All kinds of score."""

    draws: Annotated[int, Field(ge=1, le=100_000)] = 1000
    """mixes of weights"""
    seed: Annotated[int, Field(ge=0)] = 0
    """of the draws"""
    concentration: Annotated[Number, Field(gt=0)] | None = None
    """of the draws around the weights: the larger, the nearer; by default the number of
    components"""
    least_weight: Annotated[Number, Field(gt=0, le=1)] = 0.7
    """of all weight that must be known for a score"""
    export: dict[str, Part] = {}
    """components of a country and a product"""
    tourism: dict[str, Part] = {}
    """components of a country that visitors arrive from"""
    exchange: dict[str, Part] = {}
    """components of a country that students and pupils are exchanged with"""

    def kinds(self) -> dict[str, dict[str, Part]]:
        found = {"export": self.export, "tourism": self.tourism, "exchange": self.exchange}
        return {name: parts for name, parts in found.items() if parts}


def load(code: str) -> Score:
    """The scores of this installation. Raises ConfigurationError, with the file and the key, for an
    unknown component, a weight below 0, weights that are all 0, or goalposts that are equal."""
    return _read(FOLDER, code, regions.load(code).country)


@lru_cache(maxsize=8)
def _read(folder: Path, code: str, country: str) -> Score:
    path = folder / f"{code}.yml"
    if not path.exists():
        path = folder / "default.yml"
    raw = read_yaml(path, "score")
    try:
        declared = Scores(**raw)
    except ValidationError as error:
        raise _refused(of_model(error, Scores), path) from None
    except TypeError as error:  # a key that is not a text
        raise _refused([Mistake((), str(error))], path) from None
    mistakes = [m for kind, parts in declared.kinds().items() for m in _mistakes(kind, parts)]
    if mistakes:
        raise _refused(mistakes, path)
    return Score(
        country=country,
        kinds=tuple(
            (kind, tuple(_component(name, part) for name, part in parts.items()))
            for kind, parts in declared.kinds().items()
        ),
        draws=declared.draws,
        seed=declared.seed,
        concentration=declared.concentration,
        least_weight=declared.least_weight,
    )


def _refused(mistakes: list[Mistake], path: Path) -> ConfigurationError:
    error = refuse(mistakes, path, "score")
    error.hint = "see config/scores/default.yml and docs/indicators.md"
    return error


def _mistakes(kind: str, parts: dict[str, Part]) -> list[Mistake]:
    found = []
    for name, part in parts.items():
        found += one_of((kind, name), name, COMPONENTS[kind], f"a component of {kind}")
        if isinstance(part.scale, Posts):
            low, high = part.scale.goalposts
            if low == high:
                found.append(Mistake((kind, name, "scale", "goalposts"), "both ends are equal"))
            if part.direction == "lower":
                place = (kind, name, "direction")
                found.append(Mistake(place, "goalposts say it by their order: [high, low]"))
    if not any(part.weight for part in parts.values()):
        found.append(Mistake((kind,), "all weights are 0"))
    return found


def _component(name: str, part: Part) -> Component:
    posts = part.scale.goalposts if isinstance(part.scale, Posts) else (0.0, 0.0)
    return Component(
        name=name,
        weight=part.weight,
        scale="goalposts" if isinstance(part.scale, Posts) else part.scale,
        title=part.title,
        favourable=part.favourable,
        unfavourable=part.unfavourable,
        lower_is_better=part.direction == "lower",
        low=posts[0],
        high=posts[1],
    )
