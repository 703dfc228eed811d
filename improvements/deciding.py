"""Keeping a decision with what was believed when it was made: the only writer."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from functions.models import Program
from functions.selectors import Access
from gap_scores.board import Board
from gap_scores.investing import Ground
from improvements.initiative_models import GOING, Initiative, InitiativeDecision
from improvements.judging import Judge
from improvements.verdict_words import cost_words, reach_sentence, verdict_sentence
from interviews.coding import LONGEST_NAME

ALTERNATIVES = 10
EVERYBODY = Access()


@transaction.atomic
def record_decision(
    *,
    initiative: Initiative,
    kind: str,
    reason: str,
    board: Board,
    program: Program | None,
    decided_by: User | None,
    decided_by_name: str,
    now: datetime,
    entry: str = "",
    ground: Ground | None = None,
) -> InitiativeDecision:
    """Keep that somebody decided for or against an initiative, with its verdict of now; its state follows.

    The numbers are those of the board's run; ground: with the levels of the day, of a decision of an earlier one. Sent
    twice under one entry it is stored once. Raises ValidationError for one that is running or done, and without a
    reason.
    """
    locked = Initiative.objects.select_for_update(of=("self",)).get(pk=initiative.pk)
    there = InitiativeDecision.objects.filter(entry=entry).first() if entry else None
    if there is not None:
        return there
    if locked.state in GOING:
        message = _("It has begun, so there is nothing left to decide.")
        raise ValidationError(message, code="begun")
    judge = Judge(board, program, ground=ground)
    # Its words are read by everybody, whoever decides.
    open_judge = Judge(board, program, EVERYBODY, ground)
    decision = InitiativeDecision(
        initiative=locked, kind=kind, reason=reason.strip(), decided_by=decided_by,
        decided_by_name=decided_by_name[:LONGEST_NAME], decided_at=now, run=board.stamp.run_id,
        inputs_digest=judge.digest, believed=believed(locked.pk, judge, open_judge, program), entry=entry,
    )  # fmt: skip
    decision.full_clean(exclude={"initiative", "decided_by"})
    decision.save(force_insert=True)
    locked.state = (
        Initiative.State.DECIDED_FOR if kind == InitiativeDecision.Kind.FOR else Initiative.State.DECIDED_AGAINST
    )
    locked.save(update_fields=["state"])
    return decision


def believed(pk: int, judge: Judge, open_judge: Judge, program: Program | None) -> dict[str, Any]:
    """Return what is kept of a verdict: words and alternatives as everybody may read them, numbers and inputs.

    open_judge: it answers as everybody may be told.
    """
    currency = program.currency if program else ""
    verdict, told = (each.verdict(each.by_id[pk]) for each in (judge, open_judge))
    its = verdict.initiative
    others = [row for row in judge.open_rows if row.pk not in {pk, *open_judge.untold}]
    gains = sorted(((row, judge.gain([row.pk])) for row in others), key=lambda each: (-each[1].points, each[0].pk))
    return {
        "sentence": verdict_sentence(told, currency, names_few=False),
        "reach": reach_sentence(told),
        "internal_reason": its.internal_reason,
        "cost": cost_words(verdict.cost, currency),
        "money": None if verdict.cost.money is None else str(verdict.cost.money),
        "overall_gap": verdict.now,
        "points": list(verdict.gain),
        "as_of": judge.board.stamp.as_of.isoformat(),
        "effects": [
            {
                "metric": each.metric_id, "low": str(each.low), "likely": str(each.likely), "high": str(each.high),
                "unit": each.metric.unit, "version": each.metric.version, "by": each.stated_by_id,
            }
            for each in its.effects.all()
        ],
        "lines": believed_lines(its, judge),
        "rival": None if verdict.rival is None else {"names": verdict.rival.names, "points": list(verdict.rival.gain)},
        "alternatives": [{"name": row.name, "points": gain.points} for row, gain in gains[:ALTERNATIVES]],
    }  # fmt: skip


def believed_lines(its: Initiative, judge: Judge) -> list[dict[str, Any]]:
    """Return what the levels that it changes are judged on: with it, what came true is weighed as it was believed.

    per_unit, here: exact, as a fraction; here is the metric's level of the day, now and thresholds are fine steps.
    """
    ground, parts = judge.ground, judge.whole.part_of
    levels = {each.metric_id: ground.metrics[each.metric_id].level for each in its.effects.all()
              if each.metric_id in ground.metrics}  # fmt: skip
    return [
        {
            "requirement": line.requirement, "metric": line.metric, "share": parts[line.requirement].share,
            "gap": parts[line.requirement].gap, "n_eff": parts[line.requirement].n_eff, "now": line.now,
            "per_unit": str(line.per_unit), "here": str(level.value), "steps": [list(step) for step in line.steps],
        }
        for line in ground.lines
        if (level := levels.get(line.metric)) is not None and line.requirement in parts
    ]  # fmt: skip
