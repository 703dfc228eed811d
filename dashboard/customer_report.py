"""What a report of one customer says: the customer's page as of a kept day, with words, actions and who waits."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from customers.models import Customer
from dashboard.customer_page import CustomerPage, NeedLine, share_felt, share_met
from dashboard.drawing.bands import Edges
from dashboard.gap_view import GapView, edges_of, requirement_gap
from dashboard.selectors import CustomerFacts, customer_facts
from dashboard.words import counted, level_words, sentence, short
from functions.models import Program
from gap_scores.board import CustomerGap, LevelView, RequirementRow, Scope
from gap_scores.selectors import customer_gaps, kept_days, read_board
from improvements.action_models import Action, Stage
from improvements.action_selectors import as_they_stood
from improvements.loop_selectors import InLoop, Standing, people_in_loop, people_of, raised
from interviews.models import Interview, Verbatim
from interviews.selectors import words_of_customer

MOST_WORDS = 60
MOST_DAYS = 12
REPLIED = (Standing.CONFIRMED, Standing.DENIED)


@dataclass(frozen=True, slots=True)
class ReportedNeed:
    """What somebody there needs, and beside it how all customers stand to the same requirement."""

    line: NeedLine
    gap: GapView | None
    measured: str


@dataclass(frozen=True, slots=True)
class CourseRow:
    """One kept day: how many of the customer's answers were met and felt then, of those that can be compared."""

    as_of: date
    answers: int
    met: str
    felt: str


@dataclass(frozen=True, slots=True)
class ReportedAction:
    action: Action
    people: tuple[InLoop, ...]


@dataclass(frozen=True)
class CustomerReport:
    page: CustomerPage
    needs: tuple[ReportedNeed, ...]
    words: tuple[Verbatim, ...]
    all_words: int
    actions: tuple[ReportedAction, ...]
    course: tuple[CourseRow, ...]

    @property
    def words_answer(self) -> str:
        if not self.words:
            return "No words of theirs are kept."
        left = f", the newest {len(self.words)} of them here" if self.all_words > len(self.words) else ""
        return f"{sentence(counted(self.all_words, 'passage'))} in their own words{left}."

    @cached_property
    def _people(self) -> list[InLoop]:
        return [row for each in self.actions for row in each.people]

    @property
    def waiting(self) -> list[InLoop]:
        return [row for row in self._people if row.state is Standing.WAITS]

    @property
    def replies(self) -> list[InLoop]:
        return [row for row in self._people if row.state in REPLIED]

    @property
    def loop_answer(self) -> str:
        if not self.actions:
            return "No action is about what they raised."
        said = counted(len(self.actions), "action")
        if not self.waiting:
            return f"{sentence(said)}; nobody there waits for word of us."
        oldest = min(row.since for row in self.waiting)
        days = (self.page.stamp.as_of - oldest).days
        count = len({row.contact.pk for row in self.waiting})
        people = counted(count, "person there waits", "people there wait")
        return f"{sentence(said)}; {people} for word of us, for up to {days} d."

    @property
    def replies_answer(self) -> str:
        if not self.replies:
            return "Nobody there has said yet whether something is fixed."
        fixed = sum(row.state is Standing.CONFIRMED for row in self.replies)
        return f"{fixed} of {counted(len(self.replies), 'reply', 'replies')} say that it is fixed."

    @property
    def course_answer(self) -> str:
        if len(self.course) < 2:
            return "One day of theirs is kept, so there is no course yet."
        first, last = self.course[0], self.course[-1]
        return f"Met: {first.met or 'nothing compared'} on the first day, {last.met or 'nothing compared'} on the last."


def customer_report(*, customer: Customer, as_of: date, program: Program | None) -> CustomerReport:
    """Read a customer as of a kept day. What was said and done later is left out; names and register are today's."""
    board, currency = read_board(scope=Scope(as_of=as_of)), program.currency if program else ""
    facts = facts_until(customer.pk, as_of)
    page = CustomerPage(facts, customer_gaps(customer_id=customer.pk, as_of=as_of), board.stamp, currency)
    rows = {row.requirement_id: row for row in (*board.requirements, *board.unscored)}
    edges = edges_of(program)
    words = words_of_customer(customer.pk, until=as_of)
    return CustomerReport(
        page=page,
        needs=tuple(_need(line, rows, edges, currency) for line in page.lines),
        words=tuple(words[:MOST_WORDS]),
        all_words=words.count(),
        actions=actions_with_people(customer.pk, as_of),
        course=tuple(course_of(customer.pk, until=as_of, newest=page.gaps)),
    )


def facts_until(customer_id: int, day: date) -> CustomerFacts:
    facts = customer_facts(customer_id)
    if facts is None:
        raise ValueError(f"There is no customer {customer_id}.")
    held = {each.pk for each in facts.interviews if each.held_on <= day and each.state == Interview.State.COMPLETED}
    return replace(
        facts,
        interviews=tuple(each for each in facts.interviews if each.pk in held),
        objectives=tuple(each for each in facts.objectives if each.interview_id in held),
        losses=tuple(each for each in facts.losses if each.assessed_on <= day),
    )


def _need(line: NeedLine, rows: Mapping[int, RequirementRow], edges: Edges, currency: str) -> ReportedNeed:
    row = rows.get(line.gap.requirement_id)
    gap = requirement_gap(row, edges=edges) if row else None
    return ReportedNeed(line, gap, _measured(line, row.levels if row else (), currency))


def _measured(line: NeedLine, levels: Iterable[LevelView], currency: str) -> str:
    """Return the level that serves an answer with its interval, n and age."""
    entry, unit = line.gap.entry, line.gap.unit
    its_product = (each for each in levels if each.product_id == entry.product_id)
    level = next((each for each in its_product if each.value == entry.measured), None)
    if level is None:
        return line.measured
    ends = ["open" if end is None else level_words(short(float(end)), unit, currency) for end in (level.lo, level.hi)]
    old = ", old" if level.is_old else ""
    return f"{line.measured} ({ends[0]} to {ends[1]}, n {level.n}, up to {level.newest_on:%Y-%m-%d}{old})"


def actions_with_people(customer_id: int, day: date) -> tuple[ReportedAction, ...]:
    """Return the actions about what people of a customer raised, as they stood on a day, each with those people."""
    contacts = people_of(customer_id)
    every = list(Action.objects.select_related("function").order_by("pk"))
    pairs = raised(every, contacts=contacts)
    theirs = {action for _contact, action in pairs}
    stood = as_they_stood([each for each in every if each.pk in theirs], day=day)
    actions = [each for each in stood if each.stage != Stage.CANCELLED]
    people = people_in_loop(actions, today=day, until=day, contacts=contacts, pairs=pairs)
    found = (ReportedAction(each, tuple(row for row in people if row.action.pk == each.pk)) for each in actions)
    return tuple(each for each in found if each.people)


def course_of(customer_id: int, *, until: date, newest: Sequence[CustomerGap]) -> Iterator[CourseRow]:
    """Yield how the customer stood on the last kept days, oldest first; `newest`: on the last of them."""
    for day in sorted(day for day in kept_days() if day <= until)[-MOST_DAYS:]:
        gaps = newest if day == until else customer_gaps(customer_id=customer_id, as_of=day)
        if gaps:
            yield CourseRow(day, len(gaps), share_met(gaps), share_felt(gaps))
