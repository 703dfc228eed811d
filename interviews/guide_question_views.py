"""One question of a draft: added, changed, moved, removed. Who saves second is told, and loses nothing."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from functions.access import ProgramRequest, specialists_only
from interviews import guide_services
from interviews.guide_forms import QuestionForm
from interviews.guide_models import GuideQuestion, GuideVersion
from interviews.guide_page import words_in
from interviews.guide_selectors import questions_of_version
from interviews.guide_views import address_of, crumbs, draft_or_404
from web.forms import add_errors
from web.saving import METHODS, answer_confirmation, posted

KINDS = set(GuideQuestion.Kind.values)


def question_or_404(pk: int) -> GuideQuestion:
    """Return a question of a draft; one that was launched is not changed here."""
    rows = GuideQuestion.objects.select_related("version__guide")
    return get_object_or_404(rows, pk=pk, version__state=GuideVersion.State.DRAFT)


def place_of(question: GuideQuestion) -> str:
    return f"{address_of(question.version)}#question-{question.pk}"


@require_http_methods(METHODS)
@specialists_only
def guide_question_create(request: ProgramRequest, pk: int) -> HttpResponseBase:
    """Ask for a question of the kind that the address names; an open one where it names none."""
    version = draft_or_404(pk)
    asked = request.GET.get("kind", "")
    kind = asked if asked in KINDS else GuideQuestion.Kind.OPEN.value
    form = QuestionForm(posted(request), version=version, kind=kind, earlier=questions_of_version(version))
    if form.is_valid():
        try:
            made = guide_services.add_question(version=version, content=form.content())
        except ValidationError as refusal:
            add_errors(form, form.fields_of_refusal(refusal))
        else:
            messages.success(request, _("Added at the end."))
            return redirect(f"{address_of(version)}#question-{made.pk}")
    return question_page(request, form, version, heading=_("New question"), submit=_("Add the question"))


@require_http_methods(METHODS)
@specialists_only
def guide_question_update(request: ProgramRequest, pk: int) -> HttpResponseBase:
    question = question_or_404(pk)
    version = question.version
    there = questions_of_version(version)
    stored = next((each for each in there if each.pk == pk), question)
    earlier = [each for each in there if each.position < stored.position]
    form = QuestionForm(posted(request), version=version, kind=stored.kind, earlier=earlier, question=stored)
    theirs: dict[str, Any] = {}
    if form.is_valid():
        try:
            revision = form.cleaned_data["revision"] or 0
            guide_services.change_question(question=stored, revision=revision, content=form.content())
        except ValidationError as refusal:
            add_errors(form, form.fields_of_refusal(refusal))
            theirs = what_stands(form, stored) if is_late(refusal) else {}
        else:
            messages.success(request, _("Saved."))
            return redirect(place_of(question))
    heading = _("Question %(number)s") % {"number": stored.position}
    return question_page(request, form, version, heading=heading, submit=_("Save"), **theirs)


def is_late(refusal: ValidationError) -> bool:
    return getattr(refusal, "code", "") == "changed_meanwhile"


def what_stands(form: QuestionForm, stored: GuideQuestion) -> dict[str, Any]:
    """Return what somebody else saved meanwhile, and let the next save take its place knowingly."""
    typed = QueryDict(mutable=True)
    typed.update(form.data)
    typed["revision"] = str(stored.revision)
    form.data = typed
    return {"theirs": [words_in(stored, language) for language in form.version.languages]}


def question_page(request: ProgramRequest, form: QuestionForm, version: GuideVersion, **words: Any) -> HttpResponseBase:
    context = {
        "form": form,
        "question": f"{version}, {GuideQuestion.Kind(form.kind).label}",
        "crumbs": crumbs(version.guide),
        "cancel_url": address_of(version),
        **words,
    }
    return render(request, "interviews/guide_question.html", context, status=422 if form.errors else 200)


@require_POST
@specialists_only
def guide_question_move(request: ProgramRequest, pk: int) -> HttpResponseBase:
    question = question_or_404(pk)
    try:
        guide_services.move_question(question=question, by=-1 if request.POST.get("by") == "up" else 1)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    return redirect(place_of(question))


@require_http_methods(METHODS)
@specialists_only
def guide_question_delete(request: ProgramRequest, pk: int) -> HttpResponseBase:
    question = question_or_404(pk)
    version = question.version
    said = [f"“{each.text}”" for each in question.texts.order_by("pk")]
    return answer_confirmation(
        request,
        partial(guide_services.remove_question, question=question),
        said=_("The question is gone from this draft."),
        then=address_of(version),
        question=str(version),
        heading=_("Remove question %(number)s?") % {"number": question.position},
        losses=[*said, _("Its words are lost. Answers that were given to launched versions stay.")],
        crumbs=crumbs(version.guide),
        submit=_("Remove it"),
        cancel_url=place_of(question),
    )
