"""Secrets and signatures as Standard Webhooks writes them (https://www.standardwebhooks.com, version 1)."""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Iterable

PREFIX = "whsec_"
# What the standard allows for a symmetric key.
FEWEST_BYTES, MOST_BYTES, NEW_BYTES = 24, 64, 32


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(NEW_BYTES)).decode("ascii")


def key_of(secret: str) -> bytes:
    """Return the key that a secret writes down; raises ValueError for what is none."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX).encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise ValueError from None
    if not secret.startswith(PREFIX) or not FEWEST_BYTES <= len(key) <= MOST_BYTES:
        raise ValueError
    return key


def signature(secret: str, *, message_id: str, at: int, body: str) -> str:
    """Return 'v1,' and the HMAC-SHA256 of id, moment (seconds since 1970) and body, in base64."""
    signed = f"{message_id}.{at}.{body}".encode()
    return "v1," + base64.b64encode(hmac.new(key_of(secret), signed, hashlib.sha256).digest()).decode("ascii")


def headers_for(secrets_in_use: Iterable[str], *, message_id: str, at: int, body: str) -> dict[str, str]:
    """Return the headers of one try; with several secrets one signature each, of which the receiver finds its own."""
    signatures = [signature(each, message_id=message_id, at=at, body=body) for each in secrets_in_use]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(at),
        "webhook-signature": " ".join(signatures),
        "Content-Type": "application/json",
        "User-Agent": "quality-program",
    }
