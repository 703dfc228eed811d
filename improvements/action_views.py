"""Actions: what is done about gaps, how far it is, and whether it helped."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from customers.models import Contact
from functions.access import ProgramRequest, members_only, metric_keepers_only, person, specialists_only
from functions.selectors import Access, program, program_day
from improvements import actions as services
from improvements.action_forms import ActionFilter, ActionForm, CauseForm, CommentForm, ConfirmationForm, MoveForm
from improvements.action_models import OPEN, RUNNING, Action, Cause, Kind, Stage
from improvements.action_origins import start_of
from improvements.action_page import action_page, is_overdue, next_move
from improvements.action_selectors import (
    actions_for,
    actions_worked_on,
    due_actions,
    listed_actions,
    raisers_of,
    related,
    unseen_mentions,
)
from improvements.action_stages import PATHS, missing_for
from improvements.belief_selectors import open_askings
from improvements.reminders import RULES
from metrics.selectors import suspect_links
from web.choices import in_words
from web.forms import id_in
from web.lists import Column, ListAsked, ListPlan
from web.saved_views import with_saved_views
from web.saving import METHODS, answer_confirmation, answer_form, posted

QUESTION = gettext_lazy("Actions: what do we do about the gaps?")
MOST_ON_THE_BOARD = 300
COLUMNS = (
    Column("title", gettext_lazy("Action"), order_by=("title",)),
    Column("stage", gettext_lazy("Stage"), value=in_words("stage"), order_by=("stage",)),
    Column("function", gettext_lazy("Function"), value=lambda row: row.function.name, order_by=("function__name",)),
    Column(
        "owner",
        gettext_lazy("Owner"),
        value=lambda row: str(row.owner or ""),
        order_by=("owner__last_name", "owner__username"),
        hide_narrow=True,
    ),
    Column("due_on", gettext_lazy("Due"), order_by=("due_on",), numeric=True),
    Column("kind", gettext_lazy("Kind"), value=in_words("kind"), order_by=("kind",), hide_narrow=True),
    Column("cost", gettext_lazy("Cost"), order_by=("cost",), numeric=True, hide_narrow=True),
    Column("created_at", gettext_lazy("Since"), order_by=("created_at",), numeric=True, hide_narrow=True),
)
ACTIONS = ListPlan(
    name="actions",
    columns=COLUMNS,
    in_file=(
        *COLUMNS,
        Column(
            "requirements",
            gettext_lazy("Requirements"),
            value=lambda row: ", ".join(each.reference for each in row.requirements.all()),
        ),
        Column("done_on", gettext_lazy("In effect since")),
        Column("is_repeat", gettext_lazy("Repeat"), value=lambda row: _("yes") if row.is_repeat else ""),
    ),
    sort="due_on",
    filters=ActionFilter,
    search=("title", "function__name", "requirements__reference"),
)


def rows_asked_for(asked: ListAsked, access: Access, *, today: Any) -> QuerySet[Action]:
    rows = asked.narrowed(listed_actions(access, today=today))
    return rows.distinct() if asked.q else rows


@members_only
@require_safe
@with_saved_views(ACTIONS)
def action_list(request: ProgramRequest) -> HttpResponseBase:
    today = program_day(timezone.now())
    asked = ListAsked(ACTIONS, request.GET)
    everything = listed_actions(request.access, today=today)
    shown = asked.show(rows_asked_for(asked, request.access, today=today), of=everything)
    if asked.wants_file:
        return asked.file(shown)
    still_open = actions_for(request.access).filter(stage__in=OPEN)
    context = {
        "list": shown,
        "noun": _("actions"),
        "open": still_open.count(),
        "overdue": still_open.filter(stage__in=RUNNING, due_on__lt=today).count(),
        "may_create": may_create(request.access),
    }
    return render(request, "improvements/action_list.html", context)


def may_create(access: Access) -> bool:
    return access.is_specialist or bool(access.functions)


@members_only
@require_safe
def action_board(request: ProgramRequest) -> HttpResponse:
    today = program_day(timezone.now())
    asked = ListAsked(ACTIONS, request.GET)
    rows = rows_asked_for(asked, request.access, today=today).order_by("due_on", "pk")
    cards = list(rows.prefetch_related("causes")[: MOST_ON_THE_BOARD + 1])
    mine = set(actions_worked_on(request.access).values_list("pk", flat=True))
    columns = [
        {
            "stage": label,
            "cards": [
                {"action": row, "move": next_move(row) if row.pk in mine else None}
                for row in cards[:MOST_ON_THE_BOARD]
                if row.stage == stage
            ],
        }
        for stage, label in Stage.choices
    ]
    context = {
        "columns": columns,
        "asked": asked,
        "may_create": may_create(request.access),
        "left": len(cards) > MOST_ON_THE_BOARD,
        "most": MOST_ON_THE_BOARD,
        "count": len(cards[:MOST_ON_THE_BOARD]),
    }
    return render(request, "improvements/action_board.html", context)


# ---- One action


def found(request: ProgramRequest, pk: int, *, to_change: bool = False) -> Action:
    rows = (actions_worked_on if to_change else actions_for)(request.access)
    return get_object_or_404(related(rows).prefetch_related("causes"), pk=pk)


def page_of(pk: int) -> str:
    return reverse("action_detail", args=[pk])


def crumbs(action: Action | None = None) -> list[tuple[str, str]]:
    there = [(_("Actions"), reverse("action_list"))]
    return [*there, (action.title, page_of(action.pk))] if action else there


@require_safe
@members_only
def action_detail(request: ProgramRequest, pk: int) -> HttpResponse:
    now, its = timezone.now(), program()
    page = action_page(
        action=found(request, pk),
        access=request.access,
        currency=its.currency if its else "",
        today=program_day(now),
    )
    return render(request, "improvements/action_detail.html", {"page": page, "comment_form": CommentForm()})


@metric_keepers_only
@require_http_methods(METHODS)
def action_create(request: ProgramRequest) -> HttpResponseBase:
    """Make an action, from what the address names."""
    start = start_of(request.GET, request.access)
    by = person(request)
    # Who heads one function makes that one answer, whoever owns the requirement.
    own = {"function": min(request.access.functions)} if len(request.access.functions) == 1 else {}
    return answer_form(
        request,
        ActionForm(
            posted(request),
            access=request.access,
            initial={"owner": by.pk, **start.initial, **(own if not request.access.is_specialist else {})},
        ),
        lambda data: services.create_action(**data, **start.kept, by=by, now=timezone.now()),
        said=lambda _action: _("The action is kept as a draft."),
        then=lambda action: page_of(action.pk),
        question=QUESTION,
        heading=_("What is to be done?"),
        about=start.about,
        crumbs=crumbs(),
        submit=_("Keep the action"),
        cancel_url=reverse("action_list"),
    )


@require_http_methods(METHODS)
@members_only
def action_update(request: ProgramRequest, pk: int) -> HttpResponseBase:
    action = found(request, pk, to_change=True)
    initial = {name: getattr(action, name) for name in services.FIELDS}
    initial["requirements"] = [each.pk for each in action.requirements.all()]
    return answer_form(
        request,
        ActionForm(posted(request), access=request.access, action=action, initial=initial),
        lambda data: services.change_action(action=action, changes=data, now=timezone.now()),
        said=lambda _action: _("Saved."),
        then=lambda _action: page_of(pk),
        question=QUESTION,
        heading=_("Change the action"),
        crumbs=crumbs(action),
        cancel_url=page_of(pk),
    )


@require_http_methods(METHODS)
@members_only
def action_move(request: ProgramRequest, pk: int, stage: str) -> HttpResponseBase:
    """Move an action; what the stage needs is asked here, and what is missing is said."""
    action = found(request, pk, to_change=True)
    if stage not in Stage.values:
        raise Http404
    missing = [need for need in missing_for(action, stage) if not need.is_field]
    about = _("Missing: %(words)s.") % {"words": ", ".join(str(need.words) for need in missing)} if missing else ""

    def save(data: dict[str, Any]) -> Action:
        why = data.pop("why", "")
        return services.move_action(action=action, to=stage, by=person(request), now=timezone.now(), why=why, said=data)

    return answer_form(
        request,
        MoveForm(posted(request), action=action, to=stage),
        save,
        said=lambda moved: _("It is '%(stage)s' now.") % {"stage": moved.get_stage_display()},
        then=lambda _moved: page_of(pk),
        question=_("Action: %(title)s") % {"title": action.title},
        heading=_("From '%(here)s' to '%(there)s'?")
        % {"here": action.get_stage_display(), "there": Stage(stage).label},
        about=about,
        crumbs=crumbs(action),
        submit=_("Move it"),
        cancel_url=page_of(pk),
    )


@require_http_methods(METHODS)
@members_only
def action_comment(request: ProgramRequest, pk: int) -> HttpResponseBase:
    action, by = found(request, pk, to_change=True), person(request)
    return answer_form(
        request,
        CommentForm(posted(request)),
        lambda data: services.add_comment(action=action, **data, by=by, now=timezone.now()),
        said=lambda _comment: _("The comment is kept."),
        then=lambda _comment: f"{page_of(pk)}#comments",
        question=_("Action: %(title)s") % {"title": action.title},
        heading=_("What is there to say?"),
        crumbs=crumbs(action),
        submit=_("Write it"),
        cancel_url=page_of(pk),
    )


@specialists_only
@require_http_methods(METHODS)
def action_confirm(request: ProgramRequest, pk: int) -> HttpResponseBase:
    """Keep what somebody who raised it says; the address may name the person."""
    action, by = found(request, pk), person(request)
    contact = raiser_named(request, action)
    initial: dict[str, Any] = {"said_on": program_day(timezone.now())}
    if contact is not None:
        initial |= {"contact": contact.name, "customer": contact.customer.name}
    return answer_form(
        request,
        ConfirmationForm(posted(request), initial=initial),
        lambda data: services.record_confirmation(action=action, **data, by=by, now=timezone.now()),
        said=lambda _row: _("What they said is kept."),
        then=lambda _row: f"{page_of(pk)}#customers",
        question=_("Action: %(title)s") % {"title": action.title},
        heading=_("Is it fixed for them?"),
        about=_("The reply counts for the verdict, by the weight of the customer."),
        crumbs=crumbs(action),
        cancel_url=page_of(pk),
    )


def raiser_named(request: ProgramRequest, action: Action) -> Contact | None:
    pk = id_in(request.GET.get("contact", ""))
    return raisers_of(action).select_related("customer").filter(pk=pk).first()


# ---- Why it came


@require_http_methods(METHODS)
@members_only
def cause_create(request: ProgramRequest, pk: int) -> HttpResponseBase:
    """Add a cause at the top, or a why beneath the one that the address names."""
    action = found(request, pk, to_change=True)
    parent = None
    if "under" in request.GET:
        parent = get_object_or_404(action.causes.all(), pk=id_in(request.GET["under"]))
    return answer_form(
        request,
        CauseForm(posted(request), at_the_top=parent is None),
        lambda data: services.add_cause(action=action, parent=parent, **data),
        said=lambda _cause: _("The cause is in the tree."),
        then=lambda _cause: f"{page_of(pk)}#causes",
        question=_("Action: %(title)s") % {"title": action.title},
        heading=_("Why is that?") if parent else _("Why did it come to this?"),
        about=parent.text if parent else action.problem,
        crumbs=crumbs(action),
        cancel_url=f"{page_of(pk)}#causes",
    )


def cause_found(request: ProgramRequest, pk: int) -> Cause:
    rows = Cause.objects.filter(action__in=actions_worked_on(request.access).order_by().values("pk"))
    return get_object_or_404(rows.select_related("action"), pk=pk)


@require_http_methods(METHODS)
@members_only
def cause_update(request: ProgramRequest, pk: int) -> HttpResponseBase:
    cause = cause_found(request, pk)
    back = f"{page_of(cause.action_id)}#causes"
    initial = {"bone": cause.bone, "text": cause.text, "is_root": cause.is_root}
    return answer_form(
        request,
        CauseForm(posted(request), at_the_top=cause.parent_id is None, initial=initial),
        lambda data: services.change_cause(cause=cause, changes=data),
        said=lambda _cause: _("Saved."),
        then=lambda _cause: back,
        question=_("Action: %(title)s") % {"title": cause.action.title},
        heading=_("Change the cause"),
        crumbs=crumbs(cause.action),
        cancel_url=back,
        end_url=reverse("cause_remove", args=[pk]),
        end_label=_("It turned out to be none"),
    )


@require_http_methods(METHODS)
@members_only
def cause_remove(request: ProgramRequest, pk: int) -> HttpResponseBase:
    cause = cause_found(request, pk)
    back = f"{page_of(cause.action_id)}#causes"
    return answer_confirmation(
        request,
        lambda: services.remove_cause(cause=cause),
        said=_("The cause was taken out."),
        then=back,
        question=_("Action: %(title)s") % {"title": cause.action.title},
        heading=_("Take out '%(cause)s'?") % {"cause": cause.text},
        losses=[_("It disappears with all whys beneath it.")],
        crumbs=crumbs(cause.action),
        submit=_("Take it out"),
        cancel_url=back,
    )


# ---- What waits for me


@members_only
@require_safe
def my_work(request: ProgramRequest) -> HttpResponse:
    today, me = program_day(timezone.now()), person(request)
    rows = list(due_actions(me.pk))
    overdue = [row for row in rows if is_overdue(row, today)]
    # Who does not work on it any more is told that there was a mention, and not what was said.
    mine = set(actions_worked_on(request.access).values_list("pk", flat=True))
    context = {
        "rows": rows,
        "overdue": overdue,
        "mentions": [(each, each.comment.action_id in mine) for each in unseen_mentions(me.pk)],
        "verifying": list(related(Action.objects.filter(owner=me, stage=Stage.VERIFYING)).order_by("done_on", "pk")),
        "suspects": suspect_links(request.access).count() if may_create(request.access) else 0,
        "askings": list(open_askings(request.access, today=today)),
        "today": today,
    }
    return render(request, "improvements/my_work.html", context)


@members_only
@require_POST
def mentions_seen(request: ProgramRequest) -> HttpResponse:
    services.see_mentions(person=person(request), now=timezone.now())
    return redirect("my_work")


@members_only
@require_safe
def action_rules(request: ProgramRequest) -> HttpResponse:
    """Say in words when who is reminded, and what each kind of action needs."""
    paths = [
        {
            "kind": Kind(kind).label,
            "stages": [
                (Stage(stage).label, ", ".join(str(need.words) for need in needs)) for stage, needs in path.items()
            ],
        }
        for kind, path in PATHS.items()
    ]
    return render(request, "improvements/action_rules.html", {"rules": RULES, "paths": paths})
