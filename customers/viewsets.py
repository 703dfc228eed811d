from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpResponse
from rest_framework.decorators import action
from rest_framework.request import Request

from customers import services
from customers.models import Contact, Customer, ProductUse, Stratum, ValueBand
from customers.selectors import all_contacts, periods_of, product_uses, register, segments, value_bands
from customers.serializers import (
    ContactBody,
    ContactQuery,
    ContactSerializer,
    CustomerBody,
    CustomerQuery,
    CustomerSerializer,
    IntoCustomerBody,
    LifecycleBody,
    NewContactBody,
    NewCustomerBody,
    NewProductUseBody,
    ProductUseBody,
    ProductUseQuery,
    ProductUseSerializer,
    SegmentSerializer,
    ValueBandBody,
    ValueBandSerializer,
)
from functions.permissions import ReadsRegister, WritesRegister
from web.nouns import Changing, Creating, Deleting, Form, NounViewSet, added, answers_of, folded


class CustomerViewSet(Creating, Changing, NounViewSet):
    """The register: organisations, and functions as internal customers."""

    noted_as = "customers"
    permission_classes = (ReadsRegister,)
    writers = (WritesRegister,)
    queries: ClassVar = {"list": CustomerQuery}
    searched = ("name", "domain", "external_id")
    bodies: ClassVar = {
        "create": NewCustomerBody,
        "partial_update": CustomerBody,
        "lifecycle": LifecycleBody,
        "merge": IntoCustomerBody,
    }
    answers: ClassVar = answers_of(CustomerSerializer, "create", "partial_update", "lifecycle", "merge", "unmerge")

    def rows(self) -> QuerySet[Customer]:
        return register()

    def forms(self, rows: QuerySet[Any]) -> list[Form]:
        forms = super().forms(rows)
        added(forms, "lifecycle_periods", periods_of([form["id"] for form in forms]))
        return [folded(form, CustomerSerializer) for form in forms]

    def create_record(self, data: dict[str, Any]) -> Customer:
        return services.create_customer(today=self.today, **data)

    def change_record(self, record: Customer, data: dict[str, Any]) -> Customer:
        is_correction = data.pop("is_correction", False)
        return services.update_customer(customer=record, changes=data, is_correction=is_correction)

    @action(detail=True, methods=["post"])
    def lifecycle(self, request: Request, pk: str) -> HttpResponse:
        """Say that a customer has been prospective, current or past since a day; interviews since then follow."""
        return self.do(request, pk, self._move)

    def _move(self, record: Customer, data: dict[str, Any]) -> Customer:
        move = services.correct_lifecycle if data.pop("is_correction", False) else services.change_lifecycle
        return move(customer=record, today=self.today, **data)

    @action(detail=True, methods=["post"])
    def merge(self, request: Request, pk: str) -> HttpResponse:
        """Let it count as part of another one; contacts, interviews and product uses stay where they are."""
        return self.do(request, pk, lambda record, data: services.merge_customers(customer=record, **data))

    @action(detail=True, methods=["post"])
    def unmerge(self, request: Request, pk: str) -> HttpResponse:
        """Let a merged customer stand for itself again."""
        return self.do(request, pk, lambda record, _data: services.undo_merge(customer=record))


class ContactViewSet(Creating, Changing, NounViewSet):
    """People at customers. Who was asked stays in the evidence, so a contact is made inactive, not deleted."""

    noted_as = "contacts"
    permission_classes = (ReadsRegister,)
    writers = (WritesRegister,)
    queries: ClassVar = {"list": ContactQuery}
    searched = ("name", "position", "email", "customer__name")
    bodies: ClassVar = {"create": NewContactBody, "partial_update": ContactBody}
    answers: ClassVar = answers_of(ContactSerializer, "create", "partial_update")

    def rows(self) -> QuerySet[Contact]:
        return all_contacts()

    def create_record(self, data: dict[str, Any]) -> Contact:
        return services.create_contact(today=self.today, **data)

    def change_record(self, record: Contact, data: dict[str, Any]) -> Contact:
        return services.update_contact(contact=record, changes=data, today=self.today)


class ProductUseViewSet(Creating, Changing, Deleting, NounViewSet):
    """Which customer uses or considers which product, since and until when, and what is unique about it."""

    permission_classes = (ReadsRegister,)
    writers = (WritesRegister,)
    queries: ClassVar = {"list": ProductUseQuery}
    bodies: ClassVar = {"create": NewProductUseBody, "partial_update": ProductUseBody}
    answers: ClassVar = answers_of(ProductUseSerializer, "create", "partial_update")

    def rows(self) -> QuerySet[ProductUse]:
        return product_uses()

    def create_record(self, data: dict[str, Any]) -> ProductUse:
        return services.create_product_use(**data)

    def change_record(self, record: ProductUse, data: dict[str, Any]) -> ProductUse:
        return services.update_product_use(use=record, changes=data)

    def delete_record(self, record: ProductUse) -> None:
        services.delete_product_use(use=record)


class ValueBandViewSet(Creating, Changing, Deleting, NounViewSet):
    """The table of weights. A new weight works out anew whatever the band's customers said."""

    permission_classes = (ReadsRegister,)
    writers = (WritesRegister,)
    bodies: ClassVar = {"create": ValueBandBody, "partial_update": ValueBandBody}
    answers: ClassVar = answers_of(ValueBandSerializer, "create", "partial_update")

    def rows(self) -> QuerySet[ValueBand]:
        return value_bands()

    def create_record(self, data: dict[str, Any]) -> ValueBand:
        return services.create_value_band(**data)

    def change_record(self, record: ValueBand, data: dict[str, Any]) -> ValueBand:
        return services.update_value_band(band=record, changes=data)

    def delete_record(self, record: ValueBand) -> None:
        services.delete_value_band(band=record)


class SegmentViewSet(NounViewSet):
    """The segments in which interviews stand. They come by themselves, from the customers of the interviews."""

    permission_classes = (ReadsRegister,)
    answers: ClassVar = answers_of(SegmentSerializer)

    def rows(self) -> QuerySet[Stratum]:
        return segments()
