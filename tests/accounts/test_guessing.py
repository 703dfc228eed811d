"""Guessing: after five wrong tries nobody goes on, except the person, in a browser that is known."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from tests.accounts.test_second_factor import code_for, password_step, person, with_app
from tests.factories.accounts import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]
PASSWORD = "the dots are a circle"
TOO_MANY = "Too many failed login attempts. Try again later."


@pytest.fixture
def ines() -> User:
    user: User = UserFactory(username="ines", email="ines@example.org")
    user.set_password(PASSWORD)
    user.save()
    return user


def sign_in(client: Client, password: str, *, address: str = "192.0.2.9", login: str = "ines") -> Any:
    return client.post("/accounts/login/", {"login": login, "password": password}, REMOTE_ADDR=address)


def test_the_sixth_try_is_refused_even_with_the_right_password_from_another_address(ines: User) -> None:
    stranger = Client()
    for _ in range(5):
        assert TOO_MANY not in sign_in(stranger, "a wrong password").content.decode()

    assert TOO_MANY in sign_in(stranger, PASSWORD).content.decode()
    assert TOO_MANY in sign_in(Client(), PASSWORD, address="198.51.100.7").content.decode()


@pytest.mark.parametrize("login", ["ines", "INES@example.org"])
def test_strangers_who_guess_lock_nobody_out_of_a_browser_that_is_known(ines: User, login: str) -> None:
    known = Client()
    assert sign_in(known, PASSWORD).status_code == 302
    known.post("/accounts/logout/")
    for number in range(6):
        sign_in(Client(), "a wrong password", login=login, address=f"198.51.100.{number}")

    assert TOO_MANY in sign_in(Client(), PASSWORD, login=login).content.decode()
    assert sign_in(known, PASSWORD, login=login).status_code == 302


def test_a_known_browser_guesses_no_longer_than_any_other_and_no_other_name(ines: User) -> None:
    known, other = Client(), UserFactory(username="jo")
    assert sign_in(known, PASSWORD).status_code == 302
    known.post("/accounts/logout/")
    for number in range(5):
        sign_in(known, "a wrong password", address=f"192.0.2.{number}")
        sign_in(Client(), "a wrong password", login=other.username, address=f"198.51.100.{number}")

    assert TOO_MANY in sign_in(known, PASSWORD).content.decode()
    assert TOO_MANY in sign_in(known, PASSWORD, login=other.username, address="203.0.113.5").content.decode()


def test_a_made_up_cookie_is_no_known_browser(ines: User) -> None:
    for number in range(5):
        sign_in(Client(), "a wrong password", address=f"198.51.100.{number}")
    forger = Client()
    forger.cookies["known"] = "WzEsImEiXQ:1abc:nothing"

    assert TOO_MANY in sign_in(forger, PASSWORD).content.decode()


@pytest.mark.parametrize(("wrong_ones", "is_let_in"), [(4, True), (5, False)])
def test_codes_of_a_second_factor_are_not_guessed_on_and_on(client: Client, wrong_ones: int, is_let_in: bool) -> None:
    ada = person("viewer")
    secret = with_app(ada)
    step = password_step(client, ada)
    for _ in range(wrong_ones):
        client.post(step.url, {"code": f"{(int(code_for(secret)) + 7) % 1_000_000:06}"})

    client.post(step.url, {"code": code_for(secret)})

    assert ("_auth_user_id" in client.session) is is_let_in
