"""The page of one initiative: its verdict, which requirements it touches, and what was decided."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from dashboard.drawing.small import RangeBar
from dashboard.gap_view import may_open
from dashboard.initiative_list import gain_bar
from dashboard.realised_panel import Outcome, outcome_of
from dashboard.words import level_words, range_words, share_words, short
from functions.models import Program
from functions.selectors import Access
from gap_scores.board import RequirementRow
from gap_scores.selectors import read_board
from gap_scores.showing import hidden_from
from improvements.initiative_models import GOING, Initiative, InitiativeDecision, InitiativeEffect
from improvements.judging import Judge, Verdict
from improvements.verdict_words import cost_words, money_words, reach_sentence, verdict_sentence
from metrics.selectors import metric_ids_for
from requirements_catalog.selectors import requirement_ids_for
from scoring.investing import Touched
from web.templatetags.show import fixed

TouchedRow = tuple[Touched, RequirementRow]


@dataclass(frozen=True, slots=True)
class TouchedLine:
    """A requirement that it touches. now and then: its own gap in points; points: of the overall gap."""

    row: RequirementRow
    touched: Touched
    then: float
    points: float
    bar: RangeBar
    opens: bool

    @property
    def served(self) -> str:
        return share_words(self.touched.served)


@dataclass(frozen=True, slots=True)
class Hidden:
    """Touched requirements of too few customers to show; with a sum one could read off what these need."""

    count: int


@dataclass(frozen=True, slots=True)
class EffectLine:
    effect: InitiativeEffect
    now: str
    words: str
    n: int
    newest_on: date | None
    is_worse: bool
    measures: int


@dataclass(frozen=True)
class InitiativePage:
    verdict: Verdict
    sentence: str
    reach: str
    cost: str
    money: str
    currency: str
    lines: Sequence[TouchedLine]
    hidden: Hidden | None
    effects: Sequence[EffectLine]
    effects_hidden: int
    needs: Sequence[Initiative]
    excludes: Sequence[Initiative]
    decisions: Sequence[InitiativeDecision]
    of_requirements: int
    may_change: bool
    may_decide: bool
    digest: str
    outcome: Outcome | None

    @property
    def row(self) -> Initiative:
        return self.verdict.initiative

    @property
    def sure(self) -> str:
        return f"{fixed(self.verdict.sure[0], 1)} to {fixed(self.verdict.sure[1], 1)}"


def may_change(access: Access, row: Initiative) -> bool:
    """Specialists change every initiative, heads those of their function until somebody decided."""
    return access.is_specialist or (access.heads(row.function_id) and row.state == Initiative.State.PROPOSED)


def initiative_page(*, pk: int, access: Access, program: Program | None, today: date) -> InitiativePage | None:
    board = read_board()
    judge = Judge(board, program, access)
    row = judge.by_id.get(pk)
    if row is None:
        return None
    currency = program.currency if program else ""
    verdict = judge.verdict(row)
    lines, hidden = _touched(verdict, access)
    seen = metric_ids_for(access)
    effects = _effects(judge, row, seen, currency)
    barred = judge.barred.get(pk, frozenset())
    return InitiativePage(
        verdict=verdict,
        sentence=verdict_sentence(verdict, currency, names_few=access.is_specialist),
        reach=reach_sentence(verdict),
        cost=cost_words(verdict.cost, currency),
        money="" if verdict.cost.money is None else money_words(verdict.cost.money, currency),
        currency=currency,
        lines=lines,
        hidden=hidden,
        effects=effects,
        effects_hidden=len(row.effects.all()) - len(effects),
        needs=[judge.by_id[each.needed_id] for each in row.needs.all()],
        excludes=[other for other in judge.rows if other.pk in barred],
        decisions=list(row.decisions.all()),
        of_requirements=len(board.requirements),
        may_change=may_change(access, row),
        may_decide=access.is_specialist and row.state not in GOING,
        digest=judge.digest,
        outcome=outcome_of(row, judge=judge, access=access, seen=seen, program=program, today=today),
    )


def _touched(verdict: Verdict, access: Access) -> tuple[list[TouchedLine], Hidden | None]:
    allowed = requirement_ids_for(access)
    shown, rest = may_be_shown(verdict, access)
    top = max((each.gain.hi for each, _ in shown), default=0.0)
    lines = [
        TouchedLine(
            row=row,
            touched=each,
            then=max((row.score.gap if row.score else 0.0) - each.gain.points, 0.0),
            points=(row.share or 0.0) * each.gain.points,
            bar=gain_bar(each.gain, top),
            opens=may_open(access, allowed, row.requirement_id),
        )
        for each, row in shown
    ]
    # One alone is not even counted: that there is one would tell that its level moves.
    return lines, Hidden(len(rest)) if len(rest) > 1 else None


def may_be_shown(verdict: Verdict, access: Access) -> tuple[list[TouchedRow], list[TouchedRow]]:
    """Return the touched requirements that a person may see one by one, and those that become one line."""
    apart = hidden_from(access, verdict.board.requirements)
    return (
        [(each, row) for each, row in verdict.rows if row.requirement_id not in apart],
        [(each, row) for each, row in verdict.rows if row.requirement_id in apart],
    )


def _effects(judge: Judge, row: Initiative, seen: set[int] | None, currency: str) -> list[EffectLine]:
    return [_effect(judge, each, currency) for each in row.effects.all() if seen is None or each.metric_id in seen]


def _effect(judge: Judge, effect: InitiativeEffect, currency: str) -> EffectLine:
    metric, here = effect.metric, judge.ground.metrics.get(effect.metric_id)
    level = here.level if here else None
    now = level_words(None if level is None else short(float(level.value)), metric.unit, currency)
    return EffectLine(
        effect=effect,
        now=now,
        words=range_words((effect.low, effect.likely, effect.high), metric.unit, currency),
        n=level.n if level else 0,
        newest_on=here.newest_on if here else None,
        is_worse=effect.worse_is_meant,
        measures=len(judge.ground.measured_by(effect.metric_id)),
    )
