"""Publishing 'you said, we did': prepared from effective actions, approved by somebody else, frozen, and withdrawn."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Count, F, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from functions.selectors import is_own_work
from gap_scores.board import FEWEST_CONTACTS, FEWEST_CUSTOMERS
from improvements.action_models import Action, Stage
from improvements.action_selectors import raisers_of
from improvements.news import tell_edition
from improvements.publication_models import LONGEST_SAID, Publication, PublishedAction
from interviews.coding import LONGEST_NAME
from interviews.letters import sender_name

State = Publication.State
# A shorter name is part of many words.
SHORTEST_NAME = 4
FIRST_INTRO = "You told {company} what you need. This is what became of it."


# ---- Reading


def publications() -> QuerySet[Publication]:
    return Publication.objects.exclude(state=State.DISCARDED).order_by("-pk")


def the_public_one() -> Publication | None:
    return Publication.objects.filter(state=State.PUBLIC).first()


def items_of(publication: Publication | None) -> list[PublishedAction]:
    if publication is None:
        return []
    return list(publication.items.select_related("action").order_by("-done_on", "pk"))


def effective_actions() -> QuerySet[Action]:
    return Action.objects.filter(stage=Stage.EFFECTIVE, done_on__isnull=False).order_by("-done_on", "pk")


def raised_by(action: Action) -> tuple[int, int]:
    """Return how many people of how many customers raised it (2 queries)."""
    of = Coalesce(F("customer__merged_into"), F("customer"))
    counts = raisers_of(action).aggregate(people=Count("pk", distinct=True), customers=Count(of, distinct=True))
    return counts["people"], counts["customers"]


def is_of_enough(people: int, customers: int) -> bool:
    return people >= FEWEST_CONTACTS and customers >= FEWEST_CUSTOMERS


@dataclass(frozen=True, slots=True)
class Change:
    """What another edition says of one action, beside what is public now; None: it is not in that one."""

    now: PublishedAction | None
    then: PublishedAction | None

    @property
    def kind(self) -> str:
        if self.now is None:
            return "new"
        if self.then is None:
            return "gone"
        return "same" if said_in(self.now) == said_in(self.then) else "changed"


def said_in(item: PublishedAction) -> tuple[object, ...]:
    return item.said, item.did, item.done_on


def changes_to(publication: Publication) -> list[Change]:
    """Compare an edition with what is public now, action by action (3 queries)."""
    now = {item.action_id: item for item in items_of(the_public_one())}
    then = {item.action_id: item for item in items_of(publication)}
    return [Change(now.get(key), then.get(key)) for key in (*then, *(key for key in now if key not in then))]


def shown_by(publication: Publication) -> str:
    """Return a name of what is approved: the words, and the edition with which they were compared."""
    public = the_public_one()
    meaning = (
        publication.intro,
        public.pk if public else None,
        [(item.action_id, *said_in(item)) for item in items_of(publication)],
    )
    return hashlib.sha256(repr(meaning).encode()).hexdigest()[:32]


# ---- Writing


@transaction.atomic
def prepare_publication(*, actions: Sequence[Action], by: User | None, by_name: str = "", now: datetime) -> Publication:
    """Keep a draft of an edition with these actions, read anew; what is public stays as it is.

    Words that an earlier edition had are taken over. Raises ValidationError where another draft waits, and for an
    action that is not effective or was raised by too few.
    """
    if not actions:
        raise ValidationError({"actions": ValidationError(_("Choose at least one action."), code="none")})
    before = {item.action_id: item for item in items_of(the_public_one())}
    publication = Publication(
        intro=FIRST_INTRO.replace("{company}", sender_name()),
        prepared_by=by,
        prepared_by_name=(by_name or str(by))[:LONGEST_NAME],
        prepared_at=now,
    )
    publication.full_clean(exclude={"prepared_by", "approved_by"}, validate_constraints=False)
    try:
        with transaction.atomic():
            publication.save()
    except IntegrityError:
        message = _("Another edition waits for approval already. Approve or discard that one first.")
        raise ValidationError(message, code="draft") from None
    for action in Action.objects.filter(pk__in=[each.pk for each in actions]).order_by("pk"):
        people, customers, done_on = check_may_be_published(action)
        old = before.get(action.pk)
        said = old.said if old else " ".join(each.statement for each in action.requirements.all()) or action.title
        did = old.did if old else action.done_words or action.title
        publication.items.create(
            action=action, said=said[:LONGEST_SAID], did=did[:LONGEST_SAID], done_on=done_on, people=people,
            customers=customers,
        )  # fmt: skip
    return publication


def check_may_be_published(action: Action) -> tuple[int, int, date]:
    """Return how many people of how many customers raised an action, and since when it is in effect.

    Raises ValidationError for one that is not effective, and for one that too few raised.
    """
    if action.stage != Stage.EFFECTIVE or action.done_on is None:
        message = _("'%(title)s' is '%(stage)s'. Only what is effective is published.")
        params = {"title": action.title, "stage": action.get_stage_display()}
        raise ValidationError(message, code="not_effective", params=params)
    people, customers = raised_by(action)
    if not is_of_enough(people, customers):
        message = _("'%(title)s' was raised by fewer than 5 people of 3 customers, so it could tell who they are.")
        raise ValidationError(message, code="few", params={"title": action.title})
    return people, customers, action.done_on


@transaction.atomic
def change_publication(
    *,
    publication: Publication,
    intro: str,
    words: Mapping[int, tuple[str, str]],
    by: User | None,
    by_name: str = "",
    now: datetime,
) -> Publication:
    """Put other words in a draft (`words`: what was said and what we did, by item).

    Raises ValidationError for an edition that is no draft, and where words name somebody who raised it.
    """
    locked = lock_draft(publication)
    locked.intro, locked.prepared_by, locked.prepared_at = intro.strip(), by, now
    locked.prepared_by_name = (by_name or str(by))[:LONGEST_NAME]
    locked.full_clean(exclude={"prepared_by", "approved_by"}, validate_constraints=False)
    locked.save()
    for item in items_of(locked):
        item.said, item.did = (text.strip() for text in words.get(item.pk, (item.said, item.did)))
        item.full_clean(exclude={"publication", "action"})
        check_names_nobody(item, locked.intro)
        item.save(update_fields=["said", "did"])
    return locked


def check_names_nobody(item: PublishedAction, intro: str) -> None:
    """Raise ValidationError where words name a person or customer who raised it."""
    text = f"{intro} {item.said} {item.did}".casefold()
    for pair in raisers_of(item.action).values_list("name", "customer__name"):
        for name in pair:
            if len(name) >= SHORTEST_NAME and name.casefold() in text:
                message = _("The words name '%(name)s'. Everybody reads this page: say it without names.")
                raise ValidationError(message, code="name", params={"name": name})


def lock_draft(publication: Publication) -> Publication:
    locked = Publication.objects.select_for_update(of=("self",)).get(pk=publication.pk)
    if locked.state == State.DRAFT:
        return locked
    if locked.approved_at is not None:
        message = _("%(name)s approved it on %(day)s. Nothing was published twice.")
        params = {"name": locked.approved_by_name, "day": timezone.localtime(locked.approved_at).date().isoformat()}
        raise ValidationError(message, code="published", params=params)
    raise ValidationError(_("It was discarded. Prepare it anew."), code="discarded")


@transaction.atomic
def publish(*, publication: Publication, shown: str, by: User | None, by_name: str = "", now: datetime) -> Publication:
    """Make a draft what is public, in place of what was; twice is once.

    Raises ValidationError for whoever wrote the words, for other words or another comparison than were shown, and for
    an action that is not effective any more, is of too few by now, or whose words name somebody.
    """
    locked = lock_draft(publication)
    if is_own_work(by, locked.prepared_by_id):
        raise ValidationError(_("You wrote these words, so another specialist approves them."), code="own")
    list(Publication.objects.select_for_update(of=("self",)).filter(state=State.PUBLIC))
    if shown != shown_by(locked):
        message = _("The words, or what is public, changed since this page was opened. Nothing was published.")
        raise ValidationError(message, code="changed_meanwhile")
    for item in items_of(locked):
        item.people, item.customers, item.done_on = check_may_be_published(item.action)
        check_names_nobody(item, locked.intro)
        item.save(update_fields=["people", "customers", "done_on"])
    Publication.objects.filter(state=State.PUBLIC).update(state=State.REPLACED)
    locked.state, locked.approved_by, locked.approved_at = State.PUBLIC, by, now
    locked.approved_by_name = (by_name or str(by))[:LONGEST_NAME]
    locked.save()
    tell_edition(locked, by=by, now=now)
    return locked


@transaction.atomic
def withdraw_publication(*, publication: Publication, by: User | None, by_name: str = "", now: datetime) -> Publication:
    """Take what is public off: its address answers like any wrong one. Twice is once.

    Raises ValidationError for an edition that is not public.
    """
    locked = Publication.objects.select_for_update(of=("self",)).get(pk=publication.pk)
    if locked.state == State.WITHDRAWN:
        return locked
    if locked.state != State.PUBLIC:
        message = _("It is '%(state)s', so there is nothing to withdraw.")
        raise ValidationError(message, code="not_public", params={"state": locked.get_state_display()})
    locked.state, locked.withdrawn_at = State.WITHDRAWN, now
    locked.withdrawn_by_name = (by_name or str(by))[:LONGEST_NAME]
    locked.save()
    return locked


@transaction.atomic
def discard_publication(*, publication: Publication) -> Publication:
    locked = lock_draft(publication)
    locked.state = State.DISCARDED
    locked.save(update_fields=["state"])
    return locked
