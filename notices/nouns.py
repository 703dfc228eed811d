"""What events are about: each room above enters its noun, and says who may read which record and what it is called."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from functions.selectors import Access
from notices.models import Kind


@dataclass(frozen=True, slots=True)
class Noun:
    """rows: the records a person may read; named: what some are called, by id; route: of the page that explains one.

    anchor: where on it.
    """

    kinds: frozenset[Kind]
    rows: Callable[[Access], QuerySet[Any]]
    named: Callable[[Collection[int]], Mapping[int, str]]
    route: str
    anchor: str = ""

    def url(self, pk: int) -> str:
        return reverse(self.route, args=[pk]) + self.anchor

    def readable(self, access: Access, ids: Collection[int]) -> Mapping[int, str]:
        """Return the names of those that a person may read."""
        seen = set(self.rows(access).filter(pk__in=ids).order_by().values_list("pk", flat=True)) if ids else set()
        return self.named(seen) if seen else {}


_nouns: dict[Kind, Noun] = {}


def enter_noun(noun: Noun) -> None:
    """Enter what events of some kinds are about; called once, when its room is ready."""
    _nouns.update(dict.fromkeys(noun.kinds, noun))


def noun_of(kind: str) -> Noun | None:
    """Return what events of a kind are about; None: nobody reads of it."""
    return _nouns.get(Kind(kind))
