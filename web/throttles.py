"""How often one token, one person or one address may ask. Counters live in the cache that all processes share."""

from typing import Any

from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle


class PerToken(SimpleRateThrottle):
    """Each token has a rate of its own, so that one busy machine does not slow down its owner's other ones."""

    scope = "token"

    def get_cache_key(self, request: Request, view: Any) -> str | None:
        token = request.auth
        if token is None or getattr(token, "pk", None) is None:
            return None
        # A client gets a new access token whenever it likes, so it is counted itself.
        ident = getattr(token, "client_id", None) or token.pk
        return self.cache_format % {"scope": self.scope, "ident": ident}


class PerPerson(SimpleRateThrottle):
    """Whoever is signed in without a token, for the pages of the API's description."""

    scope = "person"

    def get_cache_key(self, request: Request, view: Any) -> str | None:
        if request.auth is not None or not request.user.is_authenticated:
            return None
        return self.cache_format % {"scope": self.scope, "ident": request.user.pk}


class RefusedPerAddress(SimpleRateThrottle):
    """Refused log-ins by address: guessing tokens is slow, while good tokens behind the same address go on."""

    scope = "refused"

    def get_cache_key(self, request: Request, view: Any) -> str | None:
        return self.cache_format % {"scope": self.scope, "ident": self.get_ident(request)}
