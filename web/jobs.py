"""A job as the API tells it."""

from typing import Any, ClassVar

from rest_framework import serializers

from jobs.models import Job
from web.nouns import Form, plain_forms


class JobSerializer(serializers.ModelSerializer[Job]):
    """Work that outlives its call. `done` of `total` says how far it is; `result` what it did, once it is done."""

    started_by = serializers.IntegerField(source="started_by_id", allow_null=True, read_only=True)
    result = serializers.DictField(child=serializers.IntegerField(), read_only=True)

    class Meta:
        model = Job
        fields: ClassVar = [
            "id", "kind", "title", "state", "done", "total", "message", "result", "started_by", "created_at",
            "started_at", "finished_at",
        ]  # fmt: skip
        read_only_fields = fields


def form_of_job(job: Job) -> Form:
    return plain_forms(Job.objects.filter(pk=job.pk), JobSerializer)[0]


class JobErrorSerializer(serializers.Serializer[Any]):
    """One thing to put right: the row of the file or stream, and the field."""

    row = serializers.IntegerField()
    field = serializers.CharField()
    detail = serializers.CharField()
    code = serializers.CharField()
