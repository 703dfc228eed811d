from decimal import Decimal
from fractions import Fraction

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from functions.models import Program
from jobs.models import Marker
from requirements_catalog import services
from requirements_catalog.models import (
    Attribute,
    Product,
    RatingScale,
    Requirement,
    RequirementProduct,
    Responsibility,
    ScaleVersion,
)
from requirements_catalog.services import NewScale
from tests.factories.accounts import UserFactory
from tests.factories.functions import FunctionFactory, MembershipFactory
from tests.factories.interviews import InterviewFactory
from tests.factories.metrics import MetricFactory, MetricLinkFactory
from tests.factories.requirements_catalog import (
    ProductFactory,
    RatingScaleFactory,
    RequirementFactory,
    ScaleVersionFactory,
)

pytestmark = pytest.mark.django_db

CIRCLE = (Marker.Kind.CIRCLE, 0)


def of(requirement: Requirement) -> tuple[int, int]:
    return Marker.Kind.REQUIREMENT, requirement.pk


def markers() -> list[tuple[int, int]]:
    return list(Marker.objects.values_list("kind", "key1"))


def attribute() -> Attribute:
    return Attribute.objects.get(key="service-and-support")


def fault(error: pytest.ExceptionInfo[ValidationError]) -> dict[str, list[str]]:
    return error.value.message_dict


# ---- Requirements


def test_a_new_requirement_is_a_draft_with_the_next_reference():
    RequirementFactory(reference="R-9")
    RequirementFactory(reference="R-10")
    product = ProductFactory()

    requirement = services.create_requirement(statement=" Answered fast ", attribute=attribute(), products=[product])

    assert (requirement.reference, requirement.statement, requirement.state) == ("R-11", "Answered fast", "draft")
    assert list(requirement.products.all()) == [product]
    assert markers() == []


def test_a_requirement_can_start_with_a_scale():
    requirement = services.create_requirement(
        statement="Answered fast",
        attribute=attribute(),
        products=[ProductFactory()],
        scale=NewScale(unit="hours", direction="lower", resolution=Decimal("0.5")),
    )

    assert list(requirement.scale_versions.values_list("version", "unit", "direction", "resolution")) == [
        (1, "hours", "lower", Decimal("0.5"))
    ]
    assert requirement.current_scale == requirement.scale_versions.get()


def test_every_fault_of_a_requirement_is_named_at_its_field_and_nothing_is_written():
    owner = FunctionFactory(name="Sales", is_active=False)

    with pytest.raises(ValidationError) as error:
        services.create_requirement(statement="", attribute=attribute(), products=[], owner=owner, half_life_months=121)

    assert fault(error) == {
        "statement": ["This field cannot be blank."],
        "half_life_months": ["Ensure this value is less than or equal to 120."],
        "products": ["Choose at least one product that it is about."],
        "owner": ["Sales is not active, so it cannot answer for it."],
    }
    assert Requirement.objects.count() == 0


def test_a_scale_that_is_refused_leaves_no_requirement():
    with pytest.raises(ValidationError, match="above zero"):
        services.create_requirement(
            statement="Fast",
            attribute=attribute(),
            products=[ProductFactory()],
            scale=NewScale(unit="hours", direction="lower", resolution=Decimal(0)),
        )

    assert (Requirement.objects.count(), ScaleVersion.objects.count()) == (0, 0)


def test_a_changed_statement_is_in_the_history_and_needs_no_marker():
    requirement = RequirementFactory(statement="Fast")

    services.update_requirement(requirement=requirement, changes={"statement": "Answered within a day"})

    assert [row.statement for row in requirement.history.all()] == ["Answered within a day", "Fast"]
    assert markers() == []


def test_a_new_owner_moves_the_circle():
    requirement, owner = RequirementFactory(), FunctionFactory()

    services.update_requirement(requirement=requirement, changes={"owner": owner})

    requirement.refresh_from_db()
    assert requirement.owner == owner
    assert markers() == [CIRCLE]


@pytest.mark.parametrize("value", [6, None])
def test_a_new_half_life_marks_the_requirement(value):
    requirement = RequirementFactory(half_life_months=24)

    services.update_requirement(requirement=requirement, changes={"half_life_months": value})

    assert markers() == [of(requirement)]


def test_another_product_marks_the_requirement():
    requirement = RequirementFactory()
    first, second = requirement.products.get(), ProductFactory()

    services.update_requirement(requirement=requirement, changes={}, products=[second, first])

    assert set(requirement.products.all()) == {first, second}
    assert markers() == [of(requirement)]


def test_an_active_requirement_keeps_an_owner():
    requirement = RequirementFactory()

    with pytest.raises(ValidationError) as error:
        services.update_requirement(requirement=requirement, changes={"owner": None})

    assert fault(error) == {"owner": ["An active requirement needs an owner: exactly one function answers for it."]}
    requirement.refresh_from_db()
    assert requirement.owner is not None
    assert markers() == []


def test_a_product_that_was_answered_stays():
    requirement, product = RequirementFactory(), ProductFactory(name="Press")
    RequirementProduct.objects.create(requirement=requirement, product=product)
    interview = InterviewFactory()
    requirement.answers.create(
        interview=interview, product=product, customer=interview.customer, contact=interview.contact
    )

    with pytest.raises(ValidationError, match="metrics of Press hang on"):
        services.update_requirement(
            requirement=requirement, changes={}, products=requirement.products.exclude(pk=product.pk)
        )

    assert requirement.products.count() == 2


def test_a_product_that_is_measured_stays():
    link = MetricLinkFactory()

    with pytest.raises(ValidationError, match="hang on this requirement"):
        services.update_requirement(requirement=link.requirement, changes={}, products=[ProductFactory()])


# ---- States


def test_an_activation_needs_an_owner():
    requirement = RequirementFactory(state="draft", owner=None)

    with pytest.raises(ValidationError) as error:
        services.change_state(requirement=requirement, state="active")

    assert fault(error) == {"owner": ["An active requirement needs an owner: exactly one function answers for it."]}
    requirement.refresh_from_db()
    assert requirement.state == "draft"
    assert markers() == []


def test_an_inactive_function_cannot_answer_for_an_activated_requirement():
    requirement = RequirementFactory(state="draft", owner=FunctionFactory(name="Sales", is_active=False))

    with pytest.raises(ValidationError, match="Sales is not active"):
        services.change_state(requirement=requirement, state="active")


@pytest.mark.parametrize(
    ("was", "now", "left"),
    [
        ("draft", "active", [CIRCLE]),
        ("active", "retired", [CIRCLE]),
        ("retired", "active", [CIRCLE]),
        ("draft", "retired", []),
        ("active", "active", []),
    ],
)
def test_the_circle_follows_what_becomes_active_or_stops_being_it(was, now, left):
    requirement = RequirementFactory(state=was)

    services.change_state(requirement=requirement, state=now)

    requirement.refresh_from_db()
    assert requirement.state == now
    assert markers() == left


def test_another_statement_of_what_counts_is_another_version_and_clearer_words_are_not():
    draft, active = RequirementFactory(state="draft"), RequirementFactory(state="active")
    writer = UserFactory()

    for requirement in (draft, active):
        services.update_requirement(requirement=requirement, changes={"statement": "Other"}, person=writer)
    services.update_requirement(requirement=active, changes={"statement": "Others"}, means_the_same=True)
    services.update_requirement(requirement=active, changes={"rule": "Only theirs"})
    services.add_scale_version(
        requirement=active, scale=NewScale(unit="hours", direction="lower", resolution=Decimal(1))
    )

    draft.refresh_from_db()
    active.refresh_from_db()
    assert (draft.version, draft.author, active.version, active.author) == (1, writer, 3, None)


def test_a_detour_over_a_draft_is_another_version_too_and_no_longer_approved():
    link = MetricLinkFactory()
    requirement = link.requirement
    requirement.approved_by = UserFactory()
    requirement.save()

    services.change_state(requirement=requirement, state="draft")
    services.update_requirement(requirement=requirement, changes={"statement": "Other"}, means_the_same=False)

    requirement.refresh_from_db()
    assert (requirement.version, requirement.approved_by) == (2, None)


def test_whoever_rewrites_a_draft_is_its_author_whatever_it_is_said_to_mean():
    author, other = (MembershipFactory(role="specialist").user for _ in range(2))
    requirement = RequirementFactory(state="review", author=author)

    services.update_requirement(
        requirement=requirement, changes={"statement": "Other"}, means_the_same=True, person=other
    )

    with pytest.raises(ValidationError, match="another specialist approves it"):
        services.change_state(requirement=requirement, state="active", person=other)


def test_who_wrote_it_does_not_approve_it_while_somebody_else_could():
    author, other = (MembershipFactory(role=role).user for role in ("specialist", "administrator"))
    requirement = RequirementFactory(state="draft", author=author)

    services.change_state(requirement=requirement, state="review", person=author)
    with pytest.raises(ValidationError, match="another specialist approves it"):
        services.change_state(requirement=requirement, state="active", person=author)
    services.change_state(requirement=requirement, state="active", person=other)

    requirement.refresh_from_db()
    assert (requirement.state, requirement.approved_by) == ("active", other)


def test_who_is_alone_in_the_program_approves_alone():
    author = MembershipFactory(role="specialist").user
    MembershipFactory(role="head", function=FunctionFactory())
    requirement = RequirementFactory(state="review", author=author)

    services.change_state(requirement=requirement, state="active", person=author)

    requirement.refresh_from_db()
    assert (requirement.state, requirement.approved_by) == ("active", author)


def test_an_unknown_state_is_refused():
    with pytest.raises(ValidationError, match="draft, review, active or retired"):
        services.change_state(requirement=RequirementFactory(), state="deleted")


# ---- Scales


def test_a_new_scale_keeps_the_old_one_and_the_exact_factor():
    requirement = RequirementFactory(scale={})

    services.add_scale_version(
        requirement=requirement,
        scale=NewScale(
            unit="minutes", direction="lower", resolution=Decimal(1), factor=Fraction(60), reason="Finer answers"
        ),
    )

    versions = requirement.scale_versions.values_list(
        "version", "unit", "factor_numerator", "factor_denominator", "reason"
    )
    assert list(versions) == [(1, "hours", None, None, ""), (2, "minutes", 60, 1, "Finer answers")]
    requirement.refresh_from_db()
    assert requirement.current_scale.version == 2
    assert markers() == [of(requirement)]


@pytest.mark.parametrize(
    ("scale", "field", "message"),
    [
        ({"reason": " "}, "reason", "Say why the scale changes."),
        ({"factor": Fraction(61)}, "factor", "From the old unit to the new one the factor is 60."),
        ({"factor": Fraction(-60)}, "factor", "The factor is above zero"),
        ({"factor": Fraction(60), "direction": "higher"}, "factor", "The direction changes"),
        ({"unit": "hour"}, "unit", "is not a valid choice"),
        ({"resolution": Decimal("0.0000001")}, "resolution", "at most 6 decimal places"),
    ],
)
def test_a_scale_change_that_cannot_be_true_is_refused(scale, field, message):
    requirement = RequirementFactory(scale={})
    first = requirement.current_scale
    asked = {"unit": "minutes", "direction": "lower", "resolution": Decimal(1), "reason": "Finer answers"}

    with pytest.raises(ValidationError) as error:
        services.add_scale_version(requirement=requirement, scale=NewScale(**asked | scale))

    assert list(fault(error)) == [field]
    assert message in fault(error)[field][0]
    requirement.refresh_from_db()
    assert requirement.current_scale == first
    assert ScaleVersion.objects.count() == 1
    assert markers() == []


def test_a_first_scale_has_no_factor():
    with pytest.raises(ValidationError, match="no older levels"):
        services.add_scale_version(
            requirement=RequirementFactory(),
            scale=NewScale(unit="hours", direction="lower", resolution=Decimal(1), factor=Fraction(2)),
        )


@pytest.mark.parametrize(("unit", "direction"), [("percent", "lower"), ("minutes", "higher")])
def test_a_metric_that_measures_the_level_holds_the_scale(unit, direction):
    link = MetricLinkFactory(metric=MetricFactory(name="Response time"))

    with pytest.raises(ValidationError, match="The metric 'Response time' measures this level"):
        services.add_scale_version(
            requirement=link.requirement,
            scale=NewScale(unit=unit, direction=direction, resolution=Decimal(1), reason="Another"),
        )

    assert ScaleVersion.objects.count() == 1


def test_a_scale_in_another_unit_of_time_suits_the_metric():
    link = MetricLinkFactory()

    services.add_scale_version(
        requirement=link.requirement,
        scale=NewScale(unit="minutes", direction="lower", resolution=Decimal(1), reason="Finer"),
    )

    assert ScaleVersion.objects.count() == 2


# ---- Merging


def merge(requirement: Requirement, into: Requirement) -> Requirement:
    return services.merge_requirements(requirement=requirement, into=into)


def twins(number: int = 2, **others: object) -> list[Requirement]:
    product = ProductFactory()
    return [RequirementFactory(products=[product], **others) for _ in range(number)]


def test_a_merge_is_a_pointer_and_marks_both():
    member, root = twins()

    merge(member, root)

    member.refresh_from_db()
    assert (member.merged_into, member.state) == (root, "active")
    assert markers() == [of(member), of(root), CIRCLE]


def test_undoing_a_merge_clears_the_pointer_and_marks_both():
    member, root = twins()
    merge(member, root)
    Marker.objects.all().delete()

    services.undo_merge(requirement=member)

    member.refresh_from_db()
    assert member.merged_into is None
    assert markers() == [of(member), of(root), CIRCLE]
    assert [row.merged_into_id for row in member.history.all()] == [None, root.pk, None]


def test_what_was_merged_before_points_to_the_new_root():
    first, second, root = twins(3)
    merge(first, second)

    merge(second, root)

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.merged_into, second.merged_into) == (root, root)


def test_nothing_is_merged_into_one_that_was_merged_away():
    first, second, third = twins(3)
    merge(second, third)
    Marker.objects.all().delete()

    with pytest.raises(ValidationError, match=f"{second.reference} was merged into {third.reference}"):
        merge(first, second)

    first.refresh_from_db()
    assert first.merged_into is None
    assert markers() == []


def test_a_requirement_is_not_merged_into_itself():
    requirement = RequirementFactory()

    with pytest.raises(ValidationError, match="cannot be merged into itself"):
        merge(requirement, requirement)


def test_nothing_is_merged_into_a_retired_requirement():
    member, root = twins()
    services.change_state(requirement=root, state="retired")

    with pytest.raises(ValidationError, match="is retired, so nothing would count"):
        merge(member, root)


def test_the_root_has_every_product_of_the_member():
    member, root = RequirementFactory(products=[ProductFactory(name="Press")]), RequirementFactory()

    with pytest.raises(ValidationError) as error:
        merge(member, root)

    (message,) = fault(error)["into"]
    assert message == (
        f"{member.reference} is also about Press. Add that to {root.reference} first, so that its answers keep a place."
    )


@pytest.mark.parametrize(
    "change",
    [
        lambda each: services.update_requirement(requirement=each, changes={"statement": "Other"}),
        lambda each: services.change_state(requirement=each, state="retired"),
        lambda each: services.add_scale_version(
            requirement=each, scale=NewScale(unit="hours", direction="lower", resolution=Decimal(1))
        ),
    ],
)
def test_a_merged_requirement_does_not_change(change):
    member, root = twins()
    merge(member, root)

    with pytest.raises(ValidationError, match="Change that one, or undo the merge"):
        change(member)


def test_what_is_not_merged_cannot_be_undone():
    with pytest.raises(ValidationError, match="is not merged"):
        services.undo_merge(requirement=RequirementFactory())


# ---- Deletion


def test_requirements_are_retired_not_deleted():
    RequirementFactory()

    with pytest.raises(ValidationError, match="retired, not deleted"):
        Requirement.objects.all().delete()


def test_each_of_the_six_attributes_stays():
    six = Attribute.objects.filter(is_core=True)
    assert six.count() == 6

    for delete in (
        lambda: services.delete_attribute(attribute=six[0]),
        Attribute.objects.get(key="documentation").delete,
        lambda: Attribute.objects.all().delete(),
        lambda: Attribute.objects.filter(key="documentation").delete(),
    ):
        with pytest.raises(ValidationError, match="cannot be deleted"):
            delete()

    assert six.count() == 6


def test_another_attribute_can_be_added_and_deleted():
    added = services.create_attribute(name="Price and value", description="What it costs them")

    assert (added.key, added.position, added.is_core) == ("price-and-value", 7, False)
    services.delete_attribute(attribute=added)
    assert Attribute.objects.count() == 6


def test_an_attribute_in_use_stays():
    added = services.create_attribute(name="Price")
    RequirementFactory(attribute=added)

    with pytest.raises(ValidationError, match="belong to Price"):
        services.delete_attribute(attribute=added)

    assert Attribute.objects.filter(pk=added.pk).exists()


# ---- Responsibilities


def test_a_function_contributes_once():
    requirement, function = RequirementFactory(), FunctionFactory()
    services.create_responsibility(requirement=requirement, function=function, strength=9)

    with pytest.raises(ValidationError, match="contributes already"):
        services.create_responsibility(requirement=requirement, function=function, strength=3)

    assert list(Responsibility.objects.values_list("function", "strength")) == [(function.pk, 9)]


def test_a_contribution_is_9_3_or_1():
    responsibility = services.create_responsibility(
        requirement=RequirementFactory(), function=FunctionFactory(), strength=9
    )

    with pytest.raises(ValidationError, match="not a valid choice"):
        services.change_responsibility(responsibility=responsibility, strength=5)

    services.change_responsibility(responsibility=responsibility, strength=1)
    assert Responsibility.objects.get().strength == 1
    services.delete_responsibility(responsibility=responsibility)
    assert Responsibility.objects.count() == 0
    assert markers() == []


def test_an_inactive_function_does_not_contribute():
    with pytest.raises(ValidationError, match="Sales is not active"):
        services.create_responsibility(
            requirement=RequirementFactory(), function=FunctionFactory(name="Sales", is_active=False), strength=9
        )


# ---- Products, rating scales, half-life


def test_a_product_has_a_name_of_its_own():
    product = services.create_product(name=" Press ")

    with pytest.raises(ValidationError, match="already exists"):
        services.create_product(name="Press")

    assert list(Product.objects.values_list("name", "is_active")) == [("Press", True)]
    services.update_product(product=product, changes={"is_active": False})
    assert not Product.objects.get().is_active


def test_a_changed_rating_scale_is_a_new_version():
    services.create_rating_scale(name="Smileys", minimum=1, maximum=3, satisfied_from=3)
    services.create_rating_scale(name="Smileys", minimum=1, maximum=3, satisfied_from=2)

    versions = RatingScale.objects.filter(name="Smileys").values_list("version", "satisfied_from")
    assert list(versions) == [(1, 3), (2, 2)]


@pytest.mark.parametrize("ends", [(3, 3, None), (1, 5, 6), (-1, 5, None)])
def test_a_rating_scale_rises_and_holds_its_satisfied_point(ends):
    minimum, maximum, satisfied_from = ends
    before = RatingScale.objects.count()

    with pytest.raises(ValidationError):
        services.create_rating_scale(name="Odd", minimum=minimum, maximum=maximum, satisfied_from=satisfied_from)

    assert RatingScale.objects.count() == before


def test_a_new_half_life_marks_whatever_follows_it():
    Program.objects.create(name="Acme")
    follows = RequirementFactory()
    RequirementFactory(half_life_months=6)
    merged = RequirementFactory()
    Requirement.objects.filter(pk=merged.pk).update(merged_into=follows)

    services.change_half_life(months=18)

    assert Program.objects.get().half_life_months == 18
    assert markers() == [of(follows), CIRCLE]


def test_a_half_life_of_no_months_is_refused():
    Program.objects.create(name="Acme")

    with pytest.raises(ValidationError, match="greater than or equal to 1"):
        services.change_half_life(months=0)

    assert Program.objects.get().half_life_months == 12
    assert markers() == []


# ---- The database refuses what the services refuse


@pytest.mark.parametrize(
    "write",
    [
        lambda: RequirementFactory(owner=None),
        lambda: RequirementFactory(statement=""),
        lambda: RequirementFactory(half_life_months=121),
        lambda: Requirement.objects.filter(pk=(one := RequirementFactory()).pk).update(merged_into=one),
        lambda: RequirementFactory(products=[product := ProductFactory(), product]),
        lambda: ProductFactory(name=""),
        lambda: RatingScaleFactory(minimum=5, maximum=5),
        lambda: RatingScaleFactory(satisfied_from=11),
        lambda: ScaleVersionFactory(requirement=RequirementFactory(), resolution=Decimal(0)),
        lambda: ScaleVersionFactory(requirement=RequirementFactory(), factor_numerator=1, factor_denominator=0),
        lambda: ScaleVersionFactory(requirement=RequirementFactory(scale={})),
        lambda: Responsibility.objects.create(requirement=RequirementFactory(), function=FunctionFactory(), strength=2),
    ],
)
def test_the_database_refuses(write):
    with pytest.raises(IntegrityError), transaction.atomic():
        write()
