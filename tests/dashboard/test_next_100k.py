"""docs/investing.md, step by step, and who sees what on the way."""

import csv
import re
from decimal import Decimal
from io import StringIO
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from improvements.models import Initiative, InitiativeDecision
from jobs.models import Job
from jobs.running import run_job
from metrics.models import Metric
from tests.api.callers import caller, with_token
from tests.conftest import NOON
from tests.dashboard.program import TODAY, SmallProgram, felt_answer, hear, recompute, requirement, small_program
from tests.factories.metrics import MeasurementFactory, MetricFactory, MetricLinkFactory
from tests.factories.people import signed_in
from tests.factories.requirements_catalog import ProductFactory

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]
STEPS = [
    "Write down what could be done",
    "Say which level it would change",
    "Read the verdict",
    "Ask where the next 100k should go",
    "See how sure that is",
    "Try a level, a link, and to be without a dot",
    "Keep it as a scenario",
    "Put two portfolios side by side",
    "Record the decision",
    "See what came true",
]


@pytest.fixture
def program(noon) -> SmallProgram:
    return small_program()


def text_of(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode())).replace("\xa0", " ")


def propose(client: Client, program: SmallProgram, name: str, cost: str, **more: str):
    said = {"name": name, "function": program.support.pk, "purpose": "Repairs at night", "cost_fixed": cost}
    return client.post(reverse("initiative_create"), said | {"cost_yearly": "0", "people_days": "0"} | more)


def expect(client: Client, program: SmallProgram, name: str, *levels: str, **more: str):
    url = reverse("initiative_effect_create", args=[Initiative.objects.get(name=name).pk])
    low, likely, high = levels
    return client.post(url, {"metric": program.metric.pk, "low": low, "likely": likely, "high": high} | more)


def queries_of(client: Client, name: str) -> int:
    client.get(reverse(name))
    with CaptureQueriesContext(connection) as asked:
        assert client.get(reverse(name)).status_code == 200
    return len(asked)


def test_the_page_has_these_steps():
    text = (ROOT / "docs" / "investing.md").read_text()

    assert re.findall(r"^## \d+\. (.+)$", text, flags=re.MULTILINE) == STEPS


def test_where_should_the_next_100k_go(program):
    client = signed_in("specialist")

    # 1 and 2
    for name, cost, *levels in (("Second shift", "100000", "9", "8", "4"), ("Repair guide", "50000", "8", "4", "2")):
        answer = propose(client, program, name, cost)
        assert answer.status_code == 302
        assert answer["Location"].endswith("/effects/new/")
        assert expect(client, program, name, *levels).status_code == 302
    worse = expect(client, program, "Second shift", "14", "12", "11")
    assert worse.status_code == 422  # its effect on this metric is stated already
    assert "is not one of the available choices" in text_of(worse)
    again = propose(client, program, "Repair guide", "1")
    assert (again.status_code, Initiative.objects.count()) == (422, 2)

    # 3
    shift = Initiative.objects.get(name="Second shift")
    page = text_of(client.get(reverse("initiative_detail", args=[shift.pk])))
    assert (
        "Serves 1 requirement of 8 customers; overall gap 25.0 → 20.8 (16.7 to 25.0); 4.2 points per 100k EUR." in page
    )
    assert "For the same money: Repair guide, 6.2 points." in page

    # 4 and 5
    answer = client.get(reverse("portfolio"), {"budget": "100000"})
    page = text_of(answer)
    assert "With 100k EUR: Repair guide. It costs 50k EUR and removes 6.2 of 25.0 points." in page
    assert "Stays in, of 200" in page
    forced = text_of(
        client.get(reverse("portfolio"), {"budget": "100000", "out": Initiative.objects.get(name="Repair guide").pk})
    )
    assert "With 100k EUR: Second shift. It costs 100k EUR and removes 4.2 of 25.0 points." in forced

    # 6
    asked = {f"m{program.metric.pk}": "4", "without": program.support.pk}
    page = text_of(client.get(reverse("what_if"), asked))
    assert "If this level were reached, the overall gap would be 18.8." in page
    assert "Without Support 2 requirements lose service: the overall gap would be 18.8 → 66.7." in page
    part = client.get(reverse("what_if"), asked, headers={"HX-Request": "true"})
    assert part.content.decode().strip().startswith('<div id="what-if-answer"')
    assert "the overall gap would be 18.8." in text_of(part)

    link = f"s{program.support.pk}-{program.supplies.pk}"
    page = text_of(client.get(reverse("what_if"), {link: "0"}))
    assert "Supplies: own gap 0.0 → 0.0, reaching customers 28.1 → 0.0" in page

    # 7
    saved = client.post(reverse("scenario_create"), {"name": "Nights", "moves": f"m{program.metric.pk}=4&{link}=0"})
    page = text_of(client.get(saved["Location"]))
    assert "If 1 level and 1 link were moved so, the overall gap would be 18.8." in page
    assert "Everything that it moves stands as it did when it was saved." in page

    # 8
    page = text_of(client.get(reverse("portfolio_compare"), {"a_budget": "100000", "b_budget": "0"}))
    assert "Best for 100k EUR removes 6.2 points, Best for 0 EUR 0.0 points." in page

    # 9
    url = reverse("initiative_decide", args=[shift.pk])
    entry = re.search(r'name="entry" value="([0-9a-f]{32})"', client.get(url).content.decode())
    for _time in range(2):
        answer = client.post(url, {"kind": "for", "reason": "It starts at once.", "entry": entry[1]})
        assert answer["Location"].endswith("#decisions")
    decision = InitiativeDecision.objects.get()
    assert (decision.initiative, decision.reason) == (shift, "It starts at once.")
    assert "Believed then: Serves 1 requirement of 8 customers" in text_of(
        client.get(reverse("initiative_detail", args=[shift.pk]))
    )

    # 8
    answer = client.post(reverse("initiative_deliver", args=[shift.pk]), {"delivered_on": str(TODAY), "cost_spent": ""})
    assert answer["Location"].endswith("#realised")
    page = text_of(client.get(reverse("initiative_detail", args=[shift.pk])))
    assert "In force since 16 Mar 2026 ; compared first on 16 Jun 2026 ." in page
    assert "What it really cost is not known; predicted: 100k EUR." in page
    assert "Nothing that was predicted can be compared yet" in text_of(client.get(reverse("estimates")))


def test_budgets_that_are_none_and_rules_that_cannot_hold_are_said_in_a_sentence(program):
    client = signed_in("specialist")
    propose(client, program, "Second shift", "100000")
    shift = Initiative.objects.get()

    said = [
        text_of(client.get(f"{reverse('portfolio')}?{urlencode(query)}"))
        for query in (
            {"budget": "much"},
            {"budget": "0"},
            {"budget": "1", "in": shift.pk},
            {"budget": "1", "goal": "reach"},
        )
    ]

    assert "‘much’ is no budget: it is an amount from 0 to 1,000,000,000. Shown is another one." in said[0]
    assert "With 0 EUR nothing that is proposed serves customers better than doing nothing." in said[1]
    assert "No set holds what you asked for within 1 EUR: raise it, or let something go." in said[2]
    assert "With 1 EUR nothing that is proposed" in said[3]


def test_heads_propose_for_their_own_function_and_see_no_levels_of_others(program):
    head, viewer = signed_in("head", function=program.supplies), signed_in("viewer")
    specialist = signed_in("specialist")
    propose(specialist, program, "Second shift", "100000")
    expect(specialist, program, "Second shift", "9", "8", "4")
    shift = Initiative.objects.get()

    refused = propose(head, program, "Ours", "1")
    taken = propose(head, program, "Ours", "1", function=program.supplies.pk)

    assert (refused.status_code, taken.status_code) == (422, 302)
    for client in (head, viewer):
        page = text_of(client.get(reverse("initiative_detail", args=[shift.pk])))
        assert "Serves 1 requirement of 8 customers" in page
        assert "Time to resolve" not in page
        assert "There is no level here that you may move" in text_of(client.get(reverse("what_if")))
    assert head.get(reverse("initiative_update", args=[shift.pk])).status_code == 404
    assert viewer.get(reverse("initiative_create")).status_code == 404
    assert head.get(reverse("initiative_decide", args=[shift.pk])).status_code == 404


def rare_level(program: SmallProgram) -> Metric:
    """Return a metric of Supplies, 30 h now: two customers need less than 20 of it."""
    rare = requirement("Parts come soon", program.supplies, program.product, scale={"resolution": Decimal(1)})
    metric = MetricFactory(name="Time to deliver", function=program.supplies)
    MetricLinkFactory(metric=metric, requirement=rare)
    MeasurementFactory(metric=metric, value=30, period_end=TODAY)
    for customer, level in zip(program.customers[:2], (20, 10), strict=True):
        hear(customer.contacts.get(), [felt_answer(rare, program.product, program.scale, felt=False, level=level)])
    recompute()
    return metric


def test_nobody_reads_off_what_two_customers_need_by_moving_a_level(program):
    metric = rare_level(program)
    head, specialist = signed_in("head", function=program.supplies), signed_in("specialist")

    asked = [client.get(reverse("what_if"), {f"m{metric.pk}": "15"}) for client in (specialist, head)]

    assert "If this level were reached, the overall gap would be" in text_of(asked[0])
    assert "Move a level or a link: today the overall gap is" in text_of(asked[1])
    assert f'name="m{metric.pk}"' not in asked[1].content.decode()


def test_nobody_reads_off_what_one_customer_of_a_product_needs_of_a_requirement_of_which_many_spoke(program):
    both = requirement("Parts come soon", program.supplies, program.product, scale={"resolution": Decimal(1)})
    other = ProductFactory()
    both.products.add(other)
    metric = MetricFactory(name="Time to deliver for the other", function=program.supplies)
    MetricLinkFactory(metric=metric, requirement=both, product=other)
    MeasurementFactory(metric=metric, value=30, period_end=TODAY)
    for customer in program.customers:
        hear(customer.contacts.get(), [felt_answer(both, program.product, program.scale, felt=False, level=20)])
    hear(program.customers[0].contacts.get(), [felt_answer(both, other, program.scale, felt=False, level=17)])
    recompute()

    asked = [
        client.get(reverse("what_if"), {f"m{metric.pk}": "15"}).content.decode()
        for client in (signed_in("specialist"), signed_in("head", function=program.supplies))
    ]

    assert [f'name="m{metric.pk}"' in page for page in asked] == [True, False]


def test_nobody_reads_off_what_two_customers_need_by_expecting_a_level(program):
    metric = rare_level(program)
    head, specialist = signed_in("head", function=program.supplies), signed_in("specialist")
    propose(head, program, "Van", "100", function=program.supplies.pk)
    van = Initiative.objects.get()
    new = reverse("initiative_effect_create", args=[van.pk])
    levels = {"low": "15", "likely": "15", "high": "15"}

    assert metric.name not in text_of(head.get(new))
    assert head.post(new, {"metric": metric.pk} | levels).status_code == 422
    body = {"initiative": van.pk, "metric": metric.pk} | levels
    mine = with_token(User.objects.get(memberships__role="head"))
    refused = mine.post("/api/v1/initiative-effects/", body, content_type="application/json")
    assert "Too few customers stated" in refused.json()["detail"]
    assert van.effects.count() == 0
    specialist.post(new, {"metric": metric.pk} | levels)
    effect = van.effects.get()
    assert "Too few customers stated" in text_of(
        head.post(reverse("initiative_effect_update", args=[effect.pk]), levels | {"likely": "11", "high": "11"})
    )
    assert van.effects.get().likely == 15

    # What it would tell is nowhere: page, list, file, interface and portfolio.
    page = text_of(head.get(reverse("initiative_detail", args=[van.pk])))
    assert "What it does for customers is for program specialists" in page
    assert "more with too few customers to show" not in page
    row = next(
        csv.DictReader(StringIO(head.get(reverse("initiative_list"), {"format": "csv"}).getvalue().decode("utf-8-sig")))
    )
    assert {row[name] for name in ("points", "points_lo", "points_hi", "per_100k", "serves")} == {""}
    assert "too few customers to show" in text_of(head.get(reverse("initiative_list")))
    told = mine.get(f"/api/v1/initiatives/{van.pk}/verdict/").json()
    blank = ("gain", "interval", "reach", "per_100k", "customers")
    assert ([told[name] for name in blank], told["touched"], told["too_few"]) == ([None] * 5, [], 0)
    answer = text_of(head.get(reverse("portfolio"), {"budget": "1000"}))
    assert "Van is not weighed: too few customers stated what they need of a level that it changes." in answer
    assert mine.get("/api/v1/portfolio/?budget=1000").json()["options"] == []
    whole = caller("specialist")
    assert whole.get(f"/api/v1/initiatives/{van.pk}/verdict/").json()["gain"]["points"] > 0
    assert len(whole.get("/api/v1/portfolio/?budget=1000").json()["options"]) == 1


def test_levels_that_make_no_sense_are_left_out_and_the_others_stay(program):
    other = rare_level(program)
    client = signed_in("specialist")
    asked = {f"m{program.metric.pk}": "-4", f"m{other.pk}": "15"}

    page = text_of(client.get(reverse("what_if"), asked))

    assert "A level in hours cannot be -4." in page
    assert "If this level were reached" in page


def test_a_form_that_was_opened_before_a_decision_does_not_undo_it(program):
    client = signed_in("specialist")
    propose(client, program, "Second shift", "100000")
    shift = Initiative.objects.get()
    url = reverse("initiative_update", args=[shift.pk])
    assert 'name="state_was" value="proposed"' in client.get(url).content.decode()
    client.post(reverse("initiative_decide", args=[shift.pk]), {"kind": "for", "reason": "Now.", "entry": "a" * 32})

    said = {"name": "Second shift", "function": program.support.pk, "purpose": "Nights", "state": "proposed"}
    answer = client.post(url, said | {"state_was": "proposed"})

    shift.refresh_from_db()
    assert (answer.status_code, shift.purpose, shift.state) == (302, "Nights", "for")


def test_the_answer_of_many_options_is_worked_out_once_by_a_job(
    program, monkeypatch, django_capture_on_commit_callbacks
):
    monkeypatch.setattr("dashboard.tasks.announce_job", lambda _pk: None)
    client = signed_in("specialist")
    for number in range(21):
        Initiative.objects.create(
            name=f"Option {number}", function=program.support, purpose="A", cost_fixed=Decimal(1),
            cost_yearly=Decimal(0), people_days=Decimal(0), created_by_name="Ines", created_at=NOON,
        )  # fmt: skip

    for _time in range(2):
        answer = client.post(reverse("portfolio_work_out"), {"budget": "10"})
        assert answer.status_code == 302

    job = Job.objects.get()
    assert (job.kind, job.about["cents"]) == ("portfolio", 1_000)
    page = text_of(client.get(reverse("portfolio"), {"budget": "10"}))
    assert "with so many options the proof" in page
    run_job(job_id=job.pk, now=NOON)
    words, address = client.get(reverse("settings_job", args=[job.pk])).context["then"]
    assert words == "Open the portfolio"
    assert "with so many options the proof" not in text_of(client.get(address))


def test_a_page_of_initiatives_asks_the_database_as_often_for_many_as_for_few(program):
    client = signed_in("specialist")
    asked: list[list[int]] = []
    for many in (range(1), range(1, 9)):
        for number in many:
            propose(client, program, f"Option {number}", "10")
            expect(client, program, f"Option {number}", "9", "8", "4")
        asked.append(
            [queries_of(client, name) for name in ("initiative_list", "portfolio", "portfolio_compare", "what_if")]
        )

    assert asked[0] == asked[1]
