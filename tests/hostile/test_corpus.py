"""Every class of hostile value in every field and parameter on both databases, by `make fuzz`: see attack.py.

A value stands in all fields of a form or body at once: a field refuses by itself, whatever stands beside it. What one
lets through has to reach the code behind it, so the value also stands alone, among plain ones: in the API in each field
that did not refuse it, on pages in one field after another, a class of values each.
FUZZ=all asks one field at a time, with eight variants of each value, as every role.
"""

import os
from itertools import product

import pytest

from tests.factories.everything import ROLES
from tests.hostile.attack import (
    Looked,
    aimed_at,
    is_refused,
    opened,
    own_forms,
    read_elsewhere,
    share,
    submit,
    wrong_with_plain_values,
)
from tests.hostile.bodies import places
from tests.hostile.corpus import VALUES, Hostile, variants

WHOLE = os.environ.get("FUZZ") == "all"
SHARES = 48
pytestmark = [pytest.mark.fuzz, pytest.mark.django_db, pytest.mark.timeout(6 * 3600 if WHOLE else 600)]
ASKED_AS = ROLES if WHOLE else ("administrator",)


def values() -> tuple[Hostile, ...]:
    return tuple(each for value in VALUES for each in variants(value)) if WHOLE else VALUES


@pytest.mark.usefixtures("untouched", "quiet")
@pytest.mark.parametrize("part", range(SHARES))
def test_no_value_breaks_a_field_of_the_api(looked: Looked, part: int) -> None:
    for name in share(part, SHARES):
        attack_operation(looked, name)

    assert looked.wrong == []


def attack_operation(looked: Looked, name: str) -> None:
    target = aimed_at(looked, name)
    every = tuple(places(target.whole))
    known = set() if WHOLE else read_elsewhere(target.operation)
    for role, value in product(ASKED_AS, values()):
        at_once = target.ask(role, [at for at in every if len(at) == 1], value)
        for at in every:
            if WHOLE or not (at[0] in known or is_refused(at_once, at)):
                target.ask(role, [at], value)


@pytest.mark.usefixtures("untouched", "quiet")
@pytest.mark.parametrize("name", opened())
def test_no_value_breaks_a_field_of_a_page(looked: Looked, name: str) -> None:
    for form, role in product(own_forms(looked, name), ASKED_AS):
        looked.wrong += wrong_with_plain_values(looked, form)
        for number, value in enumerate(values()):
            submit(looked, role, form, tuple(form.fields), value)
            for each in alone(tuple(form.fields), number):
                submit(looked, role, form, (each,), value)

    assert looked.wrong == []


def alone(names: tuple[str, ...], number: int) -> tuple[str, ...]:
    """Return the fields that get a value for themselves: one of them, another one for the next value."""
    if len(names) < 2:
        return ()
    return names if WHOLE else (names[number % len(names)],)
