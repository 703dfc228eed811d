"""What a restore refuses, in a sentence. That backups come back whole is shown in tests/faults and tests/production."""

import json
import tarfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from gap_scores.services import begin_lineage, drain_all
from gap_scores.versions import read_version
from quality_program import backups
from tests.gap_scores.world import World

pytestmark = pytest.mark.django_db
Change = Callable[[dict[str, Any]], None]


@pytest.fixture
def archive(tmp_path: Path, noon: datetime, settings: Any) -> Path:
    """A backup of a database that is no database: what is tested here comes before that matters."""
    settings.DATA_DIR = tmp_path / "data"
    staging = tmp_path / "staging"
    (staging / "uploads" / "a1").mkdir(parents=True)
    (staging / "uploads" / "a1" / "file.csv").write_text("customer\nBakery\n")
    (staging / backups.DATABASE).write_bytes(b"rows" * 1000)
    backups.write_archive(tmp_path / "quality.tar", staging, tables={"jobs_marker": 3}, server="15", now=noon)
    return tmp_path / "quality.tar"


def said_of(archive: Path, *options: str) -> str:
    with pytest.raises(CommandError) as error:
        call_command("restore", str(archive), *options)
    return str(error.value)


def changed(archive: Path, change: Change, *, only: int | None = None, extra: str = "") -> Path:
    """Return a copy of the archive with another manifest, the first few members only, or one that nobody named."""
    copy = archive.with_name("changed.tar")
    with tarfile.open(archive) as old, tarfile.open(copy, "w") as new:
        members = old.getmembers()
        for member in members[:only]:
            old.extract(member, archive.parent / "unpacked", filter="data")
            path = archive.parent / "unpacked" / member.name
            if member.name == backups.MANIFEST:
                said = json.loads(path.read_text())
                change(said)
                path.write_text(json.dumps(said))
            new.add(path, member.name)
        if extra:
            new.add(archive.parent / "unpacked" / backups.MANIFEST, extra)
    return copy


def test_the_manifest_says_what_is_in_it_of_which_program(archive: Path, noon: datetime) -> None:
    with tarfile.open(archive) as tar:
        manifest = backups.read_manifest(tar, archive)

    assert (manifest.format, manifest.made_at, manifest.program) == (1, noon.isoformat(), "0.1.0")
    assert (manifest.database, manifest.tables) == (connection.vendor, {"jobs_marker": 3})
    assert "gap_scores.0003_lineage" in manifest.migrations
    assert set(manifest.files) == {"database", "uploads/a1/file.csv"}
    assert archive.stat().st_mode & 0o777 == 0o600


def test_a_program_that_is_there_is_not_written_over(archive: Path) -> None:
    assert "--replace" in said_of(archive)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda said: said["files"]["database"].update(sha256="0" * 64), "its digest differs"),
        (lambda said: said.update(format=2), "has format 2, this program reads 1"),
        (lambda said: said.update(database="oracle"), "export_program and import_program"),
        (lambda said: said["migrations"].append("gap_scores.0999_later"), "does not know gap_scores.0999_later"),
        (lambda said: said.pop("tables"), "manifest of .* cannot be read"),
        (lambda said: said["files"].pop("database"), "holds database, which its manifest does not name"),
    ],
    ids=["digest", "format", "kind", "newer", "manifest", "unnamed"],
)
def test_what_is_not_as_it_was_written_is_refused(archive: Path, change: Change, said: str) -> None:
    copy = changed(archive, change)

    with pytest.raises(CommandError, match=said):
        call_command("restore", str(copy), "--replace")


def test_a_backup_that_was_cut_short_is_refused(archive: Path) -> None:
    copy = changed(archive, lambda said: None, only=2)
    cut = archive.with_name("cut.tar")
    cut.write_bytes(archive.read_bytes()[:3000])
    none = archive.with_name("none.tar")
    none.write_bytes(b"no archive at all")

    assert "uploads/a1/file.csv is missing" in said_of(copy, "--replace")
    assert "damaged" in said_of(cut, "--replace")
    assert "no backup" in said_of(none, "--replace")


def test_no_file_of_a_backup_leaves_its_folder(archive: Path) -> None:
    name = "../outside"
    add = lambda said: said["files"].update({name: {"bytes": 1, "sha256": "0" * 64}})  # noqa: E731

    assert name in said_of(changed(archive, add, extra=name), "--replace")
    assert not (archive.parent.parent / "outside").exists()


def test_a_backup_overwrites_no_file(archive: Path) -> None:
    with pytest.raises(CommandError, match="is there already"):
        call_command("backup", str(archive))


def test_a_new_lineage_parts_equal_numbers(noon: datetime) -> None:
    World()
    drain_all(as_of=noon)
    before = read_version()

    begin_lineage(lineage="another")

    assert read_version() != before
