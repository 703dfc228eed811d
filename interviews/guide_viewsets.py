"""Guides over the API, read only: they are written on their pages, or brought in as a file."""

from typing import Any, ClassVar

from django.db.models import QuerySet

from functions.permissions import ReadsRegister
from interviews.guide_files import questions_as_json
from interviews.guide_models import Guide, GuideVersion
from interviews.guide_selectors import guides, languages_of_versions, versions
from interviews.guide_serializers import GuideQuery, GuideSerializer, GuideVersionQuery, GuideVersionSerializer
from web.nouns import Form, NounViewSet, added, answers_of, folded


class GuideViewSet(NounViewSet):
    """Versioned lists of questions of an interview."""

    permission_classes = (ReadsRegister,)
    queries: ClassVar = {"list": GuideQuery}
    searched = ("name", "note")
    answers: ClassVar = answers_of(GuideSerializer)

    def rows(self) -> QuerySet[Guide]:
        return guides()


class GuideVersionViewSet(NounViewSet):
    """The versions of guides with their questions, in the form in which a guide is exported."""

    permission_classes = (ReadsRegister,)
    queries: ClassVar = {"list": GuideVersionQuery}
    answers: ClassVar = answers_of(GuideVersionSerializer)

    def rows(self) -> QuerySet[GuideVersion]:
        return versions()

    def forms(self, rows: QuerySet[Any]) -> list[Form]:
        forms = super().forms(rows)
        found = [form["id"] for form in forms]
        added(forms, "languages", languages_of_versions(found))
        added(forms, "questions", questions_as_json(found))
        return [folded(form, GuideVersionSerializer) for form in forms]
