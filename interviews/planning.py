"""The plan of a round: how many customers of each stratum are to be heard."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from interviews.models import STRATUM, Round, SamplingPlan, StratumTarget

Cell = tuple[str, str, str, str]
"""Lifecycle, industry, region, size band; ANY where strata are not divided by it."""


@dataclass(frozen=True, slots=True)
class NewTarget:
    """What a stratum is to give, with how many customers and how much weight the register has of it."""

    cell: Cell
    population: int
    weight: int
    target: int


@transaction.atomic
def plan_round(
    *,
    round: Round,  # noqa: A002  # the domain's word
    divided_by: Collection[str],
    method: str,
    exponent: Decimal,
    minimum: int,
    targets: Sequence[NewTarget],
    now: datetime,
) -> SamplingPlan:
    """Keep how many customers a round wants to hear in each stratum; an earlier plan of the round is replaced.

    Refused: a plan for the standing round, one that asks nobody, and a stratum with more interviews than customers.
    """
    _check(round, targets)
    plan, _is_new = SamplingPlan.objects.select_for_update().get_or_create(round=round, defaults={"changed_at": now})
    for name in STRATUM:
        setattr(plan, f"by_{name}", name in divided_by)
    plan.method, plan.exponent, plan.minimum, plan.changed_at = method, exponent, minimum, now
    plan.full_clean()
    plan.save()
    plan.targets.all().delete()
    StratumTarget.objects.bulk_create(
        StratumTarget(
            plan=plan,
            **dict(zip(STRATUM, each.cell, strict=True)),
            population=each.population,
            weight=each.weight,
            target=each.target,
        )
        for each in targets
    )
    return plan


def _check(wave: Round, targets: Sequence[NewTarget]) -> None:
    if wave.is_standing:
        message = _("The standing round is open to everybody at any time. Plan a round with a period instead.")
        raise ValidationError(message, code="standing")
    if not any(each.target for each in targets):
        raise ValidationError(_("A plan asks somebody. Give at least one stratum a target."), code="nobody")
    for each in targets:
        if each.target > each.population:
            message = _("%(stratum)s: there are %(customers)s customers, so at most as many interviews.")
            params = {"stratum": " × ".join(each.cell), "customers": each.population}
            raise ValidationError(message, code="too_many", params=params)


@transaction.atomic
def drop_plan(*, plan: SamplingPlan) -> None:
    """Forget a round's targets; its interviews stay."""
    plan.delete()
