"""A second factor in the real browser: an app, then a security key, then an administrator takes both away."""

import re
import time
from collections.abc import Callable

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.journey
NO_PIN_BUT_PRESENT = {
    "protocol": "ctap2", "transport": "usb", "hasResidentKey": False, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


def code_for(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def password_step(page: Page, address: str, user: str, password: str) -> None:
    page.goto(f"{address}/accounts/login/")
    page.get_by_label("User name or e-mail").fill(user)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def sign_out(page: Page, address: str) -> None:
    page.goto(f"{address}/accounts/logout/")
    page.get_by_role("button", name="Sign out").last.click()


@pytest.mark.timeout(60)
def test_an_app_and_a_security_key_are_set_up_asked_for_and_taken_away(site, sign_in: Callable[..., Page]) -> None:
    administrator = sign_in("administrator")
    page = administrator.context.browser.new_page(viewport={"width": 390, "height": 900})
    user = site.users["viewer"]
    # Browsers offer keys to names only, so not at 127.0.0.1.
    address = site.url.replace("127.0.0.1", "localhost")
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": NO_PIN_BUT_PRESENT})
    password_step(page, address, user, site.passwords[user])
    page.wait_for_url(f"{address}/")

    # The app
    page.goto(f"{address}/accounts/2fa/")
    page.get_by_role("link", name="Set up an app").click()
    page.get_by_label("Password", exact=True).fill(site.passwords[user])
    page.get_by_role("button", name="Go on").click()
    assert page.get_by_alt_text("QR code").evaluate("picture => picture.naturalWidth") > 0
    secret = page.locator("code.secret").inner_text()
    page.get_by_label("The six digits").fill(code_for(secret))
    page.get_by_role("button", name="Set it up").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("10 recovery codes are left")
    sign_out(page, address)
    password_step(page, address, user, site.passwords[user])
    page.get_by_label("Code of your app").fill(code_for(secret))
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(f"{address}/")

    # The key
    page.goto(f"{address}/accounts/2fa/webauthn/add/")
    page.get_by_label("Password", exact=True).fill(site.passwords[user])
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Name of this key").fill("blue key")
    page.get_by_role("button", name="Add this key").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("An app or a key is asked for when you sign in")
    sign_out(page, address)
    password_step(page, address, user, site.passwords[user])
    page.get_by_role("button", name="Use a security key").click()
    page.wait_for_url(f"{address}/")
    page.goto(f"{address}/accounts/2fa/webauthn/")
    expect(page.get_by_role("row", name=re.compile("blue key"))).to_be_visible()

    # Lost
    administrator.goto(f"{site.url}/settings/people/?q={user}")
    administrator.locator("tbody th a").first.click()
    administrator.get_by_role("link", name="Reset second factor").click()
    administrator.get_by_role("button", name="Take them away").click()
    page.goto(f"{address}/settings/")
    password_step(page, address, user, site.passwords[user])
    page.wait_for_url(f"{address}/")
