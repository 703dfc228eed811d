"""The items of a push or an import: what would become of each, before anything is stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from enum import StrEnum
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from metrics.figures import LONGEST_ID, VALUES, Errors, Figures, counts_of, errors_in, opportunities_of
from metrics.models import Measurement, Metric
from metrics.storing import revisions_by_id

FIGURE_NAMES = tuple(each.name for each in fields(Figures))
SAME_FIGURES = ("metric_id", "period_start", "period_end", "part", *VALUES, "opportunities")


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasurementRow:
    """One item of a push or an import: figures of a metric, under an id that the sender gives."""

    metric_id: int
    external_id: str
    figures: Figures


class Outcome(StrEnum):
    CREATED = "created"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    ERROR = "error"
    HELD_BACK = "held back"  # right in itself, but another item of the same call was refused


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one item; `errors` by field, `measurement_id` of what is stored now."""

    outcome: Outcome
    measurement_id: int | None = None
    errors: Errors = field(default_factory=dict)


def measurement_columns(figures: Figures, metric: Metric) -> dict[str, Any]:
    # Not dataclasses.asdict: its deep copies cost a third of a push of 5,000.
    columns = {name: getattr(figures, name) for name in FIGURE_NAMES}
    counts = counts_of(figures, metric) if figures.counts else ""
    return columns | {"kind": metric.kind, "opportunities": opportunities_of(figures, metric), "counts": counts}


def check_items(
    items: Sequence[MeasurementRow], metrics: Mapping[int, Metric], source: str, today: date
) -> list[Result]:
    """Return what would become of each item, by the figures alone and by what is stored."""
    known = revisions_by_id(source=source, external_ids=[item.external_id for item in items])
    seen: dict[str, MeasurementRow] = {}
    results = []
    for item in items:
        errors = errors_in_item(item, metrics.get(item.metric_id), today)
        if errors:
            results.append(Result(Outcome.ERROR, errors=errors))
        elif item.external_id in known:
            results.append(compare(item, known[item.external_id], metrics))
        elif item.external_id in seen:
            results.append(compare_in_call(item, seen[item.external_id]))
        else:
            seen[item.external_id] = item
            results.append(Result(Outcome.CREATED))
    return results


def errors_in_item(item: MeasurementRow, metric: Metric | None, today: date) -> Errors:
    if metric is None:
        message = _("There is no metric %(id)s.")
        return {"metric": ValidationError(message, code="metric", params={"id": item.metric_id})}
    if not metric.is_active:
        return {"metric": inactive_error(metric)}
    errors = errors_in(item.figures, metric, today)
    if not 0 < len(item.external_id) <= LONGEST_ID:
        errors["external_id"] = ValidationError(_("Give each item an id of 1 to 80 characters."), code="external_id")
    return errors


def inactive_error(metric: Metric) -> ValidationError:
    message = _("The metric '%(name)s' is no longer active. Activate it first.")
    return ValidationError(message, code="inactive", params={"name": metric.name})


def figures_of(item: MeasurementRow, metric: Metric) -> tuple[Any, ...]:
    columns = {"metric_id": item.metric_id, **measurement_columns(item.figures, metric)}
    return tuple(columns[name] for name in SAME_FIGURES)


def compare(item: MeasurementRow, revisions: Sequence[Measurement], metrics: Mapping[int, Metric]) -> Result:
    """Compare with what is stored: a repeat of any revision is a duplicate, so a correction outlives a resend."""
    current = next(revision for revision in revisions if revision.is_current)
    figures = figures_of(item, metrics[item.metric_id])
    if any(figures == tuple(getattr(revision, name) for name in SAME_FIGURES) for revision in revisions):
        return Result(Outcome.DUPLICATE, current.pk)
    return Result(Outcome.CONFLICT, current.pk, {"external_id": other_figures_error(item.external_id)})


def compare_in_call(item: MeasurementRow, first: MeasurementRow) -> Result:
    if item == first:
        return Result(Outcome.DUPLICATE)
    return Result(Outcome.CONFLICT, errors={"external_id": other_figures_error(item.external_id)})


def other_figures_error(external_id: str) -> ValidationError:
    return ValidationError(
        _("The id '%(id)s' came before with other figures. Correct that measurement, or give this one its own id."),
        code="other_figures",
        params={"id": external_id},
    )


def hold_back(results: Sequence[Result]) -> list[Result]:
    return [Result(Outcome.HELD_BACK) if each.outcome is Outcome.CREATED else each for each in results]
