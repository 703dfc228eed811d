"""The example's beliefs: what its heads said before they looked, in an asking that is over."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from accounts.models import User
from functions.models import Membership
from functions.selectors import program_day
from gap_scores.board import Scope
from gap_scores.selectors import kept_last_between, read_board
from improvements.belief_models import BeliefSheet
from improvements.believing import Said, ask_beliefs, say_beliefs
from requirements_catalog.models import Requirement

Row = Mapping[str, Any]


def make_beliefs_of_example(catalogue: Row, *, now: datetime) -> None:
    """Ask the heads some days before now, and hand in what they said; how far it is off follows from the rest."""
    row, today = catalogue["beliefs"], program_day(now)
    ids = dict(Requirement.objects.filter(reference__in=row["asked"]).values_list("reference", "pk"))
    opens_on = today - timedelta(days=row["opened_days_ago"])
    at = now - timedelta(days=row["opened_days_ago"])
    # What customers said by then: that of the month's end before.
    as_of = kept_last_between(date.min, opens_on)
    asking = ask_beliefs(
        board=read_board(scope=Scope(as_of=as_of)), requirements=set(ids.values()), title=row["title"],
        opens_on=opens_on, closes_on=today - timedelta(days=row["closed_days_ago"]),
        by_name=catalogue["assessor"], now=at, today=opens_on,
    )  # fmt: skip
    for each in row["answers"]:
        say_beliefs(
            asking=asking, person=_head_called(each["head"]), role=BeliefSheet.Role.HEAD, hand_in=True, now=at,
            said={ids[name]: Said(*pair) for name, pair in each["said"].items()}, today=opens_on,
        )  # fmt: skip


def _head_called(name: str) -> User:
    first_name, last_name = name.split(" ", 1)
    heads = Membership.objects.filter(role=Membership.Role.HEAD)
    return heads.get(user__first_name=first_name, user__last_name=last_name).user
