"""Who asks the API: the owner of a personal token, `Authorization: Bearer qp_<prefix>_<secret>`, or of a client that
got its access token by OAuth2 client credentials."""

from typing import Any

from allauth.idp.oidc.models import Token
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.clients import access_token_for, note_client_use
from accounts.models import ApiToken, User
from accounts.services import note_token_use, token_for_secret

# One sentence for unknown, expired, revoked and of somebody who left: it tells a guesser nothing.
REFUSED = "This token is not valid. It may be mistyped, expired or revoked: make a new one under Settings, Tokens."


class BearerToken(BaseAuthentication):
    """Tokens count in the header only: an address ends up in logs and histories."""

    keyword = "bearer"

    def authenticate(self, request: Request) -> tuple[User, ApiToken | Token] | None:
        keyword, _, text = request.headers.get("Authorization", "").partition(" ")
        if keyword.lower() != self.keyword:
            return None
        text, now = text.strip(), timezone.now()
        if (token := token_for_secret(text=text, now=now)) is not None:
            note_token_use(token=token, now=now)
            return token.user, token
        if (access_token := access_token_for(text=text)) is not None:
            note_client_use(client=access_token.client, now=now)
            return access_token.client.owner, access_token
        raise AuthenticationFailed(REFUSED)

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="quality program"'


def scopes_of(auth: Any) -> frozenset[str]:
    """Return what the token of a request may do; nothing where there is no token."""
    if isinstance(auth, Token):
        # Both, so that a client whose scopes were narrowed is narrower at once.
        return frozenset(auth.get_scopes()) & frozenset(auth.client.get_scopes())
    return frozenset(auth.scopes) if isinstance(auth, ApiToken) else frozenset()
