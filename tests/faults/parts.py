"""The real parts that the fault tests start, end and cut: Celery workers, writers, database connections."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from customers.models import Contact
from interviews import services as interviews
from interviews.models import Interview
from jobs.models import Marker
from tests.gap_scores.world import World
from tests.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
# Starting a worker takes seconds on a busy machine; what is measured begins after it.
START_SECONDS = 60.0
SOURCE = "fault test"


def is_drained() -> bool:
    return not Marker.objects.exists()


def database_url() -> str:
    """Return the address of the database that this test uses, as a worker would be given it."""
    settings = connection.settings_dict
    return (
        f"postgres://{settings['USER']}:{settings['PASSWORD']}@{settings['HOST']}:{settings['PORT']}/{settings['NAME']}"
    )


class Worker:
    """A Celery worker of its own process group."""

    def __init__(
        self,
        redis_url: str,
        *,
        sabotage: str = "",
        slow: float = 0.0,
        children: int = 1,
        clock: timedelta | None = None,
        mail_port: int | None = None,
    ) -> None:
        """`clock`: how far its clock is from the right one."""
        self._name = f"worker{time.monotonic_ns()}"
        self._command = [
            sys.executable, "-m", "celery", "-A", "tests.faults.broken_app", "worker", "--loglevel", "WARNING",
            "--concurrency", str(children), "--hostname", f"{self._name}@localhost",
        ]  # fmt: skip
        self._environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "quality_program.settings",
            "DATABASE_URL": database_url(),
            "REDIS_URL": redis_url,
            # By it the database tells whose a connection is.
            "PGAPPNAME": self._name,
            "SECRET_KEY": "of a worker in a test",
            "ALLOWED_HOSTS": "localhost",
            "SABOTAGE": sabotage,
            "SLOW_SECONDS": str(slow) if slow else "",
            "CLOCK_SHIFT": str(clock.total_seconds()) if clock else "",
            **({"EMAIL_URL": f"smtp://127.0.0.1:{mail_port}"} if mail_port else {}),
        }
        # A file, because a pipe that nobody reads would stop a worker that complains a lot.
        self._log = tempfile.TemporaryFile("w+")  # noqa: SIM115  # read and closed when the worker has ended
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._command, cwd=ROOT, env=self._environment, text=True, start_new_session=True,
            stdout=self._log, stderr=subprocess.STDOUT,
        )  # fmt: skip
        if self._environment["SABOTAGE"] != "broker_only":
            # The first connection may be a start-up check's, closed a moment later: ask once, not twice.
            connected = wait_until(lambda: is_connected(self._name) or self._process.poll() is not None, START_SECONDS)
            if not connected or self._process.poll() is not None:
                raise AssertionError(f"The worker's listener did not start: {self._end()}")
        return self

    def kill(self, *, whole_group: bool = True) -> None:
        """End it as the kernel does when memory runs out."""
        if whole_group:
            os.killpg(self.pid, signal.SIGKILL)
        else:
            os.kill(self.pid, signal.SIGKILL)
        self._process.wait()

    @property
    def pid(self) -> int:
        return self._process.pid

    def children(self) -> list[int]:
        said = subprocess.run(["pgrep", "-P", str(self.pid)], capture_output=True, text=True, check=False).stdout
        return [int(pid) for pid in said.split()]

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        said = self._end()
        if error:
            error.add_note(f"The worker said: {said}")

    def _end(self) -> str:
        # Nothing it holds is wanted any more, and leaving politely takes seconds.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()
        with self._log:
            self._log.seek(0)
            return self._log.read()[-4000:]


def database_sockets(pid: int) -> set[str]:
    """Return the sockets to the database that a process holds open, its own and inherited ones."""
    port = f"{int(connection.settings_dict['PORT']):04X}"
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    to_database = {f"socket:[{line[9]}]" for line in lines if line[2].endswith(f":{port}")}
    held = set()
    for file in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            held.add(str(file.readlink()))
    return held & to_database


def is_connected(application: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE application_name = %s", [application])
        return bool(cursor.fetchone()[0])


def cut_connections() -> int:
    """Cut every other connection to this database, as a failing network or a restart would."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return int(cursor.fetchone()[0])


def is_draining() -> bool:
    """Return whether somebody holds the projection's lock now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted "
            "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        return bool(cursor.fetchone()[0])


def is_in_transaction(table: str, mode: str = "RowShareLock") -> bool:
    """Return whether somebody holds rows of a table now, to change them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE relation = to_regclass(%s) AND mode = %s AND granted", [table, mode]
        )
        return bool(cursor.fetchone()[0])


def has_claimed() -> bool:
    """Return whether somebody drains now and has taken markers: deleted, be it committed or not."""
    return is_draining() and (is_drained() or is_in_transaction("jobs_marker", "RowExclusiveLock"))


def record_interview(world: World, *, contact: Contact, external_id: str = "") -> Interview:
    """Record one whole interview in one transaction: it is there with all its answers, or not at all."""
    with transaction.atomic():
        interview = interviews.plan_interview(
            contact=contact, round=world.round, held_on=world.today, state=Interview.State.IN_PROGRESS,
            source=SOURCE, external_id=external_id,
        )  # fmt: skip
        interviews.record_answers(interview=interview, answers=world.answers())
        return interviews.complete_interview(interview=interview, now=timezone.now(), today=world.today)


class Writer(threading.Thread):
    """Records interviews one after the other over its own connection, and notes those that were acknowledged."""

    def __init__(self, world: World, name: str, *, count: int, early: bool = False) -> None:
        super().__init__(name=name)
        self._world, self._count, self._early = world, count, early
        self.acknowledged: list[str] = []
        self.refused = 0

    def run(self) -> None:
        for number in range(self._count):
            external_id = f"{self.name}-{number}"
            contact = self._world.contacts[number % len(self._world.contacts)]
            if self._early:
                # The sabotage: told that it is safe before it is.
                self.acknowledged.append(external_id)
            try:
                record_interview(self._world, contact=contact, external_id=external_id)
            except DatabaseError:
                self.refused += 1
                connection.close()
            else:
                if not self._early:
                    self.acknowledged.append(external_id)
        connection.close()


def lost(writers: list[Writer]) -> set[str]:
    """Return the acknowledged interviews that are not there, or not completed."""
    kept = set(Interview.objects.filter(source=SOURCE, state="completed").values_list("external_id", flat=True))
    return {each for writer in writers for each in writer.acknowledged} - kept


@contextlib.contextmanager
def writing(writers: list[Writer]) -> Iterator[None]:
    for writer in writers:
        writer.start()
    try:
        yield
    finally:
        for writer in writers:
            writer.join(60)
