"""The API gives the numbers that pages and exports give, with every digit and with what explains them."""

import math
from dataclasses import replace

import pytest

from functions.models import Function
from functions.selectors import scope_for
from gap_scores import viewsets
from gap_scores.board import Scope
from gap_scores.selectors import read_board, read_function, read_requirement
from gap_scores.services import drain_all
from gap_scores.showing import hidden_among, shown_to
from requirements_catalog.models import Requirement
from tests.api.callers import caller, person
from tests.api.described import differences
from tests.conftest import NOON
from tests.factories.requirements_catalog import ProductFactory, RequirementFactory

pytestmark = pytest.mark.django_db


def test_the_circle_is_the_one_that_pages_show(world):
    board = read_board()

    answer = caller("viewer").get("/api/v1/circle/")

    body = answer.json()
    assert body["overall"]["gap"] == board.overall.gap
    assert [row["own"] for row in body["functions"]] == [row.own for row in board.functions]
    assert [row["transmitted"] for row in body["functions"]] == [row.transmitted for row in board.functions]
    assert [link["strength"] for link in body["links"]] == [0.75, 0.5, None]
    assert body["stamp"]["run"] == board.stamp.run_id
    assert differences(answer, "/api/v1/circle/") == []


@pytest.mark.parametrize(
    ("parameters", "scope"),
    [
        ({}, Scope()),
        ({"lifecycle": "past"}, Scope(lifecycle="past")),
        ({"lifecycle": "all"}, Scope(lifecycle="")),
        ({"product": 1}, Scope(product=1)),
        ({"lifecycle": "prospective", "product": 1}, Scope(lifecycle="prospective", product=1)),
        ({"segment": "region:europe-south"}, Scope(dimension="region", value="europe-south")),
        ({"product": 1, "segment": "industry:C"}, Scope(product=1, dimension="industry", value="C")),
    ],
)
def test_every_scope_has_the_numbers_of_its_board(world, parameters, scope):
    if "product" in parameters:
        parameters = parameters | {"product": world.products[0].pk}
        scope = replace(scope, product=world.products[0].pk)
    board = read_board(scope=scope)

    answer = caller("specialist").get("/api/v1/requirement-scores/", parameters)

    rows = (*board.requirements, *board.unscored)
    assert [each["id"] for each in answer.json()["results"]] == [row.requirement_id for row in rows]
    assert [each["points"] for each in answer.json()["results"]] == [row.points for row in rows]
    assert [(each["score"] or {}).get("gap_hi") for each in answer.json()["results"]] == [
        row.score and row.score.hi for row in rows
    ]
    named = parameters.get("segment")
    assert answer.json()["scope"] == {"lifecycle": scope.lifecycle or "all", "product": scope.product, "segment": named}
    assert differences(answer, "/api/v1/requirement-scores/") == []


def test_points_of_the_list_add_up_to_the_overall_gap(world):
    body = caller("specialist").get("/api/v1/requirement-scores/").json()

    assert math.fsum(each["points"] or 0 for each in body["results"]) == pytest.approx(body["overall"]["gap"])


@pytest.mark.parametrize("role", ["specialist", "viewer"])
def test_lists_filter_by_owner_attribute_and_state(world, role):
    client = caller(role)
    owner = world.functions[0].pk
    attribute = world.requirements[0].attribute_id

    def ids(**parameters):
        return {each["id"] for each in client.get("/api/v1/requirement-scores/", parameters).json()["results"]}

    everything = ids()
    assert ids(owner=owner) == everything & {each.pk for each in world.requirements if each.owner_id == owner}
    assert ids(attribute=attribute) == everything
    assert ids(attribute=attribute + 1) == set()
    assert ids(state="scored") | ids(state="no_data") == everything
    assert ids(owner=owner, attribute=attribute, state="scored") <= ids(owner=owner)


def test_an_order_turns_round_and_keeps_what_has_no_value_last(world):
    RequirementFactory(reference="A-0", owner=world.functions[0])
    client = caller("specialist")

    def column(name, ordering):
        rows = client.get("/api/v1/requirement-scores/", {"ordering": ordering}).json()["results"]
        return [(each["score"] or {}).get(name) if name == "gap" else each[name] for each in rows]

    assert column("reference", "reference") == sorted(column("reference", "reference"))
    assert column("reference", "-reference") == sorted(column("reference", "reference"), reverse=True)
    rising, falling = column("gap", "gap"), column("gap", "-gap")
    assert rising[:-1] == sorted(rising[:-1]) == falling[-2::-1]
    assert (rising[-1], falling[-1]) == (None, None)


def test_pages_follow_each_other(world):
    client = caller("specialist")

    first = client.get("/api/v1/requirement-scores/", {"page_size": 3}).json()
    second = client.get(first["next"]).json()

    assert (first["count"], len(first["results"]), len(second["results"])) == (4, 3, 1)
    assert (first["previous"], second["next"]) == (None, None)
    assert client.get(second["previous"]).json() == first


def test_a_page_behind_the_last_does_not_exist(world):
    answer = caller("specialist").get("/api/v1/requirement-scores/", {"page": 3})

    assert answer.status_code == 404
    assert answer.json()["detail"] == "There is no page 3: the last one is page 1."


def test_a_product_that_does_not_exist_is_said_so(world):
    answer = caller("viewer").get("/api/v1/circle/", {"product": 999})

    assert answer.status_code == 400
    assert answer.json()["errors"] == [
        {"parameter": "product", "detail": "There is no product 999.", "code": "does_not_exist"}
    ]


# ---- One requirement


def test_one_requirement_has_the_numbers_of_its_page(world):
    requirement = world.requirements[0]
    detail = read_requirement(requirement_id=requirement.pk)

    answer = caller("specialist").get(f"/api/v1/requirement-scores/{requirement.pk}/")

    body = answer.json()
    assert body["score"]["gap"] == detail.row.score.gap
    assert body["score"]["boxes"] == detail.row.score.boxes
    assert body["rank"] == detail.rank
    assert [each["value"] for each in body["levels"]] == [f"{level.value:f}" for level in detail.row.levels]
    assert [each["share_met"] for each in body["curve"]] == [
        detail.curve.share_met(level) for level in detail.curve.levels
    ]
    assert len(body["lifecycles"]) == 4
    assert differences(answer, "/api/v1/requirement-scores/{id}/") == []


@pytest.mark.parametrize("at", range(4))
def test_the_explanation_is_enough_to_work_the_score_out_again(world, at):
    answer = caller("specialist").get(f"/api/v1/requirement-scores/{world.requirements[at].pk}/explain/")

    body = answer.json()
    counted = [each for each in body["inputs"] if each["in_sums"]]
    assert math.fsum(each["share"] for each in counted) == pytest.approx(1)
    assert 100 * (1 - math.fsum(each["share"] * each["c"] for each in counted)) == pytest.approx(
        body["requirement"]["score"]["gap"], abs=1e-3
    )
    assert body["left_out"] == len(body["inputs"]) - len(counted)
    assert len(body["inputs"]) == body["requirement"]["counts"]["heard"]
    assert body["method"] == body["stamp"]["method"] == "gap-1"
    assert differences(answer, "/api/v1/requirement-scores/{id}/explain/") == []


def test_an_explanation_names_nobody(world):
    for contact in world.contacts:
        contact.name = "CANARY"
        contact.save()
    for customer in world.customers:
        customer.name = f"CANARY {customer.pk}"
        customer.save()

    answer = caller("specialist").get(f"/api/v1/requirement-scores/{world.requirements[0].pk}/explain/")

    assert b"CANARY" not in answer.content
    numbers = [each["customer"] for each in answer.json()["inputs"]]
    assert sorted(set(numbers)) == list(range(1, max(numbers) + 1))


def test_a_head_opens_the_requirements_of_the_own_function_only(world):
    client = caller("head", world.functions[0])
    own, foreign = world.requirements[0].pk, world.requirements[1].pk

    assert client.get(f"/api/v1/requirement-scores/{own}/").status_code == 200
    assert client.get(f"/api/v1/requirement-scores/{own}/explain/").status_code == 200
    refused = client.get(f"/api/v1/requirement-scores/{foreign}/")
    missing = client.get("/api/v1/requirement-scores/99999/")
    assert (refused.status_code, missing.status_code) == (404, 404)
    assert refused.json()["detail"] == missing.json()["detail"]
    assert client.get(f"/api/v1/requirement-scores/{foreign}/explain/").status_code == 404


def test_a_requirement_that_is_no_longer_active_has_no_score(world):
    Requirement.objects.filter(pk=world.requirements[0].pk).update(state="retired")

    assert caller("specialist").get(f"/api/v1/requirement-scores/{world.requirements[0].pk}/").status_code == 404


# ---- Functions


def test_functions_have_the_numbers_of_the_circle(world):
    client = caller("viewer")

    answer = client.get("/api/v1/function-scores/")

    assert answer.json()["results"] == client.get("/api/v1/circle/").json()["functions"]
    assert differences(answer, "/api/v1/function-scores/") == []


def test_one_function_says_what_its_suppliers_pass_on(world):
    function = world.functions[1]
    detail = read_function(function_id=function.pk)

    answer = caller("viewer").get(f"/api/v1/function-scores/{function.pk}/")

    body = answer.json()
    (supplier,) = body["suppliers"]
    assert supplier["passed_on"] == 0.75 * detail.suppliers[0][1].transmitted
    assert body["transmitted"] == max(body["own"], supplier["passed_on"])
    assert differences(answer, "/api/v1/function-scores/{id}/") == []


def test_the_explanation_of_a_function_adds_up(world):
    function = world.functions[0]

    answer = caller("specialist").get(f"/api/v1/function-scores/{function.pk}/explain/")

    body = answer.json()
    share = math.fsum(each["share"] for each in body["inputs"])
    assert math.fsum(each["share"] * each["gap"] for each in body["inputs"]) / share == pytest.approx(
        body["function"]["own"]
    )
    assert {each["requirement"] for each in body["inputs"]} == {
        each.pk for each in world.requirements if each.owner_id == function.pk
    }
    assert differences(answer, "/api/v1/function-scores/{id}/explain/") == []


def test_a_function_that_left_the_circle_has_no_score(world):
    Function.objects.filter(pk=world.functions[0].pk).update(is_active=False)

    assert caller("viewer").get(f"/api/v1/function-scores/{world.functions[0].pk}/").status_code == 404


# ---- Too few to show


def test_below_specialist_level_small_rows_become_one_line(world):
    board = read_board()
    hidden = hidden_among(board.requirements)
    assert hidden, "the world must have a small row"

    body = caller("viewer").get("/api/v1/requirement-scores/").json()

    assert not hidden & {each["id"] for each in body["results"] if each["score"]}
    shown = math.fsum(each["points"] or 0 for each in body["results"])
    assert shown + body["too_few"]["points"] == pytest.approx(body["overall"]["gap"])
    assert body["too_few"]["requirements"] == len(hidden)


def test_a_filtered_list_does_not_say_what_the_hidden_rows_carry(world):
    body = caller("viewer").get("/api/v1/requirement-scores/", {"owner": world.functions[0].pk}).json()

    assert body["too_few"]["points"] is None


def test_no_row_is_hidden_alone_beside_a_shown_one(world):
    rows = read_board().requirements
    hidden = hidden_among(rows)

    for function in world.functions:
        owned = {row.requirement_id for row in rows if row.owner_id == function.pk}
        assert len(owned & hidden) != 1 or owned <= hidden


def test_specialists_see_every_row(world):
    rows = read_board().requirements

    shown = shown_to(scope_for(person("specialist")), rows)

    assert (shown.rows, shown.rest) == (rows, None)


def test_a_head_gets_no_numbers_of_an_own_row_that_is_too_small(world):
    row = next(each for each in read_board().requirements if each.too_few or not each.is_rankable)
    head = caller("head", Function.objects.get(pk=row.owner_id))

    detail = head.get(f"/api/v1/requirement-scores/{row.requirement_id}/").json()
    explanation = head.get(f"/api/v1/requirement-scores/{row.requirement_id}/explain/").json()

    assert (detail["score"], detail["points"], detail["curve"], detail["too_few"]) == (None, None, None, True)
    assert (detail["lifecycles"], detail["segments"]) == ([], [])
    assert explanation["inputs"] == []


# ---- Tags


def test_an_answer_that_is_known_is_not_sent_again(world, django_assert_max_num_queries):
    client = caller("viewer")
    etag = client.get("/api/v1/circle/")["ETag"]

    with django_assert_max_num_queries(5):
        answer = client.get("/api/v1/circle/", headers={"If-None-Match": f'"other", W/{etag}'})

    assert (answer.status_code, answer.content, answer["ETag"]) == (304, b"", etag)
    assert answer["Cache-Control"] == "private, no-cache"
    assert "Authorization" in answer["Vary"]


@pytest.mark.parametrize("address", ["circle", "requirement-scores", "function-scores"])
def test_an_answer_is_written_once_for_all_who_may_read_the_same(world, address, monkeypatch):
    place = f"/api/v1/{address}/"
    first = caller("viewer").get(place)
    again = caller("viewer")
    changed = world.requirements[0]

    monkeypatch.setattr(viewsets, "board_for", None)
    second = again.get(place)

    assert (second.status_code, second.content) == (200, first.content)
    assert {name: second[name] for name in KEPT_HEADERS} == {name: first[name] for name in KEPT_HEADERS}
    with pytest.raises(TypeError):
        caller("specialist").get(place)
    with pytest.raises(TypeError):
        again.get(place, headers={"Host": "localhost"})
    Requirement.objects.get(pk=changed.pk).save()
    with pytest.raises(TypeError):
        again.get(place)


KEPT_HEADERS = ("ETag", "Cache-Control", "Content-Type", "Vary")


@pytest.mark.parametrize("path", ["circle/", "requirement-scores/", "function-scores/"])
def test_the_tag_changes_with_scope_and_reader(world, path):
    first, other = caller("viewer"), caller("specialist")

    tags = {
        first.get(f"/api/v1/{path}")["ETag"],
        first.get(f"/api/v1/{path}", {"lifecycle": "past"})["ETag"],
        other.get(f"/api/v1/{path}")["ETag"],
    }

    assert len(tags) == 3
    assert first.get(f"/api/v1/{path}")["ETag"] == caller("viewer").get(f"/api/v1/{path}")["ETag"]


def test_the_tag_of_another_reader_opens_nothing(world):
    foreign = f"/api/v1/requirement-scores/{world.requirements[1].pk}/"
    etag = caller("specialist").get(foreign)["ETag"]

    assert caller("head", world.functions[0]).get(foreign, headers={"If-None-Match": etag}).status_code == 404
    assert caller("viewer").get(foreign, headers={"If-None-Match": "*"}).status_code == 404


def test_the_tag_changes_with_evidence_and_names(world):
    client = caller("viewer")
    tags = [client.get("/api/v1/circle/")["ETag"]]
    world.interview()
    tags.append(client.get("/api/v1/circle/")["ETag"])
    drain_all(as_of=NOON)
    tags.append(client.get("/api/v1/circle/")["ETag"])
    world.functions[0].name = "Renamed"
    world.functions[0].save()
    tags.append(client.get("/api/v1/circle/")["ETag"])

    assert len(set(tags)) == 4


def test_a_list_costs_the_same_queries_for_more_rows(world, django_assert_max_num_queries):
    for _ in range(20):
        RequirementFactory(owner=world.functions[0])
    client = caller("specialist")

    with django_assert_max_num_queries(30):
        client.get("/api/v1/requirement-scores/")


def test_a_product_without_answers_has_no_data(world):
    product = ProductFactory()

    body = caller("viewer").get("/api/v1/circle/", {"product": product.pk}).json()

    assert body["overall"] is None
