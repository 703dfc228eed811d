"""Every class of hostile value in every field and parameter, as an administrator: the part of `make fuzz` in the suite.

A field refuses by itself, whatever stands beside it. So a value stands in all fields of a form or body at once; then in
those that did not refuse it, among plain ones, until it is let through to the code behind them or nothing more refuses.
"""

from collections.abc import Callable, Collection, Iterable
from typing import Any

import pytest

from tests.hostile.attack import (
    Looked,
    aimed_at,
    is_refused,
    opened,
    own_forms,
    read_elsewhere,
    route_at,
    share,
    submit,
    wrong_with_plain_values,
)
from tests.hostile.bodies import Place, places
from tests.hostile.corpus import VALUES, Hostile
from tests.hostile.forms import Form, refused_by

pytestmark = [pytest.mark.once, pytest.mark.django_db, pytest.mark.usefixtures("untouched", "quiet")]
SHARES = 16


def narrowing(fields: Collection[Any], ask: Callable[[tuple[Any, ...]], Collection[Any]]) -> None:
    """Ask with all fields, then with those that were not refused, until nothing more is."""
    left = tuple(fields)
    while left and (refused := set(ask(left)) & set(left)):
        left = tuple(each for each in left if each not in refused)


@pytest.mark.usefixtures("light")
@pytest.mark.parametrize("part", range(SHARES))
def test_no_value_breaks_a_field_of_the_api(looked: Looked, part: int) -> None:
    for name in share(part, SHARES):
        attack_operation(looked, name)

    assert looked.wrong == []


def attack_operation(looked: Looked, name: str) -> None:
    target = aimed_at(looked, name)
    whole, known = target.whole, read_elsewhere(target.operation)
    outer = [at for at in places(whole) if len(at) == 1]
    inner = [at for at in places(whole) if len(at) > 1 and at[0] not in known and not holds_more(whole, at)]

    for value in VALUES:

        def ask_with(at: tuple[Place, ...], value: Hostile = value) -> list[Place]:
            answer = target.ask("administrator", at, value)
            return [each for each in at if is_refused(answer, each)]

        narrowing(outer, ask_with)
        narrowing(inner, ask_with)


def holds_more(whole: Any, at: Place) -> bool:
    for step in at:
        whole = whole[step]
    return bool(whole) and isinstance(whole, dict | list)


@pytest.mark.parametrize("name", opened())
def test_no_value_breaks_a_field_of_a_page(looked: Looked, name: str, request: pytest.FixtureRequest) -> None:
    forms = asked_once(own_forms(looked, name))
    # Not before: a form is read from its page as people see it.
    request.getfixturevalue("light")
    for form in forms:
        looked.wrong += wrong_with_plain_values(looked, form)
        for value in VALUES:
            narrowing(form.fields, lambda names, form=form, value=value: refused_names(looked, form, names, value))

    assert looked.wrong == []


def asked_once(forms: Iterable[Form]) -> list[Form]:
    """Return one form for each address: a list is searched, filtered and sorted by several that say the same."""
    asked: dict[tuple[str, str], Form] = {}
    for form in forms:
        fields = dict(form.fields)
        if form.method == "get":
            asked.setdefault(("get", route_at(form.action)), form).fields.update(fields)
        else:
            asked[f"post {sorted(fields)}", route_at(form.action)] = form
    return list(asked.values())


def refused_names(looked: Looked, form: Form, names: tuple[str, ...], value: Hostile) -> Collection[str]:
    answer = submit(looked, "administrator", form, names, value)
    is_page = answer["Content-Type"].startswith("text/html") and not answer.streaming
    # What a list leaves out of its address does not keep the rest from being read.
    return refused_by(answer.content.decode()) if is_page and form.method == "post" else ()
