"""What a customer is asked behind a link: by the round's guide where it has one, else what matters most."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.urls import reverse

from gap_scores.selectors import read_board
from interviews.guide_models import GuideQuestion
from interviews.guide_script import PARTS, AskedChoice, AskedQuestion, length_of
from interviews.guide_selectors import version_of
from interviews.guided_desk import GuidedDesk
from interviews.links import draft_key
from interviews.models import Interview
from interviews.selectors import Progress, Question, key_of, questions_of

MOST_QUESTIONS = 8
FEWEST_MINUTES = 3
Kind = GuideQuestion.Kind


@dataclass(frozen=True, slots=True)
class Worded:
    """A guide's words for the parts of one question, in the customer's language; a part without words is not asked.

    A level is chosen in words where there are `choices`, which stand for levels in `unit`.
    """

    level: str = ""
    importance: str = ""
    perception: str = ""
    choices: tuple[AskedChoice, ...] = ()
    unit: str = ""

    @property
    def first(self) -> str:
        return self.level or self.importance or self.perception


@dataclass(frozen=True, slots=True)
class AboutRequirement:
    """A page that asks about one requirement for one product; `worded`: by a guide."""

    question: Question
    worded: Worded | None = None

    @property
    def key(self) -> str:
        return self.question.key

    @property
    def progress(self) -> Progress:
        return self.question.progress

    @property
    def title(self) -> str:
        return (self.worded.first if self.worded else "") or self.question.requirement.statement

    @property
    def url(self) -> str:
        return reverse("link_question", args=[self.question.requirement.pk, self.question.product.pk])


@dataclass(frozen=True, slots=True)
class InGuide:
    """A page that asks another question of the round's guide: a Kano pair, points, NPS, or something in words."""

    asked: AskedQuestion
    desk: GuidedDesk
    progress: Progress

    @property
    def record(self) -> GuideQuestion:
        return self.desk.records[self.asked.key]

    @property
    def key(self) -> str:
        return draft_key(self.asked.key)

    @property
    def title(self) -> str:
        return self.asked.text

    @property
    def url(self) -> str:
        return reverse("link_guided", args=[self.asked.key])


Step = AboutRequirement | InGuide


@dataclass(frozen=True, slots=True)
class Asked:
    """The pages in order, and how long they take."""

    steps: Sequence[Step]
    minutes: int


def asked_of(interview: Interview, language: str, drafts: Mapping[str, str]) -> Asked:
    """Return what is asked now, as the answers and the drafts of words stand."""
    questions, version = questions_of(interview), version_of(interview)
    if version is not None:
        drafted = [each.removeprefix(draft_key("")) for each, words in drafts.items() if words]
        desk = GuidedDesk.of(interview, version, language, drafted=drafted)
        if steps := guided_steps(desk, {each.key: each for each in questions}, drafted):
            return Asked(steps, max(FEWEST_MINUTES, length_of(desk.shown).minutes))
    chosen = [AboutRequirement(each) for each in most_important(questions)]
    return Asked(chosen, max(FEWEST_MINUTES, len(chosen)))


def guided_steps(desk: GuidedDesk, questions: Mapping[str, Question], drafted: Collection[str]) -> list[Step]:
    """Return the guide's pages in its order; the numbers about one requirement are asked on the page of the first.

    What is about a requirement that is asked no more is left out.
    """
    steps: dict[str, Step] = {}
    parts: dict[str, dict[str, AskedQuestion]] = {}
    for asked in desk.shown:
        about = asked.question
        ids = (about.requirement_id, *about.requirement_ids) if about.requirement_id else about.requirement_ids
        keys = [key_of(pk, about.product_id) for pk in ids]
        if not all(key in questions for key in keys):
            continue
        if asked.kind in PARTS:
            parts.setdefault(keys[0], {})[asked.kind] = asked
            steps[keys[0]] = AboutRequirement(questions[keys[0]], worded_by(parts[keys[0]]))
        else:
            # What the register knows of a use was not said by this person.
            is_known_before = asked.kind == Kind.UNIQUENESS and asked.key not in drafted
            progress = Progress.OPEN if is_known_before else desk.progress_of(asked.key)
            step = InGuide(asked, desk, progress)
            steps[step.key] = step
    return list(steps.values())


def worded_by(parts: Mapping[str, AskedQuestion]) -> Worded:
    level = parts.get(Kind.LEVEL)
    return Worded(
        level=level.text if level else "",
        importance=parts[Kind.IMPORTANCE].text if Kind.IMPORTANCE in parts else "",
        perception=parts[Kind.PERCEPTION].text if Kind.PERCEPTION in parts else "",
        choices=level.choices if level else (),
        unit=level.question.unit if level else "",
    )


def most_important(questions: Sequence[Question]) -> list[Question]:
    """Return at most a handful of questions in their order: what was answered, then what matters most by the scores."""
    shares = {row.requirement_id: row.share or 0.0 for row in read_board().requirements}
    ranked = sorted(
        questions, key=lambda each: (each.answer is None, -shares.get(each.requirement.pk, 0.0), each.requirement.pk)
    )
    chosen = {each.key for each in ranked[:MOST_QUESTIONS]}
    return [each for each in questions if each.key in chosen]
