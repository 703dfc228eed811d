"""Contacts, measurements, tokens and imports as lists: sorted, searched, filtered, kept as views, taken along."""

import csv
import io
from datetime import date
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.services import create_token, revoke_token
from dashboard.known_lists import LISTS
from jobs.models import FileImport
from metrics import services as metrics
from metrics.figures import Figures
from metrics.models import Measurement
from tests.conftest import NOON
from tests.factories.accounts import UserFactory
from tests.factories.customers import ContactFactory, CustomerFactory
from tests.factories.functions import FunctionFactory, MembershipFactory
from tests.factories.metrics import MetricFactory

pytestmark = pytest.mark.django_db


def client_of(role: str, **fields: object) -> Client:
    client = Client()
    client.force_login(MembershipFactory(role=role, **fields).user)
    return client


def first_cells(client: Client, address: str, column: int = 0) -> list[str]:
    """Return a column of the list's CSV: the file has what the page shows."""
    text = client.get(f"{address}{'&' if '?' in address else '?'}format=csv").getvalue().decode("utf-8-sig")
    return [line[column] for line in csv.reader(io.StringIO(text))][1:]


@pytest.fixture
def _everything() -> None:
    """Some contacts, tokens and uploaded files."""
    for name, customer, region, opted_out in (
        ("Ann", "Zeta", "europe-west", False),
        ("Bo", "Alpha", "europe-south", True),
        ("Cy", "Mid", "europe-west", True),
    ):
        ContactFactory(name=name, customer=CustomerFactory(name=customer, region=region), is_opted_out=opted_out)
    for name, kind, stage in (("b.csv", "customers", "imported"), ("a.csv", "interviews", "columns"),
                              ("gone.csv", "interviews", "discarded")):  # fmt: skip
        FileImport.objects.create(kind=kind, file_name=name, stage=stage, folder=name, uploaded_at=NOON)
    user = UserFactory(username="zoe")
    for name in ("press hall", "reports"):
        create_token(user=user, name=name, scopes=["scores:read"], now=timezone.now())
    revoke_token(token=user.api_tokens.get(name="reports"), now=timezone.now())


@pytest.mark.usefixtures("_everything")
def test_contacts_imports_and_tokens_are_sorted_searched_and_filtered_in_page_and_file() -> None:
    client = client_of("administrator")

    asked = {
        "/contacts/?sort=customer": ["Bo", "Cy", "Ann"],
        "/contacts/?sort=-name": ["Cy", "Bo", "Ann"],
        "/contacts/?q=alpha": ["Bo"],
        "/contacts/?region=europe-west&is_opted_out=true": ["Cy"],
        "/imports/?sort=file_name": ["a.csv", "b.csv"],
        "/imports/?kind=customers&stage=imported": ["b.csv"],
        "/imports/?q=a.c": ["a.csv"],
        "/settings/tokens/?sort=name": ["press hall", "reports"],
        "/settings/tokens/?revoked=true": ["reports"],
        "/settings/tokens/?revoked=false&q=zoe": ["press hall"],
    }

    assert {address: first_cells(client, address) for address in asked} == asked
    for address in ("/imports/?q=a.c", "/settings/tokens/?revoked=true"):
        assert client.get(address).context["list"].count == 1
    assert {"contacts", "measurements", "tokens", "imports"} <= LISTS.keys()  # what saved views and long exports know
    page = client.get("/contacts/?is_opted_out=true").content.decode()
    assert "2 of 3 contacts match" in page
    assert "/views/new/?list=contacts" in page


@pytest.fixture
def entered() -> tuple[User, Measurement]:
    """Measurements of two functions, one of them corrected; and the head of the first."""
    own, other = FunctionFactory(name="Sales"), FunctionFactory(name="Supplies")
    head = MembershipFactory(role="head", function=own).user
    days = MetricFactory(name="Days to offer", function=own, duration=True)
    share = MetricFactory(name="Share on time", function=other, proportion=True)
    for metric, day, figures in (
        (days, 1, {"value": Decimal(4)}),
        (days, 2, {"value": Decimal("3.50")}),
        (share, 3, {"numerator": 9, "denominator": 10}),
    ):
        on = date(2026, 3, day)
        metrics.record_measurement(
            metric=metric, figures=Figures(period_start=on, period_end=on, **figures), source="page",
            external_id=f"m {day}", today=NOON.date(),
        )  # fmt: skip
    first = Measurement.objects.get(external_id="m 1")
    on = first.period_end
    metrics.correct_measurement(
        measurement=first,
        figures=Figures(period_start=on, period_end=on, value=Decimal(5)),
        reason="typed wrong",
        today=NOON.date(),
    )
    return head, first


def test_measurements_are_listed_for_whoever_keeps_them_with_the_corrected_ones_on_demand(entered) -> None:
    head, first = entered
    keeper, specialist = Client(), client_of("specialist")
    keeper.force_login(head)
    figures = 6

    assert first_cells(specialist, "/measurements/", figures) == ["9 of 10", "3.5", "5"]
    assert first_cells(specialist, "/measurements/?sort=metric", figures) == ["3.5", "5", "9 of 10"]
    assert first_cells(specialist, "/measurements/?q=share", figures) == ["9 of 10"]
    assert first_cells(specialist, "/measurements/?external_id=m+1", figures) == ["5"]
    assert first_cells(specialist, "/measurements/?revision=corrected", figures) == ["4"]
    assert first_cells(keeper, "/measurements/", figures) == ["3.5", "5"]
    assert first_cells(keeper, "/measurements/?q=share", figures) == []
    page = keeper.get("/measurements/?revision=all").content.decode()
    assert "<s>4</s>" in page
    assert f"/measurements/{first.pk}/correct/" not in page
    assert client_of("viewer").get("/measurements/").status_code == 404
