"""Sending a letter of the loop again, asked anew: it may be old by now, or told by another one."""

from collections.abc import Sequence
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.models import Contact
from improvements.action_models import Action
from improvements.loop_letters import entries_of
from improvements.loop_models import LoopEntry, LoopLetter
from improvements.loop_selectors import (
    check_not_told_lately,
    entries_sent,
    is_told,
    is_true_still,
    newest_letters,
    told_on,
)
from jobs import outbox
from jobs.models import OutboxMessage


@transaction.atomic
def send_telling_again(*, letter: OutboxMessage, now: datetime) -> OutboxMessage:
    """Have a letter that did not arrive tried again.

    Raises ValidationError where an action moved on or was called off since, where another letter told the person of it,
    and where another letter went to the person within a fortnight.
    """
    told = LoopLetter.objects.select_related("telling").filter(telling=-letter.wave, contact=letter.recipient).first()
    if told is not None:
        actions = told.entries.values_list("part__action", flat=True)
        # In the order of an approval, which writes to the same people.
        list(Action.objects.select_for_update(of=("self",)).filter(pk__in=list(actions)).order_by("pk"))
        contact = Contact.objects.select_for_update(no_key=True).get(pk=told.contact_id)
        entries = entries_of(told)
        check_is_true_still(entries)
        check_not_told_otherwise(told, entries, contact)
        letters = newest_letters([contact], besides=told).get(contact.pk, {})
        check_not_told_lately(contact, letters, False, timezone.localtime(now).date(), 0)
    return outbox.send_again(letter=letter, now=now)


def check_is_true_still(entries: Sequence[LoopEntry]) -> None:
    for entry in entries:
        if not is_true_still(entry):
            message = _("'%(title)s' moved on since, so what the letter says is not true any more. Prepare a new one.")
            raise ValidationError(message, code="moved", params={"title": entry.part.action.title})


def check_not_told_otherwise(letter: LoopLetter, entries: Sequence[LoopEntry], contact: Contact) -> None:
    actions = {entry.part.action_id: entry.part.action for entry in entries}
    for other in entries_sent(actions).filter(letter__contact=contact).exclude(letter=letter):
        action, is_newer = actions[other.part.action_id], other.letter.telling_id > letter.telling_id
        if is_newer or is_told(other, action):
            message = _("%(name)s was told of '%(title)s' by another letter on %(day)s. Nothing is told twice.")
            params = {"name": contact.name, "title": action.title, "day": told_on(other).isoformat()}
            raise ValidationError(message, code="told", params=params)
