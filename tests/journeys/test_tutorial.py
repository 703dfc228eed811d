"""docs/tutorial.md, step by step, in a real browser: a step that the page no longer offers fails here."""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

ROOT = Path(__file__).resolve().parents[2]
STEPS = [
    "Start the program",
    "Sign in as the specialist",
    "Ask the circle",
    "Open a dot",
    "Open a requirement",
    "Read the customers' own words",
    "Ask what a better level would be worth",
    "Enter a measurement and watch the score follow",
    "Ask for the same number elsewhere",
    "Prove it",
]
SECONDS_TO_FOLLOW = 5

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]


def test_the_tutorial_has_these_steps():
    text = (ROOT / "docs" / "tutorial.md").read_text()

    assert re.findall(r"^## \d+\. (.*)$", text, re.MULTILINE) == STEPS


def heading(page: Page) -> str:
    return page.get_by_role("heading", level=1).inner_text().replace("\n", " ").replace("\xa0", " ")


def test_find_what_hurts_your_customers_most(site, sign_in):
    page = sign_in("specialist")
    assert re.search(r"hurts customers most: [\d.]+ of the [\d.]+ points of overall gap are its own", heading(page))
    overall = heading(page)

    page.get_by_role("region", name="Functions").get_by_role("link", name="Supplies", exact=True).click()
    assert re.match(r"Its gap is \d+", heading(page))

    page.get_by_role("table").get_by_role("link", name="Supplies arrive on the promised day").first.click()
    before = heading(page)
    assert re.match(r"At [\d.]+ %, \d+ % of customers' weight is served. To serve 80 % it takes [\d.]+ %", before)
    address = page.url

    assert page.locator("#words").get_by_role("listitem").count() >= 3
    assert page.locator("#words blockquote").first.inner_text().strip()

    expect(page.get_by_role("img", name=re.compile("Satisfaction curve")).first).to_be_visible()
    expect(page.get_by_text("is looser than what customers need")).to_be_visible()

    page.get_by_role("link", name="See the metric").click()
    page.get_by_role("link", name="Enter a measurement").first.click()
    today = time.strftime("%Y-%m-%d", time.gmtime())
    page.get_by_label("Period from").fill(today[:8] + "01")
    page.get_by_label("Period to").fill(today[:8] + "01")
    page.get_by_label("Numerator").fill("4000")
    page.get_by_label("Denominator").fill("4000")
    page.get_by_role("button", name="Record").click()

    deadline = time.monotonic() + SECONDS_TO_FOLLOW
    page.goto(address)
    while heading(page) == before and time.monotonic() < deadline:
        page.goto(address)
    assert heading(page) != before
    page.goto(site.url)
    assert heading(page) != overall

    scores = ask_the_api(page, site.url)
    (mine,) = [each for each in scores if each["statement"] == "Supplies arrive on the promised day"]
    page.goto(address)
    assert page.get_by_role("definition").first.inner_text().split()[0] == str(round(mine["score"]["gap"]))

    verify(site.folder)


def ask_the_api(page: Page, url: str) -> list[dict[str, object]]:
    page.goto(f"{url}/settings/tokens/new/")
    page.get_by_label("Name").fill("reports")
    page.get_by_label("Read scores").check()
    page.get_by_role("button", name="Make the token").click()
    token = re.search(r"qp_[\w-]+", page.get_by_role("main").inner_text())
    assert token
    answer = page.request.get(
        f"{url}/api/v1/requirement-scores/?page_size=200", headers={"Authorization": f"Bearer {token.group()}"}
    )
    assert answer.status == 200, answer.text()
    return json.loads(answer.text())["results"]


def verify(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "rebuild_scores", "--verify"],
        cwd=ROOT,
        env={**os.environ, "DATA_DIR": str(folder), "EMBEDDED": "true", "DATABASE_URL": "", "REDIS_URL": "",
             "DJANGO_SETTINGS_MODULE": "quality_program.settings", "SECRET_KEY": "", "LOG_LEVEL": "WARNING"},
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert "bit for bit" in done.stdout
