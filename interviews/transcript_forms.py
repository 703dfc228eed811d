from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from interviews.transcripts import LARGEST, MIB, Read


class TranscriptForm(forms.Form):
    file = forms.FileField(
        label=_("File"),
        help_text=_("Text (.txt), Word (.docx) or captions (.vtt, .srt), up to 5 MiB."),
        widget=forms.ClearableFileInput(attrs={"accept": ".txt,.docx,.vtt,.srt"}),
    )

    def clean_file(self) -> Any:
        """Refuse by size before anything is read into memory."""
        file = self.cleaned_data["file"]
        if file.size > LARGEST:
            message = _("The file is larger than %(most)d MiB. Part it, and attach the parts.")
            raise ValidationError(message, code="size", params={"most": LARGEST // MIB})
        return file


class SpeakersForm(forms.Form):
    """Whose words are the customer's. A speaker is named by place, so that a file without names works as well."""

    speakers = forms.MultipleChoiceField(
        label=_("The customer's words are those of"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose whose words are the customer's.")},
    )

    def __init__(self, read: Read, data: Any = None) -> None:
        super().__init__(data)
        self.names = read.speakers
        counts = [sum(turn.speaker == name for turn in read.turns) for name in self.names]
        choices = [
            (str(at), f"{name or _('nobody is named')} ({count})")
            for at, (name, count) in enumerate(zip(self.names, counts, strict=True))
        ]
        self.fields["speakers"].choices = choices  # type: ignore[attr-defined]  # it is a MultipleChoiceField

    @property
    def chosen(self) -> list[str]:
        return [self.names[int(at)] for at in self.cleaned_data["speakers"]]
