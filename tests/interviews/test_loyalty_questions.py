"""NPS, CSAT and CES as questions of a guide: their words and scales, where answers lie and what is read of them."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from interviews.guide_files import bring_in
from interviews.guide_models import GuideVersion, LoyaltyAnswer
from interviews.guide_script import all_questions, length_of
from interviews.guide_selectors import script_of
from interviews.guide_services import NewQuestion, add_question, launch_version
from interviews.guided_services import put_loyalty
from interviews.loyalty_rows import loyalty_rows
from interviews.models import Interview, Part
from interviews.opinions import Asked
from tests.factories.guides import ask, draft
from tests.factories.interviews import InterviewFactory, RoundFactory
from tests.factories.people import signed_in
from tests.factories.requirements_catalog import ProductFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon"), pytest.mark.once]
NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
SCALES = {"nps": (0, 10), "csat": (1, 5), "ces": (1, 7)}


@pytest.fixture
def version() -> GuideVersion:
    """A guide that asks all three, and why of whoever would not recommend us."""
    product, version = ProductFactory(name="Press"), draft("Press", "en", "de")
    first = add_question(version=version, content=NewQuestion(kind="nps", key="nps", texts={}, product=product))
    ask(version, key="why", shown_if=first, shown_if_test="at_most", shown_if_value=Decimal(6))
    for kind in ("csat", "ces"):
        add_question(version=version, content=NewQuestion(kind=kind, key=kind, texts={}, product=product))
    return launch_version(version=version, now=NOW)


@pytest.fixture
def interview(version: GuideVersion) -> Interview:
    found: Interview = InterviewFactory(round=RoundFactory(guide_version=version), state="planned")
    return found


def said() -> dict[str, tuple[int, int | None]]:
    return {each.measure: (each.state, each.rating) for each in LoyaltyAnswer.objects.all()}


def test_they_have_their_standard_words_and_ten_seconds_for_an_answer(version: GuideVersion) -> None:
    english, german = (all_questions(script_of(version), language) for language in ("en", "de"))

    assert english[0].text == "How likely is it that you would recommend us to a friend or colleague?"
    assert german[2].text == "Wie zufrieden oder unzufrieden sind Sie insgesamt mit uns?"
    assert length_of([english[0], *english[2:]]).answer_seconds == 30
    page = signed_in("specialist").get(reverse("guide_question_create", args=[draft("Other").pk]), {"kind": "ces"})
    assert page.context["form"]["text_en"].value().startswith("How far do you agree: you made it easy")


@pytest.mark.parametrize("kind", SCALES)
def test_the_desk_takes_both_ends_and_each_nothing_and_chooses_none_beforehand(interview: Any, kind: str) -> None:
    client, address = signed_in("specialist"), reverse("guided_answer", args=[interview.pk, kind])
    page = client.get(reverse("interview_detail", args=[interview.pk]), {"q": kind}).content.decode()
    lowest, highest = SCALES[kind]
    assert "checked" not in page
    assert [point in page for point in (f'value="{lowest}"', f'value="{highest}"', f'value="{highest + 1}"')] == [
        True, True, False,
    ]  # fmt: skip

    for typed, kept in (
        ({"rating": f"{lowest}"}, (Part.KNOWN, lowest)),
        ({"nothing": "does_not_know"}, (Part.DOES_NOT_KNOW, None)),
        ({"nothing": "not_applicable"}, (Part.NOT_APPLICABLE, None)),
        ({"nothing": "not_asked"}, (Part.NOT_ASKED, None)),
        ({"rating": f"{highest}", "nothing": "not_asked"}, (Part.KNOWN, highest)),
    ):
        assert client.post(address, typed).status_code == 302
        assert said() == {kind: kept}
    assert client.post(address, {"rating": f"{highest + 1}"}).status_code == 422
    assert said() == {kind: (Part.KNOWN, highest)}


def test_a_number_decides_what_is_asked_next_and_a_preview_shows_the_ends(interview: Any, version: Any) -> None:
    client = signed_in("specialist")
    for rating, keys in (("6", ["nps", "why", "csat", "ces"]), ("7", ["nps", "csat", "ces"])):
        client.post(reverse("guided_answer", args=[interview.pk, "nps"]), {"rating": rating})
        page = client.get(reverse("interview_detail", args=[interview.pk]))
        assert [row.asked.key for row in page.context["rows"]] == keys

    preview = client.get(reverse("guide_preview", args=[version.pk]), {"as": "phone", "lang": "de"}).content.decode()
    assert "überhaupt nicht wahrscheinlich" in preview
    assert 'value="10"' in preview


def test_a_file_without_words_gets_the_standard_ones_and_one_about_a_requirement_is_refused() -> None:
    ProductFactory(name="Press")
    document: dict[str, Any] = {
        "format": 1, "name": "Short", "default_language": "en", "languages": ["en"],
        "questions": [{"key": "nps", "kind": "nps", "product": "Press"}],
    }  # fmt: skip
    question = bring_in(document=document).questions.get()
    assert question.texts.get().text == "How likely is it that you would recommend us to a friend or colleague?"

    document["questions"][0]["attribute"] = "documentation"
    with pytest.raises(ValidationError, match="has no attribute"):
        bring_in(document=document | {"name": "Other"})


def test_a_customer_has_one_voice_of_the_newest_answers_and_nothings_have_none() -> None:
    product = ProductFactory()
    first, second = (InterviewFactory(held_on=NOW.date().replace(day=day), completed=True) for day in (1, 2))
    later = InterviewFactory(contact=first.contact, held_on=NOW.date(), completed=True)
    for interview, rating in ((first, 2), (later, 9)):
        put_loyalty(interview, product, "nps", rating=rating)
    put_loyalty(second, product, "nps", rating=None, nothing=Part.DOES_NOT_KNOW)

    rows, heard = loyalty_rows(Asked("current", None, NOW.date()))

    assert [(row.measure, row.rating, row.times, row.voice.shared) for row in rows] == [("nps", 9, 1, 1)]
    assert (heard[product.pk, "nps"].contacts, heard[product.pk, "nps"].newest_on) == (1, NOW.date())
