"""What somebody is told when what a page stands on failed: a database that is away, a full disk, or a defect."""

import sys
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.template import loader

from jobs.files import is_for_want_of_room
from web.sql import is_for_want_of_database

RETRY_AFTER_SECONDS = 5


def answer_failure(request: HttpRequest) -> HttpResponse:
    """Answer for whatever nobody caught. Only the last of the three is a defect of ours; the log has each of them."""
    error = sys.exc_info()[1]
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    if is_for_want_of_database(error):
        status = HTTPStatus.SERVICE_UNAVAILABLE
    elif is_for_want_of_room(error):
        status = HTTPStatus.INSUFFICIENT_STORAGE
    # Without the request: what its context asks the database for may be what failed.
    answer = HttpResponse(loader.get_template(f"{status.value}.html").render(), status=status)
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        answer.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return answer
