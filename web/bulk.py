"""One change to many records of a list, in one transaction, and the way back for a day.

    LIFECYCLE = BulkAction(
        key="lifecycle", label=_("Set lifecycle"), model=Customer, form=LifecycleOfManyForm,
        state=..., change=..., put_back=..., said=...,
    )
    CUSTOMERS = ListPlan(..., bulk=(LIFECYCLE,))

Rows are changed by the services that change one record, so checks, history and scores follow as ever. A row that its
service refuses is left as it is and named with the reason; the others are changed.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _

from accounts.audit import record as record_audit
from accounts.models import AuditKind, User
from jobs.models import BulkChange

# All of them in one request: a row takes some 15 ms of work, and the web server ends a request after 20 s.
MOST_ROWS = 200
ASKED_TWICE_ABOVE = 50
KEPT_FOR = timedelta(days=1)
NAMED = 3
# What is restored but not compared begins with this: it may grow without being what was changed.
BESIDE = "_"

State = Mapping[str, Any]


@dataclass(frozen=True)
class BulkAction:
    """`state`: what the action touches of a record, as JSON holds it; `put_back` writes such a state again.

    `moves_scores`: whether scores may follow, which is said to whoever does it.
    """

    key: str
    label: Any
    model: type[Model]
    form: type[forms.Form]
    state: Callable[[Any], State]
    change: Callable[[Any, Mapping[str, Any], date], Any]
    put_back: Callable[[Any, State, date], Any]
    said: Callable[[Mapping[str, Any]], str]
    moves_scores: bool = True


def locked_rows(action: BulkAction, ids: Iterable[int]) -> "QuerySet[Any]":
    """Return the records in the order of their ids, so that two changes at once wait for each other in one order."""
    rows = action.model._default_manager.filter(pk__in=list(ids)).order_by("pk")  # noqa: SLF001
    return rows.select_for_update(of=("self",))


@transaction.atomic
def change_many(
    *,
    action: BulkAction,
    list_name: str,
    ids: Collection[int],
    data: Mapping[str, Any],
    user: User,
    now: datetime,
    today: date,
) -> BulkChange:
    """Change these records and keep what stood there before; says by row what was refused.

    Raises ValidationError for more rows than can be undone at once.
    """
    check_number(len(ids))
    rows: list[dict[str, Any]] = []
    skipped: list[dict[str, Any]] = []
    for record in locked_rows(action, ids):
        named = {"pk": record.pk, "name": str(record)[:200]}
        before, why = action.state(record), ""
        try:
            with transaction.atomic():
                action.change(record, data, today)
        except ValidationError as refusal:
            why = " ".join(refusal.messages)
        # Read anew: services lock and change a copy of their own.
        after = action.state(action.model._default_manager.get(pk=record.pk))  # noqa: SLF001
        if not why and compared(before) == compared(after):
            why = _("It was so already.")
        if why:
            skipped.append(named | {"why": why})
        else:
            rows.append(named | {"before": dict(before), "after": compared(after)})
    title = action.said(data)[:200]
    note(AuditKind.ROWS_CHANGED, list_name, f"{len(rows):,} of the {list_name} were changed: {title}.", rows)
    return BulkChange.objects.create(
        list_name=list_name, action=action.key, title=title, rows=rows, skipped=skipped, done_by=user, done_at=now
    )


def check_number(count: int) -> None:
    if count > MOST_ROWS:
        message = _("%(count)s rows are too many to be changed and undone at once. Narrow the list to %(most)s.")
        params = {"count": f"{count:,}", "most": f"{MOST_ROWS:,}"}
        raise ValidationError(message, code="many", params=params)


def compared(state: State) -> dict[str, Any]:
    return {name: value for name, value in state.items() if not name.startswith(BESIDE)}


@transaction.atomic
def undo(*, change: BulkChange, action: BulkAction, now: datetime, today: date) -> BulkChange:
    """Put every record back as it was, or none of them.

    Raises ValidationError if it was undone, is older than a day, or a record was changed since.
    """
    held = BulkChange.objects.select_for_update().get(pk=change.pk)
    if held.undone_at is not None:
        raise ValidationError(_("This was undone already."), code="undone")
    if held.done_at <= now - KEPT_FOR:
        raise ValidationError(_("This is older than a day. Change the records themselves."), code="old")
    records = {record.pk: record for record in locked_rows(action, [row["pk"] for row in held.rows])}
    check_unchanged(held, action, records)
    for row in held.rows:
        action.put_back(records[row["pk"]], row["before"], today)
    words = f"A change of {len(held.rows):,} of the {held.list_name} was undone: {held.title}."
    note(AuditKind.ROWS_PUT_BACK, held.list_name, words, held.rows)
    held.undone_at = now
    held.save(update_fields=["undone_at"])
    return held


def note(kind: AuditKind, list_name: str, sentence: str, rows: Collection[Mapping[str, Any]]) -> None:
    record_audit(kind=kind, sentence=sentence, object_id=list_name, details={"ids": [row["pk"] for row in rows]})


def check_unchanged(held: BulkChange, action: BulkAction, records: Mapping[int, Any]) -> None:
    since = [
        row["name"]
        for row in held.rows
        if row["pk"] not in records or compared(action.state(records[row["pk"]])) != row["after"]
    ]
    if since:
        names = ", ".join(since[:NAMED]) + (_(" and %d more") % (len(since) - NAMED) if len(since) > NAMED else "")
        message = _("Changed since, or gone: %(names)s. Nothing was undone, so that nobody's change is lost.")
        raise ValidationError(message, code="changed", params={"names": names})


def forget_old_changes(*, now: datetime) -> None:
    BulkChange.objects.filter(done_at__lte=now - KEPT_FOR).delete()


def field_action(
    *,
    key: str,
    label: Any,
    model: type[Model],
    form: type[forms.Form],
    field: str,
    save: Callable[[Any, Mapping[str, Any]], Any],
    said: Any,
    nothing: Any = "",
) -> BulkAction:
    """Return the action that sets one field through a service that takes changes; the form's field has its name."""
    made = model._meta.get_field(field)  # noqa: SLF001

    def put_back(record: Any, before: State, _today: date) -> None:
        value = before[field]
        if made.is_relation and value is not None:
            value = made.related_model._default_manager.filter(pk=value).first()  # type: ignore[union-attr]  # noqa: SLF001
        save(record, {field: value})

    def in_words(data: Mapping[str, Any]) -> str:
        choices = dict(getattr(made, "flatchoices", ())) or {True: _("yes"), False: _("no")}
        value = data[field]
        return str(said % {"value": choices.get(value, value) if value not in {None, ""} else nothing})

    return BulkAction(
        key=key,
        label=label,
        model=model,
        form=form,
        state=lambda record: {field: getattr(record, made.attname)},  # type: ignore[union-attr]
        change=lambda record, data, _today: save(record, {field: data[field]}),
        put_back=put_back,
        said=in_words,
    )
