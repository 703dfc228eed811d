"""`make run`, in a process of its own: what stops it is one sentence, and what it keeps is there the next time."""

import re
import socket
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from quality_program.management.commands.serve import name_address
from scripts.services import free_port
from tests.migrated import put_into
from tests.quality_program.served import ROOT, Served, environment
from tests.waiting import wait_until

pytestmark = pytest.mark.timeout(180)


def refusal(data: Path, port: str, **others: str) -> str:
    """Return what a start that must fail says."""
    done = subprocess.run(
        [sys.executable, "manage.py", "serve"], cwd=ROOT, env=environment(data, port) | others, text=True,
        capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    return done.stderr.strip()


def test_a_port_in_use_is_refused_with_the_next_one(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        said = refusal(tmp_path, str(port))

    assert said == (f"CommandError: Port {port} is in use: end what uses it, or run: make run PORT={port % 65535 + 1}")


def test_a_port_that_is_none_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path, "http") == (
        "CommandError: PORT=http is not a port: choose a number from 1 to 65535, as in make run PORT=8001"
    )


def test_a_data_folder_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")

    assert refusal(file, "8000") == f"{file} cannot be written (File exists). Name another folder by DATA_DIR."


def test_a_lock_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "lock").mkdir()

    assert refusal(tmp_path, "8000") == (
        f"CommandError: {tmp_path} cannot be written (Is a directory). Name another folder, as in make run DATA_DIR=..."
    )


def test_a_deployments_database_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path, "8000", DATABASE_URL="postgres://quality@127.0.0.1:1/quality") == (
        "CommandError: This command runs on SQLite only: unset DATABASE_URL, or use make run, which does."
    )


def test_links_begin_with_the_port_that_is_served_unless_an_address_is_named(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PUBLIC_BASE_URL", raising=False)
    name_address(8765)
    assert settings.PUBLIC_BASE_URL == "http://127.0.0.1:8765"

    monkeypatch.setenv("PUBLIC_BASE_URL", "https://quality.example")
    settings.PUBLIC_BASE_URL = "https://quality.example"
    name_address(8765)
    assert settings.PUBLIC_BASE_URL == "https://quality.example"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("data")
    # Making all tables takes most of a first start, and minutes beside the other parts of the suite.
    put_into(folder)
    run = Served(folder)
    yield run
    run.end()


def query(served: Served, sql: str, *values: object) -> list[tuple[object, ...]]:
    with sqlite3.connect(served.data / "quality.sqlite3", timeout=20) as connection:
        return connection.execute(sql, values).fetchall()


def test_it_answers_on_this_machine_and_is_ready(served: Served) -> None:
    assert served.status("/healthz") == 200
    assert served.status("/readyz") == 200


def test_its_pages_have_their_styles_from_the_first_start(served: Served) -> None:
    with urllib.request.urlopen(f"http://127.0.0.1:{served.port}/accounts/login/", timeout=10) as answer:
        page = answer.read().decode()

    styles = re.findall(r'href="(/static/[^"]+\.css)"', page)
    assert styles
    assert {served.status(style) for style in styles} == {200}


def test_it_prints_one_login_per_role_and_keeps_them_for_the_owner_only(served: Served) -> None:
    logins = (served.data / "logins.txt").read_text().splitlines()

    # Without functions nobody can head one.
    assert [login.split("\t")[0] for login in logins] == ["administrator", "specialist", "viewer"]
    assert all(login.split("\t")[2] in served.said.read_text() for login in logins)
    assert (served.data / "logins.txt").stat().st_mode & 0o777 == 0o600


def test_a_marker_that_no_bell_announced_is_drained_by_the_embedded_listener(served: Served) -> None:
    query(served, "INSERT INTO jobs_marker (kind, key1, key2, enqueued_at) VALUES (6, 0, 0, datetime('now'))")

    assert wait_until(lambda: query(served, "SELECT count(*) FROM jobs_marker") == [(0,)], 10)
    assert query(served, "SELECT kind, markers FROM gap_scores_scoringrun ORDER BY id DESC LIMIT 1") == [("drain", 1)]


def test_a_second_run_on_the_same_data_is_refused(served: Served) -> None:
    assert refusal(served.data, str(free_port())) == (
        f"CommandError: Another run already uses {served.data}: end it first, or name another folder, "
        "as in make run DATA_DIR=..."
    )


def test_a_second_start_keeps_the_data_and_makes_no_new_logins(tmp_path: Path) -> None:
    put_into(tmp_path)
    first = Served(tmp_path)
    logins = (tmp_path / "logins.txt").read_text()
    query(first, "INSERT INTO jobs_marker (kind, key1, key2, enqueued_at) VALUES (6, 0, 0, datetime('now'))")
    # As in a power cut: nothing is said good-bye to.
    first.process.kill()
    first.process.wait()

    second = Served(tmp_path)
    second.end()

    assert (tmp_path / "logins.txt").read_text() == logins
    assert f"The logins are in {tmp_path / 'logins.txt'}" in second.said.read_text()
    assert query(second, "SELECT count(*) FROM jobs_marker") == [(0,)]
    assert query(second, "PRAGMA integrity_check") == [("ok",)]
