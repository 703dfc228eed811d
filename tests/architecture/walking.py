"""Every address of the product, and how a test asks for it and leaves no trace."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.architecture.permission_matrix import API, PAGES, Address, Page
from tests.factories.everything import Callers

# Rooms of others, with tests of their own below.
THIRD_PARTY = ("accounts/", "admin/")


@dataclass(frozen=True)
class Route:
    name: str
    text: str
    view: Any
    parameters: tuple[str, ...]


@cache
def routes() -> tuple[Route, ...]:
    return tuple(routes_in(get_resolver(), "", "", leave_out=THIRD_PARTY))


def routes_in(resolver: URLResolver, text: str, space: str, leave_out: tuple[str, ...] = ()) -> Iterator[Route]:
    for entry in resolver.url_patterns:
        path = text + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield Route(space + (entry.name or ""), path, entry.callback, tuple(entry.pattern.converters))
        elif path not in leave_out:
            yield from routes_in(entry, path, space + (f"{entry.namespace}:" if entry.namespace else ""), leave_out)


def pages() -> dict[str, Page]:
    return {name: row for name, row in (PAGES | API).items() if isinstance(row, Page)}


def addresses() -> dict[str, Address]:
    return {name: row for name, row in API.items() if isinstance(row, Address)}


def signed_in(program: Callers, role: str) -> Client:
    client = Client()
    if role in program.people:
        client.force_login(program.people[role])
    return client


def ask(client: Client, method: str, address: str, **sent: Any) -> Any:
    """Send a request and undo what it did, so that the next role finds everything as it was."""
    with transaction.atomic():
        answer = client.generic(method, address, **sent)
        transaction.set_rollback(True)
    return answer


def address_of(route: Route, at: str, objects: dict[str, int]) -> str:
    values = {name: objects[at if name == "pk" else name] for name in route.parameters}
    return reverse(route.name, kwargs=values) if route.name else f"/{route.text}"


def route_named(name: str) -> Route:
    return next(route for route in routes() if route.name == name)
