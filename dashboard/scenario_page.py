"""The page of a scenario, and two of them side by side."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from functions.selectors import Access
from gap_scores.board import FunctionRow, RequirementRow
from gap_scores.investing import Ground
from improvements.moves import moves_in
from improvements.scenario_models import Scenario
from improvements.scenarios import MoveLine, Opened, left_out_words, may_change, opened
from improvements.verdict_words import counted
from improvements.what_if import ALL_OF_IT, WhatIf, answer_words, passed_on_words, what_if_of, without_words
from web.templatetags.show import fixed

TODAY = "Today"


@dataclass(frozen=True)
class ScenarioPage:
    opened: Opened
    answer: str
    without: str
    may_change: bool
    believed: Any

    @property
    def scenario(self) -> Scenario:
        return self.opened.scenario

    @property
    def query(self) -> str:
        return self.opened.what.moves.query


def scenario_page(scenario: Scenario, *, ground: Ground, access: Access) -> ScenarioPage:
    its = opened(scenario, ground=ground, access=access)
    return ScenarioPage(
        opened=its,
        answer=result_words(its.what, its.lines),
        without=passed_on_words(its.what.without) if its.what.without else "",
        may_change=may_change(access, scenario),
        # What it showed was worked out with the rights of whoever saved it.
        believed=scenario.believed if access.is_specialist else None,
    )


def result_words(what: WhatIf, lines: Sequence[MoveLine]) -> str:
    """Say what moves would change, and first how much of them is left out."""
    left_out = left_out_words(lines)
    if left_out and not what.moves.pairs:
        return left_out
    moved = answer_words(what) if what.is_moved or not what.without else ""
    return " ".join(filter(None, (left_out, moved, without_words(what))))


# ---- Side by side


@dataclass(frozen=True)
class Side:
    """One column: a scenario as it stands today, or today itself."""

    name: str
    scenario: Scenario | None
    what: WhatIf
    opened: Opened | None

    @property
    def overall(self) -> float | None:
        """The overall gap, without the dot that it takes away."""
        return self.what.without.overall if self.what.without else self.what.then

    @property
    def query(self) -> str:
        return self.what.moves.query


@dataclass(frozen=True, slots=True)
class GapRow:
    """A requirement or a function with its gap today and on both sides."""

    name: str
    now: float | None
    gaps: tuple[float | None, float | None]


@dataclass(frozen=True)
class ComparedPage:
    """requirements: own gaps; functions: what reaches customers through them. Rows that differ on one side at least."""

    sides: tuple[Side, Side]
    answer: str
    problem: str
    choices: Sequence[Scenario]
    requirements: Sequence[GapRow]
    functions: Sequence[GapRow]

    @property
    def picks(self) -> list[tuple[str, str, Side]]:
        return [("one", "The first", self.sides[0]), ("other", "The second", self.sides[1])]


def compared(*, parameters: QueryDict, ground: Ground, access: Access) -> ComparedPage:
    """Return two scenarios side by side, each without what is gone; one that is not named is today."""
    rows = list(Scenario.objects.order_by("name", "pk"))
    asked = [parameters.get(name, "").strip() for name in ("one", "other")]
    found = [next((row for row in rows if str(row.pk) == text), None) for text in asked]
    missing = [text[:40] for text, row in zip(asked, found, strict=True) if text and row is None]
    one, other = (side_of(row, ground, access) for row in found)
    return ComparedPage(
        sides=(one, other),
        answer=answer_between(one, other),
        problem="".join(f"There is no scenario ‘{text}’: today stands in its place. " for text in missing),
        choices=rows,
        requirements=_requirement_rows(one.what, other.what),
        functions=_function_rows(one.what, other.what),
    )


def side_of(scenario: Scenario | None, ground: Ground, access: Access) -> Side:
    if scenario is None:
        read = moves_in((), ground=ground, access=access)
        return Side(TODAY, None, what_if_of(read, ground=ground, access=access), None)
    its = opened(scenario, ground=ground, access=access)
    return Side(scenario.name, scenario, its.what, its)


def answer_between(one: Side, other: Side) -> str:
    if one.scenario == other.scenario:
        what = f"{one.name} is compared with itself" if one.scenario else "Today is compared with today"
        return f"{what}: choose another one."
    partial = [side for side in (one, other) if side.opened and side.opened.gone]
    if partial:
        left_out = " and ".join(_left_out(side) for side in partial)
        are = "is" if sum(len(side.opened.gone) for side in partial if side.opened) == 1 else "are"
        return f"{left_out} {are} left out for you, so the two are not compared."
    if one.overall is None or other.overall is None:
        return f"{one.name} and {other.name}: there is no overall gap to compare."
    better, worse = sorted((one, other), key=lambda side: side.overall or 0.0)
    if fixed(better.overall, 1) == fixed(worse.overall, 1):
        return f"{one.name} and {other.name} lead to the same overall gap, {fixed(one.overall, 1)}."
    return f"{better.name} leads to {fixed(better.overall, 1)}, {worse.name} to {fixed(worse.overall, 1)}."


def _left_out(side: Side) -> str:
    lines = side.opened.lines if side.opened else ()
    return f"{len([line for line in lines if line.gone])} of {counted(len(lines), 'move')} of {side.name}"


def _requirement_rows(one: WhatIf, other: WhatIf) -> list[GapRow]:
    """The own gaps of requirements; of those that a dot serves no more all is left."""
    sides = [_gaps(what) for what in (one, other)]
    rows: dict[int, RequirementRow] = {}
    for what in (one, other):
        changed = [*(each.row for each in what.requirements), *(what.without.lost if what.without else ())]
        rows |= {row.requirement_id: row for row in changed}
    return [
        GapRow(row.statement, gap, (*(its.get(pk, gap) for its in sides),))  # type: ignore[arg-type]
        for pk, row in rows.items()
        for gap in (row.score.gap if row.score else None,)
    ]


def _gaps(what: WhatIf) -> dict[int, float | None]:
    found = {each.row.requirement_id: each.then for each in what.requirements}
    return found | {row.requirement_id: ALL_OF_IT for row in what.without.lost} if what.without else found


def _function_rows(one: WhatIf, other: WhatIf) -> list[GapRow]:
    """What reaches customers through each dot, on top of the moves without the dot that is taken away."""
    sides = [_reaching(what) for what in (one, other)]
    rows: dict[int, FunctionRow] = {}
    for what in (one, other):
        changes = [*what.functions, *(what.without.functions if what.without else ())]
        rows |= {each.row.function_id: each.row for each in changes}
    return [
        GapRow(row.name, row.transmitted, (*(its.get(pk, row.transmitted) for its in sides),))  # type: ignore[arg-type]
        for pk, row in sorted(rows.items(), key=lambda each: (each[1].position, each[0]))
    ]


def _reaching(what: WhatIf) -> dict[int, float]:
    found = {each.row.function_id: each.reaching_then for each in what.functions}
    if what.without:
        found |= {each.row.function_id: each.reaching_then for each in what.without.functions}
    return found
