"""What every list page shares: filters, search, sorting and pages that live in the URL, and the same rows as a file.

    REQUIREMENTS = ListPlan(
        name="requirements",
        columns=(Column("text", _("Requirement"), order_by=("text",)), Column("gap", _("Gap"), value=gap_of)),
        sort="text",
        filters=RequirementFilter,
        search=("text",),
    )
    asked = ListAsked(REQUIREMENTS, request.GET)
    shown = asked.show(asked.narrowed(Requirement.objects.all()))
    return asked.file(shown) if asked.wants_file else render(request, "...", {"list": shown})

Rows may be a queryset or a plain sequence; a sequence is sorted by the values of its columns. A parameter that makes no
sense is left out and named in `problems`: a list never fails because of its address.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.core.paginator import Page
from django.db.models import F, Q, QuerySet
from django.http import HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django_filters import FilterSet

from accounts.confirming import needs_a_reason
from web.deep_pages import DeepPaginator
from web.exports import FORMATS, MOST_AT_ONCE, file_response
from web.list_words import in_words, is_turned_round

PAGE_SIZE = 25
PAGE_SIZES = (25, 50, 100, 200)
MOST_ON_A_PAGE = PAGE_SIZES[-1]
# With more pages than fit a row of links, a number can be typed.
MANY_PAGES = 7
LONGEST_SEARCH = 200
# A chain of more words than this is a paste, not a search, and each word is a condition of its own.
MOST_WORDS = 8
ABOUT_THE_LIST = ("sort", "page", "page_size", "q", "format", "view")
# Where a page lies: by its number, or in a list without end by the row that it begins behind or ends before.
PLACES = ("page", "after", "before")
END = "end"
LARGEST_ID = 2**63 - 1
Rows = QuerySet[Any] | Sequence[Any]


def attribute(key: str) -> Callable[[Any], Any]:
    """Return a reader of `key`, a path of attributes such as 'owner.name'; a missing link reads as nothing."""

    def read(row: Any) -> Any:
        for name in key.split("."):
            row = row.get(name) if isinstance(row, dict) else getattr(row, name, None)
        return row

    return read


@dataclass(frozen=True)
class Column:
    """One column: its key in the URL and in a file's first row, its heading, and what a row has in it.

    `order_by` names model fields of a queryset; a sequence is sorted by `sort_by`, or by the value itself.
    `drawing`: a template that stands beside the heading, such as the axis of the whiskers beneath.
    """

    key: str
    label: Any
    value: Callable[[Any], Any] | None = None
    order_by: tuple[str, ...] = ()
    sort_by: Callable[[Any], Any] | None = None
    sortable: bool = True
    numeric: bool = False
    hide_narrow: bool = False
    drawing: str = ""

    def read(self, row: Any) -> Any:
        return (self.value or attribute(self.key))(row)

    def rank(self, row: Any) -> Any:
        return self.sort_by(row) if self.sort_by else self.read(row)


@dataclass(frozen=True)
class ListPlan:
    """How a list is made. `also`: parameters that belong to the page and are kept in its links (the scope, for one).

    `search`: the fields of which one must hold each word; `search_by`: a word's condition, where that costs too much;
    `search_whole`: the condition of all that was typed, where it has a language of its own (ValidationError: refused).
    `is_long`: a million rows and more, each page of which is found by ids first. `counts_to`: the first so many rows
    have pages; that there are more is said, for counting all of them would read all of them.
    `is_endless`: pages by a row that they begin behind (web.seeking), for numbered ones would be counted to.
    `in_file`: the columns of its file, where the page writes several into one.
    """

    name: str
    columns: tuple[Column, ...]
    sort: str
    filters: type[FilterSet] | None = None
    search: tuple[str, ...] = ()
    search_by: Callable[[str], Q] | None = None
    search_whole: Callable[[str], Q] | None = None
    is_long: bool = False
    counts_to: int | None = None
    is_endless: bool = False
    also: tuple[str, ...] = ()
    page_size: int = PAGE_SIZE
    is_about_people: bool = False
    bulk: tuple[Any, ...] = ()  # web.bulk.BulkAction: what specialists can do to many rows at once
    row_id: Callable[[Any], Any] = field(default=attribute("pk"))
    in_file: tuple[Column, ...] = ()

    @property
    def file_columns(self) -> tuple[Column, ...]:
        return self.in_file or self.columns

    @property
    def is_searched(self) -> bool:
        return bool(self.search or self.search_by or self.search_whole)

    def condition(self, word: str) -> Q:
        """Return what a row must fulfil to hold a word of the search."""
        if self.search_by:
            return self.search_by(word)
        condition = Q()
        for name in self.search:
            condition |= Q(**{f"{name}__icontains": word})
        return condition

    def column(self, key: str) -> Column:
        return next(column for column in self.columns if column.key == key)

    def sorts_by(self, key: str) -> bool:
        return any(column.key == key and column.sortable for column in self.columns)


@dataclass(frozen=True)
class Head:
    """A table heading: `direction` is what aria-sort says, `url` sorts by it (the other way round if it is sorted)."""

    column: Column
    direction: str
    url: str


@dataclass(frozen=True)
class Chip:
    """A filter that is on: its name, its value in words, and the list without it."""

    label: str
    value: str
    remove_url: str


@dataclass(frozen=True)
class Choice:
    """One of several links of which the current one is marked: a page, a page size. Without a number: a gap."""

    number: int | None
    url: str = ""
    is_here: bool = False


@dataclass(frozen=True)
class Shown:
    """What a list page shows; the templates in components/list_*.html read it. `total`: rows without any filter.

    `is_more`: there are more rows than have pages.
    """

    asked: "ListAsked"
    rows: Rows
    page: Page[Any]
    total: int | None = None
    is_more: bool = False

    @property
    def count(self) -> int:
        return self.page.paginator.count

    @property
    def count_words(self) -> str:
        return _("more than %(n)d") % {"n": self.count} if self.is_more else str(self.count)

    @property
    def total_words(self) -> str:
        return str(self.total)

    @property
    def where(self) -> str:
        """Which of the rows these are."""
        ends = {"first": self.page.start_index(), "last": self.page.end_index(), "count": self.count_words}
        return _("%(first)d to %(last)d of %(count)s") % ends

    @property
    def has_pages(self) -> bool:
        return self.page.has_other_pages()

    @property
    def heads(self) -> list[Head]:
        return self.asked.heads

    @property
    def chips(self) -> list[Chip]:
        return self.asked.chips

    @property
    def problems(self) -> list[str]:
        return self.asked.problems

    @property
    def is_narrowed(self) -> bool:
        """Whether an empty list may only be empty because of its filters."""
        return bool(self.asked.chips)

    @property
    def clear_url(self) -> str:
        """The list without search and filters; what belongs to the page stays: the scope, the order, the page size."""
        return self.asked.url(**dict.fromkeys(("q", *self.asked.filter_names)))

    @property
    def csv_url(self) -> str:
        return self.asked.url(format="csv")

    @property
    def xlsx_url(self) -> str:
        return self.asked.url(format="xlsx")

    @property
    def pages(self) -> list[Choice]:
        """The first and the last page, those around this one, and gaps between."""
        here = self.page.number
        numbers = self.page.paginator.get_elided_page_range(here, on_each_side=1, on_ends=1)
        return [
            Choice(each, self.asked.url(page=each), each == here) if isinstance(each, int) else Choice(None)
            for each in numbers
        ]

    @property
    def has_many_pages(self) -> bool:
        return self.page.paginator.num_pages > MANY_PAGES

    @property
    def page_sizes(self) -> list[Choice]:
        """How many rows a page may have; nothing where the smallest page holds all."""
        if self.count <= PAGE_SIZES[0]:
            return []
        here = self.asked.page_size
        sizes = sorted({*PAGE_SIZES, here})
        return [Choice(each, self.asked.url(page_size=each), each == here) for each in sizes]

    @property
    def previous_url(self) -> str:
        return self.asked.url(page=self.page.previous_page_number()) if self.page.has_previous() else ""

    @property
    def next_url(self) -> str:
        return self.asked.url(page=self.page.next_page_number()) if self.page.has_next() else ""


class ListAsked:
    """One reading of a list's address: what is asked for, and what in it made no sense."""

    def __init__(self, plan: ListPlan, parameters: QueryDict) -> None:
        self.plan = plan
        self.problems: list[str] = []
        self.wants_file = parameters.get("format") in FORMATS
        self.format = parameters.get("format", "")
        self.kept = self._known(parameters)
        self.q = self._search_text()
        self.sort = self._sort()
        self.page_size = self._whole_number("page_size", plan.page_size, most=MOST_ON_A_PAGE)
        self.page_number = 1 if plan.is_endless else self._whole_number("page", 1)
        self.place = self._place() if plan.is_endless else None
        self.filterset = self._filterset()

    # ---- Reading

    @cached_property
    def filter_names(self) -> list[str]:
        names = () if self.plan.filters is None else self.plan.filters.base_filters
        return [parameter for name in names for parameter in self._parameters_of(name)]

    def _known(self, parameters: QueryDict) -> QueryDict:
        known = {*ABOUT_THE_LIST, *(PLACES if self.plan.is_endless else ()), *self.plan.also, *self.filter_names}
        kept = QueryDict(mutable=True)
        for name in parameters:
            values = [value for value in parameters.getlist(name) if value.strip()]
            if name not in known:
                self.leave_out(name, _("this list has no such filter"))
            elif name == "page" and self.plan.is_endless:
                self.leave_out(name, _("the pages of this list have no numbers; go on by Next, or filter by day"))
            elif any("\x00" in value for value in values):
                self.leave_out(name, _("it holds a character that no text has"))
            elif values and name != "format":
                kept.setlist(name, values)
        return kept

    def leave_out(self, name: str, why: Any) -> None:
        self.problems.append(_("'%(name)s' was left out: %(why)s.") % {"name": name[:40], "why": why})

    def _search_text(self) -> str:
        text = self.kept.get("q", "").strip()
        if len(text) > LONGEST_SEARCH:
            self.kept.pop("q")
            self.leave_out("q", _("a search has at most %(most)d characters") % {"most": LONGEST_SEARCH})
            return ""
        if text and self.plan.search_whole:
            return self._understood(text, self.plan.search_whole)
        return text

    def _understood(self, text: str, search: Callable[[str], Q]) -> str:
        try:
            search(text)
        except ValidationError as error:
            self.kept.pop("q")
            self.leave_out("q", " ".join(error.messages).rstrip("."))
            return ""
        return text

    def _sort(self) -> str:
        asked = self.kept.get("sort", self.plan.sort)
        if self.plan.sorts_by(asked.removeprefix("-")):
            return asked
        self.kept.pop("sort", None)
        self.leave_out("sort", _("the list cannot be sorted by '%(key)s'") % {"key": asked[:40]})
        return self.plan.sort

    def _whole_number(self, name: str, default: int, *, most: int = 10**9) -> int:
        text = self.kept.get(name)
        if text is None:
            return default
        if text.isascii() and text.isdecimal() and 1 <= len(text) <= 19 and 1 <= int(text) <= most:
            return int(text)
        self.kept.pop(name)
        self.leave_out(name, _("it must be a whole number from 1 to %(most)d") % {"most": most})
        return default

    def _place(self) -> tuple[bool, int | None] | None:
        """Return whether the page lies before a row, and which (None: behind the last one); None: at the start."""
        if self.kept.get("before") == END:
            return True, None
        for name in ("after", "before"):
            if pk := self._whole_number(name, 0, most=LARGEST_ID):
                return name == "before", pk
        return None

    def _parameters_of(self, name: str) -> list[str]:
        """Return the parameters by which a filter asks: its name, or two ends of a range."""
        filters: Any = self.plan.filters
        suffixes = getattr(filters.base_filters[name].field.widget, "suffixes", None)
        return [f"{name}_{suffix}" for suffix in suffixes] if suffixes else [name]

    def _filterset(self) -> FilterSet | None:
        """Return the filters, after those that do not understand their value were left out."""
        if self.plan.filters is None:
            return None
        filters = self.plan.filters(self.kept)
        wrong = {name: " ".join(str(error) for error in errors) for name, errors in filters.form.errors.items()}
        for name, value in filters.form.cleaned_data.items():
            if is_turned_round(value):
                wrong[name] = _("it ends before it begins")
        if not wrong:
            return filters
        for name, why in wrong.items():
            self.leave_out(name, why.rstrip("."))
            for parameter in self._parameters_of(name):
                self.kept.pop(parameter, None)
        filters = self.plan.filters(self.kept)
        filters.is_valid()  # It is now; asking is what reads the values.
        return filters

    # ---- Links

    @property
    def kept_pairs(self) -> list[tuple[str, str]]:
        """Return the parameters one by one, for a form to keep hidden; a new question starts on the first page."""
        return [(name, value) for name, values in self.kept.lists() if name not in PLACES for value in values]

    @property
    def saved_query(self) -> str:
        """Return the parameters as a saved view keeps them: sorted, without the page and the view itself."""
        return urlencode(sorted((name, value) for name, value in self.kept_pairs if name != "view"))

    @property
    def settings_pairs(self) -> list[tuple[str, str]]:
        """Return those that are not filters: what a form of filters keeps hidden."""
        return [(name, value) for name, value in self.kept_pairs if name not in self.filter_names]

    def url(self, **changes: Any) -> str:
        """Return this list's address with parameters changed (None: taken out); a change goes to the first page."""
        parameters = self.kept.copy()
        for name in PLACES:
            parameters.pop(name, None)
        for name, value in changes.items():
            parameters.pop(name, None)
            if value is not None:
                parameters[name] = str(value)
        return f"?{parameters.urlencode()}"

    @cached_property
    def heads(self) -> list[Head]:
        return [self._head(column) for column in self.plan.columns]

    def _head(self, column: Column) -> Head:
        if not column.sortable:
            return Head(column, "", "")
        if self.sort.removeprefix("-") != column.key:
            return Head(column, "none", self.url(sort=f"-{column.key}" if column.numeric else column.key))
        is_down = self.sort.startswith("-")
        return Head(
            column,
            "descending" if is_down else "ascending",
            self.url(sort=column.key if is_down else f"-{column.key}"),
        )

    @cached_property
    def chips(self) -> list[Chip]:
        search = [Chip(_("Search"), self.q, self.url(q=None))] if self.q else []
        return search + ([] if self.filterset is None else list(self._filter_chips(self.filterset)))

    def _filter_chips(self, filterset: FilterSet) -> Iterator[Chip]:
        for name, made in filterset.form.fields.items():
            parameters = self._parameters_of(name)
            if any(known in self.kept for known in parameters):
                value = in_words(made, filterset.form.cleaned_data.get(name))
                yield Chip(str(made.label), value, self.url(**dict.fromkeys(parameters)))

    def value_of(self, name: str) -> Any:
        """Return what one filter asks for, for a list that filters rows of its own; None where it asks for nothing."""
        value = None if self.filterset is None else self.filterset.form.cleaned_data.get(name)
        return value or None

    # ---- Rows

    @property
    def words(self) -> list[str]:
        """The words of the search, each of which a row must hold."""
        return self.q.split()[:MOST_WORDS] if self.plan.is_searched else []

    def filtered(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows if self.filterset is None else self.filterset.filter_queryset(rows)

    def narrowed(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Return the rows of a queryset that pass the filters and hold every word of the search."""
        rows = self.filtered(rows)
        if self.plan.search_whole:
            return rows.filter(self.plan.search_whole(self.q)) if self.q else rows
        for word in self.words:
            rows = rows.filter(self.plan.condition(word))
        return rows

    def show(self, rows: Rows, of: Rows | int | None = None, known: int | None = None) -> Shown:
        """Return the page asked for; `of`: the rows without any filter, or how many; counted only where one is on.

        `known`: how many rows there are, where the page found that out already.
        """
        ordered, ids = self.ordered(rows), None
        if self.plan.counts_to and isinstance(ordered, QuerySet):
            # Read once: they are the count and the page.
            ids = list(ordered.values_list("pk", flat=True)[: self.plan.counts_to + 1])
            of = of[: self.plan.counts_to] if isinstance(of, QuerySet) else of
        is_more = ids is not None and len(ids) > (self.plan.counts_to or 0)
        paginator = DeepPaginator(
            ordered, self.page_size, ids_first=self.plan.is_long, known=known, ids=ids and ids[: self.plan.counts_to]
        )
        number = min(self.page_number, paginator.num_pages)
        if number < self.page_number:
            self.leave_out("page", _("the last page is %(last)d") % {"last": number})
        total = None if of is None or not self.chips else counted(of)
        if total == self.plan.counts_to:
            total = None
        return Shown(asked=self, rows=ordered, page=paginator.page(number), total=total, is_more=is_more)

    def ordered(self, rows: Rows) -> Rows:
        """Return the rows sorted, ties by id; what has no value comes last in both directions."""
        column, is_down = self.plan.column(self.sort.removeprefix("-")), self.sort.startswith("-")
        if isinstance(rows, QuerySet):
            names = column.order_by or (column.key,)
            # The tie goes the same way, so that an index on (column, id) serves both directions.
            return rows.order_by(*(way_of(rows, name, is_down=is_down) for name in names), "-pk" if is_down else "pk")
        by_id = sorted(rows, key=self.plan.row_id)
        known = [row for row in by_id if column.rank(row) is not None]
        unknown = [row for row in by_id if column.rank(row) is None]
        return sorted(known, key=column.rank, reverse=is_down) + unknown

    def file(self, shown: Shown) -> HttpResponseBase:
        """Return the rows as they are shown: the same filters and order, all pages; many of them are a job's work."""
        is_for_a_reason = needs_a_reason(is_about_people=self.plan.is_about_people, count=shown.count)
        if is_for_a_reason or shown.is_more or shown.count > MOST_AT_ONCE[self.format]:
            return redirect(self.export_url(self.format))
        columns = self.plan.file_columns
        return file_response(name=self.plan.name, kind=self.format, columns=columns, rows=shown.rows, count=shown.count)

    def export_url(self, kind: str) -> str:
        """Return the page that has a file of these rows made."""
        asked = urlencode({"list": self.plan.name, "format": kind, "query": self.saved_query})
        return f"{reverse('list_export_create')}?{asked}"


def way_of(rows: QuerySet[Any], name: str, *, is_down: bool) -> Any:
    """Return the order by a field; what has no value comes last, which is said only where there can be such.

    PostgreSQL would not read an index on the field for 'descending, nulls last'.
    """
    if name == "pk" or is_always_there(rows, name):
        return F(name).desc() if is_down else F(name).asc()
    return F(name).desc(nulls_last=True) if is_down else F(name).asc(nulls_last=True)


def is_always_there(rows: QuerySet[Any], path: str) -> bool:
    """Whether each row has a value for `path`, which may lead over relations: 'customer__name'."""
    model: Any = None if path in rows.query.annotations else rows.model
    for part in path.split("__"):
        try:
            named: Any = model and model._meta.get_field(part)  # noqa: SLF001
        except FieldDoesNotExist:
            return False
        if not named or named.null:
            return False
        model = named.related_model
    return True


def counted(rows: Rows | int) -> int:
    if isinstance(rows, int):
        return rows
    return rows.count() if isinstance(rows, QuerySet) else len(rows)
