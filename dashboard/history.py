"""Who changed what of a record and of its links, when, and what it said before."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from functions.models import Function, SupplyLink
from metrics.models import ChartNote, Metric, MetricLink, MetricRelation
from metrics.pull_models import MeasurementSource
from requirements_catalog.models import Requirement

MOST = 200
ENDS = {"supplier", "supplied", "metric", "one", "other"}
KINDS = {"+": _("made"), "~": _("changed"), "-": _("deleted")}


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field: what it said before and what it says after; empty texts where there was nothing."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Change:
    """One saved change of one record."""

    at: datetime
    who: str
    kind: str
    record: str
    fields: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """A record with its changes, newest first; `is_cut` if there are more than are shown."""

    record: models.Model
    changes: tuple[Change, ...]
    is_cut: bool


def history_page(record: Requirement | Metric | Function) -> HistoryPage:
    """Return the history of a record and of the links that hang on it."""
    rows = list(_rows(type(record).history.filter(id=record.pk)))
    match record:
        case Requirement():
            rows += _rows(MetricLink.history.filter(requirement_id=record.pk))
        case Metric():
            rows += _rows(MetricLink.history.filter(metric_id=record.pk))
            rows += _rows(ChartNote.history.filter(metric_id=record.pk))
            rows += _rows(MeasurementSource.history.filter(metric_id=record.pk))
            rows += _rows(MetricRelation.history.filter(models.Q(one_id=record.pk) | models.Q(other_id=record.pk)))
        case Function():
            rows += _rows(SupplyLink.history.filter(models.Q(supplier_id=record.pk) | models.Q(supplied_id=record.pk)))
    names = _Names(rows)
    changes = sorted(_changes(rows, names), key=lambda change: change.at, reverse=True)
    return HistoryPage(record, tuple(changes[:MOST]), len(changes) > MOST)


def _rows(history: Any) -> Iterable[Any]:
    return history.select_related("history_user").order_by("id", "history_date", "history_id")


class _Names:
    """Names of what foreign keys point at, each model looked up once."""

    def __init__(self, rows: Iterable[Any]) -> None:
        keys: dict[Any, set[int]] = {}
        for row in rows:
            for field in row.tracked_fields:
                if field.remote_field and (key := getattr(row, field.attname)) is not None:
                    keys.setdefault(field.remote_field.model, set()).add(key)
        self._found = {model: model._base_manager.in_bulk(ids) for model, ids in keys.items()}  # noqa: SLF001

    def of(self, row: Any, field: Any) -> str:
        value = getattr(row, field.attname)
        if value is None or value == "":
            return ""
        if field.remote_field:
            return str(self._found[field.remote_field.model].get(value, _("no longer there")))
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        return str(dict(field.flatchoices).get(value, value))


def _changes(rows: Iterable[Any], names: _Names) -> Iterable[Change]:
    before: Any = None
    for row in rows:
        older = before if before is not None and (type(before), before.id) == (type(row), row.id) else None
        before = row
        fields = tuple(_fields(row, older, names))
        if fields or row.history_type != "~":
            who = str(row.history_user) if row.history_user else _("the program")
            yield Change(row.history_date, who, KINDS[row.history_type], _record(row, names), fields)


def _record(row: Any, names: _Names) -> str:
    """Name the record in its own words: a link by its two ends."""
    ends = [names.of(row, field) for field in row.tracked_fields if field.name in ENDS]
    return " → ".join(ends) if ends else str(row.instance_type._meta.verbose_name).capitalize()  # noqa: SLF001


def _fields(row: Any, older: Any, names: _Names) -> Iterable[FieldChange]:
    if row.history_type == "-":
        return
    for field in row.tracked_fields:
        old, new = names.of(older, field) if older else "", names.of(row, field)
        if old != new and field.name != "id":
            yield FieldChange(str(field.verbose_name).capitalize(), old, new)
