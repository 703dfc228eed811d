"""How each kind of database is copied while it is written to, filled beside the one in use, and switched.

Restoring works on `connection` itself: it is pointed at the new database, so that migrating and verifying see that one.
"""

import contextlib
import gzip
import os
import shutil
import sqlite3
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg2
from django.conf import settings
from django.core.management.base import CommandError
from django.db import connection, transaction
from psycopg2 import sql

from quality_program.backups import DATABASE, LEFT_EMPTY
from quality_program.data_folder import sole_use_of

Rows = dict[str, int]


class Copier(ABC):
    """Copies one kind of database."""

    @abstractmethod
    def copy(self, staging: Path) -> tuple[Rows, str]:
        """Write the database as of one moment; return the rows of each table and which server it was."""

    @abstractmethod
    def is_empty(self) -> bool:
        """Whether nothing is kept yet where a restore would go."""

    @abstractmethod
    def restoring(self, staging: Path, *, replace: bool, stamp: str) -> contextlib.AbstractContextManager[str]:
        """Fill a database beside the one in use and point `connection` at it; switch when the block ends well.

        Yields what becomes of the former one, in a sentence.
        """

    @abstractmethod
    def rows(self) -> Rows:
        """Return the rows of each table of the database that `connection` is pointed at."""


def copier() -> Copier:
    return PostgresCopier() if connection.vendor == "postgresql" else SqliteCopier()


def counted() -> Rows:
    with connection.cursor() as cursor:
        names = sorted(connection.introspection.table_names(cursor))
        counts = {}
        for name in names:
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(name)}")  # noqa: S608  # a table's name
            counts[name] = 0 if name in LEFT_EMPTY else cursor.fetchone()[0]
        return counts


# ---- SQLite


class SqliteCopier(Copier):
    """The online backup of SQLite: one moment of a database that others write to."""

    def copy(self, staging: Path) -> tuple[Rows, str]:
        plain = staging / "copy"
        with (
            contextlib.closing(sqlite3.connect(_file_of(connection), timeout=20)) as source,
            contextlib.closing(sqlite3.connect(plain)) as target,
        ):
            source.backup(target)
            target.execute("PRAGMA journal_mode=DELETE")
            # What is left out is overwritten, not only marked as free.
            target.execute("PRAGMA secure_delete=ON")
            names = [row[0] for row in target.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            for name in set(LEFT_EMPTY) & set(names):
                target.execute(f"DELETE FROM {name}")  # noqa: S608  # one of ours
            target.commit()
            _check_whole(target)
            rows = {
                name: target.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]  # noqa: S608  # a table's name
                for name in sorted(names)
                if not name.startswith("sqlite_")
            }
        with plain.open("rb") as source_file, gzip.open(staging / DATABASE, "wb", compresslevel=1) as packed:
            shutil.copyfileobj(source_file, packed)
        plain.unlink()
        return rows, sqlite3.sqlite_version

    def is_empty(self) -> bool:
        return not _file_of(connection).parent.exists() or not connection.introspection.table_names()

    def rows(self) -> Rows:
        return counted()

    @contextlib.contextmanager
    def restoring(self, staging: Path, *, replace: bool, stamp: str) -> Iterator[str]:
        target = _file_of(connection)
        beside = target.with_name(f"{target.name}-restoring")
        kept = target.with_name(f"{target.name}-replaced-{stamp}")
        with sole_use_of(Path(settings.DATA_DIR)):
            connection.close()
            try:
                with gzip.open(staging / DATABASE) as packed, beside.open("wb") as plain:
                    shutil.copyfileobj(packed, plain)
                connection.settings_dict["NAME"] = str(beside)
                yield f"The former database is kept as {kept}." if replace else ""
                connection.close()
                _settle(beside)
                if target.exists():
                    # The journal of the former one beside the new one would be played into it.
                    _settle(target)
                if replace:
                    os.link(target, kept)
                beside.replace(target)
            finally:
                connection.close()
                connection.settings_dict["NAME"] = str(target)
                for name in (beside.name, f"{beside.name}-wal", f"{beside.name}-shm"):
                    beside.with_name(name).unlink(missing_ok=True)


def _file_of(django_connection: Any) -> Path:
    return Path(str(django_connection.settings_dict["NAME"]))


def _check_whole(database: sqlite3.Connection) -> None:
    said = database.execute("PRAGMA quick_check").fetchone()[0]
    if said != "ok":
        raise CommandError(f"The database is damaged: {said}. Restore the newest backup; this one was not kept.")


def _settle(file: Path) -> None:
    """Leave a database in one file, without a journal beside it."""
    with contextlib.closing(sqlite3.connect(file, timeout=20)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.execute("PRAGMA journal_mode=DELETE")


# ---- PostgreSQL


class PostgresCopier(Copier):
    """pg_dump and pg_restore, told by environment variables, so that no password stands in a list of processes."""

    def copy(self, staging: Path) -> tuple[Rows, str]:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            # It sits still for as long as pg_dump takes.
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            cursor.execute("SELECT pg_export_snapshot(), current_setting('server_version')")
            snapshot, version = cursor.fetchone()
            rows = counted()
            left_empty = [f"--exclude-table-data={name}" for name in LEFT_EMPTY]
            _run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", *left_empty,
                 f"--file={staging / DATABASE}")  # fmt: skip
        return rows, version

    def is_empty(self) -> bool:
        return not connection.introspection.table_names()

    def rows(self) -> Rows:
        return counted()

    @contextlib.contextmanager
    def restoring(self, staging: Path, *, replace: bool, stamp: str) -> Iterator[str]:
        name = connection.settings_dict["NAME"]
        if not replace:
            with self._emptied_on_error():
                self._fill(staging)
                yield ""
            return
        beside, kept = f"{name}_restoring", f"{name}_replaced_{stamp}"
        _administer(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(beside)))
        _administer(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(beside)))
        connection.close()
        connection.settings_dict["NAME"] = beside
        try:
            self._fill(staging)
            yield f"The former database is kept as {kept}, closed to everybody. Drop it when you need it no longer."
        except BaseException:
            connection.close()
            connection.settings_dict["NAME"] = name
            _administer(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(beside)))
            raise
        connection.close()
        connection.settings_dict["NAME"] = name
        _switch(name, beside, kept)

    @contextlib.contextmanager
    def _emptied_on_error(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            connection.close()
            with connection.cursor() as cursor:
                cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
            raise

    def _fill(self, staging: Path) -> None:
        connection.close()
        name = connection.settings_dict["NAME"]
        _run("pg_restore", "--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction",
             f"--dbname={name}", str(staging / DATABASE))  # fmt: skip


def _switch(name: str, beside: str, kept: str) -> None:
    """Exchange the names in one transaction; whoever is connected to the former one is cut off first."""
    former, new = sql.Identifier(name), sql.Identifier(beside)
    _administer(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(former))
    end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {}"
    _administer(
        sql.SQL(end).format(sql.Literal(name)),
        sql.SQL("ALTER DATABASE {} RENAME TO {}").format(former, sql.Identifier(kept)),
        sql.SQL("ALTER DATABASE {} RENAME TO {}").format(new, former),
    )


def _administer(*statements: sql.Composable) -> None:
    """Run statements about databases from another one; several are one transaction."""
    try:
        other = psycopg2.connect(**connection.get_connection_params() | {"dbname": "postgres"})
    except psycopg2.Error as error:
        raise CommandError(f"The database 'postgres' cannot be reached to make another one: {error}") from None
    with contextlib.closing(other), other.cursor() as cursor:
        other.autocommit = len(statements) == 1
        try:
            for statement in statements:
                cursor.execute(statement)
        except psycopg2.Error as error:
            raise CommandError(
                f"PostgreSQL refused: {str(error).strip()}. --replace needs a role that may create databases; without "
                "one, make an empty database, name it in DATABASE_URL and restore into that."
            ) from None
        if not other.autocommit:
            other.commit()


def _run(program: str, *arguments: str) -> None:
    known = connection.settings_dict
    variables = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD", "PGDATABASE": "NAME"}
    environment = {name: str(known[key]) for name, key in variables.items() if known.get(key)}
    try:
        done = subprocess.run(
            [program, *arguments], env=os.environ | environment, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        raise CommandError(f"{program} is not installed. As root: apt-get install postgresql-client") from None
    if done.returncode:
        raise CommandError(f"{program} failed: {done.stderr.strip()[-2000:]}")
