"""Beliefs: heads and executives say what they think before they look, and see how far it is from what customers say."""

from datetime import date
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from functions.access import ProgramRequest, members_only, person, specialists_only
from gap_scores.board import Scope
from gap_scores.selectors import read_board
from improvements import believing as services
from improvements.belief_forms import AskingFilter, AskingForm, BeliefForm
from improvements.belief_models import BeliefAsking
from improvements.belief_page import BeliefPage
from improvements.belief_selectors import askings_for, in_own_order, role_of, sheet_of
from requirements_catalog.models import Requirement
from web.forms import add_errors
from web.lists import Column, ListAsked, ListPlan
from web.saved_views import with_saved_views
from web.saving import METHODS, answer_confirmation, answer_form, posted

QUESTION = gettext_lazy("Beliefs: do we think what customers say?")
BELIEFS = ListPlan(
    name="beliefs",
    columns=(
        Column("title", gettext_lazy("Asked")),
        Column("product", gettext_lazy("About"), order_by=("product__name",), hide_narrow=True),
        Column("opens_on", gettext_lazy("From"), hide_narrow=True),
        Column("closes_on", gettext_lazy("To")),
        Column("answered", gettext_lazy("Answers"), numeric=True),
    ),
    sort="-opens_on",
    filters=AskingFilter,
    search=("title",),
)


def page_of(pk: int) -> str:
    return reverse("belief_detail", args=[pk])


def crumbs(asking: BeliefAsking | None = None) -> list[tuple[str, str]]:
    there = [(_("Beliefs"), reverse("belief_list"))]
    return [*there, (asking.title, page_of(asking.pk))] if asking else there


def found(request: ProgramRequest, pk: int, today: date) -> BeliefAsking:
    return get_object_or_404(askings_for(request.access, today=today), pk=pk)


@require_safe
@members_only
@with_saved_views(BELIEFS)
def belief_list(request: ProgramRequest) -> HttpResponseBase:
    today = timezone.localdate()
    asked, readable = ListAsked(BELIEFS, request.GET), askings_for(request.access, today=today)
    shown = asked.show(asked.narrowed(readable), of=readable)
    if asked.wants_file:
        return asked.file(shown)
    return render(request, "improvements/belief_list.html", {"list": shown, "noun": _("askings"), "today": today})


@require_safe
@members_only
def belief_detail(request: ProgramRequest, pk: int) -> HttpResponse:
    today = timezone.localdate()
    page = BeliefPage(found(request, pk, today), request.access, today)
    return render(request, "improvements/belief_detail.html", {"page": page})


# ---- Asking


def may_be_asked() -> Any:
    return Requirement.objects.filter(state=Requirement.State.ACTIVE, origin=Requirement.Origin.CUSTOMER)


@require_http_methods(METHODS)
@specialists_only
def belief_create(request: ProgramRequest) -> HttpResponseBase:
    today = timezone.localdate()

    def save(data: dict[str, Any]) -> BeliefAsking:
        product, chosen = data.pop("product"), {row.pk for row in data.pop("requirements")}
        board = read_board(scope=Scope(product=product.pk if product else None))
        by_name = str(person(request))
        return services.ask_beliefs(
            board=board, requirements=chosen, by_name=by_name, now=timezone.now(), today=today, **data
        )

    return answer_form(
        request,
        AskingForm(posted(request), requirements=may_be_asked(), initial={"opens_on": today}),
        save,
        said=lambda _saved: _("They find it in their work from that day on. What customers say today is kept with it."),
        then=lambda saved: page_of(saved.pk),
        question=QUESTION,
        heading=_("Ask the heads what they believe"),
        about=_(
            "Before they look at what customers say, they say how important each requirement is and how large its gap."
        ),
        crumbs=crumbs(),
        submit=_("Ask them"),
        cancel_url=reverse("belief_list"),
    )


@require_http_methods(METHODS)
@specialists_only
def belief_update(request: ProgramRequest, pk: int) -> HttpResponseBase:
    today = timezone.localdate()
    asking = found(request, pk, today)
    return answer_form(
        request,
        AskingForm(posted(request), instance=asking),
        lambda data: services.change_asking(asking=asking, changes=data, today=today),
        said=lambda _saved: _("Saved."),
        then=lambda _saved: page_of(pk),
        question=QUESTION,
        heading=_("Change what is asked"),
        crumbs=crumbs(asking),
        cancel_url=page_of(pk),
        end_url=reverse("belief_remove", args=[pk]),
        end_label=_("Take it back"),
    )


@require_http_methods(METHODS)
@specialists_only
def belief_remove(request: ProgramRequest, pk: int) -> HttpResponseBase:
    asking = found(request, pk, timezone.localdate())
    return answer_confirmation(
        request,
        lambda: services.remove_asking(asking=asking),
        said=_("It is taken back."),
        then=reverse("belief_list"),
        question=QUESTION,
        heading=_("Take ‘%(title)s’ back?") % {"title": asking.title},
        losses=[_("What is asked disappears, with the drafts of those who began.")],
        crumbs=crumbs(asking),
        submit=_("Take it back"),
        cancel_url=page_of(pk),
    )


# ---- Answering


@require_http_methods(METHODS)
@members_only
def belief_answer(request: ProgramRequest, pk: int) -> HttpResponseBase:
    """Show what is asked, without a number of customers, and keep what is said as a draft or for good."""
    today, me = timezone.localdate(), person(request)
    asking = found(request, pk, today)
    role = role_of(request.access, asking)
    if role is None:
        raise Http404
    sheet = sheet_of(asking, me.pk)
    if request.method != "POST" and (today > asking.closes_on or (sheet and sheet.submitted_at)):
        return redirect(page_of(pk))
    form = BeliefForm(posted(request), requirements=in_own_order(asking, me.pk), sheet=sheet)
    if form.is_bound and form.is_valid():
        hand_in = bool(request.POST.get("hand_in"))
        try:
            services.say_beliefs(
                asking=asking, person=me, role=role, said=form.said, hand_in=hand_in, now=timezone.now(),
                today=today, seen=form.cleaned_data["seen"],
            )  # fmt: skip
        except ValidationError as error:
            add_errors(form, error)
            form.look_again()
        else:
            if hand_in:
                return redirect(page_of(pk))
            messages.success(request, _("Your draft is kept. Come back and hand it in."))
            return redirect("belief_answer", pk)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    return render(request, "improvements/belief_answer.html", {"asking": asking, "form": form}, status=status)
