"""The addresses of the API: one router, its description, and an answer in JSON for every address that is none."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.authentication import SessionAuthentication
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter
from rest_framework.serializers import CharField

from customers.viewsets import (
    ContactViewSet,
    CustomerViewSet,
    ProductUseViewSet,
    SegmentViewSet,
    ValueBandViewSet,
)
from dashboard.document_viewsets import DocumentViewSet
from dashboard.house_viewsets import HouseViewSet
from dashboard.initiative_viewsets import (
    InitiativeDecisionViewSet,
    InitiativeEffectViewSet,
    InitiativeViewSet,
    PortfolioViewSet,
)
from dashboard.opinion_viewsets import (
    ExpectedPerceivedViewSet,
    ImportancePerformanceViewSet,
    KanoViewSet,
    LoyaltyViewSet,
    StrictnessViewSet,
)
from dashboard.realised_viewsets import CalibrationViewSet
from dashboard.report_viewsets import ReportViewSet
from dashboard.review_viewsets import ReviewDecisionViewSet, ReviewViewSet
from dashboard.scenario_viewsets import ScenarioViewSet, WhatIfViewSet
from dashboard.viewsets import AuditEntryViewSet, JobViewSet, SamplingPlanViewSet, WeightSetViewSet
from functions.access import members_only
from functions.viewsets import FunctionViewSet, InvitationViewSet, MembershipViewSet, PersonViewSet, SupplyLinkViewSet
from gap_scores.snapshot_viewsets import SnapshotViewSet
from gap_scores.viewsets import CircleViewSet, FunctionScoreViewSet, RequirementScoreViewSet
from improvements.action_viewsets import ActionCommentViewSet, ActionViewSet, ConfirmationViewSet
from improvements.belief_viewsets import BeliefAskingViewSet
from improvements.file_viewsets import ActionFileViewSet
from improvements.loop_viewsets import PublicationViewSet, TellingViewSet
from improvements.viewsets import AmbassadorViewSet, AskViewSet
from interviews.asking_viewsets import ConsolidationViewSet, InterviewInvitationViewSet
from interviews.guide_viewsets import GuideVersionViewSet, GuideViewSet
from interviews.involvement_viewsets import InvolvementViewSet
from interviews.loss_viewsets import LossViewSet
from interviews.loyalty_viewsets import LoyaltyAnswerViewSet
from interviews.viewsets import (
    AnswerViewSet,
    CodingViewSet,
    InterviewViewSet,
    ObjectiveViewSet,
    RoundViewSet,
    VerbatimViewSet,
)
from metrics.chart_viewsets import ChartNoteViewSet, ChartPhaseViewSet
from metrics.health_viewsets import MetricHealthViewSet
from metrics.pull_viewsets import MeasurementSourceViewSet
from metrics.viewsets import MeasurementViewSet, MetricLinkViewSet, MetricRelationViewSet, MetricViewSet
from notices.viewsets import DeliveryViewSet, EndpointViewSet, NoticeViewSet
from requirements_catalog.viewsets import (
    AttributeViewSet,
    ProductViewSet,
    RatingScaleViewSet,
    RequirementViewSet,
    ResponsibilityViewSet,
)
from web.problems import Problem, answer_with
from web.queries import Query, read_query

SINGULAR = {
    "people": "person",
    "responsibilities": "responsibility",
    "audit-entries": "audit-entry",
    "losses": "loss",
    "deliveries": "delivery",
    "strictness": "strictness",
}

router = SimpleRouter()
for noun, viewset in {
    "circle": CircleViewSet,
    "requirement-scores": RequirementScoreViewSet,
    "function-scores": FunctionScoreViewSet,
    "kano": KanoViewSet,
    "importance-performance": ImportancePerformanceViewSet,
    "expected-perceived": ExpectedPerceivedViewSet,
    "loyalty": LoyaltyViewSet,
    "strictness": StrictnessViewSet,
    "snapshots": SnapshotViewSet,
    "reports": ReportViewSet,
    "house": HouseViewSet,
    "documents": DocumentViewSet,
    "functions": FunctionViewSet,
    "supply-links": SupplyLinkViewSet,
    "people": PersonViewSet,
    "invitations": InvitationViewSet,
    "memberships": MembershipViewSet,
    "products": ProductViewSet,
    "attributes": AttributeViewSet,
    "rating-scales": RatingScaleViewSet,
    "requirements": RequirementViewSet,
    "responsibilities": ResponsibilityViewSet,
    "customers": CustomerViewSet,
    "contacts": ContactViewSet,
    "product-uses": ProductUseViewSet,
    "value-bands": ValueBandViewSet,
    "segments": SegmentViewSet,
    "guides": GuideViewSet,
    "guide-versions": GuideVersionViewSet,
    "rounds": RoundViewSet,
    "sampling-plans": SamplingPlanViewSet,
    "weight-sets": WeightSetViewSet,
    "interviews": InterviewViewSet,
    "interview-invitations": InterviewInvitationViewSet,
    "answers": AnswerViewSet,
    "verbatims": VerbatimViewSet,
    "codings": CodingViewSet,
    "objectives": ObjectiveViewSet,
    "loyalty-answers": LoyaltyAnswerViewSet,
    "consolidations": ConsolidationViewSet,
    "losses": LossViewSet,
    "ambassadors": AmbassadorViewSet,
    "ambassador-asks": AskViewSet,
    "actions": ActionViewSet,
    "action-comments": ActionCommentViewSet,
    "action-files": ActionFileViewSet,
    "confirmations": ConfirmationViewSet,
    "tellings": TellingViewSet,
    "publications": PublicationViewSet,
    "reviews": ReviewViewSet,
    "review-decisions": ReviewDecisionViewSet,
    "initiatives": InitiativeViewSet,
    "calibration": CalibrationViewSet,
    "initiative-effects": InitiativeEffectViewSet,
    "initiative-decisions": InitiativeDecisionViewSet,
    "portfolio": PortfolioViewSet,
    "what-if": WhatIfViewSet,
    "scenarios": ScenarioViewSet,
    "belief-askings": BeliefAskingViewSet,
    "involvements": InvolvementViewSet,
    "metrics": MetricViewSet,
    "metric-health": MetricHealthViewSet,
    "metric-links": MetricLinkViewSet,
    "metric-relations": MetricRelationViewSet,
    "measurements": MeasurementViewSet,
    "measurement-sources": MeasurementSourceViewSet,
    "chart-phases": ChartPhaseViewSet,
    "chart-notes": ChartNoteViewSet,
    "notices": NoticeViewSet,
    "endpoints": EndpointViewSet,
    "deliveries": DeliveryViewSet,
    "jobs": JobViewSet,
    "audit-entries": AuditEntryViewSet,
}.items():
    router.register(noun, viewset, basename=SINGULAR.get(noun, noun.removesuffix("s")))


class DescriptionView(SpectacularAPIView):
    """The description as a file. It is in English and has one version, so it takes no parameters."""

    api_version = "1"

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        read_query(Query, request.query_params)
        return super().get(request, *args, **kwargs)


class ScriptQuery(Query):
    script = CharField(required=False, allow_blank=True)


class DocsView(SpectacularSwaggerSplitView):
    """The description to read and try; its script comes from the same address, because inline it would be blocked."""

    url_name = "api_schema"
    template_name = "api_docs.html"
    authentication_classes = (SessionAuthentication,)

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        read_query(ScriptQuery, request.query_params)
        return super().get(request, *args, **kwargs)


@csrf_exempt
def no_such_address(request: HttpRequest) -> HttpResponse:
    detail = "There is no such address. Addresses begin with /api/v1/ and end with a slash; /api/docs/ lists them."
    return answer_with(Problem(404, "not_found", detail), request)


urlpatterns: list[URLPattern | URLResolver] = [
    path("v1/", include((router.urls, "api"))),
    path("schema/", DescriptionView.as_view(), name="api_schema"),
    path("docs/", members_only(DocsView.as_view()), name="api_docs"),
    re_path("", no_such_address, name="api_nothing"),
]
