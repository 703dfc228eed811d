"""How far measurements can be trusted, flaw by flaw."""

from datetime import date, timedelta

import pytest

from scoring.errors import ScoringError
from scoring.health import Flaw, FlawKind, Health, Reading, Rhythm, Trust, Weight, health, health_of_derived

TODAY = date(2026, 3, 1)
WEEKLY = Rhythm(7, 3)


def readings(*weeks_ago: int, level: float | None = 5.0, source: str = "till", counted: bool = False) -> list[Reading]:
    ends = [TODAY - timedelta(days=7 * weeks) for weeks in weeks_ago]
    return [Reading(end, end, "", source, level, level, counted) for end in ends]


TWO_SOURCES = [*readings(0, 1, 2, level=5.0), *readings(3, 4, 5, source="desk")]


def of(rows: list[Reading], rhythm: Rhythm = WEEKLY, **options: date) -> Health:
    return health(rows, rhythm=rhythm, as_of=TODAY, **options)


def test_what_is_on_time_whole_and_told_by_two_is_sound() -> None:
    assert of(TWO_SOURCES) == Health(Trust.SOUND, (), 6)


def test_what_was_never_measured_has_no_trust() -> None:
    assert of([]) == Health(Trust.NONE, (Flaw(FlawKind.NEVER, Weight.GRAVE),), 0)


def test_a_single_source_is_a_remark_that_takes_no_trust_away() -> None:
    assert of(readings(0, 1, 2)) == Health(Trust.SOUND, (Flaw(FlawKind.SINGLE_SOURCE, Weight.REMARK, 3, 3),), 3)


@pytest.mark.parametrize(
    ("rows", "rhythm", "changed_on", "flaw", "trust"),
    [
        # 14 days old, 10 allowed; then 32 days: more than three rhythms beyond it.
        (readings(2, 3) + readings(4, source="b"), WEEKLY, None, Flaw(FlawKind.LATE, Weight.COUNTS, 4), Trust.CARE),
        (readings(6, 7) + readings(8, source="b"), WEEKLY, None, Flaw(FlawKind.LATE, Weight.GRAVE, 32), Trust.DOUBT),
        # One week of six is a hole; two of five are more than a quarter.
        (
            readings(0, 1, 3, 4) + readings(5, source="b"), WEEKLY, None,
            Flaw(FlawKind.MISSING, Weight.COUNTS, 1, 6), Trust.CARE,
        ),
        (
            readings(0, 3) + readings(4, source="b"), WEEKLY, None,
            Flaw(FlawKind.MISSING, Weight.GRAVE, 2, 5), Trust.DOUBT,
        ),
        # The same value of a day from a second source; a share stored once more by the same one.
        (
            readings(*range(9)) + readings(4, source="b"), WEEKLY, None,
            Flaw(FlawKind.DUPLICATED, Weight.COUNTS, 1, 10), Trust.CARE,
        ),
        (
            readings(0, 0, 1, counted=True) + readings(2, source="b"), WEEKLY, None,
            Flaw(FlawKind.DUPLICATED, Weight.GRAVE, 1, 4), Trust.DOUBT,
        ),
        (TWO_SOURCES, WEEKLY, TODAY - timedelta(days=30), Flaw(FlawKind.CHANGED, Weight.COUNTS, 1, 6), Trust.CARE),
        (TWO_SOURCES, WEEKLY, TODAY, Flaw(FlawKind.CHANGED, Weight.GRAVE, 5, 6), Trust.DOUBT),
    ],
)  # fmt: skip
def test_a_flaw_says_how_much_of_what_and_takes_its_trust(
    rows: list[Reading], rhythm: Rhythm, changed_on: date | None, flaw: Flaw, trust: Trust
) -> None:
    found = health(rows, rhythm=rhythm, as_of=TODAY, changed_on=changed_on)

    assert (found.flaws, found.trust) == ((flaw,), trust)


def test_three_flaws_that_count_are_as_grave_as_one() -> None:
    rows = [*readings(2, 3, 4, 5, 7, 8, 9, 10, 11, 12, 13), *readings(13, source="b")]

    found = of(rows, changed_on=TODAY - timedelta(days=80))

    kinds = [flaw.kind for flaw in found.flaws]
    assert kinds == [FlawKind.LATE, FlawKind.MISSING, FlawKind.DUPLICATED, FlawKind.CHANGED]
    assert {flaw.weight for flaw in found.flaws} == {Weight.COUNTS}
    assert found.trust is Trust.DOUBT


def test_single_values_that_are_alike_are_no_duplicates_of_one_source() -> None:
    assert of([*readings(0, 0, 0), *readings(1, source="b")]).trust is Trust.SOUND


def test_a_daily_rhythm_has_weekends() -> None:
    assert of([*readings(0, 1), *readings(2, source="b")], Rhythm(1, 0)).trust is Trust.SOUND


def test_far_out_is_three_widths_of_the_middle_half_beyond_it() -> None:
    def with_one_at(level: float) -> list[Reading]:
        steady = [each._replace(level=value) for each, value in zip(readings(*range(21)), [2, 3, 4] * 7, strict=True)]
        return [*steady, *readings(21, level=level, source="b")]

    # Of 22 values the middle half is 2 to 4, its width 2.
    assert of(with_one_at(10.0)).flaws == ()
    assert of(with_one_at(10.1)).flaws == (Flaw(FlawKind.OUT_OF_RANGE, Weight.COUNTS, 1, 22),)
    assert of([*with_one_at(-99), *readings(22, level=99, source="b")]).flaws == (
        Flaw(FlawKind.OUT_OF_RANGE, Weight.GRAVE, 2, 23),
    )


def test_where_half_of_the_values_are_alike_nothing_is_far_out() -> None:
    assert of([*readings(*range(9)), *readings(9, level=99, source="b")]).flaws == ()


def test_values_are_compared_inside_their_part() -> None:
    north, south = readings(*range(9)), readings(*range(9), level=500.0, source="b")
    spread = [each._replace(level=5.0 + number % 3) for number, each in enumerate(north)]

    assert of([*spread, *(each._replace(part="south") for each in south)]).trust is Trust.SOUND


def test_what_stands_for_no_value_alone_is_not_compared() -> None:
    assert of([*readings(*range(9), level=None), *readings(9, level=99, source="b")]).flaws == ()


@pytest.mark.parametrize(
    ("rows", "rhythm"), [([], Rhythm(0, 0)), ([], Rhythm(7, -1)), (readings(-1), WEEKLY)], ids=["0 d", "-1 d", "later"]
)
def test_what_no_caller_may_hand_over_is_an_error(rows: list[Reading], rhythm: Rhythm) -> None:
    with pytest.raises(ScoringError, match="Expected"):
        of(rows, rhythm)


def test_what_is_worked_out_can_be_trusted_no_further_than_its_inputs() -> None:
    sound, late, never = Health(Trust.SOUND, (), 9), Health(Trust.CARE, (), 3), Health(Trust.NONE, (), 0)

    assert health_of_derived([sound, sound]) == Health(Trust.SOUND, (), 18)
    assert health_of_derived([late, sound]) == Health(Trust.CARE, (Flaw(FlawKind.INPUT, Weight.COUNTS, 1, 2),), 12)
    assert health_of_derived([late, never]).trust is Trust.NONE
    assert health_of_derived([]).flaws == (Flaw(FlawKind.NEVER, Weight.GRAVE),)
