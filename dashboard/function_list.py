"""The list of functions: how does each dot of the circle stand? Its rows are the circle's, narrowed and sorted."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import django_filters
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from dashboard.board_asked import BoardAsked
from dashboard.circle_page import CirclePage, FunctionLine, circle_page
from dashboard.drawing.bands import Band
from dashboard.scoping import PARAMETERS, AskedScope
from functions.catalogue_file import FUNCTIONS as FILE
from functions.models import Function, Program
from functions.selectors import Access
from web.catalogue import all_said, file_columns
from web.filters import FromTo
from web.list_words import lies_in
from web.lists import Column, ListAsked, ListPlan, Shown

NEGLECT = (("unheard", _("not heard lately")), ("unmeasured", _("not measured lately")), ("none", _("neither")))


class FunctionFilter(django_filters.FilterSet):
    """Asks only; the rows come from the board and are narrowed here, not in the database."""

    band = django_filters.ChoiceFilter(choices=[(band.value, band.word) for band in Band], label=_("Band"))
    neglect = django_filters.ChoiceFilter(choices=NEGLECT, label=_("Neglect"))
    faces_customers = django_filters.BooleanFilter(label=_("Faces customers"))
    points = FromTo(label=_("Points"))
    gap = FromTo(label=_("Own gap"))
    n_eff = FromTo(label=_("n_eff"))

    class Meta:
        model = Function
        fields: ClassVar[list[str]] = []


def gap_points(line: FunctionLine) -> float | None:
    """Return what may be printed and sorted: nothing under n_eff 5."""
    return line.gap.gap if line.gap and not line.gap.few else None


def column(key: str, label: Any, value: Callable[[FunctionLine], Any], **more: Any) -> Column:
    return Column(key, label, value=value, **{"numeric": True, "hide_narrow": True, **more})


COLUMNS = (
    Column("name", _("Function"), value=lambda line: line.row.name),
    column("points", _("Points"), lambda line: line.row.points, hide_narrow=False),
    column("share", _("Share of importance"), lambda line: line.row.share),
    column("gap", _("Own gap"), gap_points, hide_narrow=False, drawing="dashboard/parts/list_axis.html"),
    column("transmitted", _("Transmitted gap"), lambda line: line.row.transmitted if line.reached else None),
    column("bottleneck", _("Bottleneck"), lambda line: line.bottleneck or None, numeric=False),
    column("n_eff", _("n_eff"), lambda line: line.row.n_eff),
    column("heard_days", _("Heard"), lambda line: line.row.neglect.heard_days),
    column("measured_days", _("Measured"), lambda line: line.row.neglect.measured_days),
)
FUNCTIONS = ListPlan(
    name="functions",
    columns=COLUMNS,
    # The file can be changed and brought back, so it says all that a function is.
    in_file=(*COLUMNS, *file_columns(FILE, leave_out=["name"])),
    sort="-points",
    filters=FunctionFilter,
    search=("name", "purpose"),
    also=PARAMETERS,
    page_size=50,
    # Equals stand as they do on the ring.
    row_id=lambda line: (line.row.position, line.row.function_id),
)
TESTS: dict[str, Callable[[FunctionLine, str, Any], bool]] = {
    "band": lambda _line, band, wanted: band == wanted,
    "neglect": lambda line, _band, wanted: wanted in neglects_of(line),
    "faces_customers": lambda line, _band, wanted: line.row.is_customer_facing == wanted,
    "points": lambda line, _band, wanted: lies_in(wanted, line.row.points),
    "gap": lambda line, _band, wanted: lies_in(wanted, gap_points(line)),
    "n_eff": lambda line, _band, wanted: lies_in(wanted, line.row.n_eff),
}


def in_full(rows: Iterable[FunctionLine]) -> list[FunctionLine]:
    """Return the rows with what a file has of them (5 queries)."""
    said = all_said(FILE)
    return [replace(line, said=said.get(line.row.function_id, {})) for line in rows]


def neglects_of(line: FunctionLine) -> set[str]:
    its = line.row.neglect
    found = {name for name, is_so in (("unheard", its.is_unheard), ("unmeasured", its.is_unmeasured)) if is_so}
    return found or {"none"}


@dataclass(frozen=True)
class FunctionListPage(CirclePage):
    list: Shown


def function_list_page(
    *, parameters: QueryDict, asked: AskedScope, access: Access, program: Program | None
) -> FunctionListPage:
    circle = circle_page(wanted=BoardAsked(asked), access=access, program=program)
    list_asked = ListAsked(FUNCTIONS, parameters)
    kept = [line for line in circle.functions if _passes(line, circle.edges.band(line.row.own), list_asked)]
    shown = list_asked.show(kept, of=circle.functions)
    return FunctionListPage(circle.board, asked, access, circle.edges, circle.allowed, circle.wanted, shown)


def _passes(line: FunctionLine, band: str, asked: ListAsked) -> bool:
    for name, test in TESTS.items():
        wanted = asked.value_of(name)
        if wanted is not None and not test(line, band, wanted):
            return False
    text = f"{line.row.name} {line.row.label} {line.row.purpose}".lower()
    return all(word in text for word in asked.q.lower().split())
