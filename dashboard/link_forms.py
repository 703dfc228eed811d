"""What a customer fills in: one question at a time, nothing chosen beforehand."""

from collections.abc import Mapping
from typing import Any

from django import forms

from dashboard.link_words import GERMAN_UNITS
from interviews.forms import AnswerForm, Choice
from interviews.models import LONGEST_TEXT, Language
from interviews.parts import Perception
from interviews.selectors import Question, scales

OFFERED = ("does_not_know", "not_applicable")
CODES = {
    "both": "error_both",
    "text": "error_text",
    "max_length": "error_text",
    "null_characters_not_allowed": "error_text",
}
NUMBERS = ("level", "level_unit")


class WordsForm(forms.Form):
    words = forms.CharField(required=False, max_length=LONGEST_TEXT, widget=forms.Textarea)


class LinkAnswerForm(AnswerForm):
    """The desk's question for the customer: the same values, in the customer's own words and language."""

    words = forms.CharField(required=False, max_length=LONGEST_TEXT, widget=forms.Textarea)

    def __init__(self, question: Question, data: Any, *, words: str, said: Mapping[str, str], language: str) -> None:
        importance, rating = scales()
        super().__init__(question, data, importance_scale=importance, rating_scale=rating)
        self.said = said
        self.initial["words"] = words
        if language == Language.GERMAN and "level_unit" in self.fields:
            units: Any = self.fields["level_unit"]
            units.choices = [(code, GERMAN_UNITS.get(code, label)) for code, label in units.choices]

    def is_empty(self) -> bool:
        """Say whether nothing at all was answered, so that there is nothing to keep."""
        asked = ("importance", "level", "level_none", "perceived", "perception_none", "words")
        return not any(self.cleaned_data.get(name) not in (None, "") for name in asked)

    def perception_part(self) -> Perception:
        """Return how it is today; what somebody noted at the desk stays where nothing else is said here."""
        said, answer = super().perception_part(), self.question.answer
        given = self.cleaned_data.get("perceived") or self.cleaned_data.get("perception_none")
        return Perception.of(answer) if answer and not given else said

    # ---- What the page draws

    def offered(self, choices: list[Choice]) -> list[Choice]:
        return [Choice(each.value, self.said[each.value], each.is_chosen) for each in choices if each.value in OFFERED]

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
