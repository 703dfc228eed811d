"""The moves of a what-if: which levels, links and dots would be others than today, as an address holds them.

m12=4 is a level of metric 12; s3-5=0.5 how much of function 3's gap function 5 passes on, 0: nothing; l7-2=12 says that
metric 12 measures the level of requirement 7 for product 2, 0: nothing does; without=3 takes a dot away.
"""

import re
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import TypeVar
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _

from functions.selectors import Access
from gap_scores.boards import kept_with_board
from gap_scores.investing import Ground, MetricNow
from improvements.initiatives import check_range, is_better
from improvements.reading_off import movable
from metrics.levels import whole_levels
from metrics.models import Metric
from metrics.wording import plain
from scoring.units import unit_of
from web.fields import to_six_places

MOST_MOVES = 60
LARGEST = 10**12
STRENGTHS = {Decimal(text): text for text in ("0", "0.25", "0.5", "0.75", "1")}
PASSED_ON = {"1": "1: all of it", "0.75": "0.75: most", "0.5": "0.5: half", "0.25": "0.25: little", "0": "0: nothing"}
FIELD = re.compile(r"m(\d{1,9})|s(\d{1,9})-(\d{1,9})|l(\d{1,9})-(\d{1,9})|without", re.ASCII)
IS_ID = re.compile(r"\d{1,9}", re.ASCII)
NAMED_SKIPPED = 4
K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Moves:
    """levels: by metric; supply: strengths by (supplier, supplied); measured: by (requirement, product) the metric, 0:
    none. What stands as it does today is not in it."""

    levels: Mapping[int, Decimal] = field(default_factory=dict)
    supply: Mapping[tuple[int, int], Decimal] = field(default_factory=dict)
    measured: Mapping[tuple[int, int], int] = field(default_factory=dict)
    without: int | None = None

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Return the fields of its address, in an order of their own."""
        found = [(f"m{metric}", plain(level)) for metric, level in sorted(self.levels.items())]
        found += [(f"s{one}-{other}", STRENGTHS[by]) for (one, other), by in sorted(self.supply.items())]
        found += [(f"l{one}-{other}", str(metric)) for (one, other), metric in sorted(self.measured.items())]
        return found + ([("without", str(self.without))] if self.without is not None else [])

    @property
    def query(self) -> str:
        return urlencode(self.pairs)

    @property
    def count(self) -> int:
        return len(self.levels) + len(self.supply) + len(self.measured)


@dataclass(frozen=True)
class Read:
    """What an address asks for. skipped: why what makes no sense was left out, by its field; notes: what is allowed and
    worth saying. metrics: all that the moves name; movable: those whose level this person may move."""

    moves: Moves
    skipped: Mapping[str, str]
    notes: Sequence[str]
    metrics: Mapping[int, MetricNow]
    movable: Collection[int]

    @property
    def said(self) -> list[str]:
        return list(dict.fromkeys(self.skipped.values()))

    @property
    def problem(self) -> str:
        said, more = self.said, len(self.said) - NAMED_SKIPPED
        return " ".join([*said[:NAMED_SKIPPED], *([f"{more} more made no sense either."] if more > 0 else [])])


def level_now(here: MetricNow) -> Decimal:
    """Return today's level as an address says it."""
    return to_six_places(here.level.value if here.level else Fraction(0))


def metrics_with_levels(ground: Ground, metrics: Iterable[int]) -> dict[int, MetricNow]:
    """Return these metrics with their levels of the board's day (4 queries, none for those that measure already)."""
    wanted = set(metrics)
    found = {pk: ground.metrics[pk] for pk in wanted & ground.metrics.keys()}
    left = tuple(sorted(wanted - found.keys()))
    if left:
        found |= kept_with_board(ground.board, ("levels of", left), lambda: _with_levels(ground, left))
    return found


def _with_levels(ground: Ground, wanted: Sequence[int]) -> dict[int, MetricNow]:
    metrics = Metric.objects.filter(is_active=True).select_related("function").in_bulk(wanted)
    levels = whole_levels(metrics=list(metrics.values()), as_of=ground.board.stamp.as_of) if metrics else {}
    found = {}
    for pk, metric in metrics.items():
        whole = levels.get(pk)
        found[pk] = MetricNow(metric, whole.level if whole else None, whole.newest_on if whole else None)
    return found


# ---- Reading an address


def pairs_in(text: str) -> list[tuple[str, str]]:
    """Return the fields of an address that is there as text; of one that comes twice the last counts."""
    fields = QueryDict(text)
    return [(name, fields.get(name, "")) for name in fields]


def moves_in(pairs: Iterable[tuple[str, str]], *, ground: Ground, access: Access) -> Read:
    """Return the moves that these fields ask for and this person may make (1 query; 4 more for a metric that measures
    nothing yet). A field of another name is not looked at, and what stands as today is no move."""
    asked = {name: text.strip() for name, text in pairs if FIELD.fullmatch(name) and text.strip()}
    return _Reader(ground, access, asked).read()


class _Reader:
    """Reads fields one by one: what makes no sense is left out with a sentence, the others stay."""

    def __init__(self, ground: Ground, access: Access, asked: Mapping[str, str]) -> None:
        self.ground, self.access, self.asked = ground, access, asked
        self.skipped: dict[str, str] = {}
        self.functions = {row.function_id: row for row in ground.board.functions}
        self.today = ground.measured
        self.metrics = dict(ground.metrics)

    def read(self) -> Read:
        named = {int(text) for name, text in self.asked.items() if name[0] == "l" and IS_ID.fullmatch(text)}
        if self.access.is_specialist and named:
            self.metrics |= metrics_with_levels(self.ground, named - {0})
        measured = self._read("l", self._measured)
        supply = self._read("s", self._supply)
        linked = {metric for metric in measured.values() if metric}
        self.now = {metric: level_now(self.metrics[metric]) for metric in {*movable(self.ground, self.access), *linked}}
        levels = {metric: level for (metric,), level in self._read("m", self._level).items()}
        strengths = self.ground.strengths
        moves = Moves(
            levels={metric: level for metric, level in levels.items() if level != self.now[metric]},
            supply={(one, two): by for (one, two), by in supply.items() if by != strengths.get((one, two), 0)},
            measured={(one, two): its for (one, two), its in measured.items() if its != self.today[one, two]},
            without=self._without(),
        )
        moves = self._few_enough(moves)
        return Read(moves, self.skipped, self._notes(moves), self.metrics, self.now.keys())

    def _read(self, sign: str, read: Callable[[tuple[int, ...], str], V]) -> dict[tuple[int, ...], V]:
        found = {}
        for name, text in self.asked.items():
            if name[0] == sign:
                key = tuple(int(each) for each in name[1:].split("-"))
                try:
                    found[key] = read(key, text)
                except ValidationError as error:
                    self.skipped[name] = " ".join(error.messages)
        return found

    def _level(self, key: tuple[int, ...], text: str) -> Decimal:
        if key[0] not in self.now:
            # One sentence for all that a person may not move: which of them it is would tell something.
            message = _(
                "There is no level %(metric)s that you may move: it is gone or not measured, too few customers stated "
                "what they need of it, or it is another function's."
            )
            raise ValidationError(message, code="no_level", params={"metric": key[0]})
        level = _number(text)
        # Compared, not abs(): that of a level such as 1e9999999 overflows.
        if level is None or not -LARGEST <= level <= LARGEST:
            raise ValidationError(_("‘%(text)s’ is no level."), code="invalid", params={"text": text[:40]})
        level = to_six_places(level)
        check_range(self.metrics[key[0]].metric, "level", level)
        return level

    def _supply(self, key: tuple[int, ...], text: str) -> Decimal:
        one, two = (self.functions.get(each) for each in key)
        if one is None or two is None:
            message = _("One of the functions %(pair)s is not there, so nothing can be passed on between them.")
            raise ValidationError(message, code="no_function", params={"pair": " and ".join(map(str, key))})
        if one is two:
            raise ValidationError(_("%(name)s cannot supply itself."), code="itself", params={"name": one.name})
        strength = _number(text)
        if strength not in STRENGTHS:
            message = _("From %(one)s to %(two)s 1, 0.75, 0.5, 0.25 or 0 is passed on, not ‘%(text)s’.")
            raise ValidationError(
                message, code="strength", params={"one": one.name, "two": two.name, "text": text[:40]}
            )
        return strength

    def _measured(self, key: tuple[int, ...], text: str) -> int:
        requirement, product = key
        if not self.access.is_specialist:
            message = _("What measures a requirement can be moved by specialists, who say so in the program, too.")
            raise ValidationError(message, code="specialists")
        if (requirement, product) not in self.today:
            message = _(
                "Nothing else can measure requirement %(requirement)s for product %(product)s: it is retired or gone, "
                "has no scale or no score, or nobody was heard about it for this product."
            )
            words = {"requirement": requirement, "product": product}
            raise ValidationError(message, code="no_requirement", params=words)
        if not IS_ID.fullmatch(text):
            raise ValidationError(_("‘%(text)s’ is no metric."), code="invalid", params={"text": text[:40]})
        if int(text) and int(text) != self.today[requirement, product]:
            self._check_measures(requirement, int(text))
        return int(text)

    def _check_measures(self, requirement: int, metric: int) -> None:
        here = self.metrics.get(metric)
        if here is None or here.level is None:
            message = _("Metric %(metric)s is gone, retired, or has no level yet, so it measures nothing.")
            raise ValidationError(message, code="no_level", params={"metric": metric})
        its, scale, name = here.metric, self.ground.scales[requirement], here.metric.name
        if unit_of(its.unit).dimension != unit_of(scale.unit).dimension:
            message = _("%(name)s is in %(unit)s, the requirement in %(other)s: one cannot be converted to the other.")
            words = {"name": name, "unit": unit_of(its.unit).long, "other": unit_of(scale.unit).long}
            raise ValidationError(message, code="unit", params=words)
        if its.direction != scale.direction:
            message = _("For %(name)s lower is better and for the requirement higher, or the reverse: they must agree.")
            raise ValidationError(message, code="direction", params={"name": name})
        if its.breakdown:
            message = _("%(name)s has a level for each part, and a what-if links only a level of the whole.")
            raise ValidationError(message, code="parts", params={"name": name})

    def _without(self) -> int | None:
        text = self.asked.get("without", "")
        found = next((pk for pk in self.functions if str(pk) == text), None)
        if text and found is None:
            self.skipped["without"] = _("There is no dot ‘%(text)s’ to be without.") % {"text": text[:40]}
        return found

    def _few_enough(self, moves: Moves) -> Moves:
        if moves.count <= MOST_MOVES:
            return moves
        words = {"most": MOST_MOVES, "count": moves.count}
        self.skipped[""] = _("A what-if takes %(most)s moves at once, not %(count)s. The first ones count.") % words
        levels = _first(moves.levels, MOST_MOVES)
        supply = _first(moves.supply, MOST_MOVES - len(levels))
        measured = _first(moves.measured, MOST_MOVES - len(levels) - len(supply))
        return Moves(levels, supply, measured, moves.without)

    def _notes(self, moves: Moves) -> list[str]:
        return [
            _("%(name)s would be worse than today.") % {"name": self.metrics[metric].metric.name}
            for metric, level in sorted(moves.levels.items())
            if is_better(self.metrics[metric].metric, Fraction(self.now[metric]), Fraction(level))
        ]


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _first(moves: Mapping[K, V], most: int) -> dict[K, V]:
    return dict(list(moves.items())[: max(most, 0)])
