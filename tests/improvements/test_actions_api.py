"""Actions by REST: heads keep what concerns their function, viewers read how far each is."""

import pytest
from rest_framework.test import APIClient

from accounts.services import create_token
from improvements.action_models import Action, Confirmation
from tests.api.callers import EVERY_SCOPE
from tests.conftest import NOON
from tests.factories.actions import ActionFactory
from tests.factories.functions import FunctionFactory, MembershipFactory
from tests.factories.requirements_catalog import RequirementFactory

pytestmark = pytest.mark.django_db
ACTIONS = "/api/v1/actions/"


def caller(**membership: object) -> APIClient:
    person = MembershipFactory(**membership).user
    _token, secret = create_token(user=person, name="own", scopes=EVERY_SCOPE, now=NOON)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return client


def test_a_head_makes_moves_and_comments_an_action_of_the_own_function(noon):
    function = FunctionFactory()
    requirement = RequirementFactory(owner=function)
    head = caller(function=function)
    body = {"title": "Second van", "kind": "quick_fix", "function": function.pk, "requirements": [requirement.pk]}

    made = head.post(ACTIONS, body, format="json").json()
    url = f"{ACTIONS}{made['id']}/"
    refused = head.post(f"{url}move/", {"stage": "in_progress"}, format="json")
    owner = MembershipFactory(role="specialist").user
    tag = head.get(url).headers["ETag"]
    head.patch(url, {"owner": owner.pk, "cost": None}, format="json", HTTP_IF_MATCH=tag)
    moved = head.post(f"{url}move/", {"stage": "in_progress"}, format="json").json()
    said = head.post("/api/v1/action-comments/", {"action": made["id"], "text": "Ordered"}, format="json")

    assert (made["stage"], made["requirements"], made["cost"]) == ("draft", [requirement.pk], None)
    assert (refused.status_code, "'in progress' needs an owner first" in refused.content.decode()) == (400, True)
    assert (moved["stage"], moved["owner"], said.status_code) == ("in_progress", owner.pk, 201)
    assert head.post(ACTIONS, body | {"function": FunctionFactory().pk}, format="json").status_code == 400


def test_what_a_move_does_not_ask_for_is_refused_with_a_sentence(noon):
    action = ActionFactory()
    body = {"stage": "cancelled", "why": "Twice", "done_words": "Done"}

    answer = caller(role="specialist").post(f"{ACTIONS}{action.pk}/move/", body, format="json")

    assert (answer.status_code, "does not ask for it" in answer.content.decode()) == (400, True)


def test_a_retired_requirement_is_refused_with_a_sentence(noon):
    requirement = RequirementFactory(state="retired", reference="R-9")
    body = {"title": "Second van", "function": requirement.owner_id, "requirements": [requirement.pk]}

    answer = caller(role="specialist").post(ACTIONS, body, format="json")

    assert (answer.status_code, "R-9 is retired" in answer.content.decode(), Action.objects.count()) == (400, True, 0)


def test_viewers_read_how_far_it_is_and_not_what_was_said(noon):
    action = ActionFactory(problem="Late", about=[RequirementFactory()], title="Second van")
    viewer = caller(role="viewer")

    form = viewer.get(f"{ACTIONS}{action.pk}/").json()

    assert (form["title"], form["problem"], form["metric"]) == ("Second van", None, None)
    assert viewer.get("/api/v1/action-comments/").json()["count"] == 0
    assert viewer.get("/api/v1/confirmations/").status_code == 404
    assert viewer.post(ACTIONS, {}, format="json").status_code == 403


def test_the_effect_says_which_half_is_missing(noon):
    action = ActionFactory(stage="verifying", done_on=NOON.date(), about=[RequirementFactory()])
    specialist = caller(role="specialist")

    form = specialist.get(f"{ACTIONS}{action.pk}/effect/").json()

    assert (form["verdict"], form["metric"], form["customers"], form["needed"]) == ("waiting", None, "nobody_raised", 0)
    assert specialist.get(f"{ACTIONS}{ActionFactory().pk}/effect/").json()["verdict"] is None
    assert Action.objects.count() == 2
    assert not Confirmation.objects.exists()
