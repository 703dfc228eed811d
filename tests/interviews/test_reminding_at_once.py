"""Two specialists who remind the same people at once: one reminder each. On PostgreSQL, where both can write."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, connections, transaction

from interviews.inviting import invite, remind
from interviews.models import Invitation, Round
from jobs.models import OutboxMessage
from jobs.outbox import send_waiting
from tests.factories.customers import ContactFactory
from tests.factories.interviews import RoundFactory
from tests.waiting import wait_until

pytestmark = [pytest.mark.django_db(transaction=True, serialized_rollback=True), pytest.mark.postgres]
LATER = timedelta(days=4)


@pytest.fixture
def wave(noon: datetime) -> Round:
    made: Round = RoundFactory(name="Spring", is_standing=False)
    contact = ContactFactory(email="ines@example.org", consent_on=noon.date())
    options = {"invited_by": None, "now": noon, "today": noon.date(), "ask_again_days": 0}
    invite(contacts=[contact], round=made, **options)
    send_waiting(now=noon)
    return made


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0])


def test_whoever_was_reminded_while_we_waited_is_not_reminded_again(wave: Round, noon: datetime) -> None:
    def remind_too() -> str:
        try:
            return f"{remind(round=wave, now=noon + LATER)} reminded"
        except ValidationError as refusal:
            return str(refusal.error_list[0].code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            assert remind(round=wave, now=noon + LATER) == 1
            second = pool.submit(remind_too)
            assert wait_until(somebody_waits, 20)
        assert second.result() == "nobody"

    assert Invitation.objects.get().reminders == 1
    assert OutboxMessage.objects.filter(purpose="reminder").count() == 1
