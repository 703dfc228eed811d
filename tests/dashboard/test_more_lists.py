"""Contacts, measurements, tokens and imports as lists: sorted, searched, filtered, kept as views, taken along."""

import csv
import io
from datetime import date, timedelta
from decimal import Decimal

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client
from django.utils import timezone

from accounts.clients import note_client_use, register_client
from accounts.models import User
from accounts.services import create_token, revoke_token
from dashboard.known_lists import LISTS
from interviews.loss_models import LossAssessment, LossReason
from jobs.models import FileImport, Job
from metrics import services as metrics
from metrics.figures import Figures
from metrics.models import Measurement
from tests.conftest import NOON
from tests.factories.accounts import UserFactory
from tests.factories.customers import ContactFactory, CustomerFactory
from tests.factories.functions import FunctionFactory, MembershipFactory
from tests.factories.interviews import RoundFactory
from tests.factories.metrics import MetricFactory
from tests.factories.requirements_catalog import ProductFactory, RequirementFactory

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
    for name, kind, stage, counts in (
        ("b.csv", "customers", "imported", {"rows": 3}), ("a.csv", "interviews", "columns", {"lines": 12}),
        ("gone.csv", "interviews", "discarded", {}),
    ):  # fmt: skip
        FileImport.objects.create(kind=kind, file_name=name, stage=stage, folder=name, uploaded_at=NOON, counts=counts)
    user = UserFactory(username="zoe")
    for name, scopes in (("press hall", ["scores:read", "evidence:read"]), ("reports", ["scores:read"])):
        create_token(user=user, name=name, scopes=scopes, now=timezone.now())
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
        "/imports/?sort=-rows": ["a.csv", "b.csv"],
        "/settings/tokens/?sort=name": ["press hall", "reports"],
        "/settings/tokens/?sort=scopes": ["reports", "press hall"],
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


def test_clients_sessions_exports_and_jobs_are_sorted_searched_and_filtered_as_every_list() -> None:
    client = client_of("administrator", user__username="ada")
    ada = User.objects.get(username="ada")
    register_client(name="Data lake", owner=ada, scopes=["scores:read"])
    press, _ = register_client(name="Press hall", owner=ada, scopes=["evidence:read", "scores:read"])
    note_client_use(client=press, now=NOON)
    other = Client()
    other.force_login(ada)
    for signed_in, agent, days in ((client, "Firefox/1 Linux", 0), (other, "Chrome/1 Windows", 3)):
        key, seen = signed_in.session.session_key, NOON - timedelta(days=days)
        UserSession.objects.create(user=ada, session_key=key, user_agent=agent, ip="192.0.2.7")
        UserSession.objects.filter(session_key=key).update(last_seen_at=seen)
    for kind, title, total, state in (
        ("list export", "Customers as CSV", 30_000, "done"), ("program export", "Program", 7, "failed"),
        ("measurements", "Measurements from MES", 9, "done"),
    ):  # fmt: skip
        about = {"list": "customers", "format": "csv", "file": "0" * 32, "query": ""}
        Job.objects.create(kind=kind, title=title, total=total, done=total, state=state, about=about, started_by=ada)

    asked = {
        "/settings/clients/?sort=-scopes": ["Press hall", "Data lake"],
        "/settings/clients/?sort=last_used_at": ["Press hall", "Data lake"],
        "/settings/clients/?scope=evidence:read": ["Press hall"],
        "/settings/clients/?last_used_at_after=2026-03-16": ["Press hall"],
        "/settings/clients/?q=lake": ["Data lake"],
        "/settings/sessions/?sort=device": ["Chrome on Windows", "Firefox on Linux"],
        "/settings/sessions/?seen_at_before=2026-03-15": ["Chrome on Windows"],
        "/settings/sessions/?q=fire": ["Firefox on Linux"],
        "/exports/?sort=total": ["Program", "Customers as CSV"],
        "/exports/?state=failed": ["Program"],
        "/exports/?q=csv": ["Customers as CSV"],
        "/settings/jobs/?sort=-done": ["Customers as CSV", "Measurements from MES", "Program"],
        "/settings/jobs/?kind=measurements": ["Measurements from MES"],
        "/settings/jobs/?q=ada": ["Measurements from MES", "Program", "Customers as CSV"],
    }

    assert {address: first_cells(client, address) for address in asked} == asked
    for address in ("settings/clients/?q=lake", "settings/sessions/?q=fire", "exports/?q=csv", "settings/jobs/?q=mes"):
        page = client.get(f"/{address}")
        assert page.context["list"].count == 1
        assert "/views/new/?list=" in page.content.decode()
    assert {"clients", "sessions", "exports", "jobs", "kept scores"} <= LISTS.keys()
    assert "never" in client.get("/settings/clients/?q=lake").content.decode()


def test_roles_products_targets_and_losses_have_an_order() -> None:
    client = client_of("specialist", user__username="sam")
    MembershipFactory(role="administrator", user__username="ada")
    UserFactory(username="no role")
    for name, products in (("Spring", ["Press B"]), ("Autumn", ["Press A", "Press C"]), ("Standing", [])):
        RoundFactory(name=name).products.set([ProductFactory(name=each) for each in products])
    for name, target in (("Hours", 4), ("More hours", 9), ("None", None)):
        MetricFactory(name=name, target=target, duration=True)
    for count, name in ((2, "Two"), (0, "None"), (1, "One")):
        loss = LossAssessment.objects.create(
            customer=CustomerFactory(name=name), lost_on=NOON.date(), assessed_on=NOON.date(), assessed_by_name="Sam",
            could_have_known="open",
        )  # fmt: skip
        for _ in range(count):
            LossReason.objects.create(loss=loss, requirement=RequirementFactory(), source="theirs")

    assert first_cells(client_of("administrator", user__username="bea"), "/settings/people/?sort=roles", 1) == [
        "ada", "bea", "sam", "no role",
    ]  # fmt: skip
    assert first_cells(client, "/rounds/?sort=products") == ["Autumn", "Spring", "Standing"]
    assert first_cells(client, "/metrics/?sort=-target")[:2] == ["More hours", "Hours"]
    assert first_cells(client, "/losses/?sort=-requirements") == ["Two", "One", "None"]


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
    assert first_cells(specialist, "/measurements/?sort=metric", figures) == ["5", "3.5", "9 of 10"]
    assert first_cells(specialist, "/measurements/?q=share", figures) == ["9 of 10"]
    assert first_cells(specialist, "/measurements/?external_id=m+1", figures) == ["5"]
    assert first_cells(specialist, "/measurements/?revision=corrected", figures) == ["4"]
    assert first_cells(keeper, "/measurements/", figures) == ["3.5", "5"]
    assert first_cells(keeper, "/measurements/?q=share", figures) == []
    page = keeper.get("/measurements/?revision=all").content.decode()
    assert "<s>4</s>" in page
    assert f"/measurements/{first.pk}/correct/" not in page
    assert client_of("viewer").get("/measurements/").status_code == 404
