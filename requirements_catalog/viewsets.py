from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpResponse
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from functions.access import person
from functions.permissions import ReadsDefinitions, ReadsHistory, WritesDefinitions
from requirements_catalog import services
from requirements_catalog.models import Attribute, Product, RatingScale, Requirement, Responsibility
from requirements_catalog.selectors import (
    all_attributes,
    all_products,
    catalogue,
    contributions_of,
    products_of,
    rating_scales,
    responsibilities,
    scales_of,
)
from requirements_catalog.serializers import (
    AttributeBody,
    AttributeSerializer,
    ChangedRequirementBody,
    ContributionBody,
    IntoRequirementBody,
    NewProductBody,
    NewRequirementBody,
    NewResponsibilityBody,
    ProductBody,
    ProductQuery,
    ProductSerializer,
    RatingScaleBody,
    RatingScaleSerializer,
    RequirementQuery,
    RequirementSerializer,
    ResponsibilityQuery,
    ResponsibilitySerializer,
    ScaleBody,
    ScaleVersionSerializer,
    StateBody,
)
from requirements_catalog.services import NewScale
from web.nouns import (
    Changing,
    Creating,
    Deleting,
    Form,
    NounViewSet,
    Remembering,
    added,
    answers_of,
    folded,
    inside,
    plain_forms,
)
from web.paging import PageQuery, page_of, pages_of


class ProductViewSet(Creating, Changing, NounViewSet):
    """What the requirements are about."""

    permission_classes = (ReadsDefinitions,)
    writers = (WritesDefinitions,)
    queries: ClassVar = {"list": ProductQuery}
    searched = ("name",)
    bodies: ClassVar = {"create": NewProductBody, "partial_update": ProductBody}
    answers: ClassVar = answers_of(ProductSerializer, "create", "partial_update")

    def rows(self) -> QuerySet[Product]:
        return all_products()

    def create_record(self, data: dict[str, Any]) -> Product:
        return services.create_product(**data)

    def change_record(self, record: Product, data: dict[str, Any]) -> Product:
        return services.update_product(product=record, changes=data)


class AttributeViewSet(Creating, Changing, NounViewSet):
    """The groups of quality. None is deleted: one without requirements is simply not used."""

    permission_classes = (ReadsDefinitions,)
    writers = (WritesDefinitions,)
    bodies: ClassVar = {"create": AttributeBody, "partial_update": AttributeBody}
    answers: ClassVar = answers_of(AttributeSerializer, "create", "partial_update")

    def rows(self) -> QuerySet[Attribute]:
        return all_attributes()

    def create_record(self, data: dict[str, Any]) -> Attribute:
        return services.create_attribute(**data)

    def change_record(self, record: Attribute, data: dict[str, Any]) -> Attribute:
        return services.update_attribute(attribute=record, changes=data)


class RatingScaleViewSet(Creating, NounViewSet):
    """How ratings are asked. A scale does not change: another one of the same name is its next version."""

    permission_classes = (ReadsDefinitions,)
    writers = (WritesDefinitions,)
    bodies: ClassVar = {"create": RatingScaleBody}
    answers: ClassVar = answers_of(RatingScaleSerializer, "create")

    def rows(self) -> QuerySet[RatingScale]:
        return rating_scales()

    def create_record(self, data: dict[str, Any]) -> RatingScale:
        return services.create_rating_scale(**data)


class RequirementViewSet(Creating, Changing, Remembering, NounViewSet):
    """The catalogue of what customers need, in any state."""

    permission_classes = (ReadsDefinitions,)
    writers = (WritesDefinitions,)
    historians = (ReadsHistory,)
    queries: ClassVar = {"list": RequirementQuery, "scales": PageQuery}
    searched = ("reference", "statement")
    bodies: ClassVar = {
        "create": NewRequirementBody,
        "partial_update": ChangedRequirementBody,
        "state": StateBody,
        "scale": ScaleBody,
        "merge": IntoRequirementBody,
    }
    answers: ClassVar = {
        **answers_of(
            RequirementSerializer, "create", "partial_update", "history", "state", "scale", "merge", "unmerge"
        ),
        "scales": pages_of(ScaleVersionSerializer),
    }

    def rows(self) -> QuerySet[Requirement]:
        return catalogue()

    def forms(self, rows: QuerySet[Any]) -> list[Form]:
        forms = super().forms(rows)
        ids = [form["id"] for form in forms]
        added(forms, "products", products_of(ids))
        added(forms, "contributions", contributions_of(ids))
        return [folded(form, RequirementSerializer) for form in forms]

    def create_record(self, data: dict[str, Any]) -> Requirement:
        scale = data.pop("scale", None)
        try:
            return services.create_requirement(
                **data, scale=NewScale(**scale) if scale else None, person=person(self.request)
            )
        except ValidationError as error:
            raise inside("scale", error, ScaleBody().fields) from None

    def change_record(self, record: Requirement, data: dict[str, Any]) -> Requirement:
        products, means_the_same = data.pop("products", None), data.pop("means_the_same", False)
        return services.update_requirement(
            requirement=record,
            changes=data,
            products=products,
            means_the_same=means_the_same,
            person=person(self.request),
        )

    @action(detail=True, methods=["post"])
    def state(self, request: Request, pk: str) -> HttpResponse:
        """Put to review, approve, retire or put back to draft; only active requirements count in the circle."""
        return self.do(
            request,
            pk,
            lambda record, data: services.change_state(requirement=record, **data, person=person(request)),
        )

    @action(detail=True, methods=["post"])
    def scale(self, request: Request, pk: str) -> HttpResponse:
        """State levels on another scale from now on: the next version. Levels of older ones count by the factor."""
        return self.do(
            request,
            pk,
            lambda record, data: services.add_scale_version(
                requirement=record, scale=NewScale(**data), person=person(request)
            ),
        )

    @action(detail=True)
    def scales(self, request: Request, pk: str) -> Response:
        """The versions of its scale, oldest first."""
        page, envelope = page_of(scales_of(self.record_of(pk)), self.query, request)
        return Response({**envelope, "results": plain_forms(page, ScaleVersionSerializer)})

    @action(detail=True, methods=["post"])
    def merge(self, request: Request, pk: str) -> HttpResponse:
        """Let it count as part of another one; its answers stay where they were given."""
        return self.do(request, pk, lambda record, data: services.merge_requirements(requirement=record, **data))

    @action(detail=True, methods=["post"])
    def unmerge(self, request: Request, pk: str) -> HttpResponse:
        """Let a merged requirement stand for itself again."""
        return self.do(request, pk, lambda record, _data: services.undo_merge(requirement=record))


class ResponsibilityViewSet(Creating, Changing, Deleting, NounViewSet):
    """Which functions contribute to a requirement: 9, 3 or 1. Its owner is a field of the requirement."""

    permission_classes = (ReadsDefinitions,)
    writers = (WritesDefinitions,)
    queries: ClassVar = {"list": ResponsibilityQuery}
    bodies: ClassVar = {"create": NewResponsibilityBody, "partial_update": ContributionBody}
    answers: ClassVar = answers_of(ResponsibilitySerializer, "create", "partial_update")

    def rows(self) -> QuerySet[Responsibility]:
        return responsibilities()

    def create_record(self, data: dict[str, Any]) -> Responsibility:
        return services.create_responsibility(**data)

    def change_record(self, record: Responsibility, data: dict[str, Any]) -> Responsibility:
        strength = data.get("strength", record.strength)
        return services.change_responsibility(responsibility=record, strength=strength)

    def delete_record(self, record: Responsibility) -> None:
        services.delete_responsibility(responsibility=record)
