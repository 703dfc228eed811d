from collections.abc import Sequence
from dataclasses import asdict
from typing import ClassVar

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from functions.permissions import ReadsScores
from functions.selectors import Access, program_day
from improvements.calibrating import Calibration, calibrations_for
from improvements.initiative_serializers import CalibrationsSerializer
from improvements.realised import Checkpoint, LevelThen
from metrics.selectors import metric_ids_for
from scoring.calibration import Within
from web.api_views import ApiViewSet
from web.nouns import Form


class CalibrationViewSet(ApiViewSet):
    """How well do we estimate?"""

    permission_classes = (ReadsScores,)
    answers: ClassVar = {"list": CalibrationsSerializer}

    def list(self, request: Request) -> Response:
        """The share of estimates that came true within their range, and what was promised too much on average."""
        found = calibrations_for(self.access, today=program_day(timezone.now()))
        whole, own = (None if each is None else calibration_form(each) for each in (found.whole, found.own))
        people = [calibration_form(each) for each in found.people]
        return Response({"whole": whole, "own": own, "people": people})


def checkpoint_forms(found: Sequence[Checkpoint], access: Access, *, is_told: bool) -> list[Form]:
    """Return checkpoints as this person may see them: levels of own metrics, points where those are told."""
    seen = metric_ids_for(access)
    return [
        {
            "months": each.months,
            "on": each.on,
            "is_passed": each.is_passed,
            "levels": [level_form(level) for level in each.levels if seen is None or level.metric.pk in seen],
            "predicted": each.predicted._asdict() if is_told else None,
            "realised": each.realised._asdict() if is_told and each.realised is not None else None,
            "why": each.why_no_points if is_told else "",
        }
        for each in found
    ]


def level_form(level: LevelThen) -> Form:
    its, part = level.forecast, level.part
    return {
        "metric": level.metric.pk,
        "low": float(level.low),
        "likely": float(level.likely),
        "high": float(level.high),
        "came": level.came,
        "n": part.level.n if part else 0,
        "newest_on": part.newest_on if part else None,
        "within": None if its is None else its.is_within,
        "why": level.why,
    }


def calibration_form(its: Calibration) -> Form:
    return {
        "estimator": its.estimator,
        "name": its.name,
        "newest": within_form(its.newest),
        "by_months": [{"months": months} | within_form(each) for months, each in its.by_months],
        "bias": None if its.bias is None else asdict(its.bias),
    }


def within_form(its: Within) -> Form:
    return asdict(its)
