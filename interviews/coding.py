"""Saying what words are about: codings, and 'heard, not a requirement' with a reason, so that nothing heard falls away.

The only writers of codings. Each keeps the verbatim's `reading`, by which the queue is found and counted.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from interviews.models import Coding, SetAside, Verbatim
from requirements_catalog.models import Attribute, Requirement

LONGEST_NAME = 160
Reading = Verbatim.Reading


class Passage(NamedTuple):
    """From the first character to the one after the last; both None: all of the words."""

    start: int | None = None
    end: int | None = None


def code_of(about: Requirement | Attribute) -> Mapping[str, Any]:
    """Return the two references of a coding: one of them is what it is about."""
    is_requirement = isinstance(about, Requirement)
    return {"requirement": about if is_requirement else None, "attribute": None if is_requirement else about}


def lock_verbatim(verbatim: Verbatim) -> Verbatim:
    """Read the words anew under a row lock: two who code at once both leave the right reading behind."""
    locked = Verbatim.objects.select_for_update().filter(pk=verbatim.pk).first()
    if locked is None:
        raise ValidationError(_("These words were erased meanwhile, with whoever said them."), code="erased")
    return locked


@transaction.atomic
def code_verbatim(
    *,
    verbatim: Verbatim,
    coder_name: str,
    coder: User | None = None,
    requirement: Requirement | None = None,
    attribute: Attribute | None = None,
    start: int | None = None,
    end: int | None = None,
    sentiment: int | None = None,
    was_suggested: bool | None = None,
) -> Coding:
    """Say which requirement, or which attribute, some words are about; the same coding twice is one.

    Words that were set aside are not any more. Raises ValidationError for a passage outside the words.
    """
    locked = lock_verbatim(verbatim)
    if end is not None and end > len(locked.text):
        raise ValidationError({"end": ValidationError(_("The passage ends after the last word."), code="passage")})
    same = Coding.objects.filter(
        verbatim=locked, requirement=requirement, attribute=attribute, start=start, end=end, coder_name=coder_name
    ).first()
    if same:
        return same
    coding = Coding(
        verbatim=locked, requirement=requirement, attribute=attribute, start=start, end=end, coder=coder,
        coder_name=coder_name, sentiment=sentiment, was_suggested=was_suggested,
    )  # fmt: skip
    coding.clean_fields(exclude={"verbatim", "requirement", "attribute", "coder"})
    coding.validate_constraints()
    coding.save()
    SetAside.objects.filter(verbatim=locked).delete()
    keep_reading(locked)
    return coding


def keep_reading(verbatim: Verbatim) -> None:
    """Store what hangs on the words as their reading."""
    if verbatim.codings.exists():
        reading = Reading.CODED
    else:
        reading = Reading.SET_ASIDE if SetAside.objects.filter(verbatim=verbatim).exists() else Reading.UNCODED
    if verbatim.reading != reading:
        verbatim.reading = reading
        verbatim.save(update_fields=["reading"])


@transaction.atomic
def remove_coding(*, coding: Coding) -> None:
    """Take a coding back; the words stay, and without any coding they are in the queue again."""
    locked = lock_verbatim(coding.verbatim)
    coding.delete()
    keep_reading(locked)


@transaction.atomic
def change_sentiment(*, coding: Coding, sentiment: int | None) -> Coding:
    """Say how the customer feels about it: negative, neutral, positive, or nothing."""
    locked = Coding.objects.select_for_update().get(pk=coding.pk)
    locked.sentiment = sentiment
    locked.clean_fields(exclude={"verbatim", "requirement", "attribute", "coder"})
    locked.save(update_fields=["sentiment"])
    return locked


@transaction.atomic
def set_aside(*, verbatim: Verbatim, reason: str, coder_name: str, coder: User | None = None) -> SetAside:
    """Say that words were heard but are no requirement, and why; they leave the queue and stay where they are.

    Raises ValidationError without a reason or a coder, and for words that are coded; the first reason stands.
    """
    locked = lock_verbatim(verbatim)
    if locked.codings.exists():
        message = _("These words are coded. Take the codings back first, or leave them as they are.")
        raise ValidationError(message, code="coded")
    said = SetAside.objects.filter(verbatim=locked).first()
    if said is None:
        said = SetAside(verbatim=locked, reason=reason.strip(), coder=coder, coder_name=coder_name)
        said.clean_fields(exclude={"verbatim", "coder"})
        said.save()
    keep_reading(locked)
    return said


@transaction.atomic
def take_up_again(*, verbatim: Verbatim) -> None:
    """Put words that were set aside back into the queue."""
    locked = lock_verbatim(verbatim)
    SetAside.objects.filter(verbatim=locked).delete()
    keep_reading(locked)


# ---- What was done last, to be undone


class Deed(NamedTuple):
    """One act of coding, as plain values: `kind`, the verbatim, and what brings back what was there before."""

    kind: str
    verbatim: int
    values: dict[str, Any]


def coded(coding: Coding) -> Deed:
    return Deed("coded", coding.verbatim_id, {"coding": coding.pk})


def removed(coding: Coding) -> Deed:
    # Under its old number: what was done to it before can be undone after it came back.
    names = (
        "id", "requirement_id", "attribute_id", "start", "end", "sentiment", "was_suggested", "coder_id", "coder_name"
    )  # fmt: skip
    return Deed("removed", coding.verbatim_id, {name: getattr(coding, name) for name in names})


def felt(coding: Coding, before: int | None) -> Deed:
    return Deed("felt", coding.verbatim_id, {"coding": coding.pk, "sentiment": before})


def put_aside(said: SetAside) -> Deed:
    return Deed("set_aside", said.verbatim_id, {})


def taken_up(said: SetAside) -> Deed:
    values = {"reason": said.reason, "coder_id": said.coder_id, "coder_name": said.coder_name}
    return Deed("taken_up", said.verbatim_id, values)


@transaction.atomic
def undo(*, deed: Deed) -> Verbatim | None:
    """Bring back what was there before one act; None where the words or the coding are gone meanwhile."""
    verbatim = Verbatim.objects.select_for_update().filter(pk=deed.verbatim).first()
    if verbatim is None:
        return None
    values = deed.values
    if deed.kind in {"coded", "felt"}:
        coding = verbatim.codings.filter(pk=values["coding"]).first()
        if coding is None:
            return None
        if deed.kind == "coded":
            coding.delete()
        else:
            change_sentiment(coding=coding, sentiment=values["sentiment"])
    elif deed.kind == "removed":
        if values["attribute_id"] and not Attribute.objects.filter(pk=values["attribute_id"]).exists():
            return None
        SetAside.objects.filter(verbatim=verbatim).delete()
        Coding.objects.create(verbatim=verbatim, **values)
    elif deed.kind == "taken_up":
        if verbatim.codings.exists():
            return None
        SetAside.objects.get_or_create(verbatim=verbatim, defaults=values)
    else:
        SetAside.objects.filter(verbatim=verbatim).delete()
    keep_reading(verbatim)
    return verbatim
