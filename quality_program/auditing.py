"""What libraries do on their own and the audit trail has to know: their signals, each an entry."""

from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.account.signals import (
    authentication_step_completed,
    password_changed,
    password_reset,
    password_set,
    user_logged_in,
)
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authentication_failed
from django.contrib.admin.models import LogEntry
from django.contrib.auth.signals import user_logged_out, user_login_failed
from django.db.models import Q
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.audit import record
from accounts.models import AuditKind, User


@receiver(user_logged_in)
def note_sign_in(request: HttpRequest, user: User, **kwargs: Any) -> None:
    methods = [each["method"] for each in get_authentication_records(request, user)]
    sentence = f"{user.username} signed in."
    record(kind=AuditKind.SESSION_BEGUN, sentence=sentence, object_id=user.pk, details={"by": methods}, person=user)


@receiver(user_login_failed)
def note_refusal(credentials: dict[str, Any], **kwargs: Any) -> None:
    """Name the account if there is one; a name that nobody has may be a password typed into the wrong field."""
    names = [credentials[key] for key in ("username", "email") if credentials.get(key)]
    known = User.objects.filter(Q(username__in=names) | Q(email__in=names)).first()
    whom = f"as {known.username}" if known else "with an unknown name"
    sentence = f"Signing in {whom} was refused."
    record(kind=AuditKind.SESSION_REFUSED, sentence=sentence, object_id=known.pk if known else "")


@receiver(authentication_step_completed)
def note_confirmation(user: User, method: str, **kwargs: Any) -> None:
    if kwargs.get("reauthenticated"):
        sentence = f"{user.username} showed again who it is."
        record(kind=AuditKind.SESSION_CONFIRMED, sentence=sentence, object_id=user.pk, details={"by": [method]})


@receiver(user_logged_out)
def note_sign_out(user: User | None, **kwargs: Any) -> None:
    if user is not None:
        record(kind=AuditKind.SESSION_ENDED, sentence=f"{user.username} signed out.", object_id=user.pk, person=user)


@receiver(password_changed)
@receiver(password_set)
def note_password(user: User, **kwargs: Any) -> None:
    record(kind=AuditKind.PASSWORD_CHANGED, sentence=f"{user.username} changed the password.", object_id=user.pk)


@receiver(password_reset)
def note_reset(user: User, **kwargs: Any) -> None:
    sentence = f"{user.username} chose a password by a link."
    record(kind=AuditKind.PASSWORD_RESET, sentence=sentence, object_id=user.pk, person=user)


@receiver(post_save, sender=Authenticator)
def note_factor(instance: Authenticator, created: bool, **kwargs: Any) -> None:
    if created:
        sentence = f"{instance.user.username} has a new second factor: {instance.get_type_display()}."
        record(kind=AuditKind.FACTOR_ADDED, sentence=sentence, object_id=instance.user_id)


@receiver(post_delete, sender=Authenticator)
def note_lost_factor(instance: Authenticator, **kwargs: Any) -> None:
    sentence = f"{instance.user.username} no longer has a second factor: {instance.get_type_display()}."
    record(kind=AuditKind.FACTOR_REMOVED, sentence=sentence, object_id=instance.user_id)


@receiver(authentication_failed)
def note_wrong_code(user: User, **kwargs: Any) -> None:
    sentence = f"Signing in as {user.username} was refused: a wrong code."
    record(kind=AuditKind.SESSION_REFUSED, sentence=sentence, object_id=user.pk)


@receiver(post_save, sender=LogEntry)
def note_reference_data(instance: LogEntry, **kwargs: Any) -> None:
    """Django's admin: one entry for each of its own log, without what was typed."""
    verb = {1: "added", 2: "changed", 3: "deleted"}[instance.action_flag]
    noun = instance.content_type.model if instance.content_type else "record"
    sentence = f"Reference data: {noun} '{instance.object_repr}' was {verb}."
    record(kind=AuditKind.REFERENCE_DATA_CHANGED, sentence=sentence, object_id=f"{noun} {instance.object_id}")
