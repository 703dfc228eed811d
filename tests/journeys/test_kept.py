"""A network cut in the middle of an interview, a closed tab, and two who change one answer: nothing said is lost."""

import re

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]

SAVED_NOW = re.compile(r"saved \d\d:\d\d")
WORDS = "Die Nachtschicht steht, wenn wir warten. 🙂"


def enter(browser: Browser, site, role: str) -> tuple[BrowserContext, Page]:
    """Return a window signed in with a role. A cut network is an error in its console, so nothing is said of those."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{site.url}/accounts/login/")
    sign_in(page, site, role)
    page.wait_for_url(f"{site.url}/")
    return context, page


def sign_in(page: Page, site, role: str) -> None:
    user = site.users[role]
    page.get_by_label("User name or e-mail").fill(user)
    page.get_by_label("Password", exact=True).fill(site.passwords[user])
    page.get_by_role("button", name="Sign in").click()


def plan(page: Page, site) -> str:
    """Plan an interview without a guide; return the address of its desk."""
    page.goto(f"{site.url}/interviews/new/?contact=1")
    page.get_by_label("Round").select_option(label="Any time")
    page.get_by_label("Day").fill("2026-02-02")
    page.get_by_role("main").get_by_role("button").last.click()
    page.wait_for_url(re.compile(r"/interviews/\d+/$"))
    return page.url


def rate(page: Page, point: str) -> None:
    page.get_by_role("group", name="How important is that to you?").get_by_label(point, exact=True).check(force=True)


def expect_rated(page: Page, point: str) -> None:
    expect(page.locator("#question input[name=importance]:checked")).to_have_value(point)


def expect_said(page: Page, text: str | re.Pattern[str]) -> None:
    expect(page.locator("#saved")).to_contain_text(text, use_inner_text=True)


def kept(page: Page) -> list[str]:
    found: list[str] = page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('kept:'))")
    return found


def test_a_cut_network_a_closed_tab_and_a_conflict_lose_nothing_that_was_said(site, browser):
    context, page = enter(browser, site, "specialist")
    with page.expect_response(re.compile(r"/questions/\?")):
        desk = plan(page, site)
    first = page.locator("#hand").get_attribute("data-key")
    rate(page, "7")
    expect_said(page, SAVED_NOW)
    assert kept(page) == []

    # The network is cut: answers and words are kept, and the next question is at hand.
    context.set_offline(True)
    rate(page, "9")
    expect_said(page, "kept in this browser, 1 waits")
    page.get_by_role("button", name="Save, next").click()
    expect(page.locator("#hand")).not_to_have_attribute("data-key", first)
    rate(page, "4")
    page.get_by_label("In the customer's own words").fill(WORDS)
    # Coded at once: the queue of words stays as the other journeys find it.
    page.get_by_label("About, now or later").fill("R-06")
    page.get_by_role("button", name="Keep, next words").click()
    page.get_by_label("In the customer's own words").fill("Half a sen")
    expect_said(page, "kept in this browser, 3 wait")
    expect(page.get_by_label("Kept in this browser")).to_contain_text("the connection is cut")
    page.close()
    context.set_offline(False)

    # Another tab, later: what waits is sent in order and once, what was half typed is there to be finished.
    page = context.new_page()
    page.goto(desk)
    expect(page.get_by_text("Captured, 1")).to_be_visible()
    expect(page.get_by_text(WORDS)).to_have_count(1)
    expect(page.get_by_label("In the customer's own words")).to_have_value("Half a sen")
    expect(page.get_by_text("2 of 48 answered")).to_be_visible()
    assert [key.split(":")[3] for key in kept(page)] == ["words"]
    page.goto(f"{desk}?q={first}")
    expect_rated(page, "9")

    # Somebody else changes the same answer: both are shown, one is chosen, the other one is kept.
    other_context, other = enter(browser, site, "administrator")
    other.goto(f"{desk}?q={first}")
    rate(other, "2")
    expect_said(other, SAVED_NOW)
    assert kept(other) == []
    rate(page, "10")
    expect_said(page, "conflict: 1 answer was changed meanwhile")
    expect(page.get_by_role("alert")).to_contain_text("Which one stands?")
    other.reload()
    expect_rated(other, "2")
    page.get_by_role("button", name="Take yours instead").click()
    expect(page.get_by_text("Also said, not chosen by specialist")).to_be_visible()
    expect_rated(page, "10")
    other_context.close()

    # The session ends, and begins anew: what was said meanwhile is sent then.
    context.clear_cookies(name="session")
    rate(page, "6")
    expect(page.get_by_label("Kept in this browser")).to_contain_text("you are signed out")
    page.get_by_role("link", name="Sign in again").click()
    sign_in(page, site, "specialist")
    expect_rated(page, "6")
    expect(page.get_by_label("Kept in this browser")).to_be_hidden()
    expect_said(page, "typing is kept in this browser")

    # Whoever signs out is told what was not sent, and may delete it.
    page.get_by_text("Your account").first.locator("xpath=..").click()
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.get_by_role("dialog", name="Not everything was sent")).to_contain_text("1 change waits")
    page.get_by_role("button", name="Delete it and sign out").click()
    page.wait_for_url(re.compile(r"/accounts/login/"))
    assert kept(page) == []
    context.close()
