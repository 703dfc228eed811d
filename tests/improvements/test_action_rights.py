"""What of an action each may read and change, and that its evidence is told right."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from functions.models import Program
from improvements import actions as services
from improvements import tasks
from improvements.action_effect import effect_of, level_words
from improvements.action_models import Action, ActionComment, StageChange
from improvements.reminders import remind
from interviews.coding import code_verbatim
from interviews.second_reading import draw_sample
from jobs.models import OutboxMessage
from metrics.models import Metric
from scoring.effect import Moved
from tests.conftest import NOON
from tests.factories.accounts import UserFactory
from tests.factories.actions import ActionFactory
from tests.factories.functions import FunctionFactory, MembershipFactory
from tests.factories.interviews import InterviewFactory, VerbatimFactory
from tests.factories.metrics import MeasurementFactory
from tests.factories.people import person_of, signed_in
from tests.factories.requirements_catalog import RequirementFactory
from tests.improvements.test_actions import DONE_ON, TODAY, WHO, daily, done, measured, raiser, says
from tests.improvements.test_actions_api import ACTIONS, caller

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


@pytest.fixture(autouse=True)
def program():
    return Program.objects.create(name="ABC")


def shown(client, action: Action) -> str:
    return client.get(reverse("action_detail", args=[action.pk])).content.decode()


# ---- Who reads and changes what


def test_an_action_begins_where_words_are_read_and_carries_none_of_them():
    requirement = RequirementFactory(reference="R-7")
    head = signed_in("head", function=requirement.owner)
    words = VerbatimFactory(
        interview=InterviewFactory(interviewer=person_of(head), state="completed", completed_at=NOON),
        text="The courier was rude to me",
    )
    for about in (requirement, RequirementFactory()):
        code_verbatim(verbatim=words, requirement=about, coder_name="Ines", start=0, end=6)
    link = f"{reverse('action_create')}?verbatim={words.pk}"
    pages = {
        name: client.get(url).content.decode()
        for name, client, url in (
            ("specialist", signed_in("specialist"), reverse("interview_detail", args=[words.interview_id])),
            ("desk", signed_in("specialist"), f"{reverse('word_list')}?pile=all&v={words.pk}"),
            ("head", head, reverse("interview_detail", args=[words.interview_id])),
        )
    }

    form = head.get(link)

    assert [name for name, page in pages.items() if link in page] == list(pages)
    assert form.context["form"].initial["requirements"] == [requirement.pk]
    assert "rude" not in form.content.decode()
    assert signed_in("head", function=FunctionFactory()).get(link).status_code == 404


def test_who_recorded_words_as_a_viewer_is_offered_no_action():
    viewer = signed_in("viewer")
    interview = InterviewFactory(interviewer=person_of(viewer), state="completed", completed_at=NOON)
    VerbatimFactory(interview=interview)

    page = viewer.get(reverse("interview_detail", args=[interview.pk]))

    assert reverse("action_create") not in page.content.decode()


def test_who_is_to_read_words_blind_finds_no_code_in_the_form():
    words, requirement = VerbatimFactory(), RequirementFactory()
    first, second = (signed_in("specialist") for _person in range(2))
    code_verbatim(verbatim=words, requirement=requirement, coder=person_of(first), coder_name="Ines")
    draw_sample(coder=person_of(second), drawn_by_name="Ines", now=NOON, seed=1, size=30)

    form = second.get(reverse("action_create", query={"verbatim": words.pk})).context["form"]

    assert "requirements" not in form.initial


def test_a_head_who_is_a_viewer_besides_changes_no_foreign_action():
    person = MembershipFactory(function=FunctionFactory()).user
    client = caller(user=person, role="viewer")
    action = ActionFactory(title="Foreign")
    url = f"{ACTIONS}{action.pk}/"
    read = client.get(url)

    changed = client.patch(url, {"title": "Mine"}, format="json", HTTP_IF_MATCH=read.headers["ETag"])
    moved = client.post(f"{url}move/", {"stage": "cancelled", "why": "No"}, format="json")
    said = client.post("/api/v1/action-comments/", {"action": action.pk, "text": "Mine"}, format="json")

    assert [each.status_code for each in (read, changed, moved, said)] == [200, 404, 404, 400]
    action.refresh_from_db()
    assert (action.title, action.stage) == ("Foreign", "draft")


def test_an_owner_who_may_not_see_the_metric_changes_the_rest():
    metric = daily(name="Hours to come")
    measured(metric, [4, 6], [])
    owner = MembershipFactory(function=FunctionFactory()).user
    action = ActionFactory(owner=owner, metric=metric, expected_level=Decimal(4))
    client = signed_in("deputy", user=owner, function=FunctionFactory())
    machine = caller(user=owner, role="deputy", function=FunctionFactory())
    url = f"{ACTIONS}{action.pk}/"
    read = machine.get(url)

    page = client.get(reverse("action_update", args=[action.pk]))
    sent = {"title": "Second van", "kind": "pdca", "function": action.function_id, "owner": owner.pk}
    client.post(reverse("action_update", args=[action.pk]), sent | {"metric": "", "expected_level": "9"})
    tag = machine.get(url).headers["ETag"]
    refused = machine.patch(url, {"expected_level": 9}, format="json", HTTP_IF_MATCH=tag)

    assert "Hours to come" not in page.content.decode()
    assert {"metric", "expected_level"}.isdisjoint(page.context["form"].fields)
    action.refresh_from_db()
    assert (action.title, action.metric, action.expected_level) == ("Second van", metric, Decimal(4))
    assert (refused.status_code, "There is no such field here" in refused.content.decode()) == (400, True)
    assert (read.json()["metric"], read.json()["expected_level"]) == (None, None)


@pytest.mark.parametrize(
    ("replies", "words", "told", "whole"),
    [
        ([True], "Too few replied to tell.", "too_few", "too_few"),
        ([False, False], "Not confirmed by those who raised it.", "undecided", "no"),
        ([True, True], "Confirmed by those who raised it.", "yes", "yes"),
    ],
)
def test_of_few_replies_it_is_told_only_whether_they_confirm_it(replies, words, told, whole):
    requirement = RequirementFactory()
    people = [raiser(requirement) for _person in range(2)]
    action = done(requirement)
    for person, is_fixed in zip(people, replies, strict=False):
        says(action, person, is_fixed=is_fixed)
    viewer, specialist = (caller(role=role) for role in ("viewer", "specialist"))

    pages = [shown(signed_in(role, function=function), action) for role, function in (
        ("viewer", None), ("head", action.function),
    )]  # fmt: skip

    assert [words in page for page in pages] == [True, True]
    assert not any("of those who raised it replied" in page for page in pages)
    forms = [each.get(f"{ACTIONS}{action.pk}/effect/").json() for each in (viewer, specialist)]
    assert [(form["customers"], form["replies"]) for form in forms] == [(told, None), (whole, len(replies))]


def test_a_repeat_is_named_to_those_who_may_open_what_it_repeats():
    requirement = RequirementFactory()
    first = ActionFactory(about=[requirement], function=requirement.owner, title="Second van")
    StageChange.objects.create(action=first, before="verifying", after="effective", changed_at=NOON)
    owner = signed_in("head", function=FunctionFactory())
    again = ActionFactory(
        about=[requirement], function=requirement.owner, owner=person_of(owner), created_at=NOON + timedelta(days=300)
    )

    page = shown(owner, again)

    assert ("Second van" in page, "another action, which you may not open" in page) == (False, True)


def test_who_was_asked_twice_is_one_who_was_asked():
    requirement = RequirementFactory()
    person, action = raiser(requirement), done(requirement)
    for day in (DONE_ON, TODAY):
        services.ask_whether_fixed(action=action, contact=person, asked_on=day, by=None, by_name="Ines")

    assert "1 person raised it, 1 asked" in shown(signed_in("specialist"), action)


# ---- The evidence


def test_more_than_sixty_periods_on_a_side_stay_single_periods():
    metric, done_on = daily(), TODAY - timedelta(days=61)
    for offset, value in enumerate([9, 11] * 31 + [5] * 61):
        day = done_on + timedelta(days=offset - 62)
        MeasurementFactory(metric=metric, value=value, period_start=day, period_end=day)

    shift = effect_of(ActionFactory(metric=metric, stage="verifying", done_on=done_on), today=TODAY).shift

    assert (shift.before, shift.after, shift.centre, shift.moved) == (60, 61, 10.0, Moved.BETTER)


def test_the_page_does_not_contradict_the_stage():
    effective = ActionFactory(stage="effective", done_on=DONE_ON)
    reopened = ActionFactory(stage="reopened", done_on=DONE_ON)
    StageChange.objects.filter(action=reopened).update(why="Not effective: the gain is gone.")
    client = signed_in("specialist")

    assert "Effective since 16\u00a0Mar\u00a02026; the evidence is thinner now: the metric shows no" in shown(
        client, effective
    )
    assert "It is open again. Not effective: the gain is gone." in shown(client, reopened)


@pytest.mark.parametrize(
    ("level", "words"),
    [
        (100_000.0, "100000\u00a0h"), (31 / 3, "10.33\u00a0h"), (Decimal("8.500000"), "8.5\u00a0h"),
        (Decimal("0.000012"), "0.000012\u00a0h"), (-2.0, "\u22122\u00a0h"),
    ],
)  # fmt: skip
def test_levels_are_written_as_on_other_pages(level, words):
    assert level_words(level, Metric(unit="hours")) == words


# ---- Every night


def test_one_reopening_is_one_letter_whatever_is_said_of_it():
    owner = MembershipFactory(role="specialist").user
    action = ActionFactory(owner=owner, stage="reopened", created_at=NOON - timedelta(days=3))
    later = NOON + timedelta(days=1)

    assert remind(now=NOON) == 1
    services.add_comment(action=action, text="On it", **(WHO | {"now": later}))

    assert remind(now=later) == 0


def test_an_owner_who_has_left_is_none_for_letters_and_stays_the_owner_until_another_is_chosen():
    head = MembershipFactory(function=FunctionFactory()).user
    owner = MembershipFactory(role="specialist", user=UserFactory(is_active=False)).user
    function = head.memberships.get().function
    action = ActionFactory(owner=owner, function=function, due_on=TODAY)

    remind(now=NOON)
    client, url = signed_in("specialist"), reverse("action_update", args=[action.pk])
    form = client.get(url).context["form"]
    client.post(url, {"title": "Second van", "kind": "pdca", "function": function.pk, "owner": form["owner"].value()})

    assert OutboxMessage.objects.get().recipient == -head.pk
    action.refresh_from_db()
    assert (action.title, action.owner) == ("Second van", owner)


def test_a_comment_that_is_sent_twice_at_once_is_one(monkeypatch):
    action, lock, said = ActionFactory(), services.lock_action, {"text": "Ordered", "entry": "c" * 32}

    def other_was_first(locked):
        monkeypatch.setattr(services, "lock_action", lock)
        services.add_comment(action=locked, **said, **WHO)
        return lock(locked)

    monkeypatch.setattr(services, "lock_action", other_was_first)
    comment = services.add_comment(action=action, **said, **WHO)

    assert ActionComment.objects.get() == comment


def test_an_action_whose_evidence_cannot_be_worked_out_stops_no_other(monkeypatch):
    broken, whole = (done(RequirementFactory()) for _action in range(2))
    settled = []

    def settle(action, **_when):
        if action.pk == broken.pk:
            raise ArithmeticError
        settled.append(action.pk)
        return True

    monkeypatch.setattr(services, "settle", settle)

    assert (services.settle_all(now=NOON), settled) == (1, [whole.pk])


def test_people_are_reminded_whatever_befell_the_evidence(monkeypatch):
    reminded = []

    def fails(**_when):
        raise ArithmeticError

    monkeypatch.setattr(services, "settle_all", fails)
    monkeypatch.setattr(tasks.reminders, "remind", lambda **when: reminded.append(when))

    with pytest.raises(ArithmeticError):
        tasks.look_after_actions()
    assert len(reminded) == 1
