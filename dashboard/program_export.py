"""The whole program as one file: a zip with a table per noun as JSON lines, and a manifest that vouches for them."""

import hashlib
import json
import zipfile
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from accounts.audit import record
from accounts.models import AuditKind, User
from dashboard.program_tables import (
    FORMAT,
    MANIFEST,
    TABLES,
    Progress,
    fields_of,
    file_of,
    rows_at_once,
    rows_of,
    written,
)
from functions.selectors import program
from gap_scores.locking import no_progress, one_snapshot
from jobs.running import Tell


def export_program(*, path: Path, now: datetime) -> dict[str, int]:
    """Write the program to a new file, as it stands at one moment; return the rows per table.

    Raises FileExistsError where there is a file of this name.
    """
    with path.open("xb") as target:
        counts = write_program(target, now=now)
    note_program_export(counts, f"to '{path.name}'")
    return counts


def write_program(target: BinaryIO, *, now: datetime, tell: Tell = no_progress) -> dict[str, int]:
    """Write one moment of the program to an open file; return the rows per table."""
    with one_snapshot(), zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        progress = Progress(total=sum(rows_of(table).count() for table in TABLES), tell=tell)
        tables = [_write_table(archive, table, progress) for table in TABLES]
        current = program()
        manifest = {
            "format": FORMAT, "program": current.name if current else "", "made_at": now.isoformat(), "tables": tables,
        }  # fmt: skip
        archive.writestr(MANIFEST, json.dumps(manifest, indent=1, ensure_ascii=False))
    return {each["table"]: each["rows"] for each in tables}


def note_program_export(counts: Mapping[str, int], how: str, person: User | None = None) -> None:
    sentence = f"The whole program was exported {how}: {sum(counts.values()):,} rows."
    record(kind=AuditKind.PROGRAM_EXPORTED, sentence=sentence, details={"rows": counts}, person=person)


def _write_table(archive: zipfile.ZipFile, table: str, progress: Progress) -> dict[str, Any]:
    digest, rows = hashlib.sha256(), 0
    # Zip64, because nobody knows beforehand whether a table stays below 4 GiB.
    with archive.open(file_of(table), "w", force_zip64=True) as file:
        for line in _lines(table):
            digest.update(line)
            file.write(line)
            rows += 1
            progress.step()
    columns = [field.attname for field in fields_of(table)]
    return {
        "table": table, "file": file_of(table), "columns": columns, "rows": rows, "sha256": digest.hexdigest(),
    }  # fmt: skip


def _lines(table: str) -> Iterator[bytes]:
    fields = fields_of(table)
    rows = rows_of(table).order_by("pk").values_list(*(field.attname for field in fields))
    for row in rows.iterator(chunk_size=rows_at_once(table)):
        values = {field.attname: written(table, field, value) for field, value in zip(fields, row, strict=True)}
        # By name, because PostgreSQL keeps the keys of what is stored as JSON in an order of its own.
        yield json.dumps(values, ensure_ascii=False, allow_nan=False, sort_keys=True).encode() + b"\n"
