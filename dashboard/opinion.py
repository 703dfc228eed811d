"""What the views of requirements share: whose answers, who may see which row, and how an interval is said."""

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import TypeVar

from dashboard.gap_view import FEWEST_EFFECTIVE, GapView, edges_of, kept_apart, may_open, requirement_gap
from dashboard.scoping import AskedScope
from functions.models import Program
from functions.selectors import Access
from gap_scores.board import FEWEST_CONTACTS, FEWEST_CUSTOMERS, Board, RequirementRow, Stamp
from gap_scores.selectors import read_board, weight_set_in_sums
from interviews.opinions import Asked, Heard
from requirements_catalog.selectors import requirement_ids_for
from web.templatetags.show import fixed

K = TypeVar("K", bound=Hashable)
G = TypeVar("G", bound=Hashable)
Together = tuple[int, int]  # contacts and customers


@dataclass(frozen=True, slots=True)
class Subject:
    """A requirement as every view shows it: its name, its gap, whether its page opens for this person."""

    row: RequirementRow
    gap: GapView | None
    opens: bool
    is_unmet: bool

    @property
    def pk(self) -> int:
        return self.row.requirement_id


class OfSubject:
    """A row of a view: what it shows of its requirement."""

    __slots__ = ()
    subject: Subject

    @property
    def pk(self) -> int:
        return self.subject.pk

    @property
    def reference(self) -> str:
        return self.subject.row.reference

    @property
    def statement(self) -> str:
        return self.subject.row.statement

    @property
    def attribute(self) -> str:
        return self.subject.row.attribute

    @property
    def gap(self) -> GapView | None:
        return self.subject.gap


@dataclass(frozen=True)
class Ground:
    """What a view stands on: the board of its scope, whose answers it reads, and who looks at it."""

    board: Board
    asked: AskedScope
    answers: Asked
    access: Access
    subjects: Mapping[int, Subject]

    @property
    def stamp(self) -> Stamp:
        return self.board.stamp

    def hidden(
        self,
        heard: Mapping[K, Heard],
        groups: Mapping[K, G],
        *,
        together: Callable[[Collection[K]], Together] | None = None,
    ) -> set[K]:
        """Return what this person may not see because it is of too few people; never one alone of its group, because
        the others would give it away.

        together: how many people some rows of a group are, each counted once. To be given where the group's whole minus
        what is shown tells of all that is hidden together: more is hidden until they are enough people.
        """
        if self.access.is_specialist:
            return set()
        hidden = {key for key, each in heard.items() if is_small(each)}
        for group in {groups[key] for key in hidden}:
            mine = sorted(
                (key for key in heard if groups[key] == group), key=lambda key: (heard[key].contacts, str(key))
            )
            shown = [key for key in mine if key not in hidden]
            while shown and _is_told_by_the_rest([key for key in mine if key in hidden], together):
                hidden.add(shown.pop(0))
        return hidden


def ground_of(*, asked: AskedScope, access: Access, program: Program | None) -> Ground:
    # Answers are read for all segments together: a view that has a split shows them side by side.
    asked = asked.of_all_segments
    board = read_board(scope=asked.scope)
    day = asked.scope.as_of or board.stamp.as_of
    answers = Asked(asked.scope.lifecycle, asked.scope.product, day, weight_set_in_sums())
    edges, allowed = edges_of(program), requirement_ids_for(access)
    shown, _hidden = kept_apart(board.requirements, access)
    known = {row.requirement_id for row in shown}

    def subject(row: RequirementRow) -> Subject:
        gap = requirement_gap(row, edges=edges) if row.requirement_id in known else None
        is_unmet = gap is not None and not gap.few and gap.gap >= edges.gap
        return Subject(row, gap, may_open(access, allowed, row.requirement_id), is_unmet)

    rows = (*board.requirements, *board.unscored)
    return Ground(board, asked, answers, access, {row.requirement_id: subject(row) for row in rows})


def _is_told_by_the_rest(hidden: Collection[K], together: Callable[[Collection[K]], Together] | None) -> bool:
    return len(hidden) == 1 or (together is not None and _are_few(*together(hidden)))


def added_up(heard: Mapping[K, Heard]) -> Callable[[Collection[K]], Together]:
    """Return how many people rows are together where nobody is in two of them."""
    return lambda keys: (sum(heard[key].contacts for key in keys), sum(heard[key].customers for key in keys))


def is_small(heard: Heard) -> bool:
    return _are_few(heard.contacts, heard.customers)


def _are_few(contacts: int, customers: int) -> bool:
    return contacts < FEWEST_CONTACTS or customers < FEWEST_CUSTOMERS


def dates_of(heard: Iterable[Heard]) -> tuple[date, date] | None:
    """Return the days of the oldest and of the newest answer."""
    rows = list(heard)
    return (min(each.oldest_on for each in rows), max(each.newest_on for each in rows)) if rows else None


def is_few(n_eff: float | None) -> bool:
    """Whether so few effective customers stand behind it that only the interval may be shown."""
    return n_eff is not None and n_eff < FEWEST_EFFECTIVE


def printed(value: Fraction | float, n_eff: float) -> float | None:
    """Return a value where pages, files and the API may tell it, None where only its interval."""
    return None if is_few(n_eff) else float(value)


def ends_words(lo: float | None, hi: float | None, places: int = 0) -> str:
    return "" if lo is None or hi is None else f"{fixed(lo, places)} to {fixed(hi, places)}"
