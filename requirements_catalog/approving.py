"""Who may approve a requirement, and that it says what was read: approving is reading, not pressing a button."""

import hashlib

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from functions.selectors import is_own_work
from requirements_catalog.models import Requirement


def said_by(requirement: Requirement) -> str:
    """Return a name of what a requirement means: another statement, scale or version has another one."""
    meaning = (requirement.statement, requirement.current_scale_id, requirement.version)
    return hashlib.sha256(repr(meaning).encode()).hexdigest()[:32]


def check_says_what_was_shown(requirement: Requirement, shown: str) -> None:
    """Refuse a decision on words that somebody changed since they were read; without `shown` nobody read any."""
    if shown and shown != said_by(requirement):
        message = _("Somebody changed %(reference)s since this page was opened. Nothing was decided: read what stands "
                    "above now, then decide.")  # fmt: skip
        raise ValidationError(message, code="changed_meanwhile", params={"reference": requirement.reference})


def check_may_approve(requirement: Requirement, person: User | None) -> None:
    """Refuse an approval by the author; who is alone in the program has nobody to ask."""
    if not is_own_work(person, requirement.author_id):
        return
    message = _("You wrote %(reference)s as it stands, so another specialist approves it. Put it to review.")
    params = {"reference": requirement.reference}
    raise ValidationError({"state": ValidationError(message, code="own", params=params)})
