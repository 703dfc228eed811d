from datetime import datetime, time
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import ProhibitNullCharactersValidator
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_filters import BooleanFilter, ChoiceFilter, FilterSet

from accounts.models import ApiToken, Invitation, Scope, User
from dashboard.people import PROGRAM_ROLES, Roles
from functions.models import Function, Membership, Program, time_zones
from functions.selectors import Access
from jobs.models import FileImport
from web.filters import FromDayToDay
from web.forms import DayInput, SeveralField, group, layout, side_by_side

Role = Membership.Role
ROLE_LABELS = {
    Role.ADMINISTRATOR: _("Administrator: people, roles, tokens and settings, and all that a specialist may"),
    Role.SPECIALIST: _("Specialist: runs the program, reads all evidence with names"),
    Role.VIEWER: _("Viewer: reads the circle and its pages"),
}
LINES_AT_ONCE = 100


def zone_choices() -> list[tuple[str, str]]:
    return [(name, name) for name in sorted(time_zones()) if "/" in name or name == "UTC"]


def functions_field(label: Any) -> SeveralField:
    return SeveralField(
        queryset=Function.objects.filter(is_active=True),
        label=label,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )


class PersonForm(forms.ModelForm):
    """An account and its roles; the view gives it what the person is now."""

    roles = forms.MultipleChoiceField(
        label=_("Roles in the program"),
        choices=[(role, ROLE_LABELS[role]) for role in PROGRAM_ROLES],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    head_of = functions_field(_("Head of"))
    deputy_of = functions_field(_("Deputy of"))
    may_see_names = forms.BooleanField(
        label=_("May see the names of customers"),
        required=False,
        help_text=_("Specialists and administrators see them anyway."),
    )

    class Meta:
        model = User
        fields = ("username", "first_name", "last_name", "email", "is_active")
        labels: ClassVar = {"username": _("User name"), "email": _("E-mail"), "is_active": _("May sign in")}
        help_texts: ClassVar = {
            "username": _("Letters, digits and @ . + - _"),
            "is_active": _("Ending this keeps all that the person recorded."),
        }

    def __init__(self, *args: Any, is_new: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_new:
            del self.fields["is_active"]
        names = ("username", side_by_side("first_name", "last_name"), "email", *(() if is_new else ("is_active",)))
        self.helper = layout(
            *names, group(_("What the person may do"), "roles", "head_of", "deputy_of", "may_see_names")
        )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        both = set(cleaned.get("head_of", ())) & set(cleaned.get("deputy_of", ()))
        if both:
            message = _("Nobody is both head and deputy of one function. Choose one of the two for %(name)s.")
            raise ValidationError({"deputy_of": ValidationError(message, code="both", params={"name": both.pop()})})
        return cleaned

    def wanted_roles(self) -> Roles:
        return Roles(
            program=frozenset(self.cleaned_data["roles"]),
            headed=frozenset(each.pk for each in self.cleaned_data["head_of"]),
            deputised=frozenset(each.pk for each in self.cleaned_data["deputy_of"]),
            may_see_names=self.cleaned_data["may_see_names"],
        )


class PeopleFilter(FilterSet):
    invitation = ChoiceFilter(label=_("Invitation"), choices=Invitation.State.choices, method="in_state")
    role = ChoiceFilter(label=_("Role"), choices=Role.choices, field_name="memberships__role", distinct=True)
    may_sign_in = BooleanFilter(label=_("May sign in"), field_name="is_active")
    last_login = FromDayToDay(label=_("Last signed in"), field_name="last_login__date")

    class Meta:
        model = User
        fields = ()

    def in_state(self, rows: QuerySet[User], _name: str, state: str) -> QuerySet[User]:
        return rows.filter(invitation__in=Invitation.objects.in_state(state, timezone.now()))


class TokenFilter(FilterSet):
    revoked = BooleanFilter(label=_("Revoked"), field_name="revoked_at", lookup_expr="isnull", exclude=True)
    last_used_at = FromDayToDay(label=_("Last used"), field_name="last_used_at__date")
    expires_at = FromDayToDay(label=_("Ends"), field_name="expires_at__date")

    class Meta:
        model = ApiToken
        fields = ()


class FileImportFilter(FilterSet):
    kind = ChoiceFilter(label=_("What"), choices=FileImport.Kind.choices)
    stage = ChoiceFilter(
        label=_("State"), choices=[each for each in FileImport.Stage.choices if each[0] != FileImport.Stage.DISCARDED]
    )
    uploaded_at = FromDayToDay(label=_("Uploaded"), field_name="uploaded_at__date")

    class Meta:
        model = FileImport
        fields = ()


class TokenForm(forms.Form):
    name = forms.CharField(
        label=_("Name"), max_length=80, help_text=_("Where it will be used: 'press hall reporting', 'Power BI'.")
    )
    scopes = forms.MultipleChoiceField(label=_("It may"), widget=forms.CheckboxSelectMultiple)
    expires_on = forms.DateField(
        label=_("Ends on"),
        required=False,
        widget=DayInput,
        help_text=_("It works until the end of this day. Empty: until it is revoked."),
    )

    def __init__(self, *args: Any, access: Access, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scopes"].choices = scopes_for(access)  # type: ignore[attr-defined]
        self.helper = layout("name", "scopes", "expires_on")

    def expires_at(self) -> datetime | None:
        """Return the last moment of the chosen day in the program's time zone."""
        day = self.cleaned_data["expires_on"]
        return day and timezone.make_aware(datetime.combine(day, time.max))


class ClientForm(forms.Form):
    name = forms.CharField(
        label=_("Name"), max_length=100, help_text=_("The system that logs in: 'manufacturing execution', 'data lake'.")
    )
    owner = forms.ModelChoiceField(
        label=_("Acts for"),
        queryset=User.objects.filter(is_active=True, memberships__isnull=False).distinct().order_by("username"),
        help_text=_("It may never do more than this person may, and ends with the person's account."),
    )
    scopes = forms.MultipleChoiceField(label=_("It may"), choices=Scope.choices, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = layout("name", "owner", "scopes")


def scopes_for(access: Access) -> list[tuple[str, Any]]:
    """Return what a token of this person can be allowed: never more than the person may do."""
    allowed = {
        Scope.READ_SCORES: access.is_member,
        Scope.PUSH_MEASUREMENTS: access.is_specialist or bool(access.functions),
        Scope.READ_EVIDENCE: access.is_member,
        Scope.WRITE_EVIDENCE: access.is_member,
        Scope.WRITE_DEFINITIONS: access.is_specialist,
        Scope.READ_PEOPLE: access.is_administrator,
        Scope.WRITE_PEOPLE: access.is_administrator,
    }
    return [(scope.value, scope.label) for scope, may in allowed.items() if may]


class ProgramForm(forms.ModelForm):
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=zone_choices)

    class Meta:
        model = Program
        fields = (
            "name",
            "time_zone",
            "currency",
            "wanted_share",
            "watch_from",
            "gap_from",
            "severe_from",
            "half_life_months",
            "ask_again_days",
            "ambassador_rest_days",
            "ambassador_asks_a_year",
            "ambassador_met_from",
            "day_rate",
            "sign_up_domains",
            "forget_after_months",
        )
        help_texts: ClassVar = {
            "currency": _("Three letters, such as EUR."),
            "wanted_share": _("A metric's target that serves fewer customers than this is called too loose."),
            "sign_up_domains": _(
                "Everybody with an address at these domains may become a viewer: example.com, example.de."
            ),
            "forget_after_months": _(
                "Empty: nobody is erased unasked. Otherwise every night whoever is at a customer that has been past, "
                "and was not heard, for so long, with the words; figures stay. Settings, Data says who would be."
            ),
            "ask_again_days": _("Whoever was asked within these days is not proposed for the next interview."),
            "day_rate": _(
                "In the program's currency. With it people days of initiatives count as money; empty: they stand apart."
            ),
            "half_life_months": _("After so many months an answer counts half. Changing it recomputes all scores."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = layout(
            "name",
            side_by_side("time_zone", "currency"),
            group(_("Bands of a gap, in points of 100"), side_by_side("watch_from", "gap_from", "severe_from")),
            group(_("What counts"), side_by_side("wanted_share", "half_life_months")),
            group(_("Asking"), "ask_again_days"),
            group(
                _("Ambassadors"),
                side_by_side("ambassador_rest_days", "ambassador_asks_a_year", "ambassador_met_from"),
            ),
            group(_("Initiatives"), "day_rate"),
            group(_("People"), "sign_up_domains", "forget_after_months"),
        )


class LinesField(forms.Field):
    """Several names, one a line; blank lines and repetitions are dropped."""

    widget = forms.Textarea(attrs={"rows": 6})

    def to_python(self, value: Any) -> list[str]:
        lines = [line.strip() for line in (value or "").splitlines()]
        return list(dict.fromkeys(line for line in lines if line))

    def validate(self, value: Any) -> None:
        super().validate(value)
        ProhibitNullCharactersValidator()("".join(value))
        if len(value) > LINES_AT_ONCE:
            raise ValidationError(
                _("At most %(most)d lines here; add the others afterwards."),
                code="many",
                params={"most": LINES_AT_ONCE},
            )


class SetupForm(forms.Form):
    name = forms.CharField(label=_("Name of the program"), max_length=120)
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=zone_choices, initial="UTC")
    currency = forms.CharField(
        label=_("Currency"), max_length=3, initial="EUR", help_text=_("Three letters, such as EUR.")
    )
    products = LinesField(
        label=_("Products"), help_text=_("What customers judge: one name a line. More can be added at any time.")
    )
    functions = LinesField(
        label=_("Functions"),
        help_text=_("The dots of the circle, in ring order: departments or teams, one a line. None is too small."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = layout("name", side_by_side("time_zone", "currency"), "products", "functions")

    def clean_currency(self) -> str:
        return str(self.cleaned_data["currency"]).strip().upper()


class RemoveExampleForm(forms.Form):
    typed_name = forms.CharField(label=_("Type the name of the program to confirm"), max_length=120)

    def __init__(self, *args: Any, name: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.name = name
        self.fields["typed_name"].help_text = name

    def clean_typed_name(self) -> str:
        typed = str(self.cleaned_data["typed_name"]).strip()
        if typed != self.name:
            raise ValidationError(_("This is not the name. Nothing was removed."), code="name")
        return typed
