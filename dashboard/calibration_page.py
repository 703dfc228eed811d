"""How well we estimate: the share of estimates that came true within their range, and what was promised too much."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from dashboard.realised_panel import LevelLine, level_line
from functions.models import Program
from improvements.calibrating import Calibration, Calibrations
from improvements.realised import MONTHS, Checkpoint
from improvements.realised_words import OF_FEW, RANGES, bias_words, within_words
from scoring.calibration import Ranges, Within

MOST_SHOWN = 30


@dataclass(frozen=True, slots=True)
class CalibrationLine:
    """One person's figures, or those of all, in words."""

    its: Calibration
    newest: str
    by_months: Sequence[tuple[int, str]]
    bias: str
    ranges: str


@dataclass(frozen=True, slots=True)
class EstimateLine:
    checkpoint: Checkpoint
    line: LevelLine


@dataclass(frozen=True)
class CalibrationPage:
    its: Calibrations
    program: Program | None

    @cached_property
    def whole(self) -> CalibrationLine | None:
        return calibration_line(self.its.whole) if self.its.whole else None

    @cached_property
    def own(self) -> CalibrationLine | None:
        return calibration_line(self.its.own) if self.its.own else None

    @property
    def headings(self) -> list[tuple[str, CalibrationLine]]:
        """The panels: all together, then one's own."""
        both = (("How do all of us estimate?", self.whole), ("How do I estimate?", self.own))
        return [(heading, line) for heading, line in both if line is not None and line.its.newest.n]

    @cached_property
    def people(self) -> list[CalibrationLine]:
        return [calibration_line(each) for each in self.its.people]

    @property
    def answer(self) -> str:
        first = self.whole or self.own
        if first is None or not first.its.newest.n:
            return "Nothing that was predicted can be compared yet"
        if first.its.newest.share is None:
            return f"Too few to say: {within_count(first.its.newest)}"
        return f"{'' if self.whole else 'Of yours, '}{first.newest}"

    @cached_property
    def lines(self) -> list[EstimateLine]:
        currency = self.program.currency if self.program else ""
        return [
            EstimateLine(each.checkpoint, level_line(each.level, currency)) for each in self.its.estimates[:MOST_SHOWN]
        ]


def within_count(its: Within) -> str:
    return f"{its.within} of {its.n} estimates came true within their range"


def calibration_line(its: Calibration) -> CalibrationLine:
    ranges, shown = its.newest.ranges, dict(its.by_months)
    return CalibrationLine(
        its,
        newest=within_words(its.newest),
        by_months=[(months, within_words(shown[months]) if months in shown else OF_FEW) for months in MONTHS],
        bias=bias_words(its.bias),
        ranges="" if ranges is Ranges.TOO_FEW else RANGES[ranges],
    )
