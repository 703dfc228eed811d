"""Ambassadors: who may be asked to speak for us today, why, for which prospect, and what came of it."""

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from customers.models import Customer, Lifecycle
from functions.access import ProgramRequest, person, specialists_only
from functions.selectors import program_day
from improvements import ambassadors as services
from improvements.forms import AgreedForm, AmbassadorFilter, AskForm, UnderstoodForm, WithdrawForm
from improvements.matching import match_page
from improvements.models import AmbassadorAsk
from improvements.standing import Standing, State, ambassadors, asks, newest_completed, standing_of, standings
from interviews.links import say_whether_understood
from web.forms import id_in
from web.lists import Column, ListAsked, ListPlan
from web.saved_views import with_saved_views
from web.saving import METHODS, answer_confirmation, answer_form, posted, what_follows

QUESTION = gettext_lazy("Ambassadors: who may speak for us?")
ORDER = [state for state, _words in State.choices]


def number_of(key: str, label: Any, value: Callable[[Standing], Any]) -> Column:
    return Column(key, label, value=value, hide_narrow=True, numeric=True)


COLUMNS = (
    Column("customer", gettext_lazy("Customer"), value=lambda row: row.customer.name),
    Column("contact", gettext_lazy("Who"), value=lambda row: row.ambassador.contact.name),
    Column(
        "state",
        gettext_lazy("Today"),
        value=lambda row: row.state_words,
        sort_by=lambda row: ORDER.index(row.state),
    ),
    Column("why", gettext_lazy("Why"), value=lambda row: row.why, hide_narrow=True),
    number_of("free_on", gettext_lazy("Free on"), lambda row: row.free_on),
    number_of("levels_met", gettext_lazy("Levels met, %"), lambda row: row.served.share_met),
    number_of("felt_gap", gettext_lazy("Felt gap"), lambda row: row.served.felt_gap),
    number_of("asked", gettext_lazy("Asked in 12 months"), lambda row: row.asked_in_a_year),
)
AMBASSADORS = ListPlan(
    name="ambassadors",
    columns=COLUMNS,
    in_file=(
        *COLUMNS,
        number_of("last_asked_on", gettext_lazy("Last asked"), lambda row: row.last_asked_on),
        number_of("agreed_on", gettext_lazy("Agreed on"), lambda row: row.ambassador.agreed_on),
    ),
    sort="state",
    filters=AmbassadorFilter,
    search=("customer", "contact"),
    is_about_people=True,
    row_id=lambda row: (row.customer.name, row.pk),
)


def rows_asked_for(asked: ListAsked, *, now: Any) -> list[Standing]:
    """Return the ambassadors that an address asks for; how they stand is worked out for all of them."""
    return [row for row in standings(ambassadors(), as_of=program_day(now)) if passes(row, asked)]


def passes(row: Standing, asked: ListAsked) -> bool:
    wanted = {name: asked.value_of(name) for name in ("state", "industry", "region", "size_band")}
    has = {"state": row.state} | {name: getattr(row.customer, name) for name in wanted if name != "state"}
    text = f"{row.customer.name} {row.ambassador.contact.name}".lower()
    return all(value is None or has[name] == value for name, value in wanted.items()) and all(
        word in text for word in asked.q.lower().split()
    )


@specialists_only
@require_safe
@with_saved_views(AMBASSADORS)
def ambassador_list(request: ProgramRequest) -> HttpResponseBase:
    asked = ListAsked(AMBASSADORS, request.GET)
    everybody = standings(ambassadors(), as_of=program_day(timezone.now()))
    shown = asked.show([row for row in everybody if passes(row, asked)], of=everybody)
    if asked.wants_file:
        return asked.file(shown)
    ready = sum(row.may_be_asked for row in everybody)
    context = {"list": shown, "noun": _("ambassadors"), "ready": ready, "everybody": len(everybody)}
    return render(request, "improvements/ambassador_list.html", context)


def found(pk: int) -> Standing:
    standing = standing_of(pk, as_of=program_day(timezone.now()))
    if standing is None:
        raise Http404
    return standing


def crumbs(standing: Standing | None = None) -> list[tuple[str, str]]:
    there = [(_("Ambassadors"), reverse("ambassador_list"))]
    return [*there, (standing.ambassador.contact.name, page_of(standing.pk))] if standing else there


def page_of(pk: int) -> str:
    return reverse("ambassador_detail", args=[pk])


@specialists_only
@require_safe
def ambassador_detail(request: ProgramRequest, pk: int) -> HttpResponse:
    standing = found(pk)
    context = {"standing": standing, "interview": newest_completed(standing.customer.pk)}
    return render(request, "improvements/ambassador_detail.html", context)


@specialists_only
@require_http_methods(METHODS)
def ambassador_create(request: ProgramRequest) -> HttpResponseBase:
    """Keep that somebody agreed, at the customer that the address names or at one whose name is typed."""
    chosen = Customer.objects.filter(pk=id_in(request.GET.get("customer", "")), merged_into=None).first()
    return consent_form(
        request,
        AgreedForm(posted(request), customer=chosen),
        heading=_("Who agreed to speak for us?"),
        crumbs=crumbs(),
        cancel_url=reverse("customer_detail", args=[chosen.pk]) if chosen else reverse("ambassador_list"),
    )


@specialists_only
@require_http_methods(METHODS)
def ambassador_update(request: ProgramRequest, pk: int) -> HttpResponseBase:
    """Correct the consent, or take a new one after a withdrawal."""
    standing = found(pk)
    its = standing.ambassador
    initial = {"agreed_on": its.agreed_on, "agreed_source": its.agreed_source}
    return consent_form(
        request,
        AgreedForm(posted(request), contact=its.contact, initial=initial),
        contact=its.contact,
        heading=_("When did %(name)s agree to speak for us?") % {"name": its.contact.name},
        crumbs=crumbs(standing),
        cancel_url=page_of(pk),
    )


def consent_form(request: ProgramRequest, form: AgreedForm, contact: Any = None, **context: Any) -> HttpResponseBase:
    def save(data: dict[str, Any]) -> Any:
        given: dict[str, Any] = {"contact": contact} | data
        by = {"noted_by": person(request), "noted_by_name": str(request.user)}
        return services.agree(**given | by, today=program_day(timezone.now()))

    return answer_form(
        request,
        form,
        save,
        said=lambda _saved: what_follows(first=_("The consent is kept.")),
        then=lambda saved: page_of(saved.pk),
        question=QUESTION,
        **context,
    )


@specialists_only
@require_http_methods(METHODS)
def ambassador_withdraw(request: ProgramRequest, pk: int) -> HttpResponseBase:
    standing, today = found(pk), program_day(timezone.now())
    return answer_form(
        request,
        WithdrawForm(posted(request), initial={"on": today}),
        lambda data: services.withdraw(ambassador=standing.ambassador, on=data["on"], today=today),
        said=lambda _saved: _("Nobody is offered this person for a prospect any more. What was asked stays."),
        then=lambda saved: page_of(saved.pk),
        question=QUESTION,
        heading=_("Does %(name)s not speak for us any more?") % {"name": standing.ambassador.contact.name},
        crumbs=crumbs(standing),
        submit=_("Withdraw the consent"),
        cancel_url=page_of(pk),
    )


@specialists_only
@require_http_methods(METHODS)
def ambassador_understood(request: ProgramRequest, pk: int) -> HttpResponseBase:
    """Keep what the customer said to what we understood in the last interview that counts."""
    standing, today = found(pk), program_day(timezone.now())
    interview = newest_completed(standing.customer.pk)
    if interview is None:
        raise Http404

    def save(data: dict[str, Any]) -> Any:
        is_understood = data["is_understood"] == "yes"
        return say_whether_understood(interview=interview, is_understood=is_understood, today=today)

    words = {"name": interview.contact.name, "day": interview.held_on.isoformat()}
    return answer_form(
        request,
        UnderstoodForm(posted(request)),
        save,
        said=lambda _saved: what_follows(first=_("What they said is kept.")),
        then=lambda _saved: page_of(pk),
        question=QUESTION,
        heading=_("Did we understand what %(name)s told us on %(day)s?") % words,
        crumbs=crumbs(standing),
        cancel_url=page_of(pk),
    )


# ---- Asking


@specialists_only
@require_safe
def ambassador_match(request: ProgramRequest, pk: int) -> HttpResponse:
    """Find who could speak to a prospect."""
    prospect = get_object_or_404(Customer, pk=pk, lifecycle=Lifecycle.PROSPECTIVE, merged_into=None)
    page = match_page(prospect=prospect, as_of=program_day(timezone.now()))
    return render(request, "improvements/ambassador_match.html", {"page": page})


@specialists_only
@require_http_methods(METHODS)
def ambassador_ask(request: ProgramRequest, pk: int) -> HttpResponseBase:
    """Record that an ambassador was asked, for the prospect that the address names or one whose name is typed."""
    standing, today = found(pk), program_day(timezone.now())
    chosen = Customer.objects.filter(pk=id_in(request.GET.get("prospect", "")), lifecycle=Lifecycle.PROSPECTIVE).first()
    initial = {"prospect": chosen.name if chosen else "", "asked_on": today}
    in_the_way = "; ".join(fact.words for fact in standing.in_the_way)

    def save(data: dict[str, Any]) -> AmbassadorAsk:
        asked_by = person(request)
        return services.record_ask(
            ambassador=standing.ambassador, asked_by=asked_by, asked_by_name=str(asked_by), today=today, **data
        )

    return ask_form(
        request,
        AskForm(posted(request), is_new=True, in_the_way=in_the_way, initial=initial),
        save,
        heading=_("What is %(name)s asked for?") % {"name": standing.ambassador.contact.name},
        crumbs=crumbs(standing),
        submit=_("Record the ask"),
        cancel_url=page_of(pk),
    )


@specialists_only
@require_http_methods(METHODS)
def ambassador_ask_update(request: ProgramRequest, pk: int) -> HttpResponseBase:
    """Say what came of an ask, or correct it."""
    ask = get_object_or_404(asks(), pk=pk)
    initial = {name: getattr(ask, name) for name in services.ASK_FIELDS}
    words = {"name": ask.ambassador.contact.name, "prospect": ask.prospect.name}
    return ask_form(
        request,
        AskForm(posted(request), initial=initial),
        lambda data: services.change_ask(ask=ask, changes=data, today=program_day(timezone.now())),
        heading=_("What came of asking %(name)s for %(prospect)s?") % words,
        crumbs=[*crumbs(), (words["name"], page_of(ask.ambassador_id))],
        cancel_url=page_of(ask.ambassador_id),
        end_url=reverse("ambassador_ask_remove", args=[pk]),
        end_label=_("It was never asked"),
    )


def ask_form(
    request: ProgramRequest, form: AskForm, save: Callable[[dict[str, Any]], AmbassadorAsk], **context: Any
) -> HttpResponseBase:
    return answer_form(
        request,
        form,
        save,
        said=lambda _ask: what_follows(first=_("The ask is kept.")),
        then=lambda ask: page_of(ask.ambassador_id),
        question=QUESTION,
        **context,
    )


@specialists_only
@require_http_methods(METHODS)
def ambassador_ask_remove(request: ProgramRequest, pk: int) -> HttpResponseBase:
    ask = get_object_or_404(asks(), pk=pk)
    return answer_confirmation(
        request,
        lambda: services.remove_ask(ask=ask),
        said=_("The ask was taken back."),
        then=page_of(ask.ambassador_id),
        question=QUESTION,
        heading=_("Was %(name)s never asked that?") % {"name": ask.ambassador.contact.name},
        losses=[_("The ask disappears, with its outcome. The ambassador rests no longer because of it.")],
        crumbs=[*crumbs(), (ask.ambassador.contact.name, page_of(ask.ambassador_id))],
        submit=_("Take it back"),
        cancel_url=reverse("ambassador_ask_update", args=[pk]),
    )
