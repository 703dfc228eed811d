"""Putting findings aside: the only writers."""

from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from improvements.models import FindingAside
from interviews.coding import LONGEST_NAME

LONGEST_DAYS = 366


@transaction.atomic
def put_aside(
    *, key: str, reason: str, until_on: date, put_by: User | None, put_by_name: str, today: date
) -> FindingAside:
    """Keep that a finding is known and lived with until a day; a second time another reason and day take their place.

    Raises ValidationError by field: without a reason, and for a day that is over or more than a year ahead.
    """
    if not today < until_on <= today + timedelta(days=LONGEST_DAYS):
        message = _("Choose a day from tomorrow on, within a year: then it comes back by itself.")
        raise ValidationError({"until_on": ValidationError(message, code="until")})
    aside = FindingAside.objects.select_for_update().filter(key=key).first() or FindingAside(key=key)
    aside.reason, aside.until_on = reason.strip(), until_on
    aside.put_by, aside.put_by_name = put_by, put_by_name[:LONGEST_NAME]
    aside.full_clean(exclude={"put_by"})
    aside.save()
    return aside


@transaction.atomic
def bring_back(*, key: str) -> None:
    """Let a finding stand again; one that was not put aside stands already."""
    FindingAside.objects.filter(key=key).delete()


def asides() -> dict[str, FindingAside]:
    """Return what was put aside, by the key of the finding, also where its day is over (1 query)."""
    return {each.key: each for each in FindingAside.objects.all()}
