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


NOT_KNOWN = "unknown"  # how an address names customers of whom the register does not know the dimension
_VALUES = {"region": _REGIONS, "industry": _INDUSTRIES, "size_band": _SIZES}


def segment_text(dimension: str, value: str) -> str:
    """Return how an address names a segment: 'region:europe-north'; nothing without a dimension."""
    return f"{dimension}:{value or NOT_KNOWN}" if dimension else ""


def segment_named(text: str) -> tuple[str, str] | None:
    """Return dimension and value of a segment as an address names it, or None where there is no such segment."""
    dimension, _, named = text.partition(":")
    # In an address a plus that was not written as %2B reads as a space: '250+' is a size.
    value = "" if named == NOT_KNOWN else named.replace(" ", "+")
    is_known = bool(named) and value in _VALUES.get(dimension, {})
    return (dimension, str(value)) if is_known else None


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
