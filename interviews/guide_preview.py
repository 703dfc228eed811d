"""A guide before anybody is asked: as the interviewer and as the customer see it, in each language, branches tried out.

What is typed into a preview is in the address and stored nowhere.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from interviews.forms import NOTHINGS, points_of
from interviews.guide_forms import NAMES
from interviews.guide_models import GuideQuestion, GuideVersion
from interviews.guide_script import (
    LOYALTY,
    AskedQuestion,
    Kind,
    Reply,
    all_questions,
    length_of,
    questions_for,
)
from interviews.guide_selectors import questions_of_version, script_from
from interviews.guided_forms import FEELINGS
from interviews.loyalty_words import ends_of
from interviews.loyalty_words import points_of as loyalty_points
from interviews.models import Part
from interviews.selectors import scales
from requirements_catalog.models import RatingScale
from web.numbers import read_number
from web.templatetags.show import plain

LONGEST_TYPED = 60
NOTHING_WORDS = {name: state for name, (state, _label) in NOTHINGS.items()}


class Eye(TextChoices):
    """Through whose eyes a guide is looked at."""

    INTERVIEWER = "interviewer", _("Interviewer")
    CUSTOMER = "customer", _("Customer")
    PHONE = "phone", _("Customer, on a phone")


@dataclass(frozen=True, slots=True)
class Shown:
    """One question of the preview, with what was tried as its answer."""

    asked: AskedQuestion
    record: GuideQuestion
    typed: str
    points: Sequence[tuple[str, bool]]
    levels: Sequence[tuple[str, str, bool]]
    items: Sequence[str]

    @property
    def name(self) -> str:
        return f"a-{self.asked.key}"

    @property
    def ends(self) -> tuple[str, ...]:
        """The words at both ends of its scale, where it has some of its own."""
        return ends_of(self.asked.kind, self.asked.language) if self.asked.kind in LOYALTY else ()

    @property
    def words(self) -> str:
        return "" if self.typed in NOTHING_WORDS else self.typed


def preview_of(version: GuideVersion, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a preview shows (7 queries): the questions that would be asked after what was tried as answers.

    What makes no sense in the address is left out.
    """
    questions = questions_of_version(version)
    script = script_from(version, questions)
    language = asked.get("lang", "") if asked.get("lang", "") in script.languages else script.default_language
    eye = asked.get("as", "") if asked.get("as", "") in Eye.values else Eye.INTERVIEWER.value
    typed = {each.key: str(asked.get(f"a-{each.key}", ""))[:LONGEST_TYPED] for each in questions}
    shown = questions_for(script, language, {key: reply for key, text in typed.items() if (reply := reply_in(text))})
    records = {each.key: each for each in questions}
    importance, rating = scales()
    return {
        "version": version,
        "eye": eye,
        "eyes": Eye.choices,
        "language": language,
        "languages": [(code, NAMES.get(code, code)) for code in script.languages],
        "shown": [as_shown(each, records[each.key], typed[each.key], (importance, rating)) for each in shown],
        "hidden": len(all_questions(script, language)) - len(shown),
        "length": length_of(shown),
        "nothings": [(name, label) for name, (_state, label) in NOTHINGS.items()],
        "feelings": FEELINGS,
    }


def reply_in(text: str) -> Reply | None:
    """Return what a text tried as an answer says: a nothing, a number, or that there is an answer."""
    if not text:
        return None
    if text in NOTHING_WORDS:
        return Reply(NOTHING_WORDS[text])
    try:
        return Reply(Part.KNOWN, Fraction(read_number(text)))
    except ValidationError:
        return Reply(Part.KNOWN)


def as_shown(asked: AskedQuestion, record: GuideQuestion, typed: str, both: tuple[RatingScale, RatingScale]) -> Shown:
    importance, rating = both
    scale = {Kind.IMPORTANCE: importance, Kind.PERCEPTION: rating}.get(Kind(asked.kind))
    offered = [value for value, _label in points_of(scale)] if scale else []
    if asked.kind in LOYALTY:
        offered = [str(point) for point in loyalty_points(asked.kind)]
    points = [(value, value == typed) for value in offered]
    levels = [(number, each.text, number == typed) for each in asked.choices for number in [in_digits(each.level)]]
    items = [each.statement for each in record.requirements.all()]
    return Shown(asked, record, typed, points, levels, items)


def in_digits(level: Fraction) -> str:
    return plain(Decimal(level.numerator) / Decimal(level.denominator))
