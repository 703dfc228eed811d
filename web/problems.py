"""Errors of the API as RFC 9457 problem details: one shape for every refusal, whoever refused.

{"type", "title", "status", "detail", "instance", "request_id", "errors"}; each of the errors has a detail, a code and a
pointer into the body or the name of a query parameter.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import orjson
from django.core.exceptions import NON_FIELD_ERRORS, RequestDataTooBig, SuspiciousOperation
from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import DataError, IntegrityError
from django.http import Http404, HttpRequest, HttpResponse
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import set_rollback

from web.sql import is_for_want_of_database

CONTENT_TYPE = "application/problem+json"
KINDS = "urn:quality-program:problem:"
RETRY_AFTER_SECONDS = 2
NO_SUCH_THING = "There is no such thing here, or you may not see it."
BUSY = "The database is busy or away. Nothing was stored; send the same request again."
NO_ROOM = "The server's disk is full. Nothing was stored; send it again when there is room."
TOO_LARGE = "The body is larger than this address takes. Send it in parts."
AT_ONCE = "Somebody stored something else at the same moment. Read it and try again."


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing to put right. `path` leads into the body; a `parameter` stands in the query."""

    detail: str
    code: str
    path: tuple[str | int, ...] = ()
    parameter: str = ""

    def as_dict(self) -> dict[str, str]:
        place = {"parameter": self.parameter} if self.parameter else {"pointer": pointer_to(self.path)}
        return {**place, "detail": self.detail, "code": self.code}


@dataclass(frozen=True, slots=True)
class Problem:
    status: int
    code: str
    detail: str
    errors: list[FieldError] = field(default_factory=list)
    headers: Mapping[str, str] = field(default_factory=dict)
    more: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self, request: HttpRequest) -> dict[str, Any]:
        body: dict[str, Any] = {
            "type": KINDS + self.code,
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            "instance": request.path,
            "request_id": request.META.get("HTTP_X_REQUEST_ID", ""),
        }
        errors = {"errors": [error.as_dict() for error in self.errors]} if self.errors else {}
        return {**body, **errors, **self.more}


# The first that fits: RequestDataTooBig is a SuspiciousOperation too.
REFUSALS: list[tuple[type[Exception], Problem]] = [
    (Http404, Problem(404, "not_found", NO_SUCH_THING)),
    (DjangoPermissionDenied, Problem(403, "permission_denied", "You may not do this.")),
    (RequestDataTooBig, Problem(413, "too_large", TOO_LARGE)),
    (SuspiciousOperation, Problem(400, "bad_request", "The request cannot be read.")),
    (IntegrityError, Problem(409, "conflict", AT_ONCE)),
    (DataError, Problem(400, "bad_request", "A value is outside of what can be stored.")),
]
AWAY = Problem(503, "unavailable", BUSY, headers={"Retry-After": str(RETRY_AFTER_SECONDS)})


class ProblemError(exceptions.APIException):
    """Raise a problem from a view that DRF has no exception for."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail, problem.code)
        self.problem = problem


@contextmanager
def conflicts(*codes: str) -> Iterator[None]:
    """Answer a refusal of a service as 409 where all that it says is that somebody else was first, with the same
    sentence and, of a refusal by field, the place in the body."""
    try:
        yield
    except DjangoValidationError as error:
        found = list(errors_in(error))
        if not {each.code for each in found} <= set(codes):
            raise
        errors = [each for each in found if each.path]
        problem = Problem(HTTPStatus.CONFLICT, found[0].code, " ".join(error.messages), errors)
        raise ProblemError(problem) from error


def pointer_to(path: tuple[str | int, ...]) -> str:
    """Return a JSON pointer as a URI fragment, as the examples of RFC 9457 write it."""
    return "#" + "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def answer_with(problem: Problem, request: HttpRequest) -> HttpResponse:
    """Return the answer for doors outside of DRF: middleware, and errors before a view was found."""
    body = orjson.dumps(problem.as_dict(request))
    return HttpResponse(body, status=problem.status, content_type=CONTENT_TYPE, headers=dict(problem.headers))


def problem_response(exception: Exception, context: Mapping[str, Any]) -> Response | None:
    """DRF's exception handler. None lets a defect of ours go on to the log and become a 500."""
    problem = problem_of(exception)
    if problem is None:
        return None
    set_rollback()
    request: Request = context["request"]
    return Response(
        problem.as_dict(request._request),  # noqa: SLF001  # DRF's name for the request that it wraps
        status=problem.status,
        content_type=CONTENT_TYPE,
        headers=dict(problem.headers),
    )


def problem_of(exception: Exception) -> Problem | None:
    match exception:
        case ProblemError():
            return exception.problem
        case exceptions.ValidationError():
            return invalid(list(errors_in_detail(exception.detail)))
        case exceptions.APIException():
            return _problem_of_drf(exception)
        case DjangoValidationError():
            return invalid(list(errors_in(exception)))
        case _:
            return _problem_of_django(exception)


def _problem_of_drf(exception: exceptions.APIException) -> Problem:
    headers = {}
    if challenge := getattr(exception, "auth_header", ""):
        headers["WWW-Authenticate"] = challenge
    if wait := getattr(exception, "wait", None):
        headers["Retry-After"] = f"{wait:.0f}"
    code = str(getattr(exception.detail, "code", None) or exception.default_code)
    detail = NO_SUCH_THING if exception.status_code == HTTPStatus.NOT_FOUND else str(exception.detail)
    return Problem(exception.status_code, code, detail, headers=headers)


def _problem_of_django(exception: Exception) -> Problem | None:
    if is_for_want_of_database(exception):
        return AWAY
    return next((problem for kind, problem in REFUSALS if isinstance(exception, kind)), None)


def invalid(errors: list[FieldError], *, status: int = 400) -> Problem:
    detail = errors[0].detail if len(errors) == 1 else f"{len(errors)} things have to be put right; see errors."
    return Problem(status, "invalid", detail, errors)


def errors_in(error: DjangoValidationError, path: tuple[str | int, ...] = ()) -> Iterator[FieldError]:
    """Yield the single errors of a ValidationError of Django: the same sentences that the pages show."""
    if not hasattr(error, "error_dict"):
        for each in error.error_list:
            yield FieldError(each.messages[0], str(each.code or "invalid"), path)
        return
    for name, inner in error.error_dict.items():
        for each in inner:
            yield from errors_in(each, path if name == NON_FIELD_ERRORS else (*path, name))


def errors_in_detail(detail: Any, path: tuple[str | int, ...] = ()) -> Iterator[FieldError]:
    """Yield the single errors of a ValidationError of DRF."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            yield from errors_in_detail(inner, path if name == "non_field_errors" else (*path, name))
    elif isinstance(detail, list):
        for each in detail:
            yield from errors_in_detail(each, path)
    else:
        yield FieldError(str(detail), str(getattr(detail, "code", None) or "invalid"), path)
