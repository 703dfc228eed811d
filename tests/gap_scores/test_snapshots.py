from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command

from gap_scores.kept import content_of
from gap_scores.models import GapScore, ProjectionState, Snapshot
from gap_scores.selectors import overall_trend, read_board
from gap_scores.snapshots import keep_month_end, keep_snapshot
from gap_scores.workings import Headlines
from tests.conftest import NOON
from tests.gap_scores.world import TODAY, World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    world = World(11)
    for _ in range(40):
        world.interview()
    for _ in range(12):
        world.measurement()
    world.drain()
    return world


def test_a_snapshot_of_today_keeps_exactly_the_current_scores(world):
    snapshot = keep_snapshot(as_of=TODAY, title="today", now=NOON)

    kept = Headlines.kept()
    content = content_of(snapshot)
    assert snapshot.overall.hex() == read_board().overall.gap.hex()
    assert {int(key): tuple(each["headline"]) for key, each in content["requirements"].items()} == kept.requirements
    assert {int(key): tuple(each) for key, each in content["functions"].items()} == kept.functions


def test_a_past_date_counts_the_evidence_up_to_it_and_leaves_the_current_state(world):
    before = (ProjectionState.objects.values().get(), list(GapScore.objects.values_list("requirement_id", "yy", "nn")))
    past = TODAY - timedelta(days=300)

    snapshot = keep_snapshot(as_of=past, title="then", now=NOON)

    days = [
        datetime.fromisoformat(row[5]).date()
        for each in content_of(snapshot)["requirements"].values()
        for row in each["ledger"]
    ]
    assert days
    assert max(days) <= past
    assert before == (
        ProjectionState.objects.values().get(),
        list(GapScore.objects.values_list("requirement_id", "yy", "nn")),
    )


def test_the_same_date_and_evidence_give_the_same_digest(world):
    one = keep_snapshot(as_of=TODAY, title="one", now=NOON)
    other = keep_snapshot(as_of=TODAY, title="other", now=NOON + timedelta(hours=1))

    assert one.digest == other.digest


def test_an_altered_snapshot_is_refused(world):
    snapshot = keep_snapshot(as_of=TODAY, title="one", now=NOON)
    snapshot.digest = "0" * 64

    with pytest.raises(ValueError, match="altered"):
        content_of(snapshot)


def test_a_month_end_is_kept_once(world):
    kept = keep_month_end(now=NOON)

    assert (kept.as_of, kept.reason) == (date(2026, 2, 28), Snapshot.Reason.MONTH_END)
    assert keep_month_end(now=NOON) is None
    assert [point.overall for point in overall_trend()] == [kept.overall]


def test_nothing_is_kept_before_anything_was_scored():
    assert keep_month_end(now=datetime(2026, 3, 1, tzinfo=UTC)) is None


def test_the_command_keeps_a_snapshot_of_a_date(world, capsys):
    call_command("rebuild_scores", "--as-of", "2026-01-31")

    assert Snapshot.objects.get().as_of == date(2026, 1, 31)
    assert "overall gap" in capsys.readouterr().out


def test_the_command_refuses_a_date_that_does_not_exist():
    with pytest.raises(CommandError, match="2026-02-30 is not a date"):
        call_command("rebuild_scores", "--as-of", "2026-02-30")


def test_the_command_rebuilds_and_verifies(world, capsys):
    call_command("rebuild_scores")
    call_command("rebuild_scores", "--verify")

    out = capsys.readouterr().out
    assert "0 requirements changed" in out
    assert "bit for bit" in out


def test_the_command_names_differences_and_fails(world, capsys):
    row = GapScore.objects.filter(kind=2).order_by("requirement_id").first()
    GapScore.objects.filter(requirement_id=row.requirement_id, kind=2).update(n=row.n + 1)

    with pytest.raises(SystemExit) as ended:
        call_command("rebuild_scores", "--verify")

    assert ended.value.code == 1
    assert f"sums of requirement {row.requirement_id}" in capsys.readouterr().out
