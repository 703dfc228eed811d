"""What-ifs, scenarios and portfolios side by side over REST; and what heads may write there."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from functions.models import Function
from improvements.models import Initiative, InitiativeDecision, Scenario
from improvements.verdict_words import UNTOLD
from tests.api.callers import caller, with_token
from tests.dashboard.program import SmallProgram, recompute, small_program
from tests.dashboard.test_next_100k import expect, propose, rare_level, text_of
from tests.factories.people import signed_in

pytestmark = pytest.mark.django_db
WHAT_IF, SCENARIOS = "/api/v1/what-if/", "/api/v1/scenarios/"


@pytest.fixture
def program(noon) -> SmallProgram:
    return small_program()


def head_of(function):
    """Return a head's own client of the API."""
    signed_in("head", function=function)
    return with_token(User.objects.filter(memberships__role="head").latest("pk"))


def test_a_what_if_answers_scores_and_stores_nothing(program):
    link = f"s{program.support.pk}-{program.supplies.pk}"

    asked = caller("specialist").get(
        WHAT_IF, {"moves": f"m{program.metric.pk}=4&{link}=0&without={program.support.pk}"}
    )

    told = asked.json()
    assert asked.status_code == 200
    assert [told["overall_gap"], told["then"], told["felt"]] == pytest.approx([25.0, 18.75, 16.6667], abs=1e-3)
    assert [each["field"] for each in told["moves"]] == [f"m{program.metric.pk}", link, "without"]
    assert [(each["requirement"], each["gap"], each["then"]) for each in told["requirements"]] == [
        (program.repairs.pk, 50.0, 31.25)
    ]
    assert told["without"]["overall_gap"] == pytest.approx(66.6667, abs=1e-3)
    assert sorted(told["without"]["lost"]) == [program.repairs.pk, program.hotline.pk]
    assert not Scenario.objects.exists()


def test_a_what_if_that_makes_no_sense_names_each_reason(program):
    asked = caller("specialist").get(WHAT_IF, {"moves": f"m999=4&m{program.metric.pk}=-4&without=999"})

    assert (asked.status_code, len(asked.json()["errors"])) == (400, 3)
    assert {each["parameter"] for each in asked.json()["errors"]} == {"moves"}
    misspelt = caller("specialist").get(WHAT_IF, {"moves": f"metric{program.metric.pk}=4"})
    assert (misspelt.status_code, misspelt.json()["errors"][0]["parameter"]) == (400, "moves")


def test_a_scenario_is_created_read_compared_changed_and_deleted(program, noon):
    client = caller("specialist")
    body = {"name": "Nights", "note": "Two people", "moves": f"m{program.metric.pk}=4"}

    made = client.post(SCENARIOS, body, content_type="application/json")
    assert (made.status_code, made.json()["move_count"]) == (201, 1)
    address = f"{SCENARIOS}{made.json()['id']}/"
    assert client.get(f"{address}result/").json()["then"] == pytest.approx(18.75)
    compared = client.get(f"{SCENARIOS}compare/", {"one": made.json()["id"]}).json()
    assert compared["sentence"] == "Nights leads to 18.8, Today to 25.0."
    refused = client.post(SCENARIOS, body | {"moves": "m999=1"}, content_type="application/json")
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "#/moves")
    tag = client.get(address).headers["ETag"]
    renamed = client.patch(address, {"name": "Late shift"}, content_type="application/json", headers={"If-Match": tag})
    assert renamed.json()["name"] == "Late shift"
    Scenario.objects.update(created_at=noon - timedelta(days=1), believed={})
    without, tag = {"moves": f"without={program.support.pk}"}, {"If-Match": client.get(address).headers["ETag"]}
    renamed = client.patch(address, without, content_type="application/json", headers=tag)
    page = text_of(signed_in("specialist").get(f"/scenarios/{made.json()['id']}/"))
    assert "Its moves were changed 16 Mar 2026 . It showed 25.0 → 66.7 then" in page.replace("\xa0", " ")
    assert client.delete(address, headers={"If-Match": renamed.headers["ETag"]}).status_code == 204
    assert not Scenario.objects.exists()


def test_a_head_reads_of_a_scenario_only_the_moves_that_a_head_may_make(program):
    metric = rare_level(program)
    caller("specialist").post(
        SCENARIOS,
        {"name": "Faster", "moves": f"m{metric.pk}=15&without={program.support.pk}"},
        content_type="application/json",
    )
    head = head_of(program.supplies)

    told = head.get(SCENARIOS).json()["results"][0]
    result = head.get(f"{SCENARIOS}{told['id']}/result/").json()

    assert (told["moves"], told["move_count"]) == (f"without={program.support.pk}", 2)
    assert [each["name"] for each in result["left_out"]] == ["a move of what you may not move"]
    assert result["then"] == result["overall_gap"]
    assert result["sentence"].startswith("1 of 2 moves is left out for you.")


def test_a_head_who_reads_many_scenarios_asks_the_database_as_often_as_for_one(program):
    client, head, asked = caller("specialist"), head_of(program.support), []
    for names in (("One",), ("Two", "Three", "Four")):
        for name in names:
            body = {"name": name, "moves": f"m{program.metric.pk}=4&without={program.support.pk}"}
            assert client.post(SCENARIOS, body, content_type="application/json").status_code == 201
        head.get(SCENARIOS)
        with CaptureQueriesContext(connection) as queries:
            assert len(head.get(SCENARIOS).json()["results"]) == len(Scenario.objects.all())
        asked.append(len(queries))

    assert asked[0] == asked[1]


def test_heads_propose_change_and_take_back_initiatives_of_their_own_function_only(program):
    head, address = head_of(program.support), "/api/v1/initiatives/"
    body = {"name": "Second shift", "function": program.support.pk, "purpose": "Nights"}

    made = head.post(address, body, content_type="application/json")
    assert made.status_code == 201
    assert (
        head.post(
            address, body | {"name": "Other", "function": program.supplies.pk}, content_type="application/json"
        ).status_code
        == 400
    )
    one = f"{address}{made.json()['id']}/"
    levels = {"initiative": made.json()["id"], "metric": program.metric.pk, "low": "9", "likely": "8", "high": "4"}
    assert head.post("/api/v1/initiative-effects/", levels, content_type="application/json").status_code == 201
    tag = {"If-Match": head.get(one).headers["ETag"]}
    assert head.patch(one, {"state": "done"}, content_type="application/json", headers=tag).status_code == 400
    assert head.patch(one, {"purpose": "At night"}, content_type="application/json", headers=tag).status_code == 200
    assert (
        head.post(f"{one}decide/", {"kind": "for", "reason": "Now"}, content_type="application/json").status_code == 403
    )
    foreign = Initiative.objects.create(
        name="Theirs", function=program.supplies, purpose="A", created_by_name="Ines", created_at="2026-03-16T12:00Z"
    )
    tag = {"If-Match": head.get(f"{address}{foreign.pk}/").headers["ETag"]}
    assert (
        head.patch(
            f"{address}{foreign.pk}/", {"purpose": "B"}, content_type="application/json", headers=tag
        ).status_code
        == 404
    )
    Initiative.objects.filter(pk=made.json()["id"]).update(state="for")
    tag = {"If-Match": head.get(one).headers["ETag"]}
    assert head.delete(one, headers=tag).status_code == 404


def test_two_portfolios_are_compared_and_one_with_a_decision(program, monkeypatch):
    # Only the best set of each side is shown, so nobody waits for draws.
    monkeypatch.setattr("improvements.portfolio.stays_in", None)
    client = signed_in("specialist")
    for name, cost, *levels in (("Second shift", "100000", "9", "8", "4"), ("Repair guide", "50000", "8", "4", "2")):
        propose(client, program, name, cost)
        expect(client, program, name, *levels)
    shift, guide = (Initiative.objects.get(name=name) for name in ("Second shift", "Repair guide"))
    mine, address = caller("specialist"), "/api/v1/portfolio/compare/"
    decided = mine.post(
        f"/api/v1/initiatives/{shift.pk}/decide/", {"kind": "for", "reason": "Now"}, content_type="application/json"
    )
    assert decided.status_code == 200

    told = mine.get(address, {"a_budget": "50000", "b_budget": "100000", "b_forced_out": str(guide.pk)}).json()
    assert told["sentence"] == (
        "Best for 50k\xa0EUR removes 6.2 points, Best for 100k\xa0EUR, 1 forced out 4.2 points."
    )
    assert [told["a"]["alone"], told["b"]["alone"]] == [[guide.pk], [shift.pk]]
    assert told["a"]["served"] == told["b"]["served"] == [program.repairs.pk]
    decision = shift.decisions.get().pk
    told = mine.get(address, {"a_decision": decision, "b_budget": "0"}).json()
    assert (told["a"]["decision"], told["a"]["cost"], told["a"]["served"]) == (
        decision,
        100_000.0,
        [program.repairs.pk],
    )
    assert told["b"]["initiatives"] == []
    assert mine.get(address, {"a_decision": 999, "b_budget": "0"}).status_code == 404
    shift.decisions.update(kind="against")
    told = mine.get(address, {"a_decision": decision, "b_budget": "50000"}).json()["sentence"]
    assert told.endswith("removes 6.2 points, Decided against Second shift would have removed 4.2 points.")
    page = client.get("/portfolio/compare/", {"a_decision": decision, "b_budget": "50000", "b_goal": "reach"})
    assert ", not bought</dd>" in page.content.decode()
    Function.objects.filter(pk=program.support.pk).update(is_customer_facing=True)
    recompute()
    told = mine.get(address, {"a_budget": "50000", "b_budget": "50000", "b_goal": "reach"}).json()
    assert told["a"]["reach"] == told["b"]["reach"] == pytest.approx(9.375)
    assert told["sentence"].count("6.2 points of the overall gap and 9.4 of what reaches customers") == 2
    same = mine.get(address, {"a_budget": "7", "b_budget": "7"}).json()
    assert same["sentence"].startswith("Both columns are the same choice")
    page = client.get("/portfolio/compare/", {"a_decision": decision, "b_budget": "-1", "b_decision": "x"})
    assert "There is no decision ‘x’." in page.content.decode()


def test_a_decision_about_what_is_hidden_today_is_not_told_beside_a_portfolio(program):
    client = signed_in("specialist")
    propose(client, program, "Second shift", "100000")
    expect(client, program, "Second shift", "9", "8", "4")
    caller("specialist").post(
        f"/api/v1/initiatives/{Initiative.objects.get().pk}/decide/",
        {"kind": "for", "reason": "Now"},
        content_type="application/json",
    )
    decision = InitiativeDecision.objects.get()
    mine, asked = caller("viewer"), {"a_decision": decision.pk, "b_budget": "0"}
    told = mine.get("/api/v1/portfolio/compare/", asked).json()["a"]
    assert (told["gain"] is None, told["served"]) == (False, [program.repairs.pk])
    touched = [line | {"requirement": program.hear_rarely().pk} for line in decision.believed["lines"]]
    InitiativeDecision.objects.update(believed=decision.believed | {"lines": touched})

    told = mine.get("/api/v1/portfolio/compare/", asked).json()["a"]

    assert (told["gain"], told["reach"], told["served"], told["problem"]) == (None, None, [], UNTOLD)
