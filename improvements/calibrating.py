"""How well people estimate: what came true of all that was predicted, by person and in all."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from accounts.models import User
from functions.selectors import Access
from improvements.realised import MONTHS, Checkpoint, LevelThen, checkpoints_of, delivered_initiatives
from metrics.selectors import metric_ids_for
from scoring.calibration import Bias, Forecast, Within, bias, within

# Of fewer people the figures of all would say those of one to the other.
FEWEST_ESTIMATORS = 3


@dataclass(frozen=True, slots=True)
class Estimate:
    """One level that somebody predicted, at the newest checkpoint at which it is known."""

    checkpoint: Checkpoint
    level: LevelThen
    forecast: Forecast


@dataclass(frozen=True, slots=True)
class Calibration:
    """Of one person or of all: each estimate once, at its newest checkpoint; by months each at that one.

    bias: of the points of the initiatives that one estimated alone, of all for all. What so few people estimated that
    it would tell theirs is left out: months that are missing, and a bias that is None.
    """

    estimator: int | None
    name: str
    newest: Within
    by_months: tuple[tuple[int, Within], ...]
    bias: Bias | None


@dataclass(frozen=True)
class Calibrations:
    """What a person may see of it. whole: None where so few people estimated that it would tell theirs."""

    whole: Calibration | None
    own: Calibration | None
    people: Sequence[Calibration]
    estimates: Sequence[Estimate]
    is_everybody: bool


def calibrations_for(access: Access, *, today: date) -> Calibrations:
    """Return how well people estimate, as far as this person may see it: specialists all, others their own by name."""
    by_initiative = checkpoints_of(delivered_initiatives(), today=today)
    checkpoints = [each for its in by_initiative.values() for each in its if each.is_passed]
    people = _people(checkpoints)
    everybody = access.is_specialist
    fewest = 0 if everybody else FEWEST_ESTIMATORS
    whole = calibration(checkpoints, None, "", fewest=fewest) if len(people) >= fewest else None
    own = access.user_id if access.user_id in people else None
    return Calibrations(
        whole=whole,
        own=None if own is None else calibration(checkpoints, own, people[own]),
        people=[calibration(checkpoints, pk, name) for pk, name in people.items()] if everybody else [],
        estimates=_seen(newest_estimates(checkpoints), access),
        is_everybody=everybody,
    )


def _people(checkpoints: Iterable[Checkpoint]) -> dict[int, str]:
    """Return who predicted any level that is known, by name (1 query)."""
    ids = {each.level.estimator for each in newest_estimates(checkpoints)} - {None}
    found = User.objects.in_bulk([pk for pk in ids if pk is not None])
    return {user.pk: str(user) for user in sorted(found.values(), key=lambda each: (str(each), each.pk))}


def _seen(estimates: Sequence[Estimate], access: Access) -> list[Estimate]:
    """Specialists see each estimate; others their own, of metrics that they may see (1 query)."""
    allowed = metric_ids_for(access)
    if allowed is None:
        return list(estimates)
    own = [each for each in estimates if access.user_id is not None and each.level.estimator == access.user_id]
    return [each for each in own if each.level.metric.pk in allowed]


def newest_estimates(checkpoints: Iterable[Checkpoint]) -> list[Estimate]:
    """Return each predicted level once, at the newest checkpoint at which it is known, the newest first."""
    found: dict[tuple[int, int], Estimate] = {}
    for each in sorted(checkpoints, key=lambda one: one.on):
        for level in each.levels:
            if level.forecast is not None:
                found[each.initiative.pk, level.metric.pk] = Estimate(each, level, level.forecast)
    return sorted(found.values(), key=lambda one: (-one.checkpoint.on.toordinal(), one.checkpoint.initiative.pk))


def calibration(checkpoints: Sequence[Checkpoint], estimator: int | None, name: str, *, fewest: int = 0) -> Calibration:
    """Return how well one person estimates; estimator None: all of them. fewest: of so many people, or it is left out;
    what nobody estimated tells nothing of anybody."""
    mine = [each for each in checkpoints if estimator is None or estimator in each.estimators]
    levels = {months: _levels_at(mine, months, estimator) for months in MONTHS}
    points = _newest_points(mine, estimator)
    whose = set[int | None]().union(*(each.estimators for each in points))
    return Calibration(
        estimator,
        name,
        newest=within([each.forecast for each in newest_estimates(mine) if _is_of(each.level, estimator)]),
        by_months=tuple(
            (months, within([each.forecast for each in its if each.forecast is not None]))
            for months, its in levels.items()
            if not its or _are_enough({each.estimator for each in its}, fewest)
        ),
        bias=bias([each.forecast for each in points if each.forecast is not None])
        if not points or _are_enough(whose, fewest)
        else None,
    )


def _are_enough(people: set[int | None], fewest: int) -> bool:
    return len(people - {None}) >= fewest


def _is_of(level: LevelThen, estimator: int | None) -> bool:
    return estimator is None or level.estimator == estimator


def _levels_at(checkpoints: Iterable[Checkpoint], months: int, estimator: int | None) -> list[LevelThen]:
    levels = [level for each in checkpoints if each.months == months for level in each.levels]
    return [level for level in levels if level.forecast is not None and _is_of(level, estimator)]


def _newest_points(checkpoints: Iterable[Checkpoint], estimator: int | None) -> list[Checkpoint]:
    """Return each initiative's newest checkpoint with points; of a person those that nobody else estimated."""
    found: dict[int, Checkpoint] = {}
    for each in sorted(checkpoints, key=lambda one: one.on):
        if each.forecast is not None and (estimator is None or each.estimators == {estimator}):
            found[each.initiative.pk] = each
    return list(found.values())
