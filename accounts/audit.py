"""The audit trail: one append-only table whose entries are chained by their digests (docs/decisions/0016).

Each entry holds the digest of the one before it, and its own over all of its fields: whoever changes, takes out or adds
one has to work out all that follow anew. Only the newest entries can be cut off unseen from inside, so the newest
number and digest are noted outside (docs/operations.md).
"""

import hashlib
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Any, Final

import structlog
from allauth.account.adapter import get_adapter
from allauth.idp.oidc.models import Token
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.db import connection, transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import ApiToken, AuditEntry, AuditKind, User

log = structlog.get_logger(__name__)
LOCK: Final = 815_002
FIELDS = (
    "number", "at", "kind", "by", "person_id", "actor", "object_id", "sentence", "address", "request_id", "details",
    "previous",
)  # fmt: skip
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
By = AuditEntry.By
_asking: ContextVar[HttpRequest | None] = ContextVar("audit_asking", default=None)


# ---- Who asks, and from where


@dataclass(frozen=True)
class Actor:
    by: str
    name: str
    person_id: int | None = None


@contextmanager
def asked_by(request: HttpRequest) -> Iterator[None]:
    """Name the request that everything recorded inside comes from."""
    token = _asking.set(request)
    try:
        yield
    finally:
        _asking.reset(token)


def actor_of(request: HttpRequest | None, person: User | None) -> Actor:
    """Return who acts: whom the caller names, the token or the person of the request, or the command that runs."""
    user, auth = getattr(request, "user", None), getattr(request, "auth", None)
    if isinstance(auth, ApiToken):
        return Actor(By.TOKEN, f"{auth.user.username}, token {auth.name}", auth.user_id)
    if isinstance(auth, Token) and auth.client:
        return Actor(By.CLIENT, f"client {auth.client.name}", auth.client.owner_id)
    acting = person or (user if user is not None and user.is_authenticated else None)
    if acting is not None:
        return Actor(By.PERSON, acting.get_username(), acting.pk)
    return Actor(By.COMMAND, running_command()) if request is None else Actor(By.NOBODY, "")


def running_command() -> str:
    program = Path(sys.argv[0]).name
    return sys.argv[1] if program == "manage.py" and len(sys.argv) > 1 else program


def address_of(request: HttpRequest | None) -> str:
    """Return the caller's address as the declared proxies tell it; nothing where they tell none."""
    if request is None:
        return ""
    try:
        return str(get_adapter().get_client_ip(request))
    except (ImproperlyConfigured, PermissionDenied):
        # An event without an address is better than no event.
        return ""


# ---- Writing


def hold_chain() -> None:
    """Take the lock of the chain, until the transaction ends.

    A service that locks rows and records several events takes it first, so that two of them never wait for each other.
    On SQLite the transaction itself (BEGIN IMMEDIATE) is the lock.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


@transaction.atomic
def record(
    *,
    kind: AuditKind,
    sentence: str,
    object_id: object = "",
    details: Mapping[str, Any] | None = None,
    person: User | None = None,
) -> AuditEntry:
    """Append one entry, in the transaction of the event itself: both are stored, or neither.

    `details` are names and numbers: no secrets, no words of customers. `person`: who acts, where no request says so.
    """
    hold_chain()
    newest = AuditEntry.objects.order_by("-number").values_list("number", "digest").first()
    request = _asking.get()
    actor = actor_of(request, person)
    entry = AuditEntry(
        number=newest[0] + 1 if newest else 1,
        # The moment of writing, not of asking: under the lock, so that moments rise with the numbers.
        at=timezone.now(),
        kind=kind,
        by=actor.by,
        person_id=actor.person_id,
        actor=clean(actor.name, 200),
        object_id=clean(str(object_id), 64),
        sentence=clean(sentence, 400),
        address=clean(address_of(request), 45),
        request_id=clean(request.META.get("HTTP_X_REQUEST_ID", "") if request else "", 64),
        details=storable(details or {}),
        previous=newest[1] if newest else "",
    )
    entry.digest = digest_of_entry(entry)
    entry.save(force_insert=True)
    # Logs are kept elsewhere: their lines vouch for the newest entries, which nothing inside can.
    transaction.on_commit(lambda: log.info("audit", audit=entry.number, digest=entry.digest, code=str(kind)))
    return entry


def clean(text: str, most: int) -> str:
    return CONTROL.sub("\ufffd", text)[:most]


def storable(value: Any) -> Any:
    """Return a value as both databases give it back: no floats, no characters that one of them refuses."""
    if isinstance(value, Mapping):
        return {str(key): storable(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [storable(each) for each in (sorted(value) if isinstance(value, set | frozenset) else value)]
    return value if value is None or isinstance(value, bool | int) else clean(str(value), 400)


def canonical(value: object) -> str:
    """Return the one way to write a value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def digest_of_entry(entry: AuditEntry) -> str:
    values = {name: getattr(entry, name) for name in FIELDS}
    values["at"] = entry.at.astimezone(UTC).isoformat(timespec="microseconds")
    values["kind"], values["by"] = str(entry.kind), str(entry.by)
    return hashlib.sha256(canonical(values).encode()).hexdigest()


# ---- Verifying


@dataclass(frozen=True)
class Verdict:
    """What a check of the chain found: the newest entry, or the first number that breaks it, and why."""

    count: int
    head: str
    broken_at: int | None = None
    why: str = ""


def verify_chain(*, entries: Iterable[AuditEntry] | None = None) -> Verdict:
    """Work out every digest anew, oldest first; stop at the first entry that does not fit."""
    count, head = 0, ""
    rows = AuditEntry.objects.order_by("number").iterator(chunk_size=2_000) if entries is None else entries
    for entry in rows:
        if entry.number != count + 1:
            return Verdict(count, head, count + 1, "it is missing")
        if entry.previous != head:
            return Verdict(count, head, entry.number, "it does not follow on the one before")
        if entry.digest != digest_of_entry(entry):
            return Verdict(count, head, entry.number, "it was changed")
        count, head = entry.number, entry.digest
    return Verdict(count, head)


def verify_note(verdict: Verdict, *, count: int, head: str) -> Verdict:
    """Compare with what was noted outside: an entry of this number had this digest."""
    if verdict.broken_at is not None:
        return verdict
    if verdict.count < count:
        why = f"it is missing: the note knows {count} entries, there are {verdict.count}"
        return Verdict(verdict.count, verdict.head, verdict.count + 1, why)
    known = AuditEntry.objects.filter(number=count).values_list("digest", flat=True).first() or ""
    if known != head:
        return Verdict(verdict.count, verdict.head, count, "its digest is not the noted one")
    return verdict
