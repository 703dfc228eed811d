"""Whether the caller has the answer already, and whether a change is made to what the caller has read.

A tag names what an answer depends on, so nothing is worked out to find that nothing changed.
"""

import hashlib
from typing import TypeVar

from django.http import HttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags, quote_etag
from rest_framework.request import Request
from rest_framework.response import Response

from web.problems import Problem, ProblemError

SAY_WHAT_YOU_READ = "Send If-Match with the ETag of the record as you read it, so that no other change is overwritten."
CHANGED_MEANWHILE = "The record is another one than you read. Read it again, and change that."


def etag_of(*parts: object) -> str:
    """Return a tag over everything that the answer depends on, the reader's rights included."""
    return quote_etag(hashlib.sha256(repr(parts).encode()).hexdigest()[:32])


def has_already(request: Request, etag: str) -> bool:
    """Whether If-None-Match names this tag. '*' is no tag: it would be told that something exists."""
    return etag in {each.removeprefix("W/") for each in parse_etags(request.headers.get("If-None-Match", ""))}


def tags_in_if_match(request: Request) -> frozenset[str]:
    """Return the tags of If-Match; raises 428 without one: a change made blindly could undo somebody else's."""
    tags = frozenset(parse_etags(request.headers.get("If-Match", "")))
    if not tags:
        raise ProblemError(Problem(428, "precondition_required", SAY_WHAT_YOU_READ))
    return tags


def check_is_read(tags: frozenset[str], etag: str) -> None:
    """Raise 412 unless the caller read what is there now, or says by '*' that any state will do (RFC 9110 13.1.1)."""
    if tags.isdisjoint({etag, "*"}):
        raise ProblemError(Problem(412, "precondition_failed", CHANGED_MEANWHILE))


Answer = TypeVar("Answer", bound=HttpResponse)


def tagged(response: Answer, etag: str) -> Answer:
    """Let the caller keep the answer, but ask each time, and no cache on the way keep it at all."""
    stamp(response, etag)
    return response


def not_modified(etag: str) -> Response:
    return tagged(Response(status=304), etag)


def stamp(response: HttpResponse, etag: str) -> None:
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = "private, no-cache"
    patch_vary_headers(response, ["Authorization"])
