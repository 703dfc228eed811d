"""Are two requirements one? Pairs that look alike, to be merged or set aside by a person."""

from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from functions.access import ProgramRequest, person, specialists_only
from interviews.alike import alike_page, merge_alike, set_pair_aside, standing, suggest_again
from interviews.alike_forms import StaysForm, WhyForm
from interviews.alike_models import AlikeVerdict
from interviews.workbench import counts_of_codes
from requirements_catalog.models import Requirement
from requirements_catalog.selectors import has_answers
from web.saving import METHODS, answer_form, posted, what_follows

QUESTION = gettext_lazy("Requirements: is something said twice?")
NOBODY = (0, 0)


@specialists_only
@require_safe
def requirement_alike(request: ProgramRequest) -> HttpResponse:
    page, counts = alike_page(), counts_of_codes()
    rows = [
        (each, [(one, counts.get(("requirement", one.pk), NOBODY)[1]) for one in (each.first, each.second)])
        for each in page.suggested
    ]
    return render(request, "interviews/alike.html", {"page": page, "rows": rows})


def pair_of(pk: int, requirement: int) -> tuple[Requirement, Requirement]:
    """Return two requirements that stand for themselves, the older one first; 404 for anything else."""
    first, second = sorted((pk, requirement))
    known = standing() if first != second else standing().none()
    return get_object_or_404(known, pk=first), get_object_or_404(known, pk=second)


@specialists_only
@require_http_methods(METHODS)
def requirement_alike_merge(request: ProgramRequest, pk: int, requirement: int) -> HttpResponseBase:
    pair = pair_of(pk, requirement)

    def merge(data: dict[str, Any]) -> Requirement:
        member = next(each for each in pair if each != data["into"])
        merge_alike(
            requirement=member, into=data["into"], decider=person(request), decider_name=str(request.user),
            now=timezone.now(),
        )  # fmt: skip
        into: Requirement = data["into"]
        return into

    return answer_form(
        request,
        StaysForm(posted(request), pair=pair),
        merge,
        said=lambda root: what_follows(
            first=_("They are one now: %(root)s. It can be undone on the list of requirements.")
            % {"root": root.reference},
            scores=sum(map(has_answers, pair)),
            circle=True,
        ),
        then=lambda root: reverse("requirement_detail", args=[root.pk]),
        question=QUESTION,
        heading=_("Merge %(first)s and %(second)s") % {"first": pair[0].reference, "second": pair[1].reference},
        about=_(
            "Answers and words stay where they were given and count for the one that stays; metrics of the other one "
            "rest. You can undo it at any time."
        ),
        crumbs=crumbs(),
        submit=_("Merge"),
        cancel_url=reverse("requirement_alike"),
    )


def crumbs() -> list[tuple[str, str]]:
    return [(_("Requirements"), reverse("requirement_list")), (_("Said twice?"), reverse("requirement_alike"))]


@specialists_only
@require_http_methods(METHODS)
def requirement_alike_aside(request: ProgramRequest, pk: int, requirement: int) -> HttpResponseBase:
    first, second = pair_of(pk, requirement)
    return answer_form(
        request,
        WhyForm(posted(request)),
        lambda data: set_pair_aside(
            one=first, other=second, decider=person(request), decider_name=str(request.user), now=timezone.now(), **data
        ),
        said=lambda _made: (
            _("%(first)s and %(second)s stay apart.") % {"first": first.reference, "second": second.reference}
        ),
        then=lambda _made: reverse("requirement_alike"),
        question=QUESTION,
        heading=_("Why are %(first)s and %(second)s not the same?")
        % {"first": first.reference, "second": second.reference},
        about=f"{first.statement} / {second.statement}",
        crumbs=crumbs(),
        submit=_("Keep them apart"),
        cancel_url=reverse("requirement_alike"),
    )


@specialists_only
@require_POST
def requirement_alike_again(request: ProgramRequest, pk: int) -> HttpResponse:
    suggest_again(verdict=get_object_or_404(AlikeVerdict, pk=pk))
    return redirect("requirement_alike")
