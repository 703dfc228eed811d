"""What the settings read: people with their roles, tokens, and how the jobs stand."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case, Func, IntegerField, OuterRef, QuerySet, Subquery, When
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import ApiToken, ApiTokenQuerySet, Invitation, User
from customers.models import Customer
from dashboard.people import said
from dashboard.settings_forms import FileImportFilter, PeopleFilter, TokenFilter
from functions.models import Function, Membership
from functions.selectors import Access
from gap_scores.models import ScoringRun
from interviews.models import Answer, Interview, Verbatim
from jobs.bell import oldest_marker_at
from jobs.models import FileImport, Marker
from metrics.models import Measurement, Metric
from requirements_catalog.models import Requirement
from web.choices import in_words
from web.lists import Column, ListPlan

LAST = 15
PEOPLE = ListPlan(
    name="people",
    is_about_people=True,
    columns=(
        Column("name", _("Person"), value=str, order_by=("last_name", "first_name", "username")),
        Column("username", _("User name"), hide_narrow=True),
        Column("email", _("E-mail"), hide_narrow=True),
        Column("roles", _("Roles"), value=lambda user: said(user.memberships.all()), order_by=("role_rank",)),
        Column("last_login", _("Last signed in"), hide_narrow=True),
        Column("may_sign_in", _("May sign in"), value=lambda user: user.is_active, order_by=("is_active",)),
        Column(
            "invitation",
            _("Invitation"),
            value=lambda user: invitation_of(user, timezone.now()),
            order_by=("invitation__expires_at",),
            hide_narrow=True,
        ),
    ),
    sort="name",
    filters=PeopleFilter,
    search=("username", "first_name", "last_name", "email"),
)


TOKENS = ListPlan(
    name="tokens",
    columns=(
        Column("name", _("Token")),
        Column("user", _("Of"), value=lambda token: str(token.user), order_by=("user__username",), hide_narrow=True),
        Column(
            "scopes", _("May"), value=lambda token: ", ".join(token.scopes), order_by=("scope_count",), hide_narrow=True
        ),
        Column("created_at", _("Made"), hide_narrow=True),
        Column("last_used_at", _("Last used")),
        Column("expires_at", _("Ends"), hide_narrow=True),
        Column("revoked_at", _("State")),
    ),
    sort="-created_at",
    filters=TokenFilter,
    search=("name", "prefix", "user__username"),
)
FILE_IMPORTS = ListPlan(
    name="imports",
    columns=(
        Column("file_name", _("File")),
        Column("kind", _("What"), value=in_words("kind")),
        Column("stage", _("State"), value=in_words("stage")),
        Column("rows", _("Rows"), value=lambda each: each.counts.get("rows") or each.counts.get("lines"),
               order_by=("row_count",), numeric=True, hide_narrow=True),
        Column("uploaded_by", _("By"), value=lambda each: str(each.uploaded_by or ""),
               order_by=("uploaded_by__username",), hide_narrow=True),
        Column("uploaded_at", _("Uploaded"), hide_narrow=True),
    ),
    sort="-uploaded_at",
    filters=FileImportFilter,
    search=("file_name",),
)  # fmt: skip


def file_imports() -> QuerySet[FileImport]:
    """Return the files that were uploaded, those that were discarded left out (1 query)."""
    rows = FileImport.objects.exclude(stage=FileImport.Stage.DISCARDED).select_related("uploaded_by", "job")
    counts = (Cast(KeyTextTransform(name, "counts"), IntegerField()) for name in ("rows", "lines"))
    return rows.annotate(row_count=Coalesce(*counts))


def people() -> QuerySet[User]:
    """Return everybody with an account (3 queries), those who may sign in or not."""
    ranks = [When(role=role, then=rank) for rank, role in enumerate(Membership.Role)]
    highest = Membership.objects.filter(user=OuterRef("pk")).order_by().annotate(rank=Case(*ranks)).order_by("rank")
    rows = User.objects.annotate(role_rank=Subquery(highest.values("rank")[:1]))
    return rows.select_related("invitation").prefetch_related("memberships__function")


def people_who_wait() -> int:
    """Return how many signed up and wait for an administrator (1 query)."""
    return Invitation.objects.in_state(Invitation.State.WAITING, timezone.now()).count()


def invitation_of(user: User, now: datetime) -> str:
    """Return how an invitation stands, for a file; nothing if there was none."""
    invitation = getattr(user, "invitation", None)
    return str(invitation.state(now).value) if invitation else ""


class LengthOfList(Func):
    """How many entries a JSON list has."""

    function = "JSONB_ARRAY_LENGTH"
    output_field = IntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, function="JSON_ARRAY_LENGTH", **context)


def tokens_for(access: Access) -> ApiTokenQuerySet:
    """Return a person's own tokens; an administrator's list has everybody's."""
    tokens = ApiToken.objects.all() if access.is_administrator else ApiToken.objects.filter(user=access.user_id)
    return tokens.select_related("user").annotate(scope_count=LengthOfList("scopes"))


@dataclass(frozen=True)
class JobBoard:
    """How the work in the background stands."""

    waiting: int
    oldest: timedelta | None
    runs: list[ScoringRun]

    @property
    def is_late(self) -> bool:
        return self.oldest is not None and self.oldest > timedelta(minutes=5)


def job_board(*, now: datetime) -> JobBoard:
    """Return what waits and what was computed last (3 queries)."""
    oldest = oldest_marker_at()
    return JobBoard(
        waiting=Marker.objects.count(),
        oldest=None if oldest is None else now - oldest,
        runs=list(ScoringRun.objects.all()[:LAST]),
    )


def stored_counts() -> list[tuple[Any, int]]:
    """Return how much is stored of what people recorded (8 queries)."""
    kinds = (
        (_("Customers"), Customer),
        (_("Interviews"), Interview),
        (_("Answers"), Answer),
        (_("Words of customers"), Verbatim),
        (_("Requirements"), Requirement),
        (_("Metrics"), Metric),
        (_("Measurements"), Measurement),
        (_("Functions"), Function),
    )
    return [(label, kind.objects.count()) for label, kind in kinds]
