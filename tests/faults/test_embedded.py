"""The one process of `make run`, killed while four others write into the same SQLite file."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.parts import SOURCE
from tests.quality_program.served import ROOT, Served, environment
from tests.waiting import wait_until

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]


def query(file: Path, sql: str, *values: object) -> list[tuple[object, ...]]:
    with sqlite3.connect(file, timeout=20) as connection:
        return connection.execute(sql, values).fetchall()


def test_killed_while_four_write_it_loses_nothing_and_catches_up(tmp_path: Path) -> None:
    acknowledged, file = tmp_path / "acknowledged", tmp_path / "quality.sqlite3"
    first = Served(tmp_path)
    writers = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.writers", str(acknowledged)], cwd=ROOT, env=environment(tmp_path, "")
    )
    written = "SELECT count(*) FROM interviews_interview WHERE source = ?"
    assert wait_until(lambda: query(file, written, SOURCE) > [(10,)], 90)
    first.process.kill()
    first.process.wait()
    assert writers.wait(120) == 0

    second = Served(tmp_path)
    try:
        assert wait_until(lambda: query(file, "SELECT count(*) FROM jobs_marker") == [(0,)], 20)
    finally:
        second.end()

    kept = {row[0] for row in query(file, "SELECT external_id FROM interviews_interview WHERE state = 'completed'")}
    told = set(acknowledged.read_text().split())
    assert len(told) == 60
    assert told <= kept
    done = subprocess.run(
        [sys.executable, "manage.py", "rebuild_scores", "--verify"], cwd=ROOT, env=environment(tmp_path, ""),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
