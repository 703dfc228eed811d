"""The anchor of the API: the same rows by a plain Django view, without middleware, token or paging."""

from django.http import HttpRequest, JsonResponse
from django.urls import path

from gap_scores.models import RequirementScore

ROWS = 200


def scores(request: HttpRequest) -> JsonResponse:
    rows = RequirementScore.objects.order_by("requirement_id").values(
        "requirement_id", "gap", "lo", "hi", "n_eff", "importance", "mass", "j", "run_id"
    )
    return JsonResponse({"results": list(rows[:ROWS])})


urlpatterns = [path("bare/", scores)]
