"""The second factor: whom it binds and where, that seeds are encrypted, and that codes work once."""

import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from allauth.usersessions.models import UserSession
from django.test import Client
from django.urls import reverse

from accounts.factors import EncryptedFactors
from accounts.models import AuditEntry, User
from functions.models import Membership
from tests.api.callers import with_token
from tests.factories.functions import MembershipFactory

# A code is of its half minute, which may end between its making and its use.
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]
PASSWORD = "long enough for anybody 9"
HERE = {"SERVER_NAME": "localhost", "REMOTE_ADDR": "127.0.0.1"}


def person(role: str) -> User:
    user = User.objects.create_user(role, password=PASSWORD)
    is_administrator = role == Membership.Role.ADMINISTRATOR
    user.is_staff = user.is_superuser = is_administrator
    user.save()
    MembershipFactory(user=user, role=role)
    return user


def code_for(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def with_app(user: User) -> str:
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret


def password_step(client: Client, user: User) -> Any:
    return client.post(reverse("account_login"), {"login": user.username, "password": PASSWORD})


# ---- Whom it binds, and where


@pytest.mark.parametrize(
    ("rule", "role", "where", "is_led"),
    [
        ("administrators", "administrator", {}, True),
        ("administrators", "viewer", {}, False),
        ("everybody", "viewer", {}, True),
        ("nobody", "administrator", {}, False),
        ("administrators", "administrator", HERE, False),
        ("administrators", "administrator", HERE | {"SERVER_NAME": "127.0.0.1"}, False),
        # A proxy on this machine passes the name on that people typed; a name alone proves nothing.
        ("administrators", "administrator", HERE | {"SERVER_NAME": "testserver"}, True),
        ("administrators", "administrator", HERE | {"REMOTE_ADDR": "192.0.2.7"}, True),
    ],
)
def test_whoever_needs_a_factor_is_led_to_setting_one_up(
    settings: Any, rule: str, role: str, where: dict[str, str], is_led: bool
) -> None:
    settings.SECOND_FACTOR = rule
    client = Client()
    client.force_login(person(role))

    answer = client.get(reverse("settings_home"), **where)

    assert (answer.status_code, answer.get("Location")) == ((302, "/accounts/2fa/") if is_led else (200, None))


def test_without_a_factor_no_door_opens_but_the_way_to_one(client: Client, settings: Any) -> None:
    settings.SECOND_FACTOR = "administrators"
    ada = person("administrator")
    client.force_login(ada)

    for address in ("/setup/", "/admin/", "/api/docs/", "/settings/people/", "/api/schema/"):
        assert client.get(address).get("Location") == "/accounts/2fa/", address
    assert client.post("/settings/program/", {}).get("Location") == "/accounts/2fa/"
    assert "Set up a second factor to go on" in client.get("/accounts/2fa/").content.decode()
    assert with_token(ada).get("/api/v1/people/").status_code == 200

    with_app(ada)
    assert client.get("/settings/people/").status_code == 200


# ---- The app


def test_an_app_is_set_up_with_the_password_and_a_code_and_its_seed_is_encrypted(client: Client, settings: Any) -> None:
    ada = person("administrator")
    password_step(client, ada)

    asked = client.get(reverse("mfa_activate_totp"))
    assert asked.url.startswith("/accounts/reauthenticate/")
    form = client.post(asked.url, {"password": PASSWORD}, follow=True)
    secret = form.context["form"].secret
    wrong = client.post(reverse("mfa_activate_totp"), {"code": "000000"})
    right = client.post(reverse("mfa_activate_totp"), {"code": code_for(secret)})

    assert "data:image/svg+xml;base64," in form.content.decode()
    assert "Incorrect code." in wrong.content.decode()
    assert right.url == reverse("mfa_view_recovery_codes")
    stored = Authenticator.objects.get(type="totp").data["secret"]
    assert secret not in stored
    assert EncryptedFactors().decrypt(stored) == secret
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another", [settings.SECRET_KEY]
    assert EncryptedFactors().decrypt(stored) == secret
    assert [each.kind for each in AuditEntry.objects.order_by("number")][-2:] == ["factor.added", "factor.added"]


def test_after_the_password_a_code_is_asked_for_and_works_once(client: Client) -> None:
    ada = person("administrator")
    secret = with_app(ada)
    other = Client()

    step = password_step(client, ada)
    wrong = client.post(step.url, {"code": "12345"})
    assert "_auth_user_id" not in client.session
    right = client.post(step.url, {"code": code_for(secret)})
    again = other.post(password_step(other, ada).url, {"code": code_for(secret)})

    assert step.url == reverse("mfa_authenticate")
    assert "Incorrect code." in wrong.content.decode()
    assert right.url == "/"
    assert "Incorrect code." in again.content.decode()
    assert "_auth_user_id" not in other.session
    kinds = [each.kind for each in AuditEntry.objects.order_by("number")]
    assert kinds[1:] == ["session.refused", "session.begun", "session.refused"]
    assert AuditEntry.objects.get(kind="session.begun").details == {"by": ["password", "mfa"]}


def test_a_recovery_code_stands_in_once(client: Client) -> None:
    ada = person("administrator")
    with_app(ada)
    code = RecoveryCodes.activate(ada).get_unused_codes()[0]
    other = Client()

    assert client.post(password_step(client, ada).url, {"code": code}).url == "/"
    assert other.post(password_step(other, ada).url, {"code": code}).status_code == 200
    assert code not in str(Authenticator.objects.get(type="recovery_codes").data)


# ---- A lost one


def test_an_administrator_takes_a_lost_factor_away_which_ends_the_sessions(client: Client) -> None:
    ada, ines, inside = person("administrator"), person("viewer"), Client()
    secret = with_app(ines)
    inside.post(password_step(inside, ines).url, {"code": code_for(secret)})
    client.force_login(ada)
    page = client.get(reverse("person_update", args=[ines.pk])).content.decode()

    asked = client.get(reverse("person_factors_reset", args=[ines.pk]))
    assert Authenticator.objects.filter(user=ines).exists()
    client.post(reverse("person_factors_reset", args=[ines.pk]))

    assert "Reset second factor" in page
    assert "Take the second factors of viewer away?" in asked.content.decode()
    assert not Authenticator.objects.filter(user=ines).exists()
    assert inside.get(reverse("settings_home")).url.startswith("/accounts/login/")
    assert password_step(Client(), ines).url == "/"
    kinds = [each.kind for each in AuditEntry.objects.order_by("number")]
    assert kinds[-4:] == ["factor.removed", "factor.reset", "session.ended", "session.begun"]


# ---- Sessions

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 Version/18.0 Mobile Safari/604.1"


@pytest.fixture
def ines() -> User:
    return person("viewer")


def signed_in(user: User, browser: str, address: str) -> Client:
    client = Client(headers={"User-Agent": browser}, REMOTE_ADDR=address)
    password_step(client, user)
    return client


def test_ones_sessions_are_listed_by_device_and_ended_one_by_one(ines: User) -> None:
    here, there = signed_in(ines, FIREFOX, "192.0.2.1"), signed_in(ines, PHONE, "192.0.2.2")
    stranger = signed_in(person("specialist"), FIREFOX, "192.0.2.3")

    page = here.get(reverse("settings_sessions"))
    listed = [(each.device, each.address, each.is_this_one) for each in page.context["sessions"]]
    assert listed == [("Firefox on Linux", "192.0.2.1", True), ("Safari on iPhone", "192.0.2.2", False)]

    phone = UserSession.objects.get(ip="192.0.2.2")
    assert stranger.post(reverse("session_end", args=[phone.pk])).status_code == 404
    assert there.get(reverse("settings_home")).status_code == 200
    here.post(reverse("session_end", args=[phone.pk]))
    assert there.get(reverse("settings_home")).url.startswith("/accounts/login/")
    assert here.get("/accounts/sessions/").url == reverse("settings_sessions")


def test_all_other_sessions_end_at_once_and_this_one_goes_on(ines: User) -> None:
    here, there = signed_in(ines, FIREFOX, "192.0.2.1"), signed_in(ines, PHONE, "192.0.2.2")

    here.post(reverse("sessions_end_others"))

    assert here.get(reverse("settings_home")).status_code == 200
    assert there.get(reverse("settings_home")).url.startswith("/accounts/login/")
    assert AuditEntry.objects.latest("number").sentence == "All other sessions of viewer were ended: 1."


def test_another_password_ends_the_other_sessions(ines: User) -> None:
    here, there = signed_in(ines, FIREFOX, "192.0.2.1"), signed_in(ines, PHONE, "192.0.2.2")

    def change(old: str) -> None:
        new = "another " + PASSWORD
        here.post(reverse("account_change_password"), {"oldpassword": old, "password1": new, "password2": new})

    change("not the old one")
    assert there.get(reverse("settings_home")).status_code == 200
    change(PASSWORD)

    assert here.get(reverse("settings_home")).status_code == 200
    assert there.get(reverse("settings_home")).url.startswith("/accounts/login/")
    assert [each.device for each in here.get(reverse("settings_sessions")).context["sessions"]] == ["Firefox on Linux"]


def test_an_administrator_ends_all_sessions_and_an_ended_account_wakes_up_without_any(
    client: Client, ines: User
) -> None:
    client.force_login(person("administrator"))
    here, token = signed_in(ines, FIREFOX, "192.0.2.1"), with_token(ines)

    client.post(reverse("person_sessions_end", args=[ines.pk]))
    assert here.get(reverse("settings_home")).url.startswith("/accounts/login/")
    assert token.get("/api/v1/functions/").status_code == 200

    here = signed_in(ines, FIREFOX, "192.0.2.1")
    for is_active in ({}, {"is_active": "on"}):
        client.post(reverse("person_update", args=[ines.pk]), {"username": "viewer", "roles": ["viewer"], **is_active})
        assert here.get(reverse("settings_home")).url.startswith("/accounts/login/")
        assert token.get("/api/v1/functions/").status_code == (200 if is_active else 401)
