"""The admin as one more door: it writes through the services, so it leaves the same markers as pages and API."""

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest


class ThroughServices(admin.ModelAdmin):
    """Reference data. A subclass says which service adds, changes and takes away a row."""

    # The bulk deletion would go past the services.
    actions = None

    def add(self, data: dict[str, Any]) -> Model:
        raise NotImplementedError

    def change(self, record: Any, data: dict[str, Any]) -> Model:
        raise NotImplementedError

    def take_away(self, record: Any) -> None:
        raise NotImplementedError

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        data = {name: value for name, value in form.cleaned_data.items() if name in form.Meta.fields}
        stored = self.change(obj, data) if change else self.add(data)
        obj.__dict__.update(stored.__dict__)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self.take_away(obj)
