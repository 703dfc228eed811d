"""Keeping since when an initiative is in force, and what it really cost: the only writer."""

from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from functions.selectors import program_zone
from improvements.initiative_models import GOING, MOST_MONEY, Initiative, InitiativeDecision
from web.templatetags.show import day_words


@transaction.atomic
def record_delivery(
    *, initiative: Initiative, delivered_on: date, cost_spent: Decimal | None, today: date
) -> Initiative:
    """Keep since when an initiative is in force, which makes it done, and what it cost in its first year.

    A cost that is not known stays unknown. Said again, it is corrected. Raises ValidationError by field for one that
    nobody decided for, a day to come or one before the decision, and a cost out of range.
    """
    locked = Initiative.objects.select_for_update(of=("self",)).get(pk=initiative.pk)
    if locked.state not in {Initiative.State.DECIDED_FOR, *GOING}:
        message = _("Nobody decided for it, so nothing was predicted that could come true. Record the decision first.")
        raise ValidationError(message, code="undecided")
    _check_day(locked, delivered_on, today)
    if cost_spent is not None and not 0 <= cost_spent <= MOST_MONEY:
        message = _("A cost lies between 0 and %(most)s. Leave it empty where it is not known.")
        raise ValidationError({"cost_spent": ValidationError(message, code="cost", params={"most": f"{MOST_MONEY:,}"})})
    locked.delivered_on, locked.cost_spent, locked.state = delivered_on, cost_spent, Initiative.State.DONE
    locked.full_clean(exclude={"owner", "created_by", "function"})
    locked.save(update_fields=["delivered_on", "cost_spent", "state"])
    return locked


def _check_day(initiative: Initiative, day: date, today: date) -> None:
    if day > today:
        message = _("%(day)s is still to come. Say it when it is in force.")
        error = ValidationError(message, code="to_come", params={"day": day_words(day)})
        raise ValidationError({"delivered_on": error})
    zone = program_zone()
    if decision_before(initiative, day, zone) is None:
        first = initiative.decisions.filter(kind=InitiativeDecision.Kind.FOR).order_by("decided_at").first()
        decided = day_words(first.decided_at.astimezone(zone).date()) if first else ""
        message = _("It was decided on %(decided)s. What was in force before was not predicted.")
        error = ValidationError(message, code="before_decision", params={"decided": decided})
        raise ValidationError({"delivered_on": error})


def decision_before(initiative: Initiative, day: date, zone: ZoneInfo) -> InitiativeDecision | None:
    """Return the newest decision for an initiative up to this day: what was believed in it counts as predicted."""
    made = (each for each in initiative.decisions.all() if each.kind == InitiativeDecision.Kind.FOR)
    return next((each for each in made if each.decided_at.astimezone(zone).date() <= day), None)
