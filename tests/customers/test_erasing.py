"""A person is told everything that is kept, and is taken out of every table; the figures stay what they are."""

import json
import os
import re
import subprocess
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.urls import reverse

from accounts import erasures
from accounts.models import AuditEntry, SavedView
from accounts.personal_data import holdings
from customers.erasing import erase_again, erase_contact
from customers.models import Contact
from customers.registering import NewContact, register_contacts
from customers.services import create_contact, update_contact
from gap_scores.models import LedgerEntry
from gap_scores.rebuilding import verify
from gap_scores.services import drain_all
from improvements.action_models import Confirmation
from improvements.ambassadors import agree
from improvements.models import AmbassadorAsk
from interviews import services
from interviews.answering import NewAnswer
from interviews.coding import code_verbatim, set_aside
from interviews.letters import new_key
from interviews.loss_models import LossAssessment
from interviews.losses import assess_loss
from interviews.models import Answer, Interview, Invitation, ReadingSample, Verbatim
from interviews.objectives import record_objective
from interviews.parts import Importance, Perception, RequiredLevel
from interviews.recording import CompletedInterview, Outcome, record_completed_interviews
from interviews.transcript_services import attach_transcript, take_words
from interviews.transcripts import read_transcript
from jobs.models import BulkChange, FileImport, IdempotencyKey, Job
from jobs.services import mark_circle, mark_register
from tests.conftest import NOON
from tests.factories.accounts import UserFactory
from tests.factories.actions import ActionFactory
from tests.factories.customers import ContactFactory, CustomerFactory
from tests.factories.functions import FunctionFactory
from tests.factories.interviews import RoundFactory, VerbatimFactory
from tests.factories.people import shown_again, signed_in
from tests.factories.requirements_catalog import ProductFactory, RatingScaleFactory, RequirementFactory
from tests.gap_scores.test_folding import kept_state

pytestmark = pytest.mark.django_db
TODAY = NOON.date()
REASON = "a signed letter, compared with the contract"
# Where a canary is put: every personal column of a contact but those that follow from another one.
FOLLOWS = {"customers.Contact.search_text", "interviews.Verbatim.tokens"}


def columns() -> list[str]:
    return [
        f"{each.table}.{name}" for each in holdings() for name in each.contact if f"{each.table}.{name}" not in FOLLOWS
    ]


@pytest.fixture(autouse=True)
def _folder(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


@pytest.fixture
def said(noon: Any) -> Any:
    """A person with a canary in every personal column; six others on the first requirement, two on the second."""
    product, owner = ProductFactory(), FunctionFactory()
    common, rare = (RequirementFactory(owner=owner, products=[product], scale={}) for _ in range(2))
    wave, scale, customer = RoundFactory(), RatingScaleFactory(), CustomerFactory(name="Bakery")
    world = SimpleNamespace(common=common, rare=rare, product=product, round=wave, scale=scale, customer=customer)
    for number in range(6):
        held(world, ContactFactory(customer__name=f"Other {number}"), [common, rare][: 2 if number < 2 else 1])
    world.contact = ContactFactory(customer=customer)
    world.canaries = {column: f"kanar{number:02d}x" for number, column in enumerate(columns())}
    fill(world)
    mark_circle()
    mark_register()
    drain_all(as_of=NOON)
    return world


def held(world: Any, contact: Contact, about: list[Any]) -> Interview:
    interview = services.plan_interview(contact=contact, round=world.round, held_on=TODAY, state="in_progress")
    services.record_answers(interview=interview, answers=[answer(world, each, contact.pk) for each in about])
    return services.complete_interview(interview=interview, now=NOON, today=TODAY)


def answer(world: Any, requirement: Any, number: int) -> NewAnswer:
    return NewAnswer(
        requirement=requirement,
        product=world.product,
        importance=Importance.rated(1 + number % 10, world.scale),
        level=RequiredLevel.known(Decimal(number % 7 + 1)),
        perception=Perception.fixed(number % 2 == 0),
    )


def fill(world: Any) -> None:
    """Put the canaries in their places, by hand: a new personal column without one fails here."""
    of, contact = dict(world.canaries), world.contact
    name, words = of["customers.Contact.name"], of["interviews.Verbatim.text"]
    put = {column.rsplit(".", 1)[1]: of.pop(column) for column in columns() if column.startswith("customers.Contact.")}
    put["email"] = f"{put['email']}@example.org"
    Contact.objects.filter(pk=contact.pk).update(**put, consent_on=date(2026, 1, 5))
    contact.refresh_from_db()
    world.interview = held(world, contact, [world.common, world.rare])
    world.open = services.plan_interview(contact=contact, round=world.round, held_on=TODAY, state="in_progress")
    services.record_answers(interview=world.open, answers=[answer(world, world.common, 3)])
    drafts = {"all": f"Not sent yet: {of.pop('interviews.Invitation.words')}"}
    invited = Invitation.objects.create(interview=world.open, invited_at=NOON, words=drafts)
    new_key(invited, "answer", NOON, NOON + timedelta(days=30))
    Interview.objects.filter(pk=world.interview.pk).update(
        external_id=of.pop("interviews.Interview.external_id"),
        hand_over_note=f"Ask for {of.pop('interviews.Interview.hand_over_note')}",
    )
    coded = VerbatimFactory(interview=world.interview, text=f"Before six, {of.pop('interviews.Verbatim.text')} says.")
    Verbatim.objects.filter(pk=coded.pk).update(language=of.pop("interviews.Verbatim.language"))
    code_verbatim(verbatim=coded, requirement=world.common, coder_name="Ines", start=0, end=6)
    other = VerbatimFactory(interview=world.open, text="Nice people everywhere.")
    set_aside(verbatim=other, reason=f"Praise of {of.pop('interviews.SetAside.reason')}", coder_name="Ines")
    sample = ReadingSample.objects.create(coder_name="Otto", drawn_by_name="Ines", drawn_at=NOON, seed=1, drawn_from=2)
    sample.readings.create(
        verbatim=coded, state="resolved", done_at=NOON, stands="first", resolved_by_name="Ines", resolved_at=NOON,
        note=of.pop("interviews.SecondReading.note"),
    ).codes.create(requirement=world.common, start=0, end=6)  # fmt: skip
    world.interview.objectives.create(
        product=world.product, statement=f"No waste for {of.pop('interviews.Objective.statement')}",
        outcome=of.pop("interviews.Objective.outcome"),
    )  # fmt: skip
    world.interview.unchosen.create(
        key="1-1", asked="R-1", said=[["Words", of.pop("interviews.UnchosenAnswer.said")]], entry="0" * 32,
        chosen_by_name="Ines", chosen_at=NOON,
    )  # fmt: skip
    talk = attach_transcript(
        interview=world.open, by=UserFactory(), now=NOON,
        file_name=f"{of.pop('interviews.Transcript.file_name')}.txt",
        content=f"{of.pop('interviews.TranscriptPlace.speaker')}: {of.pop('interviews.Transcript.content')}".encode(),
    )  # fmt: skip
    take_words(transcript=talk, speakers=read_transcript(kind="txt", content=bytes(talk.content)).speakers, now=NOON)
    theirs = f"Says {of.pop('interviews.LossAssessment.reason_theirs')}"
    assess_loss(
        customer=world.customer, assessor=None, assessor_name="Ines", today=TODAY, lost_on=TODAY, contact=contact,
        value_lost=900, reason_theirs=theirs, theirs=[world.common],
    )  # fmt: skip
    ambassador = agree(
        contact=contact, agreed_on=TODAY, agreed_source=of.pop("improvements.Ambassador.agreed_source"), noted_by=None,
        noted_by_name="Ines", today=TODAY,
    )  # fmt: skip
    asked = {
        name: f"Words of {of.pop(f'improvements.AmbassadorAsk.{name}')}"
        for name in ("about", "despite", "outcome_words")
    }
    prospect = CustomerFactory(lifecycle="prospective")
    AmbassadorAsk.objects.create(ambassador=ambassador, prospect=prospect, asked_on=TODAY, kind="call",
                                 asked_by_name="Ines", **asked)  # fmt: skip
    Confirmation.objects.create(
        action=ActionFactory(about=[world.common]), contact=contact, asked_on=TODAY, is_fixed=True, said_on=TODAY,
        source="phone", noted_by_name="Ines", note=f"Words of {of.pop('improvements.Confirmation.note')}",
    )  # fmt: skip
    copies(of, name, words)
    assert of == {}


def copies(of: dict[str, str], name: str, words: str) -> None:
    """Leave copies that name the person, each with a canary of its own beside the name."""
    about = {
        column.rsplit(".", 1)[1]: f"{of.pop(column)} {name}" for column in list(of) if column.startswith("jobs.Job.")
    }
    Job.objects.create(
        kind="x", title=name, message=f"Row 3 names {name}", about={"q": name}, result={"of": name},
        errors=[{"row": 3, "value": about["errors"], "reason": "unknown"}, {"row": 4, "value": "Otto"}],
    )  # fmt: skip
    for column in [each for each in of if each.startswith("jobs.")]:
        of.pop(column)
    person = UserFactory()
    BulkChange.objects.create(
        list_name="interviews", action="round", title=name, done_by=person, done_at=NOON,
        rows=[{"pk": 1, "name": f"{name}, 2026-03-02", "before": {}}], skipped=[{"pk": 2, "name": name, "why": "no"}],
    )  # fmt: skip
    FileImport.objects.create(
        kind="customers", stage="imported", folder=uuid4().hex, sha256="0" * 64, file_name=f"{name}.csv",
        meanings={"name": {"fixed": name}}, counts={name: 1}, uploaded_at=NOON,
    )  # fmt: skip
    IdempotencyKey.objects.create(
        user=person,
        key="k",
        fingerprint="f",
        answer=json.dumps({"text": words, "name": name}).encode(),
        created_at=NOON,
    )
    SavedView.objects.create(user=person, list="contacts", name="mine", query=f"q={name}&page=2")
    SavedView.objects.create(user=person, list="contacts", name=f"of {name}", query="")
    for column in [each for each in of if each.startswith("accounts.")]:
        of.pop(column)


def everywhere() -> str:
    """Return everything that stands in any table; on SQLite every byte of the database, freed ones included."""
    if connection.vendor == "sqlite":
        return connection.connection.serialize().decode("utf-8", errors="replace")
    with connection.cursor() as cursor:
        found = []
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            found += [row[0] for row in cursor.fetchall()]
    for record in IdempotencyKey.objects.all():  # binary columns are shown as hexadecimal digits
        found.append(bytes(record.answer).decode())
    return "\n".join(found)


def sums_of(requirement: Any) -> list[tuple[Any, ...]]:
    return [row for row in kept_state()[0] if row[0] == requirement.pk]


def erase(world: Any) -> Contact:
    return erase_contact(contact=world.contact, reason=REASON, now=NOON, today=TODAY)


def ledger_of(requirement: Any) -> list[tuple[Any, ...]]:
    return list(LedgerEntry.objects.filter(requirement_id=requirement.pk).order_by("contact_id").values_list())


def test_the_export_has_every_canary_and_after_erasing_no_byte_of_the_database_has_one(said, tmp_path):
    client = shown_again(signed_in("administrator"), at=NOON.timestamp())
    page = reverse("contact_data", args=[said.contact.pk])
    put = {canary for column, canary in said.canaries.items() if not column.startswith(("jobs.", "accounts."))}
    before = everywhere()
    assert {canary for canary in put if canary not in before} == set()

    told = client.post(page, {"reason": "asked for it in a letter"})

    assert told["Content-Disposition"] == f'attachment; filename="contact-{said.contact.pk}.json"'
    assert {canary for canary in put if canary not in told.content.decode()} == set()
    found = json.loads(told.content)
    assert len(found["interviews"]) == 2
    assert len(found["answers"]) == 3
    assert {view["name"] for view in found["saved_views"]} == {"mine", f"of {said.contact.name}"}
    assert {each["what"] for each in found["work"]} == {"job", "file import", "bulk change"}
    assert len(found["repeated_answers"]) == 1

    sums, shared = sums_of(said.common), ledger_of(said.common)
    page = reverse("contact_erase", args=[said.contact.pk])
    sentences = " ".join(client.get(page).content.decode().split())
    assert "3 verbatims with what was read in them, 1 objective, 1 second reading, 1 transcript" in sentences
    assert "1 answer: fewer than 5 others were heard on its requirement" in sentences
    assert "1 answer as numbers, which leads to nobody" in sentences
    wrong = client.post(page, {"name": "Somebody", "reason": REASON})
    naming = client.post(page, {"name": said.contact.name, "reason": f"{said.contact.name} called"})
    assert [answer.status_code for answer in (wrong, naming)] == [422, 422]
    assert client.post(page, {"name": said.contact.name, "reason": REASON}).status_code == 302

    drain_all(as_of=NOON)
    after = everywhere()
    assert {canary for canary in put if canary in after} == set()
    assert [str(each) for each in verify(now=NOON)] == []
    assert ledger_of(said.common) == shared
    assert sums_of(said.common) == sums != []
    assert len(ledger_of(said.rare)) == 2
    assert list(LossAssessment.objects.values_list("value_lost", "reason_theirs", "contact")) == [(900, "", None)]
    assert list(AmbassadorAsk.objects.values_list("asked_on", "kind", "about")) == [(TODAY, "call", "")]
    assert list(AuditEntry.objects.order_by("number").values_list("kind", "object_id"))[-2:] == [
        ("contact.told", f"contact {said.contact.pk}"), ("contact.erased", f"contact {said.contact.pk}"),
    ]  # fmt: skip
    note = (tmp_path / erasures.LOG).read_text()
    assert str(said.contact.key) in note
    assert {canary for canary in put if canary in note} == set()
    assert client.get(page).status_code == 404
    assert client.get(reverse("contact_update", args=[said.contact.pk])).status_code == 404
    assert client.get(reverse("customer_detail", args=[said.customer.pk])).status_code == 200


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_no_dump_of_the_database_tells_of_an_erased_person(said):
    put = {canary for column, canary in said.canaries.items() if not column.startswith(("jobs.", "accounts."))}
    before = dumped()
    assert {canary for canary in put if canary not in before} == set()

    erase(said)
    drain_all(as_of=NOON)

    after = dumped()
    assert {canary for canary in put if canary in after} == set()


def dumped() -> str:
    """Return what pg_dump writes of this database, with what stands in its binary columns."""
    its = {f"PG{name}": str(connection.settings_dict[name]) for name in ("HOST", "PORT", "USER", "PASSWORD")}
    told = {**os.environ, **its, "PGDATABASE": connection.settings_dict["NAME"]}
    text = subprocess.run(["pg_dump"], env=told, check=True, capture_output=True, text=True).stdout
    binary = [bytes.fromhex(found).decode(errors="replace") for found in re.findall(r"\\\\x((?:[0-9a-f]{2})+)", text)]
    return "\n".join([text, *binary])


def test_whoever_is_erased_in_the_middle_of_an_interview_leaves_a_sentence_and_nothing_half_written(said):
    fresh, words = Contact.objects.get(pk=said.contact.pk), said.interview.verbatims.get()
    erase(said)
    said.open.refresh_from_db()
    counts = Answer.objects.count(), Verbatim.objects.count(), Interview.objects.count()
    acts = [
        lambda: services.record_answers(interview=said.open, answers=[answer(said, said.common, 4)]),
        lambda: services.record_verbatim(interview=said.open, text="Once more."),
        lambda: record_objective(interview=said.open, product=said.product, statement="Once more."),
        lambda: services.complete_interview(interview=said.open, now=NOON, today=TODAY),
        lambda: services.change_interview_state(interview=said.open, state="in_progress"),
        lambda: services.reopen_interview(interview=said.interview),
        lambda: services.plan_interview(contact=fresh, round=said.round, held_on=TODAY),
        lambda: update_contact(contact=fresh, changes={"name": "Back again"}, today=TODAY),
        lambda: erase_contact(contact=fresh, reason=REASON, now=NOON, today=TODAY),
    ]

    for act in acts:
        with pytest.raises(ValidationError, match="erased on 2026-03-16"):
            act()
    with pytest.raises(ValidationError, match="erased meanwhile"):
        code_verbatim(verbatim=words, requirement=said.common, coder_name="Ines")
    row = CompletedInterview(
        contact=fresh, round=said.round, held_on=TODAY, mode="phone", source="file", external_id="I-1",
        answers=(answer(said, said.common, 4),),
    )  # fmt: skip
    (recorded,) = record_completed_interviews(rows=[row], now=NOON, today=TODAY)

    assert (recorded.outcome, recorded.refusals[0].field) == (Outcome.REFUSED, "contact")
    assert (said.open.state, Answer.objects.filter(interview=said.open).count()) == ("cancelled", 0)
    assert (Answer.objects.count(), Verbatim.objects.count(), Interview.objects.count()) == counts


def test_an_erasure_that_fails_at_its_end_leaves_everything_as_it_was(said, monkeypatch):
    def broken(*_args: Any, **_kwargs: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr("customers.erasing.record", broken)
    before = (Answer.objects.count(), Verbatim.objects.count(), said.contact.name)

    with pytest.raises(RuntimeError), transaction.atomic():
        erase(said)

    said.contact.refresh_from_db()
    assert (Answer.objects.count(), Verbatim.objects.count(), said.contact.name) == before


@pytest.mark.parametrize("is_older_than_keys", [False, True])
def test_whom_a_restore_brings_back_is_erased_again_by_the_note(noon, is_older_than_keys):
    contact, other = ContactFactory(email="back@example.org"), ContactFactory()
    kept = Contact.objects.filter(pk=contact.pk).values("name", "email", "key", "is_active", "is_opted_out").get()
    if is_older_than_keys:
        kept["key"] = None
        Contact.objects.filter(pk=contact.pk).update(key=None)
    erase_contact(contact=contact, reason=REASON, now=NOON, today=TODAY)
    Contact.objects.filter(pk=contact.pk).update(**kept, erased_on=None)

    assert erase_again(now=NOON, today=TODAY) == 1
    assert erase_again(now=NOON, today=TODAY) == 0
    assert Contact.objects.filter(name=kept["name"]).count() == 0
    assert Contact.objects.get(pk=other.pk).erased_on is None


def test_whoever_was_erased_comes_back_by_a_newer_consent_only(noon):
    contact = ContactFactory(email="Back@example.org", external_id="C-17")
    customer = contact.customer
    erase_contact(contact=contact, reason=REASON, now=NOON, today=TODAY)
    again = {"customer": customer, "name": "Back again", "today": TODAY}

    by_address = NewContact(customer=customer, external_id="new", name="Back again", email="back@EXAMPLE.org")
    by_id = NewContact(customer=customer, external_id="C-17", name="Back again")
    elsewhere = NewContact(customer=CustomerFactory(), external_id="C-17", name="Another one")
    results = register_contacts(rows=[by_address, by_id, elsewhere])

    assert [list(each.errors) for each in results] == [["email"], ["external_id"], []]
    with pytest.raises(ValidationError, match="was erased on 2026-03-16"):
        create_contact(email="back@example.org", consent_on=date(2026, 3, 15), **again)
    assert create_contact(email="back@example.org", consent_on=TODAY, **again).erased_on is None


def test_the_command_tells_and_erases_only_for_a_reason(said, capsys):
    number = str(said.contact.pk)
    with pytest.raises(CommandError, match="--reason"):
        call_command("personal_data", "erase", number)
    with pytest.raises(CommandError, match="must not name the person"):
        call_command("personal_data", "erase", number, reason=f"{said.contact.name} called")

    call_command("personal_data", "outlook", number)
    call_command("personal_data", "export", number, reason=REASON)
    out = capsys.readouterr().out
    assert "Goes:\n- " in out
    assert said.canaries["interviews.Verbatim.text"] in out
    call_command("personal_data", "erase", number, reason=REASON)

    with pytest.raises(CommandError, match="no contact"):
        call_command("personal_data", "export", number, reason=REASON)
