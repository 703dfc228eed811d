"""Walks every address as every role and compares with the table in permission_matrix.py."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from accounts.clients import register_client
from accounts.models import Scope, User
from accounts.services import create_token
from customers.models import ValueBand
from functions.models import Function
from functions.models import Program as ProgramRow
from gap_scores.models import ProjectionState
from gap_scores.services import drain_all
from gap_scores.snapshots import keep_snapshot
from interviews.models import Coding, Interview
from interviews.parts import Perception
from interviews.services import record_answer
from jobs.models import Job
from jobs.services import mark_circle
from requirements_catalog.models import RatingScale, Requirement
from tests.api.callers import EVERY_SCOPE, bearing
from tests.architecture.permission_matrix import API, PAGES, ROLES, Address, Page
from tests.factories.accounts import UserFactory
from tests.factories.customers import ContactFactory, CustomerFactory
from tests.factories.functions import FunctionFactory, MembershipFactory, SupplyLinkFactory
from tests.factories.interviews import InterviewFactory, VerbatimFactory
from tests.factories.metrics import MeasurementFactory, MetricFactory, MetricLinkFactory
from tests.factories.requirements_catalog import RequirementFactory

pytestmark = pytest.mark.django_db
# Rooms of others, with tests of their own below.
THIRD_PARTY = ("accounts/", "admin/")


# ---- The addresses


@dataclass(frozen=True)
class Route:
    name: str
    text: str
    view: Any
    parameters: tuple[str, ...]


@cache
def routes() -> tuple[Route, ...]:
    return tuple(_routes(get_resolver(), "", "", leave_out=THIRD_PARTY))


def _routes(resolver: URLResolver, text: str, space: str, leave_out: tuple[str, ...] = ()) -> Iterator[Route]:
    for entry in resolver.url_patterns:
        path = text + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield Route(space + (entry.name or ""), path, entry.callback, tuple(entry.pattern.converters))
        elif path not in leave_out:
            yield from _routes(entry, path, space + (f"{entry.namespace}:" if entry.namespace else ""), leave_out)


def pages() -> dict[str, Page]:
    return {name: row for name, row in (PAGES | API).items() if isinstance(row, Page)}


def addresses() -> dict[str, Address]:
    return {name: row for name, row in API.items() if isinstance(row, Address)}


def test_every_route_has_a_row_and_every_row_a_route() -> None:
    names = {route.name for route in routes()}
    described = {key.rpartition(" ")[2] for key in PAGES.keys() | API.keys()}

    assert names - described == set(), "Say in permission_matrix.py who may open these."
    assert described - names == set(), "These addresses are gone."


def test_every_page_has_the_door_that_its_row_names() -> None:
    doors = {route.name: getattr(route.view, "door", None) for route in routes() if route.name in pages()}

    assert {name: door for name, door in doors.items() if door != pages()[name].door} == {}


# ---- The callers and what they ask for


@dataclass
class Callers:
    """Two functions with one of everything each; a head and a deputy of the own one, and the other roles."""

    own: dict[str, int] = field(default_factory=dict)
    foreign: dict[str, int] = field(default_factory=dict)
    people: dict[str, User] = field(default_factory=dict)

    def objects(self, whose: str, role: str) -> dict[str, int]:
        if whose == "foreign":
            return self.foreign
        person = self.people.get(role)
        if person is None:
            return self.own
        interview = person.interviews.get()
        return self.own | said_in(interview) | {"token": person.api_tokens.get(name="own").pk}


def said_in(interview: Interview) -> dict[str, int]:
    """Return the ids of what hangs on an interview."""
    verbatim = interview.verbatims.get()
    return {
        "interview": interview.pk,
        "verbatim": verbatim.pk,
        "coding": verbatim.codings.get().pk,
        "objective": interview.objectives.get().pk,
        "answer": interview.answers.get().pk,
    }


def interview_about(requirement: Requirement, **others: Any) -> Interview:
    """Return an interview with one of everything that can be said in it."""
    (product,) = requirement.products.all()
    interview: Interview = InterviewFactory(**others)
    record_answer(interview=interview, requirement=requirement, product=product, perception=Perception.fixed(True))
    interview.objectives.create(product=product, statement="No waste")
    verbatim = VerbatimFactory(interview=interview)
    Coding.objects.create(verbatim=verbatim, requirement=requirement, coder_name="A coder")
    return interview


def everything_of(function: Function, buyer: Function, person: User) -> dict[str, int]:
    """Return the ids of one object of each kind that belongs to a function."""
    requirement: Requirement = RequirementFactory(owner=function, scale={})
    (product,) = requirement.products.all()
    measurement = MeasurementFactory(metric=MetricFactory(function=function), value=1)
    link = MetricLinkFactory(metric=measurement.metric, requirement=requirement, product=product)
    contact = ContactFactory()
    interview = interview_about(requirement, contact=contact)
    token, _ = create_token(user=person, name="of somebody", scopes=["scores:read"], now=timezone.now())
    merged = RequirementFactory(owner=function, merged_into=requirement, state="retired")
    return {
        "function": function.pk,
        "ended_function": FunctionFactory(is_active=False).pk,
        "merged_requirement": merged.pk,
        "merged_customer": CustomerFactory(merged_into=contact.customer).pk,
        "supply_link": SupplyLinkFactory(supplier=function, supplied=buyer).pk,
        "requirement": requirement.pk,
        "responsibility": requirement.responsibilities.create(function=function, strength=3).pk,
        "product": product.pk,
        "metric": measurement.metric_id,
        "measurement": measurement.pk,
        "metric_link": link.pk,
        "customer": contact.customer_id,
        "contact": contact.pk,
        "product_use": contact.customer.product_uses.create(product=product, kind="used").pk,
        **said_in(interview),
        "round": interview.round_id,
        "segment": interview.stratum_id,
        "value_band": ValueBand.objects.create(name=f"of {function}").pk,
        "person": person.pk,
        "source": 1,
        "client": register_client(name=f"of {function}", owner=person, scopes=["scores:read"])[0].pk,
        "job": Job.objects.create(kind="measurements", title="A stream").pk,
        "membership": MembershipFactory(user=UserFactory()).pk,
        "attribute": requirement.attribute_id,
        "rating_scale": RatingScale.objects.earliest("pk").pk,
        "token": token.pk,
    }


@pytest.fixture(scope="module")
def _program(django_db_setup: None, django_db_blocker: Any) -> Iterator[Callers]:
    with django_db_blocker.unblock(), transaction.atomic():
        program = Callers()
        ProgramRow.objects.create(name="A program")
        own, other, buyer = FunctionFactory(), FunctionFactory(), FunctionFactory()
        for role in ROLES[:-1]:
            person = program.people[role] = UserFactory()
            create_token(user=person, name="own", scopes=EVERY_SCOPE, now=timezone.now())
            interview_about(RequirementFactory(owner=own), interviewer=person)
            if role != "nobody":
                MembershipFactory(user=person, role=role, function=own if role in {"head", "deputy"} else None)
        program.own = everything_of(own, buyer, UserFactory())
        program.foreign = everything_of(other, buyer, UserFactory())
        mark_circle()
        drain_all(as_of=timezone.now())
        kept = keep_snapshot(as_of=timezone.localdate(), title="today", now=timezone.now()).pk
        program.own["snapshot"] = program.foreign["snapshot"] = kept
        yield program
        transaction.set_rollback(True)


@pytest.fixture
def program(_program: Callers, db: None) -> Callers:
    return _program


def ask(client: Client, method: str, address: str, **sent: Any) -> Any:
    """Send a request and undo what it did, so that the next role finds everything as it was."""
    with transaction.atomic():
        answer = client.generic(method, address, **sent)
        transaction.set_rollback(True)
    return answer


SIGNS = {401: "!", 403: "-", 404: "x", 405: "."}


def sign_of(answer: Any) -> str:
    """Return the answer's sign in the table; '.' where there is no such method."""
    if answer.status_code == 302 and answer["Location"].startswith("/accounts/login/"):
        return ">"
    if answer.status_code in SIGNS:
        return SIGNS[answer.status_code]
    return "+" if answer.status_code < 500 else f"[{answer.status_code}]"


def address_of(route: Route, at: str, objects: dict[str, int]) -> str:
    values = {name: objects[at if name == "pk" else name] for name in route.parameters}
    return reverse(route.name, kwargs=values) if route.name else f"/{route.text}"


def signed_in(program: Callers, role: str) -> Client:
    client = Client()
    if role in program.people:
        client.force_login(program.people[role])
    return client


def route_named(name: str) -> Route:
    return next(route for route in routes() if route.name == name)


@pytest.mark.parametrize("whose", ["own", "foreign"])
@pytest.mark.parametrize("name", sorted(pages()))
def test_pages_open_for_whom_the_table_says(program: Callers, name: str, whose: str) -> None:
    page, route = pages()[name], route_named(name)
    found = {}
    for method in ("GET", "POST"):
        found[method] = ""
        for role in ROLES:
            address = address_of(route, page.at, program.objects(whose, role))
            found[method] += sign_of(ask(signed_in(program, role), method, address, content_type="text/plain"))

    wanted = page.row(whose)
    # Where a page has no such method, it says so to those who may open it, or to everybody.
    fine = {wanted, wanted.replace("+", "."), "." * len(ROLES)}
    assert {method: signs for method, signs in found.items() if signs not in fine} == {}, wanted
    assert wanted in found.values()


def test_every_page_answers_before_the_first_run_of_the_scores(program: Callers) -> None:
    ProjectionState.objects.all().delete()
    client = signed_in(program, "administrator")

    for name, page in pages().items():
        answer = ask(client, "GET", address_of(route_named(name), page.at, program.objects("own", "administrator")))
        assert answer.status_code < 500, name


# ---- The API


def with_token(program: Callers, role: str) -> Client:
    """Return a client with a token of every scope; without one for somebody who is not signed in."""
    person = program.people.get(role)
    if person is None:
        return Client()
    return bearing(create_token(user=person, name="matrix", scopes=EVERY_SCOPE, now=timezone.now())[1])


def api_address(name: str, row: Address, objects: dict[str, int]) -> str:
    if row.at.startswith("?"):
        kind = row.at.removeprefix("?")
        return f"{reverse(name)}?{kind}={objects[kind]}"
    return reverse(name, kwargs={"pk": objects[row.at]} if row.at else {})


def route_of(key: str) -> str:
    """Return the name of the route in a key of the table, which begins with the method."""
    return key.rpartition(" ")[2]


@pytest.mark.parametrize("whose", ["own", "foreign"])
@pytest.mark.parametrize("name", sorted(addresses()))
def test_the_api_answers_whom_the_table_says(program: Callers, name: str, whose: str) -> None:
    row, found = addresses()[name], ""
    for role in ROLES:
        address = api_address(route_of(name), row, program.objects(whose, role))
        found += sign_of(ask(with_token(program, role), row.method, address, content_type="application/json"))

    assert found == row.row(whose)


@pytest.mark.parametrize("name", sorted({route_of(key) for key in addresses()}))
def test_the_api_has_no_other_methods(program: Callers, name: str) -> None:
    rows = [row for key, row in addresses().items() if route_of(key) == name]
    address = api_address(name, rows[0], program.own)
    others = {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"} - {row.method for row in rows}

    for role in ROLES:
        client = with_token(program, role)
        signs = {sign_of(ask(client, method, address)) for method in others}
        assert signs <= ({"."} if role == "administrator" else set(".-!x")), role


@pytest.mark.parametrize("name", sorted(addresses()))
def test_each_scope_opens_what_the_table_says(program: Callers, name: str) -> None:
    row, administrator = addresses()[name], program.people["administrator"]
    address, opened = api_address(route_of(name), row, program.own), set()
    for scope in Scope.values:
        _, text = create_token(user=administrator, name=scope, scopes=[scope], now=timezone.now())
        if sign_of(ask(bearing(text), row.method, address, content_type="application/json")) == "+":
            opened.add(scope)

    assert opened == set(row.scopes)


# ---- Rooms of others


def third_party_addresses() -> list[str]:
    """Return the addresses of allauth and of the admin that take no arguments."""
    found = []
    for entry in get_resolver().url_patterns:
        if isinstance(entry, URLResolver) and str(entry.pattern) in THIRD_PARTY:
            found += [f"/{route.text}" for route in _routes(entry, str(entry.pattern), "") if not route.parameters]
    return sorted(address for address in found if not set("<^(") & set(address))


def test_the_admin_is_for_administrators_who_are_staff(program: Callers) -> None:
    inside = [address for address in third_party_addresses() if address.startswith("/admin/")]
    inside = [address for address in inside if not address.endswith(("/login/", "/logout/", "/jsi18n/"))]
    assert len(inside) > 5

    for role in ROLES:
        client = signed_in(program, role)
        answers = {address: ask(client, "GET", address) for address in inside}
        assert {each.status_code for each in answers.values()} == {302}, role
        assert {each["Location"].partition("?")[0] for each in answers.values()} <= {
            "/admin/login/",
            "/accounts/login/",
        }


def test_nobody_signs_up_alone(program: Callers) -> None:
    before = User.objects.count()

    answer = Client().post(
        "/accounts/signup/", {"username": "x", "email": "x@example.org", "password1": "a-long-one-2"}
    )

    assert answer.status_code in {200, 403}
    assert User.objects.count() == before


def test_the_pages_of_the_login_answer_strangers_without_a_fault() -> None:
    for address in third_party_addresses():
        if address.startswith("/accounts/"):
            assert Client().get(address).status_code in {200, 302}, address
