"""People who are signed in, by what they may do."""

from django.test import Client

from accounts.models import User
from functions.models import Function
from tests.factories.functions import MembershipFactory


def signed_in(role: str = "", *, function: Function | None = None, user: User | None = None) -> Client:
    """Return a client of a person with one role; without a role nobody is signed in."""
    client = Client()
    if role:
        options = {"user": user} if user else {}
        membership = MembershipFactory(role=role, function=function, **options)
        client.force_login(membership.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def person_of(client: Client) -> User:
    return User.objects.get(pk=client.session["_auth_user_id"])
