"""Keeping endpoints: naming, changing, switching, testing and forgetting them; the only writer of them."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from cryptography.fernet import InvalidToken
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.audit import record
from accounts.ciphers import cipher_for
from accounts.models import AuditKind, User
from notices.models import LONGEST_URL, SENT, Delivery, Endpoint, Event, Kind, new_message_id
from notices.signing import FEWEST_BYTES, MOST_BYTES, key_of, new_secret
from notices.telling import deliver, fields_of, ring
from web.changes import apply_changes
from web.fetching import FetchError
from web.posting import check_target

PURPOSE = "secret of an endpoint"
FIELDS = ("url", "description", "types", "is_enabled")
# So long both secrets sign: the time in which a receiver changes its own.
BOTH_FOR = timedelta(hours=24)
MOST_ENDPOINTS = 50


@transaction.atomic
def create_endpoint(
    *,
    url: str,
    description: str,
    types: Collection[str],
    is_enabled: bool = True,
    secret: str = "",
    by: User | None,
    now: datetime,
) -> tuple[Endpoint, str]:
    """Name an address that is sent what happens from now on; return it with its secret, which is never told again.

    Raises ValidationError by field: for an address that is not HTTPS or leads into a private network.
    """
    if Endpoint.objects.count() >= MOST_ENDPOINTS:
        message = _("There are %(most)d endpoints already. Remove one that is not used.")
        raise ValidationError(message, code="many", params={"most": MOST_ENDPOINTS})
    said = {"url": url, "description": description, "types": types, "is_enabled": is_enabled}
    endpoint, secret = Endpoint(made_by=by, made_at=now), secret or new_secret()
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
    locked = lock_endpoint(endpoint)
    was_on = locked.is_enabled
    if secret := changes.get("secret"):
        put_secret(locked, secret, now=now)
    set_fields(locked, {name: value for name, value in changes.items() if name != "secret"})
    if locked.is_enabled and not was_on:
        locked.off_because, locked.failing_since = "", None
        ring()
    locked.save()
    note(AuditKind.ENDPOINT_CHANGED, f"The endpoint '{locked.description}' was changed.", locked)
    return locked


@transaction.atomic
def rotate_secret(*, endpoint: Endpoint, now: datetime) -> tuple[Endpoint, str]:
    """Give an endpoint another secret and return it; the old one signs beside it for a day."""
    locked, secret = lock_endpoint(endpoint), new_secret()
    put_secret(locked, secret, now=now)
    locked.save()
    note(AuditKind.ENDPOINT_CHANGED, f"The endpoint '{locked.description}' has another secret.", locked)
    return locked, secret


@transaction.atomic
def delete_endpoint(*, endpoint: Endpoint) -> None:
    """Forget an endpoint with its deliveries."""
    note(AuditKind.ENDPOINT_REMOVED, f"The endpoint '{endpoint.description}' was removed.", endpoint)
    lock_endpoint(endpoint).delete()


@transaction.atomic
def send_test(*, endpoint: Endpoint, by: User | None, now: datetime) -> Delivery:
    """Send a message that says nothing but that it is a test, also to an endpoint that is switched off."""
    data = {"endpoint": endpoint.pk}
    fields = fields_of(Kind.TEST, endpoint.pk, "", data, way="", day=None, now=now) | {"message_id": new_message_id()}
    event = Event.objects.create(key=f"test:{fields['message_id']}", **fields)
    deliver(event, [endpoint], now)
    return Delivery.objects.get(event=event, endpoint=endpoint)


@transaction.atomic
def send_again(*, delivery: Delivery, now: datetime) -> Delivery:
    """Have a delivery tried anew, under the same webhook-id; raises ValidationError while it is under way."""
    locked = Delivery.objects.select_for_update(of=("self",)).get(pk=delivery.pk)
    if locked.state not in {Delivery.State.TAKEN, Delivery.State.GIVEN_UP}:
        message = _("It is %(state)s. Only what was taken or given up is sent again.")
        raise ValidationError(message, code="under_way", params={"state": locked.get_state_display()})
    locked.state, locked.attempts, locked.next_try_at = Delivery.State.WAITING, 0, now
    locked.save(update_fields=["state", "attempts", "next_try_at"])
    ring()
    return locked


def lock_endpoint(endpoint: Endpoint) -> Endpoint:
    return Endpoint.objects.select_for_update(of=("self",)).get(pk=endpoint.pk)


def set_fields(endpoint: Endpoint, changes: Mapping[str, Any]) -> None:
    apply_changes(endpoint, changes, allowed=FIELDS)
    endpoint.url, endpoint.description = endpoint.url.strip(), endpoint.description.strip()
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


def note(kind: AuditKind, sentence: str, endpoint: Endpoint) -> None:
    record(kind=kind, sentence=sentence, object_id=endpoint.pk, details={"types": endpoint.types})


# ---- Secrets


def put_secret(endpoint: Endpoint, secret: str, *, now: datetime) -> None:
    endpoint.previous_secret, endpoint.previous_until = endpoint.secret, now + BOTH_FOR
    endpoint.secret = locked_up(secret)


def locked_up(secret: str) -> str:
    try:
        key_of(secret)
    except ValueError:
        message = _("A secret is 'whsec_' and %(least)d to %(most)d bytes in base64.")
        params = {"least": FEWEST_BYTES, "most": MOST_BYTES}
        raise ValidationError({"secret": ValidationError(message, code="secret", params=params)}) from None
    return cipher_for(PURPOSE).encrypt(secret.encode()).decode("ascii")


def secrets_of(endpoint: Endpoint, *, now: datetime) -> list[str]:
    """Return the secrets that sign now, the newest first; none where the key of this installation was lost."""
    kept = [endpoint.secret]
    if endpoint.previous_secret and endpoint.previous_until is not None and now < endpoint.previous_until:
        kept.append(endpoint.previous_secret)
    try:
        return [cipher_for(PURPOSE).decrypt(each.encode("ascii")).decode() for each in kept]
    except InvalidToken:
        return []
