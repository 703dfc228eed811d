"""The product as `make run` starts it, with the example program, and a real browser in front of it."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from scripts.services import free_port
from tests.journeys.mail_server import Letters, mail_server
from tests.migrated import put_into

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 240
CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
]  # fmt: skip


@dataclass(frozen=True)
class Site:
    """A running product: its address, its data folder and the password of each user name."""

    url: str
    folder: Path
    passwords: dict[str, str]
    users: dict[str, str]  # role -> user name
    letters: Letters  # what it mailed


def start(folder: Path, **environment: str) -> tuple[subprocess.Popen[bytes], str]:
    """Start the product on a free port; return its process and its address."""
    port = free_port()
    settings = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    settings |= {"DATA_DIR": str(folder), "EMBEDDED": "true", "LOG_LEVEL": "WARNING", **environment}
    settings.pop("DJANGO_SETTINGS_MODULE", None)
    settings.pop("SECRET_KEY", None)
    with (folder / "serve.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "serve", "--port", str(port)], cwd=ROOT, env=settings, stdout=log, stderr=log
        )
    wait_until_ready(process, f"http://127.0.0.1:{port}/readyz", folder / "serve.log")
    return process, f"http://127.0.0.1:{port}"


def wait_until_ready(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise RuntimeError(f"The product did not start:\n{log.read_text()}")


def read_logins(folder: Path) -> tuple[dict[str, str], dict[str, str]]:
    lines = [line.split("\t") for line in (folder / "logins.txt").read_text().splitlines()]
    return {user: password for _, user, password in lines}, {role.split(" of ")[0]: user for role, user, _ in lines}


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("product")
    put_into(folder)
    with mail_server() as letters:
        process, url = start(folder, EMAIL_URL=f"smtp://127.0.0.1:{letters.port}")
        yield Site(url, folder, *read_logins(folder), letters)
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def sign_in(site: Site, browser: Browser) -> Iterator[Callable[..., Page]]:
    """Return a page signed in with a role, in a window of its own; a script error on any page fails the test."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def as_role(role: str, *, width: int = 1440, scheme: str = "light", javascript: bool = True) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            reduced_motion="reduce",
            java_script_enabled=javascript,
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
        page.goto(f"{site.url}/accounts/login/")
        user = site.users[role]
        page.get_by_label("User name or e-mail").fill(user)
        page.get_by_label("Password", exact=True).fill(site.passwords[user])
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{site.url}/")
        return page

    yield as_role
    for context in contexts:
        context.close()
    assert errors == []
