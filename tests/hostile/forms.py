"""The forms of a page as a browser would send them: where to, with which fields, each holding something sensible."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import quote_from_bytes, urlencode

from tests.hostile.corpus import Hostile

PLAIN = {
    "date": "2026-03-02", "datetime-local": "2026-03-02T10:00", "email": "ines@example.org", "number": "1",
    "month": "2026-03", "url": "https://example.org/", "password": "a-long-one-2",
}  # fmt: skip
CALLED = {"time_zone": "Europe/Berlin", "sign_up_domains": "example.org", "forget_after_months": "24"}
# Choices that may be left open, but not beside the plain values of their form.
CHOSEN = {"metric", "unit"}
NOT_SENT = {"submit", "button", "reset", "image", "file"}
# Read before any view is asked, and tried in tests/quality_program.
TOKEN = "csrfmiddlewaretoken"
FIELD = re.compile(r"<(?:input|select|textarea)\b[^>]*>")
NAME = re.compile(r'\bname="([^"]+)"')


@dataclass
class Form:
    method: str
    action: str
    fields: dict[str, list[str]] = field(default_factory=dict)

    def sent(self, names: Collection[str], value: Hostile) -> bytes:
        """Return the fields as they are sent, these of them with a hostile value."""
        others = urlencode({key: values for key, values in self.fields.items() if key not in names}, doseq=True)
        hostile = (f"{quote_from_bytes(name.encode())}={value.query}" for name in sorted(names))
        return "&".join([others, *hostile]).encode()


class FormReader(HTMLParser):
    """Collects the forms of a page. What is empty but needed gets a plain value, a choice its first one.

    Of several boxes under one name the first is ticked, a single one is left as it is.
    """

    def __init__(self, address: str) -> None:
        super().__init__()
        self.address = address
        self.found: list[Form] = []
        self._form: Form | None = None
        self._select = ""
        self._is_needed = False
        self._boxes: dict[str, list[str]] = {}
        self._area = ""
        self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._boxes = {}
            self._form = Form(values.get("method", "get").lower(), values.get("action") or self.address)
            self.found.append(self._form)
        elif self._form is not None:
            self._take(self._form, tag, values)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form" and self._form is not None:
            for name, boxes in self._boxes.items():
                if len(boxes) > 1 and not self._form.fields[name]:
                    self._form.fields[name] = boxes[:1]
            self._form = None
        elif tag == "select":
            self._select = ""
        elif tag == "textarea" and self._area and self._form is not None:
            self._form.fields[self._area] = [self._text.strip() or "Some words"]
            self._area = ""

    def handle_data(self, data: str) -> None:
        self._text += data

    def _take(self, form: Form, tag: str, values: Mapping[str, str]) -> None:
        name = values.get("name", "")
        if tag == "input" and name not in {"", TOKEN} and values.get("type") not in NOT_SENT:
            self._take_input(form, name, values)
        elif tag in {"select", "button"} and name:
            self._select, self._is_needed = (name if tag == "select" else ""), "required" in values or name in CHOSEN
            form.fields.setdefault(name, [values["value"]] if tag == "button" and "value" in values else [])
        elif tag == "option" and self._select:
            self._take_option(form.fields[self._select], values)
        elif tag == "textarea" and name:
            self._area, self._text = name, ""

    def _take_option(self, chosen: list[str], values: Mapping[str, str]) -> None:
        value = values.get("value", "")
        is_open = not chosen or (self._is_needed and chosen == [""])
        if "selected" in values or (value and is_open):
            chosen[:] = [value]

    def _take_input(self, form: Form, name: str, values: Mapping[str, str]) -> None:
        kind = values.get("type", "text")
        if kind in {"checkbox", "radio"}:
            form.fields.setdefault(name, [])
            if kind == "checkbox":
                self._boxes.setdefault(name, []).append(values.get("value", "on"))
            if "checked" in values or (kind == "radio" and not form.fields[name]):
                form.fields[name] = [values.get("value", "on")]
        elif kind == "hidden":
            # A choice of several is sent along as several fields of one name.
            form.fields.setdefault(name, []).append(values.get("value") or CALLED.get(name) or "1")
        else:
            form.fields[name] = [values.get("value") or CALLED.get(name) or PLAIN.get(kind, "1")]


def forms_of(page: str, address: str) -> Iterator[Form]:
    reader = FormReader(address)
    reader.feed(page)
    yield from reader.found


def refused_by(page: str) -> set[str]:
    """Return the names of the fields that a page shows as wrong."""
    wrong = (tag for tag in FIELD.findall(page) if 'aria-invalid="true"' in tag)
    return {found[1] for tag in wrong if (found := NAME.search(tag))}
