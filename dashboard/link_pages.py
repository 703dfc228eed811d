"""What a customer's pages show: the questions, what was answered, and the receipt."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from dashboard.link_questions import Asked, Worded, asked_of
from dashboard.link_words import GERMAN_UNITS, words_for
from interviews.letters import language_of, sender_name
from interviews.links import ABOUT_ALL
from interviews.models import Answer, Interview, Invitation, Language, Part, PersonalLink
from interviews.selectors import Progress, Question, answers_of_interview, in_hand, key_of
from scoring.units import UNITS
from web.templatetags.show import plain

FEWEST_MINUTES = 3
EMPTY_STATES = {Part.DOES_NOT_KNOW: "does_not_know", Part.NOT_APPLICABLE: "not_applicable"}


@dataclass(frozen=True, slots=True)
class Said:
    """One answer as its giver reads it: (what was asked, what was said) pairs and the own words."""

    question: Question
    parts: list[tuple[str, str]]
    words: str


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
        n = len(self.questions)
        said_on = self.invitation.may_quote_said_on
        return words_for(
            self.interview.contact,
            company=sender_name(),
            name=self.interview.contact.name,
            n=n,
            minutes=max(FEWEST_MINUTES, n),
            day=said_on.strftime("%d.%m.%Y" if self.language == Language.GERMAN else "%Y-%m-%d") if said_on else "",
        )

    @cached_property
    def asked(self) -> Asked:
        return asked_of(self.interview, self.language)

    @property
    def questions(self) -> list[Question]:
        return self.asked.questions

    def worded(self, question: Question) -> Worded | None:
        """Return the guide's words for a question; None where all its parts are asked in ours."""
        return self.asked.words.get(question.key)

    @cached_property
    def places(self) -> dict[str, int]:
        return {question.key: place for place, question in enumerate(self.questions)}

    def question(self, key: str) -> Question | None:
        place = self.places.get(key)
        return None if place is None else self.questions[place]

    def after(self, question: Question) -> Question | None:
        place = self.places[question.key] + 1
        return self.questions[place] if place < len(self.questions) else None

    def before(self, question: Question) -> Question | None:
        place = self.places[question.key]
        return self.questions[place - 1] if place else None

    @property
    def first_open(self) -> Question | None:
        return in_hand(self.questions)

    @property
    def is_begun(self) -> bool:
        return any(each.progress is not Progress.OPEN for each in self.questions) or any(self.invitation.words.values())

    def draft(self, key: str) -> str:
        return str(self.invitation.words.get(key, ""))

    @property
    def draft_of_all(self) -> str:
        return self.draft(ABOUT_ALL)

    @property
    def said(self) -> list[Said]:
        """Return each question with what was answered, nothing where nothing was."""
        return [Said(each, self._parts(each.answer), self.draft(each.key)) for each in self.questions]

    @property
    def several_products(self) -> bool:
        return len({each.product.pk for each in self.questions}) > 1

    # ---- The receipt

    @cached_property
    def answers(self) -> list[Answer]:
        return answers_of_interview(self.interview)

    @property
    def told(self) -> list[Said]:
        return [
            Said(each, self._parts(each.answer), self.draft(each.key))
            for each in (Question(answer.requirement, answer.product, answer) for answer in self.answers)
        ]

    @property
    def understood(self) -> list[str]:
        return list(dict.fromkeys(each.requirement.statement for each in self.answers))

    @property
    def words_beside(self) -> list[str]:
        """Return the own words that belong to no answer of the receipt."""
        answered = {key_of(each.requirement_id, each.product_id) for each in self.answers}
        return [text for key, text in self.invitation.words.items() if text and key not in answered]

    def _parts(self, answer: Answer | None) -> list[tuple[str, str]]:
        if answer is None:
            return []
        rows = (
            ("importance_word", answer.importance_state, self._rated(answer.importance_original, answer)),
            ("need_word", answer.level_state, self._level(answer)),
            ("today_word", answer.perception_state, self._rated(answer.perceived_rating, answer)),
        )
        return [
            (self.words[name], text if state == Part.KNOWN else self.words[EMPTY_STATES[Part(state)]])
            for name, state, text in rows
            if state in EMPTY_STATES or (state == Part.KNOWN and text)
        ]

    def _rated(self, value: Any, answer: Answer) -> str:
        scale = answer.importance_scale or answer.rating_scale
        return f"{plain(value)} / {scale.maximum}" if value is not None and scale else ""

    def _level(self, answer: Answer) -> str:
        level: Any = answer.required_level
        if level is None or answer.scale_version is None:
            return ""
        unit = UNITS[answer.scale_version.unit]
        name = GERMAN_UNITS[unit.code] if self.language == Language.GERMAN else unit.long
        number = plain(level)
        return f"{number.replace('.', ',') if self.language == Language.GERMAN else number} {name}"
