"""What the outbox promises, with a mail server that really answers, refuses, hangs up or is not there."""

from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction

from jobs import outbox
from jobs.models import OutboxMessage
from scripts.services import free_port
from tests.conftest import NOON

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


class MailServer:
    """Takes letters, except where a test says otherwise by the recipient's name."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, str]] = []

    async def handle_RCPT(self, server: SMTP, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        name = address.partition("@")[0]
        if name == "later":
            return "451 Come again"
        if name == "unknown":
            return "550 No such box"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Any, envelope: Any) -> str:
        name = envelope.rcpt_tos[0].partition("@")[0]
        if name == "rejected":
            return "554 Not such a letter"
        self.taken.append((name, message_from_bytes(envelope.content)["Message-ID"]))
        if name == "cut":
            # It has the letter, and nobody hears that it has.
            server.transport.abort()
        return "250 OK"


@pytest.fixture
def server(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    handler = MailServer()
    controller = Controller(handler, hostname="127.0.0.1", port=free_port())
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", controller.port
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = None
    yield handler
    controller.stop()


NAMES = ("ines", "later", "unknown", "rejected", "cut", "nobody wants it", "no address\n", "jo")


@pytest.fixture(autouse=True)
def _letters(monkeypatch: pytest.MonkeyPatch) -> None:
    def compose(row: OutboxMessage, _now: Any) -> EmailMessage | None:
        name = NAMES[row.recipient]
        return (
            None if name == "nobody wants it" else EmailMessage("Hello", "Text", "us@localhost", [f"{name}@localhost"])
        )

    monkeypatch.setitem(outbox._composers, "test", compose)


def write(name: str) -> OutboxMessage:
    return outbox.write_letter(purpose="test", recipient=NAMES.index(name), wave=1, now=NOON)


def states() -> dict[str, str]:
    return {NAMES[row.recipient]: row.state for row in OutboxMessage.objects.all()}


def test_each_answer_of_the_server_decides_what_becomes_of_a_letter_and_none_waits_behind_another(server):
    for name in NAMES:
        write(name)

    assert outbox.send_waiting(now=NOON) == 2

    assert states() == {
        "ines": "sent",
        "later": "waiting",
        "unknown": "bounced",
        "rejected": "failed",
        "cut": "unclear",
        "nobody wants it": "cancelled",
        "no address\n": "failed",
        "jo": "sent",
    }
    assert [name for name, _id in server.taken] == ["ines", "cut", "jo"]
    reasons = dict(OutboxMessage.objects.exclude(reason="").values_list("recipient", "reason"))
    assert {NAMES[recipient]: reason for recipient, reason in reasons.items()} == {
        "later": "451",
        "unknown": "550",
        "rejected": "554",
        "cut": "SMTPServerDisconnected",
        "no address\n": "it cannot be written",
    }


def test_what_was_perhaps_sent_is_sent_again_by_a_person_only_and_under_the_same_id(server):
    letter = write("cut")
    outbox.send_waiting(now=NOON)

    assert outbox.send_waiting(now=NOON + timedelta(days=1)) == 0
    assert len(server.taken) == 1

    outbox.send_again(letter=letter, now=NOON)
    outbox.send_waiting(now=NOON)

    assert server.taken == [("cut", letter.message_id)] * 2


def test_a_sender_that_died_leaves_a_letter_that_nobody_sends_again_by_itself(server):
    letter = write("ines")
    OutboxMessage.objects.update(state="sending", claimed_at=NOON, attempts=1)

    assert outbox.send_waiting(now=NOON + 10 * MINUTE) == 0
    assert states() == {"ines": "sending"}
    assert outbox.send_waiting(now=NOON + 11 * MINUTE) == 0

    assert (states(), server.taken) == ({"ines": "unclear"}, [])
    outbox.note_bounce(letter=letter, now=NOON)
    with pytest.raises(ValidationError, match="cannot have come back"):
        outbox.note_bounce(letter=letter, now=NOON)


def test_a_server_that_asks_to_come_again_is_asked_less_and_less_often_and_at_last_not_any_more(server):
    write("later")
    now, tried = NOON, []
    while states() == {"later": "waiting"}:
        outbox.send_waiting(now=now)
        row = OutboxMessage.objects.get()
        assert outbox.send_waiting(now=row.next_try_at - timedelta(seconds=1)) == 0
        tried.append(row.attempts)
        now = row.next_try_at

    assert (tried, states()) == ([1, 2, 3, 4, 5, 6, 7, 8], {"later": "failed"})


def test_while_the_server_is_away_nothing_is_claimed(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    write("ines")

    assert outbox.send_waiting(now=NOON) == 0

    assert OutboxMessage.objects.values_list("state", "attempts").get() == ("waiting", 0)


def test_the_database_takes_a_letter_once():
    write("ines")

    with pytest.raises(IntegrityError), transaction.atomic():
        write("ines")


def test_without_a_mail_server_letters_are_files_in_the_data_folder(settings, tmp_path):
    assert settings.EMAIL_CONFIG["EMAIL_BACKEND"] == "django.core.mail.backends.filebased.EmailBackend"
    assert settings.EMAIL_CONFIG["EMAIL_FILE_PATH"] == str(settings.DATA_DIR / "mail")
    settings.EMAIL_BACKEND, settings.EMAIL_FILE_PATH = settings.EMAIL_CONFIG["EMAIL_BACKEND"], str(tmp_path)
    write("ines")

    assert outbox.send_waiting(now=NOON) == 1

    (file,) = tmp_path.iterdir()
    assert "To: ines@localhost" in file.read_text()
