"""Data of earlier releases, as their own code stored it, is upgraded: no row is lost and every score is the same."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
from django.db import connection
from psycopg2 import sql

from tests.upgrade.kept import KEPT

# The walk is slow on a busy machine.
pytestmark = pytest.mark.timeout(600)
ROOT = Path(__file__).resolve().parents[2]


@contextlib.contextmanager
def empty_database(folder: Path) -> Iterator[dict[str, str]]:
    """Yield the environment of an empty database of the kind that this run uses."""
    plain = {
        "DATA_DIR": str(folder), "SECRET_KEY": "for an upgrade", "ALLOWED_HOSTS": "localhost", "REDIS_URL": "",
        "STATICFILES_STORAGE": "django.contrib.staticfiles.storage.StaticFilesStorage",
    }  # fmt: skip
    if connection.vendor != "postgresql":
        yield plain | {"DATABASE_URL": ""}
        return
    its = connection.settings_dict
    server = f"postgres://{its['USER']}:{its['PASSWORD']}@{its['HOST']}:{its['PORT']}"
    name = f"upgrade_{os.getpid()}"
    with contextlib.closing(psycopg2.connect(f"{server}/postgres")) as other, other.cursor() as cursor:
        other.autocommit = True
        cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield plain | {"DATABASE_URL": f"{server}/{name}", "EMBEDDED": ""}
        finally:
            cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [name])
            for (each,) in cursor.fetchall():
                cursor.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(each)))


def test_earlier_releases_data_keeps_every_row_and_every_bit_of_its_scores(tmp_path: Path) -> None:
    with empty_database(tmp_path) as environment:
        done = subprocess.run(
            [sys.executable, "-m", "tests.upgrade.from_earlier", *map(str, KEPT)], cwd=ROOT, text=True, check=False,
            env={**os.environ, "DJANGO_SETTINGS_MODULE": "quality_program.settings", **environment},
            capture_output=True,
        )  # fmt: skip

    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout.splitlines()[-1])
    assert said.keys() == {path.name for path in KEPT}
    for its in said.values():
        assert its["waiting"] > 0
        assert (its["differences"], its["lost"], its["chain_breaks_at"]) == ([], {}, None)
        assert its["pages"] == {"/": 200, "/requirements/": 200, "/settings/": 200, "/readyz": 200}


def test_there_is_an_earlier_release_to_upgrade_from_and_one_with_rows_in_every_table() -> None:
    assert {"first_rooms.json.gz", "every_table.json.gz"} <= {path.name for path in KEPT}
