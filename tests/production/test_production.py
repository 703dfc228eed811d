"""The deployment of docs/operations.md, all of it, from outside: what a browser and a machine get through nginx."""

import contextlib
import re
import socket
import ssl
import time
from collections.abc import Iterator

import pytest
import requests

from tests.production.arrangement import Production
from tests.production.clients import BULK, Client, item, sign_in
from tests.production.names import NAME
from tests.waiting import wait_until

pytestmark = [pytest.mark.faults, pytest.mark.timeout(240)]


def test_a_person_signs_in_and_sees_the_circle_with_styles_that_browsers_keep(production: Production) -> None:
    browser = sign_in(production)
    page = browser.get(production.url + "/", timeout=30)
    style = re.search(r'href="(/static/[^"]+\.css)"', page.text)[1]
    kept = browser.get(production.url + style, timeout=30)
    plain = requests.get(f"http://127.0.0.1:{production.http_port}/", allow_redirects=False, timeout=30)

    assert (page.status_code, page.url) == (200, production.url + "/")
    assert NAME in page.text
    assert page.headers["Cache-Control"] == "private, no-store"
    assert re.search(r"\.[0-9a-f]{12}\.css$", style)
    assert kept.status_code == 200
    assert kept.headers["Cache-Control"] == "max-age=315360000, public, immutable"
    assert (plain.status_code, plain.headers["Location"]) == (308, "https://127.0.0.1/")


def test_scores_follow_what_a_machine_pushes(production: Production) -> None:
    machine = production.session(token=production.seeded["token"])
    circle = f"{production.url}/api/v1/circle/"
    assert wait_until(production.is_drained, 20)
    before = machine.get(circle, timeout=30).json()["stamp"]["run"]

    body = {"source": "walk", "items": [item(production.seeded["metrics"][0], "walk-1", 7)]}
    pushed = machine.post(production.url + BULK, json=body, timeout=30)
    again = machine.post(production.url + BULK, json=body, timeout=30)

    assert [
        each["result"]["outcome"] if "result" in each else each["outcome"] for each in pushed.json()["results"]
    ] == ["created"]
    assert again.json()["results"][0]["outcome"] == "duplicate"
    assert wait_until(production.is_drained, 10)
    stamp = machine.get(circle, timeout=30).json()["stamp"]
    assert (stamp["run"] > before, stamp["is_behind"]) == (True, False)


def test_figures_of_every_process_are_for_this_machine_and_not_for_the_world(production: Production) -> None:
    asked = production.session()
    asked.headers["Host"] = "localhost"
    seen = [asked.get(f"http://127.0.0.1:{port}/metrics", timeout=30).text for port in production.web_ports]

    assert production.get("/metrics").status_code == 404
    assert all('quality_worker_seen_seconds{worker="worker-0@localhost"}' in text for text in seen)
    assert all(re.search(r'quality_request_seconds_count\{kind="health",status="200"\} [1-9]', text) for text in seen)


def test_a_body_that_is_too_large_is_refused_in_the_callers_form(production: Production) -> None:
    machine = production.session(token=production.seeded["token"])

    refused = machine.post(production.url + BULK, data=b" " * (22 << 20), timeout=30)

    assert (refused.status_code, refused.headers["Content-Type"]) == (413, "application/problem+json")
    assert refused.json()["status"] == 413


@contextlib.contextmanager
def dawdling(production: Production, count: int) -> Iterator[None]:
    """Hold connections that have sent half a header, or half a body."""
    trusting = ssl.create_default_context(cafile=str(production.certificate))
    half_header = b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
    half_body = b"POST /accounts/login/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nlogin="
    with contextlib.ExitStack() as stack:
        for number in range(count):
            plain = stack.enter_context(socket.create_connection(("localhost", production.port), timeout=10))
            slow = stack.enter_context(trusting.wrap_socket(plain, server_hostname="localhost"))
            slow.sendall(half_body if number % 2 else half_header)
        yield


def test_two_hundred_slow_clients_keep_nobody_waiting(production: Production) -> None:
    waits = []
    with dawdling(production, 200):
        for _ in range(10):
            started = time.monotonic()
            assert production.get("/readyz").status_code == 200
            waits.append(time.monotonic() - started)

    assert max(waits) < 2.0


def test_a_rolling_restart_fails_no_request_and_loses_no_measurement(production: Production) -> None:
    before = [web.pid for web in production.webs]
    clients = [Client(production, f"roll{number}") for number in range(3)]
    for client in clients:
        client.start()
    try:
        production.roll()
    finally:
        for client in clients:
            client.stopping.set()
            client.join(60)

    assert [each for client in clients for each in client.failed] == []
    assert all(client.answered > 20 for client in clients)
    assert set(before).isdisjoint(web.pid for web in production.webs)
    acknowledged = sorted(each for client in clients for each in client.acknowledged)
    rows = production.query(
        "SELECT external_id, count(*) FROM metrics_measurement WHERE source = 'clients' AND external_id LIKE 'roll%%' "
        "GROUP BY external_id"
    )
    assert sorted(rows) == [(each, 1) for each in acknowledged]
    assert wait_until(production.is_drained, 20)
