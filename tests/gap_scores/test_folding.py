"""After any history of edits the kept state is what the evidence gives, bit for bit."""

from datetime import date

import pytest
from django.db import transaction

from gap_scores import rebuilding
from gap_scores.fold import PRESENT, Change, Frame, apply_changes, changes
from gap_scores.models import (
    FunctionScore,
    GapScore,
    LedgerEntry,
    MeasuredLevel,
    RegisterSum,
    RequirementScore,
)
from gap_scores.rebuilding import open_rebuild, rebuild, rebuild_piece, verify
from gap_scores.scopes import Key, Kind
from gap_scores.store import SUM_COLUMNS, score_rows
from gap_scores.workings import Headlines
from jobs.services import mark_units
from scoring.errors import ScoringError
from scoring.sums import LARGEST
from tests.gap_scores.world import World

pytestmark = pytest.mark.django_db
EDITS = 90


def kept_state():
    rows = GapScore.objects.order_by("requirement_id", "kind", "k1", "k2")
    columns = [field.attname for field in GapScore._meta.fields if field.attname not in {"pk", "generation"}]
    ledger = LedgerEntry.objects.order_by("requirement_id", "customer_id", "product_id", "contact_id")
    of_ledger = [field.attname for field in LedgerEntry._meta.fields if field.attname not in {"pk", "generation"}]
    return list(rows.values_list(*columns)), list(ledger.values_list(*of_ledger)), Headlines.kept()


@pytest.mark.parametrize("seed", range(6))
def test_folding_any_history_equals_working_it_out_from_the_evidence(seed):
    world = World(seed)
    done = []
    for _ in range(EDITS):
        done.append(world.edit())
        if done[-1] == "drain":
            assert [str(each) for each in verify(now=world.now)] == [], done
    world.drain()

    assert [str(each) for each in verify(now=world.now)] == [], done
    assert RequirementScore.objects.filter(gap__isnull=False).exists()


def test_a_rebuild_leaves_what_folding_had_left():
    world = World(7)
    for _ in range(EDITS):
        world.edit()
    world.drain()
    before = kept_state()

    run = rebuild(now=world.now)

    assert kept_state() == before
    assert (run.kind, run.requirements_changed, run.functions_changed) == ("rebuild", 0, 0)


def test_a_rebuild_brings_back_all_of_a_projection_that_was_lost():
    world = World(12)
    for _ in range(60):
        world.edit()
    world.drain()
    for model in (GapScore, LedgerEntry, RequirementScore, FunctionScore, MeasuredLevel, RegisterSum):
        model.objects.all().delete()

    rebuild(now=world.now)

    assert [str(each) for each in verify(now=world.now)] == []
    assert MeasuredLevel.objects.exists()
    assert RegisterSum.objects.exists()


def test_what_is_folded_while_a_rebuild_is_under_way_is_in_it():
    world = World(8)
    for _ in range(40):
        world.edit()
    open_rebuild(now=world.now)
    assert rebuild_piece(2)
    for _ in range(40):
        world.edit()
    world.drain()
    before = kept_state()

    rebuild(now=world.now)

    assert [str(each) for each in verify(now=world.now)] == []
    assert kept_state()[2] == before[2]


def test_two_who_finish_the_same_rebuild_switch_once(monkeypatch):
    world = World(7)
    for _ in range(10):
        world.edit()
    world.drain()

    def another_is_faster():
        monkeypatch.setattr(rebuilding, "wait_for_others", lambda size: pytest.fail("nobody holds a piece"))
        runs.append(rebuild(now=world.now))

    runs = []
    runs.append(rebuild(now=world.now, call_others=another_is_faster))

    assert runs[0] == runs[1]
    assert [str(each) for each in verify(now=world.now)] == []


def test_verify_names_what_somebody_changed_behind_the_projections_back():
    world = World(9)
    for _ in range(30):
        world.interview()
    world.drain()
    row = GapScore.objects.filter(kind=0).order_by("requirement_id").first()
    GapScore.objects.filter(requirement_id=row.requirement_id, kind=0).update(yy=row.yy + 1)

    (difference,) = verify(now=world.now)

    assert difference.place.startswith(f"sums of requirement {row.requirement_id} ")


def test_unchanged_evidence_changes_no_row():
    world = World(10)
    interview = world.interview()
    world.drain()
    before = kept_state()

    for answer in interview.answers.all():
        unit = interview.customer_id, answer.requirement_id
        mark_units(units=[unit])
        mark_units(units=[unit])
    world.drain()

    assert kept_state() == before


def test_a_sum_that_no_longer_fits_is_refused_and_changes_nothing():
    key = Key(1, Kind.REQUIREMENT, 0, 0)
    frame = Frame(epoch=0)

    def add(weight: int) -> None:
        sums = [1, weight, *[0] * (len(SUM_COLUMNS) - 2)]
        sums[PRESENT] = 1
        with transaction.atomic():
            apply_changes(1, changes() | {key: Change(sums, came=date(2026, 1, 31))}, frame)

    add(LARGEST)
    with pytest.raises(ScoringError, match="64 bits"):
        add(1)

    assert score_rows(1, [key])[key].sums[1] == LARGEST
