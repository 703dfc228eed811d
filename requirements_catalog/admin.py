"""Reference data of the catalogue, for administrators."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from requirements_catalog import services
from requirements_catalog.models import Attribute, Product, RatingScale
from web.through_services import ThroughServices


class AttributeForm(forms.ModelForm):
    class Meta:
        model = Attribute
        fields = ("name", "description", "position")

    def clean_name(self) -> str:
        """The key is made of the name, so the name must make one of its own."""
        name: str = self.cleaned_data["name"]
        if self.instance.pk is None:
            key = slugify(name)[:40]
            if not key or Attribute.objects.filter(key=key).exists():
                raise ValidationError(_("Choose a name whose letters differ from the other attributes'."), "key")
        return name


@admin.register(Attribute)
class AttributeAdmin(ThroughServices):
    form = AttributeForm
    list_display = ("name", "key", "position", "is_core")

    def has_delete_permission(self, request: HttpRequest, obj: Attribute | None = None) -> bool:
        return super().has_delete_permission(request, obj) and not (obj and obj.is_core)

    def add(self, data: dict[str, Any]) -> Attribute:
        return services.create_attribute(**data)

    def change(self, record: Attribute, data: dict[str, Any]) -> Attribute:
        return services.update_attribute(attribute=record, changes=data)

    def take_away(self, record: Attribute) -> None:
        services.delete_attribute(attribute=record)


@admin.register(Product)
class ProductAdmin(ThroughServices):
    """Products are taken off the lists, not deleted."""

    fields = ("name", "is_active")
    list_display = ("name", "is_active")

    def has_delete_permission(self, request: HttpRequest, obj: Product | None = None) -> bool:
        return False

    def add(self, data: dict[str, Any]) -> Product:
        product = services.create_product(name=data.pop("name"))
        return services.update_product(product=product, changes=data)

    def change(self, record: Product, data: dict[str, Any]) -> Product:
        return services.update_product(product=record, changes=data)


@admin.register(RatingScale)
class RatingScaleAdmin(ThroughServices):
    """A changed scale is a new version: add one under the same name."""

    fields = ("name", "minimum", "maximum", "satisfied_from")
    list_display = ("name", "version", "minimum", "maximum", "satisfied_from")

    def has_change_permission(self, request: HttpRequest, obj: RatingScale | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: RatingScale | None = None) -> bool:
        return False

    def add(self, data: dict[str, Any]) -> RatingScale:
        return services.create_rating_scale(**data)
