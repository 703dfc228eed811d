"""What is asked about an asking, and the page on which somebody says what they believe."""

from collections.abc import Sequence
from typing import Any, ClassVar

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from improvements.belief_models import LARGEST_GAP, MOST_IMPORTANT, BeliefAsking, BeliefSheet
from improvements.believing import Said
from requirements_catalog.models import Product, Requirement
from requirements_catalog.selectors import products_in_use
from web.forms import DayInput, SeveralField, layout, side_by_side
from web.once import EntryField


class AskingFilter(django_filters.FilterSet):
    product = django_filters.ModelChoiceFilter(queryset=Product.objects.all(), label=_("About"))

    class Meta:
        model = BeliefAsking
        fields: ClassVar[list[str]] = []


class AskingForm(forms.ModelForm):
    """Ask, or change what is said of it while it is not over; what is asked about stays."""

    entry = EntryField()
    product = forms.ModelChoiceField(
        label=_("About"), queryset=Product.objects.none(), required=False, empty_label=_("all products")
    )
    requirements = SeveralField(
        label=_("Requirements"),
        queryset=Requirement.objects.none(),
        required=False,
        help_text=_("None: all of customers of which enough were heard. A dozen is answered in five minutes."),
    )

    class Meta:
        model = BeliefAsking
        fields = ("title", "opens_on", "closes_on", "asks_viewers")
        widgets: ClassVar = {"opens_on": DayInput(), "closes_on": DayInput()}
        help_texts: ClassVar = {
            "closes_on": _("From the day after, everybody who answered sees the means by role."),
            "asks_viewers": _("Heads and deputies are always asked."),
        }

    def __init__(self, *args: Any, requirements: QuerySet[Requirement] | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        if requirements is None:
            for name in ("entry", "product", "requirements"):
                del self.fields[name]
            self.helper = layout("title", side_by_side("opens_on", "closes_on"), "asks_viewers")
            return
        self.fields["product"].queryset = products_in_use()  # type: ignore[attr-defined]
        self.fields["requirements"].queryset = requirements  # type: ignore[attr-defined]
        self.helper = layout(
            "entry", "title", side_by_side("opens_on", "closes_on"), "asks_viewers", "product", "requirements"
        )

    def _post_clean(self) -> None:
        """The service checks: pages and the API refuse in the same words."""


def points(most: int, label: str) -> forms.IntegerField:
    field = forms.IntegerField(min_value=0, max_value=most, required=False, label=label)
    field.widget.attrs |= {"class": "form-control points", "inputmode": "numeric"}
    return field


class BeliefForm(forms.Form):
    """Two fields for each requirement; the version that was shown goes along: nobody writes over another window."""

    def __init__(
        self, *args: Any, requirements: Sequence[Requirement], sheet: BeliefSheet | None, **options: Any
    ) -> None:
        there = {each.requirement_id: each for each in sheet.beliefs.all()} if sheet else {}
        version = sheet.version if sheet else 0
        initial: dict[str, Any] = {"seen": version}
        for pk, each in there.items():
            initial |= {f"importance-{pk}": each.importance, f"gap-{pk}": each.gap}
        super().__init__(*args, **options | {"initial": initial})
        self.requirements, self.version = requirements, version
        self.fields["seen"] = forms.IntegerField(required=False, widget=forms.HiddenInput)
        for row in requirements:
            self.fields[f"importance-{row.pk}"] = points(
                MOST_IMPORTANT, _("How important is it to customers that: %(what)s") % {"what": row.statement}
            )
            self.fields[f"gap-{row.pk}"] = points(LARGEST_GAP, _("The gap at: %(what)s") % {"what": row.statement})

    @property
    def rows(self) -> list[tuple[Requirement, Any, Any]]:
        return [(row, self[f"importance-{row.pk}"], self[f"gap-{row.pk}"]) for row in self.requirements]

    @property
    def said(self) -> dict[int, Said]:
        clean = self.cleaned_data
        return {
            row.pk: Said(clean[f"importance-{row.pk}"], clean[f"gap-{row.pk}"]) for row in self.requirements
        } | self.typed_of_others

    @property
    def typed_of_others(self) -> dict[int, Said]:
        """What was typed of requirements that are not asked any more: the service says what became of them."""
        names = [name for name in self.data if name.startswith(("importance-", "gap-")) and name not in self.fields]
        ids = {name.rpartition("-")[2] for name in names if self.data.get(name)}
        return {int(pk): Said(0, None) for pk in ids if pk.isascii() and pk.isdigit() and len(pk) < 10}

    def look_again(self) -> None:
        """Let the page that comes back save over what stands there now, once that was said."""
        sent: Any = self.data
        self.data = sent = sent.copy()
        sent["seen"] = str(self.version)
