"""The API asks for a token, and a token opens what its scopes and its owner's role open together."""

from datetime import timedelta

import pytest
from django.test import Client, override_settings
from django.utils import timezone

from accounts.models import ApiToken
from accounts.services import create_token, revoke_token
from tests.api.callers import bearing, caller, person, with_token
from tests.factories.functions import FunctionFactory

pytestmark = pytest.mark.django_db
CIRCLE = "/api/v1/circle/"
BULK = "/api/v1/measurements/bulk/"


def test_without_a_token_the_answer_says_what_is_missing():
    answer = Client().get(CIRCLE)

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == 'Bearer realm="quality program"'
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["Cache-Control"] == "private, no-store"
    assert answer.json()["type"] == "urn:quality-program:problem:not_authenticated"


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer ",
        "Bearer x",
        "Bearer qp_00000000_" + "A" * 43,
        "Bearer \xff",
        "bearer qp_",
        "Bearer " + "x" * 9999,
    ],
)
def test_a_token_that_is_none_is_refused(header):
    answer = Client(headers={"Authorization": header}).get(CIRCLE)

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("header", ["Basic cGVyc29uOnBhc3N3b3Jk", "Token x", "qp_x"])
def test_other_ways_to_log_in_are_none(header):
    assert Client(headers={"Authorization": header}).get(CIRCLE).status_code == 401


def test_a_token_in_the_address_does_not_count():
    _, text = create_token(user=person("viewer"), name="x", scopes=["scores:read"], now=timezone.now())

    assert Client().get(CIRCLE, {"token": text}).status_code == 401


def test_a_signed_in_browser_is_not_a_caller():
    client = Client()
    client.force_login(person("administrator"))

    assert client.get(CIRCLE).status_code == 401
    assert client.post(BULK, "{}", content_type="application/json").status_code == 401


def test_expired_revoked_and_left_give_the_same_answer():
    now = timezone.now()
    user = person("viewer")
    expired, expired_text = create_token(user=user, name="a", scopes=["scores:read"], now=now)
    ApiToken.objects.filter(pk=expired.pk).update(expires_at=now - timedelta(seconds=1))
    revoked, revoked_text = create_token(user=user, name="b", scopes=["scores:read"], now=now)
    assert bearing(revoked_text).get(CIRCLE).status_code == 200
    revoke_token(token=revoked, now=now)
    gone = person("viewer")
    gone_text = create_token(user=gone, name="c", scopes=["scores:read"], now=now)[1]
    gone.is_active = False
    gone.save()

    answers = [bearing(text).get(CIRCLE) for text in (expired_text, revoked_text, gone_text)]

    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.json()["detail"] for answer in answers}) == 1


def test_using_a_token_notes_when():
    client = caller("viewer")

    client.get(CIRCLE)

    assert timezone.now() - ApiToken.objects.get().last_used_at < timedelta(seconds=30)


def test_a_scope_that_is_missing_is_named():
    answer = caller("specialist", scopes=["measurements:write"]).get(CIRCLE)

    assert answer.status_code == 403
    assert answer.json()["detail"] == "This needs a token with the scope scores:read."


def test_somebody_without_a_role_may_do_nothing():
    answer = caller(None).get(CIRCLE)

    assert answer.status_code == 403
    assert answer.json()["detail"] == "You have no role in this program. An administrator can give you one."


def test_a_scope_gives_nothing_that_the_role_does_not():
    answer = caller("viewer").post(BULK, "{}", content_type="application/json")

    assert answer.status_code == 403
    assert answer.json()["detail"].startswith("Measurements come from specialists, and from heads")


def test_losing_the_role_ends_what_the_token_may():
    user = person("head", FunctionFactory())
    client = with_token(user)
    assert client.get(CIRCLE).status_code == 200

    user.memberships.all().delete()

    assert client.get(CIRCLE).status_code == 403


def test_guessing_is_slowed_down_but_good_tokens_go_on(monkeypatch):
    monkeypatch.setattr("web.throttles.RefusedPerAddress.rate", "3/min", raising=False)
    good = caller("viewer")

    statuses = [bearing("qp_x").get(CIRCLE).status_code for _ in range(4)]
    refused = bearing("qp_x").get(CIRCLE)

    assert statuses == [401, 401, 401, 429]
    assert 0 < int(refused["Retry-After"]) <= 60
    assert good.get(CIRCLE).status_code == 200


def test_each_token_has_a_rate_of_its_own(monkeypatch):
    monkeypatch.setattr("web.throttles.PerToken.rate", "2/min", raising=False)
    user = person("viewer")
    busy, calm = with_token(user), with_token(user)

    assert [busy.get(CIRCLE).status_code for _ in range(3)] == [200, 200, 429]
    assert calm.get(CIRCLE).status_code == 200


@override_settings(SECURE_SSL_REDIRECT=True)
def test_plain_http_is_refused_not_redirected():
    answer = caller("viewer").get(CIRCLE)

    assert answer.status_code == 400
    assert answer.json()["type"] == "urn:quality-program:problem:https_required"
    assert caller("viewer").get(CIRCLE, secure=True).status_code == 200
