from typing import Any, ClassVar

from django.http import Http404, QueryDict
from rest_framework.request import Request
from rest_framework.response import Response

from dashboard.expectations_page import expectations_form, expectations_page
from dashboard.importance_page import importance_form, importance_page
from dashboard.kano_page import kano_form, kano_page
from dashboard.loyalty_page import loyalty_form, loyalty_page
from dashboard.opinion import Ground
from dashboard.opinion_serializers import (
    ExpectedPerceivedSerializer,
    ImportancePerformanceSerializer,
    ImportanceQuery,
    KanoSerializer,
    LoyaltySerializer,
    StrictnessQuery,
    StrictnessSerializer,
)
from dashboard.scoping import AskedScope
from dashboard.strictness_page import strictness_form, strictness_page
from functions.selectors import program
from gap_scores.answers import scope_form, stamp_form
from gap_scores.serializers import ScopeQuery
from gap_scores.viewsets import ScoreViewSet


class ViewOfRequirements(ScoreViewSet):
    """What every view of requirements answers: its scope, its run, up to which day, and its rows."""

    def asked(self) -> dict[str, Any]:
        asked = AskedScope(self.scope())
        return {"parameters": self.parameters(), "asked": asked, "access": self.access, "program": program()}

    def parameters(self) -> QueryDict:
        """Return what the page of this view would be asked with beside its scope."""
        found = QueryDict(mutable=True)
        found.update({name: str(value) for name, value in self.query.items() if name not in ScopeQuery().fields})
        return found

    def answered(self, ground: Ground, form: dict[str, Any]) -> Response:
        is_empty = ground.stamp.is_empty
        head = {"scope": scope_form(ground.board.scope), "stamp": stamp_form(ground.stamp)}
        return Response({**head, "as_of": None if is_empty else ground.answers.as_of, **form})


class KanoViewSet(ViewOfRequirements):
    """Kano: what customers take for granted, what they want more of, what would delight them."""

    queries: ClassVar = {"list": ScopeQuery}
    answers: ClassVar = {"list": KanoSerializer}

    def list(self, request: Request) -> Response:
        page = kano_page(**self.asked())
        return self.answered(page.ground, kano_form(page))


class ImportancePerformanceViewSet(ViewOfRequirements):
    """Importance and performance: what to concentrate on, by a crosshair that is named."""

    queries: ClassVar = {"list": ImportanceQuery}
    answers: ClassVar = {"list": ImportancePerformanceSerializer}

    def list(self, request: Request) -> Response:
        page = importance_page(**self.asked())
        return self.answered(page.ground, importance_form(page))


class ExpectedPerceivedViewSet(ViewOfRequirements):
    """Expected and perceived (SERVQUAL): mean gaps, and the share that got less than expected."""

    queries: ClassVar = {"list": ScopeQuery}
    answers: ClassVar = {"list": ExpectedPerceivedSerializer}

    def list(self, request: Request) -> Response:
        page = expectations_page(**self.asked())
        return self.answered(page.ground, expectations_form(page))


class LoyaltyViewSet(ViewOfRequirements):
    """NPS, CSAT and CES of what was rated on their scales."""

    queries: ClassVar = {"list": ScopeQuery}
    answers: ClassVar = {"list": LoyaltySerializer}

    def list(self, request: Request) -> Response:
        page = loyalty_page(**self.asked())
        return self.answered(page.ground, loyalty_form(page))


class StrictnessViewSet(ViewOfRequirements):
    """Who needs a requirement stricter: the levels that serve the wanted share, by group, and what stands."""

    queries: ClassVar = {"retrieve": StrictnessQuery}
    answers: ClassVar = {"retrieve": StrictnessSerializer}

    def retrieve(self, request: Request, pk: str) -> Response:
        asked = self.asked()
        asked["parameters"]["requirement"] = str(int(pk))
        page = strictness_page(**asked)
        if page.subject is None or page.subject.pk != int(pk):
            raise Http404
        return self.answered(page.ground, strictness_form(page))
