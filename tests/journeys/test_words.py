"""Coding by keyboard in a real browser: words chosen by arrow keys, codes by key and by name, undone, set aside."""

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]

SAID = "At night 🙂 the invoice\r\nhas a number that nobody knows."


def keep_words(page: Page, site_url: str) -> None:
    page.goto(f"{site_url}/interviews/?state=completed")
    page.get_by_role("main").get_by_role("table").get_by_role("rowheader").get_by_role("link").first.click()
    page.get_by_label("More words of the customer").fill(SAID)
    page.get_by_role("button", name="Keep these words").click()


def test_words_are_coded_without_a_mouse(site, sign_in):
    page = sign_in("specialist")
    keep_words(page, site.url)
    page.goto(f"{site.url}/words/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("1 verbatim is uncoded")

    # The fourth and fifth word and, over the line end, the sixth: characters are counted, not UTF-16 units.
    page.keyboard.press("w")
    for _step in range(4):
        page.keyboard.press("ArrowRight")
    for _step in range(2):
        page.keyboard.press("Shift+ArrowRight")
    assert page.get_by_label("Only this passage").input_value() == "the invoice\nhas"
    page.keyboard.press("c")
    page.keyboard.type("references")
    page.keyboard.press("Enter")

    codings = page.locator(".codings > li")
    expect(codings).to_have_count(1)
    expect(codings).to_contain_text("the invoice has")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Everything that was heard is coded")
    expect(page.locator("[data-state]")).to_contain_text("Saved")

    # Two keys at once: the second one waits for the first.
    page.keyboard.press("1")
    page.keyboard.press("2")
    expect(codings).to_have_count(3)
    page.get_by_role("button", name="negative").first.click()
    expect(page.get_by_role("button", name="negative").first).to_have_attribute("aria-pressed", "true")
    for left in (3, 2, 1):
        page.keyboard.press("u")
        expect(codings).to_have_count(left)
    page.keyboard.press("u")
    expect(codings).to_have_count(0)

    page.keyboard.press("h")
    page.keyboard.type("A price")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Heard, not a requirement: A price")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Everything that was heard is coded")
