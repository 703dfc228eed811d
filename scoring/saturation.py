"""Have enough people been heard? How many new codes the next interview brings, and the share that nobody named yet.

An interview is the set of codes found in its words. Source: docs/algorithms/coding.md.
"""

from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from random import Random
from statistics import median_low
from typing import NamedTuple

from scoring.errors import ScoringError

BASE, RUN, ENOUGH = 4, 2, 0.05
ORDERS = 1000

Interview = Collection[Hashable]


class Saturation(NamedTuple):
    """base: codes found in the first interviews. ratios: of each run after them, new codes as a share of the base.

    at: the number of interviews after which a first run brought no more than the wanted share; None: not reached yet,
    or nothing to compare with.
    """

    base: int
    ratios: tuple[float, ...]
    at: int | None


class TypicalSaturation(NamedTuple):
    """The median over random orders of the interviews (None: most orders do not reach it), and the share that does."""

    at: int | None
    reached: float


def new_codes(interviews: Iterable[Interview]) -> list[int]:
    """Return how many codes each interview has that none before it had.

    Source: docs/algorithms/coding.md, Saturation.
    """
    return list(_news(interviews))


def _news(interviews: Iterable[Interview]) -> Iterator[int]:
    seen: set[Hashable] = set()
    for codes in interviews:
        before = len(seen)
        seen.update(codes)
        yield len(seen) - before


def saturation(
    interviews: Sequence[Interview], *, base: int = BASE, run: int = RUN, enough: float = ENOUGH
) -> Saturation:
    """Return when a run of interviews no longer brings new codes, in the order in which they were held.

    Units: enough is a share of the base, 0..1.
    Raises: ScoringError unless base and run are at least 1 and enough lies in 0..1.
    Source: docs/algorithms/coding.md, Saturation.
    """
    _check(base, run, enough)
    news = new_codes(interviews)
    found = sum(news[:base])
    if not found:
        return Saturation(found, (), None)
    runs = [sum(news[start : start + run]) for start in range(base, len(news) - run + 1)]
    at = next((base + index for index, new in enumerate(runs) if new <= enough * found), None)
    return Saturation(found, tuple(new / found for new in runs), at)


def typical_saturation(
    interviews: Sequence[Interview],
    *,
    seed: int,
    base: int = BASE,
    run: int = RUN,
    enough: float = ENOUGH,
    orders: int = ORDERS,
) -> TypicalSaturation:
    """Return the median of the saturation over random orders, because the order in which people were met is chance.

    seed: the same seed and the same interviews give the same result. Of two middle orders the earlier one counts.
    Raises: ScoringError as `saturation` does, and for fewer than one order.
    Source: docs/algorithms/coding.md, Saturation.
    """
    _check(base, run, enough)
    if orders < 1:
        raise ScoringError(f"Expected at least one order; got {orders}.")
    never = len(interviews) + 1
    draw, order = Random(seed), list(interviews)  # noqa: S311 - to be drawn again alike, not to be unguessable
    found = []
    for _number in range(orders):
        draw.shuffle(order)
        found.append(_first_quiet_run(order, base, run, enough) or never)
    middle = median_low(found)
    return TypicalSaturation(None if middle == never else middle, sum(at < never for at in found) / orders)


def _first_quiet_run(order: Sequence[Interview], base: int, run: int, enough: float) -> int | None:
    """Return `at` of `saturation`; it reads no further than it has to, which most orders end early by."""
    first = recent = 0
    news: list[int] = []
    for number, new in enumerate(_news(order), start=1):
        news.append(new)
        if number <= base:
            first += new
            continue
        recent += new - (news[number - run - 1] if number > base + run else 0)
        if number >= base + run and first and recent <= enough * first:
            return number - run
    return None


def unseen_share(mentions: Iterable[Hashable]) -> float | None:
    """Return the share of what is still unsaid, after Good and Turing: codes mentioned once by all mentions.

    mentions: the code of each mention, one per interview and code. Result: 0..1; None without any mention.
    Source: docs/algorithms/coding.md, Unseen.
    """
    counts = Counter(mentions)
    total = sum(counts.values())
    return sum(count == 1 for count in counts.values()) / total if total else None


def _check(base: int, run: int, enough: float) -> None:
    if base < 1 or run < 1 or not 0 <= enough <= 1:
        raise ScoringError(f"Expected base and run >= 1 and a share in 0..1; got {base}, {run} and {enough}.")
