"""Browsers that a person signed in with before: whoever guesses the password elsewhere locks nobody out of them."""

from django.conf import settings
from django.core import signing
from django.db.models import Q
from django.http import HttpRequest, HttpResponseBase
from django.utils.crypto import get_random_string

from accounts.models import User

COOKIE = "__Host-known" if settings.HTTPS else "known"
SALT = "quality_program.known_browsers"
KEPT_SECONDS = 180 * 24 * 3600


def remember(response: HttpResponseBase, user: User) -> None:
    """Give this browser a name of its own for this person. It opens nothing: it only counts its own wrong tries."""
    response.set_cookie(
        COOKIE, signing.dumps([user.pk, get_random_string(22)], salt=SALT), max_age=KEPT_SECONDS,
        secure=settings.HTTPS, httponly=True, samesite="Lax",
    )  # fmt: skip


def name_of(request: HttpRequest, login: str) -> str:
    """Return the name of the browser, if the person behind this user name or address signed in with it; else ''."""
    try:
        person, name = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=KEPT_SECONDS)
    except signing.BadSignature:
        return ""
    is_theirs = User.objects.filter(Q(username__iexact=login) | Q(email__iexact=login), pk=person).exists()
    return name if is_theirs else ""
