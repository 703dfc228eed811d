"""From what an action is made: a gap, a finding, a signal, a decision, somebody's words.

One link opens the form with it filled in.
The address carries ids only; each is looked up with the rights of who asks, and one that this person may not see does
not exist.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.http import Http404, QueryDict
from django.utils.translation import gettext as _

from functions.models import Function
from functions.selectors import Access
from improvements.action_models import LONGEST_ORIGIN, LONGEST_TEXT, LONGEST_TITLE, Action
from improvements.reviews import decisions_for, origin_key
from interviews.models import Verbatim
from interviews.selectors import codings_for, verbatims_for
from metrics.models import Metric, MetricLink
from metrics.selectors import metrics_for
from requirements_catalog.models import Requirement
from requirements_catalog.selectors import requirement_ids_for
from web.forms import id_in

Origin = Action.Origin


@dataclass(frozen=True)
class Start:
    """What a form begins with: where the action came from, and what follows of that."""

    origin: str = Origin.OTHER
    key: str = ""
    verbatim: Verbatim | None = None
    about: str = ""
    initial: Mapping[str, Any] = field(default_factory=dict)

    @property
    def kept(self) -> dict[str, Any]:
        return {"origin": self.origin, "origin_key": self.key, "verbatim": self.verbatim}


def start_of(query: QueryDict, access: Access) -> Start:
    """Return what an address asks for; raises Http404 for a record that this person may not see."""
    requirement = _requirement(query, access)
    metric = _metric(query, access)
    function = _function(query, access)
    if "verbatim" in query:
        return _of_words(query, access)
    if "decision" in query:
        return _of_decision(query, access)
    found: dict[str, Any] = {}
    if metric is not None:
        found |= _of_metric(metric, access)
    if requirement is not None:
        found |= _of_requirement(requirement, access, metric)
    if function is not None:
        found["function"] = function.pk
    if title := _text(query, "title", LONGEST_TITLE):
        found["title"] = title
    if problem := _text(query, "problem", LONGEST_TEXT):
        found["problem"] = problem
    return Start(initial=found, **_where_from(query, requirement, metric, function))


def _where_from(
    query: QueryDict, requirement: Requirement | None, metric: Metric | None, function: Function | None
) -> dict[str, Any]:
    if key := _text(query, "finding", LONGEST_ORIGIN):
        return {"origin": Origin.FINDING, "key": key, "about": _("From a finding: what is wrong is filled in.")}
    if metric is not None:
        on = _day(query.get("on", ""))
        key = f"signal:{metric.pk}:{on}" if on else f"signal:{metric.pk}"
        said = _("From a signal of '%(name)s': it is the metric that should shift.")
        return {"origin": Origin.SIGNAL, "key": key, "about": said % {"name": metric.name}}
    if requirement is not None:
        said = _("From the gap of %(name)s.")
        return {
            "origin": Origin.GAP,
            "key": f"requirement:{requirement.pk}",
            "about": said % {"name": requirement},
        }
    if function is not None:
        said = _("From the gap of %(name)s.")
        return {"origin": Origin.GAP, "key": f"function:{function.pk}", "about": said % {"name": function}}
    return {}


def _of_words(query: QueryDict, access: Access) -> Start:
    verbatim = verbatims_for(access).filter(pk=_id(query, "verbatim")).first()
    if verbatim is None:
        raise Http404
    # Who is to read the words blind is not to find in a form what the first coder found.
    codings = codings_for(access).filter(verbatim=verbatim, requirement__isnull=False).select_related("requirement")
    seen = requirement_ids_for(access)
    about = (each.requirement for each in codings.order_by("start", "pk"))
    coded = {each.pk: each for each in about if each and (seen is None or each.pk in seen)}
    found: dict[str, Any] = {}
    if coded:
        found |= _of_requirement(next(iter(coded.values())), access, None)
        found["requirements"] = list(coded)
    return Start(
        origin=Origin.VERBATIM, key=f"verbatim:{verbatim.pk}", verbatim=verbatim, initial=found,
        about=_("From a customer's words, which its page shows to those who may read them: do not copy them here."),
    )  # fmt: skip


def _of_decision(query: QueryDict, access: Access) -> Start:
    decision = decisions_for(access).filter(pk=_id(query, "decision")).first()
    if decision is None:
        raise Http404
    found: dict[str, Any] = {
        "title": decision.sentence[:LONGEST_TITLE], "problem": decision.sentence, "due_on": decision.due_on,
    }  # fmt: skip
    if decision.responsible_id:
        found["owner"] = decision.responsible_id
    said = _("From a decision of the review ‘%(title)s’: what was decided is filled in.")
    return Start(
        origin=Origin.REVIEW, key=origin_key(decision.pk), initial=found, about=said % {"title": decision.review.title}
    )


def _of_requirement(requirement: Requirement, access: Access, metric: Metric | None) -> dict[str, Any]:
    found: dict[str, Any] = {"requirements": [requirement.pk], "function": requirement.owner_id}
    if metric is None:
        links = MetricLink.objects.filter(requirement=requirement, metric__is_active=True)
        measured = links.filter(metric__in=metrics_for(access).order_by().values("pk"))
        found["metric"] = measured.order_by("role", "-strength", "pk").values_list("metric", flat=True).first()
    return found


def _of_metric(metric: Metric, access: Access) -> dict[str, Any]:
    served = metric.links.filter(requirement__state=Requirement.State.ACTIVE).order_by("role", "-strength", "pk")
    seen = requirement_ids_for(access)
    ids = [each for each in served.values_list("requirement", flat=True) if seen is None or each in seen]
    return {"metric": metric.pk, "function": metric.function_id, "requirements": list(dict.fromkeys(ids))[:1]}


# ---- Reading the address


def _requirement(query: QueryDict, access: Access) -> Requirement | None:
    if "requirement" not in query:
        return None
    seen, pk = requirement_ids_for(access), _id(query, "requirement")
    found = Requirement.objects.filter(pk=pk).first()
    if found is None or (seen is not None and found.pk not in seen):
        raise Http404
    return found


def _metric(query: QueryDict, access: Access) -> Metric | None:
    if "metric" not in query:
        return None
    found = metrics_for(access).filter(pk=_id(query, "metric")).first()
    if found is None:
        raise Http404
    return found


def _function(query: QueryDict, access: Access) -> Function | None:
    if "function" not in query:
        return None
    found = Function.objects.filter(pk=_id(query, "function"), is_active=True).first()
    if found is None or not (access.is_specialist or access.heads(found.pk)):
        raise Http404
    return found


def _id(query: QueryDict, name: str) -> int:
    found = id_in(query.get(name, ""))
    if not found:
        raise Http404
    return found


def _text(query: QueryDict, name: str, longest: int) -> str:
    # Words first: spaces that do not break are none that can be printed, and '24 h' is not to become '24h'.
    words = " ".join(query.get(name, "").split())
    return "".join(each for each in words if each.isprintable())[:longest].strip()


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return ""
