"""Where an uploaded file lies while it is needed, what the program notes beside it, and how the file is written."""

import csv
import hashlib
import json
import shutil
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from web.documents import MOST_MIB
from web.headings import LOOKED_AT
from web.tables import UTF_16_MARKS, ZIP_MARK, Layout, Table, lines_of
from web.unpacking import unpack_spreadsheet

MIB = 1024**2
LARGEST = {".xlsx": 20 * MIB, ".csv": 1024 * MIB, ".json": MOST_MIB * MIB}
TABLES = (".csv", ".xlsx")
DELIMITERS = ",;\t|"
SAMPLE = 64 * 1024


class Folder:
    """The folder of one upload, outside everything that is served, under a generated name."""

    def __init__(self, name: str) -> None:
        self.path = Path(settings.DATA_DIR) / "uploads" / name
        self.rows = self.path / "rows.csv"
        self.document, self.spreadsheet = self.path / "rows.json", self.path / "rows.xlsx"

    @classmethod
    def make(cls) -> "Folder":
        folder = cls(uuid.uuid4().hex)
        folder.path.mkdir(mode=0o700, parents=True)
        return folder

    def remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)

    # -- what is noted; files, because an import holds the only write lock that SQLite has

    def note(self, name: str, content: Any) -> None:
        """Write a note so that a reader sees the old one or the new one, never half of it."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = self.path / f"{name}.new"
        fresh.write_text(json.dumps(content), encoding="utf-8")
        fresh.replace(self.path / f"{name}.json")

    def noted(self, name: str) -> Any:
        try:
            return json.loads((self.path / f"{name}.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None

    def forget(self, *names: str) -> None:
        for name in names:
            (self.path / f"{name}.json").unlink(missing_ok=True)


def old_folders(before: datetime) -> list[Folder]:
    """Return the folders of uploads that were made before a moment."""
    uploads = Path(settings.DATA_DIR) / "uploads"
    made = uploads.iterdir() if uploads.is_dir() else ()
    return [Folder(path.name) for path in made if path.stat().st_mtime < before.timestamp()]


# ---- Receiving


def suffix_of(name: str, *, takes_documents: bool = False) -> str:
    suffix = Path(name).suffix.lower()
    if suffix in TABLES or (takes_documents and suffix in LARGEST):
        return suffix
    message = _("'%(name)s' is neither CSV nor XLSX. Save the table as one of the two.")
    if takes_documents:
        message = _("'%(name)s' is none of CSV, XLSX and JSON. Save it as one of the three.")
    raise ValidationError(message, code="type", params={"name": name[:80]})


def receive(file: UploadedFile, folder: Folder, *, takes_documents: bool = False) -> str:
    """Store the uploaded file in the folder as it came, piece by piece; return its SHA-256."""
    suffix = suffix_of(file.name or "", takes_documents=takes_documents)
    if (file.size or 0) > LARGEST[suffix]:
        message = _("The file is larger than %(most)d MiB. Save it as CSV, or part it.")
        raise ValidationError(message, code="size", params={"most": LARGEST[suffix] // MIB})
    if not file.size:
        raise ValidationError(_("The file is empty."), code="empty")
    digest = hashlib.sha256()
    with (folder.path / f"rows{suffix}").open("wb") as target:
        for piece in file.chunks():
            digest.update(piece)
            target.write(piece)
    return digest.hexdigest()


def layout_of(folder: Folder, name: str, *, takes_formulas: bool = True) -> Layout:
    """Turn a spreadsheet into text, and say how the text is written."""
    if folder.spreadsheet.exists():
        unpack_spreadsheet(source=folder.spreadsheet, target=folder.rows, takes_formulas=takes_formulas)
        folder.spreadsheet.unlink()
        return Layout(is_ragged=True)
    with folder.rows.open("rb") as file:
        sample = file.read(SAMPLE)
    if sample.startswith(ZIP_MARK):
        message = _("'%(name)s' is called CSV, but it is a spreadsheet or an archive. Upload it as .xlsx.")
        raise ValidationError(message, code="type", params={"name": name[:80]})
    encoding = encoding_of(folder.rows, sample)
    return Layout(encoding=encoding, delimiter=delimiter_of(sample.decode(encoding, errors="replace")))


def encoding_of(path: Path, sample: bytes) -> str:
    if sample.startswith(UTF_16_MARKS):
        return "utf-16"
    try:
        with path.open(encoding="utf-8") as file:
            while file.read(MIB):
                pass
    except UnicodeDecodeError:
        # What western spreadsheets write when they do not write UTF-8.
        return "cp1252"
    return "utf-8"


def delimiter_of(sample: str) -> str:
    """Return the mark that parts the most of the first rows into equally many cells, and into the most of them.

    The first row alone may be a title.
    """
    lines = sample.splitlines()[:LOOKED_AT]

    def evenness(mark: str) -> tuple[int, int, bool]:
        widths = Counter(len(row) for row in csv.reader(lines, delimiter=mark) if len(row) > 1)
        rows, width = max(((count, width) for width, count in widths.items()), default=(0, 0))
        return rows, width, mark == ","

    return max(DELIMITERS, key=evenness)


def first_lines(path: Path, layout: Layout) -> list[Sequence[str]]:
    """Return the rows among which the heading is."""
    return list(islice(lines_of(path, layout), LOOKED_AT))


def first_rows(folder: Folder, layout: Layout, most: int) -> Iterator[list[str]]:
    table = Table(folder.rows, layout)
    for row in islice(table.rows(), most):
        yield [row.cells.get(name, "") for name in table.columns]


def lines_in(path: Path) -> int:
    with path.open("rb") as file:
        return sum(piece.count(b"\n") for piece in iter(lambda: file.read(MIB), b""))
