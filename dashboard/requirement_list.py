"""The list of requirements: what do customers need, and what is not served?"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any, ClassVar

import django_filters
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from dashboard.drawing.bands import Band, Edges
from dashboard.drawing.small import WhiskerAxis, whisker_axis
from dashboard.gap_view import (
    GapView,
    Remainder,
    RequirementLine,
    edges_of,
    kept_apart,
    remainder_of,
    requirement_lines,
)
from dashboard.scoping import PARAMETERS, AskedScope
from dashboard.selectors import inactive_requirements
from dashboard.sentences import requirements_answer
from functions.models import Function, Program
from functions.selectors import Access
from gap_scores.board import Board
from gap_scores.guarding import board_for
from requirements_catalog.bulk import BULK
from requirements_catalog.catalogue_file import REQUIREMENTS
from requirements_catalog.models import Attribute, Requirement
from requirements_catalog.selectors import requirement_ids_for
from web.catalogue import all_said, file_columns
from web.filters import FromDayToDay, FromTo
from web.list_words import lies_in
from web.lists import Column, ListAsked, ListPlan, Shown


@dataclass(frozen=True, slots=True)
class Listed:
    """One row: a requirement in any state, with its score if it is active and was heard about."""

    pk: int
    reference: str
    statement: str
    attribute_id: int
    attribute: str
    owner_id: int | None
    owner: str
    origin: str
    state: str
    points: float | None
    place: int | None  # minus the place on the board: points, then origin, so the worst has the largest
    n_eff: float | None
    heard_on: date | None
    band: str
    metric: str
    gap: GapView | None
    line: RequirementLine | None
    opens: bool
    said: Mapping[str, str] = field(default_factory=dict, compare=False)  # its cells in the file, and only there

    @property
    def gap_points(self) -> float | None:
        """What may be printed and sorted: nothing under n_eff 5."""
        return self.gap.gap if self.gap and not self.gap.few else None


class RequirementFilter(django_filters.FilterSet):
    """Asks only; the rows come from the board and are narrowed here, not in the database."""

    attribute = django_filters.ModelChoiceFilter(queryset=Attribute.objects.all(), label=_("Attribute"))
    owner = django_filters.ModelChoiceFilter(queryset=Function.objects.all(), label=_("Owner"))
    origin = django_filters.ChoiceFilter(choices=Requirement.Origin.choices, label=_("Origin"))
    state = django_filters.ChoiceFilter(choices=Requirement.State.choices, label=_("State"))
    band = django_filters.ChoiceFilter(choices=[(band.value, band.word) for band in Band], label=_("Band"))
    points = FromTo(label=_("Points"))
    gap = FromTo(label=_("Gap"))
    n_eff = FromTo(label=_("n_eff"))
    heard_on = FromDayToDay(label=_("Heard"))
    metric = django_filters.ChoiceFilter(
        choices=[("level", _("measures the level")), ("suspect", _("suspect")), ("felt only", _("felt only"))],
        label=_("Metric"),
    )

    class Meta:
        model = Requirement
        fields: ClassVar[list[str]] = []


COLUMNS = (
    Column("reference", _("No.")),
    Column("statement", _("Requirement")),
    Column("attribute", _("Attribute"), hide_narrow=True),
    Column("owner", _("Owner"), hide_narrow=True),
    Column("points", _("Points"), numeric=True, sort_by=lambda row: row.place),
    Column(
        "gap",
        _("Gap"),
        value=lambda row: row.gap_points,
        numeric=True,
        hide_narrow=True,
        drawing="dashboard/parts/list_axis.html",
    ),
    Column("n_eff", _("n_eff"), numeric=True, hide_narrow=True),
    Column("heard_on", _("Heard"), numeric=True, hide_narrow=True),
    Column("metric", _("Metric"), hide_narrow=True),
)
PLAN = ListPlan(
    name="requirements",
    columns=COLUMNS,
    sort="-points",
    filters=RequirementFilter,
    search=("statement", "reference"),
    also=PARAMETERS,
    page_size=50,
    bulk=BULK,
    # The file can be changed and brought back, so it says all that a requirement is.
    in_file=(*COLUMNS, *file_columns(REQUIREMENTS, leave_out={column.key for column in COLUMNS})),
)
TESTS: dict[str, Callable[[Listed, Any], bool]] = {
    "attribute": lambda row, wanted: row.attribute_id == wanted.pk,
    "owner": lambda row, wanted: row.owner_id == wanted.pk,
    "origin": lambda row, wanted: row.origin == wanted,
    "state": lambda row, wanted: row.state == wanted,
    "band": lambda row, wanted: row.band == wanted,
    "metric": lambda row, wanted: row.metric == wanted,
    "points": lambda row, wanted: lies_in(wanted, row.points),
    "gap": lambda row, wanted: lies_in(wanted, row.gap_points),
    "n_eff": lambda row, wanted: lies_in(wanted, row.n_eff),
    "heard_on": lambda row, wanted: lies_in(wanted, row.heard_on),
}


@dataclass(frozen=True)
class RequirementListPage:
    board: Board
    asked: AskedScope
    list: Shown
    hidden: Remainder | None

    @property
    def is_silent(self) -> bool:
        """Whether nobody was heard whom this scope is about."""
        return self.board.overall is None

    @property
    def points(self) -> float:
        """The sum of the rows that the filters leave, over all pages."""
        return sum(row.points or 0.0 for row in self.list.rows)

    @property
    def shown_points(self) -> float:
        return self.points + (self.hidden.points or 0.0 if self.hidden else 0.0)

    @property
    def answer(self) -> str:
        overall = self.board.overall.gap if self.board.overall else None
        scored = [row for row in self.list.rows if row.points is not None]
        felt_only = sum(row.metric == "felt only" for row in scored)
        return requirements_answer(len(scored), self.points, overall, felt_only=felt_only)

    @cached_property
    def axis(self) -> WhiskerAxis:
        return whisker_axis()


def requirement_list_page(
    *, parameters: QueryDict, asked: AskedScope, access: Access, program: Program | None
) -> RequirementListPage:
    board = board_for(access, asked.scope)
    edges, allowed = edges_of(program), requirement_ids_for(access)
    shown, hidden = kept_apart(board.requirements, access)
    lines = requirement_lines([*shown, *board.unscored], edges=edges, access=access, allowed=allowed)
    places = {row.requirement_id: -at for at, row in enumerate(board.requirements)}
    rows = [_active(line, edges, places.get(line.row.requirement_id)) for line in lines]
    rows += [_inactive(each, access, allowed) for each in inactive_requirements()]
    list_asked = ListAsked(PLAN, parameters)
    active = [row for row in rows if row.state == Requirement.State.ACTIVE]
    kept = [row for row in rows if _passes(row, list_asked)]
    # What may not be shown one by one belongs to no filter: the line stands only under the whole list.
    rest = None if list_asked.chips else remainder_of(hidden)
    return RequirementListPage(board, asked, list_asked.show(kept, of=active), rest)


def in_full(rows: Iterable[Listed]) -> list[Listed]:
    """Return the rows with what a file has of them (4 queries)."""
    said = all_said(REQUIREMENTS)
    return [replace(row, said=said.get(row.pk, {})) for row in rows]


def _active(line: RequirementLine, edges: Edges, place: int | None) -> Listed:
    row = line.row
    return Listed(
        pk=row.requirement_id,
        reference=row.reference,
        statement=row.statement,
        attribute_id=row.attribute_id,
        attribute=row.attribute,
        owner_id=row.owner_id,
        owner=row.owner,
        origin=row.origin,
        state=Requirement.State.ACTIVE,
        points=row.points,
        place=place,
        n_eff=row.score.n_eff if row.score else None,
        heard_on=row.counts.newest_on if row.score else None,
        band=edges.band(row.score.gap if row.score else None),
        metric=_metric_word(line),
        gap=line.gap,
        line=line,
        opens=line.opens,
    )


def _metric_word(line: RequirementLine) -> str:
    if not line.row.levels:
        return "felt only"
    return "suspect" if line.gap and line.gap.suspect else "level"


def _inactive(requirement: Requirement, access: Access, allowed: set[int] | None) -> Listed:
    return Listed(
        pk=requirement.pk,
        reference=requirement.reference,
        statement=requirement.statement,
        attribute_id=requirement.attribute_id,
        attribute=requirement.attribute.name,
        owner_id=requirement.owner_id,
        owner=requirement.owner.name if requirement.owner else "",
        origin=requirement.origin,
        state=requirement.state,
        points=None,
        place=None,
        n_eff=None,
        heard_on=None,
        band=Band.NONE,
        metric="",
        gap=None,
        line=None,
        opens=allowed is None or requirement.pk in allowed,
    )


def _passes(row: Listed, asked: ListAsked) -> bool:
    """Drafts and retired requirements are listed only when a state is asked for."""
    if asked.value_of("state") is None and row.state != Requirement.State.ACTIVE:
        return False
    for name, test in TESTS.items():
        wanted = asked.value_of(name)
        if wanted is not None and not test(row, wanted):
            return False
    text = f"{row.reference} {row.statement}".lower()
    return all(word in text for word in asked.q.lower().split())
