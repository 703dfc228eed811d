"""The pages on which specialists ask by mail: who was invited to a round, whom to invite, and what the letter says."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.mailing import public_address
from customers.models import Contact
from interviews.inviting import MOST_REMINDERS, Invited, invitations_of, to_be_reminded
from interviews.letters import ANSWER_WITHIN, STILL_ASKED, Letter, language_of, letter_to, words_of_round
from interviews.models import Interview, Invitation, Language, LetterPurpose, Round, RoundLetter
from jobs.models import OutboxMessage
from jobs.outbox import MAY_GO_AGAIN
from web.forms import layout

Mail = OutboxMessage.State
LETTER_WORDS = dict(Mail.choices)
MOST_SHOWN = 200
NO_KEY = "…"


class RoundLetterForm(forms.ModelForm):
    class Meta:
        model = RoundLetter
        fields = ("subject", "intro")
        widgets: Any = {"intro": forms.Textarea(attrs={"rows": 8})}  # noqa: RUF012  # as Django wants it
        help_texts: Any = {  # noqa: RUF012  # as Django wants it
            "intro": _(
                "Between the greeting and the link, which every letter has. Plain text; nothing in it is special."
            )
        }

    helper = layout("subject", "intro")


class InviteForm(forms.Form):
    """When the talk is to be, if it is one; whom it concerns stands in the address."""

    starts_at = forms.DateTimeField(
        label=_("Date of a talk"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=_(
            "Only if you want to talk: the letter then names it and brings a calendar file. By the program's clock."
        ),
    )

    helper = layout("starts_at")


@dataclass(frozen=True, slots=True)
class Preview:
    """A letter as one of its readers will see it, without a key that works."""

    language: str
    reader: Contact
    count: int
    letter: Letter


def previews(
    *, wave: Round, contacts: Sequence[Contact], purpose: str, now: datetime, starts_at: datetime | None = None
) -> list[Preview]:
    """Return one letter for each language that the contacts need."""
    counts = Counter(language_of(each) for each in contacts)
    first = {language_of(each): each for each in reversed(contacts)}
    return [
        Preview(
            str(language.label),
            first[language],
            counts[language],
            letter_to(
                invitation=Invitation(interview=Interview(contact=first[language], round=wave), starts_at=starts_at),
                purpose=purpose,
                answer_link=public_address(f"/a/{NO_KEY}/"),
                unsubscribe_link=public_address(f"/u/{NO_KEY}/"),
                expires_at=now + ANSWER_WITHIN,
            ),
        )
        for language in Language
        if language in first
    ]


@dataclass(frozen=True)
class InvitePage:
    """Whom a letter would go to, who is left out and why, and what it would say."""

    round: Round
    found: Invited
    previews: list[Preview]

    @property
    def heading(self) -> str:
        n = len(self.found.contacts)
        if not n:
            return "None of them can be invited now"
        return ngettext("Invite %(n)d contact by mail?", "Invite %(n)d contacts by mail?", n) % {"n": n}


@dataclass(frozen=True, slots=True)
class Line:
    """One invitation: who, how far, what became of the letter, and what can be done."""

    invitation: Any

    @property
    def state(self) -> str:
        return str(self.invitation.interview.get_state_display())

    @property
    def letter(self) -> str:
        words = str(LETTER_WORDS.get(self.invitation.letter_state, ""))
        return f"{words} ({self.invitation.letter_reason})" if self.invitation.letter_reason else words

    @property
    def is_wrong(self) -> bool:
        return self.invitation.letter_state in MAY_GO_AGAIN

    @property
    def may_go_again(self) -> bool:
        return self.is_wrong and self.may_withdraw

    @property
    def may_bounce(self) -> bool:
        return self.invitation.letter_state == Mail.SENT and self.may_withdraw

    @property
    def may_withdraw(self) -> bool:
        return self.invitation.interview.state in STILL_ASKED


@dataclass(frozen=True)
class InvitationsPage:
    """How the invitations of a round stand."""

    round: Round
    lines: list[Line]
    to_remind: int
    asked: str
    found: Invited

    @cached_property
    def states(self) -> Counter[str]:
        return Counter(line.invitation.interview.state for line in self.lines)

    @property
    def answer(self) -> str:
        if not self.lines:
            return "Nobody was invited by mail yet."
        answered, n = self.states[Interview.State.COMPLETED], len(self.lines)
        return f"{answered} of {n} invited {'has' if n == 1 else 'have'} answered."

    @property
    def sub(self) -> str:
        wrong = sum(line.is_wrong for line in self.lines)
        if not wrong:
            return "Each letter has a link of its own, which works for 30 days and ends with the answers."
        return f"{wrong} {'letter' if wrong == 1 else 'letters'} did not arrive, as far as we know: see below."

    @property
    def reminders(self) -> str:
        sent = sum(line.invitation.reminders for line in self.lines)
        return f"{sent} {'reminder' if sent == 1 else 'reminders'} so far, at most {MOST_REMINDERS} each"

    @property
    def is_cut(self) -> bool:
        return len(self.lines) == MOST_SHOWN

    letters = tuple((purpose, language) for purpose in LetterPurpose for language in Language)


def invitations_page(*, wave: Round, asked: str, found: Invited, now: datetime) -> InvitationsPage:
    lines = [Line(each) for each in invitations_of(wave)[:MOST_SHOWN]]
    return InvitationsPage(wave, lines, to_be_reminded(wave, now=now).count(), asked, found)


def letter_form(wave: Round, purpose: str, language: str, data: Any) -> RoundLetterForm:
    subject, intro = words_of_round(wave, purpose, language)
    letter = RoundLetter.objects.filter(round=wave, purpose=purpose, language=language).first()
    unsaved = RoundLetter(round=wave, purpose=purpose, language=language, subject=subject, intro=intro)
    return RoundLetterForm(data, instance=letter or unsaved)
