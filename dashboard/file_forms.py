from collections.abc import Iterator
from typing import Any, cast

from django import forms
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from customers.imports import LIFECYCLES
from dashboard.file_columns import CATALOGUES, Guess, faults, guesses, roles_in_groups
from dashboard.file_page import FilePage
from interviews.models import Interview, Round
from jobs.models import FileImport
from metrics.models import Metric
from requirements_catalog.models import Product, RatingScale, Requirement
from scoring.units import UNITS
from web.forms import layout

DATE_FORMATS = (
    ("%Y-%m-%d", _("2026-03-31")),
    ("%d.%m.%Y", _("31.03.2026")),
    ("%d/%m/%Y", _("31/03/2026")),
    ("%m/%d/%Y", _("03/31/2026")),
    ("%Y-%m", _("2026-03 (a month)")),
)
SELECT = forms.Select(attrs={"class": "form-select"})
# Drawn among the questions on the columns, and sent on its own.
OF_HEADING = forms.Select(attrs={"class": "form-select", "form": "heading"})
DECIMALS = ((".", _("a point: 1234.5")), (",", _("a comma: 1234,5")))


class UploadForm(forms.Form):
    kind = forms.ChoiceField(label=_("What is in it?"), choices=FileImport.Kind.choices, widget=forms.RadioSelect)
    file = forms.FileField(
        label=_("File"),
        help_text=_(
            "CSV, or XLSX up to 20 MiB; requirements, functions, metrics, a house or a guide also as JSON. "
            "Titles above the names of the columns are left out."
        ),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.xlsx,.json"}),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.helper = layout("kind", "file")


class HeadingForm(forms.Form):
    """Which row names the columns."""

    heading_row = forms.TypedChoiceField(label=_("The columns are named in"), coerce=int, widget=OF_HEADING)

    def __init__(self, *args: Any, page: FilePage, **options: Any) -> None:
        super().__init__(*args, **options)
        self.initial = {"heading_row": page.heading_row}
        row = _("row %(number)s: %(words)s")
        choices = [(n, row % {"number": n, "words": Truncator(words).chars(80)}) for n, words in page.heading_choices]
        cast(Any, self.fields["heading_row"]).choices = choices


def names(rows: Any, empty: Any) -> list[tuple[str, Any]]:
    return [("", empty), *((name, name) for name in rows)]


class ColumnsForm(forms.Form):
    """One question per column, and what is the same for the whole file."""

    source = forms.CharField(
        label=_("Source"), max_length=60, help_text=_("Where the rows come from: together with its id, a row is known.")
    )
    date_format = forms.ChoiceField(label=_("Days are written"), choices=DATE_FORMATS)
    decimal = forms.ChoiceField(label=_("Decimal mark"), choices=DECIMALS)

    def __init__(self, *args: Any, file_import: FileImport, **options: Any) -> None:
        self.file_import = file_import
        super().__init__(*args, **options)
        is_interviews = file_import.kind == FileImport.Kind.INTERVIEWS
        references = list(Requirement.objects.active().values_list("reference", flat=True)) if is_interviews else []
        self.guesses = self._remembered() or guesses(file_import.kind, file_import.columns, references)
        roles = roles_in_groups(file_import.kind)
        for number, (column, guess) in enumerate(zip(file_import.columns, self.guesses, strict=True)):
            self.fields[f"role_{number}"] = forms.ChoiceField(
                label=column, choices=roles, required=False, initial=guess.role, widget=SELECT
            )
            if is_interviews:
                self.fields[f"of_{number}"] = forms.ChoiceField(
                    label=_("Requirement of %(column)s") % {"column": column}, required=False,
                    choices=names(references, "—"), initial=guess.requirement, widget=SELECT,
                )  # fmt: skip
        self.settings = list(self._settings_of(file_import.kind))
        for name in {"source", "decimal", "date_format"} - set(self.settings):
            del self.fields[name]
        for name, value in file_import.meanings.get("settings", {}).items():
            if name in self.fields:
                self.fields[name].initial = value

    def _remembered(self) -> list[Guess]:
        meanings = self.file_import.meanings
        if "roles" not in meanings:
            return []
        return [Guess(*each, 1.0) for each in zip(meanings["roles"], meanings["requirements"], strict=True)]

    def _settings_of(self, kind: str) -> Iterator[str]:
        """Yield what is asked once for the whole file; what is known by its own id has no source."""
        if kind == FileImport.Kind.CUSTOMERS:
            yield from (*self._customers(), "date_format")
            return
        if kind in CATALOGUES:
            yield "decimal"
            return
        yield "source"
        yield from self._interviews() if kind == FileImport.Kind.INTERVIEWS else self._measurements()
        yield from ("date_format", "decimal")

    def _choice(self, name: str, label: Any, choices: list[tuple[str, Any]], help_text: Any = "") -> str:
        self.fields[name] = forms.ChoiceField(label=label, choices=choices, required=False, help_text=help_text)
        return name

    def _customers(self) -> Iterator[str]:
        choices = [("", _("a column says so, or current")), *LIFECYCLES]
        yield self._choice("lifecycle", _("Lifecycle of new customers"), choices)

    def _measurements(self) -> Iterator[str]:
        known = Metric.objects.order_by("name").values_list("name", flat=True)
        yield self._choice("metric", _("Metric, if no column names it"), names(known, _("a column names it")))

    def _interviews(self) -> Iterator[str]:
        says = _("a column says so")
        scales = list(dict.fromkeys(RatingScale.objects.values_list("name", flat=True)))
        products = Product.objects.order_by("name").values_list("name", flat=True)
        yield self._choice("round", _("Round"), names(Round.objects.values_list("name", flat=True), says))
        yield self._choice("mode", _("Mode"), [("", _("a column says so, or in person")), *Interview.Mode.choices])
        yield self._choice("product", _("Product of the answers"), names(products, says))
        yield self._choice("importance_scale", _("Scale of importance"), names(scales, _("none asked")))
        yield self._choice("rating_scale", _("Scale of the ratings"), names(scales, _("none asked")))
        units = [("", _("none asked")), *((unit.code, unit.long) for unit in UNITS.values())]
        yield self._choice("unit", _("Unit of required levels"), units)
        for name, label in (("not_applicable", _("'Not applicable' is written")),
                            ("does_not_know", _("'Does not know' is written"))):  # fmt: skip
            self.fields[name] = forms.CharField(
                label=label, required=False, max_length=60, help_text=_("Parted by commas, such as 0, n/a.")
            )
            yield name

    def columns(self) -> Iterator[tuple[Any, Any, Guess]]:
        """Yield for each column its question, the requirement it is about (interviews), and the guess."""
        for number, guess in enumerate(self.guesses):
            of = self[f"of_{number}"] if f"of_{number}" in self.fields else None
            yield self[f"role_{number}"], of, guess

    def file_settings(self) -> list[Any]:
        return [self[name] for name in self.settings]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors:
            for fault in faults(self.file_import.kind, self.meanings()):
                self.add_error(None, fault)
        return data

    def meanings(self) -> dict[str, Any]:
        data, count = self.cleaned_data, len(self.file_import.columns)
        roles = [data[f"role_{number}"] for number in range(count)]
        about = [
            data.get(f"of_{number}", "") if role.startswith("answer.") else "" for number, role in enumerate(roles)
        ]
        return {"roles": roles, "requirements": about, "settings": {name: data[name] for name in self.settings}}
