"""Who is asked what they believe, what they said, and how far it is from what customers say."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from hashlib import sha256
from typing import Any

from django.db.models import Count, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from functions.models import Membership
from functions.selectors import Access
from improvements.belief_models import LARGEST_GAP, MOST_IMPORTANT, Belief, BeliefAsking, BeliefSheet
from improvements.believing import all_asked, asked_requirements
from requirements_catalog.models import Requirement
from scoring.beliefs import FEWEST_BELIEVERS, Said, Side, mean_difference, missed_by, side_of

Role = BeliefSheet.Role


def askings_for(access: Access, *, today: date) -> QuerySet[BeliefAsking]:
    """Return what a person may open: specialists all, those who are asked what has begun, and whoever handed in."""
    answered = Count("sheets", filter=Q(sheets__submitted_at__isnull=False))
    rows = BeliefAsking.objects.select_related("product").annotate(answered=answered)
    if access.is_specialist:
        return rows
    # Joined, the sheets would be counted anew.
    own = BeliefSheet.objects.filter(person=access.user_id, submitted_at__isnull=False)
    return rows.filter(asked_of(access) | Q(pk__in=own.values("asking")), opens_on__lte=today)


def asked_of(access: Access) -> Q:
    """Return the condition under which a person is asked."""
    if access.functions:
        return ~Q(pk__in=())  # an empty condition would vanish beside another one
    return Q(asks_viewers=True) if Membership.Role.VIEWER in access.roles else Q(pk__in=())


def role_of(access: Access, asking: BeliefAsking) -> str | None:
    """Return as what a person is asked; None: not at all."""
    if access.functions:
        return str(Role.HEAD)
    is_asked = asking.asks_viewers and Membership.Role.VIEWER in access.roles
    return str(Role.VIEWER) if is_asked else None


def open_askings(access: Access, *, today: date) -> QuerySet[BeliefAsking]:
    """Return where a person is asked and has not handed in yet, the first due first."""
    handed_in = BeliefSheet.objects.filter(person=access.user_id, submitted_at__isnull=False)
    rows = BeliefAsking.objects.filter(asked_of(access), opens_on__lte=today, closes_on__gte=today)
    return rows.exclude(pk__in=handed_in.values("asking")).order_by("closes_on", "pk")


def asked_count(access: Access, *, today: date) -> Coalesce:
    """Return, for a query, how many askings wait for a person."""
    rows = open_askings(access, today=today).order_by().annotate(all=Value(1)).values("all")
    return Coalesce(Subquery(rows.annotate(n=Count("pk")).values("n")), 0)


def sheet_of(asking: BeliefAsking, person_id: int | None) -> BeliefSheet | None:
    return BeliefSheet.objects.filter(asking=asking, person=person_id).first() if person_id else None


def asked_people(asking: BeliefAsking) -> int:
    """Return how many people are asked (1 query)."""
    roles = [*Membership.OF_A_FUNCTION, *([Membership.Role.VIEWER] if asking.asks_viewers else ())]
    rows = Membership.objects.filter(role__in=roles, user__is_active=True)
    return rows.values("user").distinct().count()


def in_own_order(asking: BeliefAsking, person_id: int) -> list[Requirement]:
    """Return what is asked, in an order that differs from person to person and stays as it is (2 queries)."""
    rows = Requirement.objects.filter(pk__in=asked_requirements(asking)).select_related("attribute")
    return sorted(rows, key=lambda row: sha256(f"{asking.pk}:{person_id}:{row.pk}".encode()).digest())


# ---- The difference


@dataclass(frozen=True, slots=True)
class Compared:
    """One belief beside what customers say, in points of 10 (importance) or of 100 (gap)."""

    believed: int
    said: Said

    @property
    def difference(self) -> float:
        return self.believed - self.said.value

    @property
    def side(self) -> Side:
        return side_of(self.believed, self.said)

    @property
    def missed(self) -> float:
        return missed_by(self.believed, self.said)


@dataclass(frozen=True, slots=True)
class Line:
    """A requirement: what the person believed, and what customers say. None: nothing was said of it."""

    requirement: Requirement
    importance: Compared | None
    gap: Compared | None
    n_eff: float
    customers: int
    heard_on: date | None

    @property
    def surprise(self) -> float:
        """What is missed by most, as a part of its scale."""
        of_importance = self.importance.missed / MOST_IMPORTANT if self.importance else 0.0
        return max(of_importance, self.gap.missed / LARGEST_GAP if self.gap else 0.0)


def own_lines(sheet: BeliefSheet) -> list[Line]:
    """Return what somebody handed in beside what customers said, the largest surprise first (2 queries)."""
    figures = figures_by(sheet.asking)
    beliefs = sheet.beliefs.select_related("requirement")
    lines = [line_of(each, figures[each.requirement_id]) for each in beliefs]
    return sorted(lines, key=lambda line: (-line.surprise, line.requirement.reference, line.requirement.pk))


def figures_by(asking: BeliefAsking) -> dict[int, Mapping[str, Any]]:
    return {each["requirement"]: each for each in asking.figures}


def line_of(belief: Belief, figure: Mapping[str, Any]) -> Line:
    compared = {
        name: None if (value := getattr(belief, name)) is None else Compared(value, Said(*figure[name]))
        for name in ("importance", "gap")
    }
    heard_on = date.fromisoformat(figure["heard_on"]) if figure["heard_on"] else None
    return Line(
        belief.requirement, compared["importance"], compared["gap"], figure["n_eff"], figure["customers"], heard_on
    )


# ---- By role


@dataclass(frozen=True, slots=True)
class RoleLine:
    """What a role believes of a requirement, less what customers say, on average; None where too few said it."""

    requirement: Requirement
    importance: float | None
    importance_n: int
    gap: float | None
    gap_n: int


@dataclass(frozen=True)
class RoleView:
    """What those of a role believe on average; n: who handed in. Of fewer than 3 there are no lines."""

    role: str
    n: int
    lines: Sequence[RoleLine]

    @property
    def label(self) -> str:
        return str(Role(self.role).label)

    @property
    def words(self) -> str:
        return f"{self.label[:1].upper()}{self.label[1:]}"

    @property
    def is_few(self) -> bool:
        return self.n < FEWEST_BELIEVERS

    @cached_property
    def largest(self) -> RoleLine | None:
        """The requirement whose gap is believed furthest from what customers say."""
        known = [line for line in self.lines if line.gap is not None]
        return max(known, key=lambda line: abs(line.gap or 0.0), default=None)


def by_role(asking: BeliefAsking) -> list[RoleView]:
    """Return the mean differences by role of those who handed in; for when it is over (3 queries)."""
    rows = BeliefSheet.objects.filter(asking=asking, submitted_at__isnull=False)
    people = dict(rows.order_by().values_list("role").annotate(n=Count("pk")))
    beliefs: defaultdict[str, list[Belief]] = defaultdict(list)
    for each in Belief.objects.filter(sheet__in=rows).select_related("sheet").order_by("pk"):
        beliefs[each.sheet.role].append(each)
    requirements = Requirement.objects.in_bulk(all_asked(asking))
    return [
        RoleView(role, n, _role_lines(beliefs[role], figures_by(asking), requirements) if n >= FEWEST_BELIEVERS else ())
        for role, n in sorted(people.items())
    ]


def _role_lines(
    beliefs: Sequence[Belief], figures: Mapping[int, Mapping[str, Any]], requirements: Mapping[int, Requirement]
) -> list[RoleLine]:
    off: defaultdict[tuple[int, str], list[float]] = defaultdict(list)
    for each in beliefs:
        for name in ("importance", "gap"):
            if (value := getattr(each, name)) is not None:
                off[each.requirement_id, name].append(value - figures[each.requirement_id][name][0])
    lines = [
        RoleLine(row, mean_difference(off[pk, "importance"]), shown(off[pk, "importance"]),
                 mean_difference(off[pk, "gap"]), shown(off[pk, "gap"]))
        for pk, row in requirements.items()
    ]  # fmt: skip
    return sorted(lines, key=lambda line: (-abs(line.gap or 0.0), line.requirement.reference, line.requirement.pk))


def shown(differences: Sequence[float]) -> int:
    """Return how many said it; 0 of so few that nothing is shown."""
    return len(differences) if len(differences) >= FEWEST_BELIEVERS else 0
