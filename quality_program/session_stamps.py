"""When a session began, kept in it: each later save would move the end that the framework counts."""

from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

SEEN_AT, BEGAN_AT = "seen_at", "began_at"


@receiver(user_logged_in)
def stamp_session(request: HttpRequest, **_sender: Any) -> None:
    request.session[BEGAN_AT] = request.session[SEEN_AT] = timezone.now().isoformat()
