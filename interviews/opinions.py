"""What customers say in the answers that count, grouped so that a million answers come as some hundred rows.

As for scores: of each contact, requirement and product the newest answer counts in which that part was asked; only
completed interviews, up to a day; the stratum is that of the interview; what was merged counts as what it was merged
into. A customer's answers share one voice: `shared` says how many of them do.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import lcm
from typing import Any, Final, NamedTuple

from customers.models import Lifecycle
from interviews.models import Part
from requirements_catalog.models import RatingScale
from web import sql

ONE: Final = 1 << 20  # the fixed point of a stratum's factor
SEGMENTS: Final = ("region", "industry", "size_band")
_ROOT_CUSTOMER, _ROOT = "COALESCE(c.merged_into_id, c.id)", "COALESCE(q.merged_into_id, q.id)"


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose answers: a lifecycle ('' = all but internal), one product or all, up to a day, weighted by a set or not."""

    lifecycle: str
    product: int | None
    as_of: date
    weight_set: int | None = None

    @property
    def conditions(self) -> tuple[str, list[Any]]:
        """Return what a counted answer (n) and its stratum (t) must fulfil."""
        found = "t.lifecycle = %s" if self.lifecycle else "t.lifecycle <> %s"
        values: list[Any] = [self.lifecycle or Lifecycle.INTERNAL.value]
        if self.product is not None:
            return f"{found} AND n.product_id = %s", [*values, self.product]
        return found, values


@dataclass(frozen=True, slots=True)
class Heard:
    """Who stands behind a number, and from when it is."""

    contacts: int
    customers: int
    oldest_on: date
    newest_on: date

    def fewer(self, other: "Heard") -> "Heard":
        """Return who stands behind two numbers that are shown side by side: of each count the smaller one."""
        return Heard(
            min(self.contacts, other.contacts),
            min(self.customers, other.customers),
            min(self.oldest_on, other.oldest_on),
            max(self.newest_on, other.newest_on),
        )


class Voice(NamedTuple):
    """For how much an answer speaks: the customer's weight, shared by so many answers of it.

    factor, factors: the stratum's factor of this answer and the sum over all that share, both times ONE.
    """

    weight: int
    factor: int
    factors: int
    shared: int

    @property
    def mass(self) -> Fraction:
        return Fraction(self.weight * self.factor, ONE * self.shared)

    @property
    def of_customer(self) -> Fraction:
        return Fraction(self.weight * self.factors, ONE * self.shared)


# ---- Kano


class PairRow(NamedTuple):
    """So many pairs of answers on one requirement that are the same."""

    requirement: int
    segment: str
    functional: int
    dysfunctional: int
    shared: int
    times: int


def kano_pairs(asked: Asked, *, by: str = "") -> tuple[list[PairRow], Mapping[tuple[int, str], Heard]]:
    """Return the pairs that count, and who stands behind each requirement; `by`: within each value of a segment's
    dimension (2 queries)."""
    segment = f"t.{by}" if by in SEGMENTS else "''"
    where, values = asked.conditions
    counted = (
        "WITH n AS (SELECT "
        f"{_ROOT} AS requirement, {_ROOT_CUSTOMER} AS customer, i.contact_id, a.product_id, a.functional, "
        f"a.dysfunctional, i.stratum_id, i.held_on, ROW_NUMBER() OVER (PARTITION BY {_ROOT}, {_ROOT_CUSTOMER}, "
        "i.contact_id, a.product_id ORDER BY i.held_on DESC, a.id DESC) AS place "
        "FROM interviews_kanoanswer a "
        "JOIN interviews_interview i ON i.id = a.interview_id AND i.state = 'completed' AND i.held_on <= %s "
        "JOIN customers_customer c ON c.id = i.customer_id "
        "JOIN requirements_catalog_requirement q ON q.id = a.requirement_id "
        f"WHERE a.state <> {int(Part.NOT_ASKED)}), "
        f"v AS (SELECT n.*, {segment} AS segment, COUNT(*) OVER (PARTITION BY n.requirement, n.customer) AS shared "
        "FROM n JOIN customers_stratum t ON t.id = n.stratum_id "
        f"WHERE n.place = 1 AND n.functional IS NOT NULL AND {where}) "
    )
    pairs = sql.fetch(
        f"{counted} SELECT requirement, segment, functional, dysfunctional, shared, COUNT(*) FROM v "
        "GROUP BY requirement, segment, functional, dysfunctional, shared "
        "ORDER BY requirement, segment, functional, dysfunctional, shared",
        [asked.as_of, *values],
    )
    heard = sql.fetch(f"{counted} SELECT requirement, segment, {_HEARD} FROM v GROUP BY requirement, segment", [
        asked.as_of, *values,
    ])  # fmt: skip
    return [PairRow(*row) for row in pairs], {(row[0], row[1]): heard_of(row[2:]) for row in heard}


_HEARD = "COUNT(DISTINCT contact_id), COUNT(DISTINCT customer), MIN(held_on), MAX(held_on)"


def heard_of(row: Sequence[Any]) -> Heard:
    contacts, customers, oldest, newest = row
    return Heard(contacts, customers, _day(oldest), _day(newest))


def _day(value: date | str) -> date:
    """Return a day, of which SQLite tells the smallest as a text."""
    return value if isinstance(value, date) else date.fromisoformat(value)


# ---- Importance and perception


class ImportanceRow(NamedTuple):
    """So many answers that give one requirement the same importance, num / den on 0..10; minimum and maximum: the
    ends of the scale it was rated on, None for points."""

    requirement: int
    num: int
    den: int
    minimum: int | None
    maximum: int | None
    voice: Voice
    times: int


class RatingRow(NamedTuple):
    """So many answers that rate one requirement the same; expected None: only what they got was asked.

    voice: among all that rated it; voice_expected: among those who said what they expected, too.
    """

    requirement: int
    scale: int
    perceived: int
    expected: int | None
    voice: Voice
    voice_expected: Voice
    times: int


class AttributeRow(NamedTuple):
    """So many people whose gaps, perceived minus expected in points of 10, add up to the same over so many items."""

    attribute: int
    total: Fraction
    items: int
    voice: Voice
    times: int


# `v` begins with answers `n`, each with its stratum and customer, and gives them weight and factor.
WEIGHED = (
    "v AS (SELECT n.*, COALESCE(b.weight, 100) AS weight, "
    f"CAST(ROUND(COALESCE(CAST(f.factor AS double precision), 1) * {ONE}) AS bigint) AS factor "
    "FROM n JOIN customers_stratum t ON t.id = n.stratum_id "
    "JOIN customers_customer m ON m.id = n.customer "
    "LEFT JOIN customers_valueband b ON b.id = m.value_band_id "
    "LEFT JOIN interviews_stratumfactor f ON f.stratum_id = n.stratum_id AND f.weight_set_id = %s"
)


def _counted(asked: Asked, part: str, columns: str) -> tuple[str, list[Any]]:
    """Return the common beginning: `v`, the newest answers in which a part was asked, with weights."""
    where, values = asked.conditions
    statement = (
        f"WITH n AS (SELECT {_ROOT} AS requirement, {_ROOT_CUSTOMER} AS customer, i.contact_id, a.product_id, "
        f"i.stratum_id, i.held_on, {columns}, ROW_NUMBER() OVER (PARTITION BY {_ROOT}, {_ROOT_CUSTOMER}, "
        "a.contact_id, a.product_id ORDER BY i.held_on DESC, a.id DESC) AS place "
        "FROM interviews_answer a "
        "JOIN interviews_interview i ON i.id = a.interview_id AND i.state = 'completed' AND i.held_on <= %s "
        "JOIN customers_customer c ON c.id = a.customer_id "
        "JOIN requirements_catalog_requirement q ON q.id = a.requirement_id "
        f"WHERE a.{part}_state <> {int(Part.NOT_ASKED)}), "
        f"{WEIGHED} WHERE n.place = 1 AND {where}) "
    )
    return statement, [asked.as_of, asked.weight_set or 0, *values]


_OF_CUSTOMER = "OVER (PARTITION BY requirement, customer)"


def importance_rows(asked: Asked) -> tuple[list[ImportanceRow], Mapping[int, Heard]]:
    """Return how important each requirement is, and to whom (2 queries)."""
    columns = "a.importance_num AS num, a.importance_den AS den, a.importance_scale_id AS scale"
    counted, values = _counted(asked, "importance", columns)
    known = (
        f"SELECT v.*, SUM(factor) {_OF_CUSTOMER} AS factors, COUNT(*) {_OF_CUSTOMER} AS shared FROM v WHERE num >= 0"
    )
    keys = "w.requirement, w.num, w.den, s.minimum, s.maximum, w.weight, w.factor, w.factors, w.shared"
    rows = sql.fetch(
        f"{counted}, w AS ({known}) SELECT {keys}, COUNT(*) FROM w "
        f"LEFT JOIN requirements_catalog_ratingscale s ON s.id = w.scale GROUP BY {keys} ORDER BY {keys}",
        values,
    )
    found = [
        ImportanceRow(requirement, num, den, minimum, maximum, Voice(*map(int, voice)), times)
        for requirement, num, den, minimum, maximum, *voice, times in rows
    ]
    return found, _heard_by_requirement(counted, values, "num >= 0")


def rating_rows(asked: Asked) -> tuple[list[RatingRow], Mapping[int, Heard]]:
    """Return how each requirement is rated, and by whom (2 queries)."""
    counted, values = _counted(asked, "perception", _RATED)
    known = (
        f"SELECT v.*, SUM(factor) {_OF_CUSTOMER} AS factors, COUNT(*) {_OF_CUSTOMER} AS shared, "
        f"SUM(CASE WHEN expected IS NOT NULL THEN factor ELSE 0 END) {_OF_CUSTOMER} AS factors_expected, "
        f"COUNT(expected) {_OF_CUSTOMER} AS shared_expected FROM v WHERE perceived IS NOT NULL"
    )
    keys = "requirement, scale, perceived, expected, weight, factor, factors, shared, factors_expected, shared_expected"
    rows = sql.fetch(
        f"{counted}, w AS ({known}) SELECT {keys}, COUNT(*) FROM w GROUP BY {keys} ORDER BY {keys}", values
    )
    found = [
        RatingRow(
            requirement,
            scale,
            perceived,
            expected,
            Voice(weight, int(factor), int(factors), shared),
            Voice(weight, int(factor), int(factors_expected), shared_expected),
            times,
        )
        for (
            requirement,
            scale,
            perceived,
            expected,
            weight,
            factor,
            factors,
            shared,
            factors_expected,
            shared_expected,
            times,
        ) in rows
    ]
    return found, _heard_by_requirement(counted, values, "perceived IS NOT NULL")


def heard_with_expectations(asked: Asked) -> Mapping[int, Heard]:
    """Return who said of each requirement both what they got and what they expected (1 query)."""
    counted, values = _counted(asked, "perception", _RATED)
    return _heard_by_requirement(counted, values, "perceived IS NOT NULL AND expected IS NOT NULL")


def heard_on_scales(asked: Asked, scales: Sequence[int]) -> Mapping[int, Heard]:
    """Return who rated each requirement on one of some scales (1 query, none without a scale)."""
    if not scales:
        return {}
    counted, values = _counted(asked, "perception", _RATED)
    known = f"perceived IS NOT NULL AND scale IN ({', '.join('%s' for _scale in scales)})"
    return _heard_by_requirement(counted, [*values, *scales], known)


_RATED = "a.perceived_rating AS perceived, a.expected_rating AS expected, a.rating_scale_id AS scale"


def expectation_rows(asked: Asked) -> tuple[list[AttributeRow], Mapping[int, Heard]]:
    """Return how much people got beside what they expected by attribute, and who they are (3 queries)."""
    # Whole numbers add up exactly: every scale's points become parts of a common multiple.
    parts = lcm(*RatingScale.objects.values_list("maximum", flat=True), 1)
    counted, values = _counted(asked, "perception", f"{_RATED}, q.attribute_id")
    both = (
        "SELECT r.attribute_id AS attribute, v.customer, v.contact_id, v.weight, MAX(v.factor) AS factor, "
        f"SUM((v.perceived - v.expected) * ({parts} / s.maximum)) AS total, COUNT(*) AS items, "
        "MIN(v.held_on) AS oldest, MAX(v.held_on) AS newest "
        "FROM v JOIN requirements_catalog_ratingscale s ON s.id = v.scale "
        "JOIN requirements_catalog_requirement r ON r.id = v.requirement AND r.state = 'active' "
        "WHERE v.perceived IS NOT NULL AND v.expected IS NOT NULL "
        "GROUP BY r.attribute_id, v.customer, v.contact_id, v.weight"
    )
    of_customer = "OVER (PARTITION BY attribute, customer)"
    shared = f"SELECT p.*, SUM(factor) {of_customer} AS factors, COUNT(*) {of_customer} AS shared FROM p"
    keys = "attribute, total, items, weight, factor, factors, shared"
    people = f"{counted}, p AS ({both}), w AS ({shared})"
    rows = sql.fetch(f"{people} SELECT {keys}, COUNT(*) FROM w GROUP BY {keys} ORDER BY {keys}", values)
    heard = sql.fetch(
        f"{people} SELECT attribute, COUNT(DISTINCT contact_id), COUNT(DISTINCT customer), MIN(oldest), MAX(newest) "
        f"FROM w WHERE {_SPEAKS} GROUP BY attribute",
        values,
    )
    found = [
        AttributeRow(row[0], Fraction(10 * int(row[1]), parts), row[2], Voice(*map(int, row[3:7])), row[7])
        for row in rows
    ]
    return found, {row[0]: heard_of(row[1:]) for row in heard}


_SPEAKS = "weight > 0 AND factor > 0"  # who weighs nothing is behind no number


def _heard_by_requirement(counted: str, values: Sequence[Any], known: str) -> Mapping[int, Heard]:
    rows = sql.fetch(
        f"{counted} SELECT requirement, {_HEARD} FROM v WHERE {known} AND {_SPEAKS} GROUP BY requirement", values
    )
    return {row[0]: heard_of(row[1:]) for row in rows}


Row = Any


def by_requirement(rows: Iterable[Row]) -> Mapping[int, list[Row]]:
    """Return rows by the first value that they have."""
    found: defaultdict[int, list[Row]] = defaultdict(list)
    for row in rows:
        found[row[0]].append(row)
    return found
