"""Entering measurements of many metrics, month by month, as in a spreadsheet."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from functions.access import ProgramRequest, metric_keepers_only, person
from functions.models import Function
from functions.selectors import program_day
from metrics.grid import MONTHS, MOST_METRICS, MOST_MONTHS, Cell, grid_of, mark_unusual, months_up_to, read_cells
from metrics.grid_services import record_grid
from metrics.models import Kind
from metrics.selectors import kept_metrics
from metrics.services import LONGEST_REASON
from web.saving import METHODS


class GridForm(forms.Form):
    """Which part of the grid is shown."""

    function = forms.ModelChoiceField(
        label=gettext_lazy("Function"),
        queryset=Function.objects.none(),
        required=False,
        empty_label=gettext_lazy("all"),
    )
    months = forms.TypedChoiceField(
        label=gettext_lazy("Months"),
        choices=[(each, str(each)) for each in (3, MONTHS, MOST_MONTHS)],
        coerce=int,
        required=False,
    )


class SavingForm(forms.Form):
    """What is said beside the figures."""

    reason = forms.CharField(
        label=gettext_lazy("Why do stored figures change?"),
        max_length=LONGEST_REASON,
        required=False,
        help_text=gettext_lazy(
            "Only where you change some. The old figures stay, with this reason beside the new ones."
        ),
    )
    is_right = forms.BooleanField(label=gettext_lazy("The unusual figures are right"), required=False)


@metric_keepers_only
@require_http_methods(METHODS)
def measurement_grid(request: ProgramRequest) -> HttpResponseBase:
    today = program_day(timezone.now())
    kept = kept_metrics(request.access).filter(is_active=True, breakdown="")
    kept = kept.exclude(kind=Kind.DERIVED).select_related("function")
    asked = GridForm({"months": str(MONTHS), **request.GET.dict()})
    its_functions: Any = asked.fields["function"]
    its_functions.queryset = Function.objects.filter(pk__in=kept.order_by().values("function"))
    function, count = (
        (asked.cleaned_data.get(name) for name in ("function", "months")) if asked.is_valid() else (None, 0)
    )
    metrics = (kept.filter(function=function) if function else kept).order_by("function__position", "name", "pk")
    rows = grid_of(list(metrics[:MOST_METRICS]), months_up_to(today, count or MONTHS))
    saving, status = SavingForm(request.POST or None), HTTPStatus.OK
    if request.method == "POST":
        changed = read_cells(rows, request.POST, today)
        if saved_all(request, changed, saving):
            return redirect(request.get_full_path())
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    context = {
        "rows": rows,
        "months": [cell.month for cell in rows[0].cells] if rows else [],
        "asked": asked,
        "form": saving,
        "more": max(0, metrics.count() - MOST_METRICS),
        "holes": sum(cell.is_hole for row in rows for cell in row.cells),
        "wrong": [cell for row in rows for cell in row.cells if cell.errors],
        "unusual": [cell for row in rows for cell in row.cells if cell.is_unusual],
    }
    return TemplateResponse(request, "metrics/measurement_grid.html", context, status=status)


def saved_all(request: ProgramRequest, changed: Sequence[Cell], saving: SavingForm) -> bool:
    """Store what changed if nothing is wrong with it, and say so; where it is False the page says what is."""
    if not saving.is_valid() or any(cell.errors for cell in changed):
        return False
    reason = saving.cleaned_data["reason"].strip()
    if not reason and any(cell.was for cell in changed):
        saving.add_error("reason", _("Say why the figures change."))
    if mark_unusual(changed) and not saving.cleaned_data["is_right"]:
        saving.add_error("is_right", _("Look at the marked figures again. If they are right, tick this."))
    if saving.errors:
        return False
    count = record_grid(cells=changed, reason=reason, today=program_day(timezone.now()), entered_by=person(request))
    if any(cell.errors for cell in changed):
        return False
    said = ngettext("%(n)d measurement is saved.", "%(n)d measurements are saved.", count) % {"n": count}
    messages.success(request, f"{said} {_('The scores follow.')}" if count else _("Nothing has changed."))
    return True
