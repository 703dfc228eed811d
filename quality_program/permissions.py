"""What the API answers where nobody said who may."""

from rest_framework.permissions import BasePermission
from rest_framework.request import Request


class Nobody(BasePermission):
    """The default: a view that forgets to name its permissions is closed, not open."""

    # `view` is an APIView, which cannot be named here: its module is what imports this one.
    def has_permission(self, request: Request, view: object) -> bool:
        return False
