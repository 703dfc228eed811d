"""Telling customers what became of it, and taking their answers: the only writers of the loop."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User, digest_of
from customers.hearing import hearing
from customers.models import Contact
from customers.services import check_not_erased, opt_out
from functions.selectors import is_own_work
from improvements.action_models import LONGEST_WHY, Action, Confirmation, Stage
from improvements.action_selectors import raisers_of
from improvements.actions import VERIFIED, ask_whether_fixed, record_confirmation
from improvements.loop_models import LONGEST_NEWS, LoopEntry, LoopLetter, LoopLink, Telling, TellingPart
from improvements.loop_selectors import PURPOSE, Recipients, parts_of, recipients_of, step_of
from improvements.loop_words import FIRST_INTRO, FIRST_SUBJECT, FIRST_WORDS
from interviews.answering import NewAnswer, products_of
from interviews.coding import LONGEST_NAME
from interviews.letters import sender_name
from interviews.links import UNSUBSCRIBED
from interviews.models import Answer, Coding, Interview
from interviews.parts import Perception
from interviews.services import complete_interview, plan_interview, record_answers, record_verbatim
from interviews.unasked import standing_round
from jobs.outbox import cancel_letters, write_letter
from requirements_catalog.models import Requirement

MOST_ACTIONS = 20
SOURCE = "loop"
LONGEST_SECRET = 100
# Those who answer by their own page note it themselves.
BY_PAGE = "the person, on their own page"
State = Telling.State


# ---- Preparing


@transaction.atomic
def prepare_telling(*, actions: Sequence[Action], by: User | None, by_name: str = "", now: datetime) -> Telling:
    """Keep a draft of what those who raised these actions are told, in words to begin with; nobody is written to.

    Raises ValidationError for none, for too many, for one that was called off, and for one that another draft tells of.
    """
    locked = lock_to_tell(actions)
    telling = Telling(
        subject=FIRST_SUBJECT,
        intro=FIRST_INTRO.replace("{company}", sender_name()),
        prepared_by=by,
        prepared_by_name=(by_name or str(by))[:LONGEST_NAME],
        prepared_at=now,
    )
    telling.full_clean(exclude={"prepared_by", "approved_by"})
    telling.save()
    TellingPart.objects.bulk_create(
        TellingPart(telling=telling, action=action, step=step_of(action), words=first_words(action))
        for action in locked
    )
    return telling


def lock_to_tell(actions: Sequence[Action]) -> list[Action]:
    """Read the actions anew under a lock, so that two who prepare at once see each other's draft."""
    if not actions or len(actions) > MOST_ACTIONS:
        message = _("Choose 1 to %(most)d actions to tell of.")
        raise ValidationError({"actions": ValidationError(message, code="count", params={"most": MOST_ACTIONS})})
    ids = [each.pk for each in actions]
    locked = list(Action.objects.select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk"))
    for action in locked:
        if action.stage == Stage.CANCELLED:
            message = _("'%(title)s' was called off: there is nothing to tell of it.")
            params = {"title": action.title}
            raise ValidationError({"actions": ValidationError(message, code="cancelled", params=params)})
    other = TellingPart.objects.filter(telling__state=State.DRAFT, action__in=ids).select_related("telling", "action")
    if there := other.first():
        message = _("%(name)s prepared letters about '%(title)s' already. Approve or discard those first.")
        params = {"name": there.telling.prepared_by_name, "title": there.action.title}
        raise ValidationError({"actions": ValidationError(message, code="prepared", params=params)})
    return locked


def first_words(action: Action) -> str:
    """Return what to begin with: what is required, and what is planned or was done, as far as it is written down."""
    what = " ".join(each.statement for each in action.requirements.all()) or action.title
    said = FIRST_WORDS[step_of(action)].replace("{what}", what)
    said = said.replace("{plan}", action.plan or action.title).replace("{done}", action.done_words or action.title)
    return said[:LONGEST_NEWS]


@transaction.atomic
def change_telling(
    *,
    telling: Telling,
    subject: str,
    intro: str,
    words: Mapping[int, str],
    by: User | None,
    by_name: str = "",
    now: datetime,
) -> Telling:
    """Put other words in a draft (`words`: by part); whoever wrote last is who may not approve them.

    Raises ValidationError for a telling that was sent or discarded.
    """
    locked = lock_draft(telling)
    locked.subject, locked.intro = " ".join(subject.split()), intro.strip()
    locked.prepared_by, locked.prepared_at = by, now
    locked.prepared_by_name = (by_name or str(by))[:LONGEST_NAME]
    locked.full_clean(exclude={"prepared_by", "approved_by"})
    locked.save()
    for part in locked.parts.all():
        part.words = words.get(part.pk, part.words).strip()
        part.full_clean(exclude={"telling", "action"})
        part.save(update_fields=["words"])
    return locked


@transaction.atomic
def discard_telling(*, telling: Telling) -> Telling:
    """Put a draft away; raises ValidationError for one that was sent: letters cannot be called back."""
    locked = lock_draft(telling)
    locked.state = State.DISCARDED
    locked.save(update_fields=["state"])
    return locked


def lock_draft(telling: Telling) -> Telling:
    locked = Telling.objects.select_for_update(of=("self",)).get(pk=telling.pk)
    if locked.state == State.SENT and locked.approved_at is not None:
        message = _("%(name)s approved it on %(day)s, and the letters are on their way. Nothing was sent twice.")
        params = {"name": locked.approved_by_name, "day": timezone.localtime(locked.approved_at).date().isoformat()}
        raise ValidationError(message, code="sent", params=params)
    if locked.state == State.DISCARDED:
        raise ValidationError(_("It was discarded. Prepare it anew."), code="discarded")
    return locked


# ---- Approving


def said_by(telling: Telling, parts: Sequence[TellingPart]) -> str:
    """Return a name of what the letters say: other words, or another step of an action, have another one."""
    meaning = (telling.subject, telling.intro, [(part.pk, part.step, part.words) for part in parts])
    return hashlib.sha256(repr(meaning).encode()).hexdigest()[:32]


@transaction.atomic
def approve_telling(
    *, telling: Telling, shown: str, by: User | None, by_name: str = "", now: datetime, ask_again_days: int
) -> Telling:
    """Send it: one letter in the outbox for each person who may be written to now; whoever is asked is noted as asked.

    Raises ValidationError for whoever wrote the words, for other words than were shown, where an action moved on since,
    where nobody may be written to, and the second time.
    """
    locked, today = lock_draft(telling), timezone.localtime(now).date()
    ids = locked.parts.values_list("action", flat=True)
    list(Action.objects.select_for_update(of=("self",)).filter(pk__in=list(ids)).order_by("pk"))
    parts = parts_of(locked)
    check_may_approve(locked, by)
    check_still_says(locked, parts, shown)
    going = lock_recipients(parts, today=today, ask_again_days=ask_again_days)
    locked.state, locked.approved_by, locked.approved_at = State.SENT, by, now
    locked.approved_by_name = (by_name or str(by))[:LONGEST_NAME]
    locked.save()
    for contact, its in going.going:
        letter = LoopLetter.objects.create(telling=locked, contact=contact)
        LoopEntry.objects.bulk_create(LoopEntry(letter=letter, part=part) for part in its)
        for part in its:
            if part.asks:
                ask_whether_fixed(
                    action=part.action, contact=contact, asked_on=today, by=by, by_name=locked.approved_by_name
                )
        # Negative: rounds have the positive ones, and their letters are found by them.
        write_letter(purpose=PURPOSE, recipient=contact.pk, wave=-locked.pk, now=now)
    return locked


def check_may_approve(telling: Telling, person: User | None) -> None:
    """Refuse an approval by whoever wrote the words; who is alone in the program has nobody to ask."""
    if is_own_work(person, telling.prepared_by_id):
        raise ValidationError(_("You wrote these words, so another specialist approves them."), code="own")


def check_still_says(telling: Telling, parts: Sequence[TellingPart], shown: str) -> None:
    if shown != said_by(telling, parts):
        message = _("Somebody changed the words since this page was opened. Nothing was sent: read them, then decide.")
        raise ValidationError(message, code="changed_meanwhile")
    for part in parts:
        if part.action.stage == Stage.CANCELLED or step_of(part.action) != part.step:
            message = _("'%(title)s' is '%(stage)s' by now, so the words are not true any more. Prepare it anew.")
            params = {"title": part.action.title, "stage": part.action.get_stage_display()}
            raise ValidationError(message, code="moved", params=params)


def lock_recipients(parts: Sequence[TellingPart], *, today: date, ask_again_days: int) -> Recipients:
    """Lock whom it may concern, in one order, and find out after the lock who is written to."""
    first = recipients_of(parts, today=today, ask_again_days=ask_again_days)
    ids = sorted(contact.pk for contact, _its in first.going)
    list(Contact.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk"))
    found = recipients_of(parts, today=today, ask_again_days=ask_again_days)
    going = [(contact, its) for contact, its in found.going if contact.pk in set(ids)]
    if not going:
        message = _("Nobody can be written to now: below stands why, person by person.")
        raise ValidationError(message, code="nobody")
    return Recipients(going, found.left_out)


# ---- What a key opens


def letter_of(*, secret: str, purpose: str, now: datetime) -> LoopLetter | None:
    """Return the letter that a key opens; None for every other text, without saying why (1 query)."""
    alive = LoopLink.objects.filter(digest=digest_of(secret[:LONGEST_SECRET]), purpose=purpose, expires_at__gt=now)
    if purpose == LoopLink.Purpose.READ:
        alive = alive.filter(letter__contact__is_opted_out=False, letter__contact__is_active=True)
    link = alive.select_related("letter__contact__customer", "letter__telling").first()
    return link.letter if link else None


def letter_visited(letter_id: int) -> LoopLetter | None:
    """Return the letter behind a visit that began by its key (1 query)."""
    rows = LoopLetter.objects.filter(pk=letter_id, contact__is_opted_out=False, contact__is_active=True)
    return rows.select_related("contact__customer", "telling").first()


@transaction.atomic
def stop_writing(*, letter: LoopLetter, now: datetime, today: date) -> None:
    """Note that a person does not want to be asked any more; what waits to be sent is taken back. Twice is once."""
    opt_out(contact=letter.contact, on=today, source=UNSUBSCRIBED)
    cancel_letters(recipient=letter.contact_id, now=now)


# ---- Answers


@transaction.atomic
def record_reply(*, entry: LoopEntry, reply: str, words: str, now: datetime) -> LoopEntry:
    """Keep whether it is fixed for somebody: as new evidence in the standing round, and as a reply about the action.

    Once for each question: what was answered before stands. 'Partly' is not fixed yet. Raises ValidationError for
    somebody who was erased, for a part that asks nothing, and for words that are too long.
    """
    today = timezone.localtime(now).date()
    contact = entry.letter.contact
    # In the order of every other door: the customer's lock first.
    with hearing({contact.customer_id}):
        locked = LoopEntry.objects.select_for_update(of=("self",)).select_related("part__action").get(pk=entry.pk)
        if locked.replied_at is not None:
            return locked
        if not locked.part.asks or reply not in LoopEntry.Reply.values:
            raise ValidationError(_("Choose yes, partly or no."), code="reply")
        action = Action.objects.select_for_update(of=("self",)).get(pk=locked.part.action_id)
        check_not_erased(Contact.objects.select_for_update(no_key=True).get(pk=contact.pk))
        is_fixed = reply == LoopEntry.Reply.YES
        may_confirm = action.stage in VERIFIED and raisers_of(action).filter(pk=contact.pk).exists()
        if may_confirm:
            record_confirmation(
                action=action,
                contact=contact,
                is_fixed=is_fixed,
                said_on=today,
                source=Confirmation.Source.LINK,
                note=note_of(reply, words),
                by=None,
                by_name=BY_PAGE,
                now=now,
            )
        locked.interview = record_evidence(locked, action, contact, is_fixed, words, now=now, today=today)
        locked.reply, locked.replied_at = reply, now
        locked.save()
    return locked


def note_of(reply: str, words: str) -> str:
    """Return the words as a reply about an action keeps them: cut off, and with 'partly', which it cannot say else."""
    said = " ".join(words.split())
    if reply == LoopEntry.Reply.PARTLY:
        said = f"{_('partly')}: {said}" if said else str(_("partly"))
    return said[:LONGEST_WHY]


def record_evidence(
    entry: LoopEntry, action: Action, contact: Contact, is_fixed: bool, words: str, *, now: datetime, today: date
) -> Interview | None:
    """Keep an interview of the standing round with what was said; None where nothing of it can be asked any more."""
    answers = answers_to(action, contact, is_fixed)
    if not answers and not words.strip():
        return None
    interview = plan_interview(
        contact=contact,
        round=standing_round(),
        held_on=today,
        mode=Interview.Mode.SELF_SERVICE,
        source=SOURCE,
        external_id=str(entry.pk),
        state=Interview.State.IN_PROGRESS,
    )
    if answers:
        record_answers(interview=interview, answers=answers)
    if words.strip():
        record_verbatim(interview=interview, text=words, language=contact.language)
    return complete_interview(interview=interview, now=now, today=today)


def answers_to(action: Action, contact: Contact, is_fixed: bool) -> list[NewAnswer]:
    """Return a perception for each active requirement of the action that this person raised, by product.

    For the products about which the person spoke; where only words are known, for those that the customer uses.
    """
    requirements = {each.pk: each for each in action.requirements.all() if each.state == Requirement.State.ACTIVE}
    offered = products_of(requirements)
    about = Q(requirement__in=requirements) | Q(requirement__merged_into__in=requirements)
    spoken = {
        (merged_into or requirement, product)
        for requirement, merged_into, product in Answer.objects.filter(about, contact=contact)
        .exclude(interview__source=SOURCE)
        .values_list("requirement_id", "requirement__merged_into_id", "product_id")
    }
    coded = Coding.objects.filter(about, verbatim__interview__contact=contact)
    in_words = {
        merged_into or requirement
        for requirement, merged_into in coded.values_list("requirement_id", "requirement__merged_into_id")
    }
    uses = set(contact.customer.product_uses.values_list("product_id", flat=True))
    pairs = spoken & offered
    answered = {requirement for requirement, _product in pairs}
    for requirement in sorted(in_words - answered):
        its = {pair for pair in offered if pair[0] == requirement}
        pairs |= {pair for pair in its if pair[1] in uses} or its
    products = {each.pk: each for req in requirements.values() for each in req.products.all()}
    return [
        NewAnswer(
            requirement=requirements[requirement], product=products[product], perception=Perception.fixed(is_fixed)
        )
        for requirement, product in sorted(pairs)
    ]
