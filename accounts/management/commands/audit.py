from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.audit import verify_chain, verify_note


class Command(BaseCommand):
    help = "Check that nobody changed the audit trail, and say what to note outside of the program."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--verify", action="store_true", required=True, help="work every digest out anew")
        parser.add_argument("--head", default="", help="a digest that was noted earlier")
        parser.add_argument("--count", type=int, default=0, help="the number of entries that was noted with it")

    def handle(self, *, head: str, count: int, **options: Any) -> None:
        if bool(head) != bool(count):
            raise CommandError("Give --head and --count together: a digest, and the number it was noted with.")
        verdict = verify_chain()
        if head:
            verdict = verify_note(verdict, count=count, head=head.strip().lower())
        if verdict.broken_at is not None:
            raise CommandError(f"The chain breaks at entry {verdict.broken_at}: {verdict.why}.", returncode=1)
        self.stdout.write(f"{verdict.count} entries, the chain holds. Note outside of this program:")
        self.stdout.write(f"--head {verdict.head} --count {verdict.count}" if verdict.count else "nothing yet")
