"""Settings of one's own sessions: where am I signed in, and how do I end what is not mine?"""

from typing import cast

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from accounts.sessions import device_in_words, end_all_sessions, end_session, sessions_of
from dashboard.door_lists import SESSIONS, sessions_asked_for
from dashboard.settings_views import crumbs
from functions.access import ProgramRequest, members_only
from web.lists import ListAsked
from web.saved_views import with_saved_views
from web.saving import METHODS, answer_confirmation


@require_safe
@members_only
@with_saved_views(SESSIONS)
def settings_sessions(request: ProgramRequest) -> HttpResponseBase:
    sessions = sessions_of(user_id=request.access.user_id or 0, this=request.session.session_key)
    asked = ListAsked(SESSIONS, request.GET)
    shown = asked.show(sessions_asked_for(asked, sessions), of=sessions)
    if asked.wants_file:
        return asked.file(shown)
    context = {"list": shown, "noun": _("sessions"), "sessions": sessions, "now": timezone.now()}
    return render(request, "dashboard/settings/sessions.html", context)


@require_http_methods(METHODS)
@members_only
def session_end(request: ProgramRequest, pk: int) -> HttpResponseBase:
    session = get_object_or_404(UserSession, pk=pk, user=request.user)
    device = device_in_words(session.user_agent)
    return answer_confirmation(
        request,
        lambda: end_session(session=session),
        said=_("%(device)s is signed out.") % {"device": device},
        then=reverse("settings_sessions"),
        question=_("End a session"),
        heading=_("Sign %(device)s out?") % {"device": device},
        crumbs=[*crumbs(), (_("Sessions"), reverse("settings_sessions"))],
        losses=[_("What is typed there and not saved yet is lost.")],
        submit=_("Sign it out"),
        cancel_url=reverse("settings_sessions"),
    )


@require_POST
@members_only
def sessions_end_others(request: ProgramRequest) -> HttpResponse:
    ended = end_all_sessions(person=cast(User, request.user), but=request.session.session_key)
    messages.success(
        request, ngettext("%(n)d other session ended.", "%(n)d other sessions ended.", ended) % {"n": ended}
    )
    return redirect("settings_sessions")
