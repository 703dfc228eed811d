"""Pages of long lists: those near the end are read from the end, and only their own rows are read in full."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any, cast

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.db.models.sql.where import WhereNode

# Up to here the database skips rows faster than it answers a second question.
DEEP = 1_000


class DeepPaginator(Paginator):
    """Reads a page behind many others by their ids first, from whichever end of the list is nearer.

    The ids of skipped rows come from the index of the order, where there is one; whole rows with what is joined to them
    would be read to be thrown away.
    """

    def __init__(
        self,
        *args: Any,
        ids_first: bool = False,
        known: int | None = None,
        ids: Sequence[Any] | None = None,
        **options: Any,
    ) -> None:
        """`known`: how many rows there are; `ids`: those of all of them, in order, where the page read them before."""
        super().__init__(*args, **options)
        self._deep, self._ids = 0 if ids_first else DEEP, ids
        self._known = known if ids is None else len(ids)

    @cached_property
    def count(self) -> int:
        return super().count if self._known is None else self._known

    def page(self, number: Any) -> Any:
        number = self.validate_number(number)
        start = (number - 1) * self.per_page
        if self._ids is not None:
            return Page(in_order(cast(Any, self.object_list), self._ids[start : start + self.per_page]), number, self)
        # A list of one page has nothing to skip.
        if not isinstance(self.object_list, QuerySet) or start < self._deep or self.count <= self.per_page:
            return super().page(number)
        return Page(self._rows(self.object_list, start, min(start + self.per_page, self.count)), number, self)

    def _rows(self, rows: QuerySet[Any], start: int, end: int) -> Sequence[Any]:
        ids = rows.values_list("pk", flat=True)
        if start > self.count // 2:
            found = list(ids.reverse()[self.count - end : self.count - start])[::-1]
        else:
            found = list(ids[start:end])
        return in_order(rows, found)


def in_order(rows: QuerySet[Any], ids: Sequence[Any]) -> list[Any]:
    by_id = {row.pk: row for row in of_ids(rows, ids)}
    return [by_id[pk] for pk in ids if pk in by_id]


def of_ids(rows: QuerySet[Any], ids: Sequence[Any]) -> QuerySet[Any]:
    """Return the rows of these ids with all that is joined to them, in any order.

    They were found by the condition of the list a moment ago. Asking for it again would search other tables once more.
    """
    bare = rows.order_by()
    bare.query.where = WhereNode()
    return bare.filter(pk__in=ids)
