"""A backup is one file: the database, the uploaded files that wait, and a manifest that says what is in it.

It holds everything that customers said, and digests of passwords, but no key, no session and no setting. The manifest
has the digest of every file and the rows of every table; restoring checks both before anything is switched.
"""

import contextlib
import hashlib
import json
import shutil
import sqlite3
import tarfile
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from jobs.files import is_for_want_of_room

FORMAT = 1
MANIFEST = "manifest.json"
DATABASE = "database"
UPLOADS = "uploads"
# Who is signed in is nobody's business later, and what is cached is worked out again.
LEFT_EMPTY = ("django_session", "usersessions_usersession", "cache")
PIECE = 1 << 20


@dataclass(frozen=True)
class Manifest:
    """What is in a backup, and of which program."""

    format: int
    made_at: str
    program: str
    database: str
    server: str
    migrations: list[str]
    tables: dict[str, int]
    files: dict[str, dict[str, Any]]


@contextlib.contextmanager
def enough_room(otherwise: str) -> Iterator[None]:
    """Raise CommandError, which begins with this sentence, where a disk is full."""
    try:
        yield
    except (OSError, sqlite3.OperationalError) as error:
        is_full = is_for_want_of_room(error) or getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
        if not is_full:
            raise
        raise CommandError(f"{otherwise} Nothing was changed; make room first.") from None


# ---- What this program is


def program_version() -> str:
    project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())
    return str(project["project"]["version"])


def applied_migrations() -> list[str]:
    """Return every migration of the database: the newest of each app alone would not tell two branches apart."""
    return sorted(f"{app}.{name}" for app, name in MigrationLoader(connection).applied_migrations)


def known_migrations() -> set[str]:
    return {f"{app}.{name}" for app, name in MigrationLoader(None, ignore_no_migrations=True).disk_migrations}


# ---- Writing


def staged_uploads(staging: Path) -> None:
    """Copy the uploaded files that wait; one that is brought in or discarded meanwhile is left out."""
    source = Path(settings.DATA_DIR) / UPLOADS
    for path in sorted(source.rglob("*")) if source.is_dir() else []:
        if not path.is_file() or path.is_symlink():
            continue
        target = staging / UPLOADS / path.relative_to(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copyfile(path, target)
        except FileNotFoundError:
            target.unlink(missing_ok=True)


def digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def files_in(staging: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(staging.rglob("*")):
        if path.is_file():
            yield path.relative_to(staging).as_posix(), path


def write_archive(target: Path, staging: Path, *, tables: Mapping[str, int], server: str, now: datetime) -> Manifest:
    """Write everything staged as one file, which is there as a whole or not at all."""
    files = {name: {"bytes": path.stat().st_size, "sha256": digest_of(path)} for name, path in files_in(staging)}
    manifest = Manifest(
        format=FORMAT,
        made_at=now.isoformat(),
        program=program_version(),
        database=connection.vendor,
        server=server,
        migrations=applied_migrations(),
        tables=dict(tables),
        files=files,
    )
    (staging / MANIFEST).write_text(json.dumps(asdict(manifest), indent=1))
    unfinished = target.with_name(target.name + ".unfinished")
    unfinished.touch(mode=0o600)
    try:
        with tarfile.open(unfinished, "w") as archive:
            # First, so that reading what a backup is does not read all of it.
            archive.add(staging / MANIFEST, MANIFEST)
            for name in files:
                archive.add(staging / name, name)
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
    return manifest


# ---- Reading


def read_archive(source: Path, staging: Path) -> Manifest:
    """Unpack a backup, each file held to its digest; raises CommandError for anything that is not as it was written."""
    try:
        with tarfile.open(source, "r:") as archive:
            manifest = read_manifest(archive, source)
            for member in archive:
                if member.name != MANIFEST:
                    _unpack(archive, member, manifest, staging)
    except (tarfile.TarError, EOFError) as error:
        raise CommandError(f"{source} is damaged, or no backup at all ({error}). Take another one.") from None
    missing = [name for name in manifest.files if not (staging / name).is_file()]
    if missing:
        raise CommandError(f"{source} is cut short: {missing[0]} is missing. Take another backup.")
    return manifest


def read_manifest(archive: tarfile.TarFile, source: Path) -> Manifest:
    first = archive.next()
    file = archive.extractfile(first) if first and first.name == MANIFEST else None
    if file is None:
        raise CommandError(f"{source} is no backup of this program: it does not begin with a manifest.")
    try:
        said = json.load(file)
        if said.get("format") != FORMAT:
            raise CommandError(
                f"{source} has format {said.get('format')}, this program reads {FORMAT}. Update it first."
            )
        return Manifest(**said)
    except (ValueError, TypeError, AttributeError):
        raise CommandError(f"The manifest of {source} cannot be read. Take another backup.") from None


def _unpack(archive: tarfile.TarFile, member: tarfile.TarInfo, manifest: Manifest, staging: Path) -> None:
    expected = manifest.files.get(member.name)
    file = archive.extractfile(member)
    inside = ".." not in PurePosixPath(member.name).parts and not member.name.startswith("/")
    if expected is None or file is None or not inside:
        raise CommandError(f"The backup holds {member.name}, which its manifest does not name. Take another backup.")
    target = staging / member.name
    target.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with target.open("wb") as out:
        while piece := file.read(PIECE):
            digest.update(piece)
            out.write(piece)
    if digest.hexdigest() != expected["sha256"]:
        raise CommandError(
            f"{member.name} in the backup is not what was written: its digest differs. Take another one."
        )


def check_fits(manifest: Manifest) -> None:
    """Raise CommandError where this program or this kind of database cannot hold the backup."""
    if manifest.database != connection.vendor:
        raise CommandError(
            f"The backup is of {manifest.database}, this database is {connection.vendor}. "
            "Between the two kinds, use export_program and import_program."
        )
    if unknown := sorted(set(manifest.migrations) - known_migrations()):
        raise CommandError(
            f"The backup is of a newer release ({manifest.program}): this one does not know {unknown[0]}. Update first."
        )


def check_rows(manifest: Manifest, found: Mapping[str, int]) -> None:
    wrong = [name for name, rows in manifest.tables.items() if found.get(name) != rows]
    if wrong:
        name = wrong[0]
        raise CommandError(
            f"{name} has {found.get(name)} rows after the restore, {manifest.tables[name]} in the backup. Nothing was "
            "switched; take another backup."
        )


def put_back_uploads(staging: Path, stamp: str) -> None:
    """Put the uploaded files in their place; those that were there belong to the former database."""
    target = Path(settings.DATA_DIR) / UPLOADS
    if target.is_dir() and any(target.iterdir()):
        target.rename(target.with_name(f"{UPLOADS}-replaced-{stamp}"))
    if (staging / UPLOADS).is_dir():
        shutil.copytree(staging / UPLOADS, target, dirs_exist_ok=True)
