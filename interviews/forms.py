from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters import CharFilter, ChoiceFilter, FilterSet, ModelChoiceFilter

from accounts.models import User
from customers.models import Customer, Lifecycle
from interviews.guide_selectors import launched_versions, versions
from interviews.involvement_models import Stage
from interviews.models import LONGEST_TEXT, Answer, Interview, Part, Round
from interviews.parts import Importance, Perception, RequiredLevel
from interviews.selectors import Question
from interviews.unasked import customer_named
from requirements_catalog.models import Attribute, Product, RatingScale, Requirement
from scoring.units import UNITS
from web.filters import FromDayToDay
from web.forms import SeveralField, layout, side_by_side
from web.lists import LONGEST_SEARCH
from web.numbers import ExactNumberField
from web.once import EntryField

NOTHINGS = {
    "does_not_know": (Part.DOES_NOT_KNOW, _("does not know")),
    "not_asked": (Part.NOT_ASKED, _("not asked")),
    "not_applicable": (Part.NOT_APPLICABLE, _("not applicable")),
}
VALUES_OF = {"level": ("level",), "perception": ("perceived_level", "perceived", "expected")}
NAME_OF = {state: name for name, (state, _label) in NOTHINGS.items()}


class DayInput(forms.DateInput):
    """A date as browsers ask for it; they send ISO dates."""

    input_type = "date"

    def __init__(self, **options: Any) -> None:
        super().__init__(format="%Y-%m-%d", **options)


# ---- Lists


class InterviewFilter(FilterSet):
    state = ChoiceFilter(choices=Interview.State.choices, label=_("State"))
    round = ModelChoiceFilter(queryset=Round.objects.all(), label=_("Round"))
    lifecycle = ChoiceFilter(field_name="stratum__lifecycle", choices=Lifecycle.choices, label=_("Lifecycle"))
    mode = ChoiceFilter(choices=Interview.Mode.choices, label=_("Mode"))
    held_on = FromDayToDay(label=_("Held on"))
    interviewer = ModelChoiceFilter(queryset=User.objects.order_by("username"), label=_("Interviewer"))
    customer = CharFilter(
        field_name="customer__name", lookup_expr="icontains", label=_("Customer contains"), max_length=LONGEST_SEARCH
    )

    stage = ChoiceFilter(field_name="round__stage", choices=Stage.choices, label=_("Stage"))
    product = ModelChoiceFilter(queryset=Product.objects.order_by("name"), label=_("Product"), method="about")

    class Meta:
        model = Interview
        fields = ()

    def about(self, rows: QuerySet[Any], _name: str, product: Product) -> QuerySet[Any]:
        """Return those of rounds about a product; of rounds that name none, those that answered about it."""
        waves = Round.objects.filter(products=product).values("pk")
        answers = Answer.objects.filter(interview=OuterRef("pk"), product=product)
        return rows.filter(Q(round__in=waves) | Q(Exists(answers), round__products=None))


class RoundFilter(FilterSet):
    product = ModelChoiceFilter(
        field_name="products", queryset=Product.objects.order_by("name"), label=_("Product"), distinct=True
    )
    stage = ChoiceFilter(choices=Stage.choices, label=_("Stage"))
    starts_on = FromDayToDay(label=_("Starts"))
    ends_on = FromDayToDay(label=_("Ends"))

    class Meta:
        model = Round
        fields = ()


# ---- Interviews and rounds


class PlanForm(forms.Form):
    """Plan an interview with a contact who was chosen before."""

    round = forms.ModelChoiceField(label=_("Round"), queryset=Round.objects.all())
    held_on = forms.DateField(label=_("Day"), widget=DayInput(), help_text=_("When it will be held."))
    mode = forms.ChoiceField(label=_("Mode"), choices=Interview.Mode.choices)
    interviewer = forms.ModelChoiceField(
        label=_("Interviewer"), queryset=User.objects.filter(is_active=True), required=False
    )

    helper = layout("round", side_by_side("held_on", "mode"), "interviewer")


class ChangeForm(PlanForm):
    held_on = forms.DateField(label=_("Held on"), widget=DayInput())


class HandOverForm(forms.Form):
    """Give an open interview to a colleague."""

    to = forms.ModelChoiceField(label=_("To"), queryset=User.objects.none(), empty_label=_("Choose"))
    note = forms.CharField(
        label=_("What should they know?"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Where it stands, and what was promised. It is read at the desk."),
    )

    helper = layout("to", "note")

    @classmethod
    def of(cls, interview: Interview, colleagues: QuerySet[User], data: Any = None) -> "HandOverForm":
        form = cls(data)
        to: Any = form.fields["to"]
        to.queryset = colleagues.exclude(pk=interview.interviewer_id or 0)
        return form


class RecordForm(forms.Form):
    """What a customer said without being asked."""

    customer = forms.CharField(
        label=_("Customer"), max_length=160, help_text=_("The name as it stands in the register.")
    )
    contact = forms.CharField(label=_("Who said it"), max_length=160)
    held_on = forms.DateField(label=_("When"), widget=DayInput())
    mode = forms.ChoiceField(label=_("How"), choices=Interview.Mode.choices)
    text = forms.CharField(
        label=_("In the customer's own words"),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("As it was said, not what you make of it."),
    )

    entry = EntryField()

    helper = layout("entry", side_by_side("customer", "contact"), side_by_side("held_on", "mode"), "text")

    def clean_customer(self) -> Customer:
        return customer_named(self.cleaned_data["customer"])


class RoundForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120)
    starts_on = forms.DateField(label=_("Starts"), widget=DayInput(), required=False)
    ends_on = forms.DateField(label=_("Ends"), widget=DayInput(), required=False)
    products = SeveralField(
        label=_("Products"),
        queryset=Product.objects.filter(is_active=True),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("The desk asks the requirements of these products. None: those of the products a customer uses."),
    )

    guide_version = forms.ModelChoiceField(
        label=_("Guide"),
        queryset=launched_versions(),
        required=False,
        help_text=_("What is asked. None: the requirements of the products. Interviews that began keep theirs."),
    )

    stage = forms.ChoiceField(
        label=_("Stage"), choices=[("", _("none in particular")), *Stage.choices], required=False,
        help_text=_("Where these products stand. Whoever is heard was involved in that stage."),
    )  # fmt: skip

    helper = layout("name", side_by_side("starts_on", "ends_on"), "products", "stage", "guide_version")

    @classmethod
    def of(cls, wave: Round, data: Any = None) -> "RoundForm":
        """Return the form of a stored round; a product that was ended and a version that was retired stay choices."""
        chosen = list(wave.products.values_list("pk", flat=True))
        initial = {"name": wave.name, "starts_on": wave.starts_on, "ends_on": wave.ends_on, "products": chosen}
        form = cls(data, initial=initial | {"guide_version": wave.guide_version_id, "stage": wave.stage})
        guide = form.fields["guide_version"]
        assert isinstance(guide, forms.ModelChoiceField)  # noqa: S101
        guide.queryset = launched_versions() | versions().filter(pk=wave.guide_version_id or 0).order_by("guide__name")
        field = form.fields["products"]
        assert isinstance(field, SeveralField)  # noqa: S101
        field.queryset = Product.objects.filter(is_active=True) | Product.objects.filter(pk__in=chosen)
        return form


# ---- Answers


@dataclass(frozen=True, slots=True)
class Choice:
    """One radio button of the desk."""

    value: str
    label: Any
    is_chosen: bool


class AnswerForm(forms.Form):
    """One question of the desk: importance, required level, perception; each has three nothings beside its values."""

    importance = forms.ChoiceField(label=_("How important is that to you?"), required=False)
    level = ExactNumberField(label=_("What do you need?"), required=False)
    level_unit = forms.ChoiceField(label=_("Unit"), required=False)
    level_none = forms.ChoiceField(label=_("What do you need?"), required=False)
    perceived_level = ExactNumberField(label=_("What do you get today?"), required=False)
    perceived_unit = forms.ChoiceField(label=_("Unit"), required=False)
    perceived = forms.ChoiceField(label=_("How well is it done?"), required=False)
    expected = forms.ChoiceField(label=_("How well do you expect it to be done?"), required=False)
    perception_none = forms.ChoiceField(label=_("How is it today?"), required=False)

    OF_A_SCALE = ("level", "level_unit", "level_none", "perceived_level", "perceived_unit")

    def __init__(
        self, question: Question, data: Any = None, *, importance_scale: RatingScale, rating_scale: RatingScale
    ) -> None:
        self.question = question
        answer = question.answer
        # An answer keeps the scales on which it was given.
        self.importance_scale = (answer and answer.importance_scale) or importance_scale
        self.rating_scale = (answer and answer.rating_scale) or rating_scale
        super().__init__(data, initial=initial_of(question), auto_id=f"q{question.key}_%s")
        nothings = [(name, label) for name, (_state, label) in NOTHINGS.items()]
        self._offer("importance", [*points_of(self.importance_scale), *nothings])
        self._offer("perceived", points_of(self.rating_scale))
        self._offer("expected", points_of(self.rating_scale))
        self._offer("level_none", nothings)
        self._offer("perception_none", nothings)
        scale = question.requirement.current_scale
        if scale is None:
            for name in self.OF_A_SCALE:
                del self.fields[name]
        else:
            for name in ("level_unit", "perceived_unit"):
                self._offer(name, units_like(scale.unit))

    def _offer(self, name: str, choices: list[tuple[str, Any]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]  # all of these are ChoiceFields

    # ---- What was said

    def clean(self) -> dict[str, Any]:
        for part in VALUES_OF:
            self._keep_value_or_nothing(part)
        if self._loses_points():
            message = _("It was given as points out of 100. Choose what takes their place.")
            self.add_error("importance", ValidationError(message, code="points"))
        return self.cleaned_data

    def _is_given(self, part: str) -> bool:
        return any(self.cleaned_data.get(name) not in (None, "") for name in VALUES_OF[part])

    def _keep_value_or_nothing(self, part: str) -> None:
        """Keep the newer of the two: a radio button, once chosen, cannot be taken back without JavaScript."""
        nothing = f"{part}_none"
        if not self._is_given(part) or not self.cleaned_data.get(nothing):
            return
        if nothing not in self.changed_data:
            self.cleaned_data[nothing] = ""
        elif not set(VALUES_OF[part]) & set(self.changed_data):
            self.cleaned_data |= dict.fromkeys(set(VALUES_OF[part]) & set(self.fields))
        else:
            message = _("There is a value, and '%(nothing)s' was chosen too. Keep one of them.")
            label = NOTHINGS[self.cleaned_data[nothing]][1]
            self.add_error(nothing, ValidationError(message, code="both", params={"nothing": label}))

    def _loses_points(self) -> bool:
        """Points cannot be shown on a scale; they must not vanish because nothing was chosen."""
        answer = self.question.answer
        is_points = answer is not None and answer.importance_original is not None and answer.importance_scale is None
        return is_points and not self.cleaned_data.get("importance")

    def importance_part(self) -> Importance:
        chosen = self.cleaned_data.get("importance")
        if not chosen:
            return Importance()
        if chosen in NOTHINGS:
            return Importance.nothing(NOTHINGS[chosen][0])
        return Importance.rated(int(chosen), self.importance_scale)

    def level_part(self) -> RequiredLevel:
        if self.cleaned_data.get("level") is not None:
            return RequiredLevel.known(self.cleaned_data["level"], self.cleaned_data["level_unit"])
        nothing = self.cleaned_data.get("level_none")
        return RequiredLevel.nothing(NOTHINGS[nothing][0]) if nothing else RequiredLevel()

    def perception_part(self) -> Perception:
        """Return the one part that perceived and expected are. A direct yes or no is not asked here, but kept."""
        said, answer = self.cleaned_data, self.question.answer
        rating, expected = (int(said[name]) if said.get(name) else None for name in ("perceived", "expected"))
        if not self._is_given("perception"):
            nothing = said.get("perception_none")
            if nothing:
                return Perception.nothing(NOTHINGS[nothing][0])
            return Perception.fixed(answer.is_fixed) if answer and answer.is_fixed is not None else Perception()
        return Perception(
            Part.KNOWN,
            is_fixed=answer.is_fixed if answer else None,
            level=said.get("perceived_level"),
            unit=said.get("perceived_unit", ""),
            rating=rating,
            expected=expected,
            scale=None if rating is None and expected is None else self.rating_scale,
        )

    # ---- What the page draws

    def scale_of(self, name: str) -> list[Choice]:
        return [choice for choice in self._choices(name) if choice.value not in NOTHINGS]

    def nothings_of(self, name: str) -> list[Choice]:
        return [choice for choice in self._choices(name) if choice.value in NOTHINGS]

    def _choices(self, name: str) -> list[Choice]:
        chosen = str(self[name].value() or "")
        choices = self.fields[name].choices  # type: ignore[attr-defined]  # all of these are ChoiceFields
        return [Choice(str(value), label, str(value) == chosen) for value, label in choices]

    @property
    def importance_scale_choices(self) -> list[Choice]:
        return self.scale_of("importance")

    @property
    def importance_nothings(self) -> list[Choice]:
        return self.nothings_of("importance")

    @property
    def level_nothings(self) -> list[Choice]:
        return self.nothings_of("level_none")

    @property
    def perceived_choices(self) -> list[Choice]:
        return self.scale_of("perceived")

    @property
    def expected_choices(self) -> list[Choice]:
        return self.scale_of("expected")

    @property
    def perception_nothings(self) -> list[Choice]:
        return self.nothings_of("perception_none")


def points_of(scale: RatingScale) -> list[tuple[str, Any]]:
    return [(str(point), str(point)) for point in range(scale.minimum, scale.maximum + 1)]


def units_like(code: str) -> list[tuple[str, Any]]:
    """Return the units of one dimension, the requirement's own first."""
    same = [unit for unit in UNITS.values() if unit.dimension == UNITS[code].dimension]
    return [(unit.code, unit.long) for unit in sorted(same, key=lambda unit: unit.code != code)]


def initial_of(question: Question) -> dict[str, Any]:
    answer = question.answer
    scale = question.requirement.current_scale
    units = {"level_unit": scale.unit, "perceived_unit": scale.unit} if scale else {}
    return units | (values_of(answer) if answer else {})


def values_of(answer: Answer) -> dict[str, Any]:
    """Return a stored answer as the form asks for it; levels stay in the unit in which they were stored."""
    unit = answer.scale_version.unit if answer.scale_version else None
    units = {"level_unit": unit, "perceived_unit": unit} if unit else {}
    points = answer.importance_original if answer.importance_scale_id else None
    return units | {
        "importance": chosen_or_nothing(answer.importance_state, None if points is None else int(points)),
        "level": answer.required_level,
        "level_none": chosen_or_nothing(answer.level_state, None),
        "perceived_level": answer.perceived_level,
        "perceived": answer.perceived_rating,
        "expected": answer.expected_rating,
        "perception_none": chosen_or_nothing(answer.perception_state, None),
    }


def chosen_or_nothing(state: int, value: Any) -> Any:
    return value if state == Part.KNOWN else NAME_OF[Part(state)]


# ---- Words


class VerbatimForm(forms.Form):
    """The customer's words, and what they are about, as far as that is clear at once."""

    text = forms.CharField(
        label=_("In the customer's own words"), max_length=LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": 5})
    )
    about = forms.CharField(label=_("About, now or later"), max_length=300, required=False)

    def clean_about(self) -> Requirement | Attribute | None:
        return coded_to(self.cleaned_data["about"]) if self.cleaned_data["about"] else None


class CodingForm(forms.Form):
    about = forms.CharField(label=_("About"), max_length=300)
    start = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)
    end = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)

    def clean_about(self) -> Requirement | Attribute:
        return coded_to(self.cleaned_data["about"])


def coded_to(typed: str) -> Requirement | Attribute:
    """Return the requirement whose reference, or the attribute whose name was typed."""
    active = Requirement.objects.exclude(state=Requirement.State.RETIRED).filter(merged_into=None)
    found = (
        active.filter(reference__iexact=typed.split(maxsplit=1)[0]).first()
        or Attribute.objects.filter(name__iexact=typed).first()
    )
    if found is None:
        message = _("'%(typed)s' is no reference of a requirement and no attribute. Choose one of the list.")
        raise ValidationError(message, code="about", params={"typed": typed[:60]})
    return found
