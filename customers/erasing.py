"""Erasing a contact: the person and the person's words go, the numbers stay.

docs/decisions/0030-erasing-a-person.md says why.
"""

import secrets
from datetime import date, datetime
from uuid import UUID, uuid4

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.erasures import erasures, note_erasure
from accounts.models import AuditKind
from accounts.personal_data import Erasing, erase_everywhere, everything_about, finds, mentioned, mentions_of
from accounts.privacy import key_of
from customers.models import Contact
from customers.services import check_not_erased


@transaction.atomic
def erase_contact(*, contact: Contact, reason: str, now: datetime, today: date) -> Contact:
    """Take a person out of every room, with everything the person said; figures stay, without the person.

    Raises ValidationError for one who is erased already, and for a reason that names the person: reasons are kept.
    """
    locked = lock_contact(contact)
    check_not_erased(locked)
    mentions = mentions_of(locked.pk)
    check_reason(reason, mentions)
    note_erasure(key=str(locked.lasting_key), marks=locked.marks, at=now)
    erase_everywhere(Erasing(contact_id=locked.pk, mentions=mentions, at=now))
    make_nobody(locked, today)
    sentence = f"Contact {locked.pk} was erased, with everything the person said."
    record(kind=AuditKind.CONTACT_ERASED, sentence=sentence, object_id=key_of(locked.pk), details={"reason": reason})
    transaction.on_commit(settle_file)
    return locked


def settle_file() -> None:
    """On SQLite, bring what was overwritten from the journal into the file; the journal still has what stood there."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def lock_contact(contact: Contact) -> Contact:
    # Not FOR UPDATE: that would wait for whoever stores an answer of theirs, who may be waiting for us.
    return Contact.objects.select_for_update(no_key=True).get(pk=contact.pk)


def check_reason(reason: str, mentions: tuple[str, ...]) -> None:
    found_by = finds(mentions)
    if found_by is not None and mentioned(reason, found_by):
        message = _("The reason is kept for good, so it must not name the person. Say it without name and address.")
        raise ValidationError({"reason": ValidationError(message, code="names")})


def make_nobody(contact: Contact, today: date) -> None:
    """Leave a number under a pseudonym that nothing leads to."""
    Contact.objects.filter(pk=contact.pk).update(
        name=_("Erased person %(number)s") % {"number": secrets.token_hex(3)},
        key=uuid4(),
        position="",
        email="",
        language="",
        time_zone="",
        consent_on=None,
        consent_source="",
        external_id="",
        is_opted_out=True,
        opted_out_on=None,
        opted_out_source="",
        is_active=False,
        erased_on=today,
    )
    contact.refresh_from_db()


@transaction.atomic
def take_along_contact(*, contact: Contact, reason: str, now: datetime) -> dict[str, object]:
    """Return everything that is kept of a contact, and put on record that somebody took it along."""
    check_not_erased(contact)
    check_reason(reason, mentions_of(contact.pk))
    told = {"made_at": now.isoformat(), **everything_about(contact.pk)}
    sentence = f"Everything that is kept of contact {contact.pk} was taken along."
    record(kind=AuditKind.CONTACT_TOLD, sentence=sentence, object_id=key_of(contact.pk), details={"reason": reason})
    return told


# ---- After a restore


def erase_again(*, now: datetime, today: date) -> int:
    """Erase again whoever a restored database still has although they were erased since; return how many."""
    keys = {UUID(each.key) for each in erasures()}
    found = [*of_keys(keys), *(each for each in without_key() if each.lasting_key in keys)]
    for contact in found:
        erase_contact(contact=contact, reason="erased before; came back by a restore", now=now, today=today)
    return len(found)


def of_keys(keys: set[UUID]) -> QuerySet[Contact]:
    return Contact.objects.filter(key__in=keys, erased_on=None).order_by("pk")


def without_key() -> QuerySet[Contact]:
    return Contact.objects.filter(key=None, erased_on=None).order_by("pk")
