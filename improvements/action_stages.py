"""The stages of each kind of action, and what has to be there before the next one begins."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from improvements.action_models import WORKED_OUT, Action, Kind, Stage


@dataclass(frozen=True, slots=True)
class Need:
    """Something that a stage needs. `words`: what is missing without it; is_field: it can be typed where one moves."""

    key: str
    words: Any
    is_field: bool = True

    def is_there(self, action: Action) -> bool:
        return CHECKS[self.key](action) if self.key in CHECKS else getattr(action, self.key) not in (None, "")


CHECKS: Mapping[str, Callable[[Action], bool]] = {
    "root_cause": lambda action: any(cause.is_root for cause in action.causes.all()),
    "owner": lambda action: action.owner_id is not None,
    "metric": lambda action: action.metric_id is not None,
}
OWNER = Need("owner", _("an owner"))
PROBLEM = Need("problem", _("what is wrong"))
CONTAINED = Need("containment", _("what keeps customers safe meanwhile"))
CAUSE = Need("root_cause", _("a root cause: mark one in the tree of causes"), is_field=False)
STEPS = Need("plan", _("the steps of the plan"))
DUE = Need("due_on", _("a due date"))
METRIC = Need("metric", _("the metric that should shift"), is_field=False)
LEVEL = Need("expected_level", _("the level that you expect"), is_field=False)
DONE = Need("done_words", _("what was done"))
SINCE = Need("done_on", _("the day since which it is in effect"))
LASTING = Need("prevention", _("what keeps it from coming back"))

# In order; each with what it needs before it begins.
PATHS: Mapping[str, Mapping[str, tuple[Need, ...]]] = {
    Kind.QUICK_FIX: {Stage.DRAFT: (), Stage.IN_PROGRESS: (OWNER,), Stage.VERIFYING: (DONE, SINCE)},
    Kind.PDCA: {
        Stage.DRAFT: (),
        Stage.ANALYSIS: (OWNER, PROBLEM),
        Stage.PLAN: (CAUSE,),
        Stage.IN_PROGRESS: (OWNER, STEPS, DUE),
        Stage.VERIFYING: (DONE, SINCE),
    },
    Kind.EIGHT_D: {
        Stage.DRAFT: (),
        Stage.ANALYSIS: (OWNER, PROBLEM, CONTAINED),
        Stage.PLAN: (CAUSE,),
        Stage.IN_PROGRESS: (OWNER, STEPS, DUE),
        Stage.VERIFYING: (DONE, SINCE, LASTING),
    },
    Kind.EXPERIMENT: {
        Stage.DRAFT: (),
        Stage.PLAN: (OWNER, METRIC, LEVEL),
        Stage.IN_PROGRESS: (STEPS, DUE),
        Stage.VERIFYING: (DONE, SINCE),
    },
}


def path_of(action: Action) -> list[str]:
    return list(PATHS[action.kind])


def next_stage(action: Action) -> str | None:
    """Return the stage after this one; None where there is none or somebody has to decide where to go on."""
    path = path_of(action)
    at = path.index(action.stage) if action.stage in path else len(path)
    return path[at + 1] if at + 1 < len(path) else None


def earlier_stages(action: Action) -> list[str]:
    """Return where it can go back to; what was called off can only begin again."""
    path = path_of(action)
    if action.stage == Stage.CANCELLED:
        return [Stage.DRAFT]
    if action.stage in WORKED_OUT:
        return [stage for stage in path if stage not in {Stage.DRAFT, Stage.VERIFYING}]
    # A change of kind may leave an action in a stage that its kind has not: it goes on anywhere.
    return path[: path.index(action.stage)] if action.stage in path else path[:-1]


def needs_why(action: Action, to: str) -> bool:
    return to == Stage.CANCELLED or to in earlier_stages(action)


def needs_of(action: Action, to: str) -> tuple[Need, ...]:
    """Return what a stage needs; to go back needs nothing but a reason."""
    return () if needs_why(action, to) else PATHS[action.kind].get(to, ())


def missing_for(action: Action, to: str) -> list[Need]:
    return [need for need in needs_of(action, to) if not need.is_there(action)]


def asked_for(action: Action, to: str) -> list[str]:
    """Return the fields that are asked where it moves: what is missing, and anew what each round has of its own."""
    fresh = to == Stage.VERIFYING
    return [need.key for need in needs_of(action, to) if need.is_field and (fresh or not need.is_there(action))]
