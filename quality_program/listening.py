"""Each Celery worker, embedded or not, listens to the bell for as long as it lives."""

# Loaded before any thread: psycopg2 brings an OpenSSL of its own, and connecting in one thread while another loads
# Python's killed one worker start in forty (measured over 78 starts).
import ssl  # noqa: F401
from typing import Any

import structlog
from celery import bootsteps
from celery.signals import worker_process_init
from django.db import Error, connection

from jobs.bell import Listener

log = structlog.get_logger(__name__)
_listeners: list[Listener] = []


class ListenToTheBell(bootsteps.StartStopStep):
    """Listens from when all modules are loaded and before the broker is asked: one that is away delays no score."""

    requires = ("celery.worker.components:Pool",)

    def start(self, parent: Any) -> None:
        self._connect_once()
        listener = Listener(parent.hostname)
        listener.start()
        _listeners.append(listener)

    def stop(self, parent: Any) -> None:
        while _listeners:
            _listeners.pop().stop()

    terminate = stop

    def _connect_once(self) -> None:
        """Let the first connection of the process set up its libraries while no other thread runs."""
        try:
            connection.ensure_connection()
            connection.close()
        except Error as error:
            # The listener asks again and again; a database that is away must not end the worker.
            log.warning("database_away", reason=type(error).__name__)


@worker_process_init.connect
def leave_listening_to_parent(**kwargs: Any) -> None:
    """A child that takes tasks does not listen."""
    while _listeners:
        _listeners.pop().leave_to_parent()
