"""Whatever is sent, the answer is a refusal in JSON or a right answer: never a 500, never half a write."""

import json
from urllib.parse import quote

import pytest
from django.test import Client

from functions.models import Function
from jobs.models import IdempotencyKey, Marker
from metrics.models import Measurement
from tests.api.callers import caller
from tests.api.described import description, differences
from tests.factories.functions import SupplyLinkFactory
from tests.factories.metrics import MeasurementFactory, MetricFactory

pytestmark = pytest.mark.django_db
BULK = "/api/v1/measurements/bulk/"
# As they stand in a query string.
HOSTILE_TEXTS = [
    "",
    "0",
    "-1",
    "1.5",
    "1e309",
    "NaN",
    "Infinity",
    "9" * 19,
    "9" * 5000,
    "0x10",
    "1_000",
    "%D9%A1",
    "%00",
    "a%00b",
    "%FF%FE",
    "%ED%A0%80",
    "%F0%9F%98%80",
    "null",
    "true",
    "[]",
    "{}",
    "'",
    "%22%3E%3Csvg%20onload%3D1%3E",
    "1%20OR%201%3D1",
    "../../etc/passwd",
    "%0D%0ASet-Cookie%3A%20x%3D1",
    "{x.__class__}",
    "%25" * 1000,
    "a" * 30 + "!",
    "=cmd",
]
# What the two databases do not take alike: bytes, numbers without end or too long, other digits, an empty text.
OTHERWISE_ON_POSTGRESQL = [
    "", "-1", "1e309", "NaN", "Infinity", "9" * 19, "9" * 5000, "%D9%A1", "%00", "a%00b", "%FF%FE", "%ED%A0%80",
    "%F0%9F%98%80", "'", "%25" * 1000,
]  # fmt: skip
# As they stand in a JSON body.
HOSTILE_VALUES = [
    "null", "true", "0", "-0", "-1", "1.5", "1e5", "1e308", "1e309", "-1e400", "NaN", "Infinity", "9" * 19, "9" * 5000,
    "0." + "1" * 5000, '""', '" "', '"\\u0000"', '"\\ud800"', '"\\ud83d\\ude00"', '"a\\r\\nb"', '"=1+1"', "[]", "[1]",
    "{}", '{"a": 1}', '{"a": 1, "a": 2}', "[" * 19 + "]" * 19, "[" * 100_000, '"' + "x" * 100_000 + '"', '"2026-02-30"',
    '"9999-12-31"', '"0001-01-01"', '"2026-01-01T00:00:00Z"', '"NaN"', '"-Infinity"', '"1e999999999"', '"1_000"',
    '"\\u0661"', "'x'", "undefined", "", "/**/1", "01", "+1", ".5", "0x10",
]  # fmt: skip
ITEM_FIELDS = [
    "metric", "external_id", "period_start", "period_end", "part", "value", "numerator", "denominator", "defects",
    "units", "opportunities", "events", "exposure",
]  # fmt: skip


def reading_addresses() -> list[str]:
    return sorted(path for path, operations in description()["paths"].items() if "get" in operations)


@pytest.fixture
def kept():
    """One row of everything that can be read by id 1 or by metric."""
    SupplyLinkFactory()
    return MeasurementFactory(value=1)


def assert_answered(answer, allowed, what) -> None:
    assert answer.status_code in allowed, (what, answer.status_code, answer.content[:300])
    assert answer["Content-Type"] in {"application/json", "application/problem+json"}, what
    json.loads(answer.content)


def parameters_of(path: str) -> list[dict]:
    return [each for each in description()["paths"][path]["get"].get("parameters", []) if each["in"] == "query"]


def different_parameters() -> list[tuple[str, str]]:
    """Return every parameter once with an address that takes it: one of the same name and form is read by one code."""
    found = {
        json.dumps([each["name"], each["schema"]], sort_keys=True): (path, each["name"])
        for path in reversed(reading_addresses())
        for each in parameters_of(path)
    }
    return sorted(found.values())


# On SQLite tests/hostile/test_sweep.py puts more values into the same parameters.
@pytest.mark.postgres
@pytest.mark.parametrize("path", sorted({path for path, _ in different_parameters()}))
def test_no_parameter_breaks_an_address(kept, path):
    client = caller("administrator")
    address = path.replace("{id}", str(Function.objects.first().pk))

    for name in [name for at, name in different_parameters() if at == path]:
        for text in OTHERWISE_ON_POSTGRESQL:
            answer = client.get(f"{address}?{name}={text}")
            assert_answered(answer, {200, 400, 404}, (name, text))


@pytest.mark.once
@pytest.mark.parametrize("path", reading_addresses())
def test_a_parameter_that_does_not_exist_or_comes_twice_is_refused(kept, path):
    client = caller("administrator")
    address = path.replace("{id}", "1")
    parameters = parameters_of(path)

    unknown = client.get(f"{address}?ownr=1").json()
    assert ("ownr", "unknown") in {(each["parameter"], each["code"]) for each in unknown["errors"]}
    for each in parameters:
        twice = client.get(f"{address}?{each['name']}=1&{each['name']}=2").json()
        assert (each["name"], "twice") in {(error["parameter"], error["code"]) for error in twice["errors"]}


@pytest.mark.parametrize("path", [path for path in reading_addresses() if "{id}" in path])
def test_no_id_breaks_an_address(kept, path):
    client = caller("specialist")

    for text in [*HOSTILE_TEXTS, "2147483648", "999999999", "1;", "1/", "1%2F", "%2E%2E"]:
        answer = client.get(path.replace("{id}", text))
        assert answer.status_code in {200, 404}, text
        assert answer["Content-Type"] in {"application/json", "application/problem+json"}


def test_too_many_parameters_are_refused(kept):
    answer = caller("specialist").get("/api/v1/circle/?" + "&".join(f"a{number}=1" for number in range(2000)))

    assert_answered(answer, {400}, "2,000 parameters")


def test_a_name_that_does_not_exist_is_not_echoed_at_length(kept):
    answer = caller("specialist").get("/api/v1/circle/?" + quote("<b>" * 3000) + "=1")

    assert len(answer.content) < 1000


@pytest.mark.once
@pytest.mark.parametrize("header", ["Accept", "If-None-Match", "Accept-Language", "Cookie", "X-Request-ID", "Range"])
def test_no_header_breaks_an_address(kept, header):
    client = caller("specialist")

    for text in ["", "*", "\xff", "x" * 5000, "*/*;q=NaN", ";;;,,,", '"', 'W/"', "a\tb", "../", "{}", "0"]:
        answer = client.get("/api/v1/circle/", headers={header: text})
        assert answer.status_code in {200, 304, 400, 406}, (header, text, answer.content[:200])


@pytest.mark.parametrize(
    "kind", ["", "x", "application/json; charset=utf-16", "multipart/form-data", "text/plain", "/"]
)
def test_no_type_of_body_breaks_a_push(kind):
    answer = caller("specialist").generic("POST", BULK, b'{"source": "x", "items": []}', content_type=kind)

    assert answer.status_code in {400, 415}, answer.content


@pytest.mark.parametrize("length", ["", "x", "-1", "99999999999", "0"])
def test_no_length_of_body_breaks_a_push(length):
    answer = caller("specialist").post(BULK, "{}", content_type="application/json", CONTENT_LENGTH=length)

    assert answer.status_code in {400, 411, 413}


@pytest.mark.parametrize("field", ITEM_FIELDS)
def test_no_value_of_a_field_breaks_a_push_or_is_stored_by_half(field):
    metric = MetricFactory()
    client = caller("specialist")
    for number, value in enumerate(HOSTILE_VALUES):
        sent = {
            "metric": str(metric.pk),
            "external_id": f'"{number}"',
            "period_start": '"2026-01-01"',
            "period_end": '"2026-01-31"',
            "value": "1",
        } | {field: value}
        item = ", ".join(f'"{name}": {text}' for name, text in sent.items())
        good = json.dumps(
            {"metric": metric.pk, "external_id": f"g{number}", "period_start": "2026-01-01", "period_end": "2026-01-02"}
            | {"value": 1}
        )
        before = Measurement.objects.count()

        answer = client.post(
            BULK, f'{{"source": "t", "items": [{good}, {{{item}}}]}}'.encode(), content_type="application/json"
        )

        assert_answered(answer, {200, 400, 409}, (field, value[:50]))
        assert differences(answer, BULK, "post") == []
        assert Measurement.objects.count() - before in ({0} if answer.status_code != 200 else {1, 2})


@pytest.mark.parametrize("field", ["source", "items"])
def test_no_value_of_the_envelope_breaks_a_push(field):
    client = caller("specialist")
    for value in HOSTILE_VALUES:
        other = '"items": [1]' if field == "source" else '"source": "t"'
        answer = client.post(BULK, f'{{"{field}": {value}, {other}}}'.encode(), content_type="application/json")
        assert_answered(answer, {400}, (field, value[:50]))
    assert not Measurement.objects.exists()
    assert not Marker.objects.exists()
    assert not IdempotencyKey.objects.exists()


@pytest.mark.parametrize(
    "body", [b"", b"\x00", b"\xff" * 100, b"x" * 1000, b"[" * 1_000_000, b'"' * 1000, b"1" * 100_000]
)
def test_no_bytes_break_a_push(body):
    answer = caller("specialist").post(BULK, body, content_type="application/json")

    assert_answered(answer, {400}, body[:20])


def test_no_path_breaks_the_api():
    for text in HOSTILE_TEXTS:
        answer = Client().get(f"/api/v1/{text}")
        assert_answered(answer, {404}, text)
