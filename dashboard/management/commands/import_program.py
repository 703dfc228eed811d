from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from dashboard.program_import import import_program
from gap_scores.services import drain_all
from jobs import clock
from web.imports import sentences


class Command(BaseCommand):
    help = "Fill an empty program from a file of export_program, and work its scores out."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="what export_program wrote")

    def handle(self, *, file: Path, **options: Any) -> None:
        try:
            counts = import_program(path=file)
        except OSError as error:
            raise CommandError(f"{file} cannot be read ({error.strerror}).") from None
        except ValidationError as error:
            raise CommandError(sentences(error)) from None
        drain_all(as_of=clock.database_now())
        self.stdout.write(
            f"{sum(counts.values()):,} rows of {len(counts)} tables read, and the scores worked out. "
            "Nobody has a password yet: manage.py changepassword gives the administrator one."
        )
