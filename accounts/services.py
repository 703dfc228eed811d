"""Personal tokens of the API: made once, shown once, revoked for good. Only the digest of the secret is kept."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from hmac import compare_digest

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.audit import record
from accounts.models import ApiToken, AuditKind, Scope, User, digest_of, new_prefix, new_secret

TOKEN_TEXT = re.compile(r"qp_(?P<prefix>[0-9a-f]{8})_(?P<secret>[A-Za-z0-9_-]{40,60})")
NOTE_USE_EVERY = timedelta(minutes=1)


@transaction.atomic
def create_token(
    *, user: User, name: str, scopes: Sequence[str], now: datetime, expires_at: datetime | None = None
) -> tuple[ApiToken, str]:
    """Store a token and return it with the text to show once; raises ValidationError by field."""
    check_scopes(scopes)
    check_expiry(expires_at, now)
    secret = new_secret()
    token = ApiToken(
        user=user,
        name=name.strip(),
        prefix=new_prefix(),
        digest=digest_of(secret),
        scopes=sorted(set(scopes)),
        expires_at=expires_at,
    )
    check_name_is_free(token)
    token.full_clean(exclude={"user"})
    token.save()
    record(
        kind=AuditKind.TOKEN_MADE,
        sentence=f"{user.username} has a new token '{token.name}' that may {', '.join(token.scopes)}.",
        object_id=token.pk,
        details={"prefix": token.prefix, "scopes": token.scopes, "expires_at": expires_at},
    )
    return token, f"qp_{token.prefix}_{secret}"


def check_scopes(scopes: Sequence[str]) -> None:
    if not scopes:
        raise ValidationError({"scopes": ValidationError(_("Choose what the token may do."), code="required")})
    if unknown := sorted(set(scopes) - set(Scope.values)):
        message, params = _("'%(scope)s' is not a scope of a token."), {"scope": unknown[0]}
        raise ValidationError({"scopes": ValidationError(message, code="scope", params=params)})


def check_expiry(expires_at: datetime | None, now: datetime) -> None:
    if expires_at is not None and expires_at <= now:
        message = _("A token that has expired already helps nobody. Choose a later date, or none.")
        raise ValidationError({"expires_at": ValidationError(message, code="past")})


def check_name_is_free(token: ApiToken) -> None:
    if ApiToken.objects.filter(user=token.user, name=token.name, revoked_at=None).exists():
        message = _("You have a token named '%(name)s' already. Revoke it, or choose another name.")
        raise ValidationError({"name": ValidationError(message, code="unique", params={"name": token.name})})


@transaction.atomic
def revoke_token(*, token: ApiToken, now: datetime) -> None:
    """End a token at once and for good; revoking twice changes nothing."""
    if ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now):
        sentence = f"The token '{token.name}' of {token.user.username} was revoked."
        record(kind=AuditKind.TOKEN_REVOKED, sentence=sentence, object_id=token.pk, details={"prefix": token.prefix})


def token_for_secret(*, text: str, now: datetime) -> ApiToken | None:
    """Return the usable token that this text is, with its user; None for anything else, without saying why."""
    found = TOKEN_TEXT.fullmatch(text)
    if found is None:
        return None
    token = ApiToken.objects.usable(now).select_related("user").filter(prefix=found["prefix"]).first()
    if token is None or not compare_digest(token.digest, digest_of(found["secret"])):
        return None
    return token


def note_token_use(*, token: ApiToken, now: datetime) -> None:
    """Remember when the token was last used; at most one write a minute, so that reading stays cheap."""
    since = now - NOTE_USE_EVERY
    if token.last_used_at is None or token.last_used_at <= since:
        stale = Q(last_used_at=None) | Q(last_used_at__lte=since)
        ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)
