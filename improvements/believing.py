"""Asking heads and executives what they believe, and keeping what they say: the only writers."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from functions.selectors import program_day
from gap_scores.board import Board, RequirementRow
from gap_scores.showing import hidden_among
from improvements.belief_models import LARGEST_GAP, MOST_IMPORTANT, Belief, BeliefAsking, BeliefSheet
from interviews.coding import LONGEST_NAME
from requirements_catalog.models import Requirement
from scoring.beliefs import importance_said
from web.changes import apply_changes
from web.templatetags.show import day_words

FIELDS = ("title", "opens_on", "closes_on", "asks_viewers")


class Said(NamedTuple):
    """What somebody believes of a requirement; None: not said."""

    importance: int | None
    gap: int | None

    @property
    def is_nothing(self) -> bool:
        return self.importance is None and self.gap is None


# ---- Asking


@transaction.atomic
def ask_beliefs(
    *,
    board: Board,
    requirements: Collection[int] = (),
    by_name: str,
    now: datetime,
    today: date,
    entry: str = "",
    **said: Any,
) -> BeliefAsking:
    """Write what people are asked, with what customers say of it on the board; requirements: none means all that every
    member may see.

    Sent twice under one entry it is stored once. Raises ValidationError by field: for days that lie before today or the
    wrong way round, a requirement of too few customers to show, and where nothing can be asked.
    """
    if entry and (there := BeliefAsking.objects.filter(entry=entry).first()):
        return there
    asking = BeliefAsking(
        figures=figures_of(board, requirements), run=board.stamp.run_id, as_of=board.stamp.as_of,
        product_id=board.scope.product, created_by_name=by_name[:LONGEST_NAME], created_at=now, entry=entry,
    )  # fmt: skip
    apply_changes(asking, said, allowed=FIELDS)
    _check(asking, today)
    try:
        with transaction.atomic():
            asking.save()
    except IntegrityError:
        # Sent twice at once: the other one was first.
        if entry and (there := BeliefAsking.objects.filter(entry=entry).first()):
            return there
        raise
    return asking


@transaction.atomic
def change_asking(*, asking: BeliefAsking, changes: Mapping[str, Any], today: date) -> BeliefAsking:
    """Change its title, its days and who is asked, until it is over; what customers said stays as it was kept."""
    locked = BeliefAsking.objects.select_for_update(of=("self",)).get(pk=asking.pk)
    if locked.closes_on < today:
        message = _("It is over since %(day)s, and those who answered have seen the difference. Ask anew instead.")
        raise ValidationError(message, code="over", params={"day": day_words(locked.closes_on)})
    opened = locked.opens_on
    apply_changes(locked, changes, allowed=FIELDS)
    _check(locked, today, opened=opened)
    if not locked.asks_viewers and locked.sheets.filter(role=BeliefSheet.Role.VIEWER).exists():
        message = _("One of them began to answer already, so they stay asked. Let it end today instead.")
        raise ValidationError({"asks_viewers": ValidationError(message, code="answered")})
    locked.save()
    return locked


@transaction.atomic
def remove_asking(*, asking: BeliefAsking) -> None:
    """Take back an asking in which nobody handed anything in; drafts go with it."""
    locked = BeliefAsking.objects.select_for_update(of=("self",)).get(pk=asking.pk)
    if locked.sheets.filter(submitted_at__isnull=False).exists():
        message = _("Somebody answered already, so it stays. Let it end today instead.")
        raise ValidationError(message, code="answered")
    locked.delete()


def _check(asking: BeliefAsking, today: date, *, opened: date | None = None) -> None:
    asking.title = " ".join(asking.title.split())
    if asking.opens_on != opened and asking.opens_on < today:
        message = _("It cannot begin before today.")
        raise ValidationError({"opens_on": ValidationError(message, code="past")})
    if asking.closes_on < max(today, asking.opens_on):
        message = _("It ends today or later, and not before it begins.")
        raise ValidationError({"closes_on": ValidationError(message, code="past")})
    asking.full_clean(exclude={"product", "figures"})


def figures_of(board: Board, requirements: Collection[int]) -> list[dict[str, Any]]:
    """Return what customers say of each requirement, or of these: those of customers that every member may see."""
    hidden = hidden_among(board.requirements)
    open_rows = [row for row in board.requirements if row.score is not None and row.requirement_id not in hidden]
    wanted = {*requirements} or {row.requirement_id for row in open_rows}
    kept = [row for row in open_rows if row.origin == "customer" and row.requirement_id in wanted]
    missing = {*requirements} - {row.requirement_id for row in kept}
    if missing:
        left_out = [row for row in board.requirements if row.requirement_id in missing]
        names = ", ".join(row.reference for row in left_out) or _("one of them")
        message = _("Too few customers were heard of %(names)s, or none: leave it out.")
        error = ValidationError(message, code="too_few", params={"names": names})
        raise ValidationError({"requirements": error})
    if not kept:
        message = _("Of no requirement enough customers were heard, so nothing could be compared. Hear some first.")
        raise ValidationError(message, code="nothing")
    return [_figure(row) for row in kept]


def _figure(row: RequirementRow) -> dict[str, Any]:
    score = row.score
    assert score is not None  # noqa: S101 - scored rows alone are asked
    important = importance_said(score.importance, score.n_eff)
    return {
        "requirement": row.requirement_id,
        "importance": list(important),
        "gap": [score.gap, min(score.lo, score.gap), max(score.hi, score.gap)],
        "n_eff": score.n_eff,
        "customers": row.counts.customers,
        "heard_on": row.counts.newest_on.isoformat() if row.counts.newest_on else None,
    }


# ---- Saying


@transaction.atomic
def say_beliefs(
    *,
    asking: BeliefAsking,
    person: User,
    role: str,
    said: Mapping[int, Said],
    hand_in: bool,
    now: datetime,
    today: date,
    seen: int | None = None,
) -> BeliefSheet:
    """Keep what somebody believes, by requirement, as a draft, or hand it in, after which it is frozen.

    What is left out is not said. seen: the version that was shown; None: whatever it is. Raises ValidationError where
    it is not open, was handed in, was saved in another window meanwhile, names what is not asked (any more), lies
    outside its scale, or says nothing.
    """
    asking = _still_there(asking)
    check_is_open(asking, today)
    sheet = _sheet_of(asking, person, role)
    if sheet.submitted_at is not None:
        message = _("You handed it in on %(day)s, and it stays as it was.")
        raise ValidationError(message, code="handed_in", params={"day": day_words(program_day(sheet.submitted_at))})
    if seen is not None and seen != sheet.version:
        message = _("You saved it in another window meanwhile. Here is what you typed: save again to keep this.")
        raise ValidationError(message, code="moved")
    kept = {pk: each for pk, each in said.items() if not each.is_nothing}
    _check_said(asking, kept)
    if hand_in and not kept:
        message = _("Say something of one requirement at least before you hand it in.")
        raise ValidationError(message, code="nothing")
    sheet.beliefs.all().delete()
    Belief.objects.bulk_create(
        Belief(sheet=sheet, requirement_id=pk, importance=each.importance, gap=each.gap) for pk, each in kept.items()
    )
    sheet.version, sheet.role = sheet.version + 1, role
    sheet.submitted_at = now if hand_in else None
    sheet.save(update_fields=["version", "role", "submitted_at"])
    return sheet


def _still_there(asking: BeliefAsking) -> BeliefAsking:
    """Return it as it is now, locked: whoever takes it back waits until this is kept, and is told that it was."""
    locked = BeliefAsking.objects.select_for_update(of=("self",)).filter(pk=asking.pk).first()
    if locked is None:
        raise ValidationError(_("It was taken back meanwhile, so nothing is taken any more."), code="gone")
    return locked


def check_is_open(asking: BeliefAsking, today: date) -> None:
    if today < asking.opens_on:
        message = _("It begins on %(day)s. Come back then.")
        raise ValidationError(message, code="not_yet", params={"day": day_words(asking.opens_on)})
    if today > asking.closes_on:
        message = _("It was over on %(day)s, so nothing is taken any more.")
        raise ValidationError(message, code="over", params={"day": day_words(asking.closes_on)})


def _sheet_of(asking: BeliefAsking, person: User, role: str) -> BeliefSheet:
    """Return the person's sheet, locked; of two windows at once one waits for the other."""
    BeliefSheet.objects.get_or_create(asking=asking, person=person, defaults={"role": role})
    return BeliefSheet.objects.select_for_update(of=("self",)).get(asking=asking, person=person)


def _check_said(asking: BeliefAsking, said: Mapping[int, Said]) -> None:
    asked = set(asked_requirements(asking))
    for pk in said.keys() - asked:
        retired = Requirement.objects.filter(pk=pk).first() if pk in all_asked(asking) else None
        if retired is not None:
            message = _("%(name)s was retired meanwhile and is not asked any more. The rest is as you typed it.")
            raise ValidationError(message, code="retired", params={"name": retired.reference})
        raise ValidationError(_("This requirement is not asked here."), code="not_asked")
    for pk, each in said.items():
        for name, value, most in (("importance", each.importance, MOST_IMPORTANT), ("gap", each.gap, LARGEST_GAP)):
            if value is not None and not 0 <= value <= most:
                message = _("It lies between 0 and %(most)d.")
                error = ValidationError(message, code="scale", params={"most": most})
                raise ValidationError({f"{name}-{pk}": error})


def all_asked(asking: BeliefAsking) -> Sequence[int]:
    return [each["requirement"] for each in asking.figures]


def asked_requirements(asking: BeliefAsking) -> list[int]:
    """Return what is asked today: what was retired meanwhile is not asked any more (1 query)."""
    active = Requirement.objects.filter(pk__in=all_asked(asking), state=Requirement.State.ACTIVE)
    there = set(active.values_list("pk", flat=True))
    return [pk for pk in all_asked(asking) if pk in there]
