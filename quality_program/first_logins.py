"""One login per role for an embedded run: passwords made at the first start, kept where only the owner reads."""

import os
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import transaction
from django.utils import timezone

from accounts.audit import record
from accounts.models import AuditKind, User
from functions.models import Function, Membership
from functions.selectors import specialists
from notices.models import Kind
from notices.telling import tell_also

FILE_NAME = "logins.txt"
# Sixteen letters and digits without look-alikes: 92 bits that can be typed from a screen.
LETTERS = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
LENGTH = 16
CAUGHT_UP = timedelta(days=90)


@dataclass(frozen=True)
class Login:
    role: str
    username: str
    password: str


def make_first_logins(folder: Path) -> list[Login]:
    """Make a login for each role and write them to `folder`; nothing if somebody can sign in already."""
    if User.objects.exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX).exclude(password="").exists():
        return []
    with transaction.atomic():
        logins = [_login_for(role, function) for role, function in _roles()]
        _write_private(folder / FILE_NAME, logins)
        sentence = f"First logins were made: {', '.join(login.username for login in logins)}."
        record(kind=AuditKind.PERSON_MADE, sentence=sentence)
        catch_up(now=timezone.now())
    return logins


def catch_up(*, now: datetime) -> None:
    """Tell those who work on the program, and came after the example, of its signals."""
    for person in specialists().order_by("pk"):
        tell_also(person=person, kinds=(Kind.SIGNAL,), since=now - CAUGHT_UP)


def _roles() -> list[tuple[Membership.Role, Function | None]]:
    """Return every role that can be held now; without functions nobody can head one."""
    function = Function.objects.filter(is_active=True).first()
    return [
        (role, function if role in Membership.OF_A_FUNCTION else None)
        for role in Membership.Role
        if function or role not in Membership.OF_A_FUNCTION
    ]


def _login_for(role: Membership.Role, function: Function | None) -> Login:
    held = Membership.objects.filter(role=role, function=function).select_related("user").first()
    user = held.user if held else User.objects.create(username=role.value)
    if not held:
        Membership.objects.create(user=user, role=role, function=function)
    password = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
    user.set_password(password)
    user.is_staff = user.is_superuser = role == Membership.Role.ADMINISTRATOR
    user.save()
    place = f" of {function}" if function else ""
    return Login(role=f"{role.label}{place}", username=user.username, password=password)


def _write_private(path: Path, logins: list[Login]) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as handle:
        handle.writelines(f"{login.role}\t{login.username}\t{login.password}\n" for login in logins)
