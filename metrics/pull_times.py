"""When a source is asked: at its hour in the program's time zone, and sooner where another try may help."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from metrics.pull_models import MeasurementSource

Every = MeasurementSource.Every
STEPS = {Every.HOUR: timedelta(hours=1), Every.DAY: timedelta(days=1), Every.WEEK: timedelta(days=7)}
RETRIES = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 45))


def next_time(source: MeasurementSource, *, now: datetime, zone: ZoneInfo) -> datetime:
    """Return the first time after now at which the source is asked.

    The hours of the wall clock: one that a change to summer time leaves out comes right after the gap, one that is
    there twice is asked once, the first time.
    """
    step = STEPS[Every(source.every)]
    wall = now.astimezone(zone).replace(tzinfo=None, second=0, microsecond=0, minute=source.minute)
    if source.every != Every.HOUR:
        wall = wall.replace(hour=source.hour)
    if source.every == Every.WEEK:
        wall += timedelta(days=source.weekday - wall.weekday())
    # One step back, as the clock may have been put back; every step from there on lies in the future sooner or later.
    wall -= step
    while (found := wall.replace(tzinfo=zone).astimezone(UTC)) <= now:
        wall += step
    return found


def try_again_at(source: MeasurementSource, *, failures: int, now: datetime, zone: ZoneInfo) -> datetime:
    """Return when it is asked again after so many failures that may pass; the schedule comes first where it is sooner.

    After the last retry it waits for its schedule.
    """
    scheduled = next_time(source, now=now, zone=zone)
    return min(scheduled, now + RETRIES[failures - 1]) if 0 < failures <= len(RETRIES) else scheduled
