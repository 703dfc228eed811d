"""Functions and their supply links by file. Heads are named by administrators, on the page of people."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from functions import services
from functions.models import STRENGTHS, Function, SupplyLink
from web.catalogue import CatalogueFile, FileColumn
from web.cells import Cell, a_number, a_whole_number, weighed, yes_or_no
from web.documents import Shape
from web.imports import CellError
from web.parts import joined, quoted
from web.templatetags.show import plain

Links = Mapping[Function, Decimal | None]


def strength(text: str, cell: Cell) -> Decimal | None:
    """Read how much of the supplier's gap arrives; without a number it is not known yet."""
    number = a_number(Cell(text, cell.column, cell.decimal), {}) if text else None
    if number is not None and number not in STRENGTHS:
        raise CellError(cell.column, text, "the strength is 1, 0.75, 0.5 or 0.25, or left out")
    return number


def in_words(links: Links) -> str:
    named = [(quoted(other.name), weight) for other, weight in links.items()]
    return joined(name if weight is None else f"{name} = {plain(weight)}" for name, weight in named)


def suppliers_of(function: Function) -> Links:
    return {link.supplier: link.strength for link in function.supplied_by.all()}


def supplied_by(function: Function) -> Links:
    return {link.supplied: link.strength for link in function.supplies.all()}


def create(values: Mapping[str, Any]) -> Function:
    fields = {name: value for name, value in values.items() if name in services.FUNCTION_FIELDS}
    function = services.create_function(**fields)
    return function if values.get("is_active", True) else services.deactivate_function(function=function)


def change(function: Function, values: Mapping[str, Any]) -> None:
    if fields := {name: value for name, value in values.items() if name in services.FUNCTION_FIELDS}:
        services.update_function(function=function, changes=fields)
    if "is_active" in values:
        act = services.reactivate_function if values["is_active"] else services.deactivate_function
        act(function=function)
    if "suppliers" in values:
        bring_to({link.supplier: link for link in function.supplied_by.all()}, values["suppliers"], supplied=function)
    if "supplies" in values:
        bring_to({link.supplied: link for link in function.supplies.all()}, values["supplies"], supplier=function)


def bring_to(there: Mapping[Function, SupplyLink], wanted: Links, **this_end: Function) -> None:
    """Make, change and end the links of one function until they are the wanted ones."""
    other_end = "supplier" if "supplied" in this_end else "supplied"
    for other in there.keys() - wanted.keys():
        services.delete_supply_link(link=there[other])
    for other, weight in wanted.items():
        if other not in there:
            services.create_supply_link(**this_end, **{other_end: other}, strength=weight)
        elif there[other].strength != weight:
            services.update_supply_link(link=there[other], strength=weight)


FUNCTIONS = CatalogueFile(
    noun="functions",
    key="name",
    columns=(
        FileColumn(key="name", label=_("name"), heads=("function", "department", "team"), is_needed=True),
        FileColumn(key="short_name", label=_("short name"), heads=("short", "label", "abbreviation", "code")),
        FileColumn(key="purpose", label=_("purpose"), heads=("description", "mission")),
        FileColumn(key="position", label=_("position on the circle"), heads=("place", "order"), read=a_whole_number),
        FileColumn(
            key="is_customer_facing", label=_("customer-facing: yes or no"), read=yes_or_no,
            heads=("customer facing", "faces customers"),
        ),
        FileColumn(key="is_active", label=_("active: yes or no"), heads=("active",), read=yes_or_no),
        FileColumn(
            key="suppliers", label=_("its suppliers: Sales = 0.5; Production"), waits=True,
            heads=("supplied by", "internal suppliers"), of=suppliers_of, write=in_words,
            read=weighed("function", strength), shape=Shape.WEIGHTS,
        ),
        FileColumn(
            key="supplies", label=_("whom it supplies: Sales = 0.5; Production"), waits=True,
            heads=("internal customers", "customers", "supplies to"), of=supplied_by, write=in_words,
            read=weighed("function", strength), shape=Shape.WEIGHTS,
        ),
    ),
    alternatives=("suppliers", "supplies"),
    records=lambda: Function.objects.prefetch_related("supplied_by__supplier", "supplies__supplied"),
    known=lambda: {"function": {each.name: each for each in Function.objects.all()}},
    create=create,
    change=change,
)  # fmt: skip
