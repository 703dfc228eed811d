"""What a customer fills in: one question at a time, nothing chosen beforehand."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django import forms
from django.http import QueryDict

from dashboard.link_questions import AboutRequirement, Worded
from dashboard.link_words import GERMAN_UNITS
from interviews.forms import AnswerForm, Choice
from interviews.guide_selectors import in_unit
from interviews.models import LONGEST_TEXT, Language
from interviews.parts import Importance, Perception, RequiredLevel
from interviews.selectors import scales

OFFERED = ("does_not_know", "not_applicable")
CODES = {
    "both": "error_both",
    "text": "error_text",
    "max_length": "error_text",
    "null_characters_not_allowed": "error_text",
}
NUMBERS = ("level", "level_unit")


def in_numbers(data: QueryDict, worded: Worded) -> QueryDict:
    """Return what was sent with the level, or the nothing, for which a choice in words stands."""
    chosen = data.get("choice", "")
    if not worded.choices:
        return data
    typed = data.copy()
    for name in ("level", "level_unit", "level_none"):
        typed.pop(name, None)
    if chosen in OFFERED:
        typed["level_none"] = chosen
    elif chosen in {str(at) for at in range(len(worded.choices))}:
        level = worded.choices[int(chosen)].level
        typed["level"], typed["level_unit"] = str(Decimal(level.numerator) / level.denominator), worded.unit
    return typed


class WordsForm(forms.Form):
    words = forms.CharField(required=False, max_length=LONGEST_TEXT, widget=forms.Textarea)


class LinkAnswerForm(AnswerForm):
    """The desk's question for the customer: the same values, in the customer's own words and language."""

    words = forms.CharField(required=False, max_length=LONGEST_TEXT, widget=forms.Textarea)

    def __init__(
        self, step: AboutRequirement, data: Any, *, words: str, said: Mapping[str, str], language: str
    ) -> None:
        importance, rating = scales()
        self.worded, self.said = step.worded, said
        chosen = in_numbers(data, step.worded) if step.worded and data else data
        super().__init__(step.question, chosen, importance_scale=importance, rating_scale=rating)
        if step.worded and step.worded.unit and step.question.answer is None:
            self.initial["level_unit"] = step.worded.unit
        self.initial["words"] = words
        if language == Language.GERMAN and "level_unit" in self.fields:
            units: Any = self.fields["level_unit"]
            units.choices = [(code, GERMAN_UNITS.get(code, label)) for code, label in units.choices]

    def is_empty(self) -> bool:
        """Say whether nothing at all was answered, so that there is nothing to keep."""
        asked = ("importance", "level", "level_none", "perceived", "perception_none", "words")
        return not any(self.cleaned_data.get(name) not in (None, "") for name in asked)

    # ---- What was said; a part that the guide does not ask stays as it was noted elsewhere

    def asks(self, part: str) -> bool:
        return self.worded is None or bool(getattr(self.worded, part))

    def _loses_points(self) -> bool:
        return self.asks("importance") and super()._loses_points()

    def importance_part(self) -> Importance:
        answer = self.question.answer
        return super().importance_part() if answer is None or self.asks("importance") else Importance.of(answer)

    def level_part(self) -> RequiredLevel:
        """Return the level; one that is none of the choices in words stays until another is chosen."""
        answer = self.question.answer
        is_open = bool(self.worded and self.worded.choices) and not self.data.get("choice")
        return RequiredLevel.of(answer) if answer and (is_open or not self.asks("level")) else super().level_part()

    def perception_part(self) -> Perception:
        """Return how it is today; what somebody noted at the desk stays where nothing else is said here."""
        said, answer = super().perception_part(), self.question.answer
        given = self.cleaned_data.get("perceived") or self.cleaned_data.get("perception_none")
        return Perception.of(answer) if answer and not given else said

    # ---- What the page draws

    def offered(self, choices: list[Choice]) -> list[Choice]:
        return [Choice(each.value, self.said[each.value], each.is_chosen) for each in choices if each.value in OFFERED]

    @property
    def level_choices(self) -> list[Choice]:
        """Return the levels in words, and what can be said instead of one; none where a number is asked for."""
        if self.worded is None or not self.worded.choices:
            return []
        answer = self.question.answer
        level = None
        if answer and answer.required_level is not None and answer.scale_version:
            level = in_unit(Fraction(answer.required_level), answer.scale_version.unit, self.worded.unit)
        sent = self.data.get("choice") if self.is_bound else None
        found = [
            Choice(str(at), choice.text, sent == str(at) if sent else level == choice.level)
            for at, choice in enumerate(self.worded.choices)
        ]
        return [*found, *self.level_offered]

    @property
    def importance_offered(self) -> list[Choice]:
        return self.offered(self.importance_nothings)

    @property
    def level_offered(self) -> list[Choice]:
        return self.offered(self.level_nothings)

    @property
    def perception_offered(self) -> list[Choice]:
        return self.offered(self.perception_nothings)

    def sentences(self, *names: str) -> list[str]:
        """Return what is wrong with some fields, in the customer's language, each sentence once."""
        found = [
            CODES.get(error.code or "") or ("error_number" if name in NUMBERS else "error_other")
            for name in names
            for error in self.errors.as_data().get(name, [])
        ]
        return [self.said[key] for key in dict.fromkeys(found)]

    @property
    def level_wrong(self) -> list[str]:
        return self.sentences("level", "level_unit", "level_none")

    @property
    def importance_wrong(self) -> list[str]:
        return self.sentences("importance")

    @property
    def perception_wrong(self) -> list[str]:
        return self.sentences("perceived", "perception_none", "perceived_level", "expected", "__all__")

    @property
    def words_wrong(self) -> list[str]:
        return self.sentences("words")
