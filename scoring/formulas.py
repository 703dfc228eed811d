"""A small formula over named quantities, such as late / delivered: read, its units checked, worked out exactly.

It has numbers, names, + - * / ( ), min and max, and nothing else: no text of a person is ever run as code.
Source: docs/algorithms/derived-metrics.md.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from scoring.errors import ScoringError
from scoring.units import unit_of

LONGEST, DEEPEST, MOST_NAMES = 300, 12, 20
FUNCTIONS = ("min", "max")
SIGNS = {"\u00d7": "*", "\u00f7": "/", "\u2212": "-"}  # as people and spreadsheets write them
TOKEN = re.compile(r"\s*(?:(?P<number>\d{1,15}(?:\.\d{1,6})?)|(?P<name>[a-z][a-z0-9_]*)|(?P<sign>[-+*/(),]))")
ENDS = ""


class Fault(StrEnum):
    """What is wrong with a formula."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    TOO_DEEP = "too_deep"
    TOO_MANY_NAMES = "too_many_names"
    NO_NAME = "no_name"
    CHARACTER = "character"
    UNEXPECTED = "unexpected"
    UNITS = "units"
    RESULT_UNIT = "result_unit"


class FormulaError(ScoringError):
    """A formula that people wrote wrong; `what` and `other` are the parts of it that the fault is about."""

    def __init__(self, fault: Fault, what: str = "", other: str = "") -> None:
        super().__init__(f"{fault}: {what} {other}".strip())
        self.fault, self.what, self.other = fault, what, other


class DividedByZeroError(ScoringError):
    """The formula has no value for these numbers."""


@dataclass(frozen=True, slots=True)
class Number:
    value: Fraction


@dataclass(frozen=True, slots=True)
class Name:
    name: str


@dataclass(frozen=True, slots=True)
class Negative:
    of: "Node"


@dataclass(frozen=True, slots=True)
class Pair:
    sign: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Extreme:
    """The smallest or the largest of its parts."""

    which: str
    parts: tuple["Node", ...]


Node = Number | Name | Negative | Pair | Extreme


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula that was read; `names` in the order in which they first stand in it."""

    text: str
    root: Node
    names: tuple[str, ...]


def read_formula(text: str) -> Formula:
    """Read a formula; names are small letters, digits and _, capitals are read as small ones.

    Raises: FormulaError for what is no formula, too long (300 characters), nested deeper than 12, or without a name.
    Source: docs/algorithms/derived-metrics.md, Formula.
    """
    plain = " ".join(text.split()).lower()
    for written, sign in SIGNS.items():
        plain = plain.replace(written, sign)
    if not plain:
        raise FormulaError(Fault.EMPTY)
    if len(plain) > LONGEST:
        raise FormulaError(Fault.TOO_LONG)
    tokens = list(_tokens(plain))
    root = _Reader(tokens).whole()
    names = tuple(dict.fromkeys(text for kind, text in tokens if kind == "name" and text not in FUNCTIONS))
    if not names:
        raise FormulaError(Fault.NO_NAME)
    if len(names) > MOST_NAMES:
        raise FormulaError(Fault.TOO_MANY_NAMES)
    return Formula(plain, root, names)


def rewritten(formula: Formula, words: Mapping[str, str]) -> str:
    """Return the formula with words in the place of its names: '13 / 302'."""
    spaced = {"+": " + ", "-": " \u2212 ", "*": " \u00d7 ", "/": " / ", ",": ", "}
    parts, before = [], ("sign", "(")
    for kind, text in _tokens(formula.text):
        is_prefix = text == "-" and before[0] == "sign" and before[1] != ")"
        parts.append("\u2212" if is_prefix else spaced.get(text, words.get(text, text)))
        before = (kind, text)
    return "".join(parts)


Token = tuple[str, str]


def _tokens(text: str) -> Iterator[Token]:
    at = 0
    while at < len(text):
        found = TOKEN.match(text, at)
        if found is None:
            raise FormulaError(Fault.CHARACTER, text[at:].strip()[:1])
        yield str(found.lastgroup), found[str(found.lastgroup)]
        at = found.end()


class _Reader:
    """Reads sums of products of parts, left to right."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens, self.at, self.depth = tokens, 0, 0

    def whole(self) -> Node:
        root = self.sum()
        if self.at < len(self.tokens):
            raise FormulaError(Fault.UNEXPECTED, self.next)
        return root

    @property
    def next(self) -> str:
        return self.tokens[self.at][1] if self.at < len(self.tokens) else ENDS

    def take(self, *signs: str) -> str:
        """Return the next sign if it is one of these, and step over it."""
        found = self.next
        if found and found in signs:
            self.at += 1
            return found
        return ENDS

    def need(self, sign: str) -> None:
        if not self.take(sign):
            raise FormulaError(Fault.UNEXPECTED, self.next)

    def sum(self) -> Node:
        left = self.product()
        while sign := self.take("+", "-"):
            left = Pair(sign, left, self.product())
        return left

    def product(self) -> Node:
        left = self.part()
        while sign := self.take("*", "/"):
            left = Pair(sign, left, self.part())
        return left

    def part(self) -> Node:
        self.depth += 1
        if self.depth > DEEPEST:
            raise FormulaError(Fault.TOO_DEEP)
        found = self.inner()
        self.depth -= 1
        return found

    def inner(self) -> Node:
        if self.take("-"):
            return Negative(self.part())
        if self.take("("):
            inner = self.sum()
            self.need(")")
            return inner
        kind, text = self.tokens[self.at] if self.at < len(self.tokens) else ("sign", ENDS)
        if kind == "sign":
            raise FormulaError(Fault.UNEXPECTED, text)
        self.at += 1
        if kind == "number":
            return Number(Fraction(text))
        return self.extreme(text) if text in FUNCTIONS else Name(text)

    def extreme(self, which: str) -> Node:
        self.need("(")
        parts = [self.sum()]
        while self.take(","):
            parts.append(self.sum())
        self.need(")")
        return Extreme(which, tuple(parts))


# ---- Worked out


def worked_out(formula: Formula, values: Mapping[str, Fraction]) -> Fraction:
    """Return what the formula comes to, exactly. Units: every value in base units of its dimension.

    Raises: DividedByZeroError where a divisor is 0.
    Source: docs/algorithms/derived-metrics.md, Value.
    """
    return _value(formula.root, values)


def _value(node: Node, values: Mapping[str, Fraction]) -> Fraction:
    match node:
        case Number(value):
            return value
        case Name(name):
            return values[name]
        case Negative(of):
            return -_value(of, values)
        case Extreme(which, parts):
            return (min if which == "min" else max)(_value(each, values) for each in parts)
    return _paired(node.sign, _value(node.left, values), _value(node.right, values))


def _paired(sign: str, one: Fraction, other: Fraction) -> Fraction:
    if sign == "+":
        return one + other
    if sign == "-":
        return one - other
    if sign == "*":
        return one * other
    if other == 0:
        raise DividedByZeroError
    return one / other


# ---- Units


@dataclass(frozen=True, slots=True)
class Dimension:
    """The dimension of a part: powers of time, money and so on; without any a plain number, a share or a count.

    A plain number fits a share and a count: 1 - a, delivered + 1. A count over a count is a plain number, and money
    over a count stays money.
    """

    powers: tuple[tuple[str, int], ...] = ()
    plain: str = ""  # 'share', 'count' or nothing, only without powers

    def __str__(self) -> str:
        words = [name if power == 1 else f"{name}^{power}" for name, power in self.powers]
        return " x ".join(words) or self.plain or "a plain number"


NUMBER = Dimension()
COUNT, SHARE = Dimension(plain="count"), Dimension(plain="share")


def dimension_of(unit: str) -> Dimension:
    dimension = unit_of(unit).dimension
    return Dimension(plain=dimension) if dimension in {"share", "count"} else Dimension(((dimension, 1),))


def check_units(formula: Formula, units: Mapping[str, str], unit: str) -> None:
    """Check that the parts of a formula fit each other, and its result the unit.

    Raises: FormulaError where what is added or compared differs in dimension, or where the result is of another one.
    Source: docs/algorithms/derived-metrics.md, Units.
    """
    found, wanted = _dimension(formula.root, units), dimension_of(unit)
    if _common(found, wanted) is None:
        raise FormulaError(Fault.RESULT_UNIT, str(found), str(wanted))


def _dimension(node: Node, units: Mapping[str, str]) -> Dimension:
    match node:
        case Number():
            return NUMBER
        case Name(name):
            return dimension_of(units[name])
        case Negative(of):
            return _dimension(of, units)
        case Extreme(_, parts):
            found = _dimension(parts[0], units)
            for each in parts[1:]:
                found = _alike(found, _dimension(each, units))
            return found
    one, other = _dimension(node.left, units), _dimension(node.right, units)
    return _alike(one, other) if node.sign in "+-" else _product(one, other, 1 if node.sign == "*" else -1)


def _alike(one: Dimension, other: Dimension) -> Dimension:
    found = _common(one, other)
    if found is None:
        raise FormulaError(Fault.UNITS, str(one), str(other))
    return found


def _common(one: Dimension, other: Dimension) -> Dimension | None:
    if one == other:
        return one
    if one.powers or other.powers or NUMBER not in {one, other}:
        return None
    return other if one == NUMBER else one


def _product(one: Dimension, other: Dimension, power: int) -> Dimension:
    powers = dict(one.powers)
    for name, its in other.powers:
        powers[name] = powers.get(name, 0) + power * its
    left = tuple(sorted((name, its) for name, its in powers.items() if its))
    if left or one.powers or other.powers:
        return Dimension(left)
    if power < 0:
        return NUMBER if one in {other, NUMBER} else one
    return COUNT if COUNT in {one, other} else SHARE if SHARE in {one, other} else NUMBER
