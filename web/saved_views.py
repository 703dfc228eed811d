"""Saved views above a list: `?view=12` opens one, `?view=all` none, no parameter at all the person's default.

A view is opened by its parameters, so that its filters are chips like any others. What a list does not know any more is
left out and named by the list itself.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.http import HttpResponseBase, HttpResponseRedirect
from django.utils.translation import gettext as _

from accounts.models import SavedView
from accounts.saved_views import views_for
from web.lists import ListPlan

P = ParamSpec("P")
ALL = "all"


@dataclass
class ViewsOfList:
    """What the menu above a list shows."""

    list_name: str
    user_id: int | None
    views: list[SavedView]
    current: SavedView | None = None
    problem: str = ""

    @property
    def own(self) -> list[SavedView]:
        return [view for view in self.views if view.user_id == self.user_id]

    @property
    def shared(self) -> list[SavedView]:
        return [view for view in self.views if view.user_id != self.user_id]

    @property
    def default(self) -> SavedView | None:
        # Annotated by views_for.
        return next((view for view in self.views if view.is_default), None)  # type: ignore[attr-defined]


def with_saved_views(
    plan: ListPlan,
) -> Callable[[Callable[Concatenate[Any, P], HttpResponseBase]], Callable[Concatenate[Any, P], HttpResponseBase]]:
    """Let a list page open saved views; the menu finds them as `request.saved_views`."""

    def decorate(
        view: Callable[Concatenate[Any, P], HttpResponseBase],
    ) -> Callable[Concatenate[Any, P], HttpResponseBase]:
        @wraps(view)
        def opening(request: Any, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            found = ViewsOfList(
                plan.name, request.user.pk, list(views_for(user_id=request.user.pk, list_name=plan.name))
            )
            request.saved_views = found
            asked = request.GET.get("view")
            if asked is None:
                opened = None if request.GET else found.default
                return opened_by_its_parameters(opened) if opened else view(request, *args, **kwargs)
            found.current = next((each for each in found.views if str(each.pk) == asked), None)
            if found.current and found.current.query and len(request.GET) == 1:
                return opened_by_its_parameters(found.current)
            if found.current is None and asked != ALL:
                found.problem = _("There is no such view. It may have been deleted, or is no longer shared.")
                request.GET = request.GET.copy()
                del request.GET["view"]
            return view(request, *args, **kwargs)

        return opening

    return decorate


def opened_by_its_parameters(view: SavedView) -> HttpResponseRedirect:
    return HttpResponseRedirect(f"?{view.address}")
