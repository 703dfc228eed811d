"""Which signals, and what was behind them? Signals, new limits and notes of a chart in one table, the newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from dashboard.chart_words import signal_words
from dashboard.drawing.control import Note
from dashboard.words import count_word, counted, sentence
from metrics.charting import Charted
from metrics.models import ChartNote, ChartPhase
from scoring.charts import Point

MOST_UNSAID = 8  # signals of which nobody said what was behind them, in the table


@dataclass(frozen=True, slots=True)
class NotedHere:
    """A note with its number on the chart; number None: nothing was measured where it belongs."""

    note: ChartNote
    number: int | None


@dataclass(frozen=True, slots=True)
class Told:
    """One row. ends_on: the day that a note on this signal would be about; phase: new limits that begin here.

    waits: they do not hold yet.
    """

    when: str
    at: int
    value: str = ""
    rule: str = ""
    way: str = ""
    ends_on: date | None = None
    notes: tuple[NotedHere, ...] = ()
    phase: ChartPhase | None = None
    waits: bool = False

    @property
    def day(self) -> str:
        """The day of the signal as an address has it."""
        return self.ends_on.isoformat() if self.ends_on else ""

    @property
    def is_said(self) -> bool:
        return bool(self.notes or self.phase)


@dataclass(frozen=True)
class ChartStory:
    """values: how the value at each place is said. cadence: days from one period to the next."""

    shown: Charted
    phases: Sequence[ChartPhase]
    notes: Sequence[ChartNote]
    values: dict[int, str]
    cadence: int

    @cached_property
    def noted(self) -> list[tuple[NotedHere, range]]:
        """Notes in order of time, with the places that they cover; those on the chart are numbered."""
        found, number = [], 0
        for note in self.notes:
            covered = self._covered(note)
            number += bool(covered)
            found.append((NotedHere(note, number if covered else None), covered))
        return found

    def _covered(self, note: ChartNote) -> range:
        first, last = self._place(note.begins_on), self._place(note.ends_on)
        if first is None or self._is_before(note.ends_on):
            return range(0)
        return range(first, len(self.shown.periods) if last is None else last + 1)

    def _is_before(self, day: date) -> bool:
        """Whether the day lies before the first period: that one covers a cadence up to its end."""
        first = min(row.period_end for period in self.shown.periods for row in period.rows)
        return (first - day).days >= self.cadence

    def _place(self, day: date) -> int | None:
        """Return the first place that ends on this day or later."""
        return next((at for at, each in enumerate(self.shown.periods) if each.ends_on and each.ends_on >= day), None)

    def _at(self, day: date) -> int:
        """Return the place of a day among the rows, also of one before or after the chart."""
        place = -1 if self._is_before(day) else self._place(day)
        return len(self.shown.periods) if place is None else place

    @property
    def marks(self) -> tuple[Note, ...]:
        """The numbers above the plot."""
        return tuple(
            Note(each.number, covered.start, each.note.text) for each, covered in self.noted if each.number is not None
        )

    @cached_property
    def _rows(self) -> list[Told]:
        signals = [self._signal(*each) for each in self.shown.signalling]
        told = {id(each.note) for row in signals for each in row.notes}
        notes = [
            Told(days_words(each.note), covered.start if covered else self._at(each.note.ends_on), notes=(each,))
            for each, covered in self.noted
            if id(each.note) not in told
        ]
        begun = [
            Told(
                short_day(phase.begins_on),
                self._at(phase.begins_on),
                phase=phase,
                waits=waits(phase, self.shown),
            )
            for phase in self.phases
            if phase.taken_back_at is None
        ]
        return sorted([*signals, *notes, *begun], key=lambda row: -row.at)

    def _signal(self, period: object, point: Point, way: str) -> Told:
        place = self.shown.periods[point.index]
        return Told(
            when=place.name,
            at=point.index,
            value=self.values[point.index],
            rule=signal_words(point.signals),
            way=way,
            ends_on=place.ends_on,
            notes=tuple(each for each, covered in self.noted if point.index in covered),
        )

    @property
    def rows(self) -> list[Told]:
        """All that somebody said, and the newest signals of which nobody did."""
        unsaid = [row for row in self._rows if not row.is_said]
        left = {id(row) for row in unsaid[MOST_UNSAID:]}
        return [row for row in self._rows if id(row) not in left]

    @property
    def left(self) -> int:
        return len(self._rows) - len(self.rows)

    @property
    def taken_back(self) -> list[ChartPhase]:
        return [phase for phase in self.phases if phase.taken_back_at is not None]

    @property
    def answer(self) -> str:
        """How many signals there are, and of how many it is known what was behind them."""
        signals = len(self.shown.signalling)
        if not signals:
            return "None: do not react to single points."
        explained = sum(bool(row.notes) for row in self._rows if row.rule)
        said = f"{sentence(counted(signals, 'signal'))} in {counted(self.shown.count, 'point')}"
        if not explained:
            return f"{said}; nobody has said yet what was behind {'it' if signals == 1 else 'them'}."
        if explained == signals:
            return f"{said}, and it is known what was behind {'it' if signals == 1 else 'each'}."
        return f"{said}; of {count_word(explained)} it is known what was behind it."


def days_words(note: ChartNote) -> str:
    if note.begins_on == note.ends_on:
        return short_day(note.begins_on)
    return f"{short_day(note.begins_on)} to {short_day(note.ends_on)}"


def short_day(day: date) -> str:
    return f"{day.day} {day:%b %y}"


def waits(phase: ChartPhase, shown: Charted) -> bool:
    """Whether newly named limits do not hold yet: they have no two neighbouring periods."""
    return shown.newest_begins is not None and phase.begins_on > shown.newest_begins


def shift_words(shown: Charted, phases: Sequence[ChartPhase], before: str, now: str) -> str:
    """Say how the newest named limits differ from those before; nothing where none were named."""
    holding = [phase for phase in phases if phase.taken_back_at is None and not waits(phase, shown)]
    if len(shown.chart.phases) < 2 or not holding:
        return ""
    newest = holding[-1]
    old, new = shown.chart.phases[-2].centre, shown.chart.phases[-1].centre
    if old == new:
        return ""
    way = "worse" if (new > old) == (shown.direction.value == "lower") else "better"
    return f"It shifted for the {way}, from {before} to {now}, on {short_day(newest.begins_on)}: {newest.reason}"
