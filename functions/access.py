"""The doors of the pages: who may pass, and what is said to those who may not.

Anonymous people are asked to sign in; a page that a role may not see does not exist for it (404).
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase

from accounts.models import User
from functions.selectors import Access, scope_for

P = ParamSpec("P")


class ProgramRequest(HttpRequest):
    """A request that came through a door: `access` says what its person may see and do."""

    access: Access


def person(request: Any) -> User:
    """Return who passed the door of a page, or of the API."""
    assert isinstance(request.user, User)  # noqa: S101  # the doors let nobody else in
    return request.user


View = Callable[Concatenate[ProgramRequest, P], HttpResponseBase]


def _door(name: str, may_pass: Callable[[Access], bool]) -> Callable[[View[P]], Callable[..., HttpResponseBase]]:
    def decorate(view: View[P]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def guarded(request: Any, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            request.access = scope_for(request.user)
            if not request.access.is_member:
                raise PermissionDenied
            if not may_pass(request.access):
                raise Http404
            return view(request, *args, **kwargs)

        # The permission matrix in the tests reads which door a route has.
        guarded.door = name  # type: ignore[attr-defined]
        return guarded

    return decorate


members_only = _door("members", lambda access: True)
specialists_only = _door("specialists", lambda access: access.is_specialist)
administrators_only = _door("administrators", lambda access: access.is_administrator)
# Heads keep the metrics of their own function; which metric it is, the view decides.
metric_keepers_only = _door("metric keepers", lambda access: access.is_specialist or bool(access.functions))
