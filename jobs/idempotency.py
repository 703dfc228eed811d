"""Calls that may be sent twice: the second gets the first one's answer. The row commits with what the call wrote."""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import User
from jobs.models import IdempotencyKey

KEPT_FOR = timedelta(days=7)


class KeyReusedError(Exception):
    """The key came before with another call."""


def fingerprint_of(method: str, address: str, body: bytes) -> str:
    return hashlib.sha256(b"\0".join((method.encode(), address.encode(), body))).hexdigest()


@transaction.atomic
def answer_once(
    *, user: User, key: str, fingerprint: str, now: datetime, act: Callable[[], bytes]
) -> tuple[bytes, bool]:
    """Return the answer of `act`, and whether it was given before: then nothing is done again.

    Where `act` raises, no key is left either: put the call right and send it under the same key.
    Raises KeyReusedError if the key belongs to another call.
    """
    IdempotencyKey.objects.filter(created_at__lt=now - KEPT_FOR).delete()
    row, is_new = IdempotencyKey.objects.get_or_create(
        user=user, key=key, defaults={"fingerprint": fingerprint, "created_at": now}
    )
    if row.fingerprint != fingerprint:
        raise KeyReusedError
    if is_new:
        row.answer = act()
        row.save(update_fields=["answer"])
    return bytes(row.answer), not is_new
