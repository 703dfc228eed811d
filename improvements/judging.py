"""Whether an initiative serves customers, what that costs, and where the money would do more: worked out on read."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from hashlib import sha256
from itertools import chain
from typing import Any

from django.db.models import QuerySet

from functions.models import Program
from functions.selectors import Access
from gap_scores.board import FEWEST_CONTACTS, FEWEST_CUSTOMERS, Board, RequirementRow
from gap_scores.boards import kept_with_board
from gap_scores.investing import Expected, Ground, case_of, heard_about, read_ground
from improvements.initiative_models import GOING, OPEN, Initiative, InitiativeExclusion
from improvements.reading_off import untold_metrics
from scoring.investing import METHOD, Case, Gain, Option, Touched, gain_and_touched, gain_of, reach_of
from scoring.portfolios import MOST_ENUMERATED, NO_RULES, Choice, Goal, Rules, Sets, all_sets
from scoring.programming import solve

CENTS = 100
# With more options than all sets of which can be tried, a page waits so long for the best one.
SECONDS_ON_A_PAGE, SLACK = 4.0, 0.01
MOST_KEPT = 12  # options, of whose sets four thousand are


@dataclass(frozen=True, slots=True)
class Cost:
    """What an initiative costs in its first year; what is None is unknown, and so is the sum of it."""

    once: Decimal | None
    yearly: Decimal | None
    days: Decimal | None
    day_rate: Decimal | None

    @property
    def money(self) -> Decimal | None:
        """The cost of the first year. Nobody knows it before a day has a price: people days are not free."""
        if self.once is None or self.yearly is None or self.days is None or self.days_apart:
            return None
        return self.once + self.yearly + self.days * (self.day_rate or 0)

    @property
    def days_apart(self) -> Decimal | None:
        """People days that stand beside the money, because nothing says what a day costs."""
        return self.days if self.day_rate is None and self.days else None

    @property
    def lacks_day_rate(self) -> bool:
        """Whether a day rate is all that is missing."""
        return bool(self.days_apart) and self.once is not None and self.yearly is not None

    @property
    def cents(self) -> int | None:
        return None if self.money is None else round(self.money * CENTS)


@dataclass(frozen=True, slots=True)
class Rival:
    """What else the same money could be spent on: a set of initiatives and what it gains."""

    initiatives: tuple[Initiative, ...]
    gain: Gain
    money: Decimal

    @property
    def names(self) -> list[str]:
        return [each.name for each in self.initiatives]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an initiative does for customers. Gains in points of the overall gap, reach in points of what reaches them.

    rows: every scored requirement whose level it changes, with what is done to it; sure: the 95 % interval of the gain.
    customers and contacts: heard about the requirements that it serves. rival: the best other use of the same money;
    None where the cost is unknown, or nothing else fits. is_told: whether the reader may know what it gains; where not,
    only single requirements of enough customers may be shown. believed: of what runs or is done, the sentence with
    which it was decided.
    """

    initiative: Initiative
    board: Board
    cost: Cost
    gain: Gain
    sure: tuple[float, float]
    rows: tuple[tuple[Touched, RequirementRow], ...]
    customers: int
    contacts: int
    reach: float
    rival: Rival | None
    is_told: bool = True
    believed: str = ""

    @property
    def touched(self) -> list[Touched]:
        return [each for each, _row in self.rows]

    @property
    def served(self) -> list[RequirementRow]:
        """The requirements of customers, or of regulators, that it may serve better."""
        return [row for each, row in self.rows if is_served(each, row)]

    @property
    def now(self) -> float | None:
        return None if self.board.overall is None else self.board.overall.gap

    @property
    def per_100k(self) -> float | None:
        return per_100k(self.gain.points, self.cost.money)

    @property
    def is_of_few(self) -> bool:
        return self.customers < FEWEST_CUSTOMERS or self.contacts < FEWEST_CONTACTS


def per_100k(points: float, money: Decimal | None) -> float | None:
    """Return points for 100,000 of the currency; None where the cost is unknown or nothing."""
    return points / float(money) * 100_000 if money else None


def is_served(touched: Touched, row: RequirementRow) -> bool:
    """Whether a requirement of customers, or of regulators, may be served better."""
    return touched.gain.hi > 0 and row.origin != "internal"


def initiatives() -> QuerySet[Initiative]:
    """Return all initiatives with what they change and need (4 queries)."""
    related = Initiative.objects.select_related("function", "owner")
    return related.prefetch_related("effects__metric", "needs")


class Judge:
    """One reading of all initiatives on one board: looks each thing up once, and answers without a query.

    access: of whom it answers, None for whoever sees everything. Below specialists an initiative that changes a level
    of which too few customers stated their need is not weighed: what is bought would tell what they need.
    ground: with other levels than the measured ones of the board.
    """

    def __init__(
        self, board: Board, program: Program | None, access: Access | None = None, ground: Ground | None = None
    ) -> None:
        self.board = board
        self.day_rate: Any = program.day_rate if program else None
        self.ground: Ground = ground or read_ground(board)
        self.rows = list(initiatives().order_by("pk"))
        self.by_id = {row.pk: row for row in self.rows}
        self.going = {row.pk: row for row in self.rows if row.state in GOING}
        self.requirements = {row.requirement_id: row for row in board.requirements}
        self._alone: dict[int, tuple[Gain, list[Touched]]] = {}
        self.barred = _pairs(InitiativeExclusion.objects.values_list("one_id", "other_id"))
        closed = untold_metrics(self.ground, access)
        self.untold = frozenset(
            row.pk for row in self.rows if any(each.metric_id in closed for each in row.effects.all())
        )

    # ---- Cases

    def cost_of(self, row: Initiative) -> Cost:
        once, yearly, days = (getattr(row, name) for name in ("cost_fixed", "cost_yearly", "people_days"))
        return Cost(once, yearly, days, self.day_rate)

    @cached_property
    def open_rows(self) -> list[Initiative]:
        return [row for row in self.rows if row.state in OPEN]

    @cached_property
    def pool(self) -> list[Initiative]:
        """Those that can be weighed against a budget: open, with a known cost, and nothing against it."""
        return [row for row in self.open_rows if self.cost_of(row).cents is not None and not self.why_not(row)]

    def why_not(self, row: Initiative) -> str:
        """Return why an open initiative with a known cost cannot be chosen; nothing where it can."""
        if row.pk in self.untold:
            return "too few customers stated what they need of a level that it changes"
        barred = self.barred.get(row.pk, frozenset())
        barring = next((other for other in self.going.values() if other.pk in barred), None)
        if barring:
            return f"it excludes {barring.name}, which {'runs' if barring.state == GOING[0] else 'is done'}"
        return ""

    @property
    def left_out(self) -> list[tuple[Initiative, str]]:
        """What could be chosen by its state and cost, and why it is not."""
        known = [row for row in self.open_rows if self.cost_of(row).cents is not None]
        return [(row, why) for row in known if (why := self.why_not(row))]

    @cached_property
    def whole(self) -> Case:
        """Every initiative; for what a set gains, not for what may be chosen."""
        return case_of(self.ground, [self._option(row) for row in self.rows], self._effects(self.rows))

    @cached_property
    def case(self) -> Case:
        return case_of(self.ground, [self._option(row) for row in self.pool], self._effects(self.pool))

    def _effects(self, rows: Sequence[Initiative]) -> dict[int, list[tuple[int, Expected]]]:
        return {
            row.pk: [
                (each.metric_id, Expected(*(getattr(each, name) for name in Expected._fields)))
                for each in row.effects.all()
            ]
            for row in rows
        }

    def _option(self, row: Initiative) -> Option:
        needed = frozenset(each.needed_id for each in row.needs.all()) - self.going.keys()
        return Option(row.pk, self.cost_of(row).cents or 0, needed, self.barred.get(row.pk, frozenset()))

    @cached_property
    def digest(self) -> str:
        """A digest of all that an answer is worked out of, beside the scores of the run."""
        rows = [
            [row.pk, row.state, self.cost_of(row).cents, sorted(each.needed_id for each in row.needs.all())]
            + [[each.metric_id, str(each.low), str(each.likely), str(each.high)] for each in row.effects.all()]
            for row in self.rows
        ]
        pairs = sorted((one, sorted(others)) for one, others in self.barred.items())
        stamp = self.board.stamp
        text = json.dumps([METHOD, stamp.run_id, stamp.as_of.isoformat(), rows, pairs, sorted(self.untold)])
        return sha256(text.encode()).hexdigest()

    # ---- Answers

    def sets(self, goal: Goal = Goal.GAP, rules: Rules = NO_RULES) -> Sets:
        """Return every set of the pool; those of many options are not kept beyond this reading, they take megabytes."""
        if len(self.pool) > MOST_KEPT:
            return all_sets(self.case, goal=goal, rules=rules)
        key = ("sets", self.digest, goal, rules)
        return kept_with_board(self.board, key, lambda: all_sets(self.case, goal=goal, rules=rules))

    @property
    def is_small(self) -> bool:
        """Whether every set of the options can be tried."""
        return len(self.pool) <= MOST_ENUMERATED

    @property
    def draws_at_once(self) -> bool:
        """Whether a page can wait until each gap was drawn 200 times; of more options a job draws."""
        return len(self.pool) <= MOST_KEPT

    def best(self, cents: int, *, without: Collection[int] = ()) -> Choice | None:
        rules = Rules(forced_out=frozenset(without))
        if not self.is_small:
            return self.solved(cents, rules=rules)
        key = ("best", self.digest, cents, rules)
        return kept_with_board(self.board, key, lambda: self.sets().best(cents, without=without))

    def solved(
        self, cents: int, *, goal: Goal = Goal.GAP, rules: Rules = NO_RULES, seconds: float = SECONDS_ON_A_PAGE
    ) -> Choice | None:
        """Return the best set of many options, as near to its bound as a page waits."""
        return kept_with_board(
            self.board,
            ("solved", self.digest, cents, goal, rules, seconds),
            lambda: solve(self.case, budget=cents, goal=goal, rules=rules, slack=SLACK, seconds=seconds),
        )

    def gain(self, keys: Collection[int]) -> Gain:
        return self._of_one(*keys)[0] if len(keys) == 1 else gain_of(self.whole, set(keys))

    def touched(self, row: Initiative) -> list[Touched]:
        return self._of_one(row.pk)[1]

    def _of_one(self, key: int) -> tuple[Gain, list[Touched]]:
        if key not in self._alone:
            self._alone[key] = gain_and_touched(self.whole, {key})
        return self._alone[key]

    def serves(self, row: Initiative) -> list[int]:
        """Return the requirements of customers, or of regulators, that an initiative may serve better."""
        touched = self.touched(row)
        return [each.requirement for each in touched if is_served(each, self.requirements[each.requirement])]

    def rival(self, cents: int, *, without: Collection[int] = ()) -> Rival | None:
        found = self.best(cents, without=without)
        if found is None or not found.keys:
            return None
        chosen = tuple(self.by_id[key] for key in found.keys)
        return Rival(chosen, self.gain(found.keys), Decimal(found.cost) / CENTS)

    def verdict(self, row: Initiative) -> Verdict:
        cost, keys = self.cost_of(row), {row.pk}
        touched = self.touched(row)
        share = {part.requirement: part.share for part in self.whole.parts}
        customers, contacts = heard_about(self.board, set(self.serves(row)))
        return Verdict(
            initiative=row,
            board=self.board,
            cost=cost,
            gain=self.gain(keys),
            sure=(
                sum(share[each.requirement] * each.sure[0] for each in touched),
                sum(share[each.requirement] * each.sure[1] for each in touched),
            ),
            rows=tuple((each, self.requirements[each.requirement]) for each in touched),
            customers=customers,
            contacts=contacts,
            reach=reach_of(self.whole, keys),
            rival=None if cost.cents is None else self.rival(cost.cents, without=keys),
            is_told=row.pk not in self.untold,
            believed=_believed(row) if row.state in GOING else "",
        )


def _believed(row: Initiative) -> str:
    newest = row.decisions.first()
    return newest.believed["sentence"] if newest else ""


def _pairs(pairs: Any) -> Mapping[int, frozenset[int]]:
    found: dict[int, set[int]] = {}
    for one, other in chain.from_iterable(((one, other), (other, one)) for one, other in pairs):
        found.setdefault(one, set()).add(other)
    return {key: frozenset(others) for key, others in found.items()}
