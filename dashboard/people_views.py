"""Settings of people: who has an account, what they may do, and what an administrator takes away from an account."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.factors import has_factor, reset_factors
from accounts.invitations import is_waited_for
from accounts.mailing import sends_mail
from accounts.models import User
from accounts.sessions import end_all_sessions
from dashboard.people import change_person, invite_person, roles_of
from dashboard.settings_forms import PersonForm
from dashboard.settings_lists import PEOPLE, people
from dashboard.settings_views import crumbs, form_page
from functions.access import ProgramRequest, administrators_only
from functions.identities import is_linked, unlink
from functions.joining import Handover, hand_password_link, invite, withdraw
from web.forms import add_errors
from web.lists import ListAsked
from web.saved_views import with_saved_views
from web.saving import METHODS, answer_confirmation, answer_form, posted


@require_safe
@administrators_only
@with_saved_views(PEOPLE)
def settings_people(request: ProgramRequest) -> HttpResponseBase:
    asked = ListAsked(PEOPLE, request.GET)
    shown = asked.show(asked.narrowed(people()), of=people())
    if asked.wants_file:
        return asked.file(shown)
    context = {"list": shown, "noun": _("people"), "now": timezone.now()}
    return render(request, "dashboard/settings/people.html", context)


@require_http_methods(METHODS)
@administrators_only
def person_create(request: ProgramRequest) -> HttpResponseBase:
    form = PersonForm(posted(request), is_new=True)
    if form.is_valid():
        try:
            person = invite_person(fields=form.cleaned_data, roles=form.wanted_roles())
        except ValidationError as error:
            add_errors(form, error)
        else:
            return show_link(request, invite(person=person, now=timezone.now()))
    context = {
        "heading": _("Invite a person"),
        "submit": _("Invite"),
        "days": settings.INVITATION_LIFETIME.days,
        "sends_mail": sends_mail(),
    }
    return form_page(request, form, "dashboard/settings/person.html", cancel_url=reverse("settings_people"), **context)


@require_http_methods(METHODS)
@administrators_only
def person_update(request: ProgramRequest, pk: int) -> HttpResponseBase:
    person = get_object_or_404(User, pk=pk)
    name, roles = str(person), roles_of(person)
    now_held = {
        "roles": sorted(roles.program),  # a set would tick none of them
        "head_of": roles.headed,
        "deputy_of": roles.deputised,
        "may_see_names": roles.may_see_names,
    }
    form = PersonForm(posted(request), instance=person, initial=now_held)
    return answer_form(
        request,
        form,
        lambda fields: change_person(person=person, fields=fields, roles=form.wanted_roles()),
        said=lambda changed: _("Saved. It holds from %(name)s's next click.") % {"name": changed},
        then=lambda _changed: reverse("settings_people"),
        template="dashboard/settings/person.html",
        heading=name,
        person=person,
        now=timezone.now(),
        is_waited_for=is_waited_for(person),
        has_factor=has_factor(person),
        is_linked=is_linked(person),
        cancel_url=reverse("settings_people"),
    )


@require_POST
@administrators_only
def person_link(request: ProgramRequest, pk: int) -> HttpResponse:
    """Make another link: an invitation for whoever has not come in yet, one to choose a password for everybody else."""
    person = get_object_or_404(User, pk=pk, is_active=True)
    waits = is_waited_for(person)
    return show_link(request, invite(person=person, now=timezone.now()) if waits else hand_password_link(person=person))


def show_link(request: HttpRequest, handover: Handover) -> HttpResponse:
    """Answer the POST itself with the link: it stands in no history, no log and no second page."""
    context = {"handover": handover, "person": handover.person, "sends_mail": sends_mail()}
    return render(request, "dashboard/settings/person_link.html", context)


@require_http_methods(METHODS)
@administrators_only
def person_withdraw(request: ProgramRequest, pk: int) -> HttpResponseBase:
    waiting = User.objects.filter(is_active=True, invitation__accepted_at=None, invitation__withdrawn_at=None)
    person = get_object_or_404(waiting, pk=pk, invitation__isnull=False)
    return answer_confirmation(
        request,
        lambda: withdraw(person=person, now=timezone.now()),
        said=_("The invitation of %(name)s is withdrawn.") % {"name": person},
        then=reverse("settings_people"),
        question=_("Withdraw an invitation"),
        heading=_("Take the invitation of %(name)s back?") % {"name": person},
        crumbs=[*crumbs(), (_("People"), reverse("settings_people"))],
        losses=[
            _("The link that was sent or handed over stops working."),
            _("The account stays, but nobody may sign in to it. You can allow it and invite again at any time."),
        ],
        submit=_("Withdraw it"),
        cancel_url=reverse("person_update", args=[pk]),
    )


@require_http_methods(METHODS)
@administrators_only
def person_sessions_end(request: ProgramRequest, pk: int) -> HttpResponseBase:
    person = get_object_or_404(User, pk=pk)
    return answer_confirmation(
        request,
        lambda: end_all_sessions(person=person),
        said=_("%(name)s is signed out everywhere.") % {"name": person},
        then=reverse("person_update", args=[pk]),
        question=_("End the sessions of a person"),
        heading=_("Sign %(name)s out everywhere?") % {"name": person},
        crumbs=[*crumbs(), (_("People"), reverse("settings_people"))],
        losses=[
            _("What is typed and not saved yet is lost."),
            _("Tokens go on working; revoke those that should not."),
        ],
        submit=_("Sign out everywhere"),
        cancel_url=reverse("person_update", args=[pk]),
    )


@require_http_methods(METHODS)
@administrators_only
def person_factors_reset(request: ProgramRequest, pk: int) -> HttpResponseBase:
    person = get_object_or_404(User, pk=pk)
    return answer_confirmation(
        request,
        lambda: reset_factors(person=person),
        said=_("%(name)s has no second factor any more, and is signed out everywhere.") % {"name": person},
        then=reverse("person_update", args=[pk]),
        question=_("A lost app or key"),
        heading=_("Take the second factors of %(name)s away?") % {"name": person},
        crumbs=[*crumbs(), (_("People"), reverse("settings_people"))],
        losses=[
            _("Until a new one is set up, the password alone opens this account: be sure that the person is asking."),
            _("App, keys and recovery codes stop working, and all sessions end."),
        ],
        submit=_("Take them away"),
        cancel_url=reverse("person_update", args=[pk]),
    )


@require_http_methods(METHODS)
@administrators_only
def person_unlink(request: ProgramRequest, pk: int) -> HttpResponseBase:
    person = get_object_or_404(User, pk=pk)
    return answer_confirmation(
        request,
        lambda: unlink(person=person),
        said=_("%(name)s is no longer linked to the login service, and is signed out everywhere.") % {"name": person},
        then=reverse("person_update", args=[pk]),
        question=_("Another login"),
        heading=_("Part %(name)s from the login service?") % {"name": person},
        crumbs=[*crumbs(), (_("People"), reverse("settings_people"))],
        losses=[
            _("Whom the service next vouches for with this e-mail address is linked: change it if it passed on."),
            _("All sessions end. Whoever never had a password needs that next login, or a link to choose one."),
        ],
        submit=_("Unlink"),
        cancel_url=reverse("person_update", args=[pk]),
    )
