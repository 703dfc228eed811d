"""What a file is by its content, and what it may be called. Nothing is unpacked, drawn or run to find out."""

import io
import unicodedata
import zipfile
from contextlib import suppress
from typing import Final

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from web.tables import UTF_16_MARKS, ZIP_MARK

MIB: Final = 1024**2
LARGEST_FILE: Final = 10 * MIB
LONGEST_FILE_NAME: Final = 120


class FileKind(models.TextChoices):
    PDF = "pdf", _("PDF")
    PNG = "png", _("PNG picture")
    JPEG = "jpeg", _("JPEG picture")
    GIF = "gif", _("GIF picture")
    WEBP = "webp", _("WebP picture")
    XLSX = "xlsx", _("spreadsheet")
    CSV = "csv", _("table as CSV")
    TEXT = "text", _("text")


ENDINGS: Final = {
    "pdf": FileKind.PDF, "png": FileKind.PNG, "jpg": FileKind.JPEG, "jpeg": FileKind.JPEG, "gif": FileKind.GIF,
    "webp": FileKind.WEBP, "xlsx": FileKind.XLSX, "csv": FileKind.CSV, "txt": FileKind.TEXT,
}  # fmt: skip
CONTENT_TYPES: Final = {
    FileKind.PDF: "application/pdf", FileKind.PNG: "image/png", FileKind.JPEG: "image/jpeg",
    FileKind.GIF: "image/gif", FileKind.WEBP: "image/webp", FileKind.CSV: "text/csv", FileKind.TEXT: "text/plain",
    FileKind.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}  # fmt: skip
MARKS: Final = (
    (b"%PDF-", FileKind.PDF), (b"\x89PNG\r\n\x1a\n", FileKind.PNG), (b"\xff\xd8\xff", FileKind.JPEG),
    (b"GIF87a", FileKind.GIF), (b"GIF89a", FileKind.GIF),
)  # fmt: skip
WRITTEN: Final = (FileKind.CSV, FileKind.TEXT)
# A machine would run these, or a browser show them as pages: 'bill.exe.pdf' is meant to be taken for something else.
DECEIVING: Final = frozenset({
    "app", "bat", "cmd", "com", "cpl", "dll", "docm", "exe", "hta", "htm", "html", "jar", "js", "jse", "lnk", "mjs",
    "msi", "php", "pif", "ps1", "py", "scr", "sh", "svg", "vbe", "vbs", "wsf", "xhtml", "xlsm", "xml",
})  # fmt: skip
PLAIN_CONTROLS: Final = frozenset("\t\n\r\f")
OFFERED: Final = _("PDF, PNG, JPEG, GIF, WebP, XLSX, CSV or text (.txt)")


def safe_name(name: str) -> str:
    """Return what a file may be called: no folders, nothing that does not print, one spelling of each letter.

    Raises ValidationError for an ending that is not taken, and for one of a program before it.
    """
    last = name.replace("\\", "/").rpartition("/")[2]
    plain = "".join(each if each.isprintable() else " " for each in unicodedata.normalize("NFC", last))
    stem, _dot, ending = " ".join(plain.split()).strip(". ").rpartition(".")
    stem, ending = stem.strip(" ."), ending.lower()
    if not stem or ending not in ENDINGS:
        message = _("'%(name)s' is not called like a file that is taken here: %(offered)s. Save it as one of them.")
        raise ValidationError(message, code="type", params={"name": last[:80], "offered": OFFERED})
    if inner := DECEIVING & {each.strip().lower() for each in stem.split(".")[1:]}:
        message = _("'%(name)s' has two endings, one of them .%(inner)s, as viruses have. Rename it.")
        raise ValidationError(message, code="two_endings", params={"name": last[:80], "inner": min(inner)})
    return f"{stem[: LONGEST_FILE_NAME - len(ending) - 1].rstrip()}.{ending}"


def kind_of(name: str, content: bytes) -> FileKind:
    """Return what the content of a file is, which its name has to say; raises ValidationError."""
    ending = name.rpartition(".")[2]
    called, found = ENDINGS[ending], _kind_in(content)
    if found == called or (found is FileKind.TEXT and called in WRITTEN):
        return called
    if found is None:
        message = _("What is in '%(name)s' is no %(called)s. Open it, save it as one, and attach that.")
        raise ValidationError(message, code="content", params={"name": name, "called": called.label})
    message = _("'%(name)s' is called like a %(called)s, but what is in it is a %(found)s. Rename it.")
    params = {"name": name, "called": called.label, "found": found.label}
    raise ValidationError(message, code="content", params=params)


def _kind_in(content: bytes) -> FileKind | None:
    for mark, kind in MARKS:
        if content.startswith(mark):
            return kind
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return FileKind.WEBP
    if content.startswith(ZIP_MARK):
        return FileKind.XLSX if _is_spreadsheet(content) else None
    return FileKind.TEXT if text_in(content) is not None else None


def _is_spreadsheet(content: bytes) -> bool:
    """Read only the table of contents of the zip: however much it would unpack to, nothing is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return False
    has_macros = any(part.endswith("vbaProject.bin") for part in parts)
    return {"[Content_Types].xml", "xl/workbook.xml"} <= parts and not has_macros


def text_in(content: bytes) -> str | None:
    """Return the text that bytes are, None where they are none."""
    text = _decoded(content)
    if text is None or "\x7f" in text:
        return None
    return text if all(each >= " " or each in PLAIN_CONTROLS for each in text) else None


def _decoded(content: bytes) -> str | None:
    # Code page 1252 is what western spreadsheets write when they do not write UTF-8.
    for encoding in ("utf-16",) if content.startswith(UTF_16_MARKS) else ("utf-8-sig", "cp1252"):
        with suppress(UnicodeDecodeError):
            return content.decode(encoding)
    return None
