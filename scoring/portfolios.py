"""Every set of up to 20 options at once: the best for a budget, what each budget can buy, and how sure that is.

A set is a number: bit p stands for the p-th option in the order of keys. Source: docs/algorithms/investing.md.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from scoring.errors import ScoringError
from scoring.investing import At, Case, Line, drawn, own_gaps_after, reaching, scale_of, strengths_from, weights_facing

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

MOST_ENUMERATED = 20
SAME = 1e-9  # points that do not tell two sets apart
JOINED = 12  # options of tables that are added up before they are spread over all sets
AT_ONCE = 1 << 15  # sets whose draws are in memory together
DRAWS, SEED = 200, 20_261_127


class Goal(StrEnum):
    """What is made as large as possible."""

    GAP = "gap"  # points off the overall gap, at the likely effects, if customers feel as before
    REACH = "reach"  # points off what reaches customers through the functions that face them


@dataclass(frozen=True, slots=True)
class Rules:
    """What a set has to hold, by the keys of options: those that must be in, and those that must not."""

    forced_in: frozenset[int] = frozenset()
    forced_out: frozenset[int] = frozenset()


NO_RULES = Rules()


class Choice(NamedTuple):
    """A set with its cost and what the goal gains. bound: what no set can exceed; the same where it is proved best."""

    keys: tuple[int, ...]
    cost: int
    points: float
    bound: float

    @property
    def is_proved(self) -> bool:
        return self.bound <= self.points + SAME


@dataclass(frozen=True)
class Sets:
    """All sets of the options, by number: what each costs, what it gains, and whether the rules allow it."""

    keys: tuple[int, ...]
    cost: Ints
    gain: Floats
    allowed: Flags

    def best(self, budget: int, *, without: Collection[int] = ()) -> Choice | None:
        """Return the best set within the budget; of those that gain as much the cheapest, then the one of fewest
        options, then the first in the order of keys. None: the rules allow none. without: options to leave out."""
        left = _number(without, {key: at for at, key in enumerate(self.keys)})
        found = np.flatnonzero(self.allowed & (self.cost <= budget))
        found = found[(found & left) == 0]
        if not found.size:
            return None
        return self._choice(self._first(found[self.gain[found] >= self.gain[found].max() - SAME]))

    def frontier(self) -> list[Choice]:
        """Return the best set of each budget at which it changes, the smallest budget first.

        Source: docs/algorithms/investing.md, What each budget can buy.
        """
        found = np.flatnonzero(self.allowed)
        if not found.size:
            return []
        found = found[np.argsort(self.cost[found], kind="stable")]
        _costs, starts = np.unique(self.cost[found], return_index=True)
        tops = np.maximum.reduceat(self.gain[found], starts)
        ends = [*starts[1:].tolist(), found.size]
        choices, before = [], -np.inf
        for start, end, top in zip(starts.tolist(), ends, tops.tolist(), strict=True):
            if top > before + SAME:
                some = found[start:end]
                choices.append(self._choice(self._first(some[self.gain[some] >= top - SAME])))
                before = top
        return choices

    def keys_of(self, number: int) -> tuple[int, ...]:
        return tuple(key for at, key in enumerate(self.keys) if number >> at & 1)

    def _choice(self, number: int) -> Choice:
        points = float(self.gain[number])
        return Choice(self.keys_of(number), int(self.cost[number]), points, points)

    def _first(self, numbers: Ints) -> int:
        return int(numbers[np.lexsort(self._ranks(numbers))[0]])

    def _ranks(self, numbers: Ints) -> tuple[Ints, ...]:
        """The last key decides first: cost, then how many, then keys in order (a lower option's bit weighs more)."""
        order, count = np.zeros_like(numbers), np.zeros_like(numbers)
        for at in range(len(self.keys)):
            bit = numbers >> at & 1
            order -= bit << (len(self.keys) - at)
            count += bit
        return order, count, self.cost[numbers]

    def in_order(self, budget: int) -> Ints:
        """Return the allowed sets within the budget, those that win ties first."""
        found = np.flatnonzero(self.allowed & (self.cost <= budget))
        return found[np.lexsort(self._ranks(found))]


def all_sets(case: Case, *, goal: Goal = Goal.GAP, rules: Rules = NO_RULES) -> Sets:
    """Return every set of the options. Raises: ScoringError for more than 20 of them, or a negative cost.

    Source: docs/algorithms/investing.md, All sets.
    """
    keys = tuple(sorted(case.option_of))
    if len(keys) > MOST_ENUMERATED:
        raise ScoringError(f"{len(keys)} options have too many sets; at most {MOST_ENUMERATED} are tried one by one.")
    if any(option.cost < 0 for option in case.options):
        raise ScoringError("Expected costs >= 0.")
    cost = _doubled([case.option_of[key].cost for key in keys])
    gain = _gap_gains(case, keys) if goal is Goal.GAP else _reach_gains(case, keys)
    return Sets(keys, cost, gain, _allowed(case, keys, rules))


def stays_in(sets: Sets, case: Case, *, budget: int, draws: int = DRAWS, goal: Goal = Goal.GAP) -> dict[int, int]:
    """Return in how many draws from the gaps' intervals each option is in the best set for the budget.

    The same draws for the same case. Source: docs/algorithms/investing.md, Robustness.
    """
    rng = np.random.default_rng(SEED)
    cases = [drawn(case, rng) for _ in range(draws)]
    order = sets.in_order(budget)
    counts = dict.fromkeys(sets.keys, 0)
    if not order.size:
        return counts
    for number in _winners(sets, case, cases, order) if goal is Goal.GAP else _reaching_winners(sets, cases, order):
        for key in sets.keys_of(int(number)):
            counts[key] += 1
    return counts


def _winners(sets: Sets, case: Case, cases: Sequence[Case], order: Ints) -> Ints:
    """Gains are sums over requirements of what is won and what is lost, and a draw only scales these."""
    tables = _Tables.of(case, sets.keys)
    scales = np.array([tables.scales(case, each) for each in cases]).T.reshape(-1, len(cases))
    best = np.full(len(cases), -np.inf)
    winner = np.zeros(len(cases), dtype=np.int64)
    for start in range(0, order.size, AT_ONCE):
        some = order[start : start + AT_ONCE]
        gains = tables.columns(some) @ scales
        # The first of those that are as good, for they come in the order that decides ties.
        at = (gains >= gains.max(axis=0) - SAME).argmax(axis=0)
        tops = gains[at, np.arange(len(cases))]
        better = tops > best + SAME
        best[better], winner[better] = tops[better], some[at[better]]
    return winner


def _reaching_winners(sets: Sets, cases: Sequence[Case], order: Ints) -> list[int]:
    found = []
    for each in cases:
        gain = _reach_gains(each, sets.keys)[order]
        found.append(int(order[int((gain >= gain.max() - SAME).argmax())]))
    return found


@dataclass(frozen=True)
class _Tables:
    """By requirement: the options that move it, and what each set of these wins and loses, in points of the overall
    gap."""

    of_requirement: tuple[tuple[int, tuple[int, ...], Floats, Floats], ...]

    @classmethod
    def of(cls, case: Case, keys: Sequence[int]) -> "_Tables":
        found = []
        for requirement in sorted({line.requirement for line in case.moving}):
            lines = [line for line in case.moving if line.requirement == requirement]
            bits = _bits(lines, keys)
            won, lost = np.zeros(1 << len(bits)), np.zeros(1 << len(bits))
            for line in lines:
                levels = _levels(line, bits, keys)
                won += _met(line, levels, unmet_now=True)
                lost += _met(line, levels, unmet_now=False) - _met(line, np.array([line.now]), unmet_now=False)
            share = case.part_of[requirement].share
            found.append((requirement, bits, share * won, share * lost))
        return cls(tuple(found))

    def columns(self, numbers: Ints) -> Floats:
        columns: list[Floats] = []
        for _requirement, bits, won, lost in self.of_requirement:
            index = np.zeros_like(numbers)
            for place, bit in enumerate(bits):
                index |= (numbers >> bit & 1) << place
            columns += [table[index] for table in (won, lost) if table.any()]
        return np.array(columns).T.reshape(numbers.size, -1)

    def scales(self, case: Case, other: Case) -> list[float]:
        """By column: where nothing is ever won, or lost, there is none."""
        return [
            scale
            for requirement, _bits, *tables in self.of_requirement
            for table, scale in zip(
                tables, scale_of(case.part_of[requirement].gap, other.part_of[requirement].gap), strict=True
            )
            if table.any()
        ]


def _bits(lines: Sequence[Line], keys: Sequence[int]) -> tuple[int, ...]:
    moving = {key for line in lines for key, its in line.effects.items() if its[At.LIKELY]}
    return tuple(at for at, key in enumerate(keys) if key in moving)


def _doubled(amounts: Sequence[int]) -> Ints:
    """Return the sum of the amounts of each set of them."""
    sums = np.zeros(1, dtype=np.int64)
    for amount in amounts:
        sums = np.concatenate((sums, sums + amount))
    return sums


def _levels(line: Line, bits: Sequence[int], keys: Sequence[int]) -> Ints:
    return line.now + _doubled([line.effects.get(keys[bit], (0, 0, 0))[At.LIKELY] for bit in bits])


def _met(line: Line, levels: Ints, *, unmet_now: bool) -> Floats:
    """Return the points that are met at each level, of the steps that are unmet, or met, now."""
    steps = sorted(step for step in line.steps if (step.threshold < line.now) == unmet_now)
    from_here_on = np.append(np.cumsum([step.least for step in reversed(steps)])[::-1], 0.0)
    return np.asarray(from_here_on[np.searchsorted([step.threshold for step in steps], levels, side="left")])


def _gap_gains(case: Case, keys: Sequence[int]) -> Floats:
    tables = [(bits, won + lost) for _requirement, bits, won, lost in _Tables.of(case, keys).of_requirement]
    gains = np.zeros((2,) * len(keys))
    for bits, table in _joined(tables):
        gains += _spread(table, bits, bits_to=range(len(keys)))
    return gains.reshape(-1)


def _joined(tables: Sequence[tuple[tuple[int, ...], Floats]]) -> list[tuple[tuple[int, ...], Floats]]:
    """Add up tables about few options before they are spread over all sets, which takes long."""
    found: list[tuple[tuple[int, ...], Floats]] = []
    for bits, table in sorted(tables, key=lambda each: (-len(each[0]), each[0])):
        for at, (others, sums) in enumerate(found):
            both = tuple(sorted({*bits, *others}))
            if len(both) <= max(JOINED, len(others)):
                found[at] = both, (_spread(sums, others, both) + _spread(table, bits, both)).reshape(-1)
                break
        else:
            found.append((bits, table))
    return found


def _spread(table: Floats, bits: Sequence[int], bits_to: Sequence[int]) -> Floats:
    """Return the table with an axis for each of the options it is spread to, the highest bit first."""
    shape = tuple(2 if bit in bits else 1 for bit in reversed(bits_to))
    return table.reshape(shape)


def _reach_gains(case: Case, keys: Sequence[int]) -> Floats:
    tables = _Tables.of(case, keys)
    reach = _Reach.of(case, tables)
    # Arrays have an axis of two only for the options that move them: most are small.
    gaps: dict[int, Floats] = {function: np.zeros((1,) * len(keys)) for function in reach.share}
    for requirement, bits, won, lost in tables.of_requirement:
        function = case.part_of[requirement].function
        if function in gaps:
            gaps[function] = gaps[function] + _spread(won + lost, bits, range(len(keys)))
    after = {at: np.maximum(reach.own[at] - gap / reach.share[at], 0.0) for at, gap in gaps.items()}
    total = np.zeros((2,) * len(keys))
    for function, weight in reach.weight.items():
        arriving: Floats = np.full((1,) * len(keys), reach.fixed[function])
        for start, strength in reach.ways[function]:
            if strength * after[start].max() > reach.fixed[function]:
                arriving = np.maximum(arriving, strength * after[start])
        total += weight * (reach.now[function] - arriving)
    return total.reshape(-1)


@dataclass(frozen=True)
class _Reach:
    """What reaches customers, with the functions that options move apart.

    share and own: of these functions, in shares of importance and points. Of each that faces customers, weight: its
    share among them; now: what arrives; fixed: what comes from the others; ways: (start, strength) of those that move.
    """

    share: dict[int, float]
    own: dict[int, float]
    weight: dict[int, float]
    now: dict[int, float]
    fixed: dict[int, float]
    ways: dict[int, list[tuple[int, float]]]

    @classmethod
    def of(cls, case: Case, tables: _Tables) -> "_Reach":
        movers = {case.part_of[requirement].function for requirement, *_rest in tables.of_requirement}
        share: dict[int, float] = {}
        for part in case.parts:
            if part.function is not None and part.function in movers & case.circle.own.keys():
                share[part.function] = share.get(part.function, 0.0) + part.share
        share = {function: its for function, its in share.items() if its > 0}
        own, weight = own_gaps_after(case, {}), weights_facing(case)
        strengths = {start: strengths_from(case, start) for start in share}
        return cls(
            share=share,
            own={function: own[function] or 0.0 for function in share},
            weight=weight,
            now=reaching(case, own),
            fixed=reaching(case, {function: None if function in share else gap for function, gap in own.items()}),
            ways={f: [(start, its[f]) for start, its in strengths.items() if its[f] > 0] for f in weight},
        )


def _allowed(case: Case, keys: Sequence[int], rules: Rules) -> Flags:
    numbers = np.arange(1 << len(keys), dtype=np.int64)
    at = {key: place for place, key in enumerate(keys)}
    inside, outside = _number(rules.forced_in, at), _number(rules.forced_out, at)
    allowed: Flags = ((numbers & inside) == inside) & ((numbers & outside) == 0)
    if not rules.forced_in <= at.keys():
        allowed[:] = False
    for key, place in at.items():
        option, chosen = case.option_of[key], (numbers >> place & 1).astype(bool)
        needed, barred = _number(option.requires, at), _number(option.excludes, at)
        # What it needs and is no option can never be in.
        has_all = (numbers & needed) == needed if option.requires <= at.keys() else np.zeros_like(chosen)
        allowed &= ~chosen | (has_all & ((numbers & barred) == 0))
    return allowed


def _number(keys: Collection[int], at: dict[int, int]) -> int:
    return sum(1 << at[key] for key in keys if key in at)
