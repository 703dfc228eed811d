"""Answers of the API as bytes: plain values through orjson, floats with every digit that they have."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import orjson
from django.utils.encoding import force_str
from django.utils.functional import Promise
from rest_framework.renderers import BaseRenderer


class OrjsonRenderer(BaseRenderer):
    """Write plain values; dates as ISO 8601, Decimals as text, because a float would not keep them."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        return b"" if data is None else orjson.dumps(data, default=plain)


def plain(value: Any) -> Any:
    """Return a value that orjson can write; raises TypeError for what has no form in the API."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, Promise):
        return force_str(value)
    raise TypeError(f"No form in the API for {type(value).__name__}")
