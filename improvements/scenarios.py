"""Keeping scenarios, the only writer, and reading what became of their moves since."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from functions.selectors import Access
from functions.services import lock_program
from gap_scores.investing import Ground, MetricNow
from improvements.moves import (
    PASSED_ON,
    STRENGTHS,
    Read,
    level_now,
    moves_in,
)
from improvements.scenario_models import Scenario
from improvements.what_if import WhatIf, what_if_of
from interviews.coding import LONGEST_NAME
from metrics.wording import level_words_of
from web.changes import apply_changes

SAID = ("name", "note")
NOT_YOURS = "a move of what you may not move"
NOT_TOLD = "You may not move it, or it is gone."
NO_LEVEL = "It is gone or not measured, or too few customers stated what they need of it."
NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class MoveLine:
    """One move. was: how it stood when it was saved, now: how it stands today, value: how the scenario has it.

    gone: why it is left out today. is_hidden: the reader may not know what it moves.
    """

    field: str
    name: str
    was: str
    now: str
    value: str
    gone: str = ""
    is_hidden: bool = False

    @property
    def has_changed(self) -> bool:
        return not self.gone and self.was != self.now

    @property
    def has_come_true(self) -> bool:
        return not self.gone and self.now == self.value


@dataclass(frozen=True)
class Opened:
    """A scenario as a person may see it today."""

    scenario: Scenario
    what: WhatIf
    lines: Sequence[MoveLine]

    @property
    def since(self) -> list[MoveLine]:
        """What is not as it was when it was saved, as far as the reader may know it."""
        return [line for line in self.lines if (line.gone and not line.is_hidden) or line.has_changed]

    @property
    def gone(self) -> list[MoveLine]:
        """What is left out, so that what it would change is not all that it says."""
        return [line for line in self.lines if line.gone]


# ---- Keeping


@transaction.atomic
def save_scenario(
    *,
    pairs: Iterable[tuple[str, str]],
    ground: Ground,
    access: Access,
    created_by: User | None,
    created_by_name: str,
    now: datetime,
    entry: str = "",
    **said: Any,
) -> Scenario:
    """Keep the moves of an address under a name; sent twice under one entry they are stored once.

    Raises ValidationError by field: under moves for those that make no sense or are not this person's, and for none.
    """
    lock_program()
    there = Scenario.objects.filter(entry=entry).first() if entry else None
    if there is not None:
        return there
    made = Scenario(created_by=created_by, created_by_name=created_by_name[:LONGEST_NAME], created_at=now, entry=entry)
    _keep_moves(made, pairs, ground, access, now)
    return _said(made, said)


@transaction.atomic
def change_scenario(
    *,
    scenario: Scenario,
    changes: Mapping[str, Any],
    ground: Ground | None = None,
    access: Access | None = None,
    now: datetime | None = None,
) -> Scenario:
    """Rename a scenario, note something, or, under `moves`, give it others, which takes ground, access and now; raises
    ValidationError as above."""
    lock_program()
    locked = Scenario.objects.select_for_update(of=("self",)).get(pk=scenario.pk)
    said = dict(changes)
    pairs = said.pop("moves", None)
    if pairs is not None and ground is not None and access is not None and now is not None:
        _keep_moves(locked, pairs, ground, access, now)
    return _said(locked, said)


@transaction.atomic
def remove_scenario(*, scenario: Scenario) -> None:
    """Delete a scenario; nothing hangs on it."""
    Scenario.objects.filter(pk=scenario.pk).delete()


def _said(scenario: Scenario, said: Mapping[str, Any]) -> Scenario:
    apply_changes(scenario, said, allowed=SAID)
    scenario.name, scenario.note = " ".join(scenario.name.split()), scenario.note.strip()
    scenario.full_clean(exclude={"created_by", "moves", "believed"})
    scenario.save()
    return scenario


def _keep_moves(
    scenario: Scenario, pairs: Iterable[tuple[str, str]], ground: Ground, access: Access, now: datetime
) -> None:
    read = moves_in(pairs, ground=ground, access=access)
    if read.skipped:
        raise ValidationError({"moves": ValidationError(read.problem, code="moves")})
    if not read.moves.pairs:
        message = _("Everything stands as it does today, so there is nothing to save. Move a level, a link or a dot.")
        raise ValidationError({"moves": ValidationError(message, code="no_moves")})
    told, what = _Telling(ground, read.metrics), what_if_of(read, ground=ground, access=access)
    scenario.moves = [
        {
            "field": name,
            "value": value,
            "name": told.name(name, value),
            "was": told.now(name),
            "then": told.value(name, value),
        }
        for name, value in read.moves.pairs
    ]
    scenario.move_count = len(scenario.moves)
    stamp = ground.board.stamp
    scenario.believed = {
        "now": what.now, "then": what.then, "felt": what.felt, "run": stamp.run_id, "as_of": stamp.as_of.isoformat(),
        "without": what.without.overall if what.without else None, "moved_at": now.isoformat(),
    }  # fmt: skip


# ---- Reading


def may_change(access: Access, scenario: Scenario) -> bool:
    """Specialists keep all scenarios, heads and deputies those that they saved."""
    mine = scenario.created_by_id is not None and scenario.created_by_id == access.user_id
    return access.is_specialist or (mine and bool(access.functions))


def opened(scenario: Scenario, *, ground: Ground, access: Access) -> Opened:
    """Return what a scenario says today, as this person may know it (1 to 6 queries)."""
    read = moves_in(scenario.pairs, ground=ground, access=access)
    return Opened(scenario, what_if_of(read, ground=ground, access=access), lines_of(scenario, read, ground, access))


def told_moves(read: Read, ground: Ground) -> list[MoveLine]:
    """Return moves in words, as they stand today and then."""
    told = _Telling(ground, read.metrics)
    return [
        MoveLine(name, told.name(name, value), "", told.now(name), told.value(name, value))
        for name, value in read.moves.pairs
    ]


def pairs_for(scenario: Scenario, movable_levels: Collection[int] | None) -> list[tuple[str, str]]:
    """Return the moves of a scenario that a person may make; movable_levels: of whoever is no specialist."""
    if movable_levels is None:
        return scenario.pairs
    levels = {f"m{metric}" for metric in movable_levels}
    return [(name, value) for name, value in scenario.pairs if name in levels or name[0] in "sw"]


def lines_of(scenario: Scenario, read: Read, ground: Ground, access: Access) -> list[MoveLine]:
    told = _Telling(ground, read.metrics)
    return [_line(move, read, told, access) for move in scenario.moves]


def _line(move: Mapping[str, str], read: Read, told: "_Telling", access: Access) -> MoveLine:
    name, why = move["field"], read.skipped.get(move["field"], "")
    if why and not access.is_specialist and name[0] in "ml":
        # What it moves, and what was known of it, is not for everybody; that something is left out is.
        return MoveLine(name, NOT_YOURS, "", "", "", gone=NOT_TOLD, is_hidden=True)
    if why and name[0] == "m" and int(name[1:]) not in read.movable:
        why = NO_LEVEL  # the reader's sentence has a number, and here its name stands beside it
    if why:
        return MoveLine(name, move["name"], move["was"], "", move["then"], gone=why)
    return MoveLine(name, move["name"], move["was"], told.now(name), told.value(name, move["value"]))


def left_out_words(lines: Sequence[MoveLine]) -> str:
    """Say how much of a scenario is left out for its reader."""
    gone = sum(bool(line.gone) for line in lines)
    if not gone:
        return ""
    if gone == len(lines):
        return "None of its moves can be made, or shown to you, today."
    return f"{gone} of {len(lines)} moves {'is' if gone == 1 else 'are'} left out for you."


class _Telling:
    """What is moved, in words: its name, how it stands today, and how a move has it."""

    def __init__(self, ground: Ground, metrics: Mapping[int, MetricNow]) -> None:
        self.metrics = metrics
        self.functions = {row.function_id: row.name for row in ground.board.functions}
        self.requirements = {row.requirement_id: row.statement for row in ground.board.requirements}
        self.strengths, self.measured = ground.strengths, ground.measured

    def name(self, field: str, value: str) -> str:
        if field == "without":
            return self.functions[int(value)]
        kind, key = _key(field)
        if kind == "m":
            return self.metrics[key[0]].metric.name
        if kind == "s":
            return " → ".join(self.functions[each] for each in key)
        return self.requirements[key[0]]

    def now(self, field: str) -> str:
        if field == "without":
            return "is there"
        kind, key = _key(field)
        if kind == "m":
            here = self.metrics[key[0]]
            return level_words_of(here.metric, level_now(here))
        if kind == "s":
            return PASSED_ON[STRENGTHS[self.strengths.get((key[0], key[1]), Decimal(0))]]
        return self._metric(self.measured[key[0], key[1]])

    def value(self, field: str, text: str) -> str:
        if field == "without":
            return "is not there"
        kind, key = _key(field)
        if kind == "m":
            return level_words_of(self.metrics[key[0]].metric, Decimal(text))
        return PASSED_ON[text] if kind == "s" else self._metric(int(text))

    def _metric(self, metric: int) -> str:
        return self.metrics[metric].metric.name if metric else NOTHING


def _key(field: str) -> tuple[str, tuple[int, ...]]:
    return field[0], tuple(int(each) for each in field[1:].split("-"))
