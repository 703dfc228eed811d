"""Files that jobs make and people fetch: under names that nobody guesses, whole or not there, and gone after a day."""

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.utils.translation import gettext_lazy as _

KEPT_FOR = timedelta(hours=24)
# A full disk, a used up quota, a disk that the system made read-only.
ROOMLESS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})
NO_ROOM = _("The server's disk is full. Nothing was stored; try again when there is room.")


def is_for_want_of_room(error: BaseException | None) -> bool:
    return isinstance(error, OSError) and error.errno in ROOMLESS


def folder() -> Path:
    """Return where they lie: outside everything that is served."""
    return Path(settings.DATA_DIR) / "exports"


def new_name() -> str:
    """Return a name of 192 random bits; what the file is called where it is saved, the door says."""
    return secrets.token_hex(24)


def file_named(name: str) -> Path | None:
    """Return the file if it is there."""
    path = folder() / name
    return path if name and path.is_file() else None


@contextmanager
def whole_file(name: str) -> Iterator[BinaryIO]:
    """Write a file that appears under its name when the last byte is written; one that breaks off never does."""
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    # A name of its own for each run: one that fell silent may still write while another took its job up.
    unfinished = folder() / f"{new_name()}.part"
    try:
        with unfinished.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(folder() / name)
    finally:
        unfinished.unlink(missing_ok=True)


def remove(name: str) -> None:
    if name:
        (folder() / name).unlink(missing_ok=True)


def remove_old(*, now: datetime) -> int:
    """Delete what is older than a day, also what a killed worker left half written or whose job is gone."""
    gone = 0
    for path in folder().glob("*"):
        if datetime.fromtimestamp(path.stat().st_mtime, UTC) <= now - KEPT_FOR:
            path.unlink(missing_ok=True)
            gone += 1
    return gone
