"""A mail server of this machine that keeps what it is given."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller

from scripts.services import free_port


class Letters:
    def __init__(self) -> None:
        self.by_recipient: dict[str, list[EmailMessage]] = {}
        self.port = free_port()

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        letter = message_from_bytes(envelope.content, policy=policy.default)
        for address in envelope.rcpt_tos:
            self.by_recipient.setdefault(address, []).append(letter)
        return "250 OK"

    def to(self, address: str) -> list[EmailMessage]:
        return self.by_recipient.get(address, [])


def link_in(letter: EmailMessage) -> str:
    """Return the personal link of an invitation."""
    found = re.search(r"http://\S+/a/\S+", letter.get_content())
    assert found
    return found.group()


@contextmanager
def mail_server() -> Iterator[Letters]:
    letters = Letters()
    controller = Controller(letters, hostname="127.0.0.1", port=letters.port)
    controller.start()
    try:
        yield letters
    finally:
        controller.stop()
