"""Indexes of large tables in migrations: made while others write."""

from typing import Any

from django.db.migrations.operations import AddIndex, RemoveIndex


class AddIndexBeside(AddIndex):
    """Makes an index, on PostgreSQL without a lock that writers wait for; its migration has `atomic = False`.

    What a migration that was stopped left of it is taken away first.
    """

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if schema_editor.connection.vendor != "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        model = to_state.apps.get_model(app_label, self.model_name)
        schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {schema_editor.quote_name(self.index.name)}")
        schema_editor.add_index(model, self.index, concurrently=True)


class RemoveIndexBeside(RemoveIndex):
    """Takes an index away, on PostgreSQL without a lock that readers wait for."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if schema_editor.connection.vendor != "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {schema_editor.quote_name(self.name)}")
