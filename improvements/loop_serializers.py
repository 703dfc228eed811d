"""What the API takes and gives about letters of the loop and about editions of 'you said, we did'."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils import timezone
from rest_framework import serializers

from functions.selectors import program_day
from improvements.action_models import Action
from improvements.loop_models import LONGEST_NEWS, LONGEST_SUBJECT, Telling, TellingPart
from improvements.loop_selectors import actions_in_loop
from improvements.publication_models import LONGEST_SAID, Publication, PublishedAction
from improvements.publications import effective_actions
from web.bodies import LARGEST_ID, Body, References, Text, Whole
from web.nouns import ordering
from web.paging import PageQuery

SHOWN = "What names the words that you read, as the record has it; other words since then are refused."


def actions_to_tell(_access: Any) -> QuerySet[Action]:
    return actions_in_loop(today=program_day(timezone.now()))


def actions_to_publish(_access: Any) -> QuerySet[Action]:
    return effective_actions()


# ---- Letters


class TellingPartSerializer(serializers.ModelSerializer[TellingPart]):
    action = serializers.IntegerField(source="action_id", read_only=True)

    class Meta:
        model = TellingPart
        fields: ClassVar = ["id", "action", "step", "words"]
        read_only_fields = fields


class TellingSerializer(serializers.ModelSerializer[Telling]):
    """Letters about some actions. `shown`: what `approve` takes, of a draft only. `letters`: how many were sent."""

    parts = TellingPartSerializer(many=True, read_only=True)
    letters = serializers.IntegerField(source="letter_count", read_only=True)
    shown = serializers.CharField(read_only=True)

    class Meta:
        model = Telling
        fields: ClassVar = [
            "id", "state", "subject", "intro", "prepared_by_name", "prepared_at", "approved_by_name", "approved_at",
            "letters", "parts", "shown",
        ]  # fmt: skip
        read_only_fields = fields


class TellingQuery(PageQuery):
    state = serializers.ChoiceField(choices=Telling.State.choices, required=False)
    ordering = ordering("-id")


class NewTellingBody(Body):
    actions = References(actions_to_tell)


class WholeBody(Body):
    """An object inside a change: it is sent whole, whatever else of the record is left out."""

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        required = serializers.ErrorDetail("This field is required.", "required")
        if missing := {name: [required] for name in dict(self.fields.items()) if name not in attrs}:
            raise serializers.ValidationError(missing)
        return attrs


class PartWordsBody(WholeBody):
    part = Whole(min_value=1, max_value=LARGEST_ID)
    words = Text(max_length=LONGEST_NEWS)


class TellingBody(Body):
    """Other words. Whoever writes them last does not approve them."""

    subject = Text(max_length=LONGEST_SUBJECT, required=False)
    intro = Text(max_length=LONGEST_NEWS, required=False)
    parts = PartWordsBody(many=True, required=False)


class ApproveBody(Body):
    shown = Text(max_length=64, help_text=SHOWN)


class ReaderSerializer(serializers.Serializer[Any]):
    """A person who raised one of the actions. `why`: why no letter goes to the person now; '': one goes."""

    contact = serializers.IntegerField()
    customer = serializers.IntegerField()
    parts = serializers.ListField(child=serializers.IntegerField())
    why = serializers.CharField(allow_blank=True)


class RecipientsSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    going = ReaderSerializer(many=True)
    left_out = ReaderSerializer(many=True)


# ---- Editions


class PublishedSerializer(serializers.ModelSerializer[PublishedAction]):
    action = serializers.IntegerField(source="action_id", read_only=True)

    class Meta:
        model = PublishedAction
        fields: ClassVar = ["id", "action", "said", "did", "done_on", "people", "customers"]
        read_only_fields = fields


class PublicationSerializer(serializers.ModelSerializer[Publication]):
    """An edition of 'you said, we did'. `shown`: what `publish` takes, of a draft only."""

    items = PublishedSerializer(many=True, read_only=True)
    shown = serializers.CharField(read_only=True)

    class Meta:
        model = Publication
        fields: ClassVar = [
            "id", "state", "intro", "prepared_by_name", "prepared_at", "approved_by_name", "approved_at",
            "withdrawn_by_name", "withdrawn_at", "items", "shown",
        ]  # fmt: skip
        read_only_fields = fields


class PublicationQuery(PageQuery):
    state = serializers.ChoiceField(choices=Publication.State.choices, required=False)
    ordering = ordering("-id")


class NewPublicationBody(Body):
    actions = References(actions_to_publish)


class ItemWordsBody(WholeBody):
    item = Whole(min_value=1, max_value=LARGEST_ID)
    said = Text(max_length=LONGEST_SAID)
    did = Text(max_length=LONGEST_SAID)


class PublicationBody(Body):
    """Other words, without names. Whoever writes them last does not approve them."""

    intro = Text(max_length=LONGEST_SAID, required=False)
    items = ItemWordsBody(many=True, required=False)
