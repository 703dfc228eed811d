"""The loop: who waits for word of us, and the letters that tell them, which somebody else approves."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from functions.access import ProgramRequest, person, specialists_only
from functions.models import Program
from functions.selectors import is_own_work, program, program_day
from improvements import loop as services
from improvements.loop_forms import ApproveForm, LoopFilter, TellForm, TellingForm
from improvements.loop_letters import letter_to
from improvements.loop_models import LoopEntry, LoopLetter, Telling
from improvements.loop_selectors import (
    InLoop,
    Recipients,
    Standing,
    actions_in_loop,
    letters_of,
    outbox_of,
    parts_of,
    people_in_loop,
    recipients_of,
    tellings,
)
from interviews.letters import ANSWER_WITHIN
from jobs.models import OutboxMessage
from jobs.outbox import MAY_GO_AGAIN
from web.forms import id_in
from web.lists import Column, ListAsked, ListPlan
from web.saved_views import with_saved_views
from web.saving import METHODS, answer_confirmation, answer_form, posted

QUESTION = gettext_lazy("Loop: do those who told us know what became of it?")
SHOWN_TELLINGS, FIRST_LEFT_OUT = 5, 12
ORDER = list(Standing)
COLUMNS = (
    Column("contact", gettext_lazy("Person"), value=lambda row: row.contact.name),
    Column("customer", gettext_lazy("Customer"), value=lambda row: row.contact.customer.name, hide_narrow=True),
    Column("weight", gettext_lazy("Value"), value=lambda row: row.weight, numeric=True, hide_narrow=True),
    Column("action", gettext_lazy("Action"), value=lambda row: row.action.title),
    Column(
        "state",
        gettext_lazy("State"),
        value=lambda row: row.state.label,
        # Who waits for us comes first: by value, then by how long.
        sort_by=lambda row: (ORDER.index(row.state), -row.weight, row.since),
    ),
    Column("days", gettext_lazy("Days"), value=lambda row: row.days, numeric=True),
    Column("told_on", gettext_lazy("Told"), numeric=True, hide_narrow=True),
    Column("answered_on", gettext_lazy("Answered"), numeric=True, hide_narrow=True),
)
LOOP = ListPlan(
    name="loop",
    columns=COLUMNS,
    in_file=(
        *COLUMNS,
        Column("step", gettext_lazy("Next word"), value=lambda row: row.step.label),
        Column("raised_on", gettext_lazy("Raised")),
        Column("reply", gettext_lazy("Fixed?")),
        Column("hindrance", gettext_lazy("Why no letter")),
    ),
    sort="state",
    filters=LoopFilter,
    search=("contact", "customer"),
    is_about_people=True,
    row_id=lambda row: (row.contact.name, row.pk),
)


def today() -> date:
    return program_day(timezone.now())


def again_days() -> int:
    return (program() or Program()).ask_again_days


def everybody(day: date) -> list[InLoop]:
    return people_in_loop(list(actions_in_loop(today=day)), today=day)


def rows_asked_for(asked: ListAsked, *, today: date) -> list[InLoop]:
    return [row for row in everybody(today) if passes(row, asked)]


def passes(row: InLoop, asked: ListAsked) -> bool:
    state, action, reach = (asked.value_of(name) for name in ("state", "action", "reach"))
    text = f"{row.contact.name} {row.contact.customer.name}".lower()
    return (
        state in {None, row.state}
        and action in {None, row.action}
        and (reach is None or (reach == "no") == bool(row.hindrance))
        and all(word in text for word in asked.q.lower().split())
    )


@specialists_only
@require_safe
@with_saved_views(LOOP)
def loop_list(request: ProgramRequest) -> HttpResponseBase:
    asked = ListAsked(LOOP, request.GET)
    rows = everybody(today())
    shown = asked.show([row for row in rows if passes(row, asked)], of=rows)
    if asked.wants_file:
        return asked.file(shown)
    states = [row.state for row in rows]
    context = {
        "list": shown,
        "noun": _("people by action"),
        "waiting": len({row.contact.pk for row in rows if row.state is Standing.WAITS}),
        "asked": states.count(Standing.ASKED),
        "confirmed": states.count(Standing.CONFIRMED),
        "denied": states.count(Standing.DENIED),
        "people": len({row.contact.pk for row in rows}),
        "tellings": list(tellings()[:SHOWN_TELLINGS]),
    }
    return render(request, "improvements/loop_list.html", context)


# ---- Letters


def crumbs(telling: Telling | None = None) -> list[tuple[str, str]]:
    there = [(_("Loop"), reverse("loop_list"))]
    return [*there, (telling.subject, page_of(telling.pk))] if telling else there


def page_of(pk: int) -> str:
    return reverse("telling_detail", args=[pk])


@specialists_only
@require_http_methods(METHODS)
def telling_create(request: ProgramRequest) -> HttpResponseBase:
    """Choose of what to tell; the address may name one action."""
    actions = actions_in_loop(today=today())
    return answer_form(
        request,
        TellForm(posted(request), actions=actions, initial={"actions": [id_in(request.GET.get("action", ""))]}),
        lambda data: services.prepare_telling(actions=list(data["actions"]), by=person(request), now=timezone.now()),
        said=lambda _telling: _("The letters are prepared. Nothing is sent before somebody else has approved them."),
        then=lambda telling: page_of(telling.pk),
        question=QUESTION,
        heading=_("Of what do we tell?"),
        about=_("Everybody who raised one of these gets one letter, with all of them that the person raised."),
        crumbs=crumbs(),
        submit=_("Prepare letters"),
        cancel_url=reverse("loop_list"),
    )


@require_safe
@specialists_only
def telling_detail(request: ProgramRequest, pk: int) -> HttpResponse:
    """Show the words and whom they reach; after it was sent, what became of each letter."""
    telling = get_object_or_404(tellings(), pk=pk)
    parts = parts_of(telling)
    context: dict[str, Any] = {"telling": telling, "parts": parts}
    if telling.state == Telling.State.DRAFT:
        found = recipients_of(parts, today=today(), ask_again_days=again_days())
        context |= {
            "found": found,
            "left_out": (found.left_out[:FIRST_LEFT_OUT], found.left_out[FIRST_LEFT_OUT:]),
            "sample": sample_of(telling, found),
            "is_own": is_own_work(person(request), telling.prepared_by_id),
        }
    else:
        outbox = outbox_of(telling)
        letters = letters_of(telling)
        context["letters"] = [LetterLine(letter, outbox.get(letter.contact_id)) for letter in letters]
        context["answered"] = sum(any(each.reply for each in letter.entries.all()) for letter in letters)
        context["asking"] = sum(any(each.part.asks for each in letter.entries.all()) for letter in letters)
    return render(request, "improvements/telling_detail.html", context)


@dataclass(frozen=True, slots=True)
class LetterLine:
    """A letter with its row in the outbox, None where that is not kept any more."""

    letter: LoopLetter
    row: OutboxMessage | None

    @property
    def may_go_again(self) -> bool:
        return self.row is not None and self.row.state in MAY_GO_AGAIN

    @property
    def may_bounce(self) -> bool:
        return self.row is not None and self.row.state == OutboxMessage.State.SENT

    @property
    def became(self) -> str:
        if self.row is None:
            return str(_("no letter is kept"))
        return (
            f"{self.row.get_state_display()} ({self.row.reason})" if self.row.reason else self.row.get_state_display()
        )


def sample_of(telling: Telling, found: Recipients) -> Any:
    """Return the first person's letter as it would be sent, without its keys."""
    if not found.going:
        return None
    contact, parts = found.going[0]
    letter = LoopLetter(telling=telling, contact=contact)
    return letter_to(
        letter=letter,
        entries=[LoopEntry(letter=letter, part=part) for part in parts],
        page_link=_("(the personal link)"),
        unsubscribe_link=_("(the link to say no)"),
        expires_at=timezone.now() + ANSWER_WITHIN,
    )


@specialists_only
@require_http_methods(METHODS)
def telling_update(request: ProgramRequest, pk: int) -> HttpResponseBase:
    telling = get_object_or_404(tellings(), pk=pk)
    form = TellingForm(posted(request), telling=telling, parts=parts_of(telling))
    return answer_form(
        request,
        form,
        lambda data: services.change_telling(
            telling=telling, subject=data["subject"], intro=data["intro"], words=form.words(), by=person(request),
            now=timezone.now(),
        ),
        said=lambda _telling: _("Saved."),
        then=lambda _telling: page_of(pk),
        question=QUESTION,
        heading=_("What do the letters say?"),
        about=_("Whoever writes the words last does not approve them."),
        crumbs=crumbs(telling),
        cancel_url=page_of(pk),
    )  # fmt: skip


@specialists_only
@require_http_methods(METHODS)
def telling_approve(request: ProgramRequest, pk: int) -> HttpResponseBase:
    """Show what would be sent to how many, then send it: twice is once."""
    telling = get_object_or_404(tellings(), pk=pk)
    parts = parts_of(telling)
    found = recipients_of(parts, today=today(), ask_again_days=again_days())
    n = len(found.going)
    return answer_form(
        request,
        ApproveForm(posted(request), initial={"shown": services.said_by(telling, parts)}),
        lambda data: services.approve_telling(
            telling=telling, shown=data["shown"], by=person(request), now=timezone.now(), ask_again_days=again_days()
        ),
        said=lambda _telling: _("Approved. The letters are on their way."),
        then=lambda _telling: page_of(pk),
        template="improvements/telling_approve.html",
        question=QUESTION,
        heading=ngettext("Send this letter to %(n)d person?", "Send these letters to %(n)d people?", n) % {"n": n},
        telling=telling,
        parts=parts,
        crumbs=crumbs(telling),
        cancel_url=page_of(pk),
    )


@specialists_only
@require_http_methods(METHODS)
def telling_discard(request: ProgramRequest, pk: int) -> HttpResponseBase:
    telling = get_object_or_404(tellings(), pk=pk)
    return answer_confirmation(
        request,
        lambda: services.discard_telling(telling=telling),
        said=_("The letters were discarded. Nobody was written to."),
        then=reverse("loop_list"),
        question=QUESTION,
        heading=_("Discard '%(subject)s'?") % {"subject": telling.subject},
        losses=[_("Its words are gone from the lists, and nobody is written to.")],
        crumbs=crumbs(telling),
        submit=_("Discard it"),
        cancel_url=page_of(pk),
    )
