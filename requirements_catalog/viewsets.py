from typing import ClassVar

from django.db.models import QuerySet

from functions.permissions import ReadsDefinitions
from requirements_catalog.models import Product, Requirement
from requirements_catalog.selectors import all_products, catalogue
from requirements_catalog.serializers import ProductSerializer, RequirementQuery, RequirementSerializer
from web.api_views import NounViewSet
from web.paging import pages_of


class ProductViewSet(NounViewSet):
    """What the requirements are about."""

    permission_classes = (ReadsDefinitions,)
    answers: ClassVar = {"list": pages_of(ProductSerializer), "retrieve": ProductSerializer}

    def rows(self) -> QuerySet[Product]:
        return all_products()


class RequirementViewSet(NounViewSet):
    """The catalogue of what customers need, in any state."""

    permission_classes = (ReadsDefinitions,)
    queries: ClassVar = {"list": RequirementQuery}
    answers: ClassVar = {"list": pages_of(RequirementSerializer), "retrieve": RequirementSerializer}

    def rows(self) -> QuerySet[Requirement]:
        wanted = self.query
        return catalogue(
            attribute=wanted.get("attribute"),
            owner=wanted.get("owner"),
            products=wanted.get("product"),
            state=wanted.get("state"),
        )
