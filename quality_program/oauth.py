"""Where machines get their access tokens: allauth's token and revocation endpoints, slow for guessers.

Only client credentials are offered; people sign in on the pages.
"""

from http import HTTPStatus

from allauth.idp.oidc import views
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from rest_framework.views import APIView

from accounts.clients import GRANT, forget_expired_tokens
from web.throttles import RefusedPerAddress

REFUSED = (HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED)


@csrf_exempt
@require_POST
def token(request: HttpRequest) -> HttpResponseBase:
    if plain := refuse_plain(request):
        return plain
    if request.POST.get("grant_type") != GRANT:
        return oauth_error("unsupported_grant_type", f"Only {GRANT} is offered here.")
    forget_expired_tokens(now=timezone.now())
    return slowed_down(request, views.token(request))


@csrf_exempt
@require_POST
def revoke(request: HttpRequest) -> HttpResponseBase:
    return refuse_plain(request) or slowed_down(request, views.revoke(request))


def refuse_plain(request: HttpRequest) -> HttpResponse | None:
    """A redirect would only come after the secret has crossed the network in the clear."""
    if settings.SECURE_SSL_REDIRECT and not request.is_secure():
        return oauth_error("invalid_request", "Use https. Consider this secret as seen.")
    return None


def slowed_down(request: HttpRequest, answer: HttpResponseBase) -> HttpResponseBase:
    """Answer 429 to an address that was refused too often: secrets are not guessed at speed."""
    throttle = RefusedPerAddress()
    # The throttle reads the address from the request's headers, as it does for the API.
    if answer.status_code in REFUSED and not throttle.allow_request(request, APIView()):  # type: ignore[arg-type]
        waiting = oauth_error("slow_down", "Too many refused requests from this address.", status=429)
        waiting.headers["Retry-After"] = f"{throttle.wait() or 1:.0f}"
        return waiting
    answer.headers["Cache-Control"] = "no-store"
    return answer


def oauth_error(code: str, description: str, *, status: int = 400) -> HttpResponse:
    return JsonResponse({"error": code, "error_description": description}, status=status)
