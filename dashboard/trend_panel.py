"""How a gap ran over the kept days; a change is said only where it is a signal."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from dashboard.drawing.trend import TrendDrawing, TrendSpot, draw_trend
from dashboard.opinion import is_few
from dashboard.words import counted, sentence
from gap_scores.board import Board, KeptEnd
from scoring.changes import Change, Estimate, signals_along
from web.templatetags.show import fixed, spoken_day

MOST_SPOTS = 24


@dataclass(frozen=True)
class TrendPanel:
    """spots: oldest first, the last one is the board's own day. base: for each, the day that it is compared with."""

    name: str
    spots: tuple[TrendSpot, ...]
    base: tuple[date, ...]

    @property
    def answer(self) -> str:
        if len(self.spots) < 2:
            return "Too few kept days for a trend yet"
        signals = [at for at, spot in enumerate(self.spots) if spot.sign]
        if not signals:
            return f"No signal over {counted(len(self.spots), 'day')}: nothing beyond what chance explains"
        at = signals[-1]
        said = f"{self.spots[at].sign} on {spoken_day(self.spots[at].day)} than on {spoken_day(self.base[at])}"
        more = f", the last of {counted(len(signals), 'signal')}" if len(signals) > 1 else ""
        return sentence(f"{said}{more}")

    @property
    def rows(self) -> list[tuple[TrendSpot, str]]:
        """The days, newest first, each with its gap in words."""
        said = [(spot, ("" if spot.few else f"{fixed(spot.gap)}, ") + _range(spot)) for spot in self.spots]
        return list(reversed(said))

    @cached_property
    def drawings(self) -> tuple[TrendDrawing, ...]:
        return draw_trend(self.spots, heading=f"{self.name} over time", description=self.answer, uid="trend")


def trend_of(board: Board, ends: Sequence[KeptEnd], function_id: int | None = None) -> TrendPanel | None:
    """Return how the overall gap (None) or that of a function ran; None in other scopes, of which nothing is kept."""
    if not board.scope.is_headline:
        return None
    # The day that is compared with comes in beside the newest ones; the course must not hang on it.
    ends = ends[-MOST_SPOTS:]
    kept = [(end.as_of, gap, end.is_few(function_id)) for end in ends if (gap := end.gap_of(function_id))]
    if (now := _now(board, function_id)) is not None:
        kept.append((board.stamp.as_of, *now))
    kept = kept[-MOST_SPOTS:]
    changes = signals_along([gap for _, gap, _ in kept])
    base, bases = date.min, []
    for (day, _, _), change in zip(kept, changes, strict=True):
        bases.append(base)
        base = day if base == date.min or change is not Change.NO_SIGNAL else base
    spots = tuple(
        TrendSpot(day, *gap, "" if change is Change.NO_SIGNAL else change.value, few)
        for (day, gap, few), change in zip(kept, changes, strict=True)
    )
    row = board.function(function_id) if function_id else None
    return TrendPanel(row.name if row else "Overall gap", spots, tuple(bases))


def _now(board: Board, function_id: int | None) -> tuple[Estimate, bool] | None:
    if function_id is None:
        whole = board.overall
        return (estimate_of(whole.gap, whole.lo, whole.hi), is_few(whole.n_eff)) if whole else None
    row = board.function(function_id)
    if row is None or row.own is None or row.is_internal:
        return None
    return estimate_of(row.own, row.own_lo, row.own_hi), not row.is_rankable


def estimate_of(gap: float, lo: float | None, hi: float | None) -> Estimate:
    # A sum of products can differ from its ends in the last bit.
    return Estimate(gap, min(lo or 0.0, gap), max(100.0 if hi is None else hi, gap))


def _range(spot: TrendSpot) -> str:
    return f"{fixed(spot.lo)} to {fixed(spot.hi)}"
