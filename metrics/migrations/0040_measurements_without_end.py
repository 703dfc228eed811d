"""Indexes that pages of 100 million measurements begin in; none is more than there was, but of what was corrected."""

from django.db import migrations, models, transaction
from django.db.models import Q

from web.indexes import AddIndexBeside, RemoveIndexBeside

TABLE, NAME = "metrics_measurement", "measurement_external_id_once"
ANEW, BEFORE = "measurement_external_id_anew", "measurement_external_id_before"


def id_first(apps, schema_editor):
    swap(schema_editor, "external_id, source")


def source_first(apps, schema_editor):
    swap(schema_editor, "source, external_id")


def swap(schema_editor, columns):
    """Put a unique index in the place of another; at every moment one of them holds what it says."""
    made = f"{{name}} ON {TABLE} ({columns}) WHERE (is_current AND NOT (external_id = ''))"
    if schema_editor.connection.vendor != "postgresql":
        # SQLite renames no index, and nobody else writes meanwhile.
        schema_editor.execute(f"DROP INDEX {NAME}")
        schema_editor.execute(f"CREATE UNIQUE INDEX {made.format(name=NAME)}")
        return
    for left in (ANEW, BEFORE):
        schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {left}")
    schema_editor.execute(f"CREATE UNIQUE INDEX CONCURRENTLY {made.format(name=ANEW)}")
    with transaction.atomic(schema_editor.connection.alias):
        schema_editor.execute(f"ALTER INDEX {NAME} RENAME TO {BEFORE}")
        schema_editor.execute(f"ALTER INDEX {ANEW} RENAME TO {NAME}")
    schema_editor.execute(f"DROP INDEX CONCURRENTLY {BEFORE}")


class Migration(migrations.Migration):
    atomic = False
    needs_no_downtime = "an external id of a source is held once by an index of the same name in another order"
    dependencies = [("metrics", "0030_day_sums")]

    operations = [
        AddIndexBeside(
            model_name="measurement",
            index=models.Index(
                condition=Q(is_current=False), fields=["period_end", "id"], name="measurement_corrected_by_day"
            ),
        ),
        AddIndexBeside(
            model_name="measurement",
            index=models.Index(
                condition=Q(is_current=True),
                fields=["source", "period_end", "id"],
                name="measurement_current_in_source",
            ),
        ),
        RemoveIndexBeside(model_name="measurement", name="measurement_current_by_source"),
        AddIndexBeside(
            model_name="measurement",
            index=models.Index(
                condition=Q(is_current=True), fields=["part", "period_end", "id"], name="measurement_current_of_part"
            ),
        ),
        RemoveIndexBeside(model_name="measurement", name="measurement_current_by_part"),
        AddIndexBeside(
            model_name="measurement",
            index=models.Index(
                condition=~Q(external_id="") & Q(is_current=False),
                fields=["external_id", "source"],
                name="measurement_earlier_by_id",
            ),
        ),
        RemoveIndexBeside(model_name="measurement", name="measurement_earlier_revisions"),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(id_first, source_first)],
            state_operations=[
                migrations.RemoveConstraint(model_name="measurement", name=NAME),
                migrations.AddConstraint(
                    model_name="measurement",
                    constraint=models.UniqueConstraint(
                        condition=~Q(external_id="") & Q(is_current=True), fields=("external_id", "source"), name=NAME
                    ),
                ),
            ],
        ),
    ]
