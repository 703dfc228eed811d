from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import SavedView
from web.forms import layout


class ViewForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=60, help_text=_("As you would call it: 'Never heard', 'Mine'."))
    is_shared = forms.BooleanField(label=_("Share it with everybody who may open this list"), required=False)
    is_default = forms.BooleanField(label=_("Open the list with it, for me"), required=False)

    def __init__(
        self, *args: Any, may_share: bool, asks_default: bool = True, instance: SavedView | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        if instance:
            self.initial = {"name": instance.name, "is_shared": instance.is_shared}
        if not may_share:
            del self.fields["is_shared"]
        if not asks_default:
            del self.fields["is_default"]
        self.helper = layout(*self.fields)
