"""A deployment that would be unsafe does not start, or its check says why."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.check import DEPLOYED

pytestmark = pytest.mark.once
ROOT = Path(__file__).resolve().parents[2]


def manage(tmp_path: Path, *arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **DEPLOYED, "DJANGO_SETTINGS_MODULE": "quality_program.settings",
                   "DATA_DIR": str(tmp_path), **changes}  # fmt: skip
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment,
        text=True,
        capture_output=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("variable", "sentence"),
    [
        ("SECRET_KEY", "SECRET_KEY is not set. Copy .env.example to .env, or export SECRET_KEY."),
        ("ALLOWED_HOSTS", "ALLOWED_HOSTS is not set. Name the site's hosts, separated by commas."),
    ],
)
def test_a_deployment_without_it_does_not_start(tmp_path: Path, variable: str, sentence: str) -> None:
    done = manage(tmp_path, "check", **{variable: ""})

    assert (done.returncode, done.stderr.strip()) == (1, sentence)


def test_a_login_service_without_its_secret_does_not_start(tmp_path: Path) -> None:
    done = manage(tmp_path, "check", OIDC_ISSUER="https://login.example", OIDC_CLIENT_ID="quality")

    said = "OIDC_ISSUER is set: set OIDC_CLIENT_ID and OIDC_CLIENT_SECRET, too, or neither."
    assert (done.returncode, done.stderr.strip()) == (1, said)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"DATABASE_URL": "sqlite:////tmp/quality.sqlite3"}, "W001"),
        ({"REDIS_URL": ""}, "W002"),
        (
            {"PUBLIC_BASE_URL": "http://quality.example", "OIDC_ISSUER": "http://login.example"}
            | {"OIDC_CLIENT_ID": "quality", "OIDC_CLIENT_SECRET": "secret"},
            "W003 W004",
        ),
    ],
)
def test_the_deployment_check_names_what_should_not_be(tmp_path: Path, changes: dict[str, str], code: str) -> None:
    done = manage(tmp_path, "check", "--deploy", "--fail-level", "WARNING", **changes)

    assert done.returncode == 1
    assert all(f"quality_program.{each}" in done.stderr for each in code.split())


def test_an_empty_variable_counts_as_not_set(tmp_path: Path) -> None:
    empty = {"PORT": "", "EMAIL_URL": "", "TRUSTED_PROXY_COUNT": "", "CSRF_TRUSTED_ORIGINS": "", "API_RATE": ""}

    assert manage(tmp_path, "check", **empty).returncode == 0
