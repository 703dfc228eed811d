"""Requirements, functions and metrics by file: made, changed, left; taken along and brought back as they are."""

import csv
import io
import re
from decimal import Decimal
from html import unescape
from pathlib import Path

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from customers.models import ProductUse, ValueBand
from dashboard import file_imports, tasks
from functions.models import Function, SupplyLink
from jobs.models import FileImport
from metrics.models import Metric, MetricLink
from requirements_catalog.models import Attribute, Requirement, Responsibility
from tests.conftest import NOON
from tests.factories.customers import CustomerFactory
from tests.factories.functions import FunctionFactory, MembershipFactory, SupplyLinkFactory
from tests.factories.metrics import MetricFactory, MetricLinkFactory
from tests.factories.requirements_catalog import ProductFactory, RequirementFactory

WAY_OUT = "Add it first, by its own file or on its page, or correct the name."
pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture(autouse=True)
def data_folder(settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


@pytest.fixture(autouse=True)
def no_worker(monkeypatch) -> None:
    monkeypatch.setattr(tasks.run_file_import, "delay", lambda _pk: None)


@pytest.fixture
def specialist() -> Client:
    client = Client()
    client.force_login(MembershipFactory(role="specialist").user)
    return client


def text_of(answer) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def check(client: Client, kind: str, content: str | bytes, name: str = "file.csv", **said: str) -> FileImport:
    """Upload a file, take every suggestion, and have it checked."""
    data = content if isinstance(content, bytes) else content.encode()
    answer = client.post("/imports/new/", {"kind": kind, "file": SimpleUploadedFile(name, data)})
    assert answer.status_code == 302, text_of(answer)
    if answer["Location"].endswith("/columns/"):
        form = client.get(answer["Location"]).context["form"]
        roles = {f"role_{number}": guess.role for number, guess in enumerate(form.guesses)}
        named = client.post(answer["Location"], {"decimal": ".", "date_format": "%Y-%m-%d"} | roles | said)
        assert named.status_code == 302, text_of(named)
    return run()


def run() -> FileImport:
    file_imports.run_file_import(pk=FileImport.objects.latest("pk").pk, now=NOON)
    return FileImport.objects.latest("pk")


def bring_in(client: Client, kind: str, content: str | bytes, **said: str) -> FileImport:
    checked = check(client, kind, content, **said)
    assert errors(client) == []
    client.post(f"/imports/{checked.pk}/start/")
    return run()


def page(client: Client) -> str:
    return text_of(client.get(f"/imports/{FileImport.objects.latest('pk').pk}/"))


def errors(client: Client) -> list[tuple[str, str, str]]:
    answer = client.get(f"/imports/{FileImport.objects.latest('pk').pk}/errors/")
    rows = csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig")))
    return [(row["row"], row["column"], row["reason"]) for row in rows]


def test_requirements_are_made_changed_and_left_as_the_check_said_before(specialist):
    sales, desk = FunctionFactory(name="Sales"), FunctionFactory(name="Order desk")
    press = ProductFactory(name="Press")
    ProductFactory(name="Ink; black")
    attribute = Attribute.objects.create(key="delivery", name="Delivery")
    RequirementFactory(reference="R-1", statement="On time", attribute=attribute, owner=sales, products=[press])
    RequirementFactory(reference="R-2", statement="Kept", attribute=attribute, owner=sales, products=[press])
    rows = (
        "Code,Requirement,Attribute,Owner,Products,Status,Unit,Direction,Resolution,Contributors\n"
        "R-1,Delivered on time,Delivery,,,,,,,\n"
        "R-2,Kept,Delivery,Sales,Press,active,,,,\n"
        'R-9,Answered fast,Delivery,Order desk,"Press; ""Ink; black""",active,hours,lower,0.5,Sales = 3\n'
    )

    checked = check(specialist, "requirements", rows)

    assert (checked.counts["created"], checked.counts["changed"], checked.counts["unchanged"]) == (
        {"requirements": 1}, {"requirements": 1}, {"requirements": 1},
    )  # fmt: skip
    assert "2 R-1 statement On time Delivered on time" in page(specialist)
    assert Requirement.objects.count() == 2

    specialist.post(f"/imports/{checked.pk}/start/")
    assert run().stage == "imported"
    new = Requirement.objects.get(reference="R-9")
    assert (new.statement, new.state, new.owner) == ("Answered fast", "active", desk)
    assert [product.name for product in new.products.all()] == ["Ink; black", "Press"]
    assert (new.current_scale.unit, new.current_scale.direction, new.current_scale.resolution) == (
        "hours", "lower", Decimal("0.5"),
    )  # fmt: skip
    assert list(Responsibility.objects.values_list("function__name", "strength")) == [("Sales", 3)]
    assert Requirement.objects.get(reference="R-1").statement == "Delivered on time"


def test_every_fault_of_a_file_is_named_by_row_with_the_way_out(specialist):
    sales = FunctionFactory(name="Sales")
    Attribute.objects.create(key="delivery", name="Delivery")
    RequirementFactory(reference="R-1", owner=sales, products=[ProductFactory(name="Press")], scale={})
    before = Requirement.objects.count()
    rows = (
        "Reference,Statement,Attribute,Owner,Products,State,Unit\n"
        "R-7,New,Delivery,Salse,Press,,\n"
        "R-8,,Delivery,,,,\n"
        "R-9,New,Delivery,,Press,active,\n"
        "R-9,New,Delivery,,Press,,\n"
        ",New,Delivery,,Press,,\n"
        "R-1,,,,,closed,\n"
        "R-1b,New,Delivery,,Press,,hours\n"
    )

    assert check(specialist, "requirements", rows).counts["errors"] == 8
    known = "Known: 'draft', 'review', 'active', 'retired'"
    assert errors(specialist) == [
        ("2", "Owner", f"there is no function of this name. Did you mean 'Sales'? {WAY_OUT}"),
        ("3", "Statement", "it is missing, and a new one needs it"),
        ("3", "Products", "it is missing, and a new one needs it"),
        ("4", "Owner", "An active requirement needs an owner: exactly one function answers for it."),
        ("5", "Reference", "row 4 is the same"),
        ("6", "Reference", "it is missing: by it the row is known"),
        ("7", "State", f"it is no state. {known}"),
        ("8", "Unit", "A scale has a unit, a direction and a resolution. State all three, or none."),
    ]  # fmt: skip
    assert Requirement.objects.count() == before

    check(specialist, "requirements", "Reference,Unit\nR-1,days\n")
    assert errors(specialist) == [
        ("2", "Unit", "Levels are stated on the scale it has. Say why it changes, in the column scale_reason."),
    ]


def test_functions_may_supply_each_other_before_their_rows_are_read(specialist):
    old = SupplyLinkFactory(supplier=FunctionFactory(name="Stores"), supplied=FunctionFactory(name="Works"))
    rows = (
        "Name,Position,Customer-facing,Suppliers\n"
        "Sales,7,yes,Works = 0.5; Planning\n"
        "Planning,8,no,Sales = 1\n"
        "Works,,,Planning = 0.25\n"
    )

    done = bring_in(specialist, "functions", rows)

    assert (done.counts["created"], done.counts["changed"]) == ({"functions": 2}, {"functions": 1})
    links = SupplyLink.objects.values_list("supplier__name", "supplied__name", "strength")
    assert sorted(links) == [
        ("Planning", "Sales", None), ("Planning", "Works", Decimal("0.25")), ("Sales", "Planning", Decimal("1.00")),
        ("Works", "Sales", Decimal("0.50")),
    ]  # fmt: skip
    assert not SupplyLink.objects.filter(pk=old.pk).exists()
    assert Function.objects.get(name="Sales").is_customer_facing

    check(specialist, "functions", "Name,Supplies\nSales,Sales = 1\nWorks,Sales = 0.6; Plannin\n")
    assert errors(specialist) == [
        ("3", "Supplies", "the strength is 1, 0.75, 0.5 or 0.25, or left out"),
        ("2", "Supplies", "A function cannot supply itself. Choose two different functions."),
    ]


def test_metrics_hand_a_level_over_whatever_the_order_of_their_rows(specialist):
    press = ProductFactory(name="Press")
    late = RequirementFactory(reference="R-1", products=[press], scale={"unit": "days"})
    RequirementFactory(reference="R-2", products=[press, ProductFactory(name="Ink")])
    FunctionFactory(name="Sales")
    old = MetricFactory(name="Old", unit="days", direction="lower")
    MetricLinkFactory(metric=old, requirement=late, product=press, role="measures", strength=9)
    rows = (
        "Name,Function,Kind,Unit,Direction,Target,Links\n"
        "New,Sales,duration percentile,days,lower,2.5,R-1 = 9 measures; R-2 / Ink = 3\n"
        "Old,,,,,,R-1 = 1\n"
    )

    check(specialist, "metrics", rows)
    assert errors(specialist) == [("2", "percentile", "A metric of the kind 'duration percentile' needs this.")]

    done = bring_in(specialist, "metrics", rows.replace("duration percentile", "level"))
    assert (done.counts["created"], done.counts["changed"]) == ({"metrics": 1}, {"metrics": 1})
    links = MetricLink.objects.values_list(
        "metric__name", "requirement__reference", "product__name", "role", "strength"
    )
    assert sorted(links) == [
        ("New", "R-1", "Press", "measures", 9), ("New", "R-2", "Ink", "supports", 3),
        ("Old", "R-1", "Press", "supports", 1),
    ]  # fmt: skip
    assert Metric.objects.get(name="New").target == Decimal("2.5")

    check(specialist, "metrics", "Name,Links\nOld,R-1 = 9 measures\n")
    assert errors(specialist) == [
        ("2", "Links", "Another metric measures this level already; this one can support."),
    ]


def an_odd_catalogue() -> None:
    """Names that spreadsheets take for formulas, and that hold the marks by which a cell is parted."""
    press, ink = ProductFactory(name="Press"), ProductFactory(name="Ink; black")
    sales, works = FunctionFactory(name="=Sales", purpose='Says; "yes"'), FunctionFactory(name="Works = 1; two")
    SupplyLinkFactory(supplier=works, supplied=sales, strength=Decimal("0.50"))
    SupplyLinkFactory(supplier=sales, supplied=works, strength=None)
    one = RequirementFactory(
        reference="R-1", statement="-10 % waste", owner=sales, products=[press, ink], rule="One\r\ntwo",
        scale={"unit": "percent"},
    )  # fmt: skip
    Responsibility.objects.create(requirement=one, function=works, strength=3)
    metric = MetricFactory(name="'=Waste", unit="percent", direction="lower", target=Decimal(100), function=works)
    MetricLinkFactory(metric=metric, requirement=one, product=ink, role="measures", strength=9)


def an_odd_register() -> None:
    """Customers with and without an id, a function among them, whose names and products look like something else."""
    oil, band = ProductFactory(name="Oil; thin"), ValueBand.objects.create(name="=Key", weight=300)
    CustomerFactory(
        external_id="7", name="@Alpha", industry="C", country="BO", region="america-latin", size_band="250+",
        value_band=band, domain="alpha.example",
    )  # fmt: skip
    beta = CustomerFactory(name="Beta", lifecycle="prospective", region="europe-west")
    for product in (oil, ProductFactory(name="Rolls")):
        ProductUse.objects.create(customer=beta, product=product, kind="considered")
    CustomerFactory(name="Planning", lifecycle="internal", function=FunctionFactory(name="Planning"))


@pytest.mark.parametrize(
    ("noun", "address", "column", "cell"),
    [
        ("requirements", "/requirements/", "statement", "-5 % waste"),
        ("functions", "/functions/", "suppliers", '"Works = 1; two" = 0.25'),
        ("customers", "/customers/", "domain", "other.example"),
        ("metrics", "/metrics/", "links", '"R-1 / Ink; black" = 9 supports'),
    ],
)
def test_what_was_taken_along_comes_back_unchanged_and_one_cell_makes_one_change(
    specialist, noun, address, column, cell
):
    an_odd_catalogue()
    an_odd_register()
    taken = b"".join(specialist.get(address, {"format": "csv"}).streaming_content)
    rows = list(csv.DictReader(io.StringIO(taken.decode("utf-8-sig"))))

    checked = check(specialist, noun, taken)

    assert errors(specialist) == []
    assert (checked.counts["created"], checked.counts["changed"]) == ({}, {})
    assert checked.counts["unchanged"] == {noun: len(rows)}

    book = openpyxl.load_workbook(io.BytesIO(b"".join(specialist.get(address, {"format": "xlsx"}).streaming_content)))
    sheet = book.active
    heads = [each.value for each in sheet[1]]
    sheet.cell(2, heads.index(column) + 1, cell).data_type = "s"
    changed = io.BytesIO()
    book.save(changed)
    checked = check(specialist, noun, changed.getvalue(), name="file.xlsx")

    assert (errors(specialist), checked.counts["created"]) == ([], {})
    assert checked.counts["changed"] == {noun: 1}
    assert checked.counts["unchanged"] == ({noun: len(rows) - 1} if len(rows) > 1 else {})
