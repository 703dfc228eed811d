"""What the API takes and gives about notices, endpoints and deliveries."""

from typing import Any, ClassVar

from rest_framework import serializers

from notices.forms import IN_INBOX
from notices.models import SENT, Delivery, Endpoint, Notice
from web.bodies import Body, Text, YesNo
from web.nouns import SearchQuery, id_filter, ordering
from web.paging import PageQuery


class NoticeSerializer(serializers.ModelSerializer[Notice]):
    """What one was told. about: the id of the metric, action, edition or endpoint, with its name; both null where one
    may not read it any more, and then url, direction and day are, too.

    direction: of a signal, 'better', 'worse' or 'either'; day: of the point that signals.
    """

    kind = serializers.ChoiceField(choices=IN_INBOX, read_only=True)
    about = serializers.IntegerField(read_only=True, allow_null=True)
    name = serializers.CharField(read_only=True, allow_null=True)
    said = serializers.CharField(read_only=True)
    url = serializers.CharField(read_only=True, allow_null=True)
    direction = serializers.CharField(read_only=True, allow_null=True)
    day = serializers.DateField(read_only=True, allow_null=True)

    class Meta:
        model = Notice
        fields: ClassVar = ["id", "kind", "about", "name", "said", "url", "direction", "day", "told_at", "read_at"]
        read_only_fields = fields


class NoticeQuery(PageQuery):
    kind = serializers.ChoiceField(choices=IN_INBOX, required=False, source="event__kind")
    is_read = serializers.BooleanField(required=False)
    ordering = ordering("-told_at", "id")


class ReadAllBody(Body):
    until = serializers.DateTimeField(required=False, help_text="What was told up to this moment; left out: up to now.")


class ReadAllSerializer(serializers.Serializer[Any]):
    read = serializers.IntegerField(help_text="How many were unread before.")


class EndpointSerializer(serializers.ModelSerializer[Endpoint]):
    """An address that is sent what happens. Its secret is never told.

    waiting, given_up: how many deliveries are. off_because: why it was switched off by itself, '' otherwise.
    """

    types = serializers.ListField(child=serializers.ChoiceField(choices=list(SENT.items())), read_only=True)
    waiting = serializers.IntegerField(read_only=True)
    given_up = serializers.IntegerField(read_only=True)

    class Meta:
        model = Endpoint
        fields: ClassVar = [
            "id", "url", "description", "types", "is_enabled", "off_because", "failing_since", "previous_until",
            "waiting", "given_up", "made_at",
        ]  # fmt: skip
        read_only_fields = fields


class EndpointQuery(SearchQuery):
    is_enabled = serializers.BooleanField(required=False)
    ordering = ordering("description", "id")


class ChangedEndpointBody(Body):
    """`secret`: another one takes the place of the one that is there, which signs beside it for 24 hours."""

    url = Text(help_text="Begins with https:// and leads to a public host.")
    description = Text()
    types = serializers.ListField(child=serializers.ChoiceField(choices=list(SENT.items())), max_length=len(SENT))
    is_enabled = YesNo(required=False)
    secret = Text(required=False, allow_blank=False, write_only=True)


class NewEndpointBody(ChangedEndpointBody):
    """`secret` is made by the caller and never told: 'whsec_' and 24 to 64 random bytes in base64."""

    secret = Text(write_only=True)


class DeliverySerializer(serializers.ModelSerializer[Delivery]):
    """An event on its way to an endpoint. status: of the newest answer, which begins with `answer`.

    status null: there was no answer yet, or for the reason that `reason` says. body: what is sent, byte by byte.
    """

    type = serializers.CharField(source="event.kind", read_only=True)
    endpoint = serializers.IntegerField(source="endpoint_id", read_only=True)
    webhook_id = serializers.CharField(source="event.message_id", read_only=True)
    happened_at = serializers.DateTimeField(source="event.happened_at", read_only=True)
    body = serializers.CharField(source="event.body", read_only=True)

    class Meta:
        model = Delivery
        fields: ClassVar = [
            "id", "type", "endpoint", "webhook_id", "happened_at", "state", "attempts", "written_at", "next_try_at",
            "tried_at", "took_ms", "status", "answer", "reason", "body",
        ]  # fmt: skip
        read_only_fields = fields


class DeliveryQuery(PageQuery):
    endpoint = id_filter("Endpoint")
    state = serializers.ChoiceField(choices=Delivery.State.choices, required=False)
    ordering = ordering("-written_at", "id")
