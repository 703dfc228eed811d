"""The scores' day where clocks change: each day comes once and none is left out, in every time zone."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from functions.models import Program
from gap_scores.models import ProjectionState, ScoringRun
from gap_scores.services import drain_all
from tests.gap_scores.world import World

pytestmark = [pytest.mark.once, pytest.mark.django_db]


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Europe/Berlin", "2026-03-29"),
        ("Europe/Berlin", "2026-10-25"),
        # Half an hour; twice as much; both ends of the world; at midnight itself; the leap day.
        ("Australia/Lord_Howe", "2026-04-05"),
        ("Antarctica/Troll", "2026-03-29"),
        ("Pacific/Kiritimati", "2026-12-31"),
        ("Etc/GMT+12", "2026-12-31"),
        ("America/Asuncion", "2024-03-24"),
        ("Africa/Cairo", "2026-04-24"),
        ("Europe/Berlin", "2028-02-29"),
    ],
)
def test_each_day_comes_once_though_clocks_change(zone: str, day: str) -> None:
    Program.objects.create(name="Sweets", time_zone=zone)
    world = World()
    middle = datetime.fromisoformat(day).replace(hour=12, tzinfo=UTC)
    start = middle - timedelta(hours=48)
    world.today = start.date() - timedelta(days=3)
    world.interview()
    drain_all(as_of=start)
    first = ProjectionState.objects.get().as_of
    ScoringRun.objects.all().delete()

    seen = []
    for half_hours in range(1, 192):
        at = start + timedelta(minutes=30 * half_hours)
        drain_all(as_of=at)
        seen.append((ProjectionState.objects.get().as_of, at.astimezone(ZoneInfo(zone)).date()))

    assert [stands for stands, _ in seen] == [today for _, today in seen]
    days = sorted({stands for stands, _ in seen} - {first})
    assert days == [first + timedelta(days=count) for count in range(1, len(days) + 1)]
    assert list(ScoringRun.objects.order_by("pk").values_list("as_of", flat=True)) == days
