"""Files whose columns need no naming: catalogues as JSON, and houses in any form."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from dashboard.file_columns import CATALOGUES
from dashboard.file_storage import Folder, first_lines, layout_of
from dashboard.house_documents import KINDS as HOUSES
from dashboard.house_documents import heading_of, sheet_in, sheet_of_table
from dashboard.house_importing import import_house
from jobs.models import FileImport
from web.catalogue import CatalogueFile, CatalogueMapping, entries_of, import_catalogue
from web.documents import FORMAT, DocumentTable, Json, list_in, members, read_document
from web.imports import Report
from web.tables import Layout, refuse_formulas

Kind = FileImport.Kind
# What may come as JSON; catalogues may also come as a table whose columns somebody names.
KINDS_OF_DOCUMENTS = frozenset((*CATALOGUES, Kind.HOUSE))


def is_document(kind: str, name: str) -> bool:
    return kind not in CATALOGUES or Path(name).suffix.lower() == ".json"


def kinds_in(kind: str) -> list[str]:
    """Return what a document of this kind of file may call itself."""
    return list(HOUSES) if kind == Kind.HOUSE else [kind]


def layout_of_document(folder: Folder, name: str) -> Layout:
    """Return how the file is written, and which row names its columns where it is a table."""
    if folder.document.exists():
        return Layout()
    if folder.spreadsheet.exists():
        refuse_formulas(folder.spreadsheet)
    layout = layout_of(folder, name)
    return msgspec.structs.replace(layout, heading_row=heading_of(first_lines(folder.rows, layout)))


def check_document(kind: str, folder: Folder, layout: Layout) -> None:
    """Raise ValidationError for a file that cannot be what it is said to be."""
    read = read_in_folder(kind, folder, layout)
    if kind in CATALOGUES:
        catalogue_in(kind, read)


def read_in_folder(kind: str, folder: Folder, layout: Layout) -> Any:
    """Return what a file says: its document, or its table as the kind reads it."""
    if folder.document.exists():
        document = read_document(folder.document.read_bytes(), kinds=kinds_in(kind))
        return sheet_in(document) if kind == Kind.HOUSE else document
    return table_in(folder, layout)


def table_in(folder: Folder, layout: Layout) -> Any:
    sheet = sheet_of_table(folder.rows, layout)
    if sheet is None:
        message = _("This is no house: a column 'no' has the numbers of the requirements, and one is called 'owner' or "
                    "'measures the level'. Export the house, and change that file.")  # fmt: skip
        raise ValidationError(message, code="columns")
    return sheet


def run_file(kind: str, folder: Folder, layout: Layout, **options: Any) -> Report:
    """Bring a file in, or check it; raises ValidationError if it cannot be read, or if what it is about has moved."""
    return run_read(kind, read_in_folder(kind, folder, layout), **options)


def run_document(kind: str, document: Json, **options: Any) -> Report:
    """Bring a document in that came as such, or check it."""
    return run_read(kind, sheet_in(document) if kind == Kind.HOUSE else document, **options)


def run_read(kind: str, read: Any, **options: Any) -> Report:
    return import_house(read, **options) if kind == Kind.HOUSE else import_catalogue_document(kind, read, **options)


# ---- Catalogues


def catalogue_document(kind: str) -> Json:
    """Return all requirements, functions or metrics as a document; what is brought in of it changes nothing."""
    return {"format": FORMAT, "kind": kind, kind: entries_of(CATALOGUES[kind])}


def catalogue_in(kind: str, document: Json) -> list[Any]:
    members(document, ("format", "kind", kind))
    return list_in(document, kind)


def import_catalogue_document(kind: str, document: Json, **options: Any) -> Report:
    file = CATALOGUES[kind]
    entries = catalogue_in(kind, document)
    known = [column.key for column in file.columns]
    # A file has one of the columns that say the same from two ends.
    used = [key for key in known if key not in unused(file, entries)]
    mapping = CatalogueMapping(columns={key: key for key in used})
    return import_catalogue(file, table=DocumentTable(entries, known), mapping=mapping, **options)


def unused(file: CatalogueFile, entries: Iterable[Any]) -> set[str]:
    stated = {name for entry in entries if isinstance(entry, dict) for name in entry}
    return {key for key in file.alternatives if key not in stated}
