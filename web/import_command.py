"""The door of an import at the command line; each room says what a row of its own means."""

from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from web.imports import ERRORS_KEPT, Report, note_import, sentences

ROWS_PER_NOTE = 10_000


class ImportCommand(BaseCommand):
    """Subclasses name the import as `run`: it takes path, mapping_path, dry_run, now and progress."""

    run: Callable[..., Report]

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "file", type=Path, help="a CSV or XLSX file whose first row, or file.heading_row, names the columns"
        )
        parser.add_argument("--mapping", type=Path, required=True, help="a TOML file that says what the columns mean")
        parser.add_argument("--dry-run", action="store_true", help="say what would be created, and write nothing")

    def handle(self, *, file: Path, mapping: Path, dry_run: bool, **options: Any) -> None:
        self._noted = 0
        progress = self._note if options["verbosity"] else None
        try:
            with transaction.atomic():
                report = type(self).run(
                    path=file, mapping_path=mapping, dry_run=dry_run, now=timezone.now(), progress=progress,
                    **self.chosen(options),
                )  # fmt: skip
                if not dry_run and not report.error_count:
                    note_import(name=file.name, created=report.created, changed=report.changed)
        except ValidationError as error:
            raise CommandError(sentences(error)) from None
        self.tell_first(report)
        self._tell(report, dry_run=dry_run)

    def chosen(self, _options: dict[str, Any]) -> dict[str, Any]:
        """Return what else a room's import takes."""
        return {}

    def tell_first(self, report: Report) -> None:
        """Print what else a room's import found."""

    def _note(self, report: Report) -> None:
        if report.rows // ROWS_PER_NOTE > self._noted:
            self._noted = report.rows // ROWS_PER_NOTE
            self.stderr.write(f"{report.rows:,} rows read, {report.error_count:,} errors")

    def _tell(self, report: Report, *, dry_run: bool) -> None:
        for error in report.errors:
            self.stdout.write(str(error))
        if report.error_count > ERRORS_KEPT:
            self.stdout.write(f"… and {report.error_count - ERRORS_KEPT:,} more")
        would = dry_run or report.error_count
        self._count(report.created, "would be created" if would else "created")
        self._count(report.changed, "would be changed" if would else "changed")
        self._count(report.unchanged, "unchanged")
        self._count(report.left_out, "left out")
        if report.error_count:
            raise CommandError(f"{report.error_count:,} errors in {report.rows:,} rows: nothing was written.")
        self.stdout.write(f"{report.rows:,} rows read." + (" Dry run: nothing was written." if dry_run else ""))

    def _count(self, counts: dict[str, int], what: str) -> None:
        for noun, number in sorted(counts.items()):
            if number:
                self.stdout.write(f"{number:,} {noun} {what}")
