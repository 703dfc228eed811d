"""OAuth2 client credentials: a machine trades its secret for access, within scopes and its owner's rights."""

import base64
import re
from datetime import timedelta
from typing import Any

import pytest
from allauth.idp.oidc.models import Client as OAuthClient
from allauth.idp.oidc.models import Token
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone

from accounts.clients import register_client, remove_client
from accounts.models import AuditEntry, AuditKind, ClientUse, User
from tests.api.callers import bearing, person, with_token
from tests.conftest import NOON
from tests.factories.customers import CustomerFactory
from tests.factories.functions import FunctionFactory

pytestmark = pytest.mark.django_db
CIRCLE = "/api/v1/circle/"


@pytest.fixture(autouse=True)
def _no_memory_of_refusals() -> None:
    cache.clear()


def ask(client_id: str, secret: str, **form: str) -> Any:
    basic = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
    data = {"grant_type": "client_credentials"} | form
    return Client(headers={"Authorization": f"Basic {basic}"}).post(reverse("oauth_token"), data)


def registered(owner: User, *scopes: str) -> tuple[OAuthClient, str]:
    return register_client(name=f"of {owner}", owner=owner, scopes=scopes)


def test_a_client_gets_access_within_its_scopes_and_its_owners_rights():
    client, secret = registered(person("viewer"), "scores:read", "definitions:write")

    answer = ask(client.pk, secret)

    body = answer.json()
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 3600)
    assert set(body["scope"].split()) == {"scores:read", "definitions:write"}
    caller = bearing(body["access_token"])
    assert caller.get(CIRCLE).status_code == 200
    assert caller.get("/api/v1/customers/").status_code == 403
    assert caller.post("/api/v1/products/", {"name": "x"}, content_type="application/json").status_code == 403
    narrower = bearing(ask(client.pk, secret, scope="definitions:write").json()["access_token"])
    assert narrower.get(CIRCLE).status_code == 403
    assert ask(client.pk, secret, scope="people:write").json()["error"] == "invalid_scope"
    client.set_scopes(["definitions:write"])
    client.save()
    assert caller.get(CIRCLE).status_code == 403


def test_neither_secrets_nor_access_tokens_are_stored():
    client, secret = registered(person("viewer"), "scores:read")
    text = ask(client.pk, secret).json()["access_token"]

    token = Token.objects.get()
    assert text not in str(token.__dict__)
    assert secret not in str(OAuthClient.objects.get().__dict__)
    assert bearing(text).get(CIRCLE).status_code == 200


@pytest.mark.parametrize(
    "ending",
    [
        lambda client: remove_client(client=client),
        lambda client: User.objects.filter(pk=client.owner_id).update(is_active=False),
        lambda client: client.owner.memberships.all().delete(),
        lambda client: Token.objects.update(expires_at=timezone.now() - timedelta(seconds=1)),
    ],
    ids=["removed", "the owner left", "the owner lost the role", "expired"],
)
def test_access_ends_at_once(ending):
    client, secret = registered(person("specialist"), "scores:read")
    caller = bearing(ask(client.pk, secret).json()["access_token"])
    assert caller.get(CIRCLE).status_code == 200

    ending(client)

    assert caller.get(CIRCLE).status_code in {401, 403}


def test_a_token_can_be_given_back():
    client, secret = registered(person("viewer"), "scores:read")
    text = ask(client.pk, secret).json()["access_token"]

    given = Client().post(reverse("oauth_revoke"), {"token": text, "client_id": client.pk, "client_secret": secret})

    assert given.status_code == 200
    assert bearing(text).get(CIRCLE).status_code == 401


def test_a_wrong_secret_is_refused_and_guessing_is_slow():
    client, secret = registered(person("viewer"), "scores:read")

    refused = [ask(client.pk, "wrong") for _ in range(61)]

    assert (refused[0].status_code, refused[0].json()["error"]) == (401, "invalid_client")
    assert (refused[-1].status_code, refused[-1]["Retry-After"] != "") == (429, True)
    assert ask(client.pk, secret).status_code == 200
    assert not Token.objects.exclude(client=client).exists()


@pytest.mark.parametrize("grant", ["authorization_code", "password", "refresh_token", ""])
def test_no_other_grant_is_offered(grant):
    client, secret = registered(person("administrator"), "scores:read")

    assert ask(client.pk, secret, grant_type=grant).json()["error"] == "unsupported_grant_type"


def test_a_secret_does_not_travel_in_the_clear():
    client, secret = registered(person("viewer"), "scores:read")

    with override_settings(SECURE_SSL_REDIRECT=True, SECURE_REDIRECT_EXEMPT=[r"^oauth/"]):
        assert ask(client.pk, secret).json()["error"] == "invalid_request"


def test_an_administrator_registers_a_client_and_sees_its_secret_once(client):
    administrator, head = person("administrator"), person("head", FunctionFactory())
    client.force_login(administrator)
    sent = {"name": "Data lake", "owner": head.pk, "scopes": ["scores:read"]}

    shown = client.post(reverse("client_create"), sent)

    secret = re.search(r'<code class="secret">([^<]+)</code>', shown.content.decode())[1]
    stored = OAuthClient.objects.get()
    assert (stored.owner, stored.get_scopes(), stored.get_grant_types()) == (
        head, ["scores:read"], ["client_credentials"],
    )  # fmt: skip
    assert bearing(ask(stored.pk, secret).json()["access_token"]).get(CIRCLE).status_code == 200
    listed = client.get(reverse("settings_clients")).content.decode()
    assert "Data lake" in listed
    assert secret not in listed
    assert client.post(reverse("client_create"), sent).status_code == 422
    client.post(reverse("client_remove", args=[stored.pk]))
    assert not OAuthClient.objects.exists()


def test_a_client_without_a_scope_is_none():
    with pytest.raises(ValidationError):
        register_client(name="x", owner=person("viewer"), scopes=[])


def test_when_a_client_was_last_used_is_noted_once_a_minute(time_machine):
    client, secret = registered(person("viewer"), "scores:read")
    caller = bearing(ask(client.pk, secret).json()["access_token"])
    start = timezone.now()
    used = []
    for seconds in (0, 30, 61):
        time_machine.move_to(start + timedelta(seconds=seconds), tick=False)
        assert caller.get(CIRCLE).status_code == 200
        used.append((ClientUse.objects.get(client=client).last_used_at - start).total_seconds())

    assert used == [0, 0, 61]


def test_a_machine_that_reads_a_list_about_people_leaves_one_entry_an_hour(time_machine):
    time_machine.move_to(NOON, tick=False)
    owner = person("specialist")
    CustomerFactory()
    client, secret = registered(owner, "evidence:read")
    machine, token = bearing(ask(client.pk, secret).json()["access_token"]), with_token(owner)
    pulled = AuditEntry.objects.filter(kind=AuditKind.LIST_PULLED).order_by("number")

    for caller in (machine, token):
        for address in ("customers/", "customers/?page_size=1", "verbatims/", "functions/", "value-bands/"):
            assert caller.get(f"/api/v1/{address}").status_code == 200
    assert list(pulled.values_list("by", "object_id", "sentence")) == [
        ("client", "customers", "The list of customers was read by the API: 1 rows in it."),
        ("client", "words", "The list of words was read by the API: 0 rows in it."),
        ("token", "customers", "The list of customers was read by the API: 1 rows in it."),
        ("token", "words", "The list of words was read by the API: 0 rows in it."),
    ]
    time_machine.move_to(NOON + timedelta(minutes=59), tick=False)
    token.get("/api/v1/customers/")
    assert pulled.count() == 4
    time_machine.move_to(NOON + timedelta(minutes=61), tick=False)
    token.get("/api/v1/customers/")
    assert pulled.count() == 5
