"""Formulas of derived metrics: what is read, what it comes to, which units fit."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.formulas import (
    DEEPEST,
    DividedByZeroError,
    Fault,
    FormulaError,
    check_units,
    read_formula,
    rewritten,
    worked_out,
)

VALUES = {"a": Fraction(13), "b": Fraction(302), "zero": Fraction(0)}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a / b", Fraction(13, 302)),
        ("1 - a - b", -314),
        ("a - (b - 1)", -288),
        ("2 * a + b / 2", 177),
        ("-a + 0.5", Fraction(-25, 2)),
        ("a - -a", 26),
        ("min(a, b, 7) * max(a, b)", 2114),
        ("  A \u00d7 B \u2212 b \u00f7 2 ", 3775),
        ("a / b / 2", Fraction(13, 604)),
    ],
)
def test_a_formula_is_worked_out_exactly_and_from_left_to_right(text, value):
    assert worked_out(read_formula(text), VALUES) == value


def test_what_divides_by_zero_has_no_value():
    with pytest.raises(DividedByZeroError):
        worked_out(read_formula("a / (b * zero)"), VALUES)


@pytest.mark.parametrize(
    ("text", "fault", "what"),
    [
        (" ", Fault.EMPTY, ""),
        ("a" * 301, Fault.TOO_LONG, ""),
        ("(" * DEEPEST + "a" + ")" * DEEPEST, Fault.TOO_DEEP, ""),
        ("-" * DEEPEST + "a", Fault.TOO_DEEP, ""),
        (" + ".join(f"a{number}" for number in range(21)), Fault.TOO_MANY_NAMES, ""),
        ("1 + 2", Fault.NO_NAME, ""),
        ("a $ b", Fault.CHARACTER, "$"),
        ("a.b", Fault.CHARACTER, "."),
        ("_a", Fault.CHARACTER, "_"),
        ("a b", Fault.UNEXPECTED, "b"),
        ("a +", Fault.UNEXPECTED, ""),
        ("a ** 2", Fault.UNEXPECTED, "*"),
        ("(a", Fault.UNEXPECTED, ""),
        ("a)", Fault.UNEXPECTED, ")"),
        ("max a", Fault.UNEXPECTED, "a"),
        ("min(a", Fault.UNEXPECTED, ""),
        ("1e5 * a", Fault.UNEXPECTED, "e5"),
    ],
    ids=lambda value: str(value)[:16],
)
def test_what_is_no_formula_is_refused_with_its_fault(text, fault, what):
    with pytest.raises(FormulaError) as refusal:
        read_formula(text)

    assert (refusal.value.fault, refusal.value.what) == (fault, what)


def test_the_names_stand_in_their_order_once():
    assert read_formula("b + a * b - min(c, 1)").names == ("b", "a", "c")


def test_a_formula_is_written_with_numbers_in_the_place_of_names():
    formula = read_formula("1-A*(b+-a)/max(b,2)")

    assert rewritten(formula, {"a": "13", "b": "4.3 %"}) == "1 − 13 × (4.3 % + −13) / max(4.3 %, 2)"


UNITS = {
    "h": "hours", "min_": "minutes", "p": "percent", "m": "per_million", "n": "count", "k": "count", "eur": "money",
    "r": "rating",
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("n / k", "percent"),
        ("n / k", "count"),
        ("1 - p", "per_million"),
        ("p * m", "share"),
        ("p / m", "share"),
        ("1 / p + p", "percent"),
        ("n + 1", "count"),
        ("n * p", "count"),
        ("n / p", "count"),
        ("-n + k", "count"),
        ("h + min_", "days"),
        ("h / min_", "percent"),
        ("h * n / k", "days"),
        ("eur / n", "money"),
        ("max(r, r) / 2", "rating"),
        ("2 * p - 1", "percent"),
    ],
)
def test_units_that_fit_each_other_and_the_result_pass(text, unit):
    check_units(read_formula(text), UNITS, unit)


@pytest.mark.parametrize(
    ("text", "unit", "fault", "what", "other"),
    [
        ("h + p", "hours", Fault.UNITS, "time", "share"),
        ("h + 2", "hours", Fault.UNITS, "time", "a plain number"),
        ("2 - h", "hours", Fault.UNITS, "a plain number", "time"),
        ("n - p", "count", Fault.UNITS, "count", "share"),
        ("min(eur, r)", "money", Fault.UNITS, "money", "rating"),
        ("h * h", "hours", Fault.RESULT_UNIT, "time^2", "time"),
        ("eur / h", "money", Fault.RESULT_UNIT, "money x time^-1", "money"),
        ("n / k", "hours", Fault.RESULT_UNIT, "a plain number", "time"),
    ],
)
def test_units_that_do_not_fit_are_named(text, unit, fault, what, other):
    with pytest.raises(FormulaError) as refusal:
        check_units(read_formula(text), UNITS, unit)

    assert (refusal.value.fault, refusal.value.what, refusal.value.other) == (fault, what, other)


@given(st.lists(st.sampled_from(["a", "b", "+", "-", "*", "/", "(", ")", "min(", ",", "2", "x.", " "]), max_size=12))
def test_any_text_is_read_or_refused(parts):
    try:
        formula = read_formula("".join(parts))
    except FormulaError:
        return
    assert read_formula(rewritten(formula, {}).replace("\u2212", "-").replace("\u00d7", "*")).root == formula.root
