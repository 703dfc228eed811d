"""The three parts of an answer as a caller states them: a known value, or one of the three nothings."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import Any, cast

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from interviews.models import Answer, Part
from requirements_catalog.models import RatingScale, ScaleVersion
from scoring.errors import ScoringError
from scoring.units import convert
from web.fields import from_units, to_units

Columns = dict[str, Any]
HIGHEST_IMPORTANCE = 10


@dataclass(frozen=True, slots=True)
class Importance:
    """How much it matters: rated on a scale, or so many of 100 points spread over some items."""

    state: Part = Part.NOT_ASKED
    original: Decimal | None = None
    scale: RatingScale | None = None
    items: int | None = None

    @classmethod
    def rated(cls, original: int | Decimal, scale: RatingScale) -> "Importance":
        return cls(Part.KNOWN, Decimal(original), scale)

    @classmethod
    def points(cls, points: int | Decimal, items: int) -> "Importance":
        return cls(Part.KNOWN, Decimal(points), None, items)

    @classmethod
    def nothing(cls, state: Part) -> "Importance":
        return cls(_nothing(state))

    @classmethod
    def of(cls, answer: Answer) -> "Importance":
        """Return what an answer says; how many items points were spread over follows from the exact fraction."""
        points = exact(answer.importance_original)
        items = None
        if answer.importance_scale is None and answer.importance_num is not None and answer.importance_den:
            u = Fraction(answer.importance_num, answer.importance_den)
            # A capped one says only that there were at least so many.
            items = ceil(u * 20 / Fraction(points)) if points else 1
        return cls(Part(answer.importance_state), points, answer.importance_scale, items)

    def columns(self) -> Columns:
        """Return the columns of an Answer; raise ValidationError for a value outside its scale."""
        check_nothing_is_empty(self.state, self.original)
        u = None if self.state != Part.KNOWN else self._u()
        return {
            "importance_state": self.state,
            "importance_original": self.original,
            "importance_scale": self.scale,
            "importance_num": None if u is None else u[0],
            "importance_den": None if u is None else u[1],
        }

    def _u(self) -> tuple[int, int]:
        """Return importance 0..10 as an exact fraction. Source: docs/algorithms/gap-score.md, Weights."""
        if self.original is None:
            raise ValidationError(_("Importance is stated as known but has no value."), code="no_value")
        to_units(self.original)
        if self.scale is not None:
            check_rating(self.original, self.scale)
            return HIGHEST_IMPORTANCE * int(self.original), self.scale.maximum
        return self._u_of_points(self.original)

    def _u_of_points(self, points: Decimal) -> tuple[int, int]:
        if not self.items or self.items < 1:
            raise ValidationError(
                _("State the scale on which importance was rated, or over how many items the points were spread."),
                code="no_scale",
            )
        if not 0 <= points <= 100:
            raise ValidationError(
                _("%(points)s points are outside 0 to 100."), code="points", params={"points": f"{points:f}"}
            )
        u = min(Fraction(HIGHEST_IMPORTANCE), 5 * Fraction(points) * self.items / 100)
        return u.numerator, u.denominator


@dataclass(frozen=True, slots=True)
class RequiredLevel:
    """What the customer needs, in the requirement's unit unless another one of its dimension is named."""

    state: Part = Part.NOT_ASKED
    value: Decimal | None = None
    unit: str = ""

    @classmethod
    def known(cls, value: int | Decimal, unit: str = "") -> "RequiredLevel":
        return cls(Part.KNOWN, Decimal(value), unit)

    @classmethod
    def nothing(cls, state: Part) -> "RequiredLevel":
        return cls(_nothing(state))

    @classmethod
    def of(cls, answer: Answer) -> "RequiredLevel":
        return cls(Part(answer.level_state), exact(answer.required_level), unit_of_answer(answer))

    def columns(self, scale: ScaleVersion | None) -> Columns:
        check_nothing_is_empty(self.state, self.value)
        if self.state != Part.KNOWN:
            return {"level_state": self.state, "required_level": None}
        if self.value is None:
            raise ValidationError(_("The required level is stated as known but has no value."), code="no_value")
        return {"level_state": self.state, "required_level": in_scale(self.value, self.unit, scale)}


@dataclass(frozen=True, slots=True)
class Perception:
    """How the customer sees it: fixed or not, a level in the requirement's unit, or a rating beside the expected."""

    state: Part = Part.NOT_ASKED
    is_fixed: bool | None = None
    level: Decimal | None = None
    unit: str = ""
    rating: int | None = None
    expected: int | None = None
    scale: RatingScale | None = None

    @classmethod
    def fixed(cls, is_fixed: bool) -> "Perception":
        return cls(Part.KNOWN, is_fixed=is_fixed)

    @classmethod
    def at_level(cls, level: int | Decimal, unit: str = "") -> "Perception":
        return cls(Part.KNOWN, level=Decimal(level), unit=unit)

    @classmethod
    def rated(cls, rating: int, scale: RatingScale, expected: int | None = None) -> "Perception":
        return cls(Part.KNOWN, rating=rating, scale=scale, expected=expected)

    @classmethod
    def nothing(cls, state: Part) -> "Perception":
        return cls(_nothing(state))

    @classmethod
    def of(cls, answer: Answer) -> "Perception":
        return cls(
            Part(answer.perception_state),
            is_fixed=answer.is_fixed,
            level=exact(answer.perceived_level),
            unit=unit_of_answer(answer) if answer.perceived_level is not None else "",
            rating=answer.perceived_rating,
            expected=answer.expected_rating,
            scale=answer.rating_scale,
        )

    def columns(self, scale: ScaleVersion | None) -> Columns:
        check_nothing_is_empty(self.state, self.is_fixed, self.level, self.rating, self.expected)
        if self.state == Part.KNOWN:
            self._check()
        return {
            "perception_state": self.state,
            "is_fixed": self.is_fixed,
            "perceived_level": None if self.level is None else in_scale(self.level, self.unit, scale),
            "perceived_rating": self.rating,
            "expected_rating": self.expected,
            "rating_scale": self.scale,
        }

    def _check(self) -> None:
        if self.is_fixed is None and self.level is None and self.rating is None:
            raise ValidationError(_("The perception is stated as known but has no value."), code="no_value")
        for rating in (self.rating, self.expected):
            if rating is None:
                continue
            if self.scale is None:
                raise ValidationError(_("State the scale on which this was rated."), code="no_scale")
            check_rating(Decimal(rating), self.scale)


def exact(stored: Any) -> Decimal | None:
    """Return a stored number as what FixedPointField reads, which its column type does not say."""
    return cast("Decimal | None", stored)


def unit_of_answer(answer: Answer) -> str:
    """Return the unit of a level as it was stated, so that stating it again converts it to the scale of now."""
    return answer.scale_version.unit if answer.scale_version else ""


def _nothing(state: Part) -> Part:
    if state == Part.KNOWN:
        raise ValueError("A known part needs its value.")
    return state


def check_nothing_is_empty(state: Part, *values: object) -> None:
    if state != Part.KNOWN and any(value is not None for value in values):
        raise ValidationError(_("A part that is not known has no value."), code="contradiction")


def check_rating(rating: Decimal, scale: RatingScale) -> None:
    if rating != rating.to_integral_value() or not scale.minimum <= rating <= scale.maximum:
        raise ValidationError(
            _("%(rating)s is not a point of the scale '%(scale)s': whole numbers from %(minimum)s to %(maximum)s."),
            code="outside_scale",
            params={
                "rating": f"{rating:f}",
                "scale": str(scale),
                "minimum": scale.minimum,
                "maximum": scale.maximum,
            },
        )


def in_scale(value: Decimal, unit: str, scale: ScaleVersion | None) -> Decimal:
    """Return a level in the unit of the requirement's current scale, exactly."""
    if scale is None:
        raise ValidationError(
            _("This requirement has no scale, so no level can be stated. Give the requirement a scale first."),
            code="no_scale",
        )
    to_units(value)
    if not unit or unit == scale.unit:
        return value
    try:
        exact = convert(value, unit, scale.unit) * 10**6
    except ScoringError as error:
        raise ValidationError(str(error), code="unit") from error
    if exact.denominator != 1:
        raise ValidationError(
            _("%(value)s %(unit)s cannot be stated exactly in %(other)s. State it in %(other)s."),
            code="inexact",
            params={"value": f"{value:f}", "unit": unit, "other": scale.unit},
        )
    converted = from_units(exact.numerator)
    to_units(converted)
    return converted
