"""docs/investing.md, step by step, and who sees what on the way."""

import re
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from improvements.models import Initiative, InitiativeDecision
from jobs.models import Job
from tests.conftest import NOON
from tests.dashboard.program import SmallProgram, small_program
from tests.factories.people import signed_in

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]
STEPS = [
    "Write down what could be done",
    "Say which level it would change",
    "Read the verdict",
    "Ask where the next 100k should go",
    "See how sure that is",
    "Try a level",
    "Record the decision",
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
    assert "Without Support 2 requirements lose service: the overall gap would be 25.0 → 66.7." in page
    part = client.get(reverse("what_if"), asked, headers={"HX-Request": "true"})
    assert part.content.decode().strip().startswith('<div id="what-if-answer"')
    assert "the overall gap would be 18.8." in text_of(part)

    # 7
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


def test_nobody_reads_off_what_two_customers_need_by_moving_a_level(program):
    rare = program.hear_rarely()
    head = signed_in("head", function=program.supplies)

    assert rare.statement not in text_of(head.get(reverse("what_if"), {f"m{program.metric.pk}": "4"}))


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
    assert "With so many options the proof" in page


def test_a_page_of_initiatives_asks_the_database_as_often_for_many_as_for_few(program):
    client = signed_in("specialist")
    asked: list[list[int]] = []
    for many in (range(1), range(1, 9)):
        for number in many:
            propose(client, program, f"Option {number}", "10")
            expect(client, program, f"Option {number}", "9", "8", "4")
        asked.append([queries_of(client, name) for name in ("initiative_list", "portfolio", "what_if")])

    assert asked[0] == asked[1]
