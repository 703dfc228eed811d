"""One hostile request after another on a program with one of everything, and what may not follow from it.

Nothing breaks: no answer of class 500, none that takes seconds of work, none that shows our insides, none that puts
markup of others into a page; a refusal of the API is a problem in JSON; and a refusal leaves nothing behind.
"""

import json
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import connection, transaction
from django.http import HttpResponseBase
from django.test import Client
from django.urls import Resolver404, resolve

from dashboard.review_sections import SECTIONS
from tests.architecture.walking import address_of, ask, pages, route_named
from tests.factories.everything import Callers
from tests.hostile.bodies import Operation, Place, accepted, example, operations, text_with
from tests.hostile.corpus import MARKUP, VALUES, Hostile
from tests.hostile.forms import Form, forms_of
from web.problems import pointer_to

ROOT = str(Path(__file__).resolve().parents[2])
INSIDES = ("Traceback (most", "psycopg2", "sqlite3.", "SELECT ", "INSERT INTO", "site-packages", ROOT)
MOST_SECONDS = 2.0
# Bookkeeping that a refusal may write: who asked and is signed in, how often, and what the session says next.
MAY_GROW = {"django_session", "usersessions_usersession", "rate_limits", "django_cache"}
# Why the plain body of an address is refused all the same.
REFUSED_BODIES = {
    "post /api/v1/reports/": "nothing is scored on its kept day: tests/dashboard/test_reports_of_one.py",
    "post /api/v1/requirements/{id}/merge/": "both would have to be about the same products",
    "post /api/v1/tellings/": "a draft tells of its action already: tests/improvements/test_loop_api.py",
    "post /api/v1/tellings/{id}/approve/": "nobody in it can be written to: tests/improvements/test_loop_api.py",
    "post /api/v1/publications/": "no action of it is effective: tests/improvements/test_loop_api.py",
    "post /api/v1/initiatives/{id}/deliver/": "nobody decided for it: tests/improvements/test_realised.py",
    "post /api/v1/belief-askings/": "nobody was heard about its requirement: tests/improvements/test_beliefs.py",
    "patch /api/v1/belief-askings/{id}/": "it has begun: tests/improvements/test_beliefs.py",
    "post /api/v1/belief-askings/{id}/say/": "administrators are not asked: tests/improvements/test_beliefs.py",
    "patch /api/v1/publications/{id}/": "the edition is withdrawn: tests/improvements/test_loop_api.py",
    "post /api/v1/publications/{id}/publish/": "the edition is withdrawn: tests/improvements/test_loop_api.py",
}
PLAIN_METRIC = {
    "short_name": ["a"], "percentile": [""], "opportunities_per_unit": [""], "formula": [""], "steps": [""],
    "counts_from": [""],
}  # fmt: skip
# Where a form cannot hold all of its fields at once, or what it offers first is there already; {kind}: another record.
INSTEAD = {
    "action_create": {"expected_level": [""]},
    "answer_save": {"level_none": [], "perception_none": []},
    "guide_question_create": {"shown_if_value": [""]},
    "guide_question_update": {"shown_if_value": [""]},
    "file_import_columns": {"role_0": ["period_end"], "role_1": ["value"]},
    "house_relation": {"other": ["{third_metric}"]},
    "initiative_create": {"excludes": []},
    "initiative_update": {"excludes": []},
    "measurement_correct": {"value": ["2"]},
    "metric_create": PLAIN_METRIC,
    "metric_update": PLAIN_METRIC,
    "metric_link_create": {"role": ["supports"]},
    "source_create": {"address": ["https://192.0.2.1/"], "header": ["X-Key"], "size": [""], "part": [""]},
    "source_update": {"address": ["https://192.0.2.1/"], "header": ["X-Key"], "size": [""], "part": [""]},
    "person_create": {"head_of": [], "deputy_of": []},
    "person_update": {"head_of": [], "deputy_of": []},
    # What stood there when the page was drawn: nothing.
    "review_detail": {f"initial-{key}": [""] for key in SECTIONS},
    "scenario_create": {"moves": ["without={function}"]},
    "requirement_scale": {"factor": ["60"]},
    "responsibility_create": {"function": ["{function}"]},
    "supply_link_create": {"supplied": ["{function}"]},
    "token_create": {"expires_on": [""]},
    "transcript_detail": {"speakers": ["0"]},
    "weight_set_create": {"leave_unheard": ["on"]},
    "webhook_create": {"url": ["https://hooks.example.org/"]},
    "webhook_update": {"url": ["https://hooks.example.org/"]},
    "word_reading_draw": {"share": [""]},
}
# Why the plain values of a form are refused all the same.
REFUSED = {
    "report_create": "nothing is scored on its kept day: tests/dashboard/test_reports_of_one.py",
    "action_confirm": "names have to be typed: tests/improvements/test_actions.py",
    "belief_create": "nobody was heard about its requirement: tests/improvements/test_beliefs.py",
    "initiative_deliver": "nobody decided for it: tests/improvements/test_realised.py",
    "telling_create": "a draft tells of its action already: tests/improvements/test_loop.py",
    "telling_approve": "nobody in it can be written to: tests/improvements/test_loop.py",
    "publication_create": "no action of it is effective: tests/improvements/test_publications.py",
    "publication_update": "the edition is withdrawn: tests/improvements/test_publications.py",
    "publication_approve": "the edition is withdrawn: tests/improvements/test_publications.py",
    "publication_discard": "the edition is withdrawn: tests/improvements/test_publications.py",
    "contact_erase": "the person's name has to be typed: tests/customers/test_erasing.py",
    "function_deactivate": "it answers for requirements",
    "ambassador_create": "names have to be typed: tests/improvements/test_ambassadors.py",
    "ambassador_ask": "the name of a prospect has to be typed: tests/improvements/test_ambassadors.py",
    "initiative_effect_create": "what it offers was never measured: tests/dashboard/test_next_100k.py",
    "involvement_create": "the name of a customer has to be typed: tests/interviews/test_involvement.py",
    "loss_create": "the name of a customer has to be typed: tests/interviews/test_losses.py",
    "round_invite": "its address names nobody: tests/interviews/test_asking_by_mail.py",
    "requirement_split": "its address names no voice: tests/interviews/test_consolidating.py",
    "word_consolidate_make": "its address names no words: tests/interviews/test_consolidating.py",
    "requirement_merge": "no other requirement is about the same products",
    "transcript_create": "a file comes in a body of another kind: tests/interviews/test_transcripts.py",
    "file_import_create": "a file comes in a body of another kind: tests/dashboard/test_file_imports.py",
    "action_file_create": "a file comes in a body of another kind: tests/improvements/test_action_files.py",
}


@dataclass
class Looked:
    """The program that is attacked, and what went wrong so far."""

    program: Callers
    sessions: dict[str, Client]
    bearers: dict[str, Client]
    wrong: list[str] = field(default_factory=list)

    def own(self) -> dict[str, int]:
        return self.program.objects("own", "administrator")


def attack(looked: Looked, client: Client, what: str, method: str, address: str, **sent: Any) -> Any:
    """Send one request; what an accepted one did is undone, what a refused one left behind is found by `untouched`."""
    began = time.process_time()
    with transaction.atomic():
        answer = client.generic(method, address, **sent)
        if answer.status_code < 400 or connection.needs_rollback:
            transaction.set_rollback(True)
    if (seconds := time.process_time() - began) > MOST_SECONDS:
        looked.wrong.append(f"{what}: {seconds:.1f} s of work")
    looked.wrong += [f"{what}: {fault}" for fault in faults_of(answer, address)]
    return answer


def faults_of(answer: HttpResponseBase, address: str) -> Iterator[str]:
    if answer.status_code >= 500:
        yield f"answered {answer.status_code}: {getattr(answer, 'exc_info', None)}"
    body = b"".join(answer) if answer.streaming else answer.content
    text = body.decode(errors="replace")
    yield from (f"shows {part!r}" for part in INSIDES if part in text)
    if "stolen" in answer.cookies:
        yield "sets a cookie of the attacker"
    if answer.status_code >= 400 and address.startswith("/api/"):
        yield from faults_of_problem(answer, text)
    elif answer.get("Content-Type", "").startswith("text/html") and MARKUP in text:
        yield "shows markup of the attacker"


def faults_of_problem(answer: HttpResponseBase, text: str) -> Iterator[str]:
    if answer["Content-Type"] != "application/problem+json":
        yield f"refuses as {answer['Content-Type']}"
    elif json.loads(text)["status"] != answer.status_code:
        yield "names another status than it has"


@cache
def tables() -> tuple[str, ...]:
    known = set(connection.introspection.table_names())
    named = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
    return tuple(sorted((named & known) - MAY_GROW))


def counts() -> dict[str, int]:
    parts = " UNION ALL ".join(f"SELECT '{table}', count(*) FROM {table}" for table in tables())
    with connection.cursor() as cursor:
        cursor.execute(parts)
        return dict(cursor.fetchall())


# ---- The API


@cache
def described() -> Mapping[str, Operation]:
    return {operation.name: operation for operation in operations()}


def share(part: int, parts: int) -> list[str]:
    """Return the names of every so-many-th operation; by number, pytest needs no description to collect them."""
    return sorted(described())[part::parts]


def is_refused(answer: Any, at: Place) -> bool:
    """Whether an answer refuses what stands at this place of the body, or the text before anything in it was read."""
    if answer.status_code != 400:
        return False
    errors = answer.json().get("errors", [])
    return not errors or pointer_to(at) in {each.get("pointer") for each in errors}


def read_elsewhere(operation: Operation) -> set[str]:
    """Return the fields of a change that creating a record has, too: one service writes both."""
    creation = described().get(f"post {operation.path.removesuffix('{id}/')}")
    return set(creation.schema["properties"]) if operation.method == "patch" and creation else set()


def read_before(operation: Operation, client: Client, address: str) -> dict[str, str]:
    """Return the header that says which state of a record is changed."""
    return {"If-Match": ask(client, "GET", address)["ETag"]} if operation.method == "patch" else {}


@dataclass(frozen=True)
class Target:
    """One operation about an own record: a body that it takes, and everything that a body may have."""

    looked: Looked
    operation: Operation
    body: Any
    whole: Any
    address: str
    headers: Mapping[str, str]

    def ask(self, role: str, at: Collection[Place], value: Hostile) -> Any:
        """Send the body with the value at these places."""
        operation, data = self.operation, text_with(self.body, self.whole, at, value)
        what = f"{role} {operation.name} {' '.join(map(pointer_to, at))} = {value.name}"
        return attack(
            self.looked, self.looked.bearers[role], what, operation.method.upper(), self.address,
            data=data, content_type="application/json", headers=self.headers,
        )  # fmt: skip


def aimed_at(looked: Looked, name: str) -> Target:
    """Return what to attack, once its plain body is taken: what is refused for it would say nothing about a value."""
    operation, own = described()[name], looked.own()
    body, whole = accepted(operation, own, looked.program.foreign), example(operation.schema, own)
    address, client = operation.address(own), looked.bearers["administrator"]
    data = json.dumps(body).encode()
    status = ask(
        client, operation.method.upper(), address, data=data, content_type="application/json",
        headers=read_before(operation, client, address),
    ).status_code  # fmt: skip
    assert name in REFUSED_BODIES or status < 300, "The plain body is refused."
    return Target(looked, operation, body, whole, address, read_before(operation, client, address))


# ---- The pages


def opened() -> list[str]:
    return sorted(name for name, page in pages().items() if "GET" in page.takes)


def own_forms(looked: Looked, name: str) -> Iterator[Form]:
    """Yield the forms of a page that are answered by itself, or at an address that is no page of its own."""
    address = address_of(route_named(name), pages()[name].at, looked.own())
    answer = ask(looked.sessions["administrator"], "GET", address)
    if not answer["Content-Type"].startswith("text/html"):
        return
    for form in forms_of(answer.content.decode(), address):
        target = route_at(form.action)
        for field_name, values in INSTEAD.get(target, {}).items():
            form.fields[field_name] = [value.format(**looked.program.foreign) for value in values]
        if (form.method in {"get", "post"} and target == name) or (
            target in pages() and "GET" not in pages()[target].takes
        ):
            yield form


def route_at(address: str) -> str:
    try:
        return resolve(address.partition("?")[0]).view_name
    except Resolver404:
        return ""


def wrong_with_plain_values(looked: Looked, form: Form) -> list[str]:
    """A form that refuses them keeps hostile values from the code behind it."""
    answer = submit(looked, "administrator", form, (), VALUES[0])
    is_as_known = (answer.status_code >= 400) == (route_at(form.action) in REFUSED)
    return [] if is_as_known else [f"{form.action} answers {answer.status_code} to {form.fields}"]


def submit(looked: Looked, role: str, form: Form, names: tuple[str, ...], value: Hostile) -> Any:
    client, what = looked.sessions[role], f"{role} {form.method} {form.action} {' '.join(names)} = {value.name}"
    fields = form.sent(names, value)
    if form.method == "get":
        return attack(looked, client, what, "GET", f"{form.action.partition('?')[0]}?{fields.decode()}")
    kind = "application/x-www-form-urlencoded"
    return attack(looked, client, what, "POST", form.action, data=fields, content_type=kind)
