"""Which workers live: each says so twice a minute, by its listener, whether or not there is a broker."""

from datetime import datetime, timedelta

from jobs.models import WorkerSeen

SAY_EVERY = timedelta(seconds=30)
FORGOTTEN_AFTER = timedelta(days=1)


def note_worker(*, name: str, now: datetime) -> None:
    """Keep that a worker lives; forget those not seen for a day, or names that are new at each start would pile up."""
    WorkerSeen.objects.update_or_create(name=name[:120], defaults={"seen_at": now})
    WorkerSeen.objects.filter(seen_at__lt=now - FORGOTTEN_AFTER).delete()


def workers_seen() -> dict[str, datetime]:
    """Return when each worker was last seen."""
    return dict(WorkerSeen.objects.order_by("name").values_list("name", "seen_at"))
