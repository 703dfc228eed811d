"""Reference data of the register, for administrators."""

from typing import Any

from django.contrib import admin

from customers import services
from customers.models import ValueBand
from web.through_services import ThroughServices


@admin.register(ValueBand)
class ValueBandAdmin(ThroughServices):
    """A new weight works out anew whatever the band's customers said."""

    fields = ("name", "weight", "position")
    list_display = ("name", "weight", "position")

    def add(self, data: dict[str, Any]) -> ValueBand:
        return services.create_value_band(**data)

    def change(self, record: ValueBand, data: dict[str, Any]) -> ValueBand:
        return services.update_value_band(band=record, changes=data)

    def take_away(self, record: ValueBand) -> None:
        services.delete_value_band(band=record)
