"""The settings: tokens, the program, its data; and the first run."""

from http import HTTPStatus
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import ApiToken, User
from accounts.services import create_token, revoke_token
from customers.retention import DueAt, due_by_customer
from dashboard.navigation import access_of
from dashboard.program_setup import change_program, set_up
from dashboard.services import remove_example
from dashboard.settings_forms import (
    ProgramForm,
    RemoveExampleForm,
    SetupForm,
    TokenForm,
)
from dashboard.settings_lists import TOKENS, people_who_wait, stored_counts, tokens_for
from functions.access import ProgramRequest, administrators_only, members_only
from functions.selectors import program, program_day
from web.forms import add_errors
from web.lists import ListAsked
from web.saved_views import with_saved_views
from web.saving import METHODS, answer_confirmation, answer_form, posted


@require_safe
@members_only
def settings_home(request: ProgramRequest) -> HttpResponse:
    waiting = people_who_wait() if request.access.is_administrator else 0
    return render(request, "dashboard/settings/home.html", {"waiting": waiting})


def crumbs(*, tokens: bool = False) -> list[tuple[str, str]]:
    way = [(_("Settings"), reverse("settings_home"))]
    return [*way, (_("Tokens"), reverse("settings_tokens"))] if tokens else way


def form_page(
    request: HttpRequest, form: BaseForm, template: str = "components/form_page.html", **context: Any
) -> HttpResponse:
    """Show a form whose answer, once it is saved, is a page of its own."""
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    return render(request, template, {"form": form, **context}, status=status)


# ---- Tokens


@require_safe
@members_only
@with_saved_views(TOKENS)
def settings_tokens(request: ProgramRequest) -> HttpResponseBase:
    tokens, now = tokens_for(request.access), timezone.now()
    asked = ListAsked(TOKENS, request.GET)
    shown = asked.show(asked.narrowed(tokens), of=tokens)
    if asked.wants_file:
        return asked.file(shown)
    usable = set(tokens.usable(now).values_list("pk", flat=True))
    context = {"list": shown, "noun": _("tokens"), "usable": usable, "now": now}
    return render(request, "dashboard/settings/tokens.html", context)


@require_http_methods(METHODS)
@members_only
def token_create(request: ProgramRequest) -> HttpResponseBase:
    form = TokenForm(posted(request), access=request.access)
    if form.is_valid():
        try:
            token, secret = create_token(
                user=cast(User, request.user),
                name=form.cleaned_data["name"],
                scopes=form.cleaned_data["scopes"],
                expires_at=form.expires_at(),
                now=timezone.now(),
            )
        except ValidationError as error:
            add_errors(form, error)
        else:
            # The POST itself is answered: the secret stands in no history, no log and no second page.
            return render(request, "dashboard/settings/token_shown.html", {"token": token, "secret": secret})
    return form_page(
        request,
        form,
        question=_("How does another system read and write here?"),
        heading=_("Make a token"),
        about=_("It speaks in your name, and never may more than you may. It is shown once."),
        crumbs=crumbs(tokens=True),
        submit=_("Make the token"),
        cancel_url=reverse("settings_tokens"),
    )


@require_http_methods(METHODS)
@members_only
def token_revoke(request: ProgramRequest, pk: int) -> HttpResponseBase:
    token: ApiToken = get_object_or_404(tokens_for(request.access), pk=pk, revoked_at=None)
    return answer_confirmation(
        request,
        lambda: revoke_token(token=token, now=timezone.now()),
        said=_("'%(name)s' is revoked: what used it is refused from now on.") % {"name": token.name},
        then=reverse("settings_tokens"),
        question=_("Revoke a token"),
        heading=_("End '%(name)s' for good?") % {"name": token.name},
        crumbs=crumbs(tokens=True),
        losses=[
            _("Whatever uses it is refused from the next request on."),
            _("It cannot be brought back; a new token has another secret."),
        ],
        submit=_("Revoke it"),
        cancel_url=reverse("settings_tokens"),
    )


# ---- The program


@require_http_methods(METHODS)
@administrators_only
def settings_program(request: ProgramRequest) -> HttpResponseBase:
    current = program()
    if current is None:
        return redirect("setup")
    form = ProgramForm(posted(request), instance=current)
    return answer_form(
        request,
        form,
        lambda changes: change_program(changes=changes),
        said=lambda _changed: (
            _("Saved. All scores will be recomputed.") if "half_life_months" in form.changed_data else _("Saved.")
        ),
        then=lambda _changed: reverse("settings_program"),
        question=_("What did you agree on?"),
        heading=_("Program"),
        crumbs=crumbs(),
        cancel_url=reverse("settings_home"),
    )


# ---- What is stored


@require_http_methods(METHODS)
@administrators_only
def settings_data(request: ProgramRequest) -> HttpResponseBase:
    """Show what is stored; the example, and nothing else, can be removed as a whole."""
    current = program()
    if current is None:
        return redirect("setup")
    return answer_form(
        request,
        RemoveExampleForm(posted(request), name=current.name),
        lambda _typed: remove_example(),
        said=lambda _nothing: _("The example is removed. Set up a program of your own."),
        then=lambda _nothing: reverse("setup"),
        template="dashboard/settings/data.html",
        counts=stored_counts(),
        due=people_due(current.forget_after_months),
    )


def people_due(after_months: int | None) -> list[DueAt]:
    """Return whom the next night takes by the rule of the program."""
    return due_by_customer(after_months=after_months, today=program_day(timezone.now())) if after_months else []


# ---- The first run


@require_http_methods(METHODS)
@login_required
def setup(request: HttpRequest) -> HttpResponseBase:
    """Only while there is no program; only an administrator can fill it in."""
    if program() is not None:
        return redirect("/")
    if not access_of(request).is_administrator:
        return render(request, "dashboard/setup_waits.html")
    return answer_form(
        request,
        SetupForm(posted(request)),
        lambda fields: set_up(**fields),
        said=lambda _program: _("The program is set up. Next: write the first requirements, or plan a round."),
        then=lambda _program: "/",
        template="dashboard/setup.html",
        submit=_("Set up the program"),
    )
