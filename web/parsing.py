"""Bodies of the API: JSON only, read strictly, and never more of it than the address takes."""

from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser, MultiPartParser

from web.strict_json import StrictJsonError, strict_loads


class StrictJsonParser(BaseParser):
    """Read a body of at most `largest_body` bytes of the view (else DATA_UPLOAD_MAX_MEMORY_SIZE)."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        context = parser_context or {}
        limit: int = getattr(context.get("view"), "largest_body", settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
        if announced(context) > limit:
            raise RequestDataTooBig
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise RequestDataTooBig
        try:
            return strict_loads(body)
        except StrictJsonError as error:
            raise ParseError(str(error)) from None


class FormParser(MultiPartParser):
    """Read a form with a file, of at most `largest_body` bytes of the view, which the caller has to announce."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        context = parser_context or {}
        if announced(context) > context["view"].largest_body:
            raise RequestDataTooBig
        form = super().parse(stream, media_type, context)
        # One value a field, as in a body of JSON.
        return {**form.data.dict(), **form.files.dict()}


def announced(context: Mapping[str, Any]) -> int:
    """Return how many bytes the caller says to send; 0 where it is not known."""
    length = str(context["request"].META.get("CONTENT_LENGTH", "")) if "request" in context else ""
    return int(length) if length.isascii() and length.isdigit() and len(length) < 20 else 0
