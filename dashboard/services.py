from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from accounts.audit import hold_chain, record
from accounts.models import AuditKind, User
from customers.models import Contact, Customer, LifecyclePeriod, ProductUse, Stratum, ValueBand
from dashboard.example import head_usernames
from functions.models import Function, Membership, Program, SupplyLink
from gap_scores.locking import take_lock
from gap_scores.models import (
    FunctionScore,
    GapScore,
    KeptSplit,
    LedgerEntry,
    MeasuredLevel,
    ProjectionState,
    RebuildChunk,
    RegisterSum,
    RequirementScore,
    ScoringRun,
    Snapshot,
)
from improvements.action_models import Action, ActionComment, Cause, Confirmation, Mention, StageChange
from improvements.belief_models import Belief, BeliefAsking, BeliefSheet
from improvements.file_models import ActionFile
from improvements.loop_models import LoopEntry, LoopLetter, LoopLink, Telling, TellingPart
from improvements.models import (
    Ambassador,
    AmbassadorAsk,
    Initiative,
    InitiativeDecision,
    InitiativeEffect,
    InitiativeExclusion,
    InitiativeNeed,
    Scenario,
)
from improvements.publication_models import Publication, PublishedAction
from improvements.report_models import Report
from improvements.review_models import Review, ReviewDecision, ReviewNote
from interviews.alike_models import AlikeVerdict
from interviews.consolidation_models import Consolidation
from interviews.desk_models import UnchosenAnswer
from interviews.guide_models import Guide, KanoAnswer, LoyaltyAnswer, NothingSaid
from interviews.involvement_models import Involvement
from interviews.loss_models import LossAssessment, LossReason
from interviews.models import (
    Answer,
    Coding,
    Interview,
    Objective,
    ReadCode,
    ReadingSample,
    Round,
    SecondReading,
    SetAside,
    Verbatim,
)
from interviews.transcript_models import Transcript, TranscriptPlace
from jobs.models import Marker, OutboxMessage
from metrics.models import ChartNote, ChartPhase, Measurement, Metric, MetricInput, MetricLink, MetricRelation
from metrics.pull_models import MeasurementSource, PullRun
from notices.models import Delivery, Endpoint, Event, Notice, SignalWatch
from requirements_catalog.models import Product, Requirement, RequirementProduct, Responsibility, ScaleVersion

# What hangs on something comes before it.
EVERYTHING: tuple[type[models.Model], ...] = (
    Marker, OutboxMessage, LedgerEntry, GapScore, MeasuredLevel, RegisterSum, RequirementScore, FunctionScore,
    ScoringRun, RebuildChunk, KeptSplit, ReviewDecision, ReviewNote, Review, Report, Snapshot, ProjectionState,
    Delivery, Endpoint, Notice, Event, SignalWatch,
    PublishedAction, Publication, LoopLink, LoopEntry, LoopLetter, TellingPart, Telling,
    ActionFile, Mention, ActionComment, Cause, Confirmation, StageChange, Action.requirements.through, Action,
    ReadCode, SecondReading, ReadingSample, Coding, SetAside, TranscriptPlace, Transcript, Verbatim, Objective,
    KanoAnswer, LoyaltyAnswer, NothingSaid, UnchosenAnswer, Answer, Interview, Round, Guide,
    LossReason, LossAssessment, AlikeVerdict, Involvement, Consolidation,
    Belief, BeliefSheet, BeliefAsking,
    Scenario, InitiativeDecision, InitiativeExclusion, InitiativeNeed, InitiativeEffect, Initiative,
    PullRun, MeasurementSource, ChartNote, ChartPhase, Measurement, MetricRelation, MetricLink, MetricInput, Metric,
    AmbassadorAsk, Ambassador,
    Contact, LifecyclePeriod, ProductUse, Customer, Stratum, ValueBand,
    Responsibility, RequirementProduct, ScaleVersion, Requirement, Product,
    SupplyLink, Membership, Function, Program,
)  # fmt: skip
WITH_HISTORY: tuple[Any, ...] = (
    MeasurementSource, ChartNote, MetricRelation, MetricLink, Metric, Requirement, SupplyLink, Function,
)  # fmt: skip


@transaction.atomic
def remove_example() -> None:
    """Delete the example program with everything in it, so that the set-up asks for a program of one's own.

    People keep their accounts and their roles in the whole program; the example's heads go. Raises ValidationError
    if the program is not the example: there is no way to delete evidence of one's own.
    """
    # Before anything is read, so that no drain writes scores of what goes.
    take_lock()
    hold_chain()
    program = Program.objects.select_for_update().first()
    if program is None or not program.is_example:
        raise ValidationError(_("This program is not the example, so it is not removed."), code="not_example")
    Measurement.objects.update(supersedes=None)
    Customer.objects.update(merged_into=None)
    Requirement.objects.update(merged_into=None, current_scale=None)
    for kind in EVERYTHING:
        # A plain query set, because that of requirements refuses to delete.
        rows: models.QuerySet[Any] = models.QuerySet(kind)
        (rows.exclude(function=None) if kind is Membership else rows).delete()
    for tracked in WITH_HISTORY:
        tracked.history.all().delete()
    User.objects.filter(username__in=head_usernames(), memberships=None, is_superuser=False).delete()
    record(kind=AuditKind.PROGRAM_REMOVED, sentence=f"The example program '{program.name}' was removed.")
