"""Which questions are asked: pure, so any guide and any answers may be drawn."""

from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interviews.guide_script import (
    Choice,
    Condition,
    Reply,
    Script,
    ScriptQuestion,
    Wording,
    all_questions,
    length_of,
    questions_for,
)
from interviews.models import Part

pytestmark = pytest.mark.once

# A slow machine is not a wrong rule, and the same examples are drawn each time.
EXAMPLES = settings(
    max_examples=50,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
KEYS = [f"q{number}" for number in range(6)]
TESTS = ["answered", "nothing", "at_least", "at_most"]
LANGUAGES = ["en", "de", "ar"]


def question(key: str, condition: Condition | None = None, kind: str = "importance", **said: object) -> ScriptQuestion:
    texts = {"en": Wording(f"{key}?", "Ask twice.")}
    return ScriptQuestion(
        **{"id": int(key[1:]), "key": key, "kind": kind, "texts": texts, "condition": condition} | said
    )


def script(*questions: ScriptQuestion) -> Script:
    return Script(1, "en", ("en", "de", "ar"), questions)


def keys(found: list[object]) -> list[str]:
    return [each.key for each in found]


replies = st.dictionaries(
    st.sampled_from([*KEYS, "removed"]),
    st.builds(Reply, st.sampled_from(Part), st.none() | st.integers(0, 10).map(Fraction)),
)


@st.composite
def scripts(draw: st.DrawFn) -> Script:
    """Draw a guide in which each question may depend on one before it, and has words in some of the languages."""
    questions = []
    for number, key in enumerate(KEYS):
        after = draw(st.none() | st.sampled_from(KEYS[:number])) if number else None
        condition = (
            Condition(after, draw(st.sampled_from(TESTS)), Fraction(draw(st.integers(0, 10)))) if after else None
        )
        written = {"en", *draw(st.sets(st.sampled_from(LANGUAGES)))}
        texts = {code: Wording(f"{key} in {code} 🙂") for code in sorted(written)}
        questions.append(question(key, condition, texts=texts))
    return script(*questions)


@EXAMPLES
@given(scripts(), replies, st.sampled_from(["en", "de", "de-AT", "ar", "xx", "", "DE"]))
def test_questions_keep_their_order_each_once_numbered_and_in_words(
    guide: Script, said: dict[str, Reply], language: str
) -> None:
    shown = questions_for(guide, language, said)

    assert keys(shown) == [key for key in KEYS if key in keys(shown)]
    assert [each.number for each in shown] == list(range(1, len(shown) + 1))
    wished = language.lower().partition("-")[0]
    for each in shown:
        assert each.language == (wished if wished in each.question.texts else "en")
        assert each.text == f"{each.key} in {each.language} 🙂"
        assert each.is_fallback == (each.language != wished)


@EXAMPLES
@given(scripts(), replies)
def test_a_question_is_shown_exactly_if_the_one_before_it_is_and_its_answer_passes(
    guide: Script, said: dict[str, Reply]
) -> None:
    shown = set(keys(questions_for(guide, "en", said)))
    for each in guide.questions:
        condition = each.condition
        reply = said.get(condition.key) if condition else None
        passes = condition is None or (
            reply is not None
            and {
                "answered": reply.state == Part.KNOWN,
                "nothing": reply.state in {Part.DOES_NOT_KNOW, Part.NOT_APPLICABLE},
                "at_least": reply.state == Part.KNOWN and reply.value is not None and reply.value >= condition.value,
                "at_most": reply.state == Part.KNOWN and reply.value is not None and reply.value <= condition.value,
            }[condition.test]
        )
        assert (each.key in shown) == (passes and (condition is None or condition.key in shown))


@EXAMPLES
@given(scripts(), replies)
def test_answers_to_questions_that_are_not_shown_or_not_there_change_nothing(
    guide: Script, said: dict[str, Reply]
) -> None:
    shown = questions_for(guide, "en", said)
    asked = {key: reply for key, reply in said.items() if key in keys(shown)}

    assert questions_for(guide, "en", asked) == shown
    assert set(keys(shown)) <= set(keys(all_questions(guide, "en")))


def test_choices_are_in_the_language_of_the_question_else_in_the_default_one() -> None:
    choices = (
        Choice(Fraction(8), {"en": "within a day", "de": "am selben Tag"}),
        Choice(Fraction(40), {"en": "within a week"}),
    )
    texts = {"en": Wording("How long?"), "de": Wording("Wie lange?")}
    (asked,) = questions_for(script(question("q0", kind="level", texts=texts, choices=choices)), "de", {})

    assert [(each.level, each.text) for each in asked.choices] == [(8, "am selben Tag"), (40, "within a week")]


def test_the_length_is_words_at_150_a_minute_and_the_seconds_of_each_kind() -> None:
    guide = script(question("q0"), question("q1", Condition("q0", "answered"), kind="open"))

    longest, shortest = length_of(all_questions(guide, "en")), length_of(questions_for(guide, "en", {}))

    # Three words a question: "q0?" and "Ask twice."; 6 words = 2.4 s, rounded up; importance 10 s, open 90 s.
    assert (longest.words, longest.reading_seconds, longest.answer_seconds, longest.minutes) == (6, 3, 100, 2)
    assert (shortest.questions, shortest.words, shortest.answer_seconds, shortest.minutes) == (1, 3, 10, 1)
