"""Who and what is let in: the machines that log in by themselves, and where a person is signed in."""

from collections.abc import Sequence
from typing import ClassVar

from allauth.idp.oidc.models import Client
from allauth.usersessions.models import UserSession
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_filters import BooleanFilter, ChoiceFilter, FilterSet

from accounts.models import Scope
from accounts.sessions import SignedIn
from web.filters import FromDayToDay
from web.list_words import lies_in
from web.lists import Column, ListAsked, ListPlan


class ClientFilter(FilterSet):
    scope = ChoiceFilter(label=_("May"), choices=Scope.choices, field_name="scopes", lookup_expr="contains")
    ended = BooleanFilter(label=_("Account ended"), field_name="owner__is_active", exclude=True)
    last_used_at = FromDayToDay(label=_("Last used"), field_name="use__last_used_at__date")
    created_at = FromDayToDay(label=_("Registered"), field_name="created_at__date")

    class Meta:
        model = Client
        fields: ClassVar = ()


CLIENTS = ListPlan(
    name="clients",
    columns=(
        Column("name", _("Client")),
        Column("owner", _("Acts for"), value=lambda client: str(client.owner), order_by=("owner__username",)),
        Column("scopes", _("May"), value=lambda client: ", ".join(client.get_scopes()), order_by=("scope_count",),
               hide_narrow=True),
        Column("created_at", _("Registered"), hide_narrow=True),
        Column("last_used_at", _("Last used")),
    ),
    sort="name",
    filters=ClientFilter,
    search=("name", "id", "owner__username"),
)  # fmt: skip


class SessionFilter(FilterSet):
    begun_at = FromDayToDay(label=_("Begun"))
    seen_at = FromDayToDay(label=_("Last seen"))

    class Meta:
        model = UserSession
        fields: ClassVar = ()


SESSIONS = ListPlan(
    name="sessions",
    columns=(
        Column("device", _("Device")),
        Column("address", _("Address"), hide_narrow=True),
        Column("begun_at", _("Begun"), hide_narrow=True),
        Column("seen_at", _("Last seen")),
    ),
    sort="-seen_at",
    filters=SessionFilter,
    search=("device", "address"),
)


def sessions_asked_for(asked: ListAsked, sessions: Sequence[SignedIn]) -> list[SignedIn]:
    """Return the sessions that pass: they are no rows of a table, because a device is read from what it says."""
    days = {name: asked.value_of(name) for name in ("begun_at", "seen_at")}
    return [
        each
        for each in sessions
        if all(word in f"{each.device} {each.address}".lower() for word in asked.q.lower().split())
        and all(ends is None or lies_in(ends, timezone.localdate(getattr(each, name))) for name, ends in days.items())
    ]
