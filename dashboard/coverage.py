"""Coverage of a round: who exists, who was to be heard, who was heard, by stratum."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from customers.models import Lifecycle, SizeBand
from customers.places import INDUSTRIES, REGIONS
from interviews.models import ANY, STRATUM, StratumTarget
from interviews.planning import Cell
from interviews.progress import Heard, cell_of

Register = Mapping[Cell, tuple[int, int]]
# In the order in which people name them; what is not known comes last.
_PLACES = [
    {value: place for place, value in enumerate([ANY, *values, ""])}
    for values in (
        [each.value for each in Lifecycle],
        [code for code, _label in INDUSTRIES],
        [code for code, _label in REGIONS],
        [each.value for each in SizeBand if each.value],
    )
]


def place_of(cell: Cell) -> tuple[int, ...]:
    """Return where a stratum stands among others."""
    return tuple(places[value] for places, value in zip(_PLACES, cell, strict=True))


class Filled(StrEnum):
    """How far a stratum is; NOBODY: no customer exists there."""

    NOBODY = "none"
    HOLE = "hole"
    STARTED = "started"
    REACHED = "reached"


@dataclass(slots=True)
class Stratum:
    """One stratum of a plan. Weights are those of customers in the register; done: customers heard in this round."""

    cell: Cell
    population: int = 0
    weight: int = 0
    target: int = 0
    done: int = 0
    weight_heard: int = 0

    @property
    def filled(self) -> Filled:
        if self.done:
            return Filled.REACHED if self.done >= self.target else Filled.STARTED
        return Filled.HOLE if self.population else Filled.NOBODY

    @property
    def remaining(self) -> int:
        return max(0, self.target - self.done)


@dataclass(frozen=True)
class Coverage:
    """The strata of a plan with what became of them."""

    divided_by: tuple[str, ...]
    strata: list[Stratum] = field(default_factory=list)

    @cached_property
    def weight(self) -> int:
        return sum(each.weight for each in self.strata)

    @property
    def holes(self) -> list[Stratum]:
        """The strata without a voice, the heaviest first."""
        return sorted((each for each in self.strata if each.filled == Filled.HOLE), key=lambda each: -each.weight)

    @property
    def target(self) -> int:
        return sum(each.target for each in self.strata)

    @property
    def done(self) -> int:
        return sum(each.done for each in self.strata)

    @property
    def share_heard(self) -> float:
        """The share of customers' weight that was heard, 0..1."""
        return self.share_of(sum(each.weight_heard for each in self.strata))

    def share_of(self, weight: int) -> float:
        return min(1.0, weight / self.weight) if self.weight else 0.0


def strata_of_register(register: Register, divided_by: Sequence[str]) -> list[Stratum]:
    """Return the strata that the register has when it is divided so, in a stable order, without targets."""
    sums: defaultdict[Cell, list[int]] = defaultdict(lambda: [0, 0])
    for segment, (n, weight) in register.items():
        found = sums[cell_of(segment, divided_by)]
        found[0] += n
        found[1] += weight
    return [
        Stratum(cell, population=n, weight=weight)
        for cell, (n, weight) in sorted(sums.items(), key=lambda each: place_of(each[0]))
    ]


def coverage_of(
    *,
    divided_by: Sequence[str],
    register: Register,
    targets: Iterable[StratumTarget],
    heard: Iterable[Heard],
) -> Coverage:
    """Lay register, targets and those heard over each other. A stratum that only one of them knows is there, too."""
    strata = {each.cell: each for each in strata_of_register(register, divided_by)}
    for target in targets:
        key = cell_of([getattr(target, name) for name in STRATUM], divided_by)
        strata.setdefault(key, Stratum(key)).target = target.target
    for each in heard:
        stratum = strata.setdefault(each.cell, Stratum(each.cell))
        stratum.done, stratum.weight_heard = each.customers, each.weight
    for stratum in strata.values():
        # The register may have changed since; a share over 100 % would be nobody's.
        stratum.weight_heard = min(stratum.weight_heard, stratum.weight)
    return Coverage(tuple(divided_by), [strata[cell] for cell in sorted(strata, key=place_of)])
