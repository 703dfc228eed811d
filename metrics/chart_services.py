"""Naming new limits of a chart, and noting what was behind a signal. Neither touches a score."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from metrics.figures import EARLIEST, Errors
from metrics.models import ChartNote, ChartPhase, Metric

LONGEST = 300


@transaction.atomic
def name_phase(
    *, metric: Metric, begins_on: date, reason: str, named_by: User | None, today: date, now: datetime
) -> ChartPhase:
    """Give a metric's chart new limits from a day on; the old ones stay beside them.

    Raises ValidationError by field: without a reason, for a day to come, and where limits begin on that day already.
    """
    if errors := errors_in_day("begins_on", begins_on, today) | errors_in_words("reason", reason.strip()):
        raise ValidationError(dict(errors))
    phase = ChartPhase(
        metric=metric,
        begins_on=begins_on,
        reason=reason.strip(),
        named_by=named_by,
        named_by_name=name_of(named_by),
        named_at=now,
    )
    if ChartPhase.objects.filter(metric=metric, begins_on=begins_on, taken_back_at=None).exists():
        message = _("New limits from this day are there already. Take those back first, or choose another day.")
        raise ValidationError({"begins_on": ValidationError(message, code="unique")})
    phase.save()
    return phase


@transaction.atomic
def take_back_phase(*, phase: ChartPhase, reason: str, by: User | None, now: datetime) -> ChartPhase:
    """Join a phase to the one before it again; the row stays and says who took it back, when and why."""
    locked = ChartPhase.objects.select_for_update(of=("self",)).get(pk=phase.pk)
    if locked.taken_back_at is not None:
        raise ValidationError(_("These limits were taken back already."), code="taken_back")
    if errors := errors_in_words("reason", reason.strip()):
        raise ValidationError(dict(errors))
    locked.taken_back_at, locked.taken_back_by_name, locked.taken_back_reason = now, name_of(by), reason.strip()
    locked.save(update_fields=["taken_back_at", "taken_back_by_name", "taken_back_reason"])
    return locked


@transaction.atomic
def write_note(
    *,
    metric: Metric,
    begins_on: date,
    text: str,
    written_by: User | None,
    today: date,
    now: datetime,
    ends_on: date | None = None,
) -> ChartNote:
    """Note what was behind a point or a stretch; without an end it is of one day. Raises ValidationError by field."""
    note = ChartNote(
        metric=metric,
        begins_on=begins_on,
        ends_on=ends_on or begins_on,
        text=text.strip(),
        written_by=written_by,
        written_by_name=name_of(written_by),
        written_at=now,
    )
    check_note(note, today)
    note.save()
    return note


@transaction.atomic
def change_note(*, note: ChartNote, changes: Mapping[str, Any], today: date) -> ChartNote:
    """Change days or words of a note; what it said before stays in its history. Raises ValidationError by field."""
    locked = ChartNote.objects.select_for_update(of=("self",)).get(pk=note.pk)
    for name in ("begins_on", "ends_on", "text"):
        if name in changes:
            setattr(locked, name, changes[name])
    locked.text, locked.ends_on = locked.text.strip(), locked.ends_on or locked.begins_on
    check_note(locked, today)
    locked.save()
    return locked


@transaction.atomic
def delete_note(*, note: ChartNote) -> None:
    """Take a note off the chart; its history keeps it."""
    note.delete()


def check_note(note: ChartNote, today: date) -> None:
    errors = errors_in_day("begins_on", note.begins_on, today) | errors_in_words("text", note.text)
    if not errors and note.ends_on < note.begins_on:
        errors["ends_on"] = ValidationError(_("The period cannot end before it starts."), code="period")
    errors |= {} if errors else errors_in_day("ends_on", note.ends_on, today)
    if errors:
        raise ValidationError(dict(errors))


def errors_in_day(name: str, day: date, today: date) -> Errors:
    if day < EARLIEST:
        message, code = _("%(day)s lies before 1900. Check the year."), "too_early"
    elif day > today:
        message, code = _("%(day)s lies in the future. Choose a day up to today."), "future"
    else:
        return {}
    return {name: ValidationError(message, code=code, params={"day": day.isoformat()})}


def errors_in_words(name: str, words: str) -> Errors:
    if not words:
        return {name: ValidationError(_("Say it in a few words."), code="required")}
    if len(words) > LONGEST:
        message = _("Say it in at most %(longest)s characters.")
        return {name: ValidationError(message, code="too_long", params={"longest": LONGEST})}
    return {}


def name_of(user: User | None) -> str:
    """Return a person's name as it stood: the account may go, what was decided stays."""
    return (user.get_full_name() or user.get_username())[:160] if user else str(_("the program"))
