from datetime import UTC, datetime

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import ApiToken, User
from accounts.services import create_token
from functions.services import set_up_program
from tests.factories.functions import MembershipFactory

pytestmark = pytest.mark.django_db

LATE = datetime(2026, 3, 16, 23, 30, tzinfo=UTC)


@pytest.fixture
def in_berlin(client, noon):
    """Return a client of a viewer in a program that lives by Berlin's clock."""
    set_up_program(name="ABC", time_zone="Europe/Berlin")
    client.force_login(MembershipFactory(role="viewer", user__username="ines").user)
    return client


def test_times_are_shown_by_the_clock_of_the_program(in_berlin, noon):
    token, _text = create_token(user=User.objects.get(), name="t", scopes=["scores:read"], now=noon)
    ApiToken.objects.filter(pk=token.pk).update(expires_at=LATE)

    html = in_berlin.get(reverse("settings_tokens")).content.decode()

    assert "17\u00a0Mar\u00a02026, 00:30" in html


def test_times_are_read_by_the_clock_of_the_program(in_berlin):
    in_berlin.post(reverse("token_create"), {"name": "t", "scopes": ["scores:read"], "expires_on": "2026-03-20"})

    assert ApiToken.objects.get().expires_at == datetime(2026, 3, 20, 22, 59, 59, 999999, tzinfo=UTC)


def test_the_clock_of_one_request_is_not_that_of_the_next(in_berlin):
    in_berlin.get(reverse("settings_home"))

    assert timezone.get_current_timezone_name() == "UTC"
