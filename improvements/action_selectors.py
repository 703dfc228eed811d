"""Reading actions: who may see which, who raised what they are about, what waits for somebody, what repeats itself."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from django.db.models import (
    BooleanField,
    Case,
    Count,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import User
from customers.models import Contact
from functions.models import Membership
from functions.selectors import Access, scope_for
from improvements.action_models import (
    OPEN,
    RUNNING,
    Action,
    ActionComment,
    Confirmation,
    Mention,
    Stage,
    StageChange,
)
from improvements.belief_selectors import asked_count
from improvements.file_models import ActionFile
from improvements.loop_selectors import without_lost_questions
from interviews.models import Answer, Coding, Interview, Part
from metrics.selectors import metrics_for
from notices.models import Notice
from requirements_catalog.selectors import requirement_ids_for

FINISHED = (Stage.EFFECTIVE, Stage.NOT_EFFECTIVE)
UNDER_WAY = (*OPEN, Stage.VERIFYING)
YEAR, SOON = timedelta(days=365), timedelta(days=7)


def related(actions: QuerySet[Action]) -> QuerySet[Action]:
    return actions.select_related("owner", "function", "metric").prefetch_related("requirements")


def own_actions(access: Access) -> Q:
    """Return the condition of those that a person works on: of the own functions and requirements, or the person's."""
    requirements = requirement_ids_for(access) or set()
    mine = Q(function__in=access.functions) | Q(owner=access.user_id or 0)
    about = Action.requirements.through.objects.filter(requirement__in=requirements).values("action")
    return mine | Q(pk__in=about)


def actions_worked_on(access: Access) -> QuerySet[Action]:
    """Return the actions that a person may read whole and change."""
    return Action.objects.all() if access.is_specialist else Action.objects.filter(own_actions(access))


def actions_for(access: Access) -> QuerySet[Action]:
    """Return the actions that a person may open: viewers see each, without what was said and measured."""
    if access.is_specialist or Membership.Role.VIEWER in access.roles:
        return Action.objects.all()
    return actions_worked_on(access)


def works_on(access: Access, action: Action) -> bool:
    return access.is_specialist or actions_worked_on(access).filter(pk=action.pk).exists()


def may_set_level(access: Access, action: Action) -> bool:
    """Say whether somebody may read and change which metric an action should shift, and how far (3 queries)."""
    return action.metric_id is None or metrics_for(access).filter(pk=action.metric_id).exists()


def may_read(person: User, action: Action) -> bool:
    """Say whether a person works on an action, so that a mention reaches somebody (3 queries)."""
    return works_on(scope_for(person), action)


def with_repeats(actions: QuerySet[Action]) -> QuerySet[Action]:
    """Say of each whether it repeats one on the same requirement and function that was finished in the year before."""
    through = Action.requirements.through.objects.filter(action=OuterRef(OuterRef("pk")))
    year_before = ExpressionWrapper(OuterRef("created_at") - YEAR, output_field=DateTimeField())
    before = StageChange.objects.filter(
        after__in=FINISHED,
        changed_at__lt=OuterRef("created_at"),
        changed_at__gte=year_before,
        action__function=OuterRef("function"),
        action__requirements__in=through.values("requirement"),
    ).exclude(action=OuterRef("pk"))
    return actions.annotate(is_repeat=Exists(before))


def listed_actions(access: Access, *, today: date) -> QuerySet[Action]:
    """Return the actions that a person may open, each with whether it is overdue and whether it repeats another."""
    overdue = Case(
        When(Q(stage__in=RUNNING, due_on__lt=today), then=Value(True)),
        default=Value(False),
        output_field=BooleanField(),
    )
    return with_repeats(related(actions_for(access))).annotate(is_overdue=overdue)


def requirements_of_actions(action_ids: Collection[int]) -> list[tuple[int, int]]:
    """Return (action, requirement) pairs, by the references (1 query)."""
    pairs = Action.requirements.through.objects.filter(action__in=action_ids)
    return list(pairs.order_by("requirement__reference", "pk").values_list("action_id", "requirement_id"))


def comments_for(access: Access) -> QuerySet[ActionComment]:
    """Return the comments on actions that a person works on."""
    return ActionComment.objects.filter(action__in=actions_worked_on(access).order_by().values("pk")).order_by("pk")


def files_for(access: Access) -> QuerySet[ActionFile]:
    """Return the files of actions that a person works on, without what is in them."""
    mine = actions_worked_on(access).order_by().values("pk")
    return ActionFile.objects.filter(action__in=mine).defer("content").order_by("pk")


def may_remove_file(access: Access, file: ActionFile, action: Action) -> bool:
    """Say whether who reads a file may delete it: specialists each; others their own, and those of actions they own."""
    if access.is_specialist:
        return True
    # A file whose uploader is not kept, and an action that nobody owns, are nobody's: None is no person.
    return access.user_id is not None and access.user_id in (file.uploaded_by_id, action.owner_id)


def confirmations_for(access: Access) -> QuerySet[Confirmation]:
    """Return what those said who raised something: with names, so for specialists."""
    return Confirmation.objects.order_by("pk") if access.is_specialist else Confirmation.objects.none()


def all_contacts() -> QuerySet[Contact]:
    return Contact.objects.all()


def repeated_by(action: Action) -> QuerySet[Action]:
    """Return the actions that this one repeats, the newest first, whoever may open them."""
    finished = StageChange.objects.filter(
        after__in=FINISHED, changed_at__lt=action.created_at, changed_at__gte=action.created_at - YEAR
    )
    same = Action.objects.filter(
        function=action.function_id,
        pk__in=finished.values("action"),
        requirements__in=action.requirements.values("pk"),
    )
    return same.exclude(pk=action.pk).distinct().order_by("-created_at", "-pk")


def open_actions_about(*, requirements: Collection[int]) -> QuerySet[Action]:
    about = Action.requirements.through.objects.filter(requirement__in=requirements).values("action")
    return related(Action.objects.filter(pk__in=about)).order_by("due_on", "pk")


def under_way(access: Access) -> QuerySet[Action]:
    """Return the actions that a person may open and that are not over, the first due first."""
    return related(actions_for(access).filter(stage__in=UNDER_WAY)).order_by("due_on", "pk")


def actions_of_function(access: Access, function_id: int) -> list[Action]:
    return list(under_way(access).filter(function=function_id))


def actions_about(access: Access, requirement_id: int) -> list[Action]:
    about = Action.requirements.through.objects.filter(requirement=requirement_id).values("action")
    return list(under_way(access).filter(pk__in=about))


def requirements_acted_on() -> set[int]:
    """Return the requirements about which an action is under way (1 query)."""
    rows = Action.requirements.through.objects.filter(action__stage__in=UNDER_WAY)
    return set(rows.values_list("requirement_id", flat=True))


def changes_of(action: Action) -> list[StageChange]:
    return list(action.changes.select_related("changed_by").order_by("-changed_at", "-pk"))


def comments_of(action: Action) -> list[ActionComment]:
    return list(action.comments.order_by("written_at", "pk"))


# ---- Who raised it


def raisers_of(action: Action) -> QuerySet[Contact]:
    """Return the people who said something about what an action is about: in an answer, or in words that are coded.

    What was merged into one of its requirements counts; interviews that are not completed do not.
    """
    requirements = [each.pk for each in action.requirements.all()]
    about = Q(requirement__in=requirements) | Q(requirement__merged_into__in=requirements)
    known = Q(importance_state=Part.KNOWN) | Q(level_state=Part.KNOWN) | Q(perception_state=Part.KNOWN)
    done = Interview.State.COMPLETED
    answered = Answer.objects.filter(about, known, contact=OuterRef("pk"), interview__state=done)
    spoke = Coding.objects.filter(about, verbatim__interview__contact=OuterRef("pk"), verbatim__interview__state=done)
    return Contact.objects.filter(Exists(answered) | Exists(spoke), erased_on=None)


def confirmations_of(actions: Iterable[Action]) -> QuerySet[Confirmation]:
    rows = without_lost_questions(Confirmation.objects.filter(action__in=list(actions)))
    return rows.select_related("contact__customer__value_band", "contact__customer__merged_into__value_band")


def actions_of_customer(customer_id: int) -> list[Action]:
    """Return the open actions about what people of a customer raised (3 queries)."""
    whose = Q(customer=customer_id) | Q(customer__merged_into=customer_id)
    known = Q(importance_state=Part.KNOWN) | Q(level_state=Part.KNOWN) | Q(perception_state=Part.KNOWN)
    done = Interview.State.COMPLETED
    answers = Answer.objects.filter(whose, known, interview__state=done)
    coded = Coding.objects.filter(
        Q(verbatim__interview__customer=customer_id) | Q(verbatim__interview__customer__merged_into=customer_id),
        verbatim__interview__state=done,
        requirement__isnull=False,
    )
    said = {
        key
        for rows in (answers, coded)
        for pair in rows.order_by().values_list("requirement_id", "requirement__merged_into_id").distinct()
        for key in pair
        if key
    }
    return list(open_actions_about(requirements=said).filter(stage__in=UNDER_WAY))


# ---- What waits for somebody


def due_actions(person_id: int) -> QuerySet[Action]:
    """Return the open actions that somebody owns, the first due first."""
    return related(Action.objects.filter(owner=person_id, stage__in=OPEN)).order_by("due_on", "pk")


def unseen_mentions(person_id: int) -> QuerySet[Mention]:
    waiting = Mention.objects.filter(person=person_id, seen_at=None).select_related("comment__action")
    return waiting.order_by("-comment__written_at", "-pk")


def waiting_count(access: Access, *, today: date) -> tuple[int, int]:
    """Return how much waits for somebody, and how many notices are unread (1 query).

    What waits: own actions that are due within a week, overdue or did not help, mentions, and what one is asked to
    believe.
    """
    is_due = Q(stage__in=RUNNING, due_on__lte=today + SOON) | Q(stage__in=[Stage.NOT_EFFECTIVE, Stage.REOPENED])
    mine = Action.objects.filter(is_due, owner=OuterRef("pk"))
    unseen = Mention.objects.filter(person=OuterRef("pk"), seen_at=None)
    unread = Notice.objects.filter(person=OuterRef("pk"), read_at=None)
    counted = (_counted(mine, "owner"), _counted(unseen, "person"), asked_count(access, today=today))
    found = User.objects.filter(pk=access.user_id or 0).values_list(*counted, _counted(unread, "person")).first()
    *work, notices = found or (0, 0)
    return sum(work), notices


def _counted(rows: QuerySet[Any], of: str) -> Coalesce:
    return Coalesce(Subquery(rows.order_by().values(of).annotate(n=Count("pk")).values("n")), 0)


# ---- When somebody acted


@dataclass(frozen=True, slots=True)
class Acted:
    """When an action about something moved last, and whether one is open and overdue."""

    newest_on: date
    is_overdue: bool


@dataclass(frozen=True, slots=True)
class Moves:
    """How an action stood on a day. newest_on: it moved or was spoken of; stage_on: it came to its stage."""

    newest_on: date
    stage: str
    stage_on: date
    due_on: date | None

    def acted(self, until: date) -> Acted:
        overdue = self.stage in RUNNING and self.due_on is not None and self.due_on < until
        return Acted(self.newest_on, overdue)


def moves_until(actions: Collection[int], *, until: date) -> dict[int, Moves]:
    """Return how each action stood at the end of a day; one that began later has none (2 queries)."""
    changes = StageChange.objects.filter(action__in=actions, changed_at__date__lte=until).order_by("changed_at", "pk")
    spoken = ActionComment.objects.filter(action__in=actions, written_at__date__lte=until).order_by()
    found: dict[int, Moves] = {}
    for action, stage, at, due_on in changes.values_list("action_id", "after", "changed_at", "action__due_on"):
        day = timezone.localtime(at).date()
        found[action] = Moves(day, stage, day, due_on)
    for action, at in spoken.values_list("action_id", "written_at"):
        if action in found:
            day = timezone.localtime(at).date()
            found[action] = replace(found[action], newest_on=max(day, found[action].newest_on))
    return found


def as_they_stood(actions: Sequence[Action], *, day: date) -> list[Action]:
    """Return those that had begun by a day, each in the stage of that day. They are not to be saved (2 queries)."""
    moves = moves_until([each.pk for each in actions], until=day)
    found = [each for each in actions if each.pk in moves]
    for each in found:
        each.stage = moves[each.pk].stage
        if each.done_on is not None and each.done_on > day:
            each.done_on = None
    return found


def acted_on(requirements: Collection[int], *, until: date) -> dict[int, Acted]:
    """Return for each requirement when an action about it moved last, up to a day; none: nothing was done (3 queries).

    What a room worked out by itself, such as that an action is effective, is a move as well.
    """
    pairs = list(
        Action.requirements.through.objects.filter(requirement__in=list(requirements)).values_list(
            "requirement_id", "action_id"
        )
    )
    moves = moves_until({action for _requirement, action in pairs}, until=until)
    found: dict[int, Acted] = {}
    for requirement, action in pairs:
        if action in moves:
            its = moves[action].acted(until)
            found[requirement] = joined(found.get(requirement), its)
    return found


def left_alone(*, today: date) -> list[tuple[Action, Acted]]:
    """Return every open action with when it moved last and whether it is overdue (3 queries)."""
    rows = list(Action.objects.filter(stage__in=OPEN).select_related("function").order_by("due_on", "pk"))
    moves = moves_until([row.pk for row in rows], until=today)
    return [(row, moves[row.pk].acted(today)) for row in rows if row.pk in moves]


def joined(one: Acted | None, other: Acted) -> Acted:
    if one is None:
        return other
    return Acted(max(one.newest_on, other.newest_on), one.is_overdue or other.is_overdue)


def people_to_own(also: int | None = None) -> QuerySet[User]:
    """Return everybody of the program who can own an action, and one person who owns it already."""
    if also is not None:
        either = Q(pk__in=people_to_own().order_by().values("pk")) | Q(pk=also)
        return User.objects.filter(either).order_by("last_name", "username")
    return User.objects.filter(is_active=True, memberships__isnull=False).distinct().order_by("last_name", "username")
