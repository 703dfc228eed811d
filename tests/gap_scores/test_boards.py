"""A board is worked out once per version of what it depends on."""

from datetime import timedelta

import pytest
from django.db import transaction

from functions.models import Function
from functions.services import update_function
from gap_scores.board import Scope
from gap_scores.boards import MOST, board_at_version
from gap_scores.reading import Reader
from gap_scores.selectors import read_board
from tests.gap_scores.world import World

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@pytest.fixture
def world() -> World:
    world = World(4)
    for _ in range(5):
        world.interview()
    world.drain()
    return world


def test_a_board_is_read_again_only_when_something_changed(world, django_assert_max_num_queries):
    first = read_board()

    with django_assert_max_num_queries(5):
        assert read_board() is first
    assert read_board(scope=Scope(lifecycle="past")) is not first

    world.interview()
    behind = read_board()
    assert behind.stamp.is_behind
    assert not first.stamp.is_behind
    world.drain()
    assert read_board() == Reader(Scope()).board() != first
    assert read_board().version != first.version


def test_a_new_name_is_on_the_next_board(world):
    function = Function.objects.filter(is_active=True).first()
    read_board()

    update_function(function=function, changes={"name": "Renamed"})

    assert read_board().function(function.pk).name == "Renamed"


def test_a_new_day_is_on_the_next_board(world):
    first = read_board()

    world.today += timedelta(days=40)
    world.drain()

    assert read_board().stamp.as_of > first.stamp.as_of


def test_what_a_transaction_reads_is_not_kept(world):
    with transaction.atomic():
        Function.objects.filter(pk=read_board().functions[0].function_id).update(name="Taken back")
        assert "Taken back" in {row.name for row in read_board().functions}
        transaction.set_rollback(True)

    assert "Taken back" not in {row.name for row in read_board().functions}


def test_only_the_boards_read_last_are_kept(world):
    board = Reader(Scope()).board()
    worked_out = []

    def work_out():
        worked_out.append(1)
        return board

    for product in [*range(MOST + 1), 0]:
        board_at_version(Scope(product=product), work_out)

    assert len(worked_out) == MOST + 2
