"""The one process of `make run`, killed while four others write into the same SQLite file, and backed up meanwhile."""

import shutil
import sqlite3
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from tests.faults.parts import SOURCE
from tests.migrated import put_into
from tests.quality_program.served import ROOT, Served, environment
from tests.waiting import wait_until

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]


def query(file: Path, sql: str, *values: object) -> list[tuple[object, ...]]:
    with sqlite3.connect(file, timeout=20) as connection:
        return connection.execute(sql, values).fetchall()


def manage(data: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=ROOT, env=environment(data, ""), capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def content(file: Path) -> dict[str, str]:
    """Return a digest of the rows of every table but those that a restore empties or writes."""
    names = [str(row[0]) for row in query(file, "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    kept = [
        name
        for name in names
        if name not in {"django_session", "cache", "gap_scores_projectionstate", "accounts_auditentry"}
    ]
    rows = {name: sorted(map(repr, query(file, f'SELECT * FROM "{name}"'))) for name in kept}
    return {name: sha256("\n".join(its).encode()).hexdigest() for name, its in rows.items()}


def completed(file: Path) -> set[object]:
    return ids_of_interviews(file, "state = 'completed'")


def ids_of_interviews(file: Path, where: str, *values: object) -> set[object]:
    return {row[0] for row in query(file, f"SELECT external_id FROM interviews_interview WHERE {where}", *values)}


def test_killed_while_four_write_it_loses_nothing_catches_up_and_comes_back_from_backups(tmp_path: Path) -> None:
    acknowledged, file = tmp_path / "acknowledged", tmp_path / "quality.sqlite3"
    put_into(tmp_path)
    first = Served(tmp_path)
    writers = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.writers", str(acknowledged)], cwd=ROOT, env=environment(tmp_path, "")
    )
    written = "SELECT count(*) FROM interviews_interview WHERE source = ?"
    assert wait_until(lambda: query(file, written, SOURCE) > [(10,)], 90)
    before = completed(file)
    manage(tmp_path, "backup", str(tmp_path / "early.tar"))
    first.process.kill()
    first.process.wait()
    assert writers.wait(120) == 0

    second = Served(tmp_path)
    try:
        assert wait_until(lambda: query(file, "SELECT count(*) FROM jobs_marker") == [(0,)], 20)
    finally:
        second.end()

    kept = completed(file)
    told = set(acknowledged.read_text().split())
    assert len(told) == 60
    assert told <= kept
    # Somebody asks to be forgotten after the early backup was made; the note of it goes along with the backup.
    ((contact, name),) = query(file, "SELECT id, name FROM customers_contact ORDER BY id LIMIT 1")
    forgotten = ids_of_interviews(file, "contact_id = ?", contact)
    erased = manage(tmp_path, "personal_data", "erase", str(contact), "--reason", "a signed letter")
    assert f"Contact {contact} is erased." in erased
    assert "bit for bit" in manage(tmp_path, "rebuild_scores", "--verify")

    # The drill: what was there before the early backup comes back, with the scores that belong to it.
    elsewhere = tmp_path / "elsewhere"
    restored = elsewhere / "quality.sqlite3"
    elsewhere.mkdir()
    shutil.copy(tmp_path / "erasures.jsonl", elsewhere)
    told_by_restore = manage(elsewhere, "restore", str(tmp_path / "early.tar"))
    assert "bit for bit" in told_by_restore
    assert "Erased again: 1 people" in told_by_restore
    named = "SELECT count(*) FROM customers_contact WHERE name = ?"
    assert [query(each, named, str(name)) for each in (file, restored)] == [[(0,)], [(0,)]]
    assert before - forgotten <= completed(restored) - {""} <= kept - forgotten
    # Onto something, and nobody writes: every row of every table is the same, and what was there is kept beside.
    manage(tmp_path, "backup", str(tmp_path / "late.tar"))
    early = completed(restored)
    assert "is kept as" in manage(elsewhere, "restore", "--replace", str(tmp_path / "late.tar"))
    assert content(restored) == content(file)
    (former,) = elsewhere.glob("quality.sqlite3-replaced-*")
    assert completed(former) == early
    said = "SELECT count(*) FROM accounts_auditentry WHERE sentence LIKE 'Restored the backup of %'"
    assert [query(each, said) for each in (file, restored)] == [[(0,)], [(1,)]]
    lineages = [query(each, "SELECT lineage FROM gap_scores_projectionstate") for each in (file, restored, former)]
    assert lineages[0] == [("",)]
    assert lineages[1] != lineages[2]
