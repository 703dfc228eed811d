"""Reading a kept snapshot: the board as it was kept, in the headline scope; names and words are today's."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from gap_scores.board import Board, LinkView, Scope, Stamp
from gap_scores.levels import LevelRow, Levels
from gap_scores.locking import one_snapshot
from gap_scores.models import Snapshot
from gap_scores.reading import Reader
from gap_scores.scopes import HEADLINE, Kind
from gap_scores.scoping import strata_in
from gap_scores.snapshots import content_of
from gap_scores.store import ScoreRow
from gap_scores.workings import Clock, Headline, Own, Reached, Register
from scoring.sums import epoch_of

STATED_KEY = 4  # requirement, kind, k1, k2 lead a row of sums
SIZE_OF_OWN = len(Own._fields)


class KeptReader(Reader):
    """Reads what a snapshot kept in place of the projection."""

    def __init__(self, snapshot: Snapshot) -> None:
        super().__init__(Scope())
        self.content = content_of(snapshot)
        as_of = snapshot.as_of
        self.stamp = Stamp(snapshot.run_id, as_of, snapshot.created_at, snapshot.method, is_behind=False)
        self.clock = Clock(as_of, epoch_of(as_of))
        self.kept: Mapping[int, Any] = {int(each): its for each, its in self.content["requirements"].items()}
        self.catalogue = [each for each in self.catalogue if each.pk in self.kept]
        self.by_id = {each.pk: each for each in self.catalogue}
        self.ids = list(self.by_id)
        self.levels = {each: levels_in(self.kept[each]["levels"]) for each in self.ids if self.kept[each]["levels"]}

    def _rows(self) -> Mapping[int, ScoreRow]:
        headline = [int(Kind.LIFECYCLE), 0, HEADLINE]
        return {
            each: ScoreRow(tuple(sums[STATED_KEY:-1]), date.fromisoformat(sums[-1]))
            for each in self.ids
            for sums in self.kept[each]["sums"]
            if sums[1:STATED_KEY] == headline
        }

    def _register(self) -> Register:
        """A headline's share of the register was kept with it, so only whether use is recorded is read here."""
        products = [str(cell[4]) for cell in self.content["register"] if cell[0] == self.scope.lifecycle]
        found = {frozenset(int(each) for each in used.split(",") if each): 0 for used in products}
        return Register(0, found)

    def _headlines(self, rows: Mapping[int, ScoreRow], register: Register) -> Any:
        scores = super()._headlines(rows, register)
        return {each: (score, Headline(*self.kept[each]["headline"])) for each, (score, _) in scores.items()}

    def _contacts(self, requirements: Sequence[int]) -> Mapping[int, int]:
        strata = strata_in(self.scope)
        # customer, product, contact, stratum lead a row of the ledger
        return {each: len({row[2] for row in self.kept[each]["ledger"] if row[3] in strata}) for each in requirements}

    def _depths(self, requirements: Iterable[int]) -> dict[int, float | None]:
        """The depth of answers is not kept: requirements of equal points stand by what decides next."""
        return dict.fromkeys(requirements)

    def _function_gaps(self, ids: Sequence[int], owned: Any, headlines: Any) -> dict[int, tuple[Own, Reached]]:
        return {
            int(each): (Own(*row[:SIZE_OF_OWN]), Reached(*row[SIZE_OF_OWN:]))
            for each, row in self.content["functions"].items()
        }

    def _links(self, functions: set[int]) -> tuple[LinkView, ...]:
        """Return the links that transmitted then; one that was ended since has the id 0."""
        now = {(link.supplier_id, link.supplied_id): link.link_id for link in super()._links(functions)}
        return tuple(
            LinkView(now.get((supplier, supplied), 0), supplier, supplied, strength)
            for supplier, supplied, strength in self.content["links"]
        )


def levels_in(rows: Iterable[list[Any]]) -> Levels:
    read = [LevelRow(*row[:-2], *(date.fromisoformat(day) for day in row[-2:])) for row in rows]
    return Levels({(row.product, row.part): row for row in read})


def kept_days() -> list[date]:
    """Return the dates of which scores are kept, newest first (1 query)."""
    return list(Snapshot.objects.order_by("-as_of").values_list("as_of", flat=True).distinct())


def read_kept_board(*, as_of: date) -> Board | None:
    """Return the board that was kept of a date, the latest one if it was kept more than once; None if none was."""
    snapshot = Snapshot.objects.filter(as_of=as_of).order_by("-id").first()
    if snapshot is None:
        return None
    with one_snapshot():
        return KeptReader(snapshot).board()
