"""Letters of the loop and editions of 'you said, we did', for programs: the same steps as on the pages, and the same
rule that somebody else approves."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar

from django.db.models import Count, QuerySet, prefetch_related_objects
from django.http import HttpResponse
from django.utils import timezone
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request

from customers.models import Contact
from functions.models import Program
from functions.permissions import ReadsRegister, WritesRegister
from functions.selectors import program
from improvements import loop, publications
from improvements.loop_models import Telling, TellingPart
from improvements.loop_selectors import parts_of, recipients_of, tellings
from improvements.loop_serializers import (
    ApproveBody,
    NewPublicationBody,
    NewTellingBody,
    PublicationBody,
    PublicationQuery,
    PublicationSerializer,
    RecipientsSerializer,
    TellingBody,
    TellingQuery,
    TellingSerializer,
)
from improvements.publication_models import Publication
from web.nouns import Changing, Creating, Form, NounViewSet, answers_of
from web.problems import NO_SUCH_THING, conflicts

# Refusals that say that somebody else was first.
TELLING_CONFLICTS = ("sent", "discarded", "changed_meanwhile", "moved")
EDITION_CONFLICTS = ("draft", "published", "discarded", "changed_meanwhile", "not_public")


def ask_again_days() -> int:
    return (program() or Program()).ask_again_days


def check_belong(named: Collection[int], there: Collection[int], where: str) -> None:
    """Refuse words for a part that is not of this record: they would be lost without a word."""
    if set(named) - set(there):
        raise serializers.ValidationError({where: [serializers.ErrorDetail(NO_SUCH_THING, "does_not_exist")]})


class TellingViewSet(Creating, Changing, NounViewSet):
    """Letters that tell those who raised actions what became of them: prepared, approved by somebody else, sent."""

    permission_classes = (ReadsRegister,)
    writers = (WritesRegister,)
    queries: ClassVar = {"list": TellingQuery}
    bodies: ClassVar = {"create": NewTellingBody, "partial_update": TellingBody, "approve": ApproveBody}
    answers: ClassVar = {
        **answers_of(TellingSerializer, "create", "partial_update", "approve", "discard"),
        "recipients": RecipientsSerializer,
    }

    def rows(self) -> QuerySet[Telling]:
        return tellings().annotate(letter_count=Count("letters"))

    def forms(self, rows: QuerySet[Any]) -> list[Form]:
        found = list(rows)
        prefetch_related_objects(found, "parts")
        return [form_of_telling(each, list(each.parts.all())) for each in found]

    def create_record(self, data: dict[str, Any]) -> Telling:
        user: Any = self.request.user
        with conflicts("prepared"):
            return loop.prepare_telling(actions=data["actions"], by=user, now=timezone.now())

    def change_record(self, record: Telling, data: dict[str, Any]) -> Telling:
        user: Any = self.request.user
        words = {each["part"]: each["words"] for each in data.get("parts", ())}
        check_belong(words, record.parts.values_list("pk", flat=True), "parts")
        said = {name: data.get(name, getattr(record, name)) for name in ("subject", "intro")}
        with conflicts(*TELLING_CONFLICTS):
            return loop.change_telling(telling=record, **said, words=words, by=user, now=timezone.now())

    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str) -> HttpResponse:
        """Send it, as somebody else than who wrote the words: each person gets one letter, and none twice."""
        user: Any = request.user

        def deed(record: Telling, data: dict[str, Any]) -> Telling:
            with conflicts(*TELLING_CONFLICTS):
                return loop.approve_telling(
                    telling=record, **data, by=user, now=timezone.now(), ask_again_days=ask_again_days()
                )

        return self.do(request, pk, deed)

    @action(detail=True, methods=["post"])
    def discard(self, request: Request, pk: str) -> HttpResponse:
        """Put a draft away. It is answered once more, and then it does not exist any more."""

        def act() -> Form:
            record = self.record_of(pk)
            self.body(request)
            with conflicts(*TELLING_CONFLICTS):
                gone = loop.discard_telling(telling=record)
            gone.letter_count = 0  # type: ignore[attr-defined]  # as rows() has it
            return form_of_telling(gone, parts_of(gone))

        self.record_of(pk)
        return self.act(request, act)

    @action(detail=True)
    def recipients(self, request: Request, pk: str) -> HttpResponse:
        """Who would get a letter if it were approved now, with which parts, and who would not, and why."""
        record = self.record_of(pk)
        found = recipients_of(parts_of(record), today=self.today, ask_again_days=ask_again_days())
        going = [reader(contact, parts) for contact, parts in found.going]
        left_out = [reader(each.contact, (), why=each.sentence) for each in found.left_out]
        return self.kept(request, {"id": record.pk, "going": going, "left_out": left_out})


def reader(contact: Contact, parts: Sequence[TellingPart], *, why: str = "") -> Form:
    return {
        "contact": contact.pk, "customer": contact.customer_id, "parts": [each.pk for each in parts], "why": why,
    }  # fmt: skip


def form_of_telling(telling: Any, parts: Sequence[TellingPart]) -> Form:
    is_draft = telling.state == Telling.State.DRAFT
    return {
        "id": telling.pk, "state": telling.state, "subject": telling.subject, "intro": telling.intro,
        "prepared_by_name": telling.prepared_by_name, "prepared_at": telling.prepared_at,
        "approved_by_name": telling.approved_by_name, "approved_at": telling.approved_at,
        "letters": telling.letter_count,
        "parts": [
            {"id": each.pk, "action": each.action_id, "step": each.step, "words": each.words} for each in parts
        ],
        "shown": loop.said_by(telling, parts) if is_draft else "",
    }  # fmt: skip


class PublicationViewSet(Creating, Changing, NounViewSet):
    """Editions of 'you said, we did': prepared from effective actions, published by somebody else, withdrawn."""

    permission_classes = (ReadsRegister,)
    writers = (WritesRegister,)
    queries: ClassVar = {"list": PublicationQuery}
    bodies: ClassVar = {"create": NewPublicationBody, "partial_update": PublicationBody, "publish": ApproveBody}
    answers: ClassVar = answers_of(PublicationSerializer, "create", "partial_update", "publish", "withdraw", "discard")

    def rows(self) -> QuerySet[Publication]:
        return publications.publications()

    def forms(self, rows: QuerySet[Any]) -> list[Form]:
        return forms_of_editions(list(rows))

    def create_record(self, data: dict[str, Any]) -> Publication:
        user: Any = self.request.user
        with conflicts(*EDITION_CONFLICTS):
            return publications.prepare_publication(actions=data["actions"], by=user, now=timezone.now())

    def change_record(self, record: Publication, data: dict[str, Any]) -> Publication:
        user: Any = self.request.user
        words = {each["item"]: (each["said"], each["did"]) for each in data.get("items", ())}
        check_belong(words, record.items.values_list("pk", flat=True), "items")
        intro = data.get("intro", record.intro)
        with conflicts(*EDITION_CONFLICTS):
            return publications.change_publication(
                publication=record, intro=intro, words=words, by=user, now=timezone.now()
            )

    @action(detail=True, methods=["post"])
    def publish(self, request: Request, pk: str) -> HttpResponse:
        """Make it what everybody reads, as somebody else than who wrote the words; what was public is replaced."""
        user: Any = request.user

        def deed(record: Publication, data: dict[str, Any]) -> Publication:
            with conflicts(*EDITION_CONFLICTS):
                return publications.publish(publication=record, **data, by=user, now=timezone.now())

        return self.do(request, pk, deed)

    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> HttpResponse:
        """Take what is public off."""
        user: Any = request.user

        def deed(record: Publication, _data: Mapping[str, Any]) -> Publication:
            with conflicts(*EDITION_CONFLICTS):
                return publications.withdraw_publication(publication=record, by=user, now=timezone.now())

        return self.do(request, pk, deed)

    @action(detail=True, methods=["post"])
    def discard(self, request: Request, pk: str) -> HttpResponse:
        """Put a draft away. It is answered once more, and then it does not exist any more."""

        def act() -> Form:
            record = self.record_of(pk)
            self.body(request)
            with conflicts(*EDITION_CONFLICTS):
                gone = publications.discard_publication(publication=record)
            return forms_of_editions([gone])[0]

        self.record_of(pk)
        return self.act(request, act)


def forms_of_editions(editions: Sequence[Publication]) -> list[Form]:
    """Return editions as the API writes them (1 query, and 2 for the draft)."""
    prefetch_related_objects(editions, "items")
    return [form_of_edition(each) for each in editions]


def form_of_edition(edition: Publication) -> Form:
    is_draft = edition.state == Publication.State.DRAFT
    return {
        "id": edition.pk, "state": edition.state, "intro": edition.intro,
        "prepared_by_name": edition.prepared_by_name, "prepared_at": edition.prepared_at,
        "approved_by_name": edition.approved_by_name, "approved_at": edition.approved_at,
        "withdrawn_by_name": edition.withdrawn_by_name, "withdrawn_at": edition.withdrawn_at,
        "items": [
            {
                "id": each.pk, "action": each.action_id, "said": each.said, "did": each.did, "done_on": each.done_on,
                "people": each.people, "customers": each.customers,
            }
            for each in edition.items.all()
        ],
        "shown": publications.shown_by(edition) if is_draft else "",
    }  # fmt: skip
