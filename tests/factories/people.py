"""People who are signed in, by what they may do."""

import time

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


def shown_again(client: Client, *, at: float | None = None) -> Client:
    """Let it be a moment ago that the person entered the password; what takes much about people along asks for it."""
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time() if at is None else at}]
    session["account_authentication_methods_user"] = session["_auth_user_id"]
    session.save()
    return client
