"""Small pages about a metric's chart: new limits, and notes. Who keeps the metric may write them."""

from datetime import date

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from functions.access import ProgramRequest, metric_keepers_only, person
from functions.selectors import program_day
from metrics import chart_services
from metrics.chart_forms import ChartNoteForm, ChartPhaseForm, TakeBackForm
from metrics.models import ChartNote, ChartPhase
from metrics.views import crumbs_of, form_page, kept_metric_or_404
from web.forms import add_errors
from web.saving import METHODS


@require_http_methods(METHODS)
@metric_keepers_only
def chart_phase_create(request: ProgramRequest, pk: int) -> HttpResponse:
    metric, now = kept_metric_or_404(request, pk), timezone.now()
    form = ChartPhaseForm(request.POST or None)
    if form.is_valid():
        try:
            chart_services.name_phase(
                metric=metric, **form.cleaned_data, named_by=person(request), today=program_day(now), now=now
            )
        except ValidationError as refusal:
            add_errors(form, refusal)
        else:
            messages.success(request, _("The chart has new limits. The old ones stay beside them; no score changes."))
            return redirect("metric_detail", metric.pk)
    return form_page(
        request,
        form,
        question=metric.name,
        heading=_("Since when is this another process?"),
        about=_("Limits hold until somebody says why they should not. Signals of before stay on the chart."),
        crumbs=crumbs_of(metric),
        submit=_("Name the new limits"),
        cancel_url=reverse("metric_detail", args=[metric.pk]),
    )


@require_http_methods(METHODS)
@metric_keepers_only
def chart_phase_take_back(request: ProgramRequest, pk: int) -> HttpResponse:
    phase = phase_or_404(request, pk)
    form = TakeBackForm(request.POST or None)
    if form.is_valid():
        try:
            chart_services.take_back_phase(phase=phase, **form.cleaned_data, by=person(request), now=timezone.now())
        except ValidationError as refusal:
            add_errors(form, refusal)
        else:
            messages.success(request, _("Taken back. Who named these limits, when and why stays on the page."))
            return redirect("metric_detail", phase.metric_id)
    return form_page(
        request,
        form,
        question=phase.metric.name,
        heading=_("Take back the limits from %(day)s?") % {"day": phase.begins_on.isoformat()},
        about=_("The limits of before hold on. They were named because: %(reason)s") % {"reason": phase.reason},
        crumbs=crumbs_of(phase.metric),
        submit=_("Take them back"),
        cancel_url=reverse("metric_detail", args=[phase.metric_id]),
    )


@require_http_methods(METHODS)
@metric_keepers_only
def chart_note_create(request: ProgramRequest, pk: int) -> HttpResponse:
    metric, now = kept_metric_or_404(request, pk), timezone.now()
    form = ChartNoteForm(request.POST or None, initial={"begins_on": day_in(request.GET.get("on", ""))})
    if form.is_valid():
        try:
            chart_services.write_note(
                metric=metric, **form.cleaned_data, written_by=person(request), today=program_day(now), now=now
            )
        except ValidationError as refusal:
            add_errors(form, refusal)
        else:
            messages.success(request, _("Noted on the chart."))
            return redirect("metric_detail", metric.pk)
    return form_page(
        request,
        form,
        question=metric.name,
        heading=_("What was behind it?"),
        crumbs=crumbs_of(metric),
        submit=_("Note it"),
        cancel_url=reverse("metric_detail", args=[metric.pk]),
    )


@require_http_methods(METHODS)
@metric_keepers_only
def chart_note_update(request: ProgramRequest, pk: int) -> HttpResponse:
    note = note_or_404(request, pk)
    initial = {name: getattr(note, name) for name in ("begins_on", "ends_on", "text")}
    form = ChartNoteForm(request.POST or None, initial=initial)
    if form.is_valid():
        try:
            chart_services.change_note(note=note, changes=form.cleaned_data, today=program_day(timezone.now()))
        except ValidationError as refusal:
            add_errors(form, refusal)
        else:
            messages.success(request, _("Saved. What the note said before is in the history of the metric."))
            return redirect("metric_detail", note.metric_id)
    return form_page(
        request,
        form,
        question=note.metric.name,
        heading=_("Change the note"),
        crumbs=crumbs_of(note.metric),
        cancel_url=reverse("metric_detail", args=[note.metric_id]),
        end_url=reverse("chart_note_delete", args=[pk]),
        end_label=_("Take it off the chart"),
    )


@require_http_methods(METHODS)
@metric_keepers_only
def chart_note_delete(request: ProgramRequest, pk: int) -> HttpResponse:
    note = note_or_404(request, pk)
    if request.method == "POST":
        chart_services.delete_note(note=note)
        messages.success(request, _("The note is off the chart. The history of the metric keeps it."))
        return redirect("metric_detail", note.metric_id)
    return render(
        request,
        "components/confirm_page.html",
        {
            "question": note.metric.name,
            "heading": _("Take this note off the chart?"),
            "crumbs": crumbs_of(note.metric),
            "losses": [note.text, _("The history of the metric keeps it.")],
            "submit": _("Take it off"),
            "cancel_url": reverse("metric_detail", args=[note.metric_id]),
        },
    )


def phase_or_404(request: ProgramRequest, pk: int) -> ChartPhase:
    """Return a phase that holds, of a metric that this person keeps."""
    phase = ChartPhase.objects.select_related("metric__function").filter(pk=pk, taken_back_at=None).first()
    if phase is None or not request.access.keeps_metrics_of(phase.metric.function_id):
        raise Http404
    return phase


def note_or_404(request: ProgramRequest, pk: int) -> ChartNote:
    note = ChartNote.objects.select_related("metric__function").filter(pk=pk).first()
    if note is None or not request.access.keeps_metrics_of(note.metric.function_id):
        raise Http404
    return note


def day_in(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
