"""Take a database from an earlier release's rows to this release: `python -m tests.upgrade.from_earlier ROWS`.

The database that the environment names is empty. It is brought to the schema of then, filled by the models of then, and
upgraded as an operator does it. Prints as JSON what is there afterwards.
"""

import gzip
import json
import os
import sys
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "quality_program.settings")
django.setup()

from django.core.management import call_command  # noqa: E402  # settings first
from django.core.management.color import no_style  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.db.migrations.executor import MigrationExecutor  # noqa: E402
from django.db.models import JSONField  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.models import User  # noqa: E402
from gap_scores.rebuilding import verify  # noqa: E402
from jobs.models import Marker  # noqa: E402


def migrate_to(earlier: dict[str, str]) -> Any:
    """Bring an empty database to the schema of then; return the models of then."""
    executor = MigrationExecutor(connection)
    others = [leaf for leaf in executor.loader.graph.leaf_nodes() if leaf[0] not in earlier]
    # Rooms that came later stay away; packages of others are as they are today.
    ours = {"accounts", "improvements"} | set(earlier)
    targets = [*earlier.items(), *(leaf for leaf in others if leaf[0] not in ours)]
    return executor.migrate(targets).apps


def fill(models: Any, rows: dict[str, list[dict[str, Any]]]) -> None:
    named = {model._meta.label: model for model in models.get_models(include_auto_created=True)}
    with transaction.atomic():
        for label, its in rows.items():
            model = named[label]
            fields = {field.attname: field for field in model._meta.concrete_fields}
            # What migrations brought (attributes, strata) is in the rows as well.
            model._base_manager.all().delete()
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


def main(file: Path) -> dict[str, Any]:
    kept = json.loads(gzip.decompress(file.read_bytes()))
    fill(migrate_to(kept["migrations"]), kept["rows"])
    waiting = Marker.objects.count()
    call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)
    differences = [str(each) for each in verify(now=timezone.now())]
    client = Client(headers={"Host": "localhost"})
    client.force_login(User.objects.get(username="anna"))
    pages = {
        path: client.get(path, secure=True).status_code for path in ("/", "/requirements/", "/settings/", "/readyz")
    }
    rooms = {label: len(rows) for label, rows in kept["rows"].items() if not label.startswith(("gap_scores.", "jobs."))}
    return {
        "waiting": waiting,
        "differences": differences,
        "pages": pages,
        "lost": {
            label: rows for label, rows in rooms.items() if counts({label: rows}, django.apps.apps)[label] != rows
        },
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(Path(sys.argv[1]))))
