import sys
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from kombu.exceptions import OperationalError

from customers.hearing import set_right
from gap_scores import rebuilding, snapshots, tasks
from jobs import clock


def day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CommandError(f"{text} is not a date: write it as in 2026-03-31.") from None


class Command(BaseCommand):
    help = (
        "Work every score out anew from the evidence, beside the kept ones, and switch; once stopped, it goes on. "
        "--verify only compares, bit for bit; --as-of keeps a snapshot of a past date."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--verify", action="store_true", help="name every difference to the evidence; exit 1 if any"
        )
        parser.add_argument(
            "--workers", type=int, default=0, metavar="N", help="let so many of Celery's workers take pieces, too"
        )
        parser.add_argument("--as-of", type=day, metavar="DATE", help="keep a snapshot of this date (2026-03-31)")

    def handle(self, *, verify: bool, as_of: date | None, workers: int, **options: Any) -> None:
        now = clock.database_now()
        if verify:
            self._verify(now)
        elif as_of:
            kept = snapshots.keep_snapshot(as_of=as_of, title=f"As of {as_of}", now=now, progress=self._progress)
            self._say(f"Kept snapshot {kept.pk}: overall gap {kept.overall}, digest {kept.digest}")
        else:
            set_right()
            run = rebuilding.rebuild(now=now, progress=self._progress, call_others=lambda: self._call(workers))
            self._say(f"Run {run.pk}: {run.requirements_changed} requirements changed.")

    def _call(self, workers: int) -> None:
        """A broker that is away costs their help, and nothing else."""
        try:
            for _ in range(workers):
                tasks.rebuild_piece.delay()
        except OperationalError as error:
            self.stderr.write(f"No worker could be asked ({error}); the rebuild goes on without them.")

    def _verify(self, now: Any) -> None:
        differences = [*rebuilding.verify(now=now, progress=self._progress), *rebuilding.verify_hearing()]
        for difference in differences:
            self.stdout.write(str(difference))
        if differences:
            self._say(f"{len(differences)} differences. Repair: manage.py rebuild_scores")
            sys.exit(1)
        self._say("Every score is what the evidence gives, bit for bit.")

    def _say(self, text: str) -> None:
        self.stdout.write(text)

    def _progress(self, done: int, total: int) -> None:
        if sys.stderr.isatty() and (done == total or done % 10 == 0):
            self.stderr.write(f"\r{done} of {total} requirements", ending="\n" if done == total else "")
