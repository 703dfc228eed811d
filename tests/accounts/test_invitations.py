"""Coming in: a link that works once, for a while, begins with the configured address and is kept as a digest only."""

import re
import smtplib
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, Invitation, User, digest_of
from tests.api.callers import caller
from tests.factories.accounts import UserFactory
from tests.factories.functions import MembershipFactory

pytestmark = pytest.mark.django_db

PASSWORD = "long enough for anybody 9"
INVITATION = re.compile(r"https://quality\.example(/invitation/[\w-]{43}/)")
RESET = re.compile(r"https://quality\.example(/accounts/password/reset/key/\S+?)[<\s]")
CSRF = re.compile(rb"[A-Za-z0-9]{64}")


@pytest.fixture(autouse=True)
def _address(settings):
    settings.PUBLIC_BASE_URL = "https://quality.example/"


@pytest.fixture
def administrator(client) -> User:
    person = MembershipFactory(role="administrator", user__username="ada").user
    client.force_login(person)
    return person


def invite(client, **others) -> str:
    fields = {"username": "ines", "first_name": "Ines", "last_name": "", "email": "", "roles": ["viewer"]} | others
    return client.post(reverse("person_create"), fields, headers={"host": "localhost"}).content.decode()


def new_link(client, person: User) -> str:
    return client.post(reverse("person_link", args=[person.pk]), headers={"host": "localhost"}).content.decode()


def choose(path: str, browser: Client | None = None):
    browser = browser or Client()
    form = browser.get(path, follow=True)
    if form.status_code != 200:
        return form
    return browser.post(form.request["PATH_INFO"], {"password1": PASSWORD, "password2": PASSWORD})


def kinds() -> list[str]:
    return [
        kind
        for kind in AuditEntry.objects.order_by("number").values_list("kind", flat=True)
        if kind.startswith(("invitation.", "link.", "person.ended", "password."))
    ]


def test_the_link_of_an_invitation_lets_one_person_in_once(client, administrator):
    path = INVITATION.search(invite(client))[1]
    stored = Invitation.objects.get()
    assert stored.digest == digest_of(path.split("/")[2])
    assert stored.expires_at - stored.made_at == timedelta(days=7)

    # A mail scanner opens it first, which uses nothing up.
    for _ in range(3):
        opened = Client().get(path)
        assert (opened.status_code, opened.url) == (302, "/invitation/")
        assert opened["Referrer-Policy"] == "no-referrer"
    # In a browser where the administrator is signed in, who is signed out.
    answer = choose(path, client)

    assert answer.url == reverse("account_login")
    assert "_auth_user_id" not in client.session
    assert Client().login(username="ines", password=PASSWORD)
    assert choose(path).status_code == 404
    stored.refresh_from_db()
    assert (stored.digest, stored.accepted_at is not None) == (None, True)
    assert kinds() == ["invitation.made", "invitation.accepted"]
    assert path.split("/")[2] not in str(list(AuditEntry.objects.values()))


def test_a_weak_password_leaves_the_link_as_it_was(client, administrator):
    path = INVITATION.search(invite(client))[1]
    browser = Client()
    browser.get(path)

    answer = browser.post(reverse("invitation_accept"), {"password1": "short", "password2": "short"})

    assert answer.status_code == 422
    assert "It must contain at least 12 characters." in answer.content.decode()
    assert choose(path).status_code == 302


def test_used_expired_replaced_and_withdrawn_links_read_like_one_that_never_was(client, administrator):
    replaced = INVITATION.search(invite(client))[1]
    ines = User.objects.get(username="ines")
    expired = INVITATION.search(new_link(client, ines))[1]
    Invitation.objects.update(expires_at=timezone.now())
    dead = {CSRF.sub(b"", choose(path).content) for path in (replaced, expired, f"/invitation/{'x' * 43}/")}
    assert len(dead) == 1
    assert ">expired</span>" in client.get(reverse("settings_people")).content.decode()

    # Withdrawn while the page with the form is open in another window.
    open_link, browser = INVITATION.search(new_link(client, ines))[1], Client()
    browser.get(open_link)
    assert client.post(reverse("person_withdraw", args=[ines.pk])).url == reverse("settings_people")

    answer = browser.post(reverse("invitation_accept"), {"password1": PASSWORD, "password2": PASSWORD})
    assert answer.status_code == 404
    assert dead == {CSRF.sub(b"", answer.content)}
    ines.refresh_from_db()
    assert (ines.is_active, ines.check_password(PASSWORD)) == (False, False)
    assert ">withdrawn</span>" in client.get(reverse("settings_people")).content.decode()
    assert kinds() == ["invitation.made"] * 3 + ["invitation.withdrawn", "person.ended"]


def test_where_a_mail_server_is_named_the_link_is_mailed_and_shown_to_nobody(client, administrator, settings):
    settings.SENDS_MAIL = True

    shown = invite(client, email="ines@example.org")

    (letter,) = mail.outbox
    assert letter.to == ["ines@example.org"]
    assert "A link is on its way to ines@example.org" in shown
    assert INVITATION.search(shown) is None
    assert choose(INVITATION.search(letter.body)[1]).status_code == 302
    assert Invitation.objects.get().is_mailed

    # From then on it is a link to choose another password: for an hour, not for a week.
    page = client.get(reverse("person_update", args=[User.objects.get(username="ines").pk])).content.decode()
    assert "Invite again" not in page
    assert RESET.search(new_link(client, User.objects.get(username="ines"))) is None
    assert RESET.search(mail.outbox[1].body)
    assert "within 1 h" in mail.outbox[1].body
    assert kinds()[-1] == "link.made"


def test_a_letter_that_no_server_takes_is_handed_over_by_the_administrator(
    client, administrator, settings, monkeypatch
):
    settings.SENDS_MAIL = True

    def refuse(*args, **kwargs):
        raise smtplib.SMTPServerDisconnected("gone")

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", refuse)

    shown = invite(client, email="ines@example.org")

    assert "The mail server did not take the letter, so hand the link over yourself." in shown
    assert choose(INVITATION.search(shown)[1]).status_code == 302
    # A forgotten password reads the same with a server that is away.
    asked = Client().post(reverse("account_reset_password"), {"email": "ines@example.org"})
    assert asked.url == reverse("account_reset_password_done")


def test_a_forgotten_password_is_no_way_around_an_invitation(client, administrator, settings):
    settings.SENDS_MAIL = True
    invite(client, email="ines@example.org")
    invitation = mail.outbox.pop()

    Client().post(reverse("account_reset_password"), {"email": "ines@example.org"})
    assert RESET.search(mail.outbox.pop().body) is None

    choose(INVITATION.search(invitation.body)[1])
    Client().post(reverse("account_reset_password"), {"email": "ines@example.org"}, headers={"host": "localhost"})
    (letter,) = mail.outbox
    assert RESET.search(letter.body)
    assert "localhost" not in letter.body + letter.subject


def test_a_machine_invites_by_mail_only_and_never_reads_the_link(settings, django_capture_on_commit_callbacks):
    client = caller("administrator", scopes=["people:write"])
    person = UserFactory(email="ines@example.org")

    def post(path: str, **body):
        with django_capture_on_commit_callbacks(execute=True):
            return client.post(f"/api/v1/invitations/{path}", body, content_type="application/json")

    refused = post("", person=person.pk)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "no_mail")
    settings.SENDS_MAIL = True

    made = post("", person=person.pk)
    assert made.status_code == 201
    link = INVITATION.search(mail.outbox[0].body)[1]
    assert link.split("/")[2] not in made.content.decode()
    one = f"{made.json()['id']}/"
    assert client.get(f"/api/v1/invitations/{one}").json()["is_mailed"] is True
    assert post(f"{one}withdraw/").json()["withdrawn_at"] is not None
    assert choose(link).status_code == 404
    assert post("", person=person.pk).json()["errors"][0]["code"] == "ended"


def test_a_new_link_can_be_made_for_who_may_sign_in_only(client, administrator):
    gone = UserFactory(is_active=False)

    assert client.post(reverse("person_link", args=[gone.pk])).status_code == 404
    assert client.get(reverse("person_link", args=[administrator.pk])).status_code == 405
