"""The audit trail: read by administrators, written by nobody through a page."""

import json

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dashboard.audit_list import AUDIT, audit_entries
from functions.access import ProgramRequest, administrators_only
from web.lists import ListAsked
from web.saved_views import with_saved_views


@require_safe
@administrators_only
@with_saved_views(AUDIT)
def settings_audit(request: ProgramRequest) -> HttpResponseBase:
    asked = ListAsked(AUDIT, request.GET)
    shown = asked.show(asked.narrowed(audit_entries()), of=audit_entries())
    if asked.wants_file:
        return asked.file(shown)
    context = {"list": shown, "noun": _("entries"), "now": timezone.now()}
    return render(request, "dashboard/settings/audit.html", context)


@require_safe
@administrators_only
def audit_entry(request: ProgramRequest, pk: int) -> HttpResponse:
    entry = get_object_or_404(audit_entries(), pk=pk)
    details = json.dumps(entry.details, indent=1, ensure_ascii=False) if entry.details else ""
    return render(request, "dashboard/settings/audit_entry.html", {"entry": entry, "details": details})
