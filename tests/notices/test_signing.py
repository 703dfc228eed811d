"""Signatures as Standard Webhooks writes them, which anybody can check with their own tools."""

import base64
import hashlib
import hmac

import pytest

from notices.signing import headers_for, key_of, new_secret, signature

MESSAGE = {"message_id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "at": 1_614_265_330, "body": '{"test": 2432232314}'}


def test_the_signature_is_the_one_that_the_standard_publishes() -> None:
    signed = signature("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", **MESSAGE)

    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_two_secrets_sign_side_by_side_and_each_receiver_finds_its_own() -> None:
    secrets = new_secret(), new_secret()

    headers = headers_for(secrets, **MESSAGE)

    signed = b'msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{"test": 2432232314}'
    keys = [base64.b64decode(each.removeprefix("whsec_")) for each in secrets]
    expected = [base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode() for key in keys]
    assert headers["webhook-signature"] == f"v1,{expected[0]} v1,{expected[1]}"
    assert (headers["webhook-id"], headers["webhook-timestamp"]) == (MESSAGE["message_id"], "1614265330")
    assert len(keys[0]) == 32


@pytest.mark.parametrize(
    "text",
    ["", "whsec_", "whsec_c2hvcnQ=", "whsec_%%%", f"whsec_{'A' * 88}", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_é"],
)
def test_what_is_no_secret_is_none(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # it says nothing: a secret is in no message
        key_of(text)
