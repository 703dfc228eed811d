"""Write the rows of a small program as this release stores them, for the next ones to upgrade: once per release.

    python -m tests.upgrade.keep_rows tests/upgrade/NAME.json.gz

It fills an empty SQLite file by this release's own code, scores included. The first file was written by the code of
the commit before jobs.0002, in whose schema every room stood at its first migration.
"""

import gzip
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import django

os.environ.update(EMBEDDED="true", DATABASE_URL="", DATA_DIR=tempfile.mkdtemp())
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "quality_program.settings")
django.setup()

from django.apps import apps  # noqa: E402  # settings first
from django.core.management import call_command  # noqa: E402
from django.core.serializers.json import DjangoJSONEncoder  # noqa: E402
from django.db import connection  # noqa: E402
from django.db.migrations.recorder import MigrationRecorder  # noqa: E402

from functions.models import Membership, Program  # noqa: E402
from tests.factories.accounts import UserFactory  # noqa: E402
from tests.gap_scores.world import World  # noqa: E402

ROOMS = {
    "accounts", "jobs", "functions", "requirements_catalog", "customers", "interviews", "metrics", "gap_scores",
    "improvements",
}  # fmt: skip


def fill() -> None:
    call_command("migrate", interactive=False, verbosity=0)
    Program.objects.create(name="Earlier")
    Membership.objects.create(user=UserFactory(username="anna"), role="administrator")
    world = World(seed=7)
    for _ in range(160):
        world.edit()
    world.drain()
    # Still to be folded when the upgrade begins.
    world.interview()


def rows() -> dict[str, list[dict[str, Any]]]:
    models = [each for each in apps.get_models(include_auto_created=True) if each._meta.app_label in ROOMS]
    return {each._meta.label: list(each._base_manager.order_by("pk").values()) for each in models}


def migrations() -> dict[str, str]:
    """Return the newest migration of each room."""
    applied = sorted(MigrationRecorder(connection).applied_migrations())
    return {app: name for app, name in applied if app in ROOMS}


if __name__ == "__main__":
    fill()
    said = json.dumps({"migrations": migrations(), "rows": rows()}, cls=DjangoJSONEncoder, sort_keys=True)
    Path(sys.argv[1]).write_bytes(gzip.compress(said.encode(), mtime=0))
