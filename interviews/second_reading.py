"""A second person reads drawn words without seeing the first one's codes; where both differ, somebody decides and why.

What was decided becomes the coding. What both found at first is kept, because agreement is about that.
"""

from datetime import datetime
from random import Random
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from functions.models import Membership
from interviews.coding import code_verbatim, keep_reading, lock_verbatim
from interviews.models import Coding, ReadCode, ReadingSample, SecondReading, SetAside, Verbatim
from requirements_catalog.models import Attribute, Requirement

State, Stands = SecondReading.State, SecondReading.Stands
MOST_DRAWN = 1_000
LARGEST_SEED = 2**31 - 1
CODERS = (Membership.Role.SPECIALIST, Membership.Role.ADMINISTRATOR)
Identity = tuple[str, int]


# ---- Drawing


def to_draw_from(coder: User) -> QuerySet[Verbatim]:
    """Return the words that somebody else read and that this coder has neither read nor is to read."""
    own = Q(pk__in=Coding.objects.filter(coder=coder).values("verbatim"))
    own |= Q(pk__in=SetAside.objects.filter(coder=coder).values("verbatim"))
    own |= Q(pk__in=SecondReading.objects.filter(sample__coder=coder).values("verbatim"))
    return Verbatim.objects.exclude(reading=Verbatim.Reading.UNCODED).exclude(own)


@transaction.atomic
def draw_sample(
    *, coder: User, drawn_by_name: str, now: datetime, seed: int, size: int | None = None, share: int | None = None
) -> ReadingSample:
    """Draw words for a second coder: so many, or so many per cent; the same seed draws the same from the same words.

    Raises ValidationError for a coder who may not code, for neither or both of size and share, and for nothing to draw.
    """
    check_codes(coder)
    if (size is None) == (share is None):
        message = _("Say how many, or what share: one of the two.")
        raise ValidationError({"size": ValidationError(message, code="size")})
    if not 0 <= seed <= LARGEST_SEED:
        raise ValidationError({"seed": ValidationError(_("A seed is a number from 0 to 2,147,483,647."), code="seed")})
    there = list(to_draw_from(coder).order_by("pk").values_list("pk", flat=True))
    wanted = size if size is not None else -(-len(there) * (share or 0) // 100)
    drawn = Random(seed).sample(there, min(wanted, len(there)))  # noqa: S311 - to be drawn again alike
    check_drawn(there, drawn)
    sample = ReadingSample.objects.create(
        coder=coder, coder_name=str(coder)[:160], drawn_by_name=drawn_by_name, drawn_at=now, seed=seed,
        drawn_from=len(there),
    )  # fmt: skip
    SecondReading.objects.bulk_create(SecondReading(sample=sample, verbatim_id=pk) for pk in sorted(drawn))
    return sample


def check_codes(coder: User) -> None:
    if not coder.is_active or not Membership.objects.filter(user=coder, role__in=CODERS).exists():
        message = _("Only specialists code words. Choose one of them, or give the person that role.")
        raise ValidationError({"coder": ValidationError(message, code="coder")})


def check_drawn(there: list[int], drawn: list[int]) -> None:
    if not there:
        message = _("Nothing is coded by somebody else that this coder has not read. Choose another coder.")
        raise ValidationError({"coder": ValidationError(message, code="nothing_to_draw")})
    if not 1 <= len(drawn) <= MOST_DRAWN:
        message = _("Draw from 1 to 1,000 words at a time.")
        raise ValidationError({"size": ValidationError(message, code="size")})


# ---- Reading blind


def lock_open(reading: SecondReading) -> SecondReading:
    """Read it anew under a row lock; one that is done is not changed any more."""
    locked = SecondReading.objects.select_for_update(of=("self",)).select_related("verbatim").get(pk=reading.pk)
    if locked.state != State.OPEN:
        raise ValidationError(_("This reading is done. What both found is shown beside the words."), code="done")
    return locked


@transaction.atomic
def read_code(
    *, reading: SecondReading, about: Requirement | Attribute, start: int | None = None, end: int | None = None
) -> ReadCode:
    """Say what the second coder finds; the same code for the same passage twice is one."""
    locked = lock_open(reading)
    if end is not None and end > len(locked.verbatim.text):
        raise ValidationError({"end": ValidationError(_("The passage ends after the last word."), code="passage")})
    is_requirement = isinstance(about, Requirement)
    found: dict[str, Any] = {
        "reading": locked,
        "requirement": about if is_requirement else None,
        "attribute": None if is_requirement else about,
        "start": start,
        "end": end,
    }
    code = ReadCode(**found)
    code.validate_constraints()
    return ReadCode.objects.filter(is_first=False, **found).first() or ReadCode.objects.create(**found)


@transaction.atomic
def unread_code(*, code: ReadCode) -> None:
    """Take a code of the second reading back, as long as that is open."""
    lock_open(code.reading)
    code.delete()


@transaction.atomic
def finish_reading(*, reading: SecondReading, now: datetime) -> SecondReading:
    """Close the second reading: keep beside it what the first one is now, and say whether both found the same.

    Raises ValidationError where the words were put back into the queue: then there is no first reading.
    """
    lock_verbatim(reading.verbatim)
    locked = lock_open(reading)
    verbatim = Verbatim.objects.get(pk=locked.verbatim_id)
    if verbatim.reading == Verbatim.Reading.UNCODED:
        message = _("The first coder put these words back into the queue. Wait until they are coded again.")
        raise ValidationError(message, code="no_first_reading")
    ReadCode.objects.bulk_create(
        ReadCode(
            reading=locked, is_first=True, requirement_id=each.requirement_id, attribute_id=each.attribute_id,
            start=each.start, end=each.end,
        )
        for each in verbatim.codings.all()
    )  # fmt: skip
    first, second = identities(locked, is_first=True), identities(locked, is_first=False)
    locked.state = State.AGREED if first == second else State.DIFFERS
    locked.done_at = now
    locked.save(update_fields=["state", "done_at"])
    return locked


def identities(reading: SecondReading, *, is_first: bool) -> set[Identity]:
    """Return which codes a reading found, whatever the passages; what was merged is what it was merged into."""
    rows = reading.codes.filter(is_first=is_first).values_list(
        "requirement_id", "requirement__merged_into_id", "attribute_id"
    )
    return {identity(*row) for row in rows}


def identity(requirement: int | None, merged_into: int | None, attribute: int | None) -> Identity:
    return ("requirement", merged_into or requirement) if requirement else ("attribute", attribute or 0)


# ---- Deciding


@transaction.atomic
def resolve_reading(
    *, reading: SecondReading, stands: str, note: str, resolved_by_name: str, now: datetime
) -> SecondReading:
    """Decide which reading stands, with the reason; from then on that is the coding.

    Raises ValidationError for a reading that does not differ (any more), and without a reason.
    """
    lock_verbatim(reading.verbatim)
    locked = SecondReading.objects.select_for_update(of=("self",)).select_related("sample").get(pk=reading.pk)
    if locked.state != State.DIFFERS:
        raise ValidationError(_("There is nothing to decide here any more."), code="decided")
    locked.stands, locked.note, locked.resolved_by_name = stands, note.strip(), resolved_by_name
    if not locked.note:
        message = _("Say why: the next coder learns from it.")
        raise ValidationError({"note": ValidationError(message, code="required")})
    locked.state, locked.resolved_at = State.RESOLVED, now
    locked.clean_fields(exclude={"sample", "verbatim"})
    locked.validate_constraints()
    locked.save()
    if stands != Stands.FIRST:
        adopt(locked, instead=stands == Stands.SECOND)
    return locked


def adopt(reading: SecondReading, *, instead: bool) -> None:
    """Make the second reading the coding, in place of the first one or beside it."""
    verbatim = Verbatim.objects.get(pk=reading.verbatim_id)
    if instead:
        verbatim.codings.all().delete()
        SetAside.objects.filter(verbatim=verbatim).delete()
    there = {
        identity(*row)
        for row in verbatim.codings.values_list("requirement_id", "requirement__merged_into_id", "attribute_id")
    }
    sample = reading.sample
    for code in reading.codes.filter(is_first=False).select_related("requirement", "attribute"):
        merged_into = code.requirement.merged_into_id if code.requirement else None
        if identity(code.requirement_id, merged_into, code.attribute_id) not in there:
            code_verbatim(
                verbatim=verbatim, coder=sample.coder, coder_name=sample.coder_name, requirement=code.requirement,
                attribute=code.attribute, start=code.start, end=code.end,
            )  # fmt: skip
    if not verbatim.codings.exists():
        SetAside.objects.get_or_create(
            verbatim=verbatim, defaults={"reason": reading.note, "coder": sample.coder, "coder_name": sample.coder_name}
        )
    keep_reading(Verbatim.objects.get(pk=verbatim.pk))
