"""A guide as a table and back: a row per question, columns per language. A table is read into the document it says."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from interviews.guide_files import FORMAT, Json, document_of
from interviews.guide_models import GuideVersion
from web.exports import without_guard
from web.headings import likely_heading
from web.lists import Column
from web.parts import names_in, parts_of, quoted, unquoted
from web.tables import Layout, Row, Table

GUIDE, NOTE, DEFAULT_LANGUAGE, LANGUAGES = "guide", "note", "default language", "languages"
OF_THE_GUIDE = (GUIDE, NOTE, DEFAULT_LANGUAGE, LANGUAGES)
OF_A_QUESTION = ("key", "kind", "requirement", "attribute", "product", "requirements", "required", "unit")
BRANCH = {"only if question": "question", "its answer": "test", "number": "number"}
WORDS, HINT, CHOICES = "question", "hint", "choices"
YES, NO = "yes", "no"
FIRST = (*OF_THE_GUIDE, *OF_A_QUESTION, *BRANCH)


# ---- Out


def columns_of(languages: Sequence[str]) -> list[Column]:
    names = [*FIRST, *(f"{what} ({code})" for code in languages for what in (WORDS, HINT, CHOICES))]
    return [Column(name, name, value=reader(name)) for name in names]


def reader(name: str) -> Callable[[Mapping[str, Any]], Any]:
    return lambda row: row.get(name) or None


def table_of(version: GuideVersion) -> tuple[list[Column], list[dict[str, str]]]:
    """Return a version as the columns and rows of a file."""
    document = document_of(version)
    spoken = {code for each in document["questions"] for code in each["texts"]}
    languages = [*document["languages"], *sorted(spoken - set(document["languages"]))]
    head = {GUIDE: document["name"], NOTE: document["note"], DEFAULT_LANGUAGE: document["default_language"]}
    head[LANGUAGES] = "; ".join(document["languages"])
    return columns_of(languages), [head | row_of(each, languages) for each in document["questions"]]


def row_of(question: Json, languages: Sequence[str]) -> dict[str, str]:
    branch = question["only_if"] or {}
    row = {name: question[name] or "" for name in OF_A_QUESTION}
    row["requirements"] = "; ".join(map(quoted, question["requirements"]))
    row["required"] = YES if question["required"] else NO
    row |= {column: branch.get(name) or "" for column, name in BRANCH.items()}
    for code in languages:
        words = question["texts"].get(code, {})
        row[f"{WORDS} ({code})"], row[f"{HINT} ({code})"] = words.get("question", ""), words.get("help", "")
        row[f"{CHOICES} ({code})"] = "; ".join(choice_in_words(each, code) for each in question["choices"])
    return row


def choice_in_words(choice: Json, code: str) -> str:
    return f"{choice['level']} = {quoted(choice['texts'].get(code, ''))}".strip()


# ---- In


def heading_of(lines: Sequence[Sequence[str]]) -> int:
    return likely_heading(lines, lambda cell: cell.strip() in FIRST)


def document_of_table(path: Path, layout: Layout) -> Json:
    """Return what a table says of a guide as a document; raises ValidationError for a table that is none."""
    table = Table(path, layout)
    # What came as a spreadsheet lies there as CSV, without the marks that guard the cells of one.
    bare = str if layout.is_ragged else without_guard
    missing = [name for name in (GUIDE, DEFAULT_LANGUAGE, "key", "kind") if name not in table.columns]
    if missing:
        message = _("This is no guide: it has no column '%(name)s'. Export a guide as XLSX, and change that file.")
        raise ValidationError(message, code="columns", params={"name": missing[0]})
    languages = [code for code, what in map(language_in, table.columns) if what == WORDS]
    rows = list(bare_rows(table, bare, [*FIRST, *languages]))
    if not rows:
        raise ValidationError(_("The table has no question under its headings."), code="empty")
    return {
        "format": FORMAT,
        "name": same_in_all(rows, GUIDE),
        "note": same_in_all(rows, NOTE),
        "default_language": same_in_all(rows, DEFAULT_LANGUAGE),
        "languages": names_in(same_in_all(rows, LANGUAGES)) or languages,
        "questions": [question_in(row, languages) for row in rows],
    }


def bare_rows(table: Table, bare: Callable[[str], str], known: Sequence[str]) -> Iterator[Row]:
    for name in table.columns:
        if name not in known and language_in(name)[1] not in {WORDS, HINT, CHOICES}:
            message = _("'%(name)s' is no column of a guide. Take it out.")
            raise ValidationError(message, code="column", params={"name": name[:80]})
    for row in table.all_rows():
        if row.problem:
            message = _("row %(row)s: %(why)s")
            raise ValidationError(message, code="row", params={"row": row.number, "why": row.problem})
        yield row._replace(cells={name: bare(cell) for name, cell in row.cells.items()})


def language_in(column: str) -> tuple[str, str]:
    """Return the language and what of it a column has, such as ('en', 'question') of 'question (en)'."""
    what, mark, code = column.removesuffix(")").partition(" (")
    return (code, what) if mark and column.endswith(")") else ("", "")


def same_in_all(rows: Sequence[Row], name: str) -> str:
    first = rows[0].cells.get(name, "")
    for row in rows:
        if row.cells.get(name, "") != first:
            message = _(
                "row %(row)s, %(name)s: it says '%(other)s', and the first row '%(first)s'. A file is one guide."
            )
            params = {"row": row.number, "name": name, "other": row.cells.get(name, "")[:80], "first": first[:80]}
            raise ValidationError(message, code="several", params=params)
    return first


def question_in(row: Row, languages: Sequence[str]) -> Json:
    cells = row.cells
    question: Json = {name: cells.get(name) or None for name in OF_A_QUESTION}
    question["unit"] = cells.get("unit", "")
    question["requirements"] = names_in(cells.get("requirements", ""))
    required = cells.get("required", "").lower()
    if required not in {YES, NO, "true", "false", ""}:
        message = _("row %(row)s, required: write yes or no.")
        raise ValidationError(message, code="required", params={"row": row.number})
    question["required"] = required in {YES, "true"}
    branch = {name: cells.get(column) or None for column, name in BRANCH.items()}
    question["only_if"] = branch if any(branch.values()) else None
    texts = {code: {"question": cells.get(f"{WORDS} ({code})", ""), "help": cells.get(f"{HINT} ({code})", "")}
             for code in languages}  # fmt: skip
    question["texts"] = {code: words for code, words in texts.items() if any(words.values())}
    question["choices"] = choices_in(cells, languages)
    return question


def choices_in(cells: Mapping[str, str], languages: Sequence[str]) -> list[Json]:
    found: dict[str, dict[str, str]] = {}
    for code in languages:
        for part in parts_of(cells.get(f"{CHOICES} ({code})", "")):
            level, _mark, words = part.partition("=")
            text = unquoted(words.strip())[0]
            texts = found.setdefault(level.strip(), {})
            if text:
                texts[code] = text
    return [{"level": level, "texts": texts} for level, texts in found.items()]
