"""Keeping who speaks for us and what they were asked: the only writers."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.audit import record
from accounts.models import AuditKind, User
from accounts.privacy import key_of
from customers.models import Contact, Customer, Lifecycle
from customers.services import check_not_ahead, check_not_erased
from improvements.models import Ambassador, AmbassadorAsk
from improvements.standing import Standing, standing_of
from interviews.coding import LONGEST_NAME
from web.changes import apply_changes

Outcome = AmbassadorAsk.Outcome
ASK_FIELDS = ("asked_on", "kind", "about", "outcome", "outcome_on", "outcome_words")


# ---- Who speaks for us


@transaction.atomic
def agree(
    *, contact: Contact, agreed_on: date, agreed_source: str, noted_by: User | None, noted_by_name: str, today: date
) -> Ambassador:
    """Keep that a contact agreed to speak for us, since when and where that was said; a new consent ends a withdrawal.

    Raises ValidationError by field: for a day in the future, for somebody erased or who does not want to be asked.
    """
    locked = Contact.objects.select_for_update(no_key=True).get(pk=contact.pk)
    check_not_erased(locked)
    check_not_ahead("agreed_on", agreed_on, today)
    if locked.is_opted_out:
        message = _("%(name)s does not want to be asked anything. Take that back first, if it is not so any more.")
        raise ValidationError({"contact": ValidationError(message, code="opted_out", params={"name": locked.name})})
    ambassador = Ambassador.objects.filter(contact=locked).first() or Ambassador(contact=locked)
    ambassador.agreed_on, ambassador.agreed_source, ambassador.withdrawn_on = agreed_on, agreed_source.strip(), None
    ambassador.noted_by, ambassador.noted_by_name = noted_by, noted_by_name[:LONGEST_NAME]
    ambassador.full_clean(exclude={"contact", "noted_by"})
    ambassador.save()
    note(AuditKind.AMBASSADOR_AGREED, ambassador, f"Contact {locked.pk} agreed to speak for us.")
    return ambassador


@transaction.atomic
def withdraw(*, ambassador: Ambassador, on: date, today: date) -> Ambassador:
    """Keep that somebody does not speak for us any more; what was asked stays. The first day counts."""
    locked = lock_ambassador(ambassador)
    if locked.withdrawn_on is not None:
        return locked
    check_not_ahead("withdrawn_on", on, today)
    locked.withdrawn_on = on
    locked.full_clean(exclude={"contact", "noted_by"})
    locked.save(update_fields=["withdrawn_on"])
    note(AuditKind.AMBASSADOR_WITHDREW, locked, f"Contact {locked.contact_id} does not speak for us any more.")
    return locked


def lock_ambassador(ambassador: Ambassador) -> Ambassador:
    """Read an ambassador anew under a row lock, so that two who ask at once see each other's ask.

    The person's lock comes first, as where somebody is erased: nothing is stored about nobody.
    """
    contact = Contact.objects.select_for_update(no_key=True).get(pk=ambassador.contact_id)
    check_not_erased(contact)
    return Ambassador.objects.select_for_update(of=("self",)).select_related("contact").get(pk=ambassador.pk)


def note(kind: AuditKind, ambassador: Ambassador, sentence: str) -> None:
    record(kind=kind, sentence=sentence, object_id=key_of(ambassador.contact_id))


# ---- What they are asked


@transaction.atomic
def record_ask(
    *,
    ambassador: Ambassador,
    prospect: Customer,
    asked_by: User | None,
    asked_by_name: str,
    today: date,
    despite: str = "",
    **said: Any,
) -> AmbassadorAsk:
    """Keep that an ambassador was asked to do something for a prospect.

    Raises ValidationError by field: without consent on that day, and, for an ask of today, where something is in the
    way and no reason says why it was asked all the same. What stood in the way on an earlier day nobody knows any more.
    """
    locked = lock_ambassador(ambassador)
    ask = AmbassadorAsk(
        ambassador=locked,
        prospect=prospect,
        despite=despite.strip(),
        asked_by=asked_by,
        asked_by_name=asked_by_name[:LONGEST_NAME],
    )
    apply_changes(ask, said, allowed=ASK_FIELDS)
    check_ask(ask, today)
    check_prospect(prospect, locked)
    if ask.asked_on < today:
        check_had_agreed(locked, ask.asked_on)
    else:
        check_may_be_asked(standing_of(locked.pk, as_of=today), ask.despite)
    ask.save()
    sentence = f"Contact {locked.contact_id} was asked to speak to customer {prospect.pk}."
    note(AuditKind.AMBASSADOR_ASKED, locked, sentence)
    return ask


@transaction.atomic
def change_ask(*, ask: AmbassadorAsk, changes: Mapping[str, Any], today: date) -> AmbassadorAsk:
    """Correct an ask, or say what came of it; raises ValidationError by field."""
    lock_ambassador(ask.ambassador)
    locked = AmbassadorAsk.objects.select_for_update(of=("self",)).get(pk=ask.pk)
    apply_changes(locked, changes, allowed=ASK_FIELDS)
    check_ask(locked, today)
    locked.save()
    return locked


@transaction.atomic
def remove_ask(*, ask: AmbassadorAsk) -> None:
    """Take back an ask that was never made."""
    AmbassadorAsk.objects.filter(pk=ask.pk).delete()


def check_ask(ask: AmbassadorAsk, today: date) -> None:
    """Check an ask; one with an outcome and no day has today's, one without has none."""
    if ask.outcome == Outcome.OPEN:
        ask.outcome_on = None
    elif ask.outcome_on is None:
        ask.outcome_on = max(today, ask.asked_on) if ask.asked_on else today
    ask.full_clean(exclude={"ambassador", "prospect", "asked_by"})
    check_not_ahead("asked_on", ask.asked_on, today)
    check_not_ahead("outcome_on", ask.outcome_on, today)


def check_prospect(prospect: Customer, ambassador: Ambassador) -> None:
    if prospect.lifecycle != Lifecycle.PROSPECTIVE or prospect.merged_into_id is not None:
        message = _("%(name)s is no prospective customer. Ambassadors are asked to speak to those who may come.")
        raise ValidationError(
            {"prospect": ValidationError(message, code="no_prospect", params={"name": prospect.name})}
        )


def check_had_agreed(ambassador: Ambassador, on: date) -> None:
    is_over = ambassador.withdrawn_on is not None and ambassador.withdrawn_on < on
    if on < ambassador.agreed_on or is_over:
        message = _("There was no consent on %(day)s. Correct the day, or the consent.")
        params = {"day": on.isoformat()}
        raise ValidationError({"asked_on": ValidationError(message, code="no_consent", params=params)})


def check_may_be_asked(standing: Standing | None, despite: str) -> None:
    """Raise ValidationError where something is in the way: without consent always, else unless a reason is given."""
    if standing is None or standing.may_be_asked:
        return
    told = "; ".join(fact.words for fact in standing.in_the_way)
    if any(fact.key == "consent" for fact in standing.in_the_way):
        message = _("Without consent nobody is asked: %(told)s.")
        raise ValidationError(message, code="no_consent", params={"told": told})
    if not despite:
        message = _(
            "Something is in the way: %(told)s. Ask somebody else, or say why this person was asked all the same."
        )
        raise ValidationError({"despite": ValidationError(message, code="in_the_way", params={"told": told})})
