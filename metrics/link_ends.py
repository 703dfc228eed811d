"""What the two ends of a link said when somebody last looked at it, beside what they say now."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from metrics.models import Metric, MetricLink
from requirements_catalog.models import Requirement, ScaleVersion

METRIC_PARTS = (
    "definition", "kind", "unit", "direction", "percentile", "opportunities_per_unit", "formula", "steps",
    "counts_from", "breakdown", "window_months",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that an end says; empty texts where it said nothing."""

    what: str
    then: str
    now: str

    @property
    def is_other(self) -> bool:
        return self.then != self.now


@dataclass(frozen=True, slots=True)
class End:
    """A requirement or a metric of a link; `then`, `now`: its versions."""

    noun: str
    name: str
    then: int
    now: int
    parts: tuple[Part, ...]


def ends_of(link: MetricLink) -> tuple[End, End]:
    """Return both ends as they were and as they are (up to 4 queries); what did not change says the same twice."""
    requirement, metric = link.requirement, link.metric
    return (
        End(
            _("Requirement"),
            requirement.reference,
            link.requirement_version,
            requirement.version,
            _requirement_parts(_at_version(requirement, link.requirement_version), requirement),
        ),
        End(
            _("Metric"),
            metric.name,
            link.metric_version,
            metric.version,
            _metric_parts(_at_version(metric, link.metric_version), metric),
        ),
    )


def _at_version(record: Requirement | Metric, version: int) -> Any:
    """Return the newest entry of the history with this version, the record itself where there is none."""
    if record.version == version:
        return record
    history: Any = type(record).history
    return history.filter(id=record.pk, version=version).order_by("-history_date", "-history_id").first() or record


def _requirement_parts(then: Any, now: Requirement) -> tuple[Part, ...]:
    scales = ScaleVersion.objects.in_bulk({then.current_scale_id, now.current_scale_id} - {None})
    return (
        Part(_("Statement"), then.statement, now.statement),
        Part(_("Scale"), _scale(scales.get(then.current_scale_id)), _scale(scales.get(now.current_scale_id))),
    )


def _scale(scale: ScaleVersion | None) -> str:
    return f"{scale.get_unit_display()}, {scale.get_direction_display()}" if scale else _("none")


def _metric_parts(then: Any, now: Metric) -> tuple[Part, ...]:
    parts = (Part(_label(name), _shown(then, name), _shown(now, name)) for name in METRIC_PARTS)
    return tuple(part for part in parts if part.then or part.now)


def _label(name: str) -> str:
    field: Any = Metric._meta.get_field(name)  # noqa: SLF001
    return str(field.verbose_name).capitalize()


def _shown(record: Any, name: str) -> str:
    field: Any = Metric._meta.get_field(name)  # noqa: SLF001
    value = getattr(record, name)
    return "" if value in (None, "") else str(dict(field.flatchoices).get(value, value))
