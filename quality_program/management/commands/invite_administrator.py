from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from dashboard.people import Roles, invite_person
from functions.joining import invite
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
        handover = invite(person=person, now=timezone.now(), may_mail=False)
        self.stdout.write(f"Open this once, within {handover.days} days, to choose a password:")
        self.stdout.write(handover.link)
