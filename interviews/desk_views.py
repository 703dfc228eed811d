"""The desk: one question after the other, each answer saved when it changes, and the customer's words beside it."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from functions.access import ProgramRequest, members_only, person, specialists_only
from interviews import services
from interviews.agenda import agenda_of, said_last_time
from interviews.coding import LONGEST_NAME, code_of, code_verbatim, remove_coding
from interviews.desk_saving import Outcome, Sheet
from interviews.desk_services import add_once, stored_version, version_of_answer
from interviews.forms import AnswerForm, CodingForm, VerbatimForm
from interviews.guide_selectors import version_of
from interviews.guide_services import KEY
from interviews.guided_desk import GuidedDesk, said_to_guide
from interviews.models import Coding, Interview, Verbatim
from interviews.selectors import (
    Question,
    answers_of_interview,
    codes,
    in_hand,
    objectives_of,
    place_in,
    questions_of,
    scales,
    transcripts_in,
    words_of_interview,
)
from interviews.views import interview_or_404
from requirements_catalog.models import Attribute, Requirement
from web.forms import add_errors
from web.once import key_in, new_key

State = Interview.State
# So many as a browser gets with one call; a specialist who goes on by more is asked to wait for the network.
SHEETS_BEFORE, SHEETS_AFTER = 10, 40


@require_safe
@members_only
def interview_detail(request: ProgramRequest, pk: int) -> HttpResponse:
    """Show the desk of an open interview to specialists, else what was said."""
    interview = interview_or_404(request, pk)
    if interview.state in services.OPEN and request.access.is_specialist:
        return desk_page(request, interview)
    return record_page(request, interview)


# ---- The desk


def desk_page(request: ProgramRequest, interview: Interview, status: int = 200, **shown: Any) -> HttpResponse:
    """Show the question that the address names, else the first one that is open."""
    version = version_of(interview)
    if version is not None:
        return guided_page(request, GuidedDesk.of(interview, version, request.GET.get("lang", "")), status=status)
    questions = questions_of(interview)
    current = shown.pop("current", None) or in_hand(questions, request.GET.get("q", ""))
    form = shown.pop("form", None) or (answer_form(current) if current else None)
    asked = (current.requirement.pk, current.product.pk) if current else (None, None)
    context = {"form": form, "verbatim_form": VerbatimForm(), "refused": [], **shown}
    context |= agenda_context(interview, *asked) | words_context(request, interview)
    return render(
        request, "interviews/desk.html", context | progress_context(interview, questions, current), status=status
    )


def guided_page(request: ProgramRequest, desk: GuidedDesk, status: int = 200, **shown: Any) -> HttpResponse:
    """Show the desk of an interview whose round has a guide."""
    current = shown.pop("current", None) or desk.chosen(request.GET.get("q", ""))
    form = shown.pop("form", None) or (desk.form(current) if current else None)
    context: dict[str, Any] = {"form": form, "verbatim_form": VerbatimForm(), "refused": []} | shown
    asked = (current.question.requirement_id, current.question.product_id) if current else (None, None)
    context |= words_context(request, desk.interview) | desk.context(current) | agenda_context(desk.interview, *asked)
    return render(request, "interviews/guided_desk.html", context, status=status)


@require_safe
@specialists_only
def desk_sheets(request: ProgramRequest, pk: int) -> HttpResponse:
    """Return the questions around the one in hand, which the browser keeps for a cut network."""
    interview = interview_or_404(request, pk)
    if interview.state not in services.OPEN:
        raise Http404
    key, version = request.GET.get("q", ""), version_of(interview)
    if version is not None:
        desk = GuidedDesk.of(interview, version, request.GET.get("lang", ""))
        asked = around(desk.rows, key)
        sheets = [desk.context(row.asked) | {"form": desk.form(row.asked)} for row in asked]
        return render(request, "interviews/guided_sheets.html", sheets_context(interview, sheets))
    questions = questions_of(interview)
    sheets = [
        progress_context(interview, questions, each) | {"form": answer_form(each)} for each in around(questions, key)
    ]
    return render(request, "interviews/desk_sheets.html", sheets_context(interview, sheets))


def around(questions: list[Any], key: str) -> list[Any]:
    """Return the question in hand, a few before it and more after it."""
    at = next((index for index, each in enumerate(questions) if each.key == key), 0)
    return questions[max(at - SHEETS_BEFORE, 0) : at + SHEETS_AFTER + 1]


def sheets_context(interview: Interview, sheets: list[dict[str, Any]]) -> dict[str, Any]:
    return {"interview": interview, "sheets": sheets, "unchosen": list(interview.unchosen.all())}


def agenda_context(interview: Interview, requirement: int | None, product: int | None) -> dict[str, Any]:
    agenda = agenda_of(interview)
    return {"agenda": agenda, "last_said": said_last_time(agenda.last, requirement, product)}


def answer_form(question: Question, data: Any = None) -> AnswerForm:
    importance, rating = scales()
    return AnswerForm(question, data, importance_scale=importance, rating_scale=rating)


def progress_context(interview: Interview, questions: list[Question], current: Question | None) -> dict[str, Any]:
    return {
        "interview": interview,
        "questions": questions,
        "current": current,
        "is_said": bool(current and current.answer),
        "made_on": version_of_answer(current.answer) if current else "",
        "entry": new_key(),
        **place_in(questions, current.key if current else ""),
        # Without a choice of products the name of the product would only be noise.
        "several_products": len({question.product.pk for question in questions}) > 1,
    }


def words_context(request: ProgramRequest, interview: Interview) -> dict[str, Any]:
    return {
        "interview": interview,
        "words": words_of_interview(interview, request.access.user_id),
        "codes": codes(),
        "objectives": objectives_of(interview),
        "unchosen": list(interview.unchosen.all()),
        "transcripts": transcripts_in(interview) if request.access.is_specialist else [],
        "words_entry": new_key(),
    }


def record_page(request: ProgramRequest, interview: Interview) -> HttpResponse:
    return render(
        request,
        "interviews/interview_detail.html",
        {
            "interview": interview,
            "answers": answers_of_interview(interview),
            "objectives": objectives_of(interview),
            "beside": said_to_guide(interview) if interview.guide_version_id else [],
            "unchosen": list(interview.unchosen.all()),
            "words": words_of_interview(interview, request.access.user_id),
            "verbatim_form": VerbatimForm(),
            "transcripts": transcripts_in(interview) if request.access.is_specialist else [],
            "may_add_words": interview.state not in services.NOT_HELD,
            "may_act": request.access.is_specialist or bool(request.access.functions),
            "states": [(state.value, state.label) for state in (*services.AHEAD, State.IN_PROGRESS)],
        },
    )


# ---- Answers


@require_POST
@specialists_only
def answer_save(request: ProgramRequest, pk: int, requirement: int, product: int) -> HttpResponse:
    """Save one answer: a change saves quietly (htmx), a button also goes on to the next question."""
    interview = interview_or_404(request, pk)
    question = question_or_404(interview, f"{requirement}-{product}")
    sheet, now = sheet_of(interview, question, request.POST), timezone.now()
    outcome = sheet.save(request.POST, by=person(request), now=now)
    if outcome is Outcome.SAVED:
        return saved(request, interview, question)
    conflict = sheet.conflict(request.POST, now) if outcome is Outcome.CONFLICT else None
    context = {"form": sheet.form, "current": question, "conflict": conflict, "action": request.path}
    if request.htmx:  # type: ignore[attr-defined]  # HtmxMiddleware adds it
        part = "conflict" if conflict else "saved"
        return render(request, f"interviews/desk.html#{part}", context, status=409 if conflict else 422)
    return desk_page(request, interview, status=409 if conflict else 422, **context)


def question_or_404(interview: Interview, key: str) -> Question:
    question = next((each for each in questions_of(interview) if each.key == key), None)
    if question is None:
        raise Http404
    return question


def sheet_of(interview: Interview, question: Question, sent: Any) -> Sheet:
    form, requirement, product = answer_form(question, sent), question.requirement, question.product
    return Sheet(
        interview=interview,
        key=question.key,
        asked=f"{requirement.reference} {requirement.statement}, {product}",
        form=form,
        version=lambda: stored_version(interview, requirement.pk, product.pk),
        write=lambda: services.record_answer(
            interview=interview,
            requirement=requirement,
            product=product,
            importance=form.importance_part(),
            level=form.level_part(),
            perception=form.perception_part(),
        ),
    )


def saved(request: ProgramRequest, interview: Interview, question: Question) -> HttpResponse:
    if request.htmx:  # type: ignore[attr-defined]  # HtmxMiddleware adds it
        questions = questions_of(interview)
        context = {"saved_at": timezone.now()} | progress_context(
            interview, questions, in_hand(questions, question.key)
        )
        return render(request, "interviews/desk.html#after_save", context)
    address = reverse("interview_detail", args=[interview.pk])
    then = request.POST.get("then", "")
    return HttpResponseRedirect(f"{address}?q={then if is_key(then) else question.key}")


def is_key(text: str) -> bool:
    """Whether it could name a question: a requirement and a product, or the key of a guide's question."""
    return bool(KEY.fullmatch(text))


# ---- Words


@require_POST
@members_only
def verbatim_create(request: ProgramRequest, pk: int) -> HttpResponse:
    interview = interview_or_404(request, pk)
    form = VerbatimForm(request.POST)
    if form.is_valid():
        try:
            keep_words(request, interview, form.cleaned_data["text"], form.cleaned_data["about"])
        except ValidationError as refusal:
            add_errors(form, refusal)
    if request.htmx:  # type: ignore[attr-defined]  # HtmxMiddleware adds it
        return words_part(request, interview, form)
    for errors in form.errors.values():
        messages.error(request, " ".join(str(error) for error in errors))
    return back_to_words(request, interview)


def keep_words(request: ProgramRequest, interview: Interview, text: str, about: Requirement | Attribute | None) -> None:
    """Keep words, and what they are about if a specialist says so; the same form sent again keeps nothing more."""

    def add() -> None:
        verbatim = services.record_verbatim(interview=interview, text=text)
        if about and request.access.is_specialist:
            code(request, verbatim, about)

    said = (str(interview.pk), text, str(about or ""))
    add_once(user=person(request), entry=key_in(request.POST), said=said, now=timezone.now(), add=add)


def code(request: ProgramRequest, verbatim: Verbatim, about: Requirement | Attribute, **passage: Any) -> None:
    code_verbatim(
        verbatim=verbatim,
        coder=person(request),
        coder_name=str(request.user)[:LONGEST_NAME],
        **code_of(about),
        **passage,
    )


def words_part(request: ProgramRequest, interview: Interview, form: VerbatimForm | CodingForm) -> HttpResponse:
    """Return the words panel anew; after a success with an empty form for the next words."""
    shown = form if isinstance(form, VerbatimForm) and form.errors else VerbatimForm()
    refused = [str(error) for errors in form.errors.values() for error in errors]
    context: dict[str, Any] = {"verbatim_form": shown, "refused": refused, "key": asked_key(request)}
    context |= words_context(request, interview)
    return render(request, "interviews/desk.html#words", context, status=422 if refused else 200)


def back_to_words(request: ProgramRequest, interview: Interview) -> HttpResponseRedirect:
    address, key = reverse("interview_detail", args=[interview.pk]), asked_key(request)
    return HttpResponseRedirect(f"{address}?q={key}#words" if key else f"{address}#words")


def asked_key(request: ProgramRequest) -> str:
    """Return the question beside which the words were written, to come back to it."""
    key = request.POST.get("q", "")
    return key if is_key(key) else ""


@require_POST
@specialists_only
def coding_create(request: ProgramRequest, pk: int) -> HttpResponse:
    verbatim = Verbatim.objects.select_related("interview").filter(pk=pk).first()
    if verbatim is None:
        raise Http404
    form = CodingForm(request.POST)
    if form.is_valid():
        said = form.cleaned_data
        try:
            code(request, verbatim, said["about"], start=said["start"], end=said["end"])
        except ValidationError as refusal:
            add_errors(form, refusal)
    if request.htmx:  # type: ignore[attr-defined]  # HtmxMiddleware adds it
        return words_part(request, verbatim.interview, form)
    for errors in form.errors.values():
        messages.error(request, " ".join(str(error) for error in errors))
    return back_to_words(request, verbatim.interview)


@require_POST
@specialists_only
def coding_delete(request: ProgramRequest, pk: int) -> HttpResponse:
    coding = Coding.objects.select_related("verbatim__interview").filter(pk=pk).first()
    if coding is None:
        raise Http404
    interview = coding.verbatim.interview
    remove_coding(coding=coding)
    if request.htmx:  # type: ignore[attr-defined]  # HtmxMiddleware adds it
        return words_part(request, interview, VerbatimForm())
    messages.success(request, _("The coding was taken back; the words stay."))
    return back_to_words(request, interview)
