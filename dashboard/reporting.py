"""Making a report: by a job, because a PDF takes seconds."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from customers.models import Contact, Customer
from dashboard.job_kinds import REPORT
from dashboard.report_writing import SHEETS, article_for, document_of
from functions.models import Function
from functions.selectors import program
from gap_scores.models import Snapshot
from gap_scores.selectors import is_kept, kept_on
from improvements.loop_selectors import people_of
from improvements.report_models import LONGEST_TITLE, Report
from improvements.reports import FIELDS, About, AlteredError, keep_pdf, keep_report, named_in
from interviews.models import Interview, Round
from interviews.round_figures import ASKED, begun_in
from jobs.models import Job
from jobs.running import JobFailedError, telling_beside, under_way
from jobs.tasks import start_job
from web.pdf import PrinterMissingError, pdf_of
from web.templatetags.show import day_words

STEPS = 2


@transaction.atomic
def start_report(
    *,
    as_of: date,
    about: About | None,
    title: str,
    user: User,
    now: datetime,
) -> Job:
    """Have a report of a kept day made, unless the same one is being made already.

    Raises ValidationError by field for a day that is not kept or had nothing yet of what it is about, a title that is
    too long, a function that was not there.
    """
    if not is_kept(as_of):
        message = _("No scores of %(day)s are kept. Keep that day first, or choose one of the kept days.")
        raise ValidationError({"as_of": ValidationError(message, "not_kept", {"day": as_of})})
    snapshot = kept_on(as_of)
    if isinstance(about, Function) and str(about.pk) not in (snapshot.functions or {}):
        message = _("%(function)s was no dot of the circle on %(day)s. Choose another day.")
        raise ValidationError({"function": ValidationError(message, "absent", {"function": about, "day": as_of})})
    check_there_is_something(snapshot, about)
    name = (title.strip() or default_title(as_of, about))[:LONGEST_TITLE]
    asked: dict[str, Any] = {
        "snapshot": snapshot.pk, "function": None, "title": name, "customer": None, "round": None
    }  # fmt: skip
    asked |= {field: each.pk for field, each in named_in(about).items()}
    title = f"Report: {name}"
    # Of two who ask at once the second one sees the job of the first.
    Snapshot.objects.select_for_update(no_key=True).only("pk").get(pk=snapshot.pk)
    return under_way(REPORT, about=asked).first() or start_job(kind=REPORT, title=title, about=asked, user=user)


@transaction.atomic
def start_pdf(*, report: Report, user: User) -> Job | None:
    """Have the PDF of a frozen report made from its text, unless it is there (None) or being made already."""
    if Report.objects.select_for_update(of=("self",)).only("pk", "pdf_digest").get(pk=report.pk).has_pdf:
        return None
    about, title = {"report": report.pk}, f"PDF: {report.title}"
    return under_way(REPORT, about=about).first() or start_job(kind=REPORT, title=title, about=about, user=user)


def default_title(as_of: date, about: About | None) -> str:
    name = about.name if about else str(_("Quality report"))
    day = day_words(as_of)
    return f"{name[: LONGEST_TITLE - len(day) - 2]}, {day}"


def check_there_is_something(snapshot: Snapshot, about: About | None) -> None:
    """Refuse a report that would say nothing: an empty page is no answer to who asked for it."""
    day = snapshot.as_of
    if isinstance(about, Customer):
        whose = Q(customer=about) | Q(customer__merged_into=about)
        held = Interview.objects.filter(whose, state=Interview.State.COMPLETED, held_on__lte=day)
        if about.merged_into_id:
            message = _("%(name)s is merged into another customer, where its answers count. Make a report of that one.")
        elif not held.exists():
            message = _("%(name)s was not heard up to %(day)s. Choose a later day, or hear them first.")
        else:
            return
        params = {"name": about.name, "day": day_words(day)}
    elif isinstance(about, Round):
        if begun_in(about, until=day).filter(state__in=ASKED).exists():
            return
        message = _("Nobody was asked in '%(name)s' up to %(day)s. Choose a later day.")
        params = {"name": about.name, "day": day_words(day)}
    elif snapshot.overall is None:
        message = _("Nothing was scored up to %(day)s. Choose a later day.")
        params = {"day": day_words(day)}
    else:
        return
    raise ValidationError({"as_of": ValidationError(message, "empty", params)})


def printed(document: str) -> bytes:
    try:
        return pdf_of(document, sheets=SHEETS)
    except PrinterMissingError as error:
        raise JobFailedError(
            _(
                "PDFs need Pango on the machine that makes them: apt-get install libpangoft2-1.0-0. "
                "The text of the report is kept: ask for its PDF then."
            )
        ) from error


def run_pdf(report: Report) -> dict[str, Any]:
    its_program = program()

    def draw(title: str, text: str) -> bytes:
        return printed(document_of(title=title, article=text, program=its_program))

    try:
        keep_pdf(report=report, draw=draw)
    except AlteredError as error:
        raise JobFailedError(
            _("The report is not what its digest says, so no PDF is made of it. Restore it from a backup.")
        ) from error
    return {"report": report.pk}


def run_report(job: Job) -> dict[str, Any]:
    if "report" in job.about:
        return run_pdf(Report.objects.defer("article").get(pk=job.about["report"]))
    snapshot = Snapshot.objects.defer("content").get(pk=job.about["snapshot"])
    if kept_on(snapshot.as_of) != snapshot:
        raise JobFailedError(_("That day was kept again meanwhile. Make the report anew. Nothing was stored."))
    about = subject_of(job.about)
    with telling_beside(job) as tell:
        # The last time that it can be cancelled: what follows is stored.
        tell(1, STEPS)
    with no_erasure_meanwhile(about):
        report: Report = keep_report(
            title=job.about["title"], about=about, snapshot=snapshot, pdf=b"", by=job.started_by,
            article=article_for(snapshot, about, program()), by_name=str(job.started_by or _("the program")),
            now=timezone.now(), job=job.pk,
        )  # fmt: skip
    return run_pdf(report)


def subject_of(asked: Mapping[str, Any]) -> About | None:
    """Return what a job's report is about. Jobs of an earlier release name no customer and no round."""
    for model, field in FIELDS.items():
        if key := asked.get(field):
            return model.objects.filter(pk=key).first()
    return None


@contextmanager
def no_erasure_meanwhile(about: About | None) -> Iterator[None]:
    """Draw and keep the words of a customer's people under the lock that an erasure takes: it comes before, and they
    are gone, or after, and finds them in the report. Other reports name nobody."""
    if not isinstance(about, Customer):
        yield
        return
    with transaction.atomic():
        people = Contact.objects.filter(pk__in=people_of(about.pk))
        list(people.select_for_update(no_key=True).order_by("pk").values_list("pk"))
        yield
