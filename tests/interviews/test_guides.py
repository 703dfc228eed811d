from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from interviews import guide_services, services
from interviews.guide_files import begin_with, bring_in, document_of, read_file, starters, written
from interviews.guide_models import Guide, GuideQuestion, GuideVersion
from interviews.guide_script import Wording, questions_for
from interviews.guide_selectors import faults_of, questions_of_version, script_of, untranslated, version_of
from interviews.guide_services import NewChoice, NewQuestion
from interviews.models import Round
from requirements_catalog.models import Attribute
from tests.api.callers import caller
from tests.factories.guides import about, ask, draft
from tests.factories.interviews import InterviewFactory, RoundFactory
from tests.factories.requirements_catalog import ProductFactory, RequirementFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
ARABIC = "كم ساعة يمكنك الانتظار؟ 🙂"


def launched(version: GuideVersion) -> GuideVersion:
    return guide_services.launch_version(version=version, now=NOW)


def full_guide() -> GuideVersion:
    """Return a draft with a question of each kind, a branch, choices in words, RTL and emoji."""
    requirement = RequirementFactory(reference="R-1", scale={})
    other = RequirementFactory(reference="R-2", products=[requirement.products.get()])
    product = requirement.products.get()
    version = draft("Press", "en", "de", "ar")
    importance = ask(version, "importance", **about(requirement), is_required=True)
    choices = (
        NewChoice(Decimal(8), {"en": "within a shift", "ar": "خلال وردية"}),
        NewChoice(Decimal("0.5"), {"en": "at once 🙂"}),
    )
    texts = {"en": Wording("How long?", "Ask for the worst night."), "ar": Wording(ARABIC)}
    branch = {"shown_if": importance, "shown_if_test": "at_least", "shown_if_value": Decimal("7.5")}
    guide_services.add_question(
        version=version,
        content=NewQuestion(kind="level", texts=texts, choices=choices, **about(requirement), **branch),
    )
    for kind in ("perception", "kano"):
        ask(version, kind, **about(requirement))
    ask(version, "points", requirements=(requirement, other), product=product)
    ask(version, "open", attribute=Attribute.objects.get(key="documentation"))
    for kind in ("objective", "uniqueness"):
        ask(version, kind, product=product)
    return version


def refused(call: Any, **arguments: Any) -> list[str]:
    """Return the sentences of a refusal, and look that nothing was written."""
    before = Guide.objects.count(), GuideQuestion.objects.count()
    with pytest.raises(ValidationError) as caught, transaction.atomic():
        call(**arguments)
    assert (Guide.objects.count(), GuideQuestion.objects.count()) == before
    return caught.value.messages


def test_a_guide_comes_back_from_its_file_as_it_was_and_copies_keep_every_key() -> None:
    version = full_guide()
    content = written(version)

    copy = bring_in(document=read_file(content), name="Press again")
    next_one = guide_services.draft_of(guide=launched(version).guide)

    assert document_of(copy) | {"name": "Press"} == document_of(version) == document_of(next_one)
    assert (next_one.number, next_one.state) == (2, "draft")
    assert [each.key for each in questions_of_version(next_one)] == [f"q{number}" for number in range(1, 9)]
    # The copy's branches stand on its own questions.
    after = next_one.questions.exclude(shown_if=None).get()
    assert after.shown_if is not None
    assert (after.shown_if.version_id, after.unit) == (next_one.pk, "hours")


def test_every_fault_of_a_file_names_question_and_field_and_nothing_comes_in() -> None:
    document = document_of(full_guide())
    document["colour"] = "red"
    questions = document["questions"]
    questions[0] |= {"requirement": "R-99", "kind": 5}
    questions[1]["choices"][1]["level"] = "soon"
    questions[1]["only_if"]["question"] = "q8"
    questions[2]["texts"]["en"]["question"] = ["?"]
    questions[3]["required"] = "yes"
    questions[4]["requirements"] = ["R-1", "R-77"]

    said = refused(bring_in, document=document, name="Other")

    assert [sentence.partition(": ")[0] for sentence in said] == [
        "colour",
        "Question 1, kind",
        "Question 1, requirement",
        "Question 2, choices, 2, level",
        "Question 2, choices, 2, level",
        "Question 3, texts, en, question",
        "Question 4, required",
        "Question 5, requirements",
    ]
    assert "'R-99' is not here." in said[2]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"kind": "poem"}, "Question 1, kind: 'poem' is no kind of question."),
        ({"key": "A key"}, "Question 1, key: A key has at most 40 small letters"),
        ({"choices": [{"level": 1, "texts": {"en": "one"}}]}, "Question 1, kind: A question of the kind 'importance'"),
        ({"texts": {"en": {"question": "x" * 501}}}, "Question 1, texts: In 'en': enter 1 to 500 characters"),
        ({"texts": {"<b>": {"question": "x"}}}, "Question 1, texts: '<b>' is not the code of a language"),
        ({"only_if": {"question": "q9", "test": "answered"}}, "Question 1, only_if, question: 'q9' is no question"),
    ],
)
def test_what_a_question_of_a_file_may_not_say_is_named(change: dict[str, Any], sentence: str) -> None:
    document = document_of(full_guide())
    document["questions"] = [document["questions"][0] | change]

    (said,) = refused(bring_in, document=document, name="Other")

    assert said.startswith(sentence)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"{", "Expecting property name"),
        (b"[]", "The file holds no guide"),
        (b'{"format": 1, "format": 1}', "The key 'format' is there twice"),
        (b" " * (2**20 + 1), "The file is larger than 1 MiB"),
    ],
)
def test_what_is_no_guide_is_refused_before_it_is_read(content: bytes, sentence: str) -> None:
    assert refused(read_file, content=content)[0].startswith(sentence)


def test_each_starter_becomes_a_draft_that_can_be_launched_in_two_languages() -> None:
    product = ProductFactory()

    made = [begin_with(starter=each, product=product) for each in [*starters(), starters()[0]]]

    assert [each.guide.name for each in made] == [
        "What quality means to you", "Why you left", "What would win you", "After a release",
        "What quality means to you 2",
    ]  # fmt: skip
    for version in made:
        questions = questions_of_version(version)
        assert (faults_of(version, questions), untranslated(version, questions)) == ([], [])
        assert launched(version).state == "launched"


def test_what_is_launched_stays_as_it_was_asked() -> None:
    version = launched(full_guide())
    before = document_of(version)
    question = version.questions.earliest("pk")
    content = NewQuestion(kind="open", texts={"en": Wording("Other words?")})
    calls = (
        (guide_services.add_question, {"version": version, "content": content}),
        (guide_services.change_question, {"question": question, "revision": 1, "content": content}),
        (guide_services.move_question, {"question": question, "by": 1}),
        (guide_services.remove_question, {"question": question}),
        (guide_services.change_languages, {"version": version, "default_language": "de", "languages": []}),
        (guide_services.launch_version, {"version": version, "now": NOW}),
        (guide_services.remove_draft, {"version": version}),
    )

    for call, arguments in calls:
        assert refused(call, **arguments) == [
            "Version 1 was launched, so it stays as it was asked. Change the guide in a new draft."
        ]
    assert document_of(version) == before


def test_a_launch_says_of_each_question_what_is_missing_and_which_words_stand_in() -> None:
    version = draft()
    requirement, elsewhere = RequirementFactory(reference="R-1"), RequirementFactory(reference="R-2")
    ask(version, "importance", de="Wie wichtig?")
    ask(version, "level", **about(requirement))
    ask(version, "kano", requirement=elsewhere, product=requirement.products.get())
    ask(version, "points", requirements=(requirement,), product=requirement.products.get())
    retired = RequirementFactory(reference="R-3")
    ask(version, "perception", **about(retired))
    retired.state = "retired"
    retired.save()
    guide_services.add_question(version=version, content=NewQuestion(kind="open", texts={"de": Wording("Was noch?")}))

    assert refused(guide_services.launch_version, version=version, now=NOW) == [
        "Question 1: It names no product, so its answer has no place. Choose one.",
        "Question 1: It names no requirement, so its answer has no place. Choose one.",
        "Question 2: R-1 has no scale, so no level can be stated. Give it a scale, or ask otherwise.",
        f"Question 3: R-2 is not a requirement of {requirement.products.get()}.",
        "Question 4: Points are spread over at least two requirements. Choose them.",
        "Question 5: R-3 was retired or merged, so it takes no answers. Ask about another one.",
        "Question 6: It has no words in the default language. Write them.",
    ]
    assert [(each.number, each.language) for each in untranslated(version, questions_of_version(version))] == [
        (2, "de"), (3, "de"), (4, "de"), (5, "de"), (6, "en"),
    ]  # fmt: skip
    assert refused(guide_services.launch_version, version=draft("Empty"), now=NOW) == [
        "There is no question yet. Add the first one."
    ]


def test_branches_point_backwards_whatever_is_moved_or_removed() -> None:
    version = draft()
    first = ask(version)
    importance = ask(version, "importance", **about(RequirementFactory()))
    after = ask(version, shown_if=importance, shown_if_test="at_most", shown_if_value=Decimal(3))

    assert refused(guide_services.move_question, question=after, by=-1) == [
        "Question 3 depends on question 2, so it stays behind it."
    ]
    assert refused(guide_services.move_question, question=importance, by=1) == [
        "Question 3 depends on question 2, so it stays behind it."
    ]
    assert refused(guide_services.remove_question, question=importance) == [
        "Question 3 depends on its answer. Change that condition first."
    ]
    guide_services.move_question(question=importance, by=-1)
    guide_services.remove_question(question=first)

    assert [(each.key, each.position) for each in questions_of_version(version)] == [("q2", 1), ("q3", 2)]
    # The key of a question that was removed in a draft is free; one that was launched never is.
    launched(version)
    later = guide_services.draft_of(guide=version.guide)
    guide_services.remove_question(question=later.questions.get(key="q3"))
    assert ask(later).key not in {"q2", "q3"}


@pytest.mark.parametrize(
    ("branch", "sentence"),
    [
        ({"shown_if_test": "answered"}, "Choose on which question's answer it depends."),
        ({"shown_if": "first"}, "Choose what its answer has to be."),
        ({"shown_if": "first", "shown_if_test": "at_least"}, "State a number for 'is at least' and 'is at most'"),
        ({"shown_if": "first", "shown_if_test": "answered", "shown_if_value": Decimal(1)}, "State a number for"),
        ({"shown_if": "first", "shown_if_test": "at_least", "shown_if_value": Decimal(1)}, "The answer to question 1"),
        ({"shown_if": "other", "shown_if_test": "answered"}, "It can only depend on an earlier question"),
    ],
)
def test_a_branch_is_whole_and_fits_the_answer_it_looks_at(branch: dict[str, Any], sentence: str) -> None:
    version, other = draft(), draft("Another")
    known = {"first": ask(version), "other": ask(other)}
    said = {name: known.get(value, value) if isinstance(value, str) else value for name, value in branch.items()}

    (told,) = refused(ask, version=version, **said)

    assert told.startswith(sentence)


def test_the_second_of_two_people_is_told_and_the_first_ones_words_stand() -> None:
    question = ask(draft())
    first = NewQuestion(kind="open", texts={"en": Wording("What annoys you?")})
    guide_services.change_question(question=question, revision=1, content=first)

    (told,) = refused(
        guide_services.change_question,
        question=question,
        revision=1,
        content=NewQuestion(kind="open", texts={"en": Wording("What pleases you?")}),
    )

    assert told.startswith("Somebody changed this question while you wrote.")
    assert question.texts.get().text == "What annoys you?"
    guide_services.remove_question(question=question)
    assert refused(guide_services.change_question, question=question, revision=2, content=first) == [
        "Somebody removed this question meanwhile. Add it again if it is needed."
    ]


def test_a_round_asks_with_a_launched_version_and_interviews_that_began_keep_theirs() -> None:
    version = draft()
    ask(version)
    said = {"products": [], "starts_on": None, "ends_on": None}
    with pytest.raises(ValidationError, match="is not launched: it is a draft"):
        services.create_round(name="Spring", guide_version=version)
    version = launched(version)
    wave = services.create_round(name="Spring", guide_version=version)
    began, waits = (InterviewFactory(round=wave, state="planned") for _each in range(2))
    services.change_interview_state(interview=began, state="in_progress")

    second = launched(guide_services.draft_of(guide=version.guide))
    version.refresh_from_db()
    services.update_round(round=wave, name="Spring", guide_version=version, stage="", **said)  # kept, though retired
    services.update_round(round=wave, name="Spring", guide_version=second, stage="", **said)

    began.refresh_from_db()
    waits.refresh_from_db()
    assert version.state == "retired"
    assert (version_of(began), version_of(waits)) == (version, second)
    assert version_of(InterviewFactory(round=RoundFactory())) is None
    with pytest.raises(ValidationError, match="is retired"):
        services.create_round(name="Summer", guide_version=version)
    done = services.complete_interview(interview=waits, now=NOW, today=date(2026, 3, 2))
    assert done.guide_version == second


def test_the_database_refuses_a_second_draft_half_a_branch_and_a_launch_without_a_time() -> None:
    version = draft()
    question = ask(version)
    for broken in (
        lambda: GuideVersion.objects.create(guide=version.guide, number=2, default_language="en"),
        lambda: GuideVersion.objects.filter(pk=version.pk).update(state="launched"),
        lambda: GuideQuestion.objects.filter(pk=question.pk).update(shown_if_test="answered"),
        lambda: GuideQuestion.objects.filter(pk=question.pk).update(shown_if=question.pk, shown_if_test="answered"),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            broken()


def test_a_script_says_what_the_tables_say_in_few_queries(django_assert_num_queries: Any) -> None:
    version = launched(full_guide())

    with django_assert_num_queries(5):
        script = script_of(version)

    asked = {each.key: each for each in questions_for(script, "ar", {})}
    assert list(asked) == ["q1", "q3", "q4", "q5", "q6", "q7", "q8"]
    assert (asked["q1"].is_required, asked["q1"].is_fallback, asked["q5"].question.requirement_ids) == (
        True, True, tuple(sorted(version.questions.get(key="q5").requirements.values_list("pk", flat=True))),
    )  # fmt: skip
    level = script.questions[1]
    assert [(each.level, each.texts["en"]) for each in level.choices] == [
        (8, "within a shift"), (Fraction(1, 2), "at once 🙂"),
    ]  # fmt: skip
    assert (level.texts["ar"].text, level.condition and level.condition.value) == (ARABIC, Fraction(15, 2))


def test_throwing_the_only_draft_away_takes_its_guide_along_and_a_later_one_does_not() -> None:
    version = draft()
    ask(version, shown_if=ask(version), shown_if_test="answered")

    assert guide_services.remove_draft(version=version) is None
    assert not Guide.objects.exists()

    kept = draft()
    ask(kept)
    later = guide_services.draft_of(guide=launched(kept).guide)
    assert guide_services.draft_of(guide=kept.guide) == later
    assert guide_services.remove_draft(version=later) == kept.guide
    assert Round.objects.count() == 0


def test_the_api_gives_versions_with_their_questions_as_their_file_has_them(
    django_assert_max_num_queries: Any,
) -> None:
    client = caller("specialist")

    def reader(address: str, query: dict[str, Any]) -> Any:
        return client.get(address, query).json()

    first = launched(full_guide())
    second = guide_services.draft_of(guide=first.guide)

    with django_assert_max_num_queries(20):
        found = reader("/api/v1/guide-versions/", {"guide": first.guide_id, "ordering": "number"})

    assert [(each["id"], each["state"], each["languages"]) for each in found["results"]] == [
        (first.pk, "launched", ["en", "de", "ar"]), (second.pk, "draft", ["en", "de", "ar"]),
    ]  # fmt: skip
    assert [each["questions"] for each in found["results"]] == [document_of(first)["questions"]] * 2
    assert reader(f"/api/v1/guides/{first.guide_id}/", {}) == {"id": first.guide_id, "name": "Press", "note": ""}
