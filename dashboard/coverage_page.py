"""Coverage of a round, as a page: who has no voice, who should be asked next, and will the targets be reached?"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import groupby
from typing import Any

from dashboard.asking import Asking, Proposal, Proposals, propose
from dashboard.coverage import Coverage, Filled, Stratum, coverage_of, place_of
from dashboard.words import count_word, counted, of_all, part_words, sentence, share_words
from functions.models import Program
from gap_scores.board import Stamp
from gap_scores.boards import kept_at_version
from gap_scores.register import kept_cells
from gap_scores.selectors import read_board, read_stamp
from gap_scores.voices import register_of_products, says_who_uses_what, voices
from interviews.models import ANY, STRATUM, Interview, Round
from interviews.planning import Cell
from interviews.progress import Heard, LeftOut, cell_of, counts_of, heard_in, left_out, planned_rounds
from requirements_catalog.selectors import requirements_of_products
from web.templatetags.show import fixed, listed

State = Interview.State
ACROSS, DOWN = ("lifecycle", "size_band"), ("industry", "region")
PROPOSED = 7
NAMED_HOLES = 3


def value_words(name: str, value: str) -> str:
    """Return a value of a stratum as its row or column is headed."""
    if not value:
        return "not known"
    words = part_words(value)
    if name == "lifecycle":
        return f"{words} customers"
    return words.removesuffix(" employees")


def in_full(name: str, value: str) -> str:
    """Return a value so that it can stand by itself."""
    if not value:
        return {"size_band": "size not known"}.get(name, f"{name} not known")
    return value_words(name, value) if name == "lifecycle" else part_words(value)


def stratum_words(cell: Sequence[str]) -> str:
    """Return 'past customers, Western Europe, 10-49 employees'."""
    known = [in_full(name, value) for name, value in zip(STRATUM, cell, strict=True) if value != ANY]
    return ", ".join(known) or "all customers"


# ---- The matrix


@dataclass(frozen=True, slots=True)
class CellView:
    """One square: a stratum, or the sum of a row or a column."""

    done: int
    target: int
    share: str
    filled: Filled
    words: str
    is_total: bool = False


@dataclass(frozen=True, slots=True)
class MatrixRow:
    label: str
    cells: list[CellView]
    total: CellView


@dataclass(frozen=True)
class Matrix:
    """Rows are industry and region, columns lifecycle and size, as far as the plan divides by them."""

    coverage: Coverage

    @cached_property
    def across(self) -> list[str]:
        return [name for name in ACROSS if name in self.coverage.divided_by]

    @cached_property
    def down(self) -> list[str]:
        return [name for name in DOWN if name in self.coverage.divided_by]

    def _values(self, cell: Cell, names: Iterable[str]) -> tuple[str, ...]:
        return tuple(cell[STRATUM.index(name)] for name in names)

    @cached_property
    def _columns(self) -> list[tuple[str, ...]]:
        return self._in_order(self.across)

    def _in_order(self, names: Sequence[str]) -> list[tuple[str, ...]]:
        """Return the values that occur, in the order in which people name them."""
        cells = [(place_of(cell_of(each.cell, names)), self._values(each.cell, names)) for each in self.coverage.strata]
        return [values for _place, values in sorted(set(cells))]

    @property
    def groups(self) -> list[tuple[str, int]]:
        """The upper head: (lifecycle, columns under it); empty where one line of heads is enough."""
        if len(self.across) < 2:
            return []
        return [
            (value_words("lifecycle", lifecycle), len(list(columns)))
            for lifecycle, columns in groupby(self._columns, key=lambda column: column[0])
        ]

    @property
    def heads(self) -> list[str]:
        if not self.across:
            return ["all customers"]
        return [value_words(self.across[-1], column[-1]) for column in self._columns]

    @property
    def rows(self) -> list[MatrixRow]:
        return [self._row(key) for key in self._in_order(self.down)]

    def _row(self, key: tuple[str, ...]) -> MatrixRow:
        inside = [each for each in self.coverage.strata if self._values(each.cell, self.down) == key]
        by_column = {self._values(each.cell, self.across): each for each in inside}
        label = ", ".join(value_words(name, value) for name, value in zip(self.down, key, strict=True))
        cells = [self._cell(by_column.get(column)) for column in self._columns]
        return MatrixRow(sentence(label) or "All regions", cells, self._total(inside, label or "all"))

    @property
    def totals(self) -> list[CellView]:
        columns = [
            [each for each in self.coverage.strata if self._values(each.cell, self.across) == column]
            for column in self._columns
        ]
        return [self._total(each, head) for each, head in zip(columns, self.heads, strict=True)]

    @property
    def whole(self) -> CellView:
        return self._total(self.coverage.strata, "all strata")

    def _cell(self, stratum: Stratum | None) -> CellView:
        if stratum is None:
            return CellView(0, 0, "", Filled.NOBODY, "")
        share = share_words(self.coverage.share_of(stratum.weight), 1)
        return CellView(stratum.done, stratum.target, share, stratum.filled, stratum_words(stratum.cell))

    def _total(self, strata: Sequence[Stratum], words: str) -> CellView:
        share = share_words(self.coverage.share_of(sum(each.weight for each in strata)), 1)
        done, target = sum(each.done for each in strata), sum(each.target for each in strata)
        return CellView(done, target, share, Filled.STARTED, words, is_total=True)


# ---- Who to ask next


@dataclass(frozen=True, slots=True)
class ProposalLine:
    proposal: Proposal
    value: str

    @property
    def segment(self) -> str:
        return stratum_words(self.proposal.stratum.cell)

    @property
    def fall(self) -> str:
        return fixed(self.proposal.fall, 2)

    @property
    def reason(self) -> str:
        """Why this contact, in words: the stratum, the customer, what it helps most."""
        stratum, months = self.proposal.stratum, self.proposal.months_ago
        parts = [
            "The stratum has no voice in this round"
            if stratum.filled == Filled.HOLE
            else f"{stratum.done} of {stratum.target} done in the stratum",
            "never heard" if months is None else f"last heard {months_words(months)}",
        ]
        if self.proposal.most_for:
            parts.append(f"narrows {self.proposal.most_for.reference} most")
        return f"{'; '.join(parts)}."


def months_words(months: int) -> str:
    return "this month" if not months else f"{months} month{'' if months == 1 else 's'} ago"


# ---- The page


@dataclass(frozen=True)
class CoveragePage:
    """One round with a plan."""

    round: Round
    rounds: list[Round]
    coverage: Coverage
    proposals: Proposals
    left: LeftOut
    ask_again_days: int
    states: Counter[str]
    modes: Counter[str]
    stamp: Stamp

    @cached_property
    def matrix(self) -> Matrix:
        return Matrix(self.coverage)

    @property
    def answer(self) -> str:
        """Who has no voice, as loudly as it can be said."""
        holes, strata = self.coverage.holes, len(self.coverage.strata)
        if not holes:
            return "Every stratum has a voice."
        share = share_words(self.coverage.share_of(sum(each.weight for each in holes)), 1)
        return f"Nobody was heard in {of_all(len(holes), strata)} strata: {share} of customers' value."

    @property
    def sub(self) -> str:
        coverage, heard = self.coverage, share_words(self.coverage.share_heard)
        done = f"{coverage.done} customers were heard, {coverage.target} are wanted; they speak for {heard} of value."
        holes = [stratum_words(each.cell) for each in coverage.holes[:NAMED_HOLES]]
        above_all = " above all" if len(coverage.holes) > NAMED_HOLES else ""
        return f"{done} Without a voice{above_all}: {'; '.join(holes)}." if holes else done

    @property
    def asking_answer(self) -> str:
        proposals = self.proposals.proposals
        if not proposals:
            return "Nobody who may be asked now would narrow the scores."
        before, after = (fixed(each, 1) for each in (self.proposals.width_before, self.proposals.width_after))
        who = "This one" if len(proposals) == 1 else f"These {count_word(len(proposals))}"
        return f"{who} would narrow a stratum's interval from ± {before} to ± {after} points on average."

    @cached_property
    def lines(self) -> list[ProposalLine]:
        return [
            ProposalLine(each, share_words(self.coverage.share_of(each.candidate.weight), 1))
            for each in self.proposals.proposals
        ]

    @property
    def invite_query(self) -> str:
        """Return the address part that names the proposed contacts."""
        return "&".join(f"contact={each.proposal.candidate.contact_id}" for each in self.lines)

    @property
    def left_out(self) -> str:
        left = self.left
        parts = [
            f"{left.opted_out} do not want to be asked" if left.opted_out else "",
            f"{left.without_consent} gave no consent yet" if left.without_consent else "",
            f"{left.asked_lately} were asked within {self.ask_again_days} days" if left.asked_lately else "",
        ]
        said = listed([part for part in parts if part])
        return f"Left out: of the contacts, {said}." if said else ""

    @property
    def reaching_answer(self) -> str:
        """Whether the targets will be reached, by lifecycle where one lags behind."""
        missing = sum(each.remaining for each in self.coverage.strata)
        if not missing:
            return "Every target is reached."
        open_ones = sum(self.states[state] for state in (State.PLANNED, State.INVITED, State.SCHEDULED))
        ahead = f"{counted(open_ones, 'interview')} {'is' if open_ones == 1 else 'are'} under way"
        return f"{missing} still to be heard; {ahead}."

    @property
    def facts(self) -> list[tuple[str, str]]:
        states = [(str(label), self.states[key]) for key, label in State.choices if self.states[key]]
        modes = [f"{label} {self.modes[key]}" for key, label in Interview.Mode.choices if self.modes[key]]
        lines = [(sentence(label), str(count)) for label, count in states]
        return [*lines, ("Mode", ", ".join(modes))] if modes else lines


def coverage_page(*, wave: Round, program: Program | None, today: date) -> CoveragePage:
    """Read one planned round: its strata, what was heard, and who to ask next."""
    plan = wave.plan
    products = tuple(wave.products.values_list("pk", flat=True))
    stamp, board = read_stamp(), read_board()
    limits = program or Program()
    again = limits.ask_again_days
    states, modes = counts_of(wave)
    cells = kept_cells()
    coverage = coverage_of(
        divided_by=plan.divided_by,
        register=register_of_products(products, cells=cells),
        targets=plan.targets.all(),
        heard=_heard(wave, plan.divided_by, states),
    )
    # As in the register: where it says of nobody what they use, everybody belongs to the round.
    users_of = products if says_who_uses_what(cells) else ()
    asking = Asking(today, again, limits.half_life_months, users_of)
    said = voices(divided_by=plan.divided_by, products=products)
    about = requirements_of_products(products) if products else None
    return CoveragePage(
        round=wave,
        rounds=list(planned_rounds()),
        coverage=coverage,
        proposals=propose(coverage, said, board, asking, most=PROPOSED, about=about),
        left=left_out(as_of=today, ask_again_days=again),
        ask_again_days=again,
        states=states,
        modes=modes,
        stamp=stamp,
    )


def _heard(wave: Round, divided_by: Sequence[str], states: Counter[str]) -> list[Heard]:
    """Return whom the round has heard, counted anew when the scores or the round's interviews changed.

    Who speaks for how much changes with the scores, and so does the register beside it.
    """
    key = "heard", wave.pk, tuple(divided_by), tuple(sorted(states.items()))
    return kept_at_version(key, lambda: heard_in(wave, divided_by=divided_by))


def coverage_form(page: CoveragePage) -> dict[str, Any]:
    """Return the page's numbers as the API answers them, without names."""
    return {
        "as_of": page.stamp.as_of,
        "run": page.stamp.run_id,
        "share_heard": page.coverage.share_heard,
        "strata": [
            {
                **dict(zip(STRATUM, each.cell, strict=True)),
                "population": each.population,
                "target": each.target,
                "done": each.done,
                "share": page.coverage.share_of(each.weight),
                "filled": each.filled.value,
            }
            for each in page.coverage.strata
        ],
        "next": [
            {
                "contact": each.candidate.contact_id,
                "customer": each.candidate.customer_id,
                "fall": each.fall,
                "requirement": each.most_for and each.most_for.requirement_id,
                "months_ago": each.months_ago,
            }
            for each in page.proposals.proposals
        ],
    }
