"""What a customer's pages show: the questions, what was answered, and the receipt."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from dashboard.link_questions import AboutRequirement, Asked, InGuide, Step, asked_of
from dashboard.link_words import GERMAN_UNITS, words_for
from interviews.guide_models import KanoAnswer
from interviews.guide_script import LOYALTY, Kind
from interviews.guided_services import ALL_POINTS
from interviews.letters import language_of, sender_name
from interviews.links import ABOUT_ALL, draft_key
from interviews.loyalty_words import points_of
from interviews.models import Answer, Interview, Invitation, Language, Part, PersonalLink
from interviews.selectors import Progress, answers_of_interview, in_hand, key_of
from requirements_catalog.models import RatingScale
from scoring.units import UNITS
from web.templatetags.show import plain

EMPTY_STATES = {Part.DOES_NOT_KNOW: "does_not_know", Part.NOT_APPLICABLE: "not_applicable"}


@dataclass(frozen=True, slots=True)
class Said:
    """One answer as its giver reads it: (what was asked, what was said) pairs and the own words."""

    title: str
    parts: list[tuple[str, str]]
    words: str
    url: str = ""


@dataclass(frozen=True)
class LinkPage:
    """Everything that the pages behind one link show."""

    link: PersonalLink

    @property
    def invitation(self) -> Invitation:
        return self.link.invitation

    @property
    def interview(self) -> Interview:
        return self.link.invitation.interview

    @cached_property
    def language(self) -> Language:
        return language_of(self.interview.contact)

    @cached_property
    def words(self) -> dict[str, str]:
        n = len(self.steps)
        said_on = self.invitation.may_quote_said_on
        return words_for(
            self.interview.contact,
            company=sender_name(),
            name=self.interview.contact.name,
            n=n,
            minutes=self.asked.minutes,
            day=said_on.strftime("%d.%m.%Y" if self.language == Language.GERMAN else "%Y-%m-%d") if said_on else "",
        )

    @cached_property
    def asked(self) -> Asked:
        return asked_of(self.interview, self.language, self.invitation.words)

    @property
    def steps(self) -> Sequence[Step]:
        return self.asked.steps

    @cached_property
    def places(self) -> dict[str, int]:
        return {step.key: place for place, step in enumerate(self.steps)}

    def step(self, key: str) -> Step | None:
        place = self.places.get(key)
        return None if place is None else self.steps[place]

    def after(self, step: Step) -> Step | None:
        place = self.places[step.key] + 1
        return self.steps[place] if place < len(self.steps) else None

    def before(self, step: Step) -> Step | None:
        place = self.places[step.key]
        return self.steps[place - 1] if place else None

    @property
    def first_open(self) -> Step | None:
        return in_hand(self.steps)

    @property
    def is_begun(self) -> bool:
        return any(each.progress is not Progress.OPEN for each in self.steps) or any(self.invitation.words.values())

    def draft(self, key: str) -> str:
        return str(self.invitation.words.get(key, ""))

    @property
    def draft_of_all(self) -> str:
        return self.draft(ABOUT_ALL)

    @property
    def said(self) -> list[Said]:
        """Return each question with what was answered, nothing where nothing was."""
        return [self._said(step) for step in self.steps]

    def _said(self, step: Step) -> Said:
        if isinstance(step, AboutRequirement):
            title = step.question.requirement.statement
            return Said(title, self._parts(step.question.answer), self.draft(step.key), step.url)
        words, outcome = self.draft(step.key), self.draft(draft_key(step.asked.key, of_outcome=True))
        if outcome:
            goal = [(self.words["answer_word"], words), (self.words["outcome"], outcome)]
            return Said(step.title, goal, "", step.url)
        return Said(step.title, self._guided_parts(step), words, step.url)

    @property
    def several_products(self) -> bool:
        about = [each.question for each in self.steps if isinstance(each, AboutRequirement)]
        return len({each.product.pk for each in about}) > 1

    # ---- The receipt

    @cached_property
    def answers(self) -> list[Answer]:
        return answers_of_interview(self.interview)

    @property
    def told(self) -> list[Said]:
        """Return what was sent: the answers, then what else the guide asked, as far as something was said to it."""
        answers = [
            Said(
                each.requirement.statement, self._parts(each), self.draft(key_of(each.requirement_id, each.product_id))
            )
            for each in self.answers
        ]
        # Points are among the answers: they are the importance of each requirement.
        others = [each for each in self.steps if isinstance(each, InGuide) and each.asked.kind != Kind.POINTS]
        return answers + [said for said in map(self._said, others) if said.parts or said.words]

    @property
    def understood(self) -> list[str]:
        return list(dict.fromkeys(each.requirement.statement for each in self.answers))

    @property
    def words_beside(self) -> list[str]:
        """Return the own words that belong to nothing else of the receipt."""
        shown = {key_of(each.requirement_id, each.product_id) for each in self.answers}
        for step in self.steps:
            if isinstance(step, InGuide):
                shown |= {step.key, draft_key(step.asked.key, of_outcome=True)}
        return [text for key, text in self.invitation.words.items() if text and key not in shown]

    # ---- What was said, in words

    @cached_property
    def _feelings(self) -> dict[tuple[int, int], KanoAnswer]:
        return {(each.requirement_id, each.product_id): each for each in self.interview.kano_answers.all()}

    def _guided_parts(self, step: InGuide) -> list[tuple[str, str]]:
        """Return what was said to a question; to one in words nothing but that there is no answer."""
        about, reply = step.record, step.desk.replies.get(step.asked.key)
        if reply and reply.state in EMPTY_STATES:
            return [(self.words["answer_word"], self.words[EMPTY_STATES[reply.state]])]
        if about.kind == Kind.KANO:
            kano = self._feelings.get((about.requirement_id or 0, about.product_id or 0))
            pair = (("functional", kano.functional), ("dysfunctional", kano.dysfunctional)) if kano else ()
            return [(self.words[name], self.words[f"feeling_{value}"]) for name, value in pair if value]
        if about.kind in LOYALTY and reply and reply.value is not None:
            return [(self.words["answer_word"], f"{reply.value} / {points_of(about.kind)[-1]}")]
        if about.kind == Kind.POINTS:
            given = {
                each.requirement_id: each.importance_original
                for each in self.answers
                if each.product_id == about.product_id and each.importance_scale_id is None
            }
            asked = [each for each in about.requirements.all() if each.pk in given]
            return [(each.statement, self._rated(given[each.pk], None)) for each in asked]
        return []

    def _parts(self, answer: Answer | None) -> list[tuple[str, str]]:
        if answer is None:
            return []
        rows = (
            (
                "importance_word",
                answer.importance_state,
                self._rated(answer.importance_original, answer.importance_scale),
            ),
            ("need_word", answer.level_state, self._level(answer)),
            ("today_word", answer.perception_state, self._rated(answer.perceived_rating, answer.rating_scale)),
        )
        return [
            (self.words[name], text if state == Part.KNOWN else self.words[EMPTY_STATES[Part(state)]])
            for name, state, text in rows
            if state in EMPTY_STATES or (state == Part.KNOWN and text)
        ]

    def _rated(self, value: Any, scale: RatingScale | None) -> str:
        """Write a rating out of the most that its scale has; importance without a scale is points out of 100."""
        return "" if value is None else f"{plain(value)} / {scale.maximum if scale else ALL_POINTS}"

    def _level(self, answer: Answer) -> str:
        level: Any = answer.required_level
        if level is None or answer.scale_version is None:
            return ""
        unit = UNITS[answer.scale_version.unit]
        name = GERMAN_UNITS[unit.code] if self.language == Language.GERMAN else unit.long
        number = plain(level)
        return f"{number.replace('.', ',') if self.language == Language.GERMAN else number} {name}"
