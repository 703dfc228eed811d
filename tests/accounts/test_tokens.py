from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from accounts.models import ApiToken
from accounts.services import create_token, note_token_use, revoke_token, token_for_secret
from tests.conftest import NOON
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db


def made(**changes):
    values = {"user": UserFactory(), "name": "ERP", "scopes": ["scores:read"], "now": NOON}
    return create_token(**(values | changes))


def code_of(error: pytest.ExceptionInfo[ValidationError], field: str) -> str:
    return error.value.error_dict[field][0].code


def test_a_token_is_shown_once_and_only_its_digest_is_kept():
    token, text = made()

    mark, prefix, secret = text.split("_", 2)
    assert (mark, prefix) == ("qp", token.prefix)
    assert len(secret) == 43
    assert secret not in str(ApiToken.objects.values().get())


def test_a_token_is_found_by_its_text():
    token, text = made()

    assert token_for_secret(text=text, now=NOON) == token


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text[:-1],
        lambda text: text[:-1] + ("A" if text[-1] != "A" else "B"),
        lambda text: text + "A",
        lambda text: text.upper(),
        lambda text: text.replace("qp_", "qx_"),
        lambda text: text + "\0",
        lambda text: text.replace("_", "", 1),
        lambda text: " " + text,
        lambda text: "",
        lambda text: "qp__",
        lambda text: "ü" * 60,
        lambda text: "qp_00000000_" + "A" * 100_000,
    ],
)
def test_any_other_text_is_no_token(spoil):
    _, text = made()

    assert token_for_secret(text=spoil(text), now=NOON) is None


def test_an_expired_token_is_no_token():
    _, text = made(expires_at=NOON + timedelta(hours=1))

    assert token_for_secret(text=text, now=NOON + timedelta(minutes=59)) is not None
    assert token_for_secret(text=text, now=NOON + timedelta(hours=1)) is None


def test_a_revoked_token_is_no_token_from_then_on():
    token, text = made()

    revoke_token(token=token, now=NOON)

    assert token_for_secret(text=text, now=NOON) is None


def test_revoking_twice_keeps_the_first_time():
    token, _ = made()

    revoke_token(token=token, now=NOON)
    revoke_token(token=token, now=NOON + timedelta(days=1))

    token.refresh_from_db()
    assert token.revoked_at == NOON


def test_a_token_ends_with_its_owner():
    token, text = made()
    token.user.is_active = False
    token.user.save()

    assert token_for_secret(text=text, now=NOON) is None


def test_its_use_is_written_at_most_once_a_minute():
    token, _ = made()

    note_token_use(token=token, now=NOON)
    token.refresh_from_db()
    note_token_use(token=token, now=NOON + timedelta(seconds=59))
    token.refresh_from_db()
    assert token.last_used_at == NOON

    note_token_use(token=token, now=NOON + timedelta(seconds=60))
    token.refresh_from_db()
    assert token.last_used_at == NOON + timedelta(seconds=60)


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"scopes": []}, "scopes", "required"),
        ({"scopes": ["scores:read", "everything"]}, "scopes", "scope"),
        ({"expires_at": NOON}, "expires_at", "past"),
        ({"name": ""}, "name", "blank"),
        ({"name": "x" * 81}, "name", "max_length"),
    ],
)
def test_a_token_that_makes_no_sense_is_refused(changes, field, code):
    with pytest.raises(ValidationError) as error:
        made(**changes)

    assert code_of(error, field) == code
    assert not ApiToken.objects.exists()


def test_two_live_tokens_of_one_person_have_two_names():
    token, _ = made()

    with pytest.raises(ValidationError) as error:
        made(user=token.user)
    assert code_of(error, "name") == "unique"

    revoke_token(token=token, now=NOON)
    made(user=token.user)
