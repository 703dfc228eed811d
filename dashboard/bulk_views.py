"""Changes to many rows of a list: which rows, what is asked, what was done, and the way back."""

from collections.abc import Collection
from http import HTTPStatus
from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.confirming import needs_a_reason
from accounts.models import User
from dashboard.known_lists import LISTS, KnownList, asked_of, list_for
from functions.access import ProgramRequest, specialists_only
from functions.selectors import program_day
from jobs.models import BulkChange
from web.bulk import ASKED_TWICE_ABOVE, KEPT_FOR, BulkAction, change_many, check_number, undo
from web.exports import MOST_AT_ONCE, file_response
from web.forms import add_errors, ids_in
from web.lists import ListAsked

NAMED = 10


@require_POST
@specialists_only
def bulk_act(request: ProgramRequest, list: str) -> HttpResponseBase:  # noqa: A002  # the domain's word
    """Ask what to set, or set it: on the ticked rows, on those of the page, or on all that match."""
    known = list_for(request.access, list)
    if known is None or not known.plan.bulk:
        raise Http404
    asked = asked_of(known, request.POST.get("query", ""))
    back = f"{reverse(known.route)}?{asked.saved_query}"
    chosen = chosen_rows(request, known, asked)
    if not chosen:
        return refused(request, back, _("Tick the rows first."))
    if request.POST.get("action") == "export":
        return exported(request, known, asked, chosen)
    action = next((each for each in known.plan.bulk if each.key == request.POST.get("action")), None)
    if action is None:
        return refused(request, back, _("Choose what to do with the rows."))
    try:
        check_number(len(chosen))
    except ValidationError as error:
        return refused(request, back, error.messages[0])
    return ask_or_change(request, known, action, chosen, back)


def refused(request: ProgramRequest, back: str, why: str) -> HttpResponseBase:
    messages.error(request, why)
    return redirect(back)


def chosen_rows(request: ProgramRequest, known: KnownList, asked: ListAsked) -> set[int]:
    """Return the ids of the rows: those that are ticked, those of the page, or all that match."""
    if "all" in request.POST:
        rows = known.rows(asked, request.access, timezone.now())
        return set(rows.values_list("pk", flat=True)) if isinstance(rows, QuerySet) else {row.pk for row in rows}
    texts = request.POST.getlist("row") + (request.POST.getlist("shown") if "page" in request.POST else [])
    return ids_in(texts)


def exported(request: ProgramRequest, known: KnownList, asked: ListAsked, chosen: Collection[int]) -> HttpResponseBase:
    """Return the chosen rows as a CSV, with the columns and in the order of the list."""
    is_for_a_reason = needs_a_reason(is_about_people=known.plan.is_about_people, count=len(chosen))
    if is_for_a_reason or ("all" in request.POST and len(chosen) > MOST_AT_ONCE["csv"]):
        return redirect(asked.export_url("csv"))
    rows = known.rows_of_file(asked, request.access, timezone.now())
    if "all" in request.POST:
        kept: Any = rows
    elif isinstance(rows, QuerySet):
        kept = rows.filter(pk__in=chosen)
    else:
        kept = [row for row in rows if row.pk in chosen]
    shown = asked.show(kept)
    columns = known.plan.file_columns
    return file_response(name=known.plan.name, kind="csv", columns=columns, rows=shown.rows, count=shown.count)


def ask_or_change(
    request: ProgramRequest, known: KnownList, action: BulkAction, chosen: set[int], back: str
) -> HttpResponseBase:
    is_asked = request.POST.get("step") == "change"
    form: Any = action.form(request.POST if is_asked else None)
    if is_asked and form.is_valid() and is_meant(request, len(chosen), form):
        try:
            change = changed(request, known, action, chosen, form.cleaned_data)
        except ValidationError as error:
            add_errors(form, error)
        else:
            tell(request, action, change)
            return redirect(back)
    found = action.model._default_manager.filter(pk__in=chosen)  # noqa: SLF001
    context = {
        "form": form, "action": action, "count": len(chosen), "found": found.order_by("pk")[:NAMED],
        "more": max(len(chosen) - NAMED, 0), "asks_twice": len(chosen) > ASKED_TWICE_ABOVE,
        "sent": sent_again(request, chosen), "noun": _(known.plan.name),
        "crumbs": [(_(known.plan.name.capitalize()), back)],
        "cancel_url": back,
    }  # fmt: skip
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    return render(request, "dashboard/bulk.html", context, status=status)


def is_meant(request: ProgramRequest, count: int, form: Any) -> bool:
    """Above fifty rows the number must be confirmed, and it must still be the number."""
    if count <= ASKED_TWICE_ABOVE or request.POST.get("meant") == str(count):
        return True
    message = _("%(count)d rows would be changed. Tick that you mean all of them.")
    form.add_error(None, ValidationError(message, code="meant", params={"count": count}))
    return False


def sent_again(request: ProgramRequest, chosen: Collection[int]) -> list[tuple[str, Any]]:
    """Return what the form keeps hidden: all that match are looked up anew, ticked rows are named."""
    kept: list[tuple[str, Any]] = [(name, request.POST.get(name, "")) for name in ("action", "query")]
    if "all" in request.POST:
        return [*kept, ("all", "1")]
    return kept + [("row", pk) for pk in sorted(chosen)]


def changed(
    request: ProgramRequest, known: KnownList, action: BulkAction, chosen: set[int], data: dict[str, Any]
) -> BulkChange:
    now = timezone.now()
    return change_many(
        action=action, list_name=known.plan.name, ids=chosen, data=data, user=cast(User, request.user), now=now,
        today=program_day(now),
    )  # fmt: skip


def tell(request: ProgramRequest, action: BulkAction, change: BulkChange) -> None:
    """Say what was done; the message carries the way to what was left out, and the way back."""
    count, skipped = len(change.rows), len(change.skipped)
    said = ngettext("%(n)d row changed: %(title)s.", "%(n)d rows changed: %(title)s.", count)
    text = said % {"n": count, "title": change.title}
    if skipped:
        left = ngettext("%(n)d row was left as it is.", "%(n)d rows were left as they are.", skipped)
        text = f"{text} {left % {'n': skipped}}"
    if count and action.moves_scores:
        text = f"{text} {_('Scores that hang on them will be recomputed.')}"
    level = messages.SUCCESS if count else messages.WARNING
    messages.add_message(request, level, text, extra_tags=f"change-{change.pk}{'' if count else '-nothing'}")


# ---- What was done


def own_change(request: ProgramRequest, pk: int) -> BulkChange:
    """Return a change that this person made on a list that the person may still open."""
    mine = BulkChange.objects.filter(done_by=request.access.user_id or 0)
    change = get_object_or_404(mine, pk=pk)
    if list_for(request.access, change.list_name) is None:
        raise Http404
    return change


def action_of(change: BulkChange) -> BulkAction:
    actions: tuple[BulkAction, ...] = LISTS[change.list_name].plan.bulk
    found = next((each for each in actions if each.key == change.action), None)
    if found is None:
        raise Http404
    return found


@require_safe
@specialists_only
def bulk_change_detail(request: ProgramRequest, pk: int) -> HttpResponseBase:
    change = own_change(request, pk)
    url = reverse(LISTS[change.list_name].route)
    context = {
        "change": change,
        "may_undo": change.undone_at is None and change.rows and change.done_at > timezone.now() - KEPT_FOR,
        "until": change.done_at + KEPT_FOR,
        "crumbs": [(_(change.list_name.capitalize()), url)],
    }
    return render(request, "dashboard/bulk_change.html", context)


@require_POST
@specialists_only
def bulk_change_undo(request: ProgramRequest, pk: int) -> HttpResponseBase:
    change = own_change(request, pk)
    now = timezone.now()
    try:
        undo(change=change, action=action_of(change), now=now, today=program_day(now))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("bulk_change_detail", pk)
    said = ngettext("Undone: %(n)d row is as before.", "Undone: %(n)d rows are as before.", len(change.rows))
    messages.success(request, said % {"n": len(change.rows)})
    return redirect(LISTS[change.list_name].route)
