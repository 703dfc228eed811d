"""How people come in: administrators make the accounts, nobody signs up."""

from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.urls import reverse

from accounts.mailing import hand_in, public_address
from functions.identities import is_linked


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

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Begin with PUBLIC_BASE_URL: the host of a request is whatever its sender wrote."""
        return public_address(urlsplit(super().get_reset_password_from_key_url(key)).path)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a letter. A server that is away is in the log, and the page reads the same for every address."""
        hand_in(lambda: super(InvitedOnly, self).send_mail(template_prefix, email, context))
