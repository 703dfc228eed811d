"""The form of a what-if: the levels, links and dots that can be moved, and the answer in words. Nothing is stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple
from urllib.parse import urlencode

from django.http import QueryDict

from dashboard.words import level_number, short, unit_word
from functions.selectors import Access
from gap_scores.board import Board
from gap_scores.investing import Ground, MetricNow
from improvements.moves import PASSED_ON, STRENGTHS, Moves, level_now, moves_in
from improvements.what_if import WhatIf, answer_words, what_if_of, without_answer
from metrics.models import Metric
from metrics.wording import plain
from requirements_catalog.models import Product
from scoring.felt import Direction
from scoring.investing import FINE
from web.fields import to_six_places
from web.forms import ids_in

MOST = 4
MOST_LEVELS, MOST_SUPPLY, MOST_MEASURED = 40, 40, 6
MOST_OFFERED = 200  # of what links can be added between; an address takes any other one
SHOWN = "was_"  # before the name of a field: what stood there when the form was shown
NOTHING = "nothing measures it"


@dataclass(frozen=True, slots=True)
class Slider:
    """A level that can be moved, as text in the metric's unit; is_moved: it stands elsewhere than today."""

    metric: int
    name: str
    value: str
    now: str
    was: str
    low: str
    high: str
    unit: str
    better: str
    is_moved: bool

    @property
    def field(self) -> str:
        return f"m{self.metric}"

    @property
    def now_words(self) -> str:
        return f"now {self.in_unit(self.now)}, {self.better} is better"

    def in_unit(self, number: str) -> str:
        return f"{number} {self.unit}".strip()


class Choice(NamedTuple):
    value: str
    words: str


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A link that can be moved; value: what is chosen, now: what stands today, in words."""

    field: str
    name: str
    value: str
    now: str
    was: str
    choices: Sequence[Choice]
    is_moved: bool

    @property
    def then(self) -> str:
        return next((each.words for each in self.choices if each.value == self.value), self.value)


@dataclass(frozen=True)
class WhatIfPage:
    """rest: levels that can be shown, too. supply and measured: the links that are shown; needs and metrics: what a
    link can be added between."""

    what: WhatIf
    answer: str
    without: str
    sliders: Sequence[Slider]
    rest: Sequence[Choice]
    supply: Sequence[LinkRow]
    measured: Sequence[LinkRow]
    needs: Sequence[Choice]
    metrics: Sequence[Choice]
    dots: Sequence[Choice]
    may_save: bool

    @property
    def strengths(self) -> list[Choice]:
        return [Choice(value, words) for value, words in PASSED_ON.items()]

    @property
    def moved(self) -> list[tuple[str, str, str]]:
        """What is moved: its name, today and then."""
        sliders = [
            (each.name, each.in_unit(each.now), each.in_unit(each.value)) for each in self.sliders if each.is_moved
        ]
        return sliders + [(each.name, each.now, each.then) for each in (*self.supply, *self.measured) if each.is_moved]

    @property
    def without_dot(self) -> str:
        return str(self.what.moves.without or "")

    @property
    def query(self) -> str:
        return self.what.moves.query

    @property
    def asks(self) -> bool:
        return bool(self.what.moves.pairs)


def what_if(
    *, parameters: QueryDict, ground: Ground, access: Access, currency: str, is_whole: bool = False
) -> WhatIfPage:
    """Return what the moves of an address would change, with the form to move more.

    is_whole: the page of its own; else a panel with a few levels (1 query, and 3 on the page for specialists).
    """
    read = moves_in(_pairs(parameters), ground=ground, access=access)
    what = what_if_of(read, ground=ground, access=access)
    levels, wanted = read.moves.levels, ids_in(parameters.getlist("show"))
    first = {*levels, *wanted}
    ranked = sorted(read.movable, key=lambda metric: (metric not in first, -ground.stakes.get(metric, 0.0), metric))
    most = max(MOST_LEVELS if is_whole else MOST, len(first & set(ranked)))
    shown, rest = ranked[:most], ranked[most:]
    named = _Names(ground, read.metrics) if access.is_specialist and (is_whole or read.moves.measured) else None
    return WhatIfPage(
        what=what,
        answer=answer_words(what),
        without=without_answer(what),
        sliders=[_slider(ground, read.metrics[metric], levels, currency) for metric in shown],
        rest=sorted(
            (Choice(str(metric), read.metrics[metric].metric.name) for metric in rest), key=lambda each: each[1]
        ),
        supply=_supply_rows(ground.board, ground.strengths, read.moves, most=MOST_SUPPLY * is_whole),
        measured=_measured_rows(read.moves, named, most=MOST_MEASURED * is_whole) if named else [],
        needs=named.needs if named and is_whole else [],
        metrics=named.metrics if named and is_whole else [],
        dots=[Choice(str(row.function_id), row.name) for row in ground.board.functions],
        may_save=access.is_specialist or bool(access.functions),
    )


def _pairs(parameters: QueryDict) -> list[tuple[str, str]]:
    """Return the fields of an address; a link that is added is one more of them.

    A form was shown with what stood then. A field that still says so was not touched, and is no move however much has
    been measured since.
    """
    pairs = [(name, parameters.get(name, "")) for name in parameters]
    pairs = [(name, text) for name, text in pairs if text.strip() != parameters.get(f"{SHOWN}{name}")]
    return pairs + _added(parameters)


def _added(parameters: QueryDict) -> list[tuple[str, str]]:
    one, two, by = (parameters.get(name, "") for name in ("add_from", "add_to", "add_by"))
    need, metric = (parameters.get(name, "") for name in ("add_need", "add_metric"))
    added = [(f"s{one}-{two}", by)] if one and two and by else []
    return added + ([(f"l{need}", metric)] if need and metric else [])


def address_of(page: WhatIfPage, parameters: QueryDict) -> str:
    """Return the query that says no more than what is moved and which levels are shown, too."""
    shown = [("show", str(metric)) for metric in sorted(ids_in(parameters.getlist("show")))]
    return urlencode([*page.what.moves.pairs, *shown])


def adds_a_link(parameters: QueryDict) -> bool:
    return bool(_added(parameters))


# ---- Levels


def _slider(ground: Ground, here: MetricNow, wanted: Mapping[int, Decimal], currency: str) -> Slider:
    now, metric = level_now(here), here.metric.pk
    value = wanted.get(metric, now)
    ends = [to_six_places(end) for end in _ends_stated(ground, metric)]
    lower_is_better = here.metric.direction == Direction.LOWER
    low, high = min(*ends, now, value), max(*ends, now, value)
    return Slider(
        metric=metric,
        name=here.metric.name,
        value=plain(value),
        now=level_number(short(float(now))),
        was=plain(now),
        low=plain(low),
        high=plain(high if high > low else low + 1),
        unit=unit_word(here.metric.unit, currency),
        better="lower" if lower_is_better else "higher",
        is_moved=value != now,
    )


def _ends_stated(ground: Ground, metric: int) -> list[Fraction]:
    """Return the first and the last level that customers of each line stated, in the metric's unit; zero if nobody."""
    ends = [
        (line.per_unit, step) for line in ground.lines_of.get(metric, ()) for step in (line.steps[0], line.steps[-1])
    ]
    return [Fraction(step.threshold // FINE * FINE) / per_unit for per_unit, step in ends] or [Fraction(0)]


# ---- Links


def _supply_rows(board: Board, now: Mapping[tuple[int, int], Decimal], moves: Moves, *, most: int) -> list[LinkRow]:
    """Return the supply links: those that are moved first, then those that pass on most."""
    rows = {row.function_id: row for row in board.functions}

    def order(pair: tuple[int, int]) -> tuple[bool, float, tuple[int, int]]:
        supplier = rows.get(pair[0])
        return pair not in moves.supply, -float(now.get(pair, 0)) * ((supplier and supplier.transmitted) or 0.0), pair

    pairs = sorted((pair for pair in {*now, *moves.supply} if pair[0] in rows and pair[1] in rows), key=order)
    return [
        LinkRow(
            field=f"s{one}-{two}",
            name=f"{rows[one].label} → {rows[two].label}",
            value=STRENGTHS[moves.supply.get((one, two), now.get((one, two), Decimal(0)))],
            now=PASSED_ON[STRENGTHS[now[one, two]]] if (one, two) in now else "no link",
            was=STRENGTHS[now.get((one, two), Decimal(0))],
            choices=[Choice(value, words) for value, words in PASSED_ON.items()],
            is_moved=(one, two) in moves.supply,
        )
        for one, two in pairs[: max(most, len(moves.supply))]
    ]


class _Names:
    """What a measuring link is between, in words (2 queries)."""

    def __init__(self, ground: Ground, metrics: Mapping[int, MetricNow]) -> None:
        self.today = ground.measured
        self.rows = {row.requirement_id: row for row in ground.board.requirements}
        products = dict(Product.objects.order_by("name").values_list("pk", "name"))
        self.products = {pair: products.get(pair[1], "") for pair in self.today}
        active = Metric.objects.filter(is_active=True, breakdown="").order_by("name").values_list("pk", "name")
        self.metrics = [Choice(str(pk), name) for pk, name in active]
        self.name_of = {pk: here.metric.name for pk, here in metrics.items()}

    def words(self, pair: tuple[int, int]) -> str:
        row = self.rows[pair[0]]
        return f"{row.reference} {row.statement}, {self.products[pair]}"

    @property
    def needs(self) -> list[Choice]:
        return [Choice(f"{pair[0]}-{pair[1]}", self.words(pair)) for pair in self.ranked()[:MOST_OFFERED]]

    def ranked(self) -> list[tuple[int, int]]:
        """Return the requirements by product, the most points first."""
        return sorted(self.today, key=lambda pair: (-(self.rows[pair[0]].points or 0.0), pair))


def _measured_rows(moves: Moves, names: _Names, *, most: int) -> list[LinkRow]:
    ranked = sorted(
        (pair for pair in names.ranked() if names.today[pair] or pair in moves.measured),
        key=lambda pair: pair not in moves.measured,
    )
    found = []
    for pair in ranked[: max(most, len(moves.measured))]:
        now = names.today[pair]
        value = moves.measured.get(pair, now)
        choices = {metric: names.name_of[metric] for metric in (now, value) if metric}
        found.append(
            LinkRow(
                field=f"l{pair[0]}-{pair[1]}",
                name=names.words(pair),
                value=str(value),
                now=names.name_of[now] if now else NOTHING,
                was=str(now),
                choices=[*(Choice(str(metric), name) for metric, name in choices.items()), Choice("0", NOTHING)],
                is_moved=pair in moves.measured,
            )
        )
    return found
