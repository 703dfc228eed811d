"""One house for two matrices: rows are requirements, columns are functions or metrics. It knows no database.

Shares and ranks are of all columns and of the rows that the filters leave; what is empty is judged over all rows, so
that no filter makes a column look as if it served nobody.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from dashboard.gap_view import GapView
from scoring.house import Carried, carried, empty_columns, empty_rows, is_tied

ROWS_ON_A_PAGE, COLUMNS_ON_A_PAGE = 60, 80
ROW_NORMALISED, CLASSIC = "row_normalised", "simple"


@dataclass(frozen=True, slots=True)
class Row:
    """A requirement. weight: its priority points, None where there are none; url: '' where it does not open.

    measured: whether a level of it is measured; few: its numbers are of too few customers to show.
    """

    key: int
    reference: str
    statement: str
    attribute_id: int
    attribute: str
    owner_id: int | None
    weight: float | None
    gap: GapView | None
    measured: bool
    few: bool
    url: str


@dataclass(frozen=True, slots=True)
class Column:
    """A function or a metric. group: the function that a metric is of; seen: whether this person may see it."""

    key: int
    name: str
    label: str
    url: str
    group_id: int = 0
    group: str = ""
    seen: bool = True

    @property
    def head(self) -> str:
        """Its label with a place to break in each long word: a column is narrow, and browsers know few languages."""
        return " ".join(map(breakable, self.label.split()))


LONG_WORD = 11
SOFT_HYPHEN = "\u00ad"
VOWELS = "aeiouyäöü"


def breakable(word: str) -> str:
    """Return a long word with a soft hyphen before the consonant after a vowel that is nearest to its middle."""
    if len(word) < LONG_WORD:
        return word
    places = [at for at in range(3, len(word) - 2) if word[at - 1].lower() in VOWELS and word[at].lower() not in VOWELS]
    at = min(places, key=lambda place: abs(place - len(word) / 2), default=len(word) // 2)
    return f"{word[:at]}{SOFT_HYPHEN}{word[at:]}"


@dataclass(frozen=True, slots=True)
class Cell:
    """strength: 9, 3, 1 or 0; marked: the owner, or the metric that measures the level.

    stated: False where an owner counts as 9 because nothing else is said.
    """

    strength: int = 0
    marked: bool = False
    stated: bool = True

    @property
    def state(self) -> str:
        """What stands here in one word, for a change to name what it was made on: '9', '0', '3!', '9!?'."""
        return f"{self.strength}{'!' if self.marked else ''}{'' if self.stated else '?'}"


NOTHING = Cell()
Cells = Mapping[tuple[int, int], Cell]


@dataclass(frozen=True, slots=True)
class Beam:
    """What one pair of columns has in the roof. depth: 9, 3 or 1, how dark; url: where it is changed, or ''.

    state: what stands there, for a change to name what it was made on. in_columns: what a table has of it under the
    columns of the pair; note: what somebody said of it.
    """

    one: int
    other: int
    depth: int
    label: str
    words: str
    url: str = ""
    opposes: bool = False
    state: str = ""
    in_columns: tuple[tuple[int, float | str], ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Stands:
    """How a column stands: its share 0..1 (None: no data), its ranks, whether each is tied.

    empty: it serves no requirement at all; silent: what it serves has no points, so its share is not known.
    """

    share: float | None
    importance: float
    rank: int | None
    rank_mild: int | None
    tied: bool
    tied_mild: bool
    empty: bool
    silent: bool


@dataclass(frozen=True)
class House:
    """everything: all rows of the house; rows: those that the filters leave, in their order."""

    everything: Sequence[Row]
    rows: Sequence[Row]
    columns: Sequence[Column]
    cells: Cells
    beams: Sequence[Beam] = ()
    method: str = ROW_NORMALISED

    def cell(self, row: int, column: int) -> Cell:
        return self.cells.get((row, column), NOTHING)

    def matrix(self, rows: Sequence[Row]) -> NDArray[np.float64]:
        across = {column.key: at for at, column in enumerate(self.columns)}
        down = {row.key: at for at, row in enumerate(rows)}
        found = np.zeros((len(rows), len(self.columns)))
        for (row, column), cell in self.cells.items():
            if row in down and column in across:
                found[down[row], across[column]] = cell.strength
        return found

    @cached_property
    def weighed(self) -> list[Row]:
        """The rows that have a weight: the others are in no sum."""
        return [row for row in self.rows if row.weight is not None]

    @cached_property
    def points(self) -> float:
        return sum(row.weight or 0.0 for row in self.weighed)

    @cached_property
    def carried(self) -> Carried:
        weights = [row.weight or 0.0 for row in self.weighed]
        return carried(weights, self.matrix(self.weighed), method=self.method)

    @cached_property
    def unserved(self) -> list[Row]:
        """The rows that nothing serves."""
        return [self.rows[at] for at in empty_rows(self.matrix(self.rows))]

    @cached_property
    def unserved_keys(self) -> set[int]:
        """Of all rows of the house: a change may move a row out of what the filters leave."""
        return {self.everything[at].key for at in empty_rows(self.matrix(self.everything))}

    @cached_property
    def idle(self) -> list[Column]:
        """The columns that serve no requirement at all."""
        return [self.columns[at] for at in empty_columns(self.matrix(self.everything))]

    @cached_property
    def standing(self) -> dict[int, Stands]:
        its, idle = self.carried, {column.key for column in self.idle}
        unknown = self.matrix([row for row in self.rows if row.weight is None]).sum(axis=0).tolist()
        tied, tied_mild = is_tied(its.ranks), is_tied(its.ranks_mild)
        return {
            column.key: Stands(
                share=its.shares[at] if its.shares else None,
                importance=its.importance[at],
                rank=its.ranks[at],
                rank_mild=its.ranks_mild[at],
                tied=tied[at],
                tied_mild=tied_mild[at],
                empty=column.key in idle,
                silent=bool(unknown[at]) and its.ranks[at] is None,
            )
            for at, column in enumerate(self.columns)
        }

    @cached_property
    def seen(self) -> list[Column]:
        return [column for column in self.columns if column.seen]

    @cached_property
    def first(self) -> list[Column]:
        """The columns with the largest share, several where they are tied."""
        best = [column for column in self.seen if self.standing[column.key].rank is not None]
        least = min((self.standing[column.key].rank or 0 for column in best), default=0)
        return [column for column in best if self.standing[column.key].rank == least]

    @cached_property
    def is_first_unseen(self) -> bool:
        """Whether a column that this house does not show carries as much as the first of those it shows, or more."""
        least = min((self.standing[column.key].rank or 0 for column in self.first), default=len(self.columns))
        ranks = [self.standing[column.key].rank for column in self.columns if not column.seen]
        return any(rank is not None and rank <= least for rank in ranks)

    @cached_property
    def unstable(self) -> list[Column]:
        """The columns whose rank is another one under 5/3/1."""
        return [each for each in self.seen if self.standing[each.key].rank != self.standing[each.key].rank_mild]
