"""Nobody is told of a defect where the database is away or a disk is full: 503 and 507, in the caller's form."""

import errno
from typing import Any

import pytest
from django.db import DatabaseError, InterfaceError, OperationalError
from django.test import Client

from functions.models import Program
from tests.api.callers import caller, person

pytestmark = pytest.mark.django_db
AWAY, FULL, DEFECT = b"Busy or away for a moment", b"disk is full", b"Something broke on our side"
# As the driver raises it where a connection broke and libpq does not say why, and as Django raises it itself.
BROKEN = DatabaseError("error with status PGRES_TUPLES_OK at 10.1.2.3")
BROKEN.__cause__ = Exception("of the driver")
FAILURES = [
    (OperationalError("at 10.1.2.3"), 503, AWAY),
    (InterfaceError("at 10.1.2.3"), 503, AWAY),
    (BROKEN, 503, AWAY),
    (DatabaseError("at 10.1.2.3"), 500, DEFECT),
    (OSError(errno.ENOSPC, "at 10.1.2.3"), 507, FULL),
    (OSError(errno.EDQUOT, "at 10.1.2.3"), 507, FULL),
    (OSError(errno.EROFS, "at 10.1.2.3"), 507, FULL),
    (OSError(errno.EACCES, "at 10.1.2.3"), 500, DEFECT),
    (ZeroDivisionError("at 10.1.2.3"), 500, DEFECT),
]


@pytest.fixture
def reader() -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(person("viewer"))
    Program.objects.create(name="Sweets")
    return client


def failing(monkeypatch: pytest.MonkeyPatch, name: str, error: Exception) -> None:
    def fail(*_args: Any, **_options: Any) -> None:
        raise error

    monkeypatch.setattr(name, fail)


@pytest.mark.parametrize(("error", "status", "said"), FAILURES)
def test_a_page_says_what_failed_and_when_to_come_again(
    reader: Client, monkeypatch: pytest.MonkeyPatch, *, error: Exception, status: int, said: bytes
) -> None:
    failing(monkeypatch, "dashboard.circle_page.board_for", error)

    answer = reader.get("/")

    assert (answer.status_code, said in answer.content, b"10.1.2.3" in answer.content) == (status, True, False)
    assert answer.headers.get("Retry-After") == ("5" if status == 503 else None)


def test_what_fails_before_a_page_is_found_says_so_too(reader: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, "quality_program.middleware.needs_factor", OperationalError())

    answer = reader.get("/")

    assert (answer.status_code, AWAY in answer.content) == (503, True)


@pytest.mark.parametrize(("error", "status", "said"), FAILURES)
def test_a_machine_is_told_in_its_form(
    monkeypatch: pytest.MonkeyPatch, *, error: Exception, status: int, said: bytes
) -> None:
    client = caller("viewer")
    client.raise_request_exception = False
    failing(monkeypatch, "gap_scores.viewsets.board_for", error)

    answer = client.get("/api/v1/circle/")

    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert (answer.json()["status"], b"10.1.2.3" in answer.content) == (status, False)
