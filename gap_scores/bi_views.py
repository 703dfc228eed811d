"""What tools for reports read by SQL: views whose columns stay, without a person and without words.

docs/operations.md describes them and gives the role that may read them and nothing else. A view is never changed but
by new columns at its end; anything else is a view under the next number, beside it.

They are made when all migrations are done and not by one, and go before any: SQLite writes a table anew to change it
and refuses to name it back while a view reads it, PostgreSQL changes no column that a view reads. Who could read them
before can read them again.
"""

from collections.abc import Sequence
from typing import Any

from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from gap_scores.board import FEWEST_CONTACTS, FEWEST_CUSTOMERS
from gap_scores.scopes import HEADLINE, Kind

FEWEST_EFFECTIVE = 5  # as RequirementRow.is_rankable has it

MEASUREMENTS = """
SELECT m.id AS measurement, m.metric_id AS metric, t.name AS metric_name, t.function_id AS "function",
    f.name AS function_name, m.kind, t.unit, m.period_start, m.period_end, m.part, m.value / 1000000.0 AS value,
    m.numerator, m.denominator, m.defects, m.units, m.opportunities, m.events, m.exposure / 1000000.0 AS exposure,
    m.source, m.created_at AS stored_at
FROM metrics_measurement m
JOIN metrics_metric t ON t.id = m.metric_id
JOIN functions_function f ON f.id = t.function_id
WHERE m.is_current
"""

# As gap_scores.showing.hidden_among: the small ones, and where that is one of a function alone, its smallest other one.
# Five effective customers are five customers at least, so whoever passes has five contacts of three customers.
SHOWN = f"""
WITH scored AS (
    SELECT r.id, r.reference, r.statement, r.attribute_id, r.owner_id, r.origin, r.current_scale_id,
        s.gap, s.lo, s.hi, s.n_eff, s.j / NULLIF(SUM(s.j) OVER (), 0) AS share, s.run_id, p.as_of,
        COALESCE(g.heard, 0) AS heard,
        CASE WHEN s.n_eff >= {FEWEST_EFFECTIVE} AND g.customers >= {FEWEST_CUSTOMERS} AND g.heard >= {FEWEST_CONTACTS}
            THEN 0 ELSE 1 END AS is_small
    FROM gap_scores_requirementscore s
    JOIN requirements_catalog_requirement r
        ON r.id = s.requirement_id AND r.state = 'active' AND r.merged_into_id IS NULL
    CROSS JOIN gap_scores_projectionstate p
    LEFT JOIN gap_scores_gapscore g ON g.generation = p.generation AND g.requirement_id = s.requirement_id
        AND g.kind = {Kind.LIFECYCLE:d} AND g.k1 = 0 AND g.k2 = {HEADLINE}
    WHERE s.gap IS NOT NULL AND s.j IS NOT NULL
), counted AS (
    SELECT scored.*, SUM(is_small) OVER (PARTITION BY owner_id) AS small_of_owner,
        ROW_NUMBER() OVER (PARTITION BY owner_id ORDER BY is_small, heard, id) AS place
    FROM scored
    WHERE share IS NOT NULL
), shown AS (
    SELECT * FROM counted WHERE is_small = 0 AND NOT (small_of_owner = 1 AND place = 1)
)
"""

GAPS = f"""
{SHOWN}
SELECT s.id AS requirement, s.reference, s.statement, a.name AS attribute, s.owner_id AS "owner", f.name AS owner_name,
    s.origin, s.gap, s.lo, s.hi, s.n_eff, s.share, s.share * s.gap AS points, s.as_of, s.run_id AS run
FROM shown s
JOIN requirements_catalog_attribute a ON a.id = s.attribute_id
LEFT JOIN functions_function f ON f.id = s.owner_id
"""

# Signed steps of the scale's resolution, the lower the better: turned round where more is better.
LEVELS = f"""
{SHOWN}
SELECT s.id AS requirement, s.reference, l.product_id AS product, p.name AS product_name, l.part, l.breakdown,
    l.metric_id AS metric, t.name AS metric_name, c.unit, c.direction,
    (CASE WHEN c.direction = 'lower' THEN l.m ELSE -l.m END) * c.resolution / 1000000.0 AS level,
    (CASE WHEN c.direction = 'lower' THEN l.best ELSE -l.worst END) * c.resolution / 1000000.0 AS lo,
    (CASE WHEN c.direction = 'lower' THEN l.worst ELSE -l.best END) * c.resolution / 1000000.0 AS hi,
    l.n, l.newest_on, l.window_from
FROM shown s
JOIN requirements_catalog_scaleversion c ON c.id = s.current_scale_id
JOIN gap_scores_measuredlevel l ON l.requirement_id = s.id
JOIN metrics_metric t ON t.id = l.metric_id
JOIN requirements_catalog_product p ON p.id = l.product_id
"""

FUNCTIONS = """
SELECT f.id AS "function", f.name, f.is_customer_facing, s.own, s.own_lo, s.own_hi, s.n_eff, s.transmitted,
    s.transmitted_lo, s.transmitted_hi, s.bottleneck_id AS bottleneck, p.as_of, s.run_id AS run
FROM gap_scores_functionscore s
JOIN functions_function f ON f.id = s.function_id AND f.is_active
CROSS JOIN gap_scores_projectionstate p
"""

READERS = """
SELECT c.relname, r.rolname FROM pg_class c CROSS JOIN aclexplode(c.relacl) a JOIN pg_roles r ON r.oid = a.grantee
WHERE c.relkind = 'v' AND c.relname = ANY(%s) AND a.privilege_type = 'SELECT' AND a.grantee <> c.relowner
"""

VIEWS = {
    "bi_measurements_v1": MEASUREMENTS,
    "bi_levels_v1": LEVELS,
    "bi_gaps_v1": GAPS,
    "bi_functions_v1": FUNCTIONS,
}


# Who may read which view, from before a migration until after it.
_readers: dict[str, list[tuple[str, str]]] = {}


def drop_views(*, using: str, plan: Sequence[Any], **_: Any) -> None:
    """Before migrations: a view would hold on to the table that a migration writes anew."""
    if not plan:
        return
    connection = connections[using]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(READERS, [list(VIEWS)])
            _readers[using] = cursor.fetchall()
        for name in VIEWS:
            cursor.execute(f"DROP VIEW IF EXISTS {name}")


def make_views(*, using: str, **_: Any) -> None:
    """After migrations; a database that was not brought up to the newest one has no views."""
    connection = connections[using]
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return
    begin = "CREATE OR REPLACE VIEW" if connection.vendor == "postgresql" else "CREATE VIEW IF NOT EXISTS"
    with connection.cursor() as cursor:
        for name, select in VIEWS.items():
            cursor.execute(f"{begin} {name} AS {select}")
        for name, role in _readers.pop(using, ()):
            cursor.execute(f"GRANT SELECT ON {name} TO {connection.ops.quote_name(role)}")
