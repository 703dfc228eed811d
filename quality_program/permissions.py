"""What the API answers where nobody said who may."""

from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView


class Nobody(BasePermission):
    """The default: a view that forgets to name its permissions is closed, not open."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return False
