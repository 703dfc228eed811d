"""Restart the web processes one after the other, so that no request meets one that is going: `roll.py --help`.

A process that is told to stop closes its door with connections still waiting before it, and nginx must not send a
change a second time. So each is first taken out of nginx's list, then restarted, then put back.
"""

import argparse
import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

SERVER = re.compile(r"^server (?P<name>[^\s:;]+):(?P<port>\d+)(?P<options>[^;]*);", re.MULTILINE)
READY_SECONDS = 120.0


class NotReadyError(RuntimeError):
    """A process that did not come back; it stays out of nginx's list, and the others serve."""


@dataclass(frozen=True)
class Server:
    """One line of nginx's list."""

    name: str
    port: str

    def __str__(self) -> str:
        return f"{self.name}:{self.port}"


def servers_in(upstream: Path) -> list[Server]:
    return [Server(found["name"], found["port"]) for found in SERVER.finditer(upstream.read_text())]


def mark(upstream: Path, server: Server, *, down: bool) -> None:
    """Write whether nginx may use a server. In place: a mounted file that is replaced stays the old one inside."""

    def line(found: re.Match[str]) -> str:
        if Server(found["name"], found["port"]) != server:
            return found[0]
        options = found["options"].replace(" down", "") + (" down" if down else "")
        return f"server {server}{options};"

    upstream.write_text(SERVER.sub(line, upstream.read_text()))


def roll(
    upstream: Path,
    *,
    reload: Callable[[], None],
    restart: Callable[[Server], None],
    is_ready: Callable[[Server], bool],
    drain_seconds: float,
) -> None:
    """Restart every server of the list; raises NotReadyError at the first that does not come back."""
    for server in servers_in(upstream):
        mark(upstream, server, down=True)
        reload()
        # What nginx has sent to it already is answered meanwhile.
        time.sleep(drain_seconds)
        restart(server)
        wait_until_ready(server, is_ready)
        mark(upstream, server, down=False)
        reload()


def wait_until_ready(server: Server, is_ready: Callable[[Server], bool]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not is_ready(server):
        if time.monotonic() > deadline:
            raise NotReadyError(f"{server} is not ready after {READY_SECONDS:.0f} s. It stays out; the others serve.")
        time.sleep(0.2)


def run(command: str, server: Server | None = None) -> bool:
    """Run an operator's command, with {name} and {port} put in; say whether it went well."""
    said = command.format(name=server.name, port=server.port) if server else command
    return subprocess.run(["/bin/sh", "-c", said], check=False).returncode == 0


def must_run(command: str, server: Server | None = None) -> None:
    if not run(command, server):
        raise NotReadyError(f"This command failed: {command}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, epilog="In a command, {name} and {port} are the server's.")
    parser.add_argument("--upstream", type=Path, default=Path(__file__).with_name("upstream.conf"))
    parser.add_argument("--reload", default="docker compose exec -T nginx nginx -s reload")
    parser.add_argument("--restart", default="docker compose up --detach --no-deps --force-recreate --wait {name}")
    parser.add_argument("--ready", default="docker compose exec -T {name} python deploy/is_ready.py")
    parser.add_argument("--drain", type=float, default=35.0, metavar="SECONDS", help="as long as a request may take")
    options = parser.parse_args()
    try:
        roll(
            options.upstream,
            reload=lambda: must_run(options.reload),
            restart=lambda server: must_run(options.restart, server),
            is_ready=lambda server: run(options.ready, server),
            drain_seconds=options.drain,
        )
    except NotReadyError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
