"""Answers that may come late, twice, or on top of others: a desk keeps them in the browser while the network is cut.

Nothing is overwritten unseen, nothing is added twice, and of two answers the one not chosen is kept (decision 0034).
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from interviews.answering import VALUE_COLUMNS
from interviews.coding import LONGEST_NAME
from interviews.desk_models import LONGEST_ASKED, UnchosenAnswer
from interviews.guide_models import GuideQuestion
from interviews.guide_script import Kind
from interviews.models import Answer, Interview, Part
from interviews.services import lock_interview
from jobs.idempotency import KeyReusedError, answer_once, fingerprint_of

CHANGED: Final = "changed_meanwhile"
OF_A_PART = {
    Kind.IMPORTANCE: ("importance_state", "importance_original", "importance_scale_id"),
    Kind.LEVEL: ("level_state", "required_level", "scale_version_id"),
    Kind.PERCEPTION: ("perception_state", "is_fixed", "perceived_level", "perceived_rating", "expected_rating"),
}
STATES = ("importance_state", "level_state", "perception_state")
OF_ALL = tuple(f"{name}_id" if name in {"importance_scale", "scale_version", "rating_scale"} else name
               for name in VALUE_COLUMNS)  # fmt: skip


# ---- Which answer a change was made on


def name_of_state(*values: object) -> str:
    """Return a name of a state: the same values, the same name. Values are as the database gives them back."""
    return hashlib.sha256(repr(values).encode()).hexdigest()[:32]


def version_of_answer(answer: Answer | None) -> str:
    """Return the version of an answer; one that says nothing is as none."""
    is_silent = answer is None or {getattr(answer, name) for name in STATES} == {Part.NOT_ASKED}
    return name_of_state() if is_silent else name_of_state(*(getattr(answer, name) for name in OF_ALL))


def stored_version(interview: Interview, requirement_id: int, product_id: int) -> str:
    """Return the version of what an interview says about a requirement now (1 query)."""
    return version_of_answer(interview.answers.filter(requirement=requirement_id, product=product_id).first())


def version_of_reply(interview: Interview, question: GuideQuestion) -> str:
    """Return the version of what is said to a question of a guide; "" where words are added and replace nothing."""
    match question.kind:
        case Kind.OPEN | Kind.OBJECTIVE:
            return ""
        case Kind.KANO:
            kano = interview.kano_answers.filter(requirement=question.requirement_id, product=question.product_id)
            return name_of_state(*kano.values_list("state", "functional", "dysfunctional"))
        case Kind.NPS | Kind.CSAT | Kind.CES:
            loyal = interview.loyalty_answers.filter(product=question.product_id, measure=question.kind)
            return name_of_state(*loyal.values_list("state", "rating"))
        case Kind.UNIQUENESS:
            uses = interview.customer.product_uses.filter(product=question.product_id).order_by("pk")
            nothings = interview.nothings_said.filter(question=question)
            said = uses.exclude(uniqueness="").values_list("uniqueness", flat=True)
            return name_of_state(*said, *nothings.values_list("state", flat=True))
        case Kind.POINTS:
            return version_of_part(interview, question, question.requirements.values("pk"), Kind.IMPORTANCE)
    return version_of_part(interview, question, [question.requirement_id], Kind(question.kind))


def version_of_part(interview: Interview, question: GuideQuestion, asked: Any, part: GuideQuestion.Kind) -> str:
    """Return the version of one part of some answers; what other questions say about a requirement is not of it."""
    state, *values = OF_A_PART[part]
    rows = interview.answers.filter(requirement__in=asked, product=question.product_id).order_by("requirement")
    return name_of_state(*rows.exclude(**{state: Part.NOT_ASKED}).values_list("requirement_id", state, *values))


# ---- Writing


@dataclass(frozen=True, slots=True, kw_only=True)
class Unchosen:
    """What a person did not choose, in words: (what was asked, what was said) in the order of the form."""

    key: str
    asked: str
    said: Sequence[tuple[str, str]]
    entry: str
    by: User
    said_at: datetime | None = None


@transaction.atomic
def save_seen(
    *,
    interview: Interview,
    made_on: str,
    version: Callable[[], str],
    write: Callable[[], object],
    instead_of: Unchosen | None = None,
    now: datetime,
) -> None:
    """Write an answer in place of the one that it was made on; `instead_of` is what stood there, chosen against.

    The same answer once more changes nothing, so it is no conflict. Raises ValidationError (changed_meanwhile) where
    another one stands there, and nothing is written; without `made_on` whatever stands there is replaced.
    """
    lock_interview(interview)
    before = version()
    write()
    after = version()
    if made_on and before not in {made_on, after}:
        message = _("This answer was changed since you read it. Look at both, and choose.")
        raise ValidationError(message, code=CHANGED)
    if instead_of is not None and before != after:
        keep_unchosen(interview=interview, unchosen=instead_of, now=now)


@transaction.atomic
def keep_unchosen(*, interview: Interview, unchosen: Unchosen, now: datetime) -> None:
    """Keep what was not chosen, once, beside the answer that stands."""
    UnchosenAnswer.objects.get_or_create(
        interview=lock_interview(interview),
        entry=unchosen.entry,
        defaults={
            "key": unchosen.key,
            "asked": unchosen.asked[:LONGEST_ASKED],
            "said": [list(each) for each in unchosen.said],
            "said_at": unchosen.said_at,
            "chosen_by": unchosen.by,
            "chosen_by_name": str(unchosen.by)[:LONGEST_NAME],
            "chosen_at": now,
        },
    )


def add_once(*, user: User, entry: str, said: Sequence[str], now: datetime, add: Callable[[], object]) -> None:
    """Add words unless the same form added the same ones before; without a key each time counts.

    A form that was gone back to and changed has the old key with other words: these are new ones.
    """
    if not entry:
        add()
        return

    def act() -> bytes:
        add()
        return b""

    fingerprint = fingerprint_of("desk", entry, "\0".join(said).encode(errors="surrogatepass"))
    try:
        answer_once(user=user, key=f"desk-{entry}", fingerprint=fingerprint, now=now, act=act)
    except KeyReusedError:
        add()
