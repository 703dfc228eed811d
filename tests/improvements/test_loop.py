"""The loop: one letter a person, approved by somebody else, sent once; the answer confirms, and is new evidence."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from customers.erasing import erase_contact
from customers.models import ValueBand
from functions.models import Program
from improvements import loop, loop_selectors
from improvements.action_effect import effect_of
from improvements.action_models import Action, Confirmation
from improvements.action_selectors import confirmations_of
from improvements.actions import record_confirmation
from improvements.loop_again import send_telling_again
from improvements.loop_models import LoopEntry, LoopLink, Telling
from improvements.loop_selectors import Standing, parts_of, people_in_loop, recipients_of, strip_of
from interviews.models import Answer, Interview, Verbatim
from interviews.parts import Perception
from interviews.services import record_answer
from jobs.models import OutboxMessage
from jobs.outbox import send_waiting
from tests.conftest import NOON
from tests.factories.actions import ActionFactory
from tests.factories.customers import ContactFactory, CustomerFactory
from tests.factories.interviews import InterviewFactory
from tests.factories.people import signed_in
from tests.factories.requirements_catalog import RequirementFactory

pytestmark = pytest.mark.django_db
TODAY = NOON.date()
DONE_ON = TODAY - timedelta(days=28)
BEFORE = TODAY - timedelta(days=200)


@pytest.fixture
def ines(noon):
    Program.objects.create(name="ABC")
    return User.objects.create_user("ines")


@pytest.fixture
def otto(ines):
    return User.objects.create_user("otto")


@pytest.fixture
def specialists(ines, otto):
    return signed_in("specialist", user=ines), signed_in("specialist", user=otto)


def raiser(requirement: Any, **contact: Any) -> Any:
    """Return somebody who said 200 days ago in a completed interview that it is not fixed, and can be written to."""
    who = {"consent_on": BEFORE, "email": "a@example.org", "customer": CustomerFactory()} | contact
    person = ContactFactory(**who)
    says_of(person, requirement)
    return person


def says_of(person: Any, requirement: Any) -> None:
    interview = InterviewFactory(contact=person, held_on=BEFORE)
    record_answer(
        interview=interview, requirement=requirement, product=requirement.products.get(),
        perception=Perception.fixed(False),
    )  # fmt: skip
    interview.state, interview.completed_at = "completed", NOON
    interview.save()


def done(requirement: Any, **others: Any) -> Action:
    return ActionFactory(about=[requirement], stage="verifying", done_on=DONE_ON, done_words="New route", **others)


def prepared(*actions: Action, by: User | None) -> Telling:
    return loop.prepare_telling(actions=actions, by=by, by_name="Ines", now=NOON)


def approved(telling: Telling, by: User | None, now: Any = NOON) -> Telling:
    return loop.approve_telling(
        telling=telling, shown=loop.said_by(telling, parts_of(telling)), by=by, by_name="Otto", now=now,
        ask_again_days=90,
    )  # fmt: skip


def key_in(letter: Any, place: str = "by") -> str:
    found = re.search(rf"/told/{place}/([\w-]+)/", letter.body)
    assert found
    return found.group(1)


def test_one_letter_a_person_is_prepared_approved_by_another_answered_and_counts(specialists, ines, otto):
    requirement, other = RequirementFactory(), RequirementFactory()
    contact = raiser(requirement)
    action = done(requirement, title="A second van")
    planned = ActionFactory(about=[other], stage="plan", plan="Ask the depot")
    says_of(contact, other)
    first, second = specialists

    made = first.post(reverse("telling_create"), {"actions": [action.pk, planned.pk]})
    telling = Telling.objects.get()
    own = first.post(reverse("telling_approve", args=[telling.pk]), {"shown": loop.said_by(telling, parts_of(telling))})
    nothing_yet = (OutboxMessage.objects.count(), "another specialist approves" in own.content.decode())
    page = second.get(reverse("telling_approve", args=[telling.pk]))
    shown = {"shown": page.context["form"].initial["shown"]}
    answers = [second.post(reverse("telling_approve", args=[telling.pk]), shown) for _time in range(2)]
    send_waiting(now=NOON)
    send_waiting(now=NOON)

    assert (made.url, nothing_yet) == (reverse("telling_detail", args=[telling.pk]), (0, True))
    assert [answer.status_code for answer in answers] == [302, 422]
    assert "Nothing was sent twice" in answers[1].content.decode()
    (letter,) = mail.outbox
    assert ("New route" in letter.body, "Ask the depot" in letter.body, letter.body.count("Is it fixed for you?")) == (
        True, True, 1,
    )  # fmt: skip

    holder = Client()
    assert holder.get(f"/told/by/{key_in(letter)}/").status_code == 303
    read = holder.get("/told/").content.decode()
    assert ("A second van" not in read, "New route" in read, LoopEntry.objects.exclude(reply="").count()) == (
        True, True, 0,
    )  # fmt: skip
    entry = LoopEntry.objects.get(part__action=action)
    refused = holder.post("/told/", {f"words_{entry.pk}": "Almost"})
    sent = {f"fixed_{entry.pk}": "partly", f"words_{entry.pk}": "Only on Mondays"}
    once, twice = (holder.post("/told/", said) for said in (sent, sent | {f"fixed_{entry.pk}": "yes"}))

    assert (refused.status_code, "Almost" in refused.content.decode()) == (422, True)
    assert (once.url, twice.url) == ("/told/?said=now", "/told/?said=before")
    row = Confirmation.objects.get()
    assert (row.is_fixed, row.note, row.source, row.asked_on) == (False, "partly: Only on Mondays", "link", TODAY)
    evidence = Interview.objects.get(source="loop")
    assert (evidence.round.is_standing, evidence.state, evidence.held_on) == (True, "completed", TODAY)
    assert list(Answer.objects.filter(interview=evidence).values_list("requirement", "is_fixed")) == [
        (requirement.pk, False)
    ]
    assert Verbatim.objects.get(interview=evidence).text == "Only on Mondays"
    listed = {row.action: (row.state, row.reply) for row in people_in_loop([action, planned], today=TODAY)}
    assert listed == {action: (Standing.DENIED, "partly"), planned: (Standing.TOLD, "")}
    assert strip_of(action, today=TODAY).denied == 1
    assert first.get(reverse("action_detail", args=[action.pk])).status_code == 200


def test_who_may_not_be_written_to_is_listed_with_the_reason_and_gets_no_letter(ines):
    requirement = RequirementFactory()
    raiser(requirement, name="Opted", is_opted_out=True)
    raiser(requirement, name="Silent", consent_on=None)
    raiser(requirement, name="Nowhere", email="")
    lately = raiser(requirement, name="Lately")
    InterviewFactory(contact=lately, held_on=TODAY - timedelta(days=3), completed=True)
    raiser(requirement, name="Ready")
    stranger = ContactFactory(name="Stranger", consent_on=BEFORE, email="s@example.org")
    telling = prepared(done(requirement), by=None)

    found = recipients_of(parts_of(telling), today=TODAY, ask_again_days=90)
    approved(telling, None)

    assert [contact.name for contact, _parts in found.going] == ["Ready"]
    reasons = {each.contact.name: each.sentence for each in found.left_out}
    assert {name: words for name, words in reasons.items() if words.startswith(f"{name} ")} == reasons
    assert ("no e-mail address" in reasons["Nowhere"], "gave no consent" in reasons["Silent"]) == (True, True)
    assert ("does not want" in reasons["Opted"], "was asked on" in reasons["Lately"]) == (True, True)
    assert OutboxMessage.objects.count() == 1
    assert stranger.name not in reasons


def test_nobody_is_told_the_same_twice_and_nobody_gets_two_letters_within_a_fortnight(ines, otto):
    requirement, other = RequirementFactory(), RequirementFactory()
    contact = raiser(requirement)
    action, later = done(requirement), ActionFactory(about=[requirement], stage="plan")
    approved(prepared(action, by=None), None)

    with pytest.raises(ValidationError, match="Nobody can be written to now"):
        approved(prepared(action, by=None), None)
    with pytest.raises(ValidationError, match="Nobody can be written to now"):
        approved(prepared(later, by=None), None)

    assert OutboxMessage.objects.filter(recipient=contact.pk).count() == 1
    with pytest.raises(ValidationError, match="prepared letters about"):
        prepared(action, by=None)
    assert not people_in_loop([done(other)], today=TODAY)


def test_an_approval_is_of_the_words_that_were_read(ines):
    requirement = RequirementFactory()
    raiser(requirement)
    telling = prepared(done(requirement), by=None)
    shown = loop.said_by(telling, parts_of(telling))
    part = telling.parts.get()
    loop.change_telling(
        telling=telling, subject="News", intro="Well", words={part.pk: "Other words"}, by=None, by_name="Ines", now=NOON
    )

    with pytest.raises(ValidationError, match="changed the words"):
        loop.approve_telling(telling=telling, shown=shown, by=None, by_name="Otto", now=NOON, ask_again_days=90)
    Action.objects.update(stage="cancelled")
    with pytest.raises(ValidationError, match="not true any more"):
        approved(Telling.objects.get(), None)

    assert (OutboxMessage.objects.count(), LoopEntry.objects.count()) == (0, 0)


def test_wrong_keys_look_alike_and_one_click_ends_all_letters(ines):
    requirement = RequirementFactory()
    contact = raiser(requirement)
    approved(prepared(done(requirement), by=None), None)
    send_waiting(now=NOON)
    (letter,) = mail.outbox
    visitor = Client()
    wrong = [visitor.get(path) for path in ("/told/by/wrong/", "/told/", f"/told/by/{key_in(letter, 'stop')}/")]
    stop = f"/told/stop/{key_in(letter, 'stop')}/"

    assert {(answer.status_code, answer.content) for answer in wrong} == {(404, wrong[0].content)}
    visitor.get(stop)
    contact.refresh_from_db()
    assert contact.is_opted_out is False
    assert visitor.post(stop).status_code == 200
    contact.refresh_from_db()
    assert contact.is_opted_out is True
    assert visitor.get(f"/told/by/{key_in(letter)}/").status_code == 404


def test_a_letter_is_not_sent_to_somebody_who_said_no_since_it_was_approved(ines):
    requirement = RequirementFactory()
    contact = raiser(requirement)
    approved(prepared(done(requirement), by=None), None)
    contact.is_opted_out = True
    contact.save()

    send_waiting(now=NOON)

    assert (mail.outbox, OutboxMessage.objects.get().state) == ([], "cancelled")


def test_an_answer_about_what_is_open_again_is_evidence_and_confirms_nothing(ines):
    requirement = RequirementFactory()
    contact = raiser(requirement)
    action = done(requirement)
    approved(prepared(action, by=None), None)
    Action.objects.update(stage="reopened")

    loop.record_reply(entry=LoopEntry.objects.get(), reply="yes", words="", now=NOON)

    assert Confirmation.objects.get().is_fixed is None
    assert list(Answer.objects.filter(interview__source="loop").values_list("contact", "is_fixed")) == [
        (contact.pk, True)
    ]


def test_whoever_is_erased_answers_by_no_link_any_more(ines):
    contact = raiser(RequirementFactory(reference="R-7"), name="Bas Bakker")
    requirement = Answer.objects.get().requirement
    approved(prepared(done(requirement), by=None), None)
    send_waiting(now=NOON)
    key = key_in(mail.outbox[0])

    erase_contact(contact=contact, reason="asked for it", now=NOON, today=TODAY)

    assert Client().get(f"/told/by/{key}/").status_code == 404
    with pytest.raises(ValidationError):
        loop.record_reply(entry=LoopEntry.objects.get(), reply="yes", words="", now=NOON)
    assert not LoopLink.objects.exists()
    assert LoopEntry.objects.get().reply == ""


def test_pages_read_many_people_by_as_many_queries_as_few(specialists, django_assert_num_queries):
    requirement = RequirementFactory()
    raiser(requirement)
    telling = prepared(done(requirement), by=None)
    pages = [reverse("loop_list"), reverse("telling_detail", args=[telling.pk])]
    counts = [queries_of(specialists[1], page) for page in pages]
    for _more in range(3):
        raiser(requirement)
        raiser(requirement, email="")

    assert [queries_of(specialists[1], page) for page in pages] == counts
    actions = list(Action.objects.all())
    with django_assert_num_queries(6):
        people_in_loop(actions, today=TODAY)


def queries_of(client: Client, page: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(page).status_code == 200
    return len(queries)


def test_a_letter_that_came_back_told_and_asked_nobody_until_it_is_sent_again(specialists, ines, otto):
    requirement = RequirementFactory()
    lost, reached = raiser(requirement), raiser(requirement, email="b@example.org")
    action = done(requirement)
    telling = approved(prepared(action, by=ines), otto)
    send_waiting(now=NOON)
    letter = OutboxMessage.objects.get(recipient=lost.pk)
    page = reverse("telling_detail", args=[telling.pk])

    back = specialists[0].post(reverse("letter_bounced", args=[letter.pk]))

    assert back.url == page
    assert "came back" in specialists[0].get(page).content.decode()
    states = {row.contact: row.state for row in people_in_loop([action], today=TODAY)}
    assert states == {lost: Standing.WAITS, reached: Standing.ASKED}
    assert [row.contact for row in confirmations_of([action])] == [reached]
    assert effect_of(action, today=TODAY).confirmed.asked == 1
    other = recipients_of(parts_of(telling), today=TODAY, ask_again_days=90)
    assert [contact for contact, _its in other.going] == [lost]

    specialists[0].post(reverse("letter_again", args=[letter.pk]))
    send_waiting(now=NOON)

    assert {row.state for row in people_in_loop([action], today=TODAY)} == {Standing.ASKED}
    assert effect_of(action, today=TODAY).confirmed.asked == 2
    assert [letter.extra_headers["Message-ID"] for letter in mail.outbox].count(letter.message_id) == 2


def sent_again(letter: OutboxMessage, now: Any = NOON) -> OutboxMessage:
    letter.refresh_from_db()
    return send_telling_again(letter=letter, now=now)


def test_a_letter_is_not_sent_again_once_it_is_old_or_told_by_another(ines, otto):
    requirement = RequirementFactory()
    raiser(requirement, name="Jo")
    action = done(requirement)
    old = approved(prepared(action, by=ines), otto)
    first = OutboxMessage.objects.get(wave=-old.pk)
    OutboxMessage.objects.update(state="bounced")
    new = approved(prepared(action, by=ines), otto)

    with pytest.raises(ValidationError, match=r"Jo was told of .* by another letter on 2026-03-16"):
        sent_again(first)
    OutboxMessage.objects.filter(wave=-new.pk).update(state="failed")
    other = approved(prepared(ActionFactory(about=[requirement], stage="plan"), by=ines), otto)
    with pytest.raises(ValidationError, match="Jo got a letter on 2026-03-16"):
        sent_again(first)
    OutboxMessage.objects.filter(wave=-other.pk).update(state="bounced")
    Action.objects.filter(pk=action.pk).update(stage="reopened")
    with pytest.raises(ValidationError, match="not true any more"):
        sent_again(first)
    Action.objects.filter(pk=action.pk).update(stage="effective")

    assert sent_again(first).state == "waiting"
    Action.objects.filter(pk=action.pk).update(stage="cancelled")
    send_waiting(now=NOON)
    first.refresh_from_db()
    assert (first.state, mail.outbox) == ("cancelled", [])


def test_a_later_answer_by_telephone_is_shown_instead_of_that_on_the_page(ines):
    requirement = RequirementFactory()
    contact = raiser(requirement)
    action = done(requirement)
    approved(prepared(action, by=None), None)
    loop.record_reply(entry=LoopEntry.objects.get(), reply="partly", words="", now=NOON)

    record_confirmation(
        action=action, contact=contact, is_fixed=True, said_on=TODAY, source="phone", note="", by=None,
        by_name="Ines", now=NOON,
    )  # fmt: skip

    (row,) = people_in_loop([action], today=TODAY)
    assert (row.state, row.reply) == (Standing.CONFIRMED, "yes")


def test_of_more_people_than_letters_go_at_once_those_who_weigh_most_are_written_to_first(monkeypatch, ines, otto):
    monkeypatch.setattr(loop_selectors, "MOST_LETTERS", 1)
    requirement = RequirementFactory()
    light, heavy = (
        raiser(requirement, customer=CustomerFactory(value_band=ValueBand.objects.create(name=name, weight=weight)))
        for name, weight in (("light", 1), ("heavy", 9))
    )
    action = done(requirement)

    approved(prepared(action, by=ines), otto)
    first = set(OutboxMessage.objects.values_list("recipient", flat=True))
    approved(prepared(action, by=ines), otto)

    assert first == {heavy.pk}
    assert set(OutboxMessage.objects.values_list("recipient", flat=True)) == {heavy.pk, light.pk}
