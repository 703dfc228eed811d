"""The API of the running product: a token made on the page, used by a program, and the docs read in the browser."""

import json
import socket
import urllib.error
import urllib.request
from email.message import Message
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]


class Caller:
    """Calls the product as another program would."""

    def __init__(self, url: str, token: str) -> None:
        self.url, self.token = url, token

    def call(
        self, path: str, body: Any = None, *, method: str | None = None, **headers: str
    ) -> tuple[int, Message, Any]:
        data = None if body is None else json.dumps(body).encode()
        every = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json", **headers}
        request = urllib.request.Request(self.url + path, data=data, headers=every, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.headers, json.loads(answer.read())
        except urllib.error.HTTPError as refusal:
            text = refusal.read()
            return refusal.code, refusal.headers, json.loads(text) if text else None


@pytest.fixture
def token(sign_in, request: pytest.FixtureRequest) -> str:
    page = sign_in("specialist")
    page.goto(page.url + "settings/tokens/new/")
    page.get_by_label("Name", exact=False).first.fill(request.node.name)
    for label in (
        "Read scores",
        "Push measurements",
        "Read the evidence",
    ):
        page.get_by_label(label, exact=False).check()
    page.get_by_role("button", name="Make the token").click()
    return page.locator("code.secret").inner_text()


def test_a_program_reads_pushes_and_is_refused(site, token):
    caller = Caller(site.url, token)

    status, headers, circle = caller.call("/api/v1/circle/")
    assert (status, circle["overall"]["gap"] > 0, circle["stamp"]["is_behind"]) == (200, True, False)
    assert caller.call("/api/v1/circle/", **{"If-None-Match": headers["ETag"]})[0] == 304

    metrics = caller.call("/api/v1/metrics/?page_size=200")[2]["results"]
    metric = next(each for each in metrics if each["kind"] == "proportion")
    day = circle["stamp"]["as_of"]
    item = {"metric": metric["id"], "external_id": "j1", "period_start": day, "period_end": day}
    push = {"source": "journey", "items": [item | {"numerator": 19, "denominator": 20}]}
    status, _, pushed = caller.call("/api/v1/measurements/bulk/", push)
    assert (status, pushed["created"]) == (200, 1)
    assert caller.call("/api/v1/measurements/bulk/", push)[2]["duplicates"] == 1
    newest = caller.call(f"/api/v1/measurements/?metric={metric['id']}")[2]["results"][0]
    assert (newest["external_id"], newest["numerator"]) == ("j1", 19)

    push["items"][0]["numerator"] = 21
    assert caller.call("/api/v1/measurements/bulk/", push)[0] == 400
    assert Caller(site.url, token[:-1] + "!").call("/api/v1/circle/")[0] == 401
    status, headers, problem = caller.call("/api/v1/nothing/")
    assert (status, headers["Content-Type"]) == (404, "application/problem+json")
    assert problem["request_id"] == headers["X-Request-ID"]


def test_a_chunked_body_is_read_whole(site, token):
    """The embedded server gives it a length; a server that does not is refused with 411."""
    body = b'{"source": "journey", "items": []}'
    host = urlsplit(site.url)
    head = (
        f"POST /api/v1/measurements/bulk/ HTTP/1.1\r\nHost: {host.netloc}\r\nAuthorization: Bearer {token}\r\n"
        "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    )
    with socket.create_connection((host.hostname, host.port), timeout=20) as line:
        line.sendall(head.encode() + b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))
        answer = b"".join(iter(lambda: line.recv(65536), b""))

    assert answer.startswith(b"HTTP/1.1 400")
    assert b"Send a list with at least one item." in answer


def test_members_read_the_docs_without_an_outside_host(site, sign_in):
    page = sign_in("viewer")
    hosts = set()
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))

    page.goto(f"{site.url}/api/docs/")

    expect(page.locator(".opblock-tag", has_text="circle")).to_be_visible(timeout=30_000)
    page.locator(".opblock-tag", has_text="measurements").click()
    expect(page.get_by_text("/api/v1/measurements/bulk/").first).to_be_visible()
    assert {host for host in hosts if host} == {urlsplit(site.url).netloc}
