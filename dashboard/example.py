"""The example program: a real survey, two real sets of measurements, and what we wrote by hand around them.

examples/README.md says which is which. Everything goes in by the same services and importers as anybody's own data.
"""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from customers.models import Customer
from customers.services import create_value_band
from dashboard.example_actions import make_actions_of_example
from dashboard.example_beliefs import make_beliefs_of_example
from dashboard.example_initiatives import make_initiatives_of_example, make_scenarios_of_example
from dashboard.example_objectives import explain_strictness_of_example
from dashboard.example_reports import make_reports_of_example
from dashboard.example_review import make_review_of_example
from dashboard.example_rounds import assess_losses_of_example, make_ambassadors_of_example, make_rounds_of_example
from functions.models import Function, Membership, Program
from functions.selectors import program_day
from functions.services import assign_role, create_function, create_supply_link, set_up_program
from gap_scores.snapshots import keep_month_ends
from interviews.imports import import_interviews
from interviews.models import Interview
from interviews.services import create_round
from metrics.chart_services import name_phase, write_note
from metrics.imports import import_measurements
from metrics.models import Metric
from metrics.pull_services import create_source
from metrics.relating import relate_metrics
from metrics.services import create_metric, link_metric
from notices.watching import look_for_signals
from requirements_catalog.models import Attribute, Product, Requirement
from requirements_catalog.services import (
    NewScale,
    change_state,
    create_product,
    create_requirement,
    create_responsibility,
)
from web.imports import Report
from web.months import months_after

MONTH_ENDS = 6  # as if the program had run for half a year
LOOKED_BACK = (62, 31, 0)  # days
FOLDER: Path = settings.BASE_DIR / "examples"
Row = Mapping[str, Any]
EVIDENCE: tuple[tuple[Callable[..., Report], str, str], ...] = (
    (import_interviews, "data/abc_b2b_satisfaction.csv", "abc.toml"),
    (import_measurements, "data/mistat_insertion.csv", "insertion.toml"),
    (import_measurements, "data/mistat_jandefect.csv", "jandefect.toml"),
    (import_measurements, "by_hand/measurements.csv", "by_hand/measurements.toml"),
)


@dataclass(slots=True)
class Made:
    """What the catalogue's keys stand for."""

    functions: dict[str, Function]
    products: dict[str, Product]
    requirements: dict[str, Requirement]


@transaction.atomic
def load_example(*, now: datetime) -> Program | None:
    """Fill an empty program with the example; None if it is there already.

    Raises ValidationError if there is anything else. Its newest dates lie in the last full month before `now`.
    """
    program = Program.objects.select_for_update().first()
    if program and program.is_example:
        return None
    check_is_empty(program)
    catalogue = read_catalogue()
    program = set_up_program(**catalogue["program"], is_example=True)
    months = months_to_move(catalogue["newest_month"], program_day(now))
    make_catalogue(catalogue, months, now=now)
    for bring_in, file, mapping in EVIDENCE:
        report = bring_in(path=FOLDER / file, mapping_path=FOLDER / mapping, dry_run=False, now=now, months=months)
        if report.errors:
            raise ValidationError([str(error) for error in report.errors])
    make_rounds_of_example(catalogue, guide=read_guide(), months=months, now=now)
    explain_strictness_of_example(catalogue)
    assess_losses_of_example(catalogue, months=months, now=now)
    make_ambassadors_of_example(catalogue, months=months, now=now)
    make_actions_of_example(catalogue, months=months, now=now)
    keep_month_ends(months=MONTH_ENDS, now=now)
    look_back(now=now)
    make_initiatives_of_example(catalogue, months=months, now=now)
    make_scenarios_of_example(catalogue, now=now)
    make_beliefs_of_example(catalogue, now=now)
    make_review_of_example(catalogue, now=now)
    make_reports_of_example(catalogue, program=program, now=now)
    return program


def look_back(*, now: datetime) -> None:
    """Look at the charts as if that had been done at the newest month ends: who answers for one was told of signals."""
    for days in LOOKED_BACK:
        look_for_signals(now=now - timedelta(days=days))


def read_catalogue() -> dict[str, Any]:
    return tomllib.loads((FOLDER / "by_hand" / "catalogue.toml").read_text(encoding="utf-8"))


def read_guide() -> bytes:
    return (FOLDER / "by_hand" / "winter_survey_guide.json").read_bytes()


def head_usernames() -> list[str]:
    """Return the names under which the example's heads were made."""
    return [username_of(row["head"]) for row in read_catalogue()["functions"]]


def check_is_empty(program: Program | None) -> None:
    there = program or next(
        (kind for kind in (Function, Requirement, Customer, Interview, Metric) if kind.objects.exists()), None
    )
    if there:
        message = _("The example needs an empty program, and this one has data. Load it into a database of its own.")
        raise ValidationError(message, code="not_empty")


def months_to_move(newest: date, today: date) -> int:
    """Return by how many months dates move so that the newest month becomes the last full one."""
    return (today.year * 12 + today.month - 1) - (newest.year * 12 + newest.month)


# ---- The catalogue


def make_catalogue(catalogue: Row, months: int, *, now: datetime) -> None:
    functions = {row["key"]: make_function(row) for row in catalogue["functions"]}
    for row in catalogue["supply_links"]:
        strength = Decimal(row["strength"]) if "strength" in row else None
        create_supply_link(supplier=functions[row["from"]], supplied=functions[row["to"]], strength=strength)
    for position, row in enumerate(catalogue["value_bands"], start=1):
        create_value_band(**row, position=position)
    products = {row["name"]: create_product(name=row["name"]) for row in catalogue["products"]}
    made = Made(functions, products, {})
    attributes = {attribute.key: attribute for attribute in Attribute.objects.all()}
    for row in catalogue["requirements"]:
        made.requirements[row["reference"]] = make_requirement(row, made, attributes)
    for row in catalogue["rounds"]:
        make_round(row, list(products.values()), months)
    metrics: dict[str, Metric] = {}
    for row in catalogue["metrics"]:
        metrics[row["name"]] = make_metric(row, made)
        tell_of_chart(metrics[row["name"]], row, months=months, now=now)
    for row in catalogue["metric_relations"]:
        relate_metrics(one=metrics[row["one"]], other=metrics[row["other"]], strength=row["strength"], note=row["note"])
    for row in catalogue["sources"]:
        # It stays paused: nobody answers at its address.
        create_source(**dict(row) | {"metric": metrics[row["metric"]]})


def make_function(row: Row) -> Function:
    fields = {name: row[name] for name in ("name", "short_name", "purpose", "is_customer_facing") if name in row}
    function = create_function(**fields)
    assign_role(user=make_head(row["head"]), role=Membership.Role.HEAD, function=function)
    return function


def make_head(name: str) -> User:
    """A person of the example cannot sign in until somebody sets a password."""
    first_name, last_name = name.split(" ", 1)
    return User.objects.create_user(username_of(name), password=None, first_name=first_name, last_name=last_name)


def username_of(name: str) -> str:
    return name.lower().replace(" ", ".")


def make_requirement(row: Row, made: Made, attributes: Mapping[str, Attribute]) -> Requirement:
    scale = row.get("scale")
    requirement = create_requirement(
        reference=row["reference"],
        statement=row["statement"],
        attribute=attributes[row["attribute"]],
        owner=made.functions[row["owner"]],
        products=[made.products[name] for name in row["products"]],
        origin=row.get("origin", Requirement.Origin.CUSTOMER),
        scale=NewScale(**{**scale, "resolution": Decimal(scale["resolution"])}) if scale else None,
    )
    for function, strength in row.get("contributions", {}).items():
        create_responsibility(requirement=requirement, function=made.functions[function], strength=strength)
    state = row.get("state", Requirement.State.ACTIVE)
    return requirement if state == Requirement.State.DRAFT else change_state(requirement=requirement, state=state)


def make_round(row: Row, products: list[Product], months: int) -> None:
    days: Any = {name: months_after(row[name], months) for name in ("starts_on", "ends_on") if name in row}
    standing, stage = row.get("is_standing", False), row.get("stage", "")
    create_round(name=row["name"], products=products, is_standing=standing, stage=stage, **days)


NOT_FIELDS = {"function", "links", "target", "phases", "notes"}


def make_metric(row: Row, made: Made) -> Metric:
    fields = {name: value for name, value in row.items() if name not in NOT_FIELDS}
    target = Decimal(row["target"]) if "target" in row else None
    metric = create_metric(**fields, function=made.functions[row["function"]], target=target)
    for link in row["links"]:
        requirement = made.requirements[link["requirement"]]
        for product in requirement.products.all():
            link_metric(
                metric=metric, requirement=requirement, product=product, role=link["role"], strength=link["strength"]
            )
    return metric


def tell_of_chart(metric: Metric, row: Row, *, months: int, now: datetime) -> None:
    """Name the phases of a metric's chart and what was behind its signals, as the function's head did."""
    head = Membership.objects.get(function=metric.function, role=Membership.Role.HEAD).user if "phases" in row else None
    for each in row.get("phases", ()):
        name_phase(metric=metric, **moved(each, months), named_by=head, today=program_day(now), now=now)
    for each in row.get("notes", ()):
        write_note(metric=metric, **moved(each, months), written_by=head, today=program_day(now), now=now)


def moved(row: Row, months: int) -> Row:
    """Return the row with its days so many months later; the last of a month stays the last."""
    return {name: days_later(value, months) if isinstance(value, date) else value for name, value in row.items()}


def days_later(day: date, months: int) -> date:
    is_last = (day + timedelta(days=1)).day == 1
    if is_last:
        return months_after(day + timedelta(days=1), months) - timedelta(days=1)
    return months_after(day, months)
