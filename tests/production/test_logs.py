"""What people send stands in no log: not in the program's, and not in that of any process around it."""

import contextlib
import socket
import ssl

import psycopg2
import pytest

from tests.production.arrangement import Production
from tests.production.clients import BULK, item, sign_in
from tests.waiting import wait_until

pytestmark = [pytest.mark.faults, pytest.mark.timeout(240)]
CANARY = "zwölfkanarie".replace("ö", "oe")


def test_no_process_writes_down_what_people_send(production: Production) -> None:
    """Canaries in path, query, headers, cookie, form, JSON and a database error."""
    browser, machine = sign_in(production), production.session(token=production.seeded["token"])
    marked = {"User-Agent": CANARY, "Referer": f"https://localhost/{CANARY}", "X-Request-ID": f"{CANARY}!"}
    browser.cookies.set("other", CANARY)
    url = production.url

    browser.get(f"{url}/a/{CANARY}", headers=marked, timeout=30)
    browser.get(f"{url}/customers/?search={CANARY}", headers=marked, timeout=30)
    browser.post(f"{url}/accounts/login/", data={"login": f"{CANARY}@example.com", "password": CANARY}, timeout=30)
    machine.post(url + BULK, json={"source": CANARY, "items": [{"metric": CANARY}]}, timeout=30)
    machine.get(f"{url}/api/v1/customers/", headers={"Authorization": f"Bearer {CANARY}"}, timeout=30)
    with contextlib.closing(psycopg2.connect(production.postgres.url)) as other, other.cursor() as cursor:
        cursor.execute("LOCK TABLE metrics_measurement IN ACCESS EXCLUSIVE MODE")
        body = {"source": CANARY, "items": [item(production.seeded["metrics"][0], CANARY)]}
        assert machine.post(url + BULK, json=body, timeout=30).status_code == 503
    with pytest.raises(psycopg2.IntegrityError, match=CANARY):
        production.query("INSERT INTO accounts_user (username) VALUES (%s)", CANARY)
    trusting = ssl.create_default_context(cafile=str(production.certificate))
    with (
        socket.create_connection(("localhost", production.port), timeout=10) as plain,
        trusting.wrap_socket(plain, server_hostname="localhost") as raw,
    ):
        raw.sendall(f"GET /{CANARY} HTTP/1.1\r\nHost: localhost\r\n{CANARY} broken\r\n\r\n".encode())
        raw.recv(1000)

    # The refusal by the lock is the last that the program wrote about; the server's own error comes after it.
    assert wait_until(lambda: "null value in column" in production.said(), 10)
    said = production.said()
    assert [line[:300] for line in said.splitlines() if CANARY in line] == []
    assert "request_finished" in said
