"""`make test`: the checks, then every test, on throw-away servers. `suite.py PART ...` runs only those parts.

Parts: checks, scoring (with branch coverage), sqlite, postgres, faults (real workers, killed and cut), journeys
(a real browser), programs (started as people start them). A part that fails does not stop the others; the last line is
the sum in pytest's own form.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from xml.etree import ElementTree as ET

import psycopg2
from services import ServiceError, running_services, stop_on_sigterm

ROOT = Path(__file__).resolve().parent.parent
TWO_AT_ONCE = ("-n", "2")
# They start programs, or load the example over and over: long ones, which wait for a part of their time.
ALONE = [
    "tests/quality_program/test_serve.py", "tests/quality_program/test_settings.py", "tests/example/test_loading.py",
    "tests/upgrade", "tests/hostile/test_browser.py", "tests/imports/test_memory.py", "tests/scripts",
]  # fmt: skip
# The checks ran them a moment ago.
CHECKED = [f"tests/architecture/test_{name}.py" for name in
           ("api_rules", "foreign_keys", "house_rules", "personal_data", "security_tables")]  # fmt: skip
WITHOUT_THEM = [f"--ignore={path}" for path in (*ALONE, *CHECKED)]
# A long test must not keep the short ones behind it waiting while the other core is idle. Not where tests share a
# database: those that commit come last, and a worker that steals would run others after them, on emptied tables.
STEALING = (*TWO_AT_ONCE, "--dist", "worksteal")
SERVED = "journey or worker or faults or fuzz"
NO_SERVERS = {"DATABASE_URL": "", "REDIS_URL": ""}
# Where a machine says not to keep bytecode, each worker of pytest and each of the many programs that tests start
# compiles all of ours anew: 14 of 22 s of a collection. An empty value counts as unset.
KEEPING_BYTECODE = {"PYTHONDONTWRITEBYTECODE": ""}
# What pytest itself answers when a part has no test: not a failure of the others.
NO_TESTS = 5


@dataclass(frozen=True)
class Part:
    """One run of pytest. `needs_servers`: it sees PostgreSQL and Redis; `is_beside`: it runs beside the part before;
    `is_patient`: it takes what the others leave of the cores, and those after it do not wait for it."""

    name: str
    arguments: Sequence[str]
    needs_servers: bool = False
    is_beside: bool = False
    is_patient: bool = False


PARTS = [
    Part("sqlite", ["--ignore=tests/scoring", *WITHOUT_THEM, *TWO_AT_ONCE, "-m", f"not (postgres or {SERVED})"]),
    Part(
        "postgres",
        ["--ignore=tests/scoring", "--ignore=tests/architecture", "--ignore=tests/scripts",
            "--ignore=tests/quality_program/test_serve.py", *TWO_AT_ONCE,
         "-m", f"not (once or {SERVED})"],
        needs_servers=True,
    ),
    # Not only beside the faults: what the others leave idle at their ends is most of what it needs.
    Part(
        "programs",
        ["-m", f"not (postgres or {SERVED})", "--timeout=600", *ALONE],
        is_beside=True, is_patient=True,
    ),
    # One at a time: they measure seconds, and a second fault would disturb the first.
    Part("faults", ["-m", "worker or faults", "--ignore=tests/faults/test_embedded.py"], needs_servers=True),
    # Beside the faults, which wait for a third of their time; a browser waits as long as it must, and so does the
    # embedded program, which shares nothing with the others.
    Part(
        "journeys",
        ["-m", "journey or faults", "tests/journeys", "tests/faults/test_embedded.py"],
        is_beside=True,
    ),
    # It needs no more than what those two leave.
    Part(
        "scoring",
        ["tests/scoring", *STEALING, "--cov", "--cov-branch", "--cov-fail-under=100", "--cov-report=term-missing"],
        is_beside=True, is_patient=True,
    ),
]  # fmt: skip


@dataclass(frozen=True)
class Result:
    failed: bool
    counts: Counter[str]

    @property
    def told(self) -> Counter[str]:
        """What the sum counts: a part that fails with every test green (coverage, a check) is an error of its own."""
        is_told = not self.failed or self.counts["failed"] or self.counts["error"]
        return self.counts if is_told else self.counts + Counter(error=1)


class Template:
    """Databases with all tables, made while the first parts run: the others copy them."""

    NAME = "migrated"

    def __init__(self, servers: Mapping[str, str]) -> None:
        url = servers["DATABASE_URL"]
        connection = psycopg2.connect(url)
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {self.NAME}")
        connection.close()
        its_url = urlunsplit(urlsplit(url)._replace(path=f"/{self.NAME}"))
        environment = {**os.environ, **KEEPING_BYTECODE, "DJANGO_SETTINGS_MODULE": "tests.settings"}
        self._file = subprocess.Popen([sys.executable, "-m", "tests.migrated"], cwd=ROOT, env=environment | NO_SERVERS)
        self._process = subprocess.Popen(
            [sys.executable, "manage.py", "migrate", "--verbosity=0", "--skip-checks"],
            cwd=ROOT,
            env=environment | {"DATABASE_URL": its_url},
        )

    def named(self) -> dict[str, str]:
        """Wait until it is made, and return what tests/settings.py is told."""
        if self._process.wait() or self._file.wait():
            raise ServiceError("The tables could not be made (above).")
        return {"TEST_TEMPLATE": self.NAME}


class Running:
    """A part that was started; one beside another says what it has to say when that one is done."""

    def __init__(self, part: Part, servers: Mapping[str, str], folder: Path, *, is_quiet: bool = False) -> None:
        self.name, self.is_patient = part.name, part.is_patient
        self._report, self._said = folder / f"{part.name}.xml", folder / f"{part.name}.txt"
        self._is_quiet = is_quiet
        command = [sys.executable, "-m", "pytest", "-q", "--no-header", f"--junitxml={self._report}", *part.arguments]
        if part.is_patient:
            command = ["nice", "-n", "5", *command]
        environment = {
            **os.environ,
            **(servers if part.needs_servers else NO_SERVERS),
            **KEEPING_BYTECODE,
            "COVERAGE_FILE": str(folder / f"{part.name}.cov"),
        }
        if not is_quiet:
            print(f"\n=== {part.name}", flush=True)
        with self._said.open("wb") as said:
            output = said if is_quiet else None
            self._process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)

    def result(self) -> Result:
        """Wait for the end."""
        code = self._process.wait()
        if self._is_quiet:
            print(f"\n=== {self.name}\n{self._said.read_text(errors='replace')}", flush=True)
        return Result(code not in (0, NO_TESTS), count(self._report))

    def end(self) -> None:
        self._process.terminate()


def run_parts(parts: Sequence[Part], servers: Mapping[str, str], folder: Path) -> dict[str, Result]:
    """Run parts one after the other, those that may beside the one before; patient ones are waited for at the end."""
    results: dict[str, Result] = {}
    waiting, running = list(parts), list[Running]()
    template = Template(servers) if any(part.needs_servers for part in parts) else None
    while waiting:
        if template and waiting[0].needs_servers:
            servers = {**servers, **template.named()}
        running.append(Running(waiting.pop(0), servers, folder))
        while waiting and waiting[0].is_beside:
            running.append(Running(waiting.pop(0), servers, folder, is_quiet=True))
        try:
            for each in [each for each in running if not waiting or not each.is_patient]:
                results[each.name] = each.result()
                running.remove(each)
        except BaseException:
            for each in running:
                each.end()
            raise
    return results


def count(report: Path) -> Counter[str]:
    """Return how many tests passed, failed, were skipped; a run that crashed wrote no report."""
    counts: Counter[str] = Counter()
    if not report.exists():
        return counts
    # Written by our own pytest a moment ago.
    for suite in ET.parse(report).getroot().iter("testsuite"):  # noqa: S314
        tests, failed, errors, skipped = (
            int(suite.get(name, "0")) for name in ("tests", "failures", "errors", "skipped")
        )
        counts.update(passed=tests - failed - errors - skipped, failed=failed, error=errors, skipped=skipped)
    return counts


def closing_line(counts: Counter[str], seconds: float) -> str:
    order = ("failed", "passed", "skipped", "error")
    said = ", ".join(f"{counts[word]} {word}" for word in order if counts[word]) or "no tests ran"
    return f" {said} in {seconds:.2f}s ({int(seconds // 60)}:{int(seconds % 60):02d} minutes) ".center(80, "=")


def run_checks() -> Result:
    print("=== checks", flush=True)
    code = subprocess.run([sys.executable, "scripts/check.py"], cwd=ROOT).returncode
    return Result(code != 0, Counter())


def main(arguments: Sequence[str]) -> int:
    names = ["checks", *(part.name for part in PARTS)]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", nargs="*", help=f"one of {', '.join(names)}; default: all")
    wanted = parser.parse_args(arguments).part or names
    if unknown := sorted(set(wanted) - set(names)):
        parser.error(f"no part named {', '.join(unknown)}; there are {', '.join(names)}")
    stop_on_sigterm()
    started = time.monotonic()
    results = {"checks": run_checks()} if "checks" in wanted else {}
    with running_services() as servers, tempfile.TemporaryDirectory(prefix="quality-program-") as folder:
        results |= run_parts([part for part in PARTS if part.name in wanted], servers, Path(folder))
    failed = [name for name, result in results.items() if result.failed]
    if failed:
        print(f"\nFailed: {', '.join(failed)}")
    print(closing_line(sum((result.told for result in results.values()), Counter()), time.monotonic() - started))
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except ServiceError as error:
        sys.exit(str(error))
