from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from dashboard.program_export import export_program


class Command(BaseCommand):
    help = "Write the whole program to one file, without passwords and tokens. docs/exporting.md says what is in it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the new file, such as program.zip")

    def handle(self, *, file: Path, **options: Any) -> None:
        try:
            counts = export_program(path=file, now=timezone.now())
        except OSError as error:
            raise CommandError(f"{file} cannot be written ({error.strerror}).") from None
        self.stdout.write(f"{sum(counts.values()):,} rows of {len(counts)} tables written to {file}.")
