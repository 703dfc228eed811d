from rest_framework import serializers

from jobs.models import Job
from web.nouns import ordering
from web.paging import PageQuery


class JobQuery(PageQuery):
    state = serializers.ChoiceField(choices=Job.State.choices, required=False)
    kind = serializers.CharField(required=False, max_length=40)
    ordering = ordering("-id", "state")
