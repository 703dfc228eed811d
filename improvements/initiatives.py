"""Keeping initiatives, what they are expected to change, and what they need or exclude: the only writers."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from functions.models import Function
from functions.selectors import Access
from functions.services import lock_program
from improvements.initiative_models import (
    GOING,
    MOST_MONEY,
    Initiative,
    InitiativeEffect,
    InitiativeExclusion,
    InitiativeNeed,
)
from improvements.reading_off import check_may_expect
from interviews.coding import LONGEST_NAME
from metrics.levels import whole_levels
from metrics.models import Metric
from metrics.wording import level_words_of
from web.changes import apply_changes
from web.fields import to_units

State = Initiative.State
COSTS = ("cost_fixed", "cost_yearly", "people_days")
FIELDS = ("name", "function", "purpose", *COSTS, "duration_months", "starts_on", "internal_reason", "owner", "state")
LEVELS = ("low", "likely", "high")
# What a share can be at most, in its units.
MOST = {"share": Decimal(1), "percent": Decimal(100), "per_million": Decimal(1_000_000)}
NEVER_NEGATIVE = {*MOST, "minutes", "hours", "days", "working_days", "count"}


# ---- Initiatives


@transaction.atomic
def propose_initiative(
    *,
    function: Function,
    created_by: User | None,
    created_by_name: str,
    now: datetime,
    needs: Collection[Initiative] = (),
    excludes: Collection[Initiative] = (),
    **said: Any,
) -> Initiative:
    """Keep an initiative. What of its cost is not said is unknown, not 0.

    Raises ValidationError by field: for a negative cost, a second one of the same name, and needs that go in a circle.
    """
    lock_program()
    made = Initiative(
        function=function, created_by=created_by, created_by_name=created_by_name[:LONGEST_NAME], created_at=now
    )
    apply_changes(made, said, allowed=FIELDS)
    _check(made)
    made.save()
    _keep_needs(made, needs)
    _keep_exclusions(made, excludes)
    _check_possible(made, "excludes")
    return made


@transaction.atomic
def change_initiative(*, initiative: Initiative, changes: Mapping[str, Any]) -> Initiative:
    """Change what is said of an initiative; raises ValidationError as propose_initiative does.

    Its state follows a decision: by hand it becomes running or done only after one for it. Taken back
    from done, the day since which it was in force goes.
    """
    lock_program()
    locked = Initiative.objects.select_for_update(of=("self",)).get(pk=initiative.pk)
    before = locked.state
    plain = {name: value for name, value in changes.items() if name not in {"needs", "excludes"}}
    apply_changes(locked, plain, allowed=FIELDS)
    if locked.state != before:
        _check_state(locked, before)
    if locked.state != State.DONE:
        # It is not in force any more, or never was: nothing of it came true.
        locked.delivered_on = None
    _check(locked)
    locked.save()
    if "needs" in changes:
        _keep_needs(locked, changes["needs"])
    if "excludes" in changes:
        _keep_exclusions(locked, changes["excludes"])
    if {"needs", "excludes"} & changes.keys():
        _check_possible(locked, "excludes" if "excludes" in changes else "needs")
    return locked


@transaction.atomic
def remove_initiative(*, initiative: Initiative) -> None:
    """Take back an initiative that nobody decided about and that no other one needs."""
    lock_program()
    locked = Initiative.objects.select_for_update(of=("self",)).get(pk=initiative.pk)
    if locked.decisions.exists():
        message = _("Somebody decided about it, so it stays. Decide against it instead.")
        raise ValidationError(message, code="decided")
    needed_by = locked.needed_by.select_related("initiative").first()
    if needed_by is not None:
        message = _("%(name)s needs it. Change that first.")
        raise ValidationError(message, code="needed", params={"name": needed_by.initiative.name})
    locked.delete()


def _check_state(initiative: Initiative, before: str) -> None:
    after = initiative.state
    if after == State.PROPOSED and initiative.decisions.exists():
        message = _("Somebody decided about it, and a decision stays. Record another one instead.")
        raise ValidationError({"state": ValidationError(message, code="decided")})
    if after in {State.DECIDED_FOR, State.DECIDED_AGAINST}:
        message = _("Whether it is done is decided, with a reason. Record a decision instead.")
        raise ValidationError({"state": ValidationError(message, code="undecided")})
    if after in GOING and before not in {State.DECIDED_FOR, *GOING}:
        message = _("Nobody decided for it yet. Record the decision first.")
        raise ValidationError({"state": ValidationError(message, code="undecided")})


def _check(initiative: Initiative) -> None:
    initiative.name, initiative.purpose = " ".join(initiative.name.split()), initiative.purpose.strip()
    wrong: dict[str, ValidationError] = {}
    for name in COSTS:
        cost = getattr(initiative, name)
        if cost is not None and not 0 <= cost <= MOST_MONEY:
            message = _("A cost lies between 0 and %(most)s. Leave it empty where it is not known.")
            wrong[name] = ValidationError(message, code="cost", params={"most": f"{MOST_MONEY:,}"})
    if wrong:
        raise ValidationError(wrong)
    initiative.full_clean(exclude={"owner", "created_by", "function"})


# ---- What one needs or excludes


def _keep_needs(initiative: Initiative, needed: Collection[Initiative]) -> None:
    _check_no_circle(initiative, needed)
    initiative.needs.exclude(needed__in=needed).delete()
    there = set(initiative.needs.values_list("needed_id", flat=True))
    InitiativeNeed.objects.bulk_create(
        InitiativeNeed(initiative=initiative, needed=each) for each in needed if each.pk not in there
    )


def _check_no_circle(initiative: Initiative, needed: Collection[Initiative]) -> None:
    """Raise ValidationError where something needed needs this one, through others too, and name the circle."""
    needs: dict[int, list[int]] = {}
    for one, other in InitiativeNeed.objects.exclude(initiative=initiative).values_list("initiative_id", "needed_id"):
        needs.setdefault(one, []).append(other)
    for each in needed:
        way = _way(needs, each.pk, initiative.pk)
        if way:
            names = dict(Initiative.objects.filter(pk__in=way).values_list("pk", "name"))
            circle = " → ".join(names[pk] for pk in (initiative.pk, *way))
            message = _("These would wait for each other: %(circle)s. Take one of these needs out.")
            error = ValidationError(message, code="circle", params={"circle": circle})
            raise ValidationError({"needs": error})


def _way(needs: Mapping[int, Sequence[int]], start: int, end: int) -> list[int]:
    """Return the initiatives on a way from one to another, both included; nothing where there is none."""
    ways, seen = [[start]], {start}
    while ways:
        way = ways.pop()
        if way[-1] == end:
            return way
        fresh = [each for each in needs.get(way[-1], ()) if each not in seen]
        seen.update(fresh)
        ways += [[*way, each] for each in fresh]
    return []


def _keep_exclusions(initiative: Initiative, excluded: Collection[Initiative]) -> None:
    if any(each.pk == initiative.pk for each in excluded):
        raise ValidationError({"excludes": ValidationError(_("It cannot exclude itself."), code="itself")})
    pairs = {tuple(sorted((initiative.pk, each.pk))) for each in excluded}
    for row in exclusions_of(initiative):
        if (row.one_id, row.other_id) in pairs:
            pairs.discard((row.one_id, row.other_id))
        else:
            row.delete()
    InitiativeExclusion.objects.bulk_create(InitiativeExclusion(one_id=one, other_id=other) for one, other in pairs)


def _check_possible(initiative: Initiative, field: str) -> None:
    """Raise ValidationError where this one, or one that needs it, needs two that exclude each other, or one that it
    excludes itself: it could never be done."""
    needs: dict[int, set[int]] = {}
    for one, other in InitiativeNeed.objects.values_list("initiative_id", "needed_id"):
        needs.setdefault(one, set()).add(other)
    pairs = list(InitiativeExclusion.objects.order_by("one", "other").values_list("one_id", "other_id"))
    for pk in sorted({initiative.pk, *needs}):
        together = _together(needs, pk)
        both = next((pair for pair in pairs if together.issuperset(pair)), None)
        if initiative.pk in together and both is not None:
            raise ValidationError({field: _never_done(pk, both)})


def _together(needs: Mapping[int, Collection[int]], start: int) -> set[int]:
    """Return an initiative with all that it needs, through others too."""
    found, left = {start}, [start]
    while left:
        fresh = set(needs.get(left.pop(), ())) - found
        found |= fresh
        left += fresh
    return found


def _never_done(pk: int, both: tuple[int, int]) -> ValidationError:
    names = dict(Initiative.objects.filter(pk__in={pk, *both}).values_list("pk", "name"))
    needed = " and ".join(names[each] for each in both if each != pk)
    words = {"name": names[pk], "needed": needed}
    message = (
        _("%(name)s needs %(needed)s, so the two cannot exclude each other. Take one of these out.")
        if pk in both
        else _("%(name)s needs %(needed)s, so these two cannot exclude each other. Take one of these out.")
    )
    return ValidationError(message, code="both", params=words)


def exclusions_of(initiative: Initiative) -> list[InitiativeExclusion]:
    either = InitiativeExclusion.objects.filter(one=initiative) | InitiativeExclusion.objects.filter(other=initiative)
    return list(either.order_by("pk"))


# ---- What one is expected to change


@transaction.atomic
def state_effect(
    *,
    initiative: Initiative,
    metric: Metric,
    today: date,
    access: Access | None = None,
    by: User | None = None,
    **said: Any,
) -> InitiativeEffect:
    """Keep which level of a metric an initiative is expected to lead to; access: of whoever says so, None for all.
    by: whose estimate it is.

    Raises ValidationError where that person would read off what too few customers need, and by field for a metric
    without a level, levels out of order or out of range, and a likely level that is worse than today's unless that is
    confirmed.
    """
    check_may_expect(metric, access)
    effect = InitiativeEffect(initiative=initiative, metric=metric, stated_by=by)
    apply_changes(effect, said, allowed=(*LEVELS, "worse_is_meant"))
    _check_effect(effect, today)
    effect.full_clean(exclude={"initiative", "metric"})
    effect.save()
    return effect


@transaction.atomic
def change_effect(
    *,
    effect: InitiativeEffect,
    changes: Mapping[str, Any],
    today: date,
    access: Access | None = None,
    by: User | None = None,
) -> InitiativeEffect:
    """Change an expected level, which is an estimate of whoever changed it then; raises ValidationError as state_effect
    does."""
    locked = InitiativeEffect.objects.select_for_update(of=("self",)).select_related("metric").get(pk=effect.pk)
    check_may_expect(locked.metric, access)
    before = [getattr(locked, name) for name in LEVELS]
    apply_changes(locked, changes, allowed=(*LEVELS, "worse_is_meant"))
    if [getattr(locked, name) for name in LEVELS] != before:
        locked.stated_by = by
    _check_effect(locked, today)
    locked.full_clean(exclude={"initiative", "metric"})
    locked.save()
    return locked


@transaction.atomic
def remove_effect(*, effect: InitiativeEffect) -> None:
    """Take back that an initiative changes a metric."""
    InitiativeEffect.objects.filter(pk=effect.pk).delete()


def level_today(metric: Metric, today: date) -> Fraction | None:
    """Return the level of a metric over all parts (3 queries); None: nothing was measured."""
    whole = whole_levels(metrics=[metric], as_of=today).get(metric.pk) if metric.is_active else None
    return whole.level.value if whole else None


def is_better(metric: Metric, one: Fraction, other: Fraction) -> bool:
    return one < other if metric.direction == "lower" else one > other


def _check_effect(effect: InitiativeEffect, today: date) -> None:
    metric = effect.metric
    for name in LEVELS:
        check_range(metric, name, getattr(effect, name))
    now = level_today(metric, today)
    if now is None:
        message = _("%(name)s has no level yet, so an expected one compares with nothing. Enter a measurement first.")
        raise ValidationError({"metric": ValidationError(message, code="no_level", params={"name": metric.name})})
    low, likely, high = (Fraction(getattr(effect, name)) for name in LEVELS)
    if is_better(metric, low, likely) or is_better(metric, likely, high):
        message = (
            _("Lower is better here: the level if it does little is the highest, if all goes well the lowest.")
            if metric.direction == "lower"
            else _("Higher is better here: the level if it does little is the lowest, if all goes well the highest.")
        )
        raise ValidationError({"likely": ValidationError(message, code="order")})
    if is_better(metric, now, likely) and not effect.worse_is_meant:
        message = _("Today it is %(now)s, so %(likely)s is worse. Correct the level, or say that this is meant.")
        words = {"now": level_words_of(metric, now), "likely": level_words_of(metric, likely)}
        raise ValidationError({"worse_is_meant": ValidationError(message, code="worse", params=words)})


def check_range(metric: Metric, name: str, level: Decimal) -> None:
    """Raise ValidationError under the name for a level that a metric of this unit cannot have."""
    try:
        # First: as a fraction, a number of a million digits would take for ever.
        to_units(level)
    except ValidationError as error:
        raise ValidationError({name: error}) from None
    most = MOST.get(metric.unit)
    if (metric.unit in NEVER_NEGATIVE and level < 0) or (most is not None and level > most):
        message = _("A level in %(unit)s cannot be %(level)s.")
        words = {"unit": metric.get_unit_display(), "level": str(level)[:40]}
        raise ValidationError({name: ValidationError(message, code="out_of_range", params=words)})


def active_functions_of(function_ids: Collection[int] | None) -> Any:
    """Return the functions that an initiative can be of: all that are active, or those of these."""
    rows = Function.objects.filter(is_active=True)
    return rows if function_ids is None else rows.filter(pk__in=function_ids)
