from collections.abc import Callable, Iterable
from datetime import date
from functools import wraps
from typing import Any, ClassVar

from django.http import Http404, HttpResponse
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from functions.permissions import ReadsScores
from gap_scores.answers import (
    board_form,
    function_detail_form,
    function_explanation,
    function_form,
    requirement_detail_form,
    requirement_explanation,
    requirement_form,
    scope_form,
    stamp_form,
    too_few_form,
    whole_form,
)
from gap_scores.board import Board, RequirementDetail, RequirementRow, Scope
from gap_scores.boards import keep_answer, kept_answer
from gap_scores.guarding import board_for
from gap_scores.selectors import function_in, is_kept, kept_days, read_requirement
from gap_scores.serializers import (
    SEGMENT_HELP,
    CircleSerializer,
    FunctionExplanationSerializer,
    FunctionScoreDetailSerializer,
    FunctionScoreQuery,
    FunctionScoresSerializer,
    RequirementExplanationSerializer,
    RequirementScoreDetailSerializer,
    RequirementScoreQuery,
    RequirementScoresSerializer,
    SegmentScopeQuery,
    scope_in,
)
from gap_scores.showing import Shown, TooFew, shown_detail, shown_to, unscored_for
from gap_scores.versions import read_version
from requirements_catalog.selectors import all_products, requirement_ids_for
from web.api_views import ApiViewSet
from web.etags import etag_of, has_already, not_modified, tagged
from web.paging import page_of
from web.problems import FieldError, ProblemError, invalid

Handler = Callable[..., Response]
Tagging = Callable[..., HttpResponse]
FILTERS = ("attribute", "owner", "state")
MOST_DAYS = 24


def kept_by_callers(handler: Handler) -> Tagging:
    """Tag the answer with what it depends on: address, parameters, rights and the stored scores; 304 if unchanged,
    and written once for all who ask for the same."""

    @wraps(handler)
    def tagging(view: "ScoreViewSet", request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        access = view.access
        rights = (sorted(access.roles), sorted(access.functions), access.may_see_names)
        etag = etag_of(request.path, sorted(view.query.items()), rights, read_version())
        if has_already(request, etag):
            return not_modified(etag)
        # Links in an answer begin with the address that it was asked at.
        key = etag, request.build_absolute_uri("/"), request.accepted_renderer.media_type
        if kept := kept_answer(key):
            content, content_type = kept
            return tagged(HttpResponse(content, content_type=content_type), etag)
        response = handler(view, request, *args, **kwargs)
        response.add_post_render_callback(lambda done: keep_answer(key, done.content, done["Content-Type"]))
        return tagged(response, etag)

    return tagging


class ScoreViewSet(ApiViewSet):
    permission_classes = (ReadsScores,)

    def scope(self) -> Scope:
        """Return the scope that was asked for; raises a problem for a product or a segment that does not exist, and for
        a day of which no scores are kept."""
        scope = scope_in(self.query)
        if self.query.get("segment") and not scope.dimension:
            message = f"There is no segment '{self.query['segment']}'. {SEGMENT_HELP}"
            raise ProblemError(invalid([FieldError(message, "does_not_exist", parameter="segment")]))
        if scope.product is not None and not all_products().filter(pk=scope.product).exists():
            message = f"There is no product {scope.product}."
            raise ProblemError(invalid([FieldError(message, "does_not_exist", parameter="product")]))
        if scope.as_of is not None:
            check_kept(scope, scope.as_of)
        return scope

    def board(self) -> Board:
        """Return the board as the caller may see it; raises a problem for a segment of too few people."""
        board = board_for(self.access, self.scope())
        if board.withheld:
            raise ProblemError(invalid([FieldError(board.withheld, "too_few", parameter="segment")]))
        return board


def check_kept(scope: Scope, day: date) -> None:
    if not scope.has_past:
        message = "Of a past day current customers on all products are kept: leave lifecycle and product out, or as_of."
        raise ProblemError(invalid([FieldError(message, "headline_only", parameter="as_of")]))
    if not is_kept(day):
        raise ProblemError(invalid([FieldError(f"{days_there_are()} {way_out(day)}", "not_kept", parameter="as_of")]))


def way_out(day: date) -> str:
    return f'A specialist can have this day kept: POST /api/v1/snapshots/ {{"as_of": "{day}"}}.'


def days_there_are() -> str:
    days = kept_days()
    if not days:
        return "No scores are kept yet. The end of each month is kept by itself."
    shown = ", ".join(day.isoformat() for day in days[:MOST_DAYS])
    more = f" and {len(days) - MOST_DAYS} earlier ones" if len(days) > MOST_DAYS else ""
    return f"No scores are kept of this day. There are: {shown}{more}."


class CircleViewSet(ScoreViewSet):
    """The circle: overall gap, every function with its own and transmitted gap, and the supply links."""

    queries: ClassVar = {"list": SegmentScopeQuery}
    answers: ClassVar = {"list": CircleSerializer}

    @kept_by_callers
    def list(self, request: Request) -> Response:
        return Response(board_form(self.board()))


class RequirementScoreViewSet(ScoreViewSet):
    """Gap scores of the active requirements."""

    queries: ClassVar = {"list": RequirementScoreQuery, "retrieve": SegmentScopeQuery, "explain": SegmentScopeQuery}
    answers: ClassVar = {
        "list": RequirementScoresSerializer,
        "retrieve": RequirementScoreDetailSerializer,
        "explain": RequirementExplanationSerializer,
    }

    @kept_by_callers
    def list(self, request: Request) -> Response:
        """The active requirements with their gap and priority points, worst first."""
        board = self.board()
        shown = shown_to(self.access, board.requirements)
        rows = [row for row in (*shown.rows, *unscored_for(self.access, board)) if fits(row, self.query)]
        page, envelope = page_of(ordered(rows, self.query["ordering"]), self.query, request)
        return Response(
            {
                **envelope,
                "scope": scope_form(board.scope),
                "stamp": stamp_form(board.stamp),
                "overall": whole_form(board.overall),
                "too_few": too_few_form(self._rest(shown.rest)),
                "results": [requirement_form(row) for row in page],
            }
        )

    @kept_by_callers
    def retrieve(self, request: Request, pk: str) -> Response:
        """One requirement: its score side by side in lifecycles, products and segments, its levels and its curve."""
        return Response(requirement_detail_form(self._detail(int(pk))))

    @action(detail=True)
    @kept_by_callers
    def explain(self, request: Request, pk: str) -> Response:
        """What the score was worked out from: enough to do it again by hand, and nobody's name."""
        return Response(requirement_explanation(self._detail(int(pk))))

    def _rest(self, rest: TooFew | None) -> TooFew | None:
        """Two filtered sums could be taken from each other, so only the whole list carries one."""
        filtered = any(name in self.query for name in FILTERS)
        return TooFew(rest.requirements, None) if rest and filtered else rest

    def _detail(self, requirement_id: int) -> RequirementDetail:
        scope = self.scope()
        visible = requirement_ids_for(self.access)
        if visible is not None and requirement_id not in visible:
            raise Http404
        detail = read_requirement(requirement_id=requirement_id, scope=scope)
        if detail is None:
            raise Http404
        return detail if self.access.is_specialist else shown_detail(self.access, detail, self.board())


class FunctionScoreViewSet(ScoreViewSet):
    """Gap scores of the functions."""

    queries: ClassVar = {"list": FunctionScoreQuery, "retrieve": SegmentScopeQuery, "explain": SegmentScopeQuery}
    answers: ClassVar = {
        "list": FunctionScoresSerializer,
        "retrieve": FunctionScoreDetailSerializer,
        "explain": FunctionExplanationSerializer,
    }

    @kept_by_callers
    def list(self, request: Request) -> Response:
        """Every function with its own and transmitted gap, in ring order."""
        board = self.board()
        page, envelope = page_of(board.functions, self.query, request)
        return Response(
            {
                **envelope,
                "scope": scope_form(board.scope),
                "stamp": stamp_form(board.stamp),
                "overall": whole_form(board.overall),
                "results": [function_form(row) for row in page],
            }
        )

    @kept_by_callers
    def retrieve(self, request: Request, pk: str) -> Response:
        """One function with its suppliers and what each of them passes on."""
        detail = function_in(board=self.board(), function_id=int(pk))
        if detail is None:
            raise Http404
        return Response(function_detail_form(detail))

    @action(detail=True)
    @kept_by_callers
    def explain(self, request: Request, pk: str) -> Response:
        """The requirements that make up the own gap, and the suppliers that may pass on a larger one."""
        detail = function_in(board=self.board(), function_id=int(pk))
        if detail is None:
            raise Http404
        shown = shown_to(self.access, detail.requirements)
        if shown.rest and detail.row.too_few:
            # All of its requirements are in the rest, so its points would be the function's.
            shown = Shown(shown.rows, TooFew(shown.rest.requirements, None))
        return Response(function_explanation(detail, shown))


def fits(row: RequirementRow, query: dict[str, Any]) -> bool:
    states = {
        "scored": row.points is not None,
        "no_data": row.points is None,
        "stale": row.is_stale,
        "on_old_measurement": row.is_on_old_measurement,
    }
    return (
        query.get("attribute") in (None, row.attribute_id)
        and query.get("owner") in (None, row.owner_id)
        and ("state" not in query or states[query["state"]])
    )


def ordered(rows: Iterable[RequirementRow], ordering: str) -> list[RequirementRow]:
    """Sort rows that come worst first; those without a value stay last either way round."""
    if ordering == "-points":
        return list(rows)
    name = ordering.removeprefix("-")
    with_value = [row for row in rows if value_of(row, name) is not None]
    without = [row for row in rows if value_of(row, name) is None]
    return sorted(with_value, key=lambda row: value_of(row, name), reverse=ordering.startswith("-")) + without


def value_of(row: RequirementRow, name: str) -> Any:
    return getattr(row.score, name, None) if name in {"gap", "n_eff"} else getattr(row, name)
