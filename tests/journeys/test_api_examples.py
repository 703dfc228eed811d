"""The examples of docs/api.md run as they stand, against the product with its example program."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from accounts.models import Scope

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]
PAGE = Path(__file__).resolve().parents[2] / "docs" / "api.md"
BLOCK = re.compile(r"^```(bash|python)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
# What each example has to print, in the order of the page.
SHOWS = [
    r'"overall":',
    r'"results":\[\{"id":',
    r'"kind":"snapshot","title":"Scores of 2',
    r"^reference,owner,gap,points,n_eff\r?\n(R-\d+,.*\r?\n){6,}",
    r'"name":"Ink","is_active":false',
    r'"created":1,"duplicates":0',
    r'"state":"done".*"created":2,"duplicates":0',
]


def chosen(page, address: str, name: str, button: str) -> str:
    """Fill a form that offers every scope, and return the secret that it shows."""
    page.goto(page.url.partition("/settings")[0].rstrip("/") + address)
    page.locator("[name=name]").fill(name)
    for scope in Scope.values:
        page.locator(f"[name=scopes][value='{scope}']").check()
    page.get_by_role("button", name=button).click()
    return page.locator("code.secret").inner_text()


def test_every_example_of_the_page_runs_and_shows_what_it_says(site, sign_in, tmp_path):
    page = sign_in("administrator")
    environment = {
        **os.environ,
        "BASE": site.url,
        "TOKEN": chosen(page, "/settings/tokens/new/", "examples", "Make the token"),
        "CLIENT_SECRET": chosen(page, "/settings/clients/new/", "examples", "Register the client"),
    }
    environment["CLIENT_ID"] = page.locator("dl.facts code").first.inner_text()
    programs = {"bash": [shutil.which("bash"), "-euo", "pipefail", "-c"], "python": [sys.executable, "-c"]}

    examples = BLOCK.findall(PAGE.read_text())

    assert len(examples) == len(SHOWS)
    for (language, text), shows in zip(examples, SHOWS, strict=True):
        done = subprocess.run(
            [*programs[language], text],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, ""), text
        assert re.search(shows, done.stdout, re.DOTALL), (text, done.stdout[:500])
