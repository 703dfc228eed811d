"""An address that somebody named is read as far as it may lead, and no further."""

import io
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from ipaddress import ip_network
from time import monotonic
from typing import Any

import pytest

from tests.web.https_server import Source, https_source
from web import fetching
from web.fetching import Fetched, FetchError, Limits, fetch, is_public

LIMITS = Limits(most_bytes=1_000, seconds=5.0)


@pytest.fixture(scope="module")
def _served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Source]:
    with https_source(tmp_path_factory.mktemp("source")) as source:
        yield source


@pytest.fixture
def source(_served: Source, settings: Any) -> Source:
    """The server, whose address and certificate the settings open."""
    settings.PULL_ALLOWED_NETWORKS = [ip_network("127.0.0.1")]
    settings.PULL_CA_FILE = str(_served.certificate)
    _served.asked.clear()
    return _served


def read(address: str, limits: Limits = LIMITS, **options: Any) -> tuple[Fetched, bytes]:
    into = io.BytesIO()
    return fetch(address, into=into, limits=limits, accept="application/json", **options), into.getvalue()


def refused(address: str, limits: Limits = LIMITS, **options: Any) -> FetchError:
    with pytest.raises(FetchError) as caught:
        read(address, limits, **options)
    return caught.value


def test_what_an_address_answers_is_kept_with_its_type(source: Source) -> None:
    address = source.says("/levels", '[{"value": 1}]', "Application/JSON; charset=utf-8")

    assert read(address, secret=("X-Key", "s3cret")) == (Fetched("application/json", 14), b'[{"value": 1}]')
    ((path, headers),) = source.asked
    assert (path, headers["X-Key"], headers["Host"]) == ("/levels", "s3cret", f"127.0.0.1:{source.port}")


def test_an_address_of_the_own_machine_is_refused_unless_it_was_opened(source: Source, settings: Any) -> None:
    address = source.says("/levels", "[]")
    settings.PULL_ALLOWED_NETWORKS = []

    assert "leads into a private network" in refused(address).message
    assert source.asked == []


def test_a_redirect_is_looked_at_like_the_address_itself(source: Source) -> None:
    source.says("/levels", "[]")
    inside = source.leads("/inside", source.url("/levels", host="127.0.0.2"))
    plain = source.leads("/plain", "http://example.org/levels")
    fine = source.leads("/fine", "/levels")

    assert "leads into a private network" in refused(inside).message
    assert "https://" in refused(plain).message
    assert read(fine)[1] == b"[]"
    assert "leads to 'https://['" in refused(source.leads("/broken", "https://[")).message


def test_a_secret_is_not_sent_to_another_host_that_it_leads_to(source: Source, settings: Any) -> None:
    settings.PULL_ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]
    hosts: list[tuple[str, str | None]] = []
    real = fetching._Pinned.request

    def note(self: Any, method: str, path: str, *, headers: dict[str, str], **options: Any) -> None:
        hosts.append((self.host, headers.get("X-Key")))
        if self.host != "127.0.0.1":
            raise ConnectionRefusedError
        real(self, method, path, headers=headers, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fetching._Pinned, "request", note)
        # Nobody has to listen there: it is enough to see what it would be sent.
        refused(source.leads("/away", source.url("/levels", host="127.0.0.2")), secret=("X-Key", "s3cret"))

    assert hosts == [("127.0.0.1", "s3cret"), ("127.0.0.2", None)]


def test_going_round_in_circles_ends(source: Source) -> None:
    assert "more than 3 times" in refused(source.leads("/round", "/round")).message


def test_the_connection_goes_to_the_address_that_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that resolves to a private address the second time it is asked for is not asked for a second time."""
    names, reached = [], []

    def resolve(host: str, port: int, **_: Any) -> list[Any]:
        names.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.1" if names[1:] else "93.184.215.14", port))]

    def connect(address: tuple[str, int], **_: Any) -> socket.socket:
        reached.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket, "create_connection", connect)

    error = refused("https://rebinds.example/levels")

    assert (names, reached) == (["rebinds.example"], [("93.184.215.14", 443)])
    assert (error.message, error.may_pass) == ("The connection to rebinds.example failed, or broke off.", True)


def test_where_one_checked_address_does_not_answer_the_next_one_is_asked(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = source.says("/levels", "[]")
    monkeypatch.setattr(fetching, "addresses_of", lambda _target, **_: ["::1", "127.0.0.1"])

    assert read(address)[1] == b"[]"


def test_one_private_address_among_public_ones_is_enough_to_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(0, 0, 0, "", (each, 443)) for each in ("93.184.215.14", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)

    assert "private network" in refused("https://both.example/").message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("93.184.215.14", True), ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
        ("10.1.2.3", False), ("172.16.0.1", False), ("192.168.1.1", False), ("127.0.0.1", False), ("0.0.0.0", False),
        ("169.254.169.254", False), ("100.64.0.1", False), ("224.0.0.1", False), ("240.0.0.1", False),
        ("255.255.255.255", False), ("192.0.2.1", False), ("198.18.0.1", False),
        ("168.63.129.16", False), ("192.0.0.192", False), ("::ffff:168.63.129.16", False),
        ("::1", False), ("::", False), ("fe80::1", False), ("fec0::1", False), ("fc00::1", False), ("ff02::1", False),
        ("2001:db8::1", False), ("::ffff:10.0.0.1", False), ("::ffff:93.184.215.14", True), ("::127.0.0.1", False),
        ("64:ff9b::7f00:1", False), ("64:ff9b:1::a00:1", False), ("2002:7f00:1::", False), ("2001:0:1::1", False),
    ],
)  # fmt: skip
def test_only_addresses_of_the_whole_internet_are_public(text: str, expected: bool) -> None:
    assert is_public(ipaddress.ip_address(text)) is expected


@pytest.mark.parametrize(
    "address",
    [
        "http://example.org/", "ftp://example.org/", "example.org", "https://", "https:///levels", "file:///etc/passwd",
        "https://user:word@example.org/", "https://exa mple.org:a/", "", "javascript:alert(1)", "https://[::1",
    ],
)  # fmt: skip
def test_what_is_no_https_address_of_a_host_is_refused(address: str) -> None:
    assert refused(address).message


def test_a_certificate_that_nobody_vouches_for_is_refused(source: Source, settings: Any) -> None:
    settings.PULL_CA_FILE = ""
    error = refused(source.says("/levels", "[]"))

    assert (error.message, error.may_pass) == ("127.0.0.1 shows a certificate that cannot be trusted.", False)


def test_certificates_of_an_own_authority_come_beside_those_that_everybody_trusts(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = []
    monkeypatch.setattr(ssl.SSLContext, "load_default_certs", lambda *_: loaded.append("those of everybody"))

    assert read(source.says("/", "a"))
    assert loaded == ["those of everybody"]


def test_what_is_too_large_is_cut_off_whether_or_not_it_says_so(source: Source) -> None:
    def endless(handler: Any) -> None:
        handler.send_response(200)
        handler.end_headers()
        for _ in range(100):
            handler.wfile.write(b" " * 1_000)

    def boasting(handler: Any) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "9" * 5_000)
        handler.end_headers()

    asked = Limits(most_bytes=1024**2, seconds=5.0)

    assert "more than 1 MiB" in refused(source.says("/large", b" " * (1024**2 + 1)), asked).message
    assert "more than 0 MiB" in refused(source.does("/endless", endless)).message
    assert "more than 1 MiB" in refused(source.does("/boasting", boasting), asked).message


@pytest.mark.parametrize("where", ["body", "head"])
def test_a_sender_that_drips_is_cut_off_when_the_time_is_up(source: Source, where: str) -> None:
    """Each byte comes in time; all of them together would never end."""
    over = threading.Event()

    def drip(handler: Any) -> None:
        if where == "body":
            handler.send_response(200)
            handler.end_headers()
        while not over.wait(0.05):
            handler.wfile.write(b"x")
            handler.wfile.flush()

    began = monotonic()
    error = refused(source.does("/slow", drip), Limits(most_bytes=1_000, seconds=0.4))
    over.set()

    assert (error.message, error.may_pass) == ("127.0.0.1 took longer than 0.4 seconds in all.", True)
    assert monotonic() - began < 3


def drip(handler: Any) -> None:
    with suppress(OSError):
        for _ in range(40):
            handler.wfile.write(b"x")
            handler.wfile.flush()
            threading.Event().wait(0.05)


def test_a_connection_that_stands_after_the_time_is_up_is_cut_off_at_once(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, began, real = source.does("/slow", drip), monotonic(), socket.create_connection

    def late(*arguments: Any, **options: Any) -> socket.socket:
        threading.Event().wait(0.3)
        return real(*arguments, **options)

    monkeypatch.setattr(socket, "create_connection", late)

    assert "longer than 0.2 seconds" in refused(address, Limits(most_bytes=1_000, seconds=0.2)).message
    assert monotonic() - began < 1.5


def test_addresses_that_do_not_answer_share_the_time_that_there_is(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, waited = source.says("/levels", "[]"), []

    def silent(_address: Any, *, timeout: float) -> socket.socket:
        waited.append(timeout)
        threading.Event().wait(0.2)
        raise TimeoutError

    monkeypatch.setattr(fetching, "addresses_of", lambda _target, **_: ["127.0.0.1", "127.0.0.2", "127.0.0.3"])
    monkeypatch.setattr(socket, "create_connection", silent)

    assert "longer than 0.3 seconds" in refused(address, Limits(most_bytes=1_000, seconds=0.3)).message
    assert len(waited) == 2
    assert max(waited) <= 0.3


def test_a_name_that_is_looked_up_for_too_long_is_not_connected_to(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(_target: Any, **_: Any) -> list[str]:
        threading.Event().wait(0.1)
        return ["127.0.0.1"]

    address = source.says("/levels", "[]")
    monkeypatch.setattr(fetching, "addresses_of", slow)

    assert "longer than 0.05 seconds" in refused(address, Limits(most_bytes=1_000, seconds=0.05)).message
    assert source.asked == []


def test_a_sender_that_falls_silent_is_left(source: Source) -> None:
    over = threading.Event()
    address = source.does("/silent", lambda _handler: over.wait(5))
    error = refused(address, Limits(most_bytes=1_000, seconds=5.0, silence=0.2))
    over.set()

    assert (error.message, error.may_pass) == ("127.0.0.1 does not answer, or fell silent.", True)


def test_an_answer_that_breaks_off_is_no_answer(source: Source) -> None:
    def half(handler: Any) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "100")
        handler.end_headers()
        handler.wfile.write(b"[1,")
        handler.close_connection = True

    assert refused(source.does("/half", half)).message == "The connection to 127.0.0.1 failed, or broke off."


@pytest.mark.parametrize(
    ("status", "said", "may_pass"),
    [
        (401, "Check the secret header", False), (404, "nothing at this address", False),
        (418, "the status 418", False), (429, "the status 429", True), (503, "the status 503", True),
        (204, "the status 204", False), (300, "the status 300", False),
    ],
)  # fmt: skip
def test_another_status_than_200_says_what_it_means(source: Source, status: int, said: str, may_pass: bool) -> None:
    error = refused(source.says(f"/{status}", "" if status == 204 else "no", status=status))

    assert said in error.message
    assert error.may_pass is may_pass


def test_a_packed_answer_is_refused_before_it_unpacks(source: Source) -> None:
    def packed(handler: Any) -> None:
        handler.send_response(200)
        handler.send_header("Content-Encoding", "gzip")
        handler.end_headers()

    assert "packed" in refused(source.does("/packed", packed)).message


def test_a_host_that_there_is_not_may_be_there_later(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any, **__: Any) -> Any:
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    error = refused("https://gone.example/")

    assert (error.message, error.may_pass) == ("There is no host gone.example.", True)
