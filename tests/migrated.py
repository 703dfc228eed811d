"""An SQLite file with all tables, made once for the migrations as they are; every run of tests copies it.

Migrating takes longer than most rooms' tests. `python -m tests.migrated` makes it ahead.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = Path(tempfile.gettempdir()) / "quality-program-tests"
A_DAY = 86_400
# What decides how the tables look: our migrations, those of the libraries, and what the settings put in.
DECIDING = (
    "*/migrations/*.py",
    "gap_scores/bi_views.py",
    "requirements/*.lock",
    "quality_program/settings.py",
    "tests/settings.py",
)


def migrated_file() -> Path:
    """Return the file, made now if it is not there; two at once make it once."""
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"migrated-{_key()}.sqlite3"
    with (FOLDER / "migrated.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            _make(path)
    return path


def _key() -> str:
    found = hashlib.sha256()
    for path in sorted(path for pattern in DECIDING for path in ROOT.glob(pattern)):
        found.update(f"{path.relative_to(ROOT)}\0".encode())
        found.update(path.read_bytes())
    return found.hexdigest()[:20]


def _make(path: Path) -> None:
    for older in FOLDER.glob("migrated-*.sqlite3"):
        # Not younger ones: another checkout may be about to read its own.
        if older.stat().st_mtime < time.time() - A_DAY:
            older.unlink()
    unfinished = path.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", "DATABASE_URL": f"sqlite:///{unfinished}"}
    command = [sys.executable, "manage.py", "migrate", "--verbosity=0", "--skip-checks"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    unfinished.rename(path)


def put_into(folder: Path) -> None:
    """Let a program that starts in this data folder find all tables. Its first start is tests/quality_program/
    test_serve.py's to try."""
    shutil.copyfile(migrated_file(), folder / "quality.sqlite3")


if __name__ == "__main__":
    migrated_file()
