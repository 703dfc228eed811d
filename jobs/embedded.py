"""A Celery worker and its beat as threads of one process: no broker, no second process.

The queue lives in memory and ends with the process. That loses nothing: work is rows (markers, jobs), and the bell's
listener sweeps them at the next start.
"""

import threading
from types import TracebackType
from typing import Any, Self

from celery import Celery
from celery.beat import EmbeddedService
from celery.worker import WorkController

WORKER_THREADS = 2
STOP_SECONDS = 10


class ThreadedWorker(WorkController):
    """A worker off the main thread: `app.Worker` would install signal handlers, which only the main thread may."""

    def __init__(self, app: Celery) -> None:
        super().__init__(
            app=app,
            pool_cls="threads",
            concurrency=WORKER_THREADS,
            hostname="embedded@localhost",
            without_heartbeat=True,
            without_mingle=True,
            without_gossip=True,
        )


class EmbeddedJobs:
    """Everything that happens later, started with the web process and stopped with it."""

    def __init__(self, app: Celery) -> None:
        # Without both, threads find no current app and tasks hang unseen.
        app.finalize()
        app.set_default()
        self._worker = ThreadedWorker(app)
        # Named, or it silently schedules from a file of its own.
        self._beat: Any = EmbeddedService(app, thread=True, scheduler_cls=app.conf.beat_scheduler)
        self._worker_thread = threading.Thread(target=self._worker.start, name="worker", daemon=True)

    def __enter__(self) -> Self:
        self._worker_thread.start()
        self._beat.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._beat.stop()
        self._worker.stop()
        self._worker_thread.join(STOP_SECONDS)
