"""Signing in by the company's login service: allauth's provider in a process of its own answers on loopback."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import requests
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.socialaccount.models import SocialAccount
from cryptography.hazmat.primitives.asymmetric import rsa
from django.core import mail
from django.test import Client
from django.urls import NoReverseMatch, reverse

from accounts.models import AuditEntry, User
from functions.models import Membership, Program
from quality_program.oidc import Checks
from tests.factories.accounts import InvitationFactory, UserFactory
from tests.factories.functions import MembershipFactory
from tests.factories.people import shown_again
from tests.quality_program.login_service_known import CLIENT_ID, CLIENT_SECRET, PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.once]

HERE = "https://quality.example"
CALLBACK = "/accounts/oidc/login/callback/"
FOREIGN_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Company:
    """The login service, and the people's browsers there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        script = Path(__file__).with_name("login_service.py")
        self.process = subprocess.Popen(
            [sys.executable, str(script), str(folder), HERE + CALLBACK], stdout=subprocess.PIPE, text=True
        )
        self.address = self.process.stdout.readline().strip()
        self.browsers: dict[str, requests.Session] = {}

    def lie(self, **claims: object) -> None:
        (self.folder / "lies.json").write_text(json.dumps(claims))

    def pretend(self, **metadata: object) -> None:
        (self.folder / "metadata.json").write_text(json.dumps(metadata))

    def lets_in(self, name: str, question: str) -> str:
        """Open the address that the program sent a browser to; return where the service sends it back to."""
        if name not in self.browsers:
            browser = self.browsers[name] = requests.Session()
            sent = {"login": name, "password": PASSWORD}
            assert browser.post(f"{self.address}/accounts/login/", sent, allow_redirects=False).status_code == 302
        answer = self.browsers[name].get(question, allow_redirects=False)
        assert answer.status_code == 302, answer.text
        return str(answer.headers["Location"])


@pytest.fixture(scope="module")
def _company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    company = Company(tmp_path_factory.mktemp("company"))
    yield company
    company.process.terminate()
    company.process.wait(10)
    company.process.stdout.close()


@pytest.fixture
def company(_company: Company, settings) -> Company:
    settings.PUBLIC_BASE_URL = HERE
    settings.OIDC_ISSUER = _company.address
    settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = CLIENT_ID, CLIENT_SECRET
    settings.OIDC_NAME = "ABC login"
    Program.objects.create(name="A program", sign_up_domains="example.com")
    _company.lie()
    _company.pretend()
    return _company


def ask(browser: Client, **parameters: str) -> str:
    """Press the button; return where the browser is sent."""
    answer = browser.get(reverse("openid_connect_login"), parameters, headers={"sec-fetch-site": "same-origin"})
    assert answer.status_code == 302, answer.content.decode()
    return str(answer["Location"])


def come_back(browser: Client, address: str, **changed: str | None):
    """Follow the service back, with parameters changed on the way; None leaves one out."""
    parts = urlsplit(address)
    assert address.startswith(HERE + CALLBACK)
    values = {name: value[0] for name, value in parse_qs(parts.query).items()} | changed
    return browser.get(CALLBACK, {name: value for name, value in values.items() if value is not None})


def sign_in(company: Company, name: str, browser: Client | None = None, **parameters: str):
    browser = browser or Client()
    return come_back(browser, company.lets_in(name, ask(browser, **parameters)))


def who(browser: Client) -> str | None:
    pk = browser.session.get("_auth_user_id")
    return User.objects.get(pk=pk).username if pk else None


def kinds() -> list[str]:
    return list(AuditEntry.objects.order_by("number").values_list("kind", flat=True))


def refusals() -> list[str]:
    return list(AuditEntry.objects.filter(kind="session.refused").values_list("sentence", flat=True))


# ---- Who comes in


def test_an_employee_comes_in_by_the_service_as_a_viewer_and_again_as_the_same(company):
    browser = Client()
    assert "Sign in with ABC login</a>" in browser.get(reverse("account_login")).content.decode()

    answer = sign_in(company, "ines", browser, next="/functions/")

    ines = User.objects.get()
    assert answer.url == "/functions/"
    assert (who(browser), ines.email, ines.get_full_name()) == ("ines", "ines@example.com", "Ines Moreau")
    assert list(Membership.objects.values_list("user", "role")) == [(ines.pk, "viewer")]
    assert not ines.has_usable_password()
    assert kinds() == ["person.made", "role.given", "identity.linked", "session.begun"]
    # Nothing is kept of what the service told: no claims, no tokens, and the subject as a digest.
    stored = SocialAccount.objects.get()
    assert (stored.extra_data, len(stored.uid)) == ({}, 64)
    assert "no password here" in browser.get(reverse("account_change_password"), follow=True).content.decode()

    Client().post(reverse("account_reset_password"), {"email": "ines@example.com"})
    assert [letter for letter in mail.outbox if "/password/reset/key/" in letter.body] == []

    # The address passes on to somebody else; the account stays with the subject.
    company.lie(email="other@example.com")
    again = Client()
    sign_in(company, "ines", again)
    assert (who(again), User.objects.count()) == ("ines", 1)


def test_whoever_has_no_password_here_shows_again_who_it_is_at_the_service(company):
    sign_in(company, "ines", browser := Client())
    Membership.objects.update(role="administrator")
    assert browser.get(reverse("program_export")).status_code == 200

    asked = shown_again(browser, at=time.time() - 301).get(reverse("program_export"))

    assert asked.url == f"{reverse('openid_connect_login')}?next=%2Fsettings%2Fdata%2Fexport%2F"
    assert come_back(browser, company.lets_in("ines", ask(browser, next="/settings/data/export/"))).url == (
        "/settings/data/export/"
    )
    assert browser.get(reverse("program_export")).status_code == 200


def test_a_known_person_is_linked_by_a_verified_address_and_keeps_the_role(company):
    boss = MembershipFactory(role="specialist", user__email="Ines@Example.com", user__username="boss").user
    invited = InvitationFactory(person=boss)
    browser = Client()

    sign_in(company, "ines", browser)

    assert who(browser) == "boss"
    invited.refresh_from_db()
    assert invited.accepted_at is not None
    # Somebody else to whom the service gives the same address does not get the account.
    company.lie(email="ines@example.com")
    refused = sign_in(company, "twin", twin := Client())
    assert (refused.status_code, who(twin), SocialAccount.objects.count()) == (403, None, 1)
    assert "belongs to somebody else&#x27;s login here" in refused.content.decode()

    # Until an administrator parts the two, which also ends the sessions.
    client = Client()
    client.force_login(MembershipFactory(role="administrator").user)
    client.post(reverse("person_unlink", args=[boss.pk]))
    assert who(browser) is None
    sign_in(company, "twin", twin)
    assert who(twin) == "boss"


@pytest.mark.parametrize(
    ("name", "lies", "why"),
    [
        ("eve", {}, "unverified"),
        ("ines", {"email_verified": "true"}, "unverified"),
        ("ines", {"email": "ines@example.org"}, "not_invited"),
        ("ada", {}, "ended"),
    ],
)
def test_nobody_else_comes_in(company, name, lies, why):
    UserFactory(email="ada@example.com", is_active=False)
    UserFactory(email="eve@example.org")
    company.lie(**lies)
    browser = Client()

    answer = sign_in(company, name, browser)

    assert (answer.status_code, who(browser), SocialAccount.objects.exists()) == (403, None, False)
    assert refusals() == [f"Signing in by the login service was refused: {why}."]
    assert User.objects.count() == 2


def test_a_claim_may_let_in_whom_no_domain_does(company, settings):
    settings.OIDC_VIEWER_CLAIM = "groups=quality"
    company.lie(email="ines@example.org", groups=["sales", "quality"])
    sign_in(company, "ines", browser := Client())

    assert who(browser) == "ines"
    assert list(Membership.objects.values_list("role", flat=True)) == ["viewer"]


# ---- Whom the program believes


def forged(company: Company, monkeypatch: pytest.MonkeyPatch, algorithm: str) -> None:
    """Let the service answer with a token that somebody else signed."""
    real = Checks.claims_in

    def claims_in(self: Checks, id_token: str):
        header = jwt.get_unverified_header(id_token)
        claims = jwt.decode(id_token, options={"verify_signature": False})
        key = {"RS256": FOREIGN_KEY, "HS256": CLIENT_SECRET, "none": ""}[algorithm]
        return real(self, jwt.encode(claims, key, algorithm=algorithm, headers={"kid": header["kid"]}))

    monkeypatch.setattr(Checks, "claims_in", claims_in)


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
def test_only_an_answer_of_this_flow_signed_by_the_service_is_believed(company, monkeypatch):
    lies = {
        "of another flow": {"nonce": "another"},
        "of no flow": {"nonce": None},
        "for another program": {"aud": "another"},
        "for several": {"aud": [CLIENT_ID, "another"]},
        "of another service": {"iss": "https://evil.example"},
        "too late": {"exp": 1_000_000_000},
        "without an end": {"exp": None},
        "of nobody": {"sub": None},
    }
    wrong = {}
    for what, lie in lies.items():
        company.lie(**lie)
        answer = sign_in(company, "ines", browser := Client())
        wrong |= {} if (answer.status_code, who(browser)) == (403, None) else {what: answer.status_code}
    company.lie()
    for algorithm in ("RS256", "HS256", "none"):
        with monkeypatch.context() as patch:
            forged(company, patch, algorithm)
            answer = sign_in(company, "ines", browser := Client())
        wrong |= {} if (answer.status_code, who(browser)) == (403, None) else {algorithm: answer.status_code}

    assert wrong == {}
    assert not User.objects.exists()
    assert len(refusals()) == len(lies) + 3
    assert "Signing in by the login service was refused: The token is of another flow." in refusals()


def test_an_answer_counts_once_in_the_browser_that_asked_and_from_whom_it_asked(company):
    asking, other = Client(), Client()
    question = ask(asking)
    asked = {name: value[0] for name, value in parse_qs(urlsplit(question).query).items()}
    assert asked["redirect_uri"] == HERE + CALLBACK
    assert asked["code_challenge_method"] == "S256"
    assert all(len(asked[name]) >= 43 for name in ("state", "nonce", "code_challenge"))

    # Login CSRF: the attacker's answer in the victim's browser; and a mix-up: the answer of another service.
    address = company.lets_in("ines", question)
    assert come_back(other, address).status_code == 403
    assert come_back(asking, address, iss="https://evil.example").status_code != 302
    assert who(asking) is who(other) is None
    # The state is used up by the refused answer.
    assert come_back(asking, address).status_code == 403

    # A code that was stolen is worth nothing without the verifier of the browser that asked (PKCE).
    stolen = parse_qs(urlsplit(company.lets_in("ines", ask(asking))).query)["code"][0]
    own = company.lets_in("eve", ask(other))
    assert come_back(other, own, code=stolen).status_code == 403
    assert who(other) is None

    # A service that says it names itself on the way back has to.
    company.pretend(authorization_response_iss_parameter_supported=True)
    address = company.lets_in("ines", ask(asking))
    assert come_back(asking, address).status_code == 503
    address = company.lets_in("ines", ask(asking))
    assert come_back(asking, address, iss=company.address).status_code == 302
    assert who(asking) == "ines"


@pytest.mark.parametrize(
    "metadata", [{"issuer": "https://evil.example"}, {"jwks_uri": "https://evil.example/keys"}, {"token_endpoint": 1}]
)
def test_a_service_that_describes_itself_as_another_is_not_spoken_to(company, metadata):
    company.pretend(**metadata)

    answer = Client().get(reverse("openid_connect_login"))

    assert answer.status_code == 503
    assert "The login service cannot be used now." in answer.content.decode()


def test_nobody_is_asked_but_who_was_named_and_not_without_end(company, settings):
    settings.OIDC_ISSUER = f"{company.address}/moved"
    company.pretend(issuer=settings.OIDC_ISSUER)

    assert requests.get(f"{company.address}/moved/.well-known/openid-configuration", timeout=5).status_code == 200
    statuses = [Client().get(reverse("openid_connect_login")).status_code for _ in range(31)]

    assert statuses == [503] * 30 + [429]
    assert "Signing in by the login service was refused: TooManyRedirects." in refusals()


def test_a_service_that_is_away_is_a_page_and_passwords_go_on(company, settings):
    settings.OIDC_ISSUER = "http://127.0.0.1:9"

    assert Client().get(reverse("openid_connect_login")).status_code == 503
    assert Client().get(reverse("account_login")).status_code == 200


# ---- What is asked besides


def test_another_site_starts_no_login_without_a_click(company):
    answer = Client().get(reverse("openid_connect_login"), headers={"sec-fetch-site": "cross-site"})

    assert answer.status_code == 200
    assert "Another site led you here." in answer.content.decode()
    assert Client().post(reverse("openid_connect_login")).status_code == 405


def test_the_second_factor_is_asked_for_unless_the_services_word_is_trusted(company, settings):
    settings.SECOND_FACTOR = "everybody"
    ines = MembershipFactory(role="viewer", user__email="ines@example.com", user__username="ines").user
    away = {"REMOTE_ADDR": "192.0.2.7"}
    company.lie(amr=["pwd", "mfa"])

    sign_in(company, "ines", browser := Client(**away))
    assert (who(browser), browser.get("/functions/").url) == ("ines", reverse("mfa_index"))

    TOTP.activate(ines, generate_totp_secret())
    assert sign_in(company, "ines", browser := Client(**away)).url == reverse("mfa_authenticate")
    assert who(browser) is None

    settings.OIDC_TRUSTED_AMR = {"mfa"}
    assert sign_in(company, "ines", browser := Client(**away)).url == "/"
    assert browser.get("/functions/").status_code == 200
    company.lie(amr=["pwd"])
    assert sign_in(company, "ines", browser := Client(**away)).url == reverse("mfa_authenticate")


def test_without_a_service_there_is_no_such_address(client):
    assert client.get(reverse("openid_connect_login")).status_code == 404
    assert client.get(CALLBACK, {"code": "x", "state": "y"}).status_code == 404
    assert "Sign in with" not in client.get(reverse("account_login")).content.decode()


@pytest.mark.parametrize(
    "name", ["socialaccount_signup", "socialaccount_connections", "account_email", "account_confirm_login_code"]
)
def test_pages_of_the_library_that_nobody_wants_are_not_there(name):
    with pytest.raises(NoReverseMatch):
        reverse(name)
