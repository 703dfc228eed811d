"""How people come in: a link is mailed where a mail server is named, and shown to the administrator where none is."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from allauth.utils import generate_unique_username
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.audit import hold_chain, record
from accounts.invitations import make_invitation, note_mailed, wait_to_be_let_in, withdraw_invitation
from accounts.mailing import mail_letter, public_address, sends_mail
from accounts.models import AuditKind, Invitation, User
from functions.models import Membership, domains_in
from functions.selectors import program
from functions.services import assign_role, create_person, update_person

# A flood of made-up addresses must not fill the list of people.
MOST_WAITING = 200


@dataclass(frozen=True)
class Handover:
    """A link for a person: where it went, and how long it works. It is empty where it was mailed."""

    person: User
    link: str
    hours: int
    is_invitation: bool

    @property
    def is_mailed(self) -> bool:
        return not self.link

    @property
    def days(self) -> int:
        return self.hours // 24


def invite(*, person: User, now: datetime, may_mail: bool = True) -> Handover:
    """Make an invitation, the only one that works from now on, and mail it or return its link to show once."""
    handover = _invitation(person=person, now=now)
    return _handed(handover, "invitation", _("Your invitation")) if may_mail else handover


@transaction.atomic
def invite_by_mail(*, person: User, now: datetime) -> Invitation:
    """Invite for a caller who must not see the link: refused where it could not be mailed."""
    if not can_be_mailed(person):
        message = _("There is no mail server, or no address of this person: make the link in Settings, People.")
        raise ValidationError(message, code="no_mail")
    handover = _invitation(person=person, now=now)
    # A slow server must not hold the locks. A link that none took is seen by nobody; inviting again makes another.
    transaction.on_commit(lambda: _handed(handover, "invitation", _("Your invitation")))
    return Invitation.objects.get(person=person)


def can_be_mailed(person: User) -> bool:
    return sends_mail() and bool(person.email)


def _invitation(*, person: User, now: datetime) -> Handover:
    secret = make_invitation(person=person, now=now)
    hours = round(settings.INVITATION_LIFETIME.total_seconds() / 3600)
    return Handover(person, public_address(reverse("invitation_open", args=[secret])), hours, is_invitation=True)


def hand_password_link(*, person: User) -> Handover:
    """Make a link with which a person who lost the password chooses another; it works once, and for an hour."""
    sentence = f"A link was made with which {person.username} chooses a password."
    record(kind=AuditKind.LINK_MADE, sentence=sentence, object_id=person.pk)
    key = default_token_generator.make_token(person)
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(person), "key": key})
    hours = round(settings.PASSWORD_RESET_TIMEOUT / 3600)
    handover = Handover(person, public_address(path), hours, is_invitation=False)
    return _handed(handover, "password_link", _("Choose a new password"))


def _handed(handover: Handover, letter: str, subject: Any) -> Handover:
    """Mail a link if that can be done; return what is left to show."""
    person = handover.person
    context: Mapping[str, Any] = {"handover": handover, "person": person, "program": program()}
    if not can_be_mailed(person) or not mail_letter(name=letter, to=person.email, subject=subject, context=context):
        return handover
    if handover.is_invitation:
        note_mailed(person=person)
    return replace(handover, link="")


# ---- Signing up


def sign_up(*, email: str, first_name: str, last_name: str, now: datetime) -> None:
    """Let an employee ask for an account that reads: by a mailed link, or by an administrator where no mail is sent.

    Nothing that is answered depends on who has an account already. Raises ValidationError for an address of another
    domain, and while too many wait.
    """
    email = email.lower()
    check_may_sign_up(email)
    known = User.objects.filter(email__iexact=email).select_related("invitation").first()
    person = known or _signed_up(email=email, first_name=first_name, last_name=last_name, now=now)
    if not sends_mail():
        return
    if person.is_active and _asked_for_itself(person):
        invite(person=person, now=now)
    else:
        context = {"person": person, "sign_in": public_address(reverse("account_login"))}
        mail_letter(name="known_already", to=person.email, subject=_("You have an account already"), context=context)


def check_may_sign_up(email: str) -> None:
    current = program()
    domains = domains_in(current.sign_up_domains) if current else ()
    if email.rpartition("@")[2] not in domains:
        message = _("Only addresses at %(domains)s can sign up here. Ask an administrator for an invitation.")
        raise ValidationError({"email": ValidationError(message, "domain", {"domains": ", ".join(domains)})})
    if Invitation.objects.filter(is_asked_for=True, accepted_at=None, withdrawn_at=None).count() >= MOST_WAITING:
        message = _("Too many people wait to be let in. Ask an administrator for an invitation.")
        raise ValidationError(message, code="many")


@transaction.atomic
def _signed_up(*, email: str, first_name: str, last_name: str, now: datetime) -> User:
    hold_chain()
    username = generate_unique_username([email.partition("@")[0]])
    person = create_person(username=username, email=email, first_name=first_name, last_name=last_name)
    assign_role(user=person, role=Membership.Role.VIEWER)
    wait_to_be_let_in(person=person, now=now)
    return person


def _asked_for_itself(person: User) -> bool:
    """Say whether the person signed up and has not come in: when a letter got lost, another may be asked for."""
    return Invitation.objects.filter(person=person, is_asked_for=True, accepted_at=None, withdrawn_at=None).exists()


@transaction.atomic
def withdraw(*, person: User, now: datetime) -> User:
    """Take an invitation back: its link dies, and nobody may sign in to the account. Refused once it was accepted."""
    hold_chain()
    withdraw_invitation(person=person, now=now)
    return update_person(person=person, changes={"is_active": False})
