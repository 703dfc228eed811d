"""What a report of one round says: whom it was to reach and reached, who answered, what was found. Without names."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from dashboard.coverage import Coverage, coverage_of
from dashboard.coverage_page import in_full, stratum_words
from dashboard.drawing.bands import Edges
from dashboard.gap_view import GapView, edges_of, requirement_gap
from dashboard.selectors import product_names
from dashboard.words import counted, level_words, sentence, share_words
from functions.models import Program
from gap_scores.board import Board, EntryView, RequirementRow, Scope
from gap_scores.selectors import kept_entries, read_board
from gap_scores.voices import register_of_products
from interviews.models import Round, Verbatim
from interviews.progress import heard_in, plan_of
from interviews.round_figures import (
    AskedOne,
    CodeCount,
    asked_in,
    by,
    first_said_in,
    middle_of,
    readings_of,
    words_by_code,
)
from requirements_catalog.models import Requirement
from scoring.intervals import wilson
from web.templatetags.show import fixed

DIMENSIONS = {"lifecycle": "Lifecycle", "region": "Region", "size_band": "Size"}
FEWEST = 5


def rate_words(named: int, of: int) -> str:
    """Return 'x of y, 40 % (27 to 54 %)'; of nobody, nothing."""
    if not of:
        return ""
    lower, upper = wilson(named / of, of)
    ends = f"{fixed(100 * lower)} to {share_words(upper)}"
    return f"{named} of {of}, {share_words(named / of)} ({ends})" if of >= FEWEST else f"{named} of {of} ({ends})"


@dataclass(frozen=True, slots=True)
class RateRow:
    """How many of those asked in one segment answered."""

    dimension: str
    label: str
    asked: int
    answered: int

    @property
    def words(self) -> str:
        return rate_words(self.answered, self.asked)


@dataclass(frozen=True, slots=True)
class StratumRow:
    label: str
    target: int
    done: int
    population: int
    share: str


@dataclass(frozen=True, slots=True)
class FoundRow:
    """What the round's answers say about one requirement; `gap`: of all current customers on the kept day."""

    requirement: Requirement
    is_new: bool
    answers: int
    customers: int
    strictness: str
    met: str
    felt: str
    gap: GapView | None


@dataclass(frozen=True)
class RoundReport:
    wave: Round
    coverage: Coverage | None
    asked: tuple[AskedOne, ...]
    products: Mapping[int, str]
    found: tuple[FoundRow, ...]
    codes: tuple[CodeCount, ...]
    readings: Counter[str]
    new: tuple[Requirement, ...]

    @property
    def answered_count(self) -> int:
        return sum(each.has_answered for each in self.asked)

    @property
    def asked_count(self) -> int:
        return sum(each.was_asked for each in self.asked)

    @property
    def customers(self) -> int:
        return len({each.customer_id for each in self.asked if each.has_answered})

    @property
    def answer(self) -> str:
        said = counted(self.answered_count, "interview")
        who = counted(self.customers, "customer")
        return f"{self.wave.name}: {said} with {who}; {counted(len(self.new), 'requirement')} heard for the first time."

    @property
    def plan_answer(self) -> str:
        if self.coverage is None:
            return "It has no plan, so nothing says whom it was to reach."
        holes = len(self.coverage.holes)
        reached = f"{self.coverage.done} of {self.coverage.target} customers wanted were heard"
        missing = f"{counted(holes, 'stratum has', 'strata have')} no voice" if holes else "every stratum has a voice"
        return f"{reached}; {missing}. They speak for {share_words(self.coverage.share_heard)} of value."

    @property
    def strata(self) -> list[StratumRow]:
        if self.coverage is None:
            return []
        return [
            StratumRow(
                stratum_words(each.cell), each.target, each.done, each.population,
                share_words(self.coverage.share_of(each.weight), 1),
            )
            for each in self.coverage.strata
        ]  # fmt: skip

    @property
    def rate_answer(self) -> str:
        words = rate_words(self.answered_count, self.asked_count)
        return f"{words} of those asked answered." if words else "Nobody was asked by then."

    @property
    def rates(self) -> list[RateRow]:
        return [*self._by_segment(), *self._by_product()]

    def _by_segment(self) -> Iterable[RateRow]:
        for name, dimension in DIMENSIONS.items():
            for value, rows in sorted(by(self.asked, name).items()):
                answered = sum(each.has_answered for each in rows)
                yield RateRow(dimension, sentence(in_full(name, value)), len(rows), answered)

    def _by_product(self) -> Iterable[RateRow]:
        asked = [each for each in self.asked if each.was_asked]
        for product, name in sorted(self.products.items(), key=lambda each: each[1]):
            rows = [each for each in asked if product in each.products]
            if rows:
                yield RateRow("Product", name, len(rows), sum(each.has_answered for each in rows))

    @property
    def silence(self) -> str:
        """What is to be kept in mind about those who did not answer."""
        silent = self.asked_count - self.answered_count
        if not silent:
            return "Everybody who was asked has answered; whom nobody asked is not in here."
        declined = sum(each.state == "declined" for each in self.asked)
        return (
            f"{sentence(counted(silent, 'person', 'people'))} of {self.asked_count} did not answer, {declined} of them "
            "said no. They may need other things, and nothing in this report corrects for that: compare the rates by "
            "segment before you take what was found for what everybody thinks."
        )

    @property
    def found_answer(self) -> str:
        if not self.found:
            return "No answer of it counts on this day."
        return f"Its answers are about {counted(len(self.found), 'requirement')}."

    @property
    def words_answer(self) -> str:
        total = sum(self.readings.values())
        if not total:
            return "No words were kept."
        waiting = self.readings[Verbatim.Reading.UNCODED]
        aside = self.readings[Verbatim.Reading.SET_ASIDE]
        return f"{sentence(counted(total, 'passage'))} of customers' words: {waiting} not read yet, {aside} set aside."


def round_report(*, wave: Round, as_of: date, program: Program | None) -> RoundReport:
    """Read a round as of a kept day. Answers and gaps are those of that day; the register, and how far
    the asking has come, are today's."""
    board, asked = read_board(scope=Scope(as_of=as_of)), tuple(asked_in(wave, until=as_of))
    new = first_said_in(wave, until=as_of)
    return RoundReport(
        wave=wave,
        coverage=coverage_until(wave, as_of),
        asked=asked,
        products=product_names(),
        found=tuple(found_in(wave, asked, board, new, as_of=as_of, program=program)),
        codes=tuple(words_by_code(wave, until=as_of)),
        readings=readings_of(wave, until=as_of),
        new=tuple(Requirement.objects.filter(pk__in=new).order_by("reference", "pk")),
    )


def coverage_until(wave: Round, day: date) -> Coverage | None:
    plan = plan_of(wave)
    if plan is None:
        return None
    products = tuple(wave.products.values_list("pk", flat=True))
    return coverage_of(
        divided_by=plan.divided_by,
        register=register_of_products(products),
        targets=plan.targets.all(),
        heard=heard_in(wave, divided_by=plan.divided_by, until=day),
    )


def found_in(
    wave: Round, asked: Sequence[AskedOne], board: Board, new: set[int], *, as_of: date, program: Program | None
) -> Iterable[FoundRow]:
    """Return what the answers of a round say, requirement by requirement, the most answers first."""
    here = {(each.contact_id, each.held_on) for each in asked if each.has_answered}
    rows = {row.requirement_id: row for row in board.requirements}
    edges = edges_of(program)
    currency = program.currency if program else ""
    found = []
    for requirement, its in kept_entries(as_of=as_of, wanted=lambda entry: (entry.contact_id, entry.day) in here):
        levels = sorted(each.level for each in its if each.level is not None)
        strict = strictness_words(requirement, levels, currency)
        row = rows.get(requirement.pk)
        found.append(found_row(requirement, its, strict, row, edges, is_new=requirement.pk in new))
    return sorted(found, key=lambda each: (-each.answers, each.requirement.reference, each.requirement.pk))


def found_row(
    requirement: Requirement,
    entries: Sequence[EntryView],
    strictness: str,
    row: RequirementRow | None,
    edges: Edges,
    *,
    is_new: bool,
) -> FoundRow:
    met = [each.met for each in entries if each.met is not None]
    felt = [each.felt for each in entries if each.felt is not None]
    return FoundRow(
        requirement=requirement,
        is_new=is_new,
        answers=len(entries),
        customers=len({each.customer_id for each in entries}),
        strictness=strictness,
        met=rate_words(sum(met), len(met)),
        felt=rate_words(sum(felt), len(felt)),
        gap=requirement_gap(row, edges=edges) if row else None,
    )


def strictness_words(requirement: Requirement, levels: Sequence[Decimal], currency: str) -> str:
    """Return the level that half of those who named one ask for, and between which the middle half lies."""
    scale = requirement.current_scale
    if scale is None or not levels:
        return ""
    low, middle, high = (level_words(each, scale.unit, currency) for each in middle_of(levels))
    if len(levels) < FEWEST:
        return f"{middle} (n {len(levels)})"
    return f"{middle} (middle half {low} to {high}, n {len(levels)})"
