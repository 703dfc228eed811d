"""Customers and their contacts from a file: added, changed where the file says something else, every fault by row."""

from datetime import date
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.import_mapping import CustomerMapping
from customers.imports import import_customers, import_table
from customers.models import Contact, Customer, ValueBand
from jobs.models import Marker
from tests.conftest import NOON
from tests.factories.customers import ContactFactory, CustomerFactory
from tests.factories.functions import FunctionFactory
from tests.factories.requirements_catalog import ProductFactory
from web.imports import MappedTable, Report
from web.mappings import read_mapping

pytestmark = pytest.mark.django_db
MAPPING = """
[customer]
external_id = "id"
name = "firm"
lifecycle = {column = "status", map = {a = "current", b = "past", "" = ""}}
lifecycle_since = "since"
industry = "industry"
country = "country"
size = "staff"
value_band = "band"
domain = "web"
products = "uses"
[contact]
external_id = "person id"
name = "person"
email = "mail"
"""
HEADER = "id,firm,status,since,industry,country,staff,band,web,uses,person id,person,mail"


@pytest.fixture
def bring_in(tmp_path: Path):
    def run(*lines: str, dry_run: bool = False) -> Report:
        file, mapping = tmp_path / "firms.csv", tmp_path / "firms.toml"
        file.write_text("\n".join((HEADER, *lines)) + "\n")
        mapping.write_text(MAPPING)
        return import_customers(path=file, mapping_path=mapping, dry_run=dry_run, now=NOON)

    return run


@pytest.fixture(autouse=True)
def _named() -> None:
    ValueBand.objects.create(name="A", weight=300)
    ProductFactory(name="Pumps")
    ProductFactory(name="Valves")


def rows() -> list[tuple[object, ...]]:
    names = ("external_id", "name", "lifecycle", "industry", "country", "region", "size_band", "domain")
    return list(Customer.objects.order_by("external_id").values_list(*names))


def test_new_customers_come_with_contacts_periods_and_products_and_a_dry_run_leaves_nothing(bring_in) -> None:
    lines = (
        "1,Ahold,a,2024-02-29,manufacturing,Netherlands,1200,A,ahold.example,Pumps;Valves,p1,Ann,ann@ahold.example",
        "1,Ahold,a,2024-02-29,manufacturing,Netherlands,1200,A,ahold.example,Pumps;Valves,p2,Bo,",
        "2,Fiat,,,C,IT,,,,,,,",
    )
    assert bring_in(*lines, dry_run=True).created == {"customers": 2, "contacts": 2}
    assert (rows(), Contact.objects.count(), Marker.objects.count()) == ([], 0, 0)

    report = bring_in(*lines)

    assert (report.errors, report.created, report.changed) == ([], {"customers": 2, "contacts": 2}, {})
    assert rows() == [
        ("1", "Ahold", "current", "C", "NL", "europe-west", "250+", "ahold.example"),
        ("2", "Fiat", "current", "C", "IT", "europe-south", "", ""),
    ]
    ahold = Customer.objects.get(external_id="1")
    assert list(ahold.lifecycle_periods.values_list("lifecycle", "since_on")) == [("current", date(2024, 2, 29))]
    assert (ahold.weight, sorted(ahold.product_uses.values_list("product__name", flat=True))) == (
        300,
        ["Pumps", "Valves"],
    )
    assert list(ahold.contacts.order_by("name").values_list("name", "email", "external_id")) == [
        ("Ann", "ann@ahold.example", "p1"), ("Bo", "", "p2"),
    ]  # fmt: skip
    again = bring_in(*lines)
    assert (again.created, again.changed, again.unchanged) == ({}, {}, {"customers": 2, "contacts": 2})


def test_a_known_customer_is_changed_where_the_file_says_something_else_and_nowhere_else(bring_in) -> None:
    known = CustomerFactory(
        external_id="1", name="Ahold", industry="C", country="NL", region="europe-west", domain="a.b"
    )
    person = ContactFactory(customer=known, external_id="p1", name="Ann", position="Buyer")

    report = bring_in("1,Ahold Delhaize,b,2026-03-01,,BE,,A,,Pumps,p1,Anna,", "9,New,,,,,,,,,,,")

    known.refresh_from_db()
    person.refresh_from_db()
    assert (report.created, report.changed) == ({"customers": 1}, {"customers": 1, "contacts": 1})
    assert rows()[0] == ("1", "Ahold Delhaize", "past", "C", "BE", "europe-west", "", "a.b")
    assert (known.weight, person.name, person.position) == (300, "Anna", "Buyer")
    assert [(each.row, each.name, each.what, each.before, each.after) for each in report.changes] == [
        (2, "Ahold Delhaize", "name", "Ahold", "Ahold Delhaize"),
        (2, "Ahold Delhaize", "country", "NL", "BE"),
        (2, "Ahold Delhaize", "value band", "", "A (300)"),
        (2, "Ahold Delhaize", "lifecycle", "current", "past (2026-03-01)"),
        (2, "Ahold Delhaize", "products", "", "Pumps"),
        (2, "Ann", "name", "Ann", "Anna"),
    ]
    assert Marker.objects.filter(kind=Marker.Kind.CUSTOMER, key1=known.pk).exists()


def test_every_fault_is_named_by_row_and_one_holds_everything_back(bring_in) -> None:
    root = CustomerFactory(external_id="root", name="Root")
    CustomerFactory(external_id="gone", name="Gone", merged_into=root)
    function = FunctionFactory()
    CustomerFactory(external_id="own", lifecycle="internal", function=function)

    report = bring_in(
        "1,Ahold,a,,Farming,NL,,,,,,,",
        "2,Bol,a,2026-02-30,C,Neverland,many,Z,,Cars,,,",
        "3,Coolblue,a,2099-01-01,C,NL,,,,,,,",
        "4,DSM,,,C,NL,,,,,p1,Ann,",
        "4,DSM,,,C,NL,,,,,p1,Ann,",
        "4,DSM,,,G,NL,,,,,p2,Bo,",
        "4,DSM,,,C,NL,,,,,,,",
        "gone,Back,,,,,,,,,,,",
        "own,Ours,,,,,,,,,,,",
        ",Nobody,,,,,,,,,,,",
        "5,Elsevier,,,,,,,,,,Ann,not an address",
    )

    assert (report.created.total() > 0, Customer.objects.count()) == (True, 3)
    said = [(each.row, each.column, each.value) for each in report.errors]
    assert said == [
        (2, "industry", "Farming"),
        (3, "since", "2026-02-30"), (3, "country", "Neverland"), (3, "staff", "many"), (3, "band", "Z"),
        (3, "uses", "Cars"),
        (4, "since", "2099-01-01"),
        (11, "id", ""),
        (12, "person id", ""),
        (7, "id", "4"), (8, "id", "4"),
        (9, "id", "gone"), (10, "id", "own"),
        (6, "person id", "p1"),
    ]  # fmt: skip
    reasons = {(each.row, each.column): each.reason for each in report.errors}
    assert reasons[7, "id"] == "row 5 says otherwise of the same customer"
    assert reasons[8, "id"] == "row 5 is the same customer"
    assert reasons[6, "person id"] == "row 5 is the same person"
    assert "was merged into Root" in reasons[9, "id"]
    assert reasons[10, "id"] == "It is a function, an internal customer: change it on its page."
    assert reasons[4, "since"] == "it lies in the future"


def test_a_customer_without_an_id_is_known_by_its_name_if_no_other_has_it(bring_in) -> None:
    alone = CustomerFactory(name="Alone")
    CustomerFactory.create_batch(2, name="Twice")

    report = bring_in(",Alone,,,C,,,,,,,,", ",Twice,,,C,,,,,,,,", ",Alone,,,C,,,,,,p1,Ann,", ",Alone,,,,,,,,,,,")
    assert [(each.row, each.column, each.reason) for each in report.errors] == [
        (3, "id", "it is missing, and several customers without one have this name: give them one on their pages"),
        (5, "id", "row 2 is the same customer"),
    ]

    report = bring_in(",Alone,,,C,,,,,,,,", ",Alone,,,C,,,,,,p1,Ann,")
    alone.refresh_from_db()
    assert (report.errors, report.changed, report.created) == ([], {"customers": 1}, {"contacts": 1})
    assert (alone.industry, list(alone.contacts.values_list("name", flat=True))) == ("C", ["Ann"])


def test_rows_that_are_the_same_customer_fill_what_is_blank_one_after_the_other(tmp_path: Path) -> None:
    there = CustomerFactory(external_id="", name="Müller AG", country="DE", domain="", industry="")

    report = compared(tmp_path, "7,Mueller AG,,,,DE,,,muller.example,Pumps,,,", "8,Muller,,,C,DE,,,other.example,,,,")

    there.refresh_from_db()
    assert (there.name, there.external_id, there.domain, there.industry) == ("Müller AG", "7", "muller.example", "C")
    assert list(there.product_uses.values_list("product__name", flat=True)) == ["Pumps"]
    assert [(each.row, each.what, each.after) for each in report.changes] == [
        (2, "web domain", "muller.example"), (2, "external id", "7"), (2, "products", "Pumps"), (3, "industry", "C"),
    ]  # fmt: skip


def test_more_duplicates_take_no_more_statements(tmp_path: Path) -> None:
    for at in range(40):
        CustomerFactory(external_id=f"r{at}", name=f"Firm {at}", country="NL", region="europe-west", domain="")

    def statements(count: int, start: int) -> int:
        lines = [f"{start + at},Firm {start + at} BV,,,C,NL,,,w{start + at}.example,Pumps,,," for at in range(count)]
        with CaptureQueriesContext(connection) as seen:
            report = compared(tmp_path, *lines)
        assert report.changed == {"customers": count}
        return len(seen)

    assert statements(30, 10) == statements(3, 0)


def compared(tmp_path: Path, *lines: str) -> Report:
    """Bring rows in after a look for duplicates, each decided by its default."""
    file, stated = tmp_path / "firms.csv", tmp_path / "firms.toml"
    file.write_text("\n".join((HEADER, *lines)) + "\n")
    stated.write_text(MAPPING)
    mapping = read_mapping(stated, CustomerMapping)
    table = MappedTable(file, mapping, tmp_path)
    return import_table(table=table, mapping=mapping, dry_run=False, now=NOON, choices={})


CONSENTS = """
[file]
heading_row = 2
[customer]
external_id = "id"
name = "firm"
[contact]
external_id = "person id"
name = "person"
consent_on = "agreed on"
consent_source = "how"
"""


def consents(tmp_path: Path, *lines: str, mapping: str = CONSENTS) -> Report:
    file, stated = tmp_path / "firms.csv", tmp_path / "firms.toml"
    file.write_text("\n".join(("Who may be asked", "id,firm,person id,person,agreed on,how", *lines)) + "\n")
    stated.write_text(mapping)
    return import_customers(path=file, mapping_path=stated, dry_run=False, now=NOON)


def test_a_consent_comes_by_file_and_none_is_taken_back(tmp_path: Path) -> None:
    there = CustomerFactory(external_id="1", name="Ahold")
    old = ContactFactory(
        customer=there, external_id="p1", name="Ann", consent_on=date(2025, 1, 1), consent_source="fair"
    )
    later = ContactFactory(
        customer=there, external_id="p2", name="Bo", consent_on=date(2026, 2, 2), consent_source="fair"
    )
    no = ContactFactory(customer=there, external_id="p3", name="Cy", is_opted_out=True)
    kept = ContactFactory(
        customer=there, external_id="p4", name="Di", consent_on=date(2025, 3, 3), consent_source="fair"
    )

    report = consents(
        tmp_path, "1,Ahold,p1,Ann,2026-01-05,contract", "1,Ahold,p2,Bo,2026-01-05,contract",
        "1,Ahold,p3,Cy,2026-01-05,contract", "1,Ahold,p4,Di,,", "1,Ahold,p5,Ed,2026-01-05,contract",
    )  # fmt: skip

    assert report.errors == []
    assert (report.changed["contacts"], report.created["contacts"], report.unchanged["contacts"]) == (1, 1, 3)
    assert report.left_out == {"consents of people who do not want to be asked": 1}
    assert [(each.what, each.before, each.after) for each in report.changes] == [
        ("consent given on", "2025-01-01", "2026-01-05"), ("source of the consent", "fair", "contract"),
    ]  # fmt: skip
    for person in (old, later, no, kept):
        person.refresh_from_db()
    new = there.contacts.get(external_id="p5")
    said = [(each.name, each.consent_on, each.consent_source) for each in (old, later, no, kept, new)]
    assert said == [
        ("Ann", date(2026, 1, 5), "contract"), ("Bo", date(2026, 2, 2), "fair"), ("Cy", None, ""),
        ("Di", date(2025, 3, 3), "fair"), ("Ed", date(2026, 1, 5), "contract"),
    ]  # fmt: skip
    assert no.is_opted_out


def test_a_consent_without_a_day_or_in_the_future_is_refused_by_row_and_column(tmp_path: Path) -> None:
    report = consents(tmp_path, "1,Ahold,p1,Ann,,contract", "1,Ahold,p2,Bo,2099-01-01,contract")

    assert [(each.row, each.column, each.value, each.reason) for each in report.errors] == [
        (3, "agreed on", "", "a consent needs the day on which it was given"),
        (4, "agreed on", "2099-01-01", "it lies in the future"),
    ]
    # What stands for every row says nothing of those who did not agree.
    stated = CONSENTS.replace('"how"', '{value = "contract"}')
    assert consents(tmp_path, "1,Ahold,p1,Ann,,", "2,Bol,,,,", mapping=stated).created["contacts"] == 1
    assert Contact.objects.get().consent_source == ""


def test_a_mapping_that_misses_the_row_of_the_headings_is_told_which_it_is(tmp_path: Path) -> None:
    with pytest.raises(ValidationError) as refused:
        consents(tmp_path, "1,Ahold,p1,Ann,,", mapping=CONSENTS.replace("heading_row = 2", ""))
    assert "Row 2 has it: if that row names the columns, say so: file.heading_row = 2." in refused.value.messages[0]


@pytest.mark.parametrize(
    ("choice", "names"),
    [
        ("report", ["Bol", "Bol BV", "bol.example Shop"]),
        ("apart", ["Bol", "Bol BV", "bol.example Shop"]),
        ("same", ["Bol", "bol.example Shop"]),
        ("skip", ["Bol", "bol.example Shop"]),
    ],
)
def test_the_command_compares_names_and_does_with_sure_ones_what_is_asked(tmp_path, capsys, choice, names) -> None:
    there = CustomerFactory(name="Bol", domain="bol.example", country="NL")
    file, mapping = tmp_path / "firms.csv", tmp_path / "firms.toml"
    file.write_text(HEADER + "\nK-1,Bol BV,,,C,NL,,,bol.example,,,,\nK-2,bol.example Shop,,,,,,,bol.example,,,,\n")
    mapping.write_text(MAPPING)

    call_command("import_customers", str(file), mapping=mapping, duplicates=choice, verbosity=0)

    assert list(Customer.objects.order_by("name").values_list("name", flat=True)) == names
    there.refresh_from_db()
    assert (there.external_id, there.industry) == (("K-1", "C") if choice == "same" else ("", ""))
    told = capsys.readouterr().out
    assert ("2 rows look like a customer that is there: 1 surely, 1 perhaps." in told) == (choice != "apart")
    assert ("Both are kept; see --duplicates." in told) == (choice == "report")
    assert ("row 2, Bol BV: surely Bol, in the register (same name, same domain, same country)" in told) == (
        choice != "apart"
    )


def test_products_follow_the_lifecycle_that_the_register_knows(bring_in) -> None:
    prospect = CustomerFactory(external_id="1", name="Ahold", lifecycle="prospective")

    bring_in("1,Ahold,,,,,,,,Pumps,,,")
    bring_in("1,Ahold,a,2026-02-01,,,,,,Valves,,,")

    uses = prospect.product_uses.order_by("product__name").values_list("product__name", "kind")
    assert list(uses) == [("Pumps", "considered"), ("Valves", "used")]


def test_a_lifecycle_from_before_the_last_known_change_is_refused(bring_in) -> None:
    customer = CustomerFactory(external_id="1", name="Ahold")
    customer.lifecycle_periods.create(lifecycle="current", since_on=date(2022, 1, 1))

    report = bring_in("1,Ahold,b,2020-05-01,,,,,,,,,")

    assert [(each.row, each.column) for each in report.errors] == [(2, "since")]
    assert list(customer.lifecycle_periods.values_list("lifecycle", flat=True)) == ["current"]
