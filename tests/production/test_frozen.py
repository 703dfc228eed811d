"""A database and a broker that freeze for longer than anybody waits, and far more calls than usual."""

import contextlib
import os
import random
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.production.arrangement import Production
from tests.production.chaos import Chaos, cut_database
from tests.production.clients import BULK, item
from tests.waiting import wait_until

pytestmark = [pytest.mark.faults, pytest.mark.timeout(240)]


@contextlib.contextmanager
def frozen(*pids: int) -> Iterator[None]:
    """Stop processes, with the children that they have, and let them go on afterwards."""
    found = subprocess.run(["pgrep", "-P", ",".join(map(str, pids))], capture_output=True, text=True, check=False)
    every = [*pids, *map(int, found.stdout.split())]
    try:
        for pid in every:
            os.kill(pid, signal.SIGSTOP)
        yield
    finally:
        for pid in every:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def push(production: Production, external_id: str) -> requests.Response:
    machine = production.session(token=production.seeded["token"])
    body = {"source": "frozen", "items": [item(production.seeded["metrics"][0], external_id)]}
    return machine.post(production.url + BULK, json=body, timeout=60)


def push_past_nginx(production: Production, port: int, external_id: str) -> int:
    """Push to one web process; return its answer's status, 0 if it was cut instead."""
    machine = production.session(token=production.seeded["token"])
    machine.headers.update({"Host": "localhost", "X-Forwarded-Proto": "https", "X-Forwarded-For": "127.0.0.1"})
    body = {"source": "frozen", "items": [item(production.seeded["metrics"][0], external_id)]}
    try:
        return machine.post(f"http://127.0.0.1:{port}{BULK}", json=body, timeout=60).status_code
    except requests.ConnectionError:
        return 0


def stored(production: Production, prefix: str) -> Counter[str]:
    """Count the rows of each id."""
    rows = production.query("SELECT external_id FROM metrics_measurement WHERE external_id LIKE %s", f"{prefix}%")
    return Counter(row[0] for row in rows)


def test_requests_that_hang_in_a_frozen_database_are_cut_and_work_goes_on_without_a_broker(
    production: Production,
) -> None:
    """Nothing but gunicorn's timeout ends them (20 s): the operating system answers for a process that is stopped."""
    names, past = ["frozen-0"], [f"frozen-past-{port}" for port in production.web_ports]
    # Each gets a new connection, which its age does not end meanwhile: so it hangs in a query and not at the door.
    cut_database(Chaos(production, random.Random(0)))
    assert [push_past_nginx(production, port, "frozen-before") for port in production.web_ports] == [200, 200]
    before = [web.children() for web in production.webs]
    with frozen(production.redis.pid):
        with frozen(production.postgres.pid), ThreadPoolExecutor(4) as pool:
            hanging = [
                pool.submit(push_past_nginx, production, *each) for each in zip(production.web_ports, past, strict=True)
            ]
            answers = list(pool.map(lambda name: push(production, name), names))
            statuses = {each.result() for each in hanging}
            cut = [web.children() for web in production.webs]
        assert wait_until(production.is_up, 20, pause=0.1)
        again = [push(production, name) for name in (*names, *past)]
        # The broker is frozen for longer than its clients wait by now: whoever listens to the database folds.
        assert wait_until(production.is_drained, 20)

    assert statuses <= {0, 503}
    assert {answer.status_code for answer in answers} == {503}
    assert all(answer.headers["Retry-After"] and answer.json()["status"] == 503 for answer in answers)
    assert all(set(children).isdisjoint(after) for children, after in zip(before, cut, strict=True))
    assert {answer.status_code for answer in again} == {200}
    assert stored(production, "frozen-") == dict.fromkeys(("frozen-before", *names, *past), 1)


def test_of_far_more_calls_than_usual_each_is_taken_once_or_told_to_come_again(production: Production) -> None:
    names = [f"burst-{number}" for number in range(80)]

    with ThreadPoolExecutor(40) as pool:
        answers = dict(zip(names, pool.map(lambda name: push(production, name), names), strict=True))

    assert {answer.status_code for answer in answers.values()} <= {200, 429, 503}
    taken = [name for name, answer in answers.items() if answer.status_code == 200]
    assert len(taken) >= 2
    there = stored(production, "burst-")
    assert (set(taken) <= there.keys(), set(there.values())) == (True, {1})
    assert push(production, "burst-after").status_code == 200
    assert wait_until(production.is_drained, 20)
