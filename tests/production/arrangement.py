"""The deployment of docs/operations.md on this machine, without Docker and without root.

nginx, two gunicorns, PostgreSQL, Redis, two Celery workers and beat, each a process of its own that is told everything
by environment variables, as in docker-compose.yml. `python -m tests.production` shows it to a person.
"""

import contextlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from string import Template
from typing import Any, Self

import psycopg2
import requests
from celery import Celery
from kombu.exceptions import OperationalError

from deploy.roll import Server, roll
from scripts.services import Postgres, Redis, free_port
from tests.faults import small_disk
from tests.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
START_SECONDS = 90.0
# As in docker-compose.yml.
QUIET = ["-c", "log_min_error_statement=panic", "-c", "log_error_verbosity=terse"]
MAIN = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx-error.log crit;
worker_processes 2;
worker_shutdown_timeout 10s;
events {{ worker_connections 512; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""


class Part:
    """One process of the deployment, its own group; what it says goes to a file."""

    def __init__(self, name: str, command: list[str], environment: dict[str, str], log: Path, user: str | None = None):
        self.name, self.log = name, log
        self._command, self._environment, self._user = command, environment, user
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self._command, cwd=ROOT, env=self._environment, stdout=log, stderr=log, start_new_session=True,
                user=self._user, group=self._user,
            )  # fmt: skip

    @property
    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def pid(self) -> int:
        return self.process.pid

    def children(self) -> list[int]:
        said = subprocess.run(["pgrep", "-P", str(self.pid)], capture_output=True, text=True, check=False).stdout
        return [int(pid) for pid in said.split()]

    def send(self, number: int) -> None:
        if self.is_alive:
            self.process.send_signal(number)

    def kill(self) -> None:
        """End it and its children at once, as a machine that fails does."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
            self.process.wait()

    def end(self, seconds: float = 30.0) -> int | None:
        """Ask it to leave, and wait until it has."""
        self.send(signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            return None


class Production:
    """The whole deployment, started by `with`."""

    def __init__(self, folder: Path, *, metrics: int = 12, measured: int = 0) -> None:
        self.folder, self._program = folder, (metrics, measured)
        self.web_ports = [free_port(), free_port()]
        self.port, self.http_port = free_port(), free_port()
        self.url = f"https://localhost:{self.port}"
        self.certificate = folder / "tls" / "fullchain.pem"
        self._upstream = folder / "upstream.conf"
        self._stack = contextlib.ExitStack()
        self.seeded: dict[str, Any] = {}

    # ---- Start

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            # nginx and PostgreSQL run as others, who may pass through but not look around.
            self.folder.chmod(0o711)
            self.postgres = stack.enter_context(Postgres(self.folder, options=QUIET, launcher=self._small_disk()))
            self.redis = stack.enter_context(Redis(self.folder))
            self.environment = self._settings()
            self._prepare()
            self._make_parts()
            # Nothing is kept, so nobody needs the time to leave politely.
            stack.callback(lambda: (self._kill_parts(), self.postgres.stop(signal.SIGQUIT)))
            for part in self.parts:
                part.start()
            assert wait_until(self.is_up, START_SECONDS, pause=0.1), self.said()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stack.close()

    def _small_disk(self) -> list[str]:
        """Let PostgreSQL, and nobody else, see a small disk beside its data."""
        self.small_disk = self.folder / "small-disk"
        self.small_disk.mkdir()
        launcher = [sys.executable, small_disk.__file__, str(self.small_disk), "48"]
        return launcher if small_disk.is_possible() else []

    def _settings(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return kept | {
            "SECRET_KEY": secrets.token_urlsafe(64),
            "ALLOWED_HOSTS": "localhost",
            "PUBLIC_BASE_URL": self.url,
            # Browsers name the port where it is not the usual one.
            "CSRF_TRUSTED_ORIGINS": self.url,
            "DATABASE_URL": self.postgres.url,
            "REDIS_URL": self.redis.url,
            "TRUSTED_PROXY_COUNT": "1",
            "DATA_DIR": str(self.folder / "data"),
            "STATIC_ROOT": str(self.folder / "static"),
            "API_RATE": "1000000/min",
            "WEB_CONCURRENCY": "1",
            "PYTHONUNBUFFERED": "1",
        }

    def _prepare(self) -> None:
        collecting = subprocess.Popen([sys.executable, "manage.py", "collectstatic", "--noinput", "-v", "0"], cwd=ROOT,
                                      env=self.environment)  # fmt: skip
        seeding = self.run("-m", "tests.production.seed", *map(str, self._program))
        assert collecting.wait(60) == 0
        self.seeded = json.loads(seeding.splitlines()[-1])
        self._write_nginx()

    def run(self, *arguments: str, check: bool = True) -> str:
        """Run Python as a part of the deployment; return what it said."""
        done = subprocess.run([sys.executable, *arguments], cwd=ROOT, env=self.environment, text=True, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)  # fmt: skip
        assert not check or done.returncode == 0, done.stdout
        return done.stdout

    def _write_nginx(self) -> None:
        tls = self.folder / "tls"
        tls.mkdir()
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
             "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout",
             str(tls / "privkey.pem"), "-out", str(self.certificate)],
            check=True, capture_output=True,
        )  # fmt: skip
        lines = [f"server 127.0.0.1:{port} max_fails=1 fail_timeout=2s;\n" for port in self.web_ports]
        self._upstream.write_text("".join(lines))
        values = {
            "HTTP_LISTEN": f"127.0.0.1:{self.http_port}", "HTTPS_LISTEN": f"127.0.0.1:{self.port}", "TLS_DIR": tls,
            "UPSTREAM": self._upstream, "ERROR_LOG": self.folder / "nginx-error.log",
        }  # fmt: skip
        template = (ROOT / "deploy" / "nginx.conf.template").read_text()
        (self.folder / "site.conf").write_text(Template(template).safe_substitute(values))
        (self.folder / "nginx.conf").write_text(MAIN.format(folder=self.folder))
        self._nginx_user = "www-data" if os.geteuid() == 0 else None
        if self._nginx_user:
            for path in (self.folder, tls, tls / "privkey.pem"):
                shutil.chown(path, self._nginx_user)

    def _make_parts(self) -> None:
        logs = self.folder / "logs"
        logs.mkdir()
        nginx = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
        assert nginx, "nginx is not installed. As root: apt-get install nginx"
        self._nginx_command = [nginx, "-c", str(self.folder / "nginx.conf"), "-e", str(self.folder / "nginx-error.log")]
        self.nginx = Part("nginx", self._nginx_command, self.environment, logs / "nginx.log", self._nginx_user)
        self.webs = [
            Part(
                f"web-{at}",
                [str(BIN / "gunicorn"), "--config", "deploy/gunicorn.conf.py", "quality_program.wsgi"],
                self.environment | {"BIND": f"127.0.0.1:{port}"},
                logs / f"web-{at}.log",
            )
            for at, port in enumerate(self.web_ports)
        ]
        celery = [str(BIN / "celery"), "-A", "quality_program"]
        self.workers = [
            Part(
                f"worker-{at}",
                [*celery, "worker", "--concurrency", "1", "--hostname", f"worker-{at}@localhost"],
                self.environment,
                logs / f"worker-{at}.log",
            )
            for at in range(2)
        ]
        self.beat = Part("beat", [*celery, "beat", "--pidfile="], self.environment, logs / "beat.log")
        self.parts = [*self.webs, *self.workers, self.beat, self.nginx]

    def _kill_parts(self) -> None:
        for part in self.parts:
            part.kill()

    # ---- Ask

    def is_up(self) -> bool:
        with contextlib.suppress(requests.RequestException):
            return all(self.is_ready(port) for port in self.web_ports) and self.get("/readyz").status_code == 200
        return False

    def is_ready(self, port: int) -> bool:
        """Ask as the health check of a container does."""
        environment = self.environment | {"BIND": f"127.0.0.1:{port}"}
        asked = subprocess.run([sys.executable, "-S", "deploy/is_ready.py"], cwd=ROOT, env=environment,
                               capture_output=True, check=False)  # fmt: skip
        return asked.returncode == 0

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.session().get(self.url + path, **{"timeout": 30, **options})

    def session(self, *, token: str = "") -> requests.Session:
        """Return a client that trusts the certificate; with a token it is a machine.

        It opens a connection for each call: one that is kept may be closed by nginx in the moment of the next call,
        and HTTP leaves that to the client.
        """
        session = requests.Session()
        session.verify, session.trust_env = str(self.certificate), False
        session.headers["Connection"] = "close"
        if token:
            session.headers["Authorization"] = f"Bearer {token}"
        return session

    def query(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        with contextlib.closing(psycopg2.connect(self.postgres.url)) as connection, connection.cursor() as cursor:
            connection.autocommit = True
            cursor.execute(sql, values or None)
            return cursor.fetchall() if cursor.description else []

    def is_drained(self) -> bool:
        return self.query("SELECT count(*) FROM jobs_marker") == [(0,)]

    def said(self) -> str:
        """Return everything that the processes of the deployment have said."""
        files = [*sorted((self.folder / "logs").glob("*.log")), self.folder / "nginx-error.log",
                 *self.folder.glob("postgres-*/log"), *self.folder.glob("redis*.log")]  # fmt: skip
        return "\n".join(f"=== {file.name}\n{file.read_text(errors='replace')}" for file in files if file.exists())

    # ---- Do

    def send_task(self, name: str, **arguments: Any) -> None:
        """Ring the broker's bell for a task by its name, as another release may; one that is away hears nothing."""
        with contextlib.suppress(OperationalError, OSError), Celery(broker=self.redis.url) as app:
            app.conf.broker_transport_options = {"socket_timeout": 1, "socket_connect_timeout": 1}
            app.send_task(name, kwargs=arguments, ignore_result=True, retry=False)

    def reload_nginx(self) -> None:
        subprocess.run([*self._nginx_command, "-s", "reload"], user=self._nginx_user, check=True, capture_output=True)

    def roll(self, drain_seconds: float = 1.0) -> None:
        """Restart the web processes one after the other, as deploy/roll.py does for an operator."""

        def restart(server: Server) -> None:
            web = self._web_at(server)
            web.end()
            web.start()

        roll(self._upstream, reload=self.reload_nginx, restart=restart,
             is_ready=lambda server: self.is_ready(int(server.port)), drain_seconds=drain_seconds)  # fmt: skip

    def _web_at(self, server: Server) -> Part:
        return self.webs[self.web_ports.index(int(server.port))]


@contextlib.contextmanager
def running(*, metrics: int = 12, measured: int = 0) -> Iterator[Production]:
    """Run a deployment in a folder of its own, which root lends to others as far as they need it."""
    with (
        tempfile.TemporaryDirectory(prefix="quality-program-") as folder,
        Production(Path(folder), metrics=metrics, measured=measured) as production,
    ):
        yield production
