from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone
from rest_framework.decorators import action
from rest_framework.request import Request

from accounts.models import Invitation, User
from functions import services
from functions.joining import invite_by_mail, withdraw
from functions.models import Function, Membership, SupplyLink
from functions.permissions import ReadsDefinitions, ReadsHistory, ReadsPeople, WritesDefinitions, WritesPeople
from functions.selectors import all_functions, invitations, memberships, people, supply_links
from functions.serializers import (
    FunctionBody,
    FunctionQuery,
    FunctionSerializer,
    InvitationQuery,
    InvitationSerializer,
    MembershipQuery,
    MembershipSerializer,
    NamesBody,
    NewInvitationBody,
    NewMembershipBody,
    NewPersonBody,
    NewSupplyLinkBody,
    PersonBody,
    PersonQuery,
    PersonSerializer,
    StrengthBody,
    SupplyLinkQuery,
    SupplyLinkSerializer,
)
from web.nouns import Changing, Creating, Deleting, NounViewSet, Remembering, answers_of


class FunctionViewSet(Creating, Changing, Remembering, NounViewSet):
    """The dots of the circle: departments and teams, in ring order."""

    permission_classes = (ReadsDefinitions,)
    writers = (WritesDefinitions,)
    historians = (ReadsHistory,)
    queries: ClassVar = {"list": FunctionQuery}
    searched = ("name", "short_name", "purpose")
    bodies: ClassVar = {"create": FunctionBody, "partial_update": FunctionBody}
    answers: ClassVar = answers_of(
        FunctionSerializer, "create", "partial_update", "history", "deactivate", "reactivate"
    )

    def rows(self) -> QuerySet[Function]:
        return all_functions()

    def create_record(self, data: dict[str, Any]) -> Function:
        return services.create_function(**data)

    def change_record(self, record: Function, data: dict[str, Any]) -> Function:
        return services.update_function(function=record, changes=data)

    @action(detail=True, methods=["post"])
    def deactivate(self, request: Request, pk: str) -> HttpResponse:
        """Take a dot off the circle; its metrics, measurements and history stay."""
        return self.do(request, pk, lambda record, _data: services.deactivate_function(function=record))

    @action(detail=True, methods=["post"])
    def reactivate(self, request: Request, pk: str) -> HttpResponse:
        """Put a dot back on the circle, with its supply links."""
        return self.do(request, pk, lambda record, _data: services.reactivate_function(function=record))


class SupplyLinkViewSet(Creating, Changing, Deleting, Remembering, NounViewSet):
    """Which function supplies which, and how much of a gap that hands on."""

    permission_classes = (ReadsDefinitions,)
    writers = (WritesDefinitions,)
    historians = (ReadsHistory,)
    queries: ClassVar = {"list": SupplyLinkQuery}
    bodies: ClassVar = {"create": NewSupplyLinkBody, "partial_update": StrengthBody}
    answers: ClassVar = answers_of(SupplyLinkSerializer, "create", "partial_update", "history")

    def rows(self) -> QuerySet[SupplyLink]:
        return supply_links()

    def create_record(self, data: dict[str, Any]) -> SupplyLink:
        return services.create_supply_link(**data)

    def change_record(self, record: SupplyLink, data: dict[str, Any]) -> SupplyLink:
        return services.update_supply_link(link=record, strength=data.get("strength", record.strength))

    def delete_record(self, record: SupplyLink) -> None:
        services.delete_supply_link(link=record)


class PersonViewSet(Creating, Changing, NounViewSet):
    """Who may sign in. Roles are memberships; passwords and second factors are nobody's but the person's."""

    noted_as = "people"
    permission_classes = (ReadsPeople,)
    writers = (WritesPeople,)
    queries: ClassVar = {"list": PersonQuery}
    searched = ("username", "first_name", "last_name", "email")
    bodies: ClassVar = {"create": NewPersonBody, "partial_update": PersonBody}
    answers: ClassVar = answers_of(PersonSerializer, "create", "partial_update")

    def rows(self) -> QuerySet[User]:
        return people()

    def create_record(self, data: dict[str, Any]) -> User:
        return services.create_person(**data)

    def change_record(self, record: User, data: dict[str, Any]) -> User:
        return services.update_person(person=record, changes=data)


class InvitationViewSet(Creating, NounViewSet):
    """Who is invited, until when, and who has come in."""

    permission_classes = (ReadsPeople,)
    writers = (WritesPeople,)
    queries: ClassVar = {"list": InvitationQuery}
    bodies: ClassVar = {"create": NewInvitationBody}
    answers: ClassVar = answers_of(InvitationSerializer, "create", "withdraw")

    def rows(self) -> QuerySet[Invitation]:
        return invitations()

    def create_record(self, data: dict[str, Any]) -> Invitation:
        return invite_by_mail(person=data["person"], now=timezone.now())

    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> HttpResponse:
        """End the link; the account stays, and nobody may sign in to it."""
        now = timezone.now()
        return self.do(request, pk, lambda record, _data: withdraw(person=record.person, now=now))


class MembershipViewSet(Creating, Changing, Deleting, NounViewSet):
    """Who has which role, in the program or in one function."""

    permission_classes = (ReadsPeople,)
    writers = (WritesPeople,)
    queries: ClassVar = {"list": MembershipQuery}
    bodies: ClassVar = {"create": NewMembershipBody, "partial_update": NamesBody}
    answers: ClassVar = answers_of(MembershipSerializer, "create", "partial_update")

    def rows(self) -> QuerySet[Membership]:
        return memberships()

    def create_record(self, data: dict[str, Any]) -> Membership:
        return services.assign_role(**data)

    def change_record(self, record: Membership, data: dict[str, Any]) -> Membership:
        may_see_names = data.get("may_see_names", record.may_see_names)
        return services.change_role(membership=record, may_see_names=may_see_names)

    def delete_record(self, record: Membership) -> None:
        services.end_role(membership=record)
