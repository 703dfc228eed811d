"""What every address of the API shares: a strict query, JSON in and out, refusals that are slow for guessers."""

from typing import Any, ClassVar

from rest_framework import exceptions, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from web.queries import Query, read_query
from web.throttles import RefusedPerAddress


class ApiViewSet(viewsets.ViewSet):
    """`queries` names the parameters by action; an action that is not named takes none.

    `query` holds them when the action begins.
    """

    queries: ClassVar[dict[str, type[Query]]] = {}
    # Ids are 32-bit in the projection: a longer number is no id, so there is no such address.
    lookup_value_regex = "[0-9]{1,9}"
    lookup_field = "pk"
    query: dict[str, Any]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if self.action is not None:
            self.query = read_query(self.query_class(), request.query_params)

    def query_class(self) -> type[Query]:
        return self.queries.get(self.action or "", Query)

    def handle_exception(self, exc: Exception) -> Response:
        refused = (exceptions.NotAuthenticated, exceptions.AuthenticationFailed)
        throttle = RefusedPerAddress()
        if isinstance(exc, refused) and not throttle.allow_request(self.request, self):
            exc = exceptions.Throttled(throttle.wait())
        return super().handle_exception(exc)
