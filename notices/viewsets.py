"""Notices, endpoints and deliveries for programs."""

from datetime import datetime
from typing import Any, ClassVar

from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet
from django.http import HttpResponse
from django.utils import timezone
from rest_framework.decorators import action
from rest_framework.request import Request

from accounts.mailing import public_address
from functions.access import person
from functions.permissions import KeepsSources, MarksNotices, ReadsNotices, ReadsSources
from notices import endpoints, inbox
from notices.models import TYPES, Delivery, Endpoint, Kind, Notice
from notices.selectors import Told, deliveries_for, endpoints_for, notices_of, told, with_counts
from notices.serializers import (
    ChangedEndpointBody,
    DeliveryQuery,
    DeliverySerializer,
    EndpointQuery,
    EndpointSerializer,
    NewEndpointBody,
    NoticeQuery,
    NoticeSerializer,
    ReadAllBody,
    ReadAllSerializer,
)
from web.nouns import Changing, Creating, Deleting, Form, NounViewSet, answers_of


class NoticeViewSet(NounViewSet):
    """What the owner of the token was told, newest first; nobody reads another person's."""

    permission_classes = (ReadsNotices,)
    writers = (MarksNotices,)
    queries: ClassVar = {"list": NoticeQuery}
    bodies: ClassVar = {"read_all": ReadAllBody}
    answers: ClassVar = {**answers_of(NoticeSerializer, "read"), "read_all": ReadAllSerializer}

    def rows(self) -> QuerySet[Notice]:
        is_read = ExpressionWrapper(Q(read_at__isnull=False), output_field=BooleanField())
        return notices_of(self.access).annotate(is_read=is_read)

    def forms(self, rows: QuerySet[Any]) -> list[Form]:
        notices = list(rows)
        words = told(notices, self.access)
        return [form_of(notice, words[notice.pk]) for notice in notices]

    @action(detail=True, methods=["post"])
    def read(self, request: Request, pk: str) -> HttpResponse:
        """Mark it as read; the first time counts."""
        return self.do(request, pk, lambda record, _data: inbox.mark_read(notice=record, now=timezone.now()))

    @action(detail=False, methods=["post"], url_path="read-all", url_name="read-all")
    def read_all(self, request: Request) -> HttpResponse:
        """Mark all as read that were told up to a moment."""
        now, me = timezone.now(), person(request)

        def act() -> Form:
            until: datetime = self.body(request).get("until", now)
            return {"read": inbox.mark_all_read(person=me, until=min(until, now), now=now)}

        return self.act(request, act)


def form_of(notice: Notice, said: Told) -> Form:
    event, may_read = notice.event, said.is_readable
    return {
        "id": notice.pk, "kind": event.kind, "about": event.about if may_read else None,
        "name": said.about if may_read else None, "said": said.said,
        "url": public_address(said.url) if may_read else None, "direction": (event.way or None) if may_read else None,
        "day": event.day if may_read else None, "told_at": notice.told_at, "read_at": notice.read_at,
    }  # fmt: skip


class EndpointViewSet(Creating, Changing, Deleting, NounViewSet):
    """Addresses that are sent what happens, signed as Standard Webhooks writes it."""

    permission_classes = (ReadsSources,)
    writers = (KeepsSources,)
    queries: ClassVar = {"list": EndpointQuery}
    searched = ("description", "url")
    bodies: ClassVar = {"create": NewEndpointBody, "partial_update": ChangedEndpointBody}
    answers: ClassVar = answers_of(EndpointSerializer, "create", "partial_update", "test")

    def rows(self) -> QuerySet[Endpoint]:
        return with_counts(endpoints_for(self.access))

    def forms(self, rows: QuerySet[Any]) -> list[Form]:
        return [{name: getattr(row, name) for name in EndpointSerializer.Meta.fields} for row in rows]

    def create_record(self, data: dict[str, Any]) -> Endpoint:
        made, _secret = endpoints.create_endpoint(**data, by=person(self.request), now=timezone.now())
        return made

    def change_record(self, record: Endpoint, data: dict[str, Any]) -> Endpoint:
        return endpoints.change_endpoint(endpoint=record, changes=data, now=timezone.now())

    def delete_record(self, record: Endpoint) -> None:
        endpoints.delete_endpoint(endpoint=record)

    @action(detail=True, methods=["post"])
    def test(self, request: Request, pk: str) -> HttpResponse:
        """Send it a message of the type endpoint.test; its deliveries say what became of it."""
        by, now = person(request), timezone.now()
        return self.do(request, pk, lambda record, _data: endpoints.send_test(endpoint=record, by=by, now=now))


class DeliveryViewSet(NounViewSet):
    """What was sent to endpoints, and what they answered, newest first; kept for 90 days."""

    permission_classes = (ReadsSources,)
    writers = (KeepsSources,)
    queries: ClassVar = {"list": DeliveryQuery}
    answers: ClassVar = answers_of(DeliverySerializer, "again")

    def rows(self) -> QuerySet[Delivery]:
        return deliveries_for(self.access)

    def forms(self, rows: QuerySet[Any]) -> list[Form]:
        forms = super().forms(rows)
        for form in forms:
            form["type"] = TYPES[Kind(form["type"])]
        return forms

    @action(detail=True, methods=["post"])
    def again(self, request: Request, pk: str) -> HttpResponse:
        """Send what was taken or given up again, under the same webhook-id."""
        now = timezone.now()
        return self.do(request, pk, lambda record, _data: endpoints.send_again(delivery=record, now=now))
