from typing import ClassVar

from rest_framework import serializers

from accounts.models import AuditEntry, AuditKind
from jobs.models import Job
from web.nouns import id_filter, ordering
from web.paging import CursorQuery, PageQuery


class JobQuery(PageQuery):
    state = serializers.ChoiceField(choices=Job.State.choices, required=False)
    kind = serializers.CharField(required=False, max_length=40)
    ordering = ordering("-id", "state")


class AuditEntrySerializer(serializers.ModelSerializer[AuditEntry]):
    """One security event: who did what, when and from where; `digest` chains it to the one before."""

    person = serializers.IntegerField(source="person_id", allow_null=True, read_only=True)
    details = serializers.DictField(read_only=True, help_text="Names and numbers that depend on the kind.")

    class Meta:
        model = AuditEntry
        fields: ClassVar = [
            "number", "at", "kind", "by", "person", "actor", "object_id", "sentence", "address", "request_id",
            "details", "previous", "digest",
        ]  # fmt: skip
        read_only_fields = fields


class AuditQuery(CursorQuery):
    kind = serializers.ChoiceField(choices=AuditKind.choices, required=False)
    person = id_filter("Person", source="person_id")
    since = serializers.DateTimeField(required=False, source="at__gte", help_text="From this moment on.")
    until = serializers.DateTimeField(required=False, source="at__lte", help_text="Up to this moment.")
