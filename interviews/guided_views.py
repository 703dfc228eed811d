"""What is said to a question of a guide, saved at the desk: a change quietly (htmx), a button goes on to the next."""

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from functions.access import ProgramRequest, person, specialists_only
from interviews import services
from interviews.desk_saving import Outcome, Sheet
from interviews.desk_services import add_once, version_of_reply
from interviews.desk_views import guided_page
from interviews.guide_script import AskedQuestion, Kind
from interviews.guide_selectors import version_of
from interviews.guided_desk import GuidedDesk
from interviews.guided_services import record_reply
from interviews.views import interview_or_404
from web.once import key_in

ADDED = (Kind.OPEN, Kind.OBJECTIVE)


@require_POST
@specialists_only
def guided_answer(request: ProgramRequest, pk: int, key: str) -> HttpResponse:
    interview = interview_or_404(request, pk)
    version = version_of(interview)
    if version is None or interview.state not in services.OPEN:
        raise Http404
    language = request.POST.get("lang", "")
    desk = GuidedDesk.of(interview, version, language)
    asked = desk.named(key)
    sheet, now = sheet_of(request, desk, asked), timezone.now()
    outcome = sheet.save(request.POST, by=person(request), now=now)
    if outcome is Outcome.SAVED:
        return saved(request, interview, key, language)
    conflict = sheet.conflict(request.POST, now) if outcome is Outcome.CONFLICT else None
    status = 409 if conflict else 422
    shown = {"form": sheet.form, "conflict": conflict, "action": request.path}
    if request.htmx:  # type: ignore[attr-defined]  # HtmxMiddleware adds it
        part = "conflict" if conflict else "saved"
        return render(request, f"interviews/guided_desk.html#{part}", desk.context(asked) | shown, status=status)
    return guided_page(request, desk, status=status, current=asked, **shown)


def sheet_of(request: ProgramRequest, desk: GuidedDesk, asked: AskedQuestion) -> Sheet:
    form, question = desk.form(asked, request.POST), desk.records[asked.key]

    def write() -> None:
        given = form.given()

        def add() -> None:
            record_reply(interview=desk.interview, question=question, given=given)

        # Words are added; all else takes the place of what stood there, so that saying it twice is saying it once.
        entry = key_in(request.POST) if given.text and asked.kind in ADDED else ""
        said = (str(desk.interview.pk), asked.key, given.text, given.outcome)
        add_once(user=person(request), entry=entry, said=said, now=timezone.now(), add=add)

    return Sheet(
        interview=desk.interview,
        key=asked.key,
        asked=asked.text,
        form=form,
        version=lambda: version_of_reply(desk.interview, question),
        write=write,
    )


def saved(request: ProgramRequest, interview: Any, key: str, language: str) -> HttpResponse:
    """Say that it is saved; which question is next depends on what was just said."""
    interview.refresh_from_db()
    version = version_of(interview)
    assert version is not None  # noqa: S101  # it was asked with one a moment ago
    desk = GuidedDesk.of(interview, version, language)
    current = desk.chosen(key)
    if request.htmx:  # type: ignore[attr-defined]  # HtmxMiddleware adds it
        context = desk.context(current) | {"saved_at": timezone.now()}
        return render(request, "interviews/guided_desk.html#after_save", context)
    after = desk.context(current)["after"]
    then = after.key if after and request.POST.get("then") == "next" else key
    query = urlencode({"q": then} | ({"lang": language} if language in version.languages else {}))
    return HttpResponseRedirect(f"{reverse('interview_detail', args=[interview.pk])}?{query}")
