"""Lists and forms of interviews and rounds; the desk itself is in desk_views.py."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from customers.models import Contact
from customers.selectors import named
from functions.access import ProgramRequest, members_only, person, specialists_only
from functions.selectors import program_day
from interviews import services
from interviews.bulk import BULK
from interviews.forms import ChangeForm, InterviewFilter, PlanForm, RecordForm, RoundFilter, RoundForm
from interviews.handing_over import handed_to
from interviews.models import Interview, Round
from interviews.selectors import (
    all_rounds,
    contacts_matching,
    interview_for,
    interviews_for,
    rounds_with_counts,
    with_counts,
)
from interviews.unasked import Unasked, record_unasked
from web.choices import in_words
from web.forms import add_errors, id_in
from web.lists import Column, ListAsked, ListPlan
from web.saved_views import with_saved_views
from web.saving import METHODS

HANDED_SHOWN = 5

# ---- The list

LIFECYCLE_IN_WORDS = in_words("lifecycle")
INTERVIEWS = ListPlan(
    name="interviews",
    is_about_people=True,
    columns=(
        Column("held_on", gettext_lazy("Day"), order_by=("held_on",), numeric=True),
        Column("contact", gettext_lazy("Contact"), value=lambda row: row.contact.name, order_by=("contact__name",)),
        Column("customer", gettext_lazy("Customer"), value=lambda row: row.customer.name, order_by=("customer__name",)),
        Column(
            "lifecycle",
            gettext_lazy("Lifecycle"),
            value=lambda row: LIFECYCLE_IN_WORDS(row.stratum),
            order_by=("stratum__lifecycle",),
            hide_narrow=True,
        ),
        Column(
            "round",
            gettext_lazy("Round"),
            value=lambda row: row.round.name,
            order_by=("round__name",),
            hide_narrow=True,
        ),
        Column(
            "mode",
            gettext_lazy("Mode"),
            value=in_words("mode"),
            order_by=("mode",),
            hide_narrow=True,
        ),
        Column("state", gettext_lazy("State"), value=in_words("state"), order_by=("state",)),
        Column(
            "interviewer",
            gettext_lazy("Interviewer"),
            value=lambda row: row.interviewer and str(row.interviewer),
            order_by=("interviewer__username",),
            hide_narrow=True,
        ),
        Column(
            "answers",
            gettext_lazy("Answers"),
            value=lambda row: row.answer_count,
            sortable=False,
            numeric=True,
            hide_narrow=True,
        ),
        Column(
            "words",
            gettext_lazy("Words"),
            value=lambda row: row.verbatim_count,
            sortable=False,
            numeric=True,
            hide_narrow=True,
        ),
    ),
    sort="-held_on",
    filters=InterviewFilter,
    is_long=True,
    search_by=lambda word: named(word, "contact__") | named(word, "customer__"),
    bulk=BULK,
)


@require_safe
@members_only
@with_saved_views(INTERVIEWS)
def interview_list(request: ProgramRequest) -> HttpResponseBase:
    asked = ListAsked(INTERVIEWS, request.GET)
    rows = asked.narrowed(interviews_for(request.access))
    shown = asked.show(with_counts(rows), of=interviews_for(request.access))
    if asked.wants_file:
        return asked.file(shown)
    still_open = rows.filter(state__in=services.OPEN).count()
    handed = list(handed_to(request.access.user_id)[:HANDED_SHOWN]) if request.access.is_specialist else []
    context = {"list": shown, "noun": _("interviews"), "still_open": still_open, "handed": handed}
    return render(request, "interviews/interview_list.html", context)


# ---- Plan, record, change


@require_http_methods(METHODS)
@members_only
def interview_create(request: ProgramRequest) -> HttpResponse:
    """Plan an interview (specialists), or record what a customer said without being asked (everybody)."""
    if not request.access.is_specialist or request.GET.get("kind") == "record":
        return record(request)
    contact = Contact.objects.select_related("customer").filter(pk=id_in(request.GET.get("contact", ""))).first()
    return choose_contact(request) if contact is None else plan(request, contact)


def choose_contact(request: ProgramRequest) -> HttpResponse:
    text = request.GET.get("q", "").replace("\0", "").strip()[:200]
    found = contacts_matching(text) if text else []
    return render(request, "interviews/interview_plan.html", {"asked": text, "found": found})


def plan(request: ProgramRequest, contact: Contact) -> HttpResponse:
    initial = {"interviewer": request.user.pk, "round": id_in(request.GET.get("round", ""))}
    form = PlanForm(request.POST or None, initial=initial)
    if form.is_valid():
        try:
            interview = services.plan_interview(contact=contact, **form.cleaned_data)
        except ValidationError as refusal:
            add_errors(form, refusal)
        else:
            messages.success(request, _("The interview is planned."))
            return redirect("interview_detail", interview.pk)
    return form_page(
        request,
        form,
        question=f"{contact}, {contact.customer}",
        heading=_("Plan an interview"),
        crumbs=[(_("Interviews"), reverse("interview_list"))],
        submit=_("Plan"),
        cancel_url=reverse("interview_create"),
    )


def record(request: ProgramRequest) -> HttpResponse:
    today = program_day(timezone.now())
    form = RecordForm(request.POST or None, initial={"held_on": today})
    if form.is_valid():
        try:
            interview = record_unasked(said=unasked(request, form), today=today)
        except ValidationError as refusal:
            add_errors(form, refusal)
        else:
            messages.success(request, _("Recorded. A specialist reads it and says which requirements it is about."))
            return redirect("interview_detail", interview.pk)
    return form_page(
        request,
        form,
        question=_("Listen"),
        heading=_("What did a customer say?"),
        about=_("A visit, a call, a ticket: nobody asked, and it counts just as much."),
        crumbs=[(_("Interviews"), reverse("interview_list"))],
        submit=_("Record"),
        cancel_url=reverse("interview_list"),
    )


def unasked(request: ProgramRequest, form: RecordForm) -> Unasked:
    typed = form.cleaned_data
    return Unasked(
        customer=typed["customer"],
        contact_name=typed["contact"],
        text=typed["text"],
        held_on=typed["held_on"],
        mode=typed["mode"],
        interviewer=person(request),
        entry=typed["entry"],
    )


@require_http_methods(METHODS)
@specialists_only
def interview_update(request: ProgramRequest, pk: int) -> HttpResponse:
    interview = interview_or_404(request, pk)
    initial = {name: getattr(interview, name) for name in ChangeForm.base_fields}
    form = ChangeForm(request.POST or None, initial=initial)
    if form.is_valid():
        try:
            services.change_interview(interview=interview, today=program_day(timezone.now()), **form.cleaned_data)
        except ValidationError as refusal:
            add_errors(form, refusal)
        else:
            messages.success(request, _("Saved.") + scored_anew(interview))
            return redirect("interview_detail", interview.pk)
    return form_page(
        request,
        form,
        question=str(interview.contact),
        heading=_("When and how was it held?"),
        crumbs=crumbs_of(interview),
        cancel_url=reverse("interview_detail", args=[interview.pk]),
    )


def scored_anew(interview: Interview) -> str:
    """Say how many requirements a change of a completed interview touches; an open one leaves no score."""
    if interview.state != Interview.State.COMPLETED:
        return ""
    count = interview.answers.values("requirement").distinct().count()
    said = ngettext("%(count)d requirement will be scored anew.", "%(count)d requirements will be scored anew.", count)
    return " " + said % {"count": count}


# ---- States


@require_POST
@specialists_only
def interview_state(request: ProgramRequest, pk: int) -> HttpResponse:
    interview = interview_or_404(request, pk)
    return step(request, interview, services.change_interview_state, state=request.POST.get("state", ""))


@require_POST
@specialists_only
def interview_complete(request: ProgramRequest, pk: int) -> HttpResponse:
    now = timezone.now()
    return step(request, interview_or_404(request, pk), services.complete_interview, now=now, today=program_day(now))


@require_POST
@specialists_only
def interview_reopen(request: ProgramRequest, pk: int) -> HttpResponse:
    return step(request, interview_or_404(request, pk), services.reopen_interview)


def step(request: ProgramRequest, interview: Interview, service: Any, **arguments: Any) -> HttpResponse:
    """Take one step in the life of an interview and say what it did, or why it was refused."""
    before = interview.state
    try:
        after = service(interview=interview, **arguments)
    except ValidationError as refusal:
        for sentence in refusal.messages:
            messages.error(request, sentence)
    else:
        counted = after if after.state == Interview.State.COMPLETED else interview
        said = _("The interview is %(state)s now.") % {"state": after.get_state_display()}
        messages.success(request, said + (scored_anew(counted) if before != after.state else ""))
    return redirect("interview_detail", interview.pk)


# ---- Rounds

ROUNDS = ListPlan(
    name="rounds",
    columns=(
        Column("name", gettext_lazy("Round"), order_by=("name",)),
        Column("starts_on", gettext_lazy("Starts"), order_by=("starts_on",), numeric=True),
        Column("ends_on", gettext_lazy("Ends"), order_by=("ends_on",), numeric=True),
        Column(
            "products",
            gettext_lazy("Products"),
            value=lambda row: ", ".join(product.name for product in row.products.all()),
            order_by=("first_product",),
        ),
        Column("interviews", gettext_lazy("Interviews"), value=lambda row: row.interview_count, numeric=True,
               order_by=("interview_count",)),
        Column("completed", gettext_lazy("Completed"), value=lambda row: row.completed_count, numeric=True,
               order_by=("completed_count",)),
        Column("plan", gettext_lazy("Plan"), value=lambda row: row.has_plan, order_by=("has_plan",)),
    ),
    sort="-starts_on",
    filters=RoundFilter,
    search=("name",),
)  # fmt: skip


@require_safe
@specialists_only
@with_saved_views(ROUNDS)
def round_list(request: ProgramRequest) -> HttpResponseBase:
    asked = ListAsked(ROUNDS, request.GET)
    shown = asked.show(asked.narrowed(rounds_with_counts()), of=all_rounds())
    if asked.wants_file:
        return asked.file(shown)
    return render(request, "interviews/round_list.html", {"list": shown, "noun": _("rounds")})


@require_http_methods(METHODS)
@specialists_only
def round_create(request: ProgramRequest) -> HttpResponse:
    # A stage in which nobody was involved sends here with itself and the product filled in.
    form = RoundForm(request.POST or None, initial={name: request.GET.get(name) for name in ("products", "stage")})
    if form.is_valid():
        try:
            wave = services.create_round(**form.cleaned_data)
        except ValidationError as refusal:
            add_errors(form, refusal)
        else:
            messages.success(request, _("The round is there. Plan whom to hear next."))
            return redirect("round_plan", wave.pk)
    return round_page(request, form, heading=_("New round"), submit=_("Add the round"))


@require_http_methods(METHODS)
@specialists_only
def round_update(request: ProgramRequest, pk: int) -> HttpResponse:
    wave = get_object_or_404(Round, pk=pk)
    form = RoundForm.of(wave, request.POST or None)
    if form.is_valid():
        try:
            services.update_round(round=wave, **form.cleaned_data)
        except ValidationError as refusal:
            add_errors(form, refusal)
        else:
            messages.success(request, _("Saved."))
            return redirect("round_list")
    return round_page(request, form, heading=_("Change the round"), submit=_("Save"))


def round_page(request: ProgramRequest, form: RoundForm, *, heading: str, submit: str) -> HttpResponse:
    return form_page(
        request,
        form,
        question=_("Listen"),
        heading=heading,
        about=_("One wave of interviews: when, and about which products."),
        crumbs=[(_("Rounds"), reverse("round_list"))],
        submit=submit,
        cancel_url=reverse("round_list"),
    )


# ---- Doors and pages


def interview_or_404(request: ProgramRequest, pk: int) -> Interview:
    interview = interview_for(request.access, pk)
    if interview is None:
        raise Http404
    return interview


def crumbs_of(interview: Interview) -> list[tuple[str, str]]:
    address = reverse("interview_detail", args=[interview.pk])
    return [(_("Interviews"), reverse("interview_list")), (str(interview.contact), address)]


def form_page(request: ProgramRequest, form: Any, **words: Any) -> HttpResponse:
    """Show a form; one that was refused comes back as 422 with what was typed."""
    status = 422 if form.errors else 200
    return render(request, "components/form_page.html", {"form": form, **words}, status=status)
