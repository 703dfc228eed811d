"""A guide behind a personal link: every kind of question, answered on a phone, counts once it is sent."""

from decimal import Decimal
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from customers.models import ProductUse
from interviews.guide_models import GuideQuestion, NothingSaid
from interviews.guide_services import NewChoice, launch_version
from interviews.inviting import invite
from interviews.models import Interview, Part, Round
from jobs.outbox import send_waiting
from tests.conftest import NOON
from tests.factories.customers import ContactFactory
from tests.factories.guides import about, ask, draft
from tests.factories.interviews import RoundFactory
from tests.factories.requirements_catalog import ProductFactory, RequirementFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]
IN_WORDS = (
    NewChoice(Decimal(8), {"en": "within a working day", "de": "am selben Tag"}),
    NewChoice(Decimal(24), {"en": "by tomorrow", "de": "bis morgen"}),
)
AT_EACH = "/answers/guide/{}/".format


@pytest.fixture
def asked() -> dict[str, GuideQuestion]:
    """A round asked with one question of each kind, in English and German, and one more for whoever has a goal."""
    product = ProductFactory()
    soon = RequirementFactory(reference="R-1", statement="Back in operation soon", products=[product], scale={})
    manual = RequirementFactory(reference="R-2", statement="A manual that helps", products=[product])
    guide = draft()
    found = {
        "level": ask(guide, "level", "How soon?", "Wie bald?", unit="hours", choices=IN_WORDS, **about(soon)),
        "kano": ask(guide, "kano", "And a manual?", "Und ein Handbuch?", **about(manual)),
        "points": ask(guide, "points", "Spread them", requirements=[soon, manual], product=product),
        "nps": ask(guide, "nps", "Recommend us?", "Empfehlen?", product=product),
        "open": ask(guide, "open", "What annoys you?", "Was stört Sie?"),
        "objective": ask(guide, "objective", "What for?", "Wofür?", product=product),
        "uniqueness": ask(guide, "uniqueness", "What is special?", product=product),
    }
    found["why"] = ask(guide, "open", "Why that goal?", shown_if=found["objective"], shown_if_test="answered")
    version = launch_version(version=guide, now=NOON)
    RoundFactory(name="Winter survey", products=[product], guide_version=version)
    return found


def opened(language: str = "en") -> Client:
    contact = ContactFactory(name="Ines Diaz", email="ines@example.org", consent_on=NOON.date(), language=language)
    wave = Round.objects.get(name="Winter survey")
    invite(contacts=[contact], round=wave, ask_again_days=90, now=NOON, today=NOON.date(), invited_by=None)
    send_waiting(now=NOON)
    client = Client()
    client.get(next(part for part in mail.outbox[-1].body.split() if "/a/" in part))
    return client


def page_of(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def test_every_kind_of_question_is_answered_behind_a_link_and_lies_where_the_desk_would_put_it(asked):
    client = opened()
    key = {name: question.key for name, question in asked.items()}
    level, points = asked["level"], asked["points"]
    assert level.requirement is not None
    requirement = level.requirement
    first = f"/answers/{requirement.pk}/{level.product_id}/"
    manual = points.requirements.exclude(pk=requirement.pk).get()
    spread = {f"points_{requirement.pk}": "70", f"points_{manual.pk}": "30"}
    steps: list[tuple[str, dict[str, Any], str]] = [
        (first, {"choice": "1"}, AT_EACH(key["kano"])),
        (AT_EACH(key["kano"]), {"functional": "1", "dysfunctional": "5"}, AT_EACH(key["points"])),
        (AT_EACH(key["points"]), spread, AT_EACH(key["nps"])),
        (AT_EACH(key["nps"]), {"rating": "0"}, AT_EACH(key["open"])),
        (AT_EACH(key["open"]), {"text": "Nights."}, AT_EACH(key["objective"])),
        (AT_EACH(key["objective"]), {"text": "No queue", "outcome": "Nobody waits"}, AT_EACH(key["uniqueness"])),
        (AT_EACH(key["uniqueness"]), {"text": "At sea"}, AT_EACH(key["why"])),
        (AT_EACH(key["why"]), {"nothing": "does_not_know"}, "/answers/words/"),
    ]

    for address, said, following in steps:
        before = page_of(client, address)
        assert "checked" not in before, address
        assert client.post(address, said)["Location"] == following, address

    interview = Interview.objects.get()
    assert "within a working day" in page_of(client, first)
    assert 'value="1"\n                             checked' in page_of(client, first)
    assert (interview.verbatims.count(), interview.objectives.count(), ProductUse.objects.count()) == (0, 0, 0)
    review = page_of(client, "/answers/send/")
    assert all(
        text in review for text in ("I like it", "I dislike it", "70 / 100", "0 / 10", "No queue", "Nobody waits")
    )
    assert client.post("/answers/send/")["Location"] == "/answers/receipt/"

    answers = {answer.requirement_id: answer for answer in interview.answers.all()}
    assert (answers[requirement.pk].required_level, answers[requirement.pk].importance_original) == (24, 70)
    assert answers[manual.pk].importance_original == 30
    assert interview.kano_answers.values_list("requirement", "functional", "dysfunctional").get() == (manual.pk, 1, 5)
    assert interview.verbatims.values_list("text", "question").get() == ("Nights.", asked["open"].pk)
    assert interview.objectives.values_list("statement", "outcome").get() == ("No queue", "Nobody waits")
    assert ProductUse.objects.get().uniqueness == "At sea"
    assert NothingSaid.objects.values_list("question", "state").get() == (asked["why"].pk, 1)
    receipt = page_of(client, "/answers/receipt/")
    assert [receipt.count(text) for text in ("I like it", "Nights.", "At sea", "70 / 100")] == [1, 1, 1, 1]


def test_what_cannot_be_kept_is_said_in_the_customers_language_and_newer_words_take_a_nothings_place(asked):
    client = opened("de")
    kano, points, goal, free = (AT_EACH(asked[name].key) for name in ("kano", "points", "objective", "open"))

    refused = [
        (kano, {"functional": "1"}, "Bitte wählen Sie für beides"),
        (points, {f"points_{asked['points'].requirements.all()[0].pk}": "99"}, "Bitte verteilen Sie genau 100 Punkte"),
        (goal, {"text": "x" * 301}, "Bitte verwenden Sie höchstens 300 Zeichen."),
        (free, {"text": "x" * 20_001}, "Bitte verwenden Sie höchstens 20000 Zeichen."),
    ]
    for address, said, sentence in refused:
        answer = client.post(address, said)
        assert (answer.status_code, sentence in answer.content.decode()) == (422, True), address
    # Left out, and gone on: nothing is kept of it.
    assert client.post(free, {"text": " "})["Location"] == goal
    assert not NothingSaid.objects.exists()

    client.post(goal, {"nothing": "not_applicable"})
    assert client.get(AT_EACH(asked["why"].key)).status_code == 404
    client.post(goal, {"nothing": "not_applicable", "outcome": "Niemand wartet"})
    assert client.get(AT_EACH(asked["why"].key)).status_code == 200
    client.post("/answers/send/")

    assert Interview.objects.get().objectives.values_list("statement", "outcome").get() == ("Niemand wartet", "")
    assert not NothingSaid.objects.exists()
    assert client.post(goal, {"text": "Zu spät"}).status_code == 409


def test_what_a_desk_noted_as_not_asked_is_shown_as_not_answered(asked):
    client, kano = opened(), asked["kano"]
    Interview.objects.get().kano_answers.create(
        requirement_id=kano.requirement_id, product_id=kano.product_id, state=Part.NOT_ASKED
    )

    page = client.get("/answers/send/")

    assert (page.status_code, "If it is met" in page.text) == (200, False)
