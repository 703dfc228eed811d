"""Who uses the deployment: machines that push and read over https, all the time."""

import re
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from tests.production.arrangement import Production
from tests.production.names import NAME, PASSWORD

BULK = "/api/v1/measurements/bulk/"


def item(metric: int, external_id: str, number: int = 0) -> dict[str, Any]:
    """Return one figure of a day; which day and how much follow from the number."""
    day = (datetime.now(UTC).date() - timedelta(days=number % 50)).isoformat()
    return {
        "metric": metric, "external_id": external_id, "period_start": day, "period_end": day, "value": number % 200 + 1,
    }  # fmt: skip


def sign_in(production: Production) -> requests.Session:
    browser = production.session()
    address = f"{production.url}/accounts/login/"
    form = browser.get(address, timeout=30)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form.text)[1]
    fields = {"csrfmiddlewaretoken": token, "login": NAME, "password": PASSWORD}
    browser.post(address, data=fields, headers={"Referer": address}, timeout=30).raise_for_status()
    return browser


class Client(threading.Thread):
    """Pushes one figure and reads the scores, again and again, until it is told to stop."""

    def __init__(self, production: Production, name: str) -> None:
        super().__init__(name=name)
        self.production, self.stopping = production, threading.Event()
        self.acknowledged: list[str] = []
        self.failed: list[str] = []
        self.answered = 0

    def run(self) -> None:
        session = self.production.session(token=self.production.seeded["token"])
        metrics = self.production.seeded["metrics"]
        number = 0
        while not self.stopping.is_set():
            number += 1
            external_id = f"{self.name}-{number}"
            body = {"source": "clients", "items": [item(metrics[number % len(metrics)], external_id, number)]}
            if self._call(session, "POST", BULK, json=body):
                self.acknowledged.append(external_id)
            self._call(session, "GET", "/api/v1/circle/")
            time.sleep(0.05)

    def _call(self, session: requests.Session, method: str, path: str, **options: Any) -> bool:
        try:
            answer = session.request(method, self.production.url + path, timeout=30, **options)
        except requests.RequestException as error:
            self.failed.append(f"{method} {path}: {type(error).__name__}")
            return False
        self.answered += 1
        if answer.status_code != 200:
            self.failed.append(f"{method} {path}: {answer.status_code} {answer.text[:200]}")
        return answer.status_code == 200
