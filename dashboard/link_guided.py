"""The other questions of a guide as a customer fills them in: the desk's forms in the customer's own language."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict

from dashboard.link_forms import OFFERED
from dashboard.link_questions import InGuide
from interviews.forms import Choice
from interviews.guide_script import LOYALTY, WORDS, Kind
from interviews.guided_forms import AskedHere, NothingForm, choices_of, form_for
from interviews.guided_services import Given
from interviews.links import draft_key
from interviews.models import LONGEST_TEXT, Part

SENTENCES = {"both": "error_feelings", "points": "error_points", "total": "error_points", "max_length": "error_long"}
LONGEST_LINE = 300


class DraftForm(NothingForm):
    """Words that wait until they are sent: the draft is there to be changed, where the desk adds to what was said."""

    text = forms.CharField(required=False, max_length=LONGEST_TEXT)
    outcome = forms.CharField(required=False, max_length=LONGEST_LINE)

    def __init__(self, here: AskedHere, data: Any, *, text: str, outcome: str) -> None:
        super().__init__(here, data, text=text, outcome=outcome)
        if self.kind != Kind.OPEN:
            self.fields["text"] = forms.CharField(required=False, max_length=LONGEST_LINE)
        if self.kind != Kind.OBJECTIVE:
            del self.fields["outcome"]

    def given(self) -> Given:
        """Return the words, however short; a nothing only where it was chosen after them, or where there are none."""
        text, outcome = (self.cleaned_data.get(name, "").strip() for name in ("text", "outcome"))
        is_newer = "nothing" in self.changed_data and not {"text", "outcome"} & set(self.changed_data)
        if is_newer or not (text or outcome):
            return Given(nothing=self.chosen_nothing or Part.NOT_ASKED)
        # How it will show is a goal, too, where nothing else was said of it.
        return Given(text=text or outcome, outcome=outcome if text else "")


@dataclass(frozen=True)
class GuidedPage:
    """One question of a guide behind a link: its form, and what the page draws of it."""

    step: InGuide
    form: Any
    words: Mapping[str, str]

    @classmethod
    def of(cls, step: InGuide, data: QueryDict | None, *, drafts: Mapping[str, str], words: Any) -> "GuidedPage":
        """Return the page with what was said so far, or with what was just sent."""
        here = step.desk.here(step.asked)
        if step.asked.kind not in WORDS:
            return cls(step, form_for(here, data), words)
        key = step.asked.key
        said = {"text": drafts.get(draft_key(key), ""), "outcome": drafts.get(draft_key(key, of_outcome=True), "")}
        return cls(step, DraftForm(here, data, **said), words)

    @property
    def kind(self) -> str:
        return str(self.step.asked.kind)

    def is_empty(self) -> bool:
        """Say whether nothing at all was answered, so that there is nothing to keep."""
        return not any(value not in (None, "") for value in self.form.cleaned_data.values())

    @property
    def nothings(self) -> list[Choice]:
        offered = [each for each in self.form.nothings if each.value in OFFERED]
        return [Choice(each.value, self.words[each.value], each.is_chosen) for each in offered]

    @property
    def points(self) -> list[Choice]:
        """Return the points of the scale of NPS, CSAT or CES; none of another kind."""
        return self.form.points if self.kind in LOYALTY else []

    @property
    def pairs(self) -> list[tuple[str, str, list[Choice]]]:
        """Return the two questions of a Kano pair with the feelings that can be chosen."""
        return [
            (name, self.words[name], [feeling(self.words, each) for each in choices_of(self.form, name)])
            for name in ("functional", "dysfunctional")
        ]

    @property
    def wrong(self) -> list[str]:
        """Return what is wrong, in the customer's language, each sentence once."""
        codes = [error.code or "" for errors in self.form.errors.as_data().values() for error in errors]
        default = "error_points" if self.kind == Kind.POINTS else "error_other"
        longest = f"{LONGEST_TEXT if self.kind == Kind.OPEN else LONGEST_LINE}"
        keys = dict.fromkeys(SENTENCES.get(code, default) for code in codes)
        return [self.words[key].replace("{longest}", longest) for key in keys]


def feeling(words: Mapping[str, str], choice: Choice) -> Choice:
    return Choice(choice.value, words[f"feeling_{choice.value}"], choice.is_chosen)
