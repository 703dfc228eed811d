"""Being sure who asks, before somebody takes along what people said or who they are.

    be_sure_who_asks(request, now=now)
    form = SomeForm(posted(request))   # with reason = reason_field()

The first leads to entering the password, or a code, once more, and comes back to the same page; whoever signed in a
moment ago goes on. The reason goes with the rows into the audit trail.
"""

from datetime import datetime

from allauth.account import app_settings
from allauth.account.authentication import get_authentication_records
from allauth.core.exceptions import ReauthenticationRequired
from django import forms
from django.conf import settings
from django.core.validators import MinLengthValidator
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _


def needs_a_reason(*, is_about_people: bool, count: int) -> bool:
    """Say whether so many rows are taken along only for a reason, by somebody who shows again who it is."""
    return is_about_people and count >= settings.EXPORT_REASON_FROM


def be_sure_who_asks(request: HttpRequest, *, now: datetime) -> None:
    """Raise what asks for the password again, unless it was shown within ACCOUNT_REAUTHENTICATION_TIMEOUT."""
    shown = [float(each["at"]) for each in get_authentication_records(request, request.user)]
    if not shown or now.timestamp() - max(shown) > app_settings.REAUTHENTICATION_TIMEOUT:
        raise ReauthenticationRequired


def reason_field() -> forms.CharField:
    return forms.CharField(
        label=_("What do you need it for?"),
        max_length=200,
        validators=[MinLengthValidator(5)],
        help_text=_("It is about people, so the reason stands in the audit trail beside your name."),
    )
