"""What anybody may try on every address: other methods, hosts, sites and fields."""

import ast
import json
import os
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.password_validation import get_password_validators, validate_password
from django.core import mail
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.services import create_token
from functions.models import Function, Membership
from quality_program import settings as product_settings
from tests.api.callers import caller, person
from tests.architecture.permission_matrix import PAGES
from tests.architecture.walking import route_named
from tests.conftest import NOON
from tests.factories.accounts import UserFactory
from tests.factories.functions import FunctionFactory
from tests.factories.requirements_catalog import RequirementFactory

pytestmark = [pytest.mark.django_db, pytest.mark.once]
ROOT = Path(__file__).resolve().parents[2]
HEADERS = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def signed_in(role: str | None, **options: bool) -> Client:
    client = Client(**options)
    client.force_login(person(role))
    return client


def answers_of_every_class():
    """One address for each class of answer: page, redirect, refusals of pages and of the API, and a defect of ours."""
    member, stranger = signed_in("viewer"), Client(raise_request_exception=False)
    yield 200, member.get("/functions/")
    yield 302, stranger.get("/functions/")
    yield 403, signed_in(None).get("/functions/")
    yield 404, member.get("/customers/")
    yield 404, stranger.get("/nowhere")
    yield 405, member.put("/functions/")
    yield 400, stranger.get("/healthz", headers={"host": "evil.example"})
    yield 401, stranger.get("/api/v1/functions/")
    yield 404, caller("viewer").get("/api/v1/metrics/1/")
    yield 411, stranger.post("/accounts/login/", HTTP_TRANSFER_ENCODING="chunked", CONTENT_LENGTH="")
    yield 403, Client(enforce_csrf_checks=True).post("/accounts/login/", {"login": "x", "password": "y"})


def test_every_answer_forbids_frames_sniffing_and_other_sites():
    for status, answer in answers_of_every_class():
        assert answer.status_code == status
        policy = answer.headers.get("Content-Security-Policy", "")
        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS, (status, answer.request["PATH_INFO"])
        assert "frame-ancestors 'none'" in policy, (status, answer.request["PATH_INFO"])
        assert "default-src 'none'" in policy
        assert "base-uri 'none'" in policy
        assert "unsafe-inline" not in policy
        assert answer["Cache-Control"].startswith("private, no-")
        assert "Access-Control-Allow-Origin" not in answer.headers


def written_pages() -> list[str]:
    return sorted(name for name, page in PAGES.items() if "POST" in page.takes and page.door is not None)


def test_no_form_is_taken_from_another_site():
    client = signed_in("administrator", enforce_csrf_checks=True)
    assert len(written_pages()) > 40

    for name in written_pages():
        address = reverse(name, kwargs=dict.fromkeys(route_named(name).parameters, 7))
        assert client.post(address, {"name": "x"}).status_code == 403, name
        assert client.post(address, {"name": "x"}, headers={"origin": "https://evil.example"}).status_code == 403, name


@pytest.mark.parametrize("trick", [{"_method": "DELETE"}, {"headers": {"X-HTTP-Method-Override": "DELETE"}}])
def test_a_method_cannot_be_disguised(trick):
    function = FunctionFactory()
    client = signed_in("administrator")
    headers = trick.pop("headers", {})

    client.get(f"/functions/{function.pk}/", trick, headers=headers)
    caller("administrator").post("/api/v1/functions/", trick, content_type="application/json", headers=headers)

    assert Function.objects.filter(pk=function.pk, is_active=True).exists()


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "https://evil.example/", "\\\\evil.example", "/\\evil.example", "javascript:alert(1)", "///x"],
)
def test_signing_in_leads_to_no_other_site(target):
    user = UserFactory()
    user.set_password("a-long-one-2")
    user.save()

    answer = Client().post("/accounts/login/", {"login": user.username, "password": "a-long-one-2", "next": target})

    assert (answer.status_code, answer["Location"]) == (302, "/")


def test_a_mailed_link_never_names_the_host_that_was_sent():
    UserFactory(email="ines@example.org")

    answer = Client().post("/accounts/password/reset/", {"email": "ines@example.org"}, headers={"host": "evil.example"})
    forwarded = Client().post(
        "/accounts/password/reset/", {"email": "ines@example.org"}, headers={"x-forwarded-host": "evil.example"}
    )

    assert answer.status_code == 400
    assert forwarded.status_code == 302
    assert all("evil.example" not in each.body for each in mail.outbox)


def test_a_forged_address_of_the_caller_does_not_lift_the_limit():
    statuses = [
        Client()
        .get(
            "/api/v1/functions/",
            headers={"Authorization": "Bearer qp_guess_guess", "X-Forwarded-For": f"10.0.0.{number}"},
        )
        .status_code
        for number in range(70)
    ]

    assert statuses[-1] == 429


FORBIDDEN = ("id", "created_at", "is_staff", "is_superuser", "role", "version", "is_active", "created_by", "gap")


@pytest.mark.parametrize("name", FORBIDDEN)
def test_no_field_can_be_set_that_an_address_does_not_name(name):
    requirement = RequirementFactory(scale={})
    client = caller("specialist")
    read = client.get(f"/api/v1/requirements/{requirement.pk}/")

    answer = client.patch(
        f"/api/v1/requirements/{requirement.pk}/",
        json.dumps({name: 7}),
        content_type="application/json",
        headers={"If-Match": read["ETag"]},
    )

    assert answer.status_code == 400
    assert [each["code"] for each in answer.json()["errors"]] == ["unknown"]
    assert client.get(f"/api/v1/requirements/{requirement.pk}/").json() == read.json()


def test_a_form_cannot_make_anybody_an_administrator():
    viewer = person("viewer")
    client = Client()
    client.force_login(viewer)

    for address in ("/settings/people/new/", f"/settings/people/{viewer.pk}/", "/settings/tokens/new/"):
        client.post(address, {"role": "administrator", "program_role": "administrator", "is_superuser": "on"})

    assert set(Membership.objects.filter(user=viewer).values_list("role", flat=True)) == {"viewer"}
    assert not User.objects.filter(pk=viewer.pk, is_superuser=True).exists()


@pytest.mark.parametrize("text", ["a" * 30 + "!", "x" * 10_000, "%" * 1000, "(a+)+$" * 20, "' OR 1=1 --"])
def test_no_search_is_costly(text, django_assert_max_num_queries):
    RequirementFactory(scale={})
    client = signed_in("specialist")

    for address in ("/search/", "/requirements/", "/customers/"):
        with django_assert_max_num_queries(40):
            assert client.get(address, {"q": text}).status_code in {200, 400}, address


@pytest.mark.parametrize(
    "address",
    [
        "/.git/config",
        "/.env",
        "/settings.py",
        "/static/../manage.py",
        "/static/%2e%2e/manage.py",
        "/media/",
        "/static/",
    ],
)
def test_no_file_beside_the_static_ones_is_served(address):
    assert Client().get(address).status_code == 404


def test_cookies_are_out_of_the_reach_of_scripts_and_of_other_sites():
    user = UserFactory()
    user.set_password("a-long-one-2")
    user.save()
    client = Client()
    client.get("/accounts/login/")
    client.post("/accounts/login/", {"login": user.username, "password": "a-long-one-2"})

    assert {"session", "csrf"} <= set(client.cookies)
    for name in ("session", "csrf"):
        cookie = client.cookies[name]
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"
        assert cookie["path"] == "/"
        assert not cookie["domain"]


def test_signing_in_makes_a_new_session_and_signing_out_ends_it():
    user = UserFactory()
    user.set_password("a-long-one-2")
    user.save()
    client = Client()
    client.get("/accounts/login/")
    client.cookies["session"] = "k" * 32
    client.post("/accounts/login/", {"login": user.username, "password": "a-long-one-2"})
    key = client.cookies["session"].value
    thief = Client()
    thief.cookies["session"] = key
    assert thief.get("/functions/").status_code == 403

    client.post("/accounts/logout/")

    assert key != "k" * 32
    assert thief.get("/functions/")["Location"].startswith("/accounts/login/")


def test_cookies_of_a_deployment_are_bound_to_its_host(tmp_path):
    said = settings_of_a_deployment(
        tmp_path,
        "SESSION_COOKIE_NAME",
        "CSRF_COOKIE_NAME",
        "SESSION_COOKIE_SECURE",
        "CSRF_COOKIE_SECURE",
        "SECURE_HSTS_SECONDS",
        "SECURE_HSTS_INCLUDE_SUBDOMAINS",
    )

    assert said == ["__Host-session", "__Host-csrf", "True", "True", "63072000", "True"]


def settings_of_a_deployment(folder: Path, *names: str, **others: str) -> list[str]:
    """Return settings as a process of a deployment reads them."""
    environment = {
        "PATH": os.environ["PATH"], "DATABASE_URL": "postgres://a:b@localhost/c", "SECRET_KEY": "k" * 50,
        "ALLOWED_HOSTS": "quality.example", "DATA_DIR": str(folder), **others,
    }  # fmt: skip
    code = "import quality_program.settings as s; print(*(getattr(s, name) for name in " + repr(names) + "), sep='\\n')"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_a_session_ends_half_an_hour_after_it_was_last_seen(clock):
    client = signed_in("viewer")
    assert client.get("/functions/").status_code == 200
    clock(NOON + timedelta(minutes=29))
    assert client.get("/functions/").status_code == 200
    clock(NOON + timedelta(minutes=60))
    assert client.get("/functions/").status_code == 302


def test_a_session_that_was_never_used_sleeps_from_the_sign_in_on(clock):
    client = signed_in("viewer")
    clock(NOON + timedelta(minutes=31))

    assert client.get("/functions/").status_code == 302


def test_a_session_ends_twelve_hours_after_it_began_however_busy_it_is(clock):
    client = signed_in("viewer")
    for minutes in range(0, 12 * 60 + 1, 20):
        clock(NOON + timedelta(minutes=minutes))
        assert client.get("/functions/").status_code == 200
    clock(NOON + timedelta(hours=12, minutes=1))

    assert client.get("/functions/").status_code == 302


def test_passwords_follow_length_not_composition():
    for good in ("only small letters here", "ΩΩΩΩ ΩΩΩΩ ΩΩΩΩ", "7" * 5 + " " * 5 + "abcdef" * 12):
        validate_password(good)
    with pytest.raises(ValidationError):
        validate_password("Sh0rt!")


def test_a_list_of_ones_own_refuses_its_passwords(tmp_path):
    (tmp_path / "list.txt").write_text("our presses print\n")
    said = settings_of_a_deployment(tmp_path, "AUTH_PASSWORD_VALIDATORS", PASSWORD_LIST=str(tmp_path / "list.txt"))
    validators = get_password_validators(ast.literal_eval(" ".join(said)))

    validate_password("their presses print", password_validators=validators)
    with pytest.raises(ValidationError, match="too common"):
        validate_password("Our Presses Print", password_validators=validators)


def test_the_field_of_a_password_masks_and_takes_pasting():
    page = Client().get("/accounts/login/").content.decode()

    assert 'type="password"' in page
    assert "onpaste" not in page
    assert 'autocomplete="off"' not in page


def test_secrets_rest_on_well_known_algorithms():
    hashers = product_settings.PASSWORD_HASHERS
    assert hashers[0].endswith("Argon2PasswordHasher")
    _, text = create_token(user=person("viewer"), name="t", scopes=["scores:read"], now=timezone.now())
    _, _, secret = text.split("_", 2)
    # Six bits in each character of base64.
    assert len(secret) * 6 >= 256

    for path in sources():
        found = re.findall(r"\b(?:md5|sha1|DES|RC4|random\.random|random\.choice)\b", path.read_text())
        assert found == [], path


def test_a_compiler_of_text_is_nowhere():
    for path in sources():
        calls = {
            each.func.id
            for each in ast.walk(ast.parse(path.read_text()))
            if isinstance(each, ast.Call) and isinstance(each.func, ast.Name)
        }
        assert calls & {"eval", "exec", "compile", "__import__"} == set(), path


def test_the_browsers_storage_keeps_the_theme_and_what_a_desk_has_not_sent_yet():
    scripts = list((ROOT / "static" / "js").rglob("*.js"))
    storing = {path.name for path in scripts if "localStorage" in path.read_text()}
    assert storing == {"theme.js", "kept.js", "kept_leave.js"}

    for path in scripts:
        assert not re.search(
            r"sessionStorage|indexedDB|document\.cookie|\beval\(|innerHTML|__proto__", path.read_text()
        ), path


def sources() -> list[Path]:
    rooms = [folder for folder in ROOT.iterdir() if (folder / "__init__.py").exists() and folder.name != "tests"]
    return [path for room in rooms for path in room.rglob("*.py") if "migrations" not in path.parts]
