import csv
import io
from dataclasses import dataclass
from datetime import date

import pytest
from django.http import QueryDict
from django.utils import timezone
from django_filters import BooleanFilter, CharFilter, ChoiceFilter, FilterSet, NumberFilter

from customers.contact_views import CONTACTS
from customers.models import Contact
from customers.selectors import register
from customers.views import CUSTOMERS
from functions.models import Function
from interviews.models import Interview
from interviews.views import INTERVIEWS
from tests.factories.functions import FunctionFactory
from web.filters import FromDayToDay, FromTo
from web.lists import Column, ListAsked, ListPlan


class FunctionFilter(FilterSet):
    customer_facing = BooleanFilter(field_name="is_customer_facing", label="Customer-facing")
    position = NumberFilter(label="Position")
    between = FromTo(field_name="position", label="Place")
    purpose = ChoiceFilter(label="Purpose", choices=[("sell", "to sell"), ("serve", "to serve")])
    short_name = CharFilter(label="Short name")

    class Meta:
        model = Function
        fields = ()


PLAN = ListPlan(
    name="functions",
    columns=(
        Column("name", "Name"),
        Column("place", "Place", value=lambda row: row.position, order_by=("position",), numeric=True),
        Column("short_name", "Short name", sortable=False),
    ),
    sort="name",
    filters=FunctionFilter,
    search=("name", "purpose"),
    also=("as_of",),
    page_size=2,
)


@dataclass
class Row:
    pk: int
    name: str
    gap: float | None = None
    on: date | None = None


ROWS = ListPlan(
    name="rows",
    columns=(Column("name", "Name"), Column("gap", "Gap", numeric=True), Column("on", "On")),
    sort="-gap",
)


def asked(query: str = "", plan: ListPlan = PLAN) -> ListAsked:
    return ListAsked(plan, QueryDict(query))


def names(query: str = "") -> list[str]:
    reading = asked(query)
    return [row.name for row in reading.show(reading.narrowed(Function.objects.all())).page]


def read_csv(response) -> list[list[str]]:
    text = b"".join(response.streaming_content).decode()
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))


@pytest.fixture
def three(db) -> None:
    FunctionFactory(name="Sales", position=3, purpose="sell")
    FunctionFactory(name="Invoicing", position=1, is_customer_facing=True)
    FunctionFactory(name="Training", position=2, purpose="serve")


# ---- Sorting


def test_rows_stand_in_the_order_of_the_plan(three):
    assert names("page_size=10") == ["Invoicing", "Sales", "Training"]


def test_a_minus_turns_the_order_round(three):
    assert names("sort=-place&page_size=10") == ["Sales", "Training", "Invoicing"]


def test_ties_stand_by_id_in_the_direction_of_the_order(db):
    ids = [FunctionFactory(name=name, position=5).pk for name in ("B", "A")]

    for query, expected in (("sort=place", ids), ("sort=-place", ids[::-1])):
        reading = asked(query)
        assert [row.pk for row in reading.show(Function.objects.all()).page] == expected


@pytest.mark.parametrize(
    ("plan", "rows", "sort", "may_be_empty"),
    [
        (CONTACTS, Contact.objects.all(), "-name", False),
        (CONTACTS, Contact.objects.all(), "-customer", False),
        (CONTACTS, Contact.objects.all(), "-consent_on", True),
        (INTERVIEWS, Interview.objects.all(), "-lifecycle", False),
        (INTERVIEWS, Interview.objects.all(), "-interviewer", True),
        (CUSTOMERS, register(), "-weight", True),  # worked out by the query: nobody knows
    ],
)
def test_only_what_can_be_empty_is_asked_to_come_last(plan, rows, sort, may_be_empty):
    """PostgreSQL reads an index backwards for 'descending', but not for 'descending, nulls last'."""
    ordered = asked(f"sort={sort}", plan).ordered(rows)

    assert {bool(each.nulls_last) for each in ordered.query.order_by[:-1]} == {may_be_empty}


def test_plain_rows_without_a_value_come_last_in_both_directions():
    rows = [Row(3, "c"), Row(2, "b", 10.0), Row(1, "a", 20.0), Row(4, "d", 10.0)]

    assert [row.pk for row in asked("sort=-gap", ROWS).show(rows).page] == [1, 2, 4, 3]
    assert [row.pk for row in asked("sort=gap", ROWS).show(rows).page] == [2, 4, 1, 3]


def test_the_sorted_heading_says_so_and_links_to_the_other_direction():
    heads = asked("sort=-place&as_of=2026-03-01").heads

    assert [(head.direction, head.url) for head in heads] == [
        ("none", "?as_of=2026-03-01&sort=name"),
        ("descending", "?as_of=2026-03-01&sort=place"),
        ("", ""),
    ]


def test_a_numeric_column_is_first_sorted_from_high_to_low():
    assert asked().heads[1].url == "?sort=-place"


# ---- Search and filters


def test_every_word_must_be_found_somewhere(three):
    assert names("q=sal+sell") == ["Sales"]
    assert names("q=sal+serve") == []


def test_filters_narrow_the_list(three):
    assert names("customer_facing=true") == ["Invoicing"]
    assert names("between_min=2&between_max=3") == ["Sales", "Training"]


def test_each_filter_is_a_chip_in_words_that_links_to_the_list_without_it():
    chips = asked("q=sal&purpose=sell&between_min=2&page=3&sort=-place").chips

    assert [(chip.label, chip.value, chip.remove_url) for chip in chips] == [
        ("Search", "sal", "?purpose=sell&between_min=2&sort=-place"),
        ("Place", "from 2", "?q=sal&purpose=sell&sort=-place"),
        ("Purpose", "to sell", "?q=sal&between_min=2&sort=-place"),
    ]


def test_yes_and_no_are_said_as_words():
    assert [chip.value for chip in asked("customer_facing=false").chips] == ["no"]


def test_a_form_keeps_what_it_does_not_ask():
    reading = asked("q=sal&purpose=sell&as_of=2026-03-01&page=2")

    assert reading.kept_pairs == [("q", "sal"), ("purpose", "sell"), ("as_of", "2026-03-01")]
    assert reading.settings_pairs == [("q", "sal"), ("as_of", "2026-03-01")]


def test_a_list_that_filters_rows_itself_can_ask_for_the_value():
    assert asked("purpose=sell").value_of("purpose") == "sell"
    assert asked().value_of("purpose") is None


# ---- What makes no sense


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("sort=salary", "'sort' was left out: the list cannot be sorted by 'salary'."),
        ("sort=short_name", "'sort' was left out: the list cannot be sorted by 'short_name'."),
        ("page=0", "'page' was left out: it must be a whole number from 1 to 1000000000."),
        ("page=two", "'page' was left out: it must be a whole number from 1 to 1000000000."),
        ("page=%D9%A3", "'page' was left out: it must be a whole number from 1 to 1000000000."),
        ("page_size=201", "'page_size' was left out: it must be a whole number from 1 to 200."),
        ("colour=red", "'colour' was left out: this list has no such filter."),
        ("between_min=9&between_max=2", "'between' was left out: it ends before it begins."),
        ("position=abc", "'position' was left out: Enter a number."),
        ("between_min=abc", "'between' was left out: Enter a number."),
        ("purpose=steal", "'purpose' was left out: Select a valid choice. steal is not one of the available choices."),
        ("q=%00", "'q' was left out: it holds a character that no text has."),
        ("q=" + "x" * 201, "'q' was left out: a search has at most 200 characters."),
    ],
)
def test_a_parameter_that_makes_no_sense_is_left_out_and_named(three, query, problem):
    reading = asked(f"{query}&customer_facing=true")
    shown = reading.show(reading.narrowed(Function.objects.all()))

    assert shown.problems == [problem]
    assert [row.name for row in shown.page] == ["Invoicing"]
    assert query.split("=")[0] not in reading.url()


def test_a_page_behind_the_last_shows_the_last_and_says_so(three):
    reading = asked("page=9")
    shown = reading.show(Function.objects.all())

    assert shown.page.number == 2
    assert shown.problems == ["'page' was left out: the last page is 2."]


# ---- Pages


def test_pages_link_to_their_neighbours_and_keep_the_rest(three):
    first, second = (asked(f"sort=-place&page={number}").show(Function.objects.all()) for number in (1, 2))

    assert (first.count, first.previous_url, first.next_url) == (3, "", "?sort=-place&page=2")
    assert (second.previous_url, second.next_url) == ("?sort=-place&page=1", "")


def test_the_pages_around_this_one_the_first_and_the_last_are_linked():
    shown = asked("page=10&page_size=25", ROWS).show([Row(pk, "r") for pk in range(500)])

    assert [(each.number, each.url, each.is_here) for each in shown.pages] == [
        (1, "?page_size=25&page=1", False),
        (None, "", False),
        (9, "?page_size=25&page=9", False),
        (10, "?page_size=25&page=10", True),
        (11, "?page_size=25&page=11", False),
        (None, "", False),
        (20, "?page_size=25&page=20", False),
    ]
    assert shown.has_many_pages


def test_the_size_of_a_page_is_chosen_by_links_where_there_is_something_to_choose():
    shown = asked("sort=gap&page=2", ROWS).show([Row(pk, "r") for pk in range(30)])

    assert [(each.number, each.url, each.is_here) for each in shown.page_sizes] == [
        (25, "?sort=gap&page_size=25", True),
        (50, "?sort=gap&page_size=50", False),
        (100, "?sort=gap&page_size=100", False),
        (200, "?sort=gap&page_size=200", False),
    ]
    assert asked("", ROWS).show([Row(pk, "r") for pk in range(25)]).page_sizes == []


def test_a_narrowed_list_says_how_many_there_are_without_its_filters(three):
    def total(query: str) -> int | None:
        reading = asked(query)
        return reading.show(reading.narrowed(Function.objects.all()), of=Function.objects.all()).total

    assert (total("purpose=sell"), total("q=nothing"), total("sort=place")) == (3, 3, None)


@pytest.mark.parametrize("sort", ["place", "-place", "name"])
def test_a_page_far_down_has_the_rows_that_a_slice_has_from_whichever_end_it_is_read(three, monkeypatch, sort):
    monkeypatch.setattr("web.deep_pages.DEEP", 2)
    for number in range(8):
        FunctionFactory(name=f"Function {number}", position=number + 4)
    reading = asked(f"sort={sort}")
    rows = list(reading.ordered(Function.objects.all()))

    pages = [list(asked(f"sort={sort}&page={page}").show(Function.objects.all()).page) for page in range(1, 7)]

    assert pages == [rows[start : start + 2] for start in range(0, 12, 2)]


def test_clearing_takes_out_search_and_filters_and_nothing_else(three):
    reading = asked("q=sal&between_min=2&as_of=2026-03-01&sort=place&page=2")

    assert reading.show(Function.objects.all()).clear_url == "?as_of=2026-03-01&sort=place"


def test_a_range_of_days_asks_for_days_and_not_for_moments():
    class Days(FilterSet):
        on = FromDayToDay(label="On")

        class Meta:
            model = Function
            fields = ()

    plan = ListPlan(name="days", columns=ROWS.columns, sort="on", filters=Days)
    with timezone.override("Pacific/Auckland"):
        reading = asked("on_after=2026-03-02&on_before=2026-03-31", plan)

    assert reading.value_of("on") == slice(date(2026, 3, 2), date(2026, 3, 31))
    assert [chip.value for chip in reading.chips] == ["from 2026-03-02 to 2026-03-31"]


def test_a_number_too_long_to_be_written_out_is_left_out_of_a_range(three):
    reading = asked("between_min=1e999999999")

    assert len(reading.narrowed(Function.objects.all())) == 3
    assert len(reading.problems) == 1


def test_an_empty_list_is_only_narrowed_if_something_is_asked(db):
    assert not asked().show(Function.objects.all()).is_narrowed
    assert asked("q=nothing").show(Function.objects.all()).is_narrowed


# ---- CSV


def test_the_csv_has_what_is_shown_on_all_pages(three):
    reading = asked("sort=-place&between_min=2&format=csv")
    shown = reading.show(reading.narrowed(Function.objects.all()))

    assert reading.wants_file
    assert read_csv(reading.file(shown)) == [["name", "place", "short_name"], ["Sales", "3", ""], ["Training", "2", ""]]


def test_the_link_to_the_csv_keeps_filters_and_order(three):
    reading = asked("sort=-place&q=sal")

    assert reading.show(reading.narrowed(Function.objects.all())).csv_url == "?sort=-place&q=sal&format=csv"


@pytest.mark.django_db
def test_no_cell_of_the_csv_is_a_formula_and_dates_are_iso():
    rows = [Row(1, "=1+1", -2.5, date(2026, 3, 1)), Row(2, "@cmd")]
    reading = asked("format=csv", ROWS)

    assert read_csv(reading.file(reading.show(rows))) == [
        ["name", "gap", "on"],
        ["'=1+1", "-2.5", "2026-03-01"],
        ["'@cmd", "", ""],
    ]
