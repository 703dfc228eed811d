"""The example's actions: what was done and what customers said; whether it helped follows from the evidence."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django.core.files.base import ContentFile
from django.utils import timezone
from django.utils.text import slugify

from accounts.models import User
from customers.models import Contact
from customers.services import update_contact
from functions.models import Membership
from functions.selectors import program
from improvements import actions as services
from improvements import loop, publications
from improvements.action_files import attach_file
from improvements.action_models import Action, Cause
from improvements.action_selectors import raisers_of
from improvements.action_stages import asked_for
from improvements.loop_selectors import parts_of
from jobs.models import OutboxMessage
from metrics.models import Metric
from requirements_catalog.models import Requirement
from web.months import months_after

Row = Mapping[str, Any]
# Actions are looked after at the beginning of each of these months, as the nightly task would have.
LOOKED_AFTER = (date(2025, 11, 1), date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1))
AT = time(9)


def make_actions_of_example(catalogue: Row, *, months: int, now: datetime) -> None:
    """Add the actions with their stages, causes, comments and replies, each on its day."""
    made = [(row, _make(row, months)) for row in catalogue["actions"]]
    acts = sorted(
        (act for row, action in made for act in _acts_of(row, action, catalogue["assessor"], months)),
        key=lambda act: act[0],
    )
    looks = sorted(_moment(day, months) for day in LOOKED_AFTER)
    for at, act in acts:
        while looks and looks[0] <= at:
            services.settle_all(now=looks.pop(0))
        act(at)
    for at in (*[each for each in looks if each < now], now):
        services.settle_all(now=at)


def _make(row: Row, months: int) -> Action:
    head, metric = _head_of(row), Metric.objects.get(name=row["metric"])
    return services.create_action(
        title=row["title"],
        kind=row["kind"],
        function=metric.function,
        owner=head,
        requirements=list(Requirement.objects.filter(reference__in=row["requirements"])),
        metric=metric,
        expected_level=Decimal(row["expected"]) if "expected" in row else None,
        cost=row.get("cost"),
        due_on=months_after(row["due_on"], months),
        problem=row["problem"],
        origin=Action.Origin.GAP,
        origin_key=f"requirement:{Requirement.objects.get(reference=row['requirements'][0]).pk}",
        by=head,
        now=_moment(row["created_on"], months),
    )


def _acts_of(row: Row, action: Action, specialist: str, months: int) -> Iterable[tuple[datetime, Any]]:
    """Yield what happened to an action, each with its moment."""
    head = _head_of(row)
    yield _moment(row["created_on"], months), lambda _at: _add_causes(action, row.get("causes", ()), None)
    for each in row.get("moves", ()):
        yield _moment(each["on"], months), _moving(action, each["to"], row, head, months)
    for each in row.get("comments", ()):
        yield _moment(each["on"], months), _commenting(action, each["text"], head)
    for each in row.get("files", ()):
        yield _moment(each["on"], months), _attaching(action, each, head)
    if told := row.get("told"):
        yield _moment(told["on"], months), _telling(action, told, specialist, len(row.get("replies", ())))
    if published := row.get("published"):
        yield _moment(published["on"], months), _publishing(action, published, specialist)
    for each, contact in zip(row.get("replies", ()), _raisers(action), strict=False):
        yield _moment(each["on"], months), _replying(action, each, contact, specialist)


def _moving(action: Action, to: str, row: Row, head: User, months: int) -> Any:
    fields = ("containment", "plan", "done_words", "prevention")

    def act(at: datetime) -> None:
        asked = asked_for(Action.objects.get(pk=action.pk), to)
        said = {name: row[name] for name in fields if name in asked}
        if "done_on" in asked:
            said["done_on"] = months_after(row["done_on"], months)
        services.move_action(action=action, to=to, by=head, now=at, said=said)

    return act


def _commenting(action: Action, text: str, head: User) -> Any:
    return lambda at: services.add_comment(action=action, text=text, by=head, now=at)


def _attaching(action: Action, row: Row, head: User) -> Any:
    file = ContentFile(row["text"].encode(), row["name"])
    return lambda at: attach_file(action=action, file=file, by=head, now=at)


def _replying(action: Action, row: Row, contact: Contact, specialist: str) -> Any:
    return lambda at: services.record_confirmation(
        action=action,
        contact=contact,
        is_fixed=row["fixed"] == "yes",
        said_on=timezone.localtime(at).date(),
        source=row["by"],
        note=row.get("note", ""),
        by=None,
        by_name=specialist,
        now=at,
    )


def _raisers(action: Action) -> list[Contact]:
    return list(raisers_of(action).select_related("customer").order_by("customer__name", "name", "pk"))


def _telling(action: Action, row: Row, specialist: str, people: int) -> Any:
    """Write to those who reply later, and to nobody else: only they have an address in the example."""

    def act(at: datetime) -> None:
        its = program()
        for contact in _raisers(action)[:people]:
            address = f"{slugify(contact.name)}@example.org"
            update_contact(contact=contact, changes={"email": address}, today=timezone.localtime(at).date())
        telling = loop.prepare_telling(actions=[action], by=None, by_name=specialist, now=at)
        part = telling.parts.get()
        words = {part.pk: row["words"]}
        loop.change_telling(
            telling=telling, subject=telling.subject, intro=telling.intro, words=words, by=None, by_name=specialist,
            now=at,
        )  # fmt: skip
        loop.approve_telling(
            telling=telling, shown=loop.said_by(telling, parts_of(telling)), by=None, by_name=row["by"], now=at,
            ask_again_days=its.ask_again_days if its else 0,
        )  # fmt: skip
        # They were mailed on that day; nobody is to get them now.
        OutboxMessage.objects.filter(wave=-telling.pk).update(state=OutboxMessage.State.SENT, finished_at=at)

    return act


def _publishing(action: Action, row: Row, specialist: str) -> Any:
    def act(at: datetime) -> None:
        edition = publications.prepare_publication(actions=[action], by=None, by_name=specialist, now=at)
        words = {edition.items.get().pk: (row["said"], row["did"])}
        changed = publications.change_publication(
            publication=edition, intro=edition.intro, words=words, by=None, by_name=specialist, now=at
        )
        shown = publications.shown_by(changed)
        publications.publish(publication=changed, shown=shown, by=None, by_name=row["by"], now=at)

    return act


def _add_causes(action: Action, rows: Iterable[Row], parent: Cause | None) -> None:
    for row in rows:
        cause = services.add_cause(
            action=action, parent=parent, bone=row.get("bone", ""), text=row["text"], is_root=row.get("root", False)
        )
        _add_causes(action, row.get("whys", ()), cause)


def _head_of(row: Row) -> User:
    return Membership.objects.get(role=Membership.Role.HEAD, function__metrics__name=row["metric"]).user


def _moment(day: date, months: int) -> datetime:
    return timezone.make_aware(datetime.combine(months_after(day, months), AT))
