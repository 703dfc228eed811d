"""What is known of a customer whom somebody is about to ask: their needs among what is asked, against our levels."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from customers.models import Contact
from dashboard.customer_page import NeedLine, need_line
from dashboard.selectors import function_names, product_names
from dashboard.words import of_all
from functions.models import Program
from gap_scores.board import CustomerGap, Stamp
from gap_scores.selectors import customer_gaps, read_stamp
from interviews.guide_selectors import pairs_asked
from interviews.models import Interview

MOST = 5


@dataclass(frozen=True)
class KnownPage:
    """`gaps`: what the customer said of what is asked, worst first."""

    interview: Interview
    gaps: list[CustomerGap]
    contacts: Mapping[int, str]
    stamp: Stamp
    currency: str

    @property
    def answer(self) -> str:
        unserved, answers = sum(gap.unserved > 0 for gap in self.gaps), len(self.gaps)
        return f"{of_all(unserved, answers)} answers not fully served" if answers else "nothing that counts yet"

    @cached_property
    def lines(self) -> list[tuple[NeedLine, str]]:
        products, functions = product_names(), function_names()
        worth = [gap for gap in self.gaps if says(gap)][:MOST]
        found = [need_line(gap, self.contacts, products, functions, self.currency) for gap in worth]
        return [(line, said_of(line)) for line in found]

    @property
    def others(self) -> int:
        return len(self.gaps) - len(self.lines)


def says(gap: CustomerGap) -> bool:
    """Whether there is something to take up: a need that is not served, or a level that was stated."""
    return gap.unserved > 0 or gap.entry.level is not None


def said_of(line: NeedLine) -> str:
    """Return a need in few words, without what nobody knows: 'needs 2 h, measured 21 h, not met, not felt'."""
    entry = line.gap.entry
    needs = f"needs {line.required}" if entry.level is not None else ""
    measured = (f"measured {line.measured}" if line.measured else "not measured") if needs else ""
    known = [word for word, is_known in ((line.met, entry.met), (line.felt, entry.felt)) if is_known is not None]
    return ", ".join(filter(None, [needs, measured, *known]))


def known_page(*, interview: Interview, program: Program | None) -> KnownPage:
    # Answers of merged customers count for the one that stays.
    customer = interview.customer.merged_into_id or interview.customer_id
    asked = pairs_asked(interview)
    gaps = [gap for gap in customer_gaps(customer_id=customer) if (gap.requirement_id, gap.entry.product_id) in asked]
    people = {gap.entry.contact_id for gap in gaps if says(gap)}
    contacts = dict(Contact.objects.filter(pk__in=people).values_list("pk", "name"))
    return KnownPage(interview, gaps, contacts, read_stamp(), program.currency if program else "")
