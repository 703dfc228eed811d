"""docs/first_round.md, step by step, in a real browser: from a list of customers to a requirement on the circle."""

import re
import time
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.mail_server import link_in
from tests.journeys.test_kept import enter

ROOT = Path(__file__).resolve().parents[2]
STEPS = [
    "Say what it is about",
    "Bring in your customers",
    "Note who agreed to be asked",
    "Plan whom to hear",
    "Invite by mail",
    "What a customer sees",
    "Hold one interview at the desk",
    "Say what the words are about",
    "Have them read once more",
    "Make a requirement of it",
    "See it on the circle",
]
SECONDS = 30
PRODUCT, FIRM, ROUND = "Folding machine", "Faltwerk", "First round"
ATTRIBUTE = "Defect tolerance"
STATEMENT, OWNER = "A paper jam is over within minutes", "Technical support"
SAID_BY_LINK = "The folder has to be ready again after a paper jam within five minutes."
SAID_AT_THE_DESK = "A paper jam costs us half an hour each time."

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]


def test_the_first_round_has_these_steps():
    text = (ROOT / "docs" / "first_round.md").read_text()

    assert re.findall(r"^## \d+\. (.*)$", text, re.MULTILINE) == STEPS


def address_of(number: int) -> str:
    return f"person{number}@{FIRM.lower()}.example.org"


def customers() -> str:
    """Return a register of twelve strata, three lifecycles by four sizes, with one customer in each."""
    rows = ["company;status;country;sector;employees;products;contact;email"]
    strata = product(("current", "past", "prospective"), ("5", "30", "120", "900"))
    rows += [
        f"{FIRM} {number};{lifecycle};DE;C;{size};{PRODUCT};Person {number};{address_of(number)}"
        for number, (lifecycle, size) in enumerate(strata, start=1)
    ]
    return "\r\n".join(rows)


def wait_for_heading(page: Page, words: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_contain_text(words, timeout=SECONDS * 1000)


def bring_in(page: Page, url: str) -> None:
    page.goto(f"{url}/imports/new/?kind=customers")
    page.get_by_label("File").set_input_files(
        files=[{"name": "customers.csv", "mimeType": "text/csv", "buffer": customers().encode()}]
    )
    page.get_by_role("button", name="Upload").click()
    page.get_by_role("button", name="Check the file").click()
    wait_for_heading(page, "12 rows can be brought in")
    page.get_by_role("button", name="Bring it in").click()
    wait_for_heading(page, "Brought in")


def note_consents(page: Page, url: str) -> None:
    page.goto(f"{url}/contacts/?q={FIRM}")
    page.get_by_label("Tick all rows of this page").check()
    page.get_by_role("button", name="Note a consent").click()
    page.get_by_label("They agreed on").fill("2026-01-05")
    page.get_by_label("How").fill("trade fair")
    page.get_by_role("main").get_by_role("button", name="Note a consent").click()
    expect(page.get_by_text("12 rows changed")).to_be_visible()


def plan(page: Page, url: str) -> None:
    page.goto(f"{url}/rounds/new/")
    page.get_by_label("Name").fill(ROUND)
    page.get_by_label(PRODUCT).check()
    page.get_by_role("main").get_by_role("button").last.click()
    page.get_by_label("past, current, prospective").check()
    page.get_by_label("size").check()
    page.get_by_label("Customers to hear").fill("12")
    page.get_by_label("At least in each stratum").fill("1")
    page.get_by_role("button", name="Work out the targets").click()
    page.get_by_role("button", name="Save").click()
    wait_for_heading(page, "Nobody was heard in 12 of 12 strata")


def invite(page: Page, site: Any) -> None:
    page.get_by_role("link", name="Invite them all by mail").click()
    wait_for_heading(page, "Invite 7 contacts by mail?")
    page.get_by_role("button", name="Send the invitations").click()
    expect(page.get_by_text("7 contacts are invited")).to_be_visible()
    until = time.monotonic() + SECONDS
    while len(invited(site)) < 7 and time.monotonic() < until:
        time.sleep(0.1)
    # One letter each, to seven different people.
    assert [len(site.letters.to(address)) for address in invited(site)] == [1] * 7


def invited(site: Any) -> list[str]:
    return [address for address in site.letters.by_recipient if address.endswith(address_of(0).partition("@")[2])]


def answer_by_link(site: Any, browser: Browser) -> str:
    """Answer the first letter on a telephone without JavaScript; return whose it was."""
    address = invited(site)[0]
    (letter,) = site.letters.to(address)
    phone = browser.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=False).new_page()
    phone.goto(link_in(letter))
    phone.get_by_role("link", name="Begin").click()
    phone.get_by_label("Your words").fill(SAID_BY_LINK)
    phone.get_by_role("button", name="Keep, and go on").click()
    phone.get_by_role("button", name="Send my answers").click()
    wait_for_heading(phone, "Thank you. Your answers have arrived.")
    expect(phone.get_by_text(SAID_BY_LINK)).to_be_visible()
    phone.context.close()
    return address


def plan_the_next(page: Page, url: str) -> None:
    """Plan an interview of today with whoever is to be asked next, and open its desk."""
    page.goto(f"{url}/rounds/?q={ROUND}")
    page.get_by_role("link", name=f"Coverage of {ROUND}").click()
    page.get_by_role("main").get_by_role("link", name=re.compile("^Plan")).first.click()
    page.get_by_label("Day").fill(time.strftime("%Y-%m-%d", time.gmtime()))
    page.get_by_role("main").get_by_role("button", name="Plan").click()
    expect(page.get_by_text("The interview is planned")).to_be_visible()


def hold_at_the_desk(site: Any, browser: Browser) -> None:
    """Lose the network in the middle of an interview, in a window in whose console that is no error."""
    context, page = enter(browser, site, "specialist")
    plan_the_next(page, site.url)
    expect(page.get_by_text("Nothing to ask")).to_be_visible()
    # What is said is kept by a script, which a page that is still being loaded does not have yet.
    page.wait_for_load_state()
    context.set_offline(True)
    # The page learns of it a moment later.
    expect(page.locator("[data-why]")).to_contain_text("the connection is cut")
    page.get_by_label("In the customer's own words").fill(SAID_AT_THE_DESK)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Kept in this browser: the connection is cut")).to_be_visible()
    context.set_offline(False)
    expect(page.get_by_text("Captured, 1")).to_be_visible(timeout=SECONDS * 1000)
    expect(page.get_by_text(SAID_AT_THE_DESK)).to_be_visible()
    page.get_by_role("button", name="Complete").click()
    expect(page.get_by_role("button", name="Complete")).to_be_hidden()
    context.close()


def answer_it(page: Page, url: str) -> None:
    """Ask one more customer, who says how important it is and how it is today."""
    plan_the_next(page, url)
    expect(page.locator(".read-aloud")).to_have_text(STATEMENT)
    page.get_by_role("group", name="How important is that to you?").get_by_label("9", exact=True).check(force=True)
    page.get_by_role("group", name=re.compile("^How well")).get_by_label("3", exact=True).first.check(force=True)
    expect(page.locator("#saved")).to_contain_text(re.compile(r"saved \d\d:\d\d"))
    page.get_by_role("button", name="Complete").click()
    expect(page.get_by_role("button", name="Complete")).to_be_hidden()


def see_it_on_the_circle(page: Page, url: str) -> None:
    """Open the owner's dot, with the voices of all customers: the requirement is among its own, and was heard."""
    page.goto(url)
    page.get_by_role("region", name="Functions").get_by_role("link", name=OWNER, exact=True).click()
    page.get_by_role("link", name="all", exact=True).first.click()
    row = page.get_by_role("row", name=re.compile(STATEMENT)).first
    expect(row).to_be_visible()
    until = time.monotonic() + SECONDS
    while "nobody heard" in row.inner_text() and time.monotonic() < until:
        time.sleep(0.3)
        page.reload()
    expect(row).not_to_contain_text("nobody heard")


def code(page: Page, url: str) -> None:
    """Say what both are about: the searched words are in hand, and codes are found by what they are called."""
    for said in (SAID_BY_LINK, SAID_AT_THE_DESK):
        page.goto(f"{url}/words/search/?q=%22{quote(said)}%22")
        wait_for_heading(page, "1 verbatim with")
        page.get_by_role("main").get_by_role("rowheader").get_by_role("link").first.click()
        page.wait_for_url(re.compile(r"[?&]v=\d+"))
        page.wait_for_load_state()
        page.keyboard.press("c")
        page.keyboard.type(ATTRIBUTE)
        page.keyboard.press("Enter")
        expect(page.locator(".codings > li")).to_contain_text(ATTRIBUTE)


def read_once_more(page: Page, other: Page, url: str) -> None:
    """Draw one verbatim for a second coder, who reads it without seeing what the first one found."""
    page.goto(f"{url}/words/readings/draw/")
    page.get_by_label("Second coder").select_option(label="administrator")
    page.get_by_label("How many words").fill("1")
    page.get_by_role("button", name="Draw").click()
    other.goto(f"{url}/words/readings/")
    other.get_by_role("link", name="Read my 1 blind").click()
    other.get_by_label("Find a code").fill(ATTRIBUTE)
    other.keyboard.press("Enter")
    expect(other.locator(".codings > li")).to_contain_text(ATTRIBUTE)
    other.get_by_role("button", name="Done").click()
    wait_for_heading(other, "read twice")


def make_a_requirement(page: Page, url: str) -> None:
    page.goto(f"{url}/words/consolidate/")
    for said in (SAID_BY_LINK, SAID_AT_THE_DESK):
        page.get_by_label(said).check()
    page.get_by_role("button", name="Make a requirement of the ticked").click()
    page.get_by_label("Statement").fill(STATEMENT)
    page.get_by_label(PRODUCT).check()
    page.get_by_label("Owner").select_option(label=OWNER)
    page.get_by_role("button", name="Make the requirement").click()
    expect(page.get_by_text("with the words of 2 codings")).to_be_visible()
    page.get_by_role("link", name="Put it to review").click()
    page.get_by_role("main").get_by_role("button").last.click()
    wait_for_heading(page, "waits for the approval of another specialist")


def approve_it(other: Page, address: str) -> None:
    other.goto(address)
    other.get_by_role("link", name="Approve it").click()
    other.get_by_role("main").get_by_role("button").last.click()
    wait_for_heading(other, "No data: nobody was heard")


def test_run_your_first_round(site, sign_in, browser):
    page = sign_in("specialist")
    page.goto(f"{site.url}/products/new/")
    page.get_by_label("Name").fill(PRODUCT)
    page.get_by_role("main").get_by_role("button").last.click()
    bring_in(page, site.url)
    note_consents(page, site.url)
    plan(page, site.url)
    invite(page, site)
    answer_by_link(site, browser)
    hold_at_the_desk(site, browser)
    code(page, site.url)
    other = sign_in("administrator")
    read_once_more(page, other, site.url)
    make_a_requirement(page, site.url)
    approve_it(other, page.url)
    answer_it(page, site.url)
    see_it_on_the_circle(page, site.url)
