"""From words to requirements: made of words, split by voices, and undone. Nothing heard is lost on the way."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from interviews.coding import LONGEST_NAME
from interviews.consolidation_models import Consolidation
from interviews.guide_models import KanoAnswer
from interviews.models import Answer, Coding
from jobs.models import Marker
from jobs.services import leave_markers, mark_circle
from requirements_catalog.models import Attribute, Product, Requirement, ScaleVersion
from requirements_catalog.services import change_state, create_requirement, lock_in_order, lock_requirement

Kind = Consolidation.Kind


@transaction.atomic
def make_requirement(
    *,
    codings: Collection[int],
    doer: User | None,
    doer_name: str,
    now: datetime,
    statement: str,
    attribute: Attribute,
    products: Collection[Product],
    **more: Any,
) -> Consolidation:
    """Make a draft of words that were coded to an attribute: their codings say the requirement from now on.

    Raises ValidationError by field, and where somebody coded some of the words otherwise meanwhile.
    """
    chosen = sorted(set(codings))
    found = list(Coding.objects.select_for_update().filter(pk__in=chosen, attribute__isnull=False).order_by("pk"))
    if not chosen or len(found) < len(chosen):
        raise moved_meanwhile() if chosen else nothing_chosen()
    made = create_requirement(statement=statement, attribute=attribute, products=products, person=doer, **more)
    moved = {"codings": [[each.pk, each.attribute_id] for each in found]}
    Coding.objects.filter(pk__in=chosen).update(requirement=made, attribute=None)
    return kept(moved, made, **by_whom(doer, doer_name, now))


def nothing_chosen() -> ValidationError:
    return ValidationError(_("Nothing is chosen. Tick what belongs to the new requirement."), code="nothing")


def moved_meanwhile() -> ValidationError:
    message = _("Some of what you chose went elsewhere or was erased meanwhile. Nothing was changed; look again.")
    return ValidationError(message, code="moved")


def kept(moved: dict[str, Any], made: Requirement, source: Requirement | None = None, **by: Any) -> Consolidation:
    """Keep what was done, by whom and when, with what stood where before."""
    return Consolidation.objects.create(
        kind=Kind.SPLIT if source else Kind.MADE, requirement=made, source=source, moved=moved, **by
    )


def by_whom(doer: User | None, doer_name: str, now: datetime) -> dict[str, Any]:
    return {"done_by": doer, "done_by_name": doer_name[:LONGEST_NAME], "done_at": now}


# ---- Split


@transaction.atomic
def split_requirement(
    *,
    requirement: Requirement,
    interviews: Collection[int],
    statement: str,
    attribute: Attribute,
    doer: User | None,
    doer_name: str,
    now: datetime,
) -> Consolidation:
    """Let what these interviews said about a requirement count for a new one, which is all else that the old one is.

    Answers keep the scale on which they were given; metrics stay with the old one. Raises ValidationError for one that
    was merged away, where an interview says nothing about it (any more), and where nobody would be left.
    """
    source, chosen = lock_requirement(requirement), set(interviews)
    answers, codings, kano = voices_of(source, chosen)
    heard = {each.interview_id for each in answers} | {each.interview_id for each in kano}
    heard |= {each.verbatim.interview_id for each in codings}
    if not chosen or heard != chosen:
        raise moved_meanwhile() if chosen else nothing_chosen()
    check_somebody_stays(source, chosen)
    made = create_requirement(
        statement=statement, attribute=attribute, products=list(source.products.all()), owner=source.owner,
        origin=source.origin, half_life_months=source.half_life_months, person=doer,
    )  # fmt: skip
    versions = copy_what_it_is(source, made)
    moved: dict[str, Any] = {
        "codings": [[each.pk, None] for each in codings],
        "answers": [[each.pk, each.scale_version_id] for each in answers],
        "kano": [each.pk for each in kano],
    }
    Coding.objects.filter(pk__in=[each.pk for each in codings]).update(requirement=made)
    KanoAnswer.objects.filter(pk__in=moved["kano"]).update(requirement=made)
    move_answers(answers, made, versions)
    mark_both(source, made)
    return kept(moved, made, source, **by_whom(doer, doer_name, now))


def voices_of(
    requirement: Requirement, interviews: Collection[int]
) -> tuple[list[Answer], list[Coding], list[KanoAnswer]]:
    """Lock and return what these interviews said about a requirement itself, not about what was merged into it."""
    mine = {"requirement": requirement}
    answers = Answer.objects.select_for_update().filter(**mine, interview__in=interviews)
    codings = Coding.objects.select_for_update(of=("self",)).filter(**mine, verbatim__interview__in=interviews)
    kano = KanoAnswer.objects.select_for_update().filter(**mine, interview__in=interviews)
    return (
        list(answers.order_by("pk")),
        list(codings.select_related("verbatim").order_by("pk")),
        list(kano.order_by("pk")),
    )


def check_somebody_stays(source: Requirement, leaving: Collection[int]) -> None:
    stays: tuple[QuerySet[Any], ...] = (
        source.answers.exclude(interview__in=leaving),
        source.codings.exclude(verbatim__interview__in=leaving),
    )
    if not any(each.exists() for each in stays):
        message = _("Nobody would be left with %(reference)s. Change its statement instead.")
        raise ValidationError(message, code="nobody_left", params={"reference": source.reference})


def copy_what_it_is(source: Requirement, made: Requirement) -> dict[int, int]:
    """Give the new one scales, contributing functions and state of the old one; return its scale by the old one's."""
    versions: dict[int, int] = {}
    for scale in source.scale_versions.order_by("version"):
        old = scale.pk
        copied = ScaleVersion.objects.create(
            requirement=made, version=scale.version, unit=scale.unit, direction=scale.direction,
            resolution=scale.resolution, factor_numerator=scale.factor_numerator,
            factor_denominator=scale.factor_denominator, reason=scale.reason,
        )  # fmt: skip
        versions[old] = copied.pk
        if old == source.current_scale_id:
            made.current_scale = copied
            made.save()
    for each in source.responsibilities.all():
        made.responsibilities.create(function=each.function, strength=each.strength)
    change_state(requirement=made, state=source.state)
    return versions


def move_answers(answers: Collection[Answer], to: Requirement, versions: dict[int, int]) -> None:
    for answer in answers:
        answer.requirement = to
        answer.scale_version_id = versions.get(answer.scale_version_id or 0)
    Answer.objects.bulk_update(answers, ["requirement", "scale_version"], batch_size=500)


def mark_both(one: Requirement, other: Requirement) -> None:
    leave_markers(kind=Marker.Kind.REQUIREMENT, keys=[(pk, 0) for pk in sorted([one.pk, other.pk])])
    mark_circle()


# ---- Undone


@transaction.atomic
def undo_consolidation(*, consolidation: Consolidation, now: datetime) -> Consolidation:
    """Put everything back where it stood, and retire the requirement that was made.

    Raises ValidationError where the new one has voices or metrics of its own since, where it was merged away, or where
    the old one was answered again in the same interview. Erased words stay erased.
    """
    if consolidation.source is not None:
        lock_in_order(consolidation.source, consolidation.requirement)
        lock_requirement(consolidation.source)
    made = lock_requirement(consolidation.requirement)
    act = Consolidation.objects.select_for_update(of=("self",)).select_related("source").get(pk=consolidation.pk)
    if act.undone_at is not None:
        raise ValidationError(_("This was undone already."), code="undone")
    check_has_nothing_of_its_own(made, act.moved)
    for pk, attribute in act.moved["codings"]:
        Coding.objects.filter(pk=pk, requirement=made).update(requirement=act.source, attribute=attribute)
    if act.source is not None:
        move_back(act.source, made, act.moved)
    change_state(requirement=made, state=Requirement.State.RETIRED)
    act.undone_at = now
    act.save(update_fields=["undone_at"])
    return act


def check_has_nothing_of_its_own(made: Requirement, moved: dict[str, Any]) -> None:
    others: tuple[QuerySet[Any], ...] = (
        made.codings.exclude(pk__in=[pk for pk, _attribute in moved["codings"]]),
        made.answers.exclude(pk__in=[pk for pk, _version in moved.get("answers", ())]),
        made.kano_answers.exclude(pk__in=moved.get("kano", ())),
        # Metrics are a room above; their rows are reached through the relation.
        made.metric_links.all(),
        made.merged.all(),
    )
    if any(each.exists() for each in others):
        message = _("%(reference)s has voices or metrics of its own since. Merge it into another one instead.")
        raise ValidationError(message, code="own", params={"reference": made.reference})


def move_back(source: Requirement, made: Requirement, moved: dict[str, Any]) -> None:
    versions = dict(moved["answers"])
    answers = list(Answer.objects.select_for_update().filter(pk__in=versions, requirement=made).order_by("pk"))
    kano = KanoAnswer.objects.filter(pk__in=moved["kano"], requirement=made)
    for rows, again in ((answers, source.answers), (list(kano), source.kano_answers)):
        there = set(again.values_list("interview_id", "product_id"))
        if there & {(each.interview_id, each.product_id) for each in rows}:
            message = _(
                "%(reference)s was answered again in one of these interviews. Merge the new one into it instead."
            )
            raise ValidationError(message, code="answered", params={"reference": source.reference})
    for answer in answers:
        answer.requirement, answer.scale_version_id = source, versions[answer.pk]
    Answer.objects.bulk_update(answers, ["requirement", "scale_version"], batch_size=500)
    kano.update(requirement=source)
    mark_both(source, made)
