from argparse import ArgumentParser
from typing import Any

from customers.duplicates import Choice
from customers.imports import import_customers
from customers.likeness import Likeness
from web.import_command import ImportCommand
from web.imports import Report

REPORT = "report"
MOST_TOLD = 50


class Command(ImportCommand):
    help = "Add and change the customers of a CSV or XLSX file, all or none. docs/importing.md shows mappings."
    run = staticmethod(import_customers)

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--duplicates",
            choices=[REPORT, *Choice.values],
            default=REPORT,
            help="rows whose customer is there under another id, or twice in the file: 'report' names them and keeps "
            "both, 'same' lets the sure ones count for the customer that is there, 'skip' leaves the sure ones out, "
            "'apart' compares nothing",
        )

    def chosen(self, options: dict[str, Any]) -> dict[str, Any]:
        self._is_report = options["duplicates"] == REPORT
        if options["duplicates"] == Choice.APART:
            return {}
        return {"sure": Choice.APART if self._is_report else Choice(options["duplicates"])}

    def tell_first(self, report: Report) -> None:
        for each in report.duplicates[:MOST_TOLD]:
            how = "surely" if each.likeness is Likeness.SURE else "perhaps"
            like = f"{how} {each.of_name}, in {each.of_place} ({each.why})"
            self.stdout.write(f"row {each.row}, {each.name}: {like}: {each.choice}")
        if len(report.duplicates) > MOST_TOLD:
            self.stdout.write(f"… and {len(report.duplicates) - MOST_TOLD:,} more")
        if count := len(report.duplicates):
            sure = sum(each.likeness is Likeness.SURE for each in report.duplicates)
            both = " Both are kept; see --duplicates." if self._is_report else ""
            said = f"{count:,} rows look like a customer that is there: {sure:,} surely, {count - sure:,} perhaps."
            self.stdout.write(said + both)
