"""The scopes that keep sums of their own, and the keys under which they stand.

kind         k1            k2
requirement  0             0
product      product id    0
lifecycle    0             lifecycle code
industry     lifecycle     industry code
region       lifecycle     region code
size         lifecycle     size code
leaf         product id    stratum id
"""

from enum import IntEnum
from typing import NamedTuple

from customers.models import Lifecycle, SizeBand
from customers.places import INDUSTRIES, REGIONS


class Kind(IntEnum):
    REQUIREMENT = 0
    PRODUCT = 1
    LIFECYCLE = 2
    INDUSTRY = 3
    REGION = 4
    SIZE = 5
    LEAF = 6


class Key(NamedTuple):
    requirement: int
    kind: int
    k1: int
    k2: int


# Codes are kept in the projection: append, never renumber.
LIFECYCLES = {Lifecycle.CURRENT: 1, Lifecycle.PAST: 2, Lifecycle.PROSPECTIVE: 3, Lifecycle.INTERNAL: 4}
_INDUSTRIES = {"": 0} | {code: number for number, (code, _) in enumerate(INDUSTRIES, start=1)}
_REGIONS = {"": 0} | {code: number for number, (code, _) in enumerate(REGIONS, start=1)}
_SIZES = {"": 0, SizeBand.MICRO: 1, SizeBand.SMALL: 2, SizeBand.MEDIUM: 3, SizeBand.LARGE: 4}
HEADLINE = LIFECYCLES[Lifecycle.CURRENT]
INTERNAL = LIFECYCLES[Lifecycle.INTERNAL]


class Segment(NamedTuple):
    """A stratum in the words of the register."""

    lifecycle: str
    industry: str
    region: str
    size_band: str


class Codes(NamedTuple):
    lifecycle: int
    industry: int
    region: int
    size_band: int


def codes_of(segment: Segment) -> Codes:
    return Codes(
        LIFECYCLES[Lifecycle(segment.lifecycle)],
        _INDUSTRIES[segment.industry],
        _REGIONS[segment.region],
        _SIZES[segment.size_band],
    )


def keys_above(*, requirement: int, product: int, stratum: int, codes: Codes) -> tuple[Key, ...]:
    """Return every score row that sums a ledger entry of this product and stratum."""
    lifecycle = codes.lifecycle
    return (
        Key(requirement, Kind.REQUIREMENT, 0, 0),
        Key(requirement, Kind.PRODUCT, product, 0),
        Key(requirement, Kind.LIFECYCLE, 0, lifecycle),
        Key(requirement, Kind.INDUSTRY, lifecycle, codes.industry),
        Key(requirement, Kind.REGION, lifecycle, codes.region),
        Key(requirement, Kind.SIZE, lifecycle, codes.size_band),
        Key(requirement, Kind.LEAF, product, stratum),
    )


def part_of(breakdown: str, *, segment: Segment, country: str) -> str:
    """Return which part of a broken-down metric serves an answer; '' where it is not broken down."""
    if breakdown == "country":
        return country
    return str(getattr(segment, breakdown)) if breakdown else ""
