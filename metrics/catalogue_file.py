"""Metrics by file, with the requirements that they serve."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from functions.models import Function
from metrics import services
from metrics.models import RELATIONSHIPS, Breakdown, Kind, Metric, MetricLink
from requirements_catalog.models import UNIT_CHOICES, Product, Requirement, RequirementProduct
from web.catalogue import CatalogueFile, FileColumn
from web.cells import Cell, a_number, a_whole_number, one_of, record, weighed, words_of, yes_or_no
from web.documents import Shape
from web.imports import CellError
from web.parts import joined, quoted

Served = tuple[Requirement, Product]
Way = tuple[int, str]
Role = MetricLink.Role


def way(text: str, cell: Cell) -> Way:
    """Read how a metric serves a requirement: '9 measures', '3 supports', '3', 'measures' or nothing."""
    words = text.lower().split()
    strengths = [int(word) for word in words if word in map(str, RELATIONSHIPS)]
    roles = [word for word in words if word in Role.values]
    if len(strengths) > 1 or len(roles) > 1 or len(words) != len(strengths) + len(roles):
        raise CellError(cell.column, text, "write 9, 3 or 1 and 'measures' or 'supports', such as 9 measures")
    return (*strengths, MetricLink.Strength.STRONG)[0], (*roles, Role.SUPPORTS)[0]


def links_of(metric: Metric) -> dict[Served, Way]:
    return {(link.requirement, link.product): (link.strength, link.role) for link in metric.links.all()}


def in_words(links: Mapping[Served, Way]) -> str:
    return joined(f"{quoted(name_of(*served))} = {strength} {role}" for served, (strength, role) in links.items())


def name_of(requirement: Requirement, product: Product) -> str:
    return f"{requirement.reference} / {product.name}"


def served_by_name() -> dict[str, Served]:
    """Return what a metric can serve by its name; a requirement of one product needs no product's name."""
    pairs = RequirementProduct.objects.select_related("requirement", "product").order_by("pk")
    found = {name_of(each.requirement, each.product): (each.requirement, each.product) for each in pairs}
    products = Counter(requirement.reference for requirement, _product in found.values())
    alone = {
        requirement.reference: (requirement, product)
        for requirement, product in found.values()
        if products[requirement.reference] == 1
    }
    return alone | found


def create(values: Mapping[str, Any]) -> Metric:
    return services.create_metric(**values, formula_follows=True)


def change(metric: Metric, values: Mapping[str, Any]) -> None:
    fields = {name: value for name, value in values.items() if name != "links"}
    if fields:
        services.update_metric(metric=metric, changes=fields)
    if "links" in values:
        bring_to(metric, values["links"])


def bring_to(metric: Metric, wanted: Mapping[Served, Way]) -> None:
    """Make, change and end the links of a metric until they are the wanted ones."""
    links = MetricLink.objects.filter(metric=metric).select_related("requirement", "product")
    there = {(link.requirement, link.product): link for link in links}
    for served in there.keys() - wanted.keys():
        services.unlink_metric(link=there[served])
    for served, (strength, role) in wanted.items():
        if served not in there:
            requirement, product = served
            services.link_metric(metric=metric, requirement=requirement, product=product, role=role, strength=strength)
        elif (there[served].strength, there[served].role) != (strength, role):
            services.change_link(link=there[served], role=role, strength=strength, is_a_look=False)


METRICS = CatalogueFile(
    noun="metrics",
    key="name",
    columns=(
        FileColumn(key="name", label=_("name"), heads=("metric", "measure", "kpi", "indicator"), is_needed=True),
        FileColumn(
            key="short_name", label=_("short name, for formulas"), heads=("short name", "code"),
        ),
        FileColumn(key="definition", label=_("definition"), heads=("description",)),
        FileColumn(
            key="function", label=_("function that measures it"), heads=("owner", "department"),
            read=record("function"), is_needed=True,
        ),
        FileColumn(
            key="kind", heads=("type",),
            label=_("kind: level, proportion, defects, duration, count_rate, yield, ordinal, derived"),
            read=one_of(Kind.choices, "kind"), write=words_of(Kind.choices), is_needed=True,
        ),
        FileColumn(
            key="unit", label=_("unit"), heads=("unit of measure",), read=one_of(UNIT_CHOICES, "unit"),
            write=words_of(UNIT_CHOICES), is_needed=True,
        ),
        FileColumn(
            key="direction", label=_("direction: lower or higher is better"), heads=("better",),
            read=one_of(Metric.Direction.choices, "direction"), write=words_of(Metric.Direction.choices),
            is_needed=True,
        ),
        FileColumn(
            key="percentile", label=_("percentile, of a duration"), heads=("quantile",), read=a_whole_number
        ),
        FileColumn(
            key="opportunities_per_unit", label=_("opportunities per unit, of defects"), heads=("opportunities",),
            read=a_whole_number,
        ),
        FileColumn(key="steps", label=_("steps, of a yield or a worded scale, by commas"), heads=("scale",)),
        FileColumn(key="counts_from", label=_("counts from step, of a worded scale"), heads=("counts from",)),
        FileColumn(
            key="formula", label=_("formula, of a derived metric"), heads=("derived formula",), waits=True,
        ),
        FileColumn(
            key="breakdown", label=_("broken down by"), heads=("broken down by",),
            read=one_of(Breakdown.choices, "breakdown"), write=words_of(Breakdown.choices),
        ),
        FileColumn(key="window_months", label=_("window, in months"), heads=("window",), read=a_whole_number),
        FileColumn(
            key="cadence_days", label=_("expected every, in days"), heads=("every days", "expected every days"),
            read=a_whole_number,
        ),
        FileColumn(key="grace_days", label=_("grace, in days"), heads=("grace",), read=a_whole_number),
        FileColumn(key="target", label=_("internal target"), heads=("goal", "internal target"), read=a_number),
        FileColumn(key="note", label=_("origin of the data"), heads=("origin", "data source", "remark")),
        FileColumn(key="is_active", label=_("active: yes or no"), heads=("active",), read=yes_or_no),
        FileColumn(
            key="links", label=_("what it serves: R-22 / Digital press = 9 measures; ..."), waits=True,
            heads=("requirements", "serves requirements", "requirement links"), of=links_of, write=in_words,
            read=weighed("requirement for a product", way), shape=Shape.WEIGHTS,
        ),
    ),
    records=lambda: Metric.objects.select_related("function").prefetch_related("links__requirement", "links__product"),
    known=lambda: {
        "function": {each.name: each for each in Function.objects.all()},
        "requirement for a product": served_by_name(),
    },
    create=create,
    change=change,
)  # fmt: skip
