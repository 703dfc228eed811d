"""Real data through the product's doors to its scores and pages: passengers, deliveries, customers who left."""

import csv
import io
import math
from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from django.http import QueryDict

from customers.imports import import_customers
from customers.models import Customer, Lifecycle, ValueBand
from dashboard.importance_page import importance_page
from dashboard.loyalty_page import loyalty_page
from dashboard.scoping import AskedScope
from functions.models import Program
from functions.selectors import scope_for
from gap_scores.board import Scope
from gap_scores.selectors import read_requirement
from interviews.imports import import_interviews
from metrics import services as metrics
from metrics.imports import import_measurements
from metrics.models import MetricLink
from requirements_catalog.models import RatingScale
from tests.api.callers import with_token
from tests.conftest import NOON
from tests.dashboard.program import felt_answer, hear, recompute, somebody
from tests.dashboard.test_pages import signed_in, text_of
from tests.factories.customers import ContactFactory, CustomerFactory
from tests.factories.interviews import RoundFactory
from tests.factories.metrics import MetricFactory
from tests.factories.requirements_catalog import ProductFactory, RatingScaleFactory, RequirementFactory

DATA: Path = settings.BASE_DIR.parent / "shared" / "data"
pytestmark = [pytest.mark.once, pytest.mark.django_db, pytest.mark.usefixtures("noon")]


def rows_of(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def as_csv(rows: list[dict[str, str]]) -> str:
    text = io.StringIO()
    table = csv.DictWriter(text, list(rows[0]))
    table.writeheader()
    table.writerows(rows)
    return text.getvalue()


def needs(name: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(not (DATA / name).exists(), reason=f"not run: {name} absent")


# ---- An airport's passengers: importance and performance, and whether they would recommend it, with their weights

ITEMS = ("Q7FOOD", "Q7SIGN", "Q7WIFI", "Q7ALL")
BLANK = {"", "0", "6", "Blank", "11.0"}


def importance_of(rows: list[dict[str, str]], item: str) -> int:
    """Nobody was asked how important an item is: its correlation with the overall rating stands for it, 0 to 10."""
    pairs = [(float(row[item]), float(row["Q7ALL"])) for row in rows if not {row[item], row["Q7ALL"]} & BLANK]
    means = [sum(values) / len(pairs) for values in zip(*pairs, strict=True)]
    over = [(x - means[0], y - means[1]) for x, y in pairs]
    covariance, *variances = (sum(x * y for x, y in over), sum(x * x for x, _ in over), sum(y * y for _, y in over))
    return round(10 * covariance / math.sqrt(math.prod(variances)))


@needs("sfo_2017_survey.csv")
def test_an_airports_passengers_with_their_weights(write):
    # Every third one: all of them are stored in tests/imports/test_airport_survey.py, which takes its time.
    rows = rows_of("sfo_2017_survey.csv")[::3]
    product = ProductFactory(name="Airport")
    RoundFactory(name="Passengers 2017", products=[product])
    weights = {text: round(100 * float(text)) for text in {row["WEIGHT"] for row in rows}}
    for text, weight in weights.items():
        ValueBand.objects.create(name=text, weight=weight)
    RatingScale.objects.create(name="Would you recommend us", minimum=0, maximum=10)
    for item in (*ITEMS, "NETPRO"):
        RequirementFactory(reference=item, products=[product])
    important = {item: importance_of(rows, item) for item in ITEMS}
    stated = ",".join(str(important[item]) for item in ITEMS)
    head = ",".join(f"{item} importance" for item in ITEMS)
    write("importance.csv", f"RESPNUM,{head}\n" + "".join(f"{row['RESPNUM']},{stated}\n" for row in rows))
    answers = "".join(
        f'[[answers]]\nrequirement = "{item}"\nproduct = {{value = "Airport"}}\n'
        f'importance = {{column = "{item} importance", scale = "0 to 10", codes = {{does_not_know = ["?"]}}}}\n'
        f'perceived = {{column = "{item}", scale = "1 to 5"}}\n'
        for item in ITEMS
    )
    mapping = f"""
[codes]
blank = ["Blank", "0", "11.0"]
not_applicable = ["6"]
[[join]]
file = "importance.csv"
on = "RESPNUM"
[interview]
source = {{value = "SFO 2017"}}
external_id = "RESPNUM"
held_on = {{value = "2025-05-15"}}
round = {{value = "Passengers 2017"}}
[customer]
external_id = {{template = "passenger {{RESPNUM}}"}}
name = {{template = "Passenger {{RESPNUM}}"}}
value_band = "WEIGHT"
[contact]
external_id = "RESPNUM"
name = {{template = "Passenger {{RESPNUM}}"}}
{answers}
[[answers]]
requirement = "NETPRO"
product = {{value = "Airport"}}
perceived = {{column = "NETPRO", scale = "Would you recommend us", codes = {{blank = ["11.0"]}}}}
"""
    report = import_interviews(
        path=write("survey.csv", as_csv(rows)), mapping_path=write("m.toml", mapping), dry_run=False, now=NOON
    )
    assert report.errors == []
    program = Program.objects.create(id=1, name="Airport")
    recompute()
    access = scope_for(somebody("specialist"))
    given = {"parameters": QueryDict(), "asked": AskedScope(Scope()), "access": access, "program": program}

    lines = {line.reference: line for line in importance_page(**given).lines}
    for item in ITEMS:
        rated = [(weights[row["WEIGHT"]], int(row[item])) for row in rows if row[item] not in BLANK]
        mean = 2 * sum(weight * value for weight, value in rated) / sum(weight for weight, _ in rated)
        assert float(lines[item].performance.value) == pytest.approx(mean, rel=1e-12)
        assert (float(lines[item].importance.value), lines[item].performance.n) == (important[item], len(rated))
    assert {item: line.verdict for item, line in lines.items()} == {
        "Q7FOOD": "low priority", "Q7SIGN": "possible overkill", "Q7WIFI": "undecided", "Q7ALL": "keep up",
    }  # fmt: skip

    loyal = {line.reference: line for line in loyalty_page(**given).lines}
    said = [(weights[row["WEIGHT"]], float(row["NETPRO"])) for row in rows if row["NETPRO"] not in {"", "11.0"}]
    whole = sum(weight for weight, _ in said)
    net = 100 * sum(weight * ((value >= 9) - (value <= 6)) for weight, value in said) / whole
    assert loyal["NETPRO"].nps.value == pytest.approx(net, rel=1e-12)
    assert (loyal["NETPRO"].nps.n, round(net, 1)) == (920, 40.6)
    assert loyal["NETPRO"].nps.n_eff == pytest.approx(whole**2 / sum(weight**2 for weight, _ in said), rel=1e-9)
    assert "Net promoter score" in text_of(signed_in("viewer"), "/views/loyalty/")


# ---- Deliveries: late lines per country and month

COUNTRIES = {
    "South Africa": "ZA", "Nigeria": "NG", "Côte d'Ivoire": "CI", "Uganda": "UG", "Vietnam": "VN", "Zambia": "ZM",
    "Haiti": "HT", "Mozambique": "MZ", "Zimbabwe": "ZW", "Tanzania": "TZ", "Rwanda": "RW", "Congo, DRC": "CD",
}  # fmt: skip


def last_year(months: Mapping[tuple[str, str], list[int]], country: str) -> tuple[int, int]:
    """Return late and all lines of the twelve months up to the country's newest one."""
    mine = {month: cell for (its, month), cell in months.items() if its == country}
    newest = max(mine)
    first = f"{int(newest[:4]) - 1}{newest[4:]}"
    late, n = (sum(cell[at] for month, cell in mine.items() if first < month) for at in (0, 1))
    return late, n


def rate(cells: list[list[int]]) -> float:
    """Return late lines of all lines, in per cent."""
    return 100 * sum(late for late, _ in cells) / sum(n for _, n in cells)


@needs("scms_deliveries.csv")
def test_deliveries_by_country_and_month_reach_the_chart_and_the_gap_of_each_country(write):
    lines = [row for row in rows_of("scms_deliveries.csv") if row["Country"] in COUNTRIES]
    months: defaultdict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for row in lines:
        cell = months[COUNTRIES[row["Country"]], row["Delivered to Client Date"][:7]]
        cell[0] += row["Delivered to Client Date"] > row["Scheduled Delivery Date"]
        cell[1] += 1
    table = "country,month,late,lines\n" + "".join(
        f"{country},{month}-01,{late},{n}\n" for (country, month), (late, n) in sorted(months.items())
    )
    Program.objects.create(id=1, name="Deliveries")
    product, scale = ProductFactory(name="Medicine"), RatingScaleFactory()
    need = RequirementFactory(
        reference="D-1", products=[product], scale={"unit": "percent", "resolution": Decimal("0.1")}
    )
    metric = MetricFactory(
        name="Late lines", kind="proportion", unit="percent", breakdown="country", function=need.owner, window_months=12
    )
    metrics.link_metric(metric=metric, requirement=need, product=product, role=MetricLink.Role.MEASURES)
    mapping = (
        'source = "SCMS"\n[[measurements]]\nmetric = {value = "Late lines"}\n'
        'external_id = {template = "{country} {month}"}\nmonth = "month"\npart = "country"\n'
        'numerator = "late"\ndenominator = "lines"\n'
    )
    # Ten years later, so that the newest are of the last year.
    report = import_measurements(
        path=write("late.csv", table), mapping_path=write("m.toml", mapping), dry_run=False, now=NOON, months=120
    )
    assert (report.errors, report.created["measurements"]) == ([], len(months))
    for country in COUNTRIES.values():
        customer = CustomerFactory(country=country)
        hear(ContactFactory(customer=customer), [felt_answer(need, product, scale, felt=True, level=10)])
    recompute()

    window = {country: last_year(months, country) for country in COUNTRIES.values()}
    detail = read_requirement(requirement_id=need.pk)
    levels = {level.part: (level.value, level.n) for level in detail.row.levels}
    assert {country: levels[country] for country in window} == {
        country: (round(Decimal(100 * late) / n, 1), n) for country, (late, n) in window.items()
    }
    met = {country: levels.get(country, levels[""])[0] <= 10 for country in COUNTRIES.values()}
    assert detail.row.score.gap == pytest.approx(100 * sum(not each for each in met.values()) / len(met) / 2)
    assert sorted(country for country, is_met in met.items() if not is_met) == ["CD", "CI", "MZ", "RW", "TZ", "ZM"]

    def charted(query: str) -> tuple[str, float]:
        chart = signed_in("specialist").get(f"/metrics/{metric.pk}/{query}").context["page"].panel.shown.chart
        return chart.kind, chart.phases[0].centre

    # All countries pooled, and one by itself: of the 1,100 days before today.
    of_all = [cell for (_, month), cell in months.items() if month > "2013-02"]
    of_zambia = [cell for (country, month), cell in months.items() if month > "2013-02" and country == "ZM"]
    assert charted("") == ("p", pytest.approx(rate(of_all)))
    assert charted("?part=ZM") == ("p", pytest.approx(rate(of_zambia)))
    assert charted("?part=ZM&chart=p_laney")[1] == pytest.approx(rate(of_zambia))
    assert charted("?part=Atlantis") == charted("")


# ---- A telephone company's customers: who left

HEAD = "customerID,name,status,since\n"


@needs("telco_churn.csv")
def test_customers_who_left_are_losses_with_what_they_were_worth(write):
    rows = rows_of("telco_churn.csv")[::70]
    table = HEAD + "".join(
        f"{row['customerID']},{row['customerID']},{'past' if row['Churn'] == 'Yes' else 'current'},2026-03-01\n"
        for row in rows
    )
    mapping = '[customer]\nexternal_id = "customerID"\nname = "name"\nlifecycle = "status"\nlifecycle_since = "since"\n'
    Program.objects.create(id=1, name="Telephone", currency="USD")
    report = import_customers(
        path=write("telco.csv", table), mapping_path=write("m.toml", mapping), dry_run=False, now=NOON
    )
    assert report.errors == []
    left = {row["customerID"]: row for row in rows if row["Churn"] == "Yes"}
    assert Customer.objects.filter(lifecycle=Lifecycle.PAST).count() == len(left)
    binding = RequirementFactory(statement="We may leave at the end of a month")
    caller = with_token(somebody("specialist"))
    for customer in Customer.objects.filter(lifecycle=Lifecycle.PAST):
        row = left[customer.external_id]
        body = {
            "customer": customer.pk, "lost_on": "2026-03-01", "value_lost": round(12 * float(row["MonthlyCharges"])),
            "ours": [binding.pk] if row["Contract"] != "Month-to-month" else [],
        }  # fmt: skip
        answer = caller.post("/api/v1/losses/", body, content_type="application/json")
        assert answer.status_code == 201, answer.json()

    page = text_of(signed_in("specialist"), "/losses/compared/")
    worth = sum(round(12 * float(row["MonthlyCharges"])) for row in left.values())
    assert (len(left), worth) == (19, 16_292)
    assert "16,292 USD a year were lost" in page
    # Shared among what was not met: one of them was bound to a contract.
    assert "We may leave at the end of a month R-" in page
    assert "no requirement named, or none that anybody answers for 15,092 USD All 16,292 USD" in page
