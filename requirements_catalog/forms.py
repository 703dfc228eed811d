import re
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django_filters import BooleanFilter, FilterSet

from functions.models import Function
from requirements_catalog.approving import said_by
from requirements_catalog.models import UNIT_CHOICES, Attribute, Product, Requirement, Responsibility, ScaleVersion
from requirements_catalog.services import NewScale
from scoring.units import factor, unit_of
from web.forms import SeveralField, group, layout, side_by_side
from web.numbers import ExactNumberField

# Written out, because a Fraction also reads '1e999999999' and would try to hold it.
FACTOR = re.compile(r"[0-9]{1,12}(\.[0-9]{1,6})?|[0-9]{1,12}/[0-9]{1,12}")


class ProductFilter(FilterSet):
    is_active = BooleanFilter(label=_("In use"))

    class Meta:
        model = Product
        fields = ()


class FactorField(forms.CharField):
    """An exact factor: 60, 0.5 or 1/60."""

    def clean(self, value: Any) -> Fraction | None:
        text = super().clean(value).replace(" ", "")
        if not text:
            return None
        if not FACTOR.fullmatch(text) or re.search(r"/0*$", text):
            raise ValidationError(_("Enter a number or a fraction, for example 60, 0.5 or 1/60."), code="factor")
        return Fraction(text)


class ResolutionField(ExactNumberField):
    def clean(self, value: Any) -> Decimal | None:
        number: Decimal | None = super().clean(value)
        if number is not None and number <= 0:
            raise ValidationError(_("The resolution must be above zero, for example 0.5."), code="resolution")
        return number


def functions_or(chosen: Function | None) -> Any:
    """Return the functions to choose from: the active ones, and the one that is chosen already."""
    return Function.objects.filter(Q(is_active=True) | Q(pk=chosen.pk if chosen else None))


class RequirementForm(forms.ModelForm):
    products = SeveralField(
        label=_("Products"),
        queryset=Product.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Those that it is about; answers and metrics are kept per product."),
        error_messages={"required": _("Choose at least one product that it is about.")},
    )

    means_the_same = forms.BooleanField(
        label=_("It means the same as before"),
        required=False,
        help_text=_("A slip of the pen, or clearer words. Otherwise it is a new version: who answers for its metrics "
                    "is asked whether they still fit."),
    )  # fmt: skip

    class Meta:
        model = Requirement
        fields = (
            "reference",
            "statement",
            "attribute",
            "products",
            "origin",
            "owner",
            "rule",
            "example",
            "half_life_months",
        )
        widgets: ClassVar = {"origin": forms.RadioSelect, "rule": forms.Textarea(attrs={"rows": 3})}
        help_texts: ClassVar = {
            "statement": _("What customers need, in their words: 'A stoppage is resolved within the hours we need'."),
            "attribute": _("The group of quality under which it is listed."),
            "origin": _("An internal one never outranks a customer's with the same points."),
            "owner": _("The one function that answers for it. It can wait until the requirement becomes active."),
            "rule": _("When words count as this requirement, and when they do not."),
            "example": _("How it sounds when a customer says it."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        is_new = self.instance.pk is None
        chosen = Q() if is_new else Q(requirements=self.instance.pk)
        fields["products"].queryset = Product.objects.filter(Q(is_active=True) | chosen).distinct()
        fields["owner"].queryset = functions_or(None if is_new else self.instance.owner)
        fields["owner"].empty_label = _("nobody yet")
        fields["attribute"].empty_label = _("Choose")
        fields["reference"].required = not is_new
        if is_new:
            fields["reference"].help_text = _("Short, for lists and papers. Empty: the next number.")
            del fields["means_the_same"]
        self.helper = layout(*self.parts())

    def parts(self) -> list[Any]:
        same = ["means_the_same"] if "means_the_same" in self.fields else []
        return [
            "statement", *same, side_by_side("attribute", "reference"), "products", "origin", "owner", "rule",
            "example", "half_life_months",
        ]  # fmt: skip

    def changes(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name in self.Meta.fields}


class ScaleFields(forms.Form):
    """The scale of a level: unit, direction, resolution."""

    unit = forms.ChoiceField(label=_("Unit"), choices=[("", _("Choose")), *UNIT_CHOICES])
    direction = forms.ChoiceField(
        label=_("Direction"), choices=ScaleVersion.Direction.choices, widget=forms.RadioSelect
    )
    resolution = ResolutionField(
        label=_("Resolution"),
        help_text=_("Levels are rounded to it before they are compared, for example 0.5."),
    )


class NewRequirementForm(RequirementForm, ScaleFields):
    """A requirement, with its first scale if it can be stated as a level."""

    SCALE = ("unit", "direction", "resolution")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.SCALE:
            self.fields[name].required = False
        units: Any = self.fields["unit"]
        units.choices = [("", _("no level: customers say whether it is met")), *UNIT_CHOICES]

    def parts(self) -> list[Any]:
        legend = _("If it can be stated as a level: in which unit?")
        return [*super().parts(), group(legend, "unit", "direction", "resolution")]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("unit"):
            for name in ("direction", "resolution"):
                if name not in self.errors and data.get(name) in (None, ""):
                    self.add_error(name, ValidationError(_("A level has a direction and a resolution."), "required"))
        elif data.get("direction") or data.get("resolution") is not None:
            self.add_error("unit", ValidationError(_("Choose the unit of the level."), "required"))
        return data

    def scale(self) -> NewScale | None:
        data = self.cleaned_data
        if not data["unit"]:
            return None
        return NewScale(unit=data["unit"], direction=data["direction"], resolution=data["resolution"])


class ScaleForm(ScaleFields):
    """The next version of a scale."""

    factor = FactorField(
        label=_("Exact factor"),
        required=False,
        max_length=32,
        help_text=_("An older level times the factor is the new level. Empty: older levels count as unknown."),
    )
    reason = forms.CharField(label=_("Why does the scale change?"), max_length=300)

    def __init__(self, *args: Any, last: ScaleVersion | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if last is None:
            del self.fields["factor"], self.fields["reason"]
        else:
            self.fields["factor"].help_text = help_with_factor(last.unit)
        self.helper = layout("unit", "direction", "resolution", *(() if last is None else ("factor", "reason")))

    def scale(self, data: Mapping[str, Any]) -> NewScale:
        return NewScale(**data)


def help_with_factor(unit: str) -> Any:
    """Say which factors are true from the present unit to others of its dimension."""
    others = [code for code, _label in UNIT_CHOICES if code != unit]
    same = [code for code in others if unit_of(code).dimension == unit_of(unit).dimension]
    listed = ", ".join(f"{unit_of(code).long} {factor(unit, code)}" for code in same)
    first = _("An older level times the factor is the new level. Empty: older levels count as unknown.")
    return f"{first} {_('From %(unit)s to') % {'unit': unit_of(unit).long}} {listed}." if listed else first


class StateForm(forms.Form):
    state = forms.ChoiceField(
        label=_("State"),
        choices=[
            (Requirement.State.DRAFT, _("draft: not agreed yet, counts nowhere")),
            (Requirement.State.REVIEW, _("in review: written, and waits for another specialist's approval")),
            (Requirement.State.ACTIVE, _("active: approved, one function answers for it, and it counts")),
            (Requirement.State.RETIRED, _("retired: no longer needed, counts nowhere; what was said stays")),
        ],
        widget=forms.RadioSelect,
    )
    owner = forms.ModelChoiceField(
        label=_("Owner"),
        queryset=Function.objects.none(),
        required=False,
        empty_label=_("nobody yet"),
        help_text=_("An active requirement has one: the function that answers for it."),
    )
    shown = forms.CharField(required=False, max_length=32, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, requirement: Requirement, to: str) -> None:
        initial = {"state": to, "owner": requirement.owner_id, "shown": said_by(requirement)}
        super().__init__(data, initial=initial)
        owners: Any = self.fields["owner"]
        owners.queryset = functions_or(requirement.owner)
        self.helper = layout("state", "owner", "shown")

    def show_anew(self) -> None:
        """Let the next press of the button be about what the page shows now."""
        sent = self.data.dict() if isinstance(self.data, QueryDict) else dict(self.data)
        self.data = {**sent, "shown": self.initial["shown"]}


class MergeForm(forms.Form):
    into = forms.ModelChoiceField(
        label=_("It says the same as"), queryset=Requirement.objects.none(), empty_label=_("Choose")
    )

    def __init__(self, *args: Any, requirement: Requirement, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = Requirement.objects.filter(merged_into=None).exclude(pk=requirement.pk)
        into: Any = self.fields["into"]
        into.queryset = others.exclude(state=Requirement.State.RETIRED)
        self.helper = layout("into")


class SplitForm(forms.Form):
    """What the new one of two requirements says."""

    statement = forms.CharField(
        label=_("What the new one says"), max_length=200, help_text=_("What these customers need, in their words.")
    )
    attribute = forms.ModelChoiceField(label=_("Attribute"), queryset=Attribute.objects.all(), empty_label=_("Choose"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = layout("statement", "attribute")


def strength_field() -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=_("How strongly does it contribute?"),
        choices=Responsibility.Strength.choices,
        coerce=int,
        widget=forms.RadioSelect,
    )


class NewResponsibilityForm(forms.Form):
    function = forms.ModelChoiceField(
        label=_("Function"), queryset=Function.objects.filter(is_active=True), empty_label=_("Choose")
    )
    strength = strength_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = layout("function", "strength")


class ResponsibilityForm(forms.Form):
    strength = strength_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = layout("strength")


class NewProductForm(forms.ModelForm):
    class Meta:
        model = Product
        fields = ("name",)
        help_texts: ClassVar = {"name": _("As customers call it.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = layout("name")


class ProductForm(forms.ModelForm):
    class Meta:
        model = Product
        fields = ("name", "is_active")
        labels: ClassVar = {"is_active": _("Can be chosen for new requirements, interviews and metrics")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = layout("name", "is_active")
