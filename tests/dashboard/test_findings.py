"""Findings: what stands, who sees it, and what is put aside until a day."""

from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from dashboard.findings import all_findings
from functions.models import Function, Membership
from improvements.findings import put_aside
from improvements.models import FindingAside
from metrics.models import Measurement, MetricLink
from metrics.services import create_metric
from requirements_catalog.services import update_requirement
from tests.conftest import NOON
from tests.dashboard.program import TODAY, SmallProgram, felt_answer, grow, hear, recompute, small_program
from tests.factories.accounts import UserFactory
from tests.factories.actions import ActionFactory
from tests.factories.functions import FunctionFactory, MembershipFactory
from tests.factories.metrics import MetricFactory, MetricLinkFactory
from tests.factories.people import person_of, signed_in
from tests.factories.requirements_catalog import RequirementFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


@pytest.fixture
def program() -> SmallProgram:
    made = small_program()
    for function in Function.objects.all():
        MembershipFactory(role="head", function=function)
    return made


def found(kind: str, days_later: int = 0) -> list[tuple[str, str, str]]:
    findings = all_findings(today=TODAY + timedelta(days=days_later))
    return [(each.about, each.severity.word, each.said) for each in findings if each.kind == kind]


def test_a_target_that_serves_too_few_customers_is_severe(program: SmallProgram) -> None:
    about = f"{program.repairs.reference} {program.repairs.statement}"
    assert found("looser") == [
        (about, "severe", "Our target of 24\u00a0h serves 38\u00a0% of customers; 4\u00a0h serves 80\u00a0%.")
    ]
    program.metric.target = 2
    program.metric.save()
    assert found("looser") == []


def test_a_metric_on_target_that_more_than_half_do_not_feel_is_a_watermelon(program: SmallProgram) -> None:
    assert found("watermelon") == []
    person = program.customers[2].contacts.get()

    hear(person, [felt_answer(program.repairs, program.product, program.scale, felt=False, level=8)])
    recompute()

    ((_about, severity, said),) = found("watermelon")
    assert (severity, said.split(":")[0]) == ("severe", "On target and not felt")


def test_a_metric_is_late_from_its_grace_on_and_gravely_after_three_rhythms(program: SmallProgram) -> None:
    newest = Measurement.objects.latest("period_end").period_end
    rhythm, grace = program.metric.cadence_days, program.metric.grace_days
    due = (newest - TODAY).days + rhythm + grace

    assert found("late", due) == []
    assert found("late", due + 1) == [("Time to resolve", "notable", "Its measurement is 1 day late.")]
    assert found("late", due + 3 * rhythm + 1)[0][1] == "severe"


def test_a_late_metric_leads_to_where_it_can_be_mended(program: SmallProgram) -> None:
    own = {"name": "Twice", "function": program.support, "kind": "derived", "unit": "hours", "direction": "lower"}
    program.metric.short_name = "resolve"
    program.metric.save()
    twice, none = (
        create_metric(**own | {"name": each, "formula": formula})
        for each, formula in (("Twice", "resolve * 2"), ("None", "resolve / (resolve - resolve) * resolve"))
    )

    late = {each.about: each for each in all_findings(today=TODAY + timedelta(days=400)) if each.kind == "late"}

    assert late[program.metric.name].url == reverse("measurement_create", args=[program.metric.pk])
    assert {each.name: late[each.name].url for each in (twice, none)} == {
        each.name: reverse("metric_detail", args=[each.pk]) for each in (twice, none)
    }
    assert late["None"].said == "It has no value yet."


def test_what_nobody_looks_after_is_found(program: SmallProgram) -> None:
    idle = MetricFactory(name="Calls answered", function=program.support)
    RequirementFactory(reference="R-90", statement="Papers are current", owner=program.support, scale={})
    update_requirement(requirement=program.repairs, changes={"statement": "A stoppage is resolved by night"})
    program.case_studies.memberships.all().delete()
    recompute()

    kinds = {each.kind: each.about for each in all_findings(today=TODAY)}

    assert kinds == kinds | {
        "idle": idle.name, "late": idle.name, "unheard": "R-90 Papers are current",
        "unmeasured": "R-90 Papers are current", "headless": "Case studies",
        "suspect": f"{program.repairs.reference} A stoppage is resolved by night",
        "coder": "Words",
    }  # fmt: skip


def test_a_severe_gap_without_an_action_and_an_action_left_alone_are_found(program: SmallProgram) -> None:
    about = f"{program.repairs.reference} {program.repairs.statement}"
    assert about in [each[0] for each in found("unacted")]

    ActionFactory(about=[program.repairs], title="Second van", due_on=TODAY - timedelta(days=3))
    ActionFactory(title="Quiet one", created_at=NOON - timedelta(days=31))

    assert about not in [each[0] for each in found("unacted")]
    assert found("overdue") == [("Second van", "notable", "It is overdue by 3 days.")]
    assert found("overdue", days_later=40)[0][1] == "severe"
    assert found("still") == [("Quiet one", "notable", "Nothing has moved on it for 31 days.")]


def test_a_finding_that_is_put_aside_stands_again_on_its_day(program: SmallProgram) -> None:
    client, key = signed_in("specialist"), f"looser:{program.repairs.pk}"
    page = reverse("finding_aside", args=[key])

    refused = client.post(page, {"reason": "", "until_on": TODAY.isoformat()})
    kept = client.post(page, {"reason": "The press hall moves", "until_on": (TODAY + timedelta(days=1)).isoformat()})
    listed = client.get(reverse("finding_list"))

    assert (refused.status_code, set(refused.context["form"].errors)) == (422, {"reason"})
    assert (kept.status_code, kept.url) == (302, reverse("finding_list"))
    assert key not in [each.key for each in listed.context["list"].rows]
    assert [each.key for each in client.get(reverse("finding_list") + "?state=aside").context["list"].rows] == [key]

    FindingAside.objects.update(until_on=TODAY)
    assert key in [each.key for each in client.get(reverse("finding_list")).context["list"].rows]

    client.post(reverse("finding_back", args=[key]))
    assert not FindingAside.objects.exists()


@pytest.mark.parametrize("days", [0, 367])
def test_it_is_put_aside_for_a_day_to_a_year(days: int) -> None:
    with pytest.raises(ValidationError) as error:
        put_aside(
            key="late:1", reason="Later", until_on=TODAY + timedelta(days=days), put_by=UserFactory(),
            put_by_name="Ines", today=TODAY,
        )  # fmt: skip

    assert set(error.value.message_dict) == {"until_on"}
    assert not FindingAside.objects.exists()


def test_heads_see_what_is_of_their_functions(program: SmallProgram) -> None:
    MetricFactory(name="Parts sent", function=program.supplies)
    head = signed_in("deputy", function=program.supplies)

    listed = head.get(reverse("finding_list"))

    assert {each.function for each in listed.context["list"].rows} == {"Supplies"}
    assert "Put aside" not in listed.content.decode()
    assert head.get(reverse("finding_aside", args=[f"looser:{program.repairs.pk}"])).status_code == 404


def test_a_head_learns_nothing_of_what_so_few_said(program: SmallProgram) -> None:
    rare = program.hear_rarely()
    head = signed_in("head", function=FunctionFactory())
    person = person_of(head)
    Membership.objects.filter(user=person).delete()
    Membership.objects.filter(function=program.supplies).delete()
    MembershipFactory(user=person, role="head", function=program.supplies)
    link = MetricLinkFactory(
        metric__function=program.supplies, requirement=rare, product=program.product, role="supports"
    )
    MetricLink.objects.filter(pk=link.pk).update(requirement_version=0)

    (told,) = [each for each in head.get(reverse("finding_list")).context["list"].rows if each.kind == "suspect"]

    assert (told.about.endswith(rare.statement), told.points, told.since) == (True, None, None)


def test_the_page_takes_no_more_queries_for_more_rows(program: SmallProgram) -> None:
    client = signed_in("specialist")

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            client.get(reverse("finding_list"))
        return len(seen)

    queries()
    before = queries()
    grow(program)
    MetricFactory(function=program.supplies)

    assert queries() == before
    assert before <= 62


def test_the_title_of_an_action_from_a_finding_holds_no_figure(program: SmallProgram) -> None:
    (finding,) = [each for each in all_findings(today=TODAY) if each.kind == "looser"]
    asked = parse_qs(urlsplit(finding.act_url).query)
    of_few = parse_qs(urlsplit(replace(finding, is_of_few=True).act_url).query)

    form = signed_in("specialist").get(finding.act_url).context["form"]

    assert asked["title"] == [f"{finding.about}: target looser than customers"]
    assert (form.initial["title"], form.initial["problem"]) == (asked["title"][0], finding.said.replace("\u00a0", " "))
    assert (of_few["title"], "problem" in of_few) == ([finding.about], False)
