"""Copies of personal data that work leaves behind for a while: reports of jobs, answers to repeat, changes to undo."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.utils.translation import ngettext

from accounts.personal_data import Erasing, Holding, Outlook, Room, finds, mentioned, register_room, without
from jobs import files
from jobs.models import BulkChange, FileImport, IdempotencyKey, Job

HOLDINGS = (
    Holding("jobs.Job", contact=("title", "message", "about", "result", "errors"), other=("kind",)),
    Holding("jobs.JobInput", nothing="measurements that come in as a stream"),
    Holding("jobs.FileImport", contact=("file_name", "meanings", "counts"), other=("sha256", "folder", "columns")),
    Holding("jobs.ColumnMemory", nothing="what the columns of a file are called"),
    Holding("jobs.IdempotencyKey", contact=("answer",), other=("key", "fingerprint")),
    Holding("jobs.BulkChange", contact=("title", "rows", "skipped"), other=("list_name", "action")),
    Holding("jobs.OutboxMessage", nothing="keys of letters and what became of them: no address, no text"),
    Holding("jobs.Marker", nothing="numbers of what is to be worked out anew"),
    Holding("jobs.WorkerSeen", nothing="names of processes"),
)
# What is kept in columns of text and of JSON, by model.
COPIES: tuple[tuple[type[Model], tuple[str, ...]], ...] = (
    (Job, ("title", "message", "about", "result", "errors")),
    (FileImport, ("file_name", "meanings", "counts")),
    (BulkChange, ("title", "rows", "skipped")),
)
NO_ANSWER = b'{"detail":"(erased)"}'


def copies_with(found_by: "re.Pattern[str]") -> Iterator[tuple[Any, list[str]]]:
    """Yield each record that mentions the contact, with the columns in which it does."""
    for model, columns in COPIES:
        for record in model._default_manager.order_by("pk").iterator():  # noqa: SLF001
            if hit := [name for name in columns if mentioned(getattr(record, name), found_by)]:
                yield record, hit


def answers_with(found_by: "re.Pattern[str]") -> Iterator[IdempotencyKey]:
    """Yield the kept answers that mention the contact; JSON writes quotes and line ends by a backslash."""
    for row in IdempotencyKey.objects.exclude(answer=b"").order_by("pk").iterator():
        plain = bytes(row.answer).decode("utf-8", errors="replace").replace("\\n", "\n").replace('\\"', '"')
        if mentioned(plain, found_by):
            yield row


def told_by_mentions(mentions: tuple[str, ...]) -> Mapping[str, Any]:
    found_by = finds(mentions)
    if found_by is None:
        return {}
    return {
        "work": [
            {"what": str(record._meta.verbose_name), "columns": {name: getattr(record, name) for name in columns}}  # noqa: SLF001
            for record, columns in copies_with(found_by)
        ],
        "repeated_answers": [bytes(row.answer).decode("utf-8", errors="replace") for row in answers_with(found_by)],
    }


def erase(erasing: Erasing) -> None:
    """Take the contact out of what is kept for a while, and every file that was taken along and still lies here."""
    if found_by := finds(erasing.mentions):
        for record, columns in copies_with(found_by):
            for name in columns:
                setattr(record, name, without(getattr(record, name), found_by))
            record.save(update_fields=columns)
        for row in answers_with(found_by):
            row.answer = NO_ANSWER
            row.save(update_fields=["answer"])
    transaction.on_commit(remove_files)


def remove_files() -> None:
    for path in files.folder().glob("*"):
        files.remove(path.name)


def outlook(_contact_id: int) -> Outlook:
    lying = sum(1 for path in files.folder().glob("*") if path.is_file())
    goes = ngettext(
        "%(n)d exported file that still lies on the server is removed: whoever needs it makes it anew.",
        "%(n)d exported files that still lie on the server are removed: whoever needs one makes it anew.",
        lying,
    )
    waiting = FileImport.objects.exclude(stage__in=("imported", "discarded")).count()
    stays = ngettext(
        "%(n)d uploaded file is not brought in yet and may name this person: look through it, or discard it.",
        "%(n)d uploaded files are not brought in yet and may name this person: look through them, or discard them.",
        waiting,
    )
    return Outlook(
        goes=(goes % {"n": lying},) if lying else (),
        stays=(stays % {"n": waiting},) if waiting else (),
    )


register_room(Room(name="jobs", holdings=HOLDINGS, told_by_mentions=told_by_mentions, outlook=outlook, erase=erase))
