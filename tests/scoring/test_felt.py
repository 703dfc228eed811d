"""Does the customer feel the requirement is met: the first rule that applies decides."""

import pytest

from scoring.felt import Direction, Felt, FeltRule, Perception, at_least_as_good, felt


@pytest.mark.parametrize(
    ("level", "required", "direction", "verdict"),
    [
        (4, 4, Direction.LOWER, True),
        (5, 4, Direction.LOWER, False),
        (4, 4, Direction.HIGHER, True),
        (5, 4, Direction.HIGHER, True),
        (3, 4, Direction.HIGHER, False),
    ],
)
def test_a_level_equal_to_the_required_one_satisfies_it(
    level: int, required: int, direction: Direction, verdict: bool
) -> None:
    assert at_least_as_good(level, required, direction) is verdict


EVERYTHING = {
    "direct": False,
    "perceived_level": 3,
    "required_level": 4,
    "perceived_rating": 7,
    "expected_rating": 9,
    "satisfied_point": 8,
}


@pytest.mark.parametrize(
    ("unsaid", "verdict"),
    [
        ((), Felt(False, FeltRule.DIRECT)),
        (("direct",), Felt(True, FeltRule.LEVEL)),
        (("direct", "perceived_level"), Felt(False, FeltRule.EXPECTED)),
        (("direct", "required_level"), Felt(False, FeltRule.EXPECTED)),
        (("direct", "perceived_level", "expected_rating"), Felt(False, FeltRule.SATISFIED_POINT)),
        (("direct", "perceived_level", "expected_rating", "satisfied_point"), Felt(None, FeltRule.UNKNOWN)),
        (("direct", "perceived_level", "perceived_rating"), Felt(None, FeltRule.UNKNOWN)),
    ],
)
def test_the_first_rule_that_applies_decides_and_is_named(unsaid: tuple[str, ...], verdict: Felt) -> None:
    said = {name: None if name in unsaid else value for name, value in EVERYTHING.items()}

    assert felt(Perception(**said), Direction.LOWER) == verdict


@pytest.mark.parametrize(("rating", "verdict"), [(7, False), (8, True), (9, True)])
def test_a_rating_at_the_satisfied_point_is_satisfied(rating: int, verdict: bool) -> None:
    assert felt(Perception(perceived_rating=rating, satisfied_point=8), Direction.LOWER).value is verdict


def test_a_rating_as_high_as_expected_is_felt_as_met() -> None:
    assert felt(Perception(perceived_rating=6, expected_rating=6), Direction.LOWER).value is True


def test_a_perceived_level_is_compared_in_the_direction_of_the_scale() -> None:
    said = Perception(perceived_level=3, required_level=4)

    assert felt(said, Direction.HIGHER) == Felt(False, FeltRule.LEVEL)
