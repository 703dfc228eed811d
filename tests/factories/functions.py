import factory

from functions.models import Function, Membership, SupplyLink
from tests.factories.accounts import UserFactory


class FunctionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Function

    name = factory.Sequence(lambda number: f"Function {number}")
    position = factory.Sequence(lambda number: number)


class SupplyLinkFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = SupplyLink

    supplier = factory.SubFactory(FunctionFactory)
    supplied = factory.SubFactory(FunctionFactory)


class MembershipFactory(factory.django.DjangoModelFactory):
    """A person with a role: program-wide, or head or deputy if a function is named."""

    class Meta:
        model = Membership

    user = factory.SubFactory(UserFactory)
    role = factory.LazyAttribute(lambda role: "head" if role.function else "viewer")
    function = None
