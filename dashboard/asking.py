"""Who to ask next: the contacts whose interview is expected to narrow the scores most."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from dashboard.coverage import Coverage, Stratum
from gap_scores.board import Board, RequirementRow
from gap_scores.voices import Voice
from interviews.progress import Candidate, best_candidates, cell_from, cell_of
from scoring.sampling import UNKNOWN_GAP, Floats, Heard, expected_width, falls
from scoring.sums import month_number

FIRST_STRATA = 8


@dataclass(frozen=True, slots=True)
class Proposal:
    """One contact to ask: expected fall of the mean half-width in points, and the requirement that gains most."""

    candidate: Candidate
    stratum: Stratum
    fall: float
    most_for: RequirementRow | None
    months_ago: int | None


@dataclass(frozen=True, slots=True)
class Proposals:
    """The next contacts to ask, in order; mean half-width of a stratum's interval before and after, in points."""

    proposals: tuple[Proposal, ...]
    width_before: float
    width_after: float


@dataclass(frozen=True, slots=True)
class Asking:
    """Today's limits on asking, the half-life by which earlier answers fade, and whose customers are asked."""

    as_of: date
    ask_again_days: int
    half_life: int
    products: tuple[int, ...] = ()


def propose(
    coverage: Coverage,
    voices: Sequence[Voice],
    board: Board,
    asking: Asking,
    *,
    most: int,
    about: Collection[int] | None = None,
) -> Proposals:
    """Return the first `most` contacts to ask, each chosen as if those before it had answered.

    `about`: ids of the requirements that the round can ask about; None: of all. Where it can ask about none yet, all
    of them stand for those to come. Source: docs/algorithms/sampling.md, Who to ask next.
    """
    strata = [each for each in coverage.strata if each.weight]
    everything = [*board.requirements, *board.unscored]
    asked = [each for each in everything if about is None or each.requirement_id in about]
    requirements = asked or everything
    if not strata or not requirements:
        return Proposals((), 0.0, 0.0)
    heard = _heard(strata, requirements, voices, coverage)
    return _Chooser(strata, requirements, heard, coverage.divided_by, asking, names_most=bool(asked)).choose(most)


def _heard(
    strata: Sequence[Stratum], requirements: Sequence[RequirementRow], voices: Sequence[Voice], coverage: Coverage
) -> Heard:
    """Return what is known, as arrays: one row per stratum, one column per requirement."""
    rows = {each.cell: number for number, each in enumerate(strata)}
    columns = {each.requirement_id: number for number, each in enumerate(requirements)}
    gaps = np.full((len(strata), len(requirements)), UNKNOWN_GAP)
    n = np.zeros_like(gaps)
    for voice in voices:
        row, column = rows.get(cell_from(voice.segment, coverage.divided_by)), columns.get(voice.requirement_id)
        if row is not None and column is not None:
            gaps[row, column], n[row, column] = voice.gap, voice.n_eff
    shares = np.array([each.share or 0.0 for each in requirements])
    if not shares.any():
        # Nothing is scored yet: nobody has said what matters more.
        shares = np.full(len(requirements), 1 / len(requirements))
    return Heard(np.array([coverage.share_of(each.weight) for each in strata]), shares, gaps, n)


class _Chooser:
    """Takes one contact after the other; asks the database for those of more strata only while they could win."""

    def __init__(
        self,
        strata: Sequence[Stratum],
        requirements: Sequence[RequirementRow],
        heard: Heard,
        divided_by: tuple[str, ...],
        asking: Asking,
        *,
        names_most: bool,
    ) -> None:
        self.names_most = names_most
        self.strata, self.requirements, self.heard = strata, requirements, heard
        self.divided_by, self.asking = divided_by, asking
        self.waiting: defaultdict[int, list[Candidate]] = defaultdict(list)
        self.unread = list(range(len(strata)))

    def choose(self, most: int) -> Proposals:
        before = expected_width(self.heard)
        chosen: list[Proposal] = []
        while len(chosen) < most and (proposal := self._next(most)):
            chosen.append(proposal)
        return Proposals(tuple(chosen), before, expected_width(self.heard))

    def _next(self, most: int) -> Proposal | None:
        while True:
            best = self._best_waiting()
            bounds = falls(self.heard, np.ones(len(self.strata))).sum(axis=1)
            self.unread.sort(key=lambda row: (-bounds[row], row))
            if not self.unread or (best and best[1].sum() >= bounds[self.unread[0]]):
                return self._take(*best) if best else None
            self._read_more(most)

    def _best_waiting(self) -> tuple[int, Floats] | None:
        """Return the stratum whose first candidate narrows most, and by how much for each requirement."""
        rows = [row for row, candidates in self.waiting.items() if candidates]
        if not rows:
            return None
        terms = falls(self.heard, self._more())
        found = terms.sum(axis=1)
        row = min(rows, key=lambda each: (-found[each], each))
        return row, terms[row]

    def _more(self) -> Floats:
        """Return how much of an interview the first candidate of each stratum adds: what has faded of the last one."""
        more = np.zeros(len(self.strata))
        for row, candidates in self.waiting.items():
            if candidates:
                more[row] = self._fresh_part(candidates[0])
        return more

    def _fresh_part(self, candidate: Candidate) -> float:
        months = self._months_ago(candidate)
        return 1.0 if months is None else 1 - 0.5 ** (months / self.asking.half_life)

    def _months_ago(self, candidate: Candidate) -> int | None:
        if candidate.heard_on is None:
            return None
        return max(0, month_number(self.asking.as_of) - month_number(candidate.heard_on))

    def _take(self, row: int, terms: Floats) -> Proposal:
        candidate, fall = self.waiting[row].pop(0), float(terms.sum())
        self.heard.n[row] += self._fresh_part(candidate)
        most_for = self.requirements[int(terms.argmax())] if fall > 0 and self.names_most else None
        return Proposal(candidate, self.strata[row], fall, most_for, self._months_ago(candidate))

    def _read_more(self, most: int) -> None:
        rows = self.unread[: max(FIRST_STRATA, len(self.strata) - len(self.unread))]
        del self.unread[: len(rows)]
        by_cell = {self.strata[row].cell: row for row in rows}
        for candidate in best_candidates(
            by_cell,
            divided_by=self.divided_by,
            most=most,
            as_of=self.asking.as_of,
            ask_again_days=self.asking.ask_again_days,
            customers=sum(each.population for each in self.strata),
            products=self.asking.products,
        ):
            self.waiting[by_cell[cell_of(candidate.segment, self.divided_by)]].append(candidate)
