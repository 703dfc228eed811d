"""Saved views of lists: keep one, rename or share it, open the list with it, delete it."""

from typing import Any, cast

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import saved_views
from accounts.models import SavedView, User
from dashboard.known_lists import LISTS, KnownList, asked_of, in_a_sentence, list_for, names_for
from dashboard.saved_view_forms import ViewForm
from functions.access import ProgramRequest, members_only
from web.lists import ListAsked
from web.saving import METHODS, answer_confirmation, answer_form, posted


def list_or_404(request: ProgramRequest, name: str) -> KnownList:
    known = list_for(request.access, name)
    if known is None:
        raise Http404
    return known


def of_open_lists(request: ProgramRequest, views: QuerySet[SavedView]) -> QuerySet[SavedView]:
    """Return the views of lists that this person may open."""
    return views.filter(list__in=names_for(request.access))


def kept_or_404(request: ProgramRequest, pk: int) -> SavedView:
    access = request.access
    kept = saved_views.views_kept_by(user_id=access.user_id, is_administrator=access.is_administrator)
    return get_object_or_404(of_open_lists(request, kept), pk=pk)


def address_of(view: SavedView) -> str:
    return f"{reverse(LISTS[view.list].route)}?{view.address}"


def page_of(request: ProgramRequest, known: KnownList, asked: ListAsked) -> dict[str, Any]:
    url = reverse(known.route)
    return {
        "question": _("Views of a list"),
        "about": _("It keeps: %(what)s") % {"what": in_a_sentence(asked)},
        "crumbs": [(known.plan.name.capitalize(), url)],
        "cancel_url": f"{url}?{asked.saved_query}" if asked.saved_query else url,
    }


@require_http_methods(METHODS)
@members_only
def saved_view_create(request: ProgramRequest) -> HttpResponseBase:
    known = list_or_404(request, request.GET.get("list", ""))
    asked = asked_of(known, request.GET.get("query", ""))
    form = ViewForm(posted(request), may_share=request.access.is_specialist)
    return answer_form(
        request,
        form,
        lambda data: saved_views.save_view(
            user=cast(User, request.user), list_name=known.plan.name, query=asked.saved_query, **data
        ),
        said=lambda view: _("'%(name)s' is kept. It is in the menu above the list.") % {"name": view.name},
        then=address_of,
        heading=_("Save this view"),
        submit=_("Save the view"),
        **page_of(request, known, asked),
    )


@require_http_methods(METHODS)
@members_only
def saved_view_update(request: ProgramRequest, pk: int) -> HttpResponseBase:
    """Rename or share a view; with a `query` in the address it keeps that from now on."""
    view = kept_or_404(request, pk)
    known = LISTS[view.list]
    asked = asked_of(known, request.GET.get("query", view.query))
    # Opening the list with it is each person's own affair, and has a button of its own.
    form = ViewForm(posted(request), instance=view, may_share=request.access.is_specialist, asks_default=False)
    return answer_form(
        request,
        form,
        lambda data: saved_views.update_view(view=view, changes=data | {"query": asked.saved_query}),
        said=lambda saved: _("'%(name)s' is saved.") % {"name": saved.name},
        then=address_of,
        heading=_("Change the view '%(name)s'") % {"name": view.name},
        end_url=reverse("saved_view_delete", args=[pk]),
        end_label=_("Delete the view"),
        **page_of(request, known, asked),
    )


@require_POST
@members_only
def saved_view_default(request: ProgramRequest, pk: int) -> HttpResponseBase:
    """Open the list with this view from now on, or no longer."""
    open_to = saved_views.views_for(user_id=request.access.user_id)
    view = get_object_or_404(of_open_lists(request, open_to), pk=pk)
    user = cast(User, request.user)
    if "clear" in request.POST:
        saved_views.clear_default(user=user, view=view)
        messages.success(request, _("The list opens whole again."))
    else:
        saved_views.choose_default(user=user, view=view)
        messages.success(request, _("The list opens with '%(name)s' for you.") % {"name": view.name})
    return redirect(address_of(view))


@require_http_methods(METHODS)
@members_only
def saved_view_delete(request: ProgramRequest, pk: int) -> HttpResponseBase:
    view = kept_or_404(request, pk)
    url = reverse(LISTS[view.list].route)
    lost = _("It disappears from everybody's menu.") if view.is_shared else _("It disappears from your menu.")
    return answer_confirmation(
        request,
        lambda: saved_views.delete_view(view=view),
        said=_("The view '%(name)s' is deleted.") % {"name": view.name},
        then=url,
        question=_("Views of a list"),
        heading=_("Delete the view '%(name)s'?") % {"name": view.name},
        losses=[lost, _("What it shows stays: a view is only a way to look at it.")],
        crumbs=[(LISTS[view.list].plan.name.capitalize(), url)],
        submit=_("Delete the view"),
        cancel_url=address_of(view),
    )
