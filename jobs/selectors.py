"""What waits, for those who watch."""

from datetime import datetime

from django.db.models import Count, Min

from jobs.models import Job, Marker

WATCHED = (Job.State.WAITING, Job.State.RUNNING, Job.State.FAILED)


def markers_waiting() -> tuple[int, datetime | None]:
    """Return how many markers wait, and since when the oldest does."""
    found = Marker.objects.aggregate(waiting=Count("pk"), oldest=Min("enqueued_at"))
    return found["waiting"], found["oldest"]


def jobs_by_state() -> dict[str, float]:
    """Return how many jobs wait, run and have failed; none is 0, so that a graph begins before the first failure."""
    counted = Job.objects.filter(state__in=WATCHED).order_by().values_list("state").annotate(Count("pk"))
    return dict.fromkeys(map(str, WATCHED), 0.0) | {state: float(count) for state, count in counted}
