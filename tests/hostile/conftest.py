import gc
import logging
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from crispy_forms.helper import FormHelper
from django.forms import BoundField
from django.template import Template, engines
from django.test import Client
from django.test.utils import _TestState
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe

from accounts.services import token_for_secret
from functions.selectors import scope_for
from tests.api.callers import bearing
from tests.architecture.walking import signed_in
from tests.factories.everything import ROLES, program_of_everything
from tests.hostile.attack import Looked, counts
from tests.hostile.corpus import MARKUP

# What a page puts around its own blocks depends on no field.
BARE_LAYOUT = (
    '{% include "components/messages.html" %}{% block title %}{% endblock %}{% block crumbs %}{% endblock %}'
    "{% block eyebrow %}{% endblock %}{% block answer %}{% endblock %}{% block sub %}{% endblock %}"
    "{% block actions %}{% endblock %}{% block content %}{% endblock %}{% block foot %}{% endblock %}"
)


@pytest.fixture(scope="module")
def _looked(django_db_setup: None, django_db_blocker: Any) -> Iterator[Looked]:
    with django_db_blocker.unblock(), program_of_everything() as program:
        sessions = {role: signed_in(program, role) for role in ROLES}
        bearers = {role: bearing(program.tokens[role]) if role in program.tokens else Client() for role in ROLES}
        for client in (*sessions.values(), *bearers.values()):
            client.raise_request_exception = False
        yield Looked(program, sessions, bearers)


@pytest.fixture
def looked(_looked: Looked, db: None, monkeypatch: pytest.MonkeyPatch) -> Looked:
    monkeypatch.setattr("rest_framework.throttling.SimpleRateThrottle.allow_request", lambda *args: True)
    _looked.wrong = []
    return _looked


@pytest.fixture
def quiet(settings: Any) -> Iterator[None]:
    """Thousands of refusals on purpose would fill the report with their lines in the log."""
    settings.SENDS_MAIL = True  # or an invitation by a machine would be refused
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def untouched(looked: Looked) -> Iterator[None]:
    before = counts()
    yield
    assert counts() == before, "A refused request left something behind."


@pytest.fixture
def light(looked: Looked, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Leave out what takes most of the time and depends on no field.

    That is the frame of a page, the looks of a form, what is not chosen in a select, notes of what was drawn, garbage
    to collect, and looking up again who asks and what they may.
    """
    monkeypatch.setattr(Template, "_render", _TestState.saved_data.template_render)
    loader = engines["django"].engine.template_loaders[0].loaders[0]
    monkeypatch.setitem(loader.get_template_cache, "base.html", engines["django"].engine.from_string(BARE_LAYOUT))
    monkeypatch.setattr("django.forms.widgets.Select.optgroups", only_chosen)
    monkeypatch.setattr(FormHelper, "render_layout", plainly)
    tokens = cache(lambda text: token_for_secret(text=text, now=timezone.now()))
    monkeypatch.setattr("accounts.authentication.token_for_secret", lambda text, now: tokens(text))
    monkeypatch.setattr("accounts.authentication.note_token_use", lambda token, now: None)
    for door in ("access", "permissions"):
        monkeypatch.setattr(f"functions.{door}.scope_for", cache(scope_for))
    gc.disable()
    yield
    gc.enable()


DRAWN = FormHelper.render_layout


def plainly(helper: FormHelper, form: Any, context: Any, template_pack: Any = None) -> str:
    """Draw each field as its value and its errors; with markup in it, as people see it."""
    if MARKUP in str(form.data):
        return DRAWN(helper, form, context, template_pack)
    return format_html_join("", '<input name="{}"{}>{}{}', (parts_of(bound) for bound in form))


def parts_of(bound: BoundField) -> tuple[Any, ...]:
    shown = bound.field.widget.get_context(bound.html_name, bound.value(), {})
    return bound.html_name, mark_safe(' aria-invalid="true"') if bound.errors else "", shown["widget"], bound.errors


def only_chosen(widget: Any, name: str, value: list[str], attrs: dict[str, Any] | None = None) -> list[Any]:
    chosen = [(key, label) for key, label in flat(widget.choices) if str(key) in value]
    return [
        (None, [widget.create_option(name, key, label, True, at, attrs=attrs)], at)
        for at, (key, label) in enumerate(chosen)
    ]


def flat(choices: Any) -> Iterator[tuple[Any, Any]]:
    for key, label in choices:
        if isinstance(label, list | tuple):
            yield from label
        else:
            yield key, label
