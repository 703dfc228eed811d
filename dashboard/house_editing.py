"""Changes in a house, one cell or one pair of the roof at a time, and the way back.

A change names what stood there when it was asked for. If somebody else changed that meanwhile, nothing is written and
the answer says what stands there now. What was done is kept with what stood there before, so that it can be undone
while it still stands (docs/decisions/0020).
"""

from collections.abc import Callable, Mapping
from typing import Any, TypedDict

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from dashboard.house import NOTHING, Cell
from dashboard.house_reading import OWNER_COUNTS_AS
from functions.models import Function
from metrics.models import Metric, MetricLink, MetricRelation
from metrics.relating import change_relation, end_relation, relate_metrics, relation_of
from metrics.services import change_link, link_metric, unlink_metric
from requirements_catalog.models import Product, Requirement, Responsibility
from requirements_catalog.selectors import has_answers
from requirements_catalog.services import (
    change_responsibility,
    create_responsibility,
    delete_responsibility,
    update_requirement,
)
from web.saving import what_follows

OWNER, MEASURES, SUPPORTS = "o", "m", "s"
STRENGTHS = ("9", "3", "1", "0")
Role = MetricLink.Role


class Deed(TypedDict):
    """What was done, to be undone. keys: of the records it is about; before, after: plain values."""

    kind: str
    keys: list[int]
    before: Any
    after: Any


# ---- What stands there


def responsibility_cell(requirement: Requirement, function: Function) -> Cell:
    stated = _stated(requirement, function)
    if requirement.owner_id == function.pk:
        return Cell(stated or OWNER_COUNTS_AS, marked=True, stated=bool(stated))
    return Cell(stated)


def link_cell(requirement: Requirement, metric: Metric, product: Product) -> Cell:
    link = _link(requirement, metric, product)
    return Cell(link.strength, marked=link.role == Role.MEASURES) if link else NOTHING


def _stated(requirement: Requirement, function: Function) -> int:
    found = Responsibility.objects.filter(requirement=requirement, function=function)
    return found.values_list("strength", flat=True).first() or 0


def _link(requirement: Requirement, metric: Metric, product: Product) -> MetricLink | None:
    return MetricLink.objects.filter(requirement=requirement, metric=metric, product=product).first()


def check_as_shown(cell: Cell, was: str) -> None:
    if was and was != cell.state:
        raise ValidationError(
            _("Somebody changed this cell meanwhile: it says %(now)s. Nothing was overwritten; look and set it again."),
            code="changed",
            params={"now": cell.strength or _("nothing")},
        )


# ---- Responsibilities


@transaction.atomic
def change_responsibility_cell(*, requirement: Requirement, function: Function, to: str, was: str = "") -> Deed | None:
    """Set how strongly a function serves a requirement, or make it the owner; None where that stands there already.

    to: '9', '3', '1', '0' or 'o'. was: the state that the page showed. Raises ValidationError if it is another one by
    now, and for an owner that would serve nothing.
    """
    locked = Requirement.objects.select_for_update().get(pk=requirement.pk)
    cell = responsibility_cell(locked, function)
    check_as_shown(cell, was)
    if to == OWNER:
        return _done("owner", [locked.pk], locked.owner_id, function.pk)
    if to == "0" and cell.marked:
        message, params = _("%(name)s answers for it, so it serves it. Name another owner first."), {"name": function}
        raise ValidationError(message, code="owner", params=params)
    return _done("responsibility", [locked.pk, function.pk], _stated(locked, function), int(to))


def _put_owner(keys: list[int], value: Any) -> None:
    requirement = Requirement.objects.get(pk=keys[0])
    owner = Function.objects.get(pk=value) if value else None
    update_requirement(requirement=requirement, changes={"owner": owner})


def _put_responsibility(keys: list[int], value: Any) -> None:
    requirement, function = Requirement.objects.get(pk=keys[0]), Function.objects.get(pk=keys[1])
    there = Responsibility.objects.filter(requirement=requirement, function=function).first()
    if there and value:
        change_responsibility(responsibility=there, strength=value)
    elif there:
        delete_responsibility(responsibility=there)
    elif value:
        create_responsibility(requirement=requirement, function=function, strength=value)


# ---- Metrics


@transaction.atomic
def change_link_cell(
    *, requirement: Requirement, metric: Metric, product: Product, to: str, was: str = ""
) -> Deed | None:
    """Set how strongly a metric serves a requirement of a product, or whether it measures the level.

    to: '9', '3', '1', '0', 'm' (measures, strong where it served nothing) or 's' (supports only). Raises
    ValidationError as `link_metric` does, and if the cell is another one by now.
    """
    locked = Requirement.objects.select_for_update().get(pk=requirement.pk)
    cell = link_cell(locked, metric, product)
    check_as_shown(cell, was)
    before = [cell.strength, _role(cell)] if cell.strength else None
    if to in STRENGTHS:
        after = [int(to), _role(cell)] if to != "0" else None
    elif to == SUPPORTS and not cell.strength:
        after = None
    else:
        after = [cell.strength or 9, (Role.MEASURES if to == MEASURES else Role.SUPPORTS).value]
    return _done("link", [locked.pk, metric.pk, product.pk], before, after)


def _role(cell: Cell) -> str:
    return (Role.MEASURES if cell.marked else Role.SUPPORTS).value


def _put_link(keys: list[int], value: Any) -> None:
    requirement, metric = Requirement.objects.get(pk=keys[0]), Metric.objects.get(pk=keys[1])
    product = Product.objects.get(pk=keys[2])
    there = _link(requirement, metric, product)
    if there and value:
        # The house shows neither what the requirement says now nor what the metric counts.
        change_link(link=there, strength=value[0], role=value[1], is_a_look=False)
    elif there:
        unlink_metric(link=there)
    elif value:
        link_metric(metric=metric, requirement=requirement, product=product, strength=value[0], role=value[1])


# ---- The roof


@transaction.atomic
def change_roof(
    *, one: Metric, other: Metric, strength: int, note: str | None = None, was: str = "", was_note: str | None = None
) -> Deed | None:
    """Say what two metrics do to each other; strength 0: nothing.

    note None: the one that stands there stays. was, was_note: what the page showed, '' and None where it did not.
    Raises ValidationError as `relate_metrics` does, and if something else stands there by now.
    """
    there = _locked_relation(one, other)
    strength_now, note_now = (there.strength, there.note) if there else (0, "")
    if was not in {"", str(strength_now)} or was_note not in {None, note_now}:
        message = _("Somebody changed this pair meanwhile: it says %(now)s. Nothing was overwritten.")
        now = there.get_strength_display() if there else _("nothing")
        raise ValidationError(message, code="changed", params={"now": now})
    before = [there.strength, there.note] if there else None
    after = [strength, note_now if note is None else note.strip()] if strength else None
    return _done("relation", sorted((one.pk, other.pk)), before, after)


def _locked_relation(one: Metric, other: Metric) -> MetricRelation | None:
    """Return what is said of two metrics, after whoever is saying something of one of them has done so."""
    list(Metric.objects.select_for_update().filter(pk__in=[one.pk, other.pk]).order_by("pk"))
    return relation_of(one, other)


@transaction.atomic
def add_to_roof(*, one: Metric, other: Metric, strength: int, note: str | None) -> Deed | None:
    """Say what two metrics do to each other for the first time; raises ValidationError if something is said already."""
    if there := _locked_relation(one, other):
        message = _("Something is said of these two already: %(now)s. Change it in the roof.")
        params = {"now": there.get_strength_display()}
        raise ValidationError({"other": ValidationError(message, code="related", params=params)})
    return change_roof(one=one, other=other, strength=strength, note=note, was="0")


def _put_relation(keys: list[int], value: Any) -> None:
    one, other = Metric.objects.get(pk=keys[0]), Metric.objects.get(pk=keys[1])
    there = relation_of(one, other)
    if there and value:
        change_relation(relation=there, strength=value[0], note=value[1])
    elif there:
        end_relation(relation=there)
    elif value:
        relate_metrics(one=one, other=other, strength=value[0], note=value[1])


# ---- Doing and undoing

PUT: Mapping[str, Callable[[list[int], Any], None]] = {
    "owner": _put_owner,
    "responsibility": _put_responsibility,
    "link": _put_link,
    "relation": _put_relation,
}


def _stands(kind: str, keys: list[int]) -> Any:
    """Return what stands there now, as a deed keeps it."""
    if kind == "owner":
        return Requirement.objects.values_list("owner_id", flat=True).get(pk=keys[0])
    if kind == "responsibility":
        found = Responsibility.objects.filter(requirement=keys[0], function=keys[1])
        return found.values_list("strength", flat=True).first() or 0
    if kind == "link":
        links = MetricLink.objects.filter(requirement=keys[0], metric=keys[1], product=keys[2])
        link = links.values_list("strength", "role").first()
        return list(link) if link else None
    relations = MetricRelation.objects.filter(one=keys[0], other=keys[1])
    relation = relations.values_list("strength", "note").first()
    return list(relation) if relation else None


def _done(kind: str, keys: list[int], before: Any, after: Any) -> Deed | None:
    if before == after:
        return None
    PUT[kind](keys, after)
    return Deed(kind=kind, keys=keys, before=before, after=after)


@transaction.atomic
def undo(*, deed: Deed) -> None:
    """Put back what stood there before; raises ValidationError if it was changed since."""
    kind, keys = deed["kind"], deed["keys"]
    if kind != "relation":
        Requirement.objects.select_for_update().get(pk=keys[0])
    if _stands(kind, keys) != deed["after"]:
        raise ValidationError(_("It was changed since, so it is left as it is."), code="changed")
    PUT[kind](keys, deed["before"])


def follows(deed: Deed | None, *, first: str = "") -> str:
    """Say what is worked out anew because of a change."""
    if deed is None:
        return _("It stands there already.")
    if deed["kind"] == "owner":
        return what_follows(first=first, circle=True)
    if deed["kind"] == "link" and _moves_a_level(deed):
        is_heard = has_answers(Requirement.objects.get(pk=deed["keys"][0]))
        return what_follows(first=first, scores=1 if is_heard else 0)
    return what_follows(first=first)


def _moves_a_level(deed: Deed) -> bool:
    roles = [value[1] if value else Role.SUPPORTS.value for value in (deed["before"], deed["after"])]
    return roles[0] != roles[1]
