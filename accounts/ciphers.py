"""What the database holds and a stolen dump must not tell: encrypted by SECRET_KEY, which no dump holds."""

import base64
import hashlib

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings


def cipher_for(purpose: str) -> MultiFernet:
    """Return the cipher of today's key, which also reads what older keys wrote; each purpose has one of its own."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = [hashlib.sha256(f"{purpose}:{key}".encode()).digest() for key in keys]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])


def encrypted(purpose: str, text: str) -> str:
    return cipher_for(purpose).encrypt(text.encode()).decode("ascii")


def decrypted(purpose: str, kept: str) -> str:
    """Return the text; raises InvalidToken where it was kept under a key that is lost."""
    return cipher_for(purpose).decrypt(kept.encode("ascii")).decode()
