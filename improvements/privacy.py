"""What is kept of ambassadors and of replies about actions: told whole; erased but for days and yes or no.

What people write about actions may name a contact: the name is taken out."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.personal_data import (
    Erasing,
    Holding,
    Outlook,
    Room,
    finds,
    mentioned,
    register_room,
    row_of,
    without,
)
from improvements.action_files import reword_file, spaced
from improvements.action_models import Action, ActionComment, Cause, Confirmation, StageChange
from improvements.file_kinds import WRITTEN, text_in
from improvements.file_models import ActionFile
from improvements.loop_models import LoopEntry, LoopLetter, LoopLink, Telling, TellingPart
from improvements.models import Ambassador, AmbassadorAsk
from improvements.publication_models import Publication, PublishedAction
from improvements.report_models import Report
from improvements.reports import WITH_WORDS, mentions_in, reword
from improvements.review_models import Review, ReviewDecision, ReviewNote
from improvements.scenario_models import Scenario

HOLDINGS = (
    Holding("improvements.Ambassador", contact=("agreed_source",), user=("noted_by_name",)),
    Holding("improvements.AmbassadorAsk", contact=("about", "despite", "outcome_words"), user=("asked_by_name",)),
    Holding(
        "improvements.Action",
        user=("created_by_name",),
        other=("title", "problem", "containment", "plan", "done_words", "prevention", "origin_key", "entry"),
    ),
    Holding("improvements.Action_requirements", nothing="what an action is about"),
    Holding("improvements.StageChange", user=("changed_by_name",), other=("why",)),
    Holding("improvements.Cause", other=("text",)),
    Holding("improvements.ActionComment", user=("written_by_name",), other=("text", "entry")),
    Holding("improvements.ActionFile", user=("uploaded_by_name",), other=("name", "content", "sha256")),
    Holding("improvements.Mention", nothing="that a comment names an account"),
    Holding("improvements.Confirmation", contact=("note",), user=("noted_by_name",)),
    Holding("improvements.Initiative", user=("created_by_name",), other=("name", "purpose", "internal_reason")),
    Holding(
        "improvements.InitiativeDecision",
        user=("decided_by_name",),
        other=("reason", "believed", "inputs_digest", "entry"),
    ),
    *(
        Holding(f"improvements.{name}", nothing="which initiative changes, needs or excludes what")
        for name in ("InitiativeEffect", "InitiativeNeed", "InitiativeExclusion")
    ),
    Holding("improvements.Scenario", user=("created_by_name",), other=("name", "note", "moves", "believed", "entry")),
    Holding("improvements.BeliefAsking", user=("created_by_name",), other=("title", "figures", "entry")),
    # Whose they are the account says; where it goes, nobody knows any more.
    Holding("improvements.BeliefSheet", nothing="that an account was asked, and when it handed in"),
    Holding("improvements.Belief", nothing="points of 10 and of 100 that an account believed"),
    Holding("improvements.Telling", user=("prepared_by_name", "approved_by_name"), other=("subject", "intro")),
    Holding("improvements.TellingPart", other=("words",)),
    Holding("improvements.LoopLetter", nothing="that a letter went to somebody, whose name is in the register"),
    Holding("improvements.LoopEntry", nothing="yes, partly or no; the words are in the interview made of it"),
    Holding(
        "improvements.Publication",
        user=("prepared_by_name", "approved_by_name", "withdrawn_by_name"),
        other=("intro",),
    ),
    Holding("improvements.PublishedAction", other=("said", "did")),
    Holding("improvements.LoopLink", nothing="the digest of a key, and how long it works"),
    Holding("improvements.FindingAside", user=("put_by_name",), other=("key", "reason")),
    Holding(
        "improvements.Report", user=("made_by_name",), other=("kind", "title", "article", "pdf", "digest", "pdf_digest")
    ),
    Holding("improvements.Review", user=("created_by_name", "closed_by_name"), other=("title", "took_part", "entry")),
    Holding("improvements.ReviewNote", other=("section", "text")),
    Holding("improvements.ReviewDecision", other=("sentence", "entry")),
)
# A shorter text is what many say.
SHORTEST_WORDS = 12
# What people write about actions, where a name may slip in.
COPIES: tuple[tuple[type[Model], tuple[str, ...]], ...] = (
    (Action, ("title", "problem", "containment", "plan", "done_words", "prevention")),
    (StageChange, ("why",)),
    (Cause, ("text",)),
    (ActionComment, ("text",)),
    (Telling, ("subject", "intro")),
    (TellingPart, ("words",)),
    (Publication, ("intro",)),
    (PublishedAction, ("said", "did")),
    (Review, ("title", "took_part")),
    (ReviewNote, ("text",)),
    (ReviewDecision, ("sentence",)),
    (Scenario, ("name", "note")),
)
WORDS = ("about", "despite", "outcome_words")


def asks_of(contact_id: int) -> QuerySet[AmbassadorAsk]:
    asked = AmbassadorAsk.objects.filter(ambassador__contact=contact_id).order_by("asked_on", "pk")
    return asked.select_related("prospect", "asked_by")


def entries_of(contact_id: int) -> QuerySet[LoopEntry]:
    rows = LoopEntry.objects.filter(letter__contact=contact_id)
    return rows.select_related("part", "interview").order_by("pk")


def told(contact_id: int) -> Mapping[str, Any]:
    rows = Ambassador.objects.filter(contact=contact_id).select_related("noted_by")
    replies = Confirmation.objects.filter(contact=contact_id).select_related("action", "noted_by")
    return {
        "confirmations": [row_of(each, leave_out=("contact",)) for each in replies],
        "told_and_asked": [row_of(each, leave_out=("letter",)) for each in entries_of(contact_id)],
        "ambassador": [row_of(each, leave_out=("contact",)) for each in rows],
        "asked_as_ambassador": [row_of(each, leave_out=("ambassador",)) for each in asks_of(contact_id)],
    }


def mentions(contact_id: int) -> Iterable[str]:
    said = [*asks_of(contact_id).values_list(*WORDS)]
    said += Confirmation.objects.filter(contact=contact_id).values_list("note")
    return [text for row in said for text in row if len(text) >= SHORTEST_WORDS]


def copies_with(found_by: "re.Pattern[str]") -> Iterator[tuple[Any, list[str]]]:
    """Yield each record about actions that names the contact or repeats the contact's words, with where it does."""
    for model, columns in COPIES:
        for record in model._default_manager.order_by("pk").iterator():  # noqa: SLF001
            if hit := [name for name in columns if mentioned(getattr(record, name), found_by)]:
                yield record, hit


def finds_in_files(names: Iterable[str]) -> "re.Pattern[str] | None":
    """Return what finds these strings in files, too, whose names have no spaces."""
    found = {each for name in names for each in (name, spaced(name))}
    return finds(sorted(found, key=lambda each: (-len(each), each)))


def files_with(found_by: "re.Pattern[str]") -> Iterator[ActionFile]:
    """Yield each file of an action whose name or text names the contact. What is in other files nobody reads here."""
    for file in ActionFile.objects.order_by("pk").defer("content").iterator(chunk_size=1):
        text = (text_in(bytes(file.content)) or "") if file.kind in WRITTEN else ""
        if any(mentioned(each, found_by) for each in (file.name, spaced(file.name), text)):
            yield file


def reports_with(found_by: "re.Pattern[str]") -> Iterator[Report]:
    rows = Report.objects.filter(kind__in=WITH_WORDS).order_by("pk").select_related("snapshot")
    for report in rows.defer("pdf", "snapshot__content").iterator(chunk_size=1):
        if mentions_in(report, lambda text: mentioned(text, found_by)):
            yield report


def told_by_mentions(names: tuple[str, ...]) -> Mapping[str, Any]:
    found_by, in_files = finds(names), finds_in_files(names)
    if found_by is None or in_files is None:
        return {}
    return {
        "actions": [
            {"what": str(record._meta.verbose_name), "columns": {name: getattr(record, name) for name in columns}}  # noqa: SLF001
            for record, columns in copies_with(found_by)
        ],
        "reports": [{"title": each.title, "as_of": each.snapshot.as_of.isoformat()} for each in reports_with(found_by)],
        "files_of_actions": [{"action": file.action_id, "name": file.name} for file in files_with(in_files)],
    }


def erase(erasing: Erasing) -> None:
    """Delete the words about the person; nobody asks an erased person, because consent is gone with the person."""
    AmbassadorAsk.objects.filter(ambassador__contact=erasing.contact_id).update(**dict.fromkeys(WORDS, ""))
    Ambassador.objects.filter(contact=erasing.contact_id).update(agreed_source=_("erased"))
    Confirmation.objects.filter(contact=erasing.contact_id).update(note="")
    LoopLink.objects.filter(letter__contact=erasing.contact_id).delete()
    if found_by := finds(erasing.mentions):
        for record, columns in copies_with(found_by):
            for name in columns:
                # What takes the place of a name may be longer than it, and a title has an end.
                longest = record._meta.get_field(name).max_length  # noqa: SLF001
                setattr(record, name, without(getattr(record, name), found_by)[:longest])
            record.save(update_fields=columns)
        in_files = finds_in_files(erasing.mentions) or found_by
        for file in files_with(in_files):
            reword_file(file=file, change=lambda text: str(without(text, in_files)))
        # A frozen review repeats what was written there, a report of a customer what was said.
        for report in Report.objects.filter(kind__in=WITH_WORDS).order_by("pk").defer("pdf").iterator(chunk_size=1):
            reword(report=report, change=lambda text: str(without(text, found_by)))


def outlook(contact_id: int) -> Outlook:
    count = asks_of(contact_id).count()
    stays = ngettext(
        "%(n)d time that an ambassador was asked: the day, the prospect and the outcome, without words and name.",
        "%(n)d times that an ambassador was asked: days, prospects and outcomes, without words and name.",
        count,
    )
    replies = Confirmation.objects.filter(contact=contact_id).count()
    confirmed = ngettext(
        "%(n)d reply whether something is fixed: yes or no and the day, without words and name.",
        "%(n)d replies whether something is fixed: yes or no and the days, without words and name.",
        replies,
    )
    written = LoopLetter.objects.filter(contact=contact_id).count()
    letters = ngettext(
        "%(n)d letter about what became of it: that it was sent, and yes, partly or no, without words and name.",
        "%(n)d letters about what became of it: that they were sent, and yes, partly or no, without words and name.",
        written,
    )
    unread = ActionFile.objects.exclude(kind__in=WRITTEN).count()
    files = ngettext(
        "%(n)d PDF, picture or spreadsheet is attached to an action. What is in it is not searched: look at it.",
        "%(n)d PDFs, pictures and spreadsheets are attached to actions. What is in them is not searched: look at them.",
        unread,
    )
    return Outlook(
        stays=(
            *((files % {"n": unread},) if unread else ()),
            *((letters % {"n": written},) if written else ()),
            *((stays % {"n": count},) if count else ()),
            *((confirmed % {"n": replies},) if replies else ()),
        )
    )


register_room(
    Room(
        name="improvements",
        holdings=HOLDINGS,
        told=told,
        mentions=mentions,
        outlook=outlook,
        erase=erase,
        told_by_mentions=told_by_mentions,
    )
)
