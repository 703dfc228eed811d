from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from functions.models import Function
from jobs.services import mark_days, mark_metric, mark_requirement
from metrics.figures import Errors, Figures, counts_of, errors_in, opportunities_of
from metrics.formulas import (
    bring_inputs,
    check_derived,
    check_users,
    locked_metric,
    new_versions,
    wait_for_measurements,
)
from metrics.items import (
    SAME_FIGURES,
    MeasurementRow,
    Outcome,
    Result,
    check_items,
    compare,
    hold_back,
    inactive_error,
    measurement_columns,
)
from metrics.models import Kind, Measurement, Metric, MetricLink
from metrics.steps import check_steps
from metrics.storing import WHAT_MEASUREMENTS_FIX, NewMeasurement, hold_meaning, insert_new, revisions_by_id
from requirements_catalog.models import Product, Requirement
from scoring.units import unit_of
from web.fields import to_units

LONGEST_REASON = 300

# ---- Measurements


@transaction.atomic
def record_measurement(
    *,
    metric: Metric,
    figures: Figures,
    source: str,
    today: date,
    external_id: str = "",
    entered_by: User | None = None,
) -> Measurement:
    """Store one observation; raises ValidationError by field, also for an external id that was used already."""
    if external_id:
        row = MeasurementRow(metric_id=metric.pk, external_id=external_id, figures=figures)
        (result,) = record_measurements(rows=[row], source=source, entered_by=entered_by, today=today)
        if result.errors or result.measurement_id is None:
            raise ValidationError(dict(result.errors))
        return Measurement.objects.get(pk=result.measurement_id)
    hold_meaning([metric])
    if not metric.is_active:
        raise ValidationError({"metric": inactive_error(metric)})
    if errors := errors_in(figures, metric, today) | errors_in_source(source):
        raise ValidationError(dict(errors))
    measurement = Measurement.objects.create(
        metric=metric, source=source, entered_by=entered_by, **measurement_columns(figures, metric)
    )
    mark_days(days=[(metric.pk, measurement.period_end)])
    return measurement


def errors_in_source(source: str) -> Errors:
    if 0 < len(source) <= 40:
        return {}
    return {"source": ValidationError(_("Name the source in 1 to 40 characters."), code="source")}


@transaction.atomic
def record_measurements(
    *, rows: Iterable[MeasurementRow], source: str, today: date, entered_by: User | None = None
) -> list[Result]:
    """Store many observations, all or none, and say of each what became of it, in the order given.

    An item whose (source, external id) is stored with the same figures is a duplicate and changes nothing; with
    other figures it is a conflict. One error or conflict and nothing is stored: the rest is held back.
    """
    items = list(rows)
    metrics = Metric.objects.in_bulk({item.metric_id for item in items})
    results = store_measurements(items=items, metrics=metrics, source=source, today=today, entered_by=entered_by)
    mark_days(days=days_of_created(items, results))
    return results


def days_of_created(items: Sequence[MeasurementRow], results: Sequence[Result]) -> set[tuple[int, date]]:
    pairs = zip(items, results, strict=True)
    return {(item.metric_id, item.figures.period_end) for item, result in pairs if result.outcome is Outcome.CREATED}


@transaction.atomic
def store_measurements(
    *,
    items: Sequence[MeasurementRow],
    metrics: Mapping[int, Metric],
    source: str,
    today: date,
    entered_by: User | None = None,
) -> list[Result]:
    """Store many observations as `record_measurements` does, but leave it to the caller to mark their days.

    For an import of many batches in one transaction: a marker for each metric of each batch would outnumber them, and
    `metrics`, by id, are read once.
    """
    if errors := errors_in_source(source):
        raise ValidationError(dict(errors))
    hold_meaning([metrics[each] for each in {item.metric_id for item in items} if each in metrics])
    results = check_items(items, metrics, source, today)
    fresh = [index for index, result in enumerate(results) if result.outcome is Outcome.CREATED]
    if any(result.outcome in {Outcome.CONFLICT, Outcome.ERROR} for result in results):
        return hold_back(results)
    # In the order of their keys, so that two senders of the same ids wait for each other instead of deadlocking.
    fresh.sort(key=lambda index: items[index].external_id)
    lines = [storable(items[index], metrics) for index in fresh]
    stored = insert_new(lines, source=source, entered_by=entered_by.pk if entered_by else None)
    return settle(items, results, stored, source=source, metrics=metrics)


def storable(item: MeasurementRow, metrics: Mapping[int, Metric]) -> NewMeasurement:
    its, metric = item.figures, metrics[item.metric_id]
    value, exposure = (None if number is None else to_units(number) for number in (its.value, its.exposure))
    return NewMeasurement(
        item.metric_id, item.external_id, metric.kind, its.period_start, its.period_end, its.part, value,
        its.numerator, its.denominator, its.defects, its.units, opportunities_of(its, metric), its.events, exposure,
        counts_of(its, metric) if its.counts else "",
    )  # fmt: skip


def settle(
    items: Sequence[MeasurementRow],
    results: Sequence[Result],
    stored: Mapping[str, int],
    *,
    source: str,
    metrics: Mapping[int, Metric],
) -> list[Result]:
    """Fill in the ids; what somebody else stored between the look-up and the insert is compared with theirs."""
    late = [
        item.external_id
        for item, result in zip(items, results, strict=True)
        if result.outcome is Outcome.CREATED and item.external_id not in stored
    ]
    theirs = revisions_by_id(source=source, external_ids=late)
    settled = [
        compare(item, theirs[item.external_id], metrics)
        if item.external_id in theirs
        else replace(result, measurement_id=stored.get(item.external_id, result.measurement_id))
        for item, result in zip(items, results, strict=True)
    ]
    if any(result.outcome is Outcome.CONFLICT for result in settled):
        Measurement.objects.filter(pk__in=stored.values()).delete()
        return hold_back(settled)
    return settled


@transaction.atomic
def correct_measurement(
    *, measurement: Measurement, figures: Figures, reason: str, today: date, entered_by: User | None = None
) -> Measurement:
    """Put a new revision in place of a measurement; the old one stays and says what was believed before."""
    old = Measurement.objects.select_for_update(of=("self",)).select_related("metric").get(pk=measurement.pk)
    if not old.is_current:
        raise ValidationError(
            _("This measurement was corrected already. Correct its newest revision instead."), code="superseded"
        )
    errors = errors_in(figures, old.metric, today)
    errors |= errors_in_reason(reason.strip())
    columns = measurement_columns(figures, old.metric)
    if not errors and all(getattr(old, name) == columns[name] for name in SAME_FIGURES if name != "metric_id"):
        errors["reason"] = ValidationError(_("These are the figures that are stored already."), code="unchanged")
    if errors:
        raise ValidationError(dict(errors))
    old.is_current = False
    old.save(update_fields=["is_current"])
    new = Measurement.objects.create(
        metric=old.metric,
        source=old.source,
        external_id=old.external_id,
        supersedes=old,
        reason=reason.strip(),
        entered_by=entered_by,
        **columns,
    )
    mark_days(days=[(old.metric_id, old.period_end), (old.metric_id, new.period_end)])
    return new


def errors_in_reason(reason: str) -> Errors:
    if not reason:
        return {"reason": ValidationError(_("Say why the figures change."), code="required")}
    if len(reason) > LONGEST_REASON:
        message, params = _("Say it in at most %(longest)s characters."), {"longest": LONGEST_REASON}
        return {"reason": ValidationError(message, code="too_long", params=params)}
    return {}


# ---- Metrics

# Another one of these is another metric under the same name: its links become suspect.
WHAT_IT_MEASURES = frozenset(
    (
        "definition", "kind", "unit", "direction", "percentile", "opportunities_per_unit", "breakdown",
        "window_months", "formula", "steps", "counts_from",
    )
)  # fmt: skip
DIMENSIONS_OF = {
    Kind.PROPORTION: ("share",),
    Kind.DEFECTS: ("share",),
    Kind.DURATION: ("time", "working time"),
    Kind.COUNT_RATE: ("count",),
    Kind.YIELD: ("share",),
    Kind.ORDINAL: ("share",),
}


@transaction.atomic
def create_metric(
    *,
    name: str,
    function: Function,
    kind: str,
    unit: str,
    direction: str,
    formula_follows: bool = False,
    **others: Any,
) -> Metric:
    """Add a metric of a function; raises ValidationError by field.

    `formula_follows`: a derived one may wait for its formula, which names metrics that are still to come.
    """
    metric = Metric(name=name, function=function, kind=kind, unit=unit, direction=direction, **others)
    check_metric(metric)
    metric.save()
    bring_inputs(metric, formula_follows=formula_follows)
    return metric


@transaction.atomic
def update_metric(*, metric: Metric, changes: Mapping[str, Any]) -> Metric:
    """Change fields of a metric; the levels that it gives are worked out anew.

    Raises ValidationError for a kind, unit or breakdown that stored measurements rely on, and for a unit or
    direction that no longer fits a requirement whose level the metric measures.
    """
    locked = locked_metric(metric, changes)
    changed = {name: value for name, value in changes.items() if getattr(locked, name) != value}
    fixed = [name for name in WHAT_MEASUREMENTS_FIX if name in changed]
    if fixed:
        wait_for_measurements(locked)
        check_not_measured(locked, fixed)
    for name, value in changed.items():
        setattr(locked, name, value)
    check_metric(locked)
    check_users(locked, changed)
    if changed.keys() & {"formula", "kind", "unit", "short_name"} or changed.get("is_active"):
        # What waits for its formula may be changed meanwhile.
        bring_inputs(locked, formula_follows="formula" not in changed and "kind" not in changed)
    if changed.keys() & WHAT_IT_MEASURES:
        locked.version += 1
        new_versions(locked)
    for link in locked.links.select_related("requirement__current_scale"):
        check_link(locked, link.requirement, link.role)
    locked.save()
    mark_metric(metric_id=locked.pk)
    return locked


def check_not_measured(metric: Metric, fixed: Sequence[str]) -> None:
    if metric.measurements.exists():
        message = _("This metric has measurements that rely on it. Make a new metric instead.")
        raise ValidationError({name: ValidationError(message, code="has_measurements") for name in fixed})


def check_metric(metric: Metric) -> None:
    metric.clean_fields(exclude={"function"})
    check_extras_of_kind(metric)
    check_derived(metric)
    check_steps(metric)
    metric.validate_unique()
    metric.validate_constraints()
    dimensions = DIMENSIONS_OF.get(Kind(metric.kind))
    if dimensions and unit_of(metric.unit).dimension not in dimensions:
        message = _("The kind '%(kind)s' is measured in a unit of %(dimension)s.")
        params = {"kind": metric.get_kind_display(), "dimension": " / ".join(dimensions)}
        raise ValidationError({"unit": ValidationError(message, code="unit", params=params)})


def check_extras_of_kind(metric: Metric) -> None:
    """Check percentile and opportunities field by field; the constraints behind them cannot name a field."""
    errors = {}
    for name, kind in (("percentile", Kind.DURATION), ("opportunities_per_unit", Kind.DEFECTS)):
        is_given = getattr(metric, name) is not None
        if metric.kind == kind and not (is_given and getattr(metric, name) > 0):
            message = _("A metric of the kind '%(kind)s' needs this.")
        elif metric.kind != kind and is_given:
            message = _("Only a metric of the kind '%(kind)s' has this. Leave it empty.")
        else:
            continue
        errors[name] = ValidationError(message, code="kind", params={"kind": kind.label})
    if errors:
        raise ValidationError(errors)


# ---- Links


@transaction.atomic
def link_metric(
    *,
    metric: Metric,
    requirement: Requirement,
    product: Product,
    role: str = MetricLink.Role.SUPPORTS,
    strength: int = MetricLink.Strength.STRONG,
) -> MetricLink:
    """Say that a metric serves a requirement for one product.

    Raises ValidationError if the unit or direction does not fit, if the product is not the requirement's, if the link
    is there already, or if another metric measures the level.
    """
    check_takes_links(requirement)
    check_link(metric, requirement, role)
    check_product(requirement, product)
    link = MetricLink(metric=metric, requirement=requirement, product=product, role=role, strength=strength)
    note_versions(link)
    clean_link(link)
    link.save()
    mark_metric(metric_id=metric.pk)
    return link


@transaction.atomic
def change_link(*, link: MetricLink, role: str, strength: int, is_a_look: bool = True) -> MetricLink:
    """Change role and strength of a link; raises ValidationError as `link_metric` does.

    `is_a_look`: whoever changes it sees what both ends say, so that it is no longer suspect.
    """
    locked = MetricLink.objects.select_for_update().get(pk=link.pk)
    locked.role, locked.strength = role, strength
    if is_a_look:
        note_versions(locked)
    check_link(locked.metric, locked.requirement, role)
    clean_link(locked)
    locked.save()
    # A link that no longer measures takes its level away, which only the requirement's marker looks for.
    mark_metric(metric_id=locked.metric_id)
    mark_requirement(requirement_id=root_of(locked.requirement))
    return locked


@transaction.atomic
def affirm_link(*, link: MetricLink, requirement_version: int, metric_version: int) -> MetricLink:
    """Say that a metric still serves a requirement as both are now.

    Raises ValidationError where one of them has changed since it was read: then it is not known what was affirmed.
    """
    locked = MetricLink.objects.select_for_update(of=("self",)).select_related("metric", "requirement").get(pk=link.pk)
    if (locked.requirement.version, locked.metric.version) != (requirement_version, metric_version):
        message = _("It has changed once more since you opened the page. Read it again, then say whether they fit.")
        raise ValidationError(message, code="changed_again")
    note_versions(locked)
    locked.save()
    return locked


def note_versions(link: MetricLink) -> None:
    link.requirement_version, link.metric_version = link.requirement.version, link.metric.version


@transaction.atomic
def unlink_metric(*, link: MetricLink) -> None:
    """End a link; the metric keeps its measurements."""
    requirement = root_of(link.requirement)
    link.delete()
    mark_requirement(requirement_id=requirement)


def clean_link(link: MetricLink) -> None:
    """Check fields and constraints. Excluding the foreign keys from `full_clean` would skip the constraints on them."""
    link.clean_fields(exclude={"metric", "requirement", "product"})
    link.validate_constraints()


def check_takes_links(requirement: Requirement) -> None:
    if requirement.state == Requirement.State.RETIRED or requirement.merged_into_id:
        message = _("%(reference)s was retired or merged, so no metric can serve it.")
        params = {"reference": requirement.reference}
        raise ValidationError({"requirement": ValidationError(message, code="retired", params=params)})


def root_of(requirement: Requirement) -> int:
    return requirement.merged_into_id or requirement.pk


def check_link(metric: Metric, requirement: Requirement, role: str) -> None:
    """A metric serves a requirement in the same dimension; one that measures the level also in the same direction."""
    scale = requirement.current_scale
    if scale is None:
        if role == MetricLink.Role.MEASURES:
            message = _("%(reference)s has no scale, so no metric can measure its level. Give it a scale first.")
            params = {"reference": requirement.reference}
            raise ValidationError({"role": ValidationError(message, code="no_scale", params=params)})
        return
    if role != MetricLink.Role.MEASURES:
        return
    unit, other = unit_of(metric.unit), unit_of(scale.unit)
    if unit.dimension != other.dimension:
        message = _("The metric is in %(unit)s, the requirement in %(other)s: one cannot be converted to the other.")
        params = {"unit": unit.long, "other": other.long}
        raise ValidationError({"metric": ValidationError(message, code="unit", params=params)})
    if metric.direction != scale.direction:
        message = _("For the metric %(direction)s, for the requirement %(other)s: they must agree.")
        params = {"direction": metric.get_direction_display(), "other": scale.get_direction_display()}
        raise ValidationError({"metric": ValidationError(message, code="direction", params=params)})


def check_product(requirement: Requirement, product: Product) -> None:
    if not requirement.products.filter(pk=product.pk).exists():
        message = _("%(reference)s is not a requirement of %(product)s. Add the product to the requirement first.")
        params = {"reference": requirement.reference, "product": product.name}
        raise ValidationError({"product": ValidationError(message, code="product", params=params)})
