"""Which ambassador fits a prospect: by the requirements that both have, and by where both stand in the market."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from customers.models import Customer
from gap_scores.serving import needs_of_customers
from improvements.standing import Standing, State, ambassadors, root_of, standings_with
from interviews.models import Interview
from requirements_catalog.models import Requirement
from scoring.ambassadors import Match, importances_of, match

ORDER = [state for state, _words in State.choices]
ALIKE = (("industry", "industry"), ("region", "region"), ("size_band", "size"))
FEW_SHARED = 3
NAMED = 5


@dataclass(frozen=True)
class Matched:
    """One ambassador beside one prospect."""

    standing: Standing
    match: Match
    alike: tuple[str, ...]
    references: Mapping[int, str]

    @property
    def shared(self) -> list[tuple[int, str]]:
        """The requirements that both have and that we serve well at the ambassador, most important first."""
        return [(each, self.references[each]) for each in self.match.met[:NAMED]]

    @property
    def more(self) -> int:
        return max(0, len(self.match.met) - NAMED)

    @property
    def is_few(self) -> bool:
        return 0 < len(self.match.had) < FEW_SHARED

    @property
    def rank(self) -> tuple[int, float, int, str, int]:
        share = self.match.share or 0.0
        return (
            ORDER.index(self.standing.state),
            -share,
            -len(self.alike),
            self.standing.customer.name,
            self.standing.pk,
        )


@dataclass(frozen=True)
class MatchPage:
    """Who could speak to a prospect. `people`: how many there told us what they ask for."""

    prospect: Customer
    people: int
    asked: int
    lines: list[Matched]

    @cached_property
    def ready(self) -> list[Matched]:
        return [line for line in self.lines if line.standing.may_be_asked]

    @property
    def others(self) -> list[Matched]:
        return [line for line in self.lines if not line.standing.may_be_asked]

    @property
    def answer(self) -> str:
        if not self.lines:
            return "Nobody has agreed to speak for us yet"
        if not self.ready:
            return "Nobody may be asked today"
        best, count = self.ready[0], len(self.ready)
        said = f"{count} ambassador{'' if count == 1 else 's'} may be asked today"
        if not best.match.share:
            return said
        return f"{said}; {best.standing.customer.name} shares {best.match.share:.0f} % of what matters to them"


def match_page(*, prospect: Customer, as_of: date) -> MatchPage:
    """Return all ambassadors beside a prospect, who may be asked and fits best first (10 queries)."""
    rows = list(ambassadors().filter(withdrawn_on=None, contact__erased_on=None))
    needs = needs_of_customers({prospect.pk, *(root_of(each).pk for each in rows)})
    wanted = importances_of(needs.get(prospect.pk, ()))
    references = dict(Requirement.objects.values_list("pk", "reference"))
    lines = [
        Matched(
            standing=each,
            match=match(wanted, each.needs, gap_from=each.rules.gap_from),
            alike=alike(prospect, each.customer),
            references=references,
        )
        for each in standings_with(rows, needs, as_of=as_of)
        if each.customer.pk != prospect.pk
    ]
    return MatchPage(prospect, people_heard(prospect), len(wanted), sorted(lines, key=lambda line: line.rank))


def alike(prospect: Customer, other: Customer) -> tuple[str, ...]:
    """Return in what two customers are alike: 'same industry' and so on; what is not known is like nothing."""
    return tuple(
        f"same {word}"
        for name, word in ALIKE
        if getattr(prospect, name) and getattr(prospect, name) == getattr(other, name)
    )


def people_heard(prospect: Customer) -> int:
    heard = Interview.objects.filter(customer=prospect, state=Interview.State.COMPLETED)
    return heard.order_by().values("contact").distinct().count()
