"""The outer door: an id for each request, refusals that servers would get wrong, and JSON for every API error."""

import re
import uuid
from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from web.problems import BUSY, CONTENT_TYPE, NO_ROOM, NO_SUCH_THING, Problem, answer_with
from web.streams import is_chunked, may_be_chunked

Handler = Callable[[HttpRequest], HttpResponse]

API = "/api/"
REQUEST_ID = re.compile(r"[0-9A-Za-z-]{8,64}")
DETAILS = {
    HTTPStatus.BAD_REQUEST: "The request cannot be read.",
    HTTPStatus.FORBIDDEN: "You may not do this.",
    HTTPStatus.NOT_FOUND: NO_SUCH_THING,
    HTTPStatus.INTERNAL_SERVER_ERROR: "This is a defect of ours. It is in the log under the request id.",
    HTTPStatus.SERVICE_UNAVAILABLE: BUSY,
    HTTPStatus.INSUFFICIENT_STORAGE: NO_ROOM,
}


class ApiGuard:
    """Must come before all others that may refuse something, so that it sees their errors."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = request.META.get("HTTP_X_REQUEST_ID", "")
        if not REQUEST_ID.fullmatch(request_id):
            request_id = str(uuid.uuid4())
        # Where django_structlog looks for it: one id in the log line, the header and the body of an error.
        request.META["HTTP_X_REQUEST_ID"] = request_id
        response = self._answer(request)
        response.headers["X-Request-ID"] = request_id
        return response

    def _answer(self, request: HttpRequest) -> HttpResponse:
        if is_chunked(request) and not may_be_chunked(request):
            # Gunicorn hands on a chunked body that Django takes for an empty one: data would be lost without a word.
            return self._refuse(request, Problem(411, "length_required", "Send the body with its Content-Length."))
        if not request.path.startswith(API):
            return self.get_response(request)
        if settings.SECURE_SSL_REDIRECT and not request.is_secure():
            # A redirect would only come after the token has crossed the network in the clear.
            return self._refuse(request, Problem(400, "https_required", "Use https. Consider this token as seen."))
        return as_problem(request, self.get_response(request))

    def _refuse(self, request: HttpRequest, problem: Problem) -> HttpResponse:
        return answer_with(problem, request)


def as_problem(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Return an error page as problem details, with its headers; other answers as they are."""
    is_problem = response.headers.get("Content-Type", "").startswith(CONTENT_TYPE)
    if response.status_code < HTTPStatus.BAD_REQUEST or is_problem or settings.DEBUG:
        return response
    status = HTTPStatus(response.status_code)
    code = status.name.lower()
    answer = answer_with(Problem(status, code, DETAILS.get(status, status.description or status.phrase)), request)
    for name, value in response.headers.items():
        answer.headers.setdefault(name, value)
    answer.headers["Content-Length"] = str(len(answer.content))
    answer.cookies = response.cookies
    return answer
