"""One customer: what do they need, and do we serve it? For specialists: it carries names."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from customers.models import Customer
from dashboard.selectors import CustomerFacts, customer_facts, function_names, product_names
from dashboard.sentences import customer_answer, needs_answer
from dashboard.words import level_words
from functions.models import Program
from gap_scores.board import CustomerGap, Stamp
from gap_scores.selectors import customer_gaps, read_stamp
from improvements.action_models import Action
from improvements.action_selectors import actions_of_customer
from interviews.models import Interview

FIRST = 12
STATES = ("known", "does not know", "not applicable", "not asked")


@dataclass(frozen=True, slots=True)
class NeedLine:
    """What one contact needs for one product, against what we measure."""

    gap: CustomerGap
    contact: str
    product: str
    owner: str
    required: str
    measured: str
    importance: str

    @property
    def met(self) -> str:
        return {True: "met", False: "not met", None: "not compared"}[self.gap.entry.met]

    @property
    def felt(self) -> str:
        return {True: "felt", False: "not felt", None: "not known"}[self.gap.entry.felt]


def need_line(
    gap: CustomerGap,
    contacts: Mapping[int, str],
    products: Mapping[int, str],
    functions: Mapping[int, str],
    currency: str,
) -> NeedLine:
    """Return a gap in words; who and what by their ids."""
    entry = gap.entry
    required = level_words(entry.level, gap.unit, currency) if entry.level is not None else ""
    return NeedLine(
        gap=gap,
        contact=contacts.get(entry.contact_id, ""),
        product=products.get(entry.product_id, ""),
        owner=functions.get(gap.owner_id or 0, ""),
        required=required or (STATES[entry.states[1]] if gap.unit and entry.states[1] else ""),
        measured="" if entry.measured is None else level_words(entry.measured, gap.unit, currency),
        importance="" if entry.importance is None else f"{entry.importance:.3g}",
    )


@dataclass(frozen=True)
class CustomerPage:
    facts: CustomerFacts
    gaps: list[CustomerGap]
    stamp: Stamp
    currency: str

    @property
    def customer(self) -> Customer:
        return self.facts.customer

    @property
    def answer(self) -> str:
        return customer_answer(self.customer.name, self.gaps)

    @property
    def completed(self) -> list[Interview]:
        return [each for each in self.facts.interviews if each.state == Interview.State.COMPLETED]

    @property
    def heard_days(self) -> int | None:
        newest = max((each.held_on for each in self.completed), default=None)
        return None if newest is None else (self.stamp.as_of - newest).days

    @cached_property
    def _names(self) -> tuple[Mapping[int, str], Mapping[int, str]]:
        return product_names(), function_names()

    @cached_property
    def lines(self) -> list[NeedLine]:
        return [self._line(gap) for gap in self.gaps]

    @cached_property
    def unserved(self) -> list[NeedLine]:
        """What is not fully served, in the order of its weight; the first dozen."""
        return [line for line in self.lines if line.gap.unserved > 0][:FIRST]

    @property
    def others(self) -> list[NeedLine]:
        return [line for line in self.lines if line not in self.unserved]

    @cached_property
    def actions(self) -> list[Action]:
        """What is under way about what people there raised."""
        return actions_of_customer(self.customer.pk)

    @property
    def needs_answer(self) -> str:
        return needs_answer(sum(line.gap.unserved > 0 for line in self.lines), len(self.lines))

    def _line(self, gap: CustomerGap) -> NeedLine:
        products, functions = self._names
        return need_line(gap, self.facts.contact_names, products, functions, self.currency)

    @property
    def share_met(self) -> str:
        return share_met(self.gaps)

    @property
    def share_felt(self) -> str:
        return share_felt(self.gaps)


def share_met(gaps: Iterable[CustomerGap]) -> str:
    """Say how many of the levels that can be compared are met."""
    return _share_of([gap.entry.met for gap in gaps if gap.entry.met is not None])


def share_felt(gaps: Iterable[CustomerGap]) -> str:
    return _share_of([gap.entry.felt for gap in gaps if gap.entry.felt is not None])


def _share_of(known: Sequence[bool]) -> str:
    return f"{sum(known)} of {len(known)}" if known else ""


def customer_page(*, customer_id: int, program: Program | None) -> CustomerPage | None:
    facts = customer_facts(customer_id)
    if facts is None:
        return None
    currency = program.currency if program else ""
    return CustomerPage(facts, customer_gaps(customer_id=customer_id), read_stamp(), currency)
