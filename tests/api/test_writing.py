"""Every noun is written in one shape: created once, changed only by who has read it, never by a field of its own."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.test import Client

from customers.models import ValueBand
from functions.models import Function
from improvements.models import Ambassador
from jobs.models import Marker
from tests.api.callers import caller
from tests.api.described import differences
from tests.factories.accounts import UserFactory
from tests.factories.customers import ContactFactory, CustomerFactory
from tests.factories.functions import FunctionFactory, MembershipFactory
from tests.factories.interviews import VerbatimFactory
from tests.factories.metrics import MetricFactory
from tests.factories.requirements_catalog import ProductFactory, RequirementFactory

pytestmark = pytest.mark.django_db
V1 = "/api/v1"
NOWHERE = 2_000_000_000


@dataclass(frozen=True)
class Case:
    """What a noun takes; `world` makes what the bodies point to, and names it."""

    noun: str
    new: Callable[[dict[str, Any]], dict[str, Any]]
    change: dict[str, Any] = field(default_factory=dict)
    refused: dict[str, Any] = field(default_factory=dict)  # a change that the record's own rules refuse
    points_to: str = ""  # a field that names another record
    is_deleted: bool = False


CASES = [
    Case("functions", lambda ids: {"name": "Press shop", "purpose": "Shapes"}, {"short_name": "Press"}, {"name": ""}),
    Case(
        "supply-links",
        lambda ids: {"supplier": ids["function"], "supplied": ids["other"], "strength": 0.5},
        {"strength": None},
        {"strength": 0.3},
        "supplier",
        is_deleted=True,
    ),
    Case("people", lambda ids: {"username": "ines", "email": "i@example.org"}, {"is_active": False}, {"email": "no"}),
    Case(
        "memberships",
        lambda ids: {"person": ids["person"], "role": "head", "function": ids["other"]},
        {"may_see_names": True},
        {"may_see_names": "yes"},
        "function",
        is_deleted=True,
    ),
    Case("products", lambda ids: {"name": "Press brake"}, {"is_active": False}, {"name": "x" * 81}),
    Case("attributes", lambda ids: {"name": "Sustainability"}, {"description": "Care"}, {"name": "x" * 81}),
    Case("rating-scales", lambda ids: {"name": "0 to 5", "minimum": 0, "maximum": 5}),
    Case(
        "requirements",
        lambda ids: {
            "statement": "Faults stay rare",
            "attribute": ids["attribute"],
            "products": [ids["product"]],
            "scale": {"unit": "hours", "direction": "lower", "resolution": "0.5"},
        },
        {"owner": 0, "half_life_months": 6},
        {"half_life_months": 0},
        "attribute",
    ),
    Case(
        "responsibilities",
        lambda ids: {"requirement": ids["requirement"], "function": ids["other"], "strength": 9},
        {"strength": 1},
        {"strength": 2},
        "requirement",
        is_deleted=True,
    ),
    Case(
        "customers",
        lambda ids: {"name": "Bakery", "country": "DE", "since_on": "2025-01-01", "value_band": ids["band"]},
        {"size_band": "10-49", "country": "FR", "is_correction": True},
        {"industry": "?"},
        "value_band",
    ),
    Case(
        "contacts",
        lambda ids: {"customer": ids["customer"], "name": "Ada", "consent_on": "2026-01-01", "consent_source": "mail"},
        {"is_opted_out": True},
        {"time_zone": "Mars/Base"},
        "customer",
    ),
    Case(
        "product-uses",
        lambda ids: {"customer": ids["customer"], "product": ids["product"], "since_on": "2025-01-01"},
        {"until_on": "2025-12-31"},
        {"until_on": "2024-12-31"},
        "product",
        is_deleted=True,
    ),
    Case("value-bands", lambda ids: {"name": "Key", "weight": 300}, {"weight": 0}, {"weight": 1001}, is_deleted=True),
    Case(
        "rounds",
        lambda ids: {"name": "Spring", "products": [ids["product"]], "starts_on": "2026-03-01"},
        {"ends_on": "2026-04-30"},
        {"ends_on": "2026-02-01"},
    ),
    Case(
        "interviews",
        lambda ids: {"contact": ids["contact"], "round": ids["round"], "held_on": "2026-03-02"},
        {"mode": "phone"},
        {"held_on": "1066-10-14"},
        "contact",
    ),
    Case(
        "answers",
        lambda ids: {
            "interview": ids["interview"],
            "requirement": ids["requirement"],
            "product": ids["of_requirement"],
            "importance": {"value": 20, "items": 4},
            "level": {"value": "120", "unit": "minutes"},
            "perception": {"state": "does_not_know"},
        },
        {"perception": {"is_fixed": True}},
        {"level": {"value": "1", "unit": "percent"}},
        "interview",
    ),
    Case("verbatims", lambda ids: {"interview": ids["interview"], "text": "At night"}, points_to="interview"),
    Case(
        "codings",
        lambda ids: {"verbatim": ids["verbatim"], "requirement": ids["requirement"], "start": 0, "end": 2},
        {"sentiment": 1},
        {"sentiment": 7},
        "requirement",
        is_deleted=True,
    ),
    Case(
        "objectives",
        lambda ids: {"interview": ids["interview"], "product": ids["product"], "statement": "No waste"},
        {"outcome": "Less scrap"},
        {"statement": ""},
        "product",
        is_deleted=True,
    ),
    Case(
        "loyalty-answers",
        lambda ids: {"interview": ids["interview"], "product": ids["product"], "measure": "nps", "rating": 9},
        refused={"rating": 11},
        points_to="product",
    ),
    Case(
        "losses",
        lambda ids: {
            "customer": ids["customer"],
            "lost_on": "2026-02-01",
            "value_lost": 900,
            "reason_ours": "Late",
            "ours": [ids["requirement"]],
        },
        {"signs": "fewer orders"},
        {"lost_on": "2126-02-01"},
        "customer",
        is_deleted=True,
    ),
    Case(
        "ambassador-asks",
        lambda ids: {
            "ambassador": ids["ambassador"],
            "prospect": ids["prospect"],
            "asked_on": "2026-02-01",
            "kind": "visit",
        },
        {"outcome": "done", "outcome_words": "A good talk"},
        {"outcome_on": "2026-01-01", "outcome": "done"},
        "prospect",
        is_deleted=True,
    ),
    Case(
        "initiatives",
        lambda ids: {"name": "Second shift", "function": ids["function"], "purpose": "At night", "cost_fixed": "100"},
        {"cost_yearly": "4.25"},
        {"people_days": "-1"},
        "function",
        is_deleted=True,
    ),
    Case(
        "involvements",
        lambda ids: {
            "customer": ids["customer"],
            "product": ids["product"],
            "stage": "delivery",
            "involved_on": "2026-02-01",
            "how": "Pilot",
        },
        {"how": "Second pilot"},
        {"involved_on": "2126-02-01"},
        "customer",
        is_deleted=True,
    ),
    Case(
        "metrics",
        lambda ids: {
            "name": "Repair time",
            "function": ids["function"],
            "kind": "duration",
            "percentile": 95,
            "unit": "hours",
            "direction": "lower",
        },
        {"target": "4.25"},
        {"percentile": 100},
        "function",
    ),
    Case(
        "metric-links",
        lambda ids: {"metric": ids["metric"], "requirement": ids["requirement"], "product": ids["of_requirement"]},
        {"role": "measures"},
        {"strength": 5},
        "product",
        is_deleted=True,
    ),
    Case(
        "chart-notes",
        lambda ids: {"metric": ids["metric"], "begins_on": "2026-01-05", "text": "Flooded"},
        {"text": "Store flooded"},
        {"begins_on": "2999-01-01"},
        "metric",
        is_deleted=True,
    ),
    Case(
        "metric-relations",
        lambda ids: {"one": ids["metric"], "other": ids["other_metric"], "strength": 9},
        {"note": "One part serves both."},
        {"strength": 5},
        "other",
        is_deleted=True,
    ),
]


@pytest.fixture
def ids() -> dict[str, Any]:
    function, requirement = FunctionFactory(), RequirementFactory(scale={})
    metric = MetricFactory(function=function)
    verbatim = VerbatimFactory()
    return {
        "other_metric": MetricFactory(function=function).pk,
        "band": ValueBand.objects.create(name="Large", weight=200).pk,
        "customer": CustomerFactory().pk,
        "contact": ContactFactory().pk,
        "verbatim": verbatim.pk,
        "interview": verbatim.interview_id,
        "round": verbatim.interview.round_id,
        "function": function.pk,
        "other": FunctionFactory().pk,
        "person": UserFactory().pk,
        "product": ProductFactory().pk,
        "requirement": requirement.pk,
        "attribute": requirement.attribute_id,
        "of_requirement": requirement.products.get().pk,
        "metric": metric.pk,
        "ambassador": Ambassador.objects.create(
            contact=ContactFactory(), agreed_on="2026-01-01", agreed_source="by mail", noted_by_name="Ines"
        ).pk,
        "prospect": CustomerFactory(lifecycle="prospective").pk,
    }


def send(client: Client, method: str, address: str, body: Any = None, **headers: str) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    sent = b"" if body is None else json.dumps(body).encode()
    return client.generic(method, address, sent, content_type="application/json", headers=named)


def holds(found: Any, sent: Any) -> bool:
    """Whether a member of an answer is what was sent; an object inside has more to say than what was sent."""
    return found | sent == found if isinstance(sent, dict) else found == sent


def errors(answer: Any) -> set[tuple[str, str]]:
    return {(each["pointer"], each["code"]) for each in answer.json()["errors"]}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.noun)
def test_a_noun_is_created_changed_and_deleted_in_one_shape(ids, case):
    client, address = caller("administrator"), f"{V1}/{case.noun}/"
    body = case.new(ids)

    # Creating: what it may not set, and what it points to.
    slipped = send(client, "POST", address, body | {"id": 7, "is_superuser": True})
    assert (slipped.status_code, errors(slipped)) == (400, {("#/id", "unknown"), ("#/is_superuser", "unknown")})
    assert send(client, "POST", address, [body]).status_code == 400
    if case.points_to:
        lost = send(client, "POST", address, body | {case.points_to: NOWHERE})
        assert (lost.status_code, errors(lost)) == (400, {(f"#/{case.points_to}", "does_not_exist")})
    made = send(client, "POST", address, body, Idempotency_Key="once")
    assert made.status_code == 201, made.content
    assert differences(made, f"/api/v1/{case.noun}/", "post") == []
    one = f"{address}{made.json()['id']}/"
    assert made["Location"] == f"http://testserver{one}"
    count = client.get(address).json()["count"]
    again = send(client, "POST", address, body, Idempotency_Key="once")
    assert (again.json(), again["Idempotent-Replayed"]) == (made.json(), "true")
    assert send(client, "POST", address, body | {"x": 1}, Idempotency_Key="once").status_code == 422
    assert client.get(address).json()["count"] == count

    # Reading: the tag of a record is the one of its creation, and costs nothing to ask for again.
    read = client.get(one)
    assert (read.json(), read["ETag"]) == (made.json(), made["ETag"])
    assert client.get(one, headers={"If-None-Match": read["ETag"]}).status_code == 304
    if not case.change:
        assert send(client, "PATCH", one, {}, If_Match=read["ETag"]).status_code == 405
        return

    # Changing: only by who has read it.
    change = {name: ids["function"] if name == "owner" else value for name, value in case.change.items()}
    assert send(client, "PATCH", one, change).status_code == 428
    assert send(client, "PATCH", one, change, If_Match='"other"').status_code == 412
    refused = send(client, "PATCH", one, case.refused, If_Match=read["ETag"])
    assert (refused.status_code, refused["Content-Type"]) == (400, "application/problem+json"), refused.content
    changed = send(client, "PATCH", one, change, If_Match=read["ETag"])
    assert changed.status_code == 200, changed.content
    assert differences(changed, f"/api/v1/{case.noun}/{{id}}/", "patch") == []
    assert all(holds(changed.json()[name], value) for name, value in change.items() if name in changed.json())
    assert changed["ETag"] == client.get(one)["ETag"] != read["ETag"]
    assert send(client, "PATCH", one, change, If_Match=read["ETag"]).status_code == 412
    assert send(client, "PATCH", one, change, If_Match="*").status_code == 200
    assert send(client, "PATCH", f"{address}{NOWHERE // 10}/", change).status_code == 404

    # Deleting, where a noun can be.
    if not case.is_deleted:
        assert send(client, "DELETE", one, If_Match=changed["ETag"]).status_code == 405
        return
    assert send(client, "DELETE", one).status_code == 428
    assert send(client, "DELETE", one, If_Match=read["ETag"]).status_code == 412
    assert send(client, "DELETE", one, If_Match=changed["ETag"]).status_code == 204
    assert client.get(one).status_code == 404


def test_a_record_says_what_it_said_before_and_who_changed_it():
    client, function = caller("specialist"), FunctionFactory(name="Press")
    one = f"{V1}/functions/{function.pk}/"
    for name in ("Press shop", "Presses"):
        send(client, "PATCH", one, {"name": name}, If_Match=client.get(one)["ETag"])

    first = client.get(f"{one}history/?page_size=2")
    assert differences(first, "/api/v1/functions/{id}/history/") == []
    changes = first.json()["results"]
    rest = client.get(first.json()["next"]).json()

    assert [each["changes"] for each in changes] == [
        [{"field": "name", "before": "Press shop", "after": "Presses"}],
        [{"field": "name", "before": "Press", "after": "Press shop"}],
    ]
    assert changes[0]["by"] is not None
    assert [each["kind"] for each in rest["results"]] == ["made"]
    assert rest["next"] is None
    assert caller("viewer").get(f"{one}history/").status_code == 404


def test_the_verbs_of_a_requirement_take_it_through_its_life(ids):
    client = caller("specialist")
    body = {"statement": "Faults stay rare", "attribute": ids["attribute"], "products": [ids["of_requirement"]]}
    scale = {"unit": "hours", "direction": "lower", "resolution": "0.5"}
    made = send(client, "POST", f"{V1}/requirements/", body).json()
    one = f"{V1}/requirements/{made['id']}/"

    badly = send(client, "POST", f"{V1}/requirements/", body | {"scale": scale | {"resolution": 0}})
    homeless = send(client, "POST", f"{one}state/", {"state": "active"})
    active = send(client, "POST", f"{one}state/", {"state": "active", "owner": ids["function"]})
    scaled = send(client, "POST", f"{one}scale/", scale)
    silent = send(client, "POST", f"{one}scale/", scale | {"unit": "minutes", "factor": "60"})
    # The second is short, and would work for hours.
    wrong = [
        send(client, "POST", f"{one}scale/", scale | {"unit": "minutes", "factor": factor, "reason": "finer"})
        for factor in ("1/0", "1e999999999", "1/00", "-60", "60/1/1")
    ]
    second = send(client, "POST", f"{one}scale/", scale | {"unit": "minutes", "factor": "60", "reason": "finer"})
    merged = send(client, "POST", f"{one}merge/", {"into": ids["requirement"]})
    locked = send(client, "PATCH", one, {"statement": "x"}, If_Match=merged["ETag"])
    apart = send(client, "POST", f"{one}unmerge/")

    assert (badly.status_code, badly.json()["errors"][0]["code"]) == (400, "invalid")
    assert errors(homeless) == {("#/owner", "invalid")}
    assert (active.json()["state"], active.json()["owner"]) == ("active", ids["function"])
    assert scaled.json()["scale"] == {"version": 1, "unit": "hours", "direction": "lower", "resolution": "0.5"}
    assert errors(silent) == {("#/reason", "required")}
    assert [errors(each) for each in wrong] == [{("#/factor", "invalid")}] * len(wrong)
    assert second.json()["scale"]["unit"] == "minutes"
    versions = client.get(f"{one}scales/").json()["results"]
    assert [(each["unit"], each["factor_numerator"], each["reason"]) for each in versions] == [
        ("hours", None, ""),
        ("minutes", 60, "finer"),
    ]
    assert (merged.json()["merged_into"], apart.json()["merged_into"]) == (ids["requirement"], None)
    assert locked.json()["errors"][0]["code"] == "merged"


def test_a_refusal_is_the_sentence_of_the_page_and_leaves_nothing_written():
    client, function = caller("specialist"), FunctionFactory(name="Press shop")
    requirement = RequirementFactory(owner=function)
    Marker.objects.all().delete()

    answer = send(client, "POST", f"{V1}/functions/{function.pk}/deactivate/")

    assert answer.json()["detail"] == (
        f"Press shop still answers for {requirement.reference}. Give them another owner, or retire them first."
    )
    assert answer.json()["errors"][0]["code"] == "owns_requirements"
    assert Function.objects.get(pk=function.pk).is_active
    assert not Marker.objects.exists()


def test_the_last_administrator_stays():
    membership = MembershipFactory(role="administrator")
    client = caller("administrator")
    mine = client.get(f"{V1}/memberships/?role=administrator").json()["results"]
    theirs = [each["id"] for each in mine if each["person"] != membership.user_id]
    one, own = (f"{V1}/memberships/{pk}/" for pk in (membership.pk, theirs[0]))

    assert send(client, "DELETE", one, If_Match=client.get(one)["ETag"]).status_code == 204
    refused = send(client, "DELETE", own, If_Match=client.get(own)["ETag"])

    assert refused.json()["errors"][0]["code"] == "last_administrator"


def test_lists_are_filtered_searched_and_sorted():
    client = caller("specialist")
    for name in ("Alpha press", "Beta press", "Gamma"):
        ProductFactory(name=name)
    names = lambda query: [each["name"] for each in client.get(f"{V1}/products/?{query}").json()["results"]]  # noqa: E731

    assert names("search=press&ordering=-name") == ["Beta press", "Alpha press"]
    assert names("search=press+beta") == ["Beta press"]
    assert names("search=%25") == []
    assert names("is_active=false") == []
    assert client.get(f"{V1}/products/?ordering=price").status_code == 400


def test_a_record_that_fits_a_filter_twice_is_listed_once(ids):
    client, head = caller("administrator"), UserFactory()
    for function in (ids["function"], ids["other"]):
        MembershipFactory(user=head, role="head", function_id=function)

    found = client.get(f"{V1}/people/?role=head").json()

    assert (found["count"], [each["id"] for each in found["results"]]) == (1, [head.pk])


def test_a_list_that_the_caller_has_already_is_not_sent_again():
    client = caller("viewer")
    ProductFactory()

    first = client.get(f"{V1}/products/")
    second = client.get(f"{V1}/products/", headers={"If-None-Match": first["ETag"]})
    ProductFactory()
    third = client.get(f"{V1}/products/", headers={"If-None-Match": first["ETag"]})

    assert (second.status_code, second.content, third.status_code) == (304, b"", 200)


def test_an_interview_goes_from_the_plan_to_the_scores(ids):
    client = caller("specialist")
    planned = {"contact": ids["contact"], "round": ids["round"], "held_on": "2026-03-02", "mode": "video"}
    one = send(client, "POST", f"{V1}/interviews/", planned)["Location"].removeprefix("http://testserver")
    pk = int(one.rstrip("/").rpartition("/")[2])
    scale = client.get(f"{V1}/rating-scales/").json()["results"][0]
    answer = {"interview": pk, "requirement": ids["requirement"], "product": ids["of_requirement"]}
    Marker.objects.all().delete()

    said = send(client, "POST", f"{V1}/answers/", answer | {"importance": {"value": 8, "scale": scale["id"]}})
    twice = send(client, "POST", f"{V1}/answers/", answer)
    mistaken = send(client, "POST", f"{V1}/answers/", answer | {"level": {"value": 1, "state": "not_asked"}})
    at = f"{V1}/answers/{said.json()['id']}/"
    added = send(client, "PATCH", at, {"level": {"value": "2.5"}}, If_Match=said["ETag"])
    assert not Marker.objects.exists()
    done = send(client, "POST", f"{one}complete/")
    late = send(client, "PATCH", at, {"level": {"value": "3"}}, If_Match=added["ETag"])
    again = send(client, "POST", f"{one}reopen/")

    assert said.json()["importance"] == {
        "state": "known", "value": "8", "scale": scale["id"], "numerator": 80, "denominator": scale["maximum"],
    }  # fmt: skip
    assert (errors(twice), errors(mistaken)) == ({("#/requirement", "answered")},) * 2
    assert (added.json()["importance"], added.json()["level"]["value"]) == (said.json()["importance"], "2.5")
    assert (done.json()["state"], late.json()["errors"][0]["code"]) == ("completed", "interview_completed")
    assert again.json()["state"] == "in_progress"
    assert Marker.objects.exists()


def test_everybody_records_what_a_customer_said_and_reads_that_again(ids):
    client, customer = caller("viewer"), CustomerFactory(name="Bakery")
    said = {"customer": "bakery", "contact": "Ada", "held_on": "2026-03-02", "mode": "phone", "text": "It stops at ten"}

    recorded = send(client, "POST", f"{V1}/interviews/record/", said)
    unknown = send(client, "POST", f"{V1}/interviews/record/", said | {"customer": "Nobody & Sons"})

    assert (recorded.status_code, recorded.json()["customer"]) == (200, customer.pk)
    assert errors(unknown) == {("#/customer", "customer")}
    assert [each["id"] for each in client.get(f"{V1}/interviews/").json()["results"]] == [recorded.json()["id"]]
    assert [each["text"] for each in client.get(f"{V1}/verbatims/").json()["results"]] == ["It stops at ten"]
    assert client.get(f"{V1}/interviews/{ids['interview']}/").status_code == 404
    foreign = send(client, "POST", f"{V1}/verbatims/", {"interview": ids["interview"], "text": "x"})
    missing = send(client, "POST", f"{V1}/verbatims/", {"interview": NOWHERE, "text": "x"})
    assert foreign.json()["errors"] == missing.json()["errors"]


def test_the_verbs_of_a_customer_move_and_merge_it(ids):
    client = caller("specialist")
    one = f"{V1}/customers/{ids['customer']}/"

    moved = send(client, "POST", f"{one}lifecycle/", {"lifecycle": "past", "since_on": "2026-01-01"})
    silent = send(client, "POST", f"{one}lifecycle/", {"lifecycle": "current"})
    right = send(client, "POST", f"{one}lifecycle/", {"lifecycle": "current", "is_correction": True})
    other = CustomerFactory().pk
    merged = send(client, "POST", f"{one}merge/", {"into": other})
    apart = send(client, "POST", f"{one}unmerge/", {})

    assert moved.json()["lifecycle_periods"][-1] == {"lifecycle": "past", "since_on": "2026-01-01"}
    assert errors(silent) == {("#/since_on", "required")}
    assert right.json()["lifecycle"] == "current"
    assert (merged.json()["merged_into"], apart.json()["merged_into"]) == (other, None)
    assert client.get(f"{V1}/customers/?is_merged=true").json()["count"] == 0


def test_a_correction_of_a_measurement_is_a_revision(ids):
    client = caller("specialist")
    figures = {"period_start": "2026-01-01", "period_end": "2026-01-31", "value": "4.5"}
    body = {"metric": ids["metric"], "source": "MES", "external_id": "a", **figures}

    made = send(client, "POST", f"{V1}/measurements/", body)
    one = f"{V1}/measurements/{made.json()['id']}/"
    silent = send(client, "POST", f"{one}correct/", figures | {"value": "5", "reason": ""})
    corrected = send(client, "POST", f"{one}correct/", figures | {"value": "5", "reason": "A typing error"})
    twice = send(client, "POST", f"{one}correct/", figures | {"value": "6", "reason": "Again"})
    revisions = client.get(f"{one}revisions/")

    assert (made.status_code, made.json()["value"]) == (201, "4.5")
    assert silent.status_code == 400
    assert (corrected.json()["value"], corrected.json()["supersedes"]) == ("5", made.json()["id"])
    assert twice.json()["errors"][0]["code"] == "superseded"
    assert differences(revisions, "/api/v1/measurements/{id}/revisions/") == []
    assert [(each["value"], each["is_current"]) for each in revisions.json()["results"]] == [
        ("5", True),
        ("4.5", False),
    ]
    listed = client.get(f"{V1}/measurements/?metric={ids['metric']}&since=2026-01-31&until=2026-01-31").json()
    assert [each["value"] for each in listed["results"]] == ["5"]
    assert client.get(f"{V1}/measurements/?metric={ids['metric']}&until=2026-01-30").json()["results"] == []
