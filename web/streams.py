"""Bodies too long for memory: read piece by piece into a job's input, and answered before anybody works on them."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, UnreadablePostError
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.request import Request

from jobs.models import Job
from jobs.running import PIECE, keep_input
from web.problems import Problem, ProblemError

CHUNKED_AT = frozenset({"/api/v1/measurements/stream/"})
LARGEST_STREAM = 512 * 1024 * 1024
TOO_LONG = "The stream is longer than 512 MiB. Send it in parts."
CUT_OFF = "The body ended before its announced length. Nothing was stored; send it again."
EMPTY = "The body is empty. Send at least one row."


@dataclass(frozen=True, slots=True)
class Received:
    size: int
    digest: str


def is_chunked(request: HttpRequest) -> bool:
    return "HTTP_TRANSFER_ENCODING" in request.META and not request.META.get("CONTENT_LENGTH")


def may_be_chunked(request: HttpRequest) -> bool:
    """Whether this address takes a body without a length, from a server that says where it ends."""
    return request.path in CHUNKED_AT and bool(request.META.get("wsgi.input_terminated"))


def format_in(request: Request, formats: dict[str, str]) -> str:
    """Return the format of the body by its Content-Type; raises 415 for another one."""
    kind = (request.content_type or "").partition(";")[0].strip().lower()
    if kind not in formats:
        raise UnsupportedMediaType(kind[:80], f"Send {' or '.join(formats)}.")
    return formats[kind]


def receive(request: Request, job: Job) -> Received:
    """Keep the body as the input of a job, at most a piece of it in memory; raises a problem if it is cut off."""
    plain: HttpRequest = request._request  # noqa: SLF001  # DRF's own stream would be parsed
    announced = int(plain.META.get("CONTENT_LENGTH") or 0)
    digest, size = hashlib.sha256(), 0
    for number, piece in enumerate(pieces_of(plain)):
        size += len(piece)
        if size > LARGEST_STREAM:
            raise ProblemError(Problem(413, "too_large", TOO_LONG))
        digest.update(piece)
        keep_input(job=job, number=number, content=piece)
    if size < announced:
        raise ProblemError(Problem(400, "cut_off", CUT_OFF))
    if not size:
        raise ProblemError(Problem(400, "empty", EMPTY))
    return Received(size, digest.hexdigest())


def pieces_of(request: HttpRequest) -> Iterator[bytes]:
    # Django takes a chunked body for an empty one; the server's own stream ends where it ends.
    source: Any = request.META["wsgi.input"] if is_chunked(request) else request
    try:
        while piece := source.read(PIECE):
            yield piece
    except (UnreadablePostError, OSError):
        raise ProblemError(Problem(400, "cut_off", CUT_OFF)) from None
