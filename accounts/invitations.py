"""Invitations: a link that works once and for a while, with which an invited person chooses a password."""

from datetime import datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.audit import hold_chain, record
from accounts.models import AuditKind, Invitation, User, digest_of, new_secret


def is_waited_for(person: User) -> bool:
    """Say whether nobody has come in to this account yet, so that only an invitation opens it."""
    invitation = Invitation.objects.filter(person=person).first()
    return person.last_login is None and (invitation is None or invitation.accepted_at is None)


@transaction.atomic
def make_invitation(*, person: User, now: datetime) -> str:
    """Store an invitation and return the secret of its link, to show once; a link made before dies."""
    hold_chain()
    check_can_be_invited(person)
    secret = new_secret()
    values = {
        "digest": digest_of(secret), "made_at": now, "expires_at": now + settings.INVITATION_LIFETIME,
        "is_mailed": False, "withdrawn_at": None,
    }  # fmt: skip
    invitation, is_first = Invitation.objects.update_or_create(person=person, defaults=values)
    verb = "was invited" if is_first else "was invited again, the link before is dead"
    sentence = f"{person.username} {verb}."
    record(
        kind=AuditKind.INVITATION_MADE,
        sentence=sentence,
        object_id=person.pk,
        details={"expires_at": invitation.expires_at},
    )
    return secret


def check_can_be_invited(person: User) -> None:
    if not person.is_active:
        message = _("%(name)s may not sign in. Tick 'May sign in' first, then invite.")
        raise ValidationError(message, code="ended", params={"name": person})
    if not is_waited_for(person):
        message = _("%(name)s has come in already. Make a link to choose a password instead.")
        raise ValidationError(message, code="accepted", params={"name": person})


@transaction.atomic
def wait_to_be_let_in(*, person: User, now: datetime) -> None:
    """Note that somebody signed up; a link lets the person in, mailed or made by an administrator."""
    Invitation.objects.create(person=person, made_at=now, expires_at=now, is_asked_for=True)
    record(kind=AuditKind.SIGN_UP_ASKED, sentence=f"{person.username} signed up.", object_id=person.pk)


def note_mailed(*, person: User) -> None:
    Invitation.objects.filter(person=person).update(is_mailed=True)


@transaction.atomic
def withdraw_invitation(*, person: User, now: datetime) -> None:
    """End the link of an invitation; refused once it was accepted, and withdrawing twice changes nothing."""
    hold_chain()
    if Invitation.objects.filter(person=person).exclude(accepted_at=None).exists():
        message = _("%(name)s has come in already. End the account instead, if you want to.")
        raise ValidationError(message, code="accepted", params={"name": person})
    waiting = Invitation.objects.filter(person=person, withdrawn_at=None)
    if waiting.update(withdrawn_at=now, digest=None):
        sentence = f"The invitation of {person.username} was withdrawn."
        record(kind=AuditKind.INVITATION_WITHDRAWN, sentence=sentence, object_id=person.pk)


def invited_by(*, secret: str, now: datetime) -> User | None:
    """Return whom this link lets in; None for any other text, without saying why."""
    invitation = Invitation.objects.open(now).select_related("person").filter(digest=digest_of(secret)).first()
    return invitation.person if invitation else None


@transaction.atomic
def accept_invitation(*, secret: str, password: str, now: datetime) -> User:
    """Choose the first password of an account; the link is used up. The caller has checked the password."""
    hold_chain()
    invitation = Invitation.objects.select_for_update(of=("self",)).open(now).filter(digest=digest_of(secret)).first()
    if invitation is None:
        message = _("This link no longer works. Ask an administrator for another one.")
        raise ValidationError(message, code="link")
    person = invitation.person
    person.set_password(password)
    person.save(update_fields=["password"])
    note_accepted(person=person, now=now, how="chose a password by an invitation")
    return person


@transaction.atomic
def note_accepted(*, person: User, now: datetime, how: str) -> None:
    """Close the invitation of whoever came in; nothing if there is none that waits."""
    if Invitation.objects.filter(person=person, accepted_at=None).update(
        accepted_at=now, digest=None, withdrawn_at=None
    ):
        record(
            kind=AuditKind.INVITATION_ACCEPTED,
            sentence=f"{person.username} {how}.",
            object_id=person.pk,
            person=person,
        )
