"""The inbox: what a person was told, what of it was read, and how often it is mailed."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.db.models import F
from django.db.models.lookups import IsNull
from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from functions.access import ProgramRequest, members_only, person
from functions.selectors import Access
from notices import inbox as services
from notices.forms import DigestForm, NoticeFilter
from notices.models import Notice
from notices.selectors import Told, notices_of, told
from web.forms import moment_in
from web.lists import Column, ListAsked, ListPlan
from web.saved_views import with_saved_views
from web.saving import METHODS, answer_form, posted

MOST_LINES = 1_000
UNREAD_FIRST = (IsNull(F("read_at"), True).desc(), "-told_at", "-pk")


@dataclass(frozen=True, slots=True)
class Line:
    """A notice with what it says to its person; about and url '': not to be read any more."""

    pk: int
    about: str
    said: str
    url: str
    told_at: datetime
    read_at: datetime | None

    @property
    def place(self) -> tuple[bool, float]:
        """The unread before the read, each the newest first."""
        return self.read_at is not None, -self.told_at.timestamp()


NOTICES = ListPlan(
    name="notices",
    columns=(
        Column("about", gettext_lazy("About")),
        Column("said", gettext_lazy("What happened"), hide_narrow=True),
        Column("told_at", gettext_lazy("When")),
        Column("read_at", gettext_lazy("Read"), sort_by=lambda line: line.place),
    ),
    sort="read_at",
    filters=NoticeFilter,
    search=("about", "said"),
)


def lines_asked_for(asked: ListAsked, access: Access) -> list[Line]:
    """Return the notices of a person that an address asks for: filtered as they are stored, searched as they read.

    Each is worded when it is read, so only so many are: the unread and then the newest.
    """
    notices = list(asked.filtered(notices_of(access)).order_by(*UNREAD_FIRST)[:MOST_LINES])
    words = told(notices, access)
    lines = (line_of(notice, words[notice.pk]) for notice in notices)
    return [line for line in lines if all(word.lower() in f"{line.about} {line.said}".lower() for word in asked.words)]


def line_of(notice: Notice, its: Told) -> Line:
    return Line(notice.pk, its.about, its.said, its.url, notice.told_at, notice.read_at)


@require_safe
@members_only
@with_saved_views(NOTICES)
def inbox(request: ProgramRequest) -> HttpResponseBase:
    asked, now = ListAsked(NOTICES, request.GET), timezone.now()
    shown = asked.show(lines_asked_for(asked, request.access), of=notices_of(request.access))
    if asked.wants_file:
        return asked.file(shown)
    context = {
        "list": shown, "noun": _("notices"), "now": now, "most": MOST_LINES,
        "every": services.chosen_by(person(request)),
    }  # fmt: skip
    return render(request, "notices/inbox.html", context)


@require_POST
@members_only
def notice_read(request: ProgramRequest, pk: int) -> HttpResponse:
    """Mark one as read and, where that was asked for, go on to what it is about."""
    notice = get_object_or_404(notices_of(request.access), pk=pk)
    services.mark_read(notice=notice, now=timezone.now())
    if "open" in request.POST and (url := told([notice], request.access)[notice.pk].url):
        return redirect(url)
    return back_to_inbox(request)


@require_POST
@members_only
def notices_read(request: ProgramRequest) -> HttpResponse:
    """Mark all as read that were told when the page was drawn."""
    now = timezone.now()
    until = moment_in(request.POST.get("until", "")) or now
    services.mark_all_read(person=person(request), until=min(until, now), now=now)
    messages.success(request, _("All of it is read."))
    return back_to_inbox(request)


def back_to_inbox(request: ProgramRequest) -> HttpResponse:
    """Go back to the inbox as it was asked for: its filters, search, order and page, and no other address."""
    asked = QueryDict(request.POST.get("asked", "")).urlencode()
    return redirect(reverse("inbox") + (f"?{asked}" if asked else ""))


@require_http_methods(METHODS)
@members_only
def digest_choice(request: ProgramRequest) -> HttpResponseBase:
    me, now = person(request), timezone.now()
    without = "" if me.email else _("Your account has no e-mail address yet, so nothing can be mailed to you.")
    return answer_form(
        request,
        DigestForm(posted(request), initial={"every": services.chosen_by(me)}),
        lambda data: services.choose_digest(person=me, every=data["every"], now=now),
        said=lambda choice: _("Saved. You are mailed: %(every)s.") % {"every": choice.get_every_display()},
        then=lambda _choice: reverse("inbox"),
        question=_("Inbox: what reaches you by mail?"),
        heading=_("How often are you mailed what is new?"),
        about=without
        or _("One mail holds what you have not read since the last one. Where nothing is new there is none. "
             "Reminders of actions are letters of their own."),
        crumbs=[(_("Inbox"), reverse("inbox"))],
        cancel_url=reverse("inbox"),
    )  # fmt: skip
