"""What tools for reports read by SQL: views whose columns stay, without a person and without words.

docs/operations.md describes them and gives the role that may read them and nothing else. A view is never changed but
by new columns at its end; anything else is a view under the next number, beside it.

They are made when all migrations are done and not by one, and go before any: SQLite writes a table anew to change it
and refuses to name it back while a view reads it, PostgreSQL changes no column that a view reads. Who could read them
before can read them again.
"""

from collections.abc import Sequence
from typing import Any

from django.db import connections, transaction
from django.db.migrations.executor import MigrationExecutor

from gap_scores.board import FEWEST_CONTACTS, FEWEST_CUSTOMERS
from gap_scores.scopes import HEADLINE, Kind

FEWEST_EFFECTIVE = 5  # as RequirementRow.is_rankable has it

MEASUREMENTS = """
SELECT m.id AS measurement, m.metric_id AS metric, t.name AS metric_name, t.function_id AS "function",
    f.name AS function_name, m.kind, t.unit, m.period_start, m.period_end, m.part, m.value / 1000000.0 AS value,
    m.numerator, m.denominator, m.defects, m.units, m.opportunities, m.events, m.exposure / 1000000.0 AS exposure,
    m.source, m.created_at AS stored_at, m.counts
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

# What reaches customers through a function is the gap of the one where it starts, times strengths that everybody reads:
# it is told where that one's is. Where several are tied, where each one's is.
FUNCTIONS = f"""
WITH small AS (
    SELECT function_id FROM gap_scores_functionscore WHERE own IS NOT NULL AND COALESCE(n_eff, 0) < {FEWEST_EFFECTIVE}
), told AS (
    SELECT s.*, CASE WHEN s.function_id IN (SELECT function_id FROM small) THEN 0 ELSE 1 END AS is_own_told,
        CASE WHEN s.bottleneck_id IN (SELECT function_id FROM small)
            OR s.bottleneck_id IS NULL AND EXISTS (SELECT 1 FROM small) THEN 0 ELSE 1 END AS is_start_told
    FROM gap_scores_functionscore s
)
SELECT f.id AS "function", f.name, f.is_customer_facing, CASE WHEN is_own_told = 1 THEN s.own END AS own,
    CASE WHEN is_own_told = 1 THEN s.own_lo END AS own_lo, CASE WHEN is_own_told = 1 THEN s.own_hi END AS own_hi,
    s.n_eff, CASE WHEN is_start_told = 1 THEN s.transmitted END AS transmitted,
    CASE WHEN is_start_told = 1 THEN s.transmitted_lo END AS transmitted_lo,
    CASE WHEN is_start_told = 1 THEN s.transmitted_hi END AS transmitted_hi,
    CASE WHEN is_start_told = 1 THEN s.bottleneck_id END AS bottleneck, p.as_of, s.run_id AS run
FROM told s
JOIN functions_function f ON f.id = s.function_id AND f.is_active
CROSS JOIN gap_scores_projectionstate p
"""

# Who may read which view, from before a migration until after it. In the database: one that breaks off is done again by
# another process, when the views are gone already.
KEPT = "bi_view_reader"
KEEP_READERS = f"""
INSERT INTO {KEPT} (view_name, role_name)
SELECT c.relname, r.rolname FROM pg_class c CROSS JOIN aclexplode(c.relacl) a JOIN pg_roles r ON r.oid = a.grantee
JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = current_schema()
WHERE c.relkind = 'v' AND c.relname = ANY(%s) AND a.privilege_type = 'SELECT' AND a.grantee <> c.relowner
ON CONFLICT DO NOTHING
"""
# A role that was dropped meanwhile gets nothing.
READERS = f"""
SELECT k.view_name, k.role_name FROM {KEPT} k JOIN pg_roles r ON r.rolname = k.role_name WHERE k.view_name = ANY(%s)
"""

VIEWS = {
    "bi_measurements_v1": MEASUREMENTS,
    "bi_levels_v1": LEVELS,
    "bi_gaps_v1": GAPS,
    "bi_functions_v1": FUNCTIONS,
}


def drop_views(*, using: str, plan: Sequence[Any], **_: Any) -> None:
    """Before migrations: a view would hold on to the table that a migration writes anew."""
    if not plan:
        return
    connection = connections[using]
    with transaction.atomic(using=using), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                f"CREATE TABLE IF NOT EXISTS {KEPT} "
                "(view_name text NOT NULL, role_name text NOT NULL, PRIMARY KEY (view_name, role_name))"
            )
            cursor.execute(KEEP_READERS, [list(VIEWS)])
        for name in VIEWS:
            cursor.execute(f"DROP VIEW IF EXISTS {name}")


def make_views(*, using: str, **_: Any) -> None:
    """After migrations; a database that was not brought up to the newest one has no views."""
    connection = connections[using]
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return
    with transaction.atomic(using=using), connection.cursor() as cursor:
        for name, select in VIEWS.items():
            # Without migrations they were not dropped; SQLite replaces none, and has no rights that would be lost.
            if connection.vendor != "postgresql":
                cursor.execute(f"DROP VIEW IF EXISTS {name}")
            begin = "CREATE OR REPLACE VIEW" if connection.vendor == "postgresql" else "CREATE VIEW"
            cursor.execute(f"{begin} {name} AS {select}")
        if connection.vendor == "postgresql":
            give_rights_back(connection, cursor)


def give_rights_back(connection: Any, cursor: Any) -> None:
    cursor.execute("SELECT to_regclass(%s)", [KEPT])
    if cursor.fetchone() == (None,):
        return
    cursor.execute(READERS, [list(VIEWS)])
    for name, role in cursor.fetchall():
        cursor.execute(f"GRANT SELECT ON {connection.ops.quote_name(name)} TO {connection.ops.quote_name(role)}")
    cursor.execute(f"DROP TABLE {KEPT}")
