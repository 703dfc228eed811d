"""Where a person is signed in: each session by device, address and age; allauth.usersessions keeps the list."""

import re
from dataclasses import dataclass
from datetime import datetime

from allauth.usersessions.models import UserSession
from django.db import transaction

from accounts.audit import hold_chain, record
from accounts.models import AuditKind, User

# The first that fits: browsers name each other for compatibility's sake.
BROWSERS = (
    (r"Edg(e|A|iOS)?/", "Edge"), (r"OPR/|Opera", "Opera"), (r"SamsungBrowser/", "Samsung Internet"),
    (r"Firefox/|FxiOS/", "Firefox"), (r"Chrome/|CriOS/|Chromium/", "Chrome"), (r"Safari/", "Safari"),
)  # fmt: skip
SYSTEMS = (
    (r"iPhone", "iPhone"), (r"iPad", "iPad"), (r"Android", "Android"), (r"Windows", "Windows"),
    (r"Mac OS X|Macintosh", "macOS"), (r"CrOS", "ChromeOS"), (r"Linux|X11", "Linux"),
)  # fmt: skip


@dataclass(frozen=True)
class SignedIn:
    """One session as its owner reads it."""

    pk: int
    device: str
    address: str
    begun_at: datetime
    seen_at: datetime
    is_this_one: bool


def device_in_words(user_agent: str) -> str:
    """Return 'Firefox on Windows', as far as the browser tells."""
    browser, system = (
        next((name for pattern, name in known if re.search(pattern, user_agent)), "") for known in (BROWSERS, SYSTEMS)
    )
    if browser and system:
        return f"{browser} on {system}"
    return browser or system or "An unknown device"


def sessions_of(*, user_id: int, this: str | None = None) -> list[SignedIn]:
    """Return where the person is signed in, this session first, then the last seen."""
    found = [
        SignedIn(
            each.pk, device_in_words(each.user_agent), each.ip, each.created_at, each.last_seen_at,
            each.session_key == this,
        )
        for each in UserSession.objects.filter(user=user_id).order_by("-last_seen_at", "-pk")
        if each.exists()
    ]  # fmt: skip
    return sorted(found, key=lambda session: not session.is_this_one)


@transaction.atomic
def end_session(*, session: UserSession) -> None:
    """Sign a device out: its next request is a stranger's."""
    device = device_in_words(session.user_agent)
    sentence = f"A session of {session.user.username} was ended: {device}, {session.ip}."
    record(kind=AuditKind.SESSION_ENDED, sentence=sentence, object_id=session.user_id)
    session.end()


@transaction.atomic
def end_all_sessions(*, person: User, but: str | None = None) -> int:
    """Sign a person out everywhere, or everywhere but in one session; return from how many."""
    hold_chain()
    sessions = [each for each in UserSession.objects.filter(user=person) if each.session_key != but]
    for session in sessions:
        session.end()
    if sessions:
        where = "all other" if but else "all"
        sentence = f"{where.capitalize()} sessions of {person.username} were ended: {len(sessions)}."
        record(kind=AuditKind.SESSION_ENDED, sentence=sentence, object_id=person.pk)
    return len(sessions)
