from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import transaction
from django.db.models import Max, ProtectedError
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from accounts.audit import hold_chain
from accounts.models import User
from functions.models import Function, Program
from functions.services import note_program_change
from jobs.models import Marker
from jobs.services import leave_markers, mark_circle, mark_requirement
from requirements_catalog.approving import check_may_approve, check_says_what_was_shown
from requirements_catalog.models import (
    Attribute,
    Product,
    RatingScale,
    Requirement,
    Responsibility,
    ScaleVersion,
)
from scoring.units import UNITS, unit_of
from scoring.units import factor as unit_factor
from web.changes import apply_changes

State = Requirement.State
COUNTED = frozenset((State.ACTIVE, State.RETIRED))
LARGEST_FACTOR_PART = 10**12


# ---- Requirements


@dataclass(frozen=True, slots=True, kw_only=True)
class NewScale:
    """How a level is stated from now on. `factor` turns a level of the version before into this one, exactly."""

    unit: str
    direction: str
    resolution: Decimal
    factor: Fraction | None = None
    reason: str = ""


@transaction.atomic
def create_requirement(
    *,
    statement: str,
    attribute: Attribute,
    products: Collection[Product],
    reference: str = "",
    owner: Function | None = None,
    origin: str = Requirement.Origin.CUSTOMER,
    rule: str = "",
    example: str = "",
    half_life_months: int | None = None,
    scale: NewScale | None = None,
    person: User | None = None,
) -> Requirement:
    """Add a draft of that person; it counts once it is active. Raises ValidationError by field."""
    requirement = Requirement(
        reference=reference.strip() or next_reference(),
        statement=statement.strip(),
        attribute=attribute,
        owner=owner,
        origin=origin,
        rule=rule.strip(),
        example=example.strip(),
        half_life_months=half_life_months,
        author=person,
    )
    check_requirement(requirement, products)
    requirement.save()
    write_products(requirement, products)
    return add_scale_version(requirement=requirement, scale=scale, person=person) if scale else requirement


def next_reference() -> str:
    """Return R-1, R-2, ... after the highest that is in use."""
    used = Requirement.objects.filter(reference__regex=r"^R-[0-9]{1,9}$").values_list("reference", flat=True)
    return f"R-{max((int(reference[2:]) for reference in used), default=0) + 1}"


REQUIREMENT_FIELDS = ("reference", "statement", "rule", "example", "attribute", "owner", "origin", "half_life_months")


@transaction.atomic
def update_requirement(
    *,
    requirement: Requirement,
    changes: Mapping[str, Any],
    products: Collection[Product] | None = None,
    means_the_same: bool = False,
    person: User | None = None,
) -> Requirement:
    """Change what a requirement says, whose it is and which products it is about; raises ValidationError by field.

    Another statement is another version, unless its words only say the same more clearly.
    """
    locked = lock_requirement(requirement)
    changed = apply_changes(locked, changes, allowed=REQUIREMENT_FIELDS)
    kept = set(locked.products.all())
    wanted = kept if products is None else set(products)
    check_requirement(locked, wanted)
    check_nothing_hangs_on(locked, kept - wanted)
    if "statement" in changed and not (means_the_same and locked.state in COUNTED):
        write_version(locked, person)
    locked.save()
    write_products(locked, wanted)
    if wanted != kept or "half_life_months" in changed:
        mark_requirement(requirement_id=locked.pk)
    if "owner" in changed:
        mark_circle()
    return locked


def write_version(requirement: Requirement, person: User | None) -> None:
    """Note who wrote what it means now. Once it has counted that is another version: its links become suspect.

    What was approved was the version before. One that is put back to draft has counted, so whatever serves it does.
    """
    requirement.author, requirement.approved_by = person, None
    if requirement.state in COUNTED or requirement.metric_links.exists():
        requirement.version += 1


def lock_requirement(requirement: Requirement) -> Requirement:
    """Read a requirement anew under a row lock; one that was merged away does not change until that is undone."""
    locked = Requirement.objects.select_for_update().get(pk=requirement.pk)
    if locked.merged_into is not None:
        raise ValidationError(
            _("%(reference)s was merged into %(root)s. Change that one, or undo the merge."),
            code="merged",
            params={"reference": locked.reference, "root": locked.merged_into.reference},
        )
    return locked


def check_requirement(requirement: Requirement, products: Collection[Product]) -> None:
    errors: dict[str, Any] = {}
    try:
        requirement.full_clean(exclude={"current_scale", "merged_into"})
    except ValidationError as error:
        errors = error.update_error_dict(errors)
        if requirement.state == State.ACTIVE and requirement.owner is None and NON_FIELD_ERRORS in errors:
            errors["owner"] = errors.pop(NON_FIELD_ERRORS)
    if not products:
        errors["products"] = ValidationError(_("Choose at least one product that it is about."), code="required")
    if requirement.owner is not None and not requirement.owner.is_active:
        message, params = _("%(name)s is not active, so it cannot answer for it."), {"name": requirement.owner.name}
        errors["owner"] = ValidationError(message, code="inactive", params=params)
    if errors:
        raise ValidationError(errors)


def check_nothing_hangs_on(requirement: Requirement, products: Collection[Product]) -> None:
    """Refuse to drop a product that was answered or measured: the evidence would lose its place."""
    for product in sorted(products, key=lambda each: each.name):
        if (
            requirement.answers.filter(product=product).exists()
            or requirement.metric_links.filter(product=product).exists()
        ):
            raise ValidationError(
                {
                    "products": ValidationError(
                        _("Answers or metrics of %(product)s hang on this requirement, so the product stays."),
                        code="in_use",
                        params={"product": product.name},
                    )
                }
            )


def write_products(requirement: Requirement, products: Collection[Product]) -> None:
    wanted = {product.pk: product for product in products}
    requirement.products.set([wanted[key] for key in sorted(wanted)])


@transaction.atomic
def change_state(
    *, requirement: Requirement, state: str, owner: Function | None = None, person: User | None = None, shown: str = ""
) -> Requirement:
    """Put to review, activate, retire or put back to draft, with another owner if one is named.

    Only active ones count in the circle. Who activates approves it, and that is not who wrote it, as long as somebody
    else could. `shown`: what the page that was decided on said, as `said_by` names it. Raises ValidationError for an
    author's own approval, for other words than those shown, and for an activation without an active owner.
    """
    locked = lock_requirement(requirement)
    check_says_what_was_shown(locked, shown)
    if state not in State.values:
        raise ValidationError({"state": ValidationError(_("Choose draft, review, active or retired."), code="state")})
    new_owner = owner or locked.owner
    if (locked.state, locked.owner) == (state, new_owner):
        return locked
    was, locked.state, locked.owner = locked.state, state, new_owner
    if state == State.ACTIVE:
        check_requirement(locked, locked.products.all())
        if was != State.ACTIVE:
            check_may_approve(locked, person)
            locked.approved_by = person or locked.approved_by
    locked.save()
    if State.ACTIVE in {was, state}:
        mark_circle()
    return locked


# ---- Scales


@transaction.atomic
def add_scale_version(*, requirement: Requirement, scale: NewScale, person: User | None = None) -> Requirement:
    """State levels on another scale from now on. Levels of older versions count on only by an exact factor.

    Raises ValidationError by field, also if a metric that measures the level would no longer fit.
    """
    locked = lock_requirement(requirement)
    last = locked.scale_versions.order_by("-version").first()
    check_scale(locked, scale, last)
    version = ScaleVersion(  # type: ignore[misc]  # FixedPointField takes decimals
        requirement=locked,
        version=last.version + 1 if last else 1,
        unit=scale.unit,
        direction=scale.direction,
        resolution=scale.resolution,
        factor_numerator=scale.factor.numerator if scale.factor else None,
        factor_denominator=scale.factor.denominator if scale.factor else None,
        reason=scale.reason.strip(),
    )
    version.full_clean(exclude={"requirement"})
    version.save()
    locked.current_scale = version
    write_version(locked, person)
    locked.save()
    mark_requirement(requirement_id=locked.pk)
    return locked


def check_scale(requirement: Requirement, scale: NewScale, last: ScaleVersion | None) -> None:
    errors: dict[str, Any] = {}
    if last is not None and not scale.reason.strip():
        errors["reason"] = ValidationError(_("Say why the scale changes."), code="required")
    if scale.factor is not None and (problem := problem_of_factor(scale, last)):
        errors["factor"] = ValidationError(problem, code="factor")
    if misfit := metric_that_would_not_fit(requirement, scale):
        errors["unit"] = ValidationError(
            _("The metric '%(metric)s' measures this level, and its unit or direction would no longer fit. "
              "End that link first."),
            code="metric",
            params={"metric": misfit},
        )  # fmt: skip
    if errors:
        raise ValidationError(errors)


def problem_of_factor(scale: NewScale, last: ScaleVersion | None) -> Any:
    factor = scale.factor
    if factor is None:
        return None
    if last is None:
        return _("The first scale has no older levels to convert. Leave the factor empty.")
    if last.direction != scale.direction:
        return _("The direction changes, so no factor converts older levels. Leave it empty.")
    if factor <= 0 or max(factor.numerator, factor.denominator) > LARGEST_FACTOR_PART:
        return _("The factor is above zero, with parts of at most 12 digits, for example 60 or 1/60.")
    units = {last.unit, scale.unit}
    if units <= UNITS.keys() and unit_of(last.unit).dimension == unit_of(scale.unit).dimension:
        exact = unit_factor(last.unit, scale.unit)
        # Money, counts and ratings can be re-based; between two units of one dimension there is one true factor.
        if len(units) == 2 and factor != exact:
            return _("From the old unit to the new one the factor is %(factor)s.") % {"factor": exact}
    return None


def metric_that_would_not_fit(requirement: Requirement, scale: NewScale) -> str | None:
    """Return a measuring metric whose unit cannot be converted to the new one, or that points the other way."""
    if scale.unit not in UNITS:
        return None
    dimension = unit_of(scale.unit).dimension
    # Read through the relation, because metrics are a room above.
    links = requirement.metric_links.filter(role="measures").order_by("id")
    for name, unit, direction in links.values_list("metric__name", "metric__unit", "metric__direction"):
        if unit_of(unit).dimension != dimension or direction != scale.direction:
            return str(name)
    return None


# ---- Merging


@transaction.atomic
def merge_requirements(*, requirement: Requirement, into: Requirement) -> Requirement:
    """Let `requirement` count as part of `into`; its answers stay where they were given.

    What was merged into it before points to `into` as well, so that there are no chains. Raises ValidationError for a
    merge into itself, into one that was merged away or retired, or into one that lacks a product.
    """
    if requirement.pk == into.pk:
        raise merge_error(_("A requirement cannot be merged into itself."), "itself")
    lock_in_order(requirement, into)
    member, root = lock_requirement(requirement), lock_requirement(into)
    if root.state == State.RETIRED:
        message = _("%(root)s is retired, so nothing would count. Activate it first, or merge the other way round.")
        raise merge_error(message, "retired", root=root.reference)
    check_products_are_in(member, root)
    for each in [member, *member.merged.order_by("pk")]:
        each.merged_into = root
        each.save()
    _mark_merge(member, root)
    return member


def lock_in_order(*requirements: Requirement) -> None:
    """Lock the rows by id, so that two merges of the same pair wait for each other instead of deadlocking."""
    list(Requirement.objects.select_for_update().filter(pk__in=[each.pk for each in requirements]).order_by("pk"))


def merge_error(message: Any, code: str, **params: Any) -> ValidationError:
    return ValidationError({"into": ValidationError(message, code=code, params=params)})


def check_products_are_in(member: Requirement, root: Requirement) -> None:
    missing = member.products.exclude(pk__in=root.products.values("pk")).order_by("name")
    if names := ", ".join(product.name for product in missing):
        message = _(
            "%(member)s is also about %(products)s. Add that to %(root)s first, so that its answers keep a place."
        )
        raise merge_error(message, "products", member=member.reference, products=names, root=root.reference)


@transaction.atomic
def undo_merge(*, requirement: Requirement) -> Requirement:
    """Let a merged requirement stand for itself again."""
    locked = Requirement.objects.select_for_update().get(pk=requirement.pk)
    root = locked.merged_into
    if root is None:
        raise ValidationError(_("%(reference)s is not merged."), "not_merged", {"reference": locked.reference})
    locked.merged_into = None
    locked.save()
    _mark_merge(locked, root)
    return locked


def _mark_merge(member: Requirement, root: Requirement) -> None:
    keys = sorted([member.pk, root.pk])
    leave_markers(kind=Marker.Kind.REQUIREMENT, keys=[(key, 0) for key in keys])
    mark_circle()


# ---- Responsibilities: they decide who sees the evidence and weigh the House of Quality; scores do not use them


@transaction.atomic
def create_responsibility(*, requirement: Requirement, function: Function, strength: int) -> Responsibility:
    """Say that a function contributes to a requirement: 9, 3 or 1."""
    if not function.is_active:
        message, params = _("%(name)s is not active. Choose another function."), {"name": function.name}
        raise ValidationError({"function": ValidationError(message, code="inactive", params=params)})
    responsibility = Responsibility(requirement=requirement, function=function, strength=strength)
    responsibility.full_clean()
    responsibility.save()
    return responsibility


@transaction.atomic
def change_responsibility(*, responsibility: Responsibility, strength: int) -> Responsibility:
    locked = Responsibility.objects.select_for_update().get(pk=responsibility.pk)
    locked.strength = strength
    locked.full_clean()
    locked.save()
    return locked


@transaction.atomic
def delete_responsibility(*, responsibility: Responsibility) -> None:
    Responsibility.objects.filter(pk=responsibility.pk).delete()


# ---- Reference data: products, attributes, rating scales, the half-life


@transaction.atomic
def create_product(*, name: str) -> Product:
    product = Product(name=name.strip())
    product.full_clean()
    product.save()
    return product


@transaction.atomic
def update_product(*, product: Product, changes: Mapping[str, Any]) -> Product:
    """Rename a product, or take it off the lists to choose from; what was said about it stays."""
    locked = Product.objects.select_for_update().get(pk=product.pk)
    apply_changes(locked, changes, allowed=["name", "is_active"])
    locked.full_clean()
    locked.save()
    return locked


@transaction.atomic
def create_attribute(
    *, name: str, description: str = "", rule: str = "", example: str = "", position: int | None = None
) -> Attribute:
    """Add a group of quality beside the six."""
    last = Attribute.objects.aggregate(last=Max("position"))["last"] or 0
    attribute = Attribute(
        key=slugify(name)[:40],
        name=name.strip(),
        description=description.strip(),
        rule=rule.strip(),
        example=example.strip(),
        position=last + 1 if position is None else position,
    )
    attribute.full_clean()
    attribute.save()
    return attribute


@transaction.atomic
def update_attribute(*, attribute: Attribute, changes: Mapping[str, Any]) -> Attribute:
    locked = Attribute.objects.select_for_update().get(pk=attribute.pk)
    apply_changes(locked, changes, allowed=["name", "description", "rule", "example", "position"])
    locked.full_clean()
    locked.save()
    return locked


@transaction.atomic
def delete_attribute(*, attribute: Attribute) -> None:
    """Delete an attribute that nothing hangs on; raises ValidationError for one of the six, and for one in use."""
    try:
        Attribute.objects.get(pk=attribute.pk).delete()
    except ProtectedError:
        raise ValidationError(
            _("Requirements or words belong to %(name)s. Move them to another attribute first."),
            code="in_use",
            params={"name": attribute.name},
        ) from None


@transaction.atomic
def create_rating_scale(*, name: str, minimum: int, maximum: int, satisfied_from: int | None = None) -> RatingScale:
    """Add a scale, or the next version of the scale of that name: answers keep the one they were given on."""
    name = name.strip()
    last = RatingScale.objects.filter(name=name).aggregate(last=Max("version"))["last"] or 0
    scale = RatingScale(name=name, version=last + 1, minimum=minimum, maximum=maximum, satisfied_from=satisfied_from)
    scale.full_clean()
    scale.save()
    return scale


@transaction.atomic
def change_half_life(*, months: int) -> Program:
    """Let answers fade faster or slower; every requirement without a half-life of its own is worked out anew."""
    hold_chain()
    program = Program.objects.select_for_update().get()
    if program.half_life_months == months:
        return program
    before, program.half_life_months = program.half_life_months, months
    program.full_clean()
    program.save()
    note_program_change({"half_life_months": [before, months]})
    follow = Requirement.objects.filter(half_life_months=None, merged_into=None).order_by("pk")
    leave_markers(kind=Marker.Kind.REQUIREMENT, keys=[(pk, 0) for pk in follow.values_list("pk", flat=True)])
    mark_circle()
    return program
