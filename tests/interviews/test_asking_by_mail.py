"""Invited by mail, answered by a link: who is written to, what a key opens, and what is kept."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from customers.models import Contact
from interviews.guide_services import launch_version
from interviews.inviting import Invited, invite, remind, withdraw
from interviews.models import Interview, Invitation, PersonalLink, Round, RoundLetter
from interviews.services import reopen_interview
from jobs.models import Marker, OutboxMessage
from jobs.outbox import send_waiting
from tests.api.callers import caller
from tests.conftest import NOON
from tests.factories.customers import ContactFactory
from tests.factories.guides import ask as ask_in_guide
from tests.factories.guides import draft
from tests.factories.interviews import InterviewFactory, RoundFactory
from tests.factories.people import signed_in
from tests.factories.requirements_catalog import ProductFactory, RequirementFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]
TODAY = NOON.date()


@pytest.fixture
def wave() -> Round:
    """A round about one product with two requirements, one of them with a level in hours."""
    product = ProductFactory()
    RequirementFactory(reference="R-1", statement="Back in operation soon", products=[product], scale={})
    RequirementFactory(reference="R-2", statement="A manual that helps", products=[product])
    return RoundFactory(name="Winter survey", products=[product])


def willing(name: str = "Ines Diaz", **others: Any) -> Contact:
    found: Contact = ContactFactory(
        name=name, email=f"{name.split(maxsplit=1)[0].lower()}@example.org", **{"consent_on": TODAY} | others
    )
    return found


def ask(wave: Round, *contacts: Contact, **others: Any) -> Invited:
    wanted = {"ask_again_days": 90, "now": NOON, "today": TODAY, "invited_by": None} | others
    return invite(contacts=contacts, round=wave, **wanted)


def key_in(letter: Any, kind: str = "a") -> str:
    found = re.search(rf"http://127\.0\.0\.1:\d+(/{kind}/[\w-]+/)", letter.body)
    assert found
    return found.group(1)


def opened(wave: Round, contact: Contact | None = None) -> Client:
    """Return the browser of somebody who was invited and opened the link."""
    ask(wave, contact or willing())
    send_waiting(now=NOON)
    client = Client()
    client.get(key_in(mail.outbox[-1]))
    return client


def questions_in(wave: Round) -> list[str]:
    (product,) = wave.products.all()
    pairs = product.requirements.order_by("reference").values_list("pk", flat=True)
    return [reverse("link_question", args=[pk, product.pk]) for pk in pairs]


FIRST = {"level": "4", "level_unit": "hours", "importance": "9", "perceived": "3", "words": "Nights count, too."}


# ---- Who is written to


def test_an_invited_contact_gets_one_letter_with_a_key_that_is_kept_as_a_digest_only(wave):
    ask(wave, willing())

    assert send_waiting(now=NOON) == 1
    assert send_waiting(now=NOON) == 0

    (letter,) = mail.outbox
    assert letter.recipients() == ["ines@example.org"]
    assert letter.extra_headers["List-Unsubscribe"] == f"<http://127.0.0.1:8000{key_in(letter, 'u')}>"
    assert letter.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    key = key_in(letter).split("/")[2]
    assert len(key) == 43
    assert [len(digest) for digest in PersonalLink.objects.values_list("digest", flat=True)] == [64, 64]
    assert Interview.objects.get().state == "invited"


def test_everybody_reads_the_own_language(wave):
    ask(wave, willing(), willing("Jo Müller", language="de"), starts_at=NOON + timedelta(days=2))
    send_waiting(now=NOON)

    english, german = sorted(mail.outbox, key=lambda letter: letter.subject, reverse=True)
    assert (english.subject, german.subject) == ("What does quality mean to you?", "Was bedeutet Qualität für Sie?")
    assert "until 15 April 2026" in english.body
    assert "bis 15. April 2026" in german.body
    ((name, text, kind),) = english.attachments
    assert (name, kind) == ("invitation.ics", "text/calendar")
    assert "DTSTART:20260318T120000Z\r\n" in text


@pytest.mark.parametrize(
    ("others", "sentence"),
    [
        ({"is_opted_out": True}, "does not want to be asked"),
        ({"is_active": False}, "no longer an active contact"),
        ({"consent_on": None}, "gave no consent yet"),
        ({"email": ""}, "has no e-mail address"),
    ],
)
def test_who_may_not_be_asked_is_named_and_gets_nothing(wave, others, sentence):
    contact = willing()
    Contact.objects.filter(pk=contact.pk).update(**others)

    with pytest.raises(ValidationError, match=sentence):
        ask(wave, contact)

    assert (Interview.objects.count(), OutboxMessage.objects.count()) == (0, 0)


def test_whoever_was_asked_lately_in_any_round_waits(wave):
    contact, other = willing(), willing("Jo")
    InterviewFactory(contact=contact, held_on=TODAY - timedelta(days=89))

    invited = ask(wave, contact, other)

    assert invited.contacts == [other]
    assert [each.sentence for each in invited.refused] == [
        "Ines Diaz was asked on 2025-12-17. Wait until the days between two requests have passed."
    ]
    with pytest.raises(ValidationError, match="Jo was asked in this round already"):
        ask(wave, other, ask_again_days=0)


def test_a_letter_is_not_sent_to_somebody_who_said_no_after_it_was_ordered(wave):
    contact = willing()
    ask(wave, contact)
    Contact.objects.update(is_opted_out=True)

    assert send_waiting(now=NOON) == 0

    assert (mail.outbox, OutboxMessage.objects.get().state) == ([], "cancelled")
    assert not PersonalLink.objects.exists()


def test_a_reminder_goes_to_those_only_who_have_not_answered(wave):
    silent, quick, away = willing("Silent"), willing("Quick"), willing("Away")
    ask(wave, silent, quick, away)
    send_waiting(now=NOON)
    Interview.objects.filter(contact=quick).update(state="completed", completed_at=NOON)
    OutboxMessage.objects.filter(recipient=away.pk).update(state="bounced")
    with pytest.raises(ValidationError, match="letters need 3 days"):
        remind(round=wave, now=NOON + timedelta(days=2))

    assert remind(round=wave, now=NOON + timedelta(days=3)) == 1
    mail.outbox.clear()
    send_waiting(now=NOON + timedelta(days=3))

    assert [letter.recipients() for letter in mail.outbox] == [["silent@example.org"]]
    assert Invitation.objects.get(interview__contact=silent).reminders == 1
    with pytest.raises(ValidationError, match="Nobody is to be reminded now"):
        remind(round=wave, now=NOON + timedelta(days=3))


# ---- What a key opens


def test_looking_at_a_link_changes_nothing_and_takes_the_key_out_of_the_address(wave):
    ask(wave, willing())
    send_waiting(now=NOON)
    before = list(PersonalLink.objects.values()), list(Invitation.objects.values()), list(Interview.objects.values())

    answers = [getattr(Client(), method)(key_in(mail.outbox[0])) for method in ("get", "get", "get", "head")]

    after = list(PersonalLink.objects.values()), list(Invitation.objects.values()), list(Interview.objects.values())
    assert before == after
    for answer in answers:
        assert (answer.status_code, answer["Location"]) == (303, "/answers/")
        assert answer["Referrer-Policy"] == "no-referrer"
        assert answer["Cache-Control"] == "no-store"
        assert answer["X-Robots-Tag"] == "noindex, nofollow"
        (cookie,) = answer.cookies.values()
        assert (cookie.key, cookie["httponly"], cookie["samesite"], cookie["max-age"]) == ("answers", True, "Lax", 7200)
        assert key_in(mail.outbox[0]).split("/")[2] not in cookie.value


def test_every_link_that_opens_nothing_reads_the_same_and_guessing_is_slowed_down(wave, clock):
    ask(wave, willing(), willing("Jo"), willing("Kim"), willing("Lu"))
    send_waiting(now=NOON)
    used, taken_back, other_purpose, old = mail.outbox
    PersonalLink.objects.filter(invitation__interview__contact__name="Ines Diaz").update(spent_at=NOON)
    withdraw(invitation=Invitation.objects.get(interview__contact__name="Jo"), now=NOON)
    wrong = [
        key_in(used), key_in(taken_back), key_in(other_purpose, "u").replace("/u/", "/a/"), "/a/" + "x" * 43 + "/",
        "/a/x/", key_in(old)[:-2] + "/", "/u/" + "x" * 43 + "/",
    ]  # fmt: skip

    answers = [Client().get(address) for address in wrong]
    clock(NOON + timedelta(days=31))
    answers.append(Client().get(key_in(old)))

    told = {
        (each.status_code, each.content, tuple(sorted((k, v) for k, v in each.headers.items() if k != "X-Request-ID")))
        for each in answers
    }
    assert len(told) == 1
    assert answers[0].status_code == 404
    assert not any(each.cookies for each in answers)
    tries = [Client().get("/a/guess/").status_code for _try in range(31)]
    assert tries[0] == 404
    assert tries[-1] == 429
    # Nor does a right one say by then that it was right.
    assert Client().get(key_in(other_purpose)).status_code == 429


def test_a_visit_lasts_two_hours_and_cannot_be_made_up(wave, clock):
    client = opened(wave)
    page = client.get("/answers/")
    assert (page.status_code, page["Cache-Control"], page["X-Robots-Tag"]) == (200, "no-store", "noindex, nofollow")
    # Not no-referrer: the browser would send its forms with `Origin: null`, which are refused as forged.
    assert page["Referrer-Policy"] == "same-origin"

    clock(NOON + timedelta(hours=2))
    assert client.get("/answers/").status_code == 404
    client.cookies["answers"] = client.cookies["answers"].value[:-1] + "x"
    assert client.get("/answers/").status_code == 404


# ---- Answering


def test_answers_are_kept_as_they_go_and_count_once_they_are_sent(wave):
    client = opened(wave)
    first, second = questions_in(wave)

    assert client.post(first, FIRST)["Location"] == second
    assert Interview.objects.get().state == "in_progress"
    assert not Marker.objects.exists()
    # Stopped, and gone on by the same letter in another browser.
    client = Client()
    client.get(key_in(mail.outbox[0]))
    assert 'value="4"' in client.get(first).content.decode()
    assert client.get("/answers/").context["page"].first_open.question.requirement.reference == "R-2"
    assert client.post(second, {"importance": "does_not_know"})["Location"] == "/answers/words/"
    assert client.post("/answers/words/", {"words": "Invoices, please."})["Location"] == "/answers/send/"
    assert client.post("/answers/send/")["Location"] == "/answers/receipt/"

    interview = Interview.objects.get()
    assert (interview.state, interview.mode, interview.held_on) == ("completed", "self_service", TODAY)
    level, manual = interview.answers.order_by("requirement__reference")
    assert (level.required_level, level.importance_num, level.perceived_rating) == (4, 90, 3)
    assert (manual.importance_state, manual.perception_state) == (1, 3)
    assert [words.text for words in interview.verbatims.all()] == ["Nights count, too.", "Invoices, please."]
    assert Marker.objects.exists()
    assert Client().get(key_in(mail.outbox[0])).status_code == 404

    receipt = client.get("/answers/receipt/").content.decode()
    assert "Back in operation soon" in receipt
    assert "4 hours" in receipt
    assert "Nights count, too." in receipt
    client.post("/answers/receipt/", {"quote": "yes"})
    assert Invitation.objects.values_list("may_quote", "may_quote_said_on").get() == (True, TODAY)
    client.post("/answers/receipt/", {"understood": "yes"})
    assert "You confirmed that we understood you." in client.get("/answers/receipt/").content.decode()
    assert Interview.objects.values_list("is_understood", "understood_said_on").get() == (True, TODAY)
    # What is opened again was not confirmed in the form that it takes.
    reopen_interview(interview=Interview.objects.get())
    assert Interview.objects.values_list("is_understood", "understood_said_on").get() == (None, None)


def test_a_link_open_twice_sends_once_and_shows_what_came_too_late(wave):
    client = opened(wave)
    late = Client()
    late.get(key_in(mail.outbox[0]))
    first, second = questions_in(wave)
    client.post(first, FIRST)
    client.post("/answers/send/")

    refused = late.post(second, {"importance": "3", "words": "Typed in vain?"})
    again = late.post("/answers/send/", follow=True)

    assert refused.status_code == 409
    assert "Typed in vain?" in refused.content.decode()
    assert "They are here once; nothing was lost." in again.content.decode()
    interview = Interview.objects.get()
    assert (interview.answers.count(), interview.verbatims.count()) == (1, 1)
    # A specialist opens it again: the link stays spent.
    reopen_interview(interview=interview)
    assert Client().get(key_in(mail.outbox[0])).status_code == 404


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"contact": {"is_opted_out": True}}, "You are not asked any more"),
        ({"interview": {"state": "cancelled"}}, "This interview was called off by us"),
    ],
)
def test_whoever_is_taken_off_in_the_middle_is_told_so(wave, changes, sentence):
    client = opened(wave)
    Contact.objects.update(**changes.get("contact", {"name": "Ines"}))
    Interview.objects.update(**changes.get("interview", {"source": ""}))

    for address, sent in ((questions_in(wave)[0], FIRST), ("/answers/send/", {}), ("/answers/words/", {"words": "x"})):
        answer = client.post(address, sent)
        assert (answer.status_code, sentence in answer.content.decode()) == (409, True), address
    assert not Interview.objects.get().answers.exists()


def test_nothing_is_chosen_beforehand_and_a_wrong_number_is_asked_for_again_in_german(wave):
    client = opened(wave, willing("Jo", language="de"))
    first = questions_in(wave)[0]

    page = client.get(first).content.decode()
    refused = client.post(first, FIRST | {"level": "bald"})
    text = refused.content.decode()

    assert '<html lang="de">' in page
    assert "<script" not in page
    assert not re.search(r"""(src|href|action)=["'](?!/|#)""", page)
    assert "checked" not in page
    assert refused.status_code == 422
    assert "Bitte geben Sie eine Zahl ein" in text
    assert 'value="bald"' in text
    assert not Interview.objects.get().answers.exists()
    assert "Noch ist nichts beantwortet" in client.post("/answers/send/").content.decode()


def test_a_rounds_guide_says_what_is_asked_in_which_words_and_what_follows(wave):
    product = wave.products.get()
    soon, manual = product.requirements.order_by("reference")
    version = draft()
    ask_in_guide(version, "open", "What annoys you?")
    first = ask_in_guide(
        version,
        "importance",
        "Does a manual matter?",
        "Wie wichtig ist ein Handbuch?",
        requirement=manual,
        product=product,
    )
    if_it_does = {"shown_if": first, "shown_if_test": "at_least", "shown_if_value": Decimal(8)}
    ask_in_guide(
        version,
        "level",
        "How soon?",
        "Wie bald muss sie wieder laufen?",
        requirement=soon,
        product=product,
        **if_it_does,
    )
    wave.guide_version = launch_version(version=version, now=NOON)
    wave.save()
    client = opened(wave, willing("Jo", language="de"))
    about_soon, about_manual = questions_in(wave)

    page = client.get(about_manual).content.decode()
    assert "Wie wichtig ist ein Handbuch?" in page
    assert 'name="perceived"' not in page
    assert client.get(about_soon).status_code == 404
    assert client.post(about_manual, {"importance": "3"})["Location"] == "/answers/words/"
    assert client.post(about_manual, {"importance": "8"})["Location"] == about_soon
    page = client.get(about_soon).content.decode()
    assert "Wie bald muss sie wieder laufen?" in page
    assert 'name="importance"' not in page


def test_saying_no_ends_the_link_and_one_click_ends_all_questions(wave):
    client = opened(wave)
    client.post("/answers/decline/")

    assert Interview.objects.get().state == "declined"
    assert "That is noted" in client.get("/answers/").content.decode()
    assert Client().get(key_in(mail.outbox[0])).status_code == 404

    address = key_in(mail.outbox[0], "u")
    seen = Client(enforce_csrf_checks=True).get(address)
    assert (seen.status_code, Contact.objects.get().is_opted_out) == (200, False)
    done = Client(enforce_csrf_checks=True).post(address, {"List-Unsubscribe": "One-Click"})
    assert done.status_code == 200
    contact = Contact.objects.get()
    assert (contact.is_opted_out, contact.opted_out_on, contact.opted_out_source) == (True, TODAY, "link in a letter")
    assert Client().post(address).status_code == 200


# ---- The specialists' pages


def test_a_specialist_looks_at_the_letter_and_then_invites(wave):
    client, contact = signed_in("specialist"), willing()
    opted_out = willing("No", is_opted_out=True)
    address = f"{reverse('round_invite', args=[wave.pk])}?contact={contact.pk}&contact={opted_out.pk}"

    page = client.get(address).content.decode()
    assert "Invite 1 contact by mail?" in page
    assert "No does not want to be asked" in page
    assert "/a/…/" in page
    assert not OutboxMessage.objects.exists()

    answer = client.post(address, follow=True)
    assert "0 of 1 invited has answered." in answer.content.decode()
    assert OutboxMessage.objects.get().recipient == contact.pk


def test_a_line_break_in_a_subject_or_an_address_makes_no_header_of_a_letter(wave):
    more = "\r\nBcc: everybody@example.org"
    address = reverse("round_letter", args=[wave.pk, "invitation", "en"])
    assert signed_in("specialist").post(address, {"subject": f"A question{more}", "intro": "x"}).status_code == 302
    asked, other = willing(), willing("Petra Kern")
    ask(wave, asked)
    ask(wave, other)
    # Past the doors, which take no such address and write a subject in one line.
    RoundLetter.objects.update(subject=f"A question{more}")
    Contact.objects.filter(pk=other.pk).update(email=f"{other.email}{more}")
    send_waiting(now=NOON)

    (letter,) = mail.outbox
    assert (letter.message()["Subject"], letter.message()["Bcc"]) == ("A question Bcc: everybody@example.org", None)
    assert letter.recipients() == [asked.email]
    assert sorted(OutboxMessage.objects.values_list("state", flat=True)) == ["failed", "sent"]


def test_a_rounds_own_words_stand_in_its_letters_and_are_no_template(wave):
    client = signed_in("specialist")
    text = {"subject": "A {name} <b>question</b>", "intro": "{{ secret }} {company} {x.__class__}"}
    address = reverse("round_letter", args=[wave.pk, "invitation", "en"])

    assert client.post(address, text).status_code == 302
    ask(wave, willing())
    send_waiting(now=NOON)

    assert mail.outbox[0].subject == text["subject"]
    assert text["intro"] in mail.outbox[0].body
    assert client.post(address, {"subject": "", "intro": "x"}).status_code == 422


def test_invitations_are_read_and_taken_back_by_rest_without_anybodys_drafts(wave):
    ask(wave, willing("Ines Diaz"), willing("Jo"))
    Invitation.objects.update(words={"all": "not sent yet"})
    address, client = "/api/v1/interview-invitations/", caller("specialist")

    listed = client.get(address, {"search": "ines", "round": wave.pk, "state": "invited"})
    (found,) = listed.json()["results"]
    assert (found["round"], found["state"], found["reminders"], found["may_quote"]) == (wave.pk, "invited", 0, None)
    assert "not sent yet" not in listed.content.decode()

    taken_back = client.post(f"{address}{found['id']}/withdraw/", content_type="application/json", data={})
    assert (taken_back.status_code, taken_back.json()["state"]) == (200, "cancelled")
    links = PersonalLink.objects.filter(invitation=found["id"], purpose="answer")
    assert list(links.values_list("revoked_at", flat=True)) != [None]
    assert sorted(Interview.objects.values_list("state", flat=True)) == ["cancelled", "invited"]
