import re

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import User
from functions.models import Membership

pytestmark = pytest.mark.django_db


def test_the_printed_link_lets_the_first_administrator_choose_a_password(
    client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("invite_administrator", "anna")

    said = capsys.readouterr().out
    path = re.search(r"http://127\.0\.0\.1:8000(/\S+)", said)
    form = client.get(path[1], follow=True)
    form = client.post(
        form.redirect_chain[-1][0], {"password1": "a long passphrase 7", "password2": "a long passphrase 7"}
    )

    anna = User.objects.get(username="anna")
    assert form.status_code == 302
    assert anna.check_password("a long passphrase 7")
    assert list(Membership.objects.values_list("user", "role", "function")) == [
        (anna.pk, Membership.Role.ADMINISTRATOR, None)
    ]


def test_a_name_that_is_taken_is_refused() -> None:
    call_command("invite_administrator", "anna")

    with pytest.raises(CommandError, match="already exists"):
        call_command("invite_administrator", "anna")

    assert User.objects.count() == 1
