"""Files whose columns need no naming: catalogues as JSON, and houses and guides in any form."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
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
from interviews import guide_tables
from interviews.guide_files import read_file as guide_in
from interviews.guide_importing import import_guide
from jobs.models import FileImport
from web.catalogue import CatalogueFile, CatalogueMapping, entries_of, import_catalogue
from web.documents import FORMAT, MOST_MIB, DocumentTable, Json, check_kind, list_in, members, read_document
from web.imports import Report
from web.tables import Layout

Kind = FileImport.Kind
# What may come as JSON; catalogues may also come as a table whose columns somebody names.
KINDS_OF_DOCUMENTS = frozenset((*CATALOGUES, Kind.HOUSE, Kind.GUIDES))

# Each may be a change with a dozen queries, and the web server ends a request after 20 seconds.
MOST_AT_ONCE = 20_000


def is_document(kind: str, name: str) -> bool:
    return kind not in CATALOGUES or Path(name).suffix.lower() == ".json"


def kinds_in(kind: str) -> list[str]:
    """Return what a document of this kind of file may call itself."""
    return list(HOUSES) if kind == Kind.HOUSE else [kind]


def layout_of_document(kind: str, folder: Folder, name: str) -> Layout:
    """Return how the file is written, and which row names its columns where it is a table."""
    if folder.document.exists():
        return Layout()
    check_size(folder.rows)
    layout = layout_of(folder, name, takes_formulas=False)
    # A spreadsheet is text by now.
    check_size(folder.rows)
    lines = first_lines(folder.rows, layout)
    heading_row = guide_tables.heading_of(lines) if kind == Kind.GUIDES else heading_of(lines)
    return msgspec.structs.replace(layout, heading_row=heading_row)


def check_size(path: Path) -> None:
    """Refuse a table that is too large to be read while somebody waits."""
    if path.exists() and path.stat().st_size > MOST_MIB * 1024**2:
        message = _("The table is larger than %(most)d MiB as text, which is more than a house or a guide holds.")
        raise ValidationError(message, code="size", params={"most": MOST_MIB})


@dataclass(frozen=True)
class ReadFile:
    """What a file says, in the form in which its kind is brought in. first_row: of what it lists."""

    kind: str
    said: Any
    first_row: int = 1


def read_file(kind: str, folder: Folder, layout: Layout) -> ReadFile:
    """Return what a file says; raises ValidationError for one that cannot be what it is said to be."""
    if folder.document.exists():
        content = folder.document.read_bytes()
        return read_as(kind, guide_in(content) if kind == Kind.GUIDES else read_document(content, kinds=kinds_in(kind)))
    if kind == Kind.GUIDES:
        document = guide_tables.document_of_table(folder.rows, layout)
        return ReadFile(kind, document, first_row=layout.heading_row + 1)
    sheet = sheet_of_table(folder.rows, layout)
    if sheet is None:
        message = _("This is no house: a column 'no' has the numbers of the requirements, and one is called 'owner' or "
                    "'measures the level'. Export the house, and change that file.")  # fmt: skip
        raise ValidationError(message, code="columns")
    return ReadFile(kind, sheet)


def read_as(kind: str, document: Json) -> ReadFile:
    """Return what a document says; raises ValidationError for one that is not of this kind."""
    if kind == Kind.GUIDES:
        return ReadFile(kind, document)
    check_kind(document, kinds_in(kind))
    if kind == Kind.HOUSE:
        return ReadFile(kind, sheet_in(document))
    catalogue_in(kind, document)
    return ReadFile(kind, document)


def read_at_once(kind: str, document: Json) -> ReadFile:
    """Return what a document says that a request brings in itself; raises ValidationError for more than it has time
    for, which a file on the page of imports has."""
    if any(True for _each in islice(values_in(document), MOST_AT_ONCE, None)):
        message = _("The document states more than %(most)s values, which is more than one request brings in. Send it "
                    "in parts, or upload it as a file on the page of imports.")  # fmt: skip
        raise ValidationError(message, code="too_long", params={"most": f"{MOST_AT_ONCE:,}"})
    return read_as(kind, document)


def values_in(document: Any) -> Iterator[Any]:
    """Yield each text, number, true and false of a document, however deep; null says nothing."""
    todo = [document]
    while todo:
        each = todo.pop()
        if isinstance(each, dict | list):
            todo += each.values() if isinstance(each, dict) else each
        elif each is not None:
            yield each


def bring_in(read: ReadFile, **options: Any) -> Report:
    """Bring a file in, or check it; raises ValidationError if what it is about has moved since it was checked."""
    if read.kind == Kind.HOUSE:
        return import_house(read.said, **options)
    if read.kind == Kind.GUIDES:
        return import_guide(read.said, first_row=read.first_row, **options)
    return import_catalogue_document(read.kind, read.said, **options)


# ---- Catalogues


def catalogue_document(kind: str) -> Json:
    """Return all requirements, functions or metrics as a document; what is brought in of it changes nothing."""
    # The member is named in plain letters: one of a choice is no key for the API.
    return {"format": FORMAT, "kind": str(kind), str(kind): entries_of(CATALOGUES[kind])}


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
