"""A full disk under the data folder: what people send is refused in words, nothing half written stays, and it goes on.

The disk is real and small. A full disk under PostgreSQL is in tests/production.
"""

import contextlib
import gc
import gzip
import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client

from dashboard import exports, tasks
from jobs.models import FileImport, Job
from jobs.running import run_job
from quality_program import backup_databases, backups
from tests.conftest import NOON
from tests.factories.customers import CustomerFactory
from tests.factories.functions import MembershipFactory
from tests.faults.small_disk import fill, is_possible, make_room, on_small_disk
from web.exports import MOST_AT_ONCE

pytestmark = [
    pytest.mark.once,
    pytest.mark.django_db,
    pytest.mark.skipif(not is_possible(), reason="this machine lets nobody mount a small disk"),
]
MIB = 1 << 20


@pytest.fixture
def data(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings.DATA_DIR = tmp_path / "data"
    settings.DATA_DIR.mkdir()
    for task in ("announce", "announce_job"):
        monkeypatch.setattr(tasks, task, lambda pk: None)
    monkeypatch.setitem(MOST_AT_ONCE, "csv", 2)
    return Path(settings.DATA_DIR)


@pytest.fixture
def specialist() -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(MembershipFactory(role="specialist").user)
    return client


@pytest.fixture
def database(data: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where an embedded run would have its file; that of the tests is in memory."""
    path = data / "quality.sqlite3"
    monkeypatch.setattr(backup_databases, "_file_of", lambda connection: path)
    return path


def upload(client: Client, size: int) -> Any:
    content = b"Metric,Day,Value\n" + b"Repair time,2026-03-02,4.25\n" * (size // 28)
    return client.post("/imports/new/", {"kind": "measurements", "file": SimpleUploadedFile("days.csv", content)})


def files_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_an_upload_that_finds_no_room_is_refused_and_leaves_nothing(data: Path, specialist: Client) -> None:
    def act() -> tuple[Any, ...]:
        refused = upload(specialist, 3 * MIB)
        left = (files_in(data), list((data / "uploads").iterdir()), FileImport.objects.count())
        taken = upload(specialist, MIB // 2)
        return refused.status_code, refused.content, left, taken.status_code, FileImport.objects.count()

    status, page, left, taken, imports = on_small_disk(data, 2, act)

    assert (status, b"disk is full" in page) == (507, True)
    assert left == ([], [], 0)
    assert (taken, imports) == (302, 1)


def test_an_upload_that_finds_no_room_on_its_way_in_is_refused(data: Path, specialist: Client, settings: Any) -> None:
    """Long files lie in the temporary folder before anybody reads them."""
    settings.FILE_UPLOAD_TEMP_DIR = str(data)

    def act() -> tuple[Any, ...]:
        status = upload(specialist, 3 * MIB).status_code
        # The client of the tests keeps the error, and with it the file; a server keeps neither.
        specialist.exc_info = None
        gc.collect()
        return status, files_in(data), FileImport.objects.count()

    assert on_small_disk(data, 2, act) == (507, [], 0)


def exported(specialist: Client) -> Job:
    for number in range(3):
        CustomerFactory(name=f"Bakery {number}")
    page = specialist.get("/customers/?format=csv")
    specialist.post(page.url, {"format": "csv"})
    return Job.objects.get(kind=exports.KIND)


def test_a_list_that_finds_no_room_says_so_and_is_written_when_there_is(data: Path, specialist: Client) -> None:
    job = exported(specialist)

    def run() -> tuple[str, str, list[str]]:
        Job.objects.filter(pk=job.pk).update(state=Job.State.WAITING)
        run_job(job_id=job.pk, now=NOON)
        job.refresh_from_db()
        return job.state, job.message, [name for name in files_in(data) if name != "filler"]

    def act() -> tuple[Any, ...]:
        (data / "exports").mkdir()
        fill(data)
        full = run()
        make_room(data)
        return full, run()

    full, again = on_small_disk(data, 2, act)

    assert full == ("failed", "The server's disk is full. Nothing was stored; try again when there is room.", [])
    assert again == ("done", "", [f"exports/{job.about['file']}"])


@pytest.mark.parametrize(
    ("megabytes", "rows", "uploads"), [(1, 1.5, 0), (1, 0.6, 0), (2, 0.6, 1)], ids=["copy", "packing", "archive"]
)
def test_a_backup_that_finds_no_room_says_so_and_leaves_nothing(
    data: Path, database: Path, *, megabytes: int, rows: float, uploads: int
) -> None:
    """A backup is copied, packed and put together: each needs room beside the one before."""
    with contextlib.closing(sqlite3.connect(database)) as file:
        file.execute("CREATE TABLE words (said BLOB)")
        file.execute("INSERT INTO words VALUES (?)", [os.urandom(int(rows * MIB))])
        file.commit()
    (data / "uploads").mkdir()
    (data / "uploads" / "rows.csv").write_bytes(os.urandom(uploads * MIB))
    small = data.with_name("backups")
    small.mkdir()

    said, left = on_small_disk(small, megabytes, lambda: (refusal("backup", small / "quality.tar"), files_in(small)))

    assert said == f"There is no room for the backup in {small}. Nothing was changed; make room first."
    assert left == []


def refusal(command: str, *arguments: Any) -> str:
    with pytest.raises(CommandError) as error:
        call_command(command, *map(str, arguments))
    return str(error.value)


@pytest.mark.parametrize("what", ["the archive", "the database"])
def test_a_restore_that_finds_no_room_says_so_and_leaves_nothing(data: Path, database: Path, what: str) -> None:
    staging, archive = data.with_name("staging"), data.with_name("quality.tar")
    staging.mkdir()
    # The one does not fit beside itself, the other packs well and does not fit when it is unpacked.
    content = os.urandom(MIB * 3 // 4) if what == "the archive" else gzip.compress(bytes(3 * MIB))
    (staging / backups.DATABASE).write_bytes(content)
    backups.write_archive(archive, staging, tables={}, server="3", now=NOON)

    def act() -> tuple[str, list[str]]:
        copy = Path(shutil.copy(archive, data / "quality.tar")) if what == "the archive" else archive
        return refusal("restore", copy, "--replace"), files_in(data)

    said, left = on_small_disk(data, 1, act)

    assert said.startswith("There is no room to unpack ")
    assert left == (["quality.tar"] if what == "the archive" else ["lock"])


@pytest.mark.parametrize("what", [lambda: None, lambda: 1 / 0], ids=["returns", "raises"])
def test_what_a_fork_on_the_small_disk_does_is_told(tmp_path: Path, what: Callable[[], Any]) -> None:
    def act() -> None:
        fill(tmp_path)
        what()

    try:
        on_small_disk(tmp_path, 1, act)
    except AssertionError as error:
        assert "ZeroDivisionError" in str(error)  # noqa: PT017
    assert list(tmp_path.iterdir()) == []
