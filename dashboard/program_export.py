"""The whole program as one file: a zip with a table per noun as JSON lines, and a manifest that vouches for them."""

import hashlib
import json
import zipfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from accounts.audit import record
from accounts.models import AuditKind
from dashboard.program_tables import FORMAT, MANIFEST, TABLES, fields_of, file_of, rows_of, written
from functions.selectors import program
from gap_scores.locking import one_snapshot


def export_program(*, path: Path, now: datetime) -> dict[str, int]:
    """Write the program to a new file, as it stands at one moment; return the rows per table.

    Raises FileExistsError where there is a file of this name.
    """
    with path.open("xb") as target, one_snapshot(), zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        tables = [_write_table(archive, table) for table in TABLES]
        current = program()
        manifest = {
            "format": FORMAT, "program": current.name if current else "", "made_at": now.isoformat(), "tables": tables,
        }  # fmt: skip
        archive.writestr(MANIFEST, json.dumps(manifest, indent=1, ensure_ascii=False))
    counts = {each["table"]: each["rows"] for each in tables}
    sentence = f"The whole program was exported to '{path.name}': {sum(counts.values()):,} rows."
    record(kind=AuditKind.PROGRAM_EXPORTED, sentence=sentence, details={"rows": counts})
    return counts


def _write_table(archive: zipfile.ZipFile, table: str) -> dict[str, Any]:
    digest, rows = hashlib.sha256(), 0
    # Zip64, because nobody knows beforehand whether a table stays below 4 GiB.
    with archive.open(file_of(table), "w", force_zip64=True) as file:
        for line in _lines(table):
            digest.update(line)
            file.write(line)
            rows += 1
    columns = [field.attname for field in fields_of(table)]
    return {
        "table": table, "file": file_of(table), "columns": columns, "rows": rows, "sha256": digest.hexdigest(),
    }  # fmt: skip


def _lines(table: str) -> Iterator[bytes]:
    fields = fields_of(table)
    rows = rows_of(table).order_by("pk").values_list(*(field.attname for field in fields))
    for row in rows.iterator(chunk_size=2_000):
        values = {field.attname: written(table, field, value) for field, value in zip(fields, row, strict=True)}
        yield json.dumps(values, ensure_ascii=False, allow_nan=False).encode() + b"\n"
