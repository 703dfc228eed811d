"""Guides through Django's client: what the pages say, ask and refuse."""

import json
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from interviews import guide_services
from interviews.guide_files import document_of
from interviews.guide_models import GuideQuestion, GuideVersion
from interviews.guide_script import Wording
from interviews.guide_selectors import questions_of_version
from interviews.guide_services import NewChoice, NewQuestion
from tests.factories.guides import about, ask, draft
from tests.factories.interviews import RoundFactory
from tests.factories.people import signed_in
from tests.factories.requirements_catalog import ProductFactory, RequirementFactory

pytestmark = [pytest.mark.once, pytest.mark.django_db, pytest.mark.usefixtures("noon")]


@pytest.fixture
def client() -> Any:
    return signed_in("specialist")


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


def messages_of(response: Any) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def test_a_guide_is_begun_by_one_click_changed_launched_and_asked_in_a_round(client: Any) -> None:
    product, requirement = ProductFactory(name="Press"), RequirementFactory(reference="R-7", scale={})

    page = client.post(reverse("guide_starter"), {"product": product.pk, "starter": "loss"}, follow=True)
    version = GuideVersion.objects.get()
    assert messages_of(page) == ["A draft to begin with. Make its words yours, then launch it."]
    assert "What decided that you left?" in text_of(page)
    assert "Was gab den Ausschlag" in text_of(page)

    address = reverse("guide_question_create", args=[version.pk])
    typed = {
        "requirement": requirement.pk, "product": requirement.products.get().pk, "text_en": "How long may it stand?",
        "help_en": "", "text_de": "", "help_de": "", "is_required": "on", "shown_if": version.questions.first().pk,
        "shown_if_test": "answered", "shown_if_value": "", "choice_0_level": "8", "choice_0_en": "a shift",
        "choice_0_de": "eine Schicht", "choice_1_en": "no level",
    }  # fmt: skip
    page = client.post(f"{address}?kind=level", typed)
    assert page.status_code == 422
    assert page.context["form"].errors == {"choice_1_level": ["State the level that these words stand for."]}
    page = client.post(f"{address}?kind=level", typed | {"choice_1_level": "0,5"}, follow=True)

    added = questions_of_version(version)[-1]
    assert (added.position, added.kind, added.unit, added.requirement) == (10, "level", "hours", requirement)
    assert [(str(each.level), [words.text for words in each.texts.all()]) for each in added.choices.all()] == [
        ("8", ["eine Schicht", "a shift"]), ("0.5", ["no level"]),
    ]  # fmt: skip
    assert "only if the answer to question 1 has an answer" in text_of(page)
    assert "1 translation missing; English is shown instead." in text_of(page)

    launch = reverse("guide_launch", args=[version.pk])
    assert "Question 10 is not in German; shown instead: “How long may it stand?”" in text_of(client.get(launch))
    page = client.post(launch, follow=True)
    assert messages_of(page) == ["Launched. Rounds can ask with it now: choose it on the page of the round."]

    wave = RoundFactory(name="Spring")
    said = {"name": "Spring", "starts_on": "", "ends_on": "", "guide_version": version.pk}
    client.post(reverse("round_update", args=[wave.pk]), said)
    wave.refresh_from_db()
    assert wave.guide_version == version
    assert client.get(reverse("guide_question_update", args=[added.pk])).status_code == 404
    assert client.post(reverse("guide_draft", args=[version.guide_id])).url.endswith("?version=2")


def test_what_somebody_else_saved_meanwhile_is_shown_and_may_be_replaced_knowingly(client: Any) -> None:
    question = ask(draft("Guide", "en", "ar"))
    address = reverse("guide_question_update", args=[question.pk])
    mine = {"revision": "1", "text_en": "Mine?", "help_en": "", "text_ar": "لي؟ 🙂", "help_ar": ""}
    content = NewQuestion(kind="open", texts={"en": Wording("Theirs?")})
    guide_services.change_question(question=question, revision=1, content=content)

    page = client.post(address, mine)

    assert page.status_code == 422
    assert [words.text for words in page.context["theirs"]] == ["Theirs?", ""]
    assert "Mine?" in text_of(page)
    assert 'name="revision" value="2"' in text_of(page)
    assert question.texts.get(language="en").text == "Theirs?"
    assert client.post(address, mine | {"revision": "2"}).status_code == 302
    assert {each.language: each.text for each in question.texts.all()} == {"en": "Mine?", "ar": "لي؟ 🙂"}


def test_a_version_is_taken_along_under_the_name_of_its_guide(client: Any) -> None:
    version = draft("After a stop")
    ask(version, "importance", **about(RequirementFactory(reference="R-1")))

    document, table = (client.get(reverse("guide_file", args=[version.pk]), more) for more in ({}, {"format": "xlsx"}))

    assert document["Content-Disposition"] == 'attachment; filename="after-a-stop-1.json"'
    assert json.loads(document.content) == document_of(version)
    assert table["Content-Disposition"] == 'attachment; filename="after-a-stop-1.xlsx"'
    assert table.getvalue().startswith(b"PK")


def test_questions_move_by_button_and_go_after_a_question(client: Any) -> None:
    version = draft()
    first = ask(version, en="First?")
    second = ask(version, en="Second?", shown_if=first, shown_if_test="answered")

    page = client.post(reverse("guide_question_move", args=[second.pk]), {"by": "up"}, follow=True)
    assert messages_of(page) == ["Question 2 depends on question 1, so it stays behind it."]
    removal = reverse("guide_question_delete", args=[first.pk])
    assert "“First?”" in text_of(client.get(removal))
    assert "Question 2 depends on its answer." in text_of(client.post(removal))
    client.post(reverse("guide_question_delete", args=[second.pk]))
    assert [each.pk for each in GuideQuestion.objects.all()] == [first.pk]


def test_the_list_and_a_long_guide_are_read_in_few_queries(client: Any, django_assert_max_num_queries: Any) -> None:
    requirement = RequirementFactory(scale={})
    version = draft("Long", "en", "de", "fr")
    for number in range(12):
        ask(version, "importance", f"How important is {number}?", **about(requirement))

    with django_assert_max_num_queries(20):
        page = client.get(reverse("guide_detail", args=[version.guide_id]), {"lang": "fr", "version": "9"})
    with django_assert_max_num_queries(16):
        table = client.get(reverse("guide_list"))

    assert (page.context["beside"], len(page.context["rows"]), page.context["missing_count"]["fr"]) == ("fr", 12, 12)
    assert [(row.name, row.question_count, row.newest_state) for row in table.context["list"].page] == [
        ("Long", 12, "draft")
    ]


def test_a_preview_asks_on_as_each_of_the_three_sees_it_and_stores_nothing(client: Any) -> None:
    requirement = RequirementFactory(reference="R-7", scale={})
    version = draft("Guide", "en", "de")
    choices = (NewChoice(Decimal("0.5"), {"en": "at once", "de": "sofort"}), NewChoice(Decimal(8), {"en": "a shift"}))
    texts = {"en": Wording("How long?", "Ask twice."), "de": Wording("Wie lange?")}
    level = guide_services.add_question(
        version=version, content=NewQuestion(kind="level", texts=texts, choices=choices, **about(requirement))
    )
    branch = {"shown_if": level, "shown_if_test": "at_most", "shown_if_value": Decimal(1)}
    why = ask(version, "open", "Why so soon?", **branch)
    ask(version, "open", "Why not?", shown_if=why, shown_if_test="nothing")
    address = reverse("guide_preview", args=[version.pk])

    page = client.get(address)
    assert ("Ask twice." in text_of(page), "0.5 hours" in text_of(page), page.context["hidden"]) == (True, True, 2)
    assert "checked" not in text_of(page)
    page = client.get(address, {"as": "phone", "lang": "de", f"a-{level.key}": "0.5", f"a-{why.key}": "not_applicable"})
    assert [each.asked.text for each in page.context["shown"]] == ["Wie lange?", "Why so soon?", "Why not?"]
    assert ("Ask twice." in text_of(page), "sofort" in text_of(page), "hours" in text_of(page)) == (False, True, False)
    page = client.get(address, {"as": "cat", "lang": "xx", f"a-{level.key}": "1e999999999"})
    assert (page.context["eye"], page.context["language"], len(page.context["shown"])) == ("interviewer", "en", 1)
