"""How many requests of each kind were answered how, and how long they took: counted in every web process."""

import os
from collections.abc import Callable
from time import perf_counter

from django.http import HttpRequest, HttpResponse
from prometheus_client import Histogram, values

if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
    # By place, not by process id: workers come and go by the day, and each would leave a file behind.
    values.ValueClass = values.MultiProcessValue(process_identifier=lambda: os.environ.get("METER_PLACE", os.getpid()))

Handler = Callable[[HttpRequest], HttpResponse]

# The first that fits. Few and fixed: an address in a label would let anybody fill the memory.
KINDS = (
    ("/static/", "static"), ("/healthz", "health"), ("/readyz", "health"), ("/metrics", "health"),
    ("/api/v1/measurements/bulk/", "push"), ("/api/v1/measurements/stream/", "push"), ("/api/", "api"),
    ("/accounts/", "account"), ("/oauth/", "account"), ("/admin/", "admin"), ("/", "page"),
)  # fmt: skip
REQUESTS = Histogram(
    "quality_request_seconds",
    "Time until the answer to a request was ready, by kind of address and status.",
    ["kind", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
)


def kind_of(path: str) -> str:
    return next((kind for start, kind in KINDS if path.startswith(start)), "page")


class Meter:
    """The outermost of all, so that refusals of the others are counted, too."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = perf_counter()
        response = self.get_response(request)
        REQUESTS.labels(kind_of(request.path), str(response.status_code)).observe(perf_counter() - started)
        return response
