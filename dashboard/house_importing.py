"""Bringing a house in: what each row and pair says beside what stands there, and the changes, in an order that works.

Owners change first, then what serves less, then what serves more: a metric takes over a level only when the one that
measured it has let it go.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from dashboard.house_documents import NUMBER, Sheet, Standing, heading_for, standing, state_of
from dashboard.house_editing import (
    MEASURES,
    OWNER,
    SUPPORTS,
    change_link_cell,
    change_responsibility_cell,
    change_roof,
)
from dashboard.house_reading import OWNER_COUNTS_AS, RESPONSIBILITIES
from functions.models import Function
from metrics.models import Metric, MetricRelation
from requirements_catalog.models import Product, Requirement
from web.documents import digest_of
from web.imports import Report, RowChange, RowNew, check_has_not_moved, run_import, sentences
from web.mappings import hint
from web.parts import names_in
from web.tables import Row

STRENGTHS = {"9": 9, "3": 3, "1": 1, "0": 0, "": 0}
PULLS = {str(value): value for value in MetricRelation.Strength.values}
NOTHING = "-"
FIRST, LESS, MORE, LAST = range(4)
CELLS, OWNERS, LEVELS, ROOF = "cells", "owners", "measured levels", "pairs of the roof"


@dataclass(frozen=True, slots=True)
class Deed:
    """One change of one cell: when it is done, what it does, and what the report says of it."""

    turn: int
    noun: str
    seen: RowChange
    act: Callable[[], object]
    column: str


def import_house(
    sheet: Sheet, *, dry_run: bool, as_checked: str = "", progress: Callable[[Report], None] | None = None
) -> Report:
    """Bring a house in, all of it or nothing; raises ValidationError for a house of a product that there is not, or if
    something else stands there than what `as_checked` is the digest of."""
    product = product_in(sheet)
    with transaction.atomic():
        house = standing(sheet.kind, product, for_update=not dry_run)
        state = digest_of(state_of(house))
        check_has_not_moved(state, as_checked)
        reading = HouseReading(sheet, house)
        last = reading.settle
        report = run_import(rows=sheet.rows, stage=reading.stage, last=last, dry_run=dry_run, progress=progress)
    report.state = state
    return report


def product_in(sheet: Sheet) -> Product | None:
    if sheet.kind == RESPONSIBILITIES:
        return None
    known = {each.name: each for each in Product.objects.filter(is_active=True)}
    if sheet.product not in known:
        message = _("product: there is no active product '%(name)s'.%(hint)s A house of metrics is about one product.")
        params = {"name": sheet.product[:80], "hint": hint(sheet.product, known)}
        raise ValidationError(message, code="product", params=params)
    return known[sheet.product]


@dataclass
class HouseReading:
    sheet: Sheet
    house: Standing
    deeds: list[Deed] = field(default_factory=list)
    first: dict[str, int] = field(default_factory=dict)

    def stage(self, rows: list[Row], report: Report) -> None:
        if report.rows <= len(rows):
            self._check_columns(report)
        for row in rows:
            requirement = self._requirement(row, report)
            if requirement is not None:
                self.deeds += self._deeds(row, requirement, report)

    def settle(self, report: Report) -> None:
        if self.sheet.roof is not None:
            self._read_roof(self.sheet.roof, report)
        for deed in sorted(self.deeds, key=lambda each: each.turn):
            self._do(deed, report)
        self._count_what_stays(report)

    def _do(self, deed: Deed, report: Report) -> None:
        seen = deed.seen
        try:
            with transaction.atomic():
                deed.act()
        except ValidationError as error:
            report.refuse(seen.row, deed.column, seen.after, f"{seen.name}: {sentences(error)}")
            return
        if seen.before == NOTHING:
            report.create(deed.noun, RowNew(seen.row, seen.name, f"{seen.what} {seen.after}"))
        elif seen.after == NOTHING:
            report.remove(deed.noun, seen)
        else:
            report.change(deed.noun, [seen])

    def _count_what_stays(self, report: Report) -> None:
        changed = sum(report.created.values()) + sum(report.changed.values()) + sum(report.removed.values())
        report.unchanged[CELLS] = max(len(self.sheet.columns) * len(self.first) - changed, 0)
        for noun, there, named in (
            ("requirements", self.house.rows, self.first),
            (f"{self.sheet.kind_of_columns}s", self.house.columns, self.sheet.columns),
        ):
            if left := len(set(there) - set(named)):
                report.left_alone[noun] = left

    # -- rows and columns

    def _check_columns(self, report: Report) -> None:
        seen: set[str] = set()
        for name in self.sheet.columns:
            if name in seen:
                report.refuse(self.sheet.heading_row, name, "", _("the column stands there twice"))
            elif name not in self.house.columns:
                noun, way_out = self.sheet.kind_of_columns, hint(name, self.house.columns)
                reason = _("there is no active %(noun)s of this name.%(hint)s Correct it, or take the column out.")
                report.refuse(self.sheet.heading_row, name, "", reason % {"noun": noun, "hint": way_out})
            seen.add(name)

    def _requirement(self, row: Row, report: Report) -> Requirement | None:
        reference = row.cells.get(NUMBER, "")
        if not reference:
            report.refuse(row.number, NUMBER, "", _("it is missing: by it the row is known"))
            return None
        if self.first.setdefault(reference, row.number) != row.number:
            why = _("row %(row)s is about the same requirement") % {"row": self.first[reference]}
            report.refuse(row.number, NUMBER, reference, why)
            return None
        if reference not in self.house.rows:
            why = _("no active requirement of this house has this number.%(hint)s")
            report.refuse(row.number, NUMBER, reference, why % {"hint": hint(reference, self.house.rows)})
        return self.house.rows.get(reference)

    def _deeds(self, row: Row, requirement: Requirement, report: Report) -> Iterable[Deed]:
        marked = names_in(row.cells.get(self.sheet.mark, ""))
        if self.house.kind == RESPONSIBILITIES:
            owner = self._owner(row, marked, requirement, report)
            yield from self._owner_deed(row, requirement, owner)
        else:
            owner = None
            self._check_marks(row, marked, report)
        for name in self.sheet.columns:
            column = self.house.columns.get(name)
            cell = row.cells.get(heading_for(name), "")
            strength = STRENGTHS.get(cell)
            if strength is None:
                report.refuse(row.number, name, cell, _("a strength is 9, 3 or 1, and empty is nothing"))
            elif column is not None:
                yield from (
                    self._responsibility_deed(row, requirement, column, strength, owner)
                    if self.house.kind == RESPONSIBILITIES
                    else self._link_deeds(row, requirement, column, strength, name in marked)
                )

    # -- responsibilities

    def _owner(self, row: Row, marked: list[str], requirement: Requirement, report: Report) -> Function | None:
        if not marked:
            return requirement.owner
        found = self.house.columns.get(marked[0])
        if len(marked) > 1:
            why = _("exactly one function answers for a requirement")
            report.refuse(row.number, self.sheet.mark, row.cells[self.sheet.mark], why)
        elif found is None:
            why = _("there is no active function of this name.%(hint)s") % {"hint": hint(marked[0], self.house.columns)}
            report.refuse(row.number, self.sheet.mark, marked[0], why)
        return found

    def _owner_deed(self, row: Row, requirement: Requirement, owner: Function | None) -> Iterable[Deed]:
        if owner is None or owner.pk == requirement.owner_id:
            return
        before = requirement.owner.name if requirement.owner else NOTHING
        seen = RowChange(row.number, requirement.reference, _("owner"), before, owner.name)
        yield Deed(FIRST, OWNERS, seen, lambda: change_responsibility_cell(
            requirement=requirement, function=owner, to=OWNER), self.sheet.mark)  # fmt: skip

    def _responsibility_deed(
        self, row: Row, requirement: Requirement, function: Function, wanted: int, owner: Function | None
    ) -> Iterable[Deed]:
        stated = self.house.cells.get((requirement.pk, function.pk), (0, False))[0]
        # An owner of whom nothing else is said counts as 9, and its cell shows that.
        is_unsaid = owner is not None and owner.pk == function.pk and wanted in {0, OWNER_COUNTS_AS} and not stated
        if wanted == stated or is_unsaid:
            return
        seen = self._seen(row, requirement, function.name, stated, wanted)
        yield Deed(LESS if wanted < stated else MORE, CELLS, seen, lambda: change_responsibility_cell(
            requirement=requirement, function=function, to=str(wanted)), function.name)  # fmt: skip

    # -- metrics

    def _check_marks(self, row: Row, marked: list[str], report: Report) -> None:
        for name in marked:
            if name not in self.sheet.columns:
                why = _("'%(name)s' is no column of this file") % {"name": name}
                report.refuse(row.number, self.sheet.mark, name, why)
            elif not STRENGTHS.get(row.cells.get(heading_for(name), ""), 1):
                why = _("'%(name)s' measures the level, so it serves it: state 9, 3 or 1") % {"name": name}
                report.refuse(row.number, self.sheet.mark, name, why)

    def _link_deeds(
        self, row: Row, requirement: Requirement, metric: Metric, wanted: int, measures: bool
    ) -> Iterable[Deed]:
        strength, measured = self.house.cells.get((requirement.pk, metric.pk), (0, False))
        product = self.house.product
        assert product is not None  # noqa: S101  # a house of metrics has one

        def to(state: str) -> Callable[[], object]:
            return lambda: change_link_cell(requirement=requirement, metric=metric, product=product, to=state)

        if wanted != strength:
            seen = self._seen(row, requirement, metric.name, strength, wanted)
            yield Deed(LESS if wanted < strength else MORE, CELLS, seen, to(str(wanted)), metric.name)
        if wanted and measures != measured:
            roles = [_("measures the level") if each else _("supports") for each in (measured, measures)]
            seen = RowChange(row.number, f"{requirement.reference}, {metric.name}", _("role"), *roles)
            turn, state = (LAST, MEASURES) if measures else (LESS, SUPPORTS)
            yield Deed(turn, LEVELS, seen, to(state), self.sheet.mark)

    def _seen(self, row: Row, requirement: Requirement, column: str, before: int, after: int) -> RowChange:
        texts = [str(each) if each else NOTHING for each in (before, after)]
        return RowChange(row.number, f"{requirement.reference}, {column}", _("strength"), *texts)

    # -- the roof

    def _read_roof(self, rows: Iterable[Row], report: Report) -> None:
        """A roof that a file has is all of the roof over its columns: a pair that it does not name has nothing."""
        named: dict[tuple[int, int], int] = {}
        for row in rows:
            if row.problem:
                report.refuse(row.number, "roof", "", row.problem)
            elif pair := self._pair(row, named, report):
                named[pair] = row.number
                self.deeds += self._pair_deeds(row.number, pair, PULLS[row.cells["strength"]], row.cells["note"])
        over = {self.house.columns[name].pk for name in self.sheet.columns if name in self.house.columns}
        for pair in self.house.pairs:
            if pair not in named and over.issuperset(pair):
                self.deeds += self._pair_deeds(0, pair, 0, "")

    def _pair(self, row: Row, named: dict[tuple[int, int], int], report: Report) -> tuple[int, int] | None:
        names = [row.cells["one"], row.cells["other"]]
        if unknown := next((name for name in names if name not in self.house.columns), None):
            why = _("there is no active metric of this name.%(hint)s") % {"hint": hint(unknown, self.house.columns)}
            report.refuse(row.number, "roof", unknown, why)
            return None
        one, other = sorted(self.house.columns[name].pk for name in names)
        if row.cells["strength"] not in PULLS:
            report.refuse(row.number, "roof", row.cells["strength"], _("a pair has 9, 3, -3 or -9"))
        elif one == other or (one, other) in named:
            report.refuse(row.number, "roof", " / ".join(names), _("a pair is two metrics, and stands there once"))
        else:
            return one, other
        return None

    def _pair_deeds(self, number: int, pair: tuple[int, int], strength: int, note: str) -> Iterable[Deed]:
        before, note_before = self.house.pairs.get(pair, (0, ""))
        by_id = {each.pk: each for each in self.house.columns.values()}
        one, other = (by_id[each] for each in pair)
        if (before, note_before) == (strength, note if strength else ""):
            return
        texts = [f"{each:+d}{f' ({words})' if words else ''}" if each else NOTHING
                 for each, words in ((before, note_before), (strength, note))]  # fmt: skip
        seen = RowChange(number, f"{one.name} / {other.name}", _("roof"), *texts)
        yield Deed(LAST, ROOF, seen, lambda: change_roof(one=one, other=other, strength=strength, note=note), "roof")
