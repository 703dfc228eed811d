from decimal import Decimal
from typing import Any

import factory

from requirements_catalog.models import Attribute, Product, RatingScale, Requirement, RequirementProduct, ScaleVersion
from tests.factories.functions import FunctionFactory


class ProductFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Product

    name = factory.Sequence(lambda number: f"Product {number}")


class RatingScaleFactory(factory.django.DjangoModelFactory):
    """Points 1 to 10; 7 and above counts as satisfied."""

    class Meta:
        model = RatingScale

    name = factory.Sequence(lambda number: f"Scale {number}")
    minimum, maximum, satisfied_from = 1, 10, 7


class ScaleVersionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = ScaleVersion

    unit, direction, resolution = "hours", "lower", Decimal("0.5")


class RequirementFactory(factory.django.DjangoModelFactory):
    """An active requirement of one product; `scale={...}` gives it a scale in hours, lower is better."""

    class Meta:
        model = Requirement
        skip_postgeneration_save = True

    reference = factory.Sequence(lambda number: f"R-{number}")
    statement = factory.LazyAttribute(lambda requirement: f"Statement of {requirement.reference}")
    attribute = factory.LazyFunction(lambda: Attribute.objects.order_by("position", "id")[0])
    owner = factory.SubFactory(FunctionFactory)
    state = "active"

    @factory.post_generation
    def products(self: Requirement, create: bool, products: Any, **_kwargs: Any) -> None:
        for product in products if products is not None else [ProductFactory()]:
            RequirementProduct.objects.create(requirement=self, product=product)

    @factory.post_generation
    def scale(self: Requirement, create: bool, scale: Any, **_kwargs: Any) -> None:
        if scale is not None:
            self.current_scale = ScaleVersionFactory(requirement=self, **scale)
            self.save()
