"""`make run` in a process of its own, on a data folder of its own."""

import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

from scripts.services import free_port
from tests.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]


def environment(data: Path, port: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in {"SECRET_KEY", "ALLOWED_HOSTS", "HTTPS"}}
    return kept | {
        "DJANGO_SETTINGS_MODULE": "quality_program.settings", "EMBEDDED": "true", "EXAMPLE": "0", "PORT": port,
        "DATA_DIR": str(data), "DATABASE_URL": "", "REDIS_URL": "", "LOG_LEVEL": "WARNING",
    }  # fmt: skip


class Served:
    def __init__(self, data: Path) -> None:
        self.data, self.port = data, free_port()
        self.said = data / "said.txt"
        with self.said.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "serve"], cwd=ROOT, env=environment(data, str(self.port)), text=True,
                stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip
        assert wait_until(self.is_ready, 240), self.said.read_text()

    def is_ready(self) -> bool:
        return "Ctrl-C ends it" in self.said.read_text() or self.process.poll() is not None

    def status(self, path: str) -> int:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code

    def end(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)
