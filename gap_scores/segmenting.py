"""One reading of the projection by segment: the gaps of the circle and of its functions, side by side."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from gap_scores.board import FEWEST_CONTACTS, FEWEST_CUSTOMERS, Scope
from gap_scores.reading import Reader, counts_of
from gap_scores.scopes import LIFECYCLES, Key, codes_of
from gap_scores.scoping import DIMENSIONS, contacts_in, scope_rows
from gap_scores.store import ScoreRow
from gap_scores.workings import Register, headline_of, mass_of, products_of, registers_by, score_of
from scoring.rollup import RequirementPart, Whole, own_gaps, weighted

WHOLE = 0  # stands for all functions together where a segment is counted by function


@dataclass(frozen=True, slots=True)
class SegmentGap:
    """The gaps of one segment by function, WHOLE for all of them; a function that nobody was heard about is missing.

    scored: requirements that the gap rests on. customers: those heard on the requirement on which most were heard.
    enough: functions with a requirement on which enough people were heard to show it below specialist level.
    """

    value: str
    gaps: Mapping[int, Whole]
    scored: Mapping[int, int]
    customers: Mapping[int, int]
    enough: frozenset[int]


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
        found = (
            self._segment_gap(
                replace(self.scope, dimension=dimension, value=value, as_of=None),
                its,
                registers.get(value, Register(0, {})),
                products,
            )
            for value, its in rows.items()
        )
        return tuple(each for each in found if each.gaps)

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

    def _contacts_of(self, scope: Scope, requirements: Sequence[int]) -> Mapping[int, int]:
        return contacts_in(self.generation, requirements, scope)

    def _segment_gap(
        self, scope: Scope, rows: Mapping[int, ScoreRow], register: Register, products: Mapping[int, frozenset[int]]
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
            self._enough(scope, rows, owners),
        )  # fmt: skip

    def _enough(self, scope: Scope, rows: Mapping[int, ScoreRow], owners: Mapping[int, int]) -> frozenset[int]:
        """Return the functions with a requirement of five contacts of three customers, counted in doubt."""
        counts = {each: counts_of(rows[each]) for each in owners}
        sure = {each for each, its in counts.items() if its.customers >= FEWEST_CONTACTS}
        settled = {owners[each] for each in sure}
        doubtful = [
            each
            for each, its in counts.items()
            if each not in sure
            and owners[each] not in settled
            and its.customers >= FEWEST_CUSTOMERS
            and its.heard >= FEWEST_CONTACTS
        ]
        contacts = self._contacts_of(scope, doubtful) if doubtful else {}
        return with_whole({owners[each] for each in (*sure, *doubtful) if each in sure or contacts.get(each, 0) >= 5})


def with_whole(functions: Iterable[int]) -> frozenset[int]:
    found = frozenset(functions)
    return found | {WHOLE} if found else found
