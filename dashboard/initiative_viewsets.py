from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import Http404, HttpResponse, QueryDict
from django.utils import timezone
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from dashboard.initiative_page import may_be_shown, may_change
from dashboard.portfolio_compare import Choice, compared_portfolios
from dashboard.portfolio_job import worked_out
from dashboard.portfolio_page import portfolio_answer, usual_budget
from dashboard.realised_viewsets import checkpoint_forms
from functions.permissions import KeepsInitiatives, ReadsMeasurements, ReadsScores, WritesDefinitions
from functions.selectors import program
from gap_scores.selectors import read_board
from improvements import initiatives as services
from improvements.deciding import record_decision
from improvements.delivering import record_delivery
from improvements.initiative_models import (
    Initiative,
    InitiativeDecision,
    InitiativeEffect,
    InitiativeExclusion,
    InitiativeNeed,
)
from improvements.initiative_serializers import (
    CheckpointsSerializer,
    DecideBody,
    DecisionQuery,
    DecisionSerializer,
    DeliverBody,
    EffectBody,
    EffectQuery,
    InitiativeBody,
    InitiativeChangeBody,
    InitiativeEffectSerializer,
    InitiativeQuery,
    InitiativeSerializer,
    NewEffectBody,
    PortfolioQuery,
    PortfolioSerializer,
    VerdictSerializer,
)
from improvements.judging import CENTS, Judge, Rival, Verdict
from improvements.portfolio import Asked, Bought, Portfolio, portfolio_of
from improvements.realised import checkpoints_of
from improvements.scenario_serializers import ComparedPortfoliosSerializer, ComparePortfoliosQuery
from improvements.told_then import may_be_told
from improvements.verdict_words import reach_sentence, verdict_sentence
from metrics.selectors import metrics_for
from scoring.portfolios import Goal, Rules
from web.api_views import ApiViewSet
from web.bodies import refuse_unknown
from web.forms import ids_in
from web.nouns import Changing, Creating, Deleting, Form, NounViewSet, added, answers_of

CHANGING = {"partial_update", "destroy"}


class InitiativeViewSet(Creating, Changing, Deleting, NounViewSet):
    """What could be done, what it costs, and what it needs or excludes. verdict/ says whether it serves customers."""

    permission_classes = (ReadsScores,)
    writers = (KeepsInitiatives,)
    doers: ClassVar = {"decide": (WritesDefinitions,), "deliver": (WritesDefinitions,)}
    queries: ClassVar = {"list": InitiativeQuery}
    searched = ("name", "purpose")
    bodies: ClassVar = {"create": InitiativeBody, "partial_update": InitiativeChangeBody, "decide": DecideBody,
                        "deliver": DeliverBody}  # fmt: skip
    answers: ClassVar = answers_of(InitiativeSerializer, "create", "partial_update", "decide", "deliver") | {
        "verdict": VerdictSerializer,
        "checkpoints": CheckpointsSerializer,
    }

    def rows(self) -> QuerySet[Initiative]:
        return Initiative.objects.all()

    def record_of(self, pk: str) -> Initiative:
        """Return one; where it is changed only if the caller may, as on the page."""
        record: Initiative = super().record_of(pk)
        if self.action in CHANGING and not may_change(self.access, record):
            raise Http404
        return record

    def forms(self, rows: QuerySet[Any]) -> list[Form]:
        forms = super().forms(rows)
        ids = [form["id"] for form in forms]
        needs = InitiativeNeed.objects.filter(initiative__in=ids).order_by("initiative", "needed")
        added(forms, "needs", needs.values_list("initiative_id", "needed_id"))
        pairs = InitiativeExclusion.objects.order_by("one", "other").values_list("one_id", "other_id")
        both = [pair for one, other in pairs for pair in ((one, other), (other, one)) if pair[0] in ids]
        added(forms, "excludes", both)
        return forms

    def create_record(self, data: dict[str, Any]) -> Initiative:
        user: Any = self.request.user
        return services.propose_initiative(created_by=user, created_by_name=str(user), now=timezone.now(), **data)

    def change_record(self, record: Initiative, data: dict[str, Any]) -> Initiative:
        if not self.access.is_specialist:
            refuse_unknown(data, among=("state",), offered=set(InitiativeBody().fields))
        return services.change_initiative(initiative=record, changes=data)

    def delete_record(self, record: Initiative) -> None:
        services.remove_initiative(initiative=record)

    @action(detail=True)
    def verdict(self, request: Request, pk: str) -> Response:
        """Whether it serves customers, what that costs, and what else the money could do."""
        record, its = self.record_of(pk), program()
        judge = Judge(read_board(), its, self.access)
        verdict = judge.verdict(judge.by_id[record.pk])
        return Response(verdict_form(verdict, judge, its.currency if its else "", self.access))

    @action(detail=True, methods=["post"])
    def decide(self, request: Request, pk: str) -> HttpResponse:
        """Record a decision with what is believed now; its state follows."""
        user: Any = request.user

        def deed(record: Initiative, data: dict[str, Any]) -> InitiativeDecision:
            return record_decision(
                initiative=record, board=read_board(), program=program(), decided_by=user, decided_by_name=str(user),
                now=timezone.now(), **data,
            )  # fmt: skip

        return self.do(request, pk, deed)

    @action(detail=True)
    def checkpoints(self, request: Request, pk: str) -> Response:
        """What came true of it, 3, 6 and 12 months after it was in force."""
        record = self.record_of(pk)
        found = checkpoints_of([record], today=self.today).get(record.pk, [])
        told = bool(found) and may_be_told(found[0].decision, Judge(read_board(), program(), self.access), self.access)
        return Response({"checkpoints": checkpoint_forms(found, self.access, is_told=told)})

    @action(detail=True, methods=["post"])
    def deliver(self, request: Request, pk: str) -> HttpResponse:
        """Keep since when it is in force, and what it really cost; said again, it is corrected."""

        def deed(record: Initiative, data: dict[str, Any]) -> Initiative:
            said = {"cost_spent": record.cost_spent} | data
            return record_delivery(initiative=record, today=self.today, **said)

        return self.do(request, pk, deed)


class InitiativeEffectViewSet(Creating, Changing, Deleting, NounViewSet):
    """Which level of a metric an initiative is expected to lead to; whoever may not see the metric sees none."""

    permission_classes = (ReadsMeasurements,)
    writers = (KeepsInitiatives,)
    queries: ClassVar = {"list": EffectQuery}
    bodies: ClassVar = {"create": NewEffectBody, "partial_update": EffectBody}
    searched = ("metric__name", "initiative__name")
    answers: ClassVar = answers_of(InitiativeEffectSerializer, "create", "partial_update")

    def rows(self) -> QuerySet[InitiativeEffect]:
        return InitiativeEffect.objects.filter(metric__in=metrics_for(self.access).order_by().values("pk"))

    def record_of(self, pk: str) -> InitiativeEffect:
        record: InitiativeEffect = super().record_of(pk)
        if self.action in CHANGING and not may_change(self.access, record.initiative):
            raise Http404
        return record

    @property
    def me(self) -> Any:
        return self.request.user

    def create_record(self, data: dict[str, Any]) -> InitiativeEffect:
        return services.state_effect(today=self.today, access=self.access, by=self.me, **data)

    def change_record(self, record: InitiativeEffect, data: dict[str, Any]) -> InitiativeEffect:
        return services.change_effect(effect=record, changes=data, today=self.today, access=self.access, by=self.me)

    def delete_record(self, record: InitiativeEffect) -> None:
        services.remove_effect(effect=record)


class InitiativeDecisionViewSet(NounViewSet):
    """What was decided, why, and what was believed then. It never changes."""

    permission_classes = (ReadsScores,)
    queries: ClassVar = {"list": DecisionQuery}
    searched = ("reason", "initiative__name")
    answers: ClassVar = answers_of(DecisionSerializer)

    def rows(self) -> QuerySet[InitiativeDecision]:
        return InitiativeDecision.objects.all()

    def forms(self, rows: QuerySet[Any]) -> list[Form]:
        return [
            {
                "id": row.pk,
                "initiative": row.initiative_id,
                "kind": row.kind,
                "reason": row.reason,
                "decided_by_name": row.decided_by_name,
                "decided_at": row.decided_at,
                "run": row.run,
                "inputs_digest": row.inputs_digest,
                "sentence": row.believed["sentence"],
            }
            for row in rows
        ]


class PortfolioViewSet(ApiViewSet):
    """Where should the next money go?"""

    permission_classes = (ReadsScores,)
    queries: ClassVar = {"list": PortfolioQuery, "compare": ComparePortfoliosQuery}
    answers: ClassVar = {"list": PortfolioSerializer, "compare": ComparedPortfoliosSerializer}

    def list(self, request: Request) -> Response:
        """The best set of initiatives for a budget, what each budget buys, and how sure that is."""
        its = program()
        judge = Judge(read_board(), its, self.access)
        inside, outside = (_ids_of(self.query.get(name, "")) for name in ("forced_in", "forced_out"))
        budget = self.query.get("budget")
        asked = Asked(
            usual_budget(judge) if budget is None else round(budget * CENTS),
            Goal(self.query["goal"]),
            Rules(inside, outside - inside),
        )
        found = portfolio_of(judge, asked, None if judge.draws_at_once else worked_out(judge, asked))
        return Response(portfolio_form(found, its.currency if its else ""))

    @action(detail=False)
    def compare(self, request: Request) -> Response:
        """Two choices side by side: what each costs, gains and serves, and what is in only one of them."""
        found = compared_portfolios(parameters=_as_address(self.query), access=self.access, program=program())
        named = {self.query[name] for name in ("a_decision", "b_decision") if self.query.get(name)}
        if not named <= {each.pk for each in found.decisions}:
            raise Http404
        one, other = (
            choice_form(choice, [each.pk for each in alone])
            for choice, alone in zip(found.choices, found.alone, strict=True)
        )
        stamp = found.judge.board.stamp
        return Response({"run": stamp.run_id, "as_of": stamp.as_of, "sentence": found.answer, "a": one, "b": other})


def _ids_of(text: str) -> frozenset[int]:
    return frozenset(ids_in(each.strip() for each in text.split(",")))


def _as_address(query: dict[str, Any]) -> QueryDict:
    """Return the parameters as the address of the page has them."""
    found = QueryDict(mutable=True)
    for name, value in query.items():
        side, _, what = name.partition("_")
        if what in {"forced_in", "forced_out"}:
            found.setlist(f"{side}_{what.removeprefix('forced_')}", [str(each) for each in sorted(_ids_of(value))])
        else:
            found[name] = str(value)
    return found


# ---- Forms


def choice_form(choice: Choice, alone: Sequence[int]) -> Form:
    return {
        "name": choice.name,
        "problem": choice.problem,
        "decision": choice.decision.pk if choice.decision else None,
        "initiatives": [each.pk for each in choice.initiatives],
        "alone": alone,
        "cost": None if choice.money is None else float(choice.money),
        "overall_gap": choice.now,
        "gain": None if choice.gain is None else choice.gain._asdict(),
        "reach": choice.reach,
        "served": [row.requirement_id for row in choice.served],
    }


def rival_form(rival: Rival) -> Form:
    ids = [each.pk for each in rival.initiatives]
    return {"initiatives": ids, "cost": float(rival.money), "gain": rival.gain._asdict()}


def verdict_form(verdict: Verdict, judge: Judge, currency: str, access: Any) -> Form:
    shown, rest = may_be_shown(verdict, access)
    told = verdict.is_told
    counts = access.is_specialist or (told and not verdict.is_of_few)
    return {
        "initiative": verdict.initiative.pk,
        "run": verdict.board.stamp.run_id,
        "as_of": verdict.board.stamp.as_of,
        "sentence": verdict_sentence(verdict, currency, names_few=access.is_specialist),
        "reach_sentence": reach_sentence(verdict),
        "overall_gap": verdict.now,
        "gain": verdict.gain._asdict() if told else None,
        "interval": list(verdict.sure) if told else None,
        "reach": verdict.reach if told else None,
        "cost": None if verdict.cost.money is None else float(verdict.cost.money),
        "per_100k": verdict.per_100k if told else None,
        "customers": verdict.customers if counts else None,
        "touched": [
            {
                "requirement": row.requirement_id,
                "gap": row.score.gap if row.score else 0.0,
                "gain": each.gain._asdict(),
                "newly_served": each.served,
                "n_eff": row.score.n_eff if row.score else 0.0,
            }
            for each, row in shown
        ],
        "too_few": len(rest) if len(rest) > 1 else 0,
        "rival": None if verdict.rival is None else rival_form(verdict.rival),
        "inputs_digest": judge.digest,
    }


def bought_form(bought: Bought) -> Form:
    return {
        "initiatives": [each.pk for each in bought.initiatives],
        "cost": float(bought.money),
        "counted": bought.counted,
        "gain": bought.gain._asdict(),
    }


def portfolio_form(found: Portfolio, currency: str) -> Form:
    frontier: Sequence[Bought] = found.frontier
    return {
        "run": found.judge.board.stamp.run_id,
        "as_of": found.judge.board.stamp.as_of,
        "sentence": portfolio_answer(found, currency),
        "budget": float(found.asked.money),
        "goal": found.asked.goal.value,
        "best": None if found.best is None else bought_form(found.best),
        "bound": found.bound,
        "is_proved": found.is_proved,
        "frontier": [bought_form(each) for each in frontier],
        "options": [
            {
                "initiative": each.row.pk,
                "cost": float(each.cost.money or 0),
                "gain": each.gain._asdict(),
                "stays": each.stays,
                "is_in": each.is_in,
            }
            for each in found.options
        ],
        "cost_unknown": [row.pk for row in found.unknown],
        "left_out": [{"initiative": row.pk, "why": why} for row, why in found.left_out],
        "draws": found.draws,
        "inputs_digest": found.judge.digest,
    }
