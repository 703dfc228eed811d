"""Who calls the API in these tests: a person with a role, and a token of that person."""

from collections.abc import Iterable

from django.test import Client
from django.utils import timezone

from accounts.models import Scope, User
from accounts.services import create_token
from functions.models import Function
from tests.factories.accounts import UserFactory
from tests.factories.functions import MembershipFactory

EVERY_SCOPE = tuple(Scope.values)


def person(role: str | None, function: Function | None = None) -> User:
    """Return a new person with this role; None: with no role at all."""
    user: User = UserFactory()
    if role is not None:
        MembershipFactory(user=user, role=role, function=function)
    return user


def with_token(user: User, scopes: Iterable[str] = EVERY_SCOPE) -> Client:
    """Return a client that sends a new token of this person."""
    name = f"token {user.api_tokens.count() + 1}"
    _, text = create_token(user=user, name=name, scopes=list(scopes), now=timezone.now())
    return bearing(text)


def bearing(text: str) -> Client:
    return Client(headers={"Authorization": f"Bearer {text}"})


def caller(role: str | None, function: Function | None = None, scopes: Iterable[str] = EVERY_SCOPE) -> Client:
    return with_token(person(role, function), scopes)
