"""One action: how far is it, and did it help? What somebody may not see is left out, and the page says so."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from customers.models import FULL_WEIGHT
from functions.selectors import Access
from improvements.action_effect import Effect, effect_of, level_words
from improvements.action_models import WORKED_OUT, Action, ActionComment, Cause, Confirmation, Stage, StageChange
from improvements.action_selectors import (
    actions_for,
    changes_of,
    comments_of,
    confirmations_of,
    files_for,
    may_remove_file,
    raisers_of,
    repeated_by,
    works_on,
)
from improvements.action_stages import earlier_stages, missing_for, next_stage
from improvements.file_models import ActionFile
from improvements.loop_selectors import LoopStrip, strip_of
from improvements.review_models import ReviewDecision
from improvements.reviews import decision_behind, decisions_for
from metrics.selectors import metrics_for
from requirements_catalog.selectors import requirement_ids_for
from scoring.effect import Verdict
from web.templatetags.show import spoken_day

FIRST_RAISERS = 6
JUDGED = frozenset((Stage.EFFECTIVE, Stage.NOT_EFFECTIVE))
SHOWN_EFFECT = (Stage.VERIFYING, Stage.EFFECTIVE, Stage.NOT_EFFECTIVE, Stage.REOPENED)


@dataclass(frozen=True)
class Move:
    """A way on: the stage, and what is missing before it can begin."""

    to: str
    missing: tuple[str, ...]

    @property
    def label(self) -> str:
        return str(Stage(self.to).label)

    @property
    def missing_words(self) -> str:
        return ", ".join(self.missing)


@dataclass(frozen=True)
class Branch:
    """A cause with the whys beneath it."""

    cause: Cause
    whys: tuple["Branch", ...]


def tree_of(causes: Sequence[Cause]) -> tuple[Branch, ...]:
    """Return the causes as a tree, in the order in which they were written."""

    def beneath(parent: int | None) -> tuple[Branch, ...]:
        return tuple(Branch(each, beneath(each.pk)) for each in causes if each.parent_id == parent)

    return beneath(None)


def move_to(action: Action, to: str) -> Move:
    return Move(to, tuple(str(need.words) for need in missing_for(action, to)))


def next_move(action: Action) -> Move | None:
    to = next_stage(action)
    return move_to(action, to) if to else None


def is_overdue(action: Action, today: date) -> bool:
    return action.is_running and action.due_on is not None and action.due_on < today


@dataclass(frozen=True)
class ActionPage:
    action: Action
    access: Access
    today: date
    currency: str
    sees_inside: bool

    @property
    def may_change(self) -> bool:
        return self.sees_inside

    @property
    def may_confirm(self) -> bool:
        return self.access.is_specialist and self.action.stage in {
            Stage.VERIFYING, Stage.EFFECTIVE, Stage.NOT_EFFECTIVE,
        }  # fmt: skip

    @cached_property
    def decision(self) -> ReviewDecision | None:
        """The decision of a review that it came of, where the person may read that."""
        number = decision_behind(self.action)
        return decisions_for(self.access).filter(pk=number).first() if number else None

    @cached_property
    def sees_figures(self) -> bool:
        """Whether the person may see what the metric measured."""
        metric = self.action.metric_id
        return self.sees_inside and metric is not None and metrics_for(self.access).filter(pk=metric).exists()

    @property
    def sees_metric(self) -> bool:
        return self.action.metric_id is not None and (self.access.is_specialist or self.sees_figures)

    @cached_property
    def requirements(self) -> list[tuple[Any, bool]]:
        """What it is about, and whether this person may open each."""
        seen = requirement_ids_for(self.access)
        return [(each, seen is None or each.pk in seen) for each in self.action.requirements.all()]

    @property
    def is_overdue(self) -> bool:
        return is_overdue(self.action, self.today)

    @property
    def shows_effect(self) -> bool:
        return self.action.stage in SHOWN_EFFECT

    @cached_property
    def effect(self) -> Effect | None:
        return effect_of(self.action, today=self.today) if self.shows_effect else None

    @property
    def effect_words(self) -> str:
        """The verdict of today; one that the stage is ahead of says so, and does not contradict it."""
        if self.effect is None:
            return ""
        change = self.stage_change
        if self.effect.verdict is not Verdict.WAITING or self.action.stage not in JUDGED or change is None:
            return self.effect.words
        return _("%(stage)s since %(day)s; the evidence is thinner now: %(missing)s.") % {
            "stage": self.action.get_stage_display().capitalize(),
            "day": spoken_day(timezone.localtime(change.changed_at).date()),
            "missing": self.effect.missing_words,
        }

    @cached_property
    def stage_change(self) -> StageChange | None:
        """The newest change to the stage in which it is."""
        return next((each for each in self.changes if each.after == self.action.stage), None)

    @property
    def metric_words(self) -> str:
        return self.effect.metric_words(figures=self.sees_figures) if self.effect else ""

    @property
    def customer_words(self) -> str:
        """What customers say; below a specialist only which way, where few of them replied."""
        if self.effect is None:
            return ""
        shows = self.access.is_specialist or (self.sees_inside and not self.effect.is_of_few)
        return self.effect.customer_words(figures=shows, names_few=self.access.is_specialist)

    @property
    def expected(self) -> str:
        its = self.action
        return (
            level_words(Decimal(its.expected_level), its.metric)
            if its.metric and its.expected_level is not None
            else ""
        )

    @property
    def answer(self) -> str:
        its = self.action
        if its.stage == Stage.REOPENED:
            why = self.stage_change.why if self.stage_change else ""
            return _("It is open again. %(why)s") % {"why": why} if why else _("It is open again.")
        if self.effect:
            return self.effect_words
        if its.stage == Stage.CANCELLED:
            return _("It was called off.")
        if self.is_overdue and its.due_on:
            days = (self.today - its.due_on).days
            return _("It is overdue by %(n)d d, in the stage '%(stage)s'.") % {
                "n": days, "stage": its.get_stage_display(),
            }  # fmt: skip
        return _("It is in the stage '%(stage)s'.") % {"stage": its.get_stage_display()}

    @cached_property
    def next(self) -> Move | None:
        return next_move(self.action) if self.may_change else None

    @property
    def back(self) -> list[Move]:
        """Where it can go back to; after it was worked out these are the ways on."""
        return [Move(stage, ()) for stage in earlier_stages(self.action)] if self.may_change else []

    @property
    def is_worked_out(self) -> bool:
        return self.action.stage in WORKED_OUT

    @property
    def may_cancel(self) -> bool:
        return self.may_change and self.action.stage != Stage.CANCELLED

    @cached_property
    def tree(self) -> tuple[Branch, ...]:
        return tree_of(list(self.action.causes.all())) if self.sees_inside else ()

    @cached_property
    def roots(self) -> list[Cause]:
        return [cause for cause in self.action.causes.all() if cause.is_root] if self.sees_inside else []

    @cached_property
    def changes(self) -> list[StageChange]:
        return changes_of(self.action)

    @cached_property
    def comments(self) -> list[ActionComment]:
        return comments_of(self.action) if self.sees_inside else []

    @cached_property
    def files(self) -> list[tuple[ActionFile, bool]]:
        """The files, and whether this person may delete each."""
        if not self.sees_inside:
            return []
        rows = files_for(self.access).filter(action=self.action).order_by("uploaded_at", "pk")
        return [(each, may_remove_file(self.access, each, self.action)) for each in rows]

    @cached_property
    def repeats(self) -> list[Action]:
        return list(repeated_by(self.action))

    @cached_property
    def seen_repeats(self) -> list[Action]:
        """Those of them that this person may open."""
        return list(repeated_by(self.action).filter(pk__in=actions_for(self.access).order_by().values("pk")))

    # ---- Who raised it, for those who may see names

    @cached_property
    def raisers(self) -> int:
        return raisers_of(self.action).count()

    @cached_property
    def replies(self) -> list[Confirmation]:
        return list(confirmations_of([self.action])) if self.access.is_specialist else []

    @property
    def asked(self) -> int:
        """How many people were asked, each once, however often."""
        return len({row.contact_id for row in self.replies})

    @cached_property
    def loop(self) -> LoopStrip | None:
        """How many of those who raised it know what became of it; for those who may see names."""
        return strip_of(self.action, today=self.today) if self.access.is_specialist and self.raisers else None

    @cached_property
    def to_ask(self) -> list[Any]:
        """The first of those who raised it and were not asked yet, by the weight of the customer."""
        if not self.may_confirm:
            return []
        asked = {row.contact_id for row in self.replies}
        waiting = raisers_of(self.action).exclude(pk__in=asked).filter(is_active=True, is_opted_out=False)
        worth = Coalesce("customer__value_band__weight", FULL_WEIGHT)
        weighed = waiting.select_related("customer").order_by(worth.desc(), "customer__name", "pk")
        return list(weighed[:FIRST_RAISERS])


def action_page(*, action: Action, access: Access, currency: str, today: date) -> ActionPage:
    return ActionPage(action, access, today, currency, works_on(access, action))
