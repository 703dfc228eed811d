"""Who signs in by the company's login service: a person known by a verified address, or a new viewer.

An identity is the service and the subject that it names, never an address: addresses pass from one person to another.
"""

from dataclasses import dataclass
from datetime import datetime

from allauth.socialaccount.models import SocialAccount
from allauth.utils import generate_unique_username
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.audit import hold_chain, record
from accounts.invitations import note_accepted
from accounts.models import AuditKind, User, digest_of
from accounts.sessions import end_all_sessions
from functions.models import Membership, domains_in
from functions.selectors import program
from functions.services import assign_role, create_person

PROVIDER = "company"


@dataclass(frozen=True)
class Identity:
    """What a login service vouches for. `may_join`: it says in a claim of its own that the person may come in."""

    issuer: str
    subject: str
    email: str
    is_verified: bool
    first_name: str = ""
    last_name: str = ""
    may_join: bool = False

    @property
    def key(self) -> str:
        """Say who it is in one text of fixed length; a subject of another service never gives the same."""
        return digest_of(f"{self.issuer}\n{self.subject}")


@transaction.atomic
def person_of(*, identity: Identity, now: datetime) -> User:
    """Return whose account an identity opens, linked or made at the first time; raises ValidationError if none."""
    hold_chain()
    linked = SocialAccount.objects.filter(provider=PROVIDER, uid=identity.key).select_related("user").first()
    if linked:
        return linked.user
    if not (identity.email and identity.is_verified):
        message = _("The login service does not vouch for your e-mail address. Ask an administrator for an invitation.")
        raise ValidationError(message, code="unverified")
    known = User.objects.filter(email__iexact=identity.email).first()
    person = known or _new_viewer(identity)
    check_can_be_linked(person)
    _link(person, identity, now=now)
    return person


def check_can_be_linked(person: User) -> None:
    if not person.is_active:
        raise ValidationError(_("This account was ended. Ask an administrator if you need it again."), code="ended")
    if SocialAccount.objects.filter(user=person).exists():
        message = _("This e-mail address belongs to somebody else's login here. Ask an administrator to unlink it.")
        raise ValidationError(message, code="taken")


def _new_viewer(identity: Identity) -> User:
    current = program()
    domains = domains_in(current.sign_up_domains) if current else ()
    email = identity.email.lower()
    if not identity.may_join and email.rpartition("@")[2] not in domains:
        message = _("You have no account here. Ask an administrator for an invitation.")
        raise ValidationError(message, code="not_invited")
    username = generate_unique_username([email.partition("@")[0]])
    names = {"first_name": identity.first_name[:150], "last_name": identity.last_name[:150]}
    person = create_person(username=username, email=email, **names)
    assign_role(user=person, role=Membership.Role.VIEWER)
    return person


def _link(person: User, identity: Identity, *, now: datetime) -> None:
    account = SocialAccount.objects.create(user=person, provider=PROVIDER, uid=identity.key)
    sentence = f"{person.username} signs in by the login service from now on."
    record(kind=AuditKind.IDENTITY_LINKED, sentence=sentence, object_id=account.pk, person=person)
    note_accepted(person=person, now=now, how="came in by the login service")


def is_linked(person: User) -> bool:
    return SocialAccount.objects.filter(user=person).exists()


@transaction.atomic
def unlink(*, person: User) -> None:
    """Part a person from the identity of the login service, and end the sessions; the next one that fits is linked."""
    hold_chain()
    if SocialAccount.objects.filter(user=person).delete()[0]:
        sentence = f"{person.username} is no longer linked to the login service."
        record(kind=AuditKind.IDENTITY_UNLINKED, sentence=sentence, object_id=person.pk)
    end_all_sessions(person=person)
