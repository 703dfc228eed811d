"""What every answer carries, and how long a session may sleep."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.audit import asked_by

Handler = Callable[[HttpRequest], HttpResponse]

FEATURES_WE_DO_NOT_USE = (
    "accelerometer", "autoplay", "camera", "display-capture", "encrypted-media",
    "fullscreen", "geolocation", "gyroscope", "hid", "idle-detection", "magnetometer", "microphone", "midi", "payment",
    "picture-in-picture", "publickey-credentials-get", "screen-wake-lock", "serial", "usb", "xr-spatial-tracking",
)  # fmt: skip
PERMISSIONS_POLICY = ", ".join(f"{feature}=()" for feature in FEATURES_WE_DO_NOT_USE)
SEEN_AT = "seen_at"
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


class IdleLogout:
    """End a session that slept longer than SESSION_IDLE_SECONDS; its absolute end is the cookie's age."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            self._check(request, last_login=request.user.last_login, now=timezone.now())
        return self.get_response(request)

    def _check(self, request: HttpRequest, *, last_login: datetime | None, now: datetime) -> None:
        stamp = request.session.get(SEEN_AT)
        seen_at = datetime.fromisoformat(stamp) if stamp else last_login
        if stamp and seen_at and now - seen_at > timedelta(seconds=settings.SESSION_IDLE_SECONDS):
            logout(request)
        # One write a minute at most: a page that is only read should not cost a write.
        elif seen_at is None or now - seen_at > STAMP_EVERY:
            request.session[SEEN_AT] = now.isoformat()
