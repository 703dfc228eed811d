"""Requirements by file: what each says, whose it is, which products it is about, its scale, who contributes."""

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from functions.models import Function
from requirements_catalog import services
from requirements_catalog.models import (
    CONTRIBUTIONS,
    UNIT_CHOICES,
    Attribute,
    Product,
    Requirement,
    Responsibility,
    ScaleVersion,
)
from requirements_catalog.services import NewScale
from web.catalogue import CatalogueFile, FileColumn
from web.cells import Cell, Known, a_number, a_whole_number, one_of, record, records, weighed, words_of
from web.documents import Shape
from web.imports import CellError
from web.parts import joined, quoted

SCALE = ("unit", "direction", "resolution")
FACTOR = re.compile(r"\d{1,12}(\.\d{1,6}|/0*[1-9]\d{0,11})?", re.ASCII)
FIELDS = tuple(name for name in services.REQUIREMENT_FIELDS if name != "reference")


def of_scale(name: str) -> Any:
    return lambda requirement: getattr(requirement.current_scale, name, None)


def contribution(text: str, cell: Cell) -> int:
    if text not in map(str, CONTRIBUTIONS):
        raise CellError(cell.column, text, "a contribution is 9, 3 or 1, such as Sales = 3")
    return int(text)


def a_factor(cell: Cell, _known: Known) -> Fraction:
    """Read what a level of the scale before is multiplied by."""
    # Not left to Fraction: '1e999999999' is short, and works for hours.
    if not FACTOR.fullmatch(cell.text):
        raise CellError(cell.column, cell.text, "write a number or a fraction, such as 60 or 1/60")
    return Fraction(cell.text)


def contributors_of(requirement: Requirement) -> dict[Function, int]:
    return {each.function: each.strength for each in requirement.responsibilities.all()}


def create(values: Mapping[str, Any]) -> Requirement:
    fields = {name: value for name, value in values.items() if name in {*FIELDS, "reference", "products"}}
    requirement = services.create_requirement(**fields, scale=scale_in(values))
    bring_to_contributors(requirement, values.get("contributors", {}))
    if "state" in values:
        services.change_state(requirement=requirement, state=values["state"])
    return requirement


def scale_in(values: Mapping[str, Any]) -> NewScale | None:
    """Return the scale of which a row says something; raises ValidationError where it says a part of it."""
    stated = {name: values[name] for name in SCALE if name in values}
    if stated and len(stated) < len(SCALE):
        message = _("A scale has a unit, a direction and a resolution. State all three, or none.")
        raise ValidationError({next(iter(stated)): ValidationError(message, code="scale")})
    return NewScale(**stated) if stated else None


def change(requirement: Requirement, values: Mapping[str, Any]) -> None:
    fields = {name: value for name, value in values.items() if name in FIELDS}
    if fields or "products" in values:
        services.update_requirement(requirement=requirement, changes=fields, products=values.get("products"))
    if any(name in values for name in SCALE):
        services.add_scale_version(requirement=requirement, scale=next_scale(requirement, values))
    if "contributors" in values:
        bring_to_contributors(requirement, values["contributors"])
    if "state" in values:
        services.change_state(requirement=requirement, state=values["state"])


def next_scale(requirement: Requirement, values: Mapping[str, Any]) -> NewScale:
    """Return the scale that a row asks for; what it leaves out stays. One that is there needs a reason."""
    there = requirement.current_scale
    if there is None:
        scale = scale_in(values)
        assert scale is not None  # noqa: S101  # something of it is stated
        return scale
    if not values.get("scale_reason"):
        message = _("Levels are stated on the scale it has. Say why it changes, in the column scale_reason.")
        first = next(name for name in SCALE if name in values)
        raise ValidationError({first: ValidationError(message, code="scale")})
    stated = {name: values.get(name, getattr(there, name)) for name in SCALE}
    return NewScale(**stated, factor=values.get("scale_factor"), reason=values["scale_reason"])


def bring_to_contributors(requirement: Requirement, wanted: Mapping[Function, int]) -> None:
    there = {each.function: each for each in Responsibility.objects.filter(requirement=requirement)}
    for function in there.keys() - wanted.keys():
        services.delete_responsibility(responsibility=there[function])
    for function, strength in wanted.items():
        if function not in there:
            services.create_responsibility(requirement=requirement, function=function, strength=strength)
        elif there[function].strength != strength:
            services.change_responsibility(responsibility=there[function], strength=strength)


REQUIREMENTS = CatalogueFile(
    noun="requirements",
    key="reference",
    columns=(
        FileColumn(
            key="reference", label=_("reference"), heads=("no", "code", "id", "number", "key", "ref"), is_needed=True
        ),
        FileColumn(
            key="statement", label=_("statement"), heads=("requirement", "text", "need", "wording"), is_needed=True
        ),
        FileColumn(
            key="attribute", label=_("attribute"), heads=("group", "quality attribute"), read=record("attribute"),
            is_needed=True,
        ),
        FileColumn(
            key="owner", label=_("owner: the function that answers for it"), heads=("function", "responsible"),
            read=record("function"),
        ),
        FileColumn(
            key="products", label=_("products, parted by ;"), heads=("product",), is_needed=True,
            read=records("product"), of=lambda requirement: frozenset(requirement.products.all()),
            write=lambda products: joined(quoted(product.name) for product in products), shape=Shape.NAMES,
        ),
        FileColumn(
            key="state", label=_("state: draft, active, retired"), heads=("status",),
            read=one_of(Requirement.State.choices, "state"), write=words_of(Requirement.State.choices),
        ),
        FileColumn(
            key="origin", label=_("origin: customer, regulatory, internal"), heads=("source",),
            read=one_of(Requirement.Origin.choices, "origin"), write=words_of(Requirement.Origin.choices),
        ),
        FileColumn(key="rule", label=_("rule for coders"), heads=("coding rule",)),
        FileColumn(key="example", label=_("example for coders"), heads=("sounds like",)),
        FileColumn(
            key="half_life_months", label=_("half-life of an answer, in months"), heads=("half life",),
            read=a_whole_number,
        ),
        FileColumn(
            key="unit", label=_("unit of its levels"), heads=("scale",), of=of_scale("unit"),
            read=one_of(UNIT_CHOICES, "unit"), write=words_of(UNIT_CHOICES),
        ),
        FileColumn(
            key="direction", label=_("direction: lower or higher is better"), heads=("better",),
            of=of_scale("direction"), read=one_of(ScaleVersion.Direction.choices, "direction"),
            write=words_of(ScaleVersion.Direction.choices),
        ),
        FileColumn(
            key="resolution", label=_("resolution of its levels"), heads=("step",), of=of_scale("resolution"),
            read=a_number,
        ),
        FileColumn(
            key="scale_factor", label=_("factor from a level of the scale before: 60 or 1/60"), heads=("factor",),
            read=a_factor, goes_with_a_change=True,
        ),
        FileColumn(
            key="scale_reason", label=_("why its scale changes"), heads=("reason",), goes_with_a_change=True,
        ),
        FileColumn(
            key="contributors", label=_("who contributes: Sales = 9; Order desk = 3"),
            heads=("contributing functions", "contributions"), of=contributors_of,
            read=weighed("function", contribution), shape=Shape.WEIGHTS,
            write=lambda found: joined(f"{quoted(function.name)} = {strength}" for function, strength in found.items()),
        ),
    ),
    records=lambda: Requirement.objects.select_related("attribute", "owner", "current_scale").prefetch_related(
        "products", "responsibilities__function"
    ),
    known=lambda: {
        "function": {each.name: each for each in Function.objects.all()},
        "attribute": {each.name: each for each in Attribute.objects.all()},
        "product": {each.name: each for each in Product.objects.all()},
    },
    create=create,
    change=change,
)  # fmt: skip
