"""What a customer is asked behind a link: by the round's guide where it has one, else what matters most."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gap_scores.selectors import read_board
from interviews.guide_models import GuideQuestion
from interviews.guide_script import NUMBERS, questions_for
from interviews.guide_selectors import replies_of, script_of, version_of
from interviews.models import Interview
from interviews.selectors import Question, key_of, questions_of

MOST_QUESTIONS = 8
Kind = GuideQuestion.Kind


@dataclass(frozen=True, slots=True)
class Worded:
    """A guide's words for the parts of one question, in the customer's language; a part without words is not asked."""

    level: str = ""
    importance: str = ""
    perception: str = ""

    @property
    def first(self) -> str:
        return self.level or self.importance or self.perception


@dataclass(frozen=True, slots=True)
class Asked:
    """The questions in order, and by key what a guide says of them."""

    questions: list[Question]
    words: Mapping[str, Worded] = field(default_factory=dict)


def asked_of(interview: Interview, language: str) -> Asked:
    """Return what is asked now: a guide's questions about one requirement each, whose answer decides what follows.

    What else a guide has (pairs, points, open questions, objectives) is asked at the desk. All other words of a
    customer have their own page behind every link.
    """
    questions = questions_of(interview)
    words = guided_words(interview, language)
    by_key = {each.key: each for each in questions}
    chosen = [by_key[key] for key in words if key in by_key]
    return Asked(chosen, words) if chosen else Asked(most_important(questions))


def guided_words(interview: Interview, language: str) -> dict[str, Worded]:
    version = version_of(interview)
    if version is None:
        return {}
    script = script_of(version)
    parts: dict[str, dict[str, str]] = {}
    for asked in questions_for(script, language, replies_of(interview, script)):
        about = asked.question
        if asked.kind in NUMBERS:
            parts.setdefault(key_of(about.requirement_id, about.product_id), {})[asked.kind] = asked.text
    return {
        key: Worded(said.get(Kind.LEVEL, ""), said.get(Kind.IMPORTANCE, ""), said.get(Kind.PERCEPTION, ""))
        for key, said in parts.items()
    }


def most_important(questions: Sequence[Question]) -> list[Question]:
    """Return at most a handful of questions in their order: what was answered, then what matters most by the scores."""
    shares = {row.requirement_id: row.share or 0.0 for row in read_board().requirements}
    ranked = sorted(
        questions, key=lambda each: (each.answer is None, -shares.get(each.requirement.pk, 0.0), each.requirement.pk)
    )
    chosen = {each.key for each in ranked[:MOST_QUESTIONS]}
    return [each for each in questions if each.key in chosen]
