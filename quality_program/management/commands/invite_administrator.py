from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from dashboard.people import Roles, invite_person, make_password_path
from functions.models import Membership


class Command(BaseCommand):
    help = "Make an administrator's account and print the link by which its owner chooses a password."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--email", default="")

    def handle(self, *, username: str, email: str, **options: Any) -> None:
        roles = Roles(
            program=frozenset({Membership.Role.ADMINISTRATOR}), headed=frozenset(), deputised=frozenset(),
            may_see_names=False,
        )  # fmt: skip
        try:
            person = invite_person(fields={"username": username, "email": email}, roles=roles)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        minutes = settings.PASSWORD_RESET_TIMEOUT // 60
        self.stdout.write(f"Open this once, within {minutes} minutes, to choose a password:")
        self.stdout.write(settings.PUBLIC_BASE_URL.rstrip("/") + make_password_path(user=person))
