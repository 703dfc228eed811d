"""The example's reports of one customer and one round, of its newest kept day; their PDFs are made when asked for."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from customers.models import Customer
from dashboard.report_writing import article_for
from dashboard.reporting import default_title
from functions.models import Program
from gap_scores.selectors import kept_days, kept_on
from improvements.reports import About, keep_report
from interviews.models import Round


def make_reports_of_example(catalogue: Mapping[str, Any], *, program: Program, now: datetime) -> None:
    row, snapshot = catalogue["reports"], kept_on(kept_days()[0])
    customer, wave = Customer.objects.get(name=row["customer"]), Round.objects.get(name=row["round"])
    subjects: tuple[About, ...] = (customer, wave)
    for about in subjects:
        keep_report(
            title=default_title(snapshot.as_of, about), about=about, snapshot=snapshot,
            article=article_for(snapshot, about, program), pdf=b"", by=None, by_name=catalogue["assessor"], now=now,
        )  # fmt: skip
