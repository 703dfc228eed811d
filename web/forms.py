"""How forms are laid out: crispy draws fields and groups, the page draws the form tag, the summary and the buttons."""

from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Column, Fieldset, Layout, Row


def layout(*parts: Any) -> FormHelper:
    """Return the helper of a form on components/form_page.html: `self.helper = layout("name", side_by_side(...))`."""
    helper = FormHelper()
    helper.form_tag = False
    helper.disable_csrf = True
    helper.layout = Layout(*parts)
    return helper


def side_by_side(*fields: str) -> Row:
    """Return fields in one row, under each other on a phone."""
    return Row(*(Column(name, css_class="col-md") for name in fields))


def group(legend: Any, *parts: Any) -> Fieldset:
    return Fieldset(legend, *parts)
