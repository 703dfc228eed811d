"""Reading guides: their versions as scripts, what is missing before a launch, and what an interview said so far."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from django.db.models import Count, Exists, OuterRef, Prefetch, QuerySet, Subquery
from django.utils.translation import gettext as _

from interviews.guide_models import Guide, GuideQuestion, GuideVersion
from interviews.guide_script import Choice, Condition, Kind, Reply, Script, ScriptQuestion, Wording
from interviews.models import Answer, Interview, Part
from interviews.selectors import questions_of
from requirements_catalog.models import Requirement, RequirementProduct
from scoring.errors import ScoringError
from scoring.units import convert

State = GuideVersion.State

# ---- Guides and versions


def guides() -> QuerySet[Guide]:
    return Guide.objects.all()


def guides_with_counts() -> QuerySet[Guide]:
    """Return every guide with its newest version, that one's state and number of questions, and its rounds."""
    newest = GuideVersion.objects.filter(guide=OuterRef("pk")).order_by("-number")
    questions = newest.annotate(count=Count("questions"))
    return Guide.objects.annotate(
        newest_number=Subquery(newest.values("number")[:1]),
        newest_state=Subquery(newest.values("state")[:1]),
        question_count=Subquery(questions.values("count")[:1]),
        round_count=Count("versions__rounds", distinct=True),
    ).prefetch_related(Prefetch("versions", queryset=GuideVersion.objects.order_by("-number")))


def versions() -> QuerySet[GuideVersion]:
    return GuideVersion.objects.select_related("guide")


def newest_versions() -> QuerySet[GuideVersion]:
    """Return the newest version of each guide."""
    newer = GuideVersion.objects.filter(guide=OuterRef("guide"), number__gt=OuterRef("number"))
    return versions().filter(~Exists(newer))


def launched_versions() -> QuerySet[GuideVersion]:
    """Return the versions that a round may ask with."""
    return versions().filter(state=State.LAUNCHED).order_by("guide__name")


def version_of(interview: Interview) -> GuideVersion | None:
    """Return the version with which an interview is asked: the kept one, else its round's (1 query at most)."""
    pk = interview.guide_version_id or interview.round.guide_version_id
    return versions().filter(pk=pk).first() if pk else None


def questions_of_version(version: GuideVersion) -> list[GuideQuestion]:
    """Return the questions in order with everything that is said about them (5 queries)."""
    return questions_of_versions([version.pk])


def questions_of_versions(version_ids: Collection[int]) -> list[GuideQuestion]:
    """Return the questions of several versions, each version's in order (5 queries)."""
    asked = GuideQuestion.objects.filter(version__in=version_ids)
    rows = asked.select_related("requirement__current_scale", "attribute", "product", "shown_if")
    return list(rows.prefetch_related("texts", "choices__texts", "requirements").order_by("version", "position", "pk"))


def pairs_asked(interview: Interview) -> set[tuple[int, int]]:
    """Return (requirement, product) of all that is asked in an interview: by its guide, or of its products."""
    version = version_of(interview)
    if version is None:
        return {(each.requirement.pk, each.product.pk) for each in questions_of(interview)}
    asked = GuideQuestion.objects.filter(version=version, product__isnull=False)
    single = asked.filter(requirement__isnull=False).values_list("requirement_id", "product_id")
    return {*single, *asked.filter(requirements__isnull=False).values_list("requirements", "product_id")}


def languages_of_versions(version_ids: Collection[int]) -> list[tuple[int, str]]:
    """Return (version, language) pairs in the order in which a version names them (1 query)."""
    rows = GuideVersion.objects.filter(pk__in=version_ids).values_list("pk", "languages")
    return [(pk, code) for pk, codes in rows for code in codes]


def script_of(version: GuideVersion) -> Script:
    """Return a version as plain values for `questions_for` (5 queries)."""
    return script_from(version, questions_of_version(version))


def script_from(version: GuideVersion, questions: list[GuideQuestion]) -> Script:
    return Script(
        version_id=version.pk,
        default_language=version.default_language,
        languages=tuple(version.languages),
        questions=tuple(plain(question) for question in questions),
    )


def plain(question: GuideQuestion) -> ScriptQuestion:
    return ScriptQuestion(
        id=question.pk,
        key=question.key,
        kind=question.kind,
        texts={each.language: Wording(each.text, each.help) for each in question.texts.all()},
        requirement_id=question.requirement_id,
        attribute_id=question.attribute_id,
        product_id=question.product_id,
        requirement_ids=tuple(sorted(each.pk for each in question.requirements.all())),
        unit=question.unit,
        is_required=question.is_required,
        condition=condition_of(question),
        choices=tuple(
            Choice(Fraction(each.level), {words.language: words.text for words in each.texts.all()})
            for each in question.choices.all()
        ),
    )


def condition_of(question: GuideQuestion) -> Condition | None:
    if question.shown_if is None:
        return None
    value = question.shown_if_value
    return Condition(question.shown_if.key, question.shown_if_test, None if value is None else Fraction(value))


# ---- Before a launch


@dataclass(frozen=True, slots=True)
class Fault:
    """What keeps a version from being launched: which question (0: the whole version), which field, and why."""

    number: int
    field: str
    sentence: str
    question_id: int = 0

    @property
    def said(self) -> str:
        """The sentence with the question that it is about."""
        if not self.number:
            return self.sentence
        return _("Question %(number)s: %(sentence)s") % {"number": self.number, "sentence": self.sentence}


@dataclass(frozen=True, slots=True)
class Untranslated:
    """A question, or words of its choices, that a language lacks; the default language is shown instead."""

    number: int
    language: str
    question_id: int
    shown_instead: str


def faults_of(version: GuideVersion, questions: list[GuideQuestion]) -> list[Fault]:
    """Return everything that has to be put right before a launch (1 query)."""
    if not questions:
        return [Fault(0, "questions", _("There is no question yet. Add the first one."))]
    offered = offered_products(questions)
    place = {question.pk: number for number, question in enumerate(questions, start=1)}
    return [
        Fault(number, name, sentence, question.pk)
        for number, question in enumerate(questions, start=1)
        for name, sentence in [
            *faults_of_words(version, question),
            *faults_of_subject(question, offered),
            *faults_of_branch(question, place),
        ]
    ]


def offered_products(questions: list[GuideQuestion]) -> set[tuple[int, int]]:
    asked = {pk for question in questions for pk in requirement_ids_of(question)}
    return set(RequirementProduct.objects.filter(requirement__in=asked).values_list("requirement_id", "product_id"))


def requirement_ids_of(question: GuideQuestion) -> set[int]:
    named = {question.requirement_id} if question.requirement_id else set()
    return named | {each.pk for each in question.requirements.all()}


def faults_of_words(version: GuideVersion, question: GuideQuestion) -> list[tuple[str, str]]:
    language = version.default_language
    found = []
    if language not in {each.language for each in question.texts.all()}:
        found.append(("text", _("It has no words in the default language. Write them.")))
    for choice in question.choices.all():
        if language not in {each.language for each in choice.texts.all()}:
            sentence = _("The choice of the level %(level)s has no words in the default language.")
            found.append(("choices", sentence % {"level": choice.level}))
    return found


def faults_of_subject(question: GuideQuestion, offered: set[tuple[int, int]]) -> list[tuple[str, str]]:
    """Return what is wrong with what a question is about: requirement, product and scale as they are today."""
    kind, found = question.kind, []
    if kind != Kind.OPEN and question.product is None:
        found.append(("product", _("It names no product, so its answer has no place. Choose one.")))
    asked = [each for each in [question.requirement, *question.requirements.all()] if each is not None]
    if kind in {Kind.IMPORTANCE, Kind.LEVEL, Kind.PERCEPTION, Kind.KANO} and question.requirement is None:
        found.append(("requirement", _("It names no requirement, so its answer has no place. Choose one.")))
    if kind == Kind.POINTS and len(question.requirements.all()) < FEWEST_TO_SPREAD:
        found.append(("requirements", _("Points are spread over at least two requirements. Choose them.")))
    if kind == Kind.LEVEL and question.requirement and question.requirement.current_scale is None:
        sentence = _("%(reference)s has no scale, so no level can be stated. Give it a scale, or ask otherwise.")
        found.append(("requirement", sentence % {"reference": question.requirement.reference}))
    found += [("requirement", sentence) for each in asked for sentence in faults_of_requirement(each)]
    if kind != Kind.OPEN and question.product is not None:
        sentence = _("%(reference)s is not a requirement of %(product)s.")
        found += [
            ("product", sentence % {"reference": each.reference, "product": question.product})
            for each in asked
            if (each.pk, question.product.pk) not in offered
        ]
    return found


FEWEST_TO_SPREAD = 2


def faults_of_requirement(requirement: Requirement) -> list[str]:
    if requirement.state != Requirement.State.RETIRED and not requirement.merged_into_id:
        return []
    sentence = _("%(reference)s was retired or merged, so it takes no answers. Ask about another one.")
    return [sentence % {"reference": requirement.reference}]


def faults_of_branch(question: GuideQuestion, place: Mapping[int, int]) -> list[tuple[str, str]]:
    if question.shown_if_id is None or place[question.shown_if_id] < place[question.pk]:
        return []
    return [("shown_if", _("It depends on a later question. Move it behind that one."))]


def untranslated(version: GuideVersion, questions: list[GuideQuestion]) -> list[Untranslated]:
    """Return what each further language lacks, with the words that are shown instead."""
    found = []
    for number, question in enumerate(questions, start=1):
        texts = {each.language: each.text for each in question.texts.all()}
        of_choices = [{each.language for each in choice.texts.all()} for choice in question.choices.all()]
        for language in version.languages:
            if language in texts and all(language in each for each in of_choices):
                continue
            found.append(Untranslated(number, language, question.pk, texts.get(version.default_language, "")))
    return found


# ---- What was said so far


def replies_of(interview: Interview, script: Script) -> dict[str, Reply]:
    """Return what an interview says to the questions of a script, by key, from where each answer lies (7 queries)."""
    said = Said.of(interview)
    found = {question.key: said.reply_to(question) for question in script.questions}
    return {key: reply for key, reply in found.items() if reply is not None}


@dataclass(frozen=True, slots=True)
class Said:
    """What one interview has said, by where it is kept."""

    answers: Mapping[tuple[int, int], Answer]
    kano: Mapping[tuple[int, int], Part]
    loyalty: Mapping[tuple[int, str], Reply]
    words: frozenset[int]
    objectives: frozenset[int]
    unique: frozenset[int]
    nothings: Mapping[int, Part]

    @classmethod
    def of(cls, interview: Interview) -> "Said":
        answers = interview.answers.select_related("scale_version")
        kano = interview.kano_answers.values_list("requirement_id", "product_id", "state")
        loyalty = interview.loyalty_answers.values_list("product_id", "measure", "state", "rating")
        uses = interview.customer.product_uses.exclude(uniqueness="")
        return cls(
            answers={(each.requirement_id, each.product_id): each for each in answers},
            kano={(requirement, product): Part(state) for requirement, product, state in kano},
            loyalty={
                (product, measure): Reply(Part(state), fraction(rating)) for product, measure, state, rating in loyalty
            },
            words=frozenset(ids(interview.verbatims, "question_id")),
            objectives=frozenset(ids(interview.objectives, "question_id")),
            unique=frozenset(uses.values_list("product_id", flat=True)),
            nothings={row: Part(state) for row, state in interview.nothings_said.values_list("question_id", "state")},
        )

    def reply_to(self, question: ScriptQuestion) -> Reply | None:
        match question.kind:
            case Kind.OPEN:
                return self._in_words(question, question.id in self.words)
            case Kind.OBJECTIVE:
                return self._in_words(question, question.id in self.objectives)
            case Kind.UNIQUENESS:
                # What the register knows from before gives way to what was said now.
                is_said = question.id not in self.nothings and question.product_id in self.unique
                return self._in_words(question, is_said)
            case Kind.KANO | Kind.NPS | Kind.CSAT | Kind.CES:
                return self._of_its_own(question)
            case Kind.POINTS:
                found = [self._answer(pk, question) for pk in question.requirement_ids]
                states = {Part(each.importance_state) for each in found if each and is_points(each)}
                return Reply(min(states)) if states else None
        answer = self._answer(question.requirement_id, question)
        return None if answer is None else number_in(answer, question)

    def _of_its_own(self, question: ScriptQuestion) -> Reply | None:
        """Return what lies in a table of its own: a Kano pair, or one of NPS, CSAT and CES."""
        product = question.product_id or 0
        if question.kind != Kind.KANO:
            return self.loyalty.get((product, question.kind))
        state = self.kano.get((question.requirement_id or 0, product))
        return None if state is None else Reply(state)

    def _answer(self, requirement: int | None, question: ScriptQuestion) -> Answer | None:
        return self.answers.get((requirement or 0, question.product_id or 0))

    def _in_words(self, question: ScriptQuestion, is_said: bool) -> Reply | None:
        if is_said:
            return Reply(Part.KNOWN)
        nothing = self.nothings.get(question.id)
        return None if nothing is None else Reply(nothing)


def ids(rows: Any, name: str) -> list[int]:
    return [each for each in rows.values_list(name, flat=True) if each is not None]


def is_points(answer: Answer) -> bool:
    """Whether importance was given as points, or is a nothing that was said about them."""
    return answer.importance_scale_id is None and answer.importance_state != Part.NOT_ASKED


def number_in(answer: Answer, question: ScriptQuestion) -> Reply:
    """Return one part of an answer as the number that a branch compares; a level in the unit of the question."""
    if question.kind == Kind.IMPORTANCE:
        return Reply(Part(answer.importance_state), fraction(answer.importance_original))
    if question.kind == Kind.PERCEPTION:
        return Reply(Part(answer.perception_state), fraction(answer.perceived_rating))
    level = fraction(answer.required_level)
    if level is not None and answer.scale_version and question.unit:
        level = in_unit(level, answer.scale_version.unit, question.unit)
    return Reply(Part(answer.level_state), level)


def fraction(value: Any) -> Fraction | None:
    return None if value is None else Fraction(value)


def in_unit(level: Fraction, unit: str, other: str) -> Fraction | None:
    """Return a level in another unit; None where the requirement's scale moved to another dimension since."""
    try:
        return level if unit == other else convert(level, unit, other)
    except ScoringError:
        return None


def by_question(faults: list[Fault]) -> dict[int, list[Fault]]:
    found: defaultdict[int, list[Fault]] = defaultdict(list)
    for fault in faults:
        found[fault.question_id].append(fault)
    return dict(found)
