"""Every page in a real browser, opened by a head of one function, with names of an attacker stored everywhere.

Nothing of another function is there, in any attribute or script, and no name became an element, whatever draws it: a
template or a script of ours. The policy for scripts would stop what it then did, so elements are looked for.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import connections
from django.db.models import CharField, F, TextField, Value
from django.db.models.functions import Concat, Left
from playwright.sync_api import Page, Route, sync_playwright

from tests.architecture.walking import address_of, pages, route_named, signed_in
from tests.factories.everything import CANARY, Callers, program_of_everything
from tests.hostile.corpus import MARKUP
from tests.journeys.conftest import CHROMIUM, FLAGS

pytestmark = [pytest.mark.once, pytest.mark.timeout(300)]
HOST = "http://testserver"
# What people write, and others read.
WRITTEN = {
    "name", "first_name", "last_name", "statement", "text", "title", "note", "purpose", "description", "position",
    "coder_name", "definition", "reason", "source_of_data", "message",
}  # fmt: skip
ROOMS = {
    "functions", "requirements_catalog", "customers", "interviews", "metrics", "jobs", "accounts", "gap_scores",
}  # fmt: skip
SHORT = 80
INJECTED = "() => document.querySelectorAll('img[src=\"x\"], [onerror]').length"


@pytest.fixture
def program(db: None) -> Iterator[Callers]:
    with program_of_everything() as program:
        for model in apps.get_models():
            if model.__module__.split(".")[0] in ROOMS:
                store_markup(model)
        yield program


def store_markup(model: Any) -> None:
    """Write markup behind every text with room for it: the start keeps canaries, and what has to differ."""
    for field in model._meta.concrete_fields:
        if field.name in WRITTEN and isinstance(field, CharField | TextField) and (field.max_length or SHORT) >= SHORT:
            # Past whatever would keep a row from being changed, as somebody at the database's own door.
            written = model._base_manager.exclude(**{field.name: ""})
            written.update(**{field.name: Concat(Left(F(field.name), SHORT - len(MARKUP)), Value(MARKUP))})


@pytest.fixture
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium.new_page()
        chromium.close()


class Answers:
    """Answers the browser's requests from the program in this process, files once."""

    def __init__(self, program: Callers) -> None:
        # While Playwright's loop runs, Django would open another connection, which sees nothing of this one.
        self._client, self._connection = signed_in(program, "head"), connections["default"]
        self._files = dict[str, dict[str, Any]]()

    def is_page(self, address: str) -> bool:
        connections["default"] = self._connection
        answer = self._client.get(address)
        return answer.status_code == 200 and answer["Content-Type"].startswith("text/html")

    def __call__(self, route: Route) -> None:
        connections["default"] = self._connection
        address = route.request.url.removeprefix(HOST)
        if address not in self._files:
            answer = self._client.get(address, headers=route.request.headers)
            told = {
                "status": answer.status_code,
                "headers": dict(answer.items()),
                "body": b"".join(answer) if answer.streaming else answer.content,
            }
            if not address.startswith("/static/"):
                route.fulfill(**told)
                return
            self._files[address] = told
        route.fulfill(**self._files[address])


@pytest.fixture
def answers(program: Callers) -> Answers:
    return Answers(program)


def addresses(program: Callers) -> Iterator[str]:
    for name, row in pages().items():
        if "GET" in row.takes and row.row("own")[2] == "+":
            yield address_of(route_named(name), row.at, program.objects("own", "head"))


def test_no_page_of_a_head_holds_a_foreign_canary_or_an_element_that_a_name_made(
    answers: Answers, program: Callers, page: Page
) -> None:
    wrong, opened, dialogs = [], 0, []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.route("**/*", answers)
    for address in addresses(program):
        if not answers.is_page(address):
            continue
        page.goto(HOST + address)
        opened += 1
        if CANARY in page.content():
            wrong.append(f"{address} shows what is another function's")
        if page.evaluate(INJECTED):
            wrong.append(f"{address} has an element that a name made")

    assert (wrong, dialogs) == ([], [])
    assert opened >= 25


def test_an_element_that_a_name_made_would_be_noticed(page: Page) -> None:
    page.set_content(f"<p>{MARKUP}</p>")

    assert page.evaluate(INJECTED) == 1
