from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from functions.access import ProgramRequest, metric_keepers_only, person, specialists_only
from functions.selectors import Access, program_day
from metrics import services
from metrics.bulk import BULK
from metrics.catalogue_file import METRICS as CATALOGUE
from metrics.forms import (
    MOVES,
    REACHES,
    CorrectionForm,
    LinkChangeForm,
    MeasurementForm,
    MetricFilter,
    MetricForm,
    MetricLinkForm,
)
from metrics.formulas import users_of
from metrics.health import with_health
from metrics.health_words import trust_word, why
from metrics.levels import whole_levels
from metrics.measured import MeasuredPart
from metrics.models import Kind, Measurement, Metric, MetricLink
from metrics.selectors import (
    MetricRow,
    links_of,
    metric_for,
    metric_rows,
    metrics_for,
    newest_measurements,
    with_levels,
)
from metrics.starters import starters
from metrics.wording import level_in_words
from requirements_catalog.models import Product, Requirement
from web.catalogue import all_said, file_columns
from web.choices import in_words
from web.fields import to_six_places
from web.forms import add_errors
from web.list_words import lies_in
from web.lists import Column, ListAsked, ListPlan
from web.saving import METHODS

SOURCE = "page"
LAST_SHOWN = 8

# ---- The list


def level_value(row: MetricRow) -> Decimal | None:
    return None if row.measured is None else shortened(row.measured.level.value)


def shortened(value: Fraction | None) -> Decimal | None:
    """Return an exact level to six places, as a page and a file show it."""
    return None if value is None else to_six_places(value)


def end_of(name: str) -> Any:
    return lambda row: None if row.measured is None else shortened(getattr(row.measured.level, name))


KIND_IN_WORDS, UNIT_IN_WORDS = in_words("kind"), in_words("unit")
NAME = Column("name", gettext_lazy("Metric"), value=lambda row: row.metric.name)
FUNCTION = Column("function", gettext_lazy("Function"), value=lambda row: row.metric.function.name, hide_narrow=True)
KIND = Column("kind", gettext_lazy("Kind"), value=lambda row: KIND_IN_WORDS(row.metric), hide_narrow=True)
LEVEL = Column("level", gettext_lazy("Measured level"), value=level_value, sortable=False, numeric=True)
TARGET = Column(
    "target",
    gettext_lazy("Target"),
    value=lambda row: row.metric.target,
    sort_by=lambda row: None if row.metric.target is None else (UNIT_IN_WORDS(row.metric), row.metric.target),
    numeric=True,
    hide_narrow=True,
)
NEWEST = Column("newest_on", gettext_lazy("Newest"), numeric=True, hide_narrow=True)
CADENCE = Column("cadence", gettext_lazy("State"), value=lambda row: str(row.cadence))
SERVES = Column("serves", gettext_lazy("Serves"), numeric=True, hide_narrow=True)
# How far it can be trusted: from the newest measurements, so of the rows of a page only.
TRUST = Column(
    "trust", gettext_lazy("Trust"), value=lambda row: trust_word(row.health), sortable=False, hide_narrow=True
)
# Whether it moves, and whether it reaches customers: the page that draws the list fills it in, for the rows of a page.
MARKS = Column("marks", gettext_lazy("Moves, reaches"), sortable=False, hide_narrow=True)
# What the page writes under the level and the date has columns of its own in the file.
BESIDE_THE_LEVEL = (
    Column("lo", gettext_lazy("from"), value=end_of("lo"), sortable=False),
    Column("hi", gettext_lazy("to"), value=end_of("hi"), sortable=False),
    Column("unit", gettext_lazy("Unit"), value=lambda row: UNIT_IN_WORDS(row.metric), sortable=False),
    Column("n", gettext_lazy("n"), value=lambda row: row.measured and row.measured.level.n, sortable=False),
)
BESIDE_THE_MARKS = (
    Column("moves", gettext_lazy("Moves"), value=lambda row: MOVES.get(row.moves, ""), sortable=False),
    Column("reaches", gettext_lazy("Reaches"), value=lambda row: REACHES.get(row.reaches, ""), sortable=False),
)
TRUSTED_WHY = Column("trust_why", gettext_lazy("Why"), value=lambda row: why(row.health), sortable=False)
AGE = Column("age_days", gettext_lazy("Age"), numeric=True)
# The file can be changed and brought back, so it goes on with all that a metric is.
OF_THE_FILE = (
    NAME, FUNCTION, KIND, LEVEL, *BESIDE_THE_LEVEL, *BESIDE_THE_MARKS, TARGET, NEWEST, AGE, CADENCE, TRUST, TRUSTED_WHY,
    SERVES,
)  # fmt: skip

METRICS = ListPlan(
    name="metrics",
    columns=(NAME, FUNCTION, KIND, LEVEL, MARKS, TARGET, NEWEST, CADENCE, TRUST, SERVES),
    in_file=(*OF_THE_FILE, *file_columns(CATALOGUE, leave_out={column.key for column in OF_THE_FILE})),
    sort="name",
    filters=MetricFilter,
    search=("name", "definition"),
    bulk=BULK,
)


def rows_asked_for(asked: ListAsked, access: Access, *, today: date) -> list[MetricRow]:
    rows = metric_rows(asked.narrowed(metrics_for(access)), today=today)
    kept = [row for row in rows if passes(row, asked)]
    trust = asked.value_of("trust")
    if not trust:
        return kept
    # Every one of them has to be looked at before it is known which are shown.
    return [row for row in with_health(kept, today=today) if row.health and row.health.trust == trust]


def in_full(rows: list[MetricRow], *, today: date) -> list[MetricRow]:
    """Return the rows with their levels, how far they can be trusted and all that a metric is, as a file has them."""
    said = all_said(CATALOGUE)
    full = with_levels(with_health(rows, today=today), today=today)
    return [replace(row, said=said.get(row.pk, {})) for row in full]


def passes(row: MetricRow, asked: ListAsked) -> bool:
    cadence, days, serves = (asked.value_of(name) for name in ("cadence", "newest_on", "serves"))
    fits = {
        None: True, "level": row.measures > 0, "some": row.serves > 0, "none": row.serves == 0,
    }  # fmt: skip
    return cadence in {None, row.cadence} and lies_in(days, row.newest_on) and fits[serves]


def counts_of(rows: list[MetricRow]) -> dict[str, int]:
    return {
        "old": sum(row.cadence == "old" and row.metric.is_active for row in rows),
        "never": sum(row.cadence == "never" and row.metric.is_active for row in rows),
    }


# ---- Metrics


@require_http_methods(METHODS)
@specialists_only
def metric_create(request: ProgramRequest) -> HttpResponse:
    starter = starters().get(request.GET.get("starter", ""))
    form = MetricForm(request.POST or None, initial=starter.initial() if starter else None)
    if form.is_valid():
        try:
            metric = services.create_metric(**values_of(form))
        except ValidationError as refusal:
            add_errors(form, refusal)
        else:
            messages.success(request, _("The metric is there. Say next which requirement it serves."))
            return redirect("metric_detail", metric.pk)
    return form_page(
        request,
        form,
        question=_("Measure"),
        heading=_("New metric"),
        about=_("What a function measures, so that the circle can compare it with what customers require."),
        submit=_("Add the metric"),
        cancel_url=reverse("metric_list"),
    )


def values_of(form: MetricForm) -> dict[str, Any]:
    """Return what was typed; an empty choice is no part, an empty number none."""
    return form.cleaned_data


@require_http_methods(METHODS)
@specialists_only
def metric_update(request: ProgramRequest, pk: int) -> HttpResponse:
    metric = metric_or_404(request, pk)
    form = MetricForm.of(metric, request.POST or None)
    if form.is_valid():
        try:
            services.update_metric(metric=metric, changes=values_of(form))
        except ValidationError as refusal:
            add_errors(form, refusal)
        else:
            messages.success(request, _("Saved.") + " " + what_follows(metric))
            return redirect("metric_detail", metric.pk)
    return form_page(
        request,
        form,
        question=metric.name,
        heading=_("Change the metric"),
        crumbs=crumbs_of(metric),
        cancel_url=reverse("metric_detail", args=[metric.pk]),
    )


@require_http_methods(METHODS)
@specialists_only
def metric_deactivate(request: ProgramRequest, pk: int) -> HttpResponse:
    """End a metric, or take it up again; its measurements stay either way."""
    metric = metric_or_404(request, pk)
    if request.method == "POST":
        services.update_metric(metric=metric, changes={"is_active": not metric.is_active})
        said = _("The metric is no longer active.") if metric.is_active else _("The metric is active again.")
        messages.success(request, said + " " + what_follows(metric))
        return redirect("metric_detail", metric.pk)
    measuring = [link for link in links_of(metric) if link.role == MetricLink.Role.MEASURES]
    return render(
        request,
        "components/confirm_page.html",
        {
            "question": metric.name,
            "heading": _("End this metric?") if metric.is_active else _("Take this metric up again?"),
            "crumbs": crumbs_of(metric),
            "losses": list(losses_of(metric, measuring)),
            "submit": _("End the metric") if metric.is_active else _("Take it up again"),
            "cancel_url": reverse("metric_detail", args=[metric.pk]),
        },
    )


def losses_of(metric: Metric, measuring: list[MetricLink]) -> list[str]:
    if not metric.is_active:
        return [_("Measurements can be entered again, and its levels count in the scores.")]
    kept = [_("Its measurements stay; nothing is deleted. You can take it up again.")]
    lost = [
        _("%(requirement)s loses its measured level for %(product)s and is scored on what customers feel alone.")
        % {"requirement": link.requirement, "product": link.product}
        for link in measuring
    ]
    return lost + kept


# ---- Links


@require_http_methods(METHODS)
@specialists_only
def metric_link_create(request: ProgramRequest, pk: int) -> HttpResponse:
    metric = metric_or_404(request, pk)
    form = MetricLinkForm(request.POST or None)
    if form.is_valid():
        requirement, product = form.cleaned_data["serves"]
        try:
            services.link_metric(
                metric=metric,
                requirement=Requirement.objects.select_related("current_scale").get(pk=requirement),
                product=Product.objects.get(pk=product),
                role=form.cleaned_data["role"],
                strength=form.cleaned_data["strength"],
            )
        except ValidationError as refusal:
            add_errors(form, at_serves(refusal))
        else:
            messages.success(request, _("Linked.") + " " + what_follows(metric))
            return redirect("metric_detail", metric.pk)
    return form_page(
        request,
        form,
        question=metric.name,
        heading=_("Which requirement does it serve?"),
        about=_("At most one metric measures the level of a requirement for a product; the others support it."),
        crumbs=crumbs_of(metric),
        submit=_("Link"),
        cancel_url=reverse("metric_detail", args=[metric.pk]),
    )


def at_serves(refusal: ValidationError) -> ValidationError:
    """Move what is wrong with requirement, product or metric to the one field that asks for the pair."""
    if not hasattr(refusal, "error_dict"):
        return refusal
    moved: dict[str, list[ValidationError]] = {}
    for name, errors in refusal.error_dict.items():
        moved.setdefault("serves" if name in {"requirement", "product", "metric"} else name, []).extend(errors)
    return ValidationError(moved)


@require_http_methods(METHODS)
@specialists_only
def metric_link_update(request: ProgramRequest, pk: int) -> HttpResponse:
    link = link_or_404(pk)
    form = LinkChangeForm(request.POST or None, initial={"role": link.role, "strength": link.strength})
    if form.is_valid():
        try:
            services.change_link(link=link, **form.cleaned_data)
        except ValidationError as refusal:
            add_errors(form, refusal)
        else:
            messages.success(request, _("Saved.") + " " + what_follows(link.metric))
            return redirect("metric_detail", link.metric_id)
    return form_page(
        request,
        form,
        question=link.metric.name,
        heading=_("How does it serve %(requirement)s for %(product)s?")
        % {"requirement": link.requirement, "product": link.product},
        crumbs=crumbs_of(link.metric),
        cancel_url=reverse("metric_detail", args=[link.metric_id]),
        end_url=reverse("metric_link_delete", args=[pk]),
        end_label=_("End the link"),
    )


@require_http_methods(METHODS)
@specialists_only
def metric_link_delete(request: ProgramRequest, pk: int) -> HttpResponse:
    link = link_or_404(pk)
    if request.method == "POST":
        services.unlink_metric(link=link)
        messages.success(request, _("The link has ended. One requirement will be scored anew."))
        return redirect("metric_detail", link.metric_id)
    is_measuring = link.role == MetricLink.Role.MEASURES
    lost = _("%(requirement)s loses its measured level for %(product)s and is scored on what customers feel alone.")
    return render(
        request,
        "components/confirm_page.html",
        {
            "question": link.metric.name,
            "heading": _("End the link to %(requirement)s?") % {"requirement": link.requirement},
            "crumbs": crumbs_of(link.metric),
            "losses": [
                *([lost % {"requirement": link.requirement, "product": link.product}] if is_measuring else []),
                _("The metric keeps its measurements."),
            ],
            "submit": _("End the link"),
            "cancel_url": reverse("metric_detail", args=[link.metric_id]),
        },
    )


# ---- Measurements


@require_http_methods(METHODS)
@metric_keepers_only
def measurement_create(request: ProgramRequest, pk: int) -> HttpResponse:
    metric = kept_metric_or_404(request, pk)
    today = program_day(timezone.now())
    form = MeasurementForm(metric, request.POST or None)
    if form.is_valid():
        before = level_on(metric, today)
        try:
            services.record_measurement(
                metric=metric,
                figures=form.figures(),
                source=SOURCE,
                external_id=form.cleaned_data["entry"],
                today=today,
                entered_by=person(request),
            )
        except ValidationError as refusal:
            add_errors(form, refusal)
        else:
            messages.success(request, what_changed(metric, before, level_on(metric, today)))
            return back_to(request, metric)
    return form_page(
        request,
        form,
        template="metrics/measurement_form.html",
        question=metric.name,
        heading=_("Enter a measurement"),
        about=metric.definition,
        crumbs=crumbs_of(metric),
        submit=_("Record"),
        cancel_url=reverse("metric_detail", args=[metric.pk]),
        last=newest_measurements(metric, most=LAST_SHOWN),
        metric=metric,
    )


def back_to(request: ProgramRequest, metric: Metric) -> HttpResponseRedirect:
    """Return to the form if more are to be entered, else to the metric."""
    name = "measurement_create" if "another" in request.POST else "metric_detail"
    return HttpResponseRedirect(reverse(name, args=[metric.pk]))


@require_http_methods(METHODS)
@metric_keepers_only
def measurement_correct(request: ProgramRequest, pk: int) -> HttpResponse:
    measurement = measurement_or_404(request, pk)
    metric, today = measurement.metric, program_day(timezone.now())
    form = CorrectionForm.of(measurement, request.POST or None)
    if form.is_valid():
        before = level_on(metric, today)
        try:
            services.correct_measurement(
                measurement=measurement,
                figures=form.figures(),
                reason=form.cleaned_data["reason"],
                today=today,
                entered_by=person(request),
            )
        except ValidationError as refusal:
            add_errors(form, refusal)
        else:
            messages.success(request, what_changed(metric, before, level_on(metric, today)))
            return redirect("metric_detail", metric.pk)
    return form_page(
        request,
        form,
        template="metrics/measurement_form.html",
        question=metric.name,
        heading=_("Correct the measurement of %(day)s") % {"day": measurement.period_end.isoformat()},
        about=_("The old figures stay and are marked as corrected."),
        crumbs=crumbs_of(metric),
        submit=_("Correct"),
        cancel_url=reverse("metric_detail", args=[metric.pk]),
        metric=metric,
        corrected=measurement,
    )


def level_on(metric: Metric, day: date) -> MeasuredPart | None:
    return whole_levels(metrics=[metric], as_of=day).get(metric.pk)


def what_changed(metric: Metric, before: MeasuredPart | None, after: MeasuredPart | None) -> str:
    """Say what a measurement did to the level, and what follows from it."""
    if after is None:
        return _("Recorded.")
    level, unit = level_in_words(after.level.value), metric.get_unit_display()
    if before is None:
        said = _("Recorded. The measured level is %(level)s %(unit)s (n %(n)s).")
    elif before.level.value == after.level.value:
        said = _("Recorded. The measured level stays at %(level)s %(unit)s (n %(n)s).")
    else:
        said = _("Recorded. The measured level moved from %(before)s to %(level)s %(unit)s (n %(n)s).")
    old = "" if before is None else level_in_words(before.level.value)
    return said % {"level": level, "unit": unit, "n": after.level.n, "before": old} + " " + what_follows(metric)


def what_follows(metric: Metric) -> str:
    resting = [metric.pk, *(each.pk for each in users_of(metric))]
    levels = MetricLink.objects.filter(metric__in=resting, role=MetricLink.Role.MEASURES)
    count = levels.order_by().values("requirement").distinct().count()
    if not count:
        return _("It measures no requirement's level, so no score changes.")
    said = ngettext("%(count)d requirement will be scored anew.", "%(count)d requirements will be scored anew.", count)
    return said % {"count": count}


# ---- Doors and pages


def metric_or_404(request: ProgramRequest, pk: int) -> Metric:
    metric = metric_for(request.access, pk)
    if metric is None:
        raise Http404
    return metric


def kept_metric_or_404(request: ProgramRequest, pk: int) -> Metric:
    """Return a metric whose measurements this person enters: of the own function, a specialist any, none derived."""
    metric = metric_or_404(request, pk)
    if metric.kind == Kind.DERIVED or not request.access.keeps_metrics_of(metric.function_id):
        raise Http404
    return metric


def measurement_or_404(request: ProgramRequest, pk: int) -> Measurement:
    """Return a current measurement; one that was corrected is corrected by its newest revision."""
    measurement = Measurement.objects.select_related("metric__function").filter(pk=pk, is_current=True).first()
    if measurement is None or not request.access.keeps_metrics_of(measurement.metric.function_id):
        raise Http404
    return measurement


def link_or_404(pk: int) -> MetricLink:
    link = MetricLink.objects.select_related("metric", "requirement", "product").filter(pk=pk).first()
    if link is None:
        raise Http404
    return link


def crumbs_of(metric: Metric) -> list[tuple[str, str]]:
    return [(_("Metrics"), reverse("metric_list")), (metric.name, reverse("metric_detail", args=[metric.pk]))]


def form_page(
    request: ProgramRequest, form: Any, *, template: str = "components/form_page.html", **words: Any
) -> HttpResponse:
    """Show a form; one that was refused comes back as 422 with what was typed."""
    context: Mapping[str, Any] = {"form": form, **words}
    return render(request, template, context, status=422 if form.errors else 200)
