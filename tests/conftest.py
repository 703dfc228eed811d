"""What every test relies on: a clock that stands still where a test asks for it."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.core.cache import caches
from django.db import connection
from django.db.backends.base.operations import BaseDatabaseOperations
from django.db.backends.postgresql.operations import DatabaseOperations
from django.utils import timezone

from gap_scores.boards import forget_boards
from tests.migrated import migrated_file

APPEND_ONLY = import_module("accounts.migrations.0003_audit_is_append_only")
NOON = datetime(2026, 3, 16, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    """Rate limits count in a cache, drawings are kept in another; one test's log-ins and boards are not another's.

    Each test begins with the same keys and versions, so a drawing kept by one would pass for the next one's.
    """
    yield
    for alias in settings.CACHES:
        caches[alias].clear()
    forget_boards()


def delete_rows(self: DatabaseOperations, _style: Any, tables: Iterable[str], **_options: Any) -> list[str]:
    """Return SQL that empties tables of PostgreSQL: most are empty, and TRUNCATE makes new files for each of them.

    As a replica it fires no trigger: none that looks for references, nor that of the audit trail.
    """
    named = [self.quote_name(table) for table in tables]
    each = " ".join(f"IF EXISTS (SELECT FROM {name}) THEN DELETE FROM {name}; END IF;" for name in named)
    return ["SET LOCAL session_replication_role = replica", f"DO $$ BEGIN {each} END $$"]


@pytest.fixture(autouse=True, scope="session")
def _empty_tables() -> Iterator[None]:
    """Let a test that commits empty all tables behind it, the audit trail included, which refuses anybody else."""
    flush = BaseDatabaseOperations.execute_sql_flush

    def run(statements: Iterable[str]) -> None:
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def without_triggers(self: Any, statements: list[str]) -> None:
        run(APPEND_ONLY.UNDO["sqlite"] if connection.vendor == "sqlite" else ())
        flush(self, statements)
        run(APPEND_ONLY.DO["sqlite"] if connection.vendor == "sqlite" else ())

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "sql_flush", delete_rows)
        patch.setattr(BaseDatabaseOperations, "execute_sql_flush", without_triggers)
        yield


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Fill the database in memory from the file that was migrated once; PostgreSQL copies a template of its own."""
    if connection.vendor != "sqlite":
        return
    with django_db_blocker.unblock(), closing(sqlite3.connect(migrated_file())) as migrated:
        connection.ensure_connection()
        migrated.backup(connection.connection)
        # What `serialized_rollback` puts back was noted before the file came in.
        connection._test_serialized_contents = connection.creation.serialize_db_to_string()


@pytest.fixture
def noon(monkeypatch: pytest.MonkeyPatch) -> Iterator[datetime]:
    """Hold the clock at NOON, the database's too; the test may pass it on as `as_of`."""
    monkeypatch.setattr("jobs.clock.database_now", timezone.now)
    with time_machine.travel(NOON, tick=False):
        yield NOON


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[datetime], None]]:
    """Return a function that moves the held clock, the database's too, to another moment."""
    monkeypatch.setattr("jobs.clock.database_now", timezone.now)
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller.move_to
