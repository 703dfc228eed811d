"""Processes of the release before work on the schema of this one, so an upgrade needs nobody to stop working.

A migration since the newest kept rows (tests/upgrade) only adds what those processes need not know of. One that cannot
carries a sentence, `needs_downtime`, which stands in CHANGELOG.md as well: the operator ends the processes first. One
whose statements cannot be judged here, and do no harm, says why in `needs_no_downtime`, in CHANGELOG.md as well.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ModelState, ProjectState

from tests.upgrade.kept import KEPT, age, read_kept

pytestmark = pytest.mark.once
ROOT = Path(__file__).resolve().parents[2]
# Whoever does not know of them works as before.
HARMLESS = (
    migrations.CreateModel, migrations.AddIndex, migrations.RemoveIndex, migrations.AlterModelOptions,
    migrations.AlterModelManagers,
)  # fmt: skip


def newest_kept() -> dict[str, str]:
    newest: dict[str, str] = max(map(read_kept, KEPT), key=age)["migrations"]
    return newest


def since(kept: Mapping[str, str]) -> Iterator[tuple[migrations.Migration, ProjectState]]:
    """Yield the migrations that the newest kept rows had not seen, each with the models before it."""
    ours = {path.parent.parent.name for path in ROOT.glob("*/migrations/__init__.py")}
    loader = MigrationLoader(None)
    for (room, name), migration in sorted(loader.disk_migrations.items()):
        if room in ours and int(name[:4]) > int(kept.get(room, "0000")[:4]):
            yield migration, loader.project_state((room, name), at_end=False)


def is_harmless(operation: Operation, models_before: Mapping[str, ModelState]) -> bool:
    """Whether a process that knows nothing of an operation reads and writes as before."""
    model = models_before.get(getattr(operation, "model_name", "").lower())
    if isinstance(operation, HARMLESS) or (model is None and hasattr(operation, "model_name")):
        return True
    if isinstance(operation, migrations.AddField):
        # Its INSERTs do not name the column.
        return bool(operation.field.null or operation.field.has_db_default() or operation.field.many_to_many)
    if isinstance(operation, migrations.AlterField):
        before = model.fields.get(operation.name)
        # One that this migration itself added is not there yet.
        return before is None or takes_more(before, operation.field)
    return False


def takes_more(before: models.Field, after: models.Field) -> bool:
    """Whether a column takes whatever it took."""
    same = type(before) is type(after) and before.unique == after.unique and before.remote_field is after.remote_field
    return same and (after.null or not before.null) and (after.max_length or 0) >= (before.max_length or 0)


def harmful(migration: migrations.Migration, before: ProjectState) -> list[str]:
    its_models = {name: state for (room, name), state in before.models.items() if room == migration.app_label}
    return [each.describe() for each in migration.operations if not is_harmless(each, its_models)]


def why(migration: migrations.Migration) -> str:
    names = ("needs_downtime", "needs_no_downtime")
    return next((getattr(migration, name) for name in names if hasattr(migration, name)), "not said")


def test_each_migration_only_adds_or_says_why_the_processes_end_first() -> None:
    said = " ".join((ROOT / "CHANGELOG.md").read_text().split())
    harm = [(each, harmful(each, before)) for each, before in since(newest_kept())]

    assert [(str(each), found) for each, found in harm if found and why(each) not in said] == []


NUMBER = {"name": "number", "model_name": "metric"}


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        (migrations.AddField(**NUMBER, field=models.IntegerField(null=True)), True),
        (migrations.AddField(**NUMBER, field=models.IntegerField(db_default=0)), True),
        # Django forgets the default once the column is there.
        (migrations.AddField(**NUMBER, field=models.IntegerField(default=0)), False),
        (migrations.AddField(model_name="new", name="number", field=models.IntegerField()), True),
        (migrations.RemoveField(model_name="metric", name="unit"), False),
        (migrations.RenameField(model_name="metric", old_name="unit", new_name="number"), False),
        (migrations.AlterField("metric", "unit", models.CharField(max_length=12, choices=[("a", "A")])), True),
        (migrations.AlterField("metric", "unit", models.CharField(max_length=11)), False),
        (migrations.AlterField("metric", "unit", models.CharField(max_length=12, unique=True)), False),
        (migrations.AlterField("metric", "unit", models.IntegerField()), False),
        (migrations.AddConstraint("metric", models.UniqueConstraint(fields=["name"], name="once")), False),
        (migrations.AddConstraint("new", models.UniqueConstraint(fields=["name"], name="once")), True),
        (migrations.DeleteModel("metric"), False),
        (migrations.RunSQL("SELECT 1"), False),
    ],
)
def test_what_the_release_before_cannot_know_of_is_told_apart(operation: Operation, expected: bool) -> None:
    metric = ModelState("metrics", "Metric", [("unit", models.CharField(max_length=12))])

    assert is_harmless(operation, {"metric": metric}) is expected
