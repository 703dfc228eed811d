"""Take databases from earlier releases' rows to this release: `python -m tests.upgrade.from_earlier ROWS ...`.

The database that the environment names is empty. It is brought to the schema of each release in turn, filled by the
models of then, and upgraded with its rows; before the next one's take their place it is copied. So one walk through
the migrations, which is most of the work, serves all. Prints as JSON what is there afterwards.
"""

import contextlib
import json
import os
import sqlite3
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import django
import psycopg2
from psycopg2 import sql

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "quality_program.settings")
django.setup()

from django.core.cache import caches  # noqa: E402  # settings first
from django.core.management import call_command  # noqa: E402
from django.core.management.color import no_style  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.db.migrations.executor import MigrationExecutor  # noqa: E402
from django.db.models import JSONField  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.audit import verify_chain  # noqa: E402
from accounts.models import User  # noqa: E402
from gap_scores.boards import forget_boards  # noqa: E402
from gap_scores.rebuilding import verify  # noqa: E402
from jobs.models import Marker  # noqa: E402
from tests.upgrade.kept import age, read_kept  # noqa: E402


def migrate_to(earlier: dict[str, str]) -> Any:
    """Bring a database to the schema of then; return the models of then."""
    executor = MigrationExecutor(connection)
    others = [leaf for leaf in executor.loader.graph.leaf_nodes() if leaf[0] not in earlier]
    # Rooms that came later stay away; packages of others are as they are today.
    ours = {"accounts", "notices", "improvements"} | set(earlier)
    targets = [*earlier.items(), *(leaf for leaf in others if leaf[0] not in ours)]
    return executor.migrate(targets).apps


def fill(models: Any, rows: dict[str, list[dict[str, Any]]]) -> None:
    named = {model._meta.label: model for model in models.get_models(include_auto_created=True)}
    with transaction.atomic():
        # What migrations brought (attributes, strata) is in the rows as well. Keys are compared at the end.
        for label in rows:
            with connection.cursor() as cursor:
                cursor.execute(f"DELETE FROM {connection.ops.quote_name(named[label]._meta.db_table)}")
        for label, its in rows.items():
            model = named[label]
            fields = {field.attname: field for field in model._meta.concrete_fields}
            model._base_manager.bulk_create(
                model(**{name: read(fields[name], value) for name, value in row.items()}) for row in its
            )
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), [named[label] for label in rows]):
            cursor.execute(statement)


def read(field: Any, value: Any) -> Any:
    return value if isinstance(field, JSONField) else field.to_python(value)


def counts(labels: dict[str, Any], models: Any) -> dict[str, int]:
    found = {model._meta.label: model for model in models.get_models(include_auto_created=True)}
    return {label: found[label]._base_manager.count() for label in labels}


def is_evidence(label: str) -> bool:
    """Whether rows are more than scores, which `verify` compares, and notes of work that the upgrade itself does."""
    room, name = label.split(".")
    return name != "Marker" and (room != "gap_scores" or name.startswith("Snapshot"))


def copy(name: str) -> str:
    """Copy the database, and return the name of the copy."""
    connection.close()
    its = connection.settings_dict
    if connection.vendor == "sqlite":
        with (
            contextlib.closing(sqlite3.connect(its["NAME"])) as here,
            contextlib.closing(sqlite3.connect(name)) as there,
        ):
            here.backup(there)
        return name
    url = {"host": its["HOST"], "port": its["PORT"], "user": its["USER"], "password": its["PASSWORD"]}
    with contextlib.closing(psycopg2.connect(**url, dbname="postgres")) as other, other.cursor() as cursor:
        other.autocommit = True
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        cursor.execute(statement.format(sql.Identifier(name), sql.Identifier(str(its["NAME"]))))
    return name


def use(name: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = name


def upgrade(rows: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """Upgrade the database in use as an operator does it, and return what is there."""
    waiting = Marker.objects.count()
    call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)
    # What this process drew from the other database.
    for each in caches:
        caches[each].clear()
    forget_boards()
    differences = [str(each) for each in verify(now=timezone.now())]
    client = Client(headers={"Host": "localhost"})
    client.force_login(User.objects.get(username="anna"))
    pages = {
        path: client.get(path, secure=True).status_code for path in ("/", "/requirements/", "/settings/", "/readyz")
    }
    kept = {label: len(its) for label, its in rows.items() if is_evidence(label)}
    there = counts(kept, django.apps.apps)
    return {
        "waiting": waiting,
        "differences": differences,
        "chain_breaks_at": verify_chain().broken_at,
        "pages": pages,
        "lost": {label: [number, there[label]] for label, number in kept.items() if there[label] != number},
    }


def main(files: Sequence[Path]) -> dict[str, Any]:
    kept = {file.name: read_kept(file) for file in files}
    walk, before = str(connection.settings_dict["NAME"]), ""
    databases: dict[str, str] = {}
    for name in sorted(kept, key=lambda each: age(kept[each])):
        models = migrate_to(kept[name]["migrations"])
        if before:
            databases[before] = copy(f"{walk}_{len(databases)}")
        fill(models, kept[name]["rows"])
        databases[name] = walk
        before = name
    said = {}
    for name, database in databases.items():
        use(database)
        said[name] = upgrade(kept[name]["rows"])
    connection.close()
    return said


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main([Path(file) for file in sys.argv[1:]])))
