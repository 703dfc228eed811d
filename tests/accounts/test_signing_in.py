import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.conftest import NOON

pytestmark = pytest.mark.django_db

PASSWORD = "long enough for anybody 9"
PAGES = ["account_login", "account_reset_password", "account_reset_password_done", "account_signup", "account_inactive"]


@pytest.fixture
def ines() -> User:
    return User.objects.create_user("ines", email="ines@example.com", password=PASSWORD)


def text_of(answer) -> str:
    return answer.content.decode()


def sign_in(client, login: str, password: str):
    return client.post(reverse("account_login"), {"login": login, "password": password})


@pytest.mark.parametrize("name", PAGES)
def test_the_pages_before_signing_in_have_our_frame(client, name):
    html = text_of(client.get(reverse(name)))

    assert '<html lang="en">' in html
    assert '<main class="door" id="main"' in html
    assert "css/tokens.css" in html
    assert "placeholder" not in html


@pytest.mark.parametrize("login", ["ines", "ines@example.com", "INES@example.com"])
def test_a_person_signs_in_by_user_name_or_e_mail(client, ines, login):
    assert sign_in(client, login, PASSWORD).url == "/"


def test_a_wrong_password_says_so_on_top_and_keeps_the_name(client, ines):
    html = text_of(sign_in(client, "ines", "not-hers"))

    assert "That did not work." in html
    assert 'value="ines"' in html
    assert "not-hers" not in html


def test_a_stranger_reads_the_same_words_as_somebody_with_a_wrong_password(client, ines):
    def said(login: str) -> str:
        return re.search(r'id="wrong".*?</div>', text_of(sign_in(client, login, "wrong")), re.DOTALL)[0]

    assert said("ines") == said("nobody")


def test_an_ended_account_is_told_so(client, ines):
    User.objects.update(is_active=False)

    answer = client.post(reverse("account_login"), {"login": "ines", "password": PASSWORD}, follow=True)

    assert "_auth_user_id" not in client.session
    assert answer.status_code == 200


def test_nobody_can_sign_up(client):
    answer = client.post(
        reverse("account_signup"), {"username": "eve", "password1": PASSWORD, "password2": PASSWORD, "email": ""}
    )

    assert "Accounts are made by administrators" in text_of(answer)
    assert not User.objects.exists()


def test_signing_out_takes_a_form_and_leads_back_to_the_door(client, ines):
    client.force_login(ines)

    assert "Sign out?" in text_of(client.get(reverse("account_logout")))
    assert "_auth_user_id" in client.session
    assert client.post(reverse("account_logout")).url == reverse("account_login")
    assert "_auth_user_id" not in client.session


def test_a_forgotten_password_is_chosen_anew_by_a_mailed_link(client, ines):
    answer = client.post(reverse("account_reset_password"), {"email": "ines@example.com"}, follow=True)
    path = re.search(r"http://\S+?(/accounts/password/reset/key/\S+)", mail.outbox[0].body)[1]
    form = client.get(path, follow=True)
    client.post(form.redirect_chain[-1][0], {"password1": "another " + PASSWORD, "password2": "another " + PASSWORD})

    assert "If this address has an account, a link is on its way" in text_of(answer)
    assert client.login(username="ines", password="another " + PASSWORD)


@pytest.mark.parametrize("ended_by", ["its use", "another password", "an hour"])
def test_a_link_to_a_new_password_works_once_for_an_hour_and_not_past_another_password(client, ines, clock, ended_by):
    client.post(reverse("account_reset_password"), {"email": "ines@example.com"})
    path = re.search(r"http://\S+?(/accounts/password/reset/key/\S+)", mail.outbox[0].body)[1]
    opened = client.get(path, follow=True).redirect_chain[-1][0]
    if ended_by == "its use":
        client.post(opened, {"password1": "another " + PASSWORD, "password2": "another " + PASSWORD})
    elif ended_by == "another password":
        ines.set_password("another " + PASSWORD)
        ines.save()
    else:
        clock(NOON + timedelta(hours=1, seconds=1))
    kept = User.objects.get().password

    late = Client()
    answer = late.get(path, follow=True)
    late.post(opened, {"password1": "a third " + PASSWORD, "password2": "a third " + PASSWORD})

    assert 'name="password1"' not in text_of(answer)
    assert User.objects.get().password == kept


def test_an_unknown_address_reads_the_same_and_gets_no_link(client, ines):
    answer = client.post(reverse("account_reset_password"), {"email": "eve@example.com"}, follow=True)

    assert "If this address has an account, a link is on its way" in text_of(answer)
    assert [message for message in mail.outbox if "/password/reset/key/" in message.body] == []


def test_a_weak_password_is_refused_with_the_reason(client, ines):
    client.force_login(ines)

    answer = client.post(
        reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": "short", "password2": "short"}
    )

    assert "This password is too short. It must contain at least 12 characters." in text_of(answer)
    assert User.objects.get().check_password(PASSWORD)
