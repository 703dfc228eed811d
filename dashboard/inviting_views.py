"""Asking by mail: whom to invite, a look at the letter, reminders, and what became of it all."""

from collections.abc import Callable
from datetime import datetime

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from customers.models import Contact
from dashboard.inviting_page import InviteForm, InvitePage, invitations_page, letter_form, previews
from dashboard.views import program_of
from functions.access import ProgramRequest, person, specialists_only
from functions.models import Program
from functions.selectors import program_day
from improvements.loop_again import send_telling_again
from improvements.loop_selectors import PURPOSE as LOOP
from interviews import inviting
from interviews.inviting import MOST_AT_ONCE, Invited, may_be_invited
from interviews.models import Invitation, Language, LetterPurpose, Round
from interviews.selectors import contacts_matching
from jobs import clock, outbox
from jobs.models import OutboxMessage
from web.forms import id_in
from web.saving import METHODS, Confirmation, answer_confirmation, answer_form, posted

LONGEST_SEARCH = 200


def wave_or_404(pk: int) -> Round:
    return get_object_or_404(Round, pk=pk, is_standing=False)


def again_days(request: ProgramRequest) -> int:
    return (program_of(request) or Program()).ask_again_days


def found_among(request: ProgramRequest, wave: Round, contacts: list[Contact]) -> Invited:
    today = program_day(timezone.now())
    return may_be_invited(contacts=contacts, round=wave, today=today, ask_again_days=again_days(request))


@require_safe
@specialists_only
def round_invitations(request: ProgramRequest, pk: int) -> HttpResponse:
    wave = wave_or_404(pk)
    asked = request.GET.get("q", "").replace("\0", "").strip()[:LONGEST_SEARCH]
    found = found_among(request, wave, contacts_matching(asked) if asked else [])
    page = invitations_page(wave=wave, asked=asked, found=found, now=clock.database_now())
    return render(request, "dashboard/invitations.html", {"page": page})


# ---- Inviting


def chosen(asked: QueryDict) -> list[Contact]:
    """Return the contacts whom an address names; what is no id is nobody's."""
    ids = {id_in(text) for text in asked.getlist("contact")[: MOST_AT_ONCE + 1]}
    return list(Contact.objects.filter(pk__in=ids).select_related("customer").order_by("name", "pk"))


@require_http_methods(METHODS)
@specialists_only
def round_invite(request: ProgramRequest, pk: int) -> HttpResponseBase:
    """Show whom a letter would go to and what it says; then invite them."""
    wave, contacts = wave_or_404(pk), chosen(request.GET)
    now = clock.database_now()
    found = found_among(request, wave, contacts)
    shown = previews(wave=wave, contacts=found.contacts, purpose=LetterPurpose.INVITATION, now=now)
    page = InvitePage(wave, found, shown)
    return answer_form(
        request,
        InviteForm(posted(request)),
        lambda data: inviting.invite(
            contacts=contacts,
            round=wave,
            invited_by=person(request),
            now=now,
            today=program_day(now),
            ask_again_days=again_days(request),
            starts_at=data["starts_at"],
        ),
        said=said_of_inviting,
        then=lambda _invited: reverse("round_invitations", args=[wave.pk]),
        template="dashboard/invite.html",
        page=page,
    )


def said_of_inviting(invited: Invited) -> str:
    n = len(invited.contacts)
    one, several = _("%(n)d contact is invited; the letter is on its way."), _("%(n)d contacts are invited by letter.")
    said = (one if n == 1 else several) % {"n": n}
    return " ".join([said, *(each.sentence for each in invited.refused)])


@require_http_methods(METHODS)
@specialists_only
def round_remind(request: ProgramRequest, pk: int) -> HttpResponseBase:
    """Show whom a reminder would go to and what it says; then write it."""
    wave, now = wave_or_404(pk), clock.database_now()
    waiting = list(inviting.to_be_reminded(wave, now=now))
    contacts = [each.interview.contact for each in waiting]
    shown = previews(wave=wave, contacts=contacts, purpose=LetterPurpose.REMINDER, now=now)
    return answer_form(
        request,
        Confirmation(posted(request)),
        lambda _data: inviting.remind(round=wave, now=now),
        said=lambda count: (
            ngettext("%(n)d reminder is on its way.", "%(n)d reminders are on their way.", count) % {"n": count}
        ),
        then=lambda _count: reverse("round_invitations", args=[wave.pk]),
        template="dashboard/remind.html",
        wave=wave,
        waiting=waiting,
        previews=shown,
    )


@require_http_methods(METHODS)
@specialists_only
def round_letter(request: ProgramRequest, pk: int, purpose: str, language: str) -> HttpResponseBase:
    wave = wave_or_404(pk)
    if purpose not in LetterPurpose.values or language not in Language.values:
        raise Http404
    kind, tongue = LetterPurpose(purpose), Language(language)
    return answer_form(
        request,
        letter_form(wave, purpose, language, posted(request)),
        lambda data: inviting.write_round_letter(round=wave, purpose=purpose, language=language, **data),
        said=lambda _letter: _("Saved. Letters that are not sent yet say it, too."),
        then=lambda _letter: reverse("round_invitations", args=[wave.pk]),
        question=wave.name,
        heading=_("What does the %(kind)s say in %(language)s?") % {"kind": kind.label, "language": tongue.label},
        crumbs=crumbs_of(wave),
        cancel_url=reverse("round_invitations", args=[wave.pk]),
    )


def crumbs_of(wave: Round) -> list[tuple[str, str]]:
    return [(_("Rounds"), reverse("round_list")), (wave.name, reverse("round_invitations", args=[wave.pk]))]


# ---- One invitation, one letter


@require_http_methods(METHODS)
@specialists_only
def invitation_withdraw(request: ProgramRequest, pk: int) -> HttpResponseBase:
    found = Invitation.objects.select_related("interview__contact", "interview__round")
    invitation = get_object_or_404(found, pk=pk)
    wave, contact = invitation.interview.round, invitation.interview.contact
    return answer_confirmation(
        request,
        lambda: inviting.withdraw(invitation=invitation, now=clock.database_now()),
        said=_("The invitation is withdrawn."),
        then=reverse("round_invitations", args=[wave.pk]),
        question=_("Withdraw an invitation"),
        heading=_("Withdraw the invitation of %(name)s?") % {"name": contact.name},
        crumbs=crumbs_of(wave),
        losses=[
            _("The link of the letter opens nothing any more, and no reminder follows."),
            _("The interview is cancelled; what was filled in and not sent is not counted."),
        ],
        submit=_("Withdraw"),
        cancel_url=reverse("round_invitations", args=[wave.pk]),
    )


@require_POST
@specialists_only
def letter_again(request: ProgramRequest, pk: int) -> HttpResponse:
    return letter_step(request, pk, send_again, _("The letter is tried again."), now=clock.database_now())


def send_again(*, letter: OutboxMessage, now: datetime) -> OutboxMessage:
    """What a letter of the loop says can be old by now, or told by another one; an invitation is composed anew."""
    service = send_telling_again if letter.purpose == LOOP else outbox.send_again
    return service(letter=letter, now=now)


@require_POST
@specialists_only
def letter_bounced(request: ProgramRequest, pk: int) -> HttpResponse:
    said = _("Noted: the letter came back. Correct the address, then send it again.")
    return letter_step(request, pk, outbox.note_bounce, said, now=clock.database_now())


def letter_step(
    request: HttpRequest, pk: int, service: Callable[..., OutboxMessage], said: str, *, now: datetime
) -> HttpResponse:
    """Do one thing with a letter and go back to where it stands, with what was done or why not."""
    letter = get_object_or_404(OutboxMessage, pk=pk, purpose__in=[*LetterPurpose.values, LOOP])
    try:
        service(letter=letter, now=now)
    except ValidationError as refusal:
        for sentence in refusal.messages:
            messages.error(request, sentence)
    else:
        messages.success(request, said)
    if letter.purpose == LOOP:
        return redirect("telling_detail", -letter.wave)
    return redirect("round_invitations", letter.wave)
