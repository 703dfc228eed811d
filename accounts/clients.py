"""Machines that log in by OAuth2 client credentials, in allauth's identity provider: it hashes secrets and tokens.

A client acts for its owner: its scopes narrow what the owner's role allows, and never widen it.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime

from allauth.idp.oidc.models import Client, Token
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, QuerySet, Value
from django.db.models.functions import Length, Replace
from django.utils.translation import gettext_lazy as _

from accounts.audit import record
from accounts.models import SECRET_BYTES, AuditKind, ClientUse, User
from accounts.services import NOTE_USE_EVERY, check_scopes

GRANT = Client.GrantType.CLIENT_CREDENTIALS


@transaction.atomic
def register_client(*, name: str, owner: User, scopes: Sequence[str]) -> tuple[Client, str]:
    """Store a client and return it with its secret to show once; raises ValidationError by field."""
    check_scopes(scopes)
    name = name.strip()
    if Client.objects.filter(name=name).exists():
        message = _("There is a client named '%(name)s' already. Remove it, or choose another name.")
        raise ValidationError({"name": ValidationError(message, code="unique", params={"name": name})})
    client = Client(name=name, owner=owner, grant_types=GRANT, type=Client.Type.CONFIDENTIAL)
    client.set_scopes(sorted(set(scopes)))
    # Who asks for no scope gets all that the client has.
    client.set_default_scopes(client.get_scopes())
    secret = secrets.token_urlsafe(SECRET_BYTES)
    client.set_secret(secret)
    client.full_clean(exclude={"owner"})
    client.save()
    record(
        kind=AuditKind.CLIENT_REGISTERED,
        sentence=f"The client '{name}' acts for {owner.username} and may {', '.join(client.get_scopes())}.",
        object_id=client.pk,
        details={"owner": owner.pk, "scopes": client.get_scopes()},
    )
    return client, secret


@transaction.atomic
def remove_client(*, client: Client) -> None:
    """End a client for good, with every access token that it holds."""
    sentence = f"The client '{client.name}' was removed with its access tokens."
    record(kind=AuditKind.CLIENT_REMOVED, sentence=sentence, object_id=client.pk)
    client.delete()


def registered_clients() -> QuerySet[Client]:
    """Return the clients with their owners, when each was last used, and how many scopes it has (1 query)."""
    lines = Length("scopes") - Length(Replace("scopes", Value("\n"), Value("")))
    rows = Client.objects.select_related("owner").annotate(last_used_at=F("use__last_used_at"), scope_count=lines)
    return rows.order_by("name", "pk")


def access_token_for(*, text: str) -> Token | None:
    """Return the access token that this text is, of a client whose owner may still sign in; None for anything else."""
    token: Token | None = Token.objects.select_related("client__owner", "client__use").lookup(
        Token.Type.ACCESS_TOKEN, text
    )
    if token is None or token.client is None or token.client.owner is None or not token.client.owner.is_active:
        return None
    return token


def note_client_use(*, client: Client, now: datetime) -> None:
    """Remember when the client was last used; at most one write a minute, so that reading stays cheap."""
    since, use = now - NOTE_USE_EVERY, getattr(client, "use", None)
    if use is None:
        ClientUse.objects.get_or_create(client=client, defaults={"last_used_at": now})
    elif use.last_used_at <= since:
        ClientUse.objects.filter(pk=use.pk, last_used_at__lte=since).update(last_used_at=now)


def forget_expired_tokens(*, now: datetime) -> None:
    Token.objects.filter(expires_at__lte=now).delete()
