"""From the invitation to one more voice: a letter by a real mail server, answered on a telephone without JavaScript."""

import re
import time

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.mail_server import link_in

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]

ADDRESS = "nora.neu@example.org"
SECONDS = 30


def add_contact(page: Page, site_url: str) -> None:
    """Add somebody who agreed to be asked to a current customer of the round's product."""
    page.goto(f"{site_url}/customers/?q=Etiketten&lifecycle=current")
    page.get_by_role("link", name="Aalders Etiketten", exact=True).first.click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.wait_for_url(re.compile(r"/customers/\d+/"))
    page.goto(re.sub(r"/$", "/contacts/new/", page.url.split("?")[0]))
    page.get_by_label("Name", exact=True).fill("Nora Neu")
    page.get_by_label("E-mail address").fill(ADDRESS)
    page.get_by_label("Consent given on").fill("2026-01-05")
    page.get_by_label("Source of the consent").fill("trade fair")
    page.get_by_role("main").get_by_role("button").last.click()


def invite(page: Page, site_url: str) -> None:
    page.goto(f"{site_url}/coverage/")
    page.get_by_role("link", name="Invitations").click()
    page.get_by_label("Name of a contact or customer").fill("Nora Neu")
    page.get_by_role("button", name="Search").last.click()
    page.get_by_label("Nora Neu").check()
    page.get_by_role("button", name="Look at the letter").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Invite 1 contact by mail?")
    page.get_by_role("button", name="Send the invitations").click()
    expect(page.get_by_text("1 contact is invited")).to_be_visible()


def link_mailed(site) -> str:
    until = time.monotonic() + SECONDS
    while not site.letters.to(ADDRESS) and time.monotonic() < until:
        time.sleep(0.1)
    (letter,) = site.letters.to(ADDRESS)
    return link_in(letter)


def contacts_heard(page: Page) -> int:
    found = re.search(r"(\d+) contacts?", page.locator(".strip").inner_text())
    return int(found.group(1)) if found else 0


def test_an_invited_contact_answers_on_a_telephone_and_is_one_more_voice(site, sign_in, browser):
    page = sign_in("specialist")
    add_contact(page, site.url)
    invite(page, site.url)
    context = browser.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=False)
    phone = context.new_page()

    phone.goto(link_mailed(site))
    assert phone.url == f"{site.url}/answers/"
    phone.get_by_role("link", name="Begin").click()
    # The winter survey's guide asks it in these words.
    expect(phone.get_by_role("heading", level=1)).to_contain_text("What do you want to achieve with the press")
    phone.get_by_label("What do you want to achieve with the press").fill("Nights without a stop")
    phone.get_by_role("button", name="Keep, and go on").click()
    phone.get_by_role("link", name="Leave it out").click()
    expect(phone.get_by_role("heading", level=1)).to_contain_text("how many hours may pass until it runs again?")
    requirement = re.search(r"/answers/(\d+)/", phone.url)
    assert requirement
    page.goto(f"{site.url}/requirements/{requirement.group(1)}/")
    before = contacts_heard(page)
    phone.get_by_label("half a shift").check(force=True)
    phone.get_by_role("group", name="How important is that to you?").get_by_label("9").check(force=True)
    phone.get_by_role("group", name="How is it today, and how should it be?").get_by_label("4").check(force=True)
    phone.get_by_role("button", name="Keep, and go on").click()
    # Asked only of whoever cannot wait.
    expect(phone.get_by_role("heading", level=1)).to_contain_text("whom do they call?")
    phone.goto(f"{site.url}/answers/send/")
    phone.get_by_role("button", name="Send my answers").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Thank you. Your answers have arrived.")
    expect(phone.get_by_role("listitem").first).to_contain_text("9 / 10")
    expect(phone.get_by_role("listitem").first).to_contain_text("4 hours")
    expect(phone.get_by_text("Nights without a stop")).to_be_visible()
    phone.get_by_role("region", name="What we understood").get_by_role("button", name="Yes").click()
    phone.get_by_role("region", name="May we quote").get_by_role("button", name="Yes").click()
    expect(phone.get_by_text("that we may quote your words without your name")).to_be_visible()
    context.close()

    until = time.monotonic() + SECONDS
    while contacts_heard(page) == before and time.monotonic() < until:
        time.sleep(0.3)
        page.reload()
    assert contacts_heard(page) == before + 1
    page.goto(f"{site.url}/coverage/")
    page.get_by_role("link", name="Invitations").click()
    expect(page.get_by_role("row", name=re.compile("Nora Neu"))).to_contain_text("completed")
