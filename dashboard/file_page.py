"""What the page of one uploaded file shows at each of its stages."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import msgspec
from django.urls import reverse

from customers.duplicates import Choice
from customers.likeness import Likeness
from dashboard.file_imports import AT_WORK, has_ended
from dashboard.file_storage import Folder, first_lines, first_rows
from jobs.models import FileImport, Job
from web.tables import Layout

ROWS_SHOWN = 5
DECIDED = {
    Choice.SAME: "Rows of a customer that was there",
    Choice.APART: "Rows kept apart from one that looks alike",
    Choice.SKIP: "Rows left out as duplicates",
}
ERRORS_SHOWN = 50
RESULTS: dict[str, str] = {
    FileImport.Kind.INTERVIEWS: "interview_list",
    FileImport.Kind.MEASUREMENTS: "metric_list",
    FileImport.Kind.CUSTOMERS: "customer_list",
    FileImport.Kind.REQUIREMENTS: "requirement_list",
    FileImport.Kind.FUNCTIONS: "function_list",
    FileImport.Kind.METRICS: "metric_list",
    FileImport.Kind.HOUSE: "house",
    FileImport.Kind.GUIDES: "guide_list",
}
Stage = FileImport.Stage


@dataclass(frozen=True)
class FilePage:
    file_import: FileImport

    @property
    def folder(self) -> Folder:
        return Folder(self.file_import.folder)

    @property
    def is_interviews(self) -> bool:
        return self.file_import.kind == FileImport.Kind.INTERVIEWS

    @property
    def is_interrupted(self) -> bool:
        """A run that broke off with its process: nothing of it was written."""
        return self.file_import.stage in AT_WORK and has_ended(self.file_import)

    @property
    def is_at_work(self) -> bool:
        return self.file_import.stage in AT_WORK and not has_ended(self.file_import)

    @property
    def may_change(self) -> bool:
        return self.file_import.stage in {Stage.COLUMNS, Stage.CHECKED} or self.is_interrupted

    @property
    def is_document(self) -> bool:
        """Whether its columns name themselves, so that there is nothing to be said of them."""
        return bool(self.file_import.meanings.get("is_document"))

    @property
    def result_url(self) -> str:
        """Where what was brought in is looked at."""
        return reverse(RESULTS[self.file_import.kind])

    @property
    def has_moved(self) -> bool:
        """Whether what it was checked against was changed since."""
        return bool(self.file_import.counts.get("moved"))

    @property
    def changes_nothing(self) -> bool:
        counts = self.file_import.counts
        return self.is_ready and not any(counts.get(name) for name in ("created", "changed", "removed"))

    @property
    def is_refused(self) -> bool:
        return self.file_import.stage == Stage.CHECKED and bool(self.file_import.counts.get("errors"))

    @property
    def is_ready(self) -> bool:
        return self.file_import.stage == Stage.CHECKED and not self.file_import.counts.get("errors")

    @property
    def is_cancelled(self) -> bool:
        job = self.file_import.job
        return job is not None and job.state == Job.State.CANCELLED

    @property
    def is_stopping(self) -> bool:
        return bool(self.folder.noted("cancel"))

    @cached_property
    def progress(self) -> dict[str, Any]:
        noted = self.folder.noted("progress") or {"rows": 0, "errors": 0}
        total = self.file_import.counts.get("lines", 0)
        return {**noted, "total": max(total, noted["rows"])}

    @cached_property
    def errors(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (self.folder.noted("report") or {}).get("errors", [])
        return found[:ERRORS_SHOWN]

    @cached_property
    def changes(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (self.folder.noted("report") or {}).get("changes", [])
        return found[:ERRORS_SHOWN]

    @cached_property
    def news(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (self.folder.noted("report") or {}).get("news", [])
        return found[:ERRORS_SHOWN]

    @cached_property
    def duplicates(self) -> list[dict[str, Any]]:
        """Rows whose customer looks like one that is there, those of one customer together."""
        found: list[dict[str, Any]] = self.folder.noted("duplicates") or []
        grouped = [each | {"group": f"{each['customer']} {each['of_row']}"} for each in found]
        return sorted(grouped, key=lambda each: (each["of_name"], each["group"], each["row"]))

    @property
    def sure(self) -> int:
        return sum(each["likeness"] == Likeness.SURE for each in self.duplicates)

    @cached_property
    def decided(self) -> list[tuple[str, int]]:
        """What was decided of the rows that looked like somebody who is there, in words."""
        counts = self.file_import.counts.get("decided", {})
        return [(words, counts[choice]) for choice, words in DECIDED.items() if counts.get(choice)]

    @cached_property
    def layout(self) -> Layout:
        return msgspec.convert(self.file_import.meanings["layout"], Layout)

    @property
    def heading_row(self) -> int:
        return self.layout.heading_row

    @cached_property
    def heading_choices(self) -> list[tuple[int, str]]:
        """Rows that may name the columns, by their number in the file: those that hold anything."""
        if not self.folder.rows.exists():
            return []
        found = ((number, " · ".join(filter(None, map(str.strip, line))))
                 for number, line in enumerate(first_lines(self.folder.rows, self.layout), start=1))  # fmt: skip
        return [(number, words) for number, words in found if words]

    @cached_property
    def first_rows(self) -> list[list[str]]:
        if not self.folder.rows.exists():
            return []
        return list(first_rows(self.folder, self.layout, ROWS_SHOWN))

    @cached_property
    def samples(self) -> list[str]:
        """Return for each column its first values, as the form of the columns shows them."""
        columns = zip(*self.first_rows, strict=True) if self.first_rows else ([] for _ in self.file_import.columns)
        return [" · ".join(filter(None, values))[:80] for values in columns]


def page_of(file_import: FileImport) -> FilePage:
    return FilePage(file_import)
