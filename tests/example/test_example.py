"""The example program: what is in it, and that it can go again. It is loaded once for all tests of this file."""

import csv
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import User
from customers.models import Customer, ValueBand
from dashboard.example import FOLDER, load_example
from dashboard.services import remove_example
from functions.models import Function, Membership, Program, SupplyLink
from gap_scores.models import FunctionScore, MeasuredLevel, RequirementScore
from gap_scores.selectors import customer_gaps, kept_days
from gap_scores.services import drain_all
from improvements.action_models import Action, StageChange
from improvements.action_selectors import with_repeats
from improvements.belief_models import BeliefAsking
from improvements.belief_selectors import by_role
from improvements.file_models import ActionFile
from improvements.initiative_models import Initiative
from improvements.loop_selectors import strip_of
from improvements.matching import match_page
from improvements.publications import items_of, the_public_one
from improvements.realised import checkpoints_of
from improvements.realised_words import level_says
from improvements.report_models import Report
from improvements.reports import article_of
from improvements.review_models import Review
from improvements.reviews import actions_of_decisions
from improvements.scenario_models import Scenario
from improvements.standing import ambassadors, standings
from interviews.imports import import_interviews
from interviews.models import Answer, Interview, Part
from jobs.models import Marker, OutboxMessage
from metrics.models import Measurement, Metric, MetricLink
from requirements_catalog.models import Attribute, RatingScale, Requirement
from tests.conftest import NOON
from tests.example.held import counts, headline, overall

# That the example loads on PostgreSQL, too, is for test_loading.py to say.
pytestmark = [pytest.mark.django_db, pytest.mark.once]

OWN_GAPS = {
    "Equipment": "38.696538",
    "Technical support": "34.345036",
    "Training": "19.338453",
    "Supplies": "55.506911",
    "Web site": "46.017580",
    "Administration": "45.550879",
    "Terms and prices": "54.693348",
    "Sales": "46.866446",
    "Case studies": "no data",
}
OVERALL = "43.515786"


@pytest.fixture(scope="module", autouse=True)
def _example(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Load and score the example in a transaction around all tests of this file."""
    with django_db_blocker.unblock(), time_machine.travel(NOON, tick=False), transaction.atomic():
        load_example(now=NOON)
        drain_all(as_of=NOON)
        yield
        transaction.set_rollback(True)


def test_the_example_holds_the_survey_and_what_is_written_around_it():
    assert Program.objects.values_list("name", "is_example").get() == ("ABC quality program", True)
    assert counts() == {
        "function": 9, "supplylink": 12, "customer": 239, "interview": 275, "answer": 11_554, "verbatim": 69,
        "coding": 71, "requirement": 49, "metric": 20, "measurement": 1_617,
    }  # fmt: skip


def test_what_the_survey_says_is_what_is_stored():
    answer = Answer.objects.get(interview__external_id="2", requirement__reference="R-22")
    assert (answer.perceived_rating, answer.rating_scale.name, answer.perception_state) == (3, "1 to 5", Part.KNOWN)
    assert answer.importance_state == Part.NOT_ASKED
    none = Answer.objects.get(interview__external_id="1", requirement__reference="R-10")
    assert none.perception_state == Part.NOT_APPLICABLE
    assert Interview.objects.get(external_id="1").country == "NL"


def test_actions_stand_where_the_evidence_puts_them():
    stages = dict(Action.objects.values_list("title", "stage"))
    assert stages == {
        "An engineer calls back, not the desk": "effective",
        "Explain each position of the invoice": "not_effective",
        "Pick by scanner in the spare parts store": "reopened",
        "Tell customers before a delivery is late": "draft",
        "Answer enquiries in the order in which they come": "analysis",
        "Agree on a response time for stoppages at night with every customer who runs three shifts.": "draft",
    }
    changes = StageChange.objects.filter(action__title__startswith="Pick").order_by("changed_at", "pk")
    assert [change.after for change in changes] == [
        "draft", "analysis", "plan", "in_progress", "verifying", "effective", "reopened",
    ]  # fmt: skip
    assert list(with_repeats(Action.objects.all()).filter(is_repeat=True).values_list("title", flat=True)) == [
        "Tell customers before a delivery is late"
    ]


def test_one_action_has_a_file_and_one_customer_and_one_round_a_report():
    file = ActionFile.objects.get()
    assert (file.name, file.kind, file.action.title) == (
        "Who is on call.csv",
        "csv",
        "An engineer calls back, not the desk",
    )
    texts = {report.kind: article_of(report) for report in Report.objects.filter(kind__in=["customer", "round"])}
    assert "Aalders Drukwerk is not fully served in" in texts["customer"]
    assert "heard for the first time" in texts["round"]


def test_those_who_replied_about_the_first_action_were_told_before():
    action = Action.objects.get(title__startswith="An engineer")
    strip = strip_of(action, today=NOON.date())
    assert (strip.told, strip.confirmed, strip.denied) == (4, 3, 1)
    assert [item.action for item in items_of(the_public_one())] == [action]
    assert set(OutboxMessage.objects.filter(purpose="loop").values_list("state", flat=True)) == {"sent"}


def test_the_review_of_the_newest_month_end_is_closed_with_two_decisions_and_an_action_of_one():
    review = Review.objects.get()
    assert (review.state, review.snapshot.as_of) == ("closed", kept_days()[0])
    decisions = list(review.decisions.order_by("pk"))
    assert [decision.kind for decision in decisions] == ["improvement", "resources"]
    assert list(actions_of_decisions([decision.pk for decision in decisions])) == [decisions[0].pk]
    assert "The second visit pays for itself; the panel stays refused." in article_of(review.report)


def test_the_scenario_moves_two_levels_and_a_link_for_the_better():
    scenario = Scenario.objects.get()

    assert [(move["name"], move["was"], move["then"]) for move in scenario.moves] == [
        ("Time to resolve a stoppage, P95", "21 h", "12 h"),
        ("Order lines on the promised day", "91.41 %", "95 %"),
        ("Web site → Supplies", "0.5: half", "0.25: little"),
    ]
    assert f"{scenario.believed['now']:.6f}" == OVERALL
    assert scenario.believed["then"] < scenario.believed["now"]


def test_an_initiative_is_in_force_and_its_level_came_true_within_its_range():
    initiative = Initiative.objects.get(delivered_on__isnull=False)
    first = checkpoints_of([initiative], today=NOON.date())[initiative.pk][0]
    assert (first.is_passed, [level_says(level) for level in first.levels]) == (True, ["within its range"])
    assert first.realised.points == first.predicted.points > 0.1


def test_what_four_heads_believed_is_shown_by_role_and_what_two_said_is_not():
    (heads,) = by_role(BeliefAsking.objects.get())
    gaps = {line.requirement.reference: (line.gap is None, line.gap_n) for line in heads.lines}
    assert (heads.n, gaps["R-22"], gaps["R-28"]) == (4, (False, 4), (True, 0))


def test_heads_cannot_sign_in_until_somebody_sets_a_password():
    heads = Membership.objects.filter(role="head").select_related("user")
    assert [str(head.user) for head in heads][:2] == ["Jonas Keller", "Marta Lindqvist"]
    assert not any(head.user.has_usable_password() for head in heads)


def test_every_metric_says_where_its_figures_come_from():
    notes = dict(Metric.objects.values_list("name", "note"))
    assert all(notes.values())
    assert notes["Component insertion failures"].startswith("Real figures of another company")
    assert {notes[name] for name in ("Invoices sent late", "Web site available")} == {
        "Figures written by hand for the example."
    }


def test_one_function_has_no_answers_and_one_link_is_unset():
    assert FunctionScore.objects.get(function_id=Function.objects.get(name="Case studies").pk).own is None
    assert SupplyLink.objects.filter(strength=None).count() == 1


def test_a_metric_is_on_target_while_customers_do_not_feel_it():
    requirement = Requirement.objects.get(reference="R-22")
    link = MetricLink.objects.get(requirement=requirement, role="measures")
    level = MeasuredLevel.objects.get(requirement_id=requirement.pk)
    assert level.m * requirement.current_scale.resolution == Decimal("21.0")
    assert link.metric.target == 24
    assert RequirementScore.objects.get(pk=requirement.pk).gap > 50


def test_the_measured_levels_of_the_real_figures_are_theirs():
    levels = {
        reference: MeasuredLevel.objects.get(requirement_id=Requirement.objects.get(reference=reference).pk)
        for reference in ("R-08", "R-35")
    }
    # 191 failures in 1,056,764 insertions, in tens of a million; 167 of 3,100 circuits, in half per cent.
    assert (levels["R-08"].m, levels["R-08"].n) == (18, 1_056_764)
    assert (levels["R-35"].m, levels["R-35"].n) == (11, 3_100)


def test_how_the_ambassadors_stand_follows_from_the_evidence():
    as_of = NOON.date()
    found = {each.customer.name: each for each in standings(ambassadors(), as_of=as_of)}
    assert {name: each.state for name, each in found.items()} == {
        "Lucentini Stampa": "ready", "Zellweger Verpackung": "ready", "Pallas Verpackung": "resting",
        "Galil Packaging": "suspended", "Bassani Imballaggi": "suspended", "Hermonit Labels": "not_earned",
    }  # fmt: skip
    assert found["Galil Packaging"].why == "severe gap until R-51 is met or felt"
    for each in found.values():
        told = [gap.entry for gap in customer_gaps(customer_id=each.customer.pk)]
        assert sorted((need.requirement, need.met, need.felt, need.importance) for need in each.needs) == sorted(
            (gap.requirement_id, gap.entry.met, gap.entry.felt, gap.entry.importance)
            for gap in customer_gaps(customer_id=each.customer.pk)
        )
        assert each.served.met == sum(entry.met is True for entry in told)
    page = match_page(prospect=Customer.objects.get(name="Pratolini Imballaggi"), as_of=as_of)
    best = page.lines[0]
    assert (best.standing.customer.name, best.alike) == (
        "Lucentini Stampa", ("same industry", "same region", "same size"),
    )  # fmt: skip
    assert (round(best.match.share or 0), len(best.match.met), best.match.asked) == (78, 30, 39)


def test_the_headline_is_held():
    assert headline() == OWN_GAPS
    assert overall() == OVERALL


def test_the_gap_of_a_requirement_is_what_the_files_give_by_hand():
    """R-63 has no scale: felt alone, weighed by value band, importance and freshness, colleagues sharing."""
    survey, people = (
        {row["ID"]: row for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines())}
        for path in (FOLDER / "data" / "abc_b2b_satisfaction.csv", FOLDER / "by_hand" / "respondents.csv")
    )
    heard = [
        each
        for each in people
        if people[each]["lifecycle"] == "current" and survey[each]["q63"] in set("12345") and survey[each]["qi63"]
    ]
    colleagues = Counter(people[each]["firm"] for each in heard)
    weights = {
        each: dict(ValueBand.objects.values_list("name", "weight"))[people[each]["value_band"]]
        / colleagues[people[each]["firm"]]
        * int(survey[each]["qi63"])
        * 0.5 ** (months_old(people[each]["held_on"]) / 12)
        for each in heard
    }
    felt = sum(weights[each] for each in heard if int(survey[each]["q63"]) >= 4)
    gap = RequirementScore.objects.get(pk=Requirement.objects.get(reference="R-63").pk).gap
    assert gap == pytest.approx(100 * (1 - felt / sum(weights.values())), abs=1e-4)


def months_old(held_on: str) -> int:
    """Return the age on NOON, in March: the files end in January, the example one month later."""
    return (2026 * 12 + 2) - (int(held_on[:4]) * 12 + int(held_on[5:7]))


def test_the_trial_that_docs_importing_shows_finds_every_interview(tmp_path):
    mapping = (FOLDER / "abc.toml").read_text(encoding="utf-8")
    mapping = mapping.replace("ABC survey", "ABC trial").replace('"firm"', '{template = "trial {firm}"}')
    trial = tmp_path / "trial.toml"
    trial.write_text(mapping.replace("by_hand/", f"{FOLDER}/by_hand/"), encoding="utf-8")
    survey = FOLDER / "data" / "abc_b2b_satisfaction.csv"
    report = import_interviews(path=survey, mapping_path=trial, dry_run=True, now=NOON)
    assert (report.created["interviews"], report.created["answers"], report.errors) == (266, 11_541, [])


# ---- In and out again


def test_loading_twice_changes_nothing():
    before = counts()
    assert load_example(now=NOON) is None
    assert counts() == before
    assert not Marker.objects.exists()


def test_removing_the_example_leaves_an_empty_program_and_the_reference_tables():
    administrator = User.objects.create_user("administrator")
    Membership.objects.create(user=administrator, role="administrator")

    remove_example()

    kept = {"attribute", "ratingscale", "user", "membership", "job"}
    rooms = (
        "functions",
        "requirements_catalog",
        "customers",
        "interviews",
        "metrics",
        "gap_scores",
        "notices",
        "improvements",
        "jobs",
    )
    left = {
        model._meta.model_name: model._base_manager.count()
        for room in rooms
        for model in apps.get_app_config(room).get_models()
        if model._meta.model_name not in kept and model._base_manager.exists()
    }
    assert left == {}
    assert (Attribute.objects.count(), RatingScale.objects.count()) == (6, 5)
    assert list(User.objects.values_list("username", flat=True)) == ["administrator"]
    assert Membership.objects.get().role == "administrator"


def test_a_corrected_measurement_and_merged_records_do_not_keep_the_example():
    first, second = Customer.objects.order_by("pk")[:2]
    Customer.objects.filter(pk=second.pk).update(merged_into=first)
    old, new = Measurement.objects.order_by("pk")[:2]
    Measurement.objects.filter(pk=new.pk).update(supersedes=old)
    remove_example()
    assert not Program.objects.exists()


def test_only_the_example_can_be_removed():
    Program.objects.update(is_example=False)
    before = counts()
    with pytest.raises(ValidationError, match="not the example"):
        remove_example()
    assert counts() == before
