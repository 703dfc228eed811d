"""Capability of a steady process. Published figures: test_oracles.py."""

import pytest

from scoring import capability, counted, shewhart, time_weighted
from scoring.capability import Capability, NotYet, Process
from scoring.charts import Chart, Subgroup
from scoring.errors import ScoringError

STEADY = [10.0, 12.0, 11.0, 13.0, 9.0] * 5


def chart(found: Chart | None) -> Chart:
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (shewhart.xmr_chart([STEADY]), None),
        (shewhart.xmr_chart([STEADY[:24]]), NotYet.TOO_FEW),
        (shewhart.xmr_chart([[7.0] * 30]), NotYet.NO_VARIATION),
        (shewhart.xmr_chart([[*STEADY, 40.0]]), NotYet.OUT_OF_CONTROL),
        (shewhart.xmr_chart([[*STEADY[:10], 7.0, 15.5, *STEADY]]), NotYet.OUT_OF_CONTROL),
        (counted.p_chart([[Subgroup(1, 5), Subgroup(2, 5)] * 20]), NotYet.COUNTED),
        (time_weighted.ewma_chart([STEADY]), NotYet.COUNTED),
    ],
)
def test_capability_is_told_of_steady_measured_processes_only(found: Chart | None, reason: NotYet | None) -> None:
    assert capability.not_yet(chart(found)) is reason


def test_an_old_phase_out_of_control_does_not_count_against_the_newest() -> None:
    assert capability.not_yet(chart(shewhart.xmr_chart([[*STEADY, 40.0], STEADY]))) is None


def test_the_process_of_a_steady_chart_has_its_two_deviations() -> None:
    phase = chart(shewhart.xmr_chart([STEADY])).phases[0]

    assert capability.process_of(chart(shewhart.xmr_chart([STEADY]))) == Process(11.0, phase.sigma, phase.overall, 25)


def test_the_process_of_a_chart_that_is_not_steady_is_refused() -> None:
    with pytest.raises(ScoringError, match="too_few"):
        capability.process_of(chart(shewhart.xmr_chart([STEADY[:24]])))


def test_one_limit_gives_one_side_with_its_interval() -> None:
    found = capability.capability(Process(mean=21.9, within=2.8, overall=3.0, n=26), upper=8)

    assert found.n == 26
    assert found.cpu == found.cpk
    assert found.cpk.value == pytest.approx(-1.655, abs=1e-3)
    assert (found.cpk.lo, found.cpk.hi) == pytest.approx((-2.13, -1.18), abs=5e-3)
    assert found.ppk.value == pytest.approx((8 - 21.9) / 9)
    assert (found.cpl, found.cp, found.pp, found.cpm, found.k) == (None, None, None, None, None)


def test_the_other_side_mirrors_it() -> None:
    upper = capability.capability(Process(3.0, 1.0, 1.0, 30), upper=9)
    lower = capability.capability(Process(-3.0, 1.0, 1.0, 30), lower=-9)

    assert upper.cpk == lower.cpk == lower.cpl


def test_a_process_in_the_middle_is_as_capable_as_it_is_narrow() -> None:
    found = capability.capability(Process(5.0, 1.0, 2.0, 50), lower=2, upper=8, target=5)

    assert indices(found) == pytest.approx({"cp": 1, "pp": 0.5, "cpk": 1, "ppk": 0.5, "cpm": 1})
    assert found.k == 0


def indices(found: Capability) -> dict[str, float]:
    named = {name: getattr(found, name) for name in ("cp", "pp", "cpk", "ppk", "cpm")}
    return {name: index.value for name, index in named.items()}


@pytest.mark.parametrize(
    ("process", "limits"),
    [
        (Process(5, 1, 1, 30), {}),
        (Process(5, 1, 1, 30), {"lower": 8, "upper": 8}),
        (Process(5, 0, 1, 30), {"upper": 8}),
        (Process(5, 1, 1, 1), {"upper": 8}),
    ],
)
def test_impossible_questions_are_refused(process: Process, limits: dict[str, float]) -> None:
    with pytest.raises(ScoringError):
        capability.capability(process, **limits)
