"""What a guide's page shows of a version: questions in order, two languages side by side, length, what is missing."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from interviews.guide_forms import NAMES
from interviews.guide_models import GuideQuestion, GuideVersion
from interviews.guide_script import SECONDS, WORDS_PER_MINUTE, Kind, all_questions, length_of, questions_for
from interviews.guide_selectors import (
    Fault,
    by_question,
    faults_of,
    questions_of_version,
    script_from,
    untranslated,
)
from web.templatetags.show import plain


@dataclass(frozen=True, slots=True)
class Words:
    """A question in one language; no text: it is missing, and the default language is shown instead."""

    language: str
    text: str
    help: str
    choices: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Row:
    question: GuideQuestion
    number: int
    about: str
    branch: str
    words: tuple[Words, ...]
    faults: tuple[Fault, ...]
    is_first: bool
    is_last: bool


def page_of(version: GuideVersion, *, language: str) -> dict[str, Any]:
    """Return the context of a version's page (8 queries); `language` is that of the second column."""
    questions = questions_of_version(version)
    script = script_from(version, questions)
    beside = beside_of(version, language)
    faults = faults_of(version, questions) if version.is_draft else []
    missing = untranslated(version, questions)
    default = version.default_language
    return {
        "version": version,
        "rows": rows_of(version, questions, by_question(faults), [default, *([beside] if beside else [])]),
        "faults": faults,
        "untranslated": missing,
        "missing_count": {code: sum(each.language == code for each in missing) for code in version.languages},
        "languages": [(code, NAMES.get(code, code)) for code in version.languages],
        "default_name": NAMES.get(default, default),
        "beside": beside,
        "beside_name": NAMES.get(beside, beside),
        "shortest": length_of(questions_for(script, default, {})),
        "longest": length_of(all_questions(script, default)),
        "words_per_minute": WORDS_PER_MINUTE,
        "seconds": [(Kind(kind).label, seconds) for kind, seconds in SECONDS.items()],
        "kinds": Kind.choices,
        "rounds": list(version.rounds.order_by("-starts_on", "-pk")),
        "began": version.interviews.count(),
    }


def beside_of(version: GuideVersion, language: str) -> str:
    """Return the language of the second column: the asked one, else the first further one, else none."""
    others = [code for code in version.languages if code != version.default_language]
    return language if language in others else next(iter(others), "")


def rows_of(
    version: GuideVersion, questions: list[GuideQuestion], faults: dict[int, list[Fault]], languages: list[str]
) -> list[Row]:
    place = {question.pk: number for number, question in enumerate(questions, start=1)}
    return [
        Row(
            question=question,
            number=number,
            about=about(question),
            branch=branch_in_words(question, place),
            words=tuple(words_in(question, code) for code in languages),
            faults=tuple(faults.get(question.pk, ())),
            is_first=number == 1,
            is_last=number == len(questions),
        )
        for number, question in enumerate(questions, start=1)
    ]


def about(question: GuideQuestion) -> str:
    """Say in a few words what a question is about."""
    named = [str(each) for each in (question.requirement, question.attribute) if each]
    named += [each.reference for each in question.requirements.all()]
    return ", ".join([*named, *([str(question.product)] if question.product else [])])


def branch_in_words(question: GuideQuestion, place: dict[int, int]) -> str:
    if question.shown_if_id is None:
        return ""
    value: Any = question.shown_if_value
    said = {"number": place[question.shown_if_id], "test": question.get_shown_if_test_display(), "value": plain(value)}
    return (_("only if the answer to question %(number)s %(test)s %(value)s") % said).strip()


def words_in(question: GuideQuestion, language: str) -> Words:
    found = next((each for each in question.texts.all() if each.language == language), None)
    offered: Any = question.choices.all()
    choices = tuple(
        (plain(choice.level), next((each.text for each in choice.texts.all() if each.language == language), ""))
        for choice in offered
    )
    return Words(language, found.text if found else "", found.help if found else "", choices)
