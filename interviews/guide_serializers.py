"""What the API gives about guides: the guides, and each version with its questions in the form of a guide's file."""

from typing import Any, ClassVar

from rest_framework import serializers

from interviews.guide_models import Guide, GuideQuestion, GuideVersion
from web.nouns import SearchQuery, id_filter, ordering
from web.paging import PageQuery


class GuideSerializer(serializers.ModelSerializer[Guide]):
    class Meta:
        model = Guide
        fields: ClassVar = ["id", "name", "note"]
        read_only_fields = fields


class GuideQuery(SearchQuery):
    ordering = ordering("name", "id")


class BranchSerializer(serializers.Serializer[Any]):
    """Asked only if the answer to the question with this key passes the test."""

    question = serializers.CharField()
    test = serializers.ChoiceField(choices=GuideQuestion.Test.choices)
    number = serializers.CharField(allow_null=True, help_text="An exact number, in the unit of that question.")


class WordingSerializer(serializers.Serializer[Any]):
    question = serializers.CharField()
    help = serializers.CharField(help_text="A hint for the interviewer.", allow_blank=True)


class ChoiceSerializer(serializers.Serializer[Any]):
    level = serializers.CharField(help_text="An exact number, in the unit of the question.")
    texts = serializers.DictField(child=serializers.CharField(), help_text="By language.")


class QuestionSerializer(serializers.Serializer[Any]):
    """One question. The key stays the same over the versions of its guide; requirements are named by reference."""

    key = serializers.CharField()
    kind = serializers.ChoiceField(choices=GuideQuestion.Kind.choices)
    requirement = serializers.CharField(allow_null=True)
    attribute = serializers.CharField(allow_null=True)
    product = serializers.CharField(allow_null=True)
    requirements = serializers.ListField(child=serializers.CharField())
    required = serializers.BooleanField()  # type: ignore[assignment]  # a field of that name, not of the serializer
    only_if = BranchSerializer(allow_null=True)
    unit = serializers.CharField(allow_blank=True)
    texts = serializers.DictField(child=WordingSerializer(), help_text="By language.")
    choices = ChoiceSerializer(many=True)


class GuideVersionSerializer(serializers.ModelSerializer[GuideVersion]):
    """One version of a guide: a draft changes, a launched one does not."""

    guide = serializers.IntegerField(source="guide_id", read_only=True)
    languages = serializers.ListField(child=serializers.CharField(), read_only=True)
    questions = QuestionSerializer(many=True, read_only=True)

    class Meta:
        model = GuideVersion
        fields: ClassVar = [
            "id", "guide", "number", "state", "default_language", "languages", "launched_at", "questions",
        ]  # fmt: skip
        read_only_fields = fields


class GuideVersionQuery(PageQuery):
    guide = id_filter("Guide")
    state = serializers.ChoiceField(choices=GuideVersion.State.choices, required=False)
    ordering = ordering("-id", "number", "launched_at")
