"""What is said to a question of a guide, saved at the desk: a change quietly (htmx), a button goes on to the next."""

from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from functions.access import ProgramRequest, specialists_only
from interviews import services
from interviews.desk_views import guided_page
from interviews.guide_selectors import version_of
from interviews.guided_desk import GuidedDesk
from interviews.guided_services import record_reply
from interviews.views import interview_or_404
from web.forms import add_errors


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
    form = desk.form(asked, request.POST)
    if form.is_valid() and stored(form, desk, key):
        return saved(request, interview, key, language)
    if request.htmx:  # type: ignore[attr-defined]  # HtmxMiddleware adds it
        context = desk.context(asked) | {"form": form}
        return render(request, "interviews/guided_desk.html#saved", context, status=422)
    return guided_page(request, desk, status=422, current=asked, form=form)


def stored(form: Any, desk: GuidedDesk, key: str) -> bool:
    try:
        record_reply(interview=desk.interview, question=desk.records[key], given=form.given())
    except ValidationError as refusal:
        add_errors(form, refusal)
        return False
    return True


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
