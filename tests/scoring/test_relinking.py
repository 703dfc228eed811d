"""What was said with another level beside it, or none: worked out by hand, and as the gains of a moved level are."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.investing import Case, Line, Option, Part, Step, gains, threshold_of
from scoring.relinking import Beside, Voice, gap_of_voices

# Four customers of one weight: two need 4 and 8, both badly served as they feel; two of whom one half is known.
SAID = (Voice(4, 1.0, False), Voice(8, 1.0, True), Voice(8, 1.0, None), Voice(None, 1.0, True))


@pytest.mark.parametrize(
    ("now", "then", "follows", "gap"),
    [
        (10_000, 10_000, False, 62.5),  # met 0 0 0 -, felt 0 1 - 1: served 0, 1/2, 0, 1
        (10_000, 8_000, False, 25.0),  # the two who need 8 are met: 0, 1, 1, 1
        (10_000, 4_000, False, 12.5),  # the first is met and does not feel it
        (10_000, 4_000, True, 0.0),  # and comes to feel it
        (4_000, 10_000, True, 75.0),  # those who lose it cease to feel it; who said nothing of a level still does
        (10_000, None, False, 100 / 3),  # felt alone: 0, 1, 1 of three
        (None, 4_000, True, 12.5),  # what is only measured now changed nothing for anybody
    ],
)
def test_the_gap_with_another_level_beside_what_was_said(now, then, follows, gap):
    assert gap_of_voices([Beside(SAID, now, then)], follows=follows) == pytest.approx(gap)


def test_nothing_known_is_no_gap():
    assert gap_of_voices([Beside([Voice(4, 1.0, None)], 1, None)]) is None
    assert gap_of_voices([]) is None


voices = st.lists(
    st.tuples(st.integers(1, 12), st.integers(1, 9), st.sampled_from([True, False, None])), min_size=1, max_size=8
)


@settings(max_examples=60, deadline=None)
@given(voices, st.integers(1, 12), st.integers(1, 12), st.booleans())
def test_a_moved_level_gains_as_much_as_a_set_that_moves_it(said, now, then, follows):
    """The same answers as steps of a line, as gains of sets are worked out of."""
    total = sum(weight for _required, weight, _felt in said)
    steps = []
    for required, weight, felt in said:
        points = 100 * weight / total
        is_met = now * 1_000 <= threshold_of(required)
        most = points / 2 if felt is not is_met and felt is not None else points
        steps.append(Step(threshold_of(required), points, points if felt is None else points / 2, most))
    line = Line(1, now * 1_000, tuple(steps), {0: ((then - now) * 1_000,) * 3})
    case = Case((Part(1, None, 1.0, 50.0, 40.0, 60.0, 9.0),), (line,), (Option(0, 0),))
    beside = [Voice(required, float(weight), felt) for required, weight, felt in said]

    gained = gains(case, {0}, follows=follows).get(1, 0.0)

    today, moved = (
        gap_of_voices([Beside(beside, now * 1_000, level * 1_000)], follows=follows) for level in (now, then)
    )
    assert today is not None
    assert moved is not None
    assert today - moved == pytest.approx(gained)
