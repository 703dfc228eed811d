"""The bell: tells a listener that markers wait. Losing a ring costs a second, never a marker.

PostgreSQL carries the ring itself (NOTIFY, sent when the transaction commits), SQLite's one process an event.
A listener drains by the entry point that the projection registered at start-up; rooms below it never import it.
"""

import os
import select
import threading
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

import psycopg2
import structlog
from django.db import DatabaseError, connection, transaction

from jobs import clock
from jobs.models import Marker
from jobs.workers import SAY_EVERY, note_worker

CHANNEL = "markers"
# A marker this old means that a ring was lost, so the listener stops waiting for one.
PATIENCE = timedelta(seconds=1)
RETRY_SECONDS = 1.0

log = structlog.get_logger(__name__)
_rung = threading.Event()


class Drain(Protocol):
    """Folds a batch of markers; what it returns is true while it found some."""

    def __call__(self, *, as_of: datetime) -> object: ...


_drains: list[Drain] = []


def register_drain(drain: Drain) -> None:
    """Name what folds the markers; called once, by the projection's AppConfig.ready."""
    _drains[:] = [drain]


def ring() -> None:
    """Wake the listeners when the current transaction commits; a rollback rings nobody."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"NOTIFY {CHANNEL}")
    else:
        transaction.on_commit(_rung.set)


def oldest_marker_at() -> datetime | None:
    """Return when the oldest waiting marker was written."""
    # By id, which has an index: markers are numbered as they are written.
    return Marker.objects.order_by("id").values_list("enqueued_at", flat=True).first()


def drain_now() -> None:
    """Fold waiting markers until none is left."""
    for drain in _drains:
        while drain(as_of=clock.database_now()):
            pass


class Listener:
    """A thread that drains at each ring, and by itself when the oldest marker has waited too long."""

    def __init__(self, name: str = "") -> None:
        self._name = name
        self._said_at: datetime | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="bell", daemon=True)
        self._socket: int | None = None

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout: float | None = 5.0) -> None:
        self._stopping.set()
        _rung.set()
        self._thread.join(timeout)

    def leave_to_parent(self) -> None:
        """Let go, in a forked child, of the connection that it inherited.

        A busy child would otherwise keep a killed parent's transaction open, and the projection's lock with it.
        """
        if self._socket is not None:
            with Path(os.devnull).open("rb") as nothing:
                # Over it and not just closed: the driver knows the number, which would soon be another file's.
                os.dup2(nothing.fileno(), self._socket)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._listen()
            except Exception as error:
                # Whatever went wrong (a cut connection, a fold that failed), a listener that dies would be worse.
                log.exception("bell_failed", reason=type(error).__name__)
                self._stopping.wait(RETRY_SECONDS)
            finally:
                self._hang_up()

    def _listen(self) -> None:
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(f"LISTEN {CHANNEL}")
            self._socket = connection.connection.fileno()
        # What was rung before anybody listened is swept first.
        rung = True
        while not self._stopping.is_set():
            if rung or is_overdue(now=clock.database_now()):
                drain_now()
            self._say_that_it_lives(now=clock.database_now())
            rung = hear(PATIENCE)

    def _say_that_it_lives(self, *, now: datetime) -> None:
        """Without a name nobody watches. Said after a drain: one that fails each time is not well."""
        if self._name and (self._said_at is None or now - self._said_at >= SAY_EVERY):
            note_worker(name=self._name, now=now)
            self._said_at = now

    def _hang_up(self) -> None:
        self._socket = None
        try:
            connection.close()
        except (DatabaseError, psycopg2.Error):
            # A broken connection may refuse to close; the next query opens a new one.
            connection.connection = None


def is_overdue(*, now: datetime) -> bool:
    oldest = oldest_marker_at()
    return oldest is not None and now - oldest >= PATIENCE


def hear(patience: timedelta) -> bool:
    """Wait for a ring, at most as long as `patience`; say whether there was one."""
    if connection.vendor == "postgresql":
        return _hear_notify(patience)
    rung = _rung.wait(patience.total_seconds())
    _rung.clear()
    return rung


def _hear_notify(patience: timedelta) -> bool:
    raw = connection.connection
    # Rings that came in while a drain used the connection are already here: the socket would stay silent.
    if not raw.notifies:
        select.select([raw], [], [], patience.total_seconds())
    raw.poll()
    rung = bool(raw.notifies)
    raw.notifies.clear()
    return rung
