"""What the API gives about who was asked by mail, and about what was brought together."""

from typing import ClassVar

from rest_framework import serializers

from interviews.consolidation_models import Consolidation
from interviews.models import Interview, Invitation
from web.nouns import SearchQuery, id_filter, ordering


class InterviewInvitationSerializer(serializers.ModelSerializer[Invitation]):
    """A contact was asked by mail for an interview. state: of the interview; may_quote: null where nothing was said.

    Words that were not sent yet are drafts of the person, so they are not given.
    """

    interview = serializers.IntegerField(source="interview_id", read_only=True)
    round = serializers.IntegerField(source="interview.round_id", read_only=True)
    contact = serializers.IntegerField(source="interview.contact_id", read_only=True)
    customer = serializers.IntegerField(source="interview.customer_id", read_only=True)
    state = serializers.ChoiceField(source="interview.state", choices=Interview.State.choices, read_only=True)
    invited_by = serializers.IntegerField(source="invited_by_id", allow_null=True, read_only=True)

    class Meta:
        model = Invitation
        fields: ClassVar = [
            "id", "interview", "round", "contact", "customer", "state", "invited_by", "invited_at", "starts_at",
            "reminders", "may_quote", "may_quote_said_on", "declined_at",
        ]  # fmt: skip
        read_only_fields = fields


class InterviewInvitationQuery(SearchQuery):
    round = id_filter("Round", source="interview__round")
    contact = id_filter("Contact", source="interview__contact")
    customer = id_filter("Customer", source="interview__customer")
    state = serializers.ChoiceField(choices=Interview.State.choices, required=False, source="interview__state")
    since = serializers.DateTimeField(required=False, source="invited_at__gte", help_text="At this time or later.")
    ordering = ordering("-invited_at", "id")


class ConsolidationSerializer(serializers.ModelSerializer[Consolidation]):
    """Words became a requirement, or voices were split off one. codings, answers: the ids of what went along."""

    requirement = serializers.IntegerField(source="requirement_id", read_only=True)
    split_from = serializers.IntegerField(source="source_id", allow_null=True, read_only=True)
    done_by = serializers.IntegerField(source="done_by_id", allow_null=True, read_only=True)
    codings = serializers.ListField(read_only=True, child=serializers.IntegerField())
    answers = serializers.ListField(read_only=True, child=serializers.IntegerField())

    class Meta:
        model = Consolidation
        fields: ClassVar = [
            "id", "kind", "requirement", "split_from", "codings", "answers", "done_by", "done_by_name", "done_at",
            "undone_at",
        ]  # fmt: skip
        read_only_fields = fields


class ConsolidationQuery(SearchQuery):
    requirement = id_filter("Requirement")
    split_from = id_filter("Requirement", source="source")
    kind = serializers.ChoiceField(choices=Consolidation.Kind.choices, required=False)
    stands = serializers.BooleanField(required=False, source="undone_at__isnull", help_text="Not taken back since.")
    ordering = ordering("-done_at", "id")
