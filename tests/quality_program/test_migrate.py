"""A migration that has to wait for a table gives way to readers, and goes on when the table is free."""

import contextlib
import io
import threading
from collections.abc import Iterator
from typing import Any

import psycopg2
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.core.management.commands.migrate import Command as DjangosMigrate
from django.db import connection, transaction

from quality_program.management.commands import migrate

pytestmark = [pytest.mark.django_db(transaction=True, serialized_rollback=True), pytest.mark.postgres]


@pytest.fixture(autouse=True)
def _change_of_a_table(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let Django's own command be one migration of a table of this test's; a second's patience becomes a blink."""
    if connection.vendor != "postgresql":
        pytest.skip("not run: needs PostgreSQL (DATABASE_URL)")

    def change(self: Any, *args: Any, **options: Any) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            # Ends the test where nothing else does.
            cursor.execute("SET LOCAL statement_timeout = '10s'")
            cursor.execute("ALTER TABLE in_use ADD COLUMN added integer")

    monkeypatch.setattr(DjangosMigrate, "handle", change)
    monkeypatch.setattr(migrate, "LOCK_WAIT", "100ms")
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE in_use (id integer)")
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE in_use")


@contextlib.contextmanager
def reading() -> Iterator[Any]:
    """Read the table in a transaction that stays open; at most ten seconds, so that nothing waits for ever."""
    with contextlib.closing(psycopg2.connect(**connection.get_connection_params())) as other:
        with other.cursor() as cursor:
            cursor.execute("SET statement_timeout = '10s'")
            cursor.execute("SELECT count(*) FROM in_use")
        yield other


def columns() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM in_use")
        return {column.name for column in cursor.description}


def test_readers_pass_while_a_migration_waits_and_it_goes_on_when_the_table_is_free(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said, gave_way, slept = io.StringIO(), threading.Event(), []

    with contextlib.ExitStack() as stack:
        long = stack.enter_context(reading())

        def read_then_free(seconds: float) -> None:
            slept.append(seconds)
            with reading():
                gave_way.set()
            long.rollback()

        monkeypatch.setattr(migrate.time, "sleep", read_then_free)
        call_command("migrate", stdout=said)

    assert (gave_way.is_set(), slept) == (True, [3.0])
    assert "A table is in use; giving way" in said.getvalue()
    assert columns() == {"id", "added"}
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("0",)


def test_a_table_that_is_never_free_ends_it_with_the_way_out_and_nothing_by_half(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(migrate.time, "sleep", lambda seconds: None)
    monkeypatch.setattr(migrate, "MOST_TRIES", 2)

    with reading(), pytest.raises(CommandError, match="none is by half"):
        call_command("migrate", stdout=io.StringIO())

    assert columns() == {"id"}
