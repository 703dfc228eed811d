"""Walks every address as every role and compares with the table in permission_matrix.py."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from itertools import product
from typing import Any

import pytest
from allauth.core.exceptions import ReauthenticationRequired
from django.contrib import admin
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.sessions.backends.db import SessionStore
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404
from django.test import Client, RequestFactory
from django.urls import URLResolver, get_resolver, resolve, reverse
from django.utils import timezone
from django_htmx.middleware import HtmxDetails
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import force_authenticate

from accounts.models import ApiToken, Scope, User
from functions import access, permissions
from functions.selectors import Access, scope_for
from gap_scores.models import ProjectionState
from interviews.letters import new_key
from interviews.models import Invitation, PersonalLink
from tests.api.callers import bearing
from tests.api.described import description
from tests.architecture.permission_matrix import API, EVERY_METHOD, PAGES, Address
from tests.architecture.walking import (
    THIRD_PARTY,
    address_of,
    addresses,
    ask,
    pages,
    route_named,
    routes,
    routes_in,
    signed_in,
)
from tests.factories.everything import CANARY, ROLES, Callers, program_of_everything

pytestmark = pytest.mark.django_db


# ---- The addresses


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
class Asking:
    """Who asks, each with a session and a token of every scope, made once."""

    program: Callers
    sessions: dict[str, Client]
    bearers: dict[str, Client]
    tokens: dict[str, ApiToken]
    access_of: Callable[[User], Access]


@pytest.fixture(scope="module")
def _asking(django_db_setup: None, django_db_blocker: Any) -> Iterator[Asking]:
    with django_db_blocker.unblock(), program_of_everything() as program:
        yield Asking(
            program,
            {role: signed_in(program, role) for role in ROLES},
            {role: bearing(program.tokens[role]) if role in program.tokens else Client() for role in ROLES},
            {role: person.api_tokens.get(name="own") for role, person in program.people.items()},
            cache(scope_for),
        )


@pytest.fixture
def asking(_asking: Asking, db: None, monkeypatch: pytest.MonkeyPatch) -> Asking:
    """Nobody's role changes between the cells, so what each may do is looked up once."""
    monkeypatch.setattr(access, "scope_for", _asking.access_of)
    monkeypatch.setattr(permissions, "scope_for", _asking.access_of)
    return _asking


@pytest.fixture
def program(asking: Asking) -> Callers:
    return asking.program


def ask_view(person: User | None, method: str, address: str, token: Any = None) -> str:
    """Return the sign of what the view itself answers. Middleware and templates, left out, know nothing of roles: the
    cells asked through them are those where there is something to leak."""
    request = RequestFactory().generic(method, address, content_type="application/json")
    request.user = person or AnonymousUser()
    request.session = SessionStore()
    request._messages = CookieStorage(request)  # what django.contrib.messages looks for
    request._dont_enforce_csrf_checks = True
    request.htmx = HtmxDetails(request)
    if token is not None:
        force_authenticate(request, person, token)
    match = resolve(request.path)
    try:
        with transaction.atomic():
            answer = match.func(request, *match.args, **match.kwargs)
            transaction.set_rollback(True)
    except Http404:
        return SIGNS[404]
    except PermissionDenied:
        return SIGNS[403]
    except ReauthenticationRequired:
        # It opens, after the password was entered once more.
        return "+"
    return sign_of(answer)


CSRF = re.compile(rb"[A-Za-z0-9]{64}")
SIGNS = {401: "!", 403: "-", 404: "x", 405: "."}


def sign_of(answer: Any) -> str:
    """Return the answer's sign in the table; '.' where there is no such method."""
    if answer.status_code == 302 and answer["Location"].startswith("/accounts/login/"):
        return ">"
    if answer.status_code in SIGNS:
        return SIGNS[answer.status_code]
    return "+" if answer.status_code < 500 else f"[{answer.status_code}]"


@dataclass(frozen=True)
class Cell:
    """One role at one address by one method: asked of the view, and where the view has something to say to somebody who
    may not read everything, once more through all middleware and templates, to look for foreign texts in it."""

    role: str
    method: str
    address: str
    client: Client
    token: ApiToken | None = None

    def sign(self, person: User | None) -> str:
        sign = ask_view(person, self.method, self.address, self.token)
        if sign != "+" or self.method == "HEAD" or self.role in MAY_READ_CANARIES:
            return sign
        answer = ask(self.client, self.method, self.address, content_type="application/json")
        return f"[leak to {self.role}]" if CANARY.encode() in answer.content else sign_of(answer)


MAY_READ_CANARIES = {"administrator", "specialist"}


def whose_of(at: str) -> tuple[str, ...]:
    return ("own", "foreign", "missing") if at else ("own",)


@pytest.mark.parametrize("name", sorted(pages()))
def test_pages_open_for_whom_the_table_says(asking: Asking, name: str) -> None:
    page, route, program, wrong = pages()[name], route_named(name), asking.program, {}
    for whose, method in product(whose_of(page.at), EVERY_METHOD):
        found = ""
        for role in ROLES:
            address = address_of(route, page.at, program.objects(whose, role))
            found += Cell(role, method, address, asking.sessions[role]).sign(program.people.get(role))
        # Where a page has no such method, it says so to those who may open it, or to everybody.
        fine = {page.row(whose)} if method in page.takes else {page.row("own").replace("+", "."), "." * len(ROLES)}
        wrong |= {} if found in fine else {(whose, method): f"{found} instead of {' or '.join(fine)}"}

    assert wrong == {}


def test_a_foreign_page_reads_exactly_like_one_that_does_not_exist(asking: Asking) -> None:
    client = signed_in(asking.program, "head")
    hidden = [(name, page) for name, page in pages().items() if page.at and page.row("foreign")[2] == "x"]
    assert len(hidden) > 30

    def ids(whose: str) -> dict[str, int]:
        return asking.program.objects(whose, "head")

    for name, page in hidden:
        method = page.takes[0]
        told = {
            CSRF.sub(b"", ask(client, method, address_of(route_named(name), page.at, ids(whose))).content)
            for whose in ("foreign", "missing")
        }
        assert len(told) == 1, name


def test_the_holder_of_a_link_reads_what_strangers_read_and_the_own_pages(asking: Asking) -> None:
    stranger, holder, objects = Client(), Client(), asking.program.objects("own", "anonymous")
    invitation = Invitation.objects.get(pk=objects["asked"])
    now = timezone.now()
    key = new_key(invitation, PersonalLink.Purpose.ANSWER, now, now + timedelta(days=1))
    assert holder.get(f"/a/{key}/").status_code == 303
    differ = set()
    for name, page in pages().items():
        address = address_of(route_named(name), page.at, objects)
        if sign_of(ask(stranger, "GET", address)) != sign_of(ask(holder, "GET", address)):
            differ.add(name)

    own = {"link_start", "link_question", "link_words", "link_send", "link_receipt", "link_decline"}
    assert differ == own


def test_every_page_answers_before_the_first_run_of_the_scores(asking: Asking) -> None:
    ProjectionState.objects.all().delete()
    objects = asking.program.objects("own", "administrator")

    for name, page in pages().items():
        answer = ask(asking.sessions["administrator"], "GET", address_of(route_named(name), page.at, objects))
        assert answer.status_code < 500, name


# ---- The API


def api_address(name: str, row: Address, objects: dict[str, int]) -> str:
    if row.at.startswith("?"):
        kind = row.at.removeprefix("?")
        return f"{reverse(name)}?{kind}={objects[kind]}"
    return reverse(name, kwargs={"pk": objects[row.at]} if row.at else {})


def rows_at(name: str) -> dict[str, Address]:
    """Return the rows of an address by method."""
    rows = {row.method: row for key, row in addresses().items() if key.rpartition(" ")[2] == name}
    return rows | ({"HEAD": rows["GET"]} if "GET" in rows else {})


@pytest.fixture
def drawn_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The description takes a second to draw; who may have it does not depend on that."""
    drawn = description()
    monkeypatch.setattr(SchemaGenerator, "get_schema", lambda *args, **kwargs: drawn)


@pytest.mark.usefixtures("drawn_once")
@pytest.mark.parametrize("name", sorted({key.rpartition(" ")[2] for key in addresses()}))
def test_the_api_answers_whom_the_table_says(asking: Asking, name: str) -> None:
    rows, program, wrong = rows_at(name), asking.program, {}
    some = next(iter(rows.values()))
    for whose, method in product(whose_of(some.at), EVERY_METHOD):
        row, found = rows.get(method), ""
        for role in ROLES:
            address = api_address(name, row or some, program.objects(whose, role))
            cell = Cell(role, method, address, asking.bearers[role], asking.tokens.get(role))
            found += cell.sign(program.people.get(role))
        wanted = row.row(whose) if row else some.reading.replace("+", ".")
        wrong |= {} if found == wanted else {(whose, method): f"{found} instead of {wanted}"}

    assert wrong == {}


@pytest.mark.usefixtures("drawn_once")
@pytest.mark.parametrize("name", sorted({key.rpartition(" ")[2] for key in addresses()}))
def test_each_scope_opens_what_the_table_says(asking: Asking, name: str) -> None:
    rows, administrator, wrong = rows_at(name), asking.program.people["administrator"], {}
    some = next(iter(rows.values()))
    for whose, method in product(whose_of(some.at), EVERY_METHOD):
        row = rows.get(method)
        scopes = row.scopes if row else some.reading_scopes or some.scopes
        reached = row.row(whose)[0] if row else "."
        address = api_address(name, row or some, asking.program.objects(whose, "administrator"))
        for scope in Scope.values:
            found = ask_view(administrator, method, address, ApiToken(pk=0, user=administrator, scopes=[scope]))
            wanted = reached if scope in scopes else "-"
            wrong |= {} if found == wanted else {(whose, method, scope): f"{found} instead of {wanted}"}

    assert wrong == {}


# ---- Rooms of others


def third_party_addresses() -> list[str]:
    """Return the addresses of allauth and of the admin that take no arguments."""
    found = []
    for entry in get_resolver().url_patterns:
        if isinstance(entry, URLResolver) and str(entry.pattern) in THIRD_PARTY:
            found += [f"/{route.text}" for route in routes_in(entry, str(entry.pattern), "") if not route.parameters]
    return sorted(address for address in found if not set("<^(") & set(address))


def test_the_admin_is_for_administrators_who_are_staff(asking: Asking) -> None:
    inside = [address for address in third_party_addresses() if address.startswith("/admin/")]
    inside = [address for address in inside if not address.endswith(("/login/", "/logout/", "/jsi18n/"))]
    assert len(inside) > 5

    for role in ROLES:
        client = asking.sessions[role]
        answers = {address: ask(client, "GET", address) for address in inside}
        assert {each.status_code for each in answers.values()} == {302}, role
        assert {each["Location"].partition("?")[0] for each in answers.values()} <= {
            "/admin/login/",
            "/accounts/login/",
        }


def test_the_admin_keeps_reference_data_only() -> None:
    """Whoever adds an address to a person there has that person's next password mailed to it."""
    kept = {model._meta.label for model in admin.site._registry}

    assert kept == {
        "customers.ValueBand",
        "requirements_catalog.Attribute",
        "requirements_catalog.Product",
        "requirements_catalog.RatingScale",
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
            # Where no login service is named there is no way to one.
            fine = {404} if address.startswith("/accounts/oidc/") else {200, 302}
            assert Client().get(address).status_code in fine, address
