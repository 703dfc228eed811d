"""What is kept of ambassadors: told whole; erased but for when somebody was asked for which prospect."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.personal_data import Erasing, Holding, Outlook, Room, register_room, row_of
from improvements.models import Ambassador, AmbassadorAsk

HOLDINGS = (
    Holding("improvements.Ambassador", contact=("agreed_source",), user=("noted_by_name",)),
    Holding("improvements.AmbassadorAsk", contact=("about", "despite", "outcome_words"), user=("asked_by_name",)),
    Holding("improvements.FindingAside", user=("put_by_name",), other=("key", "reason")),
    Holding("improvements.Report", user=("made_by_name",), other=("kind", "title", "article", "pdf", "digest")),
)
# A shorter text is what many say.
SHORTEST_WORDS = 12
WORDS = ("about", "despite", "outcome_words")


def asks_of(contact_id: int) -> QuerySet[AmbassadorAsk]:
    asked = AmbassadorAsk.objects.filter(ambassador__contact=contact_id).order_by("asked_on", "pk")
    return asked.select_related("prospect", "asked_by")


def told(contact_id: int) -> Mapping[str, Any]:
    rows = Ambassador.objects.filter(contact=contact_id).select_related("noted_by")
    return {
        "ambassador": [row_of(each, leave_out=("contact",)) for each in rows],
        "asked_as_ambassador": [row_of(each, leave_out=("ambassador",)) for each in asks_of(contact_id)],
    }


def mentions(contact_id: int) -> Iterable[str]:
    said = asks_of(contact_id).values_list(*WORDS)
    return [text for row in said for text in row if len(text) >= SHORTEST_WORDS]


def erase(erasing: Erasing) -> None:
    """Delete the words about the person; nobody asks an erased person, because consent is gone with the person."""
    AmbassadorAsk.objects.filter(ambassador__contact=erasing.contact_id).update(**dict.fromkeys(WORDS, ""))
    Ambassador.objects.filter(contact=erasing.contact_id).update(agreed_source=_("erased"))


def outlook(contact_id: int) -> Outlook:
    count = asks_of(contact_id).count()
    stays = ngettext(
        "%(n)d time that an ambassador was asked: the day, the prospect and the outcome, without words and name.",
        "%(n)d times that an ambassador was asked: days, prospects and outcomes, without words and name.",
        count,
    )
    return Outlook(stays=(stays % {"n": count},) if count else ())


register_room(Room(name="improvements", holdings=HOLDINGS, told=told, mentions=mentions, outlook=outlook, erase=erase))
