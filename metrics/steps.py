"""Steps: the chain that units go through in a yield, and the words of a scale."""

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from metrics.models import LONGEST_STEP, Kind, Metric

FEWEST_STEPS, MOST_STEPS = 2, 20
WITH_STEPS = frozenset({Kind.YIELD, Kind.ORDINAL})


def check_steps(metric: Metric) -> None:
    """Check steps and the one from which a worded scale counts; raises ValidationError by field."""
    if error := _error_in_steps(metric):
        raise ValidationError({"steps": error})
    if error := _error_in_start(metric):
        raise ValidationError({"counts_from": error})


def _error_in_steps(metric: Metric) -> ValidationError | None:
    names = metric.step_names
    if metric.kind not in WITH_STEPS:
        message = _("Only a yield and a worded scale have steps. Leave it empty.")
        return ValidationError(message, code="kind") if metric.steps else None
    if metric.kind == Kind.YIELD and not names:
        return None
    if metric.kind == Kind.YIELD and metric.breakdown:
        return ValidationError(_("A yield over steps is not broken down as well."), code="breakdown")
    return _error_in_names(names)


def _error_in_names(names: Sequence[str]) -> ValidationError | None:
    if not FEWEST_STEPS <= len(names) <= MOST_STEPS:
        message = _("Write 2 to 20 steps, parted by commas, such as none, partly, fully.")
        return ValidationError(message, code="steps")
    if any(len(name) > LONGEST_STEP or "/" in name for name in names):
        return ValidationError(_("A step has at most 20 characters and no '/'."), code="too_long")
    if len({name.casefold() for name in names}) < len(names):
        return ValidationError(_("Two steps have the same name."), code="unique")
    return None


def _error_in_start(metric: Metric) -> ValidationError | None:
    if metric.kind != Kind.ORDINAL:
        message = _("Only a worded scale counts from a step. Leave it empty.")
        return ValidationError(message, code="kind") if metric.counts_from else None
    if metric.counts_from not in metric.step_names[1:]:
        message = _("Name the step from which it counts, above the lowest: %(steps)s.")
        params = {"steps": ", ".join(metric.step_names[1:])}
        return ValidationError(message, code="step", params=params)
    return None
