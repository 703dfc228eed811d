from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from improvements.file_kinds import ENDINGS
from web.forms import layout


class ActionFileForm(forms.Form):
    file = forms.FileField(
        label=_("File"),
        help_text=_("PDF, picture (PNG, JPEG, GIF, WebP), spreadsheet (.xlsx), CSV or text (.txt), up to 10 MiB."),
        allow_empty_file=True,
        widget=forms.ClearableFileInput(attrs={"accept": ",".join(f".{each}" for each in ENDINGS)}),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.helper = layout("file")
