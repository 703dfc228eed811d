"""Settings of the machines that log in by OAuth2 client credentials."""

from allauth.idp.oidc.models import Client
from django.core.exceptions import ValidationError
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.clients import register_client, registered_clients, remove_client
from dashboard.door_lists import CLIENTS
from dashboard.settings_forms import ClientForm
from dashboard.settings_views import crumbs, form_page
from functions.access import ProgramRequest, administrators_only
from web.forms import add_errors
from web.lists import ListAsked
from web.saved_views import with_saved_views
from web.saving import METHODS, answer_confirmation, posted


@require_safe
@administrators_only
@with_saved_views(CLIENTS)
def settings_clients(request: ProgramRequest) -> HttpResponseBase:
    asked, clients = ListAsked(CLIENTS, request.GET), registered_clients()
    shown = asked.show(asked.narrowed(clients), of=clients)
    if asked.wants_file:
        return asked.file(shown)
    context = {"list": shown, "noun": _("clients"), "now": timezone.now()}
    return render(request, "dashboard/settings/clients.html", context)


@require_http_methods(METHODS)
@administrators_only
def client_create(request: ProgramRequest) -> HttpResponseBase:
    form = ClientForm(posted(request), initial={"owner": request.user.pk})
    if form.is_valid():
        try:
            client, secret = register_client(**form.cleaned_data)
        except ValidationError as error:
            add_errors(form, error)
        else:
            # The POST itself is answered: the secret stands in no history, no log and no second page.
            context = {
                "client": client,
                "secret": secret,
                "address": request.build_absolute_uri(reverse("oauth_token")),
            }
            return render(request, "dashboard/settings/client_shown.html", context)
    return form_page(
        request,
        form,
        question=_("Which machine logs in by itself?"),
        heading=_("Register a client"),
        about=_("It trades its id and secret for access tokens that live for an hour. The secret is shown once."),
        crumbs=[*crumbs(), (_("Clients"), reverse("settings_clients"))],
        submit=_("Register the client"),
        cancel_url=reverse("settings_clients"),
    )


@require_http_methods(METHODS)
@administrators_only
def client_remove(request: ProgramRequest, pk: str) -> HttpResponseBase:
    client = get_object_or_404(Client, pk=pk)
    return answer_confirmation(
        request,
        lambda: remove_client(client=client),
        said=_("'%(name)s' is removed: what it sends is refused from now on.") % {"name": client.name},
        then=reverse("settings_clients"),
        question=_("Remove a client"),
        heading=_("End '%(name)s' for good?") % {"name": client.name},
        crumbs=[*crumbs(), (_("Clients"), reverse("settings_clients"))],
        losses=[
            _("Its access tokens end at once, and it gets no new ones."),
            _("It cannot be brought back; a new client has another id and secret."),
        ],
        submit=_("Remove it"),
        cancel_url=reverse("settings_clients"),
    )
