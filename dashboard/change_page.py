"""What the change between two kept days is made of: the overall gap's, or that of one dot."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _

from dashboard.drawing.falls import Fall, falls
from functions.models import Function
from functions.selectors import Access
from gap_scores.models import Snapshot
from gap_scores.selectors import kept_days, kept_on
from gap_scores.splitting import Comparison, check_order, compare, last_try
from gap_scores.waterfall import WHOLE
from jobs.models import Job
from requirements_catalog.models import Requirement
from scoring.changes import Change, Estimate
from scoring.waterfall import Cause, Part, Waterfall, in_steps
from web.templatetags.show import fixed

MOST_NAMED = 3
STEP = 0.1  # points of gap, as they are shown
LEAST_POINTS = STEP / 2  # what rounds to nothing is not named
WORDS = {
    Cause.INTERVIEWS: (_("New interviews"), _("answers that came, were corrected or withdrawn")),
    Cause.FADED: (_("Faded evidence"), _("what was heard before counts less beside what is newer")),
    Cause.LEVELS: (_("Measured levels"), _("what the same metrics say now")),
    Cause.LINKS: (_("Changed links"), _("another metric says which level is reached")),
    Cause.WEIGHTS: (_("Weights"), _("the weight set, and customers' value bands")),
    Cause.REGISTER: (_("Register"), _("who uses which product")),
    Cause.DEFINITIONS: (_("Definitions"), _("scales, half-lives, owners, requirements that came or went")),
}


@dataclass(frozen=True, slots=True)
class CauseLine:
    """One cause: its bar, its points rounded so that all add up, and the requirements that moved most by it."""

    words: str
    about: str
    fall: Fall
    points: float
    named: tuple[tuple[Requirement, str], ...] = ()

    @property
    def sign(self) -> str:
        return "none" if abs(self.points) < LEAST_POINTS else "worse" if self.points > 0 else "better"

    @property
    def judged(self) -> str:
        return "" if self.sign == "none" else self.sign

    @property
    def points_words(self) -> str:
        return signed(self.points)


@dataclass(frozen=True, slots=True)
class Compared:
    """Two kept days in words and bars; job: what works it out just now, or failed to."""

    name: str
    its: Comparison
    lines: tuple[CauseLine, ...] = ()
    totals: tuple[Fall, ...] = ()  # the bars of the two days
    job: Job | None = None

    @property
    def both(self) -> list[tuple[Snapshot, Estimate | None]]:
        return list(zip(self.its.sides, (self.its.then, self.its.now), strict=True))

    @property
    def main(self) -> CauseLine | None:
        moved = [line for line in self.lines if line.sign != "none"]
        return max(moved, key=lambda line: abs(line.fall.points), default=None)

    @property
    def answer(self) -> str:
        if self.its.few:
            return _("Too few voices to tell what moved this gap")
        if self.its.split is None:
            return _("This is not worked out yet") if self.its.waits else _("There was no gap on one of the two days")
        then, now = (fixed(each, 1) for each in (self.its.split.then, self.its.split.now))
        if self.main is None:
            return f"{self.name} stayed at {now}: nothing moved it"
        change = self.its.change
        judged = "no signal" if change is Change.NO_SIGNAL else f"a signal for the {change.value}"
        most = f"{self.main.words} moved it most: {self.main.points_words}"
        return f"{self.name} went from {then} to {now}, {judged}. {most}"


@dataclass(frozen=True, slots=True)
class ChangePage:
    """The kept days to choose from, and two of them compared; problem: why those that the address names cannot be."""

    days: Sequence[date]
    functions: Sequence[tuple[int, str]]
    function: int
    compared: Compared | None = None
    problem: str = ""

    @property
    def answer(self) -> str:
        if self.problem:
            return self.problem
        return self.compared.answer if self.compared else _("Two kept days are needed to compare")


def signed(points: float) -> str:
    sign = "" if abs(points) < LEAST_POINTS else "+" if points > 0 else "\N{MINUS SIGN}"
    return f"{sign}{fixed(abs(points), 1)}"


def change_page(*, parameters: QueryDict, access: Access) -> ChangePage:
    functions = tuple(Function.objects.filter(is_active=True).order_by("name").values_list("pk", "name"))
    function = next((pk for pk, _name in functions if str(pk) == parameters.get("function")), WHOLE)
    days = kept_days()
    try:
        asked = days_asked(parameters, days)
    except ValidationError as error:
        return ChangePage(days, functions, function, problem=" ".join(error.messages))
    if asked is None:
        return ChangePage(days, functions, function)
    then, now = (kept_on(day) for day in asked)
    found = compared_with(then, now, function, access, name=dict(functions).get(function, ""))
    return ChangePage(days, functions, function, found)


def days_asked(parameters: QueryDict, days: Sequence[date]) -> tuple[date, date] | None:
    """Return the earlier and the later day that an address names, without one the newest and the one before it.

    None where no two days are kept. Raises ValidationError for a day that is not kept, or not before the other.
    """
    now = _day(parameters.get("now", ""), days) or next(iter(days), None)
    then = _day(parameters.get("then", ""), days) or next((day for day in days if now and day < now), None)
    if now is None or then is None:
        return None
    check_order(then, now)
    return then, now


def _day(text: str, days: Sequence[date]) -> date | None:
    day = next((each for each in days if each.isoformat() == text), None)
    if text and day is None:
        message = _("No scores of %(day)s are kept. Choose two of the kept days.")
        raise ValidationError(message, "not_kept", {"day": text[:20]})
    return day


def compared_with(then: Snapshot, now: Snapshot, function: int, access: Access, *, name: str = "") -> Compared:
    """Raises ValidationError where `then` is not before `now`."""
    its = compare(then=then, now=now, function=function)
    found = Compared(name or str(_("The overall gap")), its)
    if its.split is None:
        return replace(found, job=last_try(then=then, now=now) if its.waits else None)
    points = [part.points for part in its.split.parts]
    first, bars, last = falls(its.split.then, points)
    rounded = in_steps(its.split.then, points, step=STEP)
    return replace(found, lines=_lines(its.split, bars, rounded, access), totals=(first, last))


def _lines(split: Waterfall, bars: Sequence[Fall], rounded: Sequence[float], access: Access) -> tuple[CauseLine, ...]:
    # What single requirements did says how few spoke about them: for specialists.
    most = {part.cause: _most_moved(part) if access.is_specialist else {} for part in split.parts}
    known = Requirement.objects.in_bulk({each for its in most.values() for each in its})
    return tuple(
        CauseLine(
            *WORDS[part.cause], bar, its, tuple((known[each], signed(of)) for each, of in most[part.cause].items())
        )
        for part, bar, its in zip(split.parts, bars, rounded, strict=True)
    )


def _most_moved(part: Part) -> dict[int, float]:
    moved = sorted(part.by_requirement.items(), key=lambda each: (-abs(each[1]), each[0]))
    return {each: points for each, points in moved[:MOST_NAMED] if abs(points) >= LEAST_POINTS}
