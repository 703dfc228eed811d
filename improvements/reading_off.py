"""Of which levels a person may be told what they are worth: the one guard for initiatives, portfolios and what-ifs.

Whoever says to which level a metric would move, and is told what that gains, reads off what customers stated. So below
specialists this is for levels of which enough customers stated their need.
"""

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from functions.selectors import Access
from gap_scores.investing import Ground, read_ground, stated_by_few
from gap_scores.selectors import read_board
from gap_scores.showing import hidden_among
from metrics.models import Metric
from metrics.selectors import metric_ids_for, metrics_for


def untold_metrics(ground: Ground, access: Access | None) -> set[int]:
    """Return the metrics that measure a requirement hidden from this person, or one for a product of which too few
    customers stated their need; None sees everything."""
    if access is None or access.is_specialist:
        return set()
    hidden = hidden_among(ground.board.requirements)
    few = stated_by_few(ground.board, ground.heard)
    return {line.metric for line in ground.lines if line.requirement in hidden} | {
        heard.metric
        for requirement, its in ground.heard.items()
        for heard in its
        if heard.metric is not None and (requirement, heard.product) in few
    }


def movable(ground: Ground, access: Access) -> list[int]:
    """Return the metrics with a level that customers were heard about, and that a person may move."""
    known = {metric for metric, here in ground.metrics.items() if here.level and ground.measured_by(metric)}
    seen = metric_ids_for(access)
    if seen is None:
        return sorted(known)
    return sorted(known & seen - untold_metrics(ground, access))


def metrics_to_expect(access: Access) -> QuerySet[Any]:
    """Return the metrics of which a person may state an expected level; one that measures nothing tells nothing."""
    rows = metrics_for(access)
    return rows if access.is_specialist else rows.exclude(pk__in=untold_metrics(read_ground(read_board()), access))


def check_may_expect(metric: Metric, access: Access | None) -> None:
    """Raise ValidationError where a person may not say to which level this metric would move."""
    if access is not None and not access.is_specialist and not metrics_to_expect(access).filter(pk=metric.pk).exists():
        message = _(
            "Too few customers stated which level of %(name)s they need. A specialist can say what is expected."
        )
        raise ValidationError(message, code="too_few", params={"name": metric.name})
