"""Whatever goes wrong under /api/, the answer is problem details in JSON."""

import re
from io import BytesIO

import pytest
from django.core.exceptions import DisallowedHost, RequestDataTooBig, TooManyFieldsSent, ValidationError
from django.db import DataError, IntegrityError, InterfaceError, OperationalError
from django.http import Http404
from django.test import Client, RequestFactory, override_settings
from rest_framework import exceptions

from tests.api.callers import caller
from web.api_guard import ApiGuard
from web.problems import FieldError, errors_in, pointer_to, problem_of

pytestmark = pytest.mark.django_db
MEMBERS = {"type", "title", "status", "detail", "instance", "request_id"}


def assert_is_problem(answer, status: int) -> dict:
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert body.keys() >= MEMBERS
    assert body["status"] == status
    assert body["request_id"] == answer["X-Request-ID"]
    return body


@pytest.mark.parametrize(
    "path",
    [
        "/api/",
        "/api/v1/",
        "/api/v2/circle/",
        "/api/v1/circle",
        "/api/v1/nothing/",
        "/api/v1/functions/x/",
        "/api/v1/functions/-1/",
        "/api/v1/functions/9999999999/",
        "/api/v1/functions/%00/",
        "/api/v1/functions/1/members/",
        "/api/v1/functions/１/",
    ],
)
@pytest.mark.parametrize("method", ["get", "post", "put", "delete", "options"])
def test_an_address_that_does_not_exist_answers_in_json(path, method):
    body = assert_is_problem(getattr(Client(), method)(path), 404)

    assert body["detail"].startswith("There is no such address.")


def test_a_method_that_an_address_does_not_know_answers_in_json():
    answer = caller("specialist").delete("/api/v1/circle/")

    assert_is_problem(answer, 405)
    assert answer["Allow"] == "GET, HEAD"


def test_an_answer_in_another_format_is_not_to_be_had():
    assert_is_problem(caller("viewer").get("/api/v1/circle/", headers={"Accept": "text/html"}), 406)


def test_a_body_that_is_not_json_is_refused():
    body = assert_is_problem(
        caller("specialist").post("/api/v1/measurements/bulk/", "<a/>", content_type="application/xml"), 415
    )

    assert body["title"] == "Unsupported Media Type"


def test_a_body_that_is_not_read_cannot_be_too_large():
    assert caller("specialist").generic("GET", "/api/v1/circle/", "x" * 3_000_000).status_code == 200


def test_a_larger_body_than_the_address_takes_is_refused(monkeypatch):
    monkeypatch.setattr("metrics.viewsets.MeasurementViewSet.largest_body", 100)

    answer = caller("specialist").post(
        "/api/v1/measurements/bulk/", "[" + " " * 100 + "]", content_type="application/json"
    )

    assert_is_problem(answer, 413)


@pytest.mark.parametrize("path", ["/api/v1/measurements/bulk/", "/accounts/login/"])
def test_a_body_without_its_length_is_refused_before_it_is_lost(path):
    request = RequestFactory().post(path, headers={"Transfer-Encoding": "chunked"})
    del request.META["CONTENT_LENGTH"]
    request.META["wsgi.input"] = BytesIO(b"0\r\n\r\n")

    answer = ApiGuard(lambda _: pytest.fail("handed on"))(request)

    assert answer.status_code == 411


def test_the_id_of_a_request_is_the_callers_if_it_is_harmless():
    client = Client()

    assert client.get("/api/", headers={"X-Request-ID": "abc-12345"})["X-Request-ID"] == "abc-12345"
    for bad in ("a b", "x" * 65, "x\x1b[31m", ""):
        assert re.fullmatch(r"[0-9a-f-]{36}", client.get("/api/", headers={"X-Request-ID": bad})["X-Request-ID"])


def test_pages_have_a_request_id_too_and_stay_pages():
    answer = Client().get("/no/such/page/")

    assert answer.status_code == 404
    assert answer["Content-Type"].startswith("text/html")
    assert answer["X-Request-ID"]


def test_a_wrong_host_is_told_so_in_json():
    assert_is_problem(Client(headers={"Host": "evil.example"}).get("/api/v1/circle/"), 400)


def test_a_defect_of_ours_answers_in_json_without_its_insides(monkeypatch):
    def broken(*_):
        raise ZeroDivisionError("secret inside")

    monkeypatch.setattr("gap_scores.viewsets.board_for", broken)
    client = caller("viewer")
    client.raise_request_exception = False

    answer = client.get("/api/v1/circle/")

    assert_is_problem(answer, 500)
    assert b"secret" not in answer.content


def test_a_busy_database_asks_to_come_again(monkeypatch):
    def busy(*_):
        raise OperationalError("database is locked")

    monkeypatch.setattr("gap_scores.viewsets.board_for", busy)

    answer = caller("viewer").get("/api/v1/circle/")

    assert_is_problem(answer, 503)
    assert answer["Retry-After"] == "2"
    assert b"locked" not in answer.content


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Http404(), 404),
        (RequestDataTooBig(), 413),
        (TooManyFieldsSent(), 400),
        (DisallowedHost(), 400),
        (OperationalError(), 503),
        (InterfaceError(), 503),
        (IntegrityError(), 409),
        (DataError(), 400),
        (ValidationError("x"), 400),
        (exceptions.ValidationError("x"), 400),
        (exceptions.NotFound(), 404),
        (exceptions.MethodNotAllowed("PUT"), 405),
    ],
)
def test_every_refusal_has_its_status(error, status):
    assert problem_of(error).status == status


def test_a_defect_is_no_problem():
    assert problem_of(ZeroDivisionError()) is None


def test_errors_of_fields_name_their_place_in_the_body():
    error = ValidationError(
        {
            "value": ValidationError("%(n)s is too large.", code="large", params={"n": 7}),
            "__all__": ValidationError("Do not fit.", code="fit"),
        }
    )

    found = list(errors_in(error, ("items", 3)))

    assert found == [
        FieldError("7 is too large.", "large", ("items", 3, "value")),
        FieldError("Do not fit.", "fit", ("items", 3)),
    ]
    assert found[0].as_dict() == {"pointer": "#/items/3/value", "detail": "7 is too large.", "code": "large"}


def test_a_pointer_escapes_what_would_lead_elsewhere():
    assert pointer_to(("a/b", "~", 0)) == "#/a~1b/~0/0"


@override_settings(DEBUG=True)
def test_developers_keep_djangos_own_error_page():
    assert Client(headers={"Host": "evil.example"}).get("/api/v1/circle/")["Content-Type"].startswith("text/html")
