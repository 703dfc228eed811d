import secrets
import tempfile
from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.cache import caches
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from accounts.audit import record, verify_chain
from accounts.models import AuditKind
from customers.erasing import erase_again
from functions.selectors import program_day
from gap_scores import rebuilding
from gap_scores.boards import forget_boards
from gap_scores.services import begin_lineage, drain_all
from jobs.running import take_up_again
from quality_program.backup_databases import copier
from quality_program.backups import check_fits, check_rows, enough_room, put_back_uploads, read_archive


class Command(BaseCommand):
    help = (
        "Bring back what `backup` wrote: into a database beside the one in use, migrated and verified there bit for "
        "bit, and only then switched. End every process of the program first."
    )
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", type=Path)
        parser.add_argument("--replace", action="store_true", help="although there is something already; that is kept")

    def handle(self, *, source: Path, replace: bool, **options: Any) -> None:
        if not source.is_file():
            raise CommandError(f"There is no file {source}.")
        now = timezone.now()
        database = copier()
        is_empty = database.is_empty()
        if not is_empty and not replace:
            raise CommandError("There is a program in this database already. To put the backup in its place: --replace")
        with tempfile.TemporaryDirectory(prefix=".restore-", dir=source.parent) as folder:
            staging = Path(folder)
            stamp = f"{now:%Y%m%dT%H%M%S}".lower()
            with enough_room(f"There is no room to unpack {source} beside it, or for a second database."):
                manifest = read_archive(source, staging)
                check_fits(manifest)
                with database.restoring(staging, replace=not is_empty, stamp=stamp) as former:
                    check_rows(manifest, database.rows())
                    self._bring_up_to_date(manifest.made_at, now)
            put_back_uploads(staging, stamp)
        self._forget()
        self.stdout.write(f"Restored what was there on {manifest.made_at}. {former}".rstrip())
        self.stdout.write("Everybody signs in again. Start the program's processes anew.")

    def _bring_up_to_date(self, made_at: str, now: datetime) -> None:
        call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)
        # Whoever worked on a job then works no more.
        take_up_again(now=now)
        self._verify(now)
        self._erase_again(now)
        begin_lineage(lineage=secrets.token_hex(16))
        self._put_on_record(made_at)

    def _verify(self, now: datetime) -> None:
        if differences := rebuilding.verify(now=now):
            self.stdout.write(f"{len(differences)} scores are another release's; working them out anew.")
            rebuilding.rebuild(now=now)
            if left := rebuilding.verify(now=now):
                raise CommandError(f"The scores do not come back: {left[0]}. Nothing was switched.")
        self.stdout.write("Every score is what the evidence gives, bit for bit.")

    def _erase_again(self, now: datetime) -> None:
        """Whoever was erased after the backup was made is in it still; the note of it lies in the data folder."""
        if count := erase_again(now=now, today=program_day(now)):
            self.stdout.write(f"Erased again: {count} people who were erased since the backup was made.")
            drain_all(as_of=now)

    def _put_on_record(self, made_at: str) -> None:
        verdict = verify_chain()
        if verdict.broken_at is not None:
            self.stdout.write(f"The audit trail of the backup breaks at entry {verdict.broken_at}: {verdict.why}.")
        with transaction.atomic():
            record(kind=AuditKind.PROGRAM_IMPORTED, sentence=f"Restored the backup of {made_at}")

    def _forget(self) -> None:
        for alias in settings.CACHES:
            caches[alias].clear()
        forget_boards()
