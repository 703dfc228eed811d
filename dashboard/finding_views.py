"""Findings: what contradicts itself, and what somebody decided to live with."""

from django.http import Http404, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from dashboard.finding_list import PLAN, finding_list_page, findings_for
from dashboard.findings import Finding
from functions.access import ProgramRequest, metric_keepers_only, person, specialists_only
from functions.selectors import program_day
from improvements.findings import bring_back, put_aside
from improvements.forms import AsideForm
from web.saved_views import with_saved_views
from web.saving import METHODS, answer_confirmation, answer_form, posted


@metric_keepers_only
@require_safe
@with_saved_views(PLAN)
def finding_list(request: ProgramRequest) -> HttpResponseBase:
    page = finding_list_page(parameters=request.GET, access=request.access, today=program_day(timezone.now()))
    if page.list.asked.wants_file:
        return page.list.asked.file(page.list)
    context = {"page": page, "list": page.list, "noun": _("findings")}
    return TemplateResponse(request, "dashboard/finding_list.html", context)


def finding_or_404(request: ProgramRequest, key: str) -> Finding:
    found = findings_for(request.access, today=program_day(timezone.now()))
    finding = next((each for each in found if each.key == key), None)
    if finding is None:
        raise Http404
    return finding


@specialists_only
@require_http_methods(METHODS)
def finding_aside(request: ProgramRequest, finding: str) -> HttpResponseBase:
    found = finding_or_404(request, finding)
    put, url = found.aside, reverse("finding_list")
    initial = {"reason": put.reason, "until_on": put.until_on} if put else {}
    today = program_day(timezone.now())
    return answer_form(
        request,
        AsideForm(posted(request), initial=initial),
        lambda data: put_aside(
            key=found.key, **data, put_by=person(request), put_by_name=str(request.user), today=today
        ),
        said=lambda kept: _("It is put aside until %(day)s.") % {"day": kept.until_on.isoformat()},
        then=lambda _kept: url,
        question=_("Finding: %(kind)s") % {"kind": found.kind_word},
        heading=_("Live with it for a while?"),
        about=f"{found.about}: {found.said}",
        crumbs=[(_("Findings"), url)],
        submit=_("Put it aside"),
        cancel_url=url,
        **({"end_url": reverse("finding_back", args=[finding]), "end_label": _("Bring it back")} if put else {}),
    )


@specialists_only
@require_http_methods(METHODS)
def finding_back(request: ProgramRequest, finding: str) -> HttpResponseBase:
    found = finding_or_404(request, finding)
    if found.aside is None:
        raise Http404
    url = reverse("finding_list")
    return answer_confirmation(
        request,
        lambda: bring_back(key=found.key),
        said=_("It stands again."),
        then=url,
        question=_("Finding: %(kind)s") % {"kind": found.kind_word},
        heading=_("Let it stand again?"),
        losses=[_("The reason why it was put aside is no longer kept: %(why)s") % {"why": found.aside.reason}],
        crumbs=[(_("Findings"), url)],
        submit=_("Bring it back"),
        cancel_url=url,
    )
