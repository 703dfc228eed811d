"""Letters of the loop while workers are killed: one a person, none lost, and of what nobody knows it is said so."""

import asyncio
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from celery import Celery
from django.utils import timezone

from accounts.models import User
from functions.models import Program
from jobs.models import OutboxMessage
from jobs.outbox import send_again, settle_abandoned
from scripts.services import Redis
from tests.factories.requirements_catalog import RequirementFactory
from tests.faults.parts import Worker
from tests.gap_scores.world import World
from tests.improvements.test_loop import approved, done, prepared, raiser
from tests.journeys.mail_server import Letters
from tests.waiting import wait_until

pytestmark = [pytest.mark.faults, pytest.mark.worker, pytest.mark.timeout(240)]
ADDRESSES = [f"person{number}@example.org" for number in range(8)]
TAKEN, NOT_TAKEN = ADDRESSES[2], ADDRESSES[5]
State = OutboxMessage.State


class Holding(Letters):
    """A mail server that keeps the sender of a letter waiting: of one after it took it, of another before."""

    def __init__(self) -> None:
        super().__init__()
        self.held = {address: threading.Event() for address in (TAKEN, NOT_TAKEN)}

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        if address == NOT_TAKEN:
            await self._hold(address)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        answer = await super().handle_DATA(server, session, envelope)
        if TAKEN in envelope.rcpt_tos:
            await self._hold(TAKEN)
        return answer

    async def _hold(self, address: str) -> None:
        """Wait for a sender that will be killed; the next one finds the server as quick as ever."""
        if not self.held[address].is_set():
            self.held[address].set()
            await asyncio.sleep(60)


@pytest.fixture
def letters() -> Iterator[Holding]:
    server = Holding()
    controller = Controller(server, hostname="127.0.0.1", port=server.port)
    controller.start()
    yield server
    controller.stop()


@pytest.fixture
def approved_letters(world: World) -> None:
    Program.objects.create(name="ABC")
    requirement = RequirementFactory()
    for address in ADDRESSES:
        raiser(requirement, email=address)
    ines, otto = (User.objects.create_user(name) for name in ("ines", "otto"))
    approved(prepared(done(requirement), by=ines), otto, timezone.now())


def send_by_a_worker_that_is_killed(letters: Holding, redis: Redis, address: str, sabotage: str) -> None:
    with Worker(redis.url, sabotage=sabotage, mail_port=letters.port) as worker:
        ask_to_send(redis)
        assert wait_until(letters.held[address].is_set, 30)
        worker.kill()


def ask_to_send(redis: Redis) -> None:
    Celery(broker=redis.url).send_task("jobs.tasks.send_letters")


def arrived(letters: Holding) -> dict[str, int]:
    return {address: len(its) for address, its in letters.by_recipient.items()}


def sent_while_two_are_killed(letters: Holding, redis: Redis, sabotage: str = "") -> dict[str, int]:
    """Kill one worker whose letter was taken, and the next whose letter was not; return what arrived, by address."""
    for address in (TAKEN, NOT_TAKEN):
        send_by_a_worker_that_is_killed(letters, redis, address, sabotage)
    with Worker(redis.url, sabotage=sabotage, mail_port=letters.port):
        ask_to_send(redis)
        assert wait_until(lambda: not OutboxMessage.objects.filter(state=State.WAITING).exists(), 30)
        assert wait_until(lambda: ADDRESSES[-1] in letters.by_recipient, 30)
    return arrived(letters)


def test_no_letter_of_the_loop_goes_twice_and_one_that_did_not_arrive_is_named(
    approved_letters: None, letters: Holding, redis: Redis
) -> None:
    found = sent_while_two_are_killed(letters, redis)
    settle_abandoned(now=timezone.now() + timedelta(minutes=11))

    assert found == dict.fromkeys(set(ADDRESSES) - {NOT_TAKEN}, 1)
    assert Counter(OutboxMessage.objects.values_list("state", flat=True)) == {State.SENT: 6, State.UNCLEAR: 2}
    # A person looks into the server's log, and has the one sent again that is not in it.
    ids = {letter["Message-ID"] for its in letters.by_recipient.values() for letter in its}
    missing = OutboxMessage.objects.exclude(message_id__in=ids).get()
    send_again(letter=missing, now=timezone.now())
    with Worker(redis.url, mail_port=letters.port):
        ask_to_send(redis)
        assert wait_until(lambda: NOT_TAKEN in letters.by_recipient, 30)
    assert arrived(letters) == dict.fromkeys(ADDRESSES, 1)
    assert letters.to(NOT_TAKEN)[0]["Message-ID"] == missing.message_id


def test_twin_a_claim_that_commits_with_the_answer_sends_what_was_taken_twice(
    approved_letters: None, letters: Holding, redis: Redis
) -> None:
    found = sent_while_two_are_killed(letters, redis, sabotage="claim_commits_with_the_answer")

    assert found[TAKEN] == 2
