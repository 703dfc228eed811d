"""What a page knows before its view runs: the one program, and the clock of its people."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from functions.selectors import program

Handler = Callable[[HttpRequest], HttpResponse]
HOME = "/"


class ProgramTime:
    """Show and read times in the program's time zone; before there is a program, home is where it is set up."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            return self.get_response(request)
        found = program()
        request.program = found  # type: ignore[attr-defined]  # read by dashboard.navigation.shell
        if found is None:
            return redirect("setup") if request.path == HOME else self.get_response(request)
        with timezone.override(ZoneInfo(found.time_zone)):
            return self.get_response(request)
