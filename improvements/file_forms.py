from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from improvements.action_files import check_size
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

    def clean_file(self) -> Any:
        """Refuse by size before anything is read into memory."""
        file = self.cleaned_data["file"]
        try:
            check_size(file.size)
        except ValidationError as refusal:
            raise ValidationError(refusal.messages) from refusal
        return file
