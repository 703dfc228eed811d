"""Sending a body to an address that somebody named: to public hosts only, where it is led nowhere else."""

import socket
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from time import monotonic

from django.utils.translation import gettext as _
from urllib3.response import BaseHTTPResponse

from web.fetching import FetchError, Limits, Network, asked, checked, target_of

PIECE = 1_024
# Names that no public network gives to anybody (RFC 6761, RFC 6762, RFC 8375, RFC 9476, ICANN's .internal).
NEVER_PUBLIC = ("localhost", "local", "internal", "intranet", "lan", "home.arpa", "home", "corp", "test", "invalid")


@dataclass(frozen=True, slots=True)
class Answered:
    """What a host answered: its status and how its text begins."""

    status: int
    text: str

    @property
    def is_taken(self) -> bool:
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES


def post(
    address: str, *, body: bytes, headers: Mapping[str, str], limits: Limits, allowed: Collection[Network]
) -> Answered:
    """Send a body and return the answer, whatever it is; a redirect is an answer, too, and is not followed.

    Raises FetchError where there is none: a host that is not public, not there, silent or too slow.
    """
    until = monotonic() + limits.seconds
    with asked(target_of(address), dict(headers), limits, until, allowed=allowed, body=body) as answer:
        return Answered(answer.status, _beginning(answer, limits.most_bytes, until))


def _beginning(answer: BaseHTTPResponse, most: int, until: float) -> str:
    """Read so many bytes and leave the rest unread; what is no text, or no text that a database takes, is replaced."""
    found = b""
    while len(found) < most and (piece := answer.read1(PIECE)):
        found += piece
        if monotonic() >= until:
            raise TimeoutError
    return found[:most].decode("utf-8", errors="replace").replace("\x00", "\ufffd")


def check_target(address: str, *, allowed: Collection[Network]) -> None:
    """Raise FetchError unless an address may be sent to as far as it says itself.

    A number is checked in every way of writing one (2130706433 is 127.0.0.1). What a name leads to is not asked here:
    it may lead elsewhere the next moment, so it is asked, and pinned, each time that something is sent. Where networks
    are opened, their names are, whatever they end in.
    """
    target = target_of(address)
    try:
        numbers = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        host = target.host.lower().rstrip(".")
        is_inside = "." not in host or host.endswith(tuple(f".{each}" for each in NEVER_PUBLIC))
        if is_inside and not allowed:
            raise FetchError(_("%(host)s is no name of a public host.") % {"host": target.host}) from None
        return
    checked(numbers, target.host, allowed=allowed)
