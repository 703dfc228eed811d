"""The accounts of this installation when a program comes in by its page: somebody is signed in, so there are some.

The file's people come in with their ids, as everything does; those who are here move to other ids. Who is here under a
user name of the file becomes the file's person, without a password; only whoever brings the file in keeps one.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from dashboard.program_tables import TABLES
from functions.models import Membership

ACCOUNTS = ("accounts.User", "account.EmailAddress", "functions.Membership")


class Keeper:
    """Keeps the account of whoever imports, and those of others whom the file does not know."""

    def __init__(self, user: User) -> None:
        self._me = user.pk
        self._becomes: int | None = None
        self._moved: dict[int, int] = {}
        self._roles: list[tuple[int, str]] = []
        self._addresses: list[tuple[int, Mapping[str, Any]]] = []

    def make_room(self, people: Iterable[Mapping[str, Any]], roles: Iterable[Mapping[str, Any]]) -> None:
        """Take the accounts out of the way of the file's; raises ValidationError where nobody could sign in after it.

        What hangs on them follows at the end: meanwhile their sessions can be used, and no page waits for this.
        """
        theirs = {each["username"]: each for each in people}
        me = User.objects.get(pk=self._me)
        if me.username in theirs:
            self._becomes = theirs[me.username]["id"]
            check_administrator(theirs[me.username], roles)
        # Their accounts are the file's from now on; what they could open here, they cannot any longer.
        User.objects.filter(username__in=theirs).exclude(pk=me.pk).delete()
        kept = list(User.objects.order_by("pk"))
        check_addresses(kept, theirs.values(), but=me.pk if self._becomes else None)
        free = 1 + max([*(user.pk for user in kept), *(each["id"] for each in theirs.values())])
        for place, user in enumerate(kept):
            self._set_aside(user, free + place)

    def _set_aside(self, user: User, free: int) -> None:
        roles, addresses = Membership.objects.filter(user=user), EmailAddress.objects.filter(user=user)
        if user.pk == self._me and self._becomes:
            # Two of one name cannot stand beside each other, not even until this transaction ends.
            User.objects.filter(pk=user.pk).update(username=f"{free} is being replaced", email="")
        else:
            self._roles += [(free, role) for role in roles.values_list("role", flat=True)]
            self._addresses += [(free, each) for each in addresses.values("email", "verified", "primary")]
        roles.delete()
        addresses.delete()
        User.objects.filter(pk=user.pk).update(id=free)
        self._moved[user.pk] = free

    def settle(self) -> User:
        """After the file's rows are in: give back roles and addresses; what hangs on the accounts follows them."""
        for old, free in self._moved.items():
            follow(old, free)
        me = self._moved[self._me]
        if self._becomes:
            password = User.objects.values_list("password", flat=True).get(pk=me)
            follow(me, self._becomes)
            User.objects.filter(pk=me).delete()
            User.objects.filter(pk=self._becomes).update(password=password)
        Membership.objects.bulk_create(Membership(user_id=pk, role=role) for pk, role in self._roles)
        EmailAddress.objects.bulk_create(EmailAddress(user_id=pk, **each) for pk, each in self._addresses)
        return User.objects.get(pk=self._becomes or me)


def check_administrator(person: Mapping[str, Any], roles: Iterable[Mapping[str, Any]]) -> None:
    is_one = any(role["user_id"] == person["id"] and role["role"] == Membership.Role.ADMINISTRATOR for role in roles)
    if not (is_one and person["is_active"]):
        message = _(
            "In the file '%(name)s' is somebody who is no administrator, and you would become that person. "
            "Sign in as an administrator with another user name, then import."
        )
        raise ValidationError(message, code="no_administrator", params={"name": person["username"]})


def check_addresses(kept: Iterable[User], theirs: Iterable[Mapping[str, Any]], *, but: int | None) -> None:
    taken = {each["email"]: each["username"] for each in theirs if each["email"]}
    for user in kept:
        if user.pk != but and user.email in taken:
            message = _(
                "The address %(email)s belongs to '%(other)s' in the file. Change that of '%(name)s' here first."
            )
            params = {"email": user.email, "other": taken[user.email], "name": user.username}
            raise ValidationError(message, code="email", params=params)


def follow(old: int, new: int) -> None:
    """Let what hangs on an account follow it to another id. The tables of the file hang on the file's people only."""
    relations: list[Any] = User._meta.get_fields(include_hidden=True)  # noqa: SLF001
    for relation in relations:
        if relation.auto_created and not relation.concrete and (relation.one_to_many or relation.one_to_one):
            model: Any = relation.related_model
            if model._meta.label not in TABLES:  # noqa: SLF001
                name = relation.field.attname
                model._base_manager.filter(**{name: old}).update(**{name: new})  # noqa: SLF001
