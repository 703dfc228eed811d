"""Writes the seeded program into the tables of the program by COPY."""

import io
import random
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any

import numpy as np
from django.apps import apps
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import connection, transaction

from benchmarks.world import (
    ANSWERS,
    BANDS,
    CONTACTS,
    FUNCTIONS,
    HIGHEST_RATING,
    HOUR,
    MONTHS,
    PRODUCTS,
    RATING_SCALE,
    REQUIREMENTS,
    SATISFIED_FROM,
    SEED,
    STRATA,
    TOPICS,
    World,
    main_product,
    months_before,
    strata,
)
from jobs.services import mark_every_day

Row = Sequence[Any]
BATCH = 2_500  # interviews
LINES = 20_000
NOW = datetime.now(UTC).isoformat()
YES, NO = "t", "f"
KNOWN, DOES_NOT_KNOW = 0, 1
CONSENTS = ("2025-01-02", "2025-06-01", None)  # of each third customer nobody may be asked
WEEKS = 3 * 52
ANSWER = (
    "id interview_id requirement_id product_id customer_id contact_id "
    "importance_state importance_original importance_scale_id importance_num importance_den "
    "level_state required_level scale_version_id "
    "perception_state is_fixed perceived_level perceived_rating rating_scale_id"
)


def copy(table: str, columns: str, rows: Iterable[Row]) -> None:
    names, iterator = ", ".join(columns.split()), iter(rows)
    with connection.cursor() as cursor:
        while batch := list(islice(iterator, LINES)):
            lines = "".join("\t".join("\\N" if each is None else str(each) for each in row) + "\n" for row in batch)
            cursor.copy_expert(f"COPY {table} ({names}) FROM STDIN", io.StringIO(lines))


def numbered(rows: Iterable[Row]) -> Iterator[Row]:
    for at, row in enumerate(rows, start=1):
        yield at, *row


def write_functions(chance: random.Random) -> None:
    copy(
        "functions_program",
        "id name time_zone currency wanted_share watch_from gap_from severe_from half_life_months is_example",
        [(1, "Benchmark", "UTC", "EUR", 80, 10, 25, 50, 12, NO)],
    )
    copy(
        "functions_function",
        "id name short_name purpose position is_customer_facing is_active",
        [(f, f"Function {f}", "", "", f, YES, YES) for f in range(1, FUNCTIONS + 1)],
    )
    ring = {(f, f % FUNCTIONS + 1) for f in range(1, FUNCTIONS + 1)}
    others = {(chance.randint(1, FUNCTIONS), chance.randint(1, FUNCTIONS)) for _ in range(FUNCTIONS)}
    links = sorted(pair for pair in ring | others if pair[0] != pair[1])
    copy(
        "functions_supplylink",
        "id supplier_id supplied_id strength",
        numbered((*pair, chance.choice(["1.00", "0.75", "0.50", "0.25"])) for pair in links),
    )


def write_catalogue() -> None:
    numbers = range(1, REQUIREMENTS + 1)
    copy(
        "requirements_catalog_product",
        "id name is_active",
        [(p, f"Product {p}", YES) for p in range(1, PRODUCTS + 1)],
    )
    copy(
        "requirements_catalog_ratingscale",
        "id name version minimum maximum satisfied_from",
        [(RATING_SCALE, "Measured", 1, 1, HIGHEST_RATING, SATISFIED_FROM)],
    )
    copy(
        "requirements_catalog_requirement",
        "id reference statement rule attribute_id owner_id origin state current_scale_id",
        [(r, f"R{r}", f"Statement {r}", "", r % 6 + 1, r % FUNCTIONS + 1, "customer", "active", r) for r in numbers],
    )
    copy(
        "requirements_catalog_scaleversion",
        "id requirement_id version unit direction resolution reason created_at",
        [(r, r, 1, "hours", "lower", HOUR, "", NOW) for r in numbers],
    )
    copy(
        "requirements_catalog_requirementproduct",
        "id requirement_id product_id",
        numbered((r, p) for r in numbers for p in range(1, PRODUCTS + 1)),
    )


def write_metrics(chance: random.Random, today: date) -> None:
    """One metric per requirement measures all its products, once a week for three years."""
    numbers = range(1, REQUIREMENTS + 1)
    copy(
        "metrics_metric",
        "id name definition function_id kind unit direction breakdown window_months cadence_days grace_days note "
        "is_active",
        [(r, f"Metric {r}", "", r % FUNCTIONS + 1, "level", "hours", "lower", "", 3, 7, 10, "", YES) for r in numbers],
    )
    copy(
        "metrics_metriclink",
        "id metric_id requirement_id product_id strength role",
        numbered((r, r, p, 9, "measures") for r in numbers for p in range(1, PRODUCTS + 1)),
    )
    weeks = [(today - timedelta(weeks=week, days=6), today - timedelta(weeks=week)) for week in range(WEEKS)]
    copy(
        "metrics_measurement",
        "id metric_id kind period_start period_end part value source external_id is_current reason created_at",
        numbered(
            (r, "level", *week, "", chance.randint(2, 14) * HOUR, "seed", "", YES, "", NOW)
            for r in numbers
            for week in weeks
        ),
    )


def write_register(world: World, chance: random.Random) -> np.ndarray:
    """Return the stratum of each customer; customer c stands at place c."""
    segments = strata()
    stands = np.array([0] + [chance.randint(1, STRATA) for _ in range(world.customers)])
    customers = range(1, world.customers + 1)
    copy(
        "customers_valueband",
        "id name weight position",
        [(at, f"Band {weight}", weight, at) for at, weight in enumerate(BANDS, start=1)],
    )
    copy("customers_stratum", "id lifecycle industry region size_band", numbered(segments))
    copy(
        "customers_customer",
        "id name country domain external_id is_active value_band_id lifecycle industry region size_band",
        [
            (c, f"Customer {c}", "DE", "", "", YES, chance.randint(1, len(BANDS)), *segments[stands[c] - 1])
            for c in customers
        ],
    )
    copy(
        "customers_contact",
        "id customer_id name position email language time_zone consent_on consent_source is_opted_out is_active "
        "external_id",
        numbered(
            (c, f"Contact {c}.{at}", "", "", "", "", CONSENTS[c % 3], "", YES if c % 50 == at else NO, YES, "")
            for c in customers
            for at in range(CONTACTS)
        ),
    )
    kinds = {"prospective": "considered"}
    copy(
        "customers_productuse",
        "id customer_id product_id kind uniqueness",
        [(c, c, main_product(c), kinds.get(segments[stands[c] - 1][0], "used"), "") for c in customers],
    )
    return stands


def write_interviews(world: World, stands: np.ndarray, dice: np.random.Generator) -> None:
    copy("interviews_round", "id name is_standing", [(1, "Any time", YES)])
    days = np.array([months_before(world.today, month).isoformat() for month in range(MONTHS)])
    for start in range(1, world.interviews + 1, BATCH):
        ids = np.arange(start, min(world.interviews + 1, start + BATCH))
        customers = ids % world.customers + 1
        contacts = (customers - 1) * CONTACTS + dice.integers(1, CONTACTS + 1, len(ids))
        held = days[dice.integers(0, MONTHS, len(ids))]
        columns = [each.tolist() for each in (ids, contacts, customers, stands[customers], held)]
        copy(
            "interviews_interview",
            "id contact_id customer_id stratum_id held_on round_id mode state country source external_id created_at "
            "completed_at",
            ((*row, 1, "phone", "completed", "DE", "", "", NOW, NOW) for row in zip(*columns, strict=True)),
        )
        copy("interviews_answer", ANSWER, answers_of(ids, customers, contacts, dice))


def answers_of(
    interviews: np.ndarray, customers: np.ndarray, contacts: np.ndarray, dice: np.random.Generator
) -> Iterator[Row]:
    """Yield 20 answers of each interview. Every part is asked; one in ten is not known."""
    n = len(interviews) * ANSWERS
    # 20 different topics of the customer: every third one from a random start.
    first = np.repeat(dice.integers(0, TOPICS, len(interviews)), ANSWERS)
    topic = (first + np.tile(np.arange(ANSWERS) * 3, len(interviews))) % TOPICS
    who = np.repeat(customers, ANSWERS)
    other = dice.random(n) < 0.1
    keys = (
        (interviews[0] - 1) * ANSWERS + 1 + np.arange(n),
        np.repeat(interviews, ANSWERS),
        (who * 7 + topic * 10) % REQUIREMENTS + 1,
        np.where(other, dice.integers(1, PRODUCTS + 1, n), who % PRODUCTS + 1),
        who,
        np.repeat(contacts, ANSWERS),
    )
    parts = zip(*(part(dice, n) for part in (importances, levels, perceptions)), strict=True)
    for key, (importance, level, perception) in zip(
        zip(*(each.tolist() for each in keys), strict=True), parts, strict=True
    ):
        scale = key[2]
        yield *key, *importance, *level, scale, *perception


def importances(dice: np.random.Generator, n: int) -> Iterator[Row]:
    unknown = DOES_NOT_KNOW, None, None, None, None
    for known, value in zip((dice.random(n) > 0.1).tolist(), dice.integers(1, 11, n).tolist(), strict=True):
        yield (KNOWN, value * HOUR, RATING_SCALE, value, 1) if known else unknown


def levels(dice: np.random.Generator, n: int) -> Iterator[Row]:
    for known, value in zip((dice.random(n) > 0.1).tolist(), dice.integers(1, 17, n).tolist(), strict=True):
        yield (KNOWN, value * HOUR) if known else (DOES_NOT_KNOW, None)


def perceptions(dice: np.random.Generator, n: int) -> Iterator[Row]:
    """Of ten, one is not known, two say yes or no, four name a level, three rate."""
    for way, level, rating in zip(
        *(dice.integers(*ends, n).tolist() for ends in ((0, 10), (1, 17), (1, 11))), strict=True
    ):
        if way == 0:
            yield DOES_NOT_KNOW, None, None, None, None
        elif way < 3:
            yield KNOWN, YES if level % 2 else NO, None, None, None
        elif way < 7:
            yield KNOWN, None, level * HOUR, None, None
        else:
            yield KNOWN, None, None, rating, RATING_SCALE


def restart_ids() -> None:
    """Let every id column go on after the highest id."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), apps.get_models()):
            cursor.execute(statement)


def load(world: World) -> None:
    call_command("migrate", verbosity=0)
    chance, dice = random.Random(SEED), np.random.default_rng(SEED)
    with transaction.atomic(), connection.cursor() as cursor:
        # The rows are sound by construction; checking each foreign key of a million rows would take minutes.
        cursor.execute("SET LOCAL session_replication_role = replica")
        write_functions(chance)
        write_catalogue()
        write_metrics(chance, world.today)
        write_interviews(world, write_register(world, chance), dice)
    restart_ids()
    mark_every_day(metric_ids=range(1, REQUIREMENTS + 1))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def main(answers: str) -> None:
    load(World(int(answers), datetime.now(UTC).date()))
