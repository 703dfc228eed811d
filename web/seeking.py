"""Pages of a list without end: each begins behind a row that its address names, so none is counted to or skipped to.

    shown = show_from(asked, rows, of=every one, visible=all that this person may see)

A page keeps its place while rows are added: `after=4711` is what follows that row in the order of the list, whatever
stands before it. Up to 100,000 rows are counted; of more the database's estimate is said.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from django.db import connection
from django.db.models import F, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan
from django.utils.translation import gettext as _

from web.deep_pages import in_order
from web.lists import END, ListAsked, Shown

COUNTED_TO = 100_000
SURELY = 10  # times as many, before an estimate is believed without counting
MILLION = 1_000_000
Values = tuple[Any, ...]


@dataclass(frozen=True)
class Order:
    """Fields that no row lacks, of which the last tells every two rows apart, all of them up or all down."""

    names: tuple[str, ...]
    is_down: bool = False

    @property
    def turned(self) -> "Order":
        return replace(self, is_down=not self.is_down)

    def sorted(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.order_by(*(f"-{name}" if self.is_down else name for name in self.names))

    def behind(self, rows: QuerySet[Any], values: Values) -> QuerySet[Any]:
        """Return the rows behind the one with these values, by one comparison that an index can begin at."""
        lookup = TupleLessThan if self.is_down else TupleGreaterThan
        return rows.filter(lookup(Tuple(*map(F, self.names)), values))


# Returns the ids of so many rows in an order, from the start or behind the row with these values.
Finder = Callable[[Order, Values | None, int], Sequence[Any]]


@dataclass(frozen=True)
class Counted:
    n: int
    is_exact: bool = True

    @property
    def words(self) -> str:
        return str(self.n) if self.is_exact else about(self.n)


@dataclass(frozen=True)
class Stretch:
    """The rows of a page. at: the place of the first one among all, where it is known."""

    rows: Sequence[Any]
    is_first: bool
    is_last: bool
    at: int | None = None

    def __iter__(self) -> Iterator[Any]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True, kw_only=True)
class Sought(Shown):
    """What a page of a list without end shows."""

    page: Any  # a Stretch
    counted: Counted
    of: Counted | None

    @property
    def count(self) -> int:
        return self.counted.n

    @property
    def count_words(self) -> str:
        return self.counted.words

    @property
    def total_words(self) -> str:
        return self.of.words if self.of else ""

    @property
    def where(self) -> str:
        at, n = self.page.at, len(self.page)
        if at is None:
            return _("%(n)d of %(count)s") % {"n": n, "count": self.count_words}
        return _("%(first)d to %(last)d of %(count)s") % {"first": at, "last": at + n - 1, "count": self.count_words}

    @property
    def has_pages(self) -> bool:
        return not (self.page.is_first and self.page.is_last)

    @property
    def first_url(self) -> str:
        return self.asked.url()

    @property
    def previous_url(self) -> str:
        return "" if self.page.is_first else self.asked.url(before=self.page.rows[0].pk)

    @property
    def next_url(self) -> str:
        return "" if self.page.is_last else self.asked.url(after=self.page.rows[-1].pk)

    @property
    def last_url(self) -> str:
        return self.asked.url(before=END)


def show_from(
    asked: ListAsked,
    rows: QuerySet[Any],
    *,
    of: QuerySet[Any],
    visible: QuerySet[Any],
    find: Finder | None = None,
    along: Sequence[str] = ("pk",),
    is_whole: bool = False,
) -> Sought:
    """Return the page asked for.

    of: the rows without any filter, is_whole: about all that the table has; visible: all that this person may see, one
    of which the address may name.
    find: where the ids of a page come from, if not from `rows`. along: fields in whose order `rows` are counted, so
    that PostgreSQL takes the index that leads to them and not the first rows of the table.
    """
    order, find = order_of(asked), find or partial(ids_of, rows)
    ids, is_first, is_last = _page(find, order, _edge(asked, visible, order), asked.page_size)
    found = in_order(rows, ids)
    counted = counted_to(rows, along, is_whole=is_whole and not asked.chips)
    every = counted_to(of, along, is_whole=is_whole, at_least=counted) if asked.chips else None
    at = 1 if is_first else _place(rows, order, found[0]) if counted.is_exact and found else None
    return Sought(
        asked=asked,
        rows=asked.ordered(rows),
        page=Stretch(found, is_first, is_last, at),
        total=every.n if every else None,
        is_more=not counted.is_exact,
        counted=counted,
        of=every,
    )


def order_of(asked: ListAsked) -> Order:
    column = asked.plan.column(asked.sort.removeprefix("-"))
    names = column.order_by or (column.key,)
    return Order(names if names == ("pk",) else (*names, "pk"), asked.sort.startswith("-"))


def ids_of(rows: QuerySet[Any], order: Order, behind: Values | None, most: int) -> Sequence[Any]:
    rows = order.sorted(rows if behind is None else order.behind(rows, behind))
    return list(rows.values_list("pk", flat=True)[:most])


# ---- The page


def _edge(asked: ListAsked, visible: QuerySet[Any], order: Order) -> tuple[bool, Values | None] | None:
    """Return whether the page lies before a row, and its values (None: behind the last row); None: it is the first."""
    if asked.place is None or asked.place[1] is None:
        return None if asked.place is None else (True, None)
    is_before, pk = asked.place
    values = visible.filter(pk=pk).order_by().values_list(*order.names).first()
    if values is None:
        asked.leave_out("before" if is_before else "after", _("there is no such row"))
        return None
    return is_before, values


def _page(
    find: Finder, order: Order, edge: tuple[bool, Values | None] | None, size: int
) -> tuple[Sequence[Any], bool, bool]:
    """Return the ids of a page, and whether it is the first and the last one."""
    is_before, values = edge or (False, None)
    found = find(order.turned if is_before else order, values, size + 1)
    is_end, ids = len(found) <= size, found[:size]
    if is_before and not is_end:
        return ids[::-1], False, values is None
    if is_before or (values is not None and not ids):
        # So near the start that no page fits before it, or behind the last row.
        return _page(find, order, None if is_before else (True, None), size)
    return ids, edge is None, is_end


def _place(rows: QuerySet[Any], order: Order, first: Any) -> int:
    """Return the place of a row among so few that they were counted."""
    values = rows.filter(pk=first.pk).order_by().values_list(*order.names).get()
    return order.turned.behind(rows, values).order_by().count() + 1


# ---- Counting


def counted_to(
    rows: QuerySet[Any],
    along: Sequence[str],
    *,
    most: int = COUNTED_TO,
    is_whole: bool = False,
    at_least: Counted = Counted(0),
) -> Counted:
    """Count so many rows; of more return about how many, where the database can tell.

    is_whole: about all that the table has, of which the database knows well whether they are too many to be counted.
    at_least: of some of them.
    """
    if connection.vendor != "postgresql":
        return Counted(rows.order_by().count())
    known = _estimated(rows) if is_whole or not at_least.is_exact else 0
    if known > SURELY * most or not at_least.is_exact:
        return Counted(max(known, at_least.n), is_exact=False)
    n = rows.order_by(*along)[: most + 1].count()
    return Counted(n) if n <= most else Counted(max(n, _estimated(rows)), is_exact=False)


def _estimated(rows: QuerySet[Any]) -> int:
    """Return how many rows the planner expects: by its sample of the table, which vacuum keeps fresh."""
    (said,) = json.loads(rows.order_by().values("pk").explain(format="json"))
    return int(said["Plan"]["Plan Rows"])


def about(n: int) -> str:
    """Return a number of two figures: 'about 100 million'."""
    rough = int(float(f"{n:.1e}"))
    if rough < MILLION:
        return _("about %(n)s") % {"n": f"{rough:,}"}
    return _("about %(n)s million") % {"n": f"{rough / MILLION:,g}"}
