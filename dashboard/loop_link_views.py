"""A customer's page of the loop: what became of it, and whether it is fixed for them. Reading changes nothing."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.signing import BadSignature, Signer
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from dashboard.link_views import VISIT, dead_link, found_or_refused, private
from dashboard.link_words import put_in, words_for
from functions.selectors import program_day
from improvements import loop
from improvements.loop_letters import entries_of
from improvements.loop_models import LoopEntry, LoopLetter, LoopLink
from improvements.loop_words import WORDS
from interviews.letter_words import WORDS as USUAL
from interviews.letters import day_in_words, language_of, sender_name
from interviews.models import LONGEST_TEXT, Language
from jobs import clock
from web.saving import METHODS

COOKIE = "__Host-told" if settings.HTTPS else "told"
SIGNER = Signer(salt="a visit to what became of it")


@dataclass(frozen=True)
class Question:
    """One action of a letter as its reader sees it. `said`: the answer; `chosen`, `typed`: what is being said now."""

    entry: LoopEntry
    heading: str
    said: str
    chosen: str
    typed: str

    @property
    def asks(self) -> bool:
        return self.entry.part.asks and not self.entry.reply


@dataclass(frozen=True)
class ToldPage:
    """What the page behind a letter's link shows."""

    letter: LoopLetter
    sent: QueryDict | None = None

    @cached_property
    def language(self) -> Language:
        return language_of(self.letter.contact)

    @cached_property
    def words(self) -> dict[str, str]:
        return put_in(WORDS[self.language], company=sender_name(), name=self.letter.contact.name)

    @cached_property
    def entries(self) -> list[LoopEntry]:
        return entries_of(self.letter)

    @cached_property
    def questions(self) -> list[Question]:
        return [self._question(entry) for entry in self.entries]

    def _question(self, entry: LoopEntry) -> Question:
        said = ""
        if entry.replied_at is not None:
            day = day_in_words(entry.replied_at, USUAL[self.language])
            said = self.words["you_said"].replace("{day}", day).replace("{reply}", self.words[entry.reply])
        sent = self.sent or QueryDict()
        return Question(
            entry,
            self.words[entry.part.step],
            said,
            sent.get(f"fixed_{entry.pk}", ""),
            sent.get(f"words_{entry.pk}", "").replace("\0", "").strip(),
        )

    @property
    def asks(self) -> bool:
        return any(question.asks for question in self.questions)


def letter_of_visit(request: HttpRequest, *, now: datetime) -> LoopLetter | None:
    try:
        visit = SIGNER.unsign_object(request.COOKIES.get(COOKIE, ""))
        began, letter_id = datetime.fromisoformat(visit["began"]), int(visit["letter"])
    except (BadSignature, ValueError, KeyError, TypeError):
        return None
    return loop.letter_visited(letter_id) if now - VISIT < began <= now else None


@require_safe
@private("no-referrer")
def told_open(request: HttpRequest, secret: str) -> HttpResponse:
    """Take the key out of the address. Nothing is stored, so that a mail scanner's look changes nothing."""
    now = clock.database_now()
    letter = found_or_refused(request, lambda: loop.letter_of(secret=secret, purpose=LoopLink.Purpose.READ, now=now))
    if isinstance(letter, HttpResponse):
        return letter
    answer = HttpResponse(status=HTTPStatus.SEE_OTHER, headers={"Location": reverse("told_page")})
    visit = SIGNER.sign_object({"letter": letter.pk, "began": now.isoformat()})
    # Lax: the mail program is another site, and strict cookies would not come along.
    answer.set_cookie(COOKIE, visit, max_age=VISIT, secure=settings.HTTPS, httponly=True, samesite="Lax")
    return answer


@require_http_methods(METHODS)
@private("same-origin")
def told_page(request: HttpRequest) -> HttpResponse:
    """Show what became of it, and take an answer for each that asks; what was answered before stands."""
    now = clock.database_now()
    letter = letter_of_visit(request, now=now)
    if letter is None:
        return dead_link(request)
    page = ToldPage(letter, request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return show(request, page, said=request.GET.get("said", ""))
    chosen = [each for each in page.questions if each.entry.part.asks and each.chosen in LoopEntry.Reply.values]
    if not chosen:
        return show(request, page, wrong=page.words["nothing"])
    if any(len(each.typed) > LONGEST_TEXT for each in page.questions):
        return show(request, page, wrong=page.words["too_long"])
    was_said = all(each.entry.reply for each in chosen)
    try:
        for each in chosen:
            loop.record_reply(entry=each.entry, reply=each.chosen, words=each.typed, now=now)
    except ValidationError:
        # Erased since the visit began: there is nobody any more whose page this is.
        return dead_link(request)
    return redirect(reverse("told_page", query={"said": "before" if was_said else "now"}))


def show(request: HttpRequest, page: ToldPage, *, wrong: str = "", said: str = "") -> HttpResponse:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK
    context: dict[str, Any] = {"page": page, "w": page.words, "language": page.language, "wrong": wrong, "said": said}
    return render(request, "link/told.html", context, status=status)


@csrf_exempt
@require_http_methods(METHODS)
@private("no-referrer")
def told_stop(request: HttpRequest, secret: str) -> HttpResponse:
    """Take somebody off all letters by one POST, as mail programs send it (RFC 8058); a look changes nothing."""
    now = clock.database_now()
    letter = found_or_refused(
        request, lambda: loop.letter_of(secret=secret, purpose=LoopLink.Purpose.UNSUBSCRIBE, now=now)
    )
    if isinstance(letter, HttpResponse):
        return letter
    if is_done := request.method == "POST":
        loop.stop_writing(letter=letter, now=now, today=program_day(now))
    words = words_for(letter.contact, company=sender_name())
    context = {"w": words, "language": language_of(letter.contact), "is_done": is_done or letter.contact.is_opted_out}
    return render(request, "link/unsubscribe.html", context)
