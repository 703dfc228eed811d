"""What Schemathesis makes of the description, as an administrator: values that it allows, and values that it does not.

Each answer is one that the description names, in the shape that it names. The corpus finds more faults: a generator
does not know what a database cannot store. This finds where the description and the answers are two stories.
"""

import time
from collections.abc import Sequence
from functools import cache
from typing import Any

import pytest
import requests
from django.http import HttpResponse
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode, Response, checks, openapi
from schemathesis.core.failures import FailureGroup
from schemathesis.schemas import APIOperation

from tests.api.described import description
from tests.factories.everything import MISSING
from tests.hostile.attack import Looked, attack
from tests.hostile.bodies import SINGULAR

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("untouched", "quiet", "light")]
SHARES = 8
# In the suite, and by `make fuzz`.
FEW, MANY = 3, 60
# What the client of the tests sends itself; the token that was made up gives way to a real one.
OWN_HEADERS = {"Content-Type", "Content-Length", "Authorization"}
HELD = (
    "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance",
    "response_schema_conformance",
)  # fmt: skip


@cache
def described_operations() -> Sequence[APIOperation]:
    found = (each.ok() for each in openapi.from_dict(description()).get_all_operations())
    return sorted(found, key=lambda operation: operation.label)


@cache
def held() -> list[Any]:
    checks.load_all_checks()
    return checks.CHECKS.get_by_names(HELD)


def cases_of(operation: APIOperation, looked: Looked) -> st.SearchStrategy[Case]:
    """Return cases of an operation: about an own record, about a missing one, and what the description forbids."""
    noun = operation.path.split("/")[3]
    own = looked.own().get(SINGULAR.get(noun, ""), 1)
    ids = [{"id": own}, {"id": MISSING}] if "{id}" in operation.path else [None]
    allowed = [operation.as_strategy(GenerationMode.POSITIVE, path_parameters=each) for each in ids]
    return st.one_of(*allowed, operation.as_strategy(GenerationMode.NEGATIVE))


def try_operation(looked: Looked, operation: APIOperation, examples: int) -> None:
    @seed(1)
    @settings(
        max_examples=examples, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(cases_of(operation, looked))
    def try_case(case: Case) -> None:
        try_one(looked, case)

    try_case()


def try_one(looked: Looked, case: Case) -> None:
    sent = requests.Request(**case.as_transport_kwargs(base_url="http://testserver")).prepare()
    body = sent.body.encode() if isinstance(sent.body, str) else sent.body or b""
    headers = {name: value for name, value in sent.headers.items() if name not in OWN_HEADERS}
    what, began = f"{case.method} {sent.path_url[:300]} {body[:300]!r}", time.monotonic()
    answer = attack(
        looked, looked.bearers["administrator"], what, case.method, sent.path_url, data=body,
        content_type=sent.headers.get("Content-Type", "application/json"), headers=headers,
    )  # fmt: skip
    told = Response(
        answer.status_code, {name.lower(): [value] for name, value in answer.items()}, content_of(answer), sent,
        time.monotonic() - began, verify=False,
    )  # fmt: skip
    try:
        case.validate_response(told, checks=held())
    except FailureGroup as failures:
        looked.wrong += [f"{what}: {failure.title}: {failure.message}"[:900] for failure in failures.exceptions]


def content_of(answer: Any) -> bytes:
    return b"" if answer.streaming else bytes(answer.content)


def try_share(looked: Looked, part: int, examples: int) -> None:
    for operation in described_operations()[part::SHARES]:
        try_operation(looked, operation, examples)

    assert looked.wrong == []


@pytest.mark.once
@pytest.mark.parametrize("part", range(SHARES))
def test_every_answer_is_one_that_the_description_names(looked: Looked, part: int) -> None:
    try_share(looked, part, FEW)


@pytest.mark.fuzz
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("part", range(SHARES))
def test_every_answer_to_many_cases_is_one_that_the_description_names(looked: Looked, part: int) -> None:
    try_share(looked, part, MANY)


@pytest.mark.once
def test_an_answer_that_the_description_does_not_name_is_noticed(
    looked: Looked, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [
        HttpResponse(status=299),
        HttpResponse(b"{}", content_type="application/json"),
        HttpResponse(b"{}", content_type="text/html"),
        HttpResponse(b'{"title": 5}', status=404, content_type="application/problem+json"),
    ]
    operation = next(each for each in described_operations() if each.label == "GET /api/v1/circle/")
    for answer in answers:
        monkeypatch.setattr("tests.hostile.test_schema.attack", lambda *args, answer=answer, **sent: answer)
        try_operation(looked, operation, 1)
        assert looked.wrong, answer
        looked.wrong.clear()
