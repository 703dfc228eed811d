"""Page, export and API give the same numbers: all three read the same stored run."""

import csv
import re
from io import StringIO
from typing import Any

import pytest
from django.test import Client

from functions.models import Program
from tests.api.callers import person, with_token
from tests.gap_scores.world import World

pytestmark = pytest.mark.django_db
SCOPES = [{}, {"lifecycle": "past"}, {"lifecycle": "prospective"}, {"lifecycle": "all"}, {"product": "first"}]


@pytest.fixture
def callers(world: World) -> dict[str, tuple[Client, Client]]:
    """Per role a browser and a machine of the same person."""
    Program.objects.get_or_create(pk=Program.ONLY, defaults={"name": "A program"})
    found = {}
    for role in ("specialist", "viewer"):
        user = person(role)
        browser = Client()
        browser.force_login(user)
        found[role] = browser, with_token(user)
    return found


def asked(scope: dict[str, Any], world: World) -> dict[str, Any]:
    return scope | ({"product": world.products[0].pk} if "product" in scope else {})


def exported(browser: Client, scope: dict[str, Any]) -> dict[str, dict[str, str]]:
    answer = browser.get("/requirements/", scope | {"format": "csv"})
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return {row["reference"]: row for row in csv.DictReader(StringIO(text))}


def number(text: str) -> float | None:
    return float(text) if text else None


@pytest.mark.parametrize("role", ["specialist", "viewer"])
@pytest.mark.parametrize("scope", SCOPES)
def test_the_exported_list_has_the_numbers_of_the_api(world, callers, role, scope):
    browser, machine = callers[role]
    parameters = asked(scope, world)

    export = exported(browser, parameters)
    results = machine.get("/api/v1/requirement-scores/", parameters).json()["results"]

    assert {each["reference"] for each in results if each["points"] is not None} == {
        reference for reference, row in export.items() if number(row["points"]) is not None
    }
    for each in results:
        row = export[each["reference"]]
        assert number(row["points"]) == each["points"]
        if each["is_rankable"]:
            assert number(row["gap"]) == each["score"]["gap"]
        if each["score"]:
            assert number(row["n_eff"]) == each["score"]["n_eff"]


@pytest.mark.parametrize("scope", SCOPES)
def test_the_circle_shows_the_gaps_of_the_api(world, callers, scope):
    browser, machine = callers["specialist"]
    parameters = asked(scope, world)

    page = re.sub(r"\s+", " ", browser.get("/functions/", parameters).content.decode())
    circle = machine.get("/api/v1/circle/", parameters).json()

    for row in circle["functions"]:
        assert row["name"] in page
        if row["is_rankable"]:
            assert f"{row['own']:.0f}" in page


@pytest.mark.parametrize("at", range(4))
def test_a_requirements_page_shows_the_gap_of_the_api(world, callers, at):
    browser, machine = callers["specialist"]
    requirement = world.requirements[at].pk

    page = browser.get(f"/requirements/{requirement}/").content.decode()
    body = machine.get(f"/api/v1/requirement-scores/{requirement}/").json()

    lo, hi = body["score"]["gap_lo"], body["score"]["gap_hi"]
    assert f"{lo:.0f} to {hi:.0f}" in page
    if body["is_rankable"]:
        assert f"{body['score']['gap']:.0f}" in page
