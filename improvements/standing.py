"""Whether an ambassador may be asked today, as facts with reasons: worked out from the evidence when it is read."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import NamedTuple

from django.db.models import Prefetch, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from customers.models import Customer, Lifecycle
from functions.models import Program
from functions.selectors import program
from gap_scores.serving import needs_of_customers
from improvements.models import Ambassador, AmbassadorAsk
from interviews.models import Interview
from requirements_catalog.models import Requirement
from scoring.ambassadors import Need, Served, served, severe_gaps
from web.templatetags.show import spoken_day

YEAR = timedelta(days=365)
# Fewer levels than this say little; it is said, and does not stand in the way.
FEW = 5


class State:
    """What an ambassador is today, best first."""

    READY, RESTING, SUSPENDED, NOT_EARNED, ENDED = "ready", "resting", "suspended", "not_earned", "ended"
    choices = (
        (READY, _("may be asked today")),
        (RESTING, _("resting")),
        (SUSPENDED, _("suspended by a severe gap")),
        (NOT_EARNED, _("not earned yet")),
        (ENDED, _("does not speak for us any more")),
    )


# Which fact decides first what somebody is called.
STATE_OF = {
    "consent": State.ENDED,
    "severe": State.SUSPENDED,
    "customer": State.NOT_EARNED,
    "needs": State.NOT_EARNED,
    "loop": State.NOT_EARNED,
    "open": State.RESTING,
    "rest": State.RESTING,
    "often": State.RESTING,
}


@dataclass(frozen=True, slots=True)
class Fact:
    """One condition: whether it holds, why, and, where a day alone ends what is in the way, which."""

    key: str
    holds: bool
    words: str
    until: date | None = None


class Confirmed(NamedTuple):
    """The newest reply of a customer to what we understood."""

    is_understood: bool
    on: date


@dataclass(frozen=True)
class Standing:
    """One ambassador on one day, with the evidence. `severe`: requirements, most important first."""

    ambassador: Ambassador
    as_of: date
    rules: Program
    needs: Sequence[Need]
    confirmed: Confirmed | None
    references: Mapping[int, str] = field(repr=False)

    @property
    def pk(self) -> int:
        return self.ambassador.pk

    @cached_property
    def customer(self) -> Customer:
        return root_of(self.ambassador)

    @cached_property
    def asks(self) -> list[AmbassadorAsk]:
        """What was asked until this day, newest first."""
        return [each for each in self.ambassador.asks.all() if each.asked_on <= self.as_of]

    @cached_property
    def served(self) -> Served:
        return served(self.needs)

    @cached_property
    def severe(self) -> tuple[int, ...]:
        return severe_gaps(self.needs, severe_from=self.rules.severe_from)

    @cached_property
    def facts(self) -> tuple[Fact, ...]:
        return tuple(read(self) for read in FACTS)

    @property
    def in_the_way(self) -> list[Fact]:
        return [fact for fact in self.facts if not fact.holds]

    @property
    def may_be_asked(self) -> bool:
        return not self.in_the_way

    @cached_property
    def state(self) -> str:
        standing = {fact.key for fact in self.in_the_way}
        return next((state for key, state in STATE_OF.items() if key in standing), State.READY)

    @property
    def state_words(self) -> str:
        return str(dict(State.choices)[self.state])

    @property
    def why(self) -> str:
        """Why this person may be asked, or what is in the way, in one sentence."""
        decisive = {"needs"} if self.may_be_asked else {"consent"} if self.state == State.ENDED else {*STATE_OF}
        told = [fact for fact in self.facts if fact.key in decisive and fact.holds == self.may_be_asked]
        return "; ".join(fact.words for fact in told)

    @property
    def free_on(self) -> date | None:
        """The day on which nothing is in the way any more, if days alone decide; None otherwise."""
        days = [fact.until for fact in self.in_the_way]
        return max((day for day in days if day), default=None) if all(days) else None

    @property
    def asked_in_a_year(self) -> int:
        return len(within_a_year(self))

    @property
    def last_asked_on(self) -> date | None:
        return max((each.asked_on for each in self.asks), default=None)


def root_of(ambassador: Ambassador) -> Customer:
    """Return the customer for which somebody counts: the one that theirs was merged into, if it was."""
    customer = ambassador.contact.customer
    return customer.merged_into or customer


def within_a_year(standing: Standing) -> list[AmbassadorAsk]:
    return [each for each in standing.asks if each.asked_on > standing.as_of - YEAR]


# ---- The facts, in the order in which a page tells them


def _consent(standing: Standing) -> Fact:
    its, contact = standing.ambassador, standing.ambassador.contact
    wrong = (
        (contact.erased_on, "the person was erased"),
        (its.withdrawn_on, f"withdrew on {spoken_day(its.withdrawn_on or its.agreed_on)}"),
        (contact.is_opted_out, "does not want to be asked anything any more"),
        (not contact.is_active, "is not there any more"),
        (its.agreed_on > standing.as_of, f"agrees from {spoken_day(its.agreed_on)} on"),
    )
    words = next((said for is_so, said in wrong if is_so), "")
    return Fact("consent", not words, words or f"agreed on {spoken_day(its.agreed_on)}, {its.agreed_source}")


def _customer(standing: Standing) -> Fact:
    customer = standing.customer
    holds = customer.is_active and customer.lifecycle == Lifecycle.CURRENT
    stands = f"{customer.get_lifecycle_display()} customer" if customer.is_active else "not active in the register"
    return Fact("customer", holds, stands if holds else f"{stands}: only current customers speak for us")


def _needs(standing: Standing) -> Fact:
    its, rules = standing.served, standing.rules
    if its.share_met is None or its.felt_gap is None:
        what = "measured" if its.share_met is None else "felt"
        return Fact("needs", False, f"nothing that they require can be compared with what is {what}")
    levels = f"{its.met} of {its.compared} levels met"
    few = f" (few: {its.compared})" if its.compared < FEW else ""
    if its.share_met < rules.ambassador_met_from:
        return Fact("needs", False, f"only {levels}{few}, {rules.ambassador_met_from} % are needed")
    felt = f"felt gap {its.felt_gap:.0f}"
    if its.felt_gap >= rules.gap_from:
        return Fact("needs", False, f"{levels}{few}, but {felt}: under {rules.gap_from} is needed")
    return Fact("needs", True, f"{levels}{few}, {felt}")


def _severe(standing: Standing) -> Fact:
    if not standing.severe:
        return Fact("severe", True, "no severe gap")
    names = ", ".join(standing.references.get(each, "?") for each in standing.severe)
    one = len(standing.severe) == 1
    words = f"severe gap until {names} {'is' if one else 'are'} met or felt"
    return Fact("severe", False, words)


def _loop(standing: Standing) -> Fact:
    reply = standing.confirmed
    if reply is None:
        return Fact("loop", False, "nobody there confirmed yet what we understood")
    if not reply.is_understood:
        return Fact("loop", False, f"said on {spoken_day(reply.on)} that we did not understand")
    return Fact("loop", True, f"confirmed on {spoken_day(reply.on)} what we understood")


def _open(standing: Standing) -> Fact:
    still = next((each for each in standing.asks if each.outcome == AmbassadorAsk.Outcome.OPEN), None)
    if still is None:
        return Fact("open", True, "nothing is asked and unanswered")
    return Fact("open", False, f"asked on {spoken_day(still.asked_on)} for {still.prospect.name}, no outcome yet")


def _rest(standing: Standing) -> Fact:
    used = [max(each.asked_on, each.outcome_on or each.asked_on) for each in standing.asks]
    if not used:
        return Fact("rest", True, "never asked yet")
    rested_on = max(used) + timedelta(days=standing.rules.ambassador_rest_days)
    if rested_on > standing.as_of:
        return Fact("rest", False, f"rests until {spoken_day(rested_on)}", rested_on)
    return Fact("rest", True, f"rested since {spoken_day(max(used))}")


def _often(standing: Standing) -> Fact:
    most, lately = standing.rules.ambassador_asks_a_year, within_a_year(standing)
    words = f"asked {len(lately)} of {most} times in twelve months"
    if len(lately) < most:
        return Fact("often", True, words)
    # Newest first: when the one at the limit is a year ago, there is room again.
    again = lately[most - 1].asked_on + YEAR
    return Fact("often", False, f"{words}: again from {spoken_day(again)}", again)


FACTS: tuple[Callable[[Standing], Fact], ...] = (_consent, _customer, _severe, _needs, _loop, _open, _rest, _often)


# ---- Reading


def ambassadors() -> QuerySet[Ambassador]:
    """Return all ambassadors with their customers and asks (2 queries)."""
    asks = AmbassadorAsk.objects.select_related("prospect").order_by("-asked_on", "-pk")
    related = Ambassador.objects.select_related("contact__customer__merged_into")
    return related.prefetch_related(Prefetch("asks", queryset=asks))


def standings(rows: Iterable[Ambassador], *, as_of: date) -> list[Standing]:
    """Return how these ambassadors stand on a day (9 queries, however many they are)."""
    found = list(rows)
    return standings_with(found, needs_of_customers({root_of(each).pk for each in found}), as_of=as_of)


def standings_with(rows: Sequence[Ambassador], needs: Mapping[int, Sequence[Need]], *, as_of: date) -> list[Standing]:
    rules, confirmed = program() or Program(), confirmations({root_of(each).pk for each in rows})
    references = dict(Requirement.objects.values_list("pk", "reference"))
    return [
        Standing(
            ambassador=each,
            as_of=as_of,
            rules=rules,
            needs=needs.get(root_of(each).pk, ()),
            confirmed=confirmed.get(root_of(each).pk),
            references=references,
        )
        for each in rows
    ]


def standing_of(ambassador_id: int, *, as_of: date) -> Standing | None:
    return next(iter(standings(ambassadors().filter(pk=ambassador_id), as_of=as_of)), None)


def confirmations(customer_ids: Collection[int]) -> dict[int, Confirmed]:
    """Return each customer's newest reply to what we understood, whoever of its people gave it (2 queries)."""
    merged = dict(Customer.objects.filter(merged_into__in=customer_ids).values_list("pk", "merged_into_id"))
    said = Interview.objects.filter(
        customer__in={*customer_ids, *merged}, is_understood__isnull=False, state=Interview.State.COMPLETED
    )
    found: dict[int, Confirmed] = {}
    for customer, is_understood, on in said.order_by("understood_said_on", "pk").values_list(
        "customer_id", "is_understood", "understood_said_on"
    ):
        if is_understood is not None and on is not None:
            found[merged.get(customer) or customer] = Confirmed(is_understood, on)
    return found


def newest_completed(customer_id: int) -> Interview | None:
    """Return the last interview of a customer that counts, which its people can confirm."""
    whose = Q(customer=customer_id) | Q(customer__merged_into=customer_id)
    held = Interview.objects.filter(whose, state=Interview.State.COMPLETED, contact__erased_on=None)
    return held.select_related("contact").order_by("-held_on", "-pk").first()


def all_ambassadors() -> QuerySet[Ambassador]:
    return Ambassador.objects.all()


def all_asks() -> QuerySet[AmbassadorAsk]:
    return AmbassadorAsk.objects.all()


def asks() -> QuerySet[AmbassadorAsk]:
    return AmbassadorAsk.objects.select_related("prospect", "ambassador__contact__customer")
