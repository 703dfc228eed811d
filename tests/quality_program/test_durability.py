"""A server that may lose in a crash what it acknowledged is named by `migrate`, by `check` and by /readyz."""

import pytest
from django.core.checks import CheckMessage, run_checks
from django.db import connection
from django.test import Client

from quality_program import health
from quality_program.durability import settings_that_lose

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]


@pytest.fixture(autouse=True)
def _on_postgresql() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("not run: needs PostgreSQL (DATABASE_URL)")


def set_locally(**values: str) -> None:
    with connection.cursor() as cursor:
        for name, value in values.items():
            cursor.execute(f"SET LOCAL {name} = {value}")


def said_by_check() -> list[CheckMessage]:
    return [each for each in run_checks(databases=["default"]) if each.id == "quality_program.W005"]


@pytest.mark.parametrize(
    ("value", "is_named"), [("off", True), ("on", False), ("local", False), ("remote_write", False)]
)
def test_a_commit_that_does_not_wait_for_the_disk_is_named(value: str, *, is_named: bool) -> None:
    set_locally(synchronous_commit=value)

    assert ("synchronous_commit" in settings_that_lose()) == is_named
    assert any("synchronous_commit" in each.msg for each in said_by_check()) == is_named


def test_what_the_servers_of_the_suite_leave_off_for_speed_is_named() -> None:
    assert settings_that_lose() == ["fsync", "full_page_writes"]
    (said,) = said_by_check()
    assert said.msg == "PostgreSQL may lose in a crash what it acknowledged: fsync, full_page_writes off."


def test_a_check_that_is_not_told_a_database_asks_none(django_assert_num_queries) -> None:
    with django_assert_num_queries(0):
        assert [each for each in run_checks() if each.id == "quality_program.W005"] == []


def test_readyz_notes_it_and_turns_nobody_away(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "broker_answers", lambda: True)

    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()["notes"]) == (200, ["durability"])
