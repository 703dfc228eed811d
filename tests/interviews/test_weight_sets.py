"""Weight sets: the customers heard stand for those who exist; what that does to scores is worked out by hand."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from customers.models import Stratum
from gap_scores.board import Scope
from gap_scores.kept import content_of
from gap_scores.models import ProjectionState, RequirementScore
from gap_scores.rebuilding import rebuild, verify
from gap_scores.selectors import read_board, read_requirement
from gap_scores.services import drain_all
from gap_scores.snapshots import keep_snapshot
from interviews.models import Interview
from interviews.weight_models import StratumFactor, WeightSet
from interviews.weight_sets import drop_weight_set, make_weight_set, rest_weight_set, use_weight_set
from jobs.services import mark_customer, mark_register
from tests.dashboard.program import NOON, TODAY, SmallProgram, small_program

pytestmark = pytest.mark.django_db
EUROPE, ASIA = "europe-west", "asia-pacific"


@pytest.fixture
def program(noon: datetime) -> SmallProgram:
    return small_program()


def placed(program: SmallProgram, places: str) -> dict[tuple[str, str, str, str], int]:
    """Put the eight interviews into regions (E or A), and return a register of 5 Europeans and 15 Asians."""
    regions = {"E": EUROPE, "A": ASIA}
    lifecycle = program.customers[0].lifecycle
    strata = {
        letter: Stratum.objects.get_or_create(lifecycle=lifecycle, industry="", region=region, size_band="")[0]
        for letter, region in regions.items()
    }
    for customer, letter in zip(program.customers, places, strict=True):
        Interview.objects.filter(customer=customer).update(stratum=strata[letter])
    mark_register()
    return {(lifecycle, "", EUROPE, ""): 5, (lifecycle, "", ASIA, ""): 15}


def made(register: dict[Any, int], **asked: Any) -> WeightSet:
    plain = {"title": "", "method": "margins", "divided_by": ["region"], "trim_at": None, "leave_unheard": False}
    return make_weight_set(register=register, as_of=TODAY, now=NOON, by=None, **(plain | asked))


def factors(weight_set: WeightSet) -> dict[str, Decimal]:
    return dict(StratumFactor.objects.filter(weight_set=weight_set).values_list("stratum__region", "factor"))


def rescored() -> float:
    drain_all(as_of=NOON)
    assert verify(now=NOON) == []
    return RequirementScore.objects.order_by("pk").first().gap


@pytest.mark.parametrize("method", ["margins", "cells"])
def test_each_customer_heard_stands_for_as_many_as_exist(program: SmallProgram, method: str) -> None:
    register = placed(program, "AAEEEEEE")

    weight_set = made(register, method=method)

    # 6 of 8 heard are a quarter of the register: 8 x 5/20 / 6 and 8 x 15/20 / 2.
    assert factors(weight_set) == {EUROPE: Decimal("0.333333"), ASIA: Decimal(3)}
    # (6/3 + 2 x 3)^2 / (6/9 + 2 x 9) = 64 / 18.6667
    assert weight_set.n_eff == pytest.approx(3.428571, abs=1e-5)
    assert weight_set.design_effect == pytest.approx(8 / 3.428571, abs=1e-5)
    assert (weight_set.version, weight_set.customers, weight_set.outside, weight_set.unheard) == (1, 8, 0, [])


def test_a_set_in_use_weights_every_score_and_resting_gives_the_same_bits_back(program: SmallProgram) -> None:
    weight_set = made(placed(program, "AAEEEEEE"))
    drain_all(as_of=NOON)
    rebuild(now=NOON)
    before = list(RequirementScore.objects.order_by("pk").values("gap", "lo", "hi", "n_eff", "importance"))

    use_weight_set(weight_set=weight_set)
    weighted = rescored()

    assert weighted != before[0]["gap"]
    assert read_board().stamp.weight_set == 1
    detail = read_requirement(requirement_id=program.repairs.pk)
    assert detail
    # By hand: halves served, in the order of customers, each times the factor of its stratum.
    served = [((each.met is True) + (each.felt is True)) / 2 for each in detail.entries]
    counts = [each.stratum_factor for each in detail.entries]
    assert sorted(set(counts)) == [0.333333, 3.0]
    by_hand = 100 * (1 - sum(a * b for a, b in zip(served, counts, strict=True)) / sum(counts))
    assert weighted == pytest.approx(by_hand, abs=1e-4)
    assert detail.row.score.n_eff == pytest.approx(3.428571, abs=1e-4)
    assert sum(each.share_of_weight for each in detail.entries) == pytest.approx(1)
    assert rebuild(now=NOON)
    assert rescored() == weighted

    rest_weight_set(weight_set=weight_set)
    rescored()

    assert list(RequirementScore.objects.order_by("pk").values("gap", "lo", "hi", "n_eff", "importance")) == before
    assert ProjectionState.objects.get().weight_set_id is None


def test_what_comes_in_while_a_set_is_in_use_counts_with_its_factor(program: SmallProgram) -> None:
    register = placed(program, "AAEEEEEE")
    use_weight_set(weight_set=made(register))
    before = rescored()
    Interview.objects.filter(customer=program.customers[0]).update(stratum=Stratum.objects.get(region=EUROPE))
    mark_customer(customer_id=program.customers[0].pk)

    assert rescored() != before


def test_a_snapshot_keeps_the_factors_it_was_made_with(program: SmallProgram) -> None:
    weight_set = made(placed(program, "AAEEEEEE"))
    use_weight_set(weight_set=weight_set)
    gap = rescored()

    content = content_of(keep_snapshot(as_of=TODAY, title="Review", now=NOON))

    assert content["weight_set"] == 1
    assert sorted(content["weights"].values()) == [0.333333, 3.0]
    rest_weight_set(weight_set=weight_set)
    rescored()
    kept = read_requirement(requirement_id=program.repairs.pk, scope=Scope(as_of=TODAY))
    assert kept
    assert sorted({each.stratum_factor for each in kept.entries}) == [0.333333, 3.0]
    assert kept.stamp.weight_set == 1
    assert content["requirements"][str(RequirementScore.objects.order_by("pk")[0].pk)]["headline"][1] == gap


def test_one_set_is_in_use_at_a_time_and_that_one_is_not_dropped(program: SmallProgram) -> None:
    register = placed(program, "AAEEEEEE")
    first, second = made(register), made(register)
    use_weight_set(weight_set=first)
    use_weight_set(weight_set=second)

    assert list(WeightSet.objects.filter(is_active=True)) == [second]
    with pytest.raises(ValidationError, match="in use"):
        drop_weight_set(weight_set=second)
    drop_weight_set(weight_set=WeightSet.objects.get(pk=first.pk))
    assert list(WeightSet.objects.values_list("version", flat=True)) == [2]


def test_a_board_is_read_also_while_a_dropped_set_is_still_in_the_sums(program: SmallProgram) -> None:
    weight_set = made(placed(program, "AAEEEEEE"))
    use_weight_set(weight_set=weight_set)
    rescored()
    rest_weight_set(weight_set=weight_set)
    drop_weight_set(weight_set=weight_set)

    stamp = read_board().stamp
    assert (stamp.weight_set, stamp.is_behind) == (None, True)


def test_a_stratum_without_a_voice_is_refused_by_name_until_somebody_says_that_it_stays_so(
    program: SmallProgram,
) -> None:
    register = placed(program, "AAEEEEEE")
    register[next(iter(register))[0], "", "america-north", ""] = 7

    with pytest.raises(ValidationError, match="largest: North America"):
        made(register)

    weight_set = made(register, leave_unheard=True)
    assert weight_set.unheard == [{"region": "america-north", "customers": 7}]
    assert factors(weight_set) == {EUROPE: Decimal("0.333333"), ASIA: Decimal(3)}


def test_a_voice_from_where_the_register_has_nobody_any_more_keeps_its_weight(program: SmallProgram) -> None:
    register = placed(program, "AAEEEEEE")
    lifecycle = next(iter(register))[0]

    weight_set = made({(lifecycle, "", EUROPE, ""): 5})

    assert factors(weight_set) == {EUROPE: Decimal(1)}
    assert weight_set.outside == 2


def test_a_factor_is_cut_and_the_margins_still_hold(program: SmallProgram) -> None:
    register = placed(program, "EEEEEEEA")
    register[next(iter(register))[0], "", ASIA, ""] = 95

    free, cut = made(register), made(register, trim_at=Decimal(2))

    assert factors(free) == factors(cut)  # one division: what is cut must come back, or the margin would not hold
    assert (free.trimmed, cut.trimmed) == (0, 1)


@pytest.mark.parametrize(
    ("asked", "register_of", "words"),
    [
        ({"divided_by": []}, None, "at least one thing"),
        ({}, {}, "Nobody was heard yet"),
        ({"trim_at": Decimal("1.5")}, None, "greater than or equal to 2"),
    ],
)
def test_what_cannot_be_weighed_is_refused_with_the_way_out(
    program: SmallProgram, asked: dict[str, Any], register_of: dict[Any, int] | None, words: str
) -> None:
    register = placed(program, "AAEEEEEE")

    with pytest.raises(ValidationError, match=words):
        made(register if register_of is None else register_of, **asked)
    assert not WeightSet.objects.exists()
