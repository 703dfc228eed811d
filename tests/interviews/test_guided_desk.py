"""The desk of an interview whose round has a guide: what is asked next, what is kept and where."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from interviews import guide_services
from interviews.guide_models import GuideVersion, KanoAnswer, NothingSaid
from interviews.guide_selectors import replies_of, script_of
from interviews.guide_services import NewChoice
from interviews.guided_services import Given, record_reply
from interviews.models import Answer, Interview, Part
from tests.factories.guides import about, ask, draft
from tests.factories.interviews import InterviewFactory, RoundFactory
from tests.factories.people import signed_in
from tests.factories.requirements_catalog import RequirementFactory
from tests.hostile.corpus import VALUES

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon"), pytest.mark.once]
NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
KEYS = ["goal", "importance", "level", "why", "perceived", "kano", "points", "unique", "else"]


def whole_guide() -> GuideVersion:
    """Return a launched guide with a question of each kind; 'why' is asked only where a day is too long."""
    requirement = RequirementFactory(reference="R-1", scale={})
    product = requirement.products.get()
    other = RequirementFactory(reference="R-2", products=[product])
    version = draft("Press")
    ask(version, "objective", "What for?", key="goal", product=product, is_required=True)
    ask(version, "importance", "How important?", "Wie wichtig?", key="importance", **about(requirement))
    choices = (NewChoice(Decimal(8), {"en": "a shift"}), NewChoice(Decimal(24), {"en": "a day"}))
    level = ask(version, "level", "How long?", "Wie lange?", key="level", choices=choices, **about(requirement))
    branch = {"shown_if": level, "shown_if_test": "at_most", "shown_if_value": Decimal(12)}
    ask(version, "open", "Why so soon?", key="why", **branch)
    ask(version, "perception", key="perceived", **about(requirement))
    ask(version, "kano", key="kano", **about(requirement))
    ask(version, "points", key="points", requirements=(requirement, other), product=product)
    ask(version, "uniqueness", key="unique", product=product)
    ask(version, "open", "What else?", key="else")
    return guide_services.launch_version(version=version, now=NOW)


@pytest.fixture
def interview() -> Interview:
    version = whole_guide()
    interview: Interview = InterviewFactory(round=RoundFactory(guide_version=version), state="planned")
    interview.contact.language = "de"
    interview.contact.save()
    return interview


@pytest.fixture
def client() -> Any:
    return signed_in("specialist")


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


def say(client: Any, interview: Interview, key: str, **typed: Any) -> Any:
    return client.post(reverse("guided_answer", args=[interview.pk, key]), typed)


def question_of(interview: Interview, key: str) -> Any:
    return GuideVersion.objects.get().questions.get(key=key)


def test_an_interview_is_asked_from_the_first_question_to_the_last_and_every_answer_has_its_place(
    client: Any, interview: Interview
) -> None:
    page = client.get(reverse("interview_detail", args=[interview.pk]))
    assert [row.asked.key for row in page.context["rows"]] == [key for key in KEYS if key != "why"]
    assert "checked" not in text_of(page)
    say(client, interview, "perceived", perceived="3")
    assert "checked" not in text_of(client.get(page.request["PATH_INFO"], {"q": "importance"}))
    assert "1 required still open" in text_of(page)

    requirement, other = question_of(interview, "points").requirements.order_by("reference")
    said = [
        ("goal", {"text": "Medicine leaflets", "outcome": "No recall"}),
        ("importance", {"importance": "9"}),
        ("level", {"choice": "0"}),
        ("why", {"text": "Die Nachtschicht steht. 🙂"}),
        ("perceived", {"perceived": "4", "expected": "9"}),
        ("kano", {"functional": "2", "dysfunctional": "5"}),
        ("points", {f"points_{requirement.pk}": "70", f"points_{other.pk}": "30"}),
        ("unique", {"text": "Foils of 12 micrometres"}),
        ("else", {"nothing": "does_not_know"}),
    ]
    for number, (key, typed) in enumerate(said, start=1):
        answer = say(client, interview, key, then="next", lang="de", **typed)
        after = said[number][0] if number < len(said) else key
        assert (answer.status_code, answer.url.partition("?")[2]) == (302, f"q={after}&lang=de")

    interview.refresh_from_db()
    assert (interview.state, interview.guide_version) == ("in_progress", GuideVersion.objects.get())
    first, second = Answer.objects.order_by("requirement__reference")
    # The points came last: importance 70 of 100 over two, 5 x 70 x 2 / 100 = 7.
    assert (first.importance_num, first.importance_den, second.importance_num) == (7, 1, 3)
    assert (first.required_level, first.perceived_rating, first.expected_rating) == (8, 4, 9)
    kano = KanoAnswer.objects.get()
    assert (kano.functional, kano.dysfunctional, kano.state) == (2, 5, Part.KNOWN)
    words = interview.verbatims.get()
    assert (words.text, words.question.key, words.language) == ("Die Nachtschicht steht. 🙂", "why", "en")
    goal = interview.objectives.get()
    assert (goal.statement, goal.outcome, goal.question.key) == ("Medicine leaflets", "No recall", "goal")
    assert interview.customer.product_uses.get().uniqueness == "Foils of 12 micrometres"
    assert NothingSaid.objects.get().state == Part.DOES_NOT_KNOW
    page = client.get(reverse("interview_detail", args=[interview.pk]), {"q": "level"})
    assert (page.context["answered"], page.context["needed"], len(page.context["rows"])) == (9, 0, 9)
    assert "Wie lange?" in text_of(page)
    assert "Foils of 12 micrometres" in text_of(client.get(page.request["PATH_INFO"], {"q": "unique"}))


def test_what_was_said_stays_readable_when_the_interview_is_completed(client: Any, interview: Interview) -> None:
    say(client, interview, "goal", text="Leaflets", outcome="No recall")
    say(client, interview, "kano", functional="1", dysfunctional="5")
    say(client, interview, "else", nothing="does_not_know")
    client.post(reverse("interview_complete", args=[interview.pk]))

    page = client.get(reverse("interview_detail", args=[interview.pk]))

    requirement = question_of(interview, "kano").requirement
    assert [(each.statement, each.outcome) for each in page.context["objectives"]] == [("Leaflets", "No recall")]
    assert page.context["beside"] == [
        (str(requirement), "if it is met: I like it; if it is not met: I dislike it"),
        ("What else?", "does not know"),
    ]
    assert "if it is not met: I dislike it" in text_of(page)
    assert say(client, interview, "kano", functional="2", dysfunctional="2").status_code == 404


def test_a_changed_answer_takes_a_branch_away_and_keeps_what_was_said(client: Any, interview: Interview) -> None:
    say(client, interview, "level", level="8", level_unit="hours")
    say(client, interview, "why", text="The night shift stands.")

    address = reverse("guided_answer", args=[interview.pk, "level"])
    quietly = client.post(address, {"level": "2", "level_unit": "days"}, headers={"HX-Request": "true"})

    assert "saved" in text_of(quietly)
    assert "Why so soon?" not in text_of(quietly)
    assert say(client, interview, "why", text="Again").status_code == 404
    assert interview.verbatims.get().text == "The night shift stands."
    # 2 days are 48 hours, as the question states levels.
    assert replies_of(interview, script_of(GuideVersion.objects.get()))["level"].value == 48


@pytest.mark.parametrize("state", ["does_not_know", "not_applicable", "not_asked"])
def test_the_three_nothings_are_answers_to_every_kind(client: Any, interview: Interview, state: str) -> None:
    names = {"importance": "importance", "level": "level_none", "perceived": "perception_none"}
    asked = [key for key in KEYS if key != "why"]
    for key in asked:
        assert say(client, interview, key, **{names.get(key, "nothing"): state}).status_code == 302

    replies = replies_of(interview, script_of(GuideVersion.objects.get()))

    expected = Part[state.upper()]
    # Points that were not asked are no points; the importance says so already.
    kept = [key for key in asked if (key, state) != ("points", "not_asked")]
    assert {key: reply.state for key, reply in replies.items()} == dict.fromkeys(kept, expected)
    say(client, interview, "unique", text="Foils")
    assert NothingSaid.objects.filter(question__key="unique").count() == 0


def test_half_a_pair_and_points_that_do_not_add_up_are_refused_with_a_sentence(
    client: Any, interview: Interview
) -> None:
    first, second = question_of(interview, "points").requirements.order_by("pk")

    page = say(client, interview, "kano", functional="1")
    assert (page.status_code, "Choose how both would feel" in text_of(page)) == (422, True)
    page = say(client, interview, "points", **{f"points_{first.pk}": "60", f"points_{second.pk}": "30"})
    assert (page.status_code, "The points add up to 90. Spread exactly 100" in text_of(page)) == (422, True)
    page = say(client, interview, "points", **{f"points_{first.pk}": "-10", f"points_{second.pk}": "110"})
    assert "Points go from 0 to 100." in text_of(page)
    assert (KanoAnswer.objects.count(), Answer.objects.count(), interview.verbatims.count()) == (0, 0, 0)
    interview.refresh_from_db()
    assert interview.state == "planned"


def test_a_question_that_the_guide_does_not_have_takes_no_answer(interview: Interview) -> None:
    """The guide was changed in the field: an interview that began keeps its version, whatever the round asks now."""
    first = GuideVersion.objects.get()
    record_reply(interview=interview, question=first.questions.get(key="else"), given=Given(text="Nothing."))
    after = guide_services.draft_of(guide=first.guide)
    guide_services.remove_question(question=after.questions.get(key="unique"))
    second = guide_services.launch_version(version=after, now=NOW)
    interview.round.guide_version = second
    interview.round.save()

    with pytest.raises(ValidationError, match="not in the guide that this interview is asked with"):
        record_reply(interview=interview, question=second.questions.get(key="else"), given=Given(text="Late."))
    record_reply(interview=interview, question=first.questions.get(key="unique"), given=Given(text="Foils"))
    later = InterviewFactory(round=interview.round, state="planned", contact=interview.contact)
    with pytest.raises(ValidationError, match="not in the guide"):
        record_reply(interview=later, question=first.questions.get(key="unique"), given=Given(text="Foils"))
    assert interview.verbatims.get().text == "Nothing."
    # The answer to a question that was removed later is kept and read.
    assert replies_of(interview, script_of(first))["unique"].state == Part.KNOWN


def test_the_desk_is_read_in_few_queries(client: Any, interview: Interview, django_assert_max_num_queries: Any) -> None:
    client.get(reverse("interview_detail", args=[interview.pk]))
    for key in ("points", "level", "goal"):
        with django_assert_max_num_queries(30):
            client.get(reverse("interview_detail", args=[interview.pk]), {"q": key})


@pytest.mark.once
def test_no_value_breaks_the_points(client: Any, interview: Interview) -> None:
    """The parts of an answer and words are tried at the desk without a guide."""
    requirements = [f"points_{each.pk}" for each in question_of(interview, "points").requirements.all()]
    address = reverse("guided_answer", args=[interview.pk, "points"])
    for value in VALUES:
        body = "&".join(f"{name}={value.query}" for name in [*requirements, "nothing", "choice", "lang", "then"])
        kind = "application/x-www-form-urlencoded"
        # A quiet save draws no whole page.
        answer = client.generic("POST", address, body, content_type=kind, headers={"HX-Request": "true"})
        assert answer.status_code in {200, 400, 422}, value.name
