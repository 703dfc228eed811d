from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dashboard.kept_forms import kept_day_choices, kept_day_field
from dashboard.review_sections import SECTIONS
from improvements.action_selectors import people_to_own
from improvements.report_models import LONGEST_TITLE
from improvements.review_models import LONGEST_NOTE, LONGEST_SENTENCE, LONGEST_WHO, Review, ReviewDecision
from improvements.reviews import DECIDED, FIELDS, notes_of
from web.forms import DayInput, layout, side_by_side
from web.once import EntryField

NOT_KEPT = _("No scores of that day are kept. Keep it first under Kept days, or choose one of those that are.")


class ReviewForm(forms.Form):
    """Begin a review, or change what is said of one that is open; its kept day stays."""

    entry = EntryField()
    as_of = kept_day_field(
        _("Kept day"),
        error_messages={"invalid_choice": NOT_KEPT},
        help_text=_("What the review is of. Another day can be kept first."),
    )
    held_on = forms.DateField(label=_("Held on"), widget=DayInput, help_text=_("It is closed on that day or later."))
    title = forms.CharField(label=_("Title"), max_length=LONGEST_TITLE)
    took_part = forms.CharField(
        label=_("Who took part"), max_length=LONGEST_WHO, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Names or functions. Everybody in the program reads them when the review is closed."),
    )  # fmt: skip

    def __init__(self, *args: Any, review: Review | None = None, **options: Any) -> None:
        if review:
            options |= {"initial": {name: getattr(review, name) for name in FIELDS}}
        super().__init__(*args, **options)
        if review:
            del self.fields["entry"], self.fields["as_of"]
            self.helper = layout(side_by_side("title", "held_on"), "took_part")
            return
        field: Any = self.fields["as_of"]
        field.choices = kept_day_choices()
        self.helper = layout("entry", "title", side_by_side("as_of", "held_on"), "took_part")


class NoteField(forms.CharField):
    """A note with the line ends that we keep: browsers send others."""

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).replace("\r\n", "\n").replace("\r", "\n")


class NotesForm(forms.Form):
    """A note for each section. What stood there when the page was drawn goes along, so that nobody writes over it."""

    def __init__(self, *args: Any, review: Review, **options: Any) -> None:
        super().__init__(*args, **options | {"initial": notes_of(review)})
        self.review = review
        for key, (label, _find) in SECTIONS.items():
            self.fields[key] = NoteField(
                label=_("Note on ‘%(section)s’") % {"section": label}, max_length=LONGEST_NOTE, required=False,
                widget=forms.Textarea(attrs={"rows": 2}), show_hidden_initial=True,
            )  # fmt: skip

    @property
    def changed(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in self.changed_data}

    @property
    def seen(self) -> dict[str, str]:
        return {name: self._seen(name) for name in self.fields}

    def _seen(self, name: str) -> str:
        field: Any = self.fields[name]
        return str(field.to_python(self.data.get(self[name].html_initial_name, "")))

    def look_again(self) -> None:
        """Let the page that comes back say what stands there now, so that saving it once more is meant."""
        sent: Any = self.data
        data, there = sent.copy(), notes_of(self.review)
        for name in self.fields:
            data[self[name].html_initial_name] = there.get(name, "")
        self.data = data


class ReviewDecisionForm(forms.Form):
    entry = EntryField()
    sentence = forms.CharField(label=_("What was decided"), max_length=LONGEST_SENTENCE)
    kind = forms.ChoiceField(label=_("Kind"), choices=ReviewDecision.Kind.choices)
    responsible = forms.ModelChoiceField(label=_("Who is responsible"), queryset=people_to_own())
    due_on = forms.DateField(label=_("Due on"), required=False, widget=DayInput)

    def __init__(self, *args: Any, decision: ReviewDecision | None = None, **options: Any) -> None:
        initial = {name: getattr(decision, name) for name in DECIDED} if decision else {}
        super().__init__(*args, **options | {"initial": initial})
        entry = ["entry"]
        if decision:
            del self.fields["entry"]
            entry = []
            chosen: Any = self.fields["responsible"]
            chosen.queryset = people_to_own(decision.responsible_id)
        self.helper = layout(*entry, "sentence", side_by_side("kind", "responsible", "due_on"))


class CloseForm(forms.Form):
    """Closes; without a decision it asks whether that is meant."""

    nothing_decided = forms.BooleanField(label=_("Nothing was decided"), required=False)

    def __init__(self, *args: Any, has_decisions: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        if has_decisions:
            del self.fields["nothing_decided"]
