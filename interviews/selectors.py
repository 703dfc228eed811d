"""Reading interviews: who may see which, the questions of a desk, and what words can be about."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Protocol, TypeVar

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from customers.models import Contact
from functions.selectors import Access
from interviews.guide_models import LoyaltyAnswer
from interviews.models import Answer, Coding, Interview, Objective, Part, Round, SamplingPlan, Verbatim
from interviews.readings import hidden_from, hidden_from_some
from interviews.transcript_models import Transcript
from requirements_catalog.models import Attribute, Product, RatingScale, Requirement, RequirementProduct

IMPORTANCE_SCALE, RATING_SCALE = "Importance 1 to 10", "1 to 10"
MOST_FOUND = 20

# ---- Lists


def interviews_for(access: Access) -> QuerySet[Interview]:
    """Return the interviews a person may see: every one, or those that the person recorded."""
    interviews = Interview.objects.select_related("contact", "customer", "round", "interviewer", "stratum")
    return interviews if access.is_specialist else interviews.filter(interviewer=access.user_id or 0)


def interview_for(access: Access, interview_id: int) -> Interview | None:
    return interviews_for(access).filter(pk=interview_id).first()


def with_counts(interviews: QuerySet[Interview]) -> QuerySet[Interview]:
    """Say how many answers and verbatims each interview has."""
    answers = Answer.objects.filter(interview=OuterRef("pk")).order_by().values("interview").annotate(n=Count("pk"))
    words = Verbatim.objects.filter(interview=OuterRef("pk")).order_by().values("interview").annotate(n=Count("pk"))
    return interviews.annotate(
        answer_count=Coalesce(Subquery(answers.values("n")), 0),
        verbatim_count=Coalesce(Subquery(words.values("n")), 0),
    )


def rounds_with_counts() -> QuerySet[Round]:
    """Return every round with its products, whether it is planned, and how many interviews it has and completed."""
    completed = Count("interviews", filter=Q(interviews__state=Interview.State.COMPLETED))
    counted = Round.objects.annotate(interview_count=Count("interviews"), completed_count=completed)
    about = Product.objects.filter(rounds=OuterRef("pk")).order_by("name", "pk")
    plans = SamplingPlan.objects.filter(round=OuterRef("pk"))
    counted = counted.annotate(first_product=Subquery(about.values("name")[:1]), has_plan=Exists(plans))
    return counted.prefetch_related("products")


def contacts_matching(text: str) -> list[Contact]:
    """Return the first contacts who may be asked and in whose name or customer every word occurs (1 query)."""
    found = Contact.objects.select_related("customer").filter(is_active=True, is_opted_out=False)
    for word in text.split()[:8]:
        found = found.filter(Q(name__icontains=word) | Q(customer__name__icontains=word))
    return list(found.filter(customer__is_active=True, customer__merged_into=None)[:MOST_FOUND])


# ---- What the API lists


def all_rounds() -> QuerySet[Round]:
    return Round.objects.all()


def products_of_rounds(round_ids: Collection[int]) -> list[tuple[int, int]]:
    """Return (round, product) pairs, by the products' names (1 query)."""
    rows = Round.objects.filter(pk__in=round_ids, products__isnull=False).order_by("products__name", "products")
    return list(rows.values_list("pk", "products"))


def answers_for(access: Access) -> QuerySet[Answer]:
    return Answer.objects.filter(interview__in=_ids_for(access)).order_by("pk")


def verbatims_for(access: Access) -> QuerySet[Verbatim]:
    return Verbatim.objects.filter(interview__in=_ids_for(access)).order_by("pk")


def words_of_customer(customer_id: int, *, until: date) -> QuerySet[Verbatim]:
    """Return what people of a customer said in completed interviews up to a day, the newest first, with what it is
    about. Codes of words that anybody is still to read blind are left out: of a report nobody knows who opens it."""
    seen = Coding.objects.exclude(verbatim__in=hidden_from_some()).select_related("requirement", "attribute")
    whose = Q(interview__customer=customer_id) | Q(interview__customer__merged_into=customer_id)
    said = Verbatim.objects.filter(
        whose, interview__state=Interview.State.COMPLETED, interview__held_on__lte=until
    ).select_related("interview__contact", "interview__round")
    return said.prefetch_related(Prefetch("codings", queryset=seen)).order_by("-interview__held_on", "position", "pk")


def codings_for(access: Access) -> QuerySet[Coding]:
    """Return the codings a person may see; none of words that the person is still to read blind."""
    seen = Coding.objects.exclude(verbatim__in=hidden_from(access.user_id))
    return seen.filter(verbatim__interview__in=_ids_for(access)).order_by("pk")


def objectives_for(access: Access) -> QuerySet[Objective]:
    return Objective.objects.filter(interview__in=_ids_for(access)).order_by("pk")


def loyalty_answers_for(access: Access) -> QuerySet[LoyaltyAnswer]:
    return LoyaltyAnswer.objects.filter(interview__in=_ids_for(access)).order_by("pk")


def objectives_of(interview: Interview) -> list[Objective]:
    return list(interview.objectives.select_related("product").order_by("pk"))


def _ids_for(access: Access) -> QuerySet[Any]:
    return interviews_for(access).order_by().values("pk")


# ---- The desk


class Progress(StrEnum):
    OPEN = "open"
    PARTLY = "partly"
    ANSWERED = "answered"


class InLine(Protocol):
    """A question as a desk or a customer's pages ask one after the other."""

    @property
    def key(self) -> str: ...

    @property
    def progress(self) -> Progress: ...


Asked = TypeVar("Asked", bound=InLine)


def in_hand(questions: Sequence[Asked], key: str = "") -> Asked | None:
    """Return the question with this key, else the first open one, else the first."""
    named = (question for question in questions if question.key == key)
    still_open = (question for question in questions if question.progress is Progress.OPEN)
    return next(named, None) or next(still_open, None) or (questions[0] if questions else None)


def place_in(questions: Sequence[InLine], key: str) -> dict[str, Any]:
    """Return what a desk says of where the question with this key stands; of none, as of the first."""
    at = next((index for index, each in enumerate(questions) if each.key == key), 0)
    return {
        "key": key,
        "number": at + 1,
        "answered": sum(question.progress is not Progress.OPEN for question in questions),
        "before": questions[at - 1] if at else None,
        "after": questions[at + 1] if at + 1 < len(questions) else None,
    }


def key_of(requirement_id: int | None, product_id: int | None) -> str:
    """Return how a question about a requirement for a product is named in addresses and drafts."""
    return f"{requirement_id}-{product_id}"


@dataclass(frozen=True, slots=True)
class Question:
    """One requirement for one product, as it is asked, with what was answered."""

    requirement: Requirement
    product: Product
    answer: Answer | None

    @property
    def key(self) -> str:
        return key_of(self.requirement.pk, self.product.pk)

    @property
    def parts(self) -> tuple[int, ...]:
        """Return the states of the parts that can be asked; a level only where there is a scale."""
        answer = self.answer
        if answer is None:
            return ()
        level = (answer.level_state,) if self.requirement.current_scale_id else ()
        return (answer.importance_state, *level, answer.perception_state)

    @property
    def progress(self) -> Progress:
        asked = [state != Part.NOT_ASKED for state in self.parts]
        if not any(asked):
            return Progress.OPEN
        return Progress.ANSWERED if all(asked) else Progress.PARTLY


def questions_of(interview: Interview) -> list[Question]:
    """Return what is asked: the active requirements of the round's products, by attribute (4 queries).

    A round without products, such as the standing one, asks about the products that the customer uses or considers;
    where none is recorded, about all.
    """
    products = set(interview.round.products.values_list("pk", flat=True)) or set(
        interview.customer.product_uses.values_list("product_id", flat=True)
    )
    pairs = RequirementProduct.objects.filter(
        requirement__state=Requirement.State.ACTIVE, requirement__merged_into=None, product__is_active=True
    ).select_related("requirement__attribute", "requirement__current_scale", "product")
    if products:
        pairs = pairs.filter(product__in=products)
    answers = {(answer.requirement_id, answer.product_id): answer for answer in answers_of_interview(interview)}
    return [
        Question(pair.requirement, pair.product, answers.get((pair.requirement_id, pair.product_id)))
        for pair in pairs.order_by(
            "requirement__attribute__position", "requirement__attribute_id", "requirement__reference", "product__name"
        )
    ]


def answers_of_interview(interview: Interview) -> list[Answer]:
    """Return what was answered, by reference (1 query)."""
    answers = interview.answers.select_related(
        "requirement__attribute", "product", "scale_version", "importance_scale", "rating_scale"
    )
    return list(answers.order_by("requirement__reference", "product__name", "pk"))


def words_of_interview(interview: Interview, user_id: int | None) -> list[Verbatim]:
    """Return the verbatims with their codings, in the order in which they were said (2 queries).

    Codes of words that this person is still to read blind are left out.
    """
    codings = Coding.objects.exclude(verbatim__in=hidden_from(user_id)).select_related("requirement", "attribute")
    words = interview.verbatims.select_related("place")
    return list(words.prefetch_related(Prefetch("codings", queryset=codings)))


def transcripts_in(interview: Interview) -> list[Transcript]:
    """Return the transcripts of an interview without what is in the files (1 query)."""
    return list(interview.transcripts.defer("content").annotate(taken=Count("places")).order_by("pk"))


def scales() -> tuple[RatingScale, RatingScale]:
    """Return the newest versions of the scales on which the desk asks for importance and for ratings (1 query)."""
    rows = RatingScale.objects.filter(name__in=(IMPORTANCE_SCALE, RATING_SCALE)).order_by("version")
    newest = {scale.name: scale for scale in rows}
    return newest[IMPORTANCE_SCALE], newest[RATING_SCALE]


def codes() -> list[tuple[str, str]]:
    """Return what words can be coded to, as (what is typed, what it says): requirements and attributes (2 queries)."""
    requirements = (
        Requirement.objects.exclude(state=Requirement.State.RETIRED)
        .filter(merged_into=None)
        .values_list("reference", "statement")
    )
    return [*requirements, *((name, "") for name in Attribute.objects.values_list("name", flat=True))]
