"""The seeded program that is measured: what exists, before anybody answers."""

from dataclasses import dataclass
from datetime import date
from itertools import islice, product

SEED = 20260316
REQUIREMENTS, PRODUCTS, FUNCTIONS, STRATA = 600, 3, 200, 500
ANSWERS = 20  # of one interview
INTERVIEWS = 10  # of one customer, over the months
CONTACTS = 3  # of one customer
TOPICS = 60  # requirements that one customer is asked about
MONTHS = 36
WEEKS = 13  # measurements in the window of a metric
HOUR = 1_000_000  # levels are stored in millionths
SATISFIED_FROM, HIGHEST_RATING = 7, 10
RATING_SCALE = 1001  # beside those that come by migration
LIFECYCLES = ("current", "past", "prospective")
INDUSTRIES = "CFGHIJKMNQ"
REGIONS = ("europe-north", "europe-west", "europe-south", "america-north", "america-latin", "asia-pacific")
SIZES = ("1-9", "10-49", "50-249", "250+")
BANDS = (30, 60, 120, 240, 960)  # a third and a half of each is whole: the rescans share without rounding


@dataclass(frozen=True, slots=True)
class World:
    """How large the program is, and the day on which it is measured."""

    answers: int
    today: date

    @property
    def interviews(self) -> int:
        return self.answers // ANSWERS

    @property
    def customers(self) -> int:
        return max(1, self.interviews // INTERVIEWS)


def strata() -> list[tuple[str, str, str, str]]:
    return list(islice(product(LIFECYCLES, INDUSTRIES, REGIONS, SIZES), STRATA))


def months_before(day: date, months: int) -> date:
    """Return the first day of the month that lies so many months before."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, 1)


def main_product(customer: int) -> int:
    return customer % PRODUCTS + 1


def topics_of(customer: int) -> list[int]:
    """Return the requirements a customer is asked about; neighbours share some of them."""
    return [(customer * 7 + step * 10) % REQUIREMENTS + 1 for step in range(TOPICS)]
