"""What every address of the API shares: a strict query, JSON in and out, refusals that are slow for guessers."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from rest_framework import exceptions, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from web.paging import PageQuery, page_of
from web.queries import Query, read_query
from web.throttles import RefusedPerAddress


class ApiViewSet(viewsets.ViewSet):
    """`queries` names the parameters by action (one that is not named takes none), `answers` what it answers.

    `query` holds the checked parameters when the action begins.
    """

    queries: ClassVar[dict[str, type[Query]]] = {}
    answers: ClassVar[dict[str, type[BaseSerializer[Any]]]] = {}
    basename = ""
    http_method_names = ("get", "head", "post")
    # Ids are 32-bit in the projection: a longer number is no id, so there is no such address.
    lookup_value_regex = "[0-9]{1,9}"
    lookup_field = "pk"
    query: dict[str, Any]
    # The rights of whoever asks: functions.permissions puts them here, which this room may not name.
    access: Any

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if (request.method or "").lower() in self.action_map:
            self.query = read_query(self.query_class(), request.query_params)

    def query_class(self) -> type[Query]:
        return self.queries.get(self.action or "", Query)

    def handle_exception(self, exc: Exception) -> Response:
        refused = (exceptions.NotAuthenticated, exceptions.AuthenticationFailed)
        throttle = RefusedPerAddress()
        if isinstance(exc, refused) and not throttle.allow_request(self.request, self):
            exc = exceptions.Throttled(throttle.wait())
        return super().handle_exception(exc)


class NounViewSet(ApiViewSet):
    """Read-only list and single view of one kind of record; `rows` says which ones the reader may see."""

    queries: ClassVar[dict[str, type[Query]]] = {"list": PageQuery}

    def rows(self) -> QuerySet[Any]:
        raise NotImplementedError

    def list(self, request: Request) -> Response:
        rows, envelope = page_of(self.rows(), self.query, request)
        return Response({**envelope, "results": self.answers["retrieve"](rows, many=True).data})

    def retrieve(self, request: Request, pk: str) -> Response:
        return Response(self.answers["retrieve"](get_object_or_404(self.rows(), pk=int(pk))).data)
