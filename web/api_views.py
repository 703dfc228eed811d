"""What every address of the API shares: a strict query, JSON in and out, refusals that are slow for guessers."""

from typing import Any, ClassVar

from rest_framework import exceptions, viewsets
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from web.paging import CursorQuery
from web.queries import Query, read_query
from web.throttles import RefusedPerAddress

IDEMPOTENCY_KEY = {"Idempotency-Key": "1 to 100 visible ASCII characters; kept for seven days."}
IF_MATCH = {"If-Match": "The ETag of the record as you read it."}
HEADERS_OF_METHOD = {"POST": IDEMPOTENCY_KEY, "PATCH": IF_MATCH, "DELETE": IF_MATCH}


class Closed(BasePermission):
    """Nobody writes where nothing says who may."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return False


class ApiViewSet(viewsets.ViewSet):
    """`queries` names the parameters by action (one that is not named takes none), `bodies` what it takes, `answers`
    what it answers. `permission_classes` says who may read, `writers` who may send anything else.

    `query` holds the checked parameters when the action begins.
    """

    queries: ClassVar[dict[str, type[Query]]] = {}
    bodies: ClassVar[dict[str, Any]] = {}
    answers: ClassVar[dict[str, type[BaseSerializer[Any]]]] = {}
    writers: ClassVar[tuple[type[BasePermission], ...]] = (Closed,)
    # Actions that others than the writers may do.
    doers: ClassVar[dict[str, tuple[type[BasePermission], ...]]] = {}
    historians: ClassVar[tuple[type[BasePermission], ...]] = (Closed,)
    answers_later: ClassVar[frozenset[str]] = frozenset()  # 202: a job does it
    basename = ""
    http_method_names = ("get", "head", "post", "patch", "delete")
    # Ids are 32-bit in the projection: a longer number is no id, so there is no such address.
    lookup_value_regex = "[0-9]{1,9}"
    lookup_field = "pk"
    query: dict[str, Any]
    # The rights of whoever asks: functions.permissions puts them here, which this room may not name.
    access: Any
    # Which day a moment lies in, by the clock of the program; it stands there, too.
    day_of: Any

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if (request.method or "").lower() in self.action_map:
            self.query = read_query(self.query_class(), request.query_params)

    def query_class(self) -> type[Query]:
        return self.queries.get(self.action or "", CursorQuery if self.action == "history" else Query)

    def get_permissions(self) -> list[Any]:
        method = self.request.method or ""
        if method not in SAFE_METHODS and method.lower() in self.action_map:
            return [each() for each in self.doers.get(self.action or "", self.writers)]
        return [each() for each in (self.historians if self.action == "history" else self.permission_classes)]

    def request_headers(self) -> dict[str, str]:
        """Return the headers that the description names for this action."""
        return HEADERS_OF_METHOD.get(self.request.method or "", {})

    def handle_exception(self, exc: Exception) -> Response:
        refused = (exceptions.NotAuthenticated, exceptions.AuthenticationFailed)
        throttle = RefusedPerAddress()
        if isinstance(exc, refused) and not throttle.allow_request(self.request, self):
            exc = exceptions.Throttled(throttle.wait())
        return super().handle_exception(exc)
