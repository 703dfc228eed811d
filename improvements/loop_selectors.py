"""Reading the loop: who waits for which word of us, who was told, who answered, and who is left out of a letter."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db.models import Exists, Min, OuterRef, Q, QuerySet, TextChoices
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.models import Contact
from improvements.action_models import Action, Confirmation, Stage
from improvements.loop_models import STEP_OF, LoopEntry, LoopLetter, Step, Telling, TellingPart
from interviews.inviting import Refusal, asked_on, check_may_be_invited
from interviews.models import Answer, Coding, Interview, Part
from jobs.models import OutboxMessage

# Nobody gets two letters within these days; a question waits as long as any other request to answer does.
TELL_AGAIN = 14
MOST_LETTERS = 500
PURPOSE = "loop"
# A letter of which this became said nothing to anybody.
LOST = (OutboxMessage.State.FAILED, OutboxMessage.State.BOUNCED, OutboxMessage.State.CANCELLED)
# What was called off, or finished longer ago than this, is told to nobody any more.
LASTS = timedelta(days=365)


def actions_in_loop(*, today: date) -> QuerySet[Action]:
    """Return the actions of which people are told: those under way, and those in effect for up to a year."""
    recent = Q(done_on=None) | Q(done_on__gt=today - LASTS)
    return Action.objects.filter(recent).exclude(stage=Stage.CANCELLED).order_by("pk")


def step_of(action: Action) -> Step:
    return STEP_OF[Stage(action.stage)]


def tellings() -> QuerySet[Telling]:
    return Telling.objects.exclude(state=Telling.State.DISCARDED).order_by("-pk")


def parts_of(telling: Telling) -> list[TellingPart]:
    return list(telling.parts.select_related("action").prefetch_related("action__requirements").order_by("pk"))


# ---- Who raised what


def raised(actions: Collection[Action], *, contacts: Collection[int] | None = None) -> dict[tuple[int, int], date]:
    """Return since when each (contact, action) pair is known: the day of the first interview (3 queries).

    The same people as `raisers_of`, for many actions at once. `contacts`: of these only; None: of all.
    """
    about: defaultdict[int, set[int]] = defaultdict(set)
    through = Action.requirements.through.objects.filter(action__in=[each.pk for each in actions])
    for action, requirement in through.values_list("action_id", "requirement_id"):
        about[requirement].add(action)
    first: dict[tuple[int, int], date] = {}
    for contact, requirement, merged_into, day in _said_about(set(about), contacts):
        for action in about.get(requirement, set()) | about.get(merged_into or 0, set()):
            key = (contact, action)
            first[key] = min(day, first.get(key, day))
    return first


def _said_about(
    requirements: Collection[int], contacts: Collection[int] | None
) -> Iterator[tuple[int, int, int | None, date]]:
    about = Q(requirement__in=requirements) | Q(requirement__merged_into__in=requirements)
    known = Q(importance_state=Part.KNOWN) | Q(level_state=Part.KNOWN) | Q(perception_state=Part.KNOWN)
    done = Interview.State.COMPLETED
    answers = Answer.objects.filter(about, known, interview__state=done, contact__erased_on=None).order_by()
    coded = Coding.objects.filter(about, verbatim__interview__state=done).order_by()
    if contacts is not None:
        answers = answers.filter(contact__in=contacts)
        coded = coded.filter(verbatim__interview__contact__in=contacts)
    yield from answers.values_list("contact_id", "requirement_id", "requirement__merged_into_id").annotate(
        day=Min("interview__held_on")
    )
    yield from (
        coded.filter(verbatim__interview__contact__erased_on=None)
        .values_list("verbatim__interview__contact_id", "requirement_id", "requirement__merged_into_id")
        .annotate(day=Min("verbatim__interview__held_on"))
    )


# ---- Who was told what


def entries_sent(actions: Iterable[int]) -> QuerySet[LoopEntry]:
    """Return what people were told of actions, oldest first, without the letters that did not arrive."""
    sent = LoopEntry.objects.filter(~is_lost(), letter__telling__state=Telling.State.SENT)
    sent = sent.filter(part__action__in=list(actions))
    return sent.select_related("letter__telling", "part").order_by("letter__telling__approved_at", "pk")


def is_lost() -> Exists:
    """Say of an entry whether its letter did not arrive."""
    lost = OutboxMessage.objects.filter(purpose=PURPOSE, state__in=LOST)
    return Exists(lost.filter(recipient=OuterRef("letter__contact"), wave=-1 * OuterRef("letter__telling")))


def without_lost_questions(rows: QuerySet[Confirmation]) -> QuerySet[Confirmation]:
    """Leave out whoever was asked by a letter that did not arrive, and so was not asked.

    Person, action and day are all that joins the two, so a question that was noted by hand on the day of a lost letter
    is left out with it, until it is answered.
    """
    lost = LoopEntry.objects.filter(
        is_lost(),
        letter__contact=OuterRef("contact"),
        letter__telling__approved_at__date=OuterRef("asked_on"),
        part__action=OuterRef("action"),
        part__step=Step.CHANGED,
    )
    return rows.exclude(Exists(lost), is_fixed=None)


def told_on(entry: LoopEntry) -> date:
    approved_at = entry.letter.telling.approved_at
    assert approved_at is not None  # noqa: S101  # a constraint of what is sent
    return timezone.localtime(approved_at).date()


def is_told(entry: LoopEntry | None, action: Action) -> bool:
    """Whether what stands now was told: the same step, and not of what was done before it was done anew."""
    if entry is None or entry.part.step != step_of(action):
        return False
    return action.done_on is None or told_on(entry) >= action.done_on


def is_true_still(entry: LoopEntry) -> bool:
    """Whether what a letter says of an action is how it stands."""
    action = entry.part.action
    return action.stage != Stage.CANCELLED and is_told(entry, action)


# ---- Who gets a letter, and who does not


@dataclass(frozen=True, slots=True)
class Recipients:
    """Who gets one letter with which parts, and who is left out, each with a sentence."""

    going: list[tuple[Contact, list[TellingPart]]] = field(default_factory=list)
    left_out: list[Refusal] = field(default_factory=list)


def recipients_of(parts: Sequence[TellingPart], *, today: date, ask_again_days: int) -> Recipients:
    """Part those who raised something into who is written to now, by value, and who is not (8 queries).

    So many letters go at once; the others are left out, and are written to by the next ones about the same actions.
    """
    wanted = _not_told_yet(parts)
    found = Contact.objects.filter(pk__in=wanted).select_related("customer__value_band")
    contacts = sorted(found.order_by("customer__name", "pk"), key=lambda each: -each.customer.weight)
    asked = asked_on(contacts=contacts, today=today, ask_again_days=ask_again_days)
    letters = newest_letters(contacts)
    result = Recipients()
    for contact in contacts:
        its = wanted[contact.pk]
        asks = any(part.asks for part in its)
        try:
            check_may_be_invited(contact, is_in_round=False, asked_on=asked.get(contact.pk) if asks else None)
            check_not_told_lately(contact, letters.get(contact.pk, {}), asks, today, ask_again_days)
        except ValidationError as refusal:
            result.left_out.append(Refusal(contact, " ".join(refusal.messages)))
        else:
            if len(result.going) < MOST_LETTERS:
                result.going.append((contact, its))
            else:
                result.left_out.append(Refusal(contact, str(NEXT_TIME) % {"name": contact.name, "most": MOST_LETTERS}))
    return result


NEXT_TIME = _("%(name)s is written to next time: %(most)d letters go at once. Prepare letters again after these.")


def _not_told_yet(parts: Sequence[TellingPart]) -> dict[int, list[TellingPart]]:
    by_action = {part.action_id: part for part in parts}
    pairs = raised([part.action for part in parts])
    newest = {(entry.letter.contact_id, entry.part.action_id): entry for entry in entries_sent(by_action)}
    found: defaultdict[int, list[TellingPart]] = defaultdict(list)
    for contact, action in sorted(pairs):
        part = by_action[action]
        if not is_told(newest.get((contact, action)), part.action):
            found[contact].append(part)
    return dict(found)


def newest_letters(contacts: Collection[Contact], *, besides: LoopLetter | None = None) -> dict[int, dict[bool, date]]:
    """Return when each was written to last, `besides` one letter: with a question (True), and at all (False)."""
    found: defaultdict[int, dict[bool, date]] = defaultdict(dict)
    rows = LoopEntry.objects.filter(~is_lost(), letter__contact__in=contacts, letter__telling__state=Telling.State.SENT)
    rows = rows.exclude(letter=besides) if besides else rows
    for entry in rows.select_related("letter__telling", "part").order_by("letter__telling__approved_at", "pk"):
        day = told_on(entry)
        found[entry.letter.contact_id][False] = day
        if entry.part.asks:
            found[entry.letter.contact_id][True] = day
    return found


def check_not_told_lately(
    contact: Contact, letters: Mapping[bool, date], asks: bool, today: date, ask_again_days: int
) -> None:
    """Raise ValidationError for somebody who got a letter within a fortnight, or a question within the days between."""
    days = {False: TELL_AGAIN} | ({True: ask_again_days} if asks else {})
    for which, wait in days.items():
        day = letters.get(which)
        if day is not None and day > today - timedelta(days=wait):
            message = _("%(name)s got a letter on %(day)s. Wait until %(until)s.")
            until = day + timedelta(days=wait)
            params = {"name": contact.name, "day": day.isoformat(), "until": until.isoformat()}
            raise ValidationError(message, code="told_lately", params=params)


# ---- The list


class Standing(TextChoices):
    """How somebody stands in the loop of one action."""

    WAITS = "waits", _("waits for us")
    ASKED = "asked", _("was asked, no answer yet")
    TOLD = "told", _("was told")
    CONFIRMED = "confirmed", _("says that it is fixed")
    DENIED = "denied", _("says that it is not fixed")


WAITED_FOR = (Standing.WAITS, Standing.ASKED)


@dataclass(frozen=True, slots=True)
class InLoop:
    """One person in the loop of one action. `since`: the day from which on the next word is waited for."""

    contact: Contact
    action: Action
    raised_on: date
    state: Standing
    told_on: date | None
    answered_on: date | None
    reply: str
    since: date
    today: date

    @property
    def pk(self) -> str:
        return f"{self.contact.pk}-{self.action.pk}"

    @property
    def step(self) -> Step:
        return step_of(self.action)

    @property
    def days(self) -> int | None:
        """How long it has waited for us, or for the answer; None where nothing is waited for."""
        return (self.today - self.since).days if self.state in WAITED_FOR else None

    @property
    def weight(self) -> int:
        return (self.contact.customer.merged_into or self.contact.customer).weight

    @property
    def hindrance(self) -> str:
        """Why no letter can reach the person, whatever it says."""
        try:
            check_may_be_invited(self.contact, is_in_round=False, asked_on=None)
        except ValidationError as refusal:
            return " ".join(refusal.messages)
        return ""


def people_of(customer_id: int) -> set[int]:
    """Return the contacts of a customer, and of those that are merged into it."""
    whose = Q(customer=customer_id) | Q(customer__merged_into=customer_id)
    return set(Contact.objects.filter(whose).values_list("pk", flat=True))


def people_in_loop(
    actions: Sequence[Action],
    *,
    today: date,
    until: date | None = None,
    contacts: Collection[int] | None = None,
    pairs: Mapping[tuple[int, int], date] | None = None,
) -> list[InLoop]:
    """Return everybody who raised what these actions are about, once for each of them (6 queries). `until`: as it
    stood on that day, what was said and told later left out. `contacts`: these people only. `pairs`: what `raised`
    says of these actions, and perhaps of others, where it was asked already (3 queries less).

    Those who wait come first: for word of us, then those of whom we wait for an answer; by value, then by how long.
    """
    last, by_id = until or date.max, {each.pk: each for each in actions}
    known = raised(actions, contacts=contacts) if pairs is None else pairs
    pairs = {pair: day for pair, day in known.items() if day <= last and pair[1] in by_id}
    entries, asked = entries_sent(by_id), without_lost_questions(Confirmation.objects.filter(action__in=list(by_id)))
    if contacts is not None:
        entries, asked = entries.filter(letter__contact__in=contacts), asked.filter(contact__in=contacts)
    sent = [entry for entry in entries if told_on(entry) <= last]
    newest = {(entry.letter.contact_id, entry.part.action_id): entry for entry in sent}
    said: dict[tuple[int, int], Confirmation] = {}
    replies = replies_until(asked, last)
    for row in sorted(replies, key=lambda each: (each.is_fixed is not None, each.said_on or each.asked_on, each.pk)):
        said[row.contact_id, row.action_id] = row
    people = {
        each.pk: each
        for each in Contact.objects.filter(pk__in={contact for contact, _action in pairs}).select_related(
            "customer__value_band", "customer__merged_into__value_band"
        )
    }
    rows = [
        standing_of(
            InLoop(people[contact], by_id[action], day, Standing.WAITS, None, None, "", day, today),
            newest.get((contact, action)),
            said.get((contact, action)),
        )
        for (contact, action), day in pairs.items()
    ]
    order = list(Standing)
    return sorted(rows, key=lambda row: (order.index(row.state), -row.weight, row.since, row.contact.pk, row.action.pk))


def replies_until(rows: Iterable[Confirmation], last: date) -> list[Confirmation]:
    """Return what was asked up to a day; what was answered later was asked, and not answered yet."""
    found = [row for row in rows if row.asked_on <= last]
    for row in found:
        if row.said_on is not None and row.said_on > last:
            row.is_fixed, row.said_on = None, None
    return found


def standing_of(row: InLoop, entry: LoopEntry | None, said: Confirmation | None) -> InLoop:
    """Say how somebody stands: a reply, by whichever way, since it is in effect; else what the person was told."""
    action, told_at = row.action, told_on(entry) if entry else None
    if said is not None and (action.done_on is None or (said.said_on or said.asked_on) < action.done_on):
        said = None
    row = replace(row, told_on=told_at, since=max(row.raised_on, told_at or row.raised_on))
    if said is not None and row.step is Step.CHANGED:
        if said.is_fixed is None:
            return replace(row, state=Standing.ASKED, since=said.asked_on)
        state = Standing.CONFIRMED if said.is_fixed else Standing.DENIED
        return replace(row, state=state, answered_on=said.said_on, reply=reply_in_words(entry, said))
    if is_told(entry, action):
        return replace(row, state=Standing.ASKED if row.step is Step.CHANGED else Standing.TOLD)
    return row


def reply_in_words(entry: LoopEntry | None, said: Confirmation) -> str:
    """Return the answer on the person's own page, which can be 'partly', where it is the one that counts."""
    replied_at = entry.replied_at if entry else None
    on_page = said.source == Confirmation.Source.LINK
    if entry and on_page and replied_at and timezone.localtime(replied_at).date() == said.said_on:
        return str(entry.get_reply_display())
    return yes_or_no(bool(said.is_fixed))


def yes_or_no(is_fixed: bool) -> str:
    return str(_("yes") if is_fixed else _("no"))


# ---- One action's strip


@dataclass(frozen=True, slots=True)
class LoopStrip:
    """How many of those who raised an action were told, confirmed it, denied it, and wait."""

    people: int
    told: int
    confirmed: int
    denied: int
    waiting: int


def strip_of(action: Action, *, today: date) -> LoopStrip:
    """Count those in the loop of one action (6 queries)."""
    states = [row.state for row in people_in_loop([action], today=today)]
    return LoopStrip(
        people=len(states),
        told=sum(state is not Standing.WAITS for state in states),
        confirmed=states.count(Standing.CONFIRMED),
        denied=states.count(Standing.DENIED),
        waiting=states.count(Standing.WAITS),
    )


# ---- What became of the letters of a telling


def letters_of(telling: Telling) -> list[LoopLetter]:
    rows = telling.letters.select_related("contact__customer").prefetch_related("entries__part__action")
    return list(rows.order_by("contact__customer__name", "contact__name", "pk"))


def outbox_of(telling: Telling) -> dict[int, OutboxMessage]:
    """Return the outbox row of each person's letter (1 query)."""
    return {row.recipient: row for row in OutboxMessage.objects.filter(purpose=PURPOSE, wave=-telling.pk)}
