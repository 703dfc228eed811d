"""What came true of an initiative, as its page shows it: what the person may not see is left out and counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from dashboard.words import level_words, range_words, short
from functions.models import Program
from functions.selectors import Access
from improvements.initiative_models import GOING, Initiative
from improvements.judging import Judge
from improvements.realised import Asked, Checkpoint, LevelThen, Since, asked_change, checkpoints_of, entered_since
from improvements.realised_words import level_says, points_say
from improvements.told_then import may_be_told
from improvements.verdict_words import money_words


@dataclass(frozen=True, slots=True)
class LevelLine:
    """A predicted level against the measured one, in words."""

    level: LevelThen
    predicted: str
    came: str
    says: str


@dataclass(frozen=True, slots=True)
class CheckpointView:
    its: Checkpoint
    levels: Sequence[LevelLine]
    hidden: int
    points: str
    asked: Asked | None
    since: Since | None


@dataclass(frozen=True)
class Outcome:
    """views: the checkpoints, the first one first. spent: what it really cost, '' where nobody said."""

    row: Initiative
    views: Sequence[CheckpointView]
    spent: str
    predicted_cost: str
    may_say: bool

    @property
    def passed(self) -> Sequence[CheckpointView]:
        return [each for each in self.views if each.its.is_passed]

    @property
    def next_on(self) -> date | None:
        return next((each.its.on for each in self.views if not each.its.is_passed), None)


def outcome_of(
    row: Initiative, *, judge: Judge, access: Access, seen: set[int] | None, program: Program | None, today: date
) -> Outcome | None:
    """Return what came true of an initiative; None while nobody decided for it. seen: the metrics of this person."""
    if row.state not in {Initiative.State.DECIDED_FOR, *GOING}:
        return None
    currency = program.currency if program else ""
    checkpoints = checkpoints_of([row], today=today).get(row.pk, [])
    is_told = bool(checkpoints) and may_be_told(checkpoints[0].decision, judge, access)
    money = checkpoints[0].decision.believed.get("money") if checkpoints else None
    return Outcome(
        row,
        [_view(each, seen, access, currency, is_told=is_told) for each in checkpoints],
        spent="" if row.cost_spent is None else money_words(row.cost_spent, currency),
        predicted_cost=money_words(Decimal(money), currency) if money else "",
        may_say=access.is_specialist,
    )


def _view(its: Checkpoint, seen: set[int] | None, access: Access, currency: str, *, is_told: bool) -> CheckpointView:
    shown = [each for each in its.levels if seen is None or each.metric.pk in seen]
    return CheckpointView(
        its,
        levels=[level_line(each, currency) for each in shown],
        hidden=len(its.levels) - len(shown),
        points=points_say(its) if its.is_passed and is_told else "",
        asked=asked_change(its, access) if its.is_passed and is_told else None,
        since=entered_since(its, shown) if its.is_passed and shown else None,
    )


def level_line(each: LevelThen, currency: str) -> LevelLine:
    predicted = range_words((each.low, each.likely, each.high), each.unit, currency)
    came = "" if each.came is None else level_words(short(each.came), each.unit, currency)
    return LevelLine(each, predicted, came, level_says(each))
