from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from customers.retention import due_by_customer, erase_due, months
from functions.selectors import program_day


class Command(BaseCommand):
    help = "Erase the people of customers that have been past for as long as the rule of Settings, Program says."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say who would be erased")
        parser.add_argument("--months", type=int, help="with --dry-run: another number of months, to try it out")

    def handle(self, *, dry_run: bool, months: int | None, **options: Any) -> None:
        now = timezone.now()
        after_months, today = self._months(dry_run=dry_run, tried=months), program_day(now)
        if dry_run:
            self._say(after_months, today)
            return
        count = erase_due(after_months=after_months, now=now, today=today)
        self.stdout.write(f"{count} people were erased.")

    def _months(self, *, dry_run: bool, tried: int | None) -> int:
        if tried is not None and not dry_run:
            raise CommandError("--months only tries out. To erase, enter the months in Settings, Program.")
        found = tried if tried is not None else months()
        if found is None:
            raise CommandError("The program has no such rule. Enter the months in Settings, Program, or try --dry-run.")
        if not 0 < found <= 600:
            raise CommandError("Enter 1 to 600 months.")
        return found

    def _say(self, after_months: int, today: Any) -> None:
        found = due_by_customer(after_months=after_months, today=today)
        for each in found:
            since = f"past since {each.past_since}" if each.past_since else "past since before our records"
            self.stdout.write(f"{each.customer} ({since}): {each.people} people, {each.words} verbatims")
        total = sum(each.people for each in found)
        self.stdout.write(f"{total} people would be erased after {after_months} months. Nothing was changed.")
