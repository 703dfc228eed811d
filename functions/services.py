from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from accounts.audit import hold_chain, record
from accounts.models import AuditKind, User
from accounts.sessions import end_all_sessions
from functions.models import Function, Membership, Program, SupplyLink
from jobs.services import mark_circle
from web.changes import apply_changes

# ---- The program


@transaction.atomic
def set_up_program(*, name: str, time_zone: str = "UTC", currency: str = "EUR", is_example: bool = False) -> Program:
    """Create the one program of this installation; raises ValidationError by field, and if there is one already."""
    if Program.objects.exists():
        raise ValidationError(_("The program is set up already. Change it in the settings."), code="set_up")
    program = Program(name=name.strip(), time_zone=time_zone, currency=currency, is_example=is_example)
    program.full_clean()
    program.save(force_insert=True)
    record(kind=AuditKind.PROGRAM_SET_UP, sentence=f"The program '{program.name}' was set up.", object_id=program.pk)
    return program


def lock_program() -> None:
    """Let what concerns the whole program be decided by one at a time, to the end of the transaction."""
    Program.objects.select_for_update().first()


# The half-life is changed by requirements_catalog.services.change_half_life, which marks every requirement.
PROGRAM_FIELDS = (
    "name",
    "time_zone",
    "currency",
    "wanted_share",
    "watch_from",
    "gap_from",
    "severe_from",
    "ask_again_days",
    "ambassador_rest_days",
    "ambassador_asks_a_year",
    "ambassador_met_from",
    "day_rate",
    "sign_up_domains",
    "forget_after_months",
    "is_example",
)


@transaction.atomic
def update_program(*, changes: Mapping[str, Any]) -> Program:
    """Change the program's name, calendar, currency and limits. Bands are read when a page is drawn: no marker."""
    hold_chain()
    program = Program.objects.select_for_update().get()
    before = {name: getattr(program, name) for name in changes}
    changed = apply_changes(program, changes, allowed=PROGRAM_FIELDS)
    program.full_clean()
    program.save()
    if changed:
        note_program_change({name: [before[name], changes[name]] for name in changed})
    return program


def note_program_change(values: Mapping[str, Any]) -> None:
    """Record which settings changed, each with its value before and after."""
    sentence = f"Settings of the program were changed: {', '.join(sorted(values))}."
    record(kind=AuditKind.PROGRAM_CHANGED, sentence=sentence, object_id=Program.ONLY, details=values)


# ---- Functions

FUNCTION_FIELDS = ("name", "short_name", "purpose", "position", "is_customer_facing")


@transaction.atomic
def create_function(
    *,
    name: str,
    short_name: str = "",
    purpose: str = "",
    position: int | None = None,
    is_customer_facing: bool = False,
) -> Function:
    """Add a dot to the circle, at its end if no position is given."""
    function = Function(
        name=name.strip(),
        short_name=short_name.strip(),
        purpose=purpose.strip(),
        position=next_position() if position is None else position,
        is_customer_facing=is_customer_facing,
    )
    function.full_clean()
    function.save()
    mark_circle()
    return function


def next_position() -> int:
    last = Function.objects.aggregate(last=Max("position"))["last"]
    return 1 if last is None else last + 1


@transaction.atomic
def update_function(*, function: Function, changes: Mapping[str, Any]) -> Function:
    """Change name, purpose or place of a function. Its scores do not depend on them, so nothing is marked."""
    locked = Function.objects.select_for_update().get(pk=function.pk)
    apply_changes(locked, changes, allowed=FUNCTION_FIELDS)
    locked.full_clean()
    locked.save()
    return locked


@transaction.atomic
def deactivate_function(*, function: Function) -> Function:
    """Take a dot off the circle; its measurements and history stay.

    Raises ValidationError while it answers for active requirements: nobody would answer for them.
    """
    locked = Function.objects.select_for_update().get(pk=function.pk)
    # Read through the relation, because the catalogue is a room above.
    owned = locked.owned_requirements.filter(state="active", merged_into=None).order_by("reference")
    if references := list(owned.values_list("reference", flat=True)):
        raise ValidationError(
            _("%(name)s still answers for %(references)s. Give them another owner, or retire them first."),
            code="owns_requirements",
            params={"name": locked.name, "references": ", ".join(references)},
        )
    return _set_active(locked, is_active=False)


@transaction.atomic
def reactivate_function(*, function: Function) -> Function:
    """Put a dot back on the circle, with its supply links."""
    return _set_active(Function.objects.select_for_update().get(pk=function.pk), is_active=True)


def _set_active(function: Function, *, is_active: bool) -> Function:
    if function.is_active != is_active:
        function.is_active = is_active
        function.save()
        mark_circle()
    return function


# ---- Supply links


@transaction.atomic
def create_supply_link(*, supplier: Function, supplied: Function, strength: Decimal | None = None) -> SupplyLink:
    """Say that a function supplies another one; cycles are normal, a link to itself or a second one is refused."""
    if inactive := next((each for each in (supplier, supplied) if not each.is_active), None):
        raise ValidationError(
            _("%(name)s is not active. Reactivate it before linking it."), code="inactive", params={"name": inactive}
        )
    link = SupplyLink(supplier=supplier, supplied=supplied, strength=strength)
    link.full_clean()
    link.save()
    mark_circle()
    return link


@transaction.atomic
def update_supply_link(*, link: SupplyLink, strength: Decimal | None) -> SupplyLink:
    """Change how much of the supplier's gap reaches the other function; None transmits nothing."""
    locked = SupplyLink.objects.select_for_update().get(pk=link.pk)
    if apply_changes(locked, {"strength": strength}, allowed=["strength"]):
        locked.full_clean(exclude={"supplier", "supplied"})
        locked.save()
        mark_circle()
    return locked


@transaction.atomic
def delete_supply_link(*, link: SupplyLink) -> None:
    """End a supply link; its history stays."""
    SupplyLink.objects.get(pk=link.pk).delete()
    mark_circle()


# ---- People and their roles

Role = Membership.Role


@transaction.atomic
def create_person(
    *, username: str, password: str | None = None, email: str = "", first_name: str = "", last_name: str = ""
) -> User:
    """Make an account; what the person may do, `assign_role` says. The caller has checked the password, and without one
    nobody gets in before an invitation is accepted."""
    person = User(username=username, email=email, first_name=first_name, last_name=last_name)
    person.set_password(password)
    person.full_clean()
    person.save()
    record(kind=AuditKind.PERSON_MADE, sentence=f"{username} has an account.", object_id=person.pk)
    return person


@transaction.atomic
def update_person(*, person: User, changes: Mapping[str, Any]) -> User:
    """Change a person's names, address or whether the person may sign in; the last administrator stays."""
    hold_chain()
    locked = User.objects.select_for_update().get(pk=person.pk)
    changed = apply_changes(locked, changes, allowed=["username", "email", "first_name", "last_name", "is_active"])
    if "is_active" in changed and not locked.is_active:
        check_another_administrator(locked)
    # An account that nobody has chosen a password for yet has none.
    locked.full_clean(exclude={"password"})
    locked.save()
    if "is_active" in changed:
        note_whether_may_sign_in(locked)
        # Or they would wake up with the account.
        end_all_sessions(person=locked)
    if others := changed - {"is_active"}:
        sentence = f"The account of {locked.username} was changed: {', '.join(sorted(others))}."
        record(kind=AuditKind.PERSON_CHANGED, sentence=sentence, object_id=locked.pk)
    return locked


def note_whether_may_sign_in(person: User) -> None:
    kind = AuditKind.PERSON_RESUMED if person.is_active else AuditKind.PERSON_ENDED
    sentence = f"{person.username} may {'sign in again' if person.is_active else 'no longer sign in'}."
    record(kind=kind, sentence=sentence, object_id=person.pk)


@transaction.atomic
def assign_role(*, user: User, role: str, function: Function | None = None, may_see_names: bool = False) -> Membership:
    """Give a person a role in the program, or make the person head or deputy of a function."""
    membership = Membership(user=user, role=role, function=function, may_see_names=may_see_names)
    hold_chain()
    membership.full_clean()
    membership.save()
    _open_the_admin(user)
    note_role(AuditKind.ROLE_GIVEN, membership, "is")
    return membership


def note_role(kind: AuditKind, membership: Membership, verb: str) -> None:
    """Record 'ines is head of Sales, and sees names of customers'."""
    of = f" of {membership.function.name}" if membership.function else ""
    names = ", and sees names of customers" if membership.may_see_names and kind != AuditKind.ROLE_ENDED else ""
    details = {
        "person": membership.user_id, "role": membership.role, "function": membership.function_id,
        "may_see_names": membership.may_see_names,
    }  # fmt: skip
    sentence = f"{membership.user.username} {verb} {membership.role}{of}{names}."
    record(kind=kind, sentence=sentence, object_id=membership.pk, details=details)


def _open_the_admin(user: User) -> None:
    """Open Django's admin to administrators, and to nobody else."""
    is_administrator = Membership.objects.filter(user=user, role=Role.ADMINISTRATOR).exists()
    User.objects.filter(pk=user.pk).update(is_staff=is_administrator, is_superuser=is_administrator)


@transaction.atomic
def change_role(*, membership: Membership, may_see_names: bool) -> Membership:
    """Grant or withdraw the right to see the names of customers."""
    hold_chain()
    locked = Membership.objects.select_for_update().get(pk=membership.pk)
    if locked.may_see_names != may_see_names:
        locked.may_see_names = may_see_names
        locked.save(update_fields=["may_see_names"])
        note_role(AuditKind.ROLE_CHANGED, locked, "is")
    return locked


@transaction.atomic
def end_role(*, membership: Membership) -> None:
    """Take a role from a person; raises ValidationError for the last administrator."""
    hold_chain()
    if membership.role == Role.ADMINISTRATOR:
        check_another_administrator(membership.user)
    note_role(AuditKind.ROLE_ENDED, membership, "is no longer")
    Membership.objects.filter(pk=membership.pk).delete()
    _open_the_admin(membership.user)


def check_another_administrator(user: User) -> None:
    """Refuse to leave the program without an administrator who can sign in."""
    # Locked, so that two administrators cannot remove each other at the same moment.
    administrators = Membership.objects.select_for_update(of=("self",)).filter(
        role=Role.ADMINISTRATOR, user__is_active=True
    )
    ids = set(administrators.values_list("user_id", flat=True))
    if user.pk in ids and len(ids) == 1:
        raise ValidationError(
            _("%(name)s is the last administrator. Make somebody else an administrator first."),
            code="last_administrator",
            params={"name": str(user)},
        )
