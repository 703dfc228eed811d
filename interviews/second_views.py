"""Reading blind as a second coder: samples are drawn, each word is read without the first one's codes, and differences
are decided beside the words (word_views.py)."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from functions.access import ProgramRequest, specialists_only
from interviews import second_reading as second
from interviews.coding import LONGEST_NAME
from interviews.coding_figures import agreement_by_code, agreement_of_all
from interviews.models import ReadCode, SecondReading
from interviews.readings import my_open_readings, reading_of, samples
from interviews.word_forms import DrawForm, PassageForm, ResolveForm
from interviews.word_views import book_context, errors_of
from interviews.workbench import codebook, flat, lines_of
from web.saving import METHODS, answer_form, posted


@require_safe
@specialists_only
def word_reading_list(request: ProgramRequest) -> HttpResponse:
    """Show the samples, how far they are, and what this person is to read."""
    by_code = agreement_by_code()
    book = flat(codebook())
    rows = [(book[code], found) for code, found in by_code.items() if code in book]
    return render(
        request,
        "interviews/reading_list.html",
        {
            "samples": samples(),
            "mine": my_open_readings(request.access.user_id or 0),
            "agreement": agreement_of_all(by_code),
            "rows": sorted(rows, key=lambda row: (row[1].alpha is None, row[1].alpha or 0, row[0].name)),
        },
    )


@require_http_methods(METHODS)
@specialists_only
def word_reading_draw(request: ProgramRequest) -> HttpResponseBase:
    words_url = reverse("word_list")
    return answer_form(
        request,
        DrawForm(posted(request), initial={"seed": 1, "size": 30}),
        lambda data: second.draw_sample(drawn_by_name=str(request.user)[:LONGEST_NAME], now=timezone.now(), **data),
        said=lambda sample: (
            _("%(n)d words are drawn for %(coder)s.") % {"n": sample.readings.count(), "coder": sample.coder_name}
        ),
        then=lambda _sample: reverse("word_reading_list"),
        question=_("Second readings"),
        heading=_("Draw words for a second coder"),
        about=_(
            "Somebody who has not coded them reads them without seeing the codes. How far both agree, says how "
            "much the codes can be trusted."
        ),
        crumbs=[(_("Words"), words_url), (_("Second readings"), reverse("word_reading_list"))],
        submit=_("Draw"),
        cancel_url=reverse("word_reading_list"),
    )


def own_reading(request: ProgramRequest, pk: int) -> SecondReading:
    """Return a reading of this person; nobody else may see it before it is done."""
    reading = reading_of(request.access.user_id or 0, pk)
    if reading is None:
        raise Http404
    return reading


@require_safe
@specialists_only
def word_reading(request: ProgramRequest, pk: int) -> HttpResponse:
    reading = own_reading(request, pk)
    if reading.state != SecondReading.State.OPEN:
        return redirect(f"{reverse('word_list')}?pile=all&v={reading.verbatim_id}")
    return render(request, "interviews/reading_desk.html", context_of(request, reading))


def context_of(request: ProgramRequest, reading: SecondReading, **more: Any) -> dict[str, Any]:
    codes = list(reading.codes.filter(is_first=False).select_related("requirement", "attribute"))
    numbered = list(enumerate(codes, start=1))
    text = reading.verbatim.text
    return {
        "reading": reading,
        "mine": my_open_readings(request.access.user_id or 0),
        "lines": lines_of(text, [(number, each.start, each.end) for number, each in numbered]),
        "codes": [
            (number, each, "" if each.start is None else text[each.start : each.end]) for number, each in numbered
        ],
        **book_context(codebook()),
        "codes_query": urlencode({"reading": reading.pk}),
        "take_url": reverse("word_reading_code", args=[reading.pk]),
        **more,
    }


def answered(request: ProgramRequest, pk: int, problem: str = "") -> HttpResponse:
    if not request.htmx:  # type: ignore[attr-defined]  # HtmxMiddleware adds it
        if problem:
            messages.error(request, problem)
        return HttpResponseRedirect(reverse("word_reading", args=[pk]))
    context = context_of(request, own_reading(request, pk), problem=problem, saved_at=timezone.now())
    return render(request, "interviews/reading_desk.html#desk", context, status=422 if problem else 200)


@require_POST
@specialists_only
def word_reading_code(request: ProgramRequest, pk: int) -> HttpResponse:
    reading = own_reading(request, pk)
    form = PassageForm(request.POST, words=reading.verbatim.text)
    if not form.is_valid():
        return answered(request, pk, errors_of(form))
    said = form.cleaned_data
    try:
        second.read_code(reading=reading, about=said["about"], start=said["start"], end=said["end"])
    except ValidationError as refusal:
        return answered(request, pk, " ".join(refusal.messages))
    return answered(request, pk)


@require_POST
@specialists_only
def word_reading_uncode(request: ProgramRequest, pk: int) -> HttpResponse:
    code = get_object_or_404(ReadCode.objects.filter(is_first=False).select_related("reading"), pk=pk)
    reading = own_reading(request, code.reading_id)
    try:
        second.unread_code(code=code)
    except ValidationError as refusal:
        return answered(request, reading.pk, " ".join(refusal.messages))
    return answered(request, reading.pk)


@require_POST
@specialists_only
def word_reading_finish(request: ProgramRequest, pk: int) -> HttpResponse:
    """Close this reading and go on with the next one."""
    reading = own_reading(request, pk)
    try:
        done = second.finish_reading(reading=reading, now=timezone.now())
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return redirect("word_reading", pk)
    is_same = done.state == SecondReading.State.AGREED
    messages.success(request, _("Both found the same.") if is_same else _("You differ. It waits to be decided."))
    following = next(iter(my_open_readings(request.access.user_id or 0)), None)
    return redirect("word_reading", following.pk) if following else redirect("word_reading_list")


@require_POST
@specialists_only
def word_reading_resolve(request: ProgramRequest, pk: int) -> HttpResponse:
    """Decide which reading stands; who is still to read these words blind does not decide."""
    reading = get_object_or_404(SecondReading.objects.exclude(state=SecondReading.State.OPEN), pk=pk)
    form = ResolveForm(request.POST)
    if not form.is_valid():
        messages.error(request, errors_of(form))
    else:
        try:
            second.resolve_reading(
                reading=reading, resolved_by_name=str(request.user)[:LONGEST_NAME], now=timezone.now(),
                **form.cleaned_data,
            )  # fmt: skip
        except ValidationError as refusal:
            messages.error(request, " ".join(refusal.messages))
        else:
            messages.success(request, _("Decided. From now on this is the coding."))
    return HttpResponseRedirect(f"{reverse('word_list')}?pile=disagree&v={reading.verbatim_id}")
