"""Who may do what, and the program's calendar. Every door asks here; nobody else reads Membership to decide."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from accounts.models import Invitation, User
from functions.models import Function, Membership, Program, SupplyLink

Role = Membership.Role


@dataclass(frozen=True, slots=True)
class Access:
    """What one person may see and do. `functions`: those that the person heads or deputises."""

    user_id: int | None = None
    roles: frozenset[str] = frozenset()
    functions: frozenset[int] = frozenset()
    may_see_names: bool = False

    @property
    def is_administrator(self) -> bool:
        return Role.ADMINISTRATOR in self.roles

    @property
    def is_specialist(self) -> bool:
        """Whether the person works on the program: keeps the catalogue, reads all evidence with names."""
        return Role.SPECIALIST in self.roles or self.is_administrator

    @property
    def is_member(self) -> bool:
        return bool(self.roles)

    @property
    def sees_names(self) -> bool:
        return self.is_specialist or self.may_see_names

    def heads(self, function_id: int | None) -> bool:
        return function_id in self.functions

    def keeps_metrics_of(self, function_id: int) -> bool:
        """Whether the person may enter measurements of this function's metrics."""
        return self.is_specialist or self.heads(function_id)


NOBODY = Access()


def scope_for(user: User) -> Access:
    """Return what a person may see and do (1 query); somebody without a role may do nothing."""
    if not user.is_authenticated or not user.is_active:
        return NOBODY
    rows = list(Membership.objects.filter(user=user).values_list("role", "function_id", "may_see_names"))
    return Access(
        user_id=user.pk,
        roles=frozenset(role for role, _, _ in rows),
        functions=frozenset(function for _, function, _ in rows if function is not None),
        may_see_names=any(names for _, _, names in rows),
    )


def program() -> Program | None:
    """Return the one program; None before it is set up."""
    return Program.objects.first()


def program_zone() -> ZoneInfo:
    return zone_named(Program.objects.values_list("time_zone", flat=True).first())


def zone_named(name: str | None) -> ZoneInfo:
    """Return a program's time zone; UTC before it is set up."""
    return ZoneInfo(name or "UTC")


def program_day(at: datetime) -> date:
    """Return which day it is in the program's time zone."""
    return at.astimezone(program_zone()).date()


def all_functions() -> QuerySet[Function]:
    """Return every function in ring order, those that were ended included."""
    return Function.objects.all()


def supply_links() -> QuerySet[SupplyLink]:
    """Return every supply link in ring order; one that ends at an inactive function transmits nothing."""
    return SupplyLink.objects.all()


def people() -> QuerySet[User]:
    """Return everybody who may or might sign in; only administrators see them as a list."""
    return User.objects.order_by("username", "pk")


def specialists() -> QuerySet[User]:
    """Return who works on the program, as `Access.is_specialist` says it of one."""
    roles = (Role.SPECIALIST, Role.ADMINISTRATOR)
    return User.objects.filter(is_active=True, memberships__role__in=roles).distinct()


def other_specialists(user: User) -> QuerySet[User]:
    return specialists().exclude(pk=user.pk)


def heads_of(functions: Iterable[int]) -> defaultdict[int, list[User]]:
    """Return the active heads of each function (1 query)."""
    rows = Membership.objects.filter(function__in=list(functions), role=Role.HEAD, user__is_active=True)
    found: defaultdict[int, list[User]] = defaultdict(list)
    for row in rows.select_related("user").order_by("pk"):
        found[row.function_id or 0].append(row.user)
    return found


def is_own_work(person: User | None, author_id: int | None) -> bool:
    """Whether somebody wrote what is to be approved, and somebody else could approve it.

    Who is alone in the program has nobody to ask; without a person, the program itself approves.
    """
    return person is not None and author_id == person.pk and other_specialists(person).exists()


def invitations() -> QuerySet[Invitation]:
    """Return how everybody who was invited stands; only administrators see them."""
    return Invitation.objects.all()


def memberships() -> QuerySet[Membership]:
    """Return every role that somebody has."""
    return Membership.objects.all()
