"""What changed since the last kept month end: each gap then and now, and whether that is more than chance."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from dashboard.words import counted, sentence
from gap_scores.board import Board, FunctionRow, KeptEnd
from gap_scores.selectors import last_month_end
from scoring.changes import Change, Estimate, change_between
from web.templatetags.show import fixed, spoken_day

SIGNS = {Change.BETTER: "better", Change.WORSE: "worse", Change.NO_SIGNAL: "none"}


@dataclass(frozen=True, slots=True)
class Moved:
    """One gap then and now, in points with its interval. function_id None: the overall gap."""

    name: str
    function_id: int | None
    then: Estimate
    now: Estimate
    n_eff: float
    change: Change

    @property
    def sign(self) -> str:
        return SIGNS[self.change]

    @property
    def size(self) -> float:
        return abs(self.now.gap - self.then.gap)

    @property
    def from_to(self) -> str:
        return f"{fixed(self.then.gap)} ({_range(self.then)}), now {fixed(self.now.gap)} ({_range(self.now)})"


@dataclass(frozen=True, slots=True)
class Since:
    """All that can be compared with a month end, signals first; new: dots that had no gap then."""

    as_of: date
    moved: tuple[Moved, ...]
    new: tuple[str, ...]

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
    def shown(self) -> tuple[Moved, ...]:
        """The signals, and the overall gap in any case; what stayed within chance is only counted."""
        return tuple(each for each in self.moved if each.change is not Change.NO_SIGNAL or each.function_id is None)

    @property
    def rest(self) -> str:
        silent = len(self.moved) - len(self.shown)
        return f"{sentence(counted(silent, 'dot'))} compared without a signal." if silent else ""

    def of_function(self, function_id: int) -> Moved | None:
        return next((each for each in self.moved if each.function_id == function_id), None)


def since_last_month_end(board: Board) -> Since | None:
    """Compare a board of current customers with the last kept month end; None where there is none, or another scope."""
    if not board.scope.is_headline:
        return None
    kept = last_month_end(before=board.stamp.as_of)
    return None if kept is None else Since(kept.as_of, _moved(board, kept), tuple(_new(board, kept)))


def _moved(board: Board, kept: KeptEnd) -> tuple[Moved, ...]:
    found = [_function(row, kept) for row in board.functions]
    if board.overall and kept.overall:
        whole = board.overall
        found.append(_one("Overall gap", None, kept.overall, _estimate(whole.gap, whole.lo, whole.hi), whole.n_eff))
    return tuple(sorted(filter(None, found), key=lambda each: (each.change is Change.NO_SIGNAL, -each.size, each.name)))


def _function(row: FunctionRow, kept: KeptEnd) -> Moved | None:
    then = kept.functions.get(row.function_id)
    if then is None or row.own is None or row.is_internal:
        return None
    return _one(row.name, row.function_id, then, _estimate(row.own, row.own_lo, row.own_hi), row.n_eff or 0.0)


def _one(name: str, function_id: int | None, then: Estimate, now: Estimate, n_eff: float) -> Moved:
    return Moved(name, function_id, then, now, n_eff, change_between(then, now))


def _new(board: Board, kept: KeptEnd) -> Iterable[str]:
    return (
        row.name
        for row in board.functions
        if row.own is not None and not row.is_internal and row.function_id not in kept.functions
    )


def _estimate(gap: float, lo: float | None, hi: float | None) -> Estimate:
    # A sum of products can differ from its ends in the last bit.
    return Estimate(gap, min(lo or 0.0, gap), max(100.0 if hi is None else hi, gap))


def _range(gap: Estimate) -> str:
    return f"{fixed(gap.lo)} to {fixed(gap.hi)}"


def since_words(moved: Moved | None, since: Since | None) -> tuple[str, str]:
    """Return how a function's change is said in its strip: the verdict, and what it rests on."""
    if since is None:
        return "not known", "no month end was kept before"
    if moved is None:
        return "not known", f"it had no gap on {spoken_day(since.as_of)}"
    return moved.change.value, f"{fixed(moved.then.gap)} ({_range(moved.then)}) on {spoken_day(since.as_of)}"
