"""/metrics: figures for a Prometheus, of this web process and of the database that all of them share.

No names, no addresses, nothing that a customer said; still nobody's business, so it is for this machine, and for others
with METRICS_TOKEN. Everybody else finds nothing there.
"""

import os
from collections.abc import Iterable
from datetime import datetime
from hmac import compare_digest

from django.conf import settings
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from gap_scores.selectors import newest_run
from jobs.selectors import jobs_by_state, markers_waiting
from jobs.workers import workers_seen
from metrics.selectors import newest_measurement
from quality_program.meters import REQUESTS

HERE = ("127.0.0.1", "::1")


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    if not (is_from_here(request) or has_token(request)):
        raise Http404
    registry = CollectorRegistry()
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        MultiProcessCollector(registry)
    else:
        registry.register(REQUESTS)
    registry.register(Shared(now=timezone.now()))
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def is_from_here(request: HttpRequest) -> bool:
    """Whether the call comes from this machine, and not through a proxy on it."""
    return request.META.get("REMOTE_ADDR") in HERE and "HTTP_X_FORWARDED_FOR" not in request.META


def has_token(request: HttpRequest) -> bool:
    wanted = f"Bearer {settings.METRICS_TOKEN}"
    return bool(settings.METRICS_TOKEN) and compare_digest(
        request.headers.get("Authorization", "").encode(), wanted.encode()
    )


def gauge(name: str, says: str, value: float) -> Metric:
    return GaugeMetricFamily(name, says, value=value)


def labelled(name: str, says: str, label: str, values: dict[str, float]) -> Metric:
    family = GaugeMetricFamily(name, says, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family


class Shared(Collector):
    """What every web process says alike, because the database knows it."""

    def __init__(self, *, now: datetime) -> None:
        self._now = now

    def collect(self) -> Iterable[Metric]:
        try:
            found = list(self._read())
        except DatabaseError:
            # The requests are told all the same: they say how it shows.
            found = []
        yield gauge("quality_database_up", "1 if the database answered.", float(bool(found)))
        yield from found

    def _read(self) -> Iterable[Metric]:
        waiting, oldest_at = markers_waiting()
        yield gauge("quality_markers_waiting", "Markers that no worker has folded yet.", waiting)
        yield gauge("quality_oldest_marker_seconds", "Age of the oldest of them; 0 if none.", self._age(oldest_at))
        yield labelled("quality_jobs", "Jobs that wait, run or failed.", "state", jobs_by_state())
        seen = {name: self._age(at) for name, at in workers_seen().items()}
        yield labelled("quality_worker_seen_seconds", "Since each worker last said that it lives.", "worker", seen)
        run, computed_at = newest_run()
        yield gauge("quality_scores_run", "Number of the newest run.", run)
        yield gauge(
            "quality_scores_age_seconds", "Since that run; old is well while nothing waits.", self._age(computed_at)
        )
        yield gauge("quality_measurement_newest", "Number of the newest measurement; its rate is what was accepted.",
                    newest_measurement())  # fmt: skip

    def _age(self, at: datetime | None) -> float:
        return max(0.0, (self._now - at).total_seconds()) if at else 0.0
