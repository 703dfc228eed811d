"""Actions: made from a gap in one step, moved by what each stage needs, effective only by evidence."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.urls import reverse

from accounts.models import User
from functions.models import Program
from functions.selectors import scope_for
from improvements import actions as services
from improvements.action_effect import effect_of
from improvements.action_models import Action, ActionComment, Confirmation, Mention, StageChange
from improvements.action_selectors import Acted, acted_on, raisers_of, waiting_count, with_repeats
from improvements.reminders import remind
from interviews.coding import code_verbatim
from interviews.parts import Perception
from interviews.services import record_answer
from jobs.models import OutboxMessage
from jobs.outbox import send_waiting
from scoring.effect import Moved, Said
from tests.conftest import NOON
from tests.factories.accounts import UserFactory
from tests.factories.actions import ActionFactory
from tests.factories.customers import ContactFactory, CustomerFactory
from tests.factories.functions import FunctionFactory, MembershipFactory
from tests.factories.interviews import InterviewFactory, VerbatimFactory
from tests.factories.metrics import ChartPhaseFactory, MeasurementFactory, MetricFactory, MetricLinkFactory
from tests.factories.people import person_of, signed_in
from tests.factories.requirements_catalog import RequirementFactory

pytestmark = pytest.mark.django_db
TODAY = NOON.date()
WHO = {"by": None, "by_name": "Ines", "now": NOON}
DONE_ON = TODAY - timedelta(days=28)


@pytest.fixture
def specialist(noon):
    Program.objects.create(name="ABC")
    return signed_in("specialist", user=User.objects.create_user("ines"))


def measured(metric: Any, before: list[float], after: list[float]) -> None:
    """Write daily values up to the day before DONE_ON, and from it on."""
    for offset, value in enumerate([*before, *after]):
        day = DONE_ON + timedelta(days=offset - len(before))
        MeasurementFactory(metric=metric, value=Decimal(str(value)), period_start=day, period_end=day)


def daily(**others: Any) -> Any:
    return MetricFactory(cadence_days=1, **others)


def raiser(requirement: Any, **customer: Any) -> Any:
    """Return somebody who said in a completed interview how it is for them."""
    contact = ContactFactory(customer=CustomerFactory(**customer))
    interview = InterviewFactory(contact=contact)
    record_answer(
        interview=interview, requirement=requirement, product=requirement.products.get(),
        perception=Perception.fixed(False),
    )  # fmt: skip
    interview.state, interview.completed_at = "completed", NOON
    interview.save()
    return contact


def done(requirement: Any, metric: Any = None, **others: Any) -> Action:
    return ActionFactory(
        about=[requirement], metric=metric, stage="verifying", done_on=DONE_ON, done_words="New route", **others
    )


def says(action: Action, contact: Any, is_fixed: bool = True, **others: Any) -> Confirmation:
    said = {"said_on": TODAY, "source": "phone"} | others
    return services.record_confirmation(action=action, contact=contact, is_fixed=is_fixed, **said, **WHO)


# ---- Making one


@pytest.mark.parametrize("origin", ["requirement", "function", "metric", "verbatim", "finding"])
def test_one_link_opens_the_form_with_what_is_known(specialist, origin):
    requirement = RequirementFactory(reference="R-7")
    metric = MetricLinkFactory(requirement=requirement, metric__name="Hours to come").metric
    verbatim = VerbatimFactory(interview=InterviewFactory())
    code_verbatim(verbatim=verbatim, requirement=requirement, coder_name="Ines")
    query = {
        "requirement": {"requirement": requirement.pk},
        "function": {"function": requirement.owner_id},
        "metric": {"metric": metric.pk, "on": "2026-02-28"},
        "verbatim": {"verbatim": verbatim.pk},
        "finding": {
            "finding": f"looser:{requirement.pk}",
            "requirement": requirement.pk,
            "title": "Our target is loose",
        },
    }[origin]
    url = reverse("action_create", query=query)
    form = specialist.get(url).context["form"]
    sent = {"title": "Second van", "kind": "pdca", "function": form["function"].initial or requirement.owner_id}

    answer = specialist.post(url, sent | {"requirements": [requirement.pk]})

    action = Action.objects.get()
    assert answer.url == reverse("action_detail", args=[action.pk])
    assert (action.origin, action.origin_key) == {
        "requirement": ("gap", f"requirement:{requirement.pk}"),
        "function": ("gap", f"function:{requirement.owner_id}"),
        "metric": ("signal", f"signal:{metric.pk}:2026-02-28"),
        "verbatim": ("verbatim", f"verbatim:{verbatim.pk}"),
        "finding": ("finding", f"looser:{requirement.pk}"),
    }[origin]
    if origin in {"requirement", "metric", "verbatim"}:
        assert (form.initial["requirements"], form.initial["metric"]) == ([requirement.pk], metric.pk)
    if origin == "finding":
        assert form.initial["title"] == "Our target is loose"


def test_what_a_head_may_not_see_cannot_be_named_in_the_address(specialist):
    own, foreign = FunctionFactory(), RequirementFactory()
    head = signed_in("head", function=own)

    for query in ({"requirement": foreign.pk}, {"function": foreign.owner_id}, {"metric": daily().pk}, {"metric": "x"}):
        assert head.get(reverse("action_create", query=query)).status_code == 404


def test_a_form_that_is_sent_twice_is_stored_once(specialist):
    sent = {"entry": "a" * 32, "title": "Second van", "kind": "pdca", "function": FunctionFactory().pk}

    first, second = (specialist.post(reverse("action_create"), sent) for _time in range(2))

    assert (first.url, Action.objects.count(), StageChange.objects.count()) == (second.url, 1, 1)


@pytest.mark.parametrize(
    ("said", "field", "words"),
    [
        ({"cost": -1}, "cost", "greater than or equal to 0"),
        ({"expected_level": Decimal(9)}, "expected_level", "worse than today's"),
        ({"metric": None, "expected_level": Decimal(1)}, "expected_level", "name the metric"),
        ({"retired": True}, "requirements", "R-9 is retired"),
    ],
)
def test_bad_input_is_refused_with_a_sentence(noon, said, field, words):
    metric = daily()
    measured(metric, [4, 6], [])
    state = "retired" if said.pop("retired", False) else "active"
    requirement = RequirementFactory(reference="R-9", state=state)
    given = {"title": "A", "function": requirement.owner, "metric": metric, "requirements": [requirement], **said}

    with pytest.raises(ValidationError, match=words) as refused:
        services.create_action(**given, **WHO)

    assert field is None or field in refused.value.error_dict
    assert not Action.objects.exists()


def test_an_unknown_cost_stays_unknown(specialist):
    sent = {"title": "Second van", "kind": "pdca", "function": FunctionFactory().pk, "cost": ""}
    specialist.post(reverse("action_create"), sent)

    page = specialist.get(reverse("action_detail", args=[Action.objects.get().pk]))

    assert "not known" in page.content.decode()


# ---- Stages


def move(action: Action, to: str, why: str = "", **said: Any) -> Action:
    return services.move_action(action=action, to=to, why=why, said=said, **WHO)


def test_each_stage_says_what_it_needs_first(noon):
    owner = UserFactory()
    action = ActionFactory()

    with pytest.raises(ValidationError, match="'analysis' needs an owner, what is wrong first"):
        move(action, "analysis")
    move(action, "analysis", owner=owner, problem="Vans come late")
    with pytest.raises(ValidationError, match="'plan' needs a root cause"):
        move(action, "plan")
    top = services.add_cause(action=action, bone="method", text="Tours are fixed")
    services.add_cause(action=action, parent=top, text="Nobody plans by traffic", is_root=True)
    move(action, "plan")
    with pytest.raises(ValidationError, match="Next is 'in progress'"):
        move(action, "verifying", done_words="x", done_on=TODAY)
    move(action, "in_progress", plan="Plan tours", due_on=TODAY)
    move(action, "verifying", done_words="Tours planned", done_on=TODAY)

    rows = StageChange.objects.filter(action=action).values_list("before", "after", "changed_by_name")
    assert [after for _before, after, _who in rows] == ["draft", "analysis", "plan", "in_progress", "verifying"]
    assert {who for _before, _after, who in rows[1:]} == {"Ines"}


def test_nobody_declares_that_it_is_effective(noon):
    action = done(RequirementFactory())

    for stage in ("effective", "not_effective", "reopened"):
        with pytest.raises(ValidationError, match="Nobody declares that"):
            move(action, stage)


def test_going_back_and_calling_off_need_a_reason_and_a_new_start_a_new_day(noon):
    action = done(RequirementFactory())

    for stage in ("plan", "cancelled"):
        with pytest.raises(ValidationError, match="Say why"):
            move(action, stage)
    move(action, "plan", why="It did not last")

    action.refresh_from_db()
    assert (action.stage, action.done_on) == ("plan", None)
    assert StageChange.objects.filter(after="plan").get().why == "It did not last"


def test_moving_twice_moves_once(noon):
    action = ActionFactory(kind="quick_fix", owner=UserFactory())

    for _time in range(2):
        move(action, "in_progress")

    assert StageChange.objects.filter(after="in_progress").count() == 1


def test_the_board_moves_by_a_button_or_says_why_not(specialist):
    ready = ActionFactory(kind="quick_fix", owner=UserFactory(), title="Ready")
    ActionFactory(title="Not ready")

    page = specialist.get(reverse("action_board")).content.decode()
    specialist.post(reverse("action_move", args=[ready.pk, "in_progress"]))

    assert "it needs an owner, what is wrong" in page
    ready.refresh_from_db()
    assert ready.stage == "in_progress"


# ---- Whether it helped


def test_effective_needs_both_halves_and_says_which_is_missing(noon):
    requirement, metric = RequirementFactory(), daily()
    measured(metric, [9, 11] * 8, [5] * 8)
    people = [raiser(requirement) for _person in range(4)]
    action = done(requirement, metric)

    assert not services.settle_all(now=NOON)
    words = effect_of(action, today=TODAY).words
    assert words == "Not shown yet: those who raised it have not confirmed it."
    for person in people[:2]:
        says(action, person)
    assert effect_of(action, today=TODAY).confirmed.said is Said.TOO_FEW
    says(action, people[2])

    action.refresh_from_db()
    change = StageChange.objects.get(action=action, after="effective")
    assert (action.stage, change.changed_by_name, change.changed_at) == ("effective", "", NOON)


def test_without_a_shift_it_is_not_effective_whatever_customers_say(noon):
    requirement, metric = RequirementFactory(), daily()
    measured(metric, [9, 11] * 8, [9, 11] * 6)
    action = done(requirement, metric)
    for person in [raiser(requirement) for _person in range(3)]:
        says(action, person)

    action.refresh_from_db()
    assert action.stage == "not_effective"
    assert effect_of(action, today=TODAY).words == ("Not effective: the metric shows no lasting shift the right way.")


@pytest.mark.parametrize("why", ["the gain is lost", "customers deny it later"])
def test_it_opens_again(noon, why):
    requirement, metric = RequirementFactory(), daily()
    measured(metric, [9, 11] * 8, [5] * 8)
    people = [raiser(requirement) for _person in range(3)]
    action = done(requirement, metric)
    for person in people:
        says(action, person)

    if why == "the gain is lost":
        measured_later(metric, [10] * 8)
        assert services.settle_all(now=NOON) == 1
    else:
        says(action, people[0], is_fixed=False)
        says(action, people[1], is_fixed=False)

    action.refresh_from_db()
    assert (action.stage, services.settle_all(now=NOON)) == ("reopened", 0)


def measured_later(metric: Any, values: list[float]) -> None:
    for offset, value in enumerate(values):
        day = DONE_ON + timedelta(days=8 + offset)
        MeasurementFactory(metric=metric, value=Decimal(str(value)), period_start=day, period_end=day)


def test_the_old_level_begins_where_limits_were_named_last_before_it(noon):
    metric = daily()
    measured(metric, [50] * 5 + [9, 11] * 6, [10] * 3)
    ChartPhaseFactory(metric=metric, begins_on=DONE_ON - timedelta(days=12))
    ChartPhaseFactory(metric=metric, begins_on=DONE_ON)

    shift = effect_of(done(RequirementFactory(), metric), today=TODAY).shift

    assert (shift.before, shift.centre, shift.moved) == (12, 10.0, Moved.NOT_YET)


def test_the_period_in_which_it_was_done_counts_for_neither_side(noon):
    metric = MetricFactory(cadence_days=7)
    for week in range(-3, 4):
        end = DONE_ON + timedelta(days=7 * week + 3)
        MeasurementFactory(metric=metric, value=1, period_start=end - timedelta(days=6), period_end=end)

    shift = effect_of(done(RequirementFactory(), metric), today=TODAY).shift

    assert (shift.before, shift.after) == (3, 3)


def test_those_who_raised_it_answered_or_said_coded_words(noon):
    requirement, other = RequirementFactory(), RequirementFactory()
    merged = RequirementFactory()
    answered, elsewhere, through_merged = raiser(requirement), raiser(other), raiser(merged)
    merged.merged_into, merged.state = requirement, "retired"
    merged.save()
    spoken = VerbatimFactory(interview=InterviewFactory(completed=True))
    code_verbatim(verbatim=spoken, requirement=requirement, coder_name="Ines")
    action = done(requirement)

    assert set(raisers_of(action)) == {answered, through_merged, spoken.interview.contact}
    with pytest.raises(ValidationError, match="never raised it"):
        says(action, elsewhere)


def test_a_reply_counts_from_the_day_it_was_done_and_answers_the_open_question(noon):
    requirement = RequirementFactory()
    person = raiser(requirement)
    action = done(requirement)

    with pytest.raises(ValidationError, match="What was said before says nothing"):
        says(action, person, said_on=DONE_ON - timedelta(days=1))
    with pytest.raises(ValidationError, match="nothing yet that somebody could confirm"):
        says(ActionFactory(about=[requirement]), person)
    services.ask_whether_fixed(action=action, contact=person, asked_on=DONE_ON, by=None, by_name="Ines")
    for is_fixed in (False, True):
        says(action, person, is_fixed=is_fixed)

    row = Confirmation.objects.get()
    assert (row.asked_on, row.said_on, row.is_fixed) == (DONE_ON, TODAY, True)


def test_heads_read_the_verdict_without_names_and_numbers_of_few(specialist):
    requirement = RequirementFactory()
    person = raiser(requirement, name="Kornmuehle")
    action = done(requirement, function=requirement.owner)
    says(action, person)
    url = reverse("action_detail", args=[action.pk])

    seen = {role: client.get(url).content.decode() for role, client in (
        ("specialist", specialist), ("head", signed_in("head", function=requirement.owner)),
        ("viewer", signed_in("viewer")),
    )}  # fmt: skip

    assert "Kornmuehle" in seen["specialist"]
    assert "100\u00a0% says yes" in seen["specialist"]
    for role in ("head", "viewer"):
        assert "Kornmuehle" not in seen[role]
        assert "says yes" not in seen[role]
        assert "New route" in seen[role] or role == "viewer"


# ---- Repeats, mentions, work, reminders


def test_a_problem_that_comes_back_within_a_year_is_named(specialist):
    requirement = RequirementFactory()
    first = ActionFactory(about=[requirement], function=requirement.owner, title="Second van")
    StageChange.objects.create(action=first, before="verifying", after="effective", changed_at=NOON)
    again, late = (
        ActionFactory(about=[requirement], function=requirement.owner, created_at=NOON + timedelta(days=days))
        for days in (300, 400)
    )
    ActionFactory(about=[requirement], created_at=NOON + timedelta(days=300))

    repeats = with_repeats(Action.objects.all()).filter(is_repeat=True)

    assert (list(repeats), first in repeats, late in repeats) == ([again], False, False)
    assert "Second van" in specialist.get(reverse("action_detail", args=[again.pk])).content.decode()
    shown = specialist.get(reverse("action_list", query={"repeat": "yes"})).context["list"]
    assert [row.pk for row in shown.page] == [again.pk]


def test_a_mention_waits_for_who_may_read_it(specialist):
    action = ActionFactory()
    head = MembershipFactory(function=action.function, user__username="jonas").user
    MembershipFactory(role="head", function=FunctionFactory(), user__username="foreign")
    sent = {"entry": "b" * 32, "text": "Ask @jonas. Not a@b.example or @nobody."}

    for _time in range(2):
        specialist.post(reverse("action_comment", args=[action.pk]), sent)
    refused = specialist.post(reverse("action_comment", args=[action.pk]), {"text": "And @foreign"})

    assert (ActionComment.objects.count(), Mention.objects.get().person) == (1, head)
    assert (refused.status_code, waiting_count(scope_for(head), today=TODAY)) == (422, (1, 1))
    services.see_mentions(person=head, now=NOON)
    assert waiting_count(scope_for(head), today=TODAY) == (0, 0)


def test_my_work_shows_what_i_own_and_the_bar_counts_what_is_due(specialist):
    me = person_of(specialist)
    ActionFactory(owner=me, title="Overdue one", due_on=TODAY - timedelta(days=1))
    ActionFactory(owner=me, title="Far one", due_on=TODAY + timedelta(days=60))
    ActionFactory(owner=UserFactory(), title="Foreign one", due_on=TODAY)

    page = specialist.get(reverse("my_work")).content.decode()

    assert ("Overdue one" in page, "Far one" in page, "Foreign one" in page) == (True, True, False)
    assert '<span class="count">1</span>' in page


def test_reminders_go_out_once_for_each_occasion(noon, settings):
    owner = MembershipFactory(role="specialist", user__email="owner@example.org").user
    function = FunctionFactory()
    MembershipFactory(function=function, user__email="head@example.org")
    began = NOON - timedelta(days=5)
    ActionFactory(owner=owner, due_on=TODAY + timedelta(days=7), title="Soon", created_at=began)
    ActionFactory(owner=owner, function=function, due_on=TODAY - timedelta(days=7), title="Late", created_at=began)
    ActionFactory(owner=owner, title="Still", created_at=NOON - timedelta(days=30))
    ActionFactory(owner=owner, due_on=TODAY + timedelta(days=8), title="Not yet", created_at=began)

    assert (remind(now=NOON), remind(now=NOON)) == (3, 0)
    send_waiting(now=NOON)

    letters = {letter.to[0]: letter.subject for letter in mail.outbox if letter.to[0].startswith("head")}
    assert letters == {"head@example.org": f"Overdue since {TODAY - timedelta(days=7)}: Late"}
    assert sorted(letter.subject.rpartition(" ")[2] for letter in mail.outbox) == ["Late", "Soon", "Still"]
    assert OutboxMessage.objects.filter(recipient__gte=0).count() == 0


def test_a_reminder_that_is_not_true_any_more_is_not_sent(noon):
    owner = MembershipFactory(role="specialist", user__email="owner@example.org").user
    action = ActionFactory(owner=owner, due_on=TODAY + timedelta(days=7))
    remind(now=NOON)
    Action.objects.filter(pk=action.pk).update(due_on=TODAY + timedelta(days=90))

    send_waiting(now=NOON)

    assert (mail.outbox, OutboxMessage.objects.get().state) == ([], "cancelled")


def test_when_somebody_acted_is_told_as_of_a_day(noon):
    requirement, quiet = RequirementFactory(), RequirementFactory()
    early = NOON - timedelta(days=40)
    action = ActionFactory(about=[requirement], due_on=date(2026, 3, 1), created_at=early)
    services.add_comment(action=action, text="On it", **WHO)

    then = acted_on([requirement.pk, quiet.pk], until=early.date())
    now = acted_on([requirement.pk, quiet.pk], until=TODAY)

    assert then == {requirement.pk: Acted(early.date(), False)}
    assert now == {requirement.pk: Acted(TODAY, True)}
