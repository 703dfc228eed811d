"""Management reviews for programs: begun on a kept day, noted, decided, closed; read by everybody when closed."""

from collections.abc import Mapping
from typing import Any, ClassVar, cast

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request

from accounts.models import User
from dashboard.reporting import start_pdf
from dashboard.review_forms import NOT_KEPT
from dashboard.review_page import draw_review
from dashboard.review_sections import SECTIONS
from functions.permissions import KeepsScores, ReadsScores
from functions.selectors import program, program_day
from gap_scores.selectors import is_kept, kept_on
from improvements import reviews as services
from improvements.action_selectors import people_to_own
from improvements.report_models import LONGEST_TITLE
from improvements.review_models import (
    LONGEST_NOTE,
    LONGEST_SENTENCE,
    LONGEST_WHO,
    Review,
    ReviewDecision,
)
from web.bodies import Body, Reference, Text, YesNo
from web.nouns import (
    Changing,
    Creating,
    Deleting,
    Form,
    NounViewSet,
    SearchQuery,
    added,
    answers_of,
    id_filter,
    ordering,
)
from web.paging import PageQuery
from web.problems import conflicts

# Refusals that say that somebody else was first.
CONFLICTS = ("closed", "has_actions", "moved")


def people_to_name(_access: Any) -> QuerySet[User]:
    return people_to_own()


class NoteSerializer(serializers.Serializer[Any]):
    section = serializers.ChoiceField(choices=[(key, key) for key in SECTIONS])
    text = serializers.CharField()


class ReviewSerializer(serializers.ModelSerializer[Review]):
    """A management review. `report`: its frozen text, of a closed one (`reports`)."""

    as_of = serializers.DateField(source="snapshot.as_of")
    snapshot = serializers.IntegerField(source="snapshot_id", read_only=True)
    report = serializers.IntegerField(source="report_id", read_only=True, allow_null=True)
    notes = NoteSerializer(many=True, read_only=True)

    class Meta:
        model = Review
        fields: ClassVar = [
            "id", "title", "held_on", "as_of", "snapshot", "took_part", "state", "nothing_decided", "created_by_name",
            "created_at", "closed_by_name", "closed_at", "report", "notes",
        ]  # fmt: skip
        read_only_fields = fields


class ReviewQuery(SearchQuery):
    state = serializers.ChoiceField(choices=Review.State.choices, required=False)
    ordering = ordering("-held_on", "id")


class NewReviewBody(Body):
    as_of = serializers.DateField(help_text="A kept day: what the review is of.")
    title = Text(max_length=LONGEST_TITLE)
    held_on = serializers.DateField()
    took_part = Text(max_length=LONGEST_WHO, required=False)


class ReviewBody(Body):
    title = Text(max_length=LONGEST_TITLE)
    held_on = serializers.DateField()
    took_part = Text(max_length=LONGEST_WHO, required=False)


class NoteBody(Body):
    """text: '' takes the note out. seen: what stood there when you read it; another text by now is refused."""

    section = serializers.ChoiceField(choices=[(key, key) for key in SECTIONS])
    text = Text(max_length=LONGEST_NOTE, allow_blank=True)
    seen = Text(max_length=LONGEST_NOTE, required=False)


class CloseBody(Body):
    nothing_decided = YesNo(required=False, help_text="Has to be said where no decision is kept.")


class ReviewViewSet(Creating, Changing, Deleting, NounViewSet):
    """Management reviews: specialists prepare them, everybody in the program reads those that are closed."""

    permission_classes = (ReadsScores,)
    writers = (KeepsScores,)
    queries: ClassVar = {"list": ReviewQuery}
    searched = ("title",)
    bodies: ClassVar = {
        "create": NewReviewBody, "partial_update": ReviewBody, "note": NoteBody, "close": CloseBody,
    }  # fmt: skip
    answers: ClassVar = answers_of(ReviewSerializer, "create", "partial_update", "note", "close")

    def rows(self) -> QuerySet[Review]:
        return services.reviews_for(self.access)

    def forms(self, rows: QuerySet[Any]) -> list[Form]:
        forms = super().forms(rows)
        notes = services.notes_of_reviews([form["id"] for form in forms])
        added(forms, "notes", ((pk, {"section": section, "text": text}) for pk, section, text in notes))
        return forms

    def create_record(self, data: dict[str, Any]) -> Review:
        user, day = cast("User", self.request.user), data.pop("as_of")
        if not is_kept(day):
            raise ValidationError({"as_of": ValidationError(NOT_KEPT, code="not_kept")})
        return services.begin_review(snapshot=kept_on(day), **data, by_name=str(user), now=timezone.now())

    def change_record(self, record: Review, data: dict[str, Any]) -> Review:
        with conflicts(*CONFLICTS):
            return services.change_review(review=record, changes=data)

    def delete_record(self, record: Review) -> None:
        with conflicts(*CONFLICTS):
            services.remove_review(review=record)

    @action(detail=True, methods=["post"])
    def note(self, request: Request, pk: str) -> HttpResponse:
        """Keep what those who met said about one section."""

        def deed(record: Review, data: dict[str, Any]) -> None:
            section = data["section"]
            with conflicts(*CONFLICTS):
                services.write_notes(review=record, notes={section: data["text"]}, seen={section: data.get("seen", "")})

        return self.do(request, pk, deed)

    @action(detail=True, methods=["post"])
    def close(self, request: Request, pk: str) -> HttpResponse:
        """Freeze it: its text and its decisions do not change any more, and everybody in the program reads it."""
        user, now, its = cast("User", request.user), timezone.now(), program()

        def deed(record: Review, data: Mapping[str, Any]) -> None:
            with conflicts(*CONFLICTS):
                closed = services.close_review(
                    review=record, draw=lambda locked: draw_review(locked, program=its, today=program_day(now)),
                    nothing_decided=data.get("nothing_decided", False), by=user, by_name=str(user), now=now,
                )  # fmt: skip
            if closed.report:
                start_pdf(report=closed.report, user=user)

        return self.do(request, pk, deed)


class ReviewDecisionSerializer(serializers.ModelSerializer[ReviewDecision]):
    """What a review decided. Actions that came of it name it: `origin_key` is `decision:` with its id."""

    review = serializers.IntegerField(source="review_id", read_only=True)
    responsible = serializers.IntegerField(source="responsible_id", read_only=True, allow_null=True)

    class Meta:
        model = ReviewDecision
        fields: ClassVar = ["id", "review", "sentence", "kind", "responsible", "due_on"]
        read_only_fields = fields


class ReviewDecisionQuery(PageQuery):
    review = id_filter("Review")
    kind = serializers.ChoiceField(choices=ReviewDecision.Kind.choices, required=False)
    ordering = ordering("id", "due_on")


class ReviewDecisionBody(Body):
    sentence = Text(max_length=LONGEST_SENTENCE)
    kind = serializers.ChoiceField(choices=ReviewDecision.Kind.choices, required=False)
    responsible = Reference(people_to_name, required=False, allow_null=True)
    due_on = serializers.DateField(required=False, allow_null=True)


def reviews_to_name(access: Any) -> QuerySet[Review]:
    return services.reviews_for(access)


class NewReviewDecisionBody(ReviewDecisionBody):
    review = Reference(reviews_to_name)


class ReviewDecisionViewSet(Creating, Changing, Deleting, NounViewSet):
    """Decisions of reviews; those of a closed one do not change any more."""

    permission_classes = (ReadsScores,)
    writers = (KeepsScores,)
    queries: ClassVar = {"list": ReviewDecisionQuery}
    bodies: ClassVar = {"create": NewReviewDecisionBody, "partial_update": ReviewDecisionBody}
    answers: ClassVar = answers_of(ReviewDecisionSerializer, "create", "partial_update")

    def rows(self) -> QuerySet[ReviewDecision]:
        return services.decisions_for(self.access).order_by("pk")

    def create_record(self, data: dict[str, Any]) -> ReviewDecision:
        with conflicts(*CONFLICTS):
            return services.add_decision(**data)

    def change_record(self, record: ReviewDecision, data: dict[str, Any]) -> ReviewDecision:
        with conflicts(*CONFLICTS):
            return services.change_decision(decision=record, changes=data)

    def delete_record(self, record: ReviewDecision) -> None:
        with conflicts(*CONFLICTS):
            services.remove_decision(decision=record)
