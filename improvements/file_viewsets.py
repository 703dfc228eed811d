from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from rest_framework.decorators import action
from rest_framework.request import Request

from functions.permissions import KeepsActions, ReadsInterviews
from improvements.action_files import attach_file, remove_file
from improvements.action_selectors import files_for, may_remove_file
from improvements.action_serializers import ActionFileQuery, ActionFileSerializer, NewActionFileBody
from improvements.file_kinds import CONTENT_TYPES, LARGEST_FILE, MIB
from improvements.file_models import ActionFile
from improvements.file_views import file_answer
from web.nouns import Creating, Deleting, NounViewSet, answers_of
from web.parsing import FormParser

CONTENT: Any = {(200, each): OpenApiTypes.BINARY for each in CONTENT_TYPES.values()}


class ActionFileViewSet(Creating, Deleting, NounViewSet):
    """Files of actions, for who works on the action. What a file is goes by what is in it, not by its name."""

    permission_classes = (ReadsInterviews,)
    writers = (KeepsActions,)
    parser_classes = (FormParser,)
    largest_body = LARGEST_FILE + MIB
    queries: ClassVar = {"list": ActionFileQuery}
    searched = ("name", "uploaded_by_name")
    bodies: ClassVar = {"create": NewActionFileBody}
    answers: ClassVar[Any] = answers_of(ActionFileSerializer, "create") | {"content": CONTENT}

    def rows(self) -> QuerySet[ActionFile]:
        return files_for(self.access)

    def create_record(self, data: dict[str, Any]) -> ActionFile:
        user: Any = self.request.user
        return attach_file(**data, by=user, now=timezone.now())

    def delete_record(self, record: ActionFile) -> None:
        if not may_remove_file(self.access, record, record.action):
            raise Http404
        remove_file(file=record)

    @action(detail=True)
    def content(self, request: Request, pk: str) -> HttpResponse:
        """What is in the file, as it came; the header says what it is and what it is called."""
        return file_answer(get_object_or_404(self.rows().defer(None), pk=int(pk)))
