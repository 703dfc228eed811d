"""Throw-away PostgreSQL and Redis on free ports, for tests and benchmarks: `services.py COMMAND ...` runs it with both.

They live in one temporary folder and end with the command. Root cannot run PostgreSQL, so root lends it to `postgres`.
"""

import argparse
import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

START_SECONDS = 30.0
STOP_SECONDS = 10.0
DATABASE = "quality"
# Durability costs minutes here and proves nothing: a test that crashes the server asks for it.
# A page out of order costs what one in order does, as on any disk without a head; the default is of those with one.
DISK = ["-c", "random_page_cost=1.1"]
FAST = ["-c", "fsync=off", "-c", "full_page_writes=off"]
DURABLE = ["-c", "fsync=on", "-c", "full_page_writes=on"]


class ServiceError(RuntimeError):
    """A server that is missing or does not start."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def postgres_program(name: str) -> str:
    """Return the newest PostgreSQL program of that name; Debian keeps most of them off the path."""
    newest_first = sorted(
        Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4]), reverse=True
    )
    found = str(newest_first[0]) if newest_first else shutil.which(name)
    if not found:
        raise ServiceError("PostgreSQL is not installed. As root: apt-get install postgresql")
    return found


def end(process: subprocess.Popen[bytes], signal_number: int) -> None:
    if process.poll() is None:
        process.send_signal(signal_number)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class Postgres:
    """One PostgreSQL server with an empty database."""

    def __init__(
        self, folder: Path, *, durable: bool = False, options: Sequence[str] = (), launcher: Sequence[str] = ()
    ) -> None:
        """`launcher`: a command that is told a user and a command, and becomes that command as that user."""
        self.port = free_port()
        self._options, self._launcher = options, launcher
        self.folder = folder / f"postgres-{self.port}"
        self._password = secrets.token_urlsafe(16)
        self._user = "postgres" if os.geteuid() == 0 else None
        self._durability = DURABLE if durable else FAST
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"postgres://postgres:{self._password}@127.0.0.1:{self.port}/{DATABASE}"

    @property
    def pid(self) -> int:
        if self._process is None:
            raise ServiceError("PostgreSQL is not running.")
        return self._process.pid

    def __enter__(self) -> Self:
        self.folder.mkdir()
        password_file = self.folder / "password"
        password_file.write_text(self._password)
        if self._user:
            shutil.chown(self.folder, self._user)
            shutil.chown(password_file, self._user)
        data = str(self.folder / "data")
        self._run("initdb", "-D", data, "-E", "UTF8", "--locale=C.UTF-8", "-U", "postgres", "-A", "scram-sha-256",
                  f"--pwfile={password_file}", "--no-sync")  # fmt: skip
        self.start()
        self._run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", DATABASE)
        return self

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            launcher = [*self._launcher, self._user or ""] if self._launcher else []
            self._process = subprocess.Popen(
                [*launcher, postgres_program("postgres"), "-D", str(self.folder / "data"), "-p", str(self.port),
                 "-k", str(self.folder), "-c", "listen_addresses=127.0.0.1", *self._durability, *DISK,
                 *self._options],
                user=None if launcher else self._user, stdout=log, stderr=log, cwd=self.folder, start_new_session=True,
            )  # fmt: skip
        self._wait_until_ready()

    def stop(self, how: int = signal.SIGINT) -> None:
        """Stop it: SIGINT cuts connections and shuts down cleanly, SIGQUIT is a crash with recovery."""
        if self._process:
            end(self._process, how)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        ready = [postgres_program("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        while subprocess.run(ready, check=False).returncode:
            if time.monotonic() > deadline or (self._process and self._process.poll() is not None):
                raise ServiceError(f"PostgreSQL did not start:\n{(self.folder / 'log').read_text()}")
            time.sleep(0.05)

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [postgres_program(program), *arguments], user=self._user, cwd=self.folder, capture_output=True, text=True,
            env={**os.environ, "PGPASSWORD": self._password}, check=False,
        )  # fmt: skip
        if done.returncode:
            raise ServiceError(f"{program} failed:\n{done.stdout}{done.stderr}")


class Redis:
    """One Redis server that keeps nothing on disk."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._log = folder / f"redis-{self.port}.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def pid(self) -> int:
        if self._process is None:
            raise ServiceError("Redis is not running.")
        return self._process.pid

    def __enter__(self) -> Self:
        self.start()
        return self

    def start(self) -> None:
        if not shutil.which("redis-server"):
            raise ServiceError("Redis is not installed. As root: apt-get install redis-server")
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        self._wait_until_ready()

    def stop(self, how: int = signal.SIGTERM) -> None:
        if self._process:
            end(self._process, how)

    def flush(self) -> None:
        """Forget everything."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as client:
            client.sendall(b"FLUSHALL\r\n")
            if client.recv(5) != b"+OK\r\n":
                raise ServiceError("Redis did not flush.")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if time.monotonic() > deadline or (self._process and self._process.poll() is not None):
                raise ServiceError(f"Redis did not start:\n{self._log.read_text()}")
            time.sleep(0.02)

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1) as client:
            client.sendall(b"PING\r\n")
            return client.recv(7) == b"+PONG\r\n"
        return False


@contextlib.contextmanager
def running_services(*, redis: bool = True, durable: bool = False) -> Iterator[dict[str, str]]:
    """Run the servers and yield the environment that names them."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="quality-program-")))
        # Root's temporary folder is closed to the user who runs PostgreSQL.
        folder.chmod(0o711)
        environment = {"DATABASE_URL": stack.enter_context(Postgres(folder, durable=durable)).url}
        if redis:
            environment["REDIS_URL"] = stack.enter_context(Redis(folder)).url
        yield environment


def stop_on_sigterm() -> None:
    """Leave by the with blocks, which end the servers, when this process is ended from outside."""
    signal.signal(signal.SIGTERM, _leave)


def _leave(signal_number: int, frame: object) -> None:
    sys.exit(128 + signal_number)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--no-redis", action="store_true", help="leave REDIS_URL unset")
    parser.add_argument("--durable", action="store_true", help="let PostgreSQL write to disk as in production")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args(arguments)
    stop_on_sigterm()
    with running_services(redis=not options.no_redis, durable=options.durable) as environment:
        return subprocess.run(options.command, env={**os.environ, **environment}, check=False).returncode


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except ServiceError as error:
        sys.exit(str(error))
