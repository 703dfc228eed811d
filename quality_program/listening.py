"""Each Celery worker, embedded or not, listens to the bell for as long as it lives."""

from typing import Any

from celery.signals import worker_init, worker_process_init, worker_shutdown

from jobs.bell import Listener

_listeners: list[Listener] = []


@worker_init.connect
def start_listening(**kwargs: Any) -> None:
    """Celery sends this before it connects to its broker, so a broker that is away delays no score."""
    listener = Listener()
    listener.start()
    _listeners.append(listener)


@worker_process_init.connect
def leave_listening_to_parent(**kwargs: Any) -> None:
    """A child that takes tasks does not listen."""
    while _listeners:
        _listeners.pop().leave_to_parent()


@worker_shutdown.connect
def stop_listening(**kwargs: Any) -> None:
    while _listeners:
        _listeners.pop().stop()
