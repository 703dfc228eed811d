"""Lists about people that machines read: who took them along stands in the audit trail, though nobody saw a page."""

from datetime import datetime
from typing import Any

from allauth.idp.oidc.models import Token
from django.core.cache import cache

from accounts.audit import record
from accounts.models import ApiToken, AuditKind

HOUR = 3_600


def note_pull(*, auth: Any, name: str, count: int, now: datetime) -> None:
    """Record that a token or client reads a list: once per caller, list and hour, so that pages do not flood the trail.

    What people read by themselves, signed in, is no pull.
    """
    caller = caller_of(auth)
    if caller is None:
        return
    key = f"pull:{caller}:{name.replace(' ', '_')}:{int(now.timestamp()) // HOUR}"
    # Asked before it is added: adding counts the whole cache where that is a table.
    if cache.get(key) or not cache.add(key, value=True, timeout=HOUR):
        return
    try:
        sentence = f"The list of {name} was read by the API: {count:,} rows in it."
        record(kind=AuditKind.LIST_PULLED, sentence=sentence, object_id=name, details={"rows": count})
    except BaseException:
        cache.delete(key)
        raise


def caller_of(auth: Any) -> str | None:
    if isinstance(auth, ApiToken):
        return f"token:{auth.pk}"
    return f"client:{auth.client_id}" if isinstance(auth, Token) else None
