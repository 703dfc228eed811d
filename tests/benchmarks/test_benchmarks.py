"""The parts of the benchmarks that can be wrong without anything being slow."""

from datetime import date
from pathlib import Path

import pytest

from benchmarks import report
from benchmarks.__main__ import answers_of
from benchmarks.timing import quantile
from benchmarks.world import ANSWERS, REQUIREMENTS, STRATA, World, months_before, strata, topics_of

RESULTS = Path(report.__file__).parent / "results"


@pytest.mark.parametrize(("size", "answers"), [("10k", 10_000), ("1M", 1_000_000), ("250", 250)])
def test_a_size_is_a_number_of_answers(size: str, answers: int) -> None:
    assert answers_of(size) == answers


@pytest.mark.parametrize("size", ["", "k", "0", "ten", "-5", "1.5M"])
def test_what_is_no_size_is_refused_with_the_way_out(size: str) -> None:
    with pytest.raises(SystemExit, match="such as 10k, 100k, 1M or 10M"):
        answers_of(size)


def test_quantiles_are_values_that_were_measured() -> None:
    assert quantile([5.0, 1.0, 3.0], 0.5) == 3.0
    assert quantile([5.0, 1.0, 3.0], 0.99) == 5.0
    assert quantile([5.0], 0.99) == 5.0


def test_the_world_is_as_large_as_the_page_says() -> None:
    assert len(strata()) == len(set(strata())) == STRATA
    assert World(1_000_000, date(2026, 3, 16)).interviews == 1_000_000 // ANSWERS
    assert months_before(date(2026, 3, 16), 35) == date(2023, 4, 1)


@pytest.mark.parametrize("customer", [1, 77, 5_000])
def test_a_customer_is_asked_about_different_requirements(customer: int) -> None:
    topics = topics_of(customer)

    assert len(set(topics)) == len(topics)
    assert all(1 <= topic <= REQUIREMENTS for topic in topics)


def test_the_page_is_what_the_kept_results_say() -> None:
    kept = report.PAGE.read_text()

    assert report.page_of(RESULTS) == kept
    assert "10k" in kept
