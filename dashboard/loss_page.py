"""Lost beside current beside prospective: what drives away in silence, what keeps others out, what it cost."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from customers.models import Lifecycle
from dashboard.gap_view import GapView, edges_of, requirement_gap
from dashboard.selectors import function_names
from dashboard.words import counted, sentence
from functions.models import Program
from gap_scores.board import Board, RequirementRow, Scope, Stamp
from gap_scores.selectors import read_board
from interviews.loss_models import LossAssessment
from interviews.losses import losses
from scoring.losses import Gap, Loss, Sign, Signs, signs, summed_by, value_by_requirement, whole

SIDES = (Lifecycle.PAST, Lifecycle.CURRENT, Lifecycle.PROSPECTIVE)
USUAL_GAP_FROM = 25


@dataclass(frozen=True, slots=True)
class Side:
    """One requirement among the customers of one lifecycle: the gap, its share of what matters to them, how many."""

    gap: GapView | None
    share: float | None
    customers: int
    answers: int


@dataclass(frozen=True, slots=True)
class LossLine:
    """One requirement: the three sides, the losses in which it was not met, and what they mean together."""

    row: RequirementRow
    sides: tuple[Side, ...]
    losses: int
    value: int
    signs: Signs

    @property
    def marks(self) -> list[tuple[str, bool]]:
        """Return what it is called, each with whether that is sure."""
        named = (("silent killer", self.signs.silent_killer), ("entry barrier", self.signs.entry_barrier))
        return [(word, sign is Sign.SURE) for word, sign in named if sign]

    @property
    def weight(self) -> tuple[int, int, int, int, str]:
        """What a person should read first: what is sure, then what is suspected, then what cost most."""
        found = (self.signs.silent_killer, self.signs.entry_barrier)
        return (-max(found), -sum(found), -self.value, -self.losses, self.row.reference)


@dataclass(frozen=True)
class LossPage:
    boards: Mapping[str, Board]
    assessed: list[LossAssessment]
    program: Program | None

    @property
    def stamp(self) -> Stamp:
        return self.boards[Lifecycle.CURRENT].stamp

    @property
    def currency(self) -> str:
        return self.program.currency if self.program else ""

    @property
    def gap_from(self) -> int:
        return self.program.gap_from if self.program else USUAL_GAP_FROM

    # ---- What was lost

    @cached_property
    def coded(self) -> list[Loss]:
        return [Loss(each.value_lost, requirements_of(each)) for each in self.assessed]

    @cached_property
    def value(self) -> int:
        return sum(loss.value or 0 for loss in self.coded)

    @property
    def without_value(self) -> int:
        return sum(loss.value is None for loss in self.coded)

    @cached_property
    def by_requirement(self) -> Mapping[int | None, int]:
        return whole(value_by_requirement(self.coded))

    @cached_property
    def by_function(self) -> list[tuple[str, int]]:
        """Return the value of losses by the function that answers for what was not met, most first; it adds up."""
        owners = {row.requirement_id: row.owner_id for row in self._rows.values() if row.owner_id is not None}
        names = function_names()
        shares = whole(summed_by(value_by_requirement(self.coded), owners))
        named = [(names.get(key, "") if key is not None else "", value) for key, value in shares.items()]
        return sorted(named, key=lambda pair: (not pair[0], -pair[1], pair[0]))

    # ---- Side by side

    @cached_property
    def _rows(self) -> dict[int, RequirementRow]:
        return rows_of(self.boards[Lifecycle.CURRENT])

    @cached_property
    def lines(self) -> list[LossLine]:
        """Return the requirements that anybody beside current customers was heard on, or that a loss names."""
        sides = {lifecycle: rows_of(board) for lifecycle, board in self.boards.items()}
        count = Counter(requirement for loss in self.coded for requirement in loss.requirements)
        found = [
            self._line(row, {lifecycle: rows.get(key) for lifecycle, rows in sides.items()}, count[key])
            for key, row in self._rows.items()
        ]
        others = (0, 2)
        return sorted(
            (line for line in found if line.losses or any(line.sides[at].gap for at in others)),
            key=lambda line: line.weight,
        )

    @property
    def telling(self) -> list[LossLine]:
        """Return the lines that say something: a loss names them, or they are a killer or a barrier, surely or not."""
        return [line for line in self.lines if line.losses or any(line.signs)]

    @property
    def others(self) -> list[LossLine]:
        return [line for line in self.lines if not (line.losses or any(line.signs))]

    def _line(self, row: RequirementRow, heard: Mapping[str, RequirementRow | None], count: int) -> LossLine:
        lost, current, prospective = (gap_of(heard[side]) for side in SIDES)
        return LossLine(
            row=row,
            sides=tuple(self._side(heard[side]) for side in SIDES),
            losses=count,
            value=self.by_requirement.get(row.requirement_id, 0),
            signs=signs(lost=lost, current=current, prospective=prospective, gap_from=self.gap_from),
        )

    def _side(self, row: RequirementRow | None) -> Side:
        if row is None or row.score is None:
            return Side(None, None, 0, 0)
        return Side(requirement_gap(row, edges=edges_of(self.program)), row.share, row.counts.customers, row.counts.n)

    @property
    def answer(self) -> str:
        sure = [line for line in self.lines if (Sign.SURE in line.signs)]
        killers = sum(line.signs.silent_killer is Sign.SURE for line in sure)
        barriers = sum(line.signs.entry_barrier is Sign.SURE for line in sure)
        if not self.lines:
            return "Nobody but current customers was heard, and no loss is assessed"
        if not sure:
            suspected = sum(any(line.signs) for line in self.lines)
            return sentence(
                f"{counted(suspected, 'requirement')} may drive customers away or keep others out; nothing is sure"
            )
        return sentence(f"{counted(killers, 'silent killer')}, {counted(barriers, 'entry barrier')}")


def loss_page(*, program: Program | None) -> LossPage:
    boards: dict[str, Board] = {lifecycle: read_board(scope=Scope(lifecycle=lifecycle)) for lifecycle in SIDES}
    return LossPage(boards, list(losses()), program)


def rows_of(board: Board) -> dict[int, RequirementRow]:
    return {row.requirement_id: row for row in (*board.requirements, *board.unscored)}


def gap_of(row: RequirementRow | None) -> Gap | None:
    if row is None or row.score is None:
        return None
    return Gap(row.score.gap, row.score.lo, row.score.hi, row.score.n_eff)


def requirements_of(loss: LossAssessment) -> frozenset[int]:
    """Return the requirements behind a loss; one that was merged since counts as the one it was merged into."""
    return frozenset(each.requirement.merged_into_id or each.requirement_id for each in loss.reasons.all())
