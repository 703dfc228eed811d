"""What-ifs and scenarios over REST."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from dashboard.scenario_list import scenarios
from dashboard.scenario_page import answer_between, side_of
from functions.permissions import KeepsInitiatives, ReadsScores
from gap_scores.investing import Ground, read_ground
from gap_scores.selectors import read_board
from improvements import scenarios as services
from improvements.moves import moves_in, pairs_in
from improvements.reading_off import movable
from improvements.scenario_models import Scenario
from improvements.scenario_serializers import (
    ComparedScenariosSerializer,
    CompareScenariosQuery,
    ScenarioBody,
    ScenarioQuery,
    ScenarioSerializer,
    WhatIfQuery,
    WhatIfSerializer,
)
from improvements.scenarios import MoveLine, left_out_words, opened, pairs_for, told_moves
from improvements.what_if import (
    FunctionChange,
    WhatIf,
    WithoutDot,
    answer_words,
    what_if_of,
    without_answer,
)
from web.api_views import ApiViewSet
from web.nouns import Changing, Creating, Deleting, Form, NounViewSet, answers_of
from web.problems import FieldError, ProblemError, invalid

CHANGING = {"partial_update", "destroy"}


class WhatIfViewSet(ApiViewSet):
    """What levels, links and dots that are moved would change; nothing is stored."""

    permission_classes = (ReadsScores,)
    queries: ClassVar = {"list": WhatIfQuery}
    answers: ClassVar = {"list": WhatIfSerializer}

    def list(self, request: Request) -> Response:
        """What moves would change: gaps of requirements and functions, the overall gap, what reaches customers."""
        ground = read_ground(read_board())
        read = moves_in(pairs_in(self.query.get("moves", "")), ground=ground, access=self.access)
        if read.skipped:
            raise ProblemError(invalid([FieldError(each, "invalid", parameter="moves") for each in read.said]))
        what = what_if_of(read, ground=ground, access=self.access)
        return Response(what_if_form(what, ground, told_moves(read, ground)))


class ScenarioViewSet(Creating, Changing, Deleting, NounViewSet):
    """What-ifs that were saved under a name. result/ says what one would change today."""

    permission_classes = (ReadsScores,)
    writers = (KeepsInitiatives,)
    queries: ClassVar = {"list": ScenarioQuery, "compare": CompareScenariosQuery}
    bodies: ClassVar = {"create": ScenarioBody, "partial_update": ScenarioBody}
    searched = ("name", "note")
    answers: ClassVar = answers_of(ScenarioSerializer, "create", "partial_update") | {
        "result": WhatIfSerializer,
        "compare": ComparedScenariosSerializer,
    }

    def rows(self) -> QuerySet[Scenario]:
        return scenarios()

    def record_of(self, pk: str) -> Scenario:
        record: Scenario = super().record_of(pk)
        if self.action in CHANGING and not services.may_change(self.access, record):
            raise Http404
        return record

    def forms(self, rows: QuerySet[Any]) -> list[Form]:
        levels = None if self.access.is_specialist else movable(read_ground(read_board()), self.access)
        return [
            {
                "id": row.pk,
                "name": row.name,
                "note": row.note,
                "moves": "&".join(f"{name}={value}" for name, value in pairs_for(row, levels)),
                "move_count": row.move_count,
                "created_by_name": row.created_by_name,
                "created_at": row.created_at,
            }
            for row in rows
        ]

    def create_record(self, data: dict[str, Any]) -> Scenario:
        user: Any = self.request.user
        return services.save_scenario(
            pairs=pairs_in(data.pop("moves")), ground=read_ground(read_board()), access=self.access,
            created_by=user, created_by_name=str(user), now=timezone.now(), **data,
        )  # fmt: skip

    def change_record(self, record: Scenario, data: dict[str, Any]) -> Scenario:
        moves = {"moves": pairs_in(data.pop("moves"))} if "moves" in data else {}
        ground = read_ground(read_board()) if moves else None
        return services.change_scenario(
            scenario=record, changes=data | moves, ground=ground, access=self.access, now=timezone.now()
        )

    def delete_record(self, record: Scenario) -> None:
        services.remove_scenario(scenario=record)

    @action(detail=True)
    def result(self, request: Request, pk: str) -> Response:
        """What it would change today; moves that cannot be made any more are left out and named."""
        ground = read_ground(read_board())
        its = opened(self.record_of(pk), ground=ground, access=self.access)
        return Response(what_if_form(its.what, ground, its.lines))

    @action(detail=False)
    def compare(self, request: Request) -> Response:
        """Two scenarios side by side, or one and today."""
        ground = read_ground(read_board())
        found = [self.record_of(str(pk)) if (pk := self.query.get(name)) else None for name in ("one", "other")]
        one, other = (side_of(record, ground, self.access) for record in found)
        forms = [what_if_form(side.what, ground, side.opened.lines if side.opened else ()) for side in (one, other)]
        return Response({"sentence": answer_between(one, other), "one": forms[0], "other": forms[1]})


# ---- Forms


def what_if_form(what: WhatIf, ground: Ground, lines: Any) -> Form:
    stamp = ground.board.stamp
    moves: list[MoveLine] = list(lines)
    return {
        "run": stamp.run_id,
        "as_of": stamp.as_of,
        "sentence": sentence_of(what, moves),
        "overall_gap": what.now,
        "then": what.then,
        "felt": what.felt,
        "reach": what.reach,
        "unscored": what.unscored,
        "moves": [
            {"field": each.field, "name": each.name, "now": each.now, "value": each.value}
            for each in moves
            if not each.gone
        ],
        "left_out": [
            {"field": "" if each.is_hidden else each.field, "name": each.name, "why": each.gone}
            for each in moves
            if each.gone
        ],
        "notes": list(what.read.notes),
        "requirements": [
            {"requirement": each.row.requirement_id, "gap": each.gap, "then": each.then, "felt": each.felt}
            for each in what.requirements
        ],
        "functions": [function_form(each) for each in what.functions],
        "without": None if what.without is None else without_form(what.without, without_answer(what)),
    }


def sentence_of(what: WhatIf, lines: Sequence[MoveLine]) -> str:
    left_out = left_out_words(lines)
    return left_out if left_out and not what.moves.pairs else f"{left_out} {answer_words(what)}".strip()


def function_form(change: FunctionChange) -> Form:
    return {
        "function": change.row.function_id,
        "own": change.own,
        "own_then": change.own_then,
        "reaching": change.reaching,
        "reaching_then": change.reaching_then,
    }


def without_form(without: WithoutDot, sentence: str) -> Form:
    return {
        "function": without.row.function_id,
        "overall_gap": without.overall,
        "sentence": sentence,
        "lost": [row.requirement_id for row in without.lost],
        "too_few": without.hidden,
        "functions": [function_form(each) for each in without.functions],
    }
