from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from customers.hearing import hear_anew, hearing
from customers.models import Contact, Customer, Stratum
from customers.services import check_not_erased, lifecycle_on, stratum_of
from interviews.answering import VALUE_COLUMNS, NewAnswer, answer_columns, check_each_once, products_of
from interviews.guide_models import GuideQuestion, GuideVersion
from interviews.models import Answer, Interview, Round, Verbatim
from interviews.parts import Importance, Perception, RequiredLevel
from jobs.services import mark_units
from requirements_catalog.models import Product, Requirement

State = Interview.State
AHEAD = (State.PLANNED, State.INVITED, State.SCHEDULED)
NOT_HELD = (State.DECLINED, State.CANCELLED)
OPEN = (*AHEAD, State.IN_PROGRESS)
EARLIEST = date(1900, 1, 1)


# ---- Rounds


@transaction.atomic
def create_round(
    *,
    name: str,
    products: Collection[Product] = (),
    starts_on: date | None = None,
    ends_on: date | None = None,
    is_standing: bool = False,
    guide_version: GuideVersion | None = None,
    stage: str = "",
) -> Round:
    """Create a round; a second standing round, a period that runs backwards or a guide's draft is refused."""
    check_is_launched(guide_version)
    wave = Round(
        name=name,
        starts_on=starts_on,
        ends_on=ends_on,
        is_standing=is_standing,
        guide_version=guide_version,
        stage=stage,
    )
    wave.full_clean()
    wave.save()
    wave.products.set(products)
    return wave


@transaction.atomic
def update_round(
    *,
    round: Round,  # noqa: A002  # the domain's word
    name: str,
    products: Collection[Product],
    starts_on: date | None,
    ends_on: date | None,
    guide_version: GuideVersion | None,
    stage: str,
) -> Round:
    """Change a round; its interviews stay as they are, with the guide they have."""
    if guide_version is None or guide_version.pk != round.guide_version_id:
        check_is_launched(guide_version)
    round.name, round.starts_on, round.ends_on = name, starts_on, ends_on
    round.guide_version, round.stage = guide_version, stage
    round.full_clean()
    round.save()
    round.products.set(products)
    return round


def check_is_launched(version: GuideVersion | None) -> None:
    if version is None or version.state == GuideVersion.State.LAUNCHED:
        return
    message = _("%(version)s is not launched: it is a %(state)s. A round asks with a launched version.")
    if version.state == GuideVersion.State.RETIRED:
        message = _("%(version)s is retired. A round that begins now asks with the launched version.")
    params = {"version": str(version), "state": version.get_state_display()}
    raise ValidationError({"guide_version": ValidationError(message, code="not_launched", params=params)})


# ---- Interviews


@transaction.atomic
def plan_interview(
    *,
    contact: Contact,
    round: Round,  # noqa: A002  # the domain's word
    held_on: date,
    mode: str = Interview.Mode.IN_PERSON,
    interviewer: User | None = None,
    source: str = "",
    external_id: str = "",
    state: str = State.PLANNED,
) -> Interview:
    """Add an interview that is still open; it keeps the customer of today and the segment of its day.

    Raises ValidationError for a contact who does not want to be asked, for an external id that was used already
    and for a state that only `complete_interview` may give.
    """
    customer = contact.customer
    # Under a lock that lets others store answers, but nobody erase the contact meanwhile.
    check_not_erased(Contact.objects.select_for_update(no_key=True).get(pk=contact.pk))
    if state not in OPEN:
        raise ValidationError(
            {"state": ValidationError(_("A new interview is planned, invited, scheduled or in progress."), "state")}
        )
    if state in AHEAD:
        check_may_be_asked(contact)
    interview = Interview(
        contact=contact,
        customer=customer,
        stratum=stratum_of(customer=customer, on=held_on),
        round=round,
        mode=mode,
        state=state,
        held_on=held_on,
        country=str(customer.country or ""),
        interviewer=interviewer,
        source=source,
        external_id=external_id,
    )
    check_external_id_is_new(interview)
    check_day(held_on)
    interview.clean_fields(exclude={"contact", "customer", "stratum", "round", "interviewer"})
    interview.save()
    return interview


def check_may_be_asked(contact: Contact) -> None:
    if contact.is_opted_out or not contact.is_active:
        raise ValidationError(
            {
                "contact": ValidationError(
                    _("%(name)s does not want to be asked or is no longer active. Choose another contact."),
                    code="opted_out",
                    params={"name": contact.name},
                )
            }
        )


def check_external_id_is_new(interview: Interview) -> None:
    same = Interview.objects.filter(source=interview.source, external_id=interview.external_id)
    if interview.external_id and same.exists():
        raise ValidationError(
            {
                "external_id": ValidationError(
                    _("The interview %(id)s of the source '%(source)s' was recorded before."),
                    code="external_id",
                    params={"id": interview.external_id, "source": interview.source},
                )
            }
        )


@transaction.atomic
def change_interview(
    *,
    interview: Interview,
    held_on: date,
    mode: str,
    interviewer: User | None,
    round: Round,  # noqa: A002  # the domain's word
    today: date,
) -> Interview:
    """Correct when and how an interview was held; the scores follow if it is completed."""
    customer = {interview.customer_id}
    with hearing(customer if held_on != interview.held_on else ()):
        locked = lock_interview(interview)
        is_late = interview.held_on == held_on != locked.held_on  # Somebody moved it since it was read.
        check_day(held_on)
        if locked.state == State.COMPLETED:
            check_was_held(held_on, today)
        if held_on != locked.held_on:
            locked.stratum = stratum_of_day(locked, held_on)
        locked.held_on, locked.mode, locked.interviewer, locked.round = held_on, mode, interviewer, round
        locked.clean_fields(exclude={"contact", "customer", "stratum", "round", "interviewer"})
        locked.save()
        mark_if_counted(locked)
    if is_late:
        hear_anew(customer)
    return locked


def stratum_of_day(interview: Interview, day: date) -> Stratum:
    """Return the interview's segment with the lifecycle of another day; what else was true of it stays."""
    kept = interview.stratum
    segment, _made = Stratum.objects.get_or_create(
        lifecycle=lifecycle_on(interview.customer, day),
        industry=kept.industry,
        region=kept.region,
        size_band=kept.size_band,
    )
    return segment


@transaction.atomic
def change_interview_state(*, interview: Interview, state: str) -> Interview:
    """Move an open interview along: planned, invited, scheduled, in progress, declined, cancelled.

    Raises ValidationError for a completed interview (reopen it first) and for completion (`complete_interview`).
    """
    locked = lock_interview(interview)
    if locked.state == State.COMPLETED:
        raise completed_error(locked)
    if state == State.COMPLETED or state not in State.values:
        raise ValidationError({"state": ValidationError(_("This state cannot be set here."), code="state")})
    if state in AHEAD:
        check_may_be_asked(locked.contact)
    locked.state = state
    if state == State.IN_PROGRESS:
        keep_guide(locked)
    locked.save(update_fields=["state", "guide_version"])
    return locked


def keep_guide(interview: Interview) -> None:
    """An interview that begins keeps the guide's version with which its round asks now."""
    if interview.guide_version_id is None:
        interview.guide_version_id = interview.round.guide_version_id


@transaction.atomic
def complete_interview(*, interview: Interview, now: datetime, today: date) -> Interview:
    """Close an interview: from now on its answers count. It must not lie in the future."""
    with hearing({interview.customer_id}):
        locked = lock_interview(interview)
        if locked.state == State.COMPLETED:
            return locked
        if locked.state in NOT_HELD:
            raise ValidationError(
                _("The interview was %(state)s. Move it back to 'in progress' before completing it."),
                code="not_held",
                params={"state": locked.get_state_display()},
            )
        check_was_held(locked.held_on, today)
        locked.state, locked.completed_at = State.COMPLETED, now
        keep_guide(locked)
        locked.save(update_fields=["state", "completed_at", "guide_version"])
        mark_if_counted(locked)
    return locked


def check_day(held_on: date) -> None:
    if held_on < EARLIEST:
        message = _("%(day)s lies before 1900. Check the year.")
        params = {"day": held_on.isoformat()}
        raise ValidationError({"held_on": ValidationError(message, code="too_early", params=params)})


def check_was_held(held_on: date, today: date) -> None:
    if held_on > today:
        raise ValidationError(
            {
                "held_on": ValidationError(
                    _("%(day)s lies in the future. A completed interview was held today or earlier."),
                    code="future",
                    params={"day": held_on.isoformat()},
                )
            }
        )


@transaction.atomic
def reopen_interview(*, interview: Interview) -> Interview:
    """Open a completed interview again: until it is completed, its answers do not count."""
    with hearing({interview.customer_id}):
        locked = lock_interview(interview)
        if locked.state != State.COMPLETED:
            return locked
        mark_if_counted(locked)
        locked.state, locked.completed_at = State.IN_PROGRESS, None
        # What was confirmed was the receipt of what stood there.
        locked.is_understood = locked.understood_said_on = None
        locked.save(update_fields=["state", "completed_at", "is_understood", "understood_said_on"])
    return locked


def lock_interview(interview: Interview) -> Interview:
    """Read the interview anew under a row lock: nobody completes it, nor erases its contact, while it is written.

    Raises ValidationError where the contact was erased meanwhile: nothing is stored about nobody.
    """
    locked = Interview.objects.select_for_update(of=("self",)).select_related("contact").get(pk=interview.pk)
    check_not_erased(locked.contact)
    return locked


def completed_error(interview: Interview) -> ValidationError:
    return ValidationError(
        _("This interview was completed on %(day)s, so its answers no longer change. Reopen it first."),
        code="interview_completed",
        params={"day": interview.completed_at.date().isoformat() if interview.completed_at else ""},
    )


def mark_if_counted(interview: Interview) -> None:
    """Leave a marker for each unit of a completed interview; an open one leaves no score."""
    if interview.state != State.COMPLETED:
        return
    asked = interview.answers.values_list("requirement_id", "requirement__merged_into_id")
    customer = root_of(interview.customer)
    mark_units(units={(customer, merged_into or requirement) for requirement, merged_into in asked})


def root_of(record: Customer) -> int:
    return record.merged_into_id or record.pk


# ---- Answers


@transaction.atomic
def record_answer(
    *,
    interview: Interview,
    requirement: Requirement,
    product: Product,
    importance: Importance | None = None,
    level: RequiredLevel | None = None,
    perception: Perception | None = None,
) -> Answer:
    """Store what was said about one requirement, in place of what this interview said before.

    A part that is left out was not asked. Raises ValidationError by part: importance, level, perception.
    """
    answer = NewAnswer(
        requirement=requirement,
        product=product,
        importance=importance or Importance(),
        level=level or RequiredLevel(),
        perception=perception or Perception(),
    )
    record_answers(interview=interview, answers=[answer])
    return Answer.objects.get(interview=interview, requirement=requirement, product=product)


@transaction.atomic
def change_answer(
    *,
    answer: Answer,
    importance: Importance | None = None,
    level: RequiredLevel | None = None,
    perception: Perception | None = None,
) -> Answer:
    """Put other parts in place of what an open interview says; a part that is left out stays as it was said.

    Raises ValidationError as `record_answer` does, also for a kept level that its scale of now cannot state.
    """
    lock_interview(answer.interview)
    said = Answer.objects.select_related("importance_scale", "scale_version", "rating_scale").get(pk=answer.pk)
    return record_answer(
        interview=answer.interview,
        requirement=answer.requirement,
        product=answer.product,
        importance=importance or Importance.of(said),
        level=level or RequiredLevel.of(said),
        perception=perception or Perception.of(said),
    )


@transaction.atomic
def record_first_answer(*, interview: Interview, requirement: Requirement, product: Product, **parts: Any) -> Answer:
    """Store an answer as `record_answer` does, but never in place of another one."""
    lock_interview(interview)
    if interview.answers.filter(requirement=requirement, product=product).exists():
        message = _("%(reference)s is answered for %(product)s already. Change that answer.")
        params = {"reference": requirement.reference, "product": product.name}
        raise ValidationError({"requirement": ValidationError(message, code="answered", params=params)})
    return record_answer(interview=interview, requirement=requirement, product=product, **parts)


@transaction.atomic
def record_answers(*, interview: Interview, answers: Sequence[NewAnswer]) -> int:
    """Store several answers of an open interview and return how many; one refused, none stored."""
    locked = lock_interview(interview)
    if locked.state not in OPEN:
        raise completed_error(locked) if locked.state == State.COMPLETED else not_held_error(locked)
    check_each_once(answers)
    offered = products_of({answer.requirement.pk for answer in answers})
    rows = [
        Answer(
            interview=locked,
            customer_id=locked.customer_id,
            contact_id=locked.contact_id,
            requirement=answer.requirement,
            product=answer.product,
            **answer_columns(answer, offered),
        )
        for answer in answers
    ]
    Answer.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["interview", "requirement", "product"],
        update_fields=VALUE_COLUMNS,
    )
    begin(locked)
    return len(rows)


def begin(locked: Interview) -> None:
    """A locked interview that is still ahead begins with its first answer."""
    if locked.state in AHEAD:
        locked.state = State.IN_PROGRESS
        keep_guide(locked)
        locked.save(update_fields=["state", "guide_version"])


def not_held_error(interview: Interview) -> ValidationError:
    return ValidationError(
        _("The interview was %(state)s, so it has no answers. Move it back to 'in progress' first."),
        code="not_held",
        params={"state": interview.get_state_display()},
    )


# ---- Words


@transaction.atomic
def record_verbatim(
    *,
    interview: Interview,
    text: str,
    language: str = "",
    position: int | None = None,
    question: GuideQuestion | None = None,
) -> Verbatim:
    """Keep the customer's own words, after those that are there; `question`: that of the guide which they answer."""
    if lock_interview(interview).state in NOT_HELD:
        raise not_held_error(interview)
    place = interview.verbatims.count() if position is None else position
    verbatim = Verbatim(interview=interview, text=text.strip(), language=language, position=place, question=question)
    verbatim.clean_fields(exclude={"interview", "question"})
    verbatim.clean()
    verbatim.save()
    return verbatim
