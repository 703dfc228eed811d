"""Kano: what customers take for granted, what they want more of, what delights them, and how sure that is.

Source: docs/algorithms/kano.md.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple

from scoring.errors import ScoringError
from scoring.felt import Quantity
from scoring.intervals import wilson

FONG = 1.65  # the normal quantile of Fong's test
BAD_QUESTION = Fraction(1, 10)  # a larger share of contradictions says that the question was not understood


class Category(StrEnum):
    """In the order in which a tie is decided: what hurts most if it is missing comes first."""

    MUST_BE = "M"
    ONE_DIMENSIONAL = "O"
    ATTRACTIVE = "A"
    INDIFFERENT = "I"
    REVERSE = "R"
    QUESTIONABLE = "Q"


WANTED = (Category.ONE_DIMENSIONAL, Category.ATTRACTIVE, Category.MUST_BE)
UNWANTED = (Category.INDIFFERENT, Category.REVERSE, Category.QUESTIONABLE)
RANK = {category: place for place, category in enumerate(Category)}

# Rows: if it is met, 1 like it .. 5 dislike it; columns: if it is not met, in the same order.
STANDARD = ("QAAAO", "RIIIM", "RIIIM", "RIIIM", "RRRRQ")
POULIOT = ("QAAAO", "RQIIM", "RIIIM", "RIIQM", "RRRRQ")

# The published wordings of the five answers, in the order of the table. An import reads any of them.
WORDINGS = (
    ("like it that way", "must be that way", "am neutral", "can live with it that way", "dislike it that way"),
    (
        "enjoy it that way",
        "it is a basic necessity or i expect it that way",
        "am neutral",
        "dislike it, but i can live with it that way",
        "dislike it, and i can't accept it",
    ),
    (
        "this would be very helpful to me",
        "this is a basic requirement for me",
        "this would not affect me",
        "this would be a minor inconvenience",
        "this would be a major problem for me",
    ),
    ("like it", "expect it", "i'm neutral", "can tolerate it", "dislike it"),
)
_POINTS = {words: point for wording in WORDINGS for point, words in enumerate(wording, start=1)}


def point_of(words: str) -> int | None:
    """Return the point 1 like it .. 5 dislike it of an answer in one of the published wordings; None: none of them."""
    plain = words.strip().lower().replace("\u2019", "'").removesuffix(".")
    return _POINTS.get(plain) or _POINTS.get(plain.removeprefix("i ").removeprefix("it "))


def category_of(functional: int, dysfunctional: int, table: tuple[str, ...] = STANDARD) -> Category:
    """Return the category of one pair of answers, each 1 like it .. 5 dislike it.

    Raises: ScoringError for a point outside 1..5.
    Source: docs/algorithms/kano.md, Table.
    """
    if not (1 <= functional <= 5 and 1 <= dysfunctional <= 5):
        raise ScoringError(f"Expected points 1..5; got {functional} and {dysfunctional}.")
    return Category(table[functional - 1][dysfunctional - 1])


class Pair(NamedTuple):
    """The two points of one respondent, and for how much of one customer's voice it speaks."""

    functional: int
    dysfunctional: int
    voice: Quantity = 1
    times: int = 1


def counts_of(pairs: Iterable[Pair], table: tuple[str, ...] = STANDARD) -> dict[Category, Fraction]:
    """Return how many customers said each category; colleagues share one voice, so counts may be fractions."""
    counts = dict.fromkeys(Category, Fraction())
    for pair in pairs:
        if pair.voice < 0 or pair.times < 0:
            raise ScoringError(f"A voice cannot be negative; got {pair}.")
        counts[category_of(pair.functional, pair.dysfunctional, table)] += Fraction(pair.voice) * pair.times
    return counts


@dataclass(frozen=True, slots=True)
class Coefficient:
    """Better 0..1 or worse -1..0, with its Wilson interval."""

    value: float
    lo: float
    hi: float


@dataclass(frozen=True, slots=True)
class Kano:
    """What customers said of one requirement.

    n: customers. top, second: the most frequent categories (second None: only one was said). category: the verdict,
    by the tie rule where it is mixed. difference, bound: Fong's test between them. better, worse: None where nobody
    said M, O, A or I. The strengths are shares of n.
    """

    counts: Mapping[Category, Fraction]
    n: Fraction
    top: Category
    second: Category | None
    difference: Fraction
    bound: float
    better: Coefficient | None
    worse: Coefficient | None

    @property
    def is_mixed(self) -> bool:
        """Whether the two most frequent categories are too close to tell apart, by Fong's bound."""
        return self.difference < self.bound

    @property
    def category(self) -> Category:
        if self.is_mixed and self.second is not None:
            return min(self.top, self.second, key=RANK.__getitem__)
        return self.top

    @property
    def alternative(self) -> Category:
        """The category by Berger's other rule: wanted or not first, then the most frequent on that side."""
        wanted = sum(self.counts[each] for each in WANTED) > sum(self.counts[each] for each in UNWANTED)
        return max(WANTED if wanted else UNWANTED, key=lambda each: (self.counts[each], -RANK[each]))

    @property
    def total_strength(self) -> Fraction:
        return sum((self.counts[each] for each in WANTED), Fraction()) / self.n

    @property
    def category_strength(self) -> Fraction:
        return self.difference / self.n

    @property
    def is_badly_asked(self) -> bool:
        """Whether more than one answer in ten contradicts itself."""
        return self.counts[Category.QUESTIONABLE] / self.n > BAD_QUESTION

    @property
    def is_reversed(self) -> bool:
        """Whether most want the opposite: the statement should be turned round."""
        return 2 * self.counts[Category.REVERSE] > self.n


def kano(counts: Mapping[Category, Quantity]) -> Kano | None:
    """Return the verdict on one requirement from how many said each category; None if nobody did.

    Raises: ScoringError for a negative count.
    Source: docs/algorithms/kano.md, Category.
    """
    exact = {each: Fraction(counts.get(each, 0)) for each in Category}
    if any(count < 0 for count in exact.values()):
        raise ScoringError(f"Counts cannot be negative; got {dict(counts)}.")
    n = sum(exact.values(), Fraction())
    if not n:
        return None
    top, second = sorted(Category, key=lambda each: (-exact[each], RANK[each]))[:2]
    return Kano(
        counts=exact,
        n=n,
        top=top,
        second=second if exact[second] else None,
        difference=exact[top] - exact[second],
        bound=fong_bound(exact[top], exact[second], n),
        better=_coefficient(exact, (Category.ATTRACTIVE, Category.ONE_DIMENSIONAL)),
        worse=_negative(_coefficient(exact, (Category.ONE_DIMENSIONAL, Category.MUST_BE))),
    )


def fong_bound(a: Quantity, b: Quantity, n: Quantity) -> float:
    """Return how far two frequencies of n must lie apart to be told apart.

    Raises: ScoringError unless n > 0 and a + b <= n.
    Source: docs/algorithms/kano.md, Bound of Fong.
    """
    if not n > 0 or a + b > n:
        raise ScoringError(f"Expected a + b <= n and n > 0; got {a}, {b} and {n}.")
    return FONG * math.sqrt((a + b) * (2 * n - a - b) / (2 * n))


def _coefficient(counts: Mapping[Category, Fraction], named: tuple[Category, ...]) -> Coefficient | None:
    """Return the share of those who said one of these among all who said M, O, A or I."""
    n = sum((counts[each] for each in (*WANTED, Category.INDIFFERENT)), Fraction())
    if not n:
        return None
    value = float(sum((counts[each] for each in named), Fraction()) / n)
    lo, hi = wilson(value, float(n))
    return Coefficient(value, min(lo, value), max(hi, value))


def _negative(share: Coefficient | None) -> Coefficient | None:
    return None if share is None else Coefficient(-share.value, -share.hi, -share.lo)
