"""The weakest link over the circle of functions."""

import math
from collections.abc import Iterator
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.circle import Link, OwnGap, TransmittedGap, power_mean, transmitted_gaps
from scoring.errors import ScoringError

strengths = st.sampled_from([None, 0.0, 0.25, 0.5, 0.75, 0.9, 1.0])
points = st.sampled_from([0.0, 5.0, 12.5, 30.0, 41.0, 77.7, 100.0])


def certain(**gaps: float | None) -> dict[str, OwnGap | None]:
    return {name: None if gap is None else OwnGap(gap, gap, gap) for name, gap in gaps.items()}


@st.composite
def own_gaps(draw: st.DrawFn) -> OwnGap | None:
    ends = sorted(draw(st.lists(points, min_size=3, max_size=3)))
    return draw(st.sampled_from([None, OwnGap(ends[1], ends[0], ends[2])]))


@st.composite
def graphs(draw: st.DrawFn) -> tuple[dict[int, OwnGap | None], list[Link[int]]]:
    names = range(draw(st.integers(1, 6)))
    own = {name: draw(own_gaps()) for name in names}
    ends = st.tuples(st.sampled_from(names), st.sampled_from(names))
    links = draw(st.lists(ends, max_size=14, unique=True))
    return own, [Link(*pair, draw(strengths)) for pair in links]


def gaps_of(result: dict[int, TransmittedGap[int] | None]) -> dict[int, float | None]:
    return {name: each.gap if each else None for name, each in result.items()}


def paths_into(function: int, links: list[Link[int]], behind: tuple[int, ...] = ()) -> Iterator[tuple[int, float]]:
    """Yield (start, product of strengths) of every path without a repeated function that ends here."""
    yield function, 1.0
    for link in links:
        if link.customer == function and link.strength and link.supplier not in (*behind, function):
            for start, product in paths_into(link.supplier, links, (*behind, function)):
                yield start, product * link.strength


@given(graphs())
def test_result_equals_the_best_of_all_paths(graph: tuple[dict[int, OwnGap | None], list[Link[int]]]) -> None:
    own, links = graph
    for function, found in transmitted_gaps(own, links).items():
        arriving = [(start, own[start], product) for start, product in paths_into(function, links)]
        known = [(start, gap, product) for start, gap, product in arriving if gap is not None]
        if not known:
            assert found is None
            continue
        assert found is not None
        assert found.gap == pytest.approx(max(product * gap.gap for _, gap, product in known))
        assert found.lo == pytest.approx(max(product * gap.lo for _, gap, product in known))
        assert found.hi == pytest.approx(max(product * gap.hi for _, gap, product in known))
        assert found.lo <= found.gap <= found.hi
        assert found.path[-1] == function
        assert own[found.path[0]] is not None
        assert all(own[name] is not None for name in found.bottlenecks)


@given(graphs())
def test_runner_up_is_named_exactly_when_the_lower_bound_does_not_beat_it(
    graph: tuple[dict[int, OwnGap | None], list[Link[int]]],
) -> None:
    own, links = graph
    for function, found in transmitted_gaps(own, links).items():
        if found is None:
            continue
        best: dict[int, float] = {}
        for start, product in paths_into(function, links):
            best[start] = max(best.get(start, 0.0), product)
        winner = found.path[0]
        winning = own[winner]
        assert winning is not None
        others = [best[start] * gap.gap for start, gap in own.items() if gap and start in best and start != winner]
        runner_up = max(others, default=0.0)
        tied = found.gap > 0 and runner_up > 0 and best[winner] * winning.lo <= runner_up + 1e-12
        assert len(found.bottlenecks) == (0 if found.gap == 0 else 2 if tied else 1)


@given(graphs(), points)
def test_result_is_the_least_fixed_point_and_monotone(
    graph: tuple[dict[int, OwnGap | None], list[Link[int]]], rise: float
) -> None:
    own, links = graph
    result = gaps_of(transmitted_gaps(own, links))
    again = {name: None if gap is None else OwnGap(gap, gap, gap) for name, gap in result.items()}
    raised = {name: gap and OwnGap(gap.gap + rise, gap.lo, gap.hi + rise) for name, gap in own.items()}
    higher = gaps_of(transmitted_gaps(raised, links))

    assert gaps_of(transmitted_gaps(again, links)) == result
    for name, gap in result.items():
        assert (gap is None) == (higher[name] is None)
        assert gap is None or gap <= (higher[name] or 0.0) <= gap + rise + 1e-9


@given(graphs(), st.randoms(use_true_random=False))
def test_the_order_of_functions_and_links_never_changes_a_bit(
    graph: tuple[dict[int, OwnGap | None], list[Link[int]]], random: Random
) -> None:
    own, links = graph
    names, shuffled = list(own), list(links)
    random.shuffle(names)
    random.shuffle(shuffled)

    assert transmitted_gaps({name: own[name] for name in names}, shuffled) == transmitted_gaps(own, links)


def test_a_gap_is_discounted_at_every_hand_over_and_its_start_is_named() -> None:
    links = [Link("a", "b", 0.5), Link("b", "c", 0.5), Link("c", "a", 1.0)]

    result = transmitted_gaps(certain(a=40.0, b=0.0, c=8.0), links)

    assert result["c"] == TransmittedGap(10.0, 10.0, 10.0, ("a", "b", "c"), ("a",))


def test_an_unset_link_transmits_nothing() -> None:
    assert transmitted_gaps(certain(a=40.0, b=1.0), [Link("a", "b", None)])["b"] == TransmittedGap(
        1.0, 1.0, 1.0, ("b",), ("b",)
    )


def test_a_function_without_data_passes_on_what_reaches_it() -> None:
    links = [Link("a", "b", 1.0), Link("b", "c", 0.5)]

    result = transmitted_gaps(certain(a=40.0, b=None, c=None, d=None), links)

    assert result["b"] == TransmittedGap(40.0, 40.0, 40.0, ("a", "b"), ("a",))
    assert result["c"] == TransmittedGap(20.0, 20.0, 20.0, ("a", "b", "c"), ("a",))
    assert result["d"] is None


def test_an_own_gap_as_large_as_what_arrives_is_the_bottleneck() -> None:
    result = transmitted_gaps({"a": OwnGap(20, 20, 20), "b": OwnGap(10, 10, 10)}, [Link("a", "b", 0.5)])["b"]

    assert result == TransmittedGap(10.0, 10.0, 10.0, ("b",), ("b", "a"))


def test_the_winner_is_tied_until_its_lower_bound_beats_the_runner_up() -> None:
    links = [Link("a", "c", 1.0), Link("b", "c", 1.0)]
    runner_up = OwnGap(30, 20, 40)

    unsure = transmitted_gaps({"a": OwnGap(40, 30, 50), "b": runner_up, "c": None}, links)["c"]
    clear = transmitted_gaps({"a": OwnGap(40, 31, 50), "b": runner_up, "c": None}, links)["c"]

    assert unsure is not None
    assert unsure.bottlenecks == ("a", "b")
    assert clear is not None
    assert clear.bottlenecks == ("a",)


def test_no_bottleneck_is_named_where_no_gap_arrives() -> None:
    assert transmitted_gaps(certain(a=0.0), [])["a"] == TransmittedGap(0.0, 0.0, 0.0, ("a",), ())


def test_one_gap_alone_is_not_tied_with_a_function_without_one() -> None:
    result = transmitted_gaps({"a": OwnGap(30, 0, 60), "b": OwnGap(0, 0, 10)}, [Link("b", "a", 1.0)])["a"]

    assert result is not None
    assert result.bottlenecks == ("a",)


@pytest.mark.parametrize("strength", [-0.1, 1.1, math.nan])
def test_a_strength_outside_0_to_1_is_refused(strength: float) -> None:
    with pytest.raises(ScoringError, match="strength between 0 and 1"):
        transmitted_gaps(certain(a=1.0, b=1.0), [Link("a", "b", strength)])


def test_a_link_to_a_function_that_is_not_on_the_circle_is_refused() -> None:
    with pytest.raises(ScoringError, match="not on the circle"):
        transmitted_gaps(certain(a=1.0), [Link("a", "b", 1.0)])
    with pytest.raises(ScoringError, match="not on the circle"):
        transmitted_gaps(certain(a=1.0), [Link("b", "a", 1.0)])


@pytest.mark.parametrize("gap", [OwnGap(-1, -1, 0), OwnGap(5, 6, 7), OwnGap(5, 4, 4.5), OwnGap(math.nan, 0, 1)])
def test_a_gap_outside_its_interval_is_refused(gap: OwnGap) -> None:
    with pytest.raises(ScoringError, match="lo <= gap <= hi"):
        transmitted_gaps({"a": gap}, [])


def test_power_mean_refuses_what_has_no_mean() -> None:
    with pytest.raises(ScoringError, match="above 0"):
        power_mean([], 1)
    with pytest.raises(ScoringError, match="above 0"):
        power_mean([0.5, 0.0], -1)
