"""What customers say without being asked, on a visit, a call or a ticket, as any employee records it."""

from dataclasses import dataclass
from datetime import date

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from customers.models import Contact, Customer
from customers.services import create_contact
from interviews.models import Interview, Round
from interviews.services import check_was_held, create_round, plan_interview, record_verbatim

PAGE = "page"  # the source of what a person entered by hand


@dataclass(frozen=True, slots=True, kw_only=True)
class Unasked:
    """The words of one person at a customer, how and when they came, and the key of the form they were typed into."""

    customer: Customer
    contact_name: str
    text: str
    held_on: date
    mode: str
    interviewer: User
    entry: str = ""


def record_unasked(*, said: Unasked, today: date) -> Interview:
    """Keep it as an open interview of the standing round; the same entry of the same person is the same interview.

    A contact of that name is found or made. Raises ValidationError by field: contact, held_on, mode, text.
    """
    try:
        return _record(said, today)
    except (IntegrityError, ValidationError):
        # Somebody was quicker with the same entry, or with the first standing round: now it is there to be found, and
        # whether a check or the database noticed is chance. What is really wrong is refused once more.
        return _record(said, today)


@transaction.atomic
def _record(said: Unasked, today: date) -> Interview:
    if said.entry and (known := _recorded_before(said)):
        return known
    check_was_held(said.held_on, today)
    interview = plan_interview(
        contact=contact_named(said.customer, said.contact_name, today),
        round=standing_round(),
        held_on=said.held_on,
        mode=said.mode,
        interviewer=said.interviewer,
        state=Interview.State.IN_PROGRESS,
        source=PAGE if said.entry else "",
        external_id=said.entry,
    )
    record_verbatim(interview=interview, text=said.text)
    return interview


def _recorded_before(said: Unasked) -> Interview | None:
    return Interview.objects.filter(source=PAGE, external_id=said.entry, interviewer=said.interviewer).first()


def customer_named(name: str) -> Customer:
    """Return the one active customer of this name; raises ValidationError for none and for several."""
    found = list(Customer.objects.active().filter(name__iexact=name.strip())[:2])
    if len(found) == 1:
        return found[0]
    message = _("There are several customers of this name. Ask a specialist to record it.")
    if not found:
        message = _("No customer of this name is in the register. Check the spelling, or ask a specialist.")
    raise ValidationError(message, code="customer")


def contact_named(customer: Customer, name: str, today: date) -> Contact:
    known = customer.contacts.filter(name__iexact=name.strip()).order_by("-is_active", "pk").first()
    if known:
        return known
    try:
        return create_contact(customer=customer, name=name, today=today)
    except ValidationError as error:
        raise ValidationError({"contact": error.messages}) from error


def standing_round() -> Round:
    """Return the round of what is said at any time, made when it is first needed."""
    standing = Round.objects.filter(is_standing=True).first()
    return standing or create_round(name=str(_("Any time")), is_standing=True)
