"""Which codes the words in hand look like, learned from what was coded before. A suggestion codes nothing by itself."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from django.core.cache import cache
from django.db.models.functions import Coalesce

from interviews.coding_figures import Identity, identity_from
from interviews.full_text import tokens_of
from interviews.models import Coding, Verbatim
from interviews.shares import Share
from interviews.workbench import Code, identity_of
from requirements_catalog.models import Attribute, Requirement
from scoring.suggesting import Known, learn, suggest

# Learning from so many takes a tenth of a second; older ones say little that these do not.
LEARNED_FROM = 4_000
# Not anew after each coding: what one more teaches can wait.
KEPT_SECONDS, KEY = 300, "known-codes"
SHOWN = 3
# How good suggestions are now, not how good they were before much was coded.
JUDGED_BY = 500


@dataclass(frozen=True, slots=True)
class Suggested:
    """A code of the book that the words look like, and the words that speak for it."""

    code: Code
    because: tuple[str, ...]

    @property
    def said_as(self) -> str:
        return as_text(self.code.identity)


def suggested_for(verbatim: Verbatim, codes: Mapping[Identity, Code]) -> list[Suggested]:
    """Return the codes of the book that these words look like and do not have yet (0 queries; 1 where it learns)."""
    given = {identity_of(each) for each in verbatim.codings.all()}
    found = suggest(known(codes), tokens_of(verbatim.text).split(), most=len(codes))
    left = [
        Suggested(codes[each.code], each.because) for each in found if each.code in codes and each.code not in given
    ]
    return left[:SHOWN]


def known(codes: Mapping[Identity, Code]) -> Known[Identity]:
    """Return what is known of the codes, learned anew every five minutes."""
    return cast("Known[Identity]", cache.get_or_set(KEY, lambda: learn(examples(codes)), KEPT_SECONDS))


def examples(codes: Mapping[Identity, Code]) -> Iterator[tuple[Identity, list[str]]]:
    """Yield each code with its own text, so that a new one is found too, and the newest words that were given it."""
    for identity, code in codes.items():
        yield identity, tokens_of(f"{code.label} {code.definition} {code.rule} {code.example}").split()
    rows = (
        Coding.objects.annotate(root=Coalesce("requirement__merged_into_id", "requirement_id"))
        .order_by("-pk")
        .values_list("root", "attribute_id", "start", "end", "verbatim__text")
    )
    for requirement, attribute, start, end, text in rows[:LEARNED_FROM]:
        yield identity_from(requirement, attribute), tokens_of(text[start:end]).split()


def taken() -> Share:
    """Return how often a suggestion was taken where there was one, of the newest codings (1 query)."""
    judged = Coding.objects.filter(was_suggested__isnull=False).order_by("-pk")
    answers = list(judged.values_list("was_suggested", flat=True)[:JUDGED_BY])
    return Share(answers.count(True), len(answers))


# ---- What was suggested, as the desk sends it back


def as_text(identity: Identity) -> str:
    return f"{identity[0]}-{identity[1]}"


def was_suggested(suggested: str, about: Requirement | Attribute) -> bool | None:
    """Return whether a code was among those suggested; None where none was."""
    named = suggested.split()
    kind = "requirement" if isinstance(about, Requirement) else "attribute"
    return as_text((kind, about.pk)) in named if named else None
