"""Small pages about a metric's chart: new limits, and notes. Who keeps the metric may write them."""

from datetime import date
from typing import Any

from django.http import Http404, HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from functions.access import ProgramRequest, metric_keepers_only, person
from functions.selectors import program_day
from metrics import chart_services
from metrics.chart_forms import ChartNoteForm, ChartPhaseForm, TakeBackForm
from metrics.models import ChartNote, ChartPhase, Metric
from metrics.views import crumbs_of, kept_metric_or_404
from web.saving import METHODS, answer_confirmation, answer_form, posted


@require_http_methods(METHODS)
@metric_keepers_only
def chart_phase_create(request: ProgramRequest, pk: int) -> HttpResponseBase:
    metric, now = kept_metric_or_404(request, pk), timezone.now()
    return answer_form(
        request,
        ChartPhaseForm(posted(request)),
        lambda data: chart_services.name_phase(
            metric=metric, **data, named_by=person(request), today=program_day(now), now=now
        ),
        said=lambda _made: _("The chart has new limits. The old ones stay beside them; no score changes."),
        heading=_("Since when is this another process?"),
        about=_("Limits hold until somebody says why they should not. Signals of before stay on the chart."),
        submit=_("Name the new limits"),
        **page_about(metric),
    )


@require_http_methods(METHODS)
@metric_keepers_only
def chart_phase_take_back(request: ProgramRequest, pk: int) -> HttpResponseBase:
    phase = phase_or_404(request, pk)
    return answer_form(
        request,
        TakeBackForm(posted(request)),
        lambda data: chart_services.take_back_phase(phase=phase, **data, by=person(request), now=timezone.now()),
        said=lambda _taken: _("Taken back. Who named these limits, when and why stays on the page."),
        heading=_("Take back the limits from %(day)s?") % {"day": phase.begins_on.isoformat()},
        about=_("The limits of before hold on. They were named because: %(reason)s") % {"reason": phase.reason},
        submit=_("Take them back"),
        **page_about(phase.metric),
    )


@require_http_methods(METHODS)
@metric_keepers_only
def chart_note_create(request: ProgramRequest, pk: int) -> HttpResponseBase:
    metric, now = kept_metric_or_404(request, pk), timezone.now()
    return answer_form(
        request,
        ChartNoteForm(posted(request), initial={"begins_on": day_in(request.GET.get("on", ""))}),
        lambda data: chart_services.write_note(
            metric=metric, **data, written_by=person(request), today=program_day(now), now=now
        ),
        said=lambda _made: _("Noted on the chart."),
        heading=_("What was behind it?"),
        submit=_("Note it"),
        **page_about(metric),
    )


@require_http_methods(METHODS)
@metric_keepers_only
def chart_note_update(request: ProgramRequest, pk: int) -> HttpResponseBase:
    note = note_or_404(request, pk)
    initial = {name: getattr(note, name) for name in ("begins_on", "ends_on", "text")}
    return answer_form(
        request,
        ChartNoteForm(posted(request), initial=initial),
        lambda data: chart_services.change_note(note=note, changes=data, today=program_day(timezone.now())),
        said=lambda _saved: _("Saved. What the note said before is in the history of the metric."),
        heading=_("Change the note"),
        end_url=reverse("chart_note_delete", args=[pk]),
        end_label=_("Take it off the chart"),
        **page_about(note.metric),
    )


@require_http_methods(METHODS)
@metric_keepers_only
def chart_note_delete(request: ProgramRequest, pk: int) -> HttpResponseBase:
    note = note_or_404(request, pk)
    page = page_about(note.metric)
    return answer_confirmation(
        request,
        lambda: chart_services.delete_note(note=note),
        said=_("The note is off the chart. The history of the metric keeps it."),
        heading=_("Take this note off the chart?"),
        losses=[note.text, _("The history of the metric keeps it.")],
        submit=_("Take it off"),
        **page | {"then": page["cancel_url"]},
    )


def page_about(metric: Metric) -> dict[str, Any]:
    """Return what each of these pages says of its metric, to which it goes back."""
    address = reverse("metric_detail", args=[metric.pk])
    return {
        "question": metric.name, "crumbs": crumbs_of(metric), "cancel_url": address, "then": lambda _record: address,
    }  # fmt: skip


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
