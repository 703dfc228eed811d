"""`python -m benchmarks [SIZE ...]`: loads, builds and measures a program of each size, then writes docs/benchmarks.md.

Each size has a database of its own on the server that DATABASE_URL names, and each stage a process of its own, so that
the memory of one is not counted for another. Sizes are numbers of answers such as 10k, 100k, 1M, 10M; above a million
only P1, P2, P3, P9 and the rebuild are measured, without doors and without a verification of every bit. `lists`
measures the list pages of a program with 100,000 customers and a million measurements, `house` the House of Quality,
`printed` a report of more than 30 pages and its PDF,
`charts` control charts of 10,000 points and `decide` the choice among 400 initiatives, for which no database is
needed, `what-if` whole requests of what-ifs on 10,000 answers (`what-if-10M` on as many), `many` a program with 100
million measurements (an hour or two, and 50 GB of disk); one that is stopped leaves the parts that it measured, for
`python -m benchmarks.report`.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg2

from benchmarks.machine import this_machine
from benchmarks.report import write_report

RESULTS = Path(__file__).parent / "results"
DEFAULT = ("10k", "100k", "1M")
LISTS, HOUSE, CHARTS, MANY, DECIDE, WHAT_IF = "lists", "house", "charts", "many", "decide", "what-if"
PRINTED = "printed"
PARTS_OF_MANY = ("rebuild", "pages", "sums", "pushes", "writes")
HOUSE_ANSWERS = 10_000
WHAT_IF_ANSWERS = 10_000
TIMES = {"k": 1_000, "M": 1_000_000}
LARGEST_WHOLE = 1_000_000


def main(sizes: Sequence[str]) -> int:
    url = os.environ.get("DATABASE_URL", "")
    if not (sizes and {*sizes} <= {CHARTS, DECIDE}) and not url.startswith("postgres"):
        sys.exit("Benchmarks need a throw-away PostgreSQL in DATABASE_URL. Run: make bench")
    RESULTS.mkdir(exist_ok=True)
    wrong = 0
    for size in sizes or (*DEFAULT, LISTS, HOUSE, PRINTED, CHARTS, DECIDE, WHAT_IF):
        result = result_of(url, size)
        wrong += result.get("differences") or 0
        keep(size, result)
    print(f"Written: {write_report(RESULTS)}")
    return 1 if wrong else 0


def result_of(url: str, size: str) -> dict[str, Any]:
    if size.startswith(f"{WHAT_IF}-"):
        return measure_what_ifs(url, answers_of(size.removeprefix(f"{WHAT_IF}-")))
    return WORLDS[size](url) if size in WORLDS else measure(url, size)


def answers_of(size: str) -> int:
    """Return how many answers a size such as 100k is."""
    number, times = (size[:-1], TIMES[size[-1]]) if size[-1:] in TIMES else (size, 1)
    if not number.isdigit() or not int(number):
        sys.exit(f"{size!r} is not a size. Use a number of answers such as 10k, 100k, 1M or 10M.")
    return int(number) * times


def measure(url: str, size: str) -> dict[str, Any]:
    answers = answers_of(size)
    with database(url, f"bench_{answers}") as its_url:
        print(f"{size}: loading {answers:,} answers", flush=True)
        stage(its_url, "load", str(answers))
        print(f"{size}: working out the scores", flush=True)
        built = json.loads(stage(its_url, "build"))
        print(f"{size}: measuring", flush=True)
        measured = json.loads(stage(its_url, "measure", str(answers)))
        differences, doors = None, None
        if answers <= LARGEST_WHOLE:
            checked = json.loads(stage(its_url, "check"))
            measured["verify_s"] = checked["verify_s"]
            print(f"{size}: measuring the doors", flush=True)
            doors = json.loads(stage(its_url, "doors", str(answers)))
            differences = checked["differences"] + doors.pop("differences")
            print(f"{size}: {differences} differences between kept and worked out", flush=True)
        machine = this_machine(its_url)
    return {
        "answers": answers, "built": built, "machine": machine, "differences": differences, "doors": doors, **measured,
    }  # fmt: skip


def measure_world(url: str, name: str, loads: Sequence[Sequence[str]], measuring: Sequence[str]) -> dict[str, Any]:
    """Load a world by some stages, and measure it by one."""
    with database(url, f"bench_{name}") as its_url:
        print(f"{name}: loading", flush=True)
        for arguments in loads:
            stage(its_url, *arguments)
        print(f"{name}: measuring", flush=True)
        measured: dict[str, Any] = json.loads(stage(its_url, *measuring))
        return measured | {"machine": this_machine(its_url)}


def measure_many(url: str) -> dict[str, Any]:
    """Measure part after part, and keep what was measured when it is stopped."""
    result: dict[str, Any] = {"samples": {}}
    with database(url, f"bench_{MANY}") as its_url:
        print(f"{MANY}: loading", flush=True)
        stage(its_url, MANY, "load")
        for part in PARTS_OF_MANY:
            print(f"{MANY}: measuring {part}", flush=True)
            found = json.loads(stage(its_url, MANY, "measure", part))
            result["samples"] |= found.pop("samples", {})
            result |= found | {"machine": this_machine(its_url)}
            keep(MANY, result)
    return result


def keep(name: str, result: Mapping[str, Any]) -> None:
    (RESULTS / f"{name}.json").write_text(json.dumps(result, indent=1, sort_keys=True) + "\n")


def measure_alone(name: str) -> dict[str, Any]:
    """Measure what asks nothing of a database."""
    print(f"{name}: measuring", flush=True)
    measured: dict[str, Any] = json.loads(stage("", name))
    return measured


def measure_what_ifs(url: str, answers: int) -> dict[str, Any]:
    return measure_world(url, f"what_if_{answers}", [("load", str(answers)), ("build",)], ("what_ifs", str(answers)))


WORLDS: dict[str, Callable[[str], dict[str, Any]]] = {
    LISTS: lambda url: measure_world(url, LISTS, [(LISTS, "load")], (LISTS, "measure")),
    MANY: measure_many,
    HOUSE: lambda url: measure_world(url, HOUSE, [("load", str(HOUSE_ANSWERS)), ("build",)], (HOUSE,)),
    PRINTED: lambda url: measure_world(url, PRINTED, [("load", str(HOUSE_ANSWERS)), ("build",)], (PRINTED,)),
    CHARTS: lambda _url: measure_alone(CHARTS),
    DECIDE: lambda _url: measure_alone(DECIDE),
    WHAT_IF: lambda url: measure_what_ifs(url, WHAT_IF_ANSWERS),
}


def stage(url: str, *arguments: str) -> str:
    command = [sys.executable, "-m", "benchmarks.stage", *arguments]
    done = subprocess.run(
        command, env=os.environ | {"DATABASE_URL": url}, stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"The stage '{arguments[0]}' failed (above).")
    return done.stdout


@contextmanager
def database(url: str, name: str) -> Iterator[str]:
    """Make an empty database beside the one in the address, and take it away afterwards."""
    connection = psycopg2.connect(url)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
        cursor.execute(f'CREATE DATABASE "{name}"')
        try:
            yield urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
        finally:
            cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    connection.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
