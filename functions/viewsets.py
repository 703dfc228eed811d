from typing import ClassVar

from django.db.models import QuerySet

from functions.models import Function, SupplyLink
from functions.permissions import ReadsDefinitions
from functions.selectors import all_functions, supply_links
from functions.serializers import FunctionSerializer, SupplyLinkSerializer
from web.api_views import NounViewSet
from web.paging import pages_of


class FunctionViewSet(NounViewSet):
    """The dots of the circle: departments and teams, in ring order."""

    permission_classes = (ReadsDefinitions,)
    answers: ClassVar = {"list": pages_of(FunctionSerializer), "retrieve": FunctionSerializer}

    def rows(self) -> QuerySet[Function]:
        return all_functions()


class SupplyLinkViewSet(NounViewSet):
    """Which function supplies which, and how much of a gap that hands on."""

    permission_classes = (ReadsDefinitions,)
    answers: ClassVar = {"list": pages_of(SupplyLinkSerializer), "retrieve": SupplyLinkSerializer}

    def rows(self) -> QuerySet[SupplyLink]:
        return supply_links()
