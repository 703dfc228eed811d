"""`make run`: the whole program in one process on this machine, from an empty folder to a page that answers.

SQLite, no broker, Celery's worker and beat as threads. It listens on this machine only, because its logins are made
up and printed.
"""

import contextlib
import hashlib
import os
import signal
import socket
from argparse import ArgumentParser
from pathlib import Path
from time import monotonic
from typing import Any

from django.conf import settings
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.utils import timezone
from waitress.server import create_server

from functions.models import Program
from jobs.bell import drain_now
from jobs.embedded import EmbeddedJobs
from jobs.running import take_up_again
from quality_program.celery import app
from quality_program.data_folder import sole_use_of
from quality_program.first_logins import FILE_NAME, make_first_logins

HOST = "127.0.0.1"
WEB_THREADS = 8


def free_port(text: str) -> int:
    """Return the wanted port if it is a free port of this machine."""
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise CommandError(f"PORT={text} is not a port: choose a number from 1 to 65535, as in make run PORT=8001")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, int(text)))
        except PermissionError:
            raise CommandError(f"Port {text} needs root: choose one above 1023, as in make run PORT=8001") from None
        except OSError:
            other = int(text) % 65535 + 1
            raise CommandError(f"Port {text} is in use: end what uses it, or run: make run PORT={other}") from None
    return int(text)


def name_address(port: int) -> None:
    """Let links begin with the port that is served, unless PUBLIC_BASE_URL names another address."""
    if not os.environ.get("PUBLIC_BASE_URL"):
        settings.PUBLIC_BASE_URL = f"http://{HOST}:{port}"


def digest_of_static() -> str:
    """Return a digest that changes when a static file does, or a locked package that brings some."""
    digest = hashlib.sha256((settings.BASE_DIR / "requirements" / "base.lock").read_bytes())
    for path in sorted(path for path in (settings.BASE_DIR / "static").rglob("*") if path.is_file()):
        state = path.stat()
        digest.update(f"{path.relative_to(settings.BASE_DIR)} {state.st_size} {state.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def stop_politely(signal_number: int, frame: object) -> None:
    raise KeyboardInterrupt


class Command(BaseCommand):
    help = "Run the whole program in one process on this machine: pages, worker, beat and SQLite."
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", default=os.environ.get("PORT") or "8000", help="default: PORT, or 8000")
        parser.add_argument(
            "--empty", action="store_true", default=os.environ.get("EXAMPLE") == "0", help="load no example program"
        )

    def handle(self, *, port: str, empty: bool, **options: Any) -> None:
        started = monotonic()
        if connection.vendor != "sqlite":
            # It prints logins and may load the example: never into a deployment's database.
            raise CommandError("This command runs on SQLite only: unset DATABASE_URL, or use make run, which does.")
        signal.signal(signal.SIGTERM, stop_politely)
        with contextlib.suppress(KeyboardInterrupt), sole_use_of(settings.DATA_DIR):
            number = free_port(port)
            name_address(number)
            self._prepare(empty=empty)
            self._serve(port=number, started=started)
        self._say("Stopped.")

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()

    def _prepare(self, *, empty: bool) -> None:
        """Bring database and static files up to date; load the example into an empty program, once."""
        self._say("Preparing the database")
        call_command("migrate", interactive=False, verbosity=0)
        # What ran when an earlier process ended will never report again: it runs anew, or is over.
        take_up_again(now=timezone.now())
        self._collect_static(settings.DATA_DIR / "static-digest")
        if not empty and not Program.objects.exists():
            self._load_example()
        self._say("Computing the scores")
        drain_now()

    def _collect_static(self, stamp: Path) -> None:
        digest = digest_of_static()
        if not stamp.exists() or stamp.read_text() != digest:
            self._say("Collecting static files")
            call_command("collectstatic", interactive=False, verbosity=0)
            stamp.write_text(digest)

    def _load_example(self) -> None:
        if "load_example" not in get_commands():
            raise CommandError("This copy has no example program: start without it, as in make run EXAMPLE=0")
        self._say("Loading the example program")
        call_command("load_example", verbosity=0)

    def _serve(self, *, port: int, started: float) -> None:
        # Made only now: it lists the static files once, and before the first start there are none.
        application = get_wsgi_application()
        server = create_server(
            application, host=HOST, port=port, threads=WEB_THREADS, ident="", clear_untrusted_proxy_headers=True
        )
        with EmbeddedJobs(app):
            self._announce(port=port, started=started)
            server.run()

    def _announce(self, *, port: int, started: float) -> None:
        logins = make_first_logins(settings.DATA_DIR)
        self._say(f"\nReady after {monotonic() - started:.0f} s: http://{HOST}:{port}/\n")
        width = max((len(login.role) for login in logins), default=0)
        for login in logins:
            self._say(f"  {login.role:<{width}}  {login.username}  {login.password}")
        if (path := settings.DATA_DIR / FILE_NAME).exists():
            self._say(f"\nThese logins are kept in {path}" if logins else f"The logins are in {path}")
        self._say(f"Ctrl-C ends it. The data stays in {settings.DATA_DIR}")
