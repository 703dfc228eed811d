from typing import Any, ClassVar
from urllib.parse import urlencode

from django.http import Http404, QueryDict
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from dashboard.house_answers import HouseSerializer, MetricHouseQuery, ResponsibilityHouseQuery, house_form
from dashboard.house_page import house_page
from dashboard.house_reading import METRICS, RESPONSIBILITIES
from dashboard.scoping import AskedScope
from functions.selectors import program
from gap_scores.guarding import APART
from gap_scores.viewsets import ScoreViewSet
from requirements_catalog.selectors import all_products
from web.problems import FieldError, ProblemError, invalid


class HouseViewSet(ScoreViewSet):
    """The two houses: requirement x function, and requirement x metric of one product, and what columns carry."""

    queries: ClassVar = {"responsibilities": ResponsibilityHouseQuery, "metrics": MetricHouseQuery}
    answers: ClassVar = {"responsibilities": HouseSerializer, "metrics": HouseSerializer}

    @action(detail=False)
    def responsibilities(self, request: Request) -> Response:
        """Which function serves which requirement, and the supply links between functions."""
        return Response(self._form(RESPONSIBILITIES))

    @action(detail=False)
    def metrics(self, request: Request) -> Response:
        """Which metric serves which requirement of a product, and what metrics do to each other."""
        is_keeper = self.access.is_specialist or self.access.functions
        if not (is_keeper and all_products().filter(pk=self.query["product"]).exists()):
            raise Http404
        return Response(self._form(METRICS))

    def _form(self, kind: str) -> dict[str, Any]:
        asked: dict[str, Any] = {
            name: self.query[name] for name in ("attribute", "function", "of", "weights") if name in self.query
        }
        parameters = QueryDict(urlencode(asked))
        scope = AskedScope(self.scope())
        page = house_page(kind=kind, parameters=parameters, asked=scope, access=self.access, program=program())
        if page is None:
            raise Http404
        withheld = APART if page.asked.aside[0] else page.board.withheld
        if withheld:
            raise ProblemError(invalid([FieldError(withheld, "too_few", parameter="segment")]))
        return house_form(page)
