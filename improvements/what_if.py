"""What moved levels, other links and a missing dot would change: answered from the kept sums, nothing stored."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from functions.selectors import Access
from gap_scores.board import FunctionRow, RequirementRow
from gap_scores.investing import Expected, Ground, case_of
from gap_scores.showing import hidden_from
from gap_scores.stated import Heard
from improvements.moves import Moves, Read
from improvements.verdict_words import SEEN, counted
from requirements_catalog.selectors import responsibilities
from scoring.circle import Link
from scoring.investing import Case, Circle, Option, Part, gains, own_gaps_after, reaching, weights_facing
from scoring.relinking import Beside, gap_of_voices
from web.templatetags.show import fixed, listed

SET = frozenset((0,))
ALL_OF_IT = 100.0
Gained = Mapping[int, float | None]


@dataclass(frozen=True, slots=True)
class State:
    """The scores of a circle: the overall gap, own gaps, what reaches customers through each function, and R, their
    weighted mean over the functions that face customers. None: no data."""

    overall: float | None
    own: Mapping[int, float | None]
    reaching: Mapping[int, float]
    reach: float


@dataclass(frozen=True, slots=True)
class FunctionChange:
    row: FunctionRow
    own: float | None
    own_then: float | None
    reaching: float
    reaching_then: float


@dataclass(frozen=True, slots=True)
class RequirementChange:
    """A requirement's own gap with the moves; then None: nothing known would be left of it."""

    row: RequirementRow
    gap: float
    then: float | None
    felt: float | None


@dataclass(frozen=True, slots=True)
class WithoutDot:
    """What it would mean if a function did nothing at all, on top of the moves. lost: requirements that it serves;
    helped: those of others that it contributes to."""

    row: FunctionRow
    overall: float | None
    lost: Sequence[RequirementRow]
    hidden: int
    helped: Sequence[str]
    functions: Sequence[FunctionChange]


@dataclass(frozen=True)
class WhatIf:
    """then: the overall gap if customers feel as before; felt: if all who are newly served come to feel it. hidden: how
    many requirements change of which too few customers were heard to show them."""

    read: Read
    now: float | None
    then: float | None
    felt: float | None
    reach: float
    functions: Sequence[FunctionChange]
    requirements: Sequence[RequirementChange]
    hidden: int
    unscored: int
    without: WithoutDot | None

    @property
    def moves(self) -> Moves:
        return self.read.moves

    @property
    def is_moved(self) -> bool:
        return self.moves.count > 0

    @property
    def by(self) -> float:
        return (self.then or 0.0) - (self.now or 0.0)


def what_if_of(read: Read, *, ground: Ground, access: Access) -> WhatIf:
    """Return what the moves change (1 query where a dot is taken away, else none)."""
    before = case_of(ground, [Option(0, 0)], _effects(read))
    least, most = (_gained(ground, read, before, follows=follows) for follows in (False, True))
    after, felt = (_moved(before, its, read.moves) for its in (least, most))
    now, then = state_of(before), state_of(after)
    board = ground.board
    hidden = hidden_from(access, board.requirements)
    changed = [
        RequirementChange(row, before.part_of[pk].gap, _gap_in(after, pk), _gap_in(felt, pk))
        for row in board.requirements
        if (pk := row.requirement_id) in least and _differs(before, after, felt, pk)
    ]
    return WhatIf(
        read=read,
        now=board.overall.gap if board.overall else None,
        then=_shifted(ground, now.overall, then.overall),
        felt=_shifted(ground, now.overall, overall_of(felt)),
        reach=now.reach - then.reach,
        functions=_function_changes(board.functions, now, then),
        requirements=[each for each in changed if each.row.requirement_id not in hidden],
        hidden=sum(each.row.requirement_id in hidden for each in changed),
        unscored=sum(gained is None for gained in least.values()),
        without=_without(ground, read.moves, (now, then), after, hidden),
    )


def _effects(read: Read) -> dict[int, list[tuple[int, Expected]]]:
    return {0: [(metric, Expected(level, level, level)) for metric, level in read.moves.levels.items()]}


def _shifted(ground: Ground, now: float | None, then: float | None) -> float | None:
    """Return the overall gap as the board says it, by as much less or more as the moves make it."""
    if ground.board.overall is None or now is None or then is None:
        return None
    return min(max(ground.board.overall.gap + then - now, 0.0), 100.0)


def _gap_in(case: Case, requirement: int) -> float | None:
    part = case.part_of.get(requirement)
    return part.gap if part else None


def _differs(before: Case, after: Case, felt: Case, requirement: int) -> bool:
    was, ends = _gap_in(before, requirement), (_gap_in(after, requirement), _gap_in(felt, requirement))
    return any(end is None or was is None or abs(end - was) >= SEEN for end in ends)


# ---- The moved state


def _gained(ground: Ground, read: Read, case: Case, *, follows: bool) -> Gained:
    """Return the points off the own gap of each requirement that is moved; None: no half would be known."""
    found: dict[int, float | None] = {**gains(case, SET, follows=follows)}
    for requirement in {requirement for requirement, _product in read.moves.measured}:
        heard = ground.heard[requirement]
        today = gap_of_voices([Beside(each.voices, _today(each), _today(each)) for each in heard])
        then = gap_of_voices([_beside(each, requirement, ground, read) for each in heard], follows=follows)
        found[requirement] = None if then is None or today is None else today - then
    return found


def _today(heard: Heard) -> int | None:
    return None if heard.metric is None else heard.now


def _beside(heard: Heard, requirement: int, ground: Ground, read: Read) -> Beside:
    """Return what was said with the level that is put beside it: as today, of another metric, or none."""
    metric = read.moves.measured.get((requirement, heard.product), heard.metric or 0)
    if not metric:
        return Beside(heard.voices, _today(heard), None)
    level = read.metrics[metric].level
    moved = read.moves.levels.get(metric)
    if metric == heard.metric:
        by = 0 if moved is None or level is None else _fine(moved, heard.per_unit) - _fine(level.value, heard.per_unit)
        return Beside(heard.voices, heard.now, heard.now + by)
    per_unit = ground.scales[requirement].per_unit(read.metrics[metric].metric.unit)
    base = _fine(level.value if level else 0, per_unit)
    # Whether it is measured or not changes nothing for customers, so they feel as before unless its level moves, too.
    return Beside(heard.voices, base, base if moved is None else _fine(moved, per_unit))


def _fine(level: Decimal | Fraction | int, per_unit: Fraction) -> int:
    return round(Fraction(level) * per_unit)


def _moved(case: Case, gained: Gained, moves: Moves) -> Case:
    kept = [_less(part, gained.get(part.requirement, 0.0)) for part in case.parts]
    parts = [part for part in kept if part is not None]
    total = math.fsum(part.share for part in parts)
    if len(parts) < len(kept) and total > 0:
        parts = [part._replace(share=part.share / total) for part in parts]
    return Case(tuple(parts), (), (), _circle(case, parts, moves))


def _less(part: Part, gained: float | None) -> Part | None:
    return None if gained is None else part._replace(gap=min(max(part.gap - gained, 0.0), 100.0))


def _circle(case: Case, parts: Sequence[Part], moves: Moves) -> Circle:
    """A function that loses its last score has no data; links that are moved take the place of those of today."""
    bare = {part.function for part in case.parts} - {part.function for part in parts}
    own = {function: None if function in bare else gap for function, gap in case.circle.own.items()}
    links = [link for link in case.circle.links if (link.supplier, link.customer) not in moves.supply]
    links += [Link(one, two, float(by)) for (one, two), by in sorted(moves.supply.items())]
    return Circle(own, links, case.circle.facing)


def overall_of(case: Case) -> float | None:
    return math.fsum(part.share * part.gap for part in case.parts) if case.parts else None


def state_of(case: Case) -> State:
    own = own_gaps_after(case, {})
    arriving = reaching(case, own)
    reach = math.fsum(weight * arriving[function] for function, weight in weights_facing(case).items())
    return State(overall_of(case), own, arriving, reach)


def _function_changes(rows: Sequence[FunctionRow], now: State, then: State) -> list[FunctionChange]:
    found = [
        FunctionChange(row, now.own[pk], then.own[pk], now.reaching[pk], then.reaching[pk])
        for row in rows
        for pk in (row.function_id,)
    ]
    return [
        each
        for each in found
        if (each.own is None) is not (each.own_then is None)
        or abs((each.own_then or 0.0) - (each.own or 0.0)) >= SEEN
        or abs(each.reaching_then - each.reaching) >= SEEN
    ]


# ---- Without a dot


def _without(
    ground: Ground, moves: Moves, states: tuple[State, State], after: Case, hidden: set[int]
) -> WithoutDot | None:
    """A dot that does nothing serves nobody: its own gap is 100, and that is what it passes on.

    states: of today, and with the moves.
    """
    board = ground.board
    row = next((each for each in board.functions if each.function_id == moves.without), None)
    if row is None:
        return None
    gone = replace(
        after,
        parts=tuple(part._replace(gap=ALL_OF_IT) if part.function == row.function_id else part for part in after.parts),
        circle=replace(after.circle, own={**after.circle.own, row.function_id: ALL_OF_IT}),
    )
    (now, before), then = states, state_of(gone)
    left = {part.requirement for part in after.parts if part.gap < ALL_OF_IT}
    served = [each for each in board.owned_by(row.function_id) if each.requirement_id in left]
    others = [each for each in board.functions if each.function_id != row.function_id]
    return WithoutDot(
        row=row,
        overall=_shifted(ground, now.overall, then.overall),
        lost=[each for each in served if each.requirement_id not in hidden],
        hidden=sum(each.requirement_id in hidden for each in served),
        helped=_helped(row.function_id, board.requirements),
        functions=_function_changes([row, *others], before, then),
    )


def _helped(function: int, rows: Sequence[RequirementRow]) -> list[str]:
    """Return the requirements of others that a function contributes to, which would have to do without it."""
    scored = {row.requirement_id: row for row in rows if row.owner_id != function}
    found = (
        responsibilities().filter(function=function, requirement__in=list(scored)).order_by("-strength", "requirement")
    )
    return [f"{scored[pk].statement} ({by})" for pk, by in found.values_list("requirement_id", "strength")]


# ---- Sentences


def answer_words(what: WhatIf) -> str:
    if what.now is None:
        return "Nobody was heard yet, so no level and no link is worth anything that could be told."
    if not what.is_moved:
        return f"Move a level or a link: today the overall gap is {fixed(what.now, 1)}."
    if what.then is None:
        return "With these moves nothing that customers said could be compared with anything, so there is no gap."
    levels, links = len(what.moves.levels), len(what.moves.supply) + len(what.moves.measured)
    if not links:
        said = "this level were reached" if levels == 1 else f"these {levels} levels were reached"
    elif not levels:
        said = "this link were another one" if links == 1 else f"these {links} links were others"
    else:
        said = f"{counted(levels, 'level')} and {counted(links, 'link')} were moved so"
    return f"If {said}, the overall gap would be {fixed(what.then, 1)}."


def without_words(what: WhatIf) -> str:
    its = what.without
    if its is None:
        return ""
    served = len(its.lost) + its.hidden
    requirements = counted(served, "requirement") if served else "no requirement"
    lose = "loses" if served == 1 else "lose"
    course = (
        "" if its.overall is None else f": the overall gap would be {fixed(what.then, 1)} → {fixed(its.overall, 1)}"
    )
    return f"Without {its.row.name} {requirements} {lose} service{course}."


def passed_on_words(without: WithoutDot) -> str:
    reached = [
        f"{each.row.label} ({fixed(each.reaching)} → {fixed(each.reaching_then)})"
        for each in without.functions
        if each.row.is_customer_facing and each.reaching_then - each.reaching >= SEEN
    ]
    return (
        f"More reaches customers through {listed(reached)}." if reached else "No other dot passes more on to customers."
    )


def without_answer(what: WhatIf) -> str:
    return f"{without_words(what)} {passed_on_words(what.without)}" if what.without else ""
