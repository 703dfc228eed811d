"""allauth's forms in our voice: the label says what is asked, so no placeholder repeats it."""

from typing import Any

from allauth.account import forms
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm
from django.utils.translation import gettext_lazy as _

from accounts.models import Invitation, User
from functions.identities import is_linked


class PlainFields:
    fields: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
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


class EnterPassword(PlainFields, forms.ReauthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = ""


class ResetPassword(PlainFields, forms.ResetPasswordForm):
    users: list[User]

    def clean_email(self) -> str:
        """Leave out whom an invitation lets in, and whom only the login service does."""
        email = str(super().clean_email())
        waiting = set(
            Invitation.objects.filter(person__in=self.users, accepted_at=None).values_list("person", flat=True)
        )
        by_service = {each.pk for each in self.users if not each.has_usable_password() and is_linked(each)}
        self.users = [each for each in self.users if each.pk not in waiting | by_service]
        return email


class ChoosePassword(PlainFields, forms.ResetPasswordKeyForm):
    pass


class CodeFields(PlainFields):
    """The field of a code that somebody reads off an app."""

    code_label = _("Code of your app, or a recovery code")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label = self.code_label
        self.fields["code"].widget.attrs["inputmode"] = "numeric"


class EnterCode(CodeFields, AuthenticateForm):
    pass


class EnterCodeAgain(CodeFields, ReauthenticateForm):
    pass


class ActivateApp(CodeFields, ActivateTOTPForm):
    code_label = _("The six digits that the app shows now")


class AddKey(PlainFields, AddWebAuthnForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("Name of this key")
        self.fields["name"].help_text = _("By which you tell it from others: 'blue key', 'work laptop'.")
        self.fields["name"].max_length = 80


class NameKey(PlainFields, EditWebAuthnForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("Name of this key")
