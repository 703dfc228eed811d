"""The border to the evidence: what the fold reads, as plain rows."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from gap_scores.scopes import Segment
from scoring.felt import Direction
from scoring.sums import Evidence, Rules
from web import sql

Unit = tuple[int, int]  # (root customer, root requirement)

_COLUMNS = """
    a.product_id, a.contact_id, a.id, i.held_on, i.stratum_id, i.country,
    a.importance_state, a.importance_num, a.importance_den,
    a.level_state, a.required_level, a.scale_version_id,
    a.perception_state, a.is_fixed, a.perceived_level, a.perceived_rating, a.expected_rating, s.satisfied_from
"""
_JOINS = """
    JOIN interviews_interview i ON i.id = a.interview_id AND i.state = 'completed' AND i.held_on <= %s
    LEFT JOIN requirements_catalog_ratingscale s ON s.id = a.rating_scale_id
"""


_WEIGHT = "COALESCE(b.weight, 100)"
_BAND = "LEFT JOIN customers_valueband b ON b.id = m.value_band_id"


@dataclass(frozen=True, slots=True)
class RequirementRules:
    """How a requirement's answers are read, and a text by which a change of it is noticed."""

    rules: Rules
    unit: str
    digest: str


def rules_of(requirements: Sequence[int]) -> dict[int, RequirementRules]:
    """Return the reading rules of root requirements; a scale version without an exact path is left out (3 queries)."""
    if not requirements:
        return {}
    marks = sql.marks(requirements)
    base = sql.fetch(
        f"SELECT q.id, COALESCE(q.half_life_months, p.half_life_months, 12), s.id, s.unit, s.direction, s.resolution "
        f"FROM requirements_catalog_requirement q LEFT JOIN requirements_catalog_scaleversion s "
        f"ON s.id = q.current_scale_id LEFT JOIN functions_program p ON p.id = 1 "
        f"WHERE q.merged_into_id IS NULL AND q.id IN ({marks})",
        requirements,
    )
    versions = sql.fetch(
        f"SELECT COALESCE(q.merged_into_id, q.id), v.id, v.requirement_id, v.version, v.unit, v.direction, "
        f"v.factor_numerator, v.factor_denominator FROM requirements_catalog_scaleversion v "
        f"JOIN requirements_catalog_requirement q ON q.id = v.requirement_id "
        f"WHERE q.id IN ({marks}) OR q.merged_into_id IN ({marks}) ORDER BY v.requirement_id, v.version",
        [*requirements, *requirements],
    )
    found: defaultdict[int, list[sql.Row]] = defaultdict(list)
    for root, *row in versions:
        found[root].append(tuple(row))
    return {row[0]: _rules(row, found[row[0]]) for row in base}


def _rules(row: sql.Row, versions: Sequence[sql.Row]) -> RequirementRules:
    _, half_life, scale, unit, direction, resolution = row
    if scale is None:
        return RequirementRules(Rules(half_life=half_life), "", str(half_life))
    factors = _factors(versions, scale, unit, direction)
    rules = Rules(half_life=half_life, direction=Direction(direction), resolution=resolution, factors=factors)
    paths = " ".join(f"{version}:{factor}" for version, factor in sorted(factors.items()))
    return RequirementRules(rules, unit, f"{half_life} {unit} {direction} {resolution} {paths}")


def _factors(versions: Sequence[sql.Row], current: int, unit: str, direction: str) -> dict[int, Fraction]:
    """Walk back from the current version while every step states an exact factor.

    A merged requirement's own versions count where they state levels in the same unit and direction.
    """
    mine = next(row[1] for row in versions if row[0] == current)
    factors: dict[int, Fraction] = {}
    step: Fraction | None = Fraction(1)
    for version, requirement, _, its_unit, its_direction, numerator, denominator in reversed(versions):
        if requirement != mine:
            if (its_unit, its_direction) == (unit, direction):
                factors[version] = Fraction(1)
        elif step is not None:
            factors[version] = step
            step = step * Fraction(numerator, denominator) if numerator else None
    return factors


def strata_of(ids: Iterable[int]) -> dict[int, Segment]:
    rows = sql.fetch_by_keys(
        "WITH k(id) AS ({keys}) SELECT s.id, s.lifecycle, s.industry, s.region, s.size_band "
        "FROM k JOIN customers_stratum s ON s.id = k.id",
        [(each,) for each in sorted(set(ids))],
    )
    return {row[0]: Segment(*row[1:]) for row in rows}


def all_strata() -> dict[int, Segment]:
    rows = sql.fetch("SELECT id, lifecycle, industry, region, size_band FROM customers_stratum")
    return {row[0]: Segment(*row[1:]) for row in rows}


def factors_of_set(weight_set: int | None) -> dict[int, float]:
    """Return h by stratum of a weight set; a stratum that it does not name has 1 (1 query, none without a set)."""
    if weight_set is None:
        return {}
    rows = sql.fetch(
        "SELECT stratum_id, CAST(factor AS double precision) FROM interviews_stratumfactor WHERE weight_set_id = %s",
        [weight_set],
    )
    return dict(rows)


def version_of(weight_set: int | None) -> int | None:
    """Return the version of a weight set (1 query, none without a set).

    None, too, for one that was dropped before the drain that takes its factors out of the sums.
    """
    rows = sql.fetch("SELECT version FROM interviews_weightset WHERE id = %s", [weight_set]) if weight_set else []
    return rows[0][0] if rows else None


def weights_of(customers: Iterable[int]) -> dict[int, int]:
    """Return the integer weight 0..1,000 of each root customer (default 100)."""
    rows = sql.fetch_by_keys(
        f"WITH k(id) AS ({{keys}}) SELECT m.id, {_WEIGHT} FROM k JOIN customers_customer m ON m.id = k.id {_BAND}",
        [(each,) for each in sorted(set(customers))],
    )
    return dict(rows)


def _members(table: str, roots: Iterable[int]) -> dict[int, int]:
    """Return {member: root} for roots and everything merged into them; what was merged away is no root."""
    keys = sorted(set(roots))
    rows = sql.fetch_by_keys(
        f"WITH k(id) AS ({{keys}}) SELECT m.id, m.merged_into_id FROM k JOIN {table} m ON m.id = k.id "
        f"UNION SELECT m.id, m.merged_into_id FROM k JOIN {table} m ON m.merged_into_id = k.id",
        [(each,) for each in keys],
    )
    wanted = set(keys)
    return {member: root or member for member, root in rows if (root or member) in wanted}


def evidence_of_units(units: Sequence[Unit], *, as_of: date) -> tuple[dict[Unit, list[Evidence]], dict[int, int]]:
    """Return the counted answers of each unit, dated up to as_of, and the weight of each root customer (3 queries)."""
    customers, weights = _customers({customer for customer, _ in units})
    requirements = _members("requirements_catalog_requirement", (requirement for _, requirement in units))
    of_customer, of_requirement = _by_root(customers), _by_root(requirements)
    keys = [
        (customer, requirement)
        for root_customer, root_requirement in units
        for customer in of_customer[root_customer]
        for requirement in of_requirement[root_requirement]
    ]
    rows = sql.fetch_by_keys(
        "WITH k(c, r) AS ({keys}) SELECT a.customer_id, a.requirement_id, "
        + _COLUMNS
        + "FROM k JOIN interviews_answer a ON a.customer_id = k.c AND a.requirement_id = k.r"
        + _JOINS,
        keys,
        [as_of],
    )
    found: dict[Unit, list[Evidence]] = {unit: [] for unit in units}
    for row in rows:
        unit = customers[row[0]], requirements[row[1]]
        found[unit].append(Evidence(*unit, *row[2:]))
    return found, weights


def _customers(roots: Iterable[int]) -> tuple[dict[int, int], dict[int, int]]:
    """Return {member: root} and {root: weight}; what was merged away is no root."""
    rows = sql.fetch_by_keys(
        f"WITH k(id) AS ({{keys}}) SELECT m.id, k.id, {_WEIGHT} FROM k JOIN customers_customer m ON m.id = k.id "
        f"{_BAND} WHERE m.merged_into_id IS NULL "
        f"UNION ALL SELECT m.id, k.id, NULL FROM k JOIN customers_customer m ON m.merged_into_id = k.id",
        [(each,) for each in sorted(roots)],
    )
    members = {member: root for member, root, _ in rows}
    return members, {root: weight for _, root, weight in rows if weight is not None}


def evidence_of_requirements(requirements: Iterable[int], *, as_of: date) -> dict[int, dict[int, list[Evidence]]]:
    """Return the counted answers on root requirements by root customer, dated up to as_of (2 queries)."""
    roots = sorted(requirements)
    members = _members("requirements_catalog_requirement", roots)
    rows = sql.fetch_by_keys(
        "WITH k(id, root) AS ({keys}) SELECT k.root, COALESCE(c.merged_into_id, c.id), "
        + _COLUMNS
        + "FROM k JOIN interviews_answer a ON a.requirement_id = k.id "
        + "JOIN customers_customer c ON c.id = a.customer_id"
        + _JOINS,
        sorted(members.items()),
        [as_of],
    )
    found: dict[int, dict[int, list[Evidence]]] = {root: {} for root in roots}
    for requirement, customer, *row in rows:
        found[requirement].setdefault(customer, []).append(Evidence(customer, requirement, *row))
    return found


def requirements_of_customer(customer: int) -> list[int]:
    """Return the root requirements that a root customer has answers on; none for one that was merged away."""
    members = sorted(_members("customers_customer", [customer]))
    if not members:
        return []
    marks = sql.marks(members)
    rows = sql.fetch(
        "SELECT DISTINCT COALESCE(q.merged_into_id, q.id) FROM interviews_answer a "
        f"JOIN requirements_catalog_requirement q ON q.id = a.requirement_id WHERE a.customer_id IN ({marks})",
        members,
    )
    return sorted(row[0] for row in rows)


def _by_root(members: dict[int, int]) -> dict[int, list[int]]:
    found: defaultdict[int, list[int]] = defaultdict(list)
    for member, root in members.items():
        found[root].append(member)
    return found
