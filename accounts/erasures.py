"""Who was erased, noted outside of the database: a backup of before still has them, and so may a file to be imported.

One line for each in DATA_DIR: the random key that the contact had, the day, and keyed digests of the marks by which a
file names a person: the e-mail address, the id at the customer. None of it says who it was. A restore reads it and
erases them again (docs/decisions/0030-erasing-a-person.md).
"""

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from django.conf import settings

from accounts.made_once import read_or_make

LOG: Final = "erasures.jsonl"
KEY: Final = "erasures.key"


@dataclass(frozen=True, slots=True)
class Erasure:
    """One line of the log; `marks` are digests."""

    key: str
    at: datetime
    marks: tuple[str, ...]


def path_of(name: str) -> Path:
    return Path(settings.DATA_DIR) / name


def note_erasure(*, key: str, marks: Collection[str], at: datetime) -> None:
    """Append a line, written through to the disk: before the commit, so that no erasure is without its line.

    One whose transaction fails afterwards leaves a line too: somebody asked for it, and is asked to do it again.
    """
    line = json.dumps({"key": key, "at": at.isoformat(), "marks": [digest_of(mark) for mark in marks if mark.strip()]})
    path_of(LOG).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path_of(LOG), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        # One write to a file opened for appending: lines of two processes never mix.
        os.write(descriptor, f"{line}\n".encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def erasures() -> list[Erasure]:
    """Return everybody who was erased, oldest first."""
    try:
        text = path_of(LOG).read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    return [erasure_of(line) for line in text.splitlines() if line.strip()]


def erasure_of(line: str) -> Erasure:
    said = json.loads(line)
    return Erasure(key=said["key"], at=datetime.fromisoformat(said["at"]), marks=tuple(said["marks"]))


def erased_marks(marks: Collection[str]) -> dict[str, datetime]:
    """Return which of these marks were of somebody who was erased, and when the last time."""
    noted = erasures() if any(mark.strip() for mark in marks) else []
    if not noted:
        return {}
    wanted = {digest_of(mark): mark for mark in marks if mark.strip()}
    return {wanted[digest]: each.at for each in noted for digest in each.marks if digest in wanted}


def digest_of(mark: str) -> str:
    """Return a digest that says nothing without the key beside the log; upper and lower case are one mark."""
    return hmac.new(secret(), mark.strip().lower().encode(), hashlib.sha256).hexdigest()


def secret() -> bytes:
    """Return the key of the digests, made on first use: whole under its name, or not there."""
    path = path_of(KEY)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return bytes.fromhex(read_or_make(path, lambda: secrets.token_hex(32)))
