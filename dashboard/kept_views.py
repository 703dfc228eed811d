"""Days of which scores are kept: chosen to look back, and kept on demand."""

from typing import cast

from django.http import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from dashboard.kept_forms import KeepForm
from dashboard.kept_list import KEPT, being_kept
from functions.access import ProgramRequest, members_only, specialists_only
from gap_scores.keeping import start_keeping
from gap_scores.selectors import snapshots
from web.lists import ListAsked
from web.saved_views import with_saved_views
from web.saving import METHODS, answer_form, posted


@require_safe
@members_only
@with_saved_views(KEPT)
def kept_list(request: ProgramRequest) -> HttpResponseBase:
    asked, kept = ListAsked(KEPT, request.GET), snapshots()
    shown = asked.show(asked.narrowed(kept), of=kept)
    if asked.wants_file:
        return asked.file(shown)
    jobs = being_kept() if request.access.is_specialist else []
    context = {"list": shown, "noun": _("kept days"), "jobs": jobs, "now": timezone.now()}
    return render(request, "dashboard/kept_list.html", context)


@require_http_methods(METHODS)
@specialists_only
def kept_create(request: ProgramRequest) -> HttpResponseBase:
    user, now = cast(User, request.user), timezone.now()
    return answer_form(
        request,
        KeepForm(posted(request), initial={"as_of": request.GET.get("as_of")}),
        lambda data: start_keeping(**data, user=user, now=now),
        said=lambda _job: _("The scores of that day are being worked out. You can leave this page and come back."),
        then=lambda job: reverse("settings_job", args=[job.pk]),
        question=_("Which day do you want to look back at?"),
        heading=_("Keep the scores of a day"),
        about=_(
            "A kept day is worked out from everything that was heard and measured up to it, by the definitions and "
            "corrections of today. It is kept for good, with all that explains it, and later changes leave it as it is."
        ),
        crumbs=[(_("Kept days"), reverse("kept_list"))],
        submit=_("Keep the scores"),
        cancel_url=reverse("kept_list"),
    )
