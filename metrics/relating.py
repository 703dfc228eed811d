"""What two metrics do to each other, as a person judges it: the roof of the House of Quality. No score uses it."""

from collections.abc import Collection

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from functions.selectors import Access
from metrics.models import Metric, MetricRelation
from metrics.selectors import metrics_for


def metric_relations(access: Access) -> QuerySet[MetricRelation]:
    """Return the relations between metrics that a person may see both of."""
    seen = metrics_for(access).order_by().values("pk")
    return MetricRelation.objects.filter(one__in=seen, other__in=seen).order_by("pk")


def relations_among(metric_ids: Collection[int]) -> QuerySet[MetricRelation]:
    return MetricRelation.objects.filter(one__in=metric_ids, other__in=metric_ids)


def relation_of(one: Metric, other: Metric) -> MetricRelation | None:
    """Return what is said of two metrics, in whichever order they are named."""
    first, second = sorted((one.pk, other.pk))
    return MetricRelation.objects.filter(one=first, other=second).first()


@transaction.atomic
def relate_metrics(*, one: Metric, other: Metric, strength: int, note: str = "") -> MetricRelation:
    """Say that two metrics support each other or pull against each other.

    Raises ValidationError for a metric with itself, for a pair of which something is said already, and for a metric
    that is not active.
    """
    for metric in (one, other):
        if not metric.is_active:
            message, params = _("%(name)s is not active. Choose another metric."), {"name": metric.name}
            raise ValidationError({"other": ValidationError(message, code="inactive", params=params)})
    first, second = sorted((one, other), key=lambda metric: metric.pk)
    relation = MetricRelation(one=first, other=second, strength=strength, note=note.strip())
    return checked_and_saved(relation)


@transaction.atomic
def change_relation(*, relation: MetricRelation, strength: int, note: str) -> MetricRelation:
    """Change what is said of two metrics; its history keeps what was said before."""
    locked = MetricRelation.objects.select_for_update().get(pk=relation.pk)
    locked.strength, locked.note = strength, note.strip()
    return checked_and_saved(locked)


@transaction.atomic
def end_relation(*, relation: MetricRelation) -> None:
    """Say that two metrics have nothing to do with each other any more; the history keeps what was said."""
    MetricRelation.objects.get(pk=relation.pk).delete()


def checked_and_saved(relation: MetricRelation) -> MetricRelation:
    relation.clean_fields(exclude={"one", "other"})
    relation.validate_constraints()
    relation.save()
    return relation
