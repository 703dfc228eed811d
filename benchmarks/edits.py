"""The writes that are measured, as the plain SQL that any program would run for them."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection, transaction
from django.utils import timezone

from benchmarks.world import ANSWERS, CONTACTS, HOUR, RATING_SCALE, main_product, topics_of
from gap_scores.services import drain_all
from jobs.services import mark_days, mark_units
from web import sql

NEW_INTERVIEW = """
    INSERT INTO interviews_interview (contact_id, customer_id, stratum_id, round_id, mode, state, held_on, country,
        source, external_id, created_at, completed_at)
    SELECT %s, c.id, s.id, 1, 'phone', 'completed', %s, c.country, '', '', now(), now()
    FROM customers_customer c JOIN customers_stratum s USING (lifecycle, industry, region, size_band)
    WHERE c.id = %s RETURNING id
"""
NEW_ANSWERS = """
    INSERT INTO interviews_answer (interview_id, requirement_id, product_id, customer_id, contact_id,
        importance_state, importance_original, importance_scale_id, importance_num, importance_den,
        level_state, required_level, scale_version_id, perception_state, perceived_level)
    VALUES
"""
NEW_MEASUREMENT = """
    INSERT INTO metrics_measurement (metric_id, kind, period_start, period_end, part, value, source, external_id,
        is_current, reason, created_at)
    VALUES (%s, %s, %s, %s, '', %s, 'bench', '', true, '', now())
"""


@dataclass(frozen=True, slots=True)
class NewInterview:
    """One interview with 20 answers of one contact."""

    customer: int
    contact: int
    answers: Sequence[tuple[int, int, int, int, int]]  # requirement, product, importance, required, perceived

    @property
    def requirements(self) -> list[int]:
        return [answer[0] for answer in self.answers]


def draw_interview(chance: random.Random, customers: int) -> NewInterview:
    customer = chance.randint(1, customers)
    asked = chance.sample(topics_of(customer), ANSWERS)
    answers = [
        (requirement, main_product(customer), chance.randint(1, 10), chance.randint(1, 16), chance.randint(1, 16))
        for requirement in asked
    ]
    return NewInterview(customer, (customer - 1) * CONTACTS + chance.randint(1, CONTACTS), answers)


def insert_interview(new: NewInterview, held_on: date) -> None:
    with connection.cursor() as cursor:
        cursor.execute(NEW_INTERVIEW, [new.contact, held_on, new.customer])
        (interview,) = cursor.fetchone()
        rows: list[int | None] = []
        for requirement, product, importance, required, perceived in new.answers:
            rows += [interview, requirement, product, new.customer, new.contact, 0, importance * HOUR, RATING_SCALE]
            rows += [importance, 1, 0, required * HOUR, requirement, 0, perceived * HOUR]
        marks = ", ".join(["(" + ", ".join(["%s"] * 15) + ")"] * len(new.answers))
        cursor.execute(NEW_ANSWERS + marks, rows)


def mark_interview(new: NewInterview) -> None:
    mark_units(units={(new.customer, requirement) for requirement in new.requirements})


def record_interview(new: NewInterview, held_on: date, *, marked: bool) -> None:
    """Write an interview as one transaction, with its markers or without."""
    with transaction.atomic():
        insert_interview(new, held_on)
        if marked:
            mark_interview(new)


def record_measurement(metric: int, hours: int, period_end: date, *, marked: bool, kind: str = "level") -> None:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(NEW_MEASUREMENT, [metric, kind, period_end - timedelta(days=6), period_end, hours * HOUR])
        if marked:
            mark_days(days=[(metric, period_end)])


def hours_that_move(metric: int, steps: int) -> int:
    """Return the value that raises the mean of the metric's window by so many steps."""
    row = sql.fetch(
        "SELECT avg(value) / 1000000, count(*) FROM metrics_measurement WHERE metric_id = %s AND is_current "
        "AND period_end > (SELECT max(period_end) FROM metrics_measurement WHERE metric_id = %s) - interval '3 months'",
        [metric, metric],
    )[0]
    return round(float(row[0]) + steps * (row[1] + 1))


def now_drained() -> None:
    drain_all(as_of=timezone.now())
