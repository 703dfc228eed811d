"""Reports: asked for, read as they were frozen, fetched as PDF."""

from typing import Any

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from customers.models import Customer
from dashboard.report_forms import ReportForm
from dashboard.report_list import REPORTS, being_made
from dashboard.reporting import start_pdf, start_report
from functions.access import ProgramRequest, members_only, person, specialists_only
from improvements.report_models import Report
from improvements.reports import AlteredError, article_of, pdf_of, reports_for
from interviews.models import Round
from jobs.models import Job
from web.lists import ListAsked
from web.saved_views import with_saved_views
from web.saving import METHODS, answer_form, posted


@require_safe
@members_only
@with_saved_views(REPORTS)
def report_list(request: ProgramRequest) -> HttpResponseBase:
    asked, readable = ListAsked(REPORTS, request.GET), reports_for(request.access)
    shown = asked.show(asked.narrowed(readable), of=readable)
    if asked.wants_file:
        return asked.file(shown)
    jobs = being_made() if request.access.is_specialist else []
    return render(request, "dashboard/report_list.html", {"list": shown, "noun": _("reports"), "jobs": jobs})


@require_http_methods(METHODS)
@specialists_only
def report_create(request: ProgramRequest) -> HttpResponseBase:
    wanted = {name: request.GET.get(name) for name in ("as_of", "function")}
    return make_report(
        request,
        ReportForm(posted(request), initial=wanted),
        heading=_("Make a report"),
        about=_(
            "A report holds what the pages of a kept day say, as a page of print and as PDF. It is frozen: whatever "
            "changes later, it says the same, and its digest shows that nobody altered it."
        ),
        crumbs=[(_("Reports"), reverse("report_list"))],
        cancel_url=reverse("report_list"),
    )


def make_report(
    request: ProgramRequest, form: ReportForm, *, subject: Customer | Round | None = None, **page: Any
) -> HttpResponseBase:
    """Ask for the day of a report, and have it made. `subject`: what it is about, where the form does not ask."""
    user, now = person(request), timezone.now()

    def start(data: dict[str, Any]) -> Job:
        about = data.get("function", subject)
        return start_report(as_of=data["as_of"], title=data["title"], about=about, user=user, now=now)

    return answer_form(
        request,
        form,
        start,
        said=lambda _job: _("The report is being made. You can leave this page and come back."),
        then=lambda job: reverse("settings_job", args=[job.pk]),
        question=_("Report: what is to be read, and by whom?"),
        submit=_("Make the report"),
        **page,
    )


def of_one(request: ProgramRequest, subject: Customer | Round, back: str) -> HttpResponseBase:
    return make_report(
        request,
        ReportForm(posted(request), initial={"as_of": request.GET.get("as_of")}, is_about_one=True),
        subject=subject,
        heading=_("Report of %(name)s") % {"name": subject.name},
        about=_("It says what was known on a kept day, frozen with its digest. Specialists read it, nobody else."),
        crumbs=[(_("Reports"), reverse("report_list")), (subject.name, back)],
        cancel_url=back,
    )


@require_http_methods(METHODS)
@specialists_only
def customer_report_create(request: ProgramRequest, pk: int) -> HttpResponseBase:
    return of_one(request, get_object_or_404(Customer, pk=pk), reverse("customer_detail", args=[pk]))


@require_http_methods(METHODS)
@specialists_only
def round_report_create(request: ProgramRequest, pk: int) -> HttpResponseBase:
    return of_one(request, get_object_or_404(Round, pk=pk), reverse("round_invitations", args=[pk]))


@require_safe
@members_only
def report_detail(request: ProgramRequest, pk: int) -> HttpResponse:
    report = _readable(request, pk)
    return render(request, "dashboard/report_detail.html", {"report": report, "article": frozen(report)})


def frozen(report: Report) -> SafeString:
    """Return the text of a report, nothing of one that was altered."""
    try:
        # Frozen as the templates escaped it; an altered one does not get this far.
        return mark_safe(article_of(report))  # noqa: S308
    except AlteredError:
        return SafeString()


@require_safe
@members_only
def report_pdf(request: ProgramRequest, pk: int) -> HttpResponse:
    try:
        return pdf_answer(_readable(request, pk))
    except AlteredError:
        return redirect("report_detail", pk)


@require_POST
@specialists_only
def report_draw(request: ProgramRequest, pk: int) -> HttpResponseBase:
    """Have the PDF of a frozen report made, where there is none."""
    job = start_pdf(report=_readable(request, pk), user=person(request))
    return redirect("settings_job", pk=job.pk) if job else redirect("report_detail", pk=pk)


def pdf_answer(report: Report) -> HttpResponse:
    if not report.pdf:
        raise Http404(_("The PDF of this report is not made yet; its text is there."))
    name = f"{slugify(report.title) or 'report'}.pdf"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(pdf_of(report), content_type="application/pdf", headers=headers)


def _readable(request: ProgramRequest, pk: int) -> Report:
    return get_object_or_404(reports_for(request.access), pk=pk)
