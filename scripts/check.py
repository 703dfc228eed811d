"""Every check of `make check`, two at a time: one line each with its seconds, and what a failed one said."""

import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
TEMPLATES = "templates"
# What a deployment sets; nothing is connected to.
DEPLOYED = {
    "SECRET_KEY": secrets.token_urlsafe(64),
    "ALLOWED_HOSTS": "quality.example",
    "PUBLIC_BASE_URL": "https://quality.example",
    "DATABASE_URL": "postgres://quality@db.example/quality",
    "REDIS_URL": "redis://redis.example:6379/0",
    "TRUSTED_PROXY_COUNT": "1",
    "DEBUG": "",
    "EMBEDDED": "",
    "HTTPS": "",
}
COMPOSED = {
    **dict.fromkeys(("SECRET_KEY", "POSTGRES_PASSWORD", "REDIS_PASSWORD"), "for checks only"),
    "ALLOWED_HOSTS": "quality.example",
    "PUBLIC_BASE_URL": "https://quality.example",
    "TLS_DIR": "./tls",
}
EMBEDDED = {"DATABASE_URL": "", "REDIS_URL": "", "SECRET_KEY": "for checks only", "EMBEDDED": "true"}


@dataclass(frozen=True)
class Check:
    """One command that must exit with 0."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    check: Check
    passed: bool
    seconds: float
    said: str


def program(name: str, *arguments: str) -> list[str]:
    return [str(BIN / name), *arguments]


def manage(*arguments: str) -> list[str]:
    return [sys.executable, "manage.py", *arguments]


# The slowest first, so that the others fill the second core.
CHECKS = [
    Check("types (mypy)", program("mypy")),
    # The permission matrix lies there too, but it is a test of minutes: the suite runs it.
    Check(
        "house rules (tests/architecture)",
        program("pytest", "tests/architecture", "-q", "--no-header", "-p", "no:randomly", "-k", "not matrix"),
        EMBEDDED,
    ),
    Check("template form (djlint)", program("djlint", TEMPLATES, "--check", "--quiet")),
    Check("template faults (djlint)", program("djlint", TEMPLATES, "--lint", "--quiet")),
    Check("arrows (import-linter)", program("lint-imports", "--no-cache")),
    Check("style (ruff format)", program("ruff", "format", "--check", ".")),
    Check("faults (ruff)", program("ruff", "check", ".")),
    Check("migrations match the models", manage("makemigrations", "--check", "--dry-run"), EMBEDDED),
    Check("deployment (check --deploy)", manage("check", "--deploy", "--fail-level", "WARNING"), DEPLOYED),
    Check(
        "docker-compose.yml",
        program("check-jsonschema", "--builtin-schema", "vendor.compose-spec", "docker-compose.yml"),
    ),
    # Compose itself: names that are interpolated, anchors, dependencies, volumes that nobody declares.
    Check("docker-compose.yml (compose config)", program("docker-compose", "config", "--quiet"), COMPOSED),
    Check("vendored files (VENDOR.md)", [sys.executable, "scripts/vendor.py"]),
]


def run(check: Check, data: str) -> Outcome:
    started = time.monotonic()
    done = subprocess.run(
        check.command, cwd=ROOT, env={**os.environ, "DATA_DIR": data, **check.environment}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    return Outcome(check, done.returncode == 0, time.monotonic() - started, done.stdout)


def report(outcome: Outcome) -> None:
    print(f"{'ok    ' if outcome.passed else 'FAILED'} {outcome.seconds:5.1f} s  {outcome.check.name}", flush=True)
    if not outcome.passed:
        print(outcome.said.rstrip() + "\n", flush=True)


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="quality-program-") as data, ThreadPoolExecutor(2) as pool:
        failed = 0
        for outcome in pool.map(lambda check: run(check, data), CHECKS):
            report(outcome)
            failed += not outcome.passed
    print(f"{len(CHECKS) - failed} of {len(CHECKS)} checks passed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
