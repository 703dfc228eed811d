"""The description is drawn without a warning, is the one that is committed, and can be read by members."""

from pathlib import Path

import pytest
import yaml
from django.core.management import call_command
from django.test import Client

from tests.api.callers import caller, person
from tests.api.described import description

pytestmark = [pytest.mark.django_db, pytest.mark.once]
COMMITTED = Path(__file__).resolve().parents[2] / "docs" / "openapi.yaml"


def signed_in(role: str | None) -> Client:
    client = Client()
    client.force_login(person(role))
    return client


def test_the_committed_description_is_the_one_that_is_served(tmp_path):
    drawn = tmp_path / "openapi.yaml"

    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(drawn))

    way_out = "The API changed. Look at the difference, then: manage.py spectacular --file docs/openapi.yaml"
    assert drawn.read_text() == COMMITTED.read_text(), way_out


def test_every_operation_says_its_scope_and_its_refusals():
    for path, operations in description()["paths"].items():
        for method, operation in operations.items():
            assert "Scope of the token: " in operation["description"], (method, path)
            assert operation["security"] == [{"token": []}]
            assert operation["responses"].keys() >= {"400", "401", "403", "404", "429", "503"}
            assert len(operation["responses"].keys() & {"200", "201", "202", "204"}) == 1
            if method in {"patch", "delete"}:
                assert operation["responses"].keys() >= {"412", "428"}


def test_a_push_says_what_it_may_be_refused_for():
    operation = description()["paths"]["/api/v1/measurements/bulk/"]["post"]

    assert operation["responses"].keys() >= {"409", "411", "413", "415", "422"}
    assert "Idempotency-Key" in {each["name"] for each in operation["parameters"]}


def test_members_read_the_description_with_a_session_or_a_token():
    by_session = signed_in("viewer").get("/api/schema/")
    by_token = caller("viewer", scopes=["scores:read"]).get("/api/schema/")

    assert by_session.content == by_token.content
    assert yaml.safe_load(by_session.content)["openapi"] == "3.1.0"


@pytest.mark.parametrize("query", ["?version=1%0D%0Ax", "?lang=xx", "?format=json"])
def test_the_description_takes_no_parameters(query):
    answer = signed_in("viewer").get(f"/api/schema/{query}")

    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


def test_the_description_is_for_members():
    assert Client().get("/api/schema/").status_code == 401
    assert signed_in(None).get("/api/schema/").status_code == 403


def test_members_try_the_api_in_the_browser_without_an_outside_host():
    client = signed_in("viewer")

    page = client.get("/api/docs/")
    script = client.get("/api/docs/?script=")

    assert page.status_code == script.status_code == 200
    assert b"//" not in page.content.replace(b"/static/", b"").split(b"<body")[0]
    assert b"drf_spectacular_sidecar" in page.content
    assert b"<script>" not in page.content
    assert b"<style" not in page.content
    assert "default-src 'none'" in page["Content-Security-Policy"]


def test_strangers_are_asked_to_sign_in_before_the_docs():
    answer = Client().get("/api/docs/")

    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/?next=/api/docs/")
    assert signed_in(None).get("/api/docs/").status_code == 403


def test_the_docs_take_no_other_parameters():
    assert signed_in("viewer").get("/api/docs/?url=https://evil.example/x.yaml").status_code == 400
