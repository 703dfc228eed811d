"""Webhooks: which systems are sent what happens, and what became of each delivery."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from functions.access import ProgramRequest, person, specialists_only
from notices import endpoints as services
from notices.forms import DeliveryFilter, EndpointForm, NewEndpointForm
from notices.models import OVER, SENT, Endpoint, Kind
from notices.selectors import deliveries_for, endpoints_for, with_counts
from web.choices import in_words
from web.forms import add_errors
from web.imports import sentences
from web.lists import Column, ListAsked, ListPlan
from web.saved_views import with_saved_views
from web.saving import METHODS, Confirmation, answer_confirmation, answer_form, posted

NEWEST = 10
Crumbs = list[tuple[Any, str]]
WEBHOOKS = ListPlan(
    name="webhooks",
    columns=(
        Column("description", gettext_lazy("Endpoint")),
        Column("url", gettext_lazy("Address"), hide_narrow=True),
        Column("is_enabled", gettext_lazy("State")),
        Column("waiting", gettext_lazy("Waiting"), numeric=True, hide_narrow=True),
        Column("given_up", gettext_lazy("Given up"), numeric=True),
        Column("made_at", gettext_lazy("Made"), hide_narrow=True),
    ),
    sort="description",
    search=("description", "url"),
)
DELIVERIES = ListPlan(
    name="deliveries",
    columns=(
        Column("kind", gettext_lazy("What happened"), value=lambda row: str(Kind(row.event.kind).label),
               order_by=("event__kind",)),
        Column("endpoint", gettext_lazy("Endpoint"), value=lambda row: str(row.endpoint),
               order_by=("endpoint__description",), hide_narrow=True),
        Column("state", gettext_lazy("State"), value=in_words("state")),
        Column("attempts", gettext_lazy("Tries"), numeric=True, hide_narrow=True),
        Column("status", gettext_lazy("Status"), numeric=True),
        Column("written_at", gettext_lazy("When"), hide_narrow=True),
    ),
    sort="-written_at",
    filters=DeliveryFilter,
    search=("event__message_id", "event__key"),
)  # fmt: skip


def crumbs() -> Crumbs:
    return [(_("Settings"), reverse("settings_home")), (_("Webhooks"), reverse("webhook_list"))]


def endpoint_or_404(request: ProgramRequest, pk: int) -> Endpoint:
    return get_object_or_404(endpoints_for(request.access), pk=pk)


def page_of(pk: int) -> str:
    return reverse("webhook_detail", args=[pk])


# ---- Endpoints


@require_safe
@specialists_only
@with_saved_views(WEBHOOKS)
def webhook_list(request: ProgramRequest) -> HttpResponseBase:
    asked, everything = ListAsked(WEBHOOKS, request.GET), endpoints_for(request.access)
    shown = asked.show(with_counts(asked.narrowed(everything)), of=everything)
    if asked.wants_file:
        return asked.file(shown)
    return render(request, "notices/webhook_list.html", {"list": shown, "noun": _("endpoints")})


@require_safe
@specialists_only
def webhook_detail(request: ProgramRequest, pk: int) -> HttpResponse:
    endpoint, now = get_object_or_404(with_counts(endpoints_for(request.access)), pk=pk), timezone.now()
    newest = list(deliveries_for(request.access).filter(endpoint=endpoint)[:NEWEST])
    sent = [SENT[name] for name in endpoint.types if name in SENT]
    context = {
        "endpoint": endpoint, "deliveries": newest, "sent": sent, "both_sign": services.both_sign(endpoint, now=now),
        "now": now,
    }  # fmt: skip
    return render(request, "notices/webhook_detail.html", context)


@require_http_methods(METHODS)
@specialists_only
def webhook_create(request: ProgramRequest) -> HttpResponseBase:
    form = NewEndpointForm(posted(request), initial={"is_enabled": True, "types": list(SENT)})
    if form.is_valid():
        try:
            made = services.create_endpoint(**form.cleaned_data, by=person(request), now=timezone.now())
        except ValidationError as error:
            add_errors(form, error)
        else:
            return secret_shown(request, *made) if made[1] else made_already(request, made[0])
    context = {
        "form": form,
        "question": _("Which other system is to know?"),
        "heading": _("Add an endpoint"),
        "about": _("It is sent a signed message when something happens: numbers and links, no names and no words."),
        "crumbs": crumbs(),
        "submit": _("Add it"),
        "cancel_url": reverse("webhook_list"),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    return render(request, "components/form_page.html", context, status=status)


def made_already(request: ProgramRequest, endpoint: Endpoint) -> HttpResponse:
    words = _("It was added already, once. If you did not copy its secret, give it another one.")
    messages.info(request, words)
    return redirect(page_of(endpoint.pk))


def secret_shown(request: ProgramRequest, endpoint: Endpoint, secret: str) -> HttpResponse:
    """Answer the POST itself: the secret stands in no history, no log and no second page."""
    return render(request, "notices/secret_shown.html", {"endpoint": endpoint, "secret": secret})


@require_http_methods(METHODS)
@specialists_only
def webhook_update(request: ProgramRequest, pk: int) -> HttpResponseBase:
    endpoint = endpoint_or_404(request, pk)
    return answer_form(
        request,
        EndpointForm.of(endpoint, posted(request)),
        lambda data: services.change_endpoint(endpoint=endpoint, changes=data, now=timezone.now()),
        said=lambda _saved: _("Saved."),
        then=lambda _saved: page_of(pk),
        question=endpoint.description,
        heading=_("Change the endpoint"),
        crumbs=[*crumbs(), (endpoint.description, page_of(pk))],
        cancel_url=page_of(pk),
        end_url=reverse("webhook_remove", args=[pk]),
        end_label=_("Remove the endpoint"),
    )


@require_http_methods(METHODS)
@specialists_only
def webhook_rotate(request: ProgramRequest, pk: int) -> HttpResponseBase:
    endpoint, now = endpoint_or_404(request, pk), timezone.now()
    form = Confirmation(posted(request))
    if form.is_valid():
        return secret_shown(request, *services.rotate_secret(endpoint=endpoint, now=now))
    losses = _("The secret that it has signs beside the new one for 24 hours, then no more.")
    if services.both_sign(endpoint, now=now):
        losses = _(
            "It got another one within the last 24 hours, which signs no more from now on. The one before that still "
            "signs until the 24 hours are over."
        )
    context = {
        "form": form,
        "question": endpoint.description,
        "heading": _("Give it another secret?"),
        "losses": [losses],
        "crumbs": [*crumbs(), (endpoint.description, page_of(pk))],
        "submit": _("Make another secret"),
        "cancel_url": page_of(pk),
    }
    return render(request, "components/confirm_page.html", context)


@require_http_methods(METHODS)
@specialists_only
def webhook_remove(request: ProgramRequest, pk: int) -> HttpResponseBase:
    endpoint = endpoint_or_404(request, pk)
    return answer_confirmation(
        request,
        lambda: services.delete_endpoint(endpoint=endpoint),
        said=_("The endpoint is gone. It is sent nothing any more."),
        then=reverse("webhook_list"),
        question=endpoint.description,
        heading=_("Remove this endpoint?"),
        losses=[_("It is sent nothing any more, and what became of its deliveries is lost.")],
        crumbs=[*crumbs(), (endpoint.description, page_of(pk))],
        submit=_("Remove it"),
        cancel_url=page_of(pk),
    )


@require_POST
@specialists_only
def webhook_test(request: ProgramRequest, pk: int) -> HttpResponse:
    endpoint = endpoint_or_404(request, pk)
    delivery = services.send_test(endpoint=endpoint, by=person(request), now=timezone.now())
    messages.success(request, _("A test is on its way. Load this page again to see what became of it."))
    return redirect("delivery_detail", delivery.pk)


# ---- Deliveries


@require_safe
@specialists_only
@with_saved_views(DELIVERIES)
def delivery_list(request: ProgramRequest) -> HttpResponseBase:
    asked, everything = ListAsked(DELIVERIES, request.GET), deliveries_for(request.access)
    shown = asked.show(asked.narrowed(everything), of=everything)
    if asked.wants_file:
        return asked.file(shown)
    context = {"list": shown, "noun": _("deliveries"), "now": timezone.now()}
    return render(request, "notices/delivery_list.html", context)


@require_safe
@specialists_only
def delivery_detail(request: ProgramRequest, pk: int) -> HttpResponse:
    delivery = get_object_or_404(deliveries_for(request.access), pk=pk)
    is_over = delivery.state in OVER
    context = {
        "delivery": delivery, "event": delivery.event, "kind": Kind(delivery.event.kind).label, "is_over": is_over,
        "waits_for_switch": not delivery.endpoint.is_enabled and delivery.event.kind != Kind.TEST,
        "crumbs": [*crumbs(), (_("Deliveries"), reverse("delivery_list"))],
    }  # fmt: skip
    return render(request, "notices/delivery_detail.html", context)


@require_POST
@specialists_only
def delivery_again(request: ProgramRequest, pk: int) -> HttpResponse:
    delivery = get_object_or_404(deliveries_for(request.access), pk=pk)
    try:
        services.send_again(delivery=delivery, now=timezone.now())
    except ValidationError as error:
        # A worker, or somebody else, was quicker.
        messages.error(request, sentences(error))
    else:
        messages.success(request, _("It is sent again, under the same webhook-id."))
    return redirect("delivery_detail", pk)
