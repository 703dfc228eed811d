"""What the projection is compared with: the same gap scores from all answers, by plain SQL, DuckDB and pandas.

Each gets the newest answer per contact, shares of weight, freshness and the measured levels; none writes anything.
"""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
from django.db import connection

from benchmarks.world import HOUR, SATISFIED_FROM

Gaps = dict[int, float]
# One row per answer of a completed interview, with what decides its weight.
HEARD = f"""
    SELECT a.id, a.requirement_id AS requirement, a.product_id AS product, a.customer_id AS customer,
        a.contact_id AS contact, i.held_on, s.lifecycle = 'current' AS is_current, b.weight,
        a.importance_num AS u, a.required_level / {HOUR} AS t, a.is_fixed AS fixed,
        a.perceived_level / {HOUR} AS perceived, a.perceived_rating AS rating
    FROM interviews_answer a
    JOIN interviews_interview i ON i.id = a.interview_id AND i.state = 'completed'
    JOIN customers_stratum s ON s.id = i.stratum_id
    JOIN customers_customer c ON c.id = a.customer_id
    JOIN customers_valueband b ON b.id = c.value_band_id
"""
LEVELS = "SELECT requirement_id AS requirement, product_id AS product, m FROM gap_scores_measuredlevel WHERE part = ''"
RESCAN = f"""
    WITH newest AS (
        SELECT *, row_number() OVER (PARTITION BY contact, requirement, product ORDER BY held_on DESC, id DESC) AS place
        FROM ({{heard}}) AS heard
    ), judged AS (
        SELECT n.*,
            CASE WHEN l.m <= n.t THEN 1.0 WHEN l.m > n.t THEN 0.0 END AS met,
            CASE
                WHEN n.fixed THEN 1.0 WHEN NOT n.fixed THEN 0.0
                WHEN n.perceived <= n.t THEN 1.0 WHEN n.perceived > n.t THEN 0.0
                WHEN n.rating >= {SATISFIED_FROM} THEN 1.0 WHEN n.rating < {SATISFIED_FROM} THEN 0.0
            END AS felt
        FROM newest AS n LEFT JOIN ({{levels}}) AS l ON l.requirement = n.requirement AND l.product = n.product
        WHERE n.place = 1 AND n.u > 0
    ), shared AS (
        SELECT *, CAST(weight * u AS double precision)
            / count(*) OVER (PARTITION BY customer, requirement, product) AS a
        FROM judged WHERE t IS NOT NULL OR felt IS NOT NULL
    ), weighed AS (
        SELECT *, sum(a) OVER (PARTITION BY customer, requirement) AS of_customer, power(0.5, (
            {{month}} - (extract(year FROM held_on) * 12 + extract(month FROM held_on) - 1)) / 12.0) AS f
        FROM shared
    )
    SELECT requirement, 100 * (1 - sum(a * f * (coalesce(met, felt) + coalesce(felt, met)) / 2) / sum(a * f)) AS gap,
        sum(a * f) * sum(a * f) / sum(a * of_customer * f) AS n_eff, sum(a * f) / sum(a * f / u) AS importance
    FROM weighed WHERE is_current AND coalesce(met, felt) IS NOT NULL GROUP BY requirement
"""


def month_of(day: date) -> int:
    return day.year * 12 + day.month - 1


def rescan_by_sql(today: date, requirements: Sequence[int] = ()) -> Gaps:
    """Return the gap of every requirement, or of some, by one statement on the program's own tables."""
    some = f"WHERE a.requirement_id IN ({', '.join(map(str, requirements))})" if requirements else ""
    with connection.cursor() as cursor:
        cursor.execute("SET work_mem = '256MB'")
        cursor.execute(RESCAN.format(heard=HEARD + some, levels=LEVELS, month=month_of(today)))
        rows = cursor.fetchall()
        cursor.execute("RESET work_mem")
    return {row[0]: float(row[1]) for row in rows}


class DuckDb:
    """The answers in DuckDB's own file, as someone would keep them who reads them often."""

    def __init__(self, folder: Path) -> None:
        self._connection = duckdb.connect(str(folder / "answers.duckdb"))
        for table, query in (("heard", HEARD), ("levels", LEVELS)):
            self._connection.execute(
                f"CREATE TABLE {table} AS SELECT * FROM read_csv('{self._export(folder, table, query)}')"
            )

    @staticmethod
    def _export(folder: Path, table: str, query: str) -> Path:
        path = folder / f"{table}.csv"
        with connection.cursor() as cursor, path.open("w") as file:
            cursor.copy_expert(f"COPY ({query}) TO STDOUT WITH (FORMAT csv, HEADER)", file)
        return path

    def rescan(self, today: date) -> Gaps:
        query = RESCAN.format(heard="SELECT * FROM heard", levels="SELECT * FROM levels", month=month_of(today))
        return {row[0]: float(row[1]) for row in self._connection.execute(query).fetchall()}

    def frame(self, table: str) -> pd.DataFrame:
        return self._connection.execute(f"SELECT * FROM {table}").df()

    def close(self) -> None:
        self._connection.close()


class Pandas:
    """The answers as a data frame in memory; reading them in is not counted."""

    def __init__(self, source: DuckDb) -> None:
        self._heard = source.frame("heard")
        held = pd.to_datetime(self._heard["held_on"])
        self._heard["month"] = held.dt.year * 12 + held.dt.month - 1
        self._heard["fixed"] = self._heard["fixed"].astype("Float64").astype("float64")
        self._levels = source.frame("levels")

    def rescan(self, today: date) -> Gaps:
        key = ["contact", "requirement", "product"]
        newest = self._heard.sort_values(["held_on", "id"]).drop_duplicates(key, keep="last")
        rows = newest[newest["u"] > 0].merge(self._levels, how="left", on=["requirement", "product"])
        rows["met"] = verdict(rows["m"] <= rows["t"], rows["m"].notna() & rows["t"].notna())
        felt = verdict(rows["rating"] >= SATISFIED_FROM, rows["rating"].notna())
        felt = verdict(rows["perceived"] <= rows["t"], rows["perceived"].notna() & rows["t"].notna()).fillna(felt)
        rows["felt"] = rows["fixed"].fillna(felt)
        rows = rows[rows["t"].notna() | rows["felt"].notna()]
        contacts = rows.groupby(["customer", "requirement", "product"])["id"].transform("size")
        rows = rows.assign(a=rows["weight"] * rows["u"] / contacts, f=0.5 ** ((month_of(today) - rows["month"]) / 12))
        rows["of_customer"] = rows.groupby(["customer", "requirement"])["a"].transform("sum")
        rows = rows[rows["is_current"] & (rows["met"].notna() | rows["felt"].notna())]
        satisfied = (rows["met"].fillna(rows["felt"]) + rows["felt"].fillna(rows["met"])) / 2
        mass = rows["a"] * rows["f"]
        sums = pd.DataFrame(
            {"requirement": rows["requirement"], "mass": mass, "served": mass * satisfied,
             "square": mass * rows["of_customer"], "over_u": mass / rows["u"]}
        ).groupby("requirement").sum()  # fmt: skip
        gaps: dict[Any, float] = (100 * (1 - sums["served"] / sums["mass"])).to_dict()
        return {int(requirement): float(gap) for requirement, gap in gaps.items()}


def verdict(holds: pd.Series, known: pd.Series) -> pd.Series:
    return pd.Series(np.where(known, holds.astype("float64"), np.nan), index=holds.index)
