import re
from datetime import timedelta

import pytest
from django.core import serializers
from django.urls import reverse
from django.utils import timezone

from accounts.models import ApiToken, User, digest_of
from accounts.services import create_token, token_for_secret
from tests.factories.functions import FunctionFactory, MembershipFactory

pytestmark = pytest.mark.django_db

SHOWN = re.compile(r'<code class="secret">(?P<text>qp_[^<]+)</code>')


def signed_in(client, **membership) -> User:
    person = MembershipFactory(**membership).user
    client.force_login(person)
    return person


def offered(client) -> list[str]:
    return re.findall(r'name="scopes" value="([^"]+)"', client.get(reverse("token_create")).content.decode())


def test_the_secret_is_shown_once_and_only_its_digest_is_kept(client):
    ines = signed_in(client, role="specialist")

    answer = client.post(reverse("token_create"), {"name": "Power BI", "scopes": ["scores:read"]})

    text = SHOWN.search(answer.content.decode())["text"]
    token = ApiToken.objects.get()
    secret = text.split("_", 2)[2]
    assert token_for_secret(text=text, now=timezone.now()) == token
    assert (token.user, token.digest) == (ines, digest_of(secret))
    assert secret not in serializers.serialize("json", [token])
    assert secret not in client.get(reverse("settings_tokens")).content.decode()
    assert answer["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(
    ("role", "scopes"),
    [
        ("viewer", ["scores:read", "evidence:read", "evidence:write"]),
        (
            "specialist",
            ["scores:read", "measurements:write", "evidence:read", "evidence:write", "definitions:write"],
        ),
        (
            "administrator",
            [
                "scores:read",
                "measurements:write",
                "evidence:read",
                "evidence:write",
                "definitions:write",
                "people:read",
                "people:write",
            ],
        ),
    ],
)
def test_a_token_is_offered_no_more_than_its_person_may(client, role, scopes):
    signed_in(client, role=role)

    assert offered(client) == scopes


def test_a_head_may_let_a_token_push_measurements(client):
    signed_in(client, function=FunctionFactory())

    assert offered(client) == ["scores:read", "measurements:write", "evidence:read", "evidence:write"]


def test_a_scope_that_was_not_offered_is_refused(client):
    signed_in(client, role="viewer")

    answer = client.post(reverse("token_create"), {"name": "spy", "scopes": ["people:read"]})

    assert answer.status_code == 422
    assert not ApiToken.objects.exists()


def test_a_token_ends_with_its_last_day(client, noon):
    signed_in(client, role="viewer")

    client.post(reverse("token_create"), {"name": "trial", "scopes": ["scores:read"], "expires_on": "2026-03-16"})

    assert ApiToken.objects.get().expires_at.isoformat() == "2026-03-16T23:59:59.999999+00:00"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"expires_on": "2026-03-15"}, "A token that has expired already helps nobody."),
        ({"expires_on": "2026-02-30"}, "Enter a valid date."),
        ({"name": "Power BI"}, "You have a token named &#x27;Power BI&#x27; already."),
        ({"scopes": []}, "This field is required."),
    ],
)
def test_what_is_wrong_with_a_new_token_is_said_at_its_field(client, noon, change, problem):
    ines = signed_in(client, role="viewer")
    create_token(user=ines, name="Power BI", scopes=["scores:read"], now=noon)

    answer = client.post(reverse("token_create"), {"name": "other", "scopes": ["scores:read"]} | change)

    assert answer.status_code == 422
    assert problem in answer.content.decode()
    assert ApiToken.objects.count() == 1


def test_a_revoked_token_is_refused_at_once(client):
    ines = signed_in(client, role="viewer")
    token, text = create_token(user=ines, name="old", scopes=["scores:read"], now=timezone.now())

    asked = client.get(reverse("token_revoke", args=[token.pk]))
    assert token_for_secret(text=text, now=timezone.now()) is not None
    client.post(reverse("token_revoke", args=[token.pk]))

    assert "End &#x27;old&#x27; for good?" in asked.content.decode()
    assert token_for_secret(text=text, now=timezone.now()) is None
    assert client.post(reverse("token_revoke", args=[token.pk])).status_code == 404


def test_a_person_sees_and_revokes_only_own_tokens_an_administrator_all(client):
    other = MembershipFactory(role="viewer").user
    token, _text = create_token(user=other, name="theirs", scopes=["scores:read"], now=timezone.now())

    signed_in(client, role="specialist")
    assert "theirs" not in client.get(reverse("settings_tokens")).content.decode()
    assert client.post(reverse("token_revoke", args=[token.pk])).status_code == 404

    signed_in(client, role="administrator")
    assert "theirs" in client.get(reverse("settings_tokens")).content.decode()
    assert client.post(reverse("token_revoke", args=[token.pk])).status_code == 302


def test_the_list_says_which_tokens_work_and_when_they_were_used(client, noon):
    ines = signed_in(client, role="viewer")
    create_token(user=ines, name="works", scopes=["scores:read"], now=noon)
    ApiToken.objects.update(last_used_at=noon - timedelta(days=4))
    create_token(user=ines, name="ended", scopes=["scores:read"], now=noon, expires_at=noon + timedelta(days=1))
    ApiToken.objects.filter(name="ended").update(expires_at=noon)

    html = client.get(reverse("settings_tokens")).content.decode()

    assert "One token works" in html
    assert "4\u00a0d ago" in html
    assert "expired" in html
