"""From a gap to a decision: an action, measurements, the customers' word, what is published, reviewed and funded."""

import re
import time
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.test_api import Caller
from tests.journeys.test_api_examples import chosen

pytestmark = [pytest.mark.journey, pytest.mark.timeout(400)]
TITLE = "A second van for the night shift"
METRIC = "Hours until a fitter is there at night"
SECONDS = 30


def press(page: Page, name: str) -> None:
    page.get_by_role("main").get_by_role("button", name=name, exact=True).click()


def follow(page: Page, name: str) -> None:
    page.get_by_role("main").get_by_role("link", name=name, exact=True).first.click()


def push_levels(caller: Caller, metric: int, days: list[date], around: float) -> None:
    """Push a level a day that varies by half an hour around a middle."""
    items = [
        {
            "metric": metric, "external_id": f"{day}", "period_start": f"{day}", "period_end": f"{day}",
            "value": f"{around + (0.5 if at % 2 else -0.5)}",
        }
        for at, day in enumerate(days)
    ]  # fmt: skip
    status, _headers, said = caller.call("/api/v1/measurements/bulk/", {"source": "night", "items": items})
    assert (status, said["created"]) == (200, len(days))


def make_action(page: Page, site_url: str, done_on: date) -> str:
    """Make an action of the requirement with the largest gap, and do it; return its address."""
    page.goto(f"{site_url}/requirements/?sort=-gap")
    page.get_by_role("main").locator("tbody th a").first.click()
    page.wait_for_url(re.compile(r"/requirements/\d+/"))
    follow(page, "Begin an action")
    page.get_by_label("What is to be done").fill(TITLE)
    page.get_by_label("Owner").select_option(label="specialist")
    page.get_by_label("Metric that should shift").select_option(label=METRIC)
    press(page, "Keep the action")
    page.wait_for_url(re.compile(r"/actions/\d+/$"))
    follow(page, "To 'in progress'")
    page.get_by_role("main").get_by_role("button").last.click()
    follow(page, "It is done")
    page.get_by_label("What was done").fill("A second van stands ready from 18 to 6 o'clock")
    page.get_by_label("In effect since").fill(f"{done_on}")
    page.get_by_role("main").get_by_role("button").last.click()
    expect(page.locator("#effect")).to_be_visible()
    return page.url


def give_addresses(page: Page, caller: Caller, today: date) -> None:
    """Give those three whose word weighs most an address, since few in the example have one."""
    links = page.locator("#customers a[href*='contact=']").evaluate_all("all => all.map(each => each.href)")
    for number, link in enumerate(links[:3]):
        path = f"/api/v1/contacts/{link.partition('contact=')[2]}/"
        body = {
            "email": f"raiser{number}@example.org", "consent_on": f"{today}", "consent_source": "on the telephone",
        }  # fmt: skip
        tag = caller.call(path)[1]["ETag"]
        status, _headers, said = caller.call(path, body, method="PATCH", **{"If-Match": tag})
        assert status == 200, said


def tell(page: Page, other: Page, action: str) -> int:
    """Prepare letters about an action, and have another person approve them; return how many are sent."""
    page.goto(action)
    follow(page, "Prepare letters")
    press(page, "Prepare letters")
    page.wait_for_url(re.compile(r"/loop/letters/\d+/$"))
    found = re.match(r"(\d+) letters wait for approval", page.get_by_role("heading", level=1).inner_text())
    assert found
    other.goto(page.url)
    follow(other, "Approve")
    press(other, "Approve and send")
    expect(other.get_by_role("heading", level=1)).to_contain_text(f"{found.group(1)} people were written to")
    return int(found.group(1))


def links_mailed(site, count: int) -> list[str]:
    """Return the personal links of the letters, when as many have arrived."""
    until = time.monotonic() + SECONDS
    while True:
        texts = [letter.get_content() for its in list(site.letters.by_recipient.values()) for letter in its]
        links = [link for text in texts for link in re.findall(r"http://\S+/told/by/\S+", text)]
        if len(links) >= count or time.monotonic() > until:
            assert len(links) == count
            return links
        time.sleep(0.1)


def say_that_it_is_fixed(browser: Browser, link: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=False)
    phone = context.new_page()
    phone.goto(link)
    phone.get_by_label(re.compile("^(Yes|Ja)$")).check(force=True)
    phone.locator("button.btn-primary").click()
    expect(phone.get_by_role("status").first).to_be_visible()
    context.close()


def publish(page: Page, other: Page, site_url: str) -> None:
    page.goto(f"{site_url}/loop/published/new/")
    page.get_by_label(TITLE).check()
    press(page, "Prepare it")
    page.wait_for_url(re.compile(r"/loop/published/\d+/"))
    other.goto(re.sub(r"(/published/\d+/).*", r"\1", page.url))
    follow(other, "Approve")
    press(other, "Approve and publish")
    other.wait_for_url(re.compile(r"/loop/published/\d+/$"))


def review(page: Page, site_url: str) -> None:
    page.goto(f"{site_url}/reviews/new/")
    page.get_by_label("Title").fill("Review of the night shift")
    press(page, "Prepare it")
    page.wait_for_url(re.compile(r"/reviews/\d+/$"))
    follow(page, "Add a decision")
    page.get_by_label("What was decided").fill("Keep the second van another year")
    page.get_by_label("Who is responsible").select_option(label="specialist")
    page.get_by_role("main").get_by_role("button").last.click()
    page.wait_for_url(re.compile(r"/reviews/\d+/"))
    follow(page, "Close it")
    page.get_by_role("main").get_by_role("button").last.click()
    expect(page.locator(".report-frame")).to_be_visible()


def report(page: Page, site_url: str) -> bytes:
    """Make a report of the whole program; return its PDF."""
    page.goto(f"{site_url}/reports/new/")
    press(page, "Make the report")
    page.get_by_role("main").locator("a[href^='/reports/']").click(timeout=SECONDS * 1000)
    page.wait_for_url(re.compile(r"/reports/\d+/$"))
    link = page.get_by_role("main").get_by_role("link", name="PDF", exact=True)
    expect(link).to_be_visible(timeout=SECONDS * 1000)
    with page.expect_download() as download:
        link.click()
    return Path(download.value.path()).read_bytes()


def decide(page: Page, site_url: str) -> str:
    """Decide for one of those that the portfolio chooses among at least three; return its name."""
    page.goto(f"{site_url}/portfolio/?budget=280000")
    rows = page.get_by_role("region", name="Options").locator("tbody tr")
    assert rows.count() >= 3
    link = rows.filter(has_text="leave out").first.locator("th a")
    name = link.inner_text()
    link.click()
    follow(page, "Record a decision")
    page.get_by_label("for it", exact=True).check()
    page.get_by_label("Why").fill("More for customers than the other two")
    press(page, "Record the decision")
    return name


def test_a_gap_becomes_an_action_that_customers_confirm_and_a_decision_about_what_is_next(site, sign_in, browser):
    page, other = sign_in("specialist"), sign_in("administrator")
    caller = Caller(site.url, chosen(other, "/settings/tokens/new/", "night", "Make the token"))
    today = date.fromisoformat(caller.call("/api/v1/circle/")[2]["stamp"]["as_of"])
    done_on = today - timedelta(days=20)
    function = caller.call("/api/v1/functions/")[2]["results"][0]["id"]
    metric = {
        "function": function,
        "name": METRIC,
        "kind": "level",
        "unit": "hours",
        "direction": "lower",
        "cadence_days": 1,
    }
    status, _headers, made = caller.call("/api/v1/metrics/", metric)
    assert status == 201, made
    push_levels(caller, made["id"], [done_on - timedelta(days=days) for days in range(20, 0, -1)], around=10)

    action = make_action(page, site.url, done_on)
    expect(page.locator("#effect h2")).to_contain_text("Not shown yet")
    push_levels(caller, made["id"], [done_on + timedelta(days=days) for days in range(1, 19)], around=4)
    page.reload()
    expect(page.locator("#effect")).to_contain_text("The metric shifted for the better")
    give_addresses(page, caller, today)
    for link in links_mailed(site, tell(page, other, action)):
        say_that_it_is_fixed(browser, link)
    page.goto(action)
    expect(page.locator("#effect h2")).to_contain_text("Effective: the metric shifted the right way")

    publish(page, other, site.url)
    anybody = browser.new_context().new_page()
    anybody.goto(f"{site.url}/you-said-we-did/")
    expect(anybody.get_by_role("main")).to_contain_text("A second van stands ready")
    anybody.context.close()
    review(page, site.url)
    assert report(page, site.url).startswith(b"%PDF-")
    name = decide(page, site.url)
    page.goto(f"{site.url}/portfolio/?budget=280000")
    row = page.get_by_role("region", name="Options").locator("tbody tr").filter(has_text=name)
    expect(row).to_contain_text("decided for")
