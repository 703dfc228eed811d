"""A guide as JSON and back: what was brought in comes out the same, and a refusal names question and field."""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from interviews.guide_models import Guide, GuideQuestion, GuideVersion
from interviews.guide_script import Wording
from interviews.guide_selectors import questions_of_version, questions_of_versions
from interviews.guide_services import MOST_QUESTIONS, NewChoice, NewQuestion, add_question, create_guide
from requirements_catalog.models import Attribute, Product, Requirement
from web.fields import to_units
from web.strict_json import StrictJsonError, strict_loads

FORMAT = 1
LARGEST_FILE = 2**20
STARTERS = Path(__file__).parent / "starters"
ABOUT_GUIDE = ("format", "name", "note", "default_language", "languages", "questions")
ABOUT_QUESTION = (
    "key", "kind", "requirement", "attribute", "product", "requirements", "required", "only_if", "unit", "texts",
    "choices",
)  # fmt: skip
Json = dict[str, Any]


# ---- Out


def document_of(version: GuideVersion) -> Json:
    """Return a version as plain JSON values; the catalogue is named by reference, key and name, not by ids."""
    return {
        "format": FORMAT,
        "name": version.guide.name,
        "note": version.guide.note,
        "default_language": version.default_language,
        "languages": list(version.languages),
        "questions": [question_as_json(each) for each in questions_of_version(version)],
    }


def questions_as_json(version_ids: Collection[int]) -> list[tuple[int, Json]]:
    """Return (version, question) pairs of several versions, each in order."""
    return [(each.version_id, question_as_json(each)) for each in questions_of_versions(version_ids)]


def question_as_json(question: GuideQuestion) -> Json:
    return {
        "key": question.key,
        "kind": question.kind,
        "requirement": question.requirement.reference if question.requirement else None,
        "attribute": question.attribute.key if question.attribute else None,
        "product": question.product.name if question.product else None,
        "requirements": sorted(each.reference for each in question.requirements.all()),
        "required": question.is_required,
        "only_if": branch_as_json(question),
        "unit": question.unit,
        "texts": {each.language: {"question": each.text, "help": each.help} for each in question.texts.all()},
        "choices": [
            {"level": str(each.level), "texts": {words.language: words.text for words in each.texts.all()}}
            for each in question.choices.all()
        ],
    }


def branch_as_json(question: GuideQuestion) -> Json | None:
    if question.shown_if is None:
        return None
    value = question.shown_if_value
    return {
        "question": question.shown_if.key,
        "test": question.shown_if_test,
        "number": None if value is None else str(value),
    }


def written(version: GuideVersion) -> bytes:
    return json.dumps(document_of(version), ensure_ascii=False, indent=2).encode() + b"\n"


# ---- In


def read_file(content: bytes) -> Json:
    """Return the document in a file; raises ValidationError for what is too large, no JSON or no object."""
    if len(content) > LARGEST_FILE:
        raise ValidationError(_("The file is larger than 1 MiB. A guide of 200 questions is not."), code="too_large")
    try:
        document = strict_loads(content)
    except StrictJsonError as error:
        raise ValidationError(str(error), code="no_json") from error
    if not isinstance(document, dict):
        raise ValidationError(_("The file holds no guide: it has to be one JSON object."), code="no_guide")
    return document


@transaction.atomic
def bring_in(*, document: Json, name: str = "", product: Product | None = None) -> GuideVersion:
    """Make a new guide with one draft of a document; all of it, or nothing.

    `name` takes the place of the document's; `product` that of one that a question leaves out. Raises ValidationError
    with a sentence for each fault, by question and field.
    """
    reading = Reading(product=product)
    head = reading.head(document)
    contents = [reading.question(number, each) for number, each in enumerate(head["questions"], start=1)]
    if reading.problems:
        raise ValidationError(reading.problems)
    try:
        version = create_guide(
            name=name or head["name"],
            note=head["note"],
            default_language=head["default_language"],
            languages=head["languages"],
        )
    except ValidationError as error:
        raise ValidationError(list(sentences("", error))) from error
    reading.add(version, contents)
    if reading.problems:
        raise ValidationError(reading.problems)
    return version


def catalogue() -> dict[str, Requirement]:
    rows = Requirement.objects.filter(merged_into=None).exclude(state=Requirement.State.RETIRED)
    return {each.reference: each for each in rows.select_related("current_scale")}


@dataclass(slots=True)
class Reading:
    """A document as it is read: what is wrong with it so far, and the catalogue that it may name."""

    product: Product | None = None
    problems: list[str] = field(default_factory=list)
    requirements: Mapping[str, Requirement] = field(default_factory=catalogue)
    attributes: Mapping[str, Attribute] = field(
        default_factory=lambda: {each.key: each for each in Attribute.objects.all()}
    )
    products: Mapping[str, Product] = field(default_factory=lambda: {each.name: each for each in Product.objects.all()})

    def wrong(self, where: str, what: Any) -> None:
        self.problems.append(f"{where}: {what}" if where else str(what))

    def value(self, where: str, given: Json, name: str, kind: type, empty: Any) -> Any:
        """Return one member of this type; a member that is left out or null is empty."""
        value = given.get(name)
        if value is None:
            return empty
        if isinstance(value, kind) and not (kind is int and isinstance(value, bool)):
            return value
        named = {str: _("a text"), dict: _("an object"), list: _("a list"), bool: _("true or false")}
        self.wrong(f"{where}{name}", _("This has to be %(kind)s.") % {"kind": named[kind]})
        return empty

    def only(self, where: str, given: Json, known: tuple[str, ...]) -> None:
        for name in sorted(set(given) - set(known)):
            offer = ", ".join(known)
            self.wrong(f"{where}{name[:40]}", _("There is no such field; there are: %(offer)s.") % {"offer": offer})

    def head(self, document: Json) -> Json:
        self.only("", document, ABOUT_GUIDE)
        if document.get("format") != FORMAT:
            self.wrong("format", _("This has to be %(format)s, the form of guides that is read here.") % {"format": 1})
        questions = self.value("", document, "questions", list, [])
        if len(questions) > MOST_QUESTIONS:
            self.wrong("questions", _("A guide has at most %(most)s questions.") % {"most": MOST_QUESTIONS})
            questions = []
        return {
            "name": self.value("", document, "name", str, ""),
            "note": self.value("", document, "note", str, ""),
            "default_language": self.value("", document, "default_language", str, ""),
            "languages": self.texts_in("", document, "languages"),
            "questions": questions,
        }

    def texts_in(self, where: str, given: Json, name: str) -> list[str]:
        found = self.value(where, given, name, list, [])
        if all(isinstance(each, str) for each in found):
            return list(found)
        self.wrong(f"{where}{name}", _("This has to be a list of texts."))
        return []

    def question(self, number: int, given: Any) -> tuple[Json, NewQuestion | None]:
        where = _("Question %(number)s, ") % {"number": number}
        if not isinstance(given, dict):
            self.wrong(where.rstrip(" ,"), _("This has to be an object."))
            return {}, None
        self.only(where, given, ABOUT_QUESTION)
        kind = self.value(where, given, "kind", str, "")
        product = self.named(where, given, "product", self.products)
        asks_about_all = kind == GuideQuestion.Kind.OPEN
        return self.value(where, given, "only_if", dict, {}), NewQuestion(
            kind=kind,
            key=self.value(where, given, "key", str, ""),
            requirement=self.named(where, given, "requirement", self.requirements),
            attribute=self.named(where, given, "attribute", self.attributes),
            product=product or (None if asks_about_all else self.product),
            requirements=self.several(where, given),
            unit=self.value(where, given, "unit", str, ""),
            is_required=self.value(where, given, "required", bool, False),
            texts=self.wordings(where, given),
            choices=tuple(self.choices(where, given)),
        )

    def named(self, where: str, given: Json, name: str, known: Mapping[str, Any]) -> Any:
        text = self.value(where, given, name, str, "")
        if text and text not in known:
            said = _("'%(text)s' is not here. Add it first, or leave it out.") % {"text": text[:80]}
            self.wrong(f"{where}{name}", said)
        return known.get(text)

    def several(self, where: str, given: Json) -> tuple[Requirement, ...]:
        texts = self.texts_in(where, given, "requirements")
        for text in texts:
            if text not in self.requirements:
                said = _("'%(text)s' is not here. Add it first, or leave it out.") % {"text": text[:80]}
                self.wrong(f"{where}requirements", said)
        return tuple(self.requirements[text] for text in dict.fromkeys(texts) if text in self.requirements)

    def wordings(self, where: str, given: Json) -> dict[str, Wording]:
        found = {}
        for language, words in self.value(where, given, "texts", dict, {}).items():
            place = f"{where}texts, {language[:20]}, "
            if not isinstance(words, dict):
                self.wrong(place.rstrip(" ,"), _("This has to be an object."))
                continue
            self.only(place, words, ("question", "help"))
            text, help_text = (self.value(place, words, name, str, "") for name in ("question", "help"))
            found[language] = Wording(text, help_text)
        return found

    def choices(self, where: str, given: Json) -> Iterator[NewChoice]:
        for number, each in enumerate(self.value(where, given, "choices", list, []), start=1):
            place = f"{where}choices, {number}, "
            if not isinstance(each, dict):
                self.wrong(place.rstrip(" ,"), _("This has to be an object."))
                continue
            self.only(place, each, ("level", "texts"))
            level = self.number(f"{place}level", each.get("level"))
            texts = self.value(place, each, "texts", dict, {})
            if not all(isinstance(text, str) for text in texts.values()):
                self.wrong(f"{place}texts", _("This has to be a text for each language."))
            elif level is None:
                self.wrong(f"{place}level", _("State the level that these words stand for."))
            else:
                yield NewChoice(level, texts)

    def number(self, where: str, given: Any) -> Decimal | None:
        """Return an exact number, given as one or as text; None and a fault for what is neither."""
        if given is None:
            return None
        try:
            number = Decimal(str(given)) if isinstance(given, str | int | Decimal) and given is not True else None
            if number is not None:
                to_units(number)
        except (ArithmeticError, ValidationError):
            number = None
        if number is None:
            self.wrong(where, _("This has to be a number with at most six decimal places."))
        return number

    def add(self, version: GuideVersion, contents: list[tuple[Json, NewQuestion | None]]) -> None:
        """Add the questions one by one, so that each can depend on those before it."""
        made: dict[str, GuideQuestion] = {}
        for number, (branch, content) in enumerate(contents, start=1):
            where = _("Question %(number)s, ") % {"number": number}
            if content is None:
                continue
            try:
                question = add_question(version=version, content=self.with_branch(where, branch, content, made))
            except ValidationError as error:
                self.problems += sentences(where, error)
            else:
                made[question.key] = question

    def with_branch(
        self, where: str, branch: Json, content: NewQuestion, made: Mapping[str, GuideQuestion]
    ) -> NewQuestion:
        if not branch:
            return content
        place = f"{where}only_if, "
        self.only(place, branch, ("question", "test", "number"))
        key = self.value(place, branch, "question", str, "")
        if key not in made:
            said = _("'%(key)s' is no question before this one, so this one cannot depend on it.")
            self.wrong(f"{place}question", said % {"key": key[:40]})
            return content
        return replace(
            content,
            shown_if=made[key],
            shown_if_test=self.value(place, branch, "test", str, ""),
            shown_if_value=self.number(f"{place}number", branch.get("number")),
        )


FIELDS = {"shown_if": "only_if", "is_required": "required"}


def sentences(where: str, error: ValidationError) -> Iterator[str]:
    """Yield what a service refused, each with the question and the field of the file."""
    if not hasattr(error, "error_dict"):
        yield from (f"{where.rstrip(' ,')}: {text}" if where else text for text in error.messages)
        return
    for name, errors in error.error_dict.items():
        for each in errors:
            yield from (f"{where}{FIELDS.get(name, name)}: {text}" for text in each.messages)


# ---- Starters


@dataclass(frozen=True, slots=True)
class Starter:
    """A guide to begin with, in the project's own words."""

    key: str
    document: Json

    @property
    def name(self) -> str:
        return str(self.document["name"])

    @property
    def note(self) -> str:
        return str(self.document["note"])


def starters() -> list[Starter]:
    files = sorted(STARTERS.glob("*.json"))
    return [Starter(path.stem.partition("-")[2], strict_loads(path.read_bytes())) for path in files]


@transaction.atomic
def begin_with(*, starter: Starter, product: Product) -> GuideVersion:
    """Make a guide of a starter about a product; where its name is taken, a number is added."""
    name, number = starter.name, 1
    while Guide.objects.filter(name=name).exists():
        number += 1
        name = f"{starter.name} {number}"
    return bring_in(document=starter.document, name=name, product=product)
