"""Finding words in what was said, the same on both databases: words, "phrases" and beginnings (wor*).

Neither database splits text: that is done here, once, when words are kept, and the databases only look up what stands
between blanks. So they cannot differ in what a word is, and nothing typed ever reaches their query languages.
"""

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

WORD = re.compile(r"[^\W_]+")
# A phrase in quotes (the last one may be left open), or what stands between blanks.
ASKED = re.compile(r'"([^"]*)(?:"(\*)?|$)|(\S+)')
# PostgreSQL takes no longer word, and nobody types one.
LONGEST_WORD = 64
MOST_TERMS = 8
INDEX = "interviews_word_index"


def places_of(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield each word as it is compared, with where it begins and ends in a text in normal form C."""
    for found in WORD.finditer(text):
        word = "".join(WORD.findall(found.group().casefold()))[:LONGEST_WORD]
        if word:
            yield word, found.start(), found.end()


def normal(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def tokens_of(text: str) -> str:
    """Return the words as they are kept for looking up: folded, between single blanks."""
    return " ".join(word for word, _start, _end in places_of(normal(text)))


# ---- What is asked


class Term(NamedTuple):
    """Words that follow each other; the last one may only be the beginning of a word."""

    words: tuple[str, ...]
    is_beginning: bool


def terms_of(asked: str) -> list[Term]:
    """Return what a search asks for, all of which has to occur.

    Raises ValidationError where it names no word, or too many.
    """
    terms = []
    for phrase, star, plain in ASKED.findall(asked):
        words = tuple(word for word, _start, _end in places_of(normal(phrase or plain)))
        if words:
            terms.append(Term(words, bool(star) or plain.endswith("*")))
    if not terms:
        message = _('Type at least one word. A "phrase" stands in quotes, wor* finds what begins so.')
        raise ValidationError(message, code="no_word")
    if len(terms) > MOST_TERMS:
        message = _("A search has at most %(most)d words and phrases.")
        raise ValidationError(message, code="too_many", params={"most": MOST_TERMS})
    return terms


def for_sqlite(terms: list[Term]) -> str:
    """Return the query as FTS5 reads it; inside its quotes are only letters, digits and blanks."""
    return " AND ".join(f'"{" ".join(term.words)}"{" *" if term.is_beginning else ""}' for term in terms)


def for_postgresql(terms: list[Term]) -> str:
    """Return the query as tsquery reads it; inside its quotes are only letters, digits and a blank.

    The index knows which two words follow each other; of longer phrases it finds what holds all of the pairs.
    """
    return " & ".join(pair for term in terms for pair in quoted(term))


def in_a_row(terms: list[Term]) -> list[str]:
    """Return what the phrases longer than a pair look like among the words of a text, as LIKE reads it.

    Nothing in them is special.
    """
    return [f"% {' '.join(term.words)}{'' if term.is_beginning else ' '}%" for term in terms if len(term.words) > 2]


def quoted(term: Term) -> list[str]:
    pairs = [f"'{' '.join(pair)}'" for pair in pairwise(term.words)] or [f"'{term.words[0]}'"]
    return [*pairs[:-1], f"{pairs[-1]}:*"] if term.is_beginning else pairs


# ---- In the database


class TokensField(models.TextField):
    """The words of another field as they are looked up; written whenever the row is, also in bulk."""

    def __init__(self, *args: Any, source: str = "text", **options: Any) -> None:
        self.source = source
        kept: dict[str, Any] = {"editable": False, "default": "", "db_default": "", "blank": True}
        super().__init__(*args, **kept | options)

    def deconstruct(self) -> Any:
        """Tell migrations a plain text: they import no app code."""
        name, _path, args, options = super().deconstruct()
        return name, "django.db.models.TextField", args, options

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        tokens = tokens_of(getattr(model_instance, self.source))
        setattr(model_instance, self.attname, tokens)
        return tokens


@TokensField.register_lookup
class Holds(models.Lookup):
    """`tokens__holds='late "at night" wor*'`: whether all of it occurs."""

    lookup_name = "holds"
    prepare_rhs = False

    def as_sqlite(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        table = connection.ops.quote_name(self.lhs.alias)
        query = for_sqlite(terms_of(self.rhs))
        return f'{table}."id" IN (SELECT rowid FROM {INDEX} WHERE {INDEX} MATCH %s)', [query]  # noqa: S608  # our names

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        column, params = self.process_lhs(compiler, connection)
        terms = terms_of(self.rhs)
        phrases = in_a_row(terms)
        parts = [f"words_vector({column}) @@ %s::tsquery", *[f"' ' || {column} || ' ' LIKE %s"] * len(phrases)]
        return f"({' AND '.join(parts)})", [*params, for_postgresql(terms), *phrases]


# ---- What is shown


def hits_in(text: str, terms: list[Term]) -> list[tuple[int, int]]:
    """Return where the terms stand in a text in normal form C, in order; of two that begin alike the longer first."""
    words = list(places_of(text))
    found = {
        (words[at][1], words[at + len(term.words) - 1][2])
        for term in terms
        for at in range(len(words) - len(term.words) + 1)
        if stands_at(words, at, term)
    }
    return sorted(found, key=lambda hit: (hit[0], -hit[1]))


def stands_at(words: list[tuple[str, int, int]], at: int, term: Term) -> bool:
    *whole, last = term.words
    there = [word for word, _start, _end in words[at : at + len(term.words)]]
    return there[:-1] == whole and (there[-1].startswith(last) if term.is_beginning else there[-1] == last)


CONTEXT = 120


def quote_of(text: str, asked: str) -> list[tuple[str, bool]]:
    """Return the surroundings of the first hit in parts (text, whether it is a hit); without a search the beginning."""
    plain = normal(text)
    hits = hits_in(plain, terms_of(asked)) if asked else []
    start = max(0, hits[0][0] - CONTEXT) if hits else 0
    end = min(len(plain), (hits[0][1] if hits else 0) + 2 * CONTEXT)
    # Not in the middle of a word.
    start = plain.rfind(" ", 0, start + 1) + 1 if start else 0
    parts: list[tuple[str, bool]] = [("…", False)] if start else []
    at = start
    for first, last in hits:
        if first < at or last > end:
            continue
        parts += [(plain[at:first], False), (plain[first:last], True)]
        at = last
    parts += [(plain[at:end], False)] + ([("…", False)] if end < len(plain) else [])
    return [part for part in parts if part[0]]
