from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.confirming import reason_field
from web.exports import MOST_ROWS_OF_XLSX
from web.forms import layout

KINDS = (("csv", _("CSV, for any number of rows")), ("xlsx", _("XLSX, a spreadsheet")))


class ExportForm(forms.Form):
    """Which kind of file; and for rows about people what they are needed for."""

    def __init__(self, *args: Any, count: int, needs_a_reason: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        said = _("A sheet of XLSX holds %(most)s rows, so these are written as CSV only.")
        fits = count <= MOST_ROWS_OF_XLSX
        self.fields["format"] = forms.ChoiceField(
            label=_("Which kind of file?"),
            choices=KINDS if fits else KINDS[:1],
            help_text="" if fits else said % {"most": f"{MOST_ROWS_OF_XLSX:,}"},
            widget=forms.RadioSelect,
        )
        if not fits:
            self.initial["format"] = "csv"
        if needs_a_reason:
            self.fields["reason"] = reason_field()
        self.helper = layout(*self.fields)


class ProgramReasonForm(forms.Form):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["reason"] = reason_field()
        self.helper = layout("reason")


class ProgramFileForm(forms.Form):
    file = forms.FileField(
        label=_("File"),
        help_text=_("What Settings, Data or export_program wrote: a .zip up to 512 MiB."),
        widget=forms.ClearableFileInput(attrs={"accept": ".zip"}),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.helper = layout("file")
