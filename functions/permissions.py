"""The doors of the API: a token opens what its scopes name, and never more than its owner may."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.authentication import scopes_of
from accounts.models import Scope
from functions.selectors import Access, scope_for


class IsMember(BasePermission):
    """Whoever has a role in the program; the view finds the person's rights in `access`."""

    message = "You have no role in this program. An administrator can give you one."

    def has_permission(self, request: Request, view: Any) -> bool:
        if not request.user.is_authenticated:
            return False
        view.access = scope_for(request.user)
        return bool(view.access.is_member)


class _Scoped(IsMember):
    """A member whose token has one of these scopes."""

    scopes: tuple[Scope, ...] = ()

    def has_permission(self, request: Request, view: Any) -> bool:
        if not super().has_permission(request, view):
            return False
        self.message = f"This needs a token with the scope {' or '.join(self.scopes)}."
        return not scopes_of(request.auth).isdisjoint(self.scopes)


class ReadsScores(_Scoped):
    scopes = (Scope.READ_SCORES,)


class ReadsDefinitions(_Scoped):
    """Whoever reads scores or pushes measurements has to know what the ids mean."""

    scopes = (Scope.READ_SCORES, Scope.PUSH_MEASUREMENTS, Scope.READ_EVIDENCE)


class ReadsMeasurements(_Scoped):
    scopes = (Scope.READ_EVIDENCE, Scope.PUSH_MEASUREMENTS)


class PushesMeasurements(_Scoped):
    scopes = (Scope.PUSH_MEASUREMENTS,)

    def has_permission(self, request: Request, view: Any) -> bool:
        if not super().has_permission(request, view):
            return False
        access: Access = view.access
        self.message = "Measurements come from specialists, and from heads and deputies for their own function."
        return access.is_specialist or bool(access.functions)
