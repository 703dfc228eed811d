"""Which questions of a guide are asked, in which order and words: pure, from a version as plain values.

    script = script_of(version)                                  # interviews.guide_selectors: a few queries
    questions_for(script, contact.language, replies)             # pure: no query, no clock

`replies` is what was said so far by the key of each question: `Reply(Part.KNOWN, Fraction(7))`, or one of the three
nothings. Keys that the version does not have (a question removed since) say nothing and do no harm.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil

from interviews.guide_models import GuideQuestion
from interviews.models import Part

Kind, Test = GuideQuestion.Kind, GuideQuestion.Test
# Of a product, on a scale that is the same everywhere.
LOYALTY = frozenset({Kind.NPS, Kind.CSAT, Kind.CES})
# Of a requirement: those of one stand on one page behind a link.
PARTS = frozenset({Kind.IMPORTANCE, Kind.LEVEL, Kind.PERCEPTION})
# Whose answer is one number, so that a branch can compare it.
NUMBERS = PARTS | LOYALTY
# Whose answer is in words, which a level or a rating could not hold.
WORDS = frozenset({Kind.OPEN, Kind.OBJECTIVE, Kind.UNIQUENESS})

# How long an interview takes: the words are read at this speed, and an answer of each kind takes so many seconds. These
# are rules of thumb of ours, shown beside the estimate; a pilot interview is the better measure.
WORDS_PER_MINUTE = 150
SECONDS = {
    Kind.IMPORTANCE: 10,
    Kind.LEVEL: 25,
    Kind.PERCEPTION: 20,
    Kind.KANO: 30,
    Kind.POINTS: 90,
    Kind.NPS: 10,
    Kind.CSAT: 10,
    Kind.CES: 10,
    Kind.OPEN: 90,
    Kind.OBJECTIVE: 90,
    Kind.UNIQUENESS: 60,
}


@dataclass(frozen=True, slots=True)
class Wording:
    """What is read aloud or shown; `help` is a hint for the interviewer, which no customer sees."""

    text: str
    help: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """A level in the words of each language, in the unit of its question."""

    level: Fraction
    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Condition:
    """Show a question only if the answer to an earlier one passes this test."""

    key: str
    test: str
    value: Fraction | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptQuestion:
    """One question as plain values; ids are those of the catalogue, None where it names none."""

    id: int
    key: str
    kind: str
    texts: Mapping[str, Wording]
    requirement_id: int | None = None
    attribute_id: int | None = None
    product_id: int | None = None
    requirement_ids: tuple[int, ...] = ()
    unit: str = ""
    is_required: bool = False
    condition: Condition | None = None
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class Script:
    """A version of a guide as plain values; its questions are in order."""

    version_id: int
    default_language: str
    languages: tuple[str, ...]
    questions: tuple[ScriptQuestion, ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """What was said to a question: known, with its number where it has one, or one of the three nothings."""

    state: Part
    value: Fraction | None = None


@dataclass(frozen=True, slots=True)
class AskedChoice:
    level: Fraction
    text: str


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question to ask now. `language` is that of its words; `is_fallback`: not the one that was wished."""

    question: ScriptQuestion
    number: int
    text: str
    help: str
    language: str
    is_fallback: bool
    choices: tuple[AskedChoice, ...] = field(default=())

    @property
    def key(self) -> str:
        return self.question.key

    @property
    def kind(self) -> str:
        return self.question.kind

    @property
    def is_required(self) -> bool:
        return self.question.is_required


def questions_for(script: Script, language: str, answers_so_far: Mapping[str, Reply]) -> list[AskedQuestion]:
    """Return the questions to show, in order, numbered from 1.

    A question with a condition is shown if the earlier question is shown itself and its answer passes the test. Words
    are those of the language, else of the language without its region ('de' for 'de-at'), else of the default one.
    """
    shown: dict[str, ScriptQuestion] = {}
    for question in script.questions:
        condition = question.condition
        if condition is None or (condition.key in shown and passes(condition, answers_so_far.get(condition.key))):
            shown[question.key] = question
    wished = wishes(script, language)
    return [asked(question, number, wished) for number, question in enumerate(shown.values(), start=1)]


def passes(condition: Condition, reply: Reply | None) -> bool:
    """Whether an answer passes the test; a question that was not asked yet passes none."""
    if reply is None or reply.state == Part.NOT_ASKED:
        return False
    if condition.test == Test.NOTHING:
        return reply.state != Part.KNOWN
    if reply.state != Part.KNOWN:
        return False
    if condition.test == Test.ANSWERED:
        return True
    if reply.value is None or condition.value is None:
        return False
    return reply.value >= condition.value if condition.test == Test.AT_LEAST else reply.value <= condition.value


def wishes(script: Script, language: str) -> list[str]:
    """Return the languages in which words are looked for, the wished one first and the default last."""
    code = language.lower().replace("_", "-")
    return list(dict.fromkeys([code, code.partition("-")[0], script.default_language]))


def asked(question: ScriptQuestion, number: int, wished: Sequence[str]) -> AskedQuestion:
    language = next((each for each in wished if each in question.texts), wished[-1])
    words = question.texts.get(language, Wording(""))
    choices = tuple(AskedChoice(each.level, worded(each, (language, *wished))) for each in question.choices)
    is_fallback = language not in wished[: max(1, len(wished) - 1)]
    return AskedQuestion(question, number, words.text, words.help, language, is_fallback, choices)


def worded(choice: Choice, wished: Sequence[str]) -> str:
    return next((choice.texts[each] for each in wished if each in choice.texts), "")


# ---- How long it takes


@dataclass(frozen=True, slots=True)
class Length:
    """The estimate and what it is made of: words at a speed, and seconds for the answers."""

    words: int
    reading_seconds: int
    answer_seconds: int
    questions: int

    @property
    def minutes(self) -> int:
        return ceil((self.reading_seconds + self.answer_seconds) / 60)


def length_of(questions: Sequence[AskedQuestion]) -> Length:
    """Estimate how long these questions take: words / 150 a minute + the seconds of each kind."""
    words = sum(
        len(text.split())
        for each in questions
        for text in (each.text, each.help, *(choice.text for choice in each.choices))
    )
    seconds = sum(SECONDS[Kind(each.kind)] for each in questions)
    return Length(words, ceil(words * 60 / WORDS_PER_MINUTE), seconds, len(questions))


def all_questions(script: Script, language: str) -> list[AskedQuestion]:
    """Return every question of a version as if every branch were taken: what an author sees, and the longest way."""
    wished = wishes(script, language)
    return [asked(question, number, wished) for number, question in enumerate(script.questions, start=1)]
