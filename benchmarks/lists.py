"""Measures each list page of a large program: 100,000 customers, 300,000 contacts, a million measurements."""

import json
import random
import sys
from collections import defaultdict
from datetime import timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any
from urllib.parse import quote

import numpy as np
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from benchmarks.doors import Call, full_doors, person, right
from benchmarks.load import NO, NOW, YES, copy, numbered, restart_ids, write_catalogue, write_functions, write_register
from benchmarks.timing import Samples, in_ms, timed
from benchmarks.world import ANSWERS, CONTACTS, FUNCTIONS, HOUR, MONTHS, REQUIREMENTS, SEED, World, months_before
from benchmarks.world import INTERVIEWS as INTERVIEWS_OF_ONE
from customers.contact_views import CONTACTS as CONTACT_LIST
from customers.hearing import set_right
from customers.import_mapping import ContactColumns, CustomerColumns, CustomerMapping
from customers.imports import import_table
from customers.views import CUSTOMERS
from dashboard.round_plan import USUAL_RULE, plan_by_rule
from gap_scores.register import refresh_register
from gap_scores.voices import register_of_products
from interviews.models import Round
from interviews.views import INTERVIEWS
from metrics.measurement_views import MEASUREMENTS
from scoring.weighting import rake
from web import sql
from web.imports import MappedTable
from web.lists import ListPlan
from web.mappings import Source

REGISTERED = 100_000
ANSWERS_OF_IT = REGISTERED * INTERVIEWS_OF_ONE * ANSWERS  # decide the size of the register; none of them is written
INTERVIEWED = 100_000
MEASURED = 1_000_000
SOURCES = ("press hall", "order system", "service desk")
PAGE = 25
SETTLING, CALLS = 1, 5
PLANNED = {"divided_by": ["lifecycle", "size_band"], "interviews": 600}
SAID, PER_INTERVIEW, WORDS_EACH, VOCABULARY = 1_000_000, 10, 12, 50_000
# Common: in a third of all words; rare: in a few of a million.
SOUGHT = {"common": "word2", "rare": "word40007", "phrase": '"word1 word2 word3"', "beginning": "word123*"}
COVERAGE, RAKING = "the whole page", "rake"
CATEGORIES = (3, 10, 6, 4, 40)  # of the five margins
# What is asked of each list besides its pages and orders: a search, and its filters.
ASKED: dict[str, tuple[ListPlan, str, int, tuple[str, ...]]] = {
    "/customers/": (
        CUSTOMERS, "customer 77", REGISTERED,
        ("lifecycle=past", "region=europe-west&industry=C", "heard=never", "heard=yes", "weight_min=200",
         "last_heard_on_before=2025-01-01"),
    ),
    "/contacts/": (
        CONTACT_LIST, "contact 77", REGISTERED * CONTACTS,
        ("lifecycle=past", "region=europe-west", "is_opted_out=false"),
    ),
    "/interviews/": (
        INTERVIEWS, "customer 77", INTERVIEWED,
        ("state=completed", "held_on_after=2026-01-01&held_on_before=2026-03-31"),
    ),
    "/measurements/": (
        MEASUREMENTS, "metric 77", MEASURED,
        ("function=7", "kind=level&source=press+hall", "period_end_after=2026-01-01", "external_id=m+4711",
         "revision=all"),
    ),
}  # fmt: skip


def main(stage: str) -> None:
    if stage == "load":
        load(World(ANSWERS_OF_IT, timezone.now().date()))
    else:
        samples: Samples = defaultdict(list)
        with full_doors() as call:
            headers = person()["page"]
            for path, (plan, search, rows, filters) in ASKED.items():
                measure(samples, call, headers, path, addresses(plan, search, rows, filters))
            measure(samples, call, headers, "/coverage/", {COVERAGE: ""})
            measure(samples, call, headers, "/ambassadors/", {"first page": ""})
            measure(samples, call, headers, "/words/", {"the desk": "", "all words": "?pile=all"})
            measure(samples, call, headers, "/words/search/", {k: f"?q={quote(v)}" for k, v in SOUGHT.items()})
        measure_plain_search(samples)
        measure_raking(samples)
        measure_customers(samples)
        print(json.dumps({"samples": in_ms(samples), "rows": {path: each[2] for path, each in ASKED.items()}}))


def addresses(plan: ListPlan, search: str, rows: int, filters: tuple[str, ...]) -> dict[str, str]:
    """Return what is asked of a list under what it is called in the report."""
    last = -(-rows // PAGE)
    # Of a list without end the row in the middle by its number, which is in the middle of most orders too.
    middle, end = (f"after={rows // 2}", "before=end") if plan.is_endless else (f"page={last // 2}", f"page={last}")
    ways = [f"{way}{column.key}" for column in plan.columns if column.sortable for way in ("", "-")]
    return {
        "first page": f"?page_size={PAGE}",
        "page in the middle": f"?page_size={PAGE}&{middle}",
        "last page": f"?page_size={PAGE}&{end}",
        **{f"sorted by {way}": f"?page_size={PAGE}&sort={way}" for way in ways},
        **{f"sorted by {way}, in the middle": f"?page_size={PAGE}&sort={way}&{middle}" for way in ways},
        "search": f"?page_size={PAGE}&q={search.replace(' ', '+')}",
        **{f"filter {each}": f"?page_size={PAGE}&{each}" for each in filters},
    }


def measure(samples: Samples, call: Call, headers: dict[str, str], path: str, asked: dict[str, str]) -> None:
    for turn in range(SETTLING + CALLS):
        into: Samples = samples if turn >= SETTLING else defaultdict(list)
        for name, query in asked.items():
            timed(into, f"{path} {name}", lambda query=query: right(call(f"{path}{query}", **headers)))
    print(f"{path}: measured", file=sys.stderr, flush=True)


def measure_plain_search(samples: Samples) -> None:
    """Look the same words up as a part of the text, without an index: the first page of what holds them."""
    held = "SELECT id, text FROM interviews_verbatim WHERE text ILIKE %s ORDER BY id DESC LIMIT 50"
    for _ in range(CALLS):
        for name, asked in SOUGHT.items():
            part = "%" + asked.strip('"*') + "%"
            timed(samples, f"LIKE {name}", lambda part=part: sql.fetch(held, [part]))


def measure_raking(samples: Samples) -> None:
    """Rake a row for each customer to five margins that are not those of the rows."""
    dice = np.random.default_rng(SEED)
    weights = dice.uniform(0.5, 2.0, REGISTERED)
    margins = []
    for categories in CATEGORIES:
        codes = dice.integers(0, categories, REGISTERED)
        shares = dice.uniform(0.5, 2.0, categories)
        margins.append((codes, REGISTERED * shares / shares.sum()))
    for _ in range(CALLS):
        timed(samples, RAKING, lambda: rake(weights, margins))


def measure_customers(samples: Samples) -> None:
    """Bring in as many customers as there are, of whom each tenth is one of them under a name that only looks other.

    The check is what a person waits for before deciding; the import follows, with what was decided by itself.
    """
    rows = (f"Customer {at} GmbH" if at % 10 == 0 else f"Another {at}" for at in range(1, REGISTERED + 1))
    with NamedTemporaryFile("w", suffix=".csv") as file:
        file.write("company,country,person\n" + "".join(f"{row},DE,Person of {row}\n" for row in rows))
        file.flush()
        name, person_name = Source(column="company"), Source(column="person")
        mapping = CustomerMapping(
            customer=CustomerColumns(external_id=name, name=name, country=Source(column="country")),
            contact=ContactColumns(external_id=person_name, name=person_name),
        )
        for what, dry_run in (("check", True), ("import", False)):

            def bring_in(dry_run: bool = dry_run) -> None:
                table = MappedTable(Path(file.name), mapping, Path(file.name).parent)
                report = import_table(table=table, mapping=mapping, dry_run=dry_run, now=timezone.now(), choices={})
                if report.errors or len(report.duplicates) != REGISTERED // 10:
                    raise RuntimeError(f"{len(report.duplicates)} duplicates, {report.errors[:1]}")

            timed(samples, f"customers {what}", bring_in)


# ---- The rows


def load(world: World) -> None:
    call_command("migrate", verbosity=0)
    chance = random.Random(SEED)
    with transaction.atomic(), connection.cursor() as cursor:
        # The rows are sound by construction; checking each foreign key of a million rows would take minutes.
        cursor.execute("SET LOCAL session_replication_role = replica")
        write_functions(chance)
        write_catalogue()
        write_interviews(world, write_register(world, chance), np.random.default_rng(SEED))
        write_measurements(world, chance)
        write_words(np.random.default_rng(SEED))
    restart_ids()
    refresh_register(as_of=world.today)
    plan_by_rule(
        wave=Round.objects.get(),
        rule=USUAL_RULE | PLANNED,
        register=register_of_products(),
        gaps={},
        now=timezone.now(),
    )
    set_right()  # COPY wrote the interviews; the day on which each customer was last heard follows them.
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def write_interviews(world: World, stands: np.ndarray, dice: np.random.Generator) -> None:
    copy("interviews_round", "id name is_standing", [(1, "Wave", NO)])
    customers = dice.integers(1, world.customers + 1, INTERVIEWED).tolist()
    months = dice.integers(0, MONTHS, INTERVIEWED).tolist()
    copy(
        "interviews_interview",
        "id contact_id customer_id stratum_id held_on round_id mode state country source external_id created_at "
        "completed_at",
        numbered(
            ((who - 1) * CONTACTS + 1, who, stands[who], months_before(world.today, month), 1, "phone", "completed",
             "DE", "", "", NOW, NOW)
            for who, month in zip(customers, months, strict=True)
        ),
    )  # fmt: skip


def write_words(dice: np.random.Generator) -> None:
    """Ten verbatims of an interview, each of a dozen words of which few are common and most are rare."""
    drawn = dice.zipf(1.3, (SAID, WORDS_EACH)) % VOCABULARY
    texts = (" ".join(f"word{each}" for each in row) for row in drawn.tolist())
    copy(
        "interviews_verbatim",
        "id interview_id text tokens language position reading",
        numbered(
            (at // PER_INTERVIEW + 1, text, text, "en", at % PER_INTERVIEW, "uncoded" if at % 100 == 0 else "coded")
            for at, text in enumerate(texts)
        ),
    )


def write_measurements(world: World, chance: random.Random) -> None:
    numbers = range(1, REQUIREMENTS + 1)
    copy(
        "metrics_metric",
        "id name definition function_id kind unit direction breakdown window_months cadence_days grace_days note "
        "is_active",
        [(r, f"Metric {r}", "", r % FUNCTIONS + 1, "level", "hours", "lower", "", 3, 7, 10, "", YES) for r in numbers],
    )
    columns = "id metric_id kind period_start period_end part value source external_id is_current reason created_at"
    copy("metrics_measurement", columns, numbered(measurement(world, chance, at) for at in range(MEASURED)))


def measurement(world: World, chance: random.Random, at: int) -> tuple[Any, ...]:
    day = world.today - timedelta(days=at // REQUIREMENTS)
    value = chance.randint(2, 14) * HOUR
    return at % REQUIREMENTS + 1, "level", day, day, "", value, SOURCES[at % 3], f"m {at}", YES, "", NOW
