"""Keeping the files of actions: the only writer of them."""

import hashlib
import re
from collections.abc import Callable
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.files import File
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.audit import record
from accounts.models import AuditKind, User
from improvements.action_models import Action
from improvements.actions import lock_action
from improvements.file_kinds import LARGEST_FILE, LONGEST_FILE_NAME, MIB, WRITTEN, kind_of, safe_name, text_in
from improvements.file_models import ActionFile
from interviews.coding import LONGEST_NAME

MOST_FILES = 20
BETWEEN_WORDS = re.compile(r"[_\-.]+")


def check_size(size: int) -> None:
    """Refuse by size before anything is read into memory."""
    if size > LARGEST_FILE:
        message = _("The file is larger than %(most)d MiB. Make it smaller, or attach the part that matters.")
        raise ValidationError({"file": ValidationError(message, code="size", params={"most": LARGEST_FILE // MIB})})
    if not size:
        raise ValidationError({"file": ValidationError(_("The file is empty. Choose another one."), code="empty")})


@transaction.atomic
def attach_file(
    *, action: Action, file: "File[bytes]", by: User | None, by_name: str = "", now: datetime
) -> ActionFile:
    """Keep a file with an action; the same one a second time, under the same name, is there once.

    Raises ValidationError about `file`: for what is too large, empty or none of the kinds, and for one too many.
    """
    check_size(file.size)
    content = file.read()
    try:
        called = safe_name(file.name or "")
        kind = kind_of(called, content)
    except ValidationError as refusal:
        raise ValidationError({"file": refusal}) from refusal
    locked, digest = lock_action(action), hashlib.sha256(content).hexdigest()
    if (same := locked.files.defer("content").filter(sha256=digest).first()) is not None:
        return known_already(same, called)
    if locked.files.count() >= MOST_FILES:
        message = _("An action has at most %(most)d files, and this one has them. Delete one that nobody needs.")
        raise ValidationError({"file": ValidationError(message, code="many", params={"most": MOST_FILES})})
    return ActionFile.objects.create(
        action=locked, name=called, kind=kind, size=len(content), content=content, sha256=digest, uploaded_by=by,
        uploaded_by_name=(by_name or str(by))[:LONGEST_NAME], uploaded_at=now,
    )  # fmt: skip


def known_already(same: ActionFile, called: str) -> ActionFile:
    if same.name == called:
        return same
    message = _("The same file is attached already, as '%(name)s'.")
    raise ValidationError({"file": ValidationError(message, code="twice", params={"name": same.name})})


def spaced(text: str) -> str:
    """Return words as they would stand in a text: 'Jane_Doe.pdf' is about Jane Doe."""
    return BETWEEN_WORDS.sub(" ", text)


@transaction.atomic
def reword_file(*, file: ActionFile, change: Callable[[str], str]) -> None:
    """Take somebody's name out of what a file is called and, of a text or a table, of what is in it."""
    stem, _dot, ending = file.name.rpartition(".")
    stem = change(stem)
    # Written with spaces only where that is how somebody is found.
    if (changed := change(spaced(stem))) != spaced(stem):
        stem = changed
    file.name = f"{stem[: LONGEST_FILE_NAME - len(ending) - 1]}.{ending}"
    if file.kind in WRITTEN and (text := text_in(bytes(file.content))) is not None:
        file.content = change(text).encode()
        file.size, file.sha256 = len(file.content), hashlib.sha256(file.content).hexdigest()
    if ActionFile.objects.filter(action=file.action_id, sha256=file.sha256).exclude(pk=file.pk).exists():
        # Two that differed in the name alone are one without it.
        file.delete()
    else:
        file.save(update_fields=["name", "content", "size", "sha256"])


@transaction.atomic
def remove_file(*, file: ActionFile) -> None:
    """Delete a file; the audit trail keeps what kind it was and its digest, not what it was called."""
    lock_action(file.action)
    sentence = f"A file of action {file.action_id} was deleted: {file.kind}, {file.size:,} bytes."
    details = {"sha256": file.sha256, "size": file.size, "kind": file.kind, "attached_by": file.uploaded_by_id}
    if ActionFile.objects.filter(pk=file.pk).delete()[0]:
        record(kind=AuditKind.FILE_REMOVED, sentence=sentence, object_id=f"action:{file.action_id}", details=details)
