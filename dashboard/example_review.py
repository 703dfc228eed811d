"""The example's management review: what was noted and decided; what it had before it follows from the rest."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from accounts.models import User
from dashboard.review_page import draw_review
from functions.models import Function, Membership
from functions.selectors import program, program_day
from gap_scores.selectors import kept_days, kept_on
from improvements.action_models import Action
from improvements.actions import create_action
from improvements.review_models import ReviewDecision
from improvements.reviews import add_decision, begin_review, close_review, origin_key, write_notes

Row = Mapping[str, Any]


def make_review_of_example(catalogue: Row, *, now: datetime) -> None:
    """Review the newest kept month end, as those of the house did on the day after it."""
    row, day, who = catalogue["review"], kept_days()[0], catalogue["assessor"]
    review = begin_review(
        snapshot=kept_on(day), held_on=day + timedelta(days=1), title=row["title"], took_part=row["took_part"],
        by_name=who, now=now,
    )  # fmt: skip
    write_notes(review=review, notes=row["notes"], seen={})
    functions = {each["key"]: Function.objects.get(name=each["name"]) for each in catalogue["functions"]}
    for each in row["decisions"]:
        function = functions[each["function"]]
        decision = add_decision(
            review=review, sentence=each["sentence"], kind=each["kind"], responsible=_head_of(function),
            due_on=day + timedelta(days=each["due_after_days"]),
        )  # fmt: skip
        if "action" in each:
            _begin(each["action"], decision, function, who, now)
    close_review(
        review=review, draw=lambda locked: draw_review(locked, program=program(), today=program_day(now)),
        nothing_decided=False, by=None, by_name=who, now=now,
    )  # fmt: skip


def _head_of(function: Function) -> User:
    return Membership.objects.get(function=function, role=Membership.Role.HEAD).user


def _begin(kind: str, decision: ReviewDecision, function: Function, who: str, now: datetime) -> None:
    create_action(
        title=decision.sentence, kind=kind, function=function, owner=decision.responsible, due_on=decision.due_on,
        problem=decision.sentence, origin=Action.Origin.REVIEW, origin_key=origin_key(decision.pk), by=None,
        by_name=who, now=now,
    )  # fmt: skip
