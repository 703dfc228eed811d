"""Can this process do it? Its limits and capability against the customers' level and our target, or why not told."""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.chart_words import LIMITS_HOLD, holding_words, not_yet_words
from dashboard.words import level_number, level_words, share_words, short
from metrics.charting import Charted
from metrics.models import Metric
from scoring.capability import Index, NotYet, capability, not_yet, process_of
from scoring.charts import Assurance, Point
from scoring.felt import Direction

AGAINST_CUSTOMERS, AGAINST_TARGET = "Capability", "Against our target"


@dataclass(frozen=True)
class CapabilityPanel:
    """usual: the chart that the metric's kind asks for, whatever chart is shown. customers: their level, if known."""

    metric: Metric
    usual: Charted | None
    currency: str
    customers: float | None
    assurance: Assurance | None

    def in_words(self, value: float) -> str:
        return level_words(short(value), self.metric.unit, self.currency)

    @property
    def answer(self) -> str:
        """Whether ordinary variation reaches what customers need, said by the end that decides it."""
        if self.usual is None:
            return "Not known: there are too few periods for limits."
        if self.assurance is None or self.customers is None:
            return "Not known: no level that customers need can be compared."
        need = self.in_words(self.customers)
        if self.assurance is Assurance.WILL:
            return f"Yes. At its worst it is {self._end(better=False)}; customers need {need}."
        if self.assurance is Assurance.MAY:
            return f"Now and then. It varies from {self._span}; customers need {need}."
        return f"No. At its best it reaches {self._end(better=True)}; customers need {need}."

    @property
    def facts(self) -> list[tuple[str, str]]:
        """Label and sentence of each line."""
        if self.usual is None:
            return []
        found = [("Limits", f"{self._span}, {self._from}")]
        reason = not_yet(self.usual.chart)
        if reason is not None:
            return [*found, (AGAINST_CUSTOMERS, self._why_not(reason))]
        if self.customers is not None:
            found.append((AGAINST_CUSTOMERS, self._against(self.customers, says_side=True)))
        if self.metric.target is not None:
            found.append((AGAINST_TARGET, self._against(float(self.metric.target))))
        return found

    @property
    def _span(self) -> str:
        point = self._usual.newest_phase.points[-1]
        return f"{level_number(short(point.lcl))} to {self.in_words(point.ucl)}"

    def _end(self, *, better: bool) -> str:
        point = self._usual.newest_phase.points[-1]
        return self.in_words(point.lcl if better == (self._lower_is_better) else point.ucl)

    @property
    def _usual(self) -> Charted:
        assert self.usual is not None  # noqa: S101 - asked where there is a chart only
        return self.usual

    @property
    def _lower_is_better(self) -> bool:
        return self._usual.direction is Direction.LOWER

    @property
    def _from(self) -> str:
        phase = self._usual.newest_phase
        count = signals_among(phase.basis)
        signals = f"{count} of them signals" if count else "none of them a signal"
        return f"from {len(phase.basis)} points, {signals}{f'; {LIMITS_HOLD}' if phase.held else ''}"

    def _why_not(self, reason: NotYet) -> str:
        phase = self._usual.newest_phase
        points = phase.basis if reason is NotYet.TOO_FEW else phase.points
        return f"{not_yet_words(reason, points=len(points), signals=signals_among(points))}."

    def _against(self, limit: float, *, says_side: bool = False) -> str:
        """Say the one-sided index against a limit with its interval, and what it means."""
        process = process_of(self._usual.chart)
        found = capability(process, **({"upper": limit} if self._lower_is_better else {"lower": limit}))
        side = f", {'upper' if self._lower_is_better else 'lower'} side only" if says_side else ""
        long_term = f"; Ppk {_number(found.ppk.value)} by all variation" if says_side else ""
        said = f"{holding_words(found.cpk.value)} ({_interval(found.cpk)})"
        return f"Cpk {_number(found.cpk.value)} against {self.in_words(limit)}{side}: {said}{long_term}"


def served_words(*, now: float | None, level: str, at_target: float | None) -> str:
    """Say how much of customers' weight is served at the measured level and would be at our target."""
    parts = [f"{share_words(now)} of customers' weight at {level}"] if now is not None and level else []
    parts += [f"{share_words(at_target)} at our target"] if at_target is not None else []
    return "; ".join(parts)


def signals_among(points: Sequence[Point]) -> int:
    return sum(bool(point.signals) for point in points)


def _interval(index: Index) -> str:
    return f"interval {_number(index.lo)} to {_number(index.hi)}"


def _number(value: float) -> str:
    return f"{value:.2f}".replace("-", "\u2212")
