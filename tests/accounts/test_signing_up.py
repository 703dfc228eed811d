"""Every employee may become a viewer: by an address of the company, confirmed by mail or let in by an administrator."""

import re

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry, Invitation, User
from functions.models import Membership, Program
from tests.factories.accounts import UserFactory
from tests.factories.functions import MembershipFactory

pytestmark = pytest.mark.django_db

PASSWORD = "long enough for anybody 9"
LINK = re.compile(r"http://127\.0\.0\.1:8000(/invitation/[\w-]{43}/)")
CSRF = re.compile(r"[A-Za-z0-9]{64}")


@pytest.fixture(autouse=True)
def _program() -> None:
    Program.objects.create(name="A program", sign_up_domains="example.com, example.de")


def sign_up(email: str = "ines@example.com", **others):
    fields = {"email": email, "first_name": "Ines", "last_name": "Moreau"} | others
    return Client().post(reverse("account_signup"), fields)


def choose(path: str):
    browser = Client()
    browser.get(path)
    return browser.post(reverse("invitation_accept"), {"password1": PASSWORD, "password2": PASSWORD})


def test_an_employee_signs_up_by_a_mailed_link_and_may_only_read(settings):
    settings.SENDS_MAIL = True

    answer = sign_up("Ines.Moreau@Example.COM", role="administrator", is_staff="on", roles="administrator")

    ines = User.objects.get()
    assert answer.url == reverse("account_signed_up")
    assert (ines.username, ines.email, ines.is_staff) == ("ines.moreau", "ines.moreau@example.com", False)
    assert list(Membership.objects.values_list("role", "may_see_names")) == [("viewer", False)]
    assert not ines.has_usable_password()
    (letter,) = mail.outbox
    assert letter.to == ["ines.moreau@example.com"]
    assert choose(LINK.search(letter.body)[1]).url == reverse("account_login")
    assert Client().login(username="ines.moreau", password=PASSWORD)
    assert list(AuditEntry.objects.order_by("number").values_list("kind", flat=True)[:5]) == [
        "person.made", "role.given", "sign_up.asked", "invitation.made", "invitation.accepted",
    ]  # fmt: skip


def test_without_a_mail_server_whoever_signs_up_waits_for_an_administrator(client):
    sign_up()

    ines = User.objects.get()
    assert mail.outbox == []
    client.force_login(MembershipFactory(role="administrator").user)
    assert "1 asks to be let in" in client.get(reverse("settings_home")).content.decode()
    listed = client.get(reverse("settings_people"), {"invitation": "waiting"}).content.decode()
    assert "asks to be let in" in listed
    assert "1 person matches" in listed

    shown = client.post(reverse("person_link", args=[ines.pk])).content.decode()
    assert choose(LINK.search(shown)[1]).url == reverse("account_login")
    assert "let in" not in client.get(reverse("settings_home")).content.decode()


def test_nothing_that_is_answered_says_who_has_an_account(settings):
    settings.SENDS_MAIL = True
    UserFactory(email="Known@example.com", last_login="2026-01-01T00:00Z")
    UserFactory(email="ended@example.com", is_active=False)
    MembershipFactory(role="specialist", user__email="invited@example.com")
    Invitation.objects.create(
        person=User.objects.get(email="invited@example.com"),
        made_at="2026-01-01T00:00Z",
        expires_at="2026-01-08T00:00Z",
    )
    before = User.objects.count()

    answers = [sign_up(f"{name}@example.com") for name in ("known", "ended", "invited", "new")]

    assert {(each.status_code, each.url) for each in answers} == {(302, reverse("account_signed_up"))}
    assert User.objects.count() == before + 1
    assert [letter.to[0] for letter in mail.outbox] == [
        "Known@example.com", "ended@example.com", "invited@example.com", "new@example.com",
    ]  # fmt: skip
    assert [bool(LINK.search(letter.body)) for letter in mail.outbox] == [False, False, False, True]

    # A letter that got lost is asked for once more; the link in the first one dies.
    sign_up("new@example.com")
    assert choose(LINK.search(mail.outbox[3].body)[1]).status_code == 404
    assert choose(LINK.search(mail.outbox[4].body)[1]).status_code == 302
    assert User.objects.count() == before + 1


@pytest.mark.parametrize("email", ["eve@example.org", "eve@sub.example.com", "eve@notexample.com", "example.com"])
def test_another_domain_cannot_sign_up(email):
    answer = sign_up(email)

    assert answer.status_code == 422
    assert not User.objects.exists()


def test_signing_up_is_slow_and_has_an_end(monkeypatch):
    monkeypatch.setattr("functions.joining.MOST_WAITING", 2)
    assert [sign_up(f"person{number}@example.com").status_code for number in range(3)] == [302, 302, 422]
    assert User.objects.count() == 2

    assert [sign_up("ines@example.com").status_code for _ in range(3)] == [422, 422, 429]


def test_signing_up_is_closed_until_an_administrator_names_a_domain(client):
    Program.objects.update(sign_up_domains="")
    assert "Accounts are made by administrators" in sign_up().content.decode()
    assert not User.objects.exists()
    assert "Sign up" not in client.get(reverse("account_login")).content.decode()

    Program.objects.update(sign_up_domains="example.com")
    assert "Sign up" in client.get(reverse("account_login")).content.decode()
