from typing import Any, ClassVar

from django.db.models import QuerySet
from rest_framework import serializers

from accounts.models import Invitation, User
from functions.models import STRENGTHS, Function, Membership, SupplyLink
from functions.selectors import all_functions, people
from web.bodies import Body, Exact, Reference, Text, Whole, YesNo
from web.nouns import SearchQuery, id_filter, ordering
from web.paging import PageQuery


def functions_to_name(_access: Any) -> QuerySet[Function]:
    return all_functions()


def active_functions(_access: Any) -> QuerySet[Function]:
    return all_functions().filter(is_active=True)


# ---- Functions


class FunctionSerializer(serializers.ModelSerializer[Function]):
    class Meta:
        model = Function
        fields: ClassVar = ["id", "name", "short_name", "purpose", "position", "is_customer_facing", "is_active"]
        read_only_fields = fields


class FunctionQuery(SearchQuery):
    is_active = serializers.BooleanField(required=False)
    is_customer_facing = serializers.BooleanField(required=False)
    ordering = ordering("position", "name", "id")


class FunctionBody(Body):
    """A dot of the circle; without a position it stands at the end."""

    name = Text()
    short_name = Text(required=False)
    purpose = Text(required=False)
    position = Whole(required=False)
    is_customer_facing = YesNo(required=False)


# ---- Supply links


class SupplyLinkSerializer(serializers.ModelSerializer[SupplyLink]):
    """Strength: how much of the supplier's gap reaches the supplied function; null transmits nothing."""

    supplier = serializers.IntegerField(source="supplier_id", read_only=True)
    supplied = serializers.IntegerField(source="supplied_id", read_only=True)
    strength = serializers.FloatField(allow_null=True, read_only=True)

    class Meta:
        model = SupplyLink
        fields: ClassVar = ["id", "supplier", "supplied", "strength"]
        read_only_fields = fields


class SupplyLinkQuery(PageQuery):
    supplier = id_filter("Function")
    supplied = id_filter("Function")


class StrengthBody(Body):
    strength = Exact(allow_null=True, help_text=f"{', '.join(str(each) for each in STRENGTHS)}, or null.")


class NewSupplyLinkBody(Body):
    supplier = Reference(functions_to_name)
    supplied = Reference(functions_to_name)
    strength = Exact(allow_null=True, required=False)


# ---- People


class PersonSerializer(serializers.ModelSerializer[User]):
    """Somebody who may sign in, as far as administrators see it."""

    class Meta:
        model = User
        fields: ClassVar = ["id", "username", "first_name", "last_name", "email", "is_active", "last_login"]
        read_only_fields = fields


class PersonQuery(SearchQuery):
    is_active = serializers.BooleanField(required=False)
    role = serializers.ChoiceField(choices=Membership.Role.choices, required=False, source="memberships__role")
    ordering = ordering("username", "last_name", "last_login", "id")


class NewPersonBody(Body):
    """An account that nobody can sign in to yet: its password is chosen by a link from the settings."""

    username = Text()
    first_name = Text(required=False)
    last_name = Text(required=False)
    email = Text(required=False)


class PersonBody(NewPersonBody):
    is_active = YesNo(required=False)


class InvitationSerializer(serializers.ModelSerializer[Invitation]):
    """How somebody comes in; the link itself is mailed to the person and never told."""

    person = serializers.IntegerField(source="person_id", read_only=True)

    class Meta:
        model = Invitation
        fields: ClassVar = ["id", "person", "made_at", "expires_at", "is_mailed", "accepted_at", "withdrawn_at"]
        read_only_fields = fields


class InvitationQuery(PageQuery):
    person = id_filter("Person")
    ordering = ordering("-made_at", "expires_at", "id")


class NewInvitationBody(Body):
    """Invite a person, or invite again: the link before dies. Needs a mail server and the person's address."""

    person = Reference(lambda _access: people())


class MembershipSerializer(serializers.ModelSerializer[Membership]):
    person = serializers.IntegerField(source="user_id", read_only=True)
    function = serializers.IntegerField(source="function_id", allow_null=True, read_only=True)

    class Meta:
        model = Membership
        fields: ClassVar = ["id", "person", "role", "function", "may_see_names"]
        read_only_fields = fields


class MembershipQuery(PageQuery):
    person = id_filter("Person", source="user")
    function = id_filter("Function")
    role = serializers.ChoiceField(choices=Membership.Role.choices, required=False)


class NamesBody(Body):
    may_see_names = YesNo()


class NewMembershipBody(Body):
    """A role in the program, or head or deputy of one function."""

    person = Reference(lambda _access: people(), source="user")
    role = serializers.ChoiceField(choices=Membership.Role.choices)
    function = Reference(functions_to_name, allow_null=True, required=False)
    may_see_names = YesNo(required=False)
