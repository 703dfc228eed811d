"""Personal links: what a key opens, and the few things that its holder may do. Keys are looked up by their digest."""

from collections.abc import Mapping
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import digest_of
from customers.hearing import hearing
from customers.models import Contact
from customers.services import opt_out
from interviews.guide_models import GuideQuestion
from interviews.guide_script import WORDS
from interviews.guide_selectors import questions_of_version, version_of
from interviews.guided_services import Given, record_reply
from interviews.inviting import end_links
from interviews.letters import STILL_ASKED, language_of
from interviews.models import LONGEST_TEXT, Interview, Invitation, PersonalLink
from interviews.parts import Importance, Perception, RequiredLevel
from interviews.selectors import Question
from interviews.services import (
    change_interview,
    change_interview_state,
    complete_interview,
    lock_interview,
    record_answer,
    record_verbatim,
)
from jobs.outbox import cancel_letters

State = Interview.State
Purpose = PersonalLink.Purpose
# Drafts of words are named by requirement and product, by this, or by the question of a guide that they answer.
ABOUT_ALL = "all"
GUIDED, OUTCOME = "guide:", "outcome:"
LONGEST_SECRET = 100
UNSUBSCRIBED = "link in a letter"


def link_of(*, secret: str, purpose: str, now: datetime) -> PersonalLink | None:
    """Return the link that a key opens; None for every other text, without saying why (1 query).

    `now` is the database's: a clock of ours that is wrong neither lengthens nor shortens a link.
    """
    alive = PersonalLink.objects.filter(
        digest=digest_of(secret[:LONGEST_SECRET]), purpose=purpose, revoked_at=None, spent_at=None, expires_at__gt=now
    )
    found = alive.select_related("invitation__interview__contact").first()
    if found is not None and purpose == Purpose.ANSWER and found.invitation.interview.state not in STILL_ASKED:
        return None
    return found


def link_visited(link_id: int) -> PersonalLink | None:
    """Return the link behind a visit that began by its key, whatever became of it meanwhile (1 query)."""
    related = "invitation__interview__contact", "invitation__interview__customer", "invitation__interview__round"
    return PersonalLink.objects.filter(pk=link_id, purpose=Purpose.ANSWER).select_related(*related).first()


def check_can_answer(link: PersonalLink, *, now: datetime) -> None:
    """Raise ValidationError with a code that says what became of a link; its page has the words for it."""
    interview = Interview.objects.select_related("contact").get(pk=link.invitation.interview_id)
    if interview.state == State.COMPLETED:
        raise ValidationError(_("The answers were sent."), code="finished")
    if interview.contact.is_opted_out or not interview.contact.is_active:
        raise ValidationError(_("This person is not asked any more."), code="opted_out")
    if interview.state not in STILL_ASKED:
        code = "declined" if interview.state == State.DECLINED else "withdrawn"
        raise ValidationError(_("This interview is over."), code=code)
    if link.expires_at <= now or link.revoked_at or link.spent_at:
        raise ValidationError(_("This link has ended."), code="ended")


# ---- Answering


@transaction.atomic
def keep_answer(
    *,
    link: PersonalLink,
    question: Question,
    importance: Importance,
    level: RequiredLevel,
    perception: Perception,
    words: str,
    now: datetime,
) -> None:
    """Keep what was said about one question, in place of what was said before; it counts once it is sent.

    Raises ValidationError by part for a value outside its scale, and with a code of its own where the link has ended.
    """
    lock_interview(link.invitation.interview)
    check_can_answer(link, now=now)
    record_answer(
        interview=link.invitation.interview,
        requirement=question.requirement,
        product=question.product,
        importance=importance,
        level=level,
        perception=perception,
    )
    _keep_words(link, question.key, words)


@transaction.atomic
def keep_words(*, link: PersonalLink, words: str, now: datetime) -> None:
    """Keep what somebody says in own words beside all questions."""
    lock_interview(link.invitation.interview)
    check_can_answer(link, now=now)
    _keep_words(link, ABOUT_ALL, words)


@transaction.atomic
def keep_reply(*, link: PersonalLink, question: GuideQuestion, given: Given, now: datetime) -> None:
    """Keep what was said to a question of the round's guide; its words are a draft until everything is sent."""
    lock_interview(link.invitation.interview)
    check_can_answer(link, now=now)
    if question.kind in WORDS:
        _keep_words(link, draft_key(question.key), given.text)
        _keep_words(link, draft_key(question.key, of_outcome=True), given.outcome)
    if question.kind not in WORDS or given.nothing is not None:
        record_reply(interview=link.invitation.interview, question=question, given=given)


def draft_key(key: str, *, of_outcome: bool = False) -> str:
    """Return under which name the words that answer a question of a guide are kept until they are sent."""
    return f"{OUTCOME if of_outcome else GUIDED}{key}"


def _keep_words(link: PersonalLink, key: str, words: str) -> None:
    if len(words) > LONGEST_TEXT or "\0" in words:
        message = _("Enter at most %(longest)s characters, without the character NUL.")
        raise ValidationError({"words": ValidationError(message, code="text", params={"longest": LONGEST_TEXT})})
    invitation = Invitation.objects.select_for_update().get(pk=link.invitation_id)
    invitation.words = invitation.words | {key: words.strip()}
    invitation.save(update_fields=["words"])


@transaction.atomic
def finish(*, link: PersonalLink, order: Mapping[str, int], now: datetime, today: date) -> Interview:
    """Send the answers: the interview is completed as self-service, its links are spent. Twice is once.

    `order`: the place of each question, by key, in which its words are kept. Raises ValidationError with a code where
    the link has ended, or where nothing was said.
    """
    with hearing({link.invitation.interview.customer_id}):
        # In the order of every other door: the customer's lock first.
        interview = lock_interview(link.invitation.interview)
        check_can_answer(link, now=now)
        return _send(interview, link, order, now, today)


def _send(interview: Interview, link: PersonalLink, order: Mapping[str, int], now: datetime, today: date) -> Interview:
    invitation = Invitation.objects.select_for_update().get(pk=link.invitation_id)
    said = {key: words for key, words in invitation.words.items() if words}
    if not said and not interview.answers.exists():
        raise ValidationError(_("Nothing was answered yet."), code="nothing")
    _record_words(interview, said, order)
    changed = change_interview(
        interview=interview,
        held_on=today,
        mode=Interview.Mode.SELF_SERVICE,
        interviewer=interview.interviewer,
        round=interview.round,
        today=today,
    )
    done = complete_interview(interview=changed, now=now, today=today)
    invitation.links.filter(purpose=Purpose.ANSWER, spent_at=None).update(spent_at=now)
    cancel_letters(recipient=interview.contact_id, wave=interview.round_id, now=now)
    return done


def _record_words(interview: Interview, said: Mapping[str, str], order: Mapping[str, int]) -> None:
    """Write the drafts where each belongs, in the order of the questions; what the guide has no more are words."""
    language = language_of(interview.contact)
    version = version_of(interview) if any(key.startswith(GUIDED) for key in said) else None
    questions = {draft_key(each.key): each for each in questions_of_version(version)} if version else {}
    for key in sorted(said, key=lambda each: (order.get(each, len(order)), each)):
        if key.startswith(OUTCOME):
            continue
        if key in questions:
            outcome = said.get(draft_key(questions[key].key, of_outcome=True), "")
            given = Given(text=said[key], outcome=outcome, language=language)
            record_reply(interview=interview, question=questions[key], given=given)
        else:
            record_verbatim(interview=interview, text=said[key], language=language)


@transaction.atomic
def say_whether_to_quote(*, invitation: Invitation, may_quote: bool, today: date) -> Invitation:
    """Keep whether the words may be quoted, and since when."""
    locked = Invitation.objects.select_for_update().get(pk=invitation.pk)
    locked.may_quote, locked.may_quote_said_on = may_quote, today
    locked.save(update_fields=["may_quote", "may_quote_said_on"])
    return locked


@transaction.atomic
def say_whether_understood(*, interview: Interview, is_understood: bool, today: date) -> Interview:
    """Keep whether we understood what somebody told us, and since when: the loop is closed, or still open.

    Raises ValidationError for an interview that is not completed: nothing was understood yet.
    """
    locked = lock_interview(interview)
    if locked.state != State.COMPLETED:
        message = _("Nothing of this interview counts yet, so nothing can be confirmed. Complete it first.")
        raise ValidationError(message, code="not_completed")
    locked.is_understood, locked.understood_said_on = is_understood, today
    locked.save(update_fields=["is_understood", "understood_said_on"])
    return locked


# ---- Saying no


@transaction.atomic
def decline(*, link: PersonalLink, now: datetime) -> None:
    """Say no to this interview; raises ValidationError with a code where the link has ended."""
    lock_interview(link.invitation.interview)
    check_can_answer(link, now=now)
    _close(link.invitation, now=now)


def _close(invitation: Invitation, *, now: datetime) -> None:
    change_interview_state(interview=invitation.interview, state=State.DECLINED)
    Invitation.objects.filter(pk=invitation.pk).update(declined_at=now, words={})
    end_links(invitation, now=now)


@transaction.atomic
def unsubscribe(*, link: PersonalLink, now: datetime, today: date) -> None:
    """Note that a person does not want to be asked any more: open invitations end, no letter follows. Twice is once."""
    contact = link.invitation.interview.contact
    opt_out(contact=contact, on=today, source=UNSUBSCRIBED)
    cancel_letters(recipient=contact.pk, now=now)
    for invitation in open_invitations(contact):
        _close(invitation, now=now)


def open_invitations(contact: Contact) -> list[Invitation]:
    asked = Invitation.objects.filter(interview__contact=contact, interview__state__in=STILL_ASKED)
    return list(asked.select_related("interview__contact").order_by("pk"))
