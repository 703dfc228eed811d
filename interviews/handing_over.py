"""Giving an open interview to a colleague, with a note about where it stands."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from interviews.coding import LONGEST_NAME
from interviews.models import Interview
from interviews.second_reading import check_codes
from interviews.services import OPEN, completed_error, lock_interview, not_held_error


@transaction.atomic
def hand_over(*, interview: Interview, to: User, note: str, by: User, now: datetime) -> Interview:
    """Make somebody else the interviewer of an open interview; the note of the newest hand-over is kept.

    Raises ValidationError by field for somebody who holds no interviews or has this one already, and where it is over.
    """
    locked = lock_interview(interview)
    if locked.state not in OPEN:
        raise completed_error(locked) if locked.state == Interview.State.COMPLETED else not_held_error(locked)
    try:
        check_codes(to)
    except ValidationError as refusal:
        raise ValidationError({"to": refusal.error_dict["coder"]}) from None
    if locked.interviewer_id == to.pk:
        message = _("%(name)s holds it already. Choose somebody else.")
        raise ValidationError({"to": ValidationError(message, code="same", params={"name": str(to)})})
    locked.interviewer, locked.handed_over_at = to, now
    locked.handed_over_by_name, locked.hand_over_note = str(by)[:LONGEST_NAME], note.strip()
    locked.clean_fields(exclude={"contact", "customer", "stratum", "round", "interviewer"})
    locked.save(update_fields=["interviewer", "handed_over_at", "handed_over_by_name", "hand_over_note"])
    return locked


def handed_to(user_id: int | None) -> QuerySet[Interview]:
    """Return the open interviews that somebody gave to a person, the newest first."""
    mine = Interview.objects.filter(interviewer=user_id or 0, state__in=OPEN, handed_over_at__isnull=False)
    return mine.select_related("contact").order_by("-handed_over_at", "-pk")
