"""The data folder of an embedded run: one process at a time has it."""

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path

from django.core.management.base import CommandError


@contextlib.contextmanager
def sole_use_of(folder: Path) -> Iterator[None]:
    """Hold the data folder: a second process on the same SQLite file would run a second worker and beat."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (folder / "lock").open("w")
    except OSError as error:
        raise CommandError(
            f"{folder} cannot be written ({error.strerror}). Name another folder, as in make run DATA_DIR=..."
        ) from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandError(
                f"Another run already uses {folder}: end it first, or name another folder, as in make run DATA_DIR=..."
            ) from None
        yield
