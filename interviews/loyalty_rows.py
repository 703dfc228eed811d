"""How customers rate a product by NPS, CSAT and CES, grouped so that a million answers come as some hundred rows.

As for the other views (interviews.opinions): of each contact, product and measure the newest answer counts in which it
was asked, in completed interviews up to a day, with one voice for each customer.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from interviews.models import Part
from interviews.opinions import WEIGHED, Asked, Heard, Voice, heard_of
from web import sql

Key = tuple[int, str]  # a product, and NPS, CSAT or CES
_CUSTOMER = "COALESCE(c.merged_into_id, c.id)"
_OF_CUSTOMER = "OVER (PARTITION BY product_id, measure, customer)"


class LoyaltyRow(NamedTuple):
    """So many customers who rate one product the same by one measure."""

    product: int
    measure: str
    rating: int
    voice: Voice
    times: int

    @property
    def key(self) -> Key:
        return self.product, self.measure


def loyalty_rows(asked: Asked) -> tuple[list[LoyaltyRow], Mapping[Key, Heard]]:
    """Return how each product is rated by each measure, and by whom (2 queries)."""
    counted, values = _counted(asked)
    known = (
        f"SELECT v.*, SUM(factor) {_OF_CUSTOMER} AS factors, COUNT(*) {_OF_CUSTOMER} AS shared "
        "FROM v WHERE rating IS NOT NULL"
    )
    keys = "product_id, measure, rating, weight, factor, factors, shared"
    rows = sql.fetch(
        f"{counted}, w AS ({known}) SELECT {keys}, COUNT(*) FROM w GROUP BY {keys} ORDER BY {keys}", values
    )
    heard = sql.fetch(
        f"{counted} SELECT product_id, measure, COUNT(DISTINCT contact_id), COUNT(DISTINCT customer), MIN(held_on), "
        "MAX(held_on) FROM v WHERE rating IS NOT NULL AND weight > 0 AND factor > 0 GROUP BY product_id, measure",
        values,
    )
    found = [
        LoyaltyRow(product, measure, rating, Voice(*map(int, voice)), times)
        for product, measure, rating, *voice, times in rows
    ]
    return found, {(row[0], row[1]): heard_of(row[2:]) for row in heard}


def _counted(asked: Asked) -> tuple[str, list[Any]]:
    """Return the common beginning: `v`, the newest answers, with weights."""
    where, values = asked.conditions
    statement = (
        f"WITH n AS (SELECT a.product_id, a.measure, a.rating, {_CUSTOMER} AS customer, i.contact_id, i.stratum_id, "
        f"i.held_on, ROW_NUMBER() OVER (PARTITION BY a.product_id, a.measure, {_CUSTOMER}, i.contact_id "
        "ORDER BY i.held_on DESC, a.id DESC) AS place "
        "FROM interviews_loyaltyanswer a "
        "JOIN interviews_interview i ON i.id = a.interview_id AND i.state = 'completed' AND i.held_on <= %s "
        "JOIN customers_customer c ON c.id = i.customer_id "
        f"WHERE a.state <> {int(Part.NOT_ASKED)}), "
        f"{WEIGHED} WHERE n.place = 1 AND {where}) "
    )
    return statement, [asked.as_of, asked.weight_set or 0, *values]
