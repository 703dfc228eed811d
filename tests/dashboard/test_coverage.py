"""Planning a round, seeing who has no voice, and whom to ask next."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import DjangoAssertNumQueries

from customers.hearing import set_right
from customers.models import Contact, Customer, Lifecycle, ProductUse, ValueBand
from customers.services import record_consent, stratum_of
from dashboard.coverage import strata_of_register
from dashboard.coverage_page import CoveragePage, coverage_page
from functions.models import Program
from gap_scores.board import Scope
from gap_scores.selectors import read_board
from gap_scores.voices import register_of_products, voices
from interviews import progress
from interviews.models import ANY, Interview, Round, SamplingPlan
from interviews.planning import NewTarget, plan_round
from jobs.services import mark_customer, mark_register
from tests.api.callers import caller
from tests.api.described import differences
from tests.conftest import NOON
from tests.dashboard.program import SmallProgram, recompute, small_program
from tests.factories.customers import ContactFactory, CustomerFactory
from tests.factories.interviews import InterviewFactory, RoundFactory
from tests.factories.people import signed_in
from tests.factories.requirements_catalog import ProductFactory, RequirementFactory

TODAY = NOON.date()
COVERAGE = "/api/v1/sampling-plans/{id}/coverage/"
LONG_AGO = TODAY - timedelta(days=400)
WEST, NORTH = "europe-west", "europe-north"
pytestmark = pytest.mark.django_db


@pytest.fixture
def program(noon: Any) -> SmallProgram:
    """The small program in the west, heard long ago; one prospect in the north, whom nobody has heard."""
    made = small_program()
    for customer in made.customers:
        customer.region = WEST
        customer.save()
        customer.interviews.update(held_on=LONG_AGO, stratum=stratum_of(customer=customer))
    band = ValueBand.objects.create(name="Key account", weight=800)
    prospect = CustomerFactory(name="Nordlys Trykk", lifecycle=Lifecycle.PROSPECTIVE, region=NORTH, value_band=band)
    ContactFactory(customer=prospect, name="Ingrid Dahl")
    record_consent(contacts=Contact.objects.all(), consent_on=LONG_AGO, source="by mail", today=TODAY)
    count_again()
    return made


def count_again() -> None:
    for customer in Customer.objects.all():
        mark_customer(customer_id=customer.pk)
    mark_register()
    set_right()
    recompute()


def planned(*divided_by: str, **targets: int) -> Round:
    """Return a round that wants so many of each lifecycle, or all where there are fewer."""
    wave: Round = RoundFactory(name="Autumn")
    names = ["lifecycle", *divided_by]
    strata = strata_of_register(register_of_products(), names)
    plan_round(
        round=wave,
        divided_by=names,
        method="proportional",
        exponent=Decimal(1),
        minimum=1,
        targets=[
            NewTarget(each.cell, each.population, each.weight, min(targets.get(each.cell[0], 0), each.population))
            for each in strata
        ],
        now=NOON,
    )
    return Round.objects.select_related("plan").get(pk=wave.pk)


def shown(wave: Round) -> CoveragePage:
    return coverage_page(wave=wave, program=Program.objects.first(), today=TODAY)


def proposed(wave: Round) -> list[str]:
    return [line.proposal.candidate.contact for line in shown(wave).lines]


# ---- Coverage


def test_a_stratum_is_filled_by_customers_and_not_by_interviews(program: SmallProgram) -> None:
    wave = planned(current=4, prospective=1)
    contact = program.customers[0].contacts.get()
    InterviewFactory(round=wave, contact=contact, completed=True)
    InterviewFactory(round=wave, contact=ContactFactory(customer=program.customers[0]), completed=True)
    InterviewFactory(round=wave, contact=program.customers[1].contacts.get())

    page = shown(wave)

    current, prospective = page.coverage.strata
    assert (current.done, current.target, current.population, current.filled) == (1, 4, 8, "started")
    assert (prospective.done, prospective.target, prospective.filled) == (0, 1, "hole")
    assert page.answer == "Nobody was heard in one of two strata: 50.0\u00a0% of customers' value."
    assert page.sub.endswith("Without a voice: prospective customers.")
    assert page.coverage.share_heard == pytest.approx(1 / 16)
    assert page.reaching_answer == "4 still to be heard; no interviews are under way."


def test_a_stratum_that_the_plan_did_not_know_is_shown(program: SmallProgram) -> None:
    wave = planned(current=4)
    wave.plan.targets.filter(lifecycle="prospective").delete()

    assert [(each.cell[0], each.target) for each in shown(wave).coverage.strata] == [
        ("current", 4),
        ("prospective", 0),
    ]


def test_rows_and_columns_add_up_to_the_whole(program: SmallProgram) -> None:
    wave = planned("region", "size_band", current=4, prospective=1)
    InterviewFactory(round=wave, contact=program.customers[0].contacts.get(), completed=True)
    matrix = shown(wave).matrix

    assert matrix.groups == [("current customers", 1), ("prospective customers", 1)]
    assert matrix.heads == ["not known", "not known"]
    assert [row.label for row in matrix.rows] == ["Northern Europe", "Western Europe"]
    assert [[cell.filled.value for cell in row.cells] for row in matrix.rows] == [["none", "hole"], ["started", "none"]]
    assert (
        sum(row.total.done for row in matrix.rows) == sum(cell.done for cell in matrix.totals) == matrix.whole.done == 1
    )


# ---- Who to ask next


def test_a_hole_is_asked_first_and_the_reason_is_said(program: SmallProgram) -> None:
    page = shown(planned(current=4, prospective=1))

    first, second, *others = page.lines
    assert first.proposal.candidate.contact == "Ingrid Dahl"
    assert first.reason.startswith("The stratum has no voice in this round; never heard; narrows ")
    assert second.reason.startswith("The stratum has no voice in this round; last heard 13 months ago; ")
    falls = [line.proposal.fall for line in page.lines]
    assert falls == sorted(falls, reverse=True)
    assert len(others) == 5
    assert page.proposals.width_after == pytest.approx(page.proposals.width_before - sum(falls))


def test_a_round_about_products_asks_only_whose_register_entry_belongs_to_them(program: SmallProgram) -> None:
    wave, new = planned(current=4, prospective=1), ProductFactory(name="Brand-new")
    wave.products.set([new])
    assert proposed(wave)  # nobody's use is recorded: everybody belongs to it
    current, other, ended = program.customers[:3]
    prospect = Contact.objects.get(name="Ingrid Dahl").customer
    old = CustomerFactory(lifecycle="past", merged_into=None)
    ContactFactory(customer=old, name="Of the past", consent_on=LONG_AGO)
    for customer, kind, until in (
        (current, "used", None), (other, "considered", None), (ended, "used", TODAY - timedelta(days=1)),
        (prospect, "considered", None), (old, "used", TODAY - timedelta(days=300)),
    ):  # fmt: skip
        ProductUse.objects.create(customer=customer, product=new, kind=kind, until_on=until)
    count_again()

    assert set(proposed(wave)) == {current.contacts.get().name, "Ingrid Dahl", "Of the past"}


def test_a_round_about_products_asks_for_the_sake_of_their_requirements(program: SmallProgram) -> None:
    wave, new = planned(current=4, prospective=1), ProductFactory(name="Brand-new")
    wave.products.set([new])
    without = shown(wave).lines
    RequirementFactory(reference="R-90", products=[new])

    assert without
    assert not any("narrows" in line.reason for line in without)
    assert {line.proposal.most_for.reference for line in shown(wave).lines if line.proposal.most_for} == {"R-90"}


def test_the_same_input_gives_the_same_list(program: SmallProgram) -> None:
    wave = planned(current=4, prospective=1)

    assert proposed(wave) == proposed(wave)


@pytest.mark.parametrize(
    "change",
    [{"is_opted_out": True}, {"consent_on": None}, {"is_active": False}],
    ids=["opted out", "no consent", "gone"],
)
def test_who_may_not_be_asked_is_not_proposed(program: SmallProgram, change: dict[str, Any]) -> None:
    Contact.objects.filter(name="Ingrid Dahl").update(**change)

    assert "Ingrid Dahl" not in proposed(planned(current=4, prospective=1))


@pytest.mark.parametrize(("days", "is_proposed"), [(89, False), (90, True)])
def test_nobody_is_asked_again_within_the_limit(program: SmallProgram, days: int, is_proposed: bool) -> None:
    contact = Contact.objects.get(name="Ingrid Dahl")
    InterviewFactory(contact=contact, state="declined", held_on=TODAY - timedelta(days=days))
    wave = planned(current=4, prospective=1)

    assert ("Ingrid Dahl" in proposed(wave)) is is_proposed
    assert shown(wave).left.asked_lately == (0 if is_proposed else 1)


def test_a_colleague_of_whoever_is_asked_narrows_nothing_more(program: SmallProgram) -> None:
    prospect = Contact.objects.get(name="Ingrid Dahl").customer
    ContactFactory(customer=prospect, name="Jens Dahl", consent_on=LONG_AGO)

    names = proposed(planned(current=4, prospective=1))

    assert "Ingrid Dahl" in names
    assert "Jens Dahl" not in names


def test_everybody_who_may_be_asked_is_reached_however_many_strata_there_are(program: SmallProgram) -> None:
    heavy = ValueBand.objects.create(name="Heavy", weight=1000)
    for industry in "ABCDEFGHIJKLMNOPQRST":
        customer = CustomerFactory(lifecycle=Lifecycle.PAST, industry=industry, value_band=heavy)
        ContactFactory(customer=customer, name=f"Of {industry}", consent_on=LONG_AGO if industry == "T" else None)
    count_again()

    assert "Of T" in proposed(planned("industry", current=4, prospective=1))


@pytest.mark.once
def test_a_large_register_is_looked_through_in_parts_and_gives_the_same_list(
    program: SmallProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    bands = [None, *(ValueBand.objects.create(name=f"Of {weight}", weight=weight) for weight in (40, 100, 700))]
    for number in range(24):
        heard = None if number % 3 else TODAY - timedelta(days=100 + 30 * (number % 5))
        customer = CustomerFactory(lifecycle=Lifecycle.PAST, value_band=bands[number % 4], last_heard_on=heard)
        ContactFactory(customer=customer, name=f"Of {number}", consent_on=None if number % 7 == 1 else LONG_AGO)
    cells = [(lifecycle, ANY, ANY, ANY) for lifecycle in ("past", "current", "prospective")]
    monkeypatch.setattr(progress, "STEPS", (0, 2, 4, 8))

    def found(customers: int) -> list[str]:
        asked = progress.best_candidates(
            cells, divided_by=["lifecycle"], most=6, as_of=TODAY, ask_again_days=90, customers=customers
        )
        return [each.contact for each in asked if each.segment[0] == "past"]

    in_parts, whole = found(progress.SORTED_WHOLE + 1), found(1)
    assert len(in_parts) >= 6
    # Both may look a little further than asked, each by its own steps.
    assert in_parts[:6] == whole[:6]


def test_voices_say_what_the_segments_of_the_board_say(program: SmallProgram) -> None:
    board = read_board(scope=Scope(lifecycle="current", dimension="region", value=WEST))
    said = {each.requirement_id: each for each in voices(divided_by=["lifecycle", "region"])}

    for row in board.requirements:
        assert row.score is not None
        voice = said[row.requirement_id]
        assert voice.segment == ("current", WEST)
        assert voice.gap == pytest.approx(row.score.gap)
        assert voice.n_eff == pytest.approx(row.score.n_eff)
    assert len(said) == len(board.requirements)


# ---- The plan


def rule(**others: object) -> dict[str, object]:
    usual = {"divided_by": ["lifecycle"], "interviews": 5, "method": "proportional", "exponent": "0.5", "minimum": 1}
    return usual | others


def targets(current: object, prospective: object) -> dict[str, object]:
    return {"target-current|*|*|*": current, "target-prospective|*|*|*": prospective}


def test_a_rule_is_worked_out_before_anything_is_kept(program: SmallProgram) -> None:
    wave = RoundFactory()
    client = signed_in("specialist")

    page = client.get(reverse("round_plan", args=[wave.pk]), rule())

    assert page.context["page"].wanted == [4, 1]
    assert not SamplingPlan.objects.exists()


def test_saved_targets_are_those_that_were_typed(program: SmallProgram) -> None:
    wave = RoundFactory()
    client = signed_in("specialist")

    answer = client.post(reverse("round_plan", args=[wave.pk]), rule(method="neyman") | targets(3, 1))

    assert answer.url == reverse("round_coverage", args=[wave.pk])
    plan = SamplingPlan.objects.get(round=wave)
    assert (plan.method, plan.divided_by, plan.minimum) == ("neyman", ("lifecycle",), 1)
    kept = plan.targets.values_list("lifecycle", "region", "population", "target")
    assert list(kept) == [("current", "*", 8, 3), ("prospective", "*", 1, 1)]
    assert client.get(reverse("round_plan", args=[wave.pk])).context["page"].wanted == [3, 1]


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        (rule(interviews=1, minimum=1), "2 strata with at least 1 each need 2"),
        (rule(interviews=10), "The register has 9 customers for this round"),
        (rule(divided_by=[]), "This field is required"),
        (rule(exponent="1.5"), "less than or equal to 1"),
    ],
)
def test_a_rule_that_cannot_be_followed_names_the_way_out(
    program: SmallProgram,
    sent: dict[str, object],
    message: str,
) -> None:
    wave = RoundFactory()

    page = signed_in("specialist").get(reverse("round_plan", args=[wave.pk]), sent)

    assert message in page.text


@pytest.mark.parametrize("wrong", ["9", "-1", "", "many"])
def test_a_target_that_is_no_target_is_refused_and_the_others_are_kept(program: SmallProgram, wrong: str) -> None:
    wave = RoundFactory()

    answer = signed_in("specialist").post(reverse("round_plan", args=[wave.pk]), rule() | targets(wrong, 1))

    assert answer.status_code == 422
    assert "current customers" in answer.text
    assert not SamplingPlan.objects.exists()


def test_a_plan_that_asks_nobody_is_refused(program: SmallProgram) -> None:
    wave = RoundFactory()

    answer = signed_in("specialist").post(reverse("round_plan", args=[wave.pk]), rule() | targets(0, 0))

    assert answer.status_code == 422
    assert "A plan asks somebody" in answer.text


def test_the_standing_round_has_no_plan(program: SmallProgram) -> None:
    standing = RoundFactory(is_standing=True)

    assert signed_in("specialist").get(reverse("round_plan", args=[standing.pk])).status_code == 404
    with pytest.raises(ValidationError, match="standing round"):
        plan_round(round=standing, divided_by=[], method="power", exponent=Decimal(1), minimum=2, targets=[], now=NOON)


def test_dropping_a_plan_keeps_the_round_and_its_interviews(program: SmallProgram) -> None:
    wave = planned(current=4, prospective=1)
    InterviewFactory(round=wave, contact=program.customers[0].contacts.get())
    client = signed_in("specialist")

    answer = client.post(reverse("round_plan_delete", args=[wave.pk]))

    assert answer.status_code == 302
    assert Interview.objects.filter(round=wave).count() == 1
    assert client.get(reverse("round_coverage", args=[wave.pk])).status_code == 404


# ---- The pages


def test_without_a_plan_the_page_offers_one(noon: Any) -> None:
    client = signed_in("specialist")
    assert "Add the first round" in client.get(reverse("coverage")).text

    wave = RoundFactory(name="Autumn", starts_on=date(2026, 4, 1))

    assert reverse("round_plan", args=[wave.pk]) in client.get(reverse("coverage")).text


def test_coverage_keeps_to_its_queries_and_those_of_a_board_read_anew(
    program: SmallProgram,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    wave = planned(current=4, prospective=1)
    client: Client = signed_in("specialist")
    client.get(reverse("round_coverage", args=[wave.pk]))

    with django_assert_max_num_queries(41):
        client.get(reverse("round_coverage", args=[wave.pk]))


# ---- The API


def test_a_plan_by_the_api_is_the_one_of_the_page(program: SmallProgram) -> None:
    client, wave = caller("specialist"), RoundFactory()
    sent = {"round": wave.pk, "by_lifecycle": True, "interviews": 5, "method": "proportional", "minimum": 1}

    made = client.post("/api/v1/sampling-plans/", sent, content_type="application/json")

    assert made.status_code == 201, made.content
    assert [
        (each["lifecycle"], each["region"], each["population"], each["target"]) for each in made.json()["targets"]
    ] == [
        ("current", "*", 8, 4),
        ("prospective", "*", 1, 1),
    ]
    again = client.post("/api/v1/sampling-plans/", sent, content_type="application/json")
    assert again.json()["errors"][0]["pointer"] == "#/round"
    page = shown(Round.objects.get(pk=wave.pk))
    found = client.get(f"/api/v1/sampling-plans/{made.json()['id']}/coverage/").json()
    assert [each["filled"] for each in found["strata"]] == ["hole", "hole"]
    assert [(each["contact"], each["fall"]) for each in found["next"]] == [
        (line.proposal.candidate.contact_id, line.proposal.fall) for line in page.lines
    ]
    assert differences(client.get(f"/api/v1/sampling-plans/{made.json()['id']}/coverage/"), COVERAGE) == []
    assert "Ingrid" not in str(found)


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"interviews": 100}, "#/interviews"),
        ({"by_lifecycle": False}, "#/by_lifecycle"),
        ({"exponent": "2"}, "#/exponent"),
    ],
)
def test_a_rule_that_cannot_be_followed_points_to_its_field(
    program: SmallProgram, wrong: dict[str, object], pointer: str
) -> None:
    client = caller("specialist")
    sent = {"round": RoundFactory().pk, "by_lifecycle": True, "interviews": 5} | wrong

    answer = client.post("/api/v1/sampling-plans/", sent, content_type="application/json")

    assert answer.status_code in {400, 422}, answer.content
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert not SamplingPlan.objects.exists()
