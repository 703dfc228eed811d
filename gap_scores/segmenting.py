"""One reading of the projection by segment: the gaps of the circle and of its functions, side by side."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from gap_scores.board import FEWEST_CONTACTS, FEWEST_CUSTOMERS, Scope
from gap_scores.reading import Reader, counts_of
from gap_scores.scopes import LIFECYCLES, Key, codes_of
from gap_scores.scoping import DIMENSIONS, contacts_by, scope_rows
from gap_scores.store import ScoreRow
from gap_scores.workings import Register, headline_of, mass_of, products_of, registers_by, score_of
from scoring.rollup import RequirementPart, Whole, own_gaps, weighted

WHOLE = 0  # stands for all functions together where a segment is counted by function


@dataclass(frozen=True, slots=True)
class SegmentGap:
    """The gaps of one segment by function, WHOLE for all of them; a function that nobody was heard about is missing.

    scored: requirements that the gap rests on. customers: those heard on the requirement on which most were heard.
    enough: functions with a requirement on which enough people were heard to show it below specialist level.
    heard: customers by requirement, with or without a score. few: requirements on which too few people were heard.
    """

    value: str
    gaps: Mapping[int, Whole]
    scored: Mapping[int, int]
    customers: Mapping[int, int]
    enough: frozenset[int]
    heard: Mapping[int, int]
    few: frozenset[int]


class SegmentReader(Reader):
    """Adds to the board the same gaps by segment, worked out by the same functions."""

    def segment_gaps(self, dimension: str) -> tuple[SegmentGap, ...]:
        """Return the gaps of every segment of a dimension in which somebody of this scope was heard."""
        lifecycle = self.scope.lifecycle
        values = {
            getattr(each, dimension)
            for each in self.segments.values()
            if (each.lifecycle == lifecycle if lifecycle else each.lifecycle != "internal")
        }
        rows = self._rows_by(dimension, sorted(values))
        registers, products = self._registers(dimension), products_of(self.ids)
        few = self._few_by(dimension, rows)
        found = (
            self._segment_gap(
                replace(self.scope, dimension=dimension, value=value, as_of=None),
                its,
                registers.get(value, Register(0, {})),
                products,
                few[value],
            )
            for value, its in rows.items()
        )
        return tuple(each for each in found if each.heard)

    def _rows_by(self, dimension: str, values: Sequence[str]) -> dict[str, Mapping[int, ScoreRow]]:
        if self.scope.product is not None or not self.scope.lifecycle:
            scopes = {value: replace(self.scope, dimension=dimension, value=value) for value in values}
            return {value: scope_rows(self.generation, self.ids, scope) for value, scope in scopes.items()}
        keys = {
            Key(each, DIMENSIONS[dimension], LIFECYCLES[segment.lifecycle], getattr(codes_of(segment), dimension)): (  # type: ignore[index]  # a text is its choice
                getattr(segment, dimension)
            )
            for segment in self.segments.values()
            if segment.lifecycle == self.scope.lifecycle
            for each in self.ids
        }
        found: dict[str, dict[int, ScoreRow]] = {value: {} for value in values}
        for key, row in self._sums(list(keys)).items():
            found[keys[key]][key.requirement] = row
        return dict(found)

    def _registers(self, dimension: str) -> Mapping[str, Register]:
        return registers_by(lifecycle=self.scope.lifecycle, dimension=dimension)

    def _contacts_by(self, dimension: str, requirements: Sequence[int]) -> Mapping[tuple[int, str], int]:
        its = self.scope
        return contacts_by(
            self.generation, requirements, lifecycle=its.lifecycle, product=its.product, dimension=dimension
        )

    def _few_by(self, dimension: str, rows: Mapping[str, Mapping[int, ScoreRow]]) -> dict[str, frozenset[int]]:
        """Return by segment the requirements of fewer than five contacts or three customers; contacts are looked up in
        doubt."""
        counts = {(each, value): counts_of(row) for value, its in rows.items() for each, row in its.items()}
        few = {key for key, its in counts.items() if its.customers < FEWEST_CUSTOMERS or its.heard < FEWEST_CONTACTS}
        # Five customers have five contacts at least.
        doubtful = {key for key, its in counts.items() if its.customers < FEWEST_CONTACTS} - few
        contacts = self._contacts_by(dimension, sorted({each for each, _ in doubtful}))
        few |= {key for key in doubtful if contacts.get(key, 0) < FEWEST_CONTACTS}
        return {value: frozenset(each for each, its in few if its == value) for value in rows}

    def _segment_gap(
        self,
        scope: Scope,
        rows: Mapping[int, ScoreRow],
        register: Register,
        products: Mapping[int, frozenset[int]],
        few: frozenset[int],
    ) -> SegmentGap:
        parts, one_product = [], scope.product is not None
        for each in self.catalogue:
            row = rows.get(each.pk)
            score = score_of(row, clock=self.clock, half_life=self._half_life(each), one_product=one_product)
            if row is None or score is None:
                continue
            head = headline_of("", score, mass_of(row, products[each.pk], register))
            if head.gap is not None and head.j is not None:
                ends = head.lo or 0.0, head.hi or 0.0, head.n_eff or 0.0
                parts.append(RequirementPart(each.pk, each.owner_id, head.j, head.gap, *ends))
        owners = {part.requirement: part.function or WHOLE for part in parts}
        gaps = {owner: gap for owner, gap in own_gaps(parts, set(owners.values()) - {WHOLE}).items() if gap}
        if whole := weighted(parts):
            gaps[WHOLE] = whole
        customers = {each: counts_of(rows[each]).customers for each in owners}
        return SegmentGap(
            scope.value,
            gaps,
            {owner: sum(owner in (its, WHOLE) for its in owners.values()) for owner in gaps},
            {
                owner: max(customers[each] for each, its in owners.items() if owner in (its, WHOLE))
                for owner in gaps
            },
            with_whole(its for each, its in owners.items() if each not in few),
            {each: counts_of(row).customers for each, row in rows.items()},
            few,
        )  # fmt: skip


def with_whole(functions: Iterable[int]) -> frozenset[int]:
    found = frozenset(functions)
    return found | {WHOLE} if found else found


def hidden_segments(found: Sequence[SegmentGap], function_id: int) -> set[str]:
    """Return the segments whose gap of a function, or of the WHOLE, may not be shown below specialist level."""
    mine = [each for each in found if function_id in each.gaps]
    few = {each.value for each in mine if function_id not in each.enough}
    return _with_the_told({each.value: each.customers[function_id] for each in mine}, few)


def hidden_of_requirement(found: Sequence[SegmentGap], requirement_id: int) -> set[str]:
    """Return the segments in which a requirement may not be shown below specialist level."""
    mine = [each for each in found if requirement_id in each.heard]
    few = {each.value for each in mine if requirement_id in each.few}
    return _with_the_told({each.value: each.heard[requirement_id] for each in mine}, few)


def _with_the_told(customers: Mapping[str, int], few: set[str]) -> set[str]:
    """Return the segments of too few people, and others until those left out together are enough not to be told."""
    hidden = set(few)
    shown = sorted((value for value in customers if value not in hidden), key=lambda value: (customers[value], value))
    while hidden and shown and _is_told(hidden, customers):
        hidden.add(shown.pop(0))
    return hidden


def _is_told(hidden: set[str], customers: Mapping[str, int]) -> bool:
    # Five customers have five contacts at least.
    return len(hidden) == 1 or sum(customers[value] for value in hidden) < max(FEWEST_CONTACTS, FEWEST_CUSTOMERS)
