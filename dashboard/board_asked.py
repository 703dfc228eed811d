"""What a board is asked beside its scope, in the address as well: the day it is compared with, and how it is split."""

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.http import QueryDict

from dashboard.scoping import DIMENSIONS, PARAMETERS, AskedScope, Chip
from gap_scores.scopes import segment_text

SINCE, BY = "since", "by"


@dataclass(frozen=True, slots=True)
class BoardAsked:
    """since None: the last review, else 90 days back. by: a dimension of segments."""

    asked: AskedScope
    since: date | None = None
    by: str = "region"

    def address(self, **changes: str) -> str:
        """Return the query of this board with other values."""
        values: dict[str, str] = {**self._scope()}
        if self.since is not None:
            values[SINCE] = self.since.isoformat()
        if self.by != "region":
            values[BY] = self.by
        return f"?{urlencode(values | changes, safe=':')}"

    def _scope(self) -> dict[str, str]:
        scope = QueryDict(self.asked.query.removeprefix("?"))
        return {name: str(scope[name]) for name in PARAMETERS if name in scope}

    def of_segment(self, value: str) -> str:
        """Return the query of this board for one of the segments by which it is split."""
        return self.address(segment=segment_text(self.by, value))

    def shows_segment(self, value: str) -> bool:
        return (self.asked.scope.dimension, self.asked.scope.value) == (self.by, value)

    @property
    def by_words(self) -> str:
        return DIMENSIONS[self.by]

    @property
    def by_chips(self) -> list[Chip]:
        return [Chip(words, f"{self.address(by=key)}#segments", key == self.by) for key, words in DIMENSIONS.items()]

    @property
    def kept(self) -> list[tuple[str, str]]:
        """What the form that chooses the day says again."""
        return [*self._scope().items(), *([(BY, self.by)] if self.by != "region" else [])]


def board_asked(parameters: QueryDict, asked: AskedScope) -> BoardAsked:
    """Read a board's address; a value that makes no sense is as good as none."""
    by = parameters.get(BY, "")
    return BoardAsked(asked, _day(parameters.get(SINCE, "")), by if by in DIMENSIONS else "region")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
