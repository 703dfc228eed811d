"""How people come in: administrators make the accounts, nobody signs up."""

from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from accounts.mailing import hand_in, public_address
from functions.identities import is_linked
from quality_program.known_browsers import name_of, remember


class InvitedOnly(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_login_stages(self) -> list[str]:
        """Let the login service's word count for the second factor, where it is trusted."""
        stock, ours = "allauth.mfa.stages.AuthenticateStage", "quality_program.oidc.FactorUnlessSeen"
        return [ours if each == stock else each for each in super().get_login_stages()]

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """Send whoever has neither password nor factor here to the login service once more."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        if methods or not user.is_authenticated or not is_linked(user):
            return methods
        return [{"id": "login_service", "url": reverse("openid_connect_login"), "description": ""}]

    def post_login(self, request: HttpRequest, user: Any, **options: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **options)
        remember(response, user)
        return response

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Count the wrong tries of a browser that this person signed in with before apart from those of strangers."""
        key: str = super()._get_login_attempts_cache_key(request, **credentials)
        browser = name_of(request, credentials.get("email") or credentials.get("username", ""))
        return f"{key}:{browser}" if browser else key

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Begin with PUBLIC_BASE_URL: the host of a request is whatever its sender wrote."""
        return public_address(urlsplit(super().get_reset_password_from_key_url(key)).path)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a letter. A server that is away is in the log, and the page reads the same for every address."""
        hand_in(lambda: super(InvitedOnly, self).send_mail(template_prefix, email, context))
