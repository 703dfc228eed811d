from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from dashboard.example import load_example


class Command(BaseCommand):
    help = "Fill an empty program with the example; examples/README.md says what in it is real and what is not."

    def handle(self, **options: Any) -> None:
        try:
            program = load_example(now=timezone.now())
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        if options["verbosity"]:
            self.stdout.write(f"Loaded: {program}." if program else "The example is loaded already.")
