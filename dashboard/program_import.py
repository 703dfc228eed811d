"""A whole program from its file, into an empty one: checked first, then all of it or nothing."""

import hashlib
import json
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.core.management.color import no_style
from django.db import DatabaseError, connection, transaction
from django.utils.translation import gettext_lazy as _

from accounts.audit import record
from accounts.models import AuditKind
from customers.hearing import set_right
from dashboard.program_keeper import ACCOUNTS, Keeper
from dashboard.program_tables import (
    BROUGHT_BY_MIGRATIONS,
    FORMAT,
    MANIFEST,
    TABLES,
    Progress,
    fields_of,
    file_of,
    model_of,
    name_of,
    read,
    rows_at_once,
    rows_of,
)
from gap_scores.locking import no_progress
from jobs.models import Marker
from jobs.running import Tell
from jobs.services import leave_markers, mark_circle, mark_every_day, mark_register

T = TypeVar("T")
LARGEST_MANIFEST = 1024 * 1024
# SQLite takes some 32,000 values a statement.
MOST_VALUES = 10_000
DAMAGED = (zipfile.BadZipFile, zlib.error, KeyError, ValueError, TypeError, EOFError)


def import_program(*, path: Path, keeper: Keeper | None = None, tell: Tell = no_progress) -> dict[str, int]:
    """Fill an empty program from a file; return the rows per table.

    Without a keeper there may be no accounts; with one, its person stays and the others come together with the file's.
    Raises ValidationError if the file is damaged, was made by another version, or the program is not empty.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            tables = _tables_in(archive)
            # Each row is read twice: to check the file, and to write it.
            progress = Progress(total=2 * sum(tables[table]["rows"] for table in TABLES), tell=tell)
            for table in TABLES:
                _check(archive, tables[table], progress)
            return _fill(archive, tables, keeper, progress)
    except DAMAGED as error:
        raise _damaged(type(error).__name__) from None


def _damaged(why: Any) -> ValidationError:
    message = _("The file is damaged or is no export of a program (%(why)s). Nothing was written. Export it anew.")
    return ValidationError(message, code="damaged", params={"why": why})


# ---- Looking at it


def _tables_in(archive: zipfile.ZipFile) -> Mapping[str, Mapping[str, Any]]:
    """Return what the manifest says of each table, which must be what this version has."""
    if archive.getinfo(MANIFEST).file_size > LARGEST_MANIFEST:
        raise _damaged(MANIFEST)
    manifest = json.loads(archive.read(MANIFEST))
    if manifest["format"] > FORMAT:
        message = _(
            "The file has format %(its)s, this version reads up to %(ours)s. Upgrade this installation, then import."
        )
        raise ValidationError(message, code="newer", params={"its": manifest["format"], "ours": FORMAT})
    tables = {each["table"]: each for each in manifest["tables"]}
    ours = {table: [field.attname for field in fields_of(table)] for table in TABLES}
    for table in sorted(ours.keys() | tables.keys()):
        if ours.get(table) != tables.get(table, {}).get("columns"):
            message = _(
                "The file was made by another version: its table %(table)s has other columns. "
                "Bring both installations to the same version, then export anew."
            )
            raise ValidationError(message, code="version", params={"table": table})
    return tables


def _check(archive: zipfile.ZipFile, stated: Mapping[str, Any], progress: Progress) -> None:
    digest, rows = hashlib.sha256(), 0
    with archive.open(file_of(stated["table"])) as file:
        for line in file:
            digest.update(line)
            rows += 1
            progress.step()
    if (digest.hexdigest(), rows) != (stated["sha256"], stated["rows"]):
        raise _damaged(file_of(stated["table"]))


# ---- Filling


def _fill(
    archive: zipfile.ZipFile, tables: Mapping[str, Mapping[str, Any]], keeper: Keeper | None, progress: Progress
) -> dict[str, int]:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            _refuse_unless_empty(but=ACCOUNTS if keeper else ())
            if keeper:
                keeper.make_room(_objects(archive, ACCOUNTS[0]), _objects(archive, ACCOUNTS[-1]))
            for table in BROUGHT_BY_MIGRATIONS:
                cursor.execute(f"DELETE FROM {name_of(table)}")
            for table in TABLES:
                at_once = min(rows_at_once(table), MOST_VALUES // len(fields_of(table)))
                for lines in _batches(_rows(archive, table), at_once):
                    cursor.execute(*_insert(table, lines))
                    progress.step(len(lines))
            for statement in connection.ops.sequence_reset_sql(no_style(), [model_of(table) for table in TABLES]):
                cursor.execute(statement)
            person = keeper.settle() if keeper else None
            connection.check_constraints()
            set_right()
            _mark_everything()
            counts = {table: tables[table]["rows"] for table in TABLES}
            sentence = f"A whole program was imported: {sum(counts.values()):,} rows."
            record(kind=AuditKind.PROGRAM_IMPORTED, sentence=sentence, details={"rows": counts}, person=person)
    except DatabaseError as error:
        raise _damaged(type(error).__name__) from error
    return counts


def _mark_everything() -> None:
    """Leave a marker for all that scores are made of: whoever drains works them out, even if this process dies now."""
    requirements = rows_of("requirements_catalog.Requirement").values_list("pk", flat=True)
    leave_markers(kind=Marker.Kind.REQUIREMENT, keys=[(pk, 0) for pk in requirements])
    mark_every_day(metric_ids=rows_of("metrics.Metric").values_list("pk", flat=True))
    mark_register()
    mark_circle()


def _refuse_unless_empty(but: Sequence[str]) -> None:
    for table in TABLES:
        if table not in (*BROUGHT_BY_MIGRATIONS, *but) and (count := rows_of(table).count()):
            message = _(
                "This program is not empty: it has %(count)d rows in %(table)s. Import into a new database, right "
                "after its migrations."
            )
            raise ValidationError(message, code="not_empty", params={"count": count, "table": table})


def _objects(archive: zipfile.ZipFile, table: str) -> Iterator[dict[str, Any]]:
    with archive.open(file_of(table)) as file:
        yield from map(json.loads, file)


def _rows(archive: zipfile.ZipFile, table: str) -> Iterator[Sequence[Any]]:
    fields = fields_of(table)
    for values in _objects(archive, table):
        yield [field.get_db_prep_save(read(field, values[field.attname]), connection) for field in fields]


def _insert(table: str, rows: Sequence[Sequence[Any]]) -> tuple[str, list[Any]]:
    """Return a statement that writes the rows as they are: Django's own would set the times of creation anew."""
    columns = ", ".join(connection.ops.quote_name(field.column or "") for field in fields_of(table))
    marks = ", ".join([f"({', '.join(['%s'] * len(rows[0]))})"] * len(rows))
    # Names are those of the models; values are bound.
    statement = f"INSERT INTO {name_of(table)} ({columns}) VALUES {marks}"
    return statement, [value for row in rows for value in row]


def _batches(items: Iterator[T], size: int) -> Iterator[list[T]]:
    while batch := list(islice(items, size)):
        yield batch
