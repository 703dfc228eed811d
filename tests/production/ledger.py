"""Machines and a person who use the deployment while it is broken, and the ledgers of what they were told.

In the end everything acknowledged must be there once, as it was sent, and nothing that nobody sent.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Mapping
from typing import Any

import requests

from tests.production.arrangement import Production
from tests.production.clients import BULK, item, sign_in

SOURCE = "chaos"
# What a client may be told under a fault: done, wait, busy. A cut connection is no answer at all.
ALLOWED = {200, 201, 429, 503}
DONE = {200, 201}
PAGES = ("/", "/requirements/", "/customers/", "/interviews/")
# Requirement -> importance and rating, as they were sent.
Said = dict[int, tuple[int, int]]


class Sender(threading.Thread):
    """Works until it is told to stop; a call that was not acknowledged is sent again, some others are, too."""

    def __init__(self, production: Production, name: str, *, seed: int) -> None:
        super().__init__(name=name)
        self.production, self.chance = production, random.Random(seed)
        self.stopping = threading.Event()
        self.unexpected: list[str] = []
        self.answers: Counter[str] = Counter()

    def until_acknowledged(self, session: requests.Session, path: str, body: Any, key: str = "") -> Any:
        """Send until it is acknowledged: a client that got no answer cannot know. Then sometimes once more."""
        while (answer := self._send(session, path, body, key)) is None:
            time.sleep(0.2)
        if self.chance.random() < 0.1:
            self._send(session, path, body, key)
        return answer

    def _send(self, session: requests.Session, path: str, body: Any, key: str) -> Any:
        headers = {"Idempotency-Key": key} if key else {}
        try:
            answer = session.post(self.production.url + path, json=body, headers=headers, timeout=40)
        except requests.RequestException:
            self.answers["cut"] += 1
            return None
        self.note(path, answer, ALLOWED)
        return answer.json() if answer.status_code in DONE else None

    def note(self, path: str, answer: requests.Response, allowed: set[int]) -> None:
        self.answers[str(answer.status_code)] += 1
        if answer.status_code not in allowed:
            self.unexpected.append(f"{path} {answer.status_code}: {answer.text[:300]}")


class Pusher(Sender):
    """Pushes batches of measurements, some of them late."""

    def __init__(self, production: Production, name: str, *, batch: int, seed: int) -> None:
        super().__init__(production, name, seed=seed)
        self._batch = batch
        self.acknowledged: dict[str, int] = {}

    def run(self) -> None:
        session = self.production.session(token=self.production.seeded["token"])
        late: list[list[dict[str, Any]]] = []
        number = 0
        while not self.stopping.is_set():
            batch = [self._item(number + at) for at in range(self._batch)]
            number += self._batch
            if self.chance.random() < 0.1:
                late.append(batch)
                continue
            self._push(session, batch)
            if late and self.chance.random() < 0.2:
                self._push(session, late.pop(self.chance.randrange(len(late))))
        for batch in late:
            self._push(session, batch)

    def push(self, session: requests.Session, batches: int) -> None:
        """Push so many batches, one after the other."""
        for number in range(batches):
            self._push(session, [self._item(number * self._batch + at) for at in range(self._batch)])

    def _item(self, number: int) -> dict[str, Any]:
        metrics = self.production.seeded["metrics"]
        return item(metrics[number % len(metrics)], f"{self.name}-{number}", number)

    def _push(self, session: requests.Session, batch: list[dict[str, Any]]) -> None:
        self.until_acknowledged(session, BULK, {"source": SOURCE, "items": batch})
        self.acknowledged |= {each["external_id"]: each["value"] for each in batch}


class Interviewer(Sender):
    """Plans an interview, records answers and words, and completes it: call by call, each under a key of its own."""

    def __init__(self, production: Production, name: str, *, seed: int) -> None:
        super().__init__(production, name, seed=seed)
        self.acknowledged: dict[str, Said] = {}

    def run(self) -> None:
        session = self.production.session(token=self.production.seeded["token"])
        number = 0
        while not self.stopping.is_set():
            self._record(session, f"{self.name}-{number}")
            number += 1

    def _record(self, session: requests.Session, name: str) -> None:
        seeded, today = self.production.seeded, time.strftime("%Y-%m-%d", time.gmtime())
        planned = {
            "contact": self.chance.choice(seeded["contacts"]), "round": seeded["round"], "held_on": today,
            "state": "in_progress", "source": SOURCE, "external_id": name,
        }  # fmt: skip
        pk = self._post(session, f"{name}-plan", "interviews/", planned)["id"]
        said: Said = {}
        for requirement, product in self.chance.sample(seeded["requirements"], 2):
            said[requirement] = importance, rating = self.chance.randint(1, 10), self.chance.randint(1, 10)
            answer = {
                "interview": pk, "requirement": requirement, "product": product,
                "importance": {"value": importance, "scale": seeded["scale"]},
                "perception": {"rating": rating, "scale": seeded["scale"]},
            }  # fmt: skip
            self._post(session, f"{name}-{requirement}", "answers/", answer)
        # Nothing in the database keeps the same words from being there twice: only the key does.
        self._post(session, f"{name}-words", "verbatims/", {"interview": pk, "text": name})
        self._post(session, f"{name}-done", f"interviews/{pk}/complete/", {})
        self.acknowledged[name] = said

    def _post(self, session: requests.Session, key: str, noun: str, body: Any) -> Any:
        return self.until_acknowledged(session, f"/api/v1/{noun}", body, key)


class Reader(Sender):
    """A person who opens one page after the other: each is shown, or says that it is away for a moment."""

    def __init__(self, production: Production, name: str, *, seed: int) -> None:
        super().__init__(production, name, seed=seed)
        # Before the first fault: whoever cannot sign in reads nothing.
        self._browser = sign_in(production)

    def run(self) -> None:
        while not self.stopping.is_set():
            page = self.chance.choice(PAGES)
            try:
                answer = self._browser.get(self.production.url + page, timeout=40, allow_redirects=False)
            except requests.RequestException:
                self.answers["cut"] += 1
            else:
                self.note(page, answer, {200, 503})
            time.sleep(0.1)


# ---- In the end


def differences_in_measurements(production: Production, acknowledged: Mapping[str, int], prefix: str) -> list[str]:
    rows = production.query(
        "SELECT external_id, count(*), min(value) FROM metrics_measurement WHERE source = %s "
        "AND external_id LIKE %s GROUP BY external_id", SOURCE, f"{prefix}-%",
    )  # fmt: skip
    stored = {key: (count, value) for key, count, value in rows}
    one = production.query("SELECT value FROM metrics_measurement WHERE source = %s AND external_id = %s",
                           SOURCE, next(iter(acknowledged), ""))  # fmt: skip
    factor = int(one[0][0]) // acknowledged[next(iter(acknowledged))] if one else 1
    wrong = [f"{key} is there {count} times" for key, (count, _) in stored.items() if count != 1]
    wrong += [
        f"{key} is altered" for key, value in acknowledged.items() if key in stored and stored[key][1] != value * factor
    ]
    return wrong + lost_or_not_sent(acknowledged.keys(), stored.keys())


def differences_in_interviews(production: Production, acknowledged: Mapping[str, Said], prefix: str) -> list[str]:
    stored: dict[str, list[tuple[int, int, int]]] = {}
    for key, *said in production.query(
        "SELECT i.external_id, a.requirement_id, a.importance_num / a.importance_den, a.perceived_rating "
        "FROM interviews_interview i JOIN interviews_answer a ON a.interview_id = i.id "
        "WHERE i.source = %s AND i.state = 'completed' AND i.external_id LIKE %s", SOURCE, f"{prefix}-%",
    ):  # fmt: skip
        stored.setdefault(key, []).append(tuple(said))
    words = Counter(row[0] for row in production.query(
        "SELECT text FROM interviews_verbatim WHERE text LIKE %s", f"{prefix}-%"
    ))  # fmt: skip
    wrong = [f"the words of {key} are there {words[key]} times" for key in acknowledged if words[key] != 1]
    wrong += [
        f"{key} is altered" for key, said in acknowledged.items()
        if key in stored and sorted(stored[key]) != sorted((at, *its) for at, its in said.items())
    ]  # fmt: skip
    return wrong + lost_or_not_sent(acknowledged.keys(), stored.keys())


def lost_or_not_sent(acknowledged: Any, stored: Any) -> list[str]:
    wrong = [f"{key} was acknowledged and is lost" for key in acknowledged if key not in stored]
    return wrong + [f"{key} was never acknowledged" for key in stored if key not in acknowledged]
