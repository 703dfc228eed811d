"""What the file of a whole program holds: the evidence and the definitions, table by table.

Scores are not in it: they are worked out from the evidence. Nor is anything that opens a door: no passwords, no tokens,
no sessions, no links.
"""

import base64
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import connection
from django.db.models import BinaryField, Field, JSONField, Model, QuerySet

from jobs.running import Tell

FORMAT = 1
MANIFEST = "manifest.json"

# In an order in which a person can read it; references between tables are checked when all are in.
TABLES = (
    "accounts.User", "account.EmailAddress",
    "functions.Program", "functions.Function", "functions.HistoricalFunction", "functions.SupplyLink",
    "functions.HistoricalSupplyLink", "functions.Membership",
    "requirements_catalog.Attribute", "requirements_catalog.Product", "requirements_catalog.RatingScale",
    "requirements_catalog.Requirement", "requirements_catalog.HistoricalRequirement",
    "requirements_catalog.RequirementProduct", "requirements_catalog.ScaleVersion",
    "requirements_catalog.Responsibility",
    "customers.ValueBand", "customers.Customer", "customers.LifecyclePeriod", "customers.Stratum", "customers.Contact",
    "customers.ProductUse",
    "interviews.Guide", "interviews.GuideVersion", "interviews.GuideQuestion", "interviews.GuideQuestion_requirements",
    "interviews.QuestionText", "interviews.WordedChoice", "interviews.ChoiceText",
    "interviews.Round", "interviews.Round_products", "interviews.SamplingPlan", "interviews.StratumTarget",
    "interviews.RoundLetter", "interviews.Interview", "interviews.Invitation", "interviews.Answer",
    "interviews.Objective", "interviews.Verbatim", "interviews.Coding", "interviews.SetAside",
    "interviews.KanoAnswer", "interviews.LoyaltyAnswer", "interviews.NothingSaid", "interviews.UnchosenAnswer",
    "interviews.ReadingSample", "interviews.SecondReading", "interviews.ReadCode",
    "interviews.LossAssessment", "interviews.LossReason", "interviews.AlikeVerdict", "interviews.Involvement",
    "interviews.Consolidation", "interviews.WeightSet", "interviews.StratumFactor",
    "metrics.Metric", "metrics.HistoricalMetric", "metrics.MetricInput", "metrics.MetricLink",
    "metrics.HistoricalMetricLink", "metrics.MetricRelation", "metrics.HistoricalMetricRelation", "metrics.Measurement",
    "metrics.ChartPhase", "metrics.ChartNote", "metrics.HistoricalChartNote",
    "gap_scores.Snapshot",
    "improvements.Ambassador", "improvements.AmbassadorAsk", "improvements.FindingAside",
    "improvements.Report",
    "improvements.Review", "improvements.ReviewNote", "improvements.ReviewDecision",
    "improvements.Action", "improvements.Action_requirements", "improvements.StageChange", "improvements.Cause",
    "improvements.ActionComment", "improvements.Mention", "improvements.Confirmation", "improvements.ActionFile",
    "improvements.Initiative", "improvements.InitiativeEffect", "improvements.InitiativeNeed",
    "improvements.InitiativeExclusion", "improvements.InitiativeDecision", "improvements.Scenario",
    "improvements.BeliefAsking", "improvements.BeliefSheet", "improvements.Belief",
    "improvements.Telling", "improvements.TellingPart", "improvements.LoopLetter", "improvements.LoopEntry",
    "improvements.Publication", "improvements.PublishedAction",
)  # fmt: skip
# What is left out of the rooms, and why.
LEFT_OUT = {
    "accounts.ApiToken": "opens a door",
    "accounts.Invitation": "opens a door",
    "accounts.ClientUse": "of a client, which opens a door",
    "accounts.AuditEntry": "vouches for this installation, not for another",
    "accounts.SavedView": "a habit of a person in this installation",
    "accounts.DefaultView": "a habit of a person in this installation",
    "accounts.User_groups": "roles are memberships",
    "accounts.User_user_permissions": "roles are memberships",
    "jobs.Marker": "work under way",
    "jobs.Job": "work under way",
    "jobs.JobInput": "work under way",
    "jobs.FileImport": "work under way",
    "jobs.BulkChange": "work under way",
    "jobs.WorkerSeen": "who works here now",
    "jobs.ColumnMemory": "a habit of this installation",
    "jobs.OutboxMessage": "work under way",
    "interviews.PersonalLink": "opens a door",
    "improvements.LoopLink": "opens a door",
    "interviews.Transcript": "a file of what a person said; the words that were taken from it are verbatims",
    "interviews.TranscriptPlace": "where in such a file words stand",
    "jobs.IdempotencyKey": "work under way",
    "notices.Event": "told in this installation",
    "notices.Notice": "told in this installation",
    "notices.DigestChoice": "a habit of a person in this installation",
    "notices.SignalWatch": "how far this installation looked",
    "notices.Endpoint": "opens a door of another system, which another installation has no business with",
    "notices.Delivery": "work of this installation",
    "metrics.StagedMeasurement": "work under way",
    "metrics.DaySum": "worked out from the evidence",
    "metrics.MeasurementSource": "opens a door of another system, which another installation has no business with",
    "metrics.HistoricalMeasurementSource": "of a source, which opens a door",
    "metrics.PullRun": "work of this installation",
    "gap_scores.ProjectionState": "worked out from the evidence",
    "gap_scores.LedgerEntry": "worked out from the evidence",
    "gap_scores.GapScore": "worked out from the evidence",
    "gap_scores.MeasuredLevel": "worked out from the evidence",
    "gap_scores.RegisterSum": "worked out from the evidence",
    "gap_scores.RequirementScore": "worked out from the evidence",
    "gap_scores.FunctionScore": "worked out from the evidence",
    "gap_scores.ScoringRun": "worked out from the evidence",
    "gap_scores.RebuildChunk": "worked out from the evidence",
    "gap_scores.KeptSplit": "worked out from the kept days",
}
# A new migration brings these; the file's own rows take their place.
BROUGHT_BY_MIGRATIONS = ("requirements_catalog.Attribute", "requirements_catalog.RatingScale")
# Written in the place of a password: nobody can sign in with it, and the person is sent a link.
NO_PASSWORD = "!"  # noqa: S105
# What somebody believes was promised to be seen by nobody else: in the file it is nobody's.
SECRETS = {("accounts.User", "password"): NO_PASSWORD, ("improvements.BeliefSheet", "person_id"): None}


# Kept beside the evidence and worked out from it, as scores are.
WORKED_OUT = {("customers.Customer", "last_heard_on")}
TOLD_EVERY = 2_000
ROWS_AT_ONCE, FILES_AT_ONCE = 2_000, 4


@dataclass(slots=True)
class Progress:
    """How many rows of how many are done, told from time to time."""

    total: int
    tell: Tell
    done: int = 0

    def __post_init__(self) -> None:
        self.tell(0, self.total)

    def step(self, rows: int = 1) -> None:
        before, self.done = self.done, self.done + rows
        if before // TOLD_EVERY != self.done // TOLD_EVERY or self.done == self.total:
            self.tell(self.done, self.total)


def model_of(table: str) -> type[Model]:
    return apps.get_model(table)


def rows_of(table: str) -> "QuerySet[Any]":
    """Return all rows: a room's own manager may leave some out."""
    return model_of(table)._base_manager.all()  # noqa: SLF001


def fields_of(table: str) -> "list[Field[Any, Any]]":
    fields = model_of(table)._meta.concrete_fields  # noqa: SLF001
    return [field for field in fields if not field.generated and (table, field.attname) not in WORKED_OUT]


def rows_at_once(table: str) -> int:
    """Return how many rows of a table fit into memory at once: of files and reports each row may be megabytes."""
    has_files = any(isinstance(field, BinaryField) for field in fields_of(table))
    return FILES_AT_ONCE if has_files else ROWS_AT_ONCE


def name_of(table: str) -> str:
    """Return the table's name in the database, quoted."""
    return connection.ops.quote_name(model_of(table)._meta.db_table)  # noqa: SLF001


def file_of(table: str) -> str:
    return f"{table.lower()}.jsonl"


def written(table: str, field: "Field[Any, Any]", value: Any) -> Any:
    """Return a value as JSON holds it, without loss."""
    if (table, field.attname) in SECRETS:
        return SECRETS[table, field.attname]
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal | UUID):
        return str(value)
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(bytes(value)).decode("ascii")
    return value


def read(field: "Field[Any, Any]", value: Any) -> Any:
    """Return the value that JSON holds as the database takes it."""
    if value is None or isinstance(field, JSONField):
        return value
    return base64.b64decode(value, validate=True) if isinstance(field, BinaryField) else field.to_python(value)
