"""Making and switching weight sets: who was heard is laid over who exists, and the factors follow."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NoReturn

import numpy as np
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from customers.models import Lifecycle, Stratum
from functions.services import lock_program
from interviews.models import STRATUM, Interview
from interviews.planning import Cell
from interviews.weight_models import StratumFactor, WeightSet
from jobs.services import mark_circle
from scoring.weighting import MOST_ROUNDS, design_effect, effective_n, rake
from web import sql
from web.choices import label_of

Method = WeightSet.Method
PLACES = 6
LEAST = Decimal("0.000001")
NAMED = 5  # strata without a voice that a refusal names


@dataclass(frozen=True, slots=True)
class HeardStratum:
    """Customers whose newest completed interview was given in this stratum."""

    stratum_id: int
    cell: Cell
    customers: int


@dataclass(frozen=True, slots=True)
class Unheard:
    """Where the register has customers and none was heard: values in the order of `names`."""

    names: tuple[str, ...]
    values: tuple[str, ...]
    customers: int


@dataclass(frozen=True, slots=True)
class Margin:
    """Customers of the register by the values of what divides them."""

    names: tuple[str, ...]
    sums: Mapping[tuple[str, ...], int]

    @classmethod
    def of(cls, names: tuple[str, ...], register: Mapping[Cell, int]) -> "Margin":
        sums: Counter[tuple[str, ...]] = Counter()
        for cell, customers in register.items():
            sums[_values(cell, names)] += customers
        return cls(names, sums)

    def values(self, stratum: HeardStratum) -> tuple[str, ...]:
        return _values(stratum.cell, self.names)

    def unheard(self, heard: Sequence[HeardStratum]) -> list[Unheard]:
        voices = {self.values(each) for each in heard}
        return [
            Unheard(self.names, values, customers)
            for values, customers in sorted(self.sums.items())
            if customers and values not in voices
        ]


def _values(cell: Sequence[str], names: Sequence[str]) -> tuple[str, ...]:
    return tuple(cell[STRATUM.index(name)] for name in names)


def weight_sets() -> QuerySet[WeightSet]:
    return WeightSet.objects.select_related("made_by")


def factors_of_sets(set_ids: Collection[int]) -> list[tuple[int, dict[str, object]]]:
    """Return (set, factor of one stratum) pairs in the order of strata (1 query)."""
    columns = (*(f"stratum__{name}" for name in STRATUM), "customers", "factor")
    rows = StratumFactor.objects.filter(weight_set__in=set_ids).order_by("weight_set", "stratum")
    names = (*STRATUM, "customers")
    return [
        (each, {**dict(zip(names, row, strict=True)), "factor": float(factor)})
        for each, *row, factor in rows.values_list("weight_set_id", *columns)
    ]


def heard_strata(*, as_of: date) -> list[HeardStratum]:
    """Count the customers heard up to a day, each in the stratum of its newest interview (1 query)."""
    rows = sql.fetch(
        "SELECT t.id, t.lifecycle, t.industry, t.region, t.size_band, COUNT(*) FROM ("
        "SELECT i.stratum_id, ROW_NUMBER() OVER (PARTITION BY COALESCE(c.merged_into_id, c.id) "
        "ORDER BY i.held_on DESC, i.id DESC) AS place FROM interviews_interview i "
        "JOIN customers_customer c ON c.id = i.customer_id WHERE i.state = %s AND i.held_on <= %s) n "
        "JOIN customers_stratum t ON t.id = n.stratum_id WHERE n.place = 1 AND t.lifecycle <> %s "
        "GROUP BY t.id, t.lifecycle, t.industry, t.region, t.size_band ORDER BY t.id",
        [Interview.State.COMPLETED.value, as_of, Lifecycle.INTERNAL.value],
    )
    return [HeardStratum(row[0], row[1:5], int(row[5])) for row in rows]


@transaction.atomic
def make_weight_set(
    *,
    title: str,
    method: str,
    divided_by: Collection[str],
    trim_at: Decimal | None,
    leave_unheard: bool,
    register: Mapping[Cell, int],
    as_of: date,
    now: datetime,
    by: User | None,
) -> WeightSet:
    """Work out the factors that let the customers heard stand for the register's, and keep them as a new version.

    `register` counts customers by full segment. Refused: nothing to divide by, nobody heard, a stratum of the register
    without a voice unless `leave_unheard`, and divisions that contradict each other.
    """
    names = tuple(name for name in STRATUM if name in divided_by)
    if not names:
        _refuse("divided_by", "nothing", _("Name at least one thing by which customers are divided."))
    lock_program()
    margins = [Margin.of(each, register) for each in ([names] if method == Method.CELLS else [(n,) for n in names])]
    heard = heard_strata(as_of=as_of)
    counted = _counted(heard, margins)
    unheard = [hole for margin in margins for hole in margin.unheard(counted)]
    if unheard and not leave_unheard:
        _refuse_holes(unheard)
    cut = trim_at if method == Method.MARGINS else None
    factors, trimmed = _factors(counted, margins, cut)
    each_customer = np.repeat([float(factor) for factor in factors], [stratum.customers for stratum in counted])
    made = WeightSet(
        version=(WeightSet.objects.aggregate(newest=Max("version"))["newest"] or 0) + 1,
        title=title,
        method=method,
        trim_at=cut,
        as_of=as_of,
        customers=len(each_customer),
        n_eff=effective_n(each_customer),
        design_effect=design_effect(each_customer),
        trimmed=trimmed,
        unheard=[{**dict(zip(hole.names, hole.values, strict=True)), "customers": hole.customers} for hole in unheard],
        outside=sum(each.customers for each in heard) - len(each_customer),
        made_at=now,
        made_by=by,
        **{f"by_{name}": True for name in names},
    )
    made.full_clean(exclude=["made_by"])
    made.save()
    StratumFactor.objects.bulk_create(
        StratumFactor(weight_set=made, stratum_id=stratum.stratum_id, customers=stratum.customers, factor=factor)
        for stratum, factor in zip(counted, factors, strict=True)
    )
    return made


def _counted(heard: Sequence[HeardStratum], margins: Sequence[Margin]) -> list[HeardStratum]:
    """Return the strata whose voices can stand for somebody: where the register has nobody any more, they keep 1."""
    counted = [each for each in heard if all(margin.sums.get(margin.values(each)) for margin in margins)]
    if not counted:
        message = _("Nobody was heard yet in a stratum of the register. Complete interviews first.")
        _refuse("divided_by", "nobody_heard", message)
    return counted


def _factors(
    heard: Sequence[HeardStratum], margins: Sequence[Margin], trim_at: Decimal | None
) -> tuple[list[Decimal], int]:
    """Return a factor for each stratum heard, 1 on average over customers, and how many customers' were cut."""
    sizes = [each.customers for each in heard]
    first = np.cumsum([0, *sizes[:-1]])
    asked = []
    for margin in margins:
        values = [margin.values(each) for each in heard]
        places = {each: place for place, each in enumerate(sorted(set(values)))}
        totals = np.array([float(margin.sums[each]) for each in places])
        codes = np.repeat(np.array([places[each] for each in values]), sizes)
        # Where nobody was heard, nobody is spoken for: all divisions share out the same customers, those heard.
        asked.append((codes, totals * (len(codes) / totals.sum())))
    raked = rake(np.ones(sum(sizes)), asked, trim_at=None if trim_at is None else float(trim_at))
    if not raked.is_converged:
        message = _("After %(rounds)s rounds the divisions still contradict each other. Divide by less.")
        _refuse("divided_by", "contradiction", message, rounds=MOST_ROUNDS)
    each_stratum = raked.weights[first] * (len(raked.weights) / raked.weights.sum())
    return [max(LEAST, Decimal(f"{factor:.{PLACES}f}")) for factor in each_stratum], raked.trimmed


def value_words(name: str, value: str) -> str:
    """Return a value of a stratum as people read it."""
    return label_of(Stratum, name, value) if value else str(_("not known"))


def _refuse(field: str, code: str, message: Any, **params: object) -> NoReturn:
    raise ValidationError({field: ValidationError(message, code=code, params=params)})


def _refuse_holes(unheard: Sequence[Unheard]) -> NoReturn:
    largest = sorted(unheard, key=lambda hole: -hole.customers)[:NAMED]
    message = _(
        "Nobody was heard in %(count)s strata of the register (largest: %(named)s). Hear them first, divide by less, "
        "or say that they stay without a voice."
    )
    named = "; ".join(
        " × ".join(value_words(*each) for each in zip(hole.names, hole.values, strict=True)) for hole in largest
    )
    _refuse("leave_unheard", "unheard", message, count=len(unheard), named=named)


# ---- Switching


@transaction.atomic
def use_weight_set(*, weight_set: WeightSet) -> WeightSet:
    """Let the scores be weighted by this version from the next drain on; the one before stays as it was."""
    lock_program()
    WeightSet.objects.filter(is_active=True).exclude(pk=weight_set.pk).update(is_active=False)
    weight_set.is_active = True
    weight_set.save(update_fields=["is_active"])
    mark_circle()
    return weight_set


@transaction.atomic
def rest_weight_set(*, weight_set: WeightSet) -> WeightSet:
    """Weight by no set any more: each answer counts by its customer's value and its importance alone."""
    weight_set.is_active = False
    weight_set.save(update_fields=["is_active"])
    mark_circle()
    return weight_set


@transaction.atomic
def drop_weight_set(*, weight_set: WeightSet) -> None:
    """Forget a version that is not in use."""
    lock_program()
    if WeightSet.objects.filter(pk=weight_set.pk, is_active=True).exists():
        raise ValidationError(_("This set is in use. Stop weighting by it first."), code="in_use")
    weight_set.delete()
