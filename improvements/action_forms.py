"""What is asked about actions, and by what their list is narrowed."""

from typing import Any, ClassVar

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters import ChoiceFilter, FilterSet, ModelChoiceFilter

from functions.models import Function
from functions.selectors import Access
from improvements.action_models import (
    LONGEST_CAUSE,
    LONGEST_COMMENT,
    LONGEST_TEXT,
    LONGEST_TITLE,
    LONGEST_WHY,
    OPEN,
    Action,
    Cause,
    Confirmation,
    Kind,
    Stage,
)
from improvements.action_selectors import may_set_level, people_to_own
from improvements.action_stages import asked_for, needs_why
from improvements.forms import known_contact
from interviews.unasked import customer_named
from metrics.models import Metric
from metrics.selectors import metrics_for
from requirements_catalog.models import Requirement
from requirements_catalog.selectors import requirement_ids_for
from web.fields import PLACES
from web.filters import FromDayToDay
from web.forms import DayInput, SeveralField, group, layout, side_by_side
from web.once import EntryField

LARGEST_COST = 10**12


def functions_to_answer(access: Access, also: int | None = None) -> QuerySet[Function]:
    """Return the functions that a person can make answer: every one, or the own."""
    functions = Function.objects.filter(Q(is_active=True) | Q(pk=also or 0))
    return functions if access.is_specialist else functions.filter(Q(pk__in=access.functions) | Q(pk=also or 0))


def requirements_to_name(access: Access, also: Any = ()) -> QuerySet[Requirement]:
    """Return the active requirements that a person may name, and those that are named already."""
    seen = requirement_ids_for(access)
    found = Q(state=Requirement.State.ACTIVE) if seen is None else Q(state=Requirement.State.ACTIVE, pk__in=seen)
    return Requirement.objects.filter(found | Q(pk__in=also))


class ActionFilter(FilterSet):
    state = ChoiceFilter(
        label=_("State"),
        choices=(("open", _("open")), ("overdue", _("overdue")), ("verifying", _("being verified"))),
        method="in_state",
    )
    stage = ChoiceFilter(choices=Stage.choices, label=_("Stage"))
    kind = ChoiceFilter(choices=Kind.choices, label=_("Kind"))
    function = ModelChoiceFilter(queryset=Function.objects.all(), label=_("Function"))
    owner = ModelChoiceFilter(queryset=lambda _request: people_to_own(), label=_("Owner"))
    requirement = ModelChoiceFilter(
        queryset=Requirement.objects.all(), label=_("Requirement"), method="about_requirement"
    )
    repeat = ChoiceFilter(label=_("Repeat"), choices=(("yes", _("repeats an earlier one")),), method="that_repeat")
    due_on = FromDayToDay(label=_("Due"))

    class Meta:
        model = Action
        fields: ClassVar[list[str]] = []

    def in_state(self, rows: QuerySet[Action], _name: str, value: str) -> QuerySet[Action]:
        if value == "overdue":
            return rows.filter(Q(("is_overdue", True)))
        return rows.filter(stage__in=OPEN if value == "open" else [Stage.VERIFYING])

    def about_requirement(self, rows: QuerySet[Action], _name: str, value: Requirement) -> QuerySet[Action]:
        return rows.filter(pk__in=Action.requirements.through.objects.filter(requirement=value).values("action"))

    def that_repeat(self, rows: QuerySet[Action], _name: str, _value: str) -> QuerySet[Action]:
        return rows.filter(Q(("is_repeat", True)))


def text_area(label: Any, **options: Any) -> forms.CharField:
    options = {"required": False, "max_length": LONGEST_TEXT} | options
    return forms.CharField(label=label, widget=forms.Textarea(attrs={"rows": 3}), **options)


class OwnerField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return str(obj) if obj.is_active else str(_("%(name)s, who has left") % {"name": obj})


def owner_field() -> OwnerField:
    return OwnerField(label=_("Owner"), queryset=people_to_own(), required=False, empty_label=_("nobody yet"))


class ActionForm(forms.Form):
    """Make or change an action. Little is required: what a stage needs is asked when it begins."""

    entry = EntryField()
    title = forms.CharField(label=_("What is to be done"), max_length=LONGEST_TITLE)
    kind = forms.ChoiceField(
        label=_("Kind"), choices=Kind.choices,
        help_text=_("A quick fix needs no analysis; PDCA and 8D need a root cause; an experiment an expected level."),
    )  # fmt: skip
    problem = text_area(_("What is wrong"))
    function = forms.ModelChoiceField(label=_("Function that answers"), queryset=Function.objects.none())
    requirements = SeveralField(
        label=_("Requirements"), queryset=Requirement.objects.none(), required=False,
        widget=forms.SelectMultiple(attrs={"size": 6}),
        help_text=_("What customers need of which it closes a gap; those who raised them are asked whether it helped."),
    )  # fmt: skip
    owner = owner_field()
    due_on = forms.DateField(label=_("Due on"), required=False, widget=DayInput)
    metric = forms.ModelChoiceField(
        label=_("Metric that should shift"), queryset=Metric.objects.none(), required=False,
        empty_label=_("none yet"), help_text=_("Without one it can never be shown to be effective."),
    )  # fmt: skip
    expected_level = forms.DecimalField(
        label=_("Expected level"), required=False, decimal_places=PLACES, max_digits=18,
        help_text=_("In the unit of the metric."),
    )  # fmt: skip
    cost = forms.IntegerField(
        label=_("Cost"), required=False, min_value=0, max_value=LARGEST_COST,
        help_text=_("In the program's currency. Empty: not known, which is not 0."),
    )  # fmt: skip
    containment = text_area(_("What keeps customers safe meanwhile"))
    plan = text_area(_("Steps of the plan"), help_text=_("One a line: what, by whom, until when."))
    done_words = text_area(_("What was done"))
    prevention = text_area(_("What keeps it from coming back"))

    def __init__(self, *args: Any, access: Access, action: Action | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        named = [each.pk for each in action.requirements.all()] if action else self.initial.get("requirements", ())
        of_function = action.function_id if action else self.initial.get("function")
        also = of_function if action or access.is_specialist else None
        metric = action.metric_id if action else None
        chosen: Any = self.fields
        chosen["function"].queryset = functions_to_answer(access, also)
        chosen["requirements"].queryset = requirements_to_name(access, named)
        chosen["owner"].queryset = people_to_own(also=action.owner_id if action else None)
        seen = metrics_for(access).order_by().values("pk")
        chosen["metric"].queryset = Metric.objects.filter(Q(pk__in=seen) & (Q(is_active=True) | Q(pk=metric or 0)))
        if action is not None and not may_set_level(access, action):
            # What it should change stays as it is: neither the name nor an error may tell what was measured.
            del self.fields["metric"], self.fields["expected_level"]
        change = [name for name in ("metric", "expected_level", "cost") if name in self.fields]
        if action is not None:
            del self.fields["entry"]
        else:
            for name in ("containment", "plan", "done_words", "prevention"):
                del self.fields[name]
        later = ["containment", "plan", "done_words", "prevention"] if action else []
        self.helper = layout(
            *([] if action else ["entry"]),
            side_by_side("title", "kind"),
            "problem",
            side_by_side("function", "owner", "due_on"),
            "requirements",
            group(_("What it should change"), side_by_side(*change)),
            *([group(_("How it goes"), *later)] if later else []),
        )


class MoveForm(forms.Form):
    """What the next stage needs and is not there yet; to go back, the reason."""

    owner = owner_field()
    problem = text_area(_("What is wrong"))
    containment = text_area(_("What keeps customers safe meanwhile"))
    plan = text_area(_("Steps of the plan"), help_text=_("One a line: what, by whom, until when."))
    due_on = forms.DateField(label=_("Due on"), required=False, widget=DayInput)
    done_words = text_area(_("What was done"))
    done_on = forms.DateField(
        label=_("In effect since"), required=False, widget=DayInput,
        help_text=_("From this day on measurements and customers' replies count."),
    )  # fmt: skip
    prevention = text_area(_("What keeps it from coming back"))
    why = forms.CharField(label=_("Why"), required=False, max_length=LONGEST_WHY)

    def __init__(self, *args: Any, action: Action, to: str, **options: Any) -> None:
        asked = asked_for(action, to)
        initial = {name: getattr(action, name) for name in asked}
        super().__init__(*args, **{"initial": initial, **options})
        for name in set(self.fields) - {*asked, "why"}:
            del self.fields[name]
        for name in asked:
            self.fields[name].required = True
        self.fields["why"].required = needs_why(action, to)
        self.helper = layout(*asked, "why")


class CauseForm(forms.Form):
    """A cause: at the top with its bone, beneath another one without."""

    bone = forms.ChoiceField(label=_("Bone"), choices=Cause.Bone.choices)
    text = forms.CharField(label=_("Because"), max_length=LONGEST_CAUSE)
    is_root = forms.BooleanField(label=_("This is a root cause"), required=False)

    def __init__(self, *args: Any, at_the_top: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        if not at_the_top:
            del self.fields["bone"]
        self.helper = layout(*(["bone"] if at_the_top else []), "text", "is_root")


class CommentForm(forms.Form):
    entry = EntryField()
    text = forms.CharField(
        label=_("Comment"), max_length=LONGEST_COMMENT, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("@username mentions somebody: it waits under 'my work' of that person."),
    )  # fmt: skip
    helper = layout("entry", "text")


class ConfirmationForm(forms.Form):
    """What one of those who raised it said by phone, at a meeting or by mail."""

    contact = forms.CharField(
        label=_("Who"), max_length=160, help_text=_("The name of somebody who raised it, as the register has it.")
    )
    customer = forms.CharField(label=_("Customer"), max_length=160)
    is_fixed = forms.ChoiceField(
        label=_("Is it fixed for them?"),
        choices=(("yes", _("yes")), ("no", _("no"))),
        widget=forms.RadioSelect,
    )
    said_on = forms.DateField(label=_("Said on"), widget=DayInput)
    source = forms.ChoiceField(label=_("How"), choices=Confirmation.Source.choices[:3])
    note = forms.CharField(label=_("In their words"), required=False, max_length=LONGEST_WHY)
    helper = layout(side_by_side("customer", "contact"), "is_fixed", side_by_side("said_on", "source"), "note")

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if "customer" in data and "contact" in data:
            data["contact"] = known_contact(customer_named(data.pop("customer")), data["contact"])
        if "is_fixed" in data:
            data["is_fixed"] = data["is_fixed"] == "yes"
        return data
