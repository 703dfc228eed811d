from typing import ClassVar, cast

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from functions.permissions import KeepsScores, ReadsScores
from gap_scores.keeping import start_keeping
from gap_scores.models import Snapshot
from gap_scores.selectors import kept_before, snapshots
from gap_scores.snapshot_serializers import (
    ChangeQuery,
    GapChangeSerializer,
    SnapshotBody,
    SnapshotQuery,
    SnapshotSerializer,
    SplitBody,
    change_form,
)
from gap_scores.splitting import compare, start_splitting
from gap_scores.waterfall import WHOLE
from web.jobs import JobSerializer, form_of_job
from web.nouns import NounViewSet, answers_of
from web.problems import FieldError, Problem, ProblemError, invalid


class SnapshotViewSet(NounViewSet):
    """Scores that were kept: the end of each month, and what a report or a review rests on."""

    permission_classes = (ReadsScores,)
    writers = (KeepsScores,)
    queries: ClassVar = {"list": SnapshotQuery, "change": ChangeQuery}
    bodies: ClassVar = {"create": SnapshotBody, "split": SplitBody}
    answers: ClassVar = answers_of(SnapshotSerializer) | {
        "create": JobSerializer, "change": GapChangeSerializer, "split": JobSerializer,
    }  # fmt: skip
    answers_later = frozenset({"create", "split"})

    def rows(self) -> QuerySet[Snapshot]:
        return snapshots()

    def create(self, request: Request) -> HttpResponse:
        """Keep the scores of a day, any from the first interview to today, by a job.

        Today's definitions and corrections over the evidence dated up to that day. Answers 202 with the job; when it is
        done, `result.snapshot` is the id, and `as_of` reads the day. Asked again while it works: the same job.
        """
        user, now = cast("User", request.user), timezone.now()
        return self.act_later(request, lambda: form_of_job(start_keeping(**self.body(request), user=user, now=now)))

    @action(detail=True)
    def change(self, request: Request, pk: str) -> Response:
        """What the change from an earlier snapshot to this one is made of: seven causes whose points add up to it."""
        now = self.record_of(pk)
        then = self._other(self.query["then"]) if "then" in self.query else kept_before(now.as_of)
        if then is None:
            raise ProblemError(invalid([FieldError("Nothing was kept before this day.", "first", parameter="then")]))
        its = compare(then=then, now=now, function=self.query.get("function", WHOLE))
        if its.waits:
            message = f"Many answers stand behind it. A specialist can have it worked out: POST {now.pk}/split/ here."
            raise ProblemError(Problem(409, "not_worked_out", message))
        return Response(change_form(its, with_requirements=self.access.is_specialist))

    @action(detail=True, methods=["post"])
    def split(self, request: Request, pk: str) -> HttpResponse:
        """Have the change from an earlier snapshot to this one worked out by a job; then `change` answers it."""
        user = cast("User", request.user)
        now, then = self.record_of(pk), self._other(self.body(request)["then"])
        return self.act_later(request, lambda: form_of_job(start_splitting(then=then, now=now, user=user)))

    def _other(self, pk: int) -> Snapshot:
        found = self.rows().filter(pk=pk).first()
        if found is None:
            raise ProblemError(invalid([FieldError("There is no snapshot of this id.", "not_found", parameter="then")]))
        return found
