"""Where a gap reaches customers next, by hand on the chain of link-01 and beside it by trying."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.circle import Link, OwnGap, transmitted_gaps
from scoring.collapse import Reach, Threat, threats

CHAIN = [Link("supply", "production", 1.0), Link("production", "logistics", 0.8), Link("logistics", "billing", 0.5)]


def sure(gap: float) -> OwnGap:
    return OwnGap(gap, gap, gap)


def test_a_gap_reaches_customers_at_the_end_of_a_chain_and_the_next_one_is_as_near_as_it_says() -> None:
    own = {"supply": OwnGap(10, 8, 45), "production": sure(30), "logistics": sure(5), "billing": sure(20)}

    found = threats(own, CHAIN, {"logistics", "billing"})

    # 30 x 0.8 = 24 is the largest at logistics. At billing 12 of 20 arrive: 20 / 0.4 - 30 = 20 points are missing.
    assert found == [
        Threat("production", "logistics", Reach.ARRIVES, 0.8, 24.0, 24.0, 24.0, 24.0, 0.0),
        Threat("supply", "logistics", Reach.MAY, 0.8, 8.0, pytest.approx(6.4), 36.0, 24.0, pytest.approx(20.0)),
        Threat("production", "billing", Reach.NEXT, 0.4, 12.0, 12.0, 12.0, 20.0, 20.0),
        Threat("logistics", "billing", Reach.NEXT, 0.5, 2.5, 2.5, 2.5, 20.0, 35.0),
        Threat("supply", "billing", Reach.NEXT, 0.4, 4.0, pytest.approx(3.2), 18.0, 20.0, 40.0),
    ]


def test_nobody_is_threatened_by_what_could_not_arrive_first_or_is_not_known() -> None:
    links = [Link("a", "b", 0.25), Link("c", "b", 1.0), Link("a", "c", None)]

    # A quarter of 100 points is less than the 40 that b has by itself; c has no data.
    assert threats({"a": sure(30), "b": sure(40), "c": None}, links, {"b", "c"}) == []
    assert threats({"a": sure(30), "b": sure(0)}, links[:1], set()) == []


def test_of_two_ways_the_stronger_counts_and_a_ring_ends() -> None:
    links = [Link("a", "b", 0.25), Link("a", "c", 1.0), Link("c", "b", 0.5), Link("b", "a", 1.0)]

    (only,) = threats({"a": sure(40), "b": sure(0), "c": None}, links, {"b"})

    assert (only.start, only.function, only.strength, only.gap, only.reach) == ("a", "b", 0.5, 20.0, Reach.ARRIVES)


gaps = st.lists(st.floats(1, 50), min_size=4, max_size=4)
strengths = st.lists(st.sampled_from([None, 0.25, 0.5, 0.75, 1.0]), min_size=6, max_size=6)


@given(gaps, strengths)
def test_a_gap_that_grows_by_its_margin_is_the_largest_that_arrives(
    values: list[float], given: list[float | None]
) -> None:
    pairs = [(0, 1), (1, 2), (2, 3), (0, 2), (3, 0), (1, 3)]
    links = [Link(*pair, strength) for pair, strength in zip(pairs, given, strict=True)]
    own = {at: sure(gap) for at, gap in enumerate(values)}

    for each in threats(own, links, {2, 3}):
        grown = {**own, each.start: sure(own[each.start].gap + each.margin + 1e-6)}
        there = transmitted_gaps(grown, links)[each.function]
        assert there is not None
        assert there.gap == pytest.approx(max(each.through, each.strength * grown[each.start].gap), rel=1e-6)
        assert there.path[0] == each.start
