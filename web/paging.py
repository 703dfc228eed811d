"""Long lists in pieces: by page number where the whole list is at hand, by cursor where it grows without end."""

import base64
import binascii
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any
from urllib.parse import urlencode

import orjson
from django.db.models import QuerySet
from django.http import QueryDict
from rest_framework import serializers
from rest_framework.request import Request

from web.problems import FieldError, Problem, ProblemError, invalid
from web.queries import Query

PAGE_SIZE, LARGEST_PAGE = 50, 200
LAST_PAGE = 1_000_000
LONGEST_CURSOR = 200


class SizeQuery(Query):
    page_size = serializers.IntegerField(
        min_value=1, max_value=LARGEST_PAGE, default=PAGE_SIZE, help_text="How many results on a page."
    )


class PageQuery(SizeQuery):
    page = serializers.IntegerField(min_value=1, max_value=LAST_PAGE, default=1, help_text="Which page, from 1.")


class CursorQuery(SizeQuery):
    cursor = serializers.CharField(
        required=False, max_length=LONGEST_CURSOR, help_text="Where to go on: taken from `next`, never made up."
    )


class PageSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField(help_text="How many there are on all pages.")
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)


class CursorPageSerializer(serializers.Serializer[Any]):
    next = serializers.URLField(allow_null=True, help_text="What follows; null at the end.")


@cache
def pages_of(
    row: type[serializers.BaseSerializer[Any]], envelope: type[serializers.Serializer[Any]] = PageSerializer
) -> type[serializers.Serializer[Any]]:
    """Return the description of pages of such rows."""
    name = f"{envelope.__name__.removesuffix('Serializer')}Of{row.__name__}"
    return type(name, (envelope,), {"results": row(many=True), "__doc__": None})


def page_of(
    rows: Sequence[Any] | QuerySet[Any], query: dict[str, Any], request: Request
) -> tuple[Iterable[Any], dict[str, Any]]:
    """Return the rows of the wanted page and the envelope that they go into as `results`."""
    page, size = query["page"], query["page_size"]
    count = rows.count() if isinstance(rows, QuerySet) else len(rows)
    last = max(1, -(-count // size))
    if page > last:
        raise ProblemError(Problem(404, "not_found", f"There is no page {page}: the last one is page {last}."))
    envelope = {
        "count": count,
        "next": _address(request, page=page + 1) if page < last else None,
        "previous": _address(request, page=page - 1) if page > 1 else None,
    }
    return rows[(page - 1) * size : page * size], envelope


def cursor_after(request: Request, *keys: object) -> str:
    """Return the address of what follows the row with these sort keys."""
    text = base64.urlsafe_b64encode(orjson.dumps(keys)).rstrip(b"=")
    return _address(request, cursor=text.decode())


def keys_in_cursor(text: str, count: int) -> list[Any]:
    """Return the sort keys in a cursor of ours; raises a problem for any other text."""
    try:
        keys = orjson.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars="-_", validate=True))
    except (binascii.Error, ValueError):
        keys = None
    if not isinstance(keys, list) or len(keys) != count:
        raise bad_cursor()
    return keys


def bad_cursor() -> ProblemError:
    message = "This is no cursor of ours. Leave it out to start, then follow `next`."
    return ProblemError(invalid([FieldError(message, "cursor", parameter="cursor")]))


def _address(request: Request, **changes: object) -> str:
    parameters: QueryDict = request.query_params
    return request.build_absolute_uri("?" + urlencode(parameters.dict() | changes))
