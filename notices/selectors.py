"""Reading the inbox of a person: what happened, in words for who reads it; and the endpoints with their deliveries."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from functions.selectors import Access
from metrics.models import Metric
from metrics.selectors import metrics_for
from notices.models import UNDER_WAY, Delivery, Endpoint, Event, Kind, Notice, Way
from notices.nouns import Noun, enter_noun, noun_of
from web.templatetags.show import day_words


@dataclass(frozen=True, slots=True)
class Told:
    """What a notice says to its person; about and url '': the person may not read what it is about, or it is gone."""

    said: str
    about: str = ""
    url: str = ""

    @property
    def is_readable(self) -> bool:
        return bool(self.url)


SIGNALS: Mapping[str, Any] = {
    Way.BETTER: gettext_lazy("A signal for the better on %(day)s: what changed is more than chance."),
    Way.WORSE: gettext_lazy("A signal for the worse on %(day)s: what changed is more than chance."),
    Way.EITHER: gettext_lazy("A signal on %(day)s: something is not as usual."),
}
SAID: Mapping[str, Any] = {
    Kind.DUE: gettext_lazy("It is due soon."),
    Kind.OVERDUE: gettext_lazy("It is overdue by a week or more."),
    Kind.STILL: gettext_lazy("Nothing has moved on it for 30 days."),
    Kind.EFFECTIVE: gettext_lazy("It is effective: the metric shifted, and customers confirmed it."),
    Kind.REOPENED: gettext_lazy("It is open again: its gain is lost."),
    Kind.MENTION: gettext_lazy("A comment mentions you."),
    Kind.EDITION: gettext_lazy("A new edition of 'You said, we did' is public."),
    Kind.ENDPOINT_OFF: gettext_lazy("It failed for days and is switched off. What happens meanwhile is not sent."),
}


def notices_of(access: Access) -> QuerySet[Notice]:
    """Return what a person was told, newest first; nobody sees another person's."""
    return Notice.objects.filter(person=access.user_id or 0).select_related("event").order_by("-told_at", "-pk")


def told(notices: Sequence[Notice], access: Access) -> dict[int, Told]:
    """Return what each notice says to this person now, by its id (3 queries per noun at most)."""
    names = names_of((notice.event for notice in notices), access)
    return {notice.pk: worded(notice.event, names.get((notice.event.kind, notice.event.about))) for notice in notices}


def names_of(events: Iterable[Event], access: Access) -> dict[tuple[str, int], str]:
    """Return what the records behind events are called, those that the person may read."""
    ids: defaultdict[Noun, set[int]] = defaultdict(set)
    for event in events:
        if noun := noun_of(event.kind):
            ids[noun].add(event.about)
    readable = ((noun, noun.readable(access, its)) for noun, its in ids.items())
    return {(kind, pk): name for noun, names in readable for kind in noun.kinds for pk, name in names.items()}


def worded(event: Event, name: str | None) -> Told:
    noun = noun_of(event.kind)
    if name is None or noun is None:
        return Told(_("Something that you may not read any more, or that is gone."))
    return Told(said_of(event), name, noun.url(event.about))


def said_of(event: Event) -> str:
    if event.kind == Kind.SIGNAL and event.day is not None:
        return str(SIGNALS[event.way]) % {"day": day_words(event.day)}
    return str(SAID[event.kind])


# ---- Endpoints


def endpoints_for(access: Access) -> QuerySet[Endpoint]:
    """Return the endpoints, which only specialists see."""
    endpoints = Endpoint.objects.order_by("description", "pk")
    return endpoints if access.is_specialist else endpoints.none()


def with_counts(endpoints: QuerySet[Endpoint]) -> QuerySet[Endpoint]:
    """Say how many deliveries of each endpoint wait and were given up."""
    return endpoints.annotate(
        waiting=Count("deliveries", filter=Q(deliveries__state__in=UNDER_WAY)),
        given_up=Count("deliveries", filter=Q(deliveries__state=Delivery.State.GIVEN_UP)),
    )


def deliveries_for(access: Access) -> QuerySet[Delivery]:
    deliveries = Delivery.objects.select_related("event", "endpoint").order_by("-written_at", "-pk")
    return deliveries if access.is_specialist else deliveries.none()


# ---- What this room's own events are about


def named_by(model: Any, column: str) -> Callable[[Iterable[int]], dict[int, str]]:
    return lambda ids: dict(model.objects.filter(pk__in=list(ids)).values_list("pk", column))


enter_noun(Noun(frozenset({Kind.SIGNAL}), metrics_for, named_by(Metric, "name"), "metric_detail"))
enter_noun(Noun(frozenset({Kind.ENDPOINT_OFF}), endpoints_for, named_by(Endpoint, "description"), "webhook_detail"))
