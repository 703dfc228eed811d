"""What is said to a question of a guide, recorded where answers of its kind lie (docs/guides.md)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from customers.models import Lifecycle, ProductUse
from customers.services import create_product_use, update_product_use
from interviews.guide_models import GuideQuestion, KanoAnswer, LoyaltyAnswer, NothingSaid
from interviews.guide_script import WORDS
from interviews.loyalty_words import points_of
from interviews.models import Interview, Part
from interviews.objectives import record_objective
from interviews.parts import Importance, Perception, RequiredLevel
from interviews.services import (
    OPEN,
    begin,
    change_answer,
    completed_error,
    lock_interview,
    not_held_error,
    record_answer,
    record_verbatim,
)
from requirements_catalog.models import Product, Requirement

Kind = GuideQuestion.Kind
ALL_POINTS = 100
FEELINGS = range(1, 6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What was said to one question: what belongs to its kind, or one of the three nothings instead."""

    nothing: Part | None = None
    importance: Importance | None = None
    level: RequiredLevel | None = None
    perception: Perception | None = None
    functional: int | None = None
    dysfunctional: int | None = None
    rating: int | None = None
    points: Mapping[int, Decimal] = field(default_factory=dict)
    text: str = ""
    outcome: str = ""
    language: str = ""


@transaction.atomic
def record_reply(*, interview: Interview, question: GuideQuestion, given: Given) -> None:
    """Store what was said to a question; words are added to those that are there, all else takes their place.

    Raises ValidationError for a question that the interview's guide does not have, else as the answer's own service.
    """
    locked = open_or_refused(interview)
    if question.version_id != (locked.guide_version_id or locked.round.guide_version_id):
        message = _("This question is not in the guide that this interview is asked with. Nothing was saved.")
        raise ValidationError(message, code="not_asked_here")
    begin(locked)
    if given.nothing is not None and question.kind in WORDS:
        NothingSaid.objects.update_or_create(interview=locked, question=question, defaults={"state": given.nothing})
        return
    RECORDERS[Kind(question.kind)](locked, question, given)
    NothingSaid.objects.filter(interview=locked, question=question).delete()


def part(interview: Interview, question: GuideQuestion, requirement: Requirement, **parts: Any) -> None:
    """Put one part of an answer in place; the others stay as they were said."""
    assert question.product is not None  # noqa: S101  # a launched question of these kinds has one
    said = interview.answers.filter(requirement=requirement, product=question.product).first()
    if said:
        change_answer(answer=said, **parts)
    else:
        record_answer(interview=interview, requirement=requirement, product=question.product, **parts)


def record_importance(interview: Interview, question: GuideQuestion, given: Given) -> None:
    said = given.importance if given.nothing is None else Importance.nothing(given.nothing)
    part(interview, question, asked_about(question), importance=said or Importance())


def record_level(interview: Interview, question: GuideQuestion, given: Given) -> None:
    said = given.level if given.nothing is None else RequiredLevel.nothing(given.nothing)
    part(interview, question, asked_about(question), level=said or RequiredLevel())


def record_perception(interview: Interview, question: GuideQuestion, given: Given) -> None:
    said = given.perception if given.nothing is None else Perception.nothing(given.nothing)
    part(interview, question, asked_about(question), perception=said or Perception())


def asked_about(question: GuideQuestion) -> Requirement:
    assert question.requirement is not None  # noqa: S101  # a launched question of these kinds has one
    return question.requirement


def record_kano(interview: Interview, question: GuideQuestion, given: Given) -> None:
    feelings = (given.functional, given.dysfunctional)
    if given.nothing is None and not all(each in FEELINGS for each in feelings):
        raise ValidationError(_("Choose how both would feel: if it is met, and if it is not."), code="both")
    KanoAnswer.objects.update_or_create(
        interview=interview,
        requirement=asked_about(question),
        product=question.product,
        defaults={
            "state": Part.KNOWN if given.nothing is None else given.nothing,
            "functional": feelings[0] if given.nothing is None else None,
            "dysfunctional": feelings[1] if given.nothing is None else None,
        },
    )


def record_loyalty(interview: Interview, question: GuideQuestion, given: Given) -> None:
    assert question.product is not None  # noqa: S101  # a launched question of these kinds has one
    put_loyalty(interview, question.product, question.kind, rating=given.rating, nothing=given.nothing)


@transaction.atomic
def record_loyalty_answer(
    *, interview: Interview, product: Product, measure: str, rating: int | None = None, nothing: Part | None = None
) -> LoyaltyAnswer:
    """Store how a product is rated in an interview under way, in place of what was said to it before.

    Raises ValidationError for an interview that is over, and for a rating that is not on the scale of its measure.
    """
    begin(open_or_refused(interview))
    return put_loyalty(interview, product, measure, rating=rating, nothing=nothing)


def open_or_refused(interview: Interview) -> Interview:
    locked = lock_interview(interview)
    if locked.state not in OPEN:
        raise completed_error(locked) if locked.state == Interview.State.COMPLETED else not_held_error(locked)
    return locked


def put_loyalty(
    interview: Interview, product: Product, measure: str, *, rating: int | None, nothing: Part | None = None
) -> LoyaltyAnswer:
    """Store how a product is rated by one of the three questions, in place of what was said to it before."""
    points = points_of(measure)
    if nothing is None and rating not in points:
        message = _("Choose a point from %(lowest)d to %(highest)d, or say that there is no answer.")
        params = {"lowest": points[0], "highest": points[-1]}
        raise ValidationError({"rating": ValidationError(message, code="point", params=params)})
    if nothing is not None and rating is not None:
        message = _("There is a rating and a reason why there is none. Keep one of them.")
        raise ValidationError({"rating": ValidationError(message, code="both")})
    found, _is_new = LoyaltyAnswer.objects.update_or_create(
        interview=interview, product=product, measure=measure,
        defaults={"state": nothing or Part.KNOWN, "rating": rating},
    )  # fmt: skip
    return found


def record_points(interview: Interview, question: GuideQuestion, given: Given) -> None:
    """Spread 100 points: the importance of each requirement is its points out of so many items."""
    asked = list(question.requirements.order_by("pk"))
    if given.nothing is None:
        total = sum(given.points.values(), Decimal(0))
        if set(given.points) != {each.pk for each in asked} or total != ALL_POINTS:
            message = _("The points add up to %(total)s. Spread exactly 100; 0 is allowed.")
            raise ValidationError(message, code="total", params={"total": f"{total:f}"})
    for each in asked:
        said = (
            Importance.points(given.points[each.pk], len(asked))
            if given.nothing is None
            else Importance.nothing(given.nothing)
        )
        part(interview, question, each, importance=said)


def record_open(interview: Interview, question: GuideQuestion, given: Given) -> None:
    record_verbatim(interview=interview, text=given.text, language=given.language, question=question)


def record_goal(interview: Interview, question: GuideQuestion, given: Given) -> None:
    assert question.product is not None  # noqa: S101  # a launched question of this kind has one
    record_objective(
        interview=interview,
        product=question.product,
        statement=given.text,
        outcome=given.outcome,
        question=question,
    )


def record_uniqueness(interview: Interview, question: GuideQuestion, given: Given) -> None:
    """Keep it with the customer's use of the product; a customer who has none on record gets one."""
    customer, product = interview.customer, question.product
    assert product is not None  # noqa: S101  # a launched question of this kind has one
    uses = customer.product_uses.filter(product=product)
    use = uses.filter(kind=ProductUse.Kind.USED).first() or uses.first()
    if use:
        update_product_use(use=use, changes={"uniqueness": given.text.strip()})
        return
    is_prospect = customer.lifecycle == Lifecycle.PROSPECTIVE
    kind = ProductUse.Kind.CONSIDERED if is_prospect else ProductUse.Kind.USED
    create_product_use(customer=customer, product=product, kind=kind, uniqueness=given.text)


RECORDERS = {
    Kind.IMPORTANCE: record_importance,
    Kind.LEVEL: record_level,
    Kind.PERCEPTION: record_perception,
    Kind.KANO: record_kano,
    Kind.POINTS: record_points,
    Kind.NPS: record_loyalty,
    Kind.CSAT: record_loyalty,
    Kind.CES: record_loyalty,
    Kind.OPEN: record_open,
    Kind.OBJECTIVE: record_goal,
    Kind.UNIQUENESS: record_uniqueness,
}
