"""The pages of a source of measurements: naming it, trying it, letting it run, and what became of it."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from functions.access import ProgramRequest, person, specialists_only
from metrics import pull_services
from metrics.pull_forms import SourceForm
from metrics.pull_models import MeasurementSource
from metrics.pull_selectors import FAILS_OFTEN, newest_runs, sources_for
from metrics.views import crumbs_of, metric_or_404
from web.imports import sentences
from web.saving import METHODS, answer_confirmation, answer_form, posted

FIRST = {"every": "day", "hour": 5, "minute": 0}


@require_http_methods(METHODS)
@specialists_only
def source_create(request: ProgramRequest, pk: int) -> HttpResponseBase:
    metric = metric_or_404(request, pk)
    return answer_form(
        request,
        SourceForm(posted(request), initial=FIRST),
        lambda data: pull_services.create_source(metric=metric, made_by=person(request), **data),
        said=lambda _made: _("The source is there, and paused. Try it, then let it run."),
        then=address_of,
        question=metric.name,
        heading=_("Where are its measurements fetched from?"),
        about=_("An address that answers JSON or CSV is asked by itself. Nothing is asked before you let it run."),
        crumbs=crumbs_of(metric),
        submit=_("Add the source"),
        cancel_url=reverse("metric_detail", args=[pk]),
    )


@require_http_methods(METHODS)
@specialists_only
def source_update(request: ProgramRequest, pk: int) -> HttpResponseBase:
    source, now = source_or_404(request, pk), timezone.now()
    return answer_form(
        request,
        SourceForm.of(source, posted(request)),
        lambda data: pull_services.change_source(source=source, secret=data.pop("secret"), changes=data, now=now),
        said=lambda _saved: _("Saved. Try it before it runs the next time."),
        then=address_of,
        question=source.name,
        heading=_("Change the source"),
        crumbs=crumbs_to(source),
        cancel_url=address_of(source),
        end_url=reverse("source_delete", args=[pk]),
        end_label=_("Remove the source"),
    )


@require_http_methods(METHODS)
@specialists_only
def source_delete(request: ProgramRequest, pk: int) -> HttpResponseBase:
    source = source_or_404(request, pk)
    return answer_confirmation(
        request,
        lambda: pull_services.delete_source(source=source),
        said=_("The source is gone. Its measurements stay."),
        then=reverse("metric_detail", args=[source.metric_id]),
        question=source.name,
        heading=_("Remove this source?"),
        losses=[_("It is asked no more, and what became of its runs is lost."), _("Its measurements stay.")],
        crumbs=crumbs_to(source),
        submit=_("Remove it"),
        cancel_url=address_of(source),
    )


@require_safe
@specialists_only
def source_detail(request: ProgramRequest, pk: int) -> HttpResponseBase:
    return page_of(request, source_or_404(request, pk))


@require_POST
@specialists_only
def source_try(request: ProgramRequest, pk: int) -> HttpResponseBase:
    """Ask it and show what would become of its answer. By POST, because another machine is asked; nothing is stored."""
    source = source_or_404(request, pk)
    return page_of(request, source, tried=pull_services.try_source(source=source, now=timezone.now()))


def page_of(request: ProgramRequest, source: MeasurementSource, **more: Any) -> HttpResponseBase:
    context = {
        "source": source, "metric": source.metric, "runs": newest_runs(source), "now": timezone.now(),
        "fails_often": source.failures >= FAILS_OFTEN, "crumbs": crumbs_of(source.metric), **more,
    }  # fmt: skip
    return TemplateResponse(request, "metrics/source_detail.html", context)


@require_POST
@specialists_only
def source_run(request: ProgramRequest, pk: int) -> HttpResponse:
    source = source_or_404(request, pk)
    try:
        pull_services.ask_now(source=source, now=timezone.now())
    except ValidationError as error:
        # Somebody else, or its schedule, was quicker.
        messages.error(request, sentences(error))
    else:
        messages.success(request, _("It is being asked. Load this page again to see what became of it."))
    return redirect("source_detail", pk)


@require_POST
@specialists_only
def source_pause(request: ProgramRequest, pk: int) -> HttpResponse:
    pull_services.pause_source(source=source_or_404(request, pk))
    messages.success(request, _("Paused. It is asked no more until you let it run again."))
    return redirect("source_detail", pk)


@require_POST
@specialists_only
def source_resume(request: ProgramRequest, pk: int) -> HttpResponse:
    pull_services.resume_source(source=source_or_404(request, pk), now=timezone.now())
    messages.success(request, _("It runs from now on."))
    return redirect("source_detail", pk)


def source_or_404(request: ProgramRequest, pk: int) -> MeasurementSource:
    return get_object_or_404(sources_for(request.access), pk=pk)


def address_of(source: MeasurementSource) -> str:
    return reverse("source_detail", args=[source.pk])


def crumbs_to(source: MeasurementSource) -> list[tuple[Any, str]]:
    return [*crumbs_of(source.metric), (source.name, address_of(source))]
