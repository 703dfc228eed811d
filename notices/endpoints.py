"""Keeping endpoints: naming, changing, switching, testing and forgetting them; the only writer of them."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar

from cryptography.fernet import InvalidToken
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext_lazy as _

from accounts.audit import record
from accounts.ciphers import decrypted, encrypted
from accounts.models import AuditKind, User
from functions.services import lock_program
from notices.models import LONGEST_URL, OVER, SENT, Delivery, Endpoint, Event, Kind
from notices.signing import FEWEST_BYTES, MOST_BYTES, key_of, new_secret
from notices.telling import deliver, fields_of, ring
from web.changes import apply_changes
from web.fetching import FetchError, target_of
from web.posting import check_target

PURPOSE = "secret of an endpoint"
FIELDS = ("url", "description", "types", "is_enabled")
# So long both secrets sign: the time in which a receiver changes its own.
BOTH_FOR = timedelta(hours=24)
MOST_ENDPOINTS = 50
Row = TypeVar("Row", Endpoint, Delivery)


@transaction.atomic
def create_endpoint(
    *,
    url: str,
    description: str,
    types: Collection[str],
    is_enabled: bool = True,
    secret: str = "",
    entry: str = "",
    by: User | None,
    now: datetime,
) -> tuple[Endpoint, str]:
    """Name an address that is sent what happens from now on; return it with its secret, which is never told again.

    Sent twice under one entry it is made once: the second time there is no secret. Raises ValidationError by field: for
    an address that is not HTTPS or leads into a private network.
    """
    lock_program()
    if entry and (there := Endpoint.objects.filter(entry=entry).first()):
        return there, ""
    if Endpoint.objects.count() >= MOST_ENDPOINTS:
        message = _("There are %(most)d endpoints already. Remove one that is not used.")
        raise ValidationError(message, code="many", params={"most": MOST_ENDPOINTS})
    said = {"url": url, "description": description, "types": types, "is_enabled": is_enabled}
    endpoint, secret = Endpoint(made_by=by, made_at=now, entry=entry), secret or new_secret()
    endpoint.secret = locked_up(secret)
    set_fields(endpoint, said)
    endpoint.save()
    note(AuditKind.ENDPOINT_MADE, f"The endpoint '{endpoint.description}' was made.", endpoint)
    return endpoint, secret


@transaction.atomic
def change_endpoint(*, endpoint: Endpoint, changes: Mapping[str, Any], now: datetime) -> Endpoint:
    """Change an endpoint; with `secret` the old one signs for a day more. Raises ValidationError by field.

    One that is switched on again begins anew: what waits is sent, and its failures are forgotten.
    """
    locked = lock(endpoint)
    was_on, host_before = locked.is_enabled, host_of(locked)
    if secret := changes.get("secret"):
        put_secret(locked, secret, now=now)
    set_fields(locked, {name: value for name, value in changes.items() if name != "secret"})
    if locked.is_enabled and not was_on:
        begin_anew(locked, now=now)
    locked.save()
    note(AuditKind.ENDPOINT_CHANGED, f"The endpoint '{locked.description}' was changed.", locked, host_before)
    return locked


def begin_anew(endpoint: Endpoint, *, now: datetime) -> None:
    endpoint.off_because, endpoint.failing_since = "", None
    endpoint.deliveries.filter(state=Delivery.State.WAITING).update(attempts=0, next_try_at=now)
    ring()


@transaction.atomic
def rotate_secret(*, endpoint: Endpoint, now: datetime) -> tuple[Endpoint, str]:
    """Give an endpoint another secret and return it; the old one signs beside it for a day.

    Another one within that day takes the place of the new one; the old one, which the receiver has, goes on signing.
    """
    locked, secret = lock(endpoint), new_secret()
    put_secret(locked, secret, now=now)
    locked.save()
    note(AuditKind.ENDPOINT_CHANGED, f"The endpoint '{locked.description}' has another secret.", locked)
    return locked, secret


@transaction.atomic
def delete_endpoint(*, endpoint: Endpoint) -> None:
    """Forget an endpoint with its deliveries."""
    # First, as whoever changes it does: two who each held what the other waits for would wait for ever.
    locked = lock(endpoint)
    note(AuditKind.ENDPOINT_REMOVED, f"The endpoint '{locked.description}' was removed.", locked)
    locked.delete()


@transaction.atomic
def send_test(*, endpoint: Endpoint, by: User | None, now: datetime) -> Delivery:
    """Send a message that says nothing but that it is a test, also to an endpoint that is switched off."""
    endpoint = lock(endpoint)
    data = {"endpoint": endpoint.pk}
    fields = fields_of(Kind.TEST, endpoint.pk, "", data, way="", day=None, now=now)
    event = Event.objects.create(key=f"test:{fields['message_id']}", **fields)
    deliver(event, [endpoint], now)
    return Delivery.objects.get(event=event, endpoint=endpoint)


@transaction.atomic
def send_again(*, delivery: Delivery, now: datetime) -> Delivery:
    """Have a delivery tried anew, under the same webhook-id; raises ValidationError while it is under way."""
    locked = lock(delivery)
    if locked.state not in OVER:
        message = _("It is %(state)s. Only what was taken or given up is sent again.")
        raise ValidationError(message, code="under_way", params={"state": locked.get_state_display()})
    locked.state, locked.attempts, locked.next_try_at = Delivery.State.WAITING, 0, now
    locked.save(update_fields=["state", "attempts", "next_try_at"])
    ring()
    return locked


def lock(row: Row) -> Row:
    """Return it as it is now, locked; raises Http404 where somebody removed it meanwhile."""
    locked = type(row).objects.select_for_update(of=("self",)).filter(pk=row.pk).first()
    if locked is None:
        raise Http404
    return locked


def set_fields(endpoint: Endpoint, changes: Mapping[str, Any]) -> None:
    apply_changes(endpoint, changes, allowed=FIELDS)
    endpoint.url, endpoint.description = plain_scheme(endpoint.url.strip()), endpoint.description.strip()
    errors: dict[str, Any] = {}
    try:
        check_target(endpoint.url[: LONGEST_URL + 1], allowed=settings.WEBHOOK_ALLOWED_NETWORKS)
    except FetchError as error:
        errors["url"] = ValidationError(error.message, code="address")
    if unknown := set(endpoint.types) - set(SENT):
        message = _("Nothing is called '%(name)s'.")
        errors["types"] = ValidationError(message, code="type", params={"name": min(unknown)[:40]})
    elif not endpoint.types:
        errors["types"] = ValidationError(_("Choose at least one thing that it is sent."), code="none")
    endpoint.types = [name for name in SENT if name in endpoint.types]
    try:
        endpoint.full_clean(exclude={"made_by", "secret", *errors})
    except ValidationError as error:
        errors |= error.error_dict
    if errors:
        raise ValidationError(errors)


def plain_scheme(url: str) -> str:
    scheme, mark, rest = url.partition("://")
    return f"{scheme.lower()}{mark}{rest}"


def host_of(endpoint: Endpoint) -> str:
    return target_of(endpoint.url).host


def note(kind: AuditKind, sentence: str, endpoint: Endpoint, host_before: str = "") -> None:
    """Note what was done, and where the endpoint leads: its host, for a path or query may be a secret."""
    host = host_of(endpoint)
    details = {"types": endpoint.types, "host": host}
    if host_before and host_before != host:
        details["host_before"] = host_before
    record(kind=kind, sentence=sentence, object_id=endpoint.pk, details=details)


# ---- Secrets


def put_secret(endpoint: Endpoint, secret: str, *, now: datetime) -> None:
    """Let another secret sign; the one that the receiver has goes on for a day, however often it is done meanwhile."""
    new = locked_up(secret)
    if read_secret(endpoint.secret) == secret:
        return
    if not both_sign(endpoint, now=now):
        endpoint.previous_secret, endpoint.previous_until = endpoint.secret, now + BOTH_FOR
    endpoint.secret = new


def both_sign(endpoint: Endpoint, *, now: datetime) -> bool:
    until = endpoint.previous_until
    return bool(endpoint.previous_secret) and until is not None and now < until


def locked_up(secret: str) -> str:
    try:
        key_of(secret)
    except ValueError:
        message = _("A secret is 'whsec_' and %(least)d to %(most)d bytes in base64.")
        params = {"least": FEWEST_BYTES, "most": MOST_BYTES}
        raise ValidationError({"secret": ValidationError(message, code="secret", params=params)}) from None
    return encrypted(PURPOSE, secret)


def secrets_of(endpoint: Endpoint, *, now: datetime) -> list[str]:
    """Return the secrets that sign now, the newest first; without those that a lost key of this installation kept."""
    kept = [endpoint.secret, *([endpoint.previous_secret] if both_sign(endpoint, now=now) else [])]
    return [secret for each in kept if (secret := read_secret(each))]


def read_secret(kept: str) -> str:
    try:
        return decrypted(PURPOSE, kept)
    except InvalidToken:
        return ""
