"""What every answer carries, and how long a session may sleep."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import cast

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.audit import address_of, asked_by
from accounts.factors import has_factor, is_factor_seen, needs_factor
from accounts.models import User
from quality_program.session_stamps import BEGAN_AT, SEEN_AT

Handler = Callable[[HttpRequest], HttpResponse]

FEATURES_WE_DO_NOT_USE = (
    "accelerometer", "autoplay", "camera", "display-capture", "encrypted-media",
    "fullscreen", "geolocation", "gyroscope", "hid", "idle-detection", "magnetometer", "microphone", "midi", "payment",
    "picture-in-picture", "screen-wake-lock", "serial", "usb", "xr-spatial-tracking",
)  # fmt: skip
PERMISSIONS_POLICY = ", ".join(f"{feature}=()" for feature in FEATURES_WE_DO_NOT_USE)
STAMP_EVERY = timedelta(minutes=1)


class AnswerHeaders:
    """Add the headers that Django has no setting for; a view that sets its own keeps it.

    The outermost of all, with the content policy: what other middleware refuses (a wrong host, a body without a length)
    never reaches those that would add frame and sniffing headers, so those are here as well.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("Cross-Origin-Opener-Policy", settings.SECURE_CROSS_ORIGIN_OPENER_POLICY)
        response.headers.setdefault("Referrer-Policy", settings.SECURE_REFERRER_POLICY)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("X-Frame-Options", settings.X_FRAME_OPTIONS)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response


class AskedBy:
    """Name the request to the audit trail, for as long as it lasts."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with asked_by(request):
            return self.get_response(request)


class SecondFactor:
    """Lead whoever needs a second factor and has none to setting one up, unless browser and server are one machine.

    Tokens of the API are secrets of their own and pass. Signing in with a factor that is there is allauth's stage.
    """

    OPEN = re.compile(r"/(accounts/(2fa|reauthenticate|logout|password)/|static/|healthz$|readyz$|api/v1/|oauth/)")

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated and needs_factor(request.user) and not self.may_go_on(request):
            messages.warning(request, _("Set up a second factor to go on: your role needs one."))
            return redirect("mfa_index")
        return self.get_response(request)

    def may_go_on(self, request: HttpRequest) -> bool:
        if self.OPEN.match(request.path) or is_this_machine(request) or is_factor_seen(request):
            return True
        return has_factor(cast("User", request.user))


def is_this_machine(request: HttpRequest) -> bool:
    """Say whether the caller is this machine and typed its own name: a proxy on it passes other names on."""
    host, _port = split_domain_port(request.get_host())
    return is_loopback(address_of(request)) and (host == "localhost" or is_loopback(host.strip("[]")))


def is_loopback(text: str) -> bool:
    try:
        return ip_address(text).is_loopback
    except ValueError:
        return False


class SessionEnds:
    """End a session that slept longer than SESSION_IDLE_SECONDS, or that began longer than SESSION_COOKIE_AGE ago."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            self._check(request, now=timezone.now())
        return self.get_response(request)

    def _check(self, request: HttpRequest, *, now: datetime) -> None:
        slept, lived = (self._since(request, name, now) for name in (SEEN_AT, BEGAN_AT))
        if slept > timedelta(seconds=settings.SESSION_IDLE_SECONDS) or lived > timedelta(
            seconds=settings.SESSION_COOKIE_AGE
        ):
            logout(request)
        # One write a minute at most: a page that is only read should not cost a write.
        elif slept > STAMP_EVERY:
            request.session[SEEN_AT] = now.isoformat()
            # The list of sessions shows when each was seen last.
            UserSession.objects.create_from_request(request)

    def _since(self, request: HttpRequest, name: str, now: datetime) -> timedelta:
        """Return how long ago it was; a session that an earlier release began has no such time and begins now."""
        return now - datetime.fromisoformat(request.session.setdefault(name, now.isoformat()))
