"""Writing guides: the only writer of versions, questions and their words. What is launched does not change any more."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from interviews.guide_models import (
    LONGEST_CHOICE,
    LONGEST_HELP,
    LONGEST_KEY,
    LONGEST_QUESTION,
    ChoiceText,
    Guide,
    GuideQuestion,
    GuideVersion,
    QuestionText,
    WordedChoice,
)
from interviews.guide_script import NUMBERS, Wording
from interviews.guide_selectors import faults_of, questions_of_version
from interviews.loyalty_words import standard_texts
from requirements_catalog.models import Attribute, Product, Requirement
from web.fields import to_units

Kind, Test, State = GuideQuestion.Kind, GuideQuestion.Test, GuideVersion.State
MOST_QUESTIONS, MOST_CHOICES, MOST_LANGUAGES = 200, 12, 12
COMPARING = frozenset({Test.AT_LEAST, Test.AT_MOST})
KEY = re.compile(rf"[a-z0-9][a-z0-9-]{{0,{LONGEST_KEY - 1}}}")
LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z]{2,4})?")


@dataclass(frozen=True, slots=True)
class NewChoice:
    """A level in words, in the unit of the requirement's scale of today unless the question names one."""

    level: Decimal
    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewQuestion:
    """What a question says, as a form or a file states it. What does not belong to its kind is refused."""

    kind: str
    texts: Mapping[str, Wording]
    requirement: Requirement | None = None
    attribute: Attribute | None = None
    product: Product | None = None
    requirements: tuple[Requirement, ...] = ()
    unit: str = ""
    is_required: bool = False
    shown_if: GuideQuestion | None = None
    shown_if_test: str = ""
    shown_if_value: Decimal | None = None
    choices: tuple[NewChoice, ...] = ()
    key: str = field(default="")


# ---- Guides


@transaction.atomic
def create_guide(*, name: str, default_language: str, languages: Collection[str] = (), note: str = "") -> GuideVersion:
    """Create a guide with its first draft, version 1; a name that is taken is refused."""
    guide = Guide(name=name.strip(), note=note.strip())
    guide.full_clean()
    guide.save()
    return _new_version(guide, 1, default_language, languages)


def _new_version(guide: Guide, number: int, default_language: str, languages: Collection[str]) -> GuideVersion:
    version = GuideVersion(guide=guide, number=number, default_language=default_language)
    version.languages = checked_languages(default_language, languages)
    version.save()
    return version


@transaction.atomic
def update_guide(*, guide: Guide, name: str, note: str) -> Guide:
    """Change what a guide is called and what it is for; its versions stay as they are."""
    guide.name, guide.note = name.strip(), note.strip()
    guide.full_clean()
    guide.save()
    return guide


def checked_languages(default_language: str, languages: Collection[str]) -> list[str]:
    """Return the languages with the default one first; raise ValidationError for what is no code of a language."""
    codes = list(dict.fromkeys([default_language, *languages]))
    for code in codes:
        try:
            check_language(code)
        except ValidationError as error:
            raise ValidationError({"languages": error}) from error
    if len(codes) > MOST_LANGUAGES:
        message = _("A guide has at most %(most)s languages.")
        raise ValidationError({"languages": ValidationError(message, "languages", {"most": MOST_LANGUAGES})})
    return codes


# ---- Versions


def lock_draft(version: GuideVersion) -> GuideVersion:
    """Read a version anew under a row lock; raise ValidationError for one that is launched or retired."""
    locked = GuideVersion.objects.select_for_update().select_related("guide").get(pk=version.pk)
    if locked.is_draft:
        return locked
    raise ValidationError(
        _("Version %(number)s was launched, so it stays as it was asked. Change the guide in a new draft."),
        code="launched",
        params={"number": locked.number},
    )


@transaction.atomic
def change_languages(*, version: GuideVersion, default_language: str, languages: Collection[str]) -> GuideVersion:
    """Change in which languages a draft is written; words in a language that is taken out are kept, but not shown."""
    locked = lock_draft(version)
    locked.languages = checked_languages(default_language, languages)
    locked.default_language = default_language
    locked.save(update_fields=["languages", "default_language"])
    return locked


@transaction.atomic
def draft_of(*, guide: Guide) -> GuideVersion:
    """Return the guide's draft; where it has none, a new version that says what the newest one says."""
    Guide.objects.select_for_update().get(pk=guide.pk)
    newest = guide.versions.order_by("-number").first()
    if newest is None:
        raise ValidationError(_("This guide has no version to go on from."), code="empty")
    if newest.is_draft:
        return newest
    draft = _new_version(guide, newest.number + 1, newest.default_language, newest.languages)
    copy_questions(source=newest, target=draft)
    return draft


def copy_questions(*, source: GuideVersion, target: GuideVersion) -> None:
    """Copy all questions with their keys, words and branches."""
    made: dict[int, GuideQuestion] = {}
    for question in questions_of_version(source):
        content = content_of(question)
        after = made.get(question.shown_if_id) if question.shown_if_id else None
        made[question.pk] = _store(target, question.position, replace(content, shown_if=after))


def content_of(question: GuideQuestion) -> NewQuestion:
    """Return what a stored question says."""
    return NewQuestion(
        kind=question.kind,
        texts={each.language: Wording(each.text, each.help) for each in question.texts.all()},
        requirement=question.requirement,
        attribute=question.attribute,
        product=question.product,
        requirements=tuple(question.requirements.all()),
        unit=question.unit,
        is_required=question.is_required,
        shown_if=question.shown_if,
        shown_if_test=question.shown_if_test,
        shown_if_value=question.shown_if_value,  # type: ignore[arg-type]  # a Decimal, which the column does not say
        choices=tuple(
            NewChoice(each.level, {words.language: words.text for words in each.texts.all()})  # type: ignore[arg-type]
            for each in question.choices.all()
        ),
        key=question.key,
    )


@transaction.atomic
def launch_version(*, version: GuideVersion, now: datetime) -> GuideVersion:
    """Launch a draft: from now on rounds can ask with it and nothing in it changes; the launched one before is retired.

    Raises ValidationError with one sentence for each question that cannot be asked.
    """
    locked = lock_draft(version)
    faults = faults_of(locked, questions_of_version(locked))
    if faults:
        raise ValidationError([ValidationError(each.said, "fault") for each in faults])
    GuideVersion.objects.filter(guide=locked.guide_id, state=State.LAUNCHED).update(state=State.RETIRED)
    locked.state, locked.launched_at = State.LAUNCHED, now
    locked.save(update_fields=["state", "launched_at"])
    return locked


@transaction.atomic
def remove_draft(*, version: GuideVersion) -> Guide | None:
    """Throw a draft away; a guide that never had another version goes with it. Returns the guide that stays."""
    locked = lock_draft(version)
    guide = locked.guide
    locked.delete()
    if guide.versions.exists():
        return guide
    guide.delete()
    return None


# ---- Questions


@transaction.atomic
def add_question(*, version: GuideVersion, content: NewQuestion) -> GuideQuestion:
    """Add a question at the end of a draft; one of NPS, CSAT or CES without words gets the standard ones."""
    locked = lock_draft(version)
    if not content.texts:
        content = replace(content, texts=standard_texts(content.kind, locked.languages))
    if locked.questions.count() >= MOST_QUESTIONS:
        message = _("A guide has at most %(most)s questions. Nobody answers more.")
        raise ValidationError(message, "too_many", {"most": MOST_QUESTIONS})
    last = locked.questions.aggregate(last=Max("position"))["last"] or 0
    key = content.key or free_key(locked.guide)
    check_content(locked, content, place=last + 1)
    check_key(locked, key)
    return _store(locked, last + 1, replace(content, key=key))


@transaction.atomic
def change_question(*, question: GuideQuestion, revision: int, content: NewQuestion) -> GuideQuestion:
    """Put other words, subject and conditions in a question's place; its key and its kind stay.

    `revision`: that of the question as its author read it; raises ValidationError if somebody changed it since.
    """
    version = lock_draft(question.version)
    locked = question_in(version, question)
    if locked.revision != revision:
        message = _("Somebody changed this question while you wrote. Nothing is lost: compare below, then save again.")
        raise ValidationError(message, code="changed_meanwhile")
    content = replace(content, kind=locked.kind, key=locked.key)
    check_content(version, content, place=locked.position)
    locked.texts.all().delete()
    locked.choices.all().delete()
    locked.revision += 1
    return _write(locked, content)


@transaction.atomic
def move_question(*, question: GuideQuestion, by: int) -> GuideQuestion:
    """Move a question of a draft one place up (-1) or down (1); one that is first or last already stays.

    Raises ValidationError if it would then come before the answer on which it depends.
    """
    version = lock_draft(question.version)
    rows = list(version.questions.order_by("position", "pk"))
    at = next((index for index, each in enumerate(rows) if each.pk == question.pk), None)
    if at is None:
        raise gone()
    to = at + (1 if by > 0 else -1)
    if not 0 <= to < len(rows):
        return rows[at]
    earlier, later = rows[max(at, to)], rows[min(at, to)]  # as they will stand
    if earlier.shown_if_id == later.pk:
        message = _("Question %(number)s depends on question %(other)s, so it stays behind it.")
        params = {"number": max(at, to) + 1, "other": min(at, to) + 1}
        raise ValidationError(message, "forward", params)
    rows[at], rows[to] = rows[to], rows[at]
    number_anew(rows)
    return rows[to]


@transaction.atomic
def remove_question(*, question: GuideQuestion) -> None:
    """Take a question out of a draft. Raises ValidationError if another one depends on its answer."""
    version = lock_draft(question.version)
    locked = question_in(version, question)
    after = list(locked.shown_after.order_by("position", "pk").values_list("position", flat=True))
    if after:
        message = _("Question %(numbers)s depends on its answer. Change that condition first.")
        raise ValidationError(message, "needed", {"numbers": ", ".join(map(str, after))})
    locked.delete()
    number_anew(version.questions.order_by("position", "pk"))


def number_anew(questions: Iterable[GuideQuestion]) -> None:
    """Give questions the places 1, 2, 3 in this order."""
    rows = list(questions)
    for position, each in enumerate(rows, start=1):
        each.position = position
    GuideQuestion.objects.bulk_update(rows, ["position"])


def question_in(version: GuideVersion, question: GuideQuestion) -> GuideQuestion:
    found = version.questions.filter(pk=question.pk).first()
    if found is None:
        raise gone()
    return found


def gone() -> ValidationError:
    return ValidationError(_("Somebody removed this question meanwhile. Add it again if it is needed."), code="gone")


def free_key(guide: Guide) -> str:
    """Return a key that no version of the guide has used: an answer never moves to another question."""
    used = set(GuideQuestion.objects.filter(version__guide=guide).values_list("key", flat=True))
    number = len(used) + 1
    while f"q{number}" in used:
        number += 1
    return f"q{number}"


def _store(version: GuideVersion, position: int, content: NewQuestion) -> GuideQuestion:
    return _write(GuideQuestion(version=version, key=content.key, position=position, kind=content.kind), content)


def _write(question: GuideQuestion, content: NewQuestion) -> GuideQuestion:
    question.requirement, question.attribute, question.product = (
        content.requirement,
        content.attribute,
        content.product,
    )
    question.unit, question.is_required = unit_of(content), content.is_required
    question.shown_if = content.shown_if
    question.shown_if_test, question.shown_if_value = content.shown_if_test, stored_number(content.shown_if_value)
    question.save()
    question.requirements.set(content.requirements)
    QuestionText.objects.bulk_create(
        QuestionText(question=question, language=language, text=words.text.strip(), help=words.help.strip())
        for language, words in content.texts.items()
    )
    for position, choice in enumerate(content.choices):
        stored = WordedChoice.objects.create(question=question, position=position, level=stored_number(choice.level))
        ChoiceText.objects.bulk_create(
            ChoiceText(choice=stored, language=language, text=text.strip()) for language, text in choice.texts.items()
        )
    return question


def stored_number(value: Decimal | None) -> Any:
    """Return a number as a FixedPointField takes it, which its column type does not say."""
    return value


def unit_of(content: NewQuestion) -> str:
    """Return the unit in which a level is asked: the one that is named, else that of the scale of today."""
    scale = content.requirement.current_scale if content.requirement else None
    return (content.unit or (scale.unit if scale else "")) if content.kind == Kind.LEVEL else ""


# ---- What must be true of a question


SUBJECTS = {
    Kind.IMPORTANCE: {"requirement", "product"},
    Kind.LEVEL: {"requirement", "product", "choices", "unit"},
    Kind.PERCEPTION: {"requirement", "product"},
    Kind.KANO: {"requirement", "product"},
    Kind.POINTS: {"requirements", "product"},
    Kind.NPS: {"product"},
    Kind.CSAT: {"product"},
    Kind.CES: {"product"},
    Kind.OPEN: {"requirement", "attribute", "product"},
    Kind.OBJECTIVE: {"product"},
    Kind.UNIQUENESS: {"product"},
}


def check_content(version: GuideVersion, content: NewQuestion, *, place: int) -> None:
    """Raise ValidationError with one entry per field at fault; what is only still missing is told before a launch."""
    errors: dict[str, ValidationError] = {}
    for name, check in (
        ("kind", lambda: check_kind(content)),
        ("texts", lambda: check_texts(content.texts)),
        ("choices", lambda: check_choices(content.choices)),
        ("shown_if", lambda: check_branch(version, content, place)),
    ):
        try:
            check()
        except ValidationError as error:
            errors[name] = error
    if errors:
        raise ValidationError(errors)


def check_kind(content: NewQuestion) -> None:
    if content.kind not in Kind.values:
        message = _("'%(kind)s' is no kind of question. There are: %(kinds)s.")
        raise ValidationError(message, "kind", {"kind": content.kind[:20], "kinds": ", ".join(Kind.values)})
    named = {name for names in SUBJECTS.values() for name in names if getattr(content, name)}
    if extra := sorted(named - SUBJECTS[Kind(content.kind)]):
        message = _("A question of the kind '%(kind)s' has no %(fields)s. Leave it out.")
        raise ValidationError(message, "subject", {"kind": Kind(content.kind).label, "fields": ", ".join(extra)})


def check_texts(texts: Mapping[str, Wording]) -> None:
    for language, words in texts.items():
        check_word(language, words.text, LONGEST_QUESTION, is_given=True)
        check_word(language, words.help, LONGEST_HELP)


def check_language(code: str) -> None:
    if not LANGUAGE.fullmatch(code):
        message = _("'%(code)s' is not the code of a language, such as 'en' or 'pt-br'.")
        raise ValidationError(message, "language", {"code": code[:20]})


def check_word(language: str, text: str, longest: int, *, is_given: bool = False) -> None:
    check_language(language)
    if "\0" in text or len(text.strip()) > longest or (is_given and not text.strip()):
        message = _("In '%(language)s': enter 1 to %(longest)s characters, without the character NUL.")
        raise ValidationError(message, "text", {"language": language, "longest": longest})


def check_choices(choices: Sequence[NewChoice]) -> None:
    if len(choices) > MOST_CHOICES:
        message = _("A question has at most %(most)s choices; more than that nobody reads.")
        raise ValidationError(message, "choices", {"most": MOST_CHOICES})
    seen: set[Decimal] = set()
    for number, choice in enumerate(choices, start=1):
        to_units(choice.level)
        if choice.level in seen:
            message = _("Choice %(number)s has the level of another one. Each choice stands for a level of its own.")
            raise ValidationError(message, "twice", {"number": number})
        seen.add(choice.level)
        for language, text in choice.texts.items():
            check_word(language, text, LONGEST_CHOICE, is_given=True)


def check_branch(version: GuideVersion, content: NewQuestion, place: int) -> None:
    """A question depends on an earlier one of the same version, by a test that its answers can pass."""
    test, other = content.shown_if_test, content.shown_if
    if other is None:
        if test or content.shown_if_value is not None:
            raise ValidationError(_("Choose on which question's answer it depends."), code="no_question")
        return
    if other.version_id != version.pk or other.position >= place:
        raise ValidationError(_("It can only depend on an earlier question of this version."), code="forward")
    if test not in Test.values:
        raise ValidationError(_("Choose what its answer has to be."), code="no_test")
    if (test in COMPARING) != (content.shown_if_value is not None):
        message = _("State a number for 'is at least' and 'is at most', and none for the other two.")
        raise ValidationError(message, code="number")
    if test in COMPARING and other.kind not in NUMBERS:
        message = _("The answer to question %(number)s is no number. Ask whether it has an answer.")
        raise ValidationError(message, "no_number", {"number": other.position})
    if content.shown_if_value is not None:
        to_units(content.shown_if_value)


def check_key(version: GuideVersion, key: str) -> None:
    if not KEY.fullmatch(key):
        message = _("A key has at most 40 small letters, digits and hyphens.")
        raise ValidationError({"key": ValidationError(message, "key")})
    if version.questions.filter(key=key).exists():
        message = _("The key %(key)s is used by another question.")
        raise ValidationError({"key": ValidationError(message, "key", {"key": key})})
