"""What is asked about letters of the loop, and by what the list of people is narrowed."""

from typing import Any, ClassVar

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters import ChoiceFilter, FilterSet, ModelChoiceFilter

from improvements.action_models import Action
from improvements.loop_models import LONGEST_NEWS, LONGEST_SUBJECT, Telling, TellingPart
from improvements.loop_selectors import Standing
from web.forms import SeveralField, layout


class LoopFilter(FilterSet):
    """What narrows the list; its rows are people and no records, so the page does it."""

    state = ChoiceFilter(choices=Standing.choices, label=_("State"))
    action = ModelChoiceFilter(queryset=Action.objects.all(), label=_("Action"))
    reach = ChoiceFilter(label=_("Reach"), choices=(("yes", _("can be written to")), ("no", _("cannot be written to"))))

    class Meta:
        model = Action
        fields: ClassVar[list[str]] = []


class TellForm(forms.Form):
    """Of which actions to tell."""

    actions = SeveralField(
        label=_("Actions"), queryset=Action.objects.none(), widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one action.")},
    )  # fmt: skip

    def __init__(self, *args: Any, actions: QuerySet[Action], **options: Any) -> None:
        super().__init__(*args, **options)
        fields: Any = self.fields
        fields["actions"].queryset = actions
        self.helper = layout("actions")


class TellingForm(forms.Form):
    """The words of a telling: its own, and those about each action."""

    subject = forms.CharField(label=_("Subject"), max_length=LONGEST_SUBJECT)
    intro = forms.CharField(
        label=_("Beginning"), max_length=LONGEST_NEWS, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("After the greeting, which speaks the person's language. Everybody reads the same words."),
    )  # fmt: skip

    def __init__(self, *args: Any, telling: Telling, parts: list[TellingPart], **options: Any) -> None:
        words = {name_of(part): part.words for part in parts}
        options["initial"] = {"subject": telling.subject, "intro": telling.intro} | words
        super().__init__(*args, **options)
        self.parts = parts
        for part in parts:
            self.fields[name_of(part)] = forms.CharField(
                label=f"{part.action.title}: {part.get_step_display()}",
                max_length=LONGEST_NEWS,
                widget=forms.Textarea(attrs={"rows": 4}),
                help_text=_("For customers: no names, no words of ours that they do not use."),
            )
        self.helper = layout(*self.fields)

    def words(self) -> dict[int, str]:
        return {part.pk: self.cleaned_data[name_of(part)] for part in self.parts}


def name_of(part: TellingPart) -> str:
    return f"words_{part.pk}"


class ApproveForm(forms.Form):
    """Approves what was read: `shown` names the words that stood on the page."""

    shown = forms.CharField(widget=forms.HiddenInput, max_length=32, required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.helper = layout("shown")
