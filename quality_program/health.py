"""Whether this process lives (/healthz) and whether it can serve (/readyz), for load balancers and people."""

from collections.abc import Callable
from datetime import datetime, timedelta

from celery import current_app
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe
from kombu.exceptions import OperationalError

from jobs import bell, clock
from quality_program.durability import keeps_all

OLDEST_MARKER_ALLOWED = timedelta(minutes=5)


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Say that the process answers; it asks nobody else."""
    return JsonResponse({"status": "ok"})


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Say 503 and name what is not ready; no addresses and no versions, because anyone may ask.

    A broker that is away is noted only: pages and scores do without it, so nobody must be turned away for it.
    """
    checks: dict[str, Callable[[], bool]] = {
        "database": database_answers,
        "migrations": migrations_applied,
        "markers": lambda: markers_fresh(now=clock.database_now()),
    }
    failed = [name for name, check in checks.items() if not passes(check)]
    noted: dict[str, Callable[[], bool]] = {"broker": broker_answers, "clock": clock.agrees, "durability": keeps_all}
    if "database" in failed:
        # What needs one has nothing to say.
        noted = {"broker": broker_answers}
    notes = [name for name, check in noted.items() if not passes(check)]
    body = {"status": "not ready" if failed else "ok", "not_ready": failed, "notes": notes}
    return JsonResponse(body, status=503 if failed else 200)


def passes(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except (DatabaseError, OperationalError, OSError):
        return False


def database_answers() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return bool(cursor.fetchone() == (1,))


def migrations_applied() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def broker_answers() -> bool:
    """Without a configured broker there is nothing to wait for; markers are drained all the same."""
    if settings.CELERY_BROKER_URL.startswith("memory://"):
        return True
    with current_app.connection_for_write(connect_timeout=1) as broker:
        broker.ensure_connection(max_retries=1, timeout=2)
    return True


def markers_fresh(*, now: datetime) -> bool:
    oldest = bell.oldest_marker_at()
    return oldest is None or now - oldest <= OLDEST_MARKER_ALLOWED
