"""A customer's own pages: opened by a key, then without it in the address. Reading changes nothing; no JavaScript.

Whoever has no key that opens something reads one page, whatever the reason.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from http import HTTPStatus
from typing import Any, Concatenate, ParamSpec, TypeVar

from allauth.core.internal.ratelimit import consume
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.signing import BadSignature, Signer
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from dashboard.link_forms import LinkAnswerForm, WordsForm
from dashboard.link_guided import GuidedPage
from dashboard.link_pages import LinkPage
from dashboard.link_questions import AboutRequirement, InGuide, Step
from dashboard.link_words import words_for
from functions.selectors import program_day
from interviews import links
from interviews.letters import language_of, sender_name
from interviews.models import PersonalLink
from interviews.selectors import Progress, key_of
from jobs import clock
from web.forms import add_errors
from web.saving import METHODS, posted

COOKIE = "__Host-answers" if settings.HTTPS else "answers"
VISIT = timedelta(hours=2)
SIGNER = Signer(salt="a visit by a personal link")
Purpose = PersonalLink.Purpose
P = ParamSpec("P")
T = TypeVar("T")
View = Callable[Concatenate[HttpRequest, LinkPage, P], HttpResponse]


# ---- Doors


def private(referrer: str) -> Callable[..., Any]:
    """Add what keeps a link out of other sites, histories and search engines to every answer of a view.

    Addresses with a key in them are told to nobody. Without it, pages may name themselves to this site: where a page
    forbids that, browsers send its forms with `Origin: null`, which the check against forged requests refuses.
    """

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def answered(*args: Any, **kwargs: Any) -> HttpResponse:
            answer = view(*args, **kwargs)
            answer.headers["Referrer-Policy"] = referrer
            answer.headers["Cache-Control"] = "no-store"
            answer.headers["X-Robots-Tag"] = "noindex, nofollow"
            return answer

        return answered

    return decorate


def visited(view: View[P]) -> Callable[..., HttpResponse]:
    """Let in whoever came by a key within the last two hours."""

    @private("same-origin")
    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        link = link_of_visit(request, now=clock.database_now())
        return dead_link(request) if link is None else view(request, LinkPage(link), *args, **kwargs)

    return guarded


def link_of_visit(request: HttpRequest, *, now: datetime) -> PersonalLink | None:
    try:
        visit = SIGNER.unsign_object(request.COOKIES.get(COOKIE, ""))
        began, link_id = datetime.fromisoformat(visit["began"]), int(visit["link"])
    except (BadSignature, ValueError, KeyError, TypeError):
        return None
    return links.link_visited(link_id) if now - VISIT < began <= now else None


def dead_link(request: HttpRequest) -> HttpResponse:
    """Answer every link that opens nothing by one page: of one length, in both languages, with no cookie."""
    return render(request, "link/dead.html", status=HTTPStatus.NOT_FOUND)


def opened(request: HttpRequest, secret: str, purpose: str) -> PersonalLink | HttpResponse:
    return found_or_refused(request, lambda: links.link_of(secret=secret, purpose=purpose, now=clock.database_now()))


def found_or_refused(request: HttpRequest, find: Callable[[], T | None]) -> T | HttpResponse:
    """Return what a key opens, or the answer for a key that opens nothing; guessing is slowed down."""
    limit = {"app": "allauth.account", "action": "link", "limit_get": True}
    if not consume(request, dry_run=True, **limit):
        return render(request, "link/often.html", status=HTTPStatus.TOO_MANY_REQUESTS)
    found = find()
    if found is None:
        consume(request, **limit)
        return dead_link(request)
    return found


@require_safe
@private("no-referrer")
def link_open(request: HttpRequest, secret: str) -> HttpResponse:
    """Take the key out of the address. Nothing is stored, so that a mail scanner's look changes nothing."""
    link = opened(request, secret, Purpose.ANSWER)
    if isinstance(link, HttpResponse):
        return link
    answer = HttpResponse(status=HTTPStatus.SEE_OTHER, headers={"Location": reverse("link_start")})
    visit = SIGNER.sign_object({"link": link.pk, "began": clock.database_now().isoformat()})
    # Lax: the mail program is another site, and strict cookies would not come along.
    answer.set_cookie(COOKIE, visit, max_age=VISIT, secure=settings.HTTPS, httponly=True, samesite="Lax")
    return answer


# ---- Pages


def show(request: HttpRequest, name: str, page: LinkPage, status: int = 200, **more: Any) -> HttpResponse:
    context = {"page": page, "w": page.words, "language": page.language, **more}
    return render(request, f"link/{name}.html", context, status=status)


def over(request: HttpRequest, page: LinkPage, refusal: ValidationError, typed: str = "") -> HttpResponse:
    """Say what became of a link whose holder is still here; nothing that was sent is hidden."""
    code = refusal.error_list[0].code
    if code == "finished" and not typed:
        return redirect("link_receipt")
    return show(request, "over", page, HTTPStatus.CONFLICT, sentence=page.words[f"over_{code}"], code=code, typed=typed)


def ended(page: LinkPage) -> ValidationError | None:
    """Return why nothing can be answered any more, if so."""
    try:
        links.check_can_answer(page.link, now=clock.database_now())
    except ValidationError as refusal:
        return refusal
    return None


@require_safe
@visited
def link_start(request: HttpRequest, page: LinkPage) -> HttpResponse:
    if refusal := ended(page):
        return over(request, page, refusal)
    return show(request, "start", page)


@require_http_methods(METHODS)
@visited
def link_question(request: HttpRequest, page: LinkPage, requirement: int, product: int) -> HttpResponse:
    """Ask one question; what is answered is kept at once, and counts when everything is sent."""
    if refusal := ended(page):
        return over(request, page, refusal, typed=request.POST.get("words", "").strip())
    step = page.step(key_of(requirement, product))
    if not isinstance(step, AboutRequirement):
        raise Http404
    form = LinkAnswerForm(step, posted(request), words=page.draft(step.key), said=page.words, language=page.language)
    if form.is_valid():
        typed = form.cleaned_data["words"]
        if answer := kept(request, page, step, form, lambda: keep(page, step, form), typed=typed):
            return answer
    return show_step(request, "question", page, step, form, question=step.question, worded=step.worded)


def kept(
    request: HttpRequest, page: LinkPage, step: Step, form: Any, keep: Callable[[], None], *, typed: str
) -> HttpResponse | None:
    """Keep what was said, and go on; None where the form says what is wrong with it."""
    try:
        keep()
    except ValidationError as refusal:
        if page.words.get(f"over_{code_of(refusal)}"):
            return over(request, page, refusal, typed=typed)
        add_errors(form, as_fields(refusal))
        return None
    return redirect(address_after(renewed(page), step))


def keep(page: LinkPage, step: AboutRequirement, form: LinkAnswerForm) -> None:
    if form.is_empty() and step.question.answer is None and not page.draft(step.key):
        return
    links.keep_answer(
        link=page.link,
        question=step.question,
        importance=form.importance_part(),
        level=form.level_part(),
        perception=form.perception_part(),
        words=form.cleaned_data["words"],
        now=clock.database_now(),
    )


@require_http_methods(METHODS)
@visited
def link_guided(request: HttpRequest, page: LinkPage, key: str) -> HttpResponse:
    """Ask another question of the round's guide: a pair, points, or something in words."""
    typed = request.POST.get("text", "").strip()
    if refusal := ended(page):
        return over(request, page, refusal, typed=typed)
    step = page.step(links.draft_key(key))
    if not isinstance(step, InGuide):
        raise Http404
    guided = GuidedPage.of(step, posted(request), drafts=page.invitation.words, words=page.words)
    if guided.form.is_valid() and (
        answer := kept(request, page, step, guided.form, lambda: keep_guided(page, guided), typed=typed)
    ):
        return answer
    return show_step(request, "guided", page, step, guided.form, guided=guided)


def keep_guided(page: LinkPage, guided: GuidedPage) -> None:
    if guided.is_empty() and guided.step.progress is Progress.OPEN:
        return
    links.keep_reply(link=page.link, question=guided.step.record, given=guided.form.given(), now=clock.database_now())


def code_of(refusal: ValidationError) -> str:
    return "" if hasattr(refusal, "error_dict") else str(refusal.error_list[0].code)


def as_fields(refusal: ValidationError) -> ValidationError:
    if not hasattr(refusal, "error_dict"):
        return refusal
    return ValidationError(
        {{"perception": "perceived"}.get(name, name): each for name, each in refusal.error_dict.items()}
    )


def renewed(page: LinkPage) -> LinkPage:
    """Read the page anew: what was just said may decide what follows."""
    return LinkPage(links.link_visited(page.link.pk) or page.link)


def address_after(page: LinkPage, step: Step) -> str:
    """Return where to go on; a question that what was just said took away is followed by the first open one."""
    following = page.after(step) if step.key in page.places else page.first_open
    return following.url if following else reverse("link_words")


def show_step(request: HttpRequest, name: str, page: LinkPage, step: Step, form: Any, **more: Any) -> HttpResponse:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    at, before = page.places[step.key] + 1, page.before(step)
    more |= {
        "form": form,
        "step": step,
        "at": at,
        "at_words": page.words["question_of"].replace("{at}", str(at)),
        "before_url": before.url if before else reverse("link_start"),
        "after_url": address_after(page, step),
    }
    return show(request, name, page, status, **more)


@require_http_methods(METHODS)
@visited
def link_words(request: HttpRequest, page: LinkPage) -> HttpResponse:
    if refusal := ended(page):
        return over(request, page, refusal, typed=request.POST.get("words", "").strip())
    form = WordsForm(posted(request), initial={"words": page.draft_of_all})
    if form.is_valid():
        try:
            links.keep_words(link=page.link, words=form.cleaned_data["words"], now=clock.database_now())
        except ValidationError as refusal:
            return over(request, page, refusal, typed=form.cleaned_data["words"])
        return redirect("link_send")
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    before_url = page.steps[-1].url if page.steps else reverse("link_start")
    return show(request, "words", page, status, form=form, before_url=before_url)


@require_http_methods(METHODS)
@visited
def link_send(request: HttpRequest, page: LinkPage) -> HttpResponse:
    """Show what was answered, then send it: twice is once."""
    if request.method != "POST":
        refusal = ended(page)
        return over(request, page, refusal) if refusal else show(request, "send", page)
    now = clock.database_now()
    try:
        links.finish(link=page.link, order=page.places, now=now, today=program_day(now))
    except ValidationError as refusal:
        if code_of(refusal) == "nothing":
            return show(request, "send", page, HTTPStatus.UNPROCESSABLE_ENTITY, wrong=page.words["nothing_yet"])
        if code_of(refusal) == "finished":
            return redirect(reverse("link_receipt") + "?before=1")
        return over(request, page, refusal)
    return redirect("link_receipt")


@require_http_methods(METHODS)
@visited
def link_receipt(request: HttpRequest, page: LinkPage) -> HttpResponse:
    """Show what was sent, for as long as the visit lasts; ask whether we understood, and whether it may be quoted."""
    refusal = ended(page)
    if refusal is None:
        return redirect("link_start")
    if code_of(refusal) != "finished":
        return over(request, page, refusal)
    if request.method == "POST" and keep_reply(page, request.POST):
        return redirect("link_receipt")
    return show(request, "receipt", page, was_sent_before=request.GET.get("before") == "1")


def keep_reply(page: LinkPage, sent: QueryDict) -> bool:
    """Keep a yes or a no to what the receipt asks; return whether there was one."""
    today = program_day(clock.database_now())
    if (quote := sent.get("quote")) in {"yes", "no"}:
        links.say_whether_to_quote(invitation=page.invitation, may_quote=quote == "yes", today=today)
    elif (understood := sent.get("understood")) in {"yes", "no"}:
        links.say_whether_understood(interview=page.interview, is_understood=understood == "yes", today=today)
    else:
        return False
    return True


@require_http_methods(METHODS)
@visited
def link_decline(request: HttpRequest, page: LinkPage) -> HttpResponse:
    if refusal := ended(page):
        return over(request, page, refusal)
    if request.method != "POST":
        return show(request, "decline", page)
    try:
        links.decline(link=page.link, now=clock.database_now())
    except ValidationError as refusal:
        return over(request, page, refusal)
    return redirect("link_start")


# ---- Not to be asked any more


@csrf_exempt
@require_http_methods(METHODS)
@private("no-referrer")
def link_unsubscribe(request: HttpRequest, secret: str) -> HttpResponse:
    """Take somebody off all invitations by one POST, as mail programs send it (RFC 8058); a look changes nothing."""
    link = opened(request, secret, Purpose.UNSUBSCRIBE)
    if isinstance(link, HttpResponse):
        return link
    contact = link.invitation.interview.contact
    if is_done := request.method == "POST":
        now = clock.database_now()
        links.unsubscribe(link=link, now=now, today=program_day(now))
    words = words_for(contact, company=sender_name())
    context = {"w": words, "language": language_of(contact), "is_done": is_done or contact.is_opted_out}
    return render(request, "link/unsubscribe.html", context)
