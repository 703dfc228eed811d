"""Reading a kept snapshot: the board and what explains it as they were kept, of current customers or a segment of them.

Names, words, targets and what is active are today's.
"""

import hashlib
import zlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

import orjson

from gap_scores.board import CustomerGap, LinkView, Scope, ScopeView, Stamp
from gap_scores.detailing import DetailReader
from gap_scores.fold import Frame
from gap_scores.levels import LevelRow, Levels
from gap_scores.models import Snapshot
from gap_scores.reading import Ledger
from gap_scores.scopes import HEADLINE, INTERNAL, Key, Kind, Segment
from gap_scores.scoping import kept_key, strata_in
from gap_scores.store import ScoreRow
from gap_scores.workings import (
    Clock,
    Headline,
    Own,
    Reached,
    Register,
    internal_gaps_from,
    registers_from,
)
from requirements_catalog.models import Requirement, ScaleVersion
from scoring.circle import Link
from scoring.rollup import Whole
from scoring.sums import LedgerRow, epoch_of
from web.fields import from_units

STATED_SCALE = 3  # unit, direction and resolution follow the half-life in the rules
STATED_KEY = 4  # requirement, kind, k1, k2 lead a row of sums
SIZE_OF_OWN = len(Own._fields)
DAY = LedgerRow._fields.index("day")


def content_of(snapshot: Snapshot) -> dict[str, Any]:
    """Return what a snapshot keeps; raise ValueError if it is not what its digest says."""
    text = zlib.decompress(bytes(snapshot.content))
    if hashlib.sha256(text).hexdigest() != snapshot.digest:
        raise ValueError(f"Snapshot {snapshot.pk} was altered: its digest does not fit its content.")
    content: dict[str, Any] = orjson.loads(text)
    return content


class KeptReader(DetailReader):
    """Reads what a snapshot kept in place of the projection."""

    def __init__(self, scope: Scope, day: date) -> None:
        super().__init__(scope)
        # Of a day that was kept more than once the latest one counts.
        snapshot = Snapshot.objects.filter(as_of=day).latest("id")
        self.content = content_of(snapshot)
        as_of = snapshot.as_of
        self.stamp = Stamp(
            snapshot.run_id,
            as_of,
            snapshot.created_at,
            snapshot.method,
            is_behind=False,
            # Snapshots from before there were weight sets do not say it: none was in them.
            weight_set=self.content.get("weight_set"),
        )
        self.clock = Clock(as_of, epoch_of(as_of))
        self.kept: Mapping[int, Any] = {int(each): its for each, its in self.content["requirements"].items()}
        self.catalogue = [each for each in self.catalogue if each.pk in self.kept]
        self.by_id = {each.pk: each for each in self.catalogue}
        self.ids = list(self.by_id)
        self.in_other_units: set[int] = set()
        self._take_rules()
        self.levels = {each: levels_in(self.kept[each]["levels"]) for each in self.ids if self.kept[each]["levels"]}

    @cached_property
    def frame(self) -> Frame:
        kept = self.content.get("weights", {})
        return Frame(self.clock.epoch, {int(stratum): factor for stratum, factor in kept.items()})

    def _take_rules(self) -> None:
        """Answers were read and levels are kept by the rules that held then: they stand in the headline."""
        for each in self.catalogue:
            half_life, *scale = self.kept[each.pk]["headline"][0].split(" ")[: 1 + STATED_SCALE]
            unit = each.current_scale.unit if each.current_scale else ""
            each.half_life_months, each.current_scale = int(half_life), scale_of(scale)
            if each.current_scale and each.current_scale.unit != unit:
                self.in_other_units.add(each.pk)

    def _target(self, requirement: Requirement) -> Decimal | None:
        """A target of today says nothing in the unit of an earlier scale."""
        return None if requirement.pk in self.in_other_units else super()._target(requirement)

    def _rows(self) -> Mapping[int, ScoreRow]:
        key = kept_key(self.scope) or Key(0, Kind.LIFECYCLE, 0, HEADLINE)
        rows = self._sums([key._replace(requirement=each) for each in self.ids])
        return {key.requirement: row for key, row in rows.items()}

    def _sums(self, keys: Sequence[Key]) -> Mapping[Key, ScoreRow]:
        wanted = frozenset(keys)
        return {
            key: ScoreRow(tuple(sums[STATED_KEY:-1]), date.fromisoformat(sums[-1]))
            for each in sorted({key.requirement for key in keys} & self.kept.keys())
            for sums in self.kept[each]["sums"]
            if (key := Key(*sums[:STATED_KEY])) in wanted
        }

    def internal(self, owners: Mapping[int, int]) -> dict[int, Whole | None]:
        """Return what internal customers say of the owners of requirements."""
        keys = [Key(each, Kind.LIFECYCLE, 0, INTERNAL) for each in sorted(owners)]
        return internal_gaps_from(self._sums(keys), owners, self.clock)

    def _ledger(self, requirement_id: int) -> Ledger:
        return [(customer, ledger_row(row)) for customer, *row in self.kept[requirement_id]["ledger"]]

    def customer(self, customer_id: int) -> list[CustomerGap]:
        """Return what one customer required then against what was measured, from the ledger that was kept."""
        rows = (
            (each, ledger_row(row))
            for each in self.ids
            for customer, *row in self.kept[each]["ledger"]
            if customer == customer_id
        )
        return self._gaps_of(customer_id, rows)

    def _product_views(self, requirement: Requirement, ledger: Ledger) -> tuple[ScopeView, ...]:
        """The sums of current customers by product are not kept."""
        return ()

    def _register(self) -> Register:
        """A headline's share of the register was kept with it, so only whether use is recorded is read for it."""
        if self.scope.dimension:
            return self._registers(self.scope.dimension).get(self.scope.value, Register(0, {}))
        products = [str(cell[4]) for cell in self.content["register"] if cell[0] == self.scope.lifecycle]
        found = {frozenset(int(each) for each in used.split(",") if each): 0 for used in products}
        return Register(0, found)

    def _headlines(self, rows: Mapping[int, ScoreRow], register: Register) -> Any:
        scores = super()._headlines(rows, register)
        if self.scope.dimension:
            return scores
        return {each: (score, Headline(*self.kept[each]["headline"])) for each, (score, _) in scores.items()}

    def _registers(self, dimension: str) -> Mapping[str, Register]:
        at = Segment._fields.index(dimension)
        cells = (cell for cell in self.content["register"] if cell[0] == self.scope.lifecycle)
        # A cell is a segment, the products in use, and then how many customers of which weight.
        return registers_from((cell[at], cell[len(Segment._fields)], int(cell[-1])) for cell in cells)

    def _contacts_by(self, dimension: str, requirements: Sequence[int]) -> Mapping[tuple[int, str], int]:
        found: dict[tuple[int, str], set[int]] = {}
        for each in requirements:
            for row in self.kept[each]["ledger"]:
                segment = self.segments[row[3]]
                if segment.lifecycle == self.scope.lifecycle:
                    found.setdefault((each, getattr(segment, dimension)), set()).add(row[2])
        return {key: len(contacts) for key, contacts in found.items()}

    def _contacts(self, requirements: Sequence[int]) -> Mapping[int, int]:
        strata = strata_in(self.scope)
        # customer, product, contact, stratum lead a row of the ledger
        return {each: len({row[2] for row in self.kept[each]["ledger"] if row[3] in strata}) for each in requirements}

    def _depths(self, requirements: Iterable[int]) -> dict[int, float | None]:
        """The depth of answers is not kept: requirements of equal points stand by what decides next."""
        return dict.fromkeys(requirements)

    def _supply(self, ids: Sequence[int]) -> Sequence[Link[int]]:
        return [Link(*link) for link in self.content["links"] if {*link[:2]} <= {*ids}]

    def _function_gaps(self, ids: Sequence[int], owned: Any, headlines: Any) -> dict[int, tuple[Own, Reached]]:
        """Return the gaps as they were kept; those of a segment are worked out, by who answers for what today."""
        if self.scope.dimension:
            return super()._function_gaps(ids, owned, headlines)
        return {
            int(each): (Own(*row[:SIZE_OF_OWN]), Reached(*row[SIZE_OF_OWN:]))
            for each, row in self.content["functions"].items()
        }

    def _links(self, functions: set[int]) -> tuple[LinkView, ...]:
        """Return the links that transmitted then; one that was ended since has the id 0."""
        now = {(link.supplier_id, link.supplied_id): link.link_id for link in super()._links(functions)}
        return tuple(
            LinkView(now.get((supplier, supplied), 0), supplier, supplied, strength)
            for supplier, supplied, strength in self.content["links"]
        )


def levels_in(rows: Iterable[list[Any]]) -> Levels:
    read = [LevelRow(*row[:-2], *(date.fromisoformat(day) for day in row[-2:])) for row in rows]
    return Levels({(row.product, row.part): row for row in read})


def scale_of(stated: Sequence[str]) -> ScaleVersion | None:
    """Return the scale that a headline's rules state: unit, direction and resolution; None where levels have none."""
    if len(stated) < STATED_SCALE:
        return None
    unit, direction, resolution = stated
    return ScaleVersion(unit=unit, direction=direction, resolution=str(from_units(int(resolution))))


def ledger_row(row: Sequence[Any]) -> LedgerRow:
    return LedgerRow._make([*row[:DAY], date.fromisoformat(row[DAY]), *row[DAY + 1 :]])
