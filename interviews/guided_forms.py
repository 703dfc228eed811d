"""The form beside one question of a guide: only what its kind asks, the three nothings, and nothing preselected."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from interviews.forms import NAME_OF, NOTHINGS, AnswerForm, Choice
from interviews.guide_models import GuideQuestion, KanoAnswer
from interviews.guide_script import LOYALTY, AskedQuestion
from interviews.guided_services import ALL_POINTS, Given
from interviews.loyalty_words import ends_of, points_of
from interviews.models import LONGEST_TEXT, Answer, Part
from interviews.selectors import Question
from requirements_catalog.models import RatingScale, Requirement
from web.numbers import ExactNumberField

Kind = GuideQuestion.Kind
FEELINGS = [
    ("1", _("I like it")),
    ("2", _("I expect it")),
    ("3", _("It is all the same to me")),
    ("4", _("I can live with it")),
    ("5", _("I dislike it")),
]
NOTHING_CHOICES = [(name, label) for name, (_state, label) in NOTHINGS.items()]
PARTS = {
    Kind.IMPORTANCE: ("importance",),
    Kind.LEVEL: ("level", "level_unit", "level_none"),
    Kind.PERCEPTION: ("perceived_level", "perceived_unit", "perceived", "expected", "perception_none"),
}
NOTHING_OF = {name: state for name, (state, _label) in NOTHINGS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedHere:
    """A question as the desk asks it, with what it is about and what was said to it so far."""

    asked: AskedQuestion
    question: GuideQuestion
    answers: Mapping[int, Answer]
    kano: KanoAnswer | None
    nothing: Part | None
    scales: tuple[RatingScale, RatingScale]
    rating: int | None = None  # of NPS, CSAT and CES

    @property
    def answer(self) -> Answer | None:
        return self.answers.get(self.question.requirement_id or 0)


class PartForm(AnswerForm):
    """One part of an answer; a level may be chosen in words, which stand for it in the question's unit."""

    def __init__(self, here: AskedHere, data: Any = None) -> None:
        requirement, product = here.question.requirement, here.question.product
        assert requirement is not None and product is not None  # noqa: S101, PT018  # launched, so it has both
        self.here = here
        self.kind = here.question.kind
        importance, rating = here.scales
        question = Question(requirement, product, here.answer)
        typed = in_numbers(here, data) if self.kind == Kind.LEVEL else data
        super().__init__(question, typed, importance_scale=importance, rating_scale=rating)
        for name in set(self.fields) - set(PARTS[Kind(self.kind)]):
            del self.fields[name]
        # What another question said about the same requirement makes this one no answer: nothing is preselected.
        for name in ("importance", "level_none", "perception_none"):
            if self.initial.get(name) == NAME_OF[Part.NOT_ASKED]:
                self.initial[name] = ""
        if self.kind == Kind.LEVEL and here.question.unit and here.answer is None:
            self.initial["level_unit"] = here.question.unit

    def _loses_points(self) -> bool:
        return self.kind == Kind.IMPORTANCE and super()._loses_points()

    def _keep_value_or_nothing(self, part: str) -> None:
        if f"{part}_none" in self.fields:
            super()._keep_value_or_nothing(part)

    def given(self) -> Given:
        if self.kind == Kind.IMPORTANCE:
            return Given(importance=self.importance_part())
        if self.kind == Kind.LEVEL:
            return Given(level=self.level_part())
        return Given(perception=self.perception_part())


def in_numbers(here: AskedHere, data: Any) -> Any:
    """Return what was sent with the level for which a choice in words stands; another number is no choice."""
    at = data.get("choice", "") if data else ""
    choices = here.question.choices.all()
    if not (at.isascii() and at.isdecimal() and len(at) < 3 and int(at) < len(choices)):
        return data
    typed = QueryDict(mutable=True)
    typed.update({"level": str(choices[int(at)].level), "level_unit": here.question.unit})
    return typed


class NothingForm(forms.Form):
    """A form with the three nothings beside its values."""

    nothing = forms.ChoiceField(label=_("No answer"), choices=NOTHING_CHOICES, required=False)

    def __init__(self, here: AskedHere, data: Any = None, **initial: Any) -> None:
        self.here = here
        self.kind = here.question.kind
        nothing = NAME_OF[here.nothing] if here.nothing else ""
        super().__init__(data, initial={"nothing": nothing, **initial}, auto_id=f"q{here.asked.key}_%s")

    @property
    def nothings(self) -> list[Choice]:
        return choices_of(self, "nothing")

    @property
    def chosen_nothing(self) -> Part | None:
        return NOTHING_OF.get(self.cleaned_data.get("nothing", ""))

    @property
    def nothing_instead(self) -> Part | None:
        """The nothing, unless values were given after it: without JavaScript a radio button cannot be taken back."""
        is_overtaken = bool(self.changed_data) and "nothing" not in self.changed_data
        return None if is_overtaken else self.chosen_nothing


class KanoForm(NothingForm):
    functional = forms.ChoiceField(label=_("If it is met"), choices=FEELINGS, required=False)
    dysfunctional = forms.ChoiceField(label=_("If it is not met"), choices=FEELINGS, required=False)

    def __init__(self, here: AskedHere, data: Any = None) -> None:
        said = here.kano
        known = {"functional": said.functional, "dysfunctional": said.dysfunctional} if said else {}
        super().__init__(here, data, **known)

    @property
    def pairs(self) -> list[tuple[str, Any, list[Choice]]]:
        return [(name, self.fields[name].label, choices_of(self, name)) for name in ("functional", "dysfunctional")]

    def given(self) -> Given:
        if self.nothing_instead is not None:
            return Given(nothing=self.nothing_instead)
        said = self.cleaned_data
        functional, dysfunctional = (
            int(said[name]) if said[name] else None for name in ("functional", "dysfunctional")
        )
        return Given(functional=functional, dysfunctional=dysfunctional)


class LoyaltyForm(NothingForm):
    """One point of a scale that is the same everywhere."""

    rating = forms.ChoiceField(label=_("Rating"), required=False)

    def __init__(self, here: AskedHere, data: Any = None) -> None:
        super().__init__(here, data, **({} if here.rating is None else {"rating": str(here.rating)}))
        field: Any = self.fields["rating"]
        field.choices = [(str(point), str(point)) for point in points_of(self.kind)]

    @property
    def points(self) -> list[Choice]:
        chosen = self["rating"].value()
        field: Any = self.fields["rating"]
        return [Choice(value, label, value == chosen) for value, label in field.choices]

    @property
    def ends(self) -> tuple[str, str]:
        return ends_of(self.kind, self.here.asked.language)

    def given(self) -> Given:
        if self.nothing_instead is not None:
            return Given(nothing=self.nothing_instead)
        said = self.cleaned_data["rating"]
        return Given(rating=int(said) if said else None)


class PointsForm(NothingForm):
    def __init__(self, here: AskedHere, data: Any = None) -> None:
        self.asked_about: Sequence[Requirement] = list(here.question.requirements.all())
        points = {
            f"points_{pk}": answer.importance_original
            for pk, answer in here.answers.items()
            if answer.importance_scale_id is None and answer.importance_original is not None
        }
        super().__init__(here, data, **points)
        for each in self.asked_about:
            self.fields[f"points_{each.pk}"] = ExactNumberField(label=each.statement, required=False)

    @property
    def items(self) -> list[Any]:
        return [self[f"points_{each.pk}"] for each in self.asked_about]

    def clean(self) -> dict[str, Any]:
        given = [self.cleaned_data.get(f"points_{each.pk}") for each in self.asked_about]
        if any(each is not None and not 0 <= each <= ALL_POINTS for each in given):
            raise ValidationError(_("Points go from 0 to 100."), code="points")
        return self.cleaned_data

    def given(self) -> Given:
        if self.nothing_instead is not None:
            return Given(nothing=self.nothing_instead)
        said = {each.pk: self.cleaned_data.get(f"points_{each.pk}") for each in self.asked_about}
        # What is left empty got no points.
        return Given(points={pk: Decimal(0) if value is None else value for pk, value in said.items()})


class WordsForm(NothingForm):
    """Words; what is kept already stays, and these are added to it."""

    text = forms.CharField(label=_("In the customer's own words"), max_length=LONGEST_TEXT, required=False)
    outcome = forms.CharField(label=_("How will it show?"), max_length=300, required=False)

    def __init__(self, here: AskedHere, data: Any = None, **initial: Any) -> None:
        super().__init__(here, data, **initial)
        if here.question.kind != Kind.OBJECTIVE:
            del self.fields["outcome"]
        if here.question.kind != Kind.OPEN:
            self.fields["text"].widget.attrs["maxlength"] = 300

    def given(self) -> Given:
        text = self.cleaned_data["text"]
        is_nothing = "nothing" in self.changed_data and "text" not in self.changed_data
        if self.kind == Kind.UNIQUENESS and not text and "text" in self.changed_data and not self.chosen_nothing:
            return Given()
        if not text or (is_nothing and self.chosen_nothing):
            return Given(nothing=self.chosen_nothing or Part.NOT_ASKED)
        outcome = self.cleaned_data.get("outcome", "")
        return Given(text=text, outcome=outcome, language=self.here.asked.language)


def choices_of(form: forms.Form, name: str) -> list[Choice]:
    chosen = str(form[name].value() or "")
    field: Any = form.fields[name]
    return [Choice(str(value), label, str(value) == chosen) for value, label in field.choices]


def form_for(here: AskedHere, data: Any = None, *, uniqueness: str = "") -> Any:
    kind = here.question.kind
    if kind in PARTS:
        return PartForm(here, data)
    if kind == Kind.KANO:
        return KanoForm(here, data)
    if kind in LOYALTY:
        return LoyaltyForm(here, data)
    if kind == Kind.POINTS:
        return PointsForm(here, data)
    return WordsForm(here, data, **({"text": uniqueness} if kind == Kind.UNIQUENESS else {}))
