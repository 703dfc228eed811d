"""From coded words to requirements: the desk where they are made, and the voices by which one is split."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from customers.models import Lifecycle
from functions.access import ProgramRequest, person, specialists_only
from interviews import consolidating
from interviews.consolidation import (
    ACTS_SHOWN,
    acts,
    by_attribute,
    heard_so_far,
    loose_codings,
    of_lifecycle,
    passage_of,
    segments_of,
    strictness_of,
    voices,
    voices_shown,
    with_speakers,
)
from interviews.consolidation_models import Consolidation
from interviews.models import Coding
from requirements_catalog.forms import NewRequirementForm, SplitForm
from requirements_catalog.models import Requirement
from requirements_catalog.selectors import has_answers
from web.forms import id_in
from web.saving import METHODS, answer_form, posted, what_follows

ON_A_PAGE, MOST_CHOSEN = 50, 200
QUESTION = gettext_lazy("Consolidate: which requirements are in what was heard?")


def chosen_ids(request: HttpRequest, name: str) -> list[int]:
    """Return the ids that the address names, each once; what is no id is nothing that was chosen."""
    found = (id_in(text) for text in request.GET.getlist(name)[:MOST_CHOSEN])
    return list(dict.fromkeys(each for each in found if each))


def page_of(rows: Any, request: HttpRequest) -> Any:
    return Paginator(rows, ON_A_PAGE).get_page(request.GET.get("page"))


# ---- Words to requirements


@specialists_only
@require_safe
def word_consolidate(request: ProgramRequest) -> HttpResponse:
    loose = loose_codings(request.access.user_id)
    attribute = id_in(request.GET.get("attribute", ""))
    page = page_of(with_speakers(loose.filter(attribute=attribute) if attribute else loose), request)
    context = {
        "heard": heard_so_far(),
        "attributes": by_attribute(loose),
        "attribute": attribute,
        "page": page,
        "rows": [(coding, passage_of(coding)) for coding in page],
        "acts": acts().filter(undone_at=None)[:ACTS_SHOWN],
    }
    return render(request, "interviews/consolidate.html", context)


@specialists_only
@require_http_methods(METHODS)
def word_consolidate_make(request: ProgramRequest) -> HttpResponseBase:
    ids = chosen_ids(request, "coding")
    chosen = list(with_speakers(loose_codings(request.access.user_id).filter(pk__in=ids)))
    form = NewRequirementForm(posted(request), initial=proposed(chosen))
    return answer_form(
        request,
        form,
        lambda _data: (
            consolidating.make_requirement(
                codings=ids, **form.changes(), scale=form.scale(), **doer(request)
            ).requirement
        ),
        said=lambda made: what_follows(
            first=_("%(r)s is a draft with the words of %(n)d codings. Activate it when it counts.")
            % {"r": made.reference, "n": len(ids)}
        ),
        then=lambda made: reverse("requirement_detail", args=[made.pk]),
        template="interviews/consolidate_make.html",
        question=QUESTION,
        heading=_("Make a requirement of what was said"),
        chosen=[(coding, passage_of(coding)) for coding in chosen],
        gone=len(ids) - len(chosen),
        crumbs=[(_("Words"), reverse("word_list")), (_("Consolidate"), reverse("word_consolidate"))],
        submit=_("Make the requirement"),
        cancel_url=reverse("word_consolidate"),
    )


def proposed(chosen: list[Coding]) -> dict[str, Any]:
    """Return what a new requirement begins with: the attribute of the words, if they have one in common."""
    attributes = {each.attribute_id for each in chosen}
    return {"origin": Requirement.Origin.CUSTOMER, "attribute": attributes.pop() if len(attributes) == 1 else None}


def doer(request: ProgramRequest) -> dict[str, Any]:
    return {"doer": person(request), "doer_name": str(request.user), "now": timezone.now()}


@specialists_only
@require_POST
def word_consolidate_undo(request: ProgramRequest, pk: int) -> HttpResponse:
    act = get_object_or_404(acts(), pk=pk)
    reference = act.requirement.reference
    return done(
        request,
        lambda: consolidating.undo_consolidation(consolidation=act, now=timezone.now()),
        _("%(reference)s is retired, and everything is where it was.") % {"reference": reference},
        reverse("requirement_voices", args=[act.source_id]) if act.source_id else reverse("word_consolidate"),
    )


def done(request: ProgramRequest, act: Callable[[], Consolidation], said: str, then: str) -> HttpResponse:
    """Do it and go on; a refusal is said on the page that follows."""
    try:
        act()
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, said)
    return redirect(then)


# ---- Voices of a requirement, and its split


def standing(pk: int) -> Requirement:
    return get_object_or_404(
        Requirement.objects.select_related("owner", "current_scale", "attribute"), pk=pk, merged_into=None
    )


@specialists_only
@require_safe
def requirement_voices(request: ProgramRequest, pk: int) -> HttpResponse:
    requirement = standing(pk)
    everybody = voices(requirement)
    lifecycle = request.GET.get("lifecycle", "")
    page = page_of(of_lifecycle(everybody, lifecycle), request)
    context = {
        "requirement": requirement,
        "segments": segments_of(everybody),
        "strictness": strictness_of(requirement),
        "lifecycle": lifecycle,
        "lifecycles": Lifecycle.choices,
        "page": page,
        "voices": voices_shown(requirement, page),
        "merged": list(requirement.merged.order_by("reference")),
        "acts": acts().filter(source=requirement, undone_at=None)[:ACTS_SHOWN],
    }
    return render(request, "interviews/voices.html", context)


@specialists_only
@require_http_methods(METHODS)
def requirement_split(request: ProgramRequest, pk: int) -> HttpResponseBase:
    requirement = standing(pk)
    ids = chosen_ids(request, "interview")
    url = reverse("requirement_voices", args=[pk])
    chosen = voices_shown(requirement, voices(requirement).filter(pk__in=ids))
    return answer_form(
        request,
        SplitForm(posted(request), initial={"attribute": requirement.attribute_id}),
        lambda data: (
            consolidating.split_requirement(
                requirement=requirement, interviews=ids, **data, **doer(request)
            ).requirement
        ),
        said=lambda made: what_follows(
            first=_("%(made)s has %(n)d voices of %(source)s now.")
            % {"made": made.reference, "n": len(ids), "source": requirement.reference},
            scores=2 if has_answers(made) else 0,
            circle=has_answers(made),
        ),
        then=lambda _made: url,
        template="interviews/split.html",
        question=_("Requirement: are these two?"),
        heading=_("Split %(reference)s") % {"reference": requirement.reference},
        about=_(
            "The new one begins as the old one is: same products, scale, owner, contributing functions and state. Its "
            "voices move there with answers and words; metrics stay. You can undo it."
        ),
        chosen=chosen,
        gone=len(ids) - len(chosen),
        requirement=requirement,
        crumbs=[
            (_("Requirements"), reverse("requirement_list")),
            (requirement.reference, reverse("requirement_detail", args=[pk])),
            (_("Voices"), url),
        ],
        submit=_("Split it"),
        cancel_url=url,
    )
