from collections.abc import Sequence
from datetime import date
from typing import Any, ClassVar

from django.http import Http404, HttpResponse
from rest_framework import serializers
from rest_framework.request import Request

from functions.permissions import ReadsMeasurements
from metrics.health import health_of
from metrics.health_words import sentence_of
from metrics.models import Metric
from metrics.selectors import metric_for, metrics_for
from scoring.health import FlawKind, Health, Trust, Weight
from web.nouns import Form, NounViewSet, id_filter, narrowed
from web.paging import PageQuery, page_of, pages_of


class FlawSerializer(serializers.Serializer[Any]):
    """One thing that speaks against what was measured: `count` of `of`, or days where it is late."""

    kind = serializers.ChoiceField(choices=[(each.value, each.value) for each in FlawKind])
    weight = serializers.ChoiceField(
        choices=[(each.name.lower(), each.name.lower()) for each in Weight],
        help_text="A remark takes no trust away; one that is grave, or three that count, make it doubtful.",
    )
    count = serializers.IntegerField()
    of = serializers.IntegerField()
    sentence = serializers.CharField()


class MetricHealthSerializer(serializers.Serializer[Any]):
    """How far the measurements of a metric can be trusted, and why not further; n: those that were looked at."""

    metric = serializers.IntegerField(help_text="Metric id.")
    name = serializers.CharField()
    function = serializers.IntegerField()
    trust = serializers.ChoiceField(choices=[(each.value, each.value) for each in Trust])
    n = serializers.IntegerField()
    flaws = FlawSerializer(many=True)


class MetricHealthQuery(PageQuery):
    function = id_filter("Function")
    is_active = serializers.BooleanField(required=False)
    trust = serializers.ChoiceField(choices=[(each.value, each.value) for each in Trust], required=False)


class MetricHealthViewSet(NounViewSet):
    """Late, missing, duplicated, out of range, definition changed, single source: how far a metric can be trusted."""

    permission_classes = (ReadsMeasurements,)
    queries: ClassVar = {"list": MetricHealthQuery}
    answers: ClassVar = {"list": pages_of(MetricHealthSerializer), "retrieve": MetricHealthSerializer}

    def list(self, request: Request) -> HttpResponse:
        """The metrics whose measurements the caller may see, by name."""
        asked = {name: value for name, value in self.query.items() if name != "trust"}
        metrics: Sequence[Metric] = list(narrowed(metrics_for(self.access), asked, ()))
        if trust := self.query.get("trust"):
            found = health_of(metrics, today=self.today)
            metrics = [each for each in metrics if found[each.pk].trust == trust]
        page, envelope = page_of(metrics, self.query, request)
        return self.kept(request, {**envelope, "results": forms_of(list(page), self.today)})

    def retrieve(self, request: Request, pk: str) -> HttpResponse:
        """One metric, by its id."""
        metric = metric_for(self.access, int(pk))
        if metric is None:
            raise Http404
        return self.kept(request, forms_of([metric], self.today)[0])


def forms_of(metrics: Sequence[Metric], today: date) -> list[Form]:
    found = health_of(metrics, today=today)
    return [health_form(each, found[each.pk]) for each in metrics]


def health_form(metric: Metric, health: Health) -> Form:
    return {
        "metric": metric.pk,
        "name": metric.name,
        "function": metric.function_id,
        "trust": health.trust.value,
        "n": health.n,
        "flaws": [
            {
                "kind": flaw.kind.value,
                "weight": flaw.weight.name.lower(),
                "count": flaw.count,
                "of": flaw.of,
                "sentence": sentence_of(flaw),
            }
            for flaw in health.flaws
        ],
    }
