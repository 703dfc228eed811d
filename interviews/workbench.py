"""Reading for the coding workbench: the words with their marks, the queue, and the codebook with its counts."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TypeVar, cast

from django.core.cache import cache
from django.db.models import Count, Max, Prefetch, QuerySet

from interviews.coding_figures import Identity, agreement_by_code, identity_from
from interviews.models import Coding, Verbatim
from interviews.readings import hidden_from
from requirements_catalog.models import Attribute, Requirement
from scoring.agreement import CodeAgreement

T = TypeVar("T")
# Counted anew for every page up to so many codings; above, once in five minutes.
COUNTED_AT_ONCE = 50_000
COUNTS_KEPT, COUNTS_KEY = 300, "counts-of-codes"
# More than a person can want to read as a number beside a link.
MOST_COUNTED = 1_000
KEYS = 9
# More codes than this are looked for, not drawn: the most used are what a coder mostly takes.
MOST_DRAWN = 50


# ---- Words


def word_rows(user_id: int | None) -> QuerySet[Verbatim]:
    """Return all words with who said them, where, and what they are about.

    What this person is to read blind is left out: the codes beside it would make two readings one.
    """
    codings = Coding.objects.select_related("requirement", "attribute").order_by("start", "pk")
    related = Verbatim.objects.select_related(
        "interview__contact", "interview__customer", "interview__stratum", "interview__round", "set_aside"
    )
    # The words once more, for looking up, are of no use on a page.
    seen = related.exclude(pk__in=hidden_from(user_id)).defer("tokens")
    return seen.prefetch_related(Prefetch("codings", queryset=codings))


def uncoded() -> QuerySet[Verbatim]:
    return Verbatim.objects.filter(reading=Verbatim.Reading.UNCODED)


def uncoded_count() -> int:
    """Return how many words wait for a coder, at most 1,000 (1 query, which reads no other words)."""
    return uncoded().order_by()[:MOST_COUNTED].count()


@dataclass(frozen=True, slots=True)
class Part:
    """Characters that carry the same codings. `at`: where they begin in the words; `ends`: codings that end here."""

    at: int
    text: str
    marks: tuple[int, ...]
    ends: tuple[int, ...] = ()


Span = tuple[int, int | None, int | None]


def lines_of(text: str, spans: Iterable[Span]) -> list[list[Part]]:
    """Return the words line by line, in parts; spans are (number, start, end), one without ends marks nothing.

    Line ends are in no part: a browser shows what it likes for them, and every offset stays that of the words.
    """
    marked = [(number, start, end) for number, start, end in spans if start is not None and end is not None]
    lines, at = [], 0
    for line in text.splitlines(keepends=True) or [""]:
        shown = line.rstrip("\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029")
        lines.append(_parts(shown, at, at + len(line), marked))
        at += len(line)
    return lines


def _parts(line: str, at: int, following: int, marked: Sequence[tuple[int, int, int]]) -> list[Part]:
    until = at + len(line)
    here = [(number, start, end) for number, start, end in marked if start < until and end > at]
    cuts = sorted({at, until, *(max(start, at) for _, start, _ in here), *(min(end, until) for _, _, end in here)})
    parts = [
        Part(
            start,
            line[start - at : end - at],
            tuple(number for number, first, last in here if first <= start and last >= end),
            tuple(number for number, _first, last in here if min(last, until) == end and last <= following),
        )
        for start, end in pairwise(cuts)
    ]
    return parts or [Part(at, "", ())]


@dataclass(frozen=True, slots=True)
class Marked:
    """One coding as the workbench lists it: its number in the text, and the words it marks ('' = all)."""

    number: int
    coding: Coding
    passage: str


def marked_codings(verbatim: Verbatim) -> list[Marked]:
    return [
        Marked(number, coding, "" if coding.start is None else verbatim.text[coding.start : coding.end])
        for number, coding in enumerate(verbatim.codings.all(), start=1)
    ]


def marked_lines(verbatim: Verbatim) -> list[list[Part]]:
    found = marked_codings(verbatim)
    return lines_of(verbatim.text, [(each.number, each.coding.start, each.coding.end) for each in found])


def passage_in(text: str, passage: str) -> tuple[int, int] | None:
    """Return where a copied passage stands in the words, whatever their line ends; None where it does not."""
    plain = passage.replace("\r\n", "\n")
    for wanted in (passage, plain, plain.replace("\n", "\r\n")):
        start = text.find(wanted) if wanted else -1
        if start >= 0:
            return start, start + len(wanted)
    return None


# ---- The codebook


@dataclass(frozen=True, slots=True)
class Code:
    """What words can be about, as the codebook lists it. `name` is what is typed; `key`: 1 to 9 for the most used."""

    kind: str
    pk: int
    name: str
    label: str
    definition: str
    rule: str
    example: str
    uses: int = 0
    customers: int = 0
    key: str = ""
    agreement: CodeAgreement | None = None

    @property
    def is_low(self) -> bool:
        """Whether two coders do not find the same in it: its rule has to be sharpened."""
        return self.agreement is not None and self.agreement.is_low

    @property
    def is_requirement(self) -> bool:
        return self.kind == "requirement"

    @property
    def identity(self) -> tuple[str, int]:
        return self.kind, self.pk


@dataclass(frozen=True, slots=True)
class CodeGroup:
    """An attribute, itself a code, with its requirements."""

    attribute: Code
    codes: tuple[Code, ...]


Counts = dict[tuple[str, int], tuple[int, int]]


def counts_of_codes() -> Counts:
    """Return (codings, customers) of each code (3 queries; 1 of them where the counts are kept)."""
    last = Coding.objects.aggregate(last=Max("pk"))["last"] or 0
    return counted_now_and_then(COUNTS_KEY, _counted, at_once=last <= COUNTED_AT_ONCE)


def counted_now_and_then(key: str, count: Callable[[], T], *, at_once: bool) -> T:
    """Return a count as it is, or, of what is many, as it was at most five minutes ago."""
    return count() if at_once else cast("T", cache.get_or_set(key, count, COUNTS_KEPT))


def _counted() -> Counts:
    found: Counts = {}
    for kind in ("requirement", "attribute"):
        rows = (
            Coding.objects.filter(**{f"{kind}__isnull": False})
            .order_by()
            .values_list(kind)
            .annotate(uses=Count("pk"), customers=Count("verbatim__interview__customer", distinct=True))
        )
        found |= {(kind, pk): (uses, customers) for pk, uses, customers in rows}
    return found


def codebook() -> list[CodeGroup]:
    """Return every code that words can be given, by attribute, with its counts and agreement (7 queries)."""
    counts, agreements = counts_of_codes(), agreement_by_code()
    attributes = [_attribute_code(each) for each in Attribute.objects.all()]
    active = Requirement.objects.exclude(state=Requirement.State.RETIRED).filter(merged_into=None)
    requirements: dict[int, list[Code]] = {each.pk: [] for each in attributes}
    for each in active.order_by("reference", "pk"):
        requirements[each.attribute_id].append(_requirement_code(each))
    every = [code for each in attributes for code in (each, *requirements[each.pk])]
    known = {
        code.identity: replace(_counted_code(code, counts), agreement=agreements.get(code.identity)) for code in every
    }
    used = sorted((code for code in known.values() if code.uses), key=lambda code: (-code.uses, code.name))
    for key, code in enumerate(used[:KEYS], start=1):
        known[code.identity] = replace(code, key=str(key))
    return [
        CodeGroup(known[each.identity], tuple(known[code.identity] for code in requirements[each.pk]))
        for each in attributes
    ]


def drawn(book: Sequence[CodeGroup]) -> list[CodeGroup]:
    """Return the book with its most used requirements only, where it has many; every attribute stays."""
    ranked = sorted((code for group in book for code in group.codes), key=lambda code: -code.uses)
    shown = {code.identity for code in ranked[:MOST_DRAWN]}
    return [_narrowed(group, lambda code: code.identity in shown) for group in book]


def beyond(book: Sequence[CodeGroup], asked: str) -> list[Code]:
    """Return the codes that `drawn` leaves out and that hold all the words that were typed."""
    shown = flat(drawn(book))
    return [code for identity, code in flat(holding(book, asked)).items() if identity not in shown]


def holding(book: Iterable[CodeGroup], asked: str) -> list[CodeGroup]:
    """Return the book with the requirements that hold all the words that were typed."""
    words = asked.lower().split()

    def holds(code: Code) -> bool:
        return all(word in f"{code.name} {code.label}".lower() for word in words)

    return [_narrowed(group, holds) for group in book]


def _narrowed(group: CodeGroup, keeps: Callable[[Code], bool]) -> CodeGroup:
    return CodeGroup(group.attribute, tuple(filter(keeps, group.codes)))


def _counted_code(code: Code, counts: Counts) -> Code:
    uses, customers = counts.get(code.identity, (0, 0))
    return replace(code, uses=uses, customers=customers)


def _attribute_code(attribute: Attribute) -> Code:
    return Code(
        "attribute", attribute.pk, attribute.name, attribute.name, attribute.description, attribute.rule,
        attribute.example,
    )  # fmt: skip


def _requirement_code(requirement: Requirement) -> Code:
    return Code(
        "requirement", requirement.pk, requirement.reference, requirement.statement, requirement.statement,
        requirement.rule, requirement.example,
    )  # fmt: skip


def flat(book: Iterable[CodeGroup]) -> dict[tuple[str, int], Code]:
    return {code.identity: code for group in book for code in (group.attribute, *group.codes)}


def identity_of(coding: Coding) -> Identity:
    return identity_from(coding.requirement_id, coding.attribute_id)
