"""Signing in by the company's own login service (OpenID Connect), on allauth's client (docs/decisions/0022).

allauth brings the redirect, state and PKCE. Added here: a nonce, the issuer's name on the way back, a signature that is
always verified, an issuer that is exactly the configured one, and own rules for whose account an identity opens.
"""

import secrets
from http import HTTPStatus
from typing import Any, NoReturn, cast
from urllib.parse import urlsplit

import jwt
from allauth.account.utils import get_next_redirect_url
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal.ratelimit import consume
from allauth.mfa.stages import AuthenticateStage
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.adapter import get_adapter as get_social_adapter
from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.base import AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from requests import RequestException, Session

from accounts.audit import record
from accounts.factors import note_factor_seen
from accounts.mailing import public_address
from accounts.models import AuditKind
from functions.identities import PROVIDER, Identity, person_of

# Keys that only the service has: none of the shared ones, and not "none".
SIGNED_BY = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
NEEDED = ["iss", "sub", "aud", "exp", "iat", "nonce"]
CLOCKS_DIFFER_BY = 60


class NotBelievedError(OAuth2Error):
    """An answer that does not hold; its words go to the audit trail."""


class Services(DefaultSocialAccountAdapter):
    """The one service of the settings, if it is named; none of the database."""

    def list_apps(self, request: HttpRequest, provider: Any = None, client_id: Any = None) -> list[SocialApp]:
        if not settings.OIDC_ISSUER or provider not in {None, PROVIDER, "openid_connect"}:
            return []
        options = {"server_url": settings.OIDC_ISSUER.rstrip("/"), "oauth_pkce_enabled": True}
        return [
            SocialApp(
                provider="openid_connect", provider_id=PROVIDER, name=settings.OIDC_NAME,
                client_id=settings.OIDC_CLIENT_ID, secret=settings.OIDC_CLIENT_SECRET, settings=options,
            )
        ]  # fmt: skip

    def get_provider(self, request: HttpRequest, provider: Any, client_id: Any = None) -> "Service":
        return Service(request, app=self.get_app(request, provider=provider, client_id=client_id))

    def get_requests_session(self) -> Session:
        """Follow no redirect: who is asked is who was named."""
        session = cast(Session, super().get_requests_session())
        session.max_redirects = 0
        return session

    def generate_state_param(self, state: dict[str, Any]) -> str:
        return secrets.token_urlsafe(32)

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Say whose account it is: never allauth's own sign-up, and never an address alone."""
        identity: Identity = sociallogin.identity
        try:
            sociallogin.user = person_of(identity=identity, now=timezone.now())
        except ValidationError as error:
            refuse(request, str(error.code), " ".join(error.messages))

    def on_authentication_error(self, request: HttpRequest, *args: Any, **options: Any) -> None:
        refuse(request, reason(options.get("exception")), _("The login service did not let you in. Try again."))


def reason(error: Exception | None) -> str:
    """Return what the audit trail may hold of an error: our own words, or its kind."""
    if isinstance(error, NotBelievedError):
        return str(error)
    return type(error).__name__ if error else "cancelled, or no answer to a question of this browser"


def refuse(request: HttpRequest, code: str, why: str, status: int = HTTPStatus.FORBIDDEN) -> NoReturn:
    sentence = f"Signing in by the login service was refused: {code.rstrip('.')}."
    record(kind=AuditKind.SESSION_REFUSED, sentence=sentence)
    raise ImmediateHttpResponse(render(request, "joining/service_refused.html", {"why": why}, status=status))


class Service(OpenIDConnectProvider):
    """What is asked of the service: the same for everybody, whatever parameters a link carries."""

    def get_redirect_from_request_kwargs(self, request: HttpRequest) -> dict[str, Any]:
        return {"process": AuthProcess.LOGIN, "next_url": get_next_redirect_url(request)}

    def redirect(
        self, request: HttpRequest, process: str, next_url: Any = None, data: Any = None, **others: Any
    ) -> Any:
        nonce = secrets.token_urlsafe(32)
        return super().redirect(request, process, next_url, data, auth_params={"nonce": nonce}, nonce=nonce)

    def get_oauth2_adapter(self, request: HttpRequest) -> "Checks":
        return Checks(request, PROVIDER)

    def extract_uid(self, data: Any) -> str:
        return identity_of(data).key

    def extract_extra_data(self, data: Any) -> dict[str, Any]:
        """Keep nothing of what the service tells: the account has what is needed."""
        return {}

    def extract_email_addresses(self, data: Any) -> list[Any]:
        return []

    def extract_common_fields(self, data: Any) -> dict[str, Any]:
        return {}


def identity_of(claims: dict[str, Any]) -> Identity:
    name, _sign, value = settings.OIDC_VIEWER_CLAIM.partition("=")
    told = claims.get(name)
    return Identity(
        issuer=str(claims["iss"]),
        subject=str(claims["sub"]),
        email=str(claims.get("email") or ""),
        is_verified=claims.get("email_verified") is True,
        first_name=str(claims.get("given_name") or ""),
        last_name=str(claims.get("family_name") or ""),
        may_join=bool(value) and value in (told if isinstance(told, list) else [told]),
    )


class Checks(OpenIDConnectOAuth2Adapter):
    """What has to hold before anybody is believed."""

    nonce = ""

    @cached_property
    def openid_config(self) -> dict[str, Any]:
        """Return what the service says of itself; only if it says so under the very name that is configured."""
        with get_social_adapter().get_requests_session() as session:
            answer = session.get(self.get_provider().server_url)
        answer.raise_for_status()
        config = answer.json()
        if not isinstance(config, dict) or config.get("issuer") != settings.OIDC_ISSUER:
            raise NotBelievedError("The service calls itself by another name.")
        scheme = urlsplit(settings.OIDC_ISSUER).scheme
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint"):
            if not str(config.get(name, settings.OIDC_ISSUER)).startswith(f"{scheme}://"):
                raise NotBelievedError("The service is to be spoken to in another way than its name says.")
        return config

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:
        """Begin with PUBLIC_BASE_URL: the host of a request is whatever its sender wrote."""
        return public_address(reverse("openid_connect_callback", kwargs={"provider_id": PROVIDER}))

    def complete_login(self, request: HttpRequest, app: SocialApp, token: SocialToken, **kwargs: Any) -> SocialLogin:
        claims = self.claims_in(kwargs["response"].get("id_token", ""))
        if "email" not in claims and "userinfo_endpoint" in self.openid_config:
            told = self._fetch_user_info(token.token)
            if told.get("sub") != claims["sub"]:
                raise NotBelievedError("The service tells of somebody else.")
            claims = told | claims
        # Of this answer only, until somebody is signed in: another way in must not profit from it.
        request.saw_factor = bool(settings.OIDC_TRUSTED_AMR.intersection(methods_in(claims)))  # type: ignore[attr-defined]
        login = self.get_provider().sociallogin_from_response(request, claims)
        login.identity = identity_of(claims)
        return cast(SocialLogin, login)

    def claims_in(self, id_token: str) -> dict[str, Any]:
        """Return what a token says that the service signed, for this program, in this very flow."""
        try:
            claims: dict[str, Any] = jwt.decode(
                id_token, self._key_of(id_token), algorithms=SIGNED_BY, issuer=settings.OIDC_ISSUER,
                audience=settings.OIDC_CLIENT_ID, options={"require": NEEDED, "strict_aud": False},
                leeway=CLOCKS_DIFFER_BY,
            )  # fmt: skip
        except (jwt.PyJWTError, KeyError, TypeError, ValueError) as error:
            raise NotBelievedError("The token does not hold.") from error
        if claims["aud"] not in (settings.OIDC_CLIENT_ID, [settings.OIDC_CLIENT_ID]):
            raise NotBelievedError("The token is for others as well.")
        if not self.nonce or not secrets.compare_digest(str(claims["nonce"]), self.nonce):
            raise NotBelievedError("The token is of another flow.")
        return claims

    def _key_of(self, id_token: str) -> jwt.PyJWK:
        with get_social_adapter().get_requests_session() as session:
            answer = session.get(self.openid_config["jwks_uri"])
        answer.raise_for_status()
        keys = jwt.PyJWKSet.from_dict(answer.json()).keys
        wanted = jwt.get_unverified_header(id_token).get("kid")
        fitting = [key for key in keys if wanted is None or key.key_id == wanted]
        if len(fitting) != 1:
            raise NotBelievedError("The service has no such key.")
        return fitting[0]


def methods_in(claims: dict[str, Any]) -> list[str]:
    methods = claims.get("amr")
    return [str(each) for each in methods] if isinstance(methods, list) else []


# ---- The two addresses


class ComingBack(OAuth2CallbackView):
    adapter: Checks

    def _get_state(self, request: HttpRequest, provider: Service) -> Any:
        """Believe an answer only to a question of this session, from whom it was asked (RFC 9207)."""
        state, answer = super()._get_state(request, provider)
        if state is not None:
            self.adapter.nonce = state.get("nonce", "")
            is_promised = self.adapter.openid_config.get("authorization_response_iss_parameter_supported")
            if request.GET.get("iss", None if is_promised else settings.OIDC_ISSUER) != settings.OIDC_ISSUER:
                raise NotBelievedError("Another service answers.")
        return state, answer


@require_safe
def login(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """Go to the service; where another site sent the browser here, only after a click."""
    if not settings.OIDC_ISSUER:
        raise Http404
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        context = {"login_service": settings.OIDC_NAME, "next": get_next_redirect_url(request)}
        return render(request, "joining/service_confirm.html", context)
    # Each try asks the service something.
    if not consume(request, app="allauth.account", action="login_service", limit_get=True):
        why = _("Too many tries. Wait some minutes.")
        return render(request, "joining/service_refused.html", {"why": why}, status=HTTPStatus.TOO_MANY_REQUESTS)
    return answered(request, OAuth2LoginView)


@require_safe
def callback(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    if not settings.OIDC_ISSUER:
        raise Http404
    return answered(request, ComingBack)


def answered(request: HttpRequest, view: Any) -> HttpResponseBase:
    """Let allauth's view answer; a service that is away or talks nonsense is a page, not a fault of ours."""
    try:
        answer: HttpResponse = view.adapter_view(Checks(request, PROVIDER))(request)
    except (OAuth2Error, RequestException, ValueError, KeyError, TypeError) as error:
        why = _("The login service cannot be used now. Try again, or sign in with a password.")
        try:
            refuse(request, reason(error), why, HTTPStatus.SERVICE_UNAVAILABLE)
        except ImmediateHttpResponse as refused:
            return refused.response
    if request.user.is_authenticated and getattr(request, "saw_factor", False):
        note_factor_seen(request)
    return answer


def login_service() -> str:
    """Return what the button on the sign-in page names; nothing where no service is configured."""
    return settings.OIDC_NAME if settings.OIDC_ISSUER else ""


class FactorUnlessSeen(AuthenticateStage):
    """Ask for the second factor, unless the service did and its word is trusted (OIDC_TRUSTED_AMR)."""

    def _should_handle(self, request: HttpRequest) -> bool:
        return not getattr(request, "saw_factor", False) and bool(super()._should_handle(request))
