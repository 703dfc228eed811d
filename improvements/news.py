"""What this room tells people and endpoints of: in the transaction of the thing itself, once."""

from collections.abc import Collection
from datetime import date, datetime

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from functions.selectors import Access, heads_of, other_specialists, specialists
from improvements.action_models import Action, ActionComment, Stage
from improvements.action_selectors import actions_worked_on
from improvements.publication_models import Publication
from notices.models import Event, Kind
from notices.nouns import Noun, enter_noun
from notices.selectors import named_by
from notices.telling import tell

ABOUT_ACTIONS = frozenset({Kind.DUE, Kind.OVERDUE, Kind.STILL, Kind.EFFECTIVE, Kind.REOPENED})
BY_STAGE = {Stage.EFFECTIVE: Kind.EFFECTIVE, Stage.REOPENED: Kind.REOPENED}


def editions_for(access: Access) -> QuerySet[Publication]:
    """Return the editions whose page a person may open; what is public is read without it."""
    return Publication.objects.all() if access.is_specialist else Publication.objects.none()


def edition_names(ids: Collection[int]) -> dict[int, str]:
    rows = Publication.objects.filter(pk__in=ids).values_list("pk", "approved_at")
    return {
        pk: _("You said, we did: edition of %(day)s") % {"day": timezone.localtime(at).date()} for pk, at in rows if at
    }


def enter_nouns() -> None:
    titles = named_by(Action, "title")
    enter_noun(Noun(ABOUT_ACTIONS, actions_worked_on, titles, "action_detail"))
    enter_noun(Noun(frozenset({Kind.MENTION}), actions_worked_on, titles, "action_detail", "#comments"))
    enter_noun(Noun(frozenset({Kind.EDITION}), editions_for, edition_names, "publication_detail"))


def tell_stage(action: Action, *, now: datetime) -> Event | None:
    """Tell the owner and the heads that an action is effective, or open again; of other stages nobody is told."""
    kind = BY_STAGE.get(Stage(action.stage))
    if kind is None:
        return None
    owner = action.owner if action.owner is not None and action.owner.is_active else None
    heads = heads_of([action.function_id])[action.function_id]
    # Of a gain that is lost the nightly rule writes to the owner, or else to the heads (improvements/reminders.py).
    mailed = ([owner] if owner else heads) if kind == Kind.REOPENED else []
    return tell(
        kind=kind,
        about=action.pk,
        occasion=now.isoformat(),
        people=[*([owner] if owner else []), *heads],
        has_letter=[person.pk for person in mailed],
        page=reverse("action_detail", args=[action.pk]),
        data={"action": action.pk, "function": action.function_id, "metric": action.metric_id},
        now=now,
    )


def tell_reminder(kind: Kind, action: Action, person: User, day: date, *, now: datetime) -> Event:
    """Tell a person in the inbox what a letter of its own tells as well."""
    return tell(kind=kind, about=action.pk, occasion=day.isoformat(), people=[person], has_letter=[person.pk], now=now)


def tell_mention(comment: ActionComment, people: list[User], *, now: datetime) -> Event | None:
    if not people:
        return None
    return tell(kind=Kind.MENTION, about=comment.action_id, occasion=str(comment.pk), people=people, now=now)


def tell_edition(publication: Publication, *, by: User | None, now: datetime) -> Event:
    """Tell the other specialists and endpoints that an edition is public."""
    return tell(
        kind=Kind.EDITION,
        about=publication.pk,
        occasion="published",
        people=other_specialists(by) if by else specialists(),
        page=reverse("you_said"),
        data={"edition": publication.pk},
        now=now,
    )
