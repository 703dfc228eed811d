"""The doors for people who come in by an invitation or sign up: nobody is signed in here yet."""

from http import HTTPStatus

from allauth.account.forms import ResetPasswordKeyForm
from allauth.core.ratelimit import consume
from django import forms
from django.contrib import messages
from django.contrib.auth import logout
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts.invitations import accept_invitation, invited_by
from accounts.mailing import sends_mail
from accounts.models import User
from functions.joining import sign_up
from functions.selectors import program
from web.forms import add_errors
from web.saving import METHODS, answer_form, posted

KEPT = "invitation"


class FirstPassword(ResetPasswordKeyForm):
    """allauth's form with its checks of a password, in our voice."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].label = gettext_lazy("Password")
        self.fields["password2"].label = gettext_lazy("The same once more")
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)


@require_safe
def invitation_open(request: HttpRequest, secret: str) -> HttpResponse:
    """Take the secret out of the address, so that neither history nor a referrer keeps it; opening uses nothing up."""
    if invited_by(secret=secret, now=timezone.now()) is None:
        return dead_link(request)
    request.session[KEPT] = secret
    answer = redirect("invitation_accept")
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


@require_http_methods(METHODS)
def invitation_accept(request: HttpRequest) -> HttpResponse:
    secret, now = str(request.session.get(KEPT, "")), timezone.now()
    person = invited_by(secret=secret, now=now)
    if person is None:
        return dead_link(request)
    form = FirstPassword(posted(request), user=person)
    if form.is_valid():
        try:
            accept_invitation(secret=secret, password=form.cleaned_data["password1"], now=now)
        except ValidationError as error:
            add_errors(form, error)
        else:
            return let_in(request, person)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    return render(request, "joining/choose_password.html", {"form": form, "person": person}, status=status)


def dead_link(request: HttpRequest) -> HttpResponse:
    """Answer every link that opens nothing by one page, whatever the reason."""
    return render(request, "joining/choose_password.html", status=HTTPStatus.NOT_FOUND)


def let_in(request: HttpRequest, person: User) -> HttpResponse:
    """Lead to signing in; whoever was signed in here before is signed out, and the link is forgotten."""
    logout(request)
    said = _("Your password is saved. Sign in as %(name)s.") % {"name": person.username}
    messages.success(request, said)
    return redirect("account_login")


# ---- Signing up


class SignUpForm(forms.Form):
    email = forms.EmailField(
        label=gettext_lazy("E-mail at work"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    first_name = forms.CharField(label=gettext_lazy("First name"), max_length=150)
    last_name = forms.CharField(label=gettext_lazy("Last name"), max_length=150)


@require_http_methods(METHODS)
def sign_up_page(request: HttpRequest) -> HttpResponseBase:
    """Every address of the right domain is answered alike, whether it has an account or not."""
    if request.user.is_authenticated:
        return redirect("/")
    current = program()
    if current is None or not current.sign_up_domains:
        return render(request, "account/signup_closed.html")
    form = SignUpForm(posted(request))
    if form.is_valid() and is_too_often(request, form.cleaned_data["email"]):
        form.add_error(None, ValidationError(_("Too many tries. Wait some minutes."), code="often"))
        return render(request, "joining/sign_up.html", {"form": form}, status=HTTPStatus.TOO_MANY_REQUESTS)
    return answer_form(
        request,
        form,
        lambda data: sign_up(**data, now=timezone.now()),
        said=lambda _nothing: "",
        then=lambda _nothing: reverse("account_signed_up"),
        template="joining/sign_up.html",
    )


def is_too_often(request: HttpRequest, email: str) -> bool:
    return not consume(request, action="signup", key=email.lower())


@require_safe
def signed_up(request: HttpRequest) -> HttpResponse:
    return render(request, "joining/signed_up.html", {"sends_mail": sends_mail()})
