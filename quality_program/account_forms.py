"""allauth's forms in our voice: the label says what is asked, so no placeholder repeats it."""

from typing import Any

from allauth.account import forms
from django.utils.translation import gettext_lazy as _


class PlainFields:
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():  # type: ignore[attr-defined]
            field.widget.attrs.pop("placeholder", None)


class SignIn(PlainFields, forms.LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("User name or e-mail")
        self.fields["login"].widget.attrs["autocomplete"] = "username"
        # The way to a new password stands under the form.
        self.fields["password"].help_text = ""


class ChangePassword(PlainFields, forms.ChangePasswordForm):
    pass


class ResetPassword(PlainFields, forms.ResetPasswordForm):
    pass


class ChoosePassword(PlainFields, forms.ResetPasswordKeyForm):
    pass
