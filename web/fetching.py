"""Reading an address that somebody named, or sending to it, without letting it lead us where it likes.

HTTPS only. Every hop's host is resolved once, refused unless each of its addresses is a public one, and the connection
goes to the address that was checked: a name that resolves otherwise the next moment changes nothing. No proxy of the
environment is asked. What comes is written to a file as it comes, up to a size and a time.
"""

import ipaddress
import socket
import ssl
import threading
from collections.abc import Collection, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPException
from time import monotonic
from typing import Any, BinaryIO
from urllib.parse import urljoin

from django.conf import settings
from django.utils.translation import gettext as _
from urllib3.connection import HTTPSConnection
from urllib3.exceptions import HTTPError, LocationParseError
from urllib3.response import BaseHTTPResponse
from urllib3.util import parse_url

from jobs.files import is_for_want_of_room

PORT = 443
MOST_HOPS = 3
MOST_ADDRESSES = 4
PIECE = 64 * 1024
LONGEST_ADDRESS = 500
LONGEST_SIZE = 18
# Addresses of IPv6 that carry one of IPv4 inside, by which a public one could lead to a private one.
CARRIERS = tuple(
    ipaddress.ip_network(each) for each in ("::/96", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/32", "2002::/16")
)
# Public by their number, and answered by the machine's own cloud: the agent of Azure, and the metadata of Oracle's.
OF_THE_CLOUD = frozenset(ipaddress.ip_address(each) for each in ("168.63.129.16", "192.0.0.192"))
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
REDIRECTS = {
    HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.FOUND, HTTPStatus.SEE_OTHER, HTTPStatus.TEMPORARY_REDIRECT,
    HTTPStatus.PERMANENT_REDIRECT,
}  # fmt: skip
PASSING = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}


class FetchError(Exception):
    """It cannot be read; the message says why, for people. may_pass: another try may do."""

    def __init__(self, message: str, *, may_pass: bool = False) -> None:
        super().__init__(message)
        self.message, self.may_pass = message, may_pass


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may come and how long it may take; connect and silence: seconds until it answers at all, or goes on."""

    most_bytes: int
    seconds: float
    connect: float = 5.0
    silence: float = 15.0


@dataclass(frozen=True, slots=True)
class Target:
    """Where a hop leads."""

    host: str
    port: int
    path: str

    @property
    def origin(self) -> tuple[str, int]:
        return self.host, self.port


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came: its stated type in lower case, without parameters, and its size."""

    content_type: str
    size: int


def target_of(address: str) -> Target:
    """Return where an address leads; raises FetchError for one that is no HTTPS address."""
    try:
        found = parse_url(address)
    except LocationParseError:
        raise FetchError(_("'%(address)s' is no address.") % {"address": address[:80]}) from None
    if found.scheme != "https" or not found.host:
        raise FetchError(_("The address has to begin with https:// and name a host."))
    if found.auth:
        raise FetchError(_("Leave name and password out of the address; a secret goes into its header."))
    return Target(found.host.strip("[]"), found.port or PORT, found.request_uri)


def fetch(
    address: str, *, into: BinaryIO, limits: Limits, accept: str, secret: tuple[str, str] | None = None
) -> Fetched:
    """Write what an address answers into a file; raises FetchError, and then what the file holds is of no use.

    secret: a header and its value, sent to the host that was named and to no other one that it leads to.
    """
    until = monotonic() + limits.seconds
    named = target_of(address).origin
    for _hop in range(MOST_HOPS + 1):
        target = target_of(address)
        headers = {"Accept": accept, "Accept-Encoding": "identity", "User-Agent": "quality-program"}
        if secret and target.origin == named:
            headers[secret[0]] = secret[1]
        with asked(target, headers, limits, until, allowed=settings.PULL_ALLOWED_NETWORKS) as answer:
            location = answer.headers.get("Location", "") if answer.status in REDIRECTS else ""
            if not location:
                return _kept(answer, into, limits, until)
        address = led_to(address, location)
    raise FetchError(_("It was redirected more than %(most)d times.") % {"most": MOST_HOPS})


# ---- Where it leads


def led_to(address: str, location: str) -> str:
    """Return where a redirect leads; raises FetchError where that is no address."""
    try:
        return urljoin(address, location)
    except ValueError:
        raise FetchError(_("It leads to '%(address)s', which is no address.") % {"address": location[:80]}) from None


def is_public(address: Address) -> bool:
    """Whether an address is one of the whole internet, and none that leads on to another one."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return is_public(address.ipv4_mapped)
        if address.is_site_local or any(address in each for each in CARRIERS):
            return False
    if address in OF_THE_CLOUD:
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def addresses_of(target: Target, *, allowed: Collection[Network]) -> list[str]:
    """Return the addresses to connect to; raises FetchError if any that the host has is not public.

    allowed: what whoever runs this installation opened, though it is not public.
    """
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise FetchError(_("There is no host %(host)s.") % {"host": target.host}, may_pass=True) from None
    return checked(found, target.host, allowed=allowed)


def checked(found: Iterable[Any], host: str, *, allowed: Collection[Network]) -> list[str]:
    """Return the addresses in what getaddrinfo found; raises FetchError if any of them is not public."""
    addresses = [str(each[4][0]).partition("%")[0] for each in found]
    for text in addresses:
        address = ipaddress.ip_address(text)
        if not is_public(address) and not any(address in each for each in allowed):
            message = _("%(host)s leads into a private network. Only public addresses are asked.")
            raise FetchError(message % {"host": host})
    return addresses


# ---- Asking


class _Pinned(HTTPSConnection):
    """A connection to an address that was checked; name, certificate and Host header stay those of the host."""

    def __init__(self, target: Target, addresses: list[str], limits: Limits, until: float) -> None:
        context = ssl.create_default_context()
        if settings.PULL_CA_FILE:
            # Beside those that everybody trusts, which stay: given at once, it would take their place.
            context.load_verify_locations(settings.PULL_CA_FILE)
        super().__init__(target.host, target.port, timeout=limits.silence, ssl_context=context)
        self._checked = [(address, target.port) for address in dict.fromkeys(addresses)][:MOST_ADDRESSES]
        self._connect_seconds, self._until = limits.connect, until
        self._twin: socket.socket | None = None
        self._is_cut = False

    def _new_conn(self) -> socket.socket:
        found = self._first_that_answers()
        # It will be wrapped, and gives up its number: its twin still reaches the connection.
        self._twin = found.dup()
        if self._is_cut:
            # The time was up while there was nothing yet to cut, and nobody cuts a second time.
            found.close()
            raise TimeoutError
        return found

    def _first_that_answers(self) -> socket.socket:
        *others, last = self._checked
        for each in others:
            with suppress(OSError):
                return self._connected(each)
        return self._connected(last)

    def _connected(self, address: tuple[str, int]) -> socket.socket:
        left = self._until - monotonic()
        if left <= 0:
            raise TimeoutError
        return socket.create_connection(address, timeout=min(self._connect_seconds, left))

    def cut(self) -> None:
        """End the connection from another thread: whatever waits for it goes on and fails."""
        self._is_cut = True
        if self._twin is not None:
            with suppress(OSError):
                self._twin.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        super().close()
        if self._twin is not None:
            self._twin.close()


@contextmanager
def asked(
    target: Target,
    headers: dict[str, str],
    limits: Limits,
    until: float,
    *,
    allowed: Collection[Network],
    body: bytes | None = None,
) -> Iterator[BaseHTTPResponse]:
    """Give the answer of one hop. A sender that drips is cut off when the time is up, in the middle of a line too.

    allowed: as addresses_of has it; body: what is sent to it, and then by POST.
    """
    connection = _Pinned(target, addresses_of(target, allowed=allowed), limits, until)
    watch = threading.Timer(max(until - monotonic(), 0.0), connection.cut)
    watch.start()
    try:
        method = "GET" if body is None else "POST"
        options = {"preload_content": False, "decode_content": False}
        connection.request(method, target.path, body=body, headers=headers, **options)
        with closing(connection.getresponse()) as answer:
            yield answer
    except (OSError, HTTPException, HTTPError) as error:
        if is_for_want_of_room(error):
            raise
        raise _in_words(error, target, is_over=monotonic() >= until, limits=limits) from None
    finally:
        watch.cancel()
        watch.join()
        connection.close()


def _in_words(error: Exception, target: Target, *, is_over: bool, limits: Limits) -> FetchError:
    words: dict[str, Any] = {"host": target.host, "seconds": f"{limits.seconds:g}"}
    if is_over:
        message = _("%(host)s took longer than %(seconds)s seconds in all.")
    elif isinstance(error, ssl.SSLCertVerificationError) or isinstance(error.__cause__, ssl.SSLCertVerificationError):
        return FetchError(_("%(host)s shows a certificate that cannot be trusted.") % words)
    elif isinstance(error, TimeoutError) or "timed out" in str(error):
        message = _("%(host)s does not answer, or fell silent.")
    else:
        message = _("The connection to %(host)s failed, or broke off.")
    return FetchError(message % words, may_pass=True)


@dataclass(slots=True)
class _Counted:
    """A file that takes so many bytes and no more."""

    into: BinaryIO
    most: int
    size: int = field(default=0)

    def write(self, piece: bytes) -> None:
        self.size += len(piece)
        if self.size > self.most:
            raise too_large(self.most)
        self.into.write(piece)


def too_large(most: int) -> FetchError:
    return FetchError(_("It answers more than %(most)d MiB. Ask it for less.") % {"most": most // 1024**2})


def _kept(answer: BaseHTTPResponse, into: BinaryIO, limits: Limits, until: float) -> Fetched:
    check_status(answer.status)
    content_type = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise FetchError(_("It answers in a packed form, though it was asked for a plain one."))
    stated = answer.headers.get("Content-Length", "")
    # A number of thousands of digits is not read at all.
    is_number = stated.isascii() and stated.isdecimal()
    if is_number and (len(stated) > LONGEST_SIZE or int(stated) > limits.most_bytes):
        raise too_large(limits.most_bytes)
    file = _Counted(into, limits.most_bytes)
    while piece := answer.read1(PIECE):
        file.write(piece)
        if monotonic() >= until:
            raise TimeoutError
    return Fetched(content_type, file.size)


def check_status(status: int) -> None:
    if status == HTTPStatus.OK:
        return
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        raise FetchError(_("It refuses us (%(status)d). Check the secret header.") % {"status": status})
    if status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
        raise FetchError(_("There is nothing at this address (%(status)d).") % {"status": status})
    may_pass = status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in PASSING
    raise FetchError(_("It answers with the status %(status)d.") % {"status": status}, may_pass=may_pass)
