"""Attaching transcripts to interviews, and taking the customer's words out of them."""

import hashlib
from collections.abc import Collection
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from interviews.coding import LONGEST_NAME
from interviews.models import Interview, Verbatim
from interviews.services import NOT_HELD, lock_interview, not_held_error
from interviews.transcript_models import LONGEST_FILE_NAME, Transcript, TranscriptPlace
from interviews.transcripts import kind_of, read_transcript


@transaction.atomic
def attach_transcript(*, interview: Interview, file_name: str, content: bytes, by: User, now: datetime) -> Transcript:
    """Keep a file with an interview; no word of it counts until somebody says which speaker is the customer.

    Raises ValidationError for what cannot be read, for a file that is attached already, and where no interview is held.
    """
    name = file_name.replace("\\", "/").rpartition("/")[2]
    kind = kind_of(name)
    read_transcript(kind=kind, content=content)
    locked = lock_interview(interview)
    if locked.state in NOT_HELD:
        raise not_held_error(locked)
    digest = hashlib.sha256(content).hexdigest()
    same = Transcript.objects.filter(sha256=digest).select_related("interview__contact").defer("content").first()
    if same:
        message = _("The same file is attached to the interview of %(interview)s already, as '%(name)s'.")
        params = {"interview": str(same.interview), "name": same.file_name}
        raise ValidationError(message, code="twice", params=params)
    stem = "".join(character for character in name.rpartition(".")[0] if character.isprintable())
    return Transcript.objects.create(
        interview=locked,
        file_name=f"{stem[: LONGEST_FILE_NAME - len(kind) - 1]}.{kind}",
        kind=kind,
        content=content,
        sha256=digest,
        uploaded_by=by,
        uploaded_by_name=str(by)[:LONGEST_NAME],
        uploaded_at=now,
    )


@transaction.atomic
def take_words(*, transcript: Transcript, speakers: Collection[str], now: datetime) -> int:
    """Make what these speakers said verbatims of the interview, in order, with place and time; return how many.

    Raises ValidationError where it was done already, or nobody is chosen who speaks in it.
    """
    lock_interview(transcript.interview)
    locked = Transcript.objects.select_for_update(of=("self",)).select_related("interview").get(pk=transcript.pk)
    if locked.taken_at:
        raise ValidationError(_("The words of this transcript were taken already. Look at them below."), code="taken")
    if locked.interview.state in NOT_HELD:
        raise not_held_error(locked.interview)
    turns = read_transcript(kind=locked.kind, content=bytes(locked.content)).turns
    said = [(number, turn) for number, turn in enumerate(turns, start=1) if turn.speaker in speakers]
    if not said:
        raise ValidationError(_("Choose whose words are the customer's."), code="nobody")
    first = locked.interview.verbatims.count()
    words = Verbatim.objects.bulk_create(
        Verbatim(interview=locked.interview, text=turn.text, position=first + at)
        for at, (_number, turn) in enumerate(said)
    )
    TranscriptPlace.objects.bulk_create(
        TranscriptPlace(
            verbatim=verbatim, transcript=locked, turn=number, speaker=turn.speaker, starts_ms=turn.starts_ms
        )
        for verbatim, (number, turn) in zip(words, said, strict=True)
    )
    locked.taken_at = now
    locked.save(update_fields=["taken_at"])
    return len(words)


@transaction.atomic
def remove_transcript(*, transcript: Transcript) -> None:
    """Delete a file of which no words were taken; what was taken keeps its file."""
    locked = Transcript.objects.select_for_update().defer("content").get(pk=transcript.pk)
    if locked.taken_at:
        message = _("Words were taken from this transcript, so it stays: they are read beside it.")
        raise ValidationError(message, code="taken")
    locked.delete()
