"""What the workbench asks: filters of the queue, a passage with its code, a reason, a rule for coders."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters import CharFilter, ChoiceFilter, FilterSet, ModelChoiceFilter

from accounts.models import User
from customers.models import Lifecycle, SizeBand
from customers.places import INDUSTRIES, REGIONS
from functions.models import Membership
from interviews.forms import coded_to
from interviews.models import Coding, Round, SecondReading, Sentiment, Verbatim
from interviews.second_reading import CODERS
from interviews.workbench import passage_in
from requirements_catalog.models import Attribute, Requirement
from web.forms import layout, side_by_side

LONGEST_PASSAGE = 20_000


def coders() -> QuerySet[User]:
    """Return who may code: specialists and administrators."""
    roles = Membership.objects.filter(user=OuterRef("pk"), role__in=CODERS)
    return User.objects.filter(Exists(roles), is_active=True).order_by("username")


def with_coding(rows: QuerySet[Any], condition: Q) -> QuerySet[Any]:
    """Return the words with a coding that fulfils a condition, each once."""
    return rows.filter(Exists(Coding.objects.filter(condition, verbatim=OuterRef("pk"))))


class WordFilter(FilterSet):
    lifecycle = ChoiceFilter(
        field_name="interview__stratum__lifecycle", choices=Lifecycle.choices, label=_("Lifecycle")
    )
    industry = ChoiceFilter(field_name="interview__stratum__industry", choices=INDUSTRIES, label=_("Industry"))
    region = ChoiceFilter(field_name="interview__stratum__region", choices=REGIONS, label=_("Region"))
    size_band = ChoiceFilter(field_name="interview__stratum__size_band", choices=SizeBand.choices, label=_("Size"))
    round = ModelChoiceFilter(field_name="interview__round", queryset=Round.objects.all(), label=_("Round"))
    attribute = ModelChoiceFilter(queryset=Attribute.objects.all(), label=_("Attribute"), method="of_attribute")
    code = CharFilter(label=_("Code"), method="of_code", max_length=80)
    coder = ModelChoiceFilter(queryset=coders(), label=_("Coder"), method="of_coder")

    class Meta:
        model = Verbatim
        fields = ()

    def of_attribute(self, rows: QuerySet[Any], _name: str, attribute: Attribute) -> QuerySet[Any]:
        return with_coding(rows, Q(attribute=attribute) | Q(requirement__attribute=attribute))

    def of_code(self, rows: QuerySet[Any], _name: str, typed: str) -> QuerySet[Any]:
        about = Q(requirement__reference__iexact=typed) | Q(requirement__merged_into__reference__iexact=typed)
        return with_coding(rows, about | Q(attribute__name__iexact=typed))

    def of_coder(self, rows: QuerySet[Any], _name: str, coder: User) -> QuerySet[Any]:
        return with_coding(rows, Q(coder=coder))


class FoundFilter(WordFilter):
    """Those of the queue, and how the words were read."""

    reading = ChoiceFilter(choices=Verbatim.Reading.choices, label=_("Reading"))


class PassageForm(forms.Form):
    """A code for all of the words or for a passage: by its ends, or copied where nothing can be marked."""

    about = forms.CharField(max_length=300)
    passage = forms.CharField(max_length=LONGEST_PASSAGE, required=False)
    start = forms.IntegerField(required=False, min_value=0, max_value=LONGEST_PASSAGE)
    end = forms.IntegerField(required=False, min_value=0, max_value=LONGEST_PASSAGE)
    suggested = forms.CharField(max_length=200, required=False)

    def __init__(self, data: Any, *, words: str) -> None:
        super().__init__(data)
        self.words = words

    def clean_about(self) -> Requirement | Attribute:
        return coded_to(self.cleaned_data["about"])

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        passage, is_marked = said.get("passage", ""), said.get("end") is not None
        if passage and not is_marked and "start" not in self.errors and "end" not in self.errors:
            found = passage_in(self.words, passage)
            if found is None:
                message = _("These words are not in what was said. Copy them as they stand there.")
                raise ValidationError(message, code="passage")
            said["start"], said["end"] = found
        return said


class SentimentForm(forms.Form):
    sentiment = forms.TypedChoiceField(
        choices=[("", ""), *Sentiment.choices], coerce=int, empty_value=None, required=False
    )


class AsideForm(forms.Form):
    reason = forms.CharField(
        max_length=300,
        error_messages={"required": _("Say why it is no requirement: praise, a price, another company's product.")},
    )


class DrawForm(forms.Form):
    coder = forms.ModelChoiceField(
        label=_("Second coder"),
        queryset=coders(),
        help_text=_("Only words that this person has not read are drawn."),
    )
    size = forms.IntegerField(
        label=_("How many words"),
        min_value=1,
        max_value=1_000,
        required=False,
        help_text=_("About 30 give a first idea."),
    )
    share = forms.IntegerField(label=_("or what share, in per cent"), min_value=1, max_value=100, required=False)
    seed = forms.IntegerField(
        label=_("Seed"),
        min_value=0,
        max_value=2**31 - 1,
        help_text=_("The same seed draws the same words from the same ones, so that anybody can check the draw."),
    )
    helper = layout("coder", side_by_side("size", "share"), "seed")


class ResolveForm(forms.Form):
    stands = forms.ChoiceField(
        choices=SecondReading.Stands.choices,
        error_messages={"required": _("Choose which reading stands."), "invalid_choice": _("Choose one of the three.")},
    )
    note = forms.CharField(max_length=300, error_messages={"required": _("Say why: the next coder learns from it.")})


class RequirementRuleForm(forms.Form):
    """When words count as a code, and how that sounds. What it is, the statement of the requirement says."""

    rule = forms.CharField(
        label=_("When words count as this, and when not"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Name the neighbour that is meant by mistake: 'Waiting for an engineer is R-21'."),
    )
    example = forms.CharField(
        label=_("Example"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("How it sounds when a customer says it. No names."),
    )
    helper = layout("rule", "example")


class AttributeRuleForm(RequirementRuleForm):
    description = forms.CharField(label=_("What it is"), max_length=300, required=False)
    field_order = ("description", "rule", "example")
    helper = layout("description", "rule", "example")
