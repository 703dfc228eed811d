"""The starter library: metrics that most companies need, with a definition that says what counts as what.

Pick one and adapt it. They are written in starters.toml.
"""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from metrics.models import Kind, Metric

FILE = Path(__file__).with_name("starters.toml")
GRACE_DAYS = 10


class Starter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A metric to pick. `attribute`: the key of the group whose requirements it usually serves."""

    key: str
    name: str
    attribute: str
    definition: str
    formula: str
    source: str
    kind: Kind = Kind.PROPORTION
    unit: str = "percent"
    direction: Metric.Direction = Metric.Direction.HIGHER
    percentile: int | None = None
    opportunities_per_unit: int | None = None
    window_months: int = 3
    cadence_days: int = 31

    @property
    def kind_word(self) -> str:
        return str(self.kind.label)

    def initial(self) -> dict[str, Any]:
        """Return what the form of a new metric starts with."""
        fields = (
            "name", "unit", "percentile", "opportunities_per_unit", "window_months", "cadence_days",
        )  # fmt: skip
        return {name: getattr(self, name) for name in fields} | {
            "definition": f"{self.definition}\n{self.formula}",
            "kind": self.kind.value,
            "direction": self.direction.value,
            "grace_days": GRACE_DAYS,
            "note": self.source,
        }


class _Library(msgspec.Struct, forbid_unknown_fields=True):
    starter: list[Starter]


@cache
def starters() -> dict[str, Starter]:
    """Return the library by key, in its order."""
    library = msgspec.convert(tomllib.loads(FILE.read_text()), _Library)
    return {each.key: each for each in library.starter}
