"""The coding workbench: the queue, one customer's words with their marks, and the codebook, keyboard first.

Every act is a plain form; with JavaScript the desk is swapped in place and the address stays. What was done last can be
undone: the session keeps the last acts.
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from functions.access import ProgramRequest, person, specialists_only
from functions.selectors import Access, program_day
from interviews import coding
from interviews.coding import LONGEST_NAME, Deed
from interviews.models import Coding, SecondReading, Verbatim
from interviews.readings import compared, disagreement_count, disagreements, open_readings_of
from interviews.suggesting import suggested_for, taken, was_suggested
from interviews.word_forms import (
    AsideForm,
    AttributeRuleForm,
    PassageForm,
    RequirementRuleForm,
    SentimentForm,
    WordFilter,
)
from interviews.workbench import (
    CodeGroup,
    codebook,
    drawn,
    flat,
    identity_of,
    marked_codings,
    marked_lines,
    uncoded,
    uncoded_count,
    word_rows,
)
from requirements_catalog.models import Attribute, Requirement
from requirements_catalog.services import update_attribute, update_requirement
from web.choices import in_words
from web.forms import id_in
from web.lists import Column, ListAsked, ListPlan
from web.saving import METHODS, answer_form, posted

UNCODED, DISAGREE, ALL = "uncoded", "disagree", "all"
PILES = (UNCODED, DISAGREE, ALL)
DEEDS, MOST_DEEDS, LONGEST_ADDRESS = "word_deeds", 20, 2_000
ABOUT = in_words("reading")

STRATUM = {name: in_words(name) for name in ("lifecycle", "industry", "region", "size_band")}


def of_stratum(name: str) -> Callable[[Verbatim], str]:
    return lambda row: STRATUM[name](row.interview.stratum)


def codes_in_words(row: Verbatim) -> str:
    return "; ".join(dict.fromkeys(name_of(each) for each in row.codings.all()))


def name_of(coded: Coding) -> str:
    return coded.requirement.reference if coded.requirement else str(coded.attribute)


WORDS = ListPlan(
    name="words",
    is_about_people=True,
    is_long=True,
    columns=(
        Column("id", gettext_lazy("Number"), order_by=("pk",), value=lambda row: row.pk, numeric=True),
        Column("words", gettext_lazy("Words"), value=lambda row: row.text, sortable=False),
        Column("codes", gettext_lazy("Codes"), value=codes_in_words, sortable=False),
        Column(
            "coders",
            gettext_lazy("Coders"),
            value=lambda row: "; ".join(dict.fromkeys(each.coder_name for each in row.codings.all())),
            sortable=False,
        ),
        Column("reading", gettext_lazy("Reading"), value=ABOUT, sortable=False),
        Column(
            "reason",
            gettext_lazy("Reason"),
            value=lambda row: row.set_aside.reason if hasattr(row, "set_aside") else "",
            sortable=False,
        ),
        Column(
            "held_on", gettext_lazy("Day"), value=lambda row: row.interview.held_on, order_by=("interview__held_on",)
        ),
        Column("round", gettext_lazy("Round"), value=lambda row: row.interview.round.name, sortable=False),
        Column("interview", gettext_lazy("Interview"), value=lambda row: row.interview_id, sortable=False),
        Column("customer", gettext_lazy("Customer"), value=lambda row: row.interview.customer.name, sortable=False),
        Column("contact", gettext_lazy("Contact"), value=lambda row: row.interview.contact.name, sortable=False),
        *(
            Column(name, label, value=of_stratum(name), sortable=False)
            for name, label in (
                ("lifecycle", gettext_lazy("Lifecycle")),
                ("industry", gettext_lazy("Industry")),
                ("region", gettext_lazy("Region")),
                ("size_band", gettext_lazy("Size")),
            )
        ),
        Column("language", gettext_lazy("Language"), sortable=False),
    ),
    sort="held_on",
    filters=WordFilter,
    also=("pile", "v"),
)


# ---- The desk


@require_safe
@specialists_only
def word_list(request: ProgramRequest) -> HttpResponseBase:
    asked = ListAsked(WORDS, request.GET)
    if asked.wants_file:
        return asked.file(asked.show(rows_asked_for(asked, request.access)))
    return render(request, "interviews/word_desk.html", desk_of(request, asked))


def pile_of(asked: ListAsked) -> str:
    named = asked.kept.get("pile", UNCODED)
    return named if named in PILES else UNCODED


def rows_asked_for(asked: ListAsked, access: Access) -> Any:
    rows, pile = word_rows(access.user_id), pile_of(asked)
    if pile == UNCODED:
        rows = rows.filter(reading=Verbatim.Reading.UNCODED)
    elif pile == DISAGREE:
        rows = rows.filter(pk__in=disagreements().values("pk"))
    return asked.narrowed(rows)


def desk_of(request: ProgramRequest, asked: ListAsked, **more: Any) -> dict[str, Any]:
    """Return what the desk shows: the pile that the address names, its words in hand, and the codebook."""
    shown = asked.show(rows_asked_for(asked, request.access))
    current = in_hand(asked, list(shown.page), request.access)
    waiting, book = uncoded_count(), codebook()
    here = asked.url(v=current.pk if current else None).removeprefix("?")
    return {
        "list": shown,
        "pile": pile_of(asked),
        "rows": [(asked.url(v=row.pk, page=asked.page_number), row) for row in shown.page],
        "pile_urls": {pile: asked.url(pile=pile, v=None) for pile in PILES},
        "here": here,
        "next_url": next_url(asked, current),
        "waiting": waiting,
        "has_words": bool(waiting or current) or Verbatim.objects.exists(),
        "differing": disagreement_count(),
        "to_read": open_readings_of(request.access.user_id or 0).count(),
        "waits_days": age_of_oldest() if waiting else None,
        "current": current,
        **book_context(book),
        "codes_query": urlencode({"v": current.pk if current else "", "back": here}),
        "can_undo": bool(request.session.get(DEEDS)),
        **words_in_hand(current, flat(book)),
        **more,
    }


def book_context(book: list[CodeGroup]) -> dict[str, Any]:
    """Return the codes that a desk draws, and how many more there are to look for."""
    shown = drawn(book)
    return {"book": shown, "more_codes": len(flat(book)) - len(flat(shown))}


def age_of_oldest() -> int:
    oldest = uncoded().order_by("interview__held_on").values_list("interview__held_on", flat=True)[:1]
    return max(0, (program_day(timezone.now()) - oldest[0]).days)


def in_hand(asked: ListAsked, page: list[Verbatim], access: Access) -> Verbatim | None:
    """Return the words that the address names, even if they left the pile; else the first ones of the page."""
    named = id_in(asked.kept.get("v", ""))
    if not named:
        return page[0] if page else None
    there = next((row for row in page if row.pk == named), None)
    return there or word_rows(access.user_id).filter(pk=named).first() or (page[0] if page else None)


def next_url(asked: ListAsked, current: Verbatim | None) -> str:
    """Return the address of the next uncoded words in line, after the last ones the first again; '' where none wait."""
    rows = asked.narrowed(uncoded()).order_by("interview__held_on", "pk")
    if current:
        day = current.interview.held_on
        later = rows.filter(interview__held_on__gte=day).exclude(interview__held_on=day, pk__lte=current.pk)
        following = later.first() or rows.exclude(pk=current.pk).first()
    else:
        following = rows.first()
    return asked.url(pile=None, v=following.pk) if following else ""


def words_in_hand(current: Verbatim | None, codes: dict[tuple[str, int], Any]) -> dict[str, Any]:
    if current is None:
        return {}
    found, suggested = marked_codings(current), suggested_for(current, codes)
    return {
        "lines": marked_lines(current),
        "compared": compared(current),
        "stands": SecondReading.Stands.choices,
        "codings": [(each, codes.get(identity_of(each.coding))) for each in found],
        "suggested": suggested,
        "suggested_as": " ".join(each.said_as for each in suggested),
        "taken": taken() if suggested else None,
        "today": program_day(timezone.now()),
    }


# ---- Acts


def answered(request: ProgramRequest, *, problem: str = "", said: str = "", v: int | None = None) -> HttpResponse:
    """Answer an act: the desk anew to htmx, else the page where it was done."""
    back = QueryDict(request.POST.get("back", "")[:LONGEST_ADDRESS], mutable=True)
    if v is not None:
        back["v"] = str(v)
    if not request.htmx:  # type: ignore[attr-defined]  # HtmxMiddleware adds it
        if problem:
            messages.error(request, problem)
        elif said:
            messages.success(request, said)
        return HttpResponseRedirect(f"{reverse('word_list')}?{back.urlencode()}")
    context = desk_of(request, ListAsked(WORDS, back), problem=problem, said=said, saved_at=timezone.now())
    return render(request, "interviews/word_desk.html#desk", context, status=422 if problem else 200)


def act(request: ProgramRequest, deed: Callable[[], Deed | None], said: str, *, v: int) -> HttpResponse:
    """Do it, remember how to undo it, and say so; a refusal is said in its place."""
    try:
        done = deed()
    except ValidationError as refusal:
        return answered(request, problem=" ".join(refusal.messages), v=v)
    if done:
        request.session[DEEDS] = [*request.session.get(DEEDS, []), done][-MOST_DEEDS:]
    return answered(request, said=said, v=v)


def coder_of(request: ProgramRequest) -> dict[str, Any]:
    return {"coder": person(request), "coder_name": str(request.user)[:LONGEST_NAME]}


def errors_of(form: Any) -> str:
    return " ".join(str(error) for errors in form.errors.values() for error in errors)


@require_POST
@specialists_only
def word_code(request: ProgramRequest, pk: int) -> HttpResponse:
    verbatim = get_object_or_404(Verbatim, pk=pk)
    form = PassageForm(request.POST, words=verbatim.text)
    if not form.is_valid():
        return answered(request, problem=errors_of(form), v=pk)
    said = form.cleaned_data

    def code() -> Deed:
        made = coding.code_verbatim(
            verbatim=verbatim,
            start=said["start"],
            end=said["end"],
            was_suggested=was_suggested(said["suggested"], said["about"]),
            **coding.code_of(said["about"]),
            **coder_of(request),
        )
        return coding.coded(made)

    return act(request, code, _("Coded."), v=pk)


@require_POST
@specialists_only
def word_coding_remove(request: ProgramRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Coding.objects.select_related("verbatim"), pk=pk)

    def remove() -> Deed:
        deed = coding.removed(found)
        coding.remove_coding(coding=found)
        return deed

    return act(request, remove, _("The coding was taken back; the words stay."), v=found.verbatim_id)


@require_POST
@specialists_only
def word_coding_sentiment(request: ProgramRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Coding, pk=pk)
    form = SentimentForm(request.POST)
    if not form.is_valid():
        return answered(request, problem=errors_of(form), v=found.verbatim_id)

    def feel() -> Deed:
        deed = coding.felt(found, found.sentiment)
        wanted = form.cleaned_data["sentiment"]
        # The same button once more takes it back.
        coding.change_sentiment(coding=found, sentiment=None if wanted == found.sentiment else wanted)
        return deed

    return act(request, feel, _("Saved."), v=found.verbatim_id)


@require_POST
@specialists_only
def word_set_aside(request: ProgramRequest, pk: int) -> HttpResponse:
    verbatim = get_object_or_404(Verbatim, pk=pk)
    form = AsideForm(request.POST)
    if not form.is_valid():
        return answered(request, problem=errors_of(form), v=pk)

    def put_aside() -> Deed:
        said = coding.set_aside(verbatim=verbatim, reason=form.cleaned_data["reason"], **coder_of(request))
        return coding.put_aside(said)

    return act(request, put_aside, _("Heard, and kept with your reason."), v=pk)


@require_POST
@specialists_only
def word_take_up(request: ProgramRequest, pk: int) -> HttpResponse:
    verbatim = get_object_or_404(Verbatim.objects.select_related("set_aside"), pk=pk)

    def take_up() -> Deed | None:
        if not hasattr(verbatim, "set_aside"):
            return None
        deed = coding.taken_up(verbatim.set_aside)
        coding.take_up_again(verbatim=verbatim)
        return deed

    return act(request, take_up, _("Back in the queue."), v=pk)


@require_POST
@specialists_only
def word_undo(request: ProgramRequest) -> HttpResponse:
    """Undo what this person did last; an act whose words or coding are gone meanwhile is passed over."""
    deeds = list(request.session.get(DEEDS, []))
    while deeds:
        verbatim = coding.undo(deed=Deed(*deeds.pop()))
        if verbatim:
            request.session[DEEDS] = deeds
            return answered(request, said=_("Undone."), v=verbatim.pk)
    request.session[DEEDS] = deeds
    return answered(request, problem=_("There is nothing left to undo."))


# ---- Rules for coders


@require_http_methods(METHODS)
@specialists_only
def code_rule_requirement(request: ProgramRequest, pk: int) -> HttpResponseBase:
    requirement = get_object_or_404(Requirement, pk=pk)
    form = RequirementRuleForm(posted(request), initial={"rule": requirement.rule, "example": requirement.example})
    return rule_page(
        request,
        form,
        lambda data: update_requirement(requirement=requirement, changes=data),
        question=f"{requirement.reference}, {requirement.attribute}",
        heading=requirement.statement,
    )


@require_http_methods(METHODS)
@specialists_only
def code_rule_attribute(request: ProgramRequest, pk: int) -> HttpResponseBase:
    attribute = get_object_or_404(Attribute, pk=pk)
    initial = {name: getattr(attribute, name) for name in AttributeRuleForm.base_fields}
    return rule_page(
        request,
        AttributeRuleForm(posted(request), initial=initial),
        lambda data: update_attribute(attribute=attribute, changes=data),
        question=_("Attribute"),
        heading=attribute.name,
    )


def rule_page(request: ProgramRequest, form: Any, save: Callable[[Any], Any], **words: Any) -> HttpResponseBase:
    words_url = reverse("word_list")
    return answer_form(
        request,
        form,
        save,
        said=lambda _saved: _("Saved. Every coder sees it beside the words."),
        then=lambda _saved: words_url,
        about=_("Two coders who read the same rule find the same; their agreement shows whether they do."),
        crumbs=[(_("Words"), words_url)],
        cancel_url=words_url,
        **words,
    )
