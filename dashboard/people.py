"""People as the settings change them: an account for somebody who is invited, and a person's roles."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from accounts.audit import hold_chain
from accounts.models import User
from functions.models import Function, Membership
from functions.services import assign_role, change_role, create_person, end_role, update_person

Role = Membership.Role
PROGRAM_ROLES = (Role.ADMINISTRATOR, Role.SPECIALIST, Role.VIEWER)
NAME_FIELDS = ("username", "first_name", "last_name", "email", "is_active")


@dataclass(frozen=True)
class Roles:
    """What a person is to be: program-wide roles, the functions headed or deputised, and whether names are shown."""

    program: frozenset[str]
    headed: frozenset[int]
    deputised: frozenset[int]
    may_see_names: bool

    def wanted(self) -> set[tuple[str, int | None]]:
        """Return every role with its function."""
        return (
            {(str(role), None) for role in self.program}
            | {(str(Role.HEAD), function) for function in self.headed}
            | {(str(Role.DEPUTY), function) for function in self.deputised}
        )


def roles_of(user: User) -> Roles:
    held = list(Membership.objects.filter(user=user))
    return Roles(
        program=frozenset(each.role for each in held if each.function_id is None),
        headed=frozenset(each.function_id for each in held if each.role == Role.HEAD and each.function_id),
        deputised=frozenset(each.function_id for each in held if each.role == Role.DEPUTY and each.function_id),
        may_see_names=any(each.may_see_names for each in held),
    )


@transaction.atomic
def invite_person(*, fields: Mapping[str, Any], roles: Roles) -> User:
    """Make an account with roles that nobody can sign in to yet: functions.joining.invite lets its owner in."""
    hold_chain()
    names = {name: value for name, value in fields.items() if name in NAME_FIELDS and name != "is_active"}
    person = create_person(**names)
    give_roles(user=person, roles=roles)
    return person


@transaction.atomic
def change_person(*, person: User, fields: Mapping[str, Any], roles: Roles) -> User:
    """Change names, roles and whether the person may sign in; raises ValidationError for the last administrator."""
    hold_chain()
    changed = update_person(person=person, changes={name: fields[name] for name in NAME_FIELDS if name in fields})
    give_roles(user=changed, roles=roles)
    return changed


def give_roles(*, user: User, roles: Roles) -> None:
    """Start and end roles until the person has exactly these."""
    held = {(each.role, each.function_id): each for each in Membership.objects.filter(user=user)}
    wanted = roles.wanted()
    for key in sorted(held.keys() - wanted, key=str):
        end_role(membership=held[key])
    for key in held.keys() & wanted:
        if held[key].may_see_names != roles.may_see_names:
            change_role(membership=held[key], may_see_names=roles.may_see_names)
    functions = Function.objects.in_bulk([function for _, function in wanted if function is not None])
    for role, function in sorted(wanted - held.keys(), key=str):
        place = None if function is None else functions[function]
        assign_role(user=user, role=role, function=place, may_see_names=roles.may_see_names)
    open_reference_data(user, is_administrator=str(Role.ADMINISTRATOR) in roles.program)


def open_reference_data(user: User, *, is_administrator: bool) -> None:
    """Open Django's admin, where reference data is kept, to administrators and to nobody else."""
    if (user.is_staff, user.is_superuser) != (is_administrator, is_administrator):
        user.is_staff = user.is_superuser = is_administrator
        user.save(update_fields=["is_staff", "is_superuser"])


def said(memberships: Collection[Membership]) -> str:
    """Return roles as a person says them: 'specialist, head of Sales'."""
    words = [
        f"{each.get_role_display()} of {each.function}" if each.function else str(each.get_role_display())
        for each in memberships
    ]
    return ", ".join(words)
