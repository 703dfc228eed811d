"""Guides: the list, a guide's page with its versions and questions, what is done to a version, previews and files."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from functions.access import ProgramRequest, specialists_only
from interviews import guide_services
from interviews.guide_files import begin_with, starters, written
from interviews.guide_forms import NAMES, GuideForm, LanguagesForm, NewGuideForm, StarterForm
from interviews.guide_models import Guide, GuideVersion
from interviews.guide_page import page_of
from interviews.guide_preview import preview_of
from interviews.guide_selectors import (
    faults_of,
    guides,
    guides_with_counts,
    questions_of_version,
    untranslated,
    versions,
)
from interviews.guide_tables import table_of
from requirements_catalog.models import Product
from web.exports import file_response
from web.lists import Column, ListAsked, ListPlan
from web.saved_views import with_saved_views
from web.saving import METHODS, answer_confirmation, answer_form, posted

STATES = dict(GuideVersion.State.choices)
GUIDES = ListPlan(
    name="guides",
    columns=(
        Column("name", gettext_lazy("Guide"), order_by=("name",)),
        Column("note", gettext_lazy("What it is for"), sortable=False, hide_narrow=True),
        Column("version", gettext_lazy("Version"), value=lambda row: row.newest_number, order_by=("newest_number",),
               numeric=True),
        Column("state", gettext_lazy("State"), value=lambda row: str(STATES.get(row.newest_state, "")),
               order_by=("newest_state",)),
        Column("questions", gettext_lazy("Questions"), value=lambda row: row.question_count or 0,
               order_by=("question_count",), numeric=True),
        Column("rounds", gettext_lazy("Rounds"), value=lambda row: row.round_count, order_by=("round_count",),
               numeric=True),
    ),
    sort="name",
    search=("name", "note"),
)  # fmt: skip


def crumbs(guide: Guide | None = None) -> list[tuple[str, str]]:
    there = [(_("Guides"), reverse("guide_list"))]
    return [*there, (guide.name, reverse("guide_detail", args=[guide.pk]))] if guide else there


def address_of(version: GuideVersion) -> str:
    return f"{reverse('guide_detail', args=[version.guide_id])}?version={version.number}"


def draft_or_404(pk: int) -> GuideVersion:
    """Return a draft; what was launched cannot be changed, so the pages that change it do not exist."""
    return get_object_or_404(versions(), pk=pk, state=GuideVersion.State.DRAFT)


# ---- The list, and how a guide comes to be


@require_safe
@specialists_only
@with_saved_views(GUIDES)
def guide_list(request: ProgramRequest) -> HttpResponseBase:
    asked = ListAsked(GUIDES, request.GET)
    shown = asked.show(asked.narrowed(guides_with_counts()), of=guides())
    if asked.wants_file:
        return asked.file(shown)
    products = Product.objects.filter(is_active=True)
    context = {"list": shown, "noun": _("guides"), "starters": starters(), "products": products}
    return render(request, "interviews/guide_list.html", context)


@require_http_methods(METHODS)
@specialists_only
def guide_create(request: ProgramRequest) -> HttpResponseBase:
    return answer_form(
        request,
        NewGuideForm(posted(request), initial={"default_language": "en", "languages": ["en"]}),
        lambda data: guide_services.create_guide(**data),
        said=lambda _made: _("The guide is there. Add its questions; nobody is asked before you launch it."),
        then=address_of,
        question=_("Listen"),
        heading=_("New guide"),
        about=_("What an interview asks, in which order, words and languages."),
        crumbs=crumbs(),
        submit=_("Add the guide"),
        cancel_url=reverse("guide_list"),
    )


@require_POST
@specialists_only
def guide_starter(request: ProgramRequest) -> HttpResponseBase:
    """Make a guide of a starter, by one click."""
    form = StarterForm(request.POST)
    chosen = next((each for each in starters() if form.is_valid() and each.key == form.cleaned_data["starter"]), None)
    if chosen is None:
        messages.error(request, _("Choose a product, then one of the starter guides."))
        return redirect("guide_list")
    try:
        version = begin_with(starter=chosen, product=form.cleaned_data["product"])
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return redirect("guide_list")
    messages.success(request, _("A draft to begin with. Make its words yours, then launch it."))
    return redirect(address_of(version))


# ---- One guide


@require_safe
@specialists_only
def guide_detail(request: ProgramRequest, pk: int) -> HttpResponse:
    """Show the version that the address names, else the newest one."""
    guide = get_object_or_404(guides(), pk=pk)
    there = list(guide.versions.order_by("-number"))
    if not there:
        raise Http404
    version = next((each for each in there if str(each.number) == request.GET.get("version")), there[0])
    version.guide = guide
    context = page_of(version, language=request.GET.get("lang", ""))
    return render(request, "interviews/guide_detail.html", {"guide": guide, "versions": there, **context})


@require_http_methods(METHODS)
@specialists_only
def guide_update(request: ProgramRequest, pk: int) -> HttpResponseBase:
    guide = get_object_or_404(guides(), pk=pk)
    back = reverse("guide_detail", args=[pk])
    return answer_form(
        request,
        GuideForm.of_guide(guide, posted(request)),
        lambda data: guide_services.update_guide(guide=guide, **data),
        said=lambda _saved: _("Saved."),
        then=lambda _saved: back,
        question=_("Guide"),
        heading=_("What is it called, and what is it for?"),
        crumbs=crumbs(guide),
        cancel_url=back,
    )


@require_POST
@specialists_only
def guide_draft(request: ProgramRequest, pk: int) -> HttpResponseBase:
    """Go on from the newest version in a draft of its own; rounds go on asking with the launched one."""
    draft = guide_services.draft_of(guide=get_object_or_404(guides(), pk=pk))
    messages.success(request, _("Change this draft. Interviews go on with the launched version until you launch it."))
    return redirect(address_of(draft))


# ---- One version


@require_http_methods(METHODS)
@specialists_only
def guide_languages(request: ProgramRequest, pk: int) -> HttpResponseBase:
    version = draft_or_404(pk)
    return answer_form(
        request,
        LanguagesForm.of_version(version, posted(request)),
        lambda data: guide_services.change_languages(version=version, **data),
        said=lambda _saved: _("Saved."),
        then=address_of,
        question=str(version),
        heading=_("In which languages is it asked?"),
        about=_("Words in a language that you take out are kept, but not shown."),
        crumbs=crumbs(version.guide),
        cancel_url=address_of(version),
    )


@require_http_methods(METHODS)
@specialists_only
def guide_launch(request: ProgramRequest, pk: int) -> HttpResponseBase:
    """Say what a launch means, what is still missing and what will be shown instead, then launch."""
    version = draft_or_404(pk)
    questions = questions_of_version(version)
    return answer_confirmation(
        request,
        lambda: guide_services.launch_version(version=version, now=timezone.now()),
        said=_("Launched. Rounds can ask with it now: choose it on the page of the round."),
        then=address_of(version),
        question=str(version),
        heading=_("Launch version %(number)s?") % {"number": version.number},
        losses=list(what_a_launch_means(version, questions)),
        crumbs=crumbs(version.guide),
        submit=_("Launch it"),
        cancel_url=address_of(version),
    )


def what_a_launch_means(version: GuideVersion, questions: list[Any]) -> list[str]:
    said = [each.said for each in faults_of(version, questions)]
    said += [
        _("Question %(number)s is not in %(language)s; shown instead: “%(words)s”")
        % {"number": each.number, "language": NAMES.get(each.language, each.language), "words": each.shown_instead}
        for each in untranslated(version, questions)
    ]
    if version.guide.versions.filter(state=GuideVersion.State.LAUNCHED).exists():
        said.append(_("The version that is launched now is retired. Interviews that began keep it."))
    return [*said, _("It cannot be changed any more. A change makes a new draft.")]


@require_http_methods(METHODS)
@specialists_only
def guide_version_delete(request: ProgramRequest, pk: int) -> HttpResponseBase:
    version = draft_or_404(pk)
    guide = version.guide
    is_only_one = guide.versions.count() == 1
    count = version.questions.count()
    return answer_confirmation(
        request,
        partial(guide_services.remove_draft, version=version),
        said=_("The draft is gone."),
        then=reverse("guide_list") if is_only_one else reverse("guide_detail", args=[guide.pk]),
        question=str(version),
        heading=_("Throw this draft away?"),
        losses=[
            _("%(count)s questions with their words are lost. Export the draft first to keep them.") % {"count": count},
            *([_("The guide has no other version, so it goes, too.")] if is_only_one else []),
        ],
        crumbs=crumbs(guide),
        submit=_("Throw it away"),
        cancel_url=address_of(version),
    )


@require_safe
@specialists_only
def guide_preview(request: ProgramRequest, pk: int) -> HttpResponse:
    """Show a version as it will be asked, after what the address tries as answers."""
    version = get_object_or_404(versions(), pk=pk)
    return render(request, "interviews/guide_preview.html", preview_of(version, request.GET))


@require_safe
@specialists_only
def guide_file(request: ProgramRequest, pk: int) -> HttpResponseBase:
    """Answer a version as JSON or as a spreadsheet, as an upload takes it back."""
    version = get_object_or_404(versions(), pk=pk)
    name = f"{slugify(version.guide.name) or 'guide'}-{version.number}"
    if request.GET.get("format") == "xlsx":
        columns, rows = table_of(version)
        return file_response(name=name, kind="xlsx", columns=columns, rows=rows, count=len(rows))
    return HttpResponse(
        written(version),
        content_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}.json"', "Cache-Control": "private, no-store"},
    )
