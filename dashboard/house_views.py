"""The two houses as pages: who serves which requirement, and which metric; and the changes made in them."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dashboard.house_editing import (
    Deed,
    add_to_roof,
    change_link_cell,
    change_responsibility_cell,
    change_roof,
    follows,
    link_cell,
    responsibility_cell,
    undo,
)
from dashboard.house_files import house_file
from dashboard.house_forms import LinkCellForm, NewRelationForm, ResponsibilityCellForm, RoofForm
from dashboard.house_page import ROUTES, HousePage, house_page, scope_of_house
from dashboard.house_reading import METRICS, RESPONSIBILITIES
from dashboard.scoping import asked_scope
from dashboard.views import program_of
from functions.access import ProgramRequest, members_only, metric_keepers_only, specialists_only
from functions.models import Function
from metrics.models import Metric
from metrics.relating import relation_of
from requirements_catalog.models import Product, Requirement
from web.saving import METHODS, answer_form, posted

DEEDS, MOST_DEEDS = "house_deeds", 20
LONGEST_ADDRESS = 2_000
ABOUT_ROOF = gettext_lazy(
    "Support: to improve one improves the other. Conflict: to improve one hurts the other. No score uses it."
)
Crumbs = list[tuple[str, str]]


@require_safe
@members_only
def house(request: ProgramRequest) -> HttpResponseBase:
    return _show(request, RESPONSIBILITIES)


@require_safe
@metric_keepers_only
def house_metrics(request: ProgramRequest) -> HttpResponseBase:
    return _show(request, METRICS)


def _show(request: ProgramRequest, kind: str) -> HttpResponseBase:
    page = page_of(request, kind, request.GET)
    if page is None:
        return render(request, "dashboard/house_none.html")
    if answer := house_file(page, request.GET.get("format", "")):
        return answer
    return render(request, "dashboard/house.html", _context(request, page))


def page_of(request: ProgramRequest, kind: str, parameters: QueryDict) -> HousePage | None:
    return house_page(
        kind=kind,
        parameters=parameters,
        asked=asked_scope(parameters),
        access=request.access,
        program=program_of(request),
    )


def _context(request: ProgramRequest, page: HousePage, **more: Any) -> dict[str, Any]:
    can_undo = bool(request.session.get(DEEDS))
    return {"page": page, "now": timezone.now(), "can_undo": can_undo, **more}


# ---- Cells


@require_http_methods(METHODS)
@specialists_only
def house_cell(request: ProgramRequest, requirement: int, function: int) -> HttpResponseBase:
    row = standing(requirement)
    column = get_object_or_404(Function, pk=function, is_active=True)
    form = ResponsibilityCellForm(posted(request), initial=_initial(responsibility_cell(row, column).state))
    return _answer(
        request,
        RESPONSIBILITIES,
        form,
        lambda data: change_responsibility_cell(requirement=row, function=column, to=data["to"], was=data["was"]),
        row=row,
        to_data=[_to_requirement(row), (column.name, reverse("function_detail", args=[column.pk]))],
        heading=_("How strongly does %(column)s serve %(row)s?") % {"column": column.name, "row": row.reference},
        about=row.statement,
    )


@require_http_methods(METHODS)
@specialists_only
def house_metrics_cell(request: ProgramRequest, requirement: int, metric: int) -> HttpResponseBase:
    row, column = standing(requirement), get_object_or_404(Metric, pk=metric, is_active=True)
    scope = scope_of_house(METRICS, asked_scope(request.GET)).scope
    product = get_object_or_404(Product, pk=scope.product)
    form = LinkCellForm(posted(request), initial=_initial(link_cell(row, column, product).state))
    return _answer(
        request,
        METRICS,
        form,
        lambda data: change_link_cell(requirement=row, metric=column, product=product, to=data["to"], was=data["was"]),
        row=row,
        to_data=[_to_requirement(row), _to_metric(column)],
        heading=_("How strongly does %(column)s serve %(row)s for %(product)s?")
        % {"column": column.name, "row": row.reference, "product": product.name},
        about=row.statement,
    )


@require_http_methods(METHODS)
@specialists_only
def house_roof(request: ProgramRequest, metric: int, second_metric: int) -> HttpResponseBase:
    one, other = (get_object_or_404(Metric, pk=pk, is_active=True) for pk in (metric, second_metric))
    there = relation_of(one, other)
    strength, note = (there.strength, there.note) if there else (0, "")
    form = RoofForm(posted(request), initial={"to": strength, "note": note, "was": strength, "was_note": note})
    return _answer(
        request,
        METRICS,
        form,
        lambda data: change_roof(
            one=one,
            other=other,
            strength=data["to"],
            note=data["note"],
            was=data["was"],
            was_note=data["was_note"],
        ),
        to_data=[_to_metric(one), _to_metric(other)],
        heading=_("What do %(one)s and %(other)s do to each other?") % {"one": one.name, "other": other.name},
        about=ABOUT_ROOF,
    )


@require_http_methods(METHODS)
@specialists_only
def house_relation(request: ProgramRequest) -> HttpResponseBase:
    """Say what two metrics do to each other, whichever they are."""
    return _answer(
        request,
        METRICS,
        NewRelationForm(posted(request), initial={"one": request.GET.get("one"), "other": request.GET.get("other")}),
        lambda data: add_to_roof(one=data["one"], other=data["other"], strength=data["to"], note=data["note"]),
        heading=_("What do two metrics do to each other?"),
        about=ABOUT_ROOF,
    )


def standing(pk: int) -> Requirement:
    """Return an active requirement; others are not in the house."""
    return get_object_or_404(Requirement.objects.active().select_related("owner"), pk=pk, merged_into=None)


def _to_requirement(row: Requirement) -> tuple[str, str]:
    return row.reference, reverse("requirement_detail", args=[row.pk])


def _to_metric(column: Metric) -> tuple[str, str]:
    return column.name, reverse("metric_detail", args=[column.pk])


def _initial(state: str) -> dict[str, str]:
    return {"to": state.rstrip("!?"), "was": state}


def _answer(
    request: ProgramRequest,
    kind: str,
    form: Form,
    change: Callable[[dict[str, Any]], Deed | None],
    *,
    row: Requirement | None = None,
    to_data: Crumbs | None = None,
    **context: Any,
) -> HttpResponseBase:
    """Change one cell or pair: to the keys of the house answer its sums anew, to the form go back to the house."""
    if request.method == "POST" and request.htmx:  # type: ignore[attr-defined]  # HtmxMiddleware adds it
        return _live(request, kind, form, change, row)
    back = f"{reverse(ROUTES[kind])}{'?' if request.GET else ''}{request.GET.urlencode()}"

    def save(data: dict[str, Any]) -> Deed | None:
        return _remembered(request, change(data))

    return answer_form(
        request,
        form,
        save,
        said=follows,
        then=lambda _deed: back,
        question=_("House of Quality"),
        crumbs=[(_("House of Quality"), back), *(to_data or [])],
        cancel_url=back,
        **context,
    )


def _remembered(request: ProgramRequest, deed: Deed | None) -> Deed | None:
    if deed:
        request.session[DEEDS] = [*request.session.get(DEEDS, []), deed][-MOST_DEEDS:]
    return deed


def _live(
    request: ProgramRequest,
    kind: str,
    form: Form,
    change: Callable[[dict[str, Any]], Deed | None],
    row: Requirement | None,
) -> HttpResponse:
    said = problem = ""
    status = HTTPStatus.OK
    if not form.is_valid():
        problem, status = _("This cannot be set here."), HTTPStatus.UNPROCESSABLE_ENTITY
    else:
        try:
            said = follows(_remembered(request, change(form.cleaned_data)))
        except ValidationError as refusal:
            problem = " ".join(refusal.messages)
            was_changed = getattr(refusal, "code", "") == "changed"
            status = HTTPStatus.CONFLICT if was_changed else HTTPStatus.UNPROCESSABLE_ENTITY
    page = page_of(request, kind, request.GET)
    return _live_part(request, page, row.pk if row else None, status=status, said=said, problem=problem)


def _live_part(
    request: ProgramRequest, page: HousePage | None, row: int | None, *, status: int, **words: str
) -> HttpResponse:
    """Return the sums, the roof and the row that was changed, as they are now.

    The change may have moved the row out of what the filters leave; it stands on the page nevertheless.
    """
    if page is None:
        return HttpResponse(status=HTTPStatus.NOT_FOUND)
    changed = next((page.line(each) for each in page.house.everything if each.key == row), None)
    context = _context(request, page, changed=changed, **words)
    return render(request, "dashboard/house.html#live", context, status=status)


@require_POST
@specialists_only
def house_undo(request: ProgramRequest) -> HttpResponseBase:
    """Take back the last change of this visit, if it still stands."""
    deeds = list(request.session.get(DEEDS, []))
    deed: Deed | None = deeds.pop() if deeds else None
    request.session[DEEDS] = deeds
    said = problem = ""
    try:
        said = undone(deed)
    except ValidationError as refusal:
        problem = " ".join(refusal.messages)
    kind, parameters = _place(request.POST.get("back", ""))
    if request.htmx:  # type: ignore[attr-defined]  # HtmxMiddleware adds it
        row = deed["keys"][0] if deed and deed["kind"] != "relation" else None
        status = HTTPStatus.CONFLICT if problem else HTTPStatus.OK
        page = page_of(request, kind, parameters)
        return _live_part(request, page, row, status=status, said=said, problem=problem)
    messages.add_message(request, messages.ERROR if problem else messages.SUCCESS, problem or said)
    return HttpResponseRedirect(f"{reverse(ROUTES[kind])}{'?' if parameters else ''}{parameters.urlencode()}")


def _place(back: str) -> tuple[str, QueryDict]:
    """Return which house somebody came from, and what its address asked for."""
    kind, _mark, query = back[:LONGEST_ADDRESS].partition("?")
    return (kind if kind in ROUTES else RESPONSIBILITIES), QueryDict(query)


def undone(deed: Deed | None) -> str:
    if deed is None:
        return _("There is nothing to undo.")
    undo(deed=deed)
    return follows(deed, first=_("Undone."))
