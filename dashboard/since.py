"""What changed since a day: each gap then and now, and whether that is more than chance.

The day is the one that the address names, else the last review, else 90 days back: of days the newest one that was kept
then, or the oldest one where none is so old.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar
from urllib.parse import urlencode

from dashboard.opinion import is_few
from dashboard.selectors import customers_heard
from dashboard.words import counted, sentence
from gap_scores.board import Board, FunctionRow, KeptDay, KeptEnd
from gap_scores.boards import kept_with_board
from gap_scores.selectors import days_to_compare, kept_ends
from scoring.changes import Change, Estimate, change_between
from web.templatetags.show import fixed, spoken_day

WINDOW = timedelta(days=90)
MOST_DAYS = 24  # that the page offers to compare with, beside the one it is compared with
Day = TypeVar("Day", KeptDay, KeptEnd)
SIGNS = {Change.BETTER: "better", Change.WORSE: "worse", Change.NO_SIGNAL: "none"}


@dataclass(frozen=True, slots=True)
class Moved:
    """One gap then and now, in points with its interval. function_id None: the overall gap.

    was_few: so few were heard then that only the interval may be told, as of fewer than five effective ones now.
    """

    name: str
    function_id: int | None
    then: Estimate
    now: Estimate
    n_eff: float
    change: Change
    was_few: bool

    @property
    def sign(self) -> str:
        return SIGNS[self.change]

    @property
    def size(self) -> float:
        return abs(self.now.gap - self.then.gap)

    @property
    def from_to(self) -> str:
        return f"{self.before}, now {_told(self.now, few=is_few(self.n_eff))}"

    @property
    def before(self) -> str:
        return _told(self.then, few=self.was_few)


@dataclass(frozen=True, slots=True)
class Since:
    """All that can be compared with a kept day, signals first; new: dots that had no gap then.

    days: the kept days that can be compared with, newest first; is_review: a review was held on that day.
    """

    as_of: date
    is_review: bool
    moved: tuple[Moved, ...]
    new: tuple[str, ...]
    days: tuple[date, ...]
    heard: int = 0  # customers in interviews that were completed since

    @property
    def answer(self) -> str:
        worse, better = (sum(each.change is change for each in self.moved) for change in (Change.WORSE, Change.BETTER))
        if not worse + better:
            return "No signal: nothing moved by more than chance explains."
        parts = [
            f"{'one' if count == 1 else count} for the {side}" for count, side in ((better, "better"), (worse, "worse"))
            if count
        ]  # fmt: skip
        return f"{sentence(counted(worse + better, 'signal'))}: {', '.join(parts)}."

    @property
    def made_of(self) -> str:
        """The address of what the change up to the newest kept day is made of; '' where none is newer."""
        newest = self.days[0] if self.days else self.as_of
        return urlencode({"then": self.as_of.isoformat(), "now": newest.isoformat()}) if newest > self.as_of else ""

    @property
    def shown(self) -> tuple[Moved, ...]:
        """The signals, and the overall gap in any case; what stayed within chance is only counted."""
        return tuple(each for each in self.moved if each.change is not Change.NO_SIGNAL or each.function_id is None)

    @property
    def rest(self) -> str:
        silent = len(self.moved) - len(self.shown)
        return f"{sentence(counted(silent, 'dot'))} compared without a signal." if silent else ""

    def of_function(self, function_id: int) -> Moved | None:
        return next((each for each in self.moved if each.function_id == function_id), None)


def ends_before(board: Board, since: date | None) -> list[KeptEnd]:
    """Return the newest kept days that a board can be compared with, and the one it is compared with, oldest first: of
    another scope none is kept. They are read once for each state of the scores."""
    if not board.scope.is_headline:
        return []
    return kept_with_board(board, ("ends", since), lambda: _read_ends(board, since))


def _read_ends(board: Board, since: date | None) -> list[KeptEnd]:
    days = days_to_compare(before=board.stamp.as_of)
    return kept_ends({*days[-MOST_DAYS:], _end_for(days, since, board.stamp.as_of)}) if days else []


def since_day(board: Board, ends: Sequence[KeptEnd], since: date | None) -> Since | None:
    """Compare a board of current customers with one of the kept days; None where there is none."""
    if not ends:
        return None
    kept = _end_for(ends, since, board.stamp.as_of)
    days = tuple(end.as_of for end in reversed(ends))
    heard = customers_heard(after=kept.as_of, until=board.stamp.as_of)
    return Since(kept.as_of, kept.is_review, _moved(board, kept), tuple(_new(board, kept)), days, heard)


def _end_for(ends: Sequence[Day], since: date | None, today: date) -> Day:
    """Return the kept day that is compared with; `ends` are oldest first."""
    if since is None and (reviews := [end for end in ends if end.is_review]):
        return reviews[-1]
    day = since or today - WINDOW
    return next((end for end in reversed(ends) if end.as_of <= day), ends[0])


def _moved(board: Board, kept: KeptEnd) -> tuple[Moved, ...]:
    found = [_function(row, kept) for row in board.functions]
    if whole := board.overall:
        found.append(_one("Overall gap", None, kept, _estimate(whole.gap, whole.lo, whole.hi), whole.n_eff))
    return tuple(sorted(filter(None, found), key=lambda each: (each.change is Change.NO_SIGNAL, -each.size, each.name)))


def _function(row: FunctionRow, kept: KeptEnd) -> Moved | None:
    if row.own is None or row.is_internal:
        return None
    return _one(row.name, row.function_id, kept, _estimate(row.own, row.own_lo, row.own_hi), row.n_eff or 0.0)


def _one(name: str, function_id: int | None, kept: KeptEnd, now: Estimate, n_eff: float) -> Moved | None:
    then = kept.gap_of(function_id)
    if then is None:
        return None
    return Moved(name, function_id, then, now, n_eff, change_between(then, now), kept.is_few(function_id))


def _new(board: Board, kept: KeptEnd) -> Iterable[str]:
    return (
        row.name
        for row in board.functions
        if row.own is not None and not row.is_internal and row.function_id not in kept.functions
    )


def _estimate(gap: float, lo: float | None, hi: float | None) -> Estimate:
    # A sum of products can differ from its ends in the last bit.
    return Estimate(gap, min(lo or 0.0, gap), max(100.0 if hi is None else hi, gap))


def _told(gap: Estimate, *, few: bool) -> str:
    return _range(gap) if few else f"{fixed(gap.gap)} ({_range(gap)})"


def _range(gap: Estimate) -> str:
    return f"{fixed(gap.lo)} to {fixed(gap.hi)}"


def since_words(moved: Moved | None, since: Since | None) -> tuple[str, str]:
    """Return how a function's change is said in its strip: the verdict, and what it rests on."""
    if since is None:
        return "not known", "no day was kept before"
    if moved is None:
        return "not known", f"it had no gap on {spoken_day(since.as_of)}"
    return moved.change.value, f"{moved.before} on {spoken_day(since.as_of)}"
