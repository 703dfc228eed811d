"""Many completed interviews at once: the bulk form of planning, answering and completing, with the same rules."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from customers.hearing import hearing
from customers.models import Contact, Stratum
from customers.registering import strata_of
from customers.services import check_not_erased
from interviews.answering import NewAnswer, answer_columns, check_can_be_answered, check_each_once, products_of
from interviews.guide_models import KanoAnswer, LoyaltyAnswer
from interviews.models import Answer, Coding, Interview, Part, Round, Verbatim
from interviews.services import check_day, check_was_held, root_of
from jobs.services import mark_requirement, mark_units
from requirements_catalog.models import Product, Requirement

# Above it, working requirements out as a whole is less work than unit by unit.
MANY_UNITS = 2_000
SAME = ("contact_id", "round_id", "held_on", "mode")
SAME_ANSWER = (
    "importance_state", "importance_original", "importance_scale_id", "level_state", "required_level",
    "perception_state", "is_fixed", "perceived_level", "perceived_rating", "expected_rating", "rating_scale_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What the customer said, and the requirements that a named coder found in it."""

    text: str
    language: str = ""
    requirements: tuple[Requirement, ...] = ()
    coder_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPair:
    """How the customer feels if a requirement is met and if it is not, 1 like it .. 5 dislike it; or a nothing."""

    requirement: Requirement
    product: Product
    state: Part = Part.KNOWN
    functional: int | None = None
    dysfunctional: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRating:
    """How the customer rates a product by NPS, CSAT or CES, on the scale of that measure; or a nothing."""

    product: Product
    measure: str
    state: Part = Part.KNOWN
    rating: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletedInterview:
    contact: Contact
    round: Round
    held_on: date
    mode: str
    source: str
    external_id: str
    answers: tuple[NewAnswer, ...] = ()
    words: tuple[Words, ...] = ()
    pairs: tuple[NewPair, ...] = ()
    ratings: tuple[NewRating, ...] = ()


class Outcome(StrEnum):
    CREATED = "created"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


class Refusal(NamedTuple):
    """What is wrong: the field, or the part of the answer, the words or the Kano pair with this index."""

    field: str
    reason: ValidationError
    answer: int | None = None
    words: int | None = None
    pair: int | None = None
    rating: int | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    outcome: Outcome
    refusals: tuple[Refusal, ...] = ()


@dataclass(slots=True)
class Stored:
    """What the database holds under one external id."""

    interview: Interview
    answers: dict[tuple[int, int], tuple[Any, ...]] = field(default_factory=dict)
    words: set[str] = field(default_factory=set)
    pairs: dict[tuple[int, int], tuple[Any, ...]] = field(default_factory=dict)
    ratings: dict[tuple[int, str], tuple[Any, ...]] = field(default_factory=dict)


class Prepared(NamedTuple):
    interview: Interview
    answers: list[Answer]
    words: Sequence[Words]
    pairs: Sequence[NewPair]
    ratings: Sequence[NewRating]


@transaction.atomic
def record_completed_interviews(*, rows: Sequence[CompletedInterview], now: datetime, today: date) -> list[Recorded]:
    """Store the interviews whose (source, external id) is new, and say of each row what became of it.

    A row that is stored already with the same content is unchanged; with another one it is refused.
    """
    erased = erased_among(rows)
    stored = stored_interviews(rows)
    seen: dict[tuple[str, str], CompletedInterview] = {}
    answered = {answer.requirement.pk for row in rows for answer in row.answers}
    offered = products_of(answered | {pair.requirement.pk for row in rows for pair in row.pairs})
    strata = strata_of(days=[(row.contact.customer, row.held_on) for row in rows])
    results: list[Recorded] = []
    prepared: list[Prepared] = []
    for row in rows:
        key = row.source, row.external_id
        if row.contact.pk in erased:
            results.append(Recorded(Outcome.REFUSED, (Refusal("contact", erased[row.contact.pk]),)))
            continue
        if key in stored or key in seen:
            same = is_same(row, stored[key]) if key in stored else row == seen[key]
            results.append(Recorded(Outcome.UNCHANGED) if same else refused_as_other(row))
            continue
        ready, refusals = prepare(row, strata, offered, now, today)
        if refusals:
            results.append(Recorded(Outcome.REFUSED, tuple(refusals)))
            continue
        seen[key] = row
        prepared.append(ready)
        results.append(Recorded(Outcome.CREATED))
    store(prepared)
    return results


def refused_as_other(row: CompletedInterview) -> Recorded:
    reason = ValidationError(
        _("The interview '%(id)s' of the source '%(source)s' is stored with other content. Give this one its own id."),
        code="other_content",
        params={"id": row.external_id, "source": row.source},
    )
    return Recorded(Outcome.REFUSED, (Refusal("external_id", reason),))


def erased_among(rows: Sequence[CompletedInterview]) -> dict[int, ValidationError]:
    """Return why nothing is stored of contacts who were erased since they were read; nobody erases the others now."""
    ids = {row.contact.pk for row in rows}
    locked = Contact.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk")
    refused: dict[int, ValidationError] = {}
    for contact in locked:
        try:
            check_not_erased(contact)
        except ValidationError as error:
            refused[contact.pk] = error
    return refused


# ---- What is there


def stored_interviews(rows: Sequence[CompletedInterview]) -> dict[tuple[str, str], Stored]:
    """Return what is stored under the ids of these rows (5 queries)."""
    ids = {row.external_id for row in rows}
    # The condition of the partial index: PostgreSQL does not see by itself that none of many ids is empty.
    found = Interview.objects.filter(source__in={row.source for row in rows}, external_id__in=ids).exclude(
        external_id=""
    )
    by_pk = {interview.pk: Stored(interview) for interview in found}
    if by_pk:
        answers = Answer.objects.filter(interview__in=by_pk)
        for interview, requirement, product, *values in answers.values_list(
            "interview_id", "requirement_id", "product_id", *SAME_ANSWER
        ):
            by_pk[interview].answers[requirement, product] = tuple(values)
        for interview, text in Verbatim.objects.filter(interview__in=by_pk).values_list("interview_id", "text"):
            by_pk[interview].words.add(text)
        pairs = KanoAnswer.objects.filter(interview__in=by_pk).values_list(
            "interview_id", "requirement_id", "product_id", "state", "functional", "dysfunctional"
        )
        for interview, requirement, product, *values in pairs:
            by_pk[interview].pairs[requirement, product] = tuple(values)
        ratings = LoyaltyAnswer.objects.filter(interview__in=by_pk).values_list(
            "interview_id", "product_id", "measure", "state", "rating"
        )
        for interview, product, measure, *values in ratings:
            by_pk[interview].ratings[product, measure] = tuple(values)
    return {(each.interview.source, each.interview.external_id): each for each in by_pk.values()}


def is_same(row: CompletedInterview, stored: Stored) -> bool:
    """Whether the row says what is stored; words may have been added since."""
    interview = stored.interview
    if (row.contact.pk, row.round.pk, row.held_on, row.mode) != tuple(getattr(interview, name) for name in SAME):
        return False
    if not {words.text.strip() for words in row.words} <= stored.words:
        return False
    if stored.pairs != {
        (each.requirement.pk, each.product.pk): (each.state, each.functional, each.dysfunctional) for each in row.pairs
    }:
        return False
    if stored.ratings != {(each.product.pk, each.measure): (each.state, each.rating) for each in row.ratings}:
        return False
    return {(each.requirement.pk, each.product.pk): values_of(each) for each in row.answers} == stored.answers


def values_of(answer: NewAnswer) -> tuple[Any, ...]:
    """Return the values of an answer as they would be stored; () if they would be refused."""
    try:
        columns = answer_columns(answer, {(answer.requirement.pk, answer.product.pk)})
    except ValidationError:
        return ()
    plain = {**columns, "importance_scale_id": pk_of(columns["importance_scale"])}
    plain["rating_scale_id"] = pk_of(columns["rating_scale"])
    return tuple(plain[name] for name in SAME_ANSWER)


def pk_of(record: Any) -> int | None:
    return record.pk if record else None


# ---- What is new


def prepare(
    row: CompletedInterview,
    strata: Mapping[tuple[int, date], Stratum],
    offered: set[tuple[int, int]],
    now: datetime,
    today: date,
) -> tuple[Prepared, list[Refusal]]:
    """Return the unsaved rows of one interview, and everything that is wrong with it."""
    customer = row.contact.customer
    interview = Interview(
        contact=row.contact,
        customer=customer,
        stratum=strata[customer.pk, row.held_on],
        round=row.round,
        mode=row.mode,
        state=Interview.State.COMPLETED,
        held_on=row.held_on,
        country=str(customer.country or ""),
        source=row.source,
        external_id=row.external_id,
        completed_at=now,
    )
    refusals = [*refusals_of_interview(interview, row, today), *refusals_of_words(row, interview)]
    refusals += [*refusals_of_pairs(row, offered), *refusals_of_ratings(row)]
    answers: list[Answer] = []
    for index, answer in enumerate(row.answers):
        try:
            columns = answer_columns(answer, offered)
        except ValidationError as error:
            refusals += [Refusal(part, reason, answer=index) for part, reason in by_part(error)]
            continue
        answers.append(
            Answer(
                interview=interview,
                customer=customer,
                contact=row.contact,
                requirement=answer.requirement,
                product=answer.product,
                **columns,
            )
        )
    return Prepared(interview, answers, row.words, row.pairs, row.ratings), refusals


def by_part(error: ValidationError) -> Iterable[tuple[str, ValidationError]]:
    return [(part, ValidationError(reasons)) for part, reasons in error.error_dict.items()]


def refusals_of_interview(interview: Interview, row: CompletedInterview, today: date) -> Iterable[Refusal]:
    checks = (
        lambda: interview.clean_fields(exclude={"contact", "customer", "stratum", "round", "interviewer"}),
        lambda: check_day(row.held_on),
        lambda: check_was_held(row.held_on, today),
        lambda: check_each_once(row.answers),
        lambda: check_each_once([NewAnswer(requirement=each.requirement, product=each.product) for each in row.pairs]),
    )
    for check in checks:
        try:
            check()
        except ValidationError as error:
            if hasattr(error, "error_dict"):
                yield from (Refusal(name, reason) for name, reason in by_part(error))
            else:
                yield Refusal("answers", error)


def refusals_of_words(row: CompletedInterview, interview: Interview) -> Iterable[Refusal]:
    for index, words in enumerate(row.words):
        verbatim = Verbatim(interview=interview, text=words.text.strip(), language=words.language)
        try:
            verbatim.clean_fields(exclude={"interview"})
            verbatim.clean()
        except ValidationError as error:
            yield from (Refusal(name, reason, words=index) for name, reason in by_part(error))
        if words.requirements and not words.coder_name:
            reason = ValidationError(_("Name who coded these words."), code="coder")
            yield Refusal("coder_name", reason, words=index)


def refusals_of_pairs(row: CompletedInterview, offered: set[tuple[int, int]]) -> Iterable[Refusal]:
    for index, pair in enumerate(row.pairs):
        try:
            check_can_be_answered(NewAnswer(requirement=pair.requirement, product=pair.product), offered)
        except ValidationError as error:
            yield from (Refusal(name, reason, pair=index) for name, reason in by_part(error))


def refusals_of_ratings(row: CompletedInterview) -> Iterable[Refusal]:
    seen: set[tuple[int, str]] = set()
    for index, each in enumerate(row.ratings):
        if (each.product.pk, each.measure) in seen:
            message = _("The product was rated by %(measure)s twice.")
            yield Refusal("rating", ValidationError(message, "twice", {"measure": each.measure.upper()}), rating=index)
        seen.add((each.product.pk, each.measure))


def store(prepared: Sequence[Prepared]) -> None:
    """Write interviews, answers, words and Kano pairs by few statements, and the markers of what they change."""
    with hearing({each.interview.customer_id for each in prepared}):
        Interview.objects.bulk_create([each.interview for each in prepared])
    for each in prepared:
        for answer in each.answers:
            answer.interview_id = each.interview.pk
    Answer.objects.bulk_create([answer for each in prepared for answer in each.answers])
    store_words([(each.interview, words) for each in prepared for words in each.words])
    KanoAnswer.objects.bulk_create(
        KanoAnswer(
            interview=each.interview,
            requirement=pair.requirement,
            product=pair.product,
            state=pair.state,
            functional=pair.functional,
            dysfunctional=pair.dysfunctional,
        )
        for each in prepared
        for pair in each.pairs
    )
    LoyaltyAnswer.objects.bulk_create(
        LoyaltyAnswer(
            interview=each.interview,
            product=rated.product,
            measure=rated.measure,
            state=rated.state,
            rating=rated.rating,
        )
        for each in prepared
        for rated in each.ratings
    )
    mark({(root_of(answer.customer), answer.requirement_id) for each in prepared for answer in each.answers})


def store_words(said: Sequence[tuple[Interview, Words]]) -> None:
    place: defaultdict[int, int] = defaultdict(int)
    verbatims = []
    for interview, words in said:
        text = words.text.strip()
        reading = Verbatim.Reading.CODED if words.requirements else Verbatim.Reading.UNCODED
        verbatims.append(
            Verbatim(
                interview=interview, text=text, language=words.language, position=place[interview.pk], reading=reading
            )
        )
        place[interview.pk] += 1
    Verbatim.objects.bulk_create(verbatims)
    Coding.objects.bulk_create(
        Coding(verbatim=verbatim, requirement=requirement, coder_name=words.coder_name)
        for verbatim, (_interview, words) in zip(verbatims, said, strict=True)
        for requirement in dict.fromkeys(words.requirements)
    )


def mark(units: set[tuple[int, int]]) -> None:
    if len(units) <= MANY_UNITS:
        mark_units(units=units)
        return
    for requirement in sorted({requirement for _customer, requirement in units}):
        mark_requirement(requirement_id=requirement)
