"""Letters to the people of the program, and the address that links in them begin with."""

from collections.abc import Callable, Iterable, Mapping
from smtplib import SMTPException
from typing import Any

import structlog
from django.conf import settings
from django.core.mail import EmailMessage, send_mail
from django.template.loader import render_to_string

from accounts.models import User

log = structlog.get_logger(__name__)


def public_address(path: str) -> str:
    """Return the whole address of a page as PUBLIC_BASE_URL says it: never by the host that a request names."""
    return str(settings.PUBLIC_BASE_URL).rstrip("/") + path


def sends_mail() -> bool:
    """Say whether a mail server is named; without one, links are shown to an administrator."""
    return bool(settings.SENDS_MAIL)


def letter_to(person: User, subject: str, paragraphs: Iterable[str]) -> EmailMessage:
    """Return a letter that the program writes by itself, so that no absence note answers it."""
    body, headers = "\n\n".join(paragraphs) + "\n", {"Auto-Submitted": "auto-generated"}
    return EmailMessage(subject, body, settings.DEFAULT_FROM_EMAIL, [person.email], headers=headers)


def mail_letter(*, name: str, to: str, subject: Any, context: Mapping[str, Any]) -> bool:
    """Send templates/letters/`name`.txt; say whether a server took it. The log says why not, without the address."""
    body = render_to_string(f"letters/{name}.txt", dict(context)).strip() + "\n"
    return hand_in(lambda: send_mail(str(subject), body, settings.DEFAULT_FROM_EMAIL, [to]))


def hand_in(send: Callable[[], object]) -> bool:
    """Do what talks to the mail server; say whether it took the letter."""
    try:
        send()
    except (OSError, SMTPException) as error:
        log.warning("mail_failed", code=type(error).__name__)
        return False
    return True
