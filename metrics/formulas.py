"""What the formula of a derived metric may be: names that there are, units that fit, nothing that goes in a circle."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from metrics.models import Kind, Metric, MetricInput
from scoring.formulas import DEEPEST, FUNCTIONS, LONGEST, MOST_NAMES, Fault, Formula, FormulaError, check_units
from scoring.formulas import read_formula as read
from web.mappings import hint

DEEPEST_CHAIN = 5  # derived from derived from derived ...
# What may change of a metric without a look at the formulas that name it.
CHANGES_NO_FORMULA = frozenset(("name", "function", "target", "note", "cadence_days", "grace_days"))
FAULTS = {
    Fault.EMPTY: _("A derived metric needs its formula, such as late / delivered."),
    Fault.TOO_LONG: _("A formula has at most %(longest)s characters. Part it into two derived metrics."),
    Fault.TOO_DEEP: _("Its brackets are nested deeper than %(deepest)s. Part it into two derived metrics."),
    Fault.TOO_MANY_NAMES: _("It names more than %(names)s metrics. Part it into two derived metrics."),
    Fault.NO_NAME: _("It names no other metric. Write at least one short name, such as late / delivered."),
    Fault.CHARACTER: _(
        "'%(what)s' means nothing here. A formula has short names, numbers with a point, + - * / ( ), min and max."
    ),
    Fault.UNEXPECTED: _("'%(what)s' cannot stand where it stands. Look for a missing sign or bracket before it."),
    Fault.UNITS: _("Its parts do not fit: %(what)s and %(other)s can be neither added nor compared."),
    Fault.RESULT_UNIT: _("Its result is of %(what)s, the unit of this metric is of %(other)s."),
}
ENDS_EARLY = _("The formula ends too early. Look for a missing name or bracket.")


def read_formula(text: str) -> Formula:
    """Read a formula; raises ValidationError in the words of a page."""
    try:
        return read(text)
    except FormulaError as error:
        raise said(error) from None


def said(error: FormulaError) -> ValidationError:
    message = ENDS_EARLY if error.fault is Fault.UNEXPECTED and not error.what else FAULTS[error.fault]
    params = {
        "what": error.what, "other": error.other, "longest": LONGEST, "deepest": DEEPEST, "names": MOST_NAMES,
    }  # fmt: skip
    return ValidationError(message, code=error.fault.value, params=params)


def inputs_for(metric: Metric) -> list[Metric]:
    """Return the metrics that a formula names, in its order; raises ValidationError under 'formula'."""
    try:
        formula = read_formula(metric.formula)
        named = {each.short_name: each for each in Metric.objects.filter(short_name__in=formula.names).order_by("pk")}
        check_names(metric, formula, named)
        inputs = [named[name] for name in formula.names]
        check_circle(metric, inputs)
        check_units_of(metric, formula, named)
    except ValidationError as error:
        raise ValidationError({"formula": error}) from None
    return inputs


def check_names(metric: Metric, formula: Formula, named: Mapping[str, Metric]) -> None:
    for name in formula.names:
        if name == metric.short_name:
            message = _("It names itself, %(name)s. A metric cannot be worked out from itself.")
            raise ValidationError(message, code="circle", params={"name": name})
        if name not in named:
            known = Metric.objects.exclude(short_name="").order_by("short_name").values_list("short_name", flat=True)
            message = _("No metric has the short name '%(name)s'.%(hint)s Give it one on its page first.")
            params = {"name": name, "hint": hint(name, known)}
            raise ValidationError(message, code="unknown_name", params=params)
        if not named[name].is_active:
            message = _("%(name)s is no longer active. Take it up again, or leave it out.")
            raise ValidationError(message, code="inactive", params={"name": name})


def check_circle(metric: Metric, inputs: Sequence[Metric]) -> None:
    """Walk down what the inputs are worked out from: the metric itself may not come up, and it ends soon."""
    of: defaultdict[int, list[tuple[int, str]]] = defaultdict(list)
    rows = MetricInput.objects.exclude(metric=metric.pk)
    for upper, lower, name in rows.order_by("pk").values_list("metric_id", "input_id", "input__short_name"):
        of[upper].append((lower, name))
    ways = [(each.pk, [metric.short_name or metric.name, each.short_name]) for each in inputs]
    while ways:
        below = []
        for at, names in ways:
            if at == metric.pk:
                message = _("It goes in a circle: %(way)s.")
                raise ValidationError(message, code="circle", params={"way": " \u2192 ".join(names)})
            if len(names) > DEEPEST_CHAIN + 1:
                message = _("It is derived over more than %(deepest)s steps: %(way)s. Name the first metrics instead.")
                params = {"deepest": DEEPEST_CHAIN, "way": " \u2192 ".join(names)}
                raise ValidationError(message, code="too_deep", params=params)
            below += [(lower, [*names, name]) for lower, name in of[at]]
        # Ways that meet again are walked once: what lies below is the same.
        ways = list({at: (at, names) for at, names in below}.values())


def check_units_of(metric: Metric, formula: Formula, named: Mapping[str, Metric]) -> None:
    try:
        check_units(formula, {name: named[name].unit for name in formula.names}, metric.unit)
    except FormulaError as error:
        raise said(error) from None


def bring_inputs(metric: Metric, *, formula_follows: bool) -> None:
    """Check the formula of a stored metric and keep what it is worked out from; raises ValidationError.

    `formula_follows`: it may be empty as yet.
    """
    waits = formula_follows and not metric.formula
    inputs = inputs_for(metric) if metric.kind == Kind.DERIVED and not waits else []
    wanted = {each.pk for each in inputs}
    metric.inputs.exclude(input__in=wanted).delete()
    there = set(metric.inputs.values_list("input_id", flat=True))
    MetricInput.objects.bulk_create(MetricInput(metric=metric, input_id=each) for each in sorted(wanted - there))


def locked_metric(metric: Metric, changes: Mapping[str, Any]) -> Metric:
    """Lock a metric that is to be changed and return it as it is stored.

    Where its meaning changes, what it names and every derived metric are locked with it, in the order of their keys:
    two changes at once can neither close a circle nor wait for each other.
    """
    wanted = Q(pk=metric.pk)
    if changes.keys() - CHANGES_NO_FORMULA:
        names = stored_names(changes.get("formula", metric.formula))
        wanted |= Q(kind=Kind.DERIVED) | Q(short_name__in=names)
    # Measurements of them may come in meanwhile: their keys stay. What measurements rely on waits for those, below.
    rows = Metric.objects.select_for_update(no_key=True).filter(wanted).order_by("pk")
    return next(each for each in rows if each.pk == metric.pk)


def wait_for_measurements(metric: Metric) -> None:
    """Wait until whoever stores measurements of a locked metric is done, and let nobody begin.

    Comes after all other locks on metrics, and on the one row only that no other change can hold: whoever waits here
    holds nothing that a measurement waits for.
    """
    Metric.objects.select_for_update().get(pk=metric.pk)


def stored_names(text: str) -> tuple[str, ...]:
    try:
        return read(text).names
    except FormulaError:
        return ()


# ---- What is worked out from a metric


def users_of(metric: Metric) -> list[Metric]:
    """Return the metrics that are worked out from this one, through others too, nearest first."""
    found: dict[int, Metric] = {}
    nearest = [metric.pk]
    while nearest:
        rows = Metric.objects.filter(inputs__input__in=nearest).exclude(pk__in=[*found, metric.pk]).order_by("pk")
        found |= {each.pk: each for each in rows}
        nearest = [each.pk for each in rows]
    return list(found.values())


def check_users(metric: Metric, changed: Mapping[str, Any]) -> None:
    """Check what formulas that name a metric need of it; raises ValidationError by field."""
    if not changed.keys() & {"short_name", "is_active", "unit"}:
        return
    users = [use.metric for use in metric.uses.select_related("metric").order_by("pk")]
    active = [each for each in users if each.is_active]
    if users and "short_name" in changed:
        message = _("The formula of '%(name)s' has this short name. Change that formula first.")
        raise ValidationError({"short_name": ValidationError(message, code="in_use", params={"name": users[0].name})})
    if active and not metric.is_active:
        message = _("'%(name)s' is worked out from it. Change that formula, or end that metric first.")
        raise ValidationError({"is_active": ValidationError(message, code="in_use", params={"name": active[0].name})})
    if "unit" in changed:
        for each in users:
            check_still_fits(metric, each)


def check_still_fits(metric: Metric, user: Metric) -> None:
    named = {use.input.short_name: use.input for use in user.inputs.select_related("input")}
    named[metric.short_name] = metric
    try:
        check_units_of(user, read_formula(user.formula), named)
    except ValidationError as error:
        message = _("The formula of '%(name)s' no longer fits: %(why)s")
        params = {"name": user.name, "why": " ".join(error.messages)}
        raise ValidationError({"unit": ValidationError(message, code="unit", params=params)}) from None


def new_versions(metric: Metric) -> None:
    """Count up the versions of what is worked out from a metric that means something else now."""
    for each in users_of(metric):
        each.version += 1
        each.save()


def check_derived(metric: Metric) -> None:
    """Check what goes with a formula and with a short name, field by field."""
    errors = {}
    if metric.short_name in FUNCTIONS:
        errors["short_name"] = ValidationError(_("min and max are signs of formulas. Choose another."), code="taken")
    elif metric.short_name and Metric.objects.filter(short_name=metric.short_name).exclude(pk=metric.pk).exists():
        errors["short_name"] = ValidationError(_("Another metric has this short name."), code="unique")
    if metric.kind != Kind.DERIVED and metric.formula:
        errors["formula"] = ValidationError(_("Only a derived metric has a formula. Leave it empty."), code="kind")
    if metric.kind == Kind.DERIVED and metric.breakdown:
        errors["breakdown"] = ValidationError(_("A derived metric is not broken down. Leave it empty."), code="kind")
    if errors:
        raise ValidationError(errors)
