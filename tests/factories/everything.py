"""A program with one of everything, once of a head's own function and once of a foreign one, and a person per role.

What only specialists and the foreign function's own people may read carries CANARY, so that a leak shows anywhere.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

from allauth.usersessions.models import UserSession
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from accounts.clients import register_client
from accounts.models import AuditEntry, SavedView, User
from accounts.services import create_token
from customers.models import Contact, Stratum, ValueBand
from functions.models import Function
from functions.models import Program as ProgramRow
from functions.selectors import program_day
from gap_scores.models import Snapshot
from gap_scores.services import drain_all
from gap_scores.snapshots import keep_snapshot
from improvements.action_files import attach_file
from improvements.actions import add_comment
from improvements.ambassadors import agree, record_ask
from improvements.belief_models import BeliefAsking
from improvements.initiatives import propose_initiative
from improvements.loop_models import Telling
from improvements.models import FindingAside, InitiativeEffect, InitiativeExclusion, InitiativeNeed, Scenario
from improvements.publication_models import Publication
from improvements.reports import keep_report
from improvements.reviews import add_decision, begin_review, write_notes
from interviews.alike import set_pair_aside
from interviews.coding import code_verbatim, set_aside
from interviews.consolidating import make_requirement
from interviews.guide_models import LoyaltyAnswer
from interviews.guide_services import NewChoice, draft_of, launch_version
from interviews.losses import assess_loss
from interviews.models import Interview, Invitation, Part, ReadingSample, RoundLetter, SecondReading
from interviews.parts import Perception
from interviews.services import record_answer
from interviews.transcript_services import attach_transcript
from interviews.weight_models import WeightSet
from jobs.models import BulkChange, FileImport, Job, OutboxMessage
from jobs.services import mark_circle, mark_register
from metrics.models import Metric, MetricInput
from metrics.relating import relate_metrics
from requirements_catalog.models import RatingScale, Requirement
from tests.api.callers import EVERY_SCOPE
from tests.factories.accounts import InvitationFactory, UserFactory
from tests.factories.actions import ActionFactory
from tests.factories.customers import ContactFactory, CustomerFactory
from tests.factories.functions import FunctionFactory, MembershipFactory, SupplyLinkFactory
from tests.factories.guides import about, ask, draft
from tests.factories.interviews import HELD_ON, InterviewFactory, StratumTargetFactory, VerbatimFactory
from tests.factories.metrics import (
    ChartNoteFactory,
    ChartPhaseFactory,
    MeasurementFactory,
    MeasurementSourceFactory,
    MetricFactory,
    MetricLinkFactory,
)
from tests.factories.notices import DeliveryFactory, EndpointFactory, NoticeFactory
from tests.factories.requirements_catalog import RequirementFactory

ROLES = ("administrator", "specialist", "head", "deputy", "viewer", "nobody", "anonymous")
CANARY = "Kanarienvogel"
# An id that nothing has, and that every address takes.
MISSING = 999_999_999


@dataclass
class Callers:
    """Two functions with one of everything each; a head and a deputy of the own one, and the other roles."""

    own: dict[str, int] = field(default_factory=dict)
    foreign: dict[str, int] = field(default_factory=dict)
    people: dict[str, User] = field(default_factory=dict)

    by_role: dict[str, dict[str, int]] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    def objects(self, whose: str, role: str) -> dict[str, int]:
        if whose == "missing":
            return dict.fromkeys(self.own, MISSING)
        return self.foreign if whose == "foreign" else self.by_role.get(role, self.own)


def read_twice(interview: Interview, coder: User) -> dict[str, int]:
    """Return a second reading that this person is to do, a code in it, one that is done and differs, and words that
    wait; others were set aside."""
    other = InterviewFactory(contact=interview.contact, stratum=interview.stratum)
    verbatim = VerbatimFactory(interview=other, text="Read twice.")
    requirement = interview.answers.get().requirement
    code_verbatim(verbatim=verbatim, requirement=requirement, coder_name="Ines")
    kept = {"coder_name": str(coder), "drawn_by_name": "Ines", "drawn_at": timezone.now(), "seed": 1, "drawn_from": 1}
    first, second = (ReadingSample.objects.create(coder=coder, **kept) for _sample in range(2))
    reading = SecondReading.objects.create(sample=first, verbatim=verbatim)
    code = reading.codes.create(requirement=requirement)
    differs = SecondReading.objects.create(sample=second, verbatim=verbatim, state="differs", done_at=timezone.now())
    set_aside(verbatim=VerbatimFactory(interview=other, text="Nice people."), reason="Praise", coder_name="Ines")
    waiting = VerbatimFactory(interview=other, text="Still to be read.").pk
    return {"uncoded": waiting, "second_reading": reading.pk, "read_code": code.pk, "differing_reading": differs.pk}


def asked_by_mail(interview: Interview) -> dict[str, Any]:
    """Return an invitation to the round of an interview, and its letter, sent some days ago."""
    now, customer = timezone.now(), interview.customer
    contact = ContactFactory(
        customer=customer, name=interview.contact.name, email="asked@example.org", consent_on=timezone.localdate()
    )
    asked = InterviewFactory(contact=contact, round=interview.round, stratum=interview.stratum, state="invited")
    letter = OutboxMessage.objects.create(
        purpose="invitation",
        recipient=contact.pk,
        wave=asked.round_id,
        state="sent",
        message_id=f"<{uuid.uuid4().hex}@example.org>",
        written_at=now,
        next_try_at=now,
        finished_at=now - timedelta(days=4),
    )
    invitation = Invitation.objects.create(interview=asked, invited_at=now)
    RoundLetter.objects.create(
        round=interview.round, purpose="reminder", language="de", subject="Noch einmal", intro="Bitte."
    )
    return {"asked": invitation.pk, "letter": letter.pk, "purpose": "invitation", "language": "en"}


def session_of(person: User) -> UserSession:
    """Return a session that is gone already: who asks has another one."""
    return UserSession.objects.create(user=person, ip="127.0.0.1", session_key=uuid.uuid4().hex, user_agent="")


def rated_in(interview: Interview) -> LoyaltyAnswer:
    return interview.loyalty_answers.create(product=interview.answers.get().product, measure="nps", rating=9)


def said_in(interview: Interview) -> dict[str, int]:
    """Return the ids of what hangs on an interview."""
    verbatim = interview.verbatims.get()
    return {
        "interview": interview.pk,
        "verbatim": verbatim.pk,
        "coding": verbatim.codings.get().pk,
        "objective": interview.objectives.get().pk,
        "loyalty_answer": rated_in(interview).pk,
        "transcript": interview.transcripts.get().pk,
        "answer": interview.answers.get().pk,
    }


def guide_about(requirement: Requirement, interview: Interview, secret: str = "") -> dict[str, Any]:
    """Return a guide with a launched version, what an interview says to it, and a draft after it with a question."""
    version = draft(f"Guide {requirement} {secret}".strip(), "en", "de")
    product = requirement.products.get()
    first = ask(version, "open", f"What annoys you? {secret}")
    ask(version, "importance", **about(requirement))
    ask(version, "level", **about(requirement), choices=(NewChoice(Decimal(8), {"en": "a shift"}),))
    ask(version, "points", requirements=(requirement, RequirementFactory(products=[product])), product=product)
    interview.nothings_said.create(question=first, state=Part.DOES_NOT_KNOW)
    interview.kano_answers.create(requirement=requirement, product=product, functional=2, dysfunctional=5)
    launched = launch_version(version=version, now=timezone.now())
    after = draft_of(guide=version.guide)
    guided = InterviewFactory(contact=interview.contact, stratum=interview.stratum, guide_version=launched)
    question = after.questions.get(position=2)
    return {
        "guide": version.guide_id,
        "guide_version": launched.pk,
        "guide_draft": after.pk,
        "guide_question": question.pk,
        "guided_interview": guided.pk,
        "key": question.key,
    }


def interview_about(requirement: Requirement, secret: str = "", **others: Any) -> Interview:
    """Return an interview with one of everything that can be said in it."""
    (product,) = requirement.products.all()
    interview: Interview = InterviewFactory(**others)
    record_answer(interview=interview, requirement=requirement, product=product, perception=Perception.fixed(True))
    interview.objectives.create(product=product, statement=f"No waste {secret}")
    spoken = f"Bas: Before six. {secret} {interview.pk}".encode()
    attach_transcript(interview=interview, file_name="talk.txt", content=spoken, by=UserFactory(), now=timezone.now())
    interview.unchosen.create(
        key="1-1", asked="How important?", said=[["Importance", f"9 {secret}"]], entry="0" * 32,
        chosen_by_name="Ines", chosen_at=timezone.now(),
    )  # fmt: skip
    verbatim = VerbatimFactory(interview=interview, text=f"Before six. {secret}")
    code_verbatim(verbatim=verbatim, requirement=requirement, coder_name=f"A coder {secret}")
    return interview


def weight_set_of(stratum: Stratum) -> int:
    """Return a set of factors; somebody was heard, so that another one can be made."""
    InterviewFactory(stratum=stratum, completed=True)
    weight_set = WeightSet.objects.create(
        version=WeightSet.objects.count() + 1,
        method=WeightSet.Method.MARGINS,
        by_region=True,
        as_of=timezone.now().date(),
        customers=1,
        n_eff=1.0,
        design_effect=1.0,
        made_at=timezone.now(),
    )
    weight_set.factors.create(stratum=stratum, customers=1, factor=1)
    return int(weight_set.pk)


def everything_of(function: Function, buyer: Function, person: User, secret: str = "") -> dict[str, Any]:
    """Return the ids of one object of each kind that belongs to a function."""
    requirement: Requirement = RequirementFactory(owner=function, scale={})
    (product,) = requirement.products.all()
    metric = MetricFactory(function=function, name=f"Metric of {function} {secret}")
    measurement = MeasurementFactory(metric=metric, value=1, external_id=f"M-{secret}")
    link = MetricLinkFactory(metric=measurement.metric, requirement=requirement, product=product)
    customer = CustomerFactory(name=f"Customer of {function} {secret}".strip())
    contact = ContactFactory(customer=customer, name=f"Contact of {function} {secret}")
    interview = interview_about(requirement, secret, contact=contact)
    token, _ = create_token(user=person, name=f"of somebody {secret}", scopes=["scores:read"], now=timezone.now())
    invited = InvitationFactory(person__email=f"invited{function.pk}@example.org")
    plan = StratumTargetFactory().plan
    merged = RequirementFactory(owner=function, merged_into=requirement, state="retired")
    return {
        "function": function.pk,
        "ended_function": FunctionFactory(is_active=False).pk,
        "merged_requirement": merged.pk,
        "merged_customer": CustomerFactory(merged_into=contact.customer).pk,
        "supply_link": SupplyLinkFactory(supplier=function, supplied=buyer).pk,
        "requirement": requirement.pk,
        "responsibility": requirement.responsibilities.create(function=function, strength=3).pk,
        "product": product.pk,
        "metric": measurement.metric_id,
        "measurement": measurement.pk,
        "metric_link": link.pk,
        "suspect_link": MetricLinkFactory(
            metric__function=function, requirement=requirement, product=product, role="supports", requirement_version=0
        ).pk,
        "chart_phase": ChartPhaseFactory(metric=metric, reason=f"New machines {secret}").pk,
        "chart_note": ChartNoteFactory(metric=metric, text=f"Flooded {secret}").pk,
        **pulling_on(metric, function),
        "measurement_source": MeasurementSourceFactory(metric=metric, name=f"ERP {secret}{function.pk}"[:40]).pk,
        "customer": contact.customer_id,
        "contact": contact.pk,
        "product_use": contact.customer.product_uses.create(product=product, kind="used").pk,
        "involvement": contact.involvements.create(
            product=product,
            stage="delivery",
            customer=contact.customer,
            involved_on=HELD_ON,
            how=f"Pilot {secret}",
            noted_by_name="Ines",
        ).pk,
        **proposed_for(function, metric),
        "scenario": scenario_of(function),
        "belief_asking": asking_of(requirement),
        "loss": loss_of(contact, requirement, secret),
        **speaking_for_us(contact, interview, secret),
        **acting_on(requirement, metric, contact, secret),
        "consolidation": made_of_words(interview, requirement, secret),
        **twins_of(requirement, secret),
        **said_in(interview),
        **guide_about(requirement, interview, secret),
        **asked_by_mail(interview),
        "round": interview.round_id,
        "planned_round": plan.round_id,
        "sampling_plan": plan.pk,
        "segment": interview.stratum_id,
        "weight_set": weight_set_of(interview.stratum),
        "value_band": ValueBand.objects.create(name=f"of {function}").pk,
        "person": person.pk,
        "invited": invited.person_id,
        "invitation": invited.pk,
        **read_twice(interview, person),
        "secret": "of-no-invitation",
        "source": 1,
        "client": register_client(name=f"of {function}", owner=person, scopes=["scores:read"])[0].pk,
        "job": Job.objects.create(kind="measurements", title=f"A stream {secret}").pk,
        "file_import": FileImport.objects.create(
            kind="measurements",
            folder=uuid.uuid4().hex,
            columns=[f"day {secret}", "figure"],
            meanings={"layout": {}},
            uploaded_at=timezone.now(),
        ).pk,
        "list_export": export_of(person, secret),
        "audit_entry": AuditEntry.objects.latest("number").pk,
        "saved_view": SavedView.objects.create(user=person, list="metrics", name=f"of somebody {secret}").pk,
        "list": "customers",
        "bulk_change": bulk_change_of(person, secret),
        "membership": MembershipFactory(user=UserFactory()).pk,
        "attribute": requirement.attribute_id,
        "rating_scale": RatingScale.objects.earliest("pk").pk,
        "finding": finding_of(function, secret),
        "token": token.pk,
        **told_of(metric, person, secret),
        "session": session_of(person).pk,
    }


def told_of(metric: Metric, person: User, secret: str) -> dict[str, int]:
    """Return a notice of a signal, an endpoint, and a delivery to it that was given up."""
    notice = NoticeFactory(event__about=metric.pk, person=person)
    endpoint = EndpointFactory(description=f"Chat {secret}".strip())
    delivery = DeliveryFactory(endpoint=endpoint, event=notice.event, state="given_up", answer=f"No {secret}")
    return {"notice": notice.pk, "endpoint": endpoint.pk, "delivery": delivery.pk}


def finding_of(function: Function, secret: str) -> str:
    """Return the key of a finding that was put aside: a metric that serves nothing."""
    key = f"idle:{MetricFactory(function=function, name=f'Idle of {function} {secret}'.strip()).pk}"
    day = program_day(timezone.now()) + timedelta(days=7)
    FindingAside.objects.create(key=key, reason=f"Known {secret}", until_on=day, put_by_name=f"Ines {secret}")
    return key


def proposed_for(function: Function, metric: Metric) -> dict[str, int]:
    """Return an initiative with what it changes; who reads it may not see the metric, so its name tells nothing."""
    made = propose_initiative(
        function=function, name=f"Initiative of {function}", purpose="Faster", cost_fixed=Decimal(9),
        created_by=None, created_by_name="Ines", now=timezone.now(),
    )  # fmt: skip
    effect = InitiativeEffect.objects.create(initiative=made, metric=metric, low=1, likely=1, high=1)
    decided, barred = (
        propose_initiative(
            function=function, name=f"{name} of {function}", purpose="Once", created_by=None, created_by_name="Ines",
            now=timezone.now(),
        )
        for name in ("Decided", "Barred")
    )  # fmt: skip
    InitiativeNeed.objects.create(initiative=barred, needed=decided)
    InitiativeExclusion.objects.create(one=made, other=barred)
    decision = decided.decisions.create(
        kind="against", reason="No", decided_by_name="Ines", decided_at=timezone.now(), run=1, inputs_digest="0" * 64,
        believed={"sentence": "Serves nobody."},
    )  # fmt: skip
    return {
        "initiative": made.pk,
        "initiative_effect": effect.pk,
        "initiative_decision": decision.pk,
        "needed_initiative": decided.pk,
        "barred_initiative": barred.pk,
    }


def scenario_of(function: Function) -> int:
    """Return a scenario that nobody of the callers saved: without this function."""
    move = {"field": "without", "value": str(function.pk), "name": function.name, "was": "is there"}
    move["then"] = "is not there"
    believed = {"now": None, "then": None, "felt": None, "run": 1, "as_of": "2026-03-16"}
    return Scenario.objects.create(
        name=f"Without {function}", moves=[move], move_count=1, believed=believed, created_by_name="Ines",
        created_at=timezone.now(),
    ).pk  # fmt: skip


def asking_of(requirement: Requirement) -> int:
    """Return an asking of heads and viewers, open today, with what somebody who has left began to say."""
    today = timezone.localdate()
    figure = {"requirement": requirement.pk, "importance": [8, 7, 9], "gap": [40, 30, 50], "n_eff": 9.0,
              "customers": 9, "heard_on": None}  # fmt: skip
    asking = BeliefAsking.objects.create(
        title="What do we believe?", opens_on=today, closes_on=today, asks_viewers=True, figures=[figure], run=1,
        as_of=today, created_by_name="Ines", created_at=timezone.now(),
    )  # fmt: skip
    sheet = asking.sheets.create(role="viewer", version=1)
    sheet.beliefs.create(requirement=requirement, importance=5, gap=50)
    return asking.pk


def review_of(kept: Snapshot, words: str) -> dict[str, int]:
    review = begin_review(
        snapshot=kept, held_on=kept.as_of, title=f"Review {words}", took_part=words, by_name="Ines", now=timezone.now()
    )
    if words:
        # The sweep writes into the own one as somebody who saw it empty.
        write_notes(review=review, notes={"customers": words}, seen={})
    decision = add_decision(review=review, sentence=f"Listen more {words}", kind="improvement", responsible=None)
    return {"review": review.pk, "review_decision": decision.pk}


def loss_of(contact: Contact, requirement: Requirement, secret: str) -> int:
    loss = assess_loss(
        customer=contact.customer, assessor=None, assessor_name="Ines", today=HELD_ON, lost_on=HELD_ON, contact=contact,
        value_lost=12_000, competitor="Nobody", reason_theirs=f"Too slow. {secret}", theirs=[requirement],
        ours=[requirement], could_have_known="yes",
    )  # fmt: skip
    return loss.pk


def speaking_for_us(contact: Contact, interview: Interview, secret: str) -> dict[str, int]:
    """Return an ambassador who was asked for a prospect; the interview can be confirmed."""
    said = {"noted_by": None, "noted_by_name": f"Ines {secret}", "today": HELD_ON}
    ambassador = agree(contact=contact, agreed_on=HELD_ON, agreed_source=f"by mail {secret}", **said)
    prospect = CustomerFactory(name=f"Prospect {secret}".strip(), lifecycle="prospective")
    ask = record_ask(
        ambassador=ambassador, prospect=prospect, asked_by=None, asked_by_name=f"Ines {secret}", today=HELD_ON,
        asked_on=HELD_ON, kind="call", about=f"A word {secret}", despite=f"They offered it {secret}",
    )  # fmt: skip
    # What was understood of it can be confirmed.
    InterviewFactory(contact=contact, round=interview.round, stratum=interview.stratum, completed=True)
    return {"ambassador": ambassador.pk, "ambassador_ask": ask.pk, "prospect": prospect.pk}


def acting_on(requirement: Requirement, metric: Metric, contact: Contact, secret: str) -> dict[str, Any]:
    """Return an action that is done, with a cause, a comment, and what one who raised it says.

    What its title says every member reads.
    """
    action = ActionFactory(
        function=requirement.owner, about=[requirement], metric=metric, stage="verifying", done_on=HELD_ON,
        problem=f"Late {secret}", done_words=f"A second van {secret}",
    )  # fmt: skip
    cause = action.causes.create(bone="method", text=f"Nobody plans {secret}", is_root=True)
    comment = add_comment(action=action, text=f"Well done {secret}", by=None, by_name="Ines", now=timezone.now())
    file = attach_file(
        action=action,
        file=ContentFile(f"A second van {secret}".encode(), f"route {secret}.txt".replace(" .", ".")),
        by=None, by_name="Ines", now=timezone.now(),
    )  # fmt: skip
    comment.mentions.create(person=UserFactory())
    row = action.confirmations.create(
        contact=contact, asked_on=HELD_ON, is_fixed=True, said_on=HELD_ON, source="phone", note=f"Yes {secret}",
        noted_by_name="Ines",
    )  # fmt: skip
    # Whoever raised it can confirm it.
    words = VerbatimFactory(interview=InterviewFactory(contact=contact, completed=True), text=f"Late again {secret}")
    code_verbatim(verbatim=words, requirement=requirement, coder_name="Ines")
    telling = Telling.objects.create(
        subject=f"News {secret}", intro="You told us", prepared_by_name="Ines", prepared_at=timezone.now()
    )
    telling.parts.create(action=action, step="changed", words=f"A second van {secret}")
    sent = Telling.objects.create(
        subject=f"Earlier {secret}", intro="You told us", prepared_by_name="Ines", prepared_at=timezone.now(),
        state="sent", approved_by_name="Otto", approved_at=timezone.now(),
    )  # fmt: skip
    part = sent.parts.create(action=action, step="planned", words="A second van")
    sent.letters.create(contact=contact).entries.create(part=part)
    # One is public at most, and one waits: of many only those that are over can stand beside each other.
    edition = Publication.objects.create(
        state="withdrawn", intro=f"You told us {secret}", prepared_by_name="Ines", prepared_at=timezone.now(),
        approved_by_name="Otto", approved_at=timezone.now(), withdrawn_by_name="Otto", withdrawn_at=timezone.now(),
    )  # fmt: skip
    edition.items.create(
        action=action, said=f"Late {secret}", did=f"A second van {secret}", done_on=HELD_ON, people=5, customers=3
    )
    ids = {
        "action": action.pk,
        "publication": edition.pk,
        "telling": telling.pk,
        "cause": cause.pk,
        "action_comment": comment.pk,
        "action_file": file.pk,
        "confirmation": row.pk,
    }
    return ids | {"stage": "cancelled"}


def pulling_on(metric: Metric, function: Function) -> dict[str, int]:
    """Return a second metric of the function that pulls against the first, and a third of which nothing is said."""
    second, third = MetricFactory.create_batch(2, function=function)
    MetricInput.objects.create(metric=MetricFactory(kind="derived", function=function), input=second)
    relation = relate_metrics(one=metric, other=second, strength=-3, note="faster costs care")
    return {"second_metric": second.pk, "third_metric": third.pk, "metric_relation": relation.pk}


def twins_of(requirement: Requirement, secret: str) -> dict[str, int]:
    """Return a requirement about the same products, and what somebody said of one more: that it is not the same."""
    twin, third = (RequirementFactory(products=list(requirement.products.all())) for _each in range(2))
    verdict = set_pair_aside(
        one=requirement, other=third, reason=f"Another clock. {secret}", decider=None, decider_name="Ines",
        now=timezone.now(),
    )  # fmt: skip
    return {"twin": twin.pk, "alike_verdict": verdict.pk}


def made_of_words(interview: Interview, requirement: Requirement, secret: str) -> int:
    """Return the act that made a requirement of words, others of which wait."""
    other = InterviewFactory(contact=interview.contact, stratum=interview.stratum)
    codings = [
        code_verbatim(verbatim=VerbatimFactory(interview=other), attribute=requirement.attribute, coder_name="Ines").pk
        for _verbatim in range(2)
    ]
    act = make_requirement(
        codings=codings[:1], doer=None, doer_name=f"Ines {secret}", now=timezone.now(), statement="Back before six",
        reference=f"W-{requirement.pk}",
        attribute=requirement.attribute, products=list(requirement.products.all()),
    )  # fmt: skip
    return act.pk


def bulk_change_of(person: User, secret: str = "") -> int:
    change = BulkChange.objects.create(
        list_name="customers", action="industry", title=f"industry {secret}", done_by=person, done_at=timezone.now()
    )
    return change.pk


def export_of(person: User, secret: str = "") -> int:
    about = {"list": "metrics", "query": "", "format": "csv", "file": ""}
    return Job.objects.create(kind="list export", title=f"Metrics {secret}", about=about, started_by=person).pk


@contextmanager
def program_of_everything() -> Iterator[Callers]:
    """Make the program in a transaction that is undone at the end; who asks undoes each request by a savepoint."""
    with transaction.atomic():
        program = Callers()
        ProgramRow.objects.create(name="A program")
        own, other, buyer = FunctionFactory(), FunctionFactory(), FunctionFactory()
        for role in ROLES[:-1]:
            _add_person(program, role, own)
        program.own = everything_of(own, buyer, UserFactory())
        program.foreign = everything_of(other, buyer, UserFactory(), CANARY)
        # Somebody was heard: without that no day can be kept.
        InterviewFactory(completed=True)
        mark_circle()
        mark_register()
        drain_all(as_of=timezone.now())
        kept = keep_snapshot(as_of=timezone.localdate(), title="today", now=timezone.now())
        earlier = keep_snapshot(as_of=kept.as_of - timedelta(days=30), title="then", now=timezone.now())
        for ids in (program.own, program.foreign):
            ids |= {"snapshot": kept.pk, "earlier_snapshot": earlier.pk, "kept_day": kept.as_of.isoformat()}
        for ids, function, words in ((program.own, own, ""), (program.foreign, other, CANARY)):
            ids["report"] = keep_report(
                title=f"Report {words}", about=function, snapshot=kept, article=f"<p>{words}</p>", pdf=b"%PDF-",
                by=None, by_name="Somebody", now=timezone.now(),
            ).pk  # fmt: skip
            ids.update(review_of(kept, words))
        program.by_role = {role: program.own | ids for role, ids in program.by_role.items()}
        yield program
        transaction.set_rollback(True)


def _add_person(program: Callers, role: str, own: Function) -> None:
    person = program.people[role] = UserFactory()
    token, program.tokens[role] = create_token(user=person, name="own", scopes=EVERY_SCOPE, now=timezone.now())
    interview = interview_about(RequirementFactory(owner=own), interviewer=person)
    view = SavedView.objects.create(user=person, list="metrics", name="own")
    session = session_of(person)
    program.by_role[role] = said_in(interview) | {
        **read_twice(interview, person),
        "token": token.pk,
        "notice": NoticeFactory(person=person).pk,
        "saved_view": view.pk,
        "session": session.pk,
        "bulk_change": bulk_change_of(person),
        "list_export": export_of(person),
    }
    if role != "nobody":
        MembershipFactory(user=person, role=role, function=own if role in {"head", "deputy"} else None)
