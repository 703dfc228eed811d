import re

import pytest
from django.urls import reverse

from functions.services import set_up_program
from tests.factories.functions import FunctionFactory, MembershipFactory

pytestmark = [pytest.mark.django_db, pytest.mark.once]

EVERYBODY = {"circle", "requirement_list", "function_list", "settings_home"}
SIDE = re.compile(r'<nav class="side.*?</nav>', re.DOTALL)
LINK = re.compile(r'class="side-link"\s+href="([^"]+)"')


@pytest.fixture
def side(client):
    """Return a function that signs somebody in and reads the side navigation of a page."""
    set_up_program(name="ABC quality program")

    def read(page: str = "settings_home", **membership) -> str:
        client.force_login(MembershipFactory(**membership).user)
        return SIDE.search(client.get(reverse(page)).content.decode())[0]

    return read


@pytest.mark.parametrize("role", ["administrator", "specialist", "viewer", "head", "deputy"])
def test_every_link_of_the_side_opens_for_who_sees_it(client, side, role):
    place = {"function": FunctionFactory()} if role in {"head", "deputy"} else {}

    links = LINK.findall(side(role=role, **place))

    assert {reverse(name) for name in EVERYBODY} <= set(links)
    assert [(link, client.get(link).status_code) for link in links] == [(link, 200) for link in links]


def test_a_viewer_is_offered_no_page_of_evidence_but_the_own_records(side):
    html = side(role="viewer")

    assert [name for name in ("customer_list", "round_list") if reverse(name) in html] == []
    assert reverse("interview_list") in html


def test_the_page_that_is_open_is_marked_in_the_side(side):
    html = side(role="viewer", page="token_create")

    assert re.findall(r'href="([^"]+)"\s+aria-current="page"', html) == [reverse("settings_home")]


def test_the_program_is_named_in_the_side_and_in_the_title(client, side):
    assert "ABC quality program" in side(role="viewer")
    assert "<title>Settings · ABC quality program</title>" in client.get(reverse("settings_home")).content.decode()


def test_signing_out_is_a_form_that_no_link_can_press(client, side):
    side(role="viewer")

    html = client.get(reverse("settings_home")).content.decode()

    assert re.search(rf'<form method="post"\s+action="{reverse("account_logout")}"[^>]*>', html)
    client.post(reverse("account_logout"))
    assert client.get(reverse("settings_home")).url == "/accounts/login/?next=/settings/"


def test_a_page_can_be_left_by_keyboard_to_its_content(client, side):
    side(role="viewer")

    html = client.get(reverse("settings_home")).content.decode()

    assert html.index('<a class="skip" href="#main">') < html.index('<nav class="side')
    assert '<html lang="en">' in html
