"""The example's initiatives, and the one decision about them; what each is worth nobody writes."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from functions.models import Function, Membership
from functions.selectors import Access, program, program_day
from gap_scores.investing import read_ground
from gap_scores.selectors import read_board
from gap_scores.services import drain_all
from improvements.deciding import record_decision
from improvements.initiatives import LEVELS, propose_initiative, state_effect
from improvements.models import Initiative
from improvements.scenarios import save_scenario
from metrics.models import Metric

Row = Mapping[str, Any]


def make_initiatives_of_example(catalogue: Row, *, now: datetime) -> None:
    """Propose the initiatives, each after those that it needs, and decide as somebody of the house did."""
    names = {row["key"]: row["name"] for row in catalogue["functions"]}
    functions = {key: Function.objects.get(name=name) for key, name in names.items()}
    made: dict[str, Initiative] = {}
    for row in catalogue["initiatives"]:
        made[row["name"]] = _propose(row, functions[row["function"]], made, catalogue["assessor"], now)
    _decide(catalogue["initiatives"], made, catalogue["assessor"], now)


def _propose(row: Row, function: Function, made: Mapping[str, Initiative], who: str, now: datetime) -> Initiative:
    initiative = propose_initiative(
        function=function,
        name=row["name"],
        purpose=row["purpose"],
        duration_months=row["duration_months"],
        internal_reason=row.get("internal_reason", ""),
        needs=[made[name] for name in row.get("needs", ())],
        excludes=[made[name] for name in row.get("excludes", ())],
        created_by=None,
        created_by_name=who,
        now=now,
        cost_fixed=Decimal(row["cost_fixed"]),
        cost_yearly=Decimal(row["cost_yearly"]),
        people_days=Decimal(row["people_days"]),
    )
    for each in row["effects"]:
        levels: dict[str, Any] = {name: Decimal(each[name]) for name in LEVELS}
        state_effect(
            initiative=initiative,
            metric=Metric.objects.get(name=each["metric"]),
            today=program_day(now),
            worse_is_meant=each.get("worse_is_meant", False),
            **levels,
        )
    return initiative


def _decide(rows: Sequence[Row], made: Mapping[str, Initiative], who: str, now: datetime) -> None:
    """A decision keeps what the scores say, so they are worked out first."""
    decided = [row for row in rows if "decision" in row]
    drain_all(as_of=now)
    board = read_board()
    for row in decided:
        record_decision(
            initiative=made[row["name"]],
            kind=row["decision"],
            reason=row["reason"],
            board=board,
            program=program(),
            decided_by=None,
            decided_by_name=who,
            now=now,
        )


def make_scenarios_of_example(catalogue: Row, *, now: datetime) -> None:
    """Keep what-ifs of today's scores, which the decisions above have had worked out."""
    functions = {row["key"]: Function.objects.get(name=row["name"]).pk for row in catalogue["functions"]}
    ground, everything = read_ground(read_board()), Access(roles=frozenset({Membership.Role.SPECIALIST}))
    for row in catalogue["scenarios"]:
        levels = [(f"m{Metric.objects.get(name=name).pk}", level) for name, level in row["levels"].items()]
        links = [(f"s{functions[each['from']]}-{functions[each['to']]}", each["strength"]) for each in row["links"]]
        save_scenario(
            pairs=levels + links, ground=ground, access=everything, created_by=None,
            created_by_name=catalogue["assessor"], now=now, name=row["name"], note=row["note"],
        )  # fmt: skip
