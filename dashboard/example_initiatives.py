"""The example's initiatives, and the one decision about them; what each is worth nobody writes."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from functions.models import Function, Membership
from functions.selectors import Access, program, program_day, program_zone
from gap_scores.investing import Ground, read_ground
from gap_scores.selectors import read_board
from gap_scores.services import drain_all
from gap_scores.stated import MeasuredLine
from improvements.deciding import record_decision
from improvements.delivering import record_delivery
from improvements.initiatives import LEVELS, propose_initiative, state_effect
from improvements.models import Initiative
from improvements.scenarios import save_scenario
from metrics.levels import whole_levels
from metrics.models import Metric
from scoring.levels import Level
from web.months import months_after

Row = Mapping[str, Any]
NOON = time(12)


def make_initiatives_of_example(catalogue: Row, *, months: int, now: datetime) -> None:
    """Propose the initiatives, each after those that it needs, decide and deliver as somebody of the house did."""
    names = {row["key"]: row["name"] for row in catalogue["functions"]}
    functions = {key: Function.objects.get(name=name) for key, name in names.items()}
    made: dict[str, Initiative] = {}
    for row in catalogue["initiatives"]:
        day = _decided_on(row, months) or program_day(now)
        made[row["name"]] = _propose(row, functions[row["function"]], made, catalogue["assessor"], now=now, day=day)
    _decide(catalogue["initiatives"], made, catalogue["assessor"], months, now)


def _propose(
    row: Row, function: Function, made: Mapping[str, Initiative], who: str, *, now: datetime, day: date
) -> Initiative:
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
            today=day,
            by=Membership.objects.get(function=function, role=Membership.Role.HEAD).user,
            worse_is_meant=each.get("worse_is_meant", False),
            **levels,
        )
    return initiative


def _decide(rows: Sequence[Row], made: Mapping[str, Initiative], who: str, months: int, now: datetime) -> None:
    """A decision keeps what the scores say, so they are worked out first; an earlier one is of its day's levels."""
    decided = [row for row in rows if "decision" in row]
    drain_all(as_of=now)
    board, today = read_board(), program_day(now)
    for row in decided:
        day = _decided_on(row, months) or today
        record_decision(
            initiative=made[row["name"]],
            kind=row["decision"],
            reason=row["reason"],
            board=board,
            program=program(),
            decided_by=None,
            decided_by_name=who,
            now=now if day == today else datetime.combine(day, NOON, program_zone()),
            ground=None if day == today else _with_levels_of(read_ground(board), day),
        )
        if "delivered_on" in row:
            record_delivery(
                initiative=made[row["name"]],
                delivered_on=months_after(row["delivered_on"], months),
                cost_spent=Decimal(row["cost_spent"]),
                today=today,
            )


def _decided_on(row: Row, months: int) -> date | None:
    return months_after(row["decided_on"], months) if "decided_on" in row else None


def _with_levels_of(ground: Ground, day: date) -> Ground:
    """Return the ground with the levels of an earlier day: what customers need is what they say now."""
    found = whole_levels(metrics=[each.metric for each in ground.metrics.values()], as_of=day)
    levels = {pk: part.level for pk, part in found.items()}
    metrics = {pk: replace(each, level=levels.get(pk)) for pk, each in ground.metrics.items()}
    lines = tuple(_moved_to(line, ground.metrics[line.metric].level, levels.get(line.metric)) for line in ground.lines)
    return replace(ground, lines=lines, metrics=metrics)


def _moved_to(line: MeasuredLine, now: Level | None, then: Level | None) -> MeasuredLine:
    if now is None or then is None:
        return line
    return replace(line, now=line.now + round(then.value * line.per_unit) - round(now.value * line.per_unit))


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
